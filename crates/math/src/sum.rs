//! Sums that are the same bits in any order, over any number of threads, after any history.
//!
//! A contribution `c` is split into a multiple of 2⁻²⁰ and a rest that is a multiple of 2⁻⁶⁰, each read straight from the
//! bits of a shifted double, and both are added as wrapping 64-bit integers. Integer addition is associative even where it
//! wraps, so no partial sum needs a guard; only a single contribution must stay below 2³¹.

use crate::lane::{Lane, LaneBits, Wide};

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
/// * source: `docs/architecture.md`, "Exact sums"; proved by the tests below
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
        self.hi.wrapping_add(carry) as f64 * TWO_POW_MINUS_20 + lo as f64 * TWO_POW_MINUS_60
    }
}

/// Four sums side by side, added to in vectors: what a loop over contributions keeps in registers.
#[derive(Clone, Copy, Debug)]
pub struct QuadSum {
    hi: [<Wide as Lane>::Bits; 2],
    lo: [<Wide as Lane>::Bits; 2],
    /// Σ |contribution|, to tell once at the end whether each was in range.
    sizes: Wide,
    count: i64,
    shift_hi: Wide,
    shift_lo: Wide,
}

impl QuadSum {
    /// Four empty sums.
    #[must_use]
    #[inline(always)]
    pub fn zero() -> Self {
        // behind a veil, so that the shifts stay in registers and are not made anew in every turn of a loop
        let [shift_hi, shift_lo] = *core::hint::black_box(&[SHIFT_HI, SHIFT_LO]);
        Self {
            hi: [LaneBits::splat(0); 2],
            lo: [LaneBits::splat(0); 2],
            sizes: Wide::splat(0.0),
            count: 0,
            shift_hi: Wide::splat(shift_hi),
            shift_lo: Wide::splat(shift_lo),
        }
    }

    /// Adds a contribution to each sum.
    #[inline(always)]
    pub fn add(&mut self, contributions: [Wide; 2]) {
        for (i, part) in contributions.into_iter().enumerate() {
            let (hi, lo) = self.split(part);
            self.hi[i] = self.hi[i].wrapping_add(hi);
            self.lo[i] = self.lo[i].wrapping_add(lo);
        }
        self.count += 1;
    }

    /// Takes back what [`QuadSum::add`] of the same contributions added.
    #[inline(always)]
    pub fn subtract(&mut self, contributions: [Wide; 2]) {
        for (i, part) in contributions.into_iter().enumerate() {
            let (hi, lo) = self.split(part);
            self.hi[i] = self.hi[i].wrapping_sub(hi);
            self.lo[i] = self.lo[i].wrapping_sub(lo);
        }
        self.count -= 1;
    }

    /// As [`ExactSum::split`], with the shifts still in.
    #[inline(always)]
    fn split(&mut self, part: Wide) -> (<Wide as Lane>::Bits, <Wide as Lane>::Bits) {
        self.sizes = self.sizes + part.abs();
        let shifted = part + self.shift_hi;
        let rest = part - (shifted - self.shift_hi);
        (shifted.to_bits(), (rest + self.shift_lo).to_bits())
    }

    /// The sums as [`ExactSum::add`] would have made them; `None` where a contribution may have been out of range, since
    /// those of all together are.
    #[must_use]
    #[inline(always)]
    pub fn sums(&self) -> Option<[ExactSum; 4]> {
        if !is_in_range(self.sizes.lane(0) + self.sizes.lane(1)) {
            return None;
        }
        let (mut hi, mut lo) = ([0.0; 4], [0.0; 4]);
        for i in 0..2 {
            Wide::from_bits(self.hi[i]).store(&mut hi, 2 * i);
            Wide::from_bits(self.lo[i]).store(&mut lo, 2 * i);
        }
        let without = |bits: f64, shift: i64| (bits.to_bits() as i64).wrapping_sub(self.count.wrapping_mul(shift));
        Some(core::array::from_fn(|i| ExactSum {
            hi: without(hi[i], SHIFT_HI_BITS),
            lo: without(lo[i], SHIFT_LO_BITS),
        }))
    }
}

/// The double nearest to a count of 2⁻⁶⁰ units, computed as [`ExactSum::value`] computes it.
#[must_use]
#[inline]
pub fn fixed_point_value(units: i128) -> f64 {
    let hi = (units >> HI_PER_LO_LOG2) as i64;
    let lo = (units & ((1_i128 << HI_PER_LO_LOG2) - 1)) as i64;
    hi as f64 * TWO_POW_MINUS_20 + lo as f64 * TWO_POW_MINUS_60
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64, enough to draw test values.
    struct Draws(u64);
    impl Draws {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }
        fn amount(&mut self) -> f64 {
            let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
            let scale = [1e-9, 1e-3, 1.0, 1e4, 4e9][(self.next() % 5) as usize];
            unit * scale
        }
    }

    #[test]
    fn total_is_the_same_bits_in_any_order_and_split() {
        let mut draws = Draws(1);
        let amounts: Vec<f64> = (0..10_000).map(|_| draws.amount()).collect();
        let mut forward = ExactSum::ZERO;
        amounts.iter().for_each(|&a| forward.add(a));
        let mut backward = ExactSum::ZERO;
        amounts.iter().rev().for_each(|&a| backward.add(a));
        let mut halves = [ExactSum::ZERO; 2];
        for (i, &a) in amounts.iter().enumerate() {
            halves[i % 2].add(a);
        }
        let mut joined = halves[0];
        joined.add_sum(&halves[1]);
        assert_eq!(forward, backward);
        assert_eq!(forward, joined);
        assert_eq!(forward.value().to_bits(), joined.value().to_bits());
    }

    #[test]
    fn four_sums_at_once_are_the_four_sums() {
        let mut draws = Draws(5);
        let mut together = QuadSum::zero();
        let mut apart = [ExactSum::ZERO; 4];
        for _ in 0..10_000 {
            let contributions = [(); 4].map(|()| draws.amount() % 1e4);
            together.add([0, 2].map(|at| Wide::load(&contributions, at)));
            let taken_back = [(); 4].map(|()| draws.amount() % 1e4);
            together.subtract([0, 2].map(|at| Wide::load(&taken_back, at)));
            for ((sum, contribution), back) in apart.iter_mut().zip(contributions).zip(taken_back) {
                sum.add(contribution);
                sum.subtract(back);
            }
        }
        assert_eq!(together.sums(), Some(apart));
        for out_of_range in [3e9, f64::NAN, f64::NEG_INFINITY] {
            let mut sum = together;
            sum.add([Wide::splat(1.0), Wide::load(&[2.0, out_of_range], 0)]);
            assert_eq!(sum.sums(), None);
        }
    }

    #[test]
    fn each_contribution_is_rounded_once_to_two_pow_minus_60() {
        let mut draws = Draws(2);
        for _ in 0..10_000 {
            let amount = draws.amount();
            let mut sum = ExactSum::ZERO;
            sum.add(amount);
            // amount / 2⁻⁶⁰ is exact in a double; the fixed point is its nearest integer.
            let exact = amount * (1_u64 << 60) as f64;
            assert!((sum.fixed_point() as f64 - exact).abs() <= 0.5, "{amount}");
        }
    }

    #[test]
    fn any_history_of_replacements_equals_a_fresh_sum() {
        let mut draws = Draws(3);
        let mut held: Vec<f64> = (0..64).map(|_| draws.amount()).collect();
        let mut kept = ExactSum::ZERO;
        held.iter().for_each(|&a| kept.add(a));
        for _ in 0..100_000 {
            let i = (draws.next() % 64) as usize;
            let next = draws.amount();
            kept.subtract(held[i]);
            kept.add(next);
            held[i] = next;
        }
        let mut fresh = ExactSum::ZERO;
        held.iter().for_each(|&a| fresh.add(a));
        assert_eq!(kept, fresh);
    }

    #[test]
    fn value_and_fixed_point_value_are_the_same_rounding() {
        let mut draws = Draws(4);
        for _ in 0..10_000 {
            let mut sum = ExactSum::ZERO;
            for _ in 0..7 {
                sum.add(draws.amount());
            }
            assert_eq!(sum.value().to_bits(), fixed_point_value(sum.fixed_point()).to_bits());
            // below 2³³ the double is the nearest one to the exact total
            if sum.value().abs() < 8e9 {
                assert_eq!(sum.value(), sum.fixed_point() as f64 / (1_u64 << 60) as f64);
            }
        }
    }

    #[test]
    fn a_contribution_out_of_range_is_told() {
        assert!(is_in_range(2_147_483_647.9));
        assert!(!is_in_range(2_147_483_648.0));
        assert!(!is_in_range(f64::NAN));
        assert!(!is_in_range(f64::NEG_INFINITY));
    }
}
