//! Sums that are the same bits in any order, over any number of threads, after any history.
//!
//! A contribution `c` is split into a multiple of 2⁻²⁰ and a rest that is a multiple of 2⁻⁶⁰, each read straight from the
//! bits of a shifted double, and both are added as wrapping 64-bit integers. Integer addition is associative even where it
//! wraps, so no partial sum needs a guard; only a single contribution must stay below 2³¹.

mod four;
mod running;
#[cfg(test)]
mod tests;

pub use four::{FourSums, Shifts};
pub use running::RunningSums;

/// 1.5·2³²: a double `c + SHIFT_HI` with |c| < 2³¹ has an ulp of 2⁻²⁰, so its bits count multiples of 2⁻²⁰.
const SHIFT_HI: f64 = 6_442_450_944.0;
/// 1.5·2⁻⁸: likewise with an ulp of 2⁻⁶⁰.
const SHIFT_LO: f64 = 0.005_859_375;
const SHIFT_HI_BITS: i64 = SHIFT_HI.to_bits() as i64;
const SHIFT_LO_BITS: i64 = SHIFT_LO.to_bits() as i64;
const HI_PER_LO_LOG2: u32 = 40;
const TWO_POW_MINUS_20: f64 = 1.0 / (1_u64 << 20) as f64;
const TWO_POW_MINUS_60: f64 = 1.0 / (1_u64 << 60) as f64;

/// The bound that a single contribution must stay below: 2³¹.
pub const CONTRIBUTION_LIMIT: f64 = 2_147_483_648.0;

/// Whether `contribution` can be added exactly: finite and below [`CONTRIBUTION_LIMIT`] in size.
#[must_use]
#[inline(always)]
pub fn is_in_range(contribution: f64) -> bool {
    contribution.abs() < CONTRIBUTION_LIMIT
}

/// An order-free sum of doubles, each rounded once, to a multiple of 2⁻⁶⁰.
///
/// * domain: |contribution| < 2³¹ (see [`is_in_range`]); outside it the caller leaves the contribution out and says so
/// * range of the total: ±2⁴³; 2²⁴ contributions
/// * source: `docs/architecture.md`, "Exact sums"; proved by `sum/tests.rs`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ExactSum {
    hi: i64,
    lo: i64,
}

impl ExactSum {
    /// The empty sum.
    pub const ZERO: Self = Self { hi: 0, lo: 0 };

    /// The parts of a contribution in units of 2⁻²⁰ and 2⁻⁶⁰.
    #[inline(always)]
    fn split(contribution: f64) -> (i64, i64) {
        let shifted = contribution + SHIFT_HI;
        let rest = contribution - (shifted - SHIFT_HI);
        let shifted_rest = rest + SHIFT_LO;
        (
            (shifted.to_bits() as i64).wrapping_sub(SHIFT_HI_BITS),
            (shifted_rest.to_bits() as i64).wrapping_sub(SHIFT_LO_BITS),
        )
    }

    /// Adds a contribution that [`is_in_range`].
    #[inline(always)]
    pub fn add(&mut self, contribution: f64) {
        let (hi, lo) = Self::split(contribution);
        self.hi = self.hi.wrapping_add(hi);
        self.lo = self.lo.wrapping_add(lo);
    }

    /// Takes back what [`ExactSum::add`] of the same contribution added.
    #[inline(always)]
    pub fn subtract(&mut self, contribution: f64) {
        let (hi, lo) = Self::split(contribution);
        self.hi = self.hi.wrapping_sub(hi);
        self.lo = self.lo.wrapping_sub(lo);
    }

    /// Adds another sum.
    #[inline(always)]
    pub fn add_sum(&mut self, other: &Self) {
        self.hi = self.hi.wrapping_add(other.hi);
        self.lo = self.lo.wrapping_add(other.lo);
    }

    /// The sum whose total is so many units of 2⁻⁶⁰; `None` where that is out of range.
    #[must_use]
    pub fn of_fixed_point(units: i128) -> Option<Self> {
        // the nearest multiple of 2⁻²⁰, so that the rest is no greater than that of a contribution
        let hi = (units + (1 << (HI_PER_LO_LOG2 - 1))) >> HI_PER_LO_LOG2;
        Some(Self {
            hi: i64::try_from(hi).ok()?,
            lo: (units - (hi << HI_PER_LO_LOG2)) as i64,
        })
    }

    /// The total in units of 2⁻⁶⁰.
    #[must_use]
    #[inline]
    pub fn fixed_point(&self) -> i128 {
        (i128::from(self.hi) << HI_PER_LO_LOG2) + i128::from(self.lo)
    }

    /// The total as a double: correctly rounded below 2³³, within 1 ulp above; the same bits for the same contributions.
    #[must_use]
    #[inline(always)]
    pub fn value(&self) -> f64 {
        let carry = self.lo >> HI_PER_LO_LOG2;
        let lo = self.lo - (carry << HI_PER_LO_LOG2);
        nearest(self.hi.wrapping_add(carry), lo)
    }
}

/// The double nearest to a count of 2⁻⁶⁰ units, computed as [`ExactSum::value`] computes it.
#[must_use]
#[inline]
pub fn fixed_point_value(units: i128) -> f64 {
    let hi = (units >> HI_PER_LO_LOG2) as i64;
    let lo = (units & ((1_i128 << HI_PER_LO_LOG2) - 1)) as i64;
    nearest(hi, lo)
}

/// The double nearest to hi·2⁻²⁰ + lo·2⁻⁶⁰, 0 ≤ lo < 2⁴⁰.
#[inline(always)]
fn nearest(hi: i64, lo: i64) -> f64 {
    hi as f64 * TWO_POW_MINUS_20 + lo as f64 * TWO_POW_MINUS_60
}
