//! Band crossings, as fixed-width records in the order in which they happened.

use alloc::vec::Vec;

use crate::handle::AccountId;
use crate::snapshot::codec::stored;
use crate::sort;
use crate::status::Band;

/// An account has crossed into another band.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BandEvent {
    /// 1 for the first event of the engine, one more for each.
    pub sequence: u64,
    /// The pass in which it happened: one for each call that moves the market, counted from 1. Events of one call ascend by
    /// pass and by their accounts' slots, so that those of engines which share the accounts can be merged as one engine would tell them.
    pub pass: u64,
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

stored! { BandEvent { sequence, pass, account, from, to, driver, time_ms, equity, maintenance } }

/// Events not yet drained. None is ever dropped: where the caller does not drain, the log grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLog {
    pending: Vec<BandEvent>,
    last_sequence: u64,
}

stored! { EventLog { pending, last_sequence } }

impl EventLog {
    /// A log in which nothing waits.
    pub(crate) fn after(last_sequence: u64) -> Self {
        Self {
            last_sequence,
            ..Self::default()
        }
    }

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

    /// Puts the events after the first `from` into the order of their accounts, which must differ.
    pub(crate) fn order_from(&mut self, from: usize) {
        let events = &mut self.pending[from..];
        let mut sequence = self.last_sequence - events.len() as u64;
        sort::in_place(events, |event| event.account.slot());
        for event in events {
            sequence += 1;
            event.sequence = sequence;
        }
    }

    pub(crate) fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    pub(crate) fn pending(&self) -> &[BandEvent] {
        &self.pending
    }

    pub(crate) fn clear(&mut self) {
        self.pending.clear();
    }
}
