//! The columns that a caller reads: one row per account slot.
//!
//! A row is in nine cache lines, and a tick needs none of them. So it leaves the rows of the accounts that it moves behind, and
//! whoever reads the columns next writes them; until a caller keeps views of the columns, which are then written by every tick.

use alloc::vec::Vec;

use crate::handle::AccountId;
use crate::margin::Risk;
use crate::status::{Band, Leverage, RowStatus};

/// In a column of bands: none, since figures are missing.
pub const NO_BAND: u8 = u8::MAX;

/// An account's headline figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Headline {
    pub equity: f64,
    pub risk: Risk,
    pub gross: f64,
    pub status: RowStatus,
}

impl Headline {
    pub(crate) fn missing(status: RowStatus) -> Self {
        let risk = Risk {
            initial: f64::NAN,
            maintenance: f64::NAN,
        };
        Self {
            equity: f64::NAN,
            risk,
            gross: f64::NAN,
            status,
        }
    }
}

/// Figures of every account, indexed by slot. Where figures are missing they are NaN and `status` says why.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Equity in the quote asset.
    pub equity: Vec<f64>,
    /// Initial requirement.
    pub initial: Vec<f64>,
    /// Maintenance requirement.
    pub maintenance: Vec<f64>,
    /// Gross position value.
    pub position_value: Vec<f64>,
    /// Position value / equity where finite, else NaN.
    pub initial_leverage: Vec<f64>,
    /// Position value / (equity − maintenance) where finite, else NaN.
    pub maintenance_leverage: Vec<f64>,
    /// State of the maintenance leverage ([`Leverage::state`]).
    pub leverage_state: Vec<u8>,
    /// Band, with hysteresis, as the events tell it; [`NO_BAND`] where figures are missing.
    pub band: Vec<u8>,
    /// Worst row status.
    pub status: Vec<u8>,
    /// Handle of the account in the slot, `u32::MAX` where there is none.
    pub handle: Vec<u32>,
    /// Rows that may not be as their accounts are now: a bit for each slot.
    behind: Vec<u64>,
    is_any_behind: bool,
    /// Whether a caller keeps views of the columns.
    is_watched: bool,
    /// Whether the pass under way writes the rows that it moves.
    is_kept_up: bool,
}

impl Figures {
    pub(crate) fn resize(&mut self, slots: usize) {
        for column in self.columns_mut() {
            column.resize(slots, f64::NAN);
        }
        for column in [&mut self.leverage_state, &mut self.status] {
            column.resize(slots, 0);
        }
        self.band.resize(slots, NO_BAND);
        self.handle.resize(slots, u32::MAX);
        self.behind.resize(slots.div_ceil(BITS), 0);
    }

    pub(crate) fn reserve(&mut self, additional: usize) {
        for column in self.columns_mut() {
            column.reserve(additional);
        }
        for column in [&mut self.leverage_state, &mut self.band, &mut self.status] {
            column.reserve(additional);
        }
        self.handle.reserve(additional);
        self.behind.reserve(additional.div_ceil(BITS));
    }

    fn columns_mut(&mut self) -> [&mut Vec<f64>; 6] {
        [
            &mut self.equity,
            &mut self.initial,
            &mut self.maintenance,
            &mut self.position_value,
            &mut self.initial_leverage,
            &mut self.maintenance_leverage,
        ]
    }

    pub(crate) fn set_live(&mut self, account: AccountId) {
        self.handle[account.slot()] = account.0;
    }

    pub(crate) fn set_removed(&mut self, slot: usize) {
        for column in self.columns_mut() {
            column[slot] = f64::NAN;
        }
        self.leverage_state[slot] = 0;
        self.band[slot] = NO_BAND;
        self.status[slot] = 0;
        self.handle[slot] = u32::MAX;
        self.behind[slot / BITS] &= !bit_of(slot);
    }

    /// A pass over accounts begins.
    pub(crate) fn begin_pass(&mut self) {
        self.is_kept_up = self.is_watched;
        self.is_any_behind |= !self.is_kept_up;
    }

    pub(crate) fn is_any_behind(&self) -> bool {
        self.is_any_behind
    }

    /// From now on every pass writes the rows that it moves.
    pub(crate) fn watch(&mut self) {
        self.is_watched = true;
    }

    /// The caller has written all rows that were behind, or writes those of all accounts now.
    pub(crate) fn mark_caught_up(&mut self) {
        self.behind.fill(0);
        self.is_any_behind = false;
        self.is_kept_up = true;
    }

    /// What an account's row has, unless it is behind.
    pub(crate) fn headline(&self, slot: usize) -> Option<Headline> {
        let is_behind = self.behind[slot / BITS] & bit_of(slot) != 0;
        (!is_behind).then(|| Headline {
            equity: self.equity[slot],
            risk: Risk {
                initial: self.initial[slot],
                maintenance: self.maintenance[slot],
            },
            gross: self.position_value[slot],
            status: RowStatus::ALL[usize::from(self.status[slot])],
        })
    }

    /// The first rows behind from a slot on, as many as there is room for; returns how many they are.
    pub(crate) fn find_behind(&self, from: usize, slots: &mut [u32]) -> usize {
        let mut found = 0;
        let mut first = !0 << (from % BITS);
        for (at, word) in self.behind.iter().enumerate().skip(from / BITS) {
            let mut bits = word & core::mem::replace(&mut first, !0);
            while bits != 0 {
                let Some(slot) = slots.get_mut(found) else {
                    return found;
                };
                *slot = (at * BITS) as u32 + bits.trailing_zeros();
                bits &= bits - 1;
                found += 1;
            }
        }
        found
    }

    pub(crate) fn set(&mut self, slot: usize, headline: &Headline, band: Band) {
        self.rows().set(slot, headline, band);
    }

    /// The columns as a loop over accounts writes them.
    #[inline(always)]
    pub(crate) fn rows(&mut self) -> FigureRows<'_> {
        let slots = self.equity.len();
        FigureRows {
            equity: &mut self.equity[..slots],
            initial: &mut self.initial[..slots],
            maintenance: &mut self.maintenance[..slots],
            position_value: &mut self.position_value[..slots],
            initial_leverage: &mut self.initial_leverage[..slots],
            maintenance_leverage: &mut self.maintenance_leverage[..slots],
            leverage_state: &mut self.leverage_state[..slots],
            band: &mut self.band[..slots],
            status: &mut self.status[..slots],
            behind: &mut self.behind,
            is_kept_up: self.is_kept_up,
        }
    }
}

/// An account's band as its row has it.
#[inline(always)]
pub(crate) fn shown_band(band: Band, status: RowStatus) -> u8 {
    if status.has_figures() {
        band as u8
    } else {
        NO_BAND
    }
}

/// Bits of a word.
const BITS: usize = u64::BITS as usize;

#[inline(always)]
fn bit_of(slot: usize) -> u64 {
    1 << (slot % BITS)
}

/// The figures' columns, all of one length: where each lies is found once for many rows.
pub(crate) struct FigureRows<'a> {
    equity: &'a mut [f64],
    initial: &'a mut [f64],
    maintenance: &'a mut [f64],
    position_value: &'a mut [f64],
    initial_leverage: &'a mut [f64],
    maintenance_leverage: &'a mut [f64],
    leverage_state: &'a mut [u8],
    band: &'a mut [u8],
    status: &'a mut [u8],
    behind: &'a mut [u64],
    is_kept_up: bool,
}

impl FigureRows<'_> {
    /// Writes a row, or leaves it behind, as the pass under way does.
    #[inline(always)]
    pub(crate) fn put(&mut self, slot: usize, headline: &Headline, band: Band) {
        if self.is_kept_up {
            self.set(slot, headline, band);
        } else {
            self.behind[slot / BITS] |= bit_of(slot);
        }
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, slot: usize, headline: &Headline, band: Band) {
        let Headline {
            equity,
            risk,
            gross,
            status,
        } = *headline;
        self.equity[slot] = equity;
        self.initial[slot] = risk.initial;
        self.maintenance[slot] = risk.maintenance;
        self.position_value[slot] = gross;
        let (of_equity, of_margin) = (gross / equity, gross / (equity - risk.maintenance));
        // what both leverages of an account with positions and margin are, before anything else is asked
        let (initial, maintenance, state) = if of_equity > 0.0 && of_margin > 0.0 && equity > 0.0 {
            (of_equity, of_margin, Leverage::Finite(of_margin).state())
        } else {
            let maintenance = Leverage::on_maintenance(gross, equity, risk.maintenance);
            let initial = Leverage::on_equity(gross, equity);
            (initial.value(), maintenance.value(), maintenance.state())
        };
        self.initial_leverage[slot] = initial;
        self.maintenance_leverage[slot] = maintenance;
        self.leverage_state[slot] = state;
        self.band[slot] = shown_band(band, status);
        self.status[slot] = status as u8;
    }
}
