//! Totals over all accounts, exact whatever the order and the split.

use plimsoll_math::float;

use crate::engine::Engine;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::figures::Headline;

/// Exact totals over all accounts of one or several engines: the same bits in any order and any split (`tests/totals.rs`).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Totals {
    /// Accounts counted: those that have figures, each below 2⁴³ scaled units of the quote asset.
    pub accounts: usize,
    /// Σ equity.
    pub equity: f64,
    /// Σ initial requirement.
    pub initial: f64,
    /// Σ maintenance requirement.
    pub maintenance: f64,
    /// Σ gross position value.
    pub position_value: f64,
    /// The four sums in 2⁻⁶⁰ of a scaled unit of the quote asset. 2²⁴ accounts of figures below 2⁴³ stay below 2¹²⁷.
    exact: [i128; 4],
    /// A scaled unit of the quote asset.
    quote_scale: f64,
}

impl Totals {
    fn of(accounts: usize, exact: [i128; 4], quote_scale: f64) -> Self {
        let [equity, initial, maintenance, position_value] =
            exact.map(|units| units as f64 / SUM_UNITS_PER_ONE * quote_scale);
        Self {
            accounts,
            equity,
            initial,
            maintenance,
            position_value,
            exact,
            quote_scale,
        }
    }

    /// The exact sums of equity, initial, maintenance and position value, in 2⁻⁶⁰ of a scaled unit of the quote asset, and that
    /// unit: what [`Totals::merged_with`] adds, for a caller that adds by itself.
    #[must_use]
    pub fn exact(&self) -> ([i128; 4], f64) {
        (self.exact, self.quote_scale)
    }

    /// The totals over the accounts of both: what one engine with all of them would give, to the bit.
    ///
    /// # Errors
    /// [`Code::NotApplicable`] where the quote assets differ in scale; [`Code::InvalidValue`] where a total overflows.
    pub fn merged_with(&self, other: &Self) -> Result<Self> {
        if self.quote_scale != other.quote_scale {
            let expected = Phrase::new("of engines whose quote asset has the scale {}", [self.quote_scale]);
            return Err(EngineError::new(
                Code::NotApplicable,
                "totals",
                expected,
                other.quote_scale,
            ));
        }
        let mut exact = self.exact;
        for (sum, &units) in exact.iter_mut().zip(&other.exact) {
            *sum = sum.checked_add(units).ok_or_else(|| {
                let expected = "of at most 2^24 accounts in all";
                EngineError::new(Code::InvalidValue, "totals", expected, "more")
            })?;
        }
        Ok(Self::of(self.accounts + other.accounts, exact, self.quote_scale))
    }
}

/// 2⁶⁰: exact sums count in units of 2⁻⁶⁰.
const SUM_UNITS_PER_ONE: f64 = (1_u64 << 60) as f64;
/// 2⁴³, below which a figure of an account stays.
const FIGURE_LIMIT: f64 = (1_u64 << 43) as f64;

impl Engine {
    /// Exact sums of the figures of all accounts that have them.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut exact = [0_i128; 4];
        let mut accounts = 0;
        for (slot, _) in self.accounts.iter() {
            let Headline {
                equity, risk, gross, ..
            } = self.headline(slot);
            let figures =
                [equity, risk.initial, risk.maintenance, gross].map(|figure| figure * self.market.per_quote_scale);
            // false for the NaN of missing figures
            if figures.iter().all(|figure| figure.abs() < FIGURE_LIMIT) {
                accounts += 1;
                for (sum, figure) in exact.iter_mut().zip(figures) {
                    *sum += float::round_ties_even(figure * SUM_UNITS_PER_ONE) as i128;
                }
            }
        }
        Totals::of(accounts, exact, self.market.quote_scale)
    }
}
