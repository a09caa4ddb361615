//! Money in and out of accounts, and between them.

use crate::account::Line;
use crate::engine::Engine;
use crate::error::{Code, EngineError, Result};
use crate::handle::{AccountId, AssetId};
use crate::money::{Money, Rounding};
use crate::slots::Place;

/// A change of a balance: the field that it comes from, the asset's slot, how much in its scaled units.
pub(super) type BalanceChange = (&'static str, usize, Money);

impl Engine {
    /// Adds to a balance.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`]; [`Code::InvalidMoney`] where the amount is negative or too large.
    pub fn deposit(&mut self, account: AccountId, asset: AssetId, amount: Money) -> Result<()> {
        let (account, asset) = (self.accounts.slot(account)?, self.asset_slot(asset)?);
        require_not_negative("amount", amount)?;
        self.credit(account, asset, "amount", amount, Rounding::Down)?;
        self.assess_now(account);
        Ok(())
    }

    /// Takes from a balance. The venue has decided that it may be taken; a balance may become a debt.
    ///
    /// # Errors
    /// As [`Engine::deposit`].
    pub fn withdraw(&mut self, account: AccountId, asset: AssetId, amount: Money) -> Result<()> {
        let (account, asset) = (self.accounts.slot(account)?, self.asset_slot(asset)?);
        require_not_negative("amount", amount)?;
        self.credit(account, asset, "amount", -amount, Rounding::Down)?;
        self.assess_now(account);
        Ok(())
    }

    /// Takes from a balance what [`Engine::deposit`] of the same amount adds, to the last bit: half of a transfer between engines.
    ///
    /// # Errors
    /// As [`Engine::deposit`].
    pub fn debit(&mut self, account: AccountId, asset: AssetId, amount: Money) -> Result<()> {
        let (account, asset) = (self.accounts.slot(account)?, self.asset_slot(asset)?);
        require_not_negative("amount", amount)?;
        self.credit(account, asset, "amount", -amount, Rounding::Up)?;
        self.assess_now(account);
        Ok(())
    }

    /// Moves an amount between two accounts, e.g. a parent and its isolated position.
    ///
    /// # Errors
    /// As [`Engine::deposit`].
    pub fn transfer(&mut self, from: AccountId, to: AccountId, asset: AssetId, amount: Money) -> Result<()> {
        let (from, to, asset) = (
            self.accounts.slot(from)?,
            self.accounts.slot(to)?,
            self.asset_slot(asset)?,
        );
        require_not_negative("amount", amount)?;
        let scaled = amount.scaled("amount", self.market.assets[asset].spec.scale_log2, Rounding::Down)?;
        let (paid, received) = ([("amount", asset, -scaled)], [("amount", asset, scaled)]);
        self.check_balances(from, &paid)?;
        self.check_balances(to, &received)?;
        self.change_balances(from, &paid)?;
        self.change_balances(to, &received)?;
        let told = self.events.pending().len();
        self.assess_now(from);
        self.assess_now(to);
        self.events.order_from(told);
        Ok(())
    }

    /// A balance in units of the asset, without the profit of positions; 0 where the account has none in the asset.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`].
    pub fn balance(&self, account: AccountId, asset: AssetId) -> Result<f64> {
        let held = self.accounts.row(self.accounts.slot(account)?);
        let asset = self.asset_slot(asset)?;
        let amount = held
            .find_line(asset)
            .map_or(0.0, |line| held.rest.lines[line].balance.value());
        Ok(amount * self.market.assets[asset].scale)
    }

    /// Adds an amount (or takes a negative one) to a balance.
    pub(crate) fn credit(
        &mut self,
        account: usize,
        asset: usize,
        field: &'static str,
        amount: Money,
        rounding: Rounding,
    ) -> Result<()> {
        let scaled = amount.scaled(field, self.market.assets[asset].spec.scale_log2, rounding)?;
        self.change_balances(account, &[(field, asset, scaled)])
    }

    /// Refuses changes of balances that together cannot be held, before anything is changed.
    pub(super) fn check_balances(&self, account: usize, changes: &[BalanceChange]) -> Result<()> {
        let held = self.accounts.row(account);
        let mut further = 0;
        for (i, &(field, asset, change)) in changes.iter().enumerate() {
            let line = held.find_line(asset);
            let is_first = changes[..i].iter().all(|&(_, other, _)| other != asset);
            further += usize::from(is_first && line.is_none());
            let before = line.map_or(Money::ZERO, |line| held.rest.lines[line].balance);
            let same_asset = changes.iter().filter(|&&(_, other, _)| other == asset);
            let after = same_asset.fold(before, |balance, &(_, _, change)| balance + change);
            if !after.is_holdable() {
                let expected = "one that leaves the balance below 2^43 in size";
                return Err(EngineError::new(Code::InvalidMoney, field, expected, change.value()));
            }
        }
        held.check_room_for_lines(further)
    }

    /// Changes balances; all of them or none.
    pub(super) fn change_balances(&mut self, account: usize, changes: &[BalanceChange]) -> Result<()> {
        self.check_balances(account, changes)?;
        for &(_, asset, change) in changes {
            let line = self.ensure_line(account, asset)?;
            let held = self.accounts.row_mut(account);
            let Line { balance, cost, .. } = held.rest.lines[line];
            held.set_line(line, balance + change, cost);
        }
        self.changes.note(account, Place::Here);
        Ok(())
    }
}

pub(super) fn require_not_negative(field: &'static str, amount: Money) -> Result<()> {
    if amount < Money::ZERO {
        return Err(EngineError::new(Code::InvalidMoney, field, "≥ 0", amount.value()));
    }
    Ok(())
}
