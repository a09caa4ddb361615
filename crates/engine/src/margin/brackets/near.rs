//! The brackets that the loop over positions reads.

use plimsoll_math::lane::{Lane, LaneMask, Wide};

use super::table::{BracketTable, Rates};

/// How many brackets of each table lie where the loop over positions finds them without a branch: 3.
pub(super) const NEAR: usize = 3;

/// The first brackets of a table, in two cache lines of which positions in the first bracket need one.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(align(64))]
pub(super) struct NearBrackets {
    /// Upper bounds; +∞ for the last bracket of the table and beyond, and to fill up two pairs, so that a number is not
    /// above one of them at least.
    upper: [f64; NEAR + 1],
    rates: [Rates; NEAR],
}

impl NearBrackets {
    /// Of an instrument without a table, which no account can hold.
    pub(super) const NONE: Self = Self {
        upper: [f64::INFINITY; NEAR + 1],
        rates: [Rates {
            rates: [f64::NAN; 2],
            deductions: [f64::NAN; 2],
        }; NEAR],
    };

    pub(super) fn of(table: Option<&BracketTable>) -> Self {
        let brackets = table.map_or(&[][..], |table| &table.brackets);
        let Some(last) = brackets.len().checked_sub(1) else {
            return Self::NONE;
        };
        Self {
            upper: core::array::from_fn(|i| {
                if i < last.min(NEAR) {
                    brackets[i].upper
                } else {
                    f64::INFINITY
                }
            }),
            rates: core::array::from_fn(|i| brackets[i.min(last)].rates()),
        }
    }

    /// Rates of the bracket that holds a notional ≥ 0; `None` beyond these brackets and for NaN.
    #[inline(always)]
    pub(super) fn rates(&self, notional: f64) -> Option<&Rates> {
        let not_above = |at| Wide::splat(notional).le(Wide::load(&self.upper, at)).count();
        self.rates.get(NEAR + 1 - not_above(0) - not_above(2))
    }
}
