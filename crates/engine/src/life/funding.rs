//! Funding of perpetuals: paid by one rate on every position, or as a venue states it for an account.

use super::cash::BalanceChange;
use crate::account::Holder;
use crate::engine::Engine;
use crate::error::{require_finite, Code, EngineError, Result};
use crate::handle::{AccountId, InstrumentId};
use crate::instrument::Kind;
use crate::money::{Money, Rounding};

impl Engine {
    /// Pays funding on every position of an instrument at its present mark: `rate` of notional, from longs to shorts where
    /// positive.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for the rate; [`Code::NotApplicable`] unless it is a perpetual with a mark; [`Code::Expired`] where it is settled.
    pub fn fund(&mut self, instrument: InstrumentId, rate: f64) -> Result<()> {
        self.check_fund(instrument, rate)?;
        let slot = instrument.slot();
        let told = self.events.pending().len();
        for i in 0..self.holders[slot].len() {
            let holder = self.holders[slot][i];
            let payment = self.funding(slot, holder, rate)?;
            self.change_balances(holder.account as usize, &payment)?;
            self.assess_now(holder.account as usize);
        }
        self.events.order_from(told);
        Ok(())
    }

    /// Refuses what [`Engine::fund`] would refuse, and changes nothing: engines that share a book's accounts do it all or none.
    ///
    /// # Errors
    /// As [`Engine::fund`].
    pub fn check_fund(&self, instrument: InstrumentId, rate: f64) -> Result<()> {
        let slot = self.market.instruments.slot(instrument)?;
        require_finite("rate", rate)?;
        self.check_unsettled(slot)?;
        let is_perp = self.market.instruments.row(slot).spec.kind == Kind::Perp;
        if !is_perp || self.market.mark(slot).is_nan() {
            let came = if is_perp { "one without" } else { "one of another kind" };
            let expected = "a perpetual with a mark";
            return Err(EngineError::new(Code::NotApplicable, "instrument", expected, came));
        }
        self.check_holders(slot, &|holder| self.funding(slot, holder, rate))
    }

    /// What funding adds to a holder's balance.
    fn funding(&self, instrument: usize, holder: Holder, rate: f64) -> Result<[BalanceChange; 1]> {
        let spec = &self.market.instruments.row(instrument).spec;
        let settle = spec.settle.slot();
        let held = self.accounts.row(holder.account as usize).rows[usize::from(holder.row)];
        // not the quote's, which needs the price of the settlement asset as well
        let unit_value = spec.unit_value(self.market.mark(instrument)) / self.market.assets[settle].scale;
        let value = -rate * held.size * unit_value.abs();
        Ok([("rate", settle, Money::from_f64("rate", value, Rounding::Down)?)])
    }

    /// Books a funding payment that the venue states: received where positive, in the settlement asset.
    ///
    /// # Errors
    /// As [`Engine::deposit`].
    pub fn fund_account(&mut self, account: AccountId, instrument: InstrumentId, amount: Money) -> Result<()> {
        let account = self.accounts.slot(account)?;
        let slot = self.market.instruments.slot(instrument)?;
        let settle = self.market.instruments.row(slot).spec.settle.slot();
        self.credit(account, settle, "amount", amount, Rounding::Down)?;
        self.assess_now(account);
        Ok(())
    }
}
