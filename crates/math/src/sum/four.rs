//! Four sums at once, as vectors add to them and read them.

use super::{is_in_range, ExactSum, CONTRIBUTION_LIMIT, SHIFT_HI, SHIFT_LO};
use crate::lane::{Lane, LaneBits, LaneMask, Wide};

/// Four sums side by side in one cache line, as vectors add to them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C, align(64))]
pub struct FourSums {
    pub(super) hi: [u64; 4],
    pub(super) lo: [u64; 4],
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

pub(super) type Bits = <Wide as Lane>::Bits;

#[inline(always)]
fn add_words(words: &mut [u64; 4], at: usize, more: Bits) {
    Bits::load(words, at).wrapping_add(more).store(words, at);
}

/// The two shifts, behind a veil, so that a loop keeps them in registers and does not make them anew in every turn.
#[derive(Clone, Copy, Debug)]
pub struct Shifts {
    hi: Wide,
    pub(super) lo: Wide,
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
