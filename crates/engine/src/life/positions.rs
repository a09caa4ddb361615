//! Positions as they are stated and as they stand.

use super::require_price;
use crate::account::{Account, RowDetail};
use crate::engine::Engine;
use crate::error::{Code, EngineError, Result};
use crate::handle::{AccountId, InstrumentId};
use crate::instrument::InstrumentSpec;
use crate::money::Money;

/// A position as it stands, without assessing the account.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Position {
    /// Signed size.
    pub size: f64,
    /// Price at which the average unit was opened; NaN where nothing is held.
    pub entry_price: f64,
}

/// A position that is stated as it is: slots, and what its row is to hold.
struct StatedPosition {
    account: usize,
    instrument: usize,
    lots: i64,
    cost: Money,
}

impl StatedPosition {
    fn write(&self, detail: &mut RowDetail) {
        detail.lots = self.lots;
        detail.cost = self.cost;
    }
}

impl Engine {
    /// States a position as it is, without cash: for a book taken over from a venue.
    ///
    /// The balance must be the one that excludes the position's unrealised profit (and, for options, their value).
    ///
    /// # Errors
    /// [`Code::InvalidSize`], [`Code::InvalidValue`], [`Code::MissingParameters`], [`Code::NotApplicable`] for spot,
    /// [`Code::Expired`].
    pub fn set_position(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        size: f64,
        entry_price: f64,
    ) -> Result<()> {
        self.book_position(account, instrument, size, entry_price)?;
        self.assess_now(account.slot());
        Ok(())
    }

    /// [`Engine::set_position`] without assessing the account.
    pub(crate) fn book_position(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        size: f64,
        entry_price: f64,
    ) -> Result<()> {
        let Some(stated) = self.stated_position(account, instrument, size, entry_price)? else {
            return Ok(());
        };
        let row = self.ensure_row(stated.account, stated.instrument)?;
        self.rewrite_row(stated.account, row, &|detail| stated.write(detail));
        Ok(())
    }

    /// [`Engine::book_position`] that leaves the account's sums to be made anew, and them alone.
    pub(crate) fn book_unsummed_position(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        size: f64,
        entry_price: f64,
    ) -> Result<()> {
        let Some(stated) = self.stated_position(account, instrument, size, entry_price)? else {
            return Ok(());
        };
        let (row, _) = self.ensure_unsummed_row(stated.account, stated.instrument)?;
        self.write_row(stated.account, row, &|detail| stated.write(detail));
        if self.is_row_empty(stated.account, row) {
            self.drop_unsummed_row(stated.account, row);
        }
        Ok(())
    }

    /// What [`Engine::book_position`] is to write; `None` where there is nothing to write.
    fn stated_position(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        size: f64,
        entry_price: f64,
    ) -> Result<Option<StatedPosition>> {
        let (account, slot, spec) = self.holdable(account, instrument)?;
        let lots = spec.lots("size", size)?;
        if lots != 0 {
            require_price("entryPrice", entry_price, &spec)?;
        }
        let cost = self.fill_value("entryPrice", &spec, lots, entry_price)?;
        let before = self.detail(account, slot).map(|held| held.cost);
        if lots == 0 && before.is_none() {
            return Ok(None);
        }
        self.check_cost(account, &spec, "entryPrice", before.unwrap_or_default(), cost)?;
        Ok(Some(StatedPosition {
            account,
            instrument: slot,
            lots,
            cost,
        }))
    }

    /// The position that an account holds in an instrument; size 0 where it holds none.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`].
    pub fn position(&self, account: AccountId, instrument: InstrumentId) -> Result<Position> {
        let account = self.accounts.slot(account)?;
        let slot = self.market.instruments.slot(instrument)?;
        let held = self.accounts.row(account);
        let Some(row) = held.find_row(slot) else {
            return Ok(Position {
                size: 0.0,
                entry_price: f64::NAN,
            });
        };
        let spec = &self.market.instruments.row(slot).spec;
        let scale = self.market.assets[spec.settle.slot()].scale;
        Ok(Position {
            size: held.rows[row].size,
            entry_price: entry_price(held, row, spec, scale),
        })
    }

    /// Chooses a leverage for an instrument: its initial rate is at least 1 / leverage. +∞ takes the choice back.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] unless leverage ≥ 1; [`Code::NotApplicable`] for spot.
    pub fn set_leverage(&mut self, account: AccountId, instrument: InstrumentId, leverage: f64) -> Result<()> {
        let (account, slot, _) = self.holdable(account, instrument)?;
        if !(leverage >= 1.0) {
            return Err(EngineError::new(Code::InvalidValue, "leverage", "≥ 1", leverage));
        }
        let initial_rate_floor = 1.0 / leverage;
        if initial_rate_floor == 0.0 && self.detail(account, slot).is_none() {
            return self.check_row(account, slot);
        }
        let row = self.ensure_row(account, slot)?;
        self.rewrite_row(account, row, &|detail| detail.initial_rate_floor = initial_rate_floor);
        if self.detail(account, slot).is_none() {
            self.drop_last_line_if_empty(account);
        }
        self.assess_now(account);
        Ok(())
    }
}

/// Price at which the average unit of a row was opened; NaN where nothing is held.
pub(crate) fn entry_price(held: &Account, row: usize, spec: &InstrumentSpec, scale: f64) -> f64 {
    let size = held.rows[row].size;
    if size == 0.0 {
        return f64::NAN;
    }
    spec.price_at_unit_value(held.rest.details[row].cost.value() * scale / size)
}
