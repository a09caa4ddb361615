//! Which lanes the vector kernel answers for, and the others once more, one at a time.

use super::figures::Wanted;
use super::kernel::{Kind, Side, Strikes};
use super::rare::{self, OneOption};
use crate::elementary::TAIL_END;
use crate::lane::{Lane, LaneMask};

/// The least and the greatest of some numbers, lane by lane; a NaN may be left out.
#[derive(Clone, Copy)]
pub(super) struct Extent<L> {
    pub(super) least: L,
    greatest: L,
}

impl<L: Lane> Extent<L> {
    pub(super) fn of(value: f64) -> Self {
        Self {
            least: L::splat(value),
            greatest: L::splat(value),
        }
    }
    #[inline(always)]
    pub(super) fn take(&mut self, value: L) {
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }
    #[inline(always)]
    pub(super) fn is_within(&self, low: f64, high: f64) -> L::Mask {
        self.least.ge(L::splat(low)).and(self.greatest.le(L::splat(high)))
    }
}

/// The lanes that [`rare`] must do again: beyond the range of moderate inputs, far out of the money, or with so little
/// deviation that roundings of drift or discounting show.
fn must_redo<L: Lane>(at: &Strikes<L>, side: &Side<L>) -> L::Mask {
    let within = |low: f64, x: L, high: f64| x.ge(L::splat(low)).and(x.le(L::splat(high)));
    let (growth, carried) = (at.rate * at.years, at.carry * at.years);
    let moderate = within(PRICE_MIN, at.spot, PRICE_MAX)
        .and(at.spread.le(L::splat(SPREAD_MAX)))
        .and(within(-GROWTH_MAX, growth, GROWTH_MAX))
        .and(within(-GROWTH_MAX, carried, GROWTH_MAX))
        .and(within(YEARS_MIN, at.years, YEARS_MAX))
        .and(within(DEVIATION_MIN, at.deviation, DEVIATION_MAX));
    let out_of_the_money = at.below.xor(side.sign.lt(L::splat(0.0)));
    let spread = at.spread * at.inv_deviation;
    let amplified = (at.a + L::splat(1.0)) * (spread + at.a);
    let far = out_of_the_money.and(amplified.gt(L::splat(ROUNDING_AMPLIFIED_MAX)));
    let blurred = spread.gt(L::splat(DEVIATIONS_MAX));
    let discounting = (growth.abs() + carried.abs()) * at.inv_deviation;
    let cancelled = discounting.gt(L::splat(DEVIATIONS_MAX) * at.h.max(L::splat(1.0)));
    let has_density = at.a.lt(L::splat(TAIL_END));
    moderate.not().or(has_density.and(far.or(blurred))).or(cancelled)
}

// Inputs within these bounds keep every intermediate figure of the kernel in the range of f64: prices of the underlying,
// the spread, which also catches a strike that is no positive number, |rT| and |qT|, years, and σ√T.
pub(super) const PRICE_MIN: f64 = 1e-30;
pub(super) const PRICE_MAX: f64 = 1e30;
const SPREAD_MAX: f64 = 110.0;
pub(super) const GROWTH_MAX: f64 = 100.0;
pub(super) const YEARS_MIN: f64 = 1e-12;
pub(super) const YEARS_MAX: f64 = 1e6;
pub(super) const DEVIATION_MIN: f64 = 1e-8;
const DEVIATION_MAX: f64 = 1e4;
/// Where (a + 1)(a + spread/s) exceeds this a rounding of d shows in a price that is all time value.
const ROUNDING_AMPLIFIED_MAX: f64 = 250.0;
/// Where spread/s exceeds this a rounding of d shows in Greeks; where (|rT| + |qT|)/s exceeds so many times max(h, 1), those of
/// discounting show in a price that comes by parity.
pub(super) const DEVIATIONS_MAX: f64 = 64.0;
/// While spread/s is at most this the product above is too, since a is at most the quotient; and where s is moreover at most
/// [`DEVIATION_NEAR`] the spread is within its bound.
pub(super) const AMPLIFICATION_NEAR: f64 = 10.6;
pub(super) const DEVIATION_NEAR: f64 = 10.0;

/// Prices again what [`must_redo`], and writes it over the figures of the first `count` options at `write..`.
#[cold]
#[inline(never)]
pub(super) fn redo_lanes<L: Lane>(
    kind: Kind,
    strikes: &[Strikes<L>],
    sides: &[Side<L>],
    figures: &mut Wanted<'_>,
    status: &mut [u8],
    write: usize,
    count: usize,
) {
    for option in 0..count {
        let (vector, lane) = (option / L::WIDTH, option % L::WIDTH);
        let (at, side) = (&strikes[vector], &sides[vector]);
        if !must_redo(at, side).lane(lane) {
            continue;
        }
        let inputs = OneOption {
            sign: side.sign.lane(lane),
            spot: at.spot.lane(lane),
            strike: at.strike.lane(lane),
            years: at.years.lane(lane),
            rate: at.rate.lane(lane),
            carry: at.carry.lane(lane),
            vol: at.vol.lane(lane),
        };
        let (answer, its_status) = rare::all(kind, &inputs);
        status[write + option] = its_status as u8;
        for (column, figure) in figures.iter_mut().zip(answer) {
            if let Some(column) = column {
                column[write + option] = figure;
            }
        }
    }
}
