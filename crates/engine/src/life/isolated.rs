//! Isolated positions: account rows of their own, with a parent.

use super::cash::require_not_negative;
use crate::account::Account;
use crate::engine::Engine;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::handle::{AccountId, InstrumentId};
use crate::money::{Money, Rounding};

impl Engine {
    /// Opens an isolated position: an account row of its own, with a margin taken from its parent.
    ///
    /// Fills of the position go to the row returned, which may hold this instrument only.
    ///
    /// # Errors
    /// [`Code::NotApplicable`] where the parent is isolated itself, and for spot; [`Code::Expired`] for an instrument that is settled; as [`Engine::transfer`] for
    /// the margin.
    pub fn add_isolated(&mut self, parent: AccountId, instrument: InstrumentId, margin: Money) -> Result<AccountId> {
        let (parent_slot, instrument_slot, spec) = self.holdable(parent, instrument)?;
        let row = self.accounts.row(parent_slot);
        if row.rest.parent.is_some() {
            return Err(EngineError::new(
                Code::NotApplicable,
                "account",
                "a cross-margin account",
                "an isolated position",
            ));
        }
        self.models[row.model as usize].rule.supports(instrument_slot, &spec)?;
        require_not_negative("margin", margin)?;
        let settle = spec.settle.slot();
        let scaled = margin.scaled("margin", self.market.assets[settle].spec.scale_log2, Rounding::Down)?;
        self.check_balances(parent_slot, &[("margin", settle, -scaled)])?;
        let mut child = Account::new(row.model);
        child.rest.parent = Some(parent);
        child.rest.isolated_instrument = Some(instrument_slot as u32);
        let child = self.insert_account(child)?;
        self.count_isolated(parent_slot, instrument_slot);
        self.transfer(parent, child, spec.settle, margin)?;
        Ok(child)
    }

    /// Counts an isolated account beside its parent and the instrument that it is for.
    pub(crate) fn count_isolated(&mut self, parent: usize, instrument: usize) {
        self.accounts.row_mut(parent).rest.children += 1;
        self.market.instruments.row_mut(instrument).isolated += 1;
    }

    /// Refuses what an isolated position cannot hold: any instrument but its own.
    pub(crate) fn check_is_own(&self, account: usize, instrument: usize) -> Result<()> {
        let only = self.accounts.row(account).rest.isolated_instrument;
        let Some(only) = only.filter(|&only| only as usize != instrument) else {
            return Ok(());
        };
        let expected = Phrase::new("the one of this isolated position, in slot {}", [f64::from(only)]);
        Err(EngineError::new(
            Code::NotApplicable,
            "instrument",
            expected,
            instrument,
        ))
    }
}
