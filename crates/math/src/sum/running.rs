//! Four sums in registers, for a loop over contributions.

use super::four::{Bits, FourSums, Shifts};
use super::{CONTRIBUTION_LIMIT, SHIFT_HI, SHIFT_HI_BITS, SHIFT_LO_BITS};
use crate::lane::{Lane, LaneBits, LaneMask, Wide};

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
