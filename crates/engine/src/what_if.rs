//! What-if questions: changes made to an account, looked at, and taken back.

mod price_move;

use alloc::vec::Vec;

use crate::account::{Account, HeldRow, RowDetail, Sign};
use crate::assess::Assessment;
use crate::engine::Engine;
use crate::error::{Code, EngineError, Result};
use crate::handle::{AccountId, AssetId, InstrumentId, UnderlyingId};
use crate::life::Fill;
use crate::liquidation::LiquidationPrices;
use crate::money::{Money, Rounding};
use crate::slots::Place;

use price_move::PricesBefore;

/// One step of a what-if question.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Change {
    /// A fill; at the present mark where the price is NaN.
    Trade {
        /// What is traded.
        instrument: InstrumentId,
        /// Signed size.
        size: f64,
        /// Price, or NaN.
        price: f64,
    },
    /// Money in (positive) or out.
    Cash {
        /// Which asset.
        asset: AssetId,
        /// How much.
        amount: Money,
    },
    /// Everything on an underlying at another price, as along its liquidation prices: its instruments, and assets that follow it.
    Move {
        /// What moves.
        underlying: UnderlyingId,
        /// New price over old.
        ratio: f64,
        /// New vol over old, of every option on it.
        vol_ratio: f64,
    },
}

/// What an account and the market were before the changes of a question.
struct Before {
    account: Account,
    moves: Vec<PricesBefore>,
}

impl Engine {
    /// The assessment that an account would have after some changes. Leaves the account, its columns and the events as
    /// they are.
    ///
    /// # Errors
    /// As [`Engine::fill`] and [`Engine::deposit`]; [`crate::Code::NotApplicable`] for a trade at a mark that is missing;
    /// [`crate::Code::InvalidValue`] for a move to no price or vol.
    pub fn what_if(&mut self, account: AccountId, changes: &[Change]) -> Result<Assessment> {
        let (slot, before) = self.make_changes(account, changes)?;
        let assessment = self.explain(account, self.accounts.row(slot));
        self.take_back(slot, before);
        Ok(assessment)
    }

    /// The liquidation prices that an account would have after some changes, which are not made either.
    ///
    /// # Errors
    /// As [`Engine::what_if`] and [`Engine::liquidation_prices`].
    pub fn liquidation_prices_after(
        &mut self,
        account: AccountId,
        changes: &[Change],
        underlying: UnderlyingId,
    ) -> Result<LiquidationPrices> {
        self.check_underlying(underlying)?;
        let (slot, before) = self.make_changes(account, changes)?;
        let prices = self.liquidation_prices_of(slot, underlying);
        self.take_back(slot, before);
        Ok(prices)
    }

    /// Makes changes, all or none, to an account whose columns stay as they are; returns its slot and what was before.
    fn make_changes(&mut self, account: AccountId, changes: &[Change]) -> Result<(usize, Before)> {
        let slot = self.accounts.slot(account)?;
        let mut before = Before {
            account: self.accounts.row(slot).clone(),
            moves: Vec::new(),
        };
        for (i, change) in changes.iter().enumerate() {
            if let Err(error) = self.apply_change(account, slot, change, &mut before.moves) {
                self.take_back(slot, before);
                return Err(error.in_row("changes", i));
            }
        }
        Ok((slot, before))
    }

    fn take_back(&mut self, slot: usize, before: Before) {
        self.restore(slot, &before.account);
        for prices in before.moves.into_iter().rev() {
            self.put_prices_back(slot, prices);
        }
    }

    fn apply_change(
        &mut self,
        account: AccountId,
        slot: usize,
        change: &Change,
        moves: &mut Vec<PricesBefore>,
    ) -> Result<()> {
        match *change {
            Change::Move {
                underlying,
                ratio,
                vol_ratio,
            } => {
                let underlying = self.check_underlying(underlying)?;
                moves.push(self.move_prices(slot, underlying, ratio, vol_ratio)?);
                Ok(())
            }
            Change::Cash { asset, amount } => {
                let asset = self.asset_slot(asset)?;
                self.credit(slot, asset, "amount", amount, Rounding::Down)
            }
            Change::Trade {
                instrument,
                size,
                price,
            } => {
                let at = self.market.instruments.slot(instrument)?;
                let price = if price.is_nan() { self.market.mark(at) } else { price };
                if price.is_nan() {
                    let expected = "given, since the instrument has no mark";
                    return Err(EngineError::new(Code::NotApplicable, "price", expected, "none"));
                }
                let fill = Fill {
                    size,
                    price,
                    fee: Money::ZERO,
                    fee_asset: None,
                };
                self.book_fill(account, instrument, &fill).map(drop)
            }
        }
    }

    /// Puts an account back as it was. Rows may change places, which no figure depends on.
    fn restore(&mut self, slot: usize, saved: &Account) {
        self.changes.note(slot, Place::Here);
        while !self.accounts.row(slot).rows.is_empty() {
            self.drop_row(slot, self.accounts.row(slot).rows.len() - 1);
        }
        while self.accounts.row(slot).rest.lines.len() > saved.rest.lines.len() {
            self.drop_last_line(slot);
        }
        for (line, before) in saved.rest.lines.iter().enumerate() {
            let held = self.accounts.row_mut(slot);
            held.set_line(line, before.balance, before.cost);
        }
        for (row, detail) in saved.rows.iter().zip(&saved.rest.details) {
            let Ok(at) = self.ensure_row(slot, row.instrument as usize) else {
                unreachable!("the account held this row before, so it can be opened again");
            };
            self.apply_row(slot, at, Sign::Subtract);
            let held = self.accounts.row_mut(slot);
            held.rows[at] = HeldRow {
                group: held.rows[at].group,
                line: held.rows[at].line,
                ..*row
            };
            held.rest.details[at] = RowDetail {
                holder: held.rest.details[at].holder,
                ..detail.clone()
            };
            self.index_row(slot, at);
            self.apply_row(slot, at, Sign::Add);
        }
    }
}
