//! An account's life: no caller keeps accounts of its own.
//!
//! | file | does |
//! | --- | --- |
//! | `cash` | money in and out, and between accounts |
//! | `fills` | what an execution does to a position and to balances |
//! | `positions` | positions stated as they are, and as they stand; leverages chosen for them |
//! | `orders` | resting orders: placed, cancelled, filled |
//! | `funding`, `settlement` | what all holders of an instrument pay or are paid |
//! | `isolated` | positions that are account rows of their own |

mod cash;
mod fills;
mod funding;
mod isolated;
mod orders;
mod positions;
mod settlement;

use crate::account::Holder;
use crate::engine::Engine;
use crate::error::{require_positive, Code, EngineError, Result};
use crate::handle::{AccountId, InstrumentId};
use crate::instrument::{InstrumentSpec, Kind};
use crate::money::{Money, Rounding};

use cash::BalanceChange;
pub use fills::Fill;
pub use orders::RestingOrder;
pub(crate) use positions::entry_price;
pub use positions::Position;

impl Engine {
    fn tradable(&self, account: AccountId, instrument: InstrumentId) -> Result<(usize, usize, InstrumentSpec)> {
        let account = self.accounts.slot(account)?;
        let slot = self.market.instruments.slot(instrument)?;
        self.check_unsettled(slot)?;
        Ok((account, slot, self.market.instruments.row(slot).spec))
    }

    pub(crate) fn check_unsettled(&self, instrument: usize) -> Result<()> {
        if self.market.instruments.row(instrument).is_settled {
            return Err(EngineError::new(
                Code::Expired,
                "instrument",
                "one that is not settled",
                "a settled one",
            ));
        }
        Ok(())
    }

    /// The same of an instrument that rows are for: what is bought on a spot market is a balance.
    fn holdable(&self, account: AccountId, instrument: InstrumentId) -> Result<(usize, usize, InstrumentSpec)> {
        let found = self.tradable(account, instrument)?;
        if matches!(found.2.kind, Kind::Spot { .. }) {
            return Err(EngineError::new(
                Code::NotApplicable,
                "instrument",
                "one that positions are held in",
                "spot",
            ));
        }
        Ok(found)
    }

    /// size · unit value of a fill, in scaled units of the settlement asset, rounded against the account.
    pub(crate) fn fill_value(
        &self,
        field: &'static str,
        spec: &InstrumentSpec,
        lots: i64,
        price: f64,
    ) -> Result<Money> {
        let scale = self.market.assets[spec.settle.slot()].scale;
        // an option's premium at zero and a missing entry are worth nothing
        let value = if lots == 0 {
            0.0
        } else {
            spec.size(lots) * (spec.unit_value(price) / scale)
        };
        let value = Money::from_f64(field, value, Rounding::Up)?;
        if value.is_holdable() {
            Ok(value)
        } else {
            Err(EngineError::new(
                Code::InvalidMoney,
                field,
                "one that makes a value below 2^43",
                price,
            ))
        }
    }

    /// Refuses a cost that exact sums cannot hold, alone or with those of the positions that settle in the same asset.
    fn check_cost(
        &self,
        account: usize,
        spec: &InstrumentSpec,
        field: &'static str,
        before: Money,
        after: Money,
    ) -> Result<()> {
        let held = self.accounts.row(account);
        let of_line = held
            .find_line(spec.settle.slot())
            .map_or(Money::ZERO, |line| held.rest.lines[line].cost);
        let of_line_after = if spec.kind.is_option() {
            of_line
        } else {
            of_line - before + after
        };
        if after.is_holdable() && of_line_after.is_holdable() {
            Ok(())
        } else {
            let expected = "one that leaves the cost of positions below 2^43";
            Err(EngineError::new(Code::InvalidMoney, field, expected, after.value()))
        }
    }

    /// Refuses what the balance of a holder of an instrument cannot take: for the reason of the first of these accounts, whatever the
    /// order in which positions were opened, since an engine out of a snapshot has another.
    fn check_holders(&self, instrument: usize, change: &dyn Fn(Holder) -> Result<[BalanceChange; 1]>) -> Result<()> {
        let refused = self.holders[instrument].iter().filter_map(|&holder| {
            let account = holder.account as usize;
            let checked = change(holder).and_then(|change| self.check_balances(account, &change));
            Some((account, checked.err()?))
        });
        match refused.min_by_key(|&(account, _)| account) {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }
}

/// A price > 0; of an option ≥ 0, since a premium may be nothing.
pub(crate) fn require_price(field: &'static str, price: f64, spec: &InstrumentSpec) -> Result<()> {
    if spec.kind.is_option() && price == 0.0 {
        return Ok(());
    }
    require_positive(field, price).map(drop)
}
