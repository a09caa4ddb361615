//! Sums that are the same bits in any order, over any number of threads, after any history.
//!
//! A contribution `c` is split into a multiple of 2⁻²⁰ and a rest that is a multiple of 2⁻⁶⁰, each read straight from the
//! bits of a shifted double, and both are added as wrapping 64-bit integers. Integer addition is associative even where it
//! wraps, so no partial sum needs a guard; only a single contribution must stay below 2³¹.

use crate::lane::{Lane, LaneBits, LaneMask, Wide};

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
        self.hi.wrapping_add(carry) as f64 * TWO_POW_MINUS_20 + lo as f64 * TWO_POW_MINUS_60
    }
}

/// Four sums side by side in one cache line, as vectors add to them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C, align(64))]
pub struct FourSums {
    hi: [u64; 4],
    lo: [u64; 4],
}

impl FourSums {
    /// Four empty sums.
    pub const ZERO: Self = Self { hi: [0; 4], lo: [0; 4] };

    /// One of the sums.
    #[must_use]
    #[inline(always)]
    pub fn get(&self, which: usize) -> ExactSum {
        ExactSum {
            hi: self.hi[which] as i64,
            lo: self.lo[which] as i64,
        }
    }

    /// Puts another sum in the place of one.
    #[inline(always)]
    pub fn set(&mut self, which: usize, sum: ExactSum) {
        self.hi[which] = sum.hi as u64;
        self.lo[which] = sum.lo as u64;
    }

    /// One word of the sums, whichever: to read it brings all of them into the cache.
    #[must_use]
    #[inline(always)]
    pub fn any_word(&self) -> u64 {
        self.hi[0]
    }

    /// The totals as doubles, as [`ExactSum::value`] gives them, that of the first with another sum in it; `None` where one may be
    /// out of range.
    ///
    /// * domain: at most 4,095 contributions to each sum; the other sum made by [`ExactSum::of_fixed_point`] and in range
    #[inline(always)]
    #[must_use]
    pub fn values(&self, within_first: &ExactSum, shifts: &Shifts) -> Option<[Wide; 2]> {
        let ExactSum { hi, lo } = *within_first;
        let first = [
            Bits::load(&self.hi, 0).wrapping_add(Bits::load(&[hi as u64, 0], 0)),
            Bits::load(&self.lo, 0).wrapping_add(Bits::load(&[lo as u64, 0], 0)),
        ];
        let second = [Bits::load(&self.hi, 2), Bits::load(&self.lo, 2)];
        let values = [first, second].map(|parts| join(parts, shifts));
        // a part that has left its range is at least this great
        let sizes = values[0].abs() + values[1].abs();
        let are_in_range = sizes.lt(Wide::splat(CONTRIBUTION_LIMIT - 1.0)).count() == Wide::WIDTH;
        are_in_range.then_some(values)
    }

    /// Adds the other four sums to these.
    #[inline(always)]
    pub fn add_sums(&mut self, other: &Self) {
        for at in [0, 2] {
            add_words(&mut self.hi, at, LaneBits::load(&other.hi, at));
            add_words(&mut self.lo, at, LaneBits::load(&other.lo, at));
        }
    }

    /// Takes back a contribution to each sum and adds another. Returns whether all are sure to be in range; where they
    /// are not, nothing is changed.
    #[inline(always)]
    #[must_use]
    pub fn replace(&mut self, before: [Wide; 2], after: [Wide; 2], shifts: &Shifts) -> bool {
        let sizes = (before[0].abs() + before[1].abs()) + (after[0].abs() + after[1].abs());
        if !is_in_range(sizes.lane(0) + sizes.lane(1)) {
            return false;
        }
        for (i, (before, after)) in before.into_iter().zip(after).enumerate() {
            let [(hi_before, lo_before), (hi, lo)] = [before, after].map(|part| split_with_shifts(part, shifts));
            // the shifts cancel
            add_words(&mut self.hi, 2 * i, hi.wrapping_sub(hi_before));
            add_words(&mut self.lo, 2 * i, lo.wrapping_sub(lo_before));
        }
        true
    }
}

type Bits = <Wide as Lane>::Bits;

#[inline(always)]
fn add_words(words: &mut [u64; 4], at: usize, more: Bits) {
    Bits::load(words, at).wrapping_add(more).store(words, at);
}

/// The two shifts, behind a veil, so that a loop keeps them in registers and does not make them anew in every turn.
#[derive(Clone, Copy, Debug)]
pub struct Shifts {
    hi: Wide,
    lo: Wide,
}

impl Shifts {
    /// The shifts.
    #[must_use]
    #[inline(always)]
    pub fn veiled() -> Self {
        let [hi, lo] = [SHIFT_HI, SHIFT_LO].map(|shift| Wide::splat(core::hint::black_box(shift)));
        Self { hi, lo }
    }
}

/// As [`ExactSum::split`], with the shifts still in.
#[inline(always)]
fn split_with_shifts(part: Wide, shifts: &Shifts) -> (Bits, Bits) {
    let shifted = part + shifts.hi;
    let rest = part - (shifted - shifts.hi);
    (shifted.to_bits(), (rest + shifts.lo).to_bits())
}

/// The total of the parts of a sum, each below 2⁵¹ in size: both are exact doubles, so one rounding gives it. Beyond that it is at
/// least 2³¹ − 2⁻⁹ in size, or NaN.
#[inline(always)]
fn join([hi, lo]: [Bits; 2], shifts: &Shifts) -> Wide {
    let part = |units: Bits, shift: Wide| Wide::from_bits(units.wrapping_add(shift.to_bits())) - shift;
    part(hi, shifts.hi) + part(lo, shifts.lo)
}

/// Four sums that a loop over contributions keeps in registers: [`FourSums`] in fewer operations.
///
/// The greater parts are added as doubles, to the shift itself: while a sum stays below 2³¹ in size each addition rounds to a
/// multiple of 2⁻²⁰, and what it rounds away is found exactly (Dekker's fast two-sum) and added as an integer. Which multiple
/// a tie goes to depends on the sum so far, the total of both parts does not.
///
/// * domain: contributions to the last three sums are not negative, those to the first at most twice as great as those to the
///   second. [`RunningSums::sums`] then sees from the totals whether every sum on the way was in range.
#[derive(Clone, Copy, Debug)]
pub struct RunningSums {
    shifted: [Wide; 2],
    lo: [Bits; 2],
    count: u64,
    shifts: Shifts,
}

impl RunningSums {
    /// Four empty sums.
    #[must_use]
    #[inline(always)]
    pub fn zero() -> Self {
        Self {
            shifted: [Wide::splat(SHIFT_HI); 2],
            lo: [Bits::splat(0); 2],
            count: 0,
            shifts: Shifts::veiled(),
        }
    }

    /// Adds a contribution to each sum.
    #[inline(always)]
    pub fn add(&mut self, contributions: [Wide; 2]) {
        for (i, part) in contributions.into_iter().enumerate() {
            let shifted = self.shifted[i] + part;
            let rest = part - (shifted - self.shifted[i]);
            self.shifted[i] = shifted;
            self.lo[i] = self.lo[i].wrapping_add((rest + self.shifts.lo).to_bits());
        }
        self.count += 1;
    }

    /// The sums; `None` where one may have left its range on the way, or a contribution was NaN.
    #[must_use]
    #[inline(always)]
    pub fn sums(&self) -> Option<FourSums> {
        let [first, second] = self.shifted;
        let highest = second.lt(Wide::splat(SHIFT_HI + CONTRIBUTION_LIMIT));
        if !(first.lane(1) < SHIFT_HI + 0.5 * CONTRIBUTION_LIMIT && highest.count() == Wide::WIDTH) {
            return None;
        }
        let mut sums = FourSums::ZERO;
        let shifts_lo = Bits::splat(self.count.wrapping_mul(SHIFT_LO_BITS as u64));
        for i in 0..2 {
            let hi = self.shifted[i]
                .to_bits()
                .wrapping_sub(Bits::splat(SHIFT_HI_BITS as u64));
            hi.store(&mut sums.hi, 2 * i);
            self.lo[i].wrapping_sub(shifts_lo).store(&mut sums.lo, 2 * i);
        }
        Some(sums)
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

    fn wide(contributions: &[f64; 4]) -> [Wide; 2] {
        [0, 2].map(|at| Wide::load(contributions, at))
    }

    #[test]
    fn four_sums_at_once_are_the_four_sums() {
        let mut draws = Draws(5);
        let shifts = Shifts::veiled();
        let mut together = FourSums::ZERO;
        let mut apart = [ExactSum::ZERO; 4];
        for _ in 0..10_000 {
            let [before, after] = [(); 2].map(|()| [(); 4].map(|()| draws.amount() % 1e4));
            assert!(together.replace(wide(&before), wide(&after), &shifts));
            for (i, sum) in apart.iter_mut().enumerate() {
                sum.subtract(before[i]);
                sum.add(after[i]);
            }
        }
        assert_eq!([0, 1, 2, 3].map(|which| together.get(which)), apart);
        let held = together;
        for out_of_range in [3e9, f64::NAN, f64::NEG_INFINITY] {
            assert!(!together.replace([Wide::splat(1.0); 2], wide(&[1.0, 2.0, out_of_range, 4.0]), &shifts));
            assert_eq!(together, held);
        }
    }

    /// Bits of the values of four sums, `held` within the first, where they are in range.
    fn values(sums: &FourSums, held: f64) -> Option<[u64; 4]> {
        let mut exact = ExactSum::ZERO;
        exact.add(held);
        let held = ExactSum::of_fixed_point(exact.fixed_point()).expect("in range");
        let [first, second] = sums.values(&held, &Shifts::veiled())?;
        Some([first.lane(0), first.lane(1), second.lane(0), second.lane(1)].map(f64::to_bits))
    }

    /// The same one by one.
    fn values_apart(sums: &FourSums, held: f64) -> [u64; 4] {
        let mut apart = [0, 1, 2, 3].map(|which| sums.get(which));
        apart[0].add(held);
        apart.map(|sum| sum.value().to_bits())
    }

    fn sums_of(contributions: impl Iterator<Item = [f64; 4]>) -> FourSums {
        let mut sums = FourSums::ZERO;
        for contribution in contributions {
            assert!(sums.replace([Wide::splat(0.0); 2], wide(&contribution), &Shifts::veiled()));
        }
        sums
    }

    #[test]
    fn values_of_four_sums_at_once_are_the_values_of_each() {
        let mut draws = Draws(7);
        for round in 0..1000 {
            let held = draws.amount() % 1e6;
            let sums = sums_of((0..round % 50).map(|_| [(); 4].map(|()| draws.amount() % 1e6)));
            assert_eq!(values(&sums, held), Some(values_apart(&sums, held)), "{round}");
        }
    }

    #[test]
    fn values_are_right_where_as_many_rests_as_there_may_be_are_as_great_as_they_may_be() {
        // a rest of 2⁻²¹ is the greatest; the least beside it makes no tie of it
        for rest in [0.5, -0.5].map(|half| half * TWO_POW_MINUS_20 * (1.0 - f64::EPSILON)) {
            let sums = sums_of((0..4095).map(|_| [1024.0 + rest, rest, rest, 256.0 + rest]));
            for held in [0.0, rest, 1e6 + 0.4 * TWO_POW_MINUS_20] {
                assert_eq!(values(&sums, held), Some(values_apart(&sums, held)), "{rest} {held}");
            }
        }
    }

    #[test]
    fn values_out_of_range_are_told() {
        for which in 0..4 {
            // 2³¹ is the limit, of which 1 is left out; beyond it parts wrap
            for (each, count, is_in_range) in [
                (2_147_483_646.5, 1, true),
                (2_147_483_647.5, 1, false),
                (2_147_483_647.5, 2, false),
                (2_147_483_647.5, 1500, false),
                (2_147_483_647.5, 4095, false),
            ] {
                for sign in [1.0, -1.0] {
                    let sums = sums_of((0..count).map(|_| {
                        let mut contribution = [0.0; 4];
                        contribution[which] = sign * each;
                        contribution
                    }));
                    let expected = is_in_range.then(|| values_apart(&sums, 0.0));
                    assert_eq!(values(&sums, 0.0), expected, "{which} {each} {count} {sign}");
                }
            }
        }
    }

    #[test]
    fn running_sums_have_the_totals_of_the_four_sums() {
        let mut draws = Draws(6);
        for round in 0..1000 {
            let mut running = RunningSums::zero();
            let mut apart = [ExactSum::ZERO; 4];
            for i in 0..round {
                let value = draws.amount() % 1e5;
                // ties between two multiples of 2⁻²⁰ among them
                let tie = (2 * i + 1) as f64 * 0.5 * TWO_POW_MINUS_20;
                let contributions = [value, value.abs(), draws.amount().abs() % 1e5, tie];
                running.add(wide(&contributions));
                for (sum, contribution) in apart.iter_mut().zip(contributions) {
                    sum.add(contribution);
                }
            }
            let sums = running.sums().expect("in range");
            let totals = [0, 1, 2, 3].map(|which| sums.get(which).fixed_point());
            assert_eq!(totals, apart.map(|sum| sum.fixed_point()));
        }
    }

    #[test]
    fn running_sums_out_of_range_are_told() {
        let contributions = |which: usize, size: f64| {
            let mut contributions = [0.0; 4];
            contributions[which] = size;
            contributions
        };
        for out_of_range in [
            contributions(1, 1.1e9),
            contributions(2, 2.2e9),
            contributions(3, 2.2e9),
            contributions(1, f64::INFINITY),
            contributions(2, f64::NAN),
            [f64::NAN; 4],
        ] {
            let mut running = RunningSums::zero();
            running.add(wide(&[-1e9, 1e9, 1e9, 1e9]));
            assert!(running.sums().is_some());
            running.add(wide(&out_of_range));
            assert!(running.sums().is_none(), "{out_of_range:?}");
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
