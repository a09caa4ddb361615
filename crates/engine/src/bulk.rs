//! Many accounts at once, from columns.

use alloc::vec;
use alloc::vec::Vec;

use crate::engine::Engine;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::handle::{AccountId, AssetId, InstrumentId, ModelId};
use crate::money::{Money, Rounding};
use crate::slots::SLOTS_MAX;

/// Accounts to register, as columns. Rows of `balance_*` and `position_*` name the account by its place, 0 to `count` − 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountColumns<'a> {
    /// How many accounts.
    pub count: usize,
    /// Which account each balance belongs to.
    pub balance_account: &'a [u32],
    /// Asset handle of each balance.
    pub balance_asset: &'a [u32],
    /// Amount of each balance.
    pub balance_amount: &'a [f64],
    /// Which account each position belongs to.
    pub position_account: &'a [u32],
    /// Instrument handle of each position.
    pub position_instrument: &'a [u32],
    /// Signed size of each position.
    pub position_size: &'a [f64],
    /// Entry price of each position.
    pub position_entry_price: &'a [f64],
}

impl Engine {
    /// Registers accounts from columns under one margin model; all of them, or none where a row is refused.
    ///
    /// # Errors
    /// As [`Engine::add_account`], [`Engine::deposit`] and [`Engine::set_position`], with the row in the field's path:
    /// `positions[3].size`; [`Code::InvalidValue`] where columns differ in length or a row names no account.
    pub fn add_accounts(&mut self, model: ModelId, columns: &AccountColumns<'_>) -> Result<Vec<AccountId>> {
        check_lengths(
            "balances",
            columns.balance_account.len(),
            &[
                ("asset", columns.balance_asset.len()),
                ("amount", columns.balance_amount.len()),
            ],
        )?;
        check_lengths(
            "positions",
            columns.position_account.len(),
            &[
                ("instrument", columns.position_instrument.len()),
                ("size", columns.position_size.len()),
                ("entryPrice", columns.position_entry_price.len()),
            ],
        )?;
        if columns.count > SLOTS_MAX {
            return Err(EngineError::new(
                Code::CapacityExceeded,
                "count",
                "at most 2^24",
                columns.count,
            ));
        }
        self.reserve_accounts(columns.count);
        let mut accounts = Vec::with_capacity(columns.count);
        let filled = self.fill_accounts(model, columns, &mut accounts);
        if let Err(error) = filled {
            // the last first, so that their slots are given out in the same order the next time
            for account in accounts.into_iter().rev() {
                // its positions may not be in its sums yet
                self.resum(account.slot());
                self.remove_account(account)?;
            }
            return Err(error);
        }
        Ok(accounts)
    }

    fn fill_accounts(
        &mut self,
        model: ModelId,
        columns: &AccountColumns<'_>,
        accounts: &mut Vec<AccountId>,
    ) -> Result<()> {
        for _ in 0..columns.count {
            accounts.push(self.add_account(model)?);
        }
        for (i, &account) in columns.balance_account.iter().enumerate() {
            let account = account_at("balances", i, account, accounts)?;
            let asset = AssetId(columns.balance_asset[i]);
            // a starting balance may be a debt
            Money::from_f64("amount", columns.balance_amount[i], Rounding::Down)
                .and_then(|amount| {
                    let asset = self.asset_slot(asset)?;
                    self.credit(account.slot(), asset, "amount", amount, Rounding::Down)
                })
                .map_err(|error| error.in_row("balances", i))?;
        }
        let mut rows = vec![0_u32; columns.count];
        for &account in columns.position_account {
            if let Some(rows) = rows.get_mut(account as usize) {
                *rows += 1;
            }
        }
        // one after the other, so that a pass over the book reads the rows as one stream
        for (account, &rows) in accounts.iter().zip(&rows) {
            self.accounts.row_mut(account.slot()).rows.reserve_exact(rows as usize);
        }
        for (account, &rows) in accounts.iter().zip(&rows) {
            self.accounts
                .row_mut(account.slot())
                .rest
                .details
                .reserve_exact(rows as usize);
        }
        let mut new_holders = vec![0_u32; self.holders.len()];
        for &instrument in columns.position_instrument {
            if let Ok(slot) = self.market.instruments.slot(InstrumentId(instrument)) {
                new_holders[slot] += 1;
            }
        }
        for (holders, &new) in self.holders.iter_mut().zip(&new_holders) {
            holders.reserve(new as usize);
        }
        for (i, &account) in columns.position_account.iter().enumerate() {
            let account = account_at("positions", i, account, accounts)?;
            let instrument = InstrumentId(columns.position_instrument[i]);
            let (size, entry_price) = (columns.position_size[i], columns.position_entry_price[i]);
            self.book_unsummed_position(account, instrument, size, entry_price)
                .map_err(|error| error.in_row("positions", i))?;
        }
        let told = self.events.pending().len();
        for account in accounts {
            self.resum(account.slot());
            self.assess_now(account.slot());
        }
        self.events.order_from(told);
        Ok(())
    }
}

fn check_lengths(table: &str, rows: usize, columns: &[(&str, usize)]) -> Result<()> {
    match columns.iter().find(|(_, len)| *len != rows) {
        Some((column, len)) => {
            let expected = Phrase::new("as long as the column `account`, {}", [rows as f64]);
            let field = [table, ".", column].concat();
            Err(EngineError::new(Code::InvalidValue, field, expected, *len))
        }
        None => Ok(()),
    }
}

fn account_at(table: &str, row: usize, account: u32, accounts: &[AccountId]) -> Result<AccountId> {
    accounts.get(account as usize).copied().ok_or_else(|| {
        let expected = Phrase::new("a place below {}", [accounts.len() as f64]);
        EngineError::new(Code::InvalidValue, "account", expected, account).in_row(table, row)
    })
}
