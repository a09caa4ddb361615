//! Band crossings, as fixed-width records in the order in which they happened.

use alloc::vec::Vec;

use crate::handle::AccountId;
use crate::status::Band;

/// An account has crossed into another band.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BandEvent {
    /// 1 for the first event of the engine, one more for each.
    pub sequence: u64,
    /// Whose band it is.
    pub account: AccountId,
    /// Band before.
    pub from: Band,
    /// Band now.
    pub to: Band,
    /// Slot of the instrument whose tick caused it (the last of a batch), `u32::MAX` where no tick did.
    pub driver: u32,
    /// The engine's time.
    pub time_ms: f64,
    /// Equity now.
    pub equity: f64,
    /// Maintenance requirement now.
    pub maintenance: f64,
}

/// Events not yet drained. None is ever dropped: where the caller does not drain, the log grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLog {
    pending: Vec<BandEvent>,
    last_sequence: u64,
}

impl EventLog {
    /// Makes room for one event of each account, so that a tick does not allocate while the log is drained between ticks.
    pub(crate) fn reserve(&mut self, accounts: usize) {
        if self.pending.capacity() < accounts {
            self.pending.reserve(accounts.next_power_of_two() - self.pending.len());
        }
    }

    pub(crate) fn push(&mut self, event: BandEvent) {
        self.last_sequence += 1;
        self.pending.push(BandEvent {
            sequence: self.last_sequence,
            ..event
        });
    }

    pub(crate) fn pending(&self) -> &[BandEvent] {
        &self.pending
    }

    pub(crate) fn clear(&mut self) {
        self.pending.clear();
    }
}
