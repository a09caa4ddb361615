//! Settlement of what has expired or is delisted.

use alloc::vec::Vec;

use super::cash::BalanceChange;
use crate::engine::Engine;
use crate::error::{require_positive, Code, EngineError, Phrase, Result};
use crate::handle::InstrumentId;
use crate::instrument::Kind;
use crate::money::{Money, Rounding};
use crate::sort;
use crate::time::require_time;

impl Engine {
    /// Settles an expired instrument, or a perp that is delisted, at a price: positions are paid out and closed, orders leave the
    /// book, and no further tick or fill is taken.
    ///
    /// # Errors
    /// [`Code::NotApplicable`] for spot and what is settled; [`Code::Expired`] where `time_ms` is before expiry.
    pub fn settle(&mut self, instrument: InstrumentId, price: f64, time_ms: f64) -> Result<()> {
        self.check_settle(instrument, price, time_ms)?;
        let slot = instrument.slot();
        self.market.time_ms = self.market.time_ms.max(time_ms);
        self.market.settle_instrument(slot);
        // in one order, whatever that in which positions were opened: events and the handles of later orders depend on it
        let mut accounts: Vec<usize> = self.holders[slot]
            .iter()
            .map(|holder| holder.account as usize)
            .collect();
        sort::in_place(&mut accounts, |&account| account);
        for account in accounts {
            let row = self.accounts.row(account).find_row(slot);
            let row = row.expect("invariant: a holder of an instrument has its row");
            let payout = self.payout(slot, account, row, price)?;
            self.change_balances(account, &payout)?;
            let orders = self.accounts.row(account).rest.orders.clone();
            for order in orders {
                if self.orders.row(order.slot()).instrument as usize == slot {
                    self.forget_order(order.slot());
                }
            }
            self.rewrite_row(account, row, &|detail| {
                detail.lots = 0;
                detail.cost = Money::ZERO;
                detail.resting = None;
                detail.initial_rate_floor = 0.0;
            });
            self.assess_now(account);
        }
        Ok(())
    }

    /// Refuses what [`Engine::settle`] would refuse, and changes nothing.
    ///
    /// # Errors
    /// As [`Engine::settle`].
    pub fn check_settle(&self, instrument: InstrumentId, price: f64, time_ms: f64) -> Result<()> {
        let slot = self.market.instruments.slot(instrument)?;
        require_positive("price", price)?;
        require_time("timeMs", time_ms)?;
        let row = self.market.instruments.row(slot);
        let refusal = if row.is_settled {
            Some(("one that is not settled", "a settled one"))
        } else if matches!(row.spec.kind, Kind::Spot { .. }) {
            Some(("one that positions are held in", "spot"))
        } else {
            None
        };
        if let Some((expected, came)) = refusal {
            return Err(EngineError::new(Code::NotApplicable, "instrument", expected, came));
        }
        if let Some(expiry_ms) = row.spec.kind.expiry_ms().filter(|&expiry_ms| time_ms < expiry_ms) {
            return Err(EngineError::new(
                Code::Expired,
                "timeMs",
                Phrase::new("at or after the expiry, {}", [expiry_ms]),
                time_ms,
            ));
        }
        self.check_holders(slot, &|holder| {
            self.payout(slot, holder.account as usize, usize::from(holder.row), price)
        })
    }

    /// What settlement at a price adds to a holder's balance.
    fn payout(&self, instrument: usize, account: usize, row: usize, price: f64) -> Result<[BalanceChange; 1]> {
        let spec = self.market.instruments.row(instrument).spec;
        let detail = &self.accounts.row(account).rest.details[row];
        let unit_value = spec.unit_value_at_expiry(price) / self.market.assets[spec.settle.slot()].scale;
        let value = Money::from_f64("price", spec.size(detail.lots) * unit_value, Rounding::Down)?;
        let cost = if spec.kind.is_option() {
            Money::ZERO
        } else {
            detail.cost
        };
        Ok([("price", spec.settle.slot(), value - cost)])
    }
}
