//! Double no-touch: 1 at expiry where the price has stayed between two barriers, D < S < U.
//!
//! With x = ln(S/D), y = ln(U/S), L = x + y, the drift g = (r − q − σ²/2)T and the variance v = σ²T of ln S, the probability
//! to stay is, by reflection at both barriers,
//!
//!   P = Σ_k (B(kL) − B(x + kL)),   B(h) = e^{−2hg/v} (Φ((y + 2h − g)/√v) − Φ((−x + 2h − g)/√v)),
//!
//! and, by eigenfunctions,
//!
//!   P = Σ_n 2πn sin(nπx/L) e^{−n²π²v/2L²} (e^{−(g² + 2gx)/2v} − (−1)ⁿ e^{−(g² − 2gy)/2v}) / ((gL/v)² + n²π²).
//!
//! # Regimes
//!
//! The same table is in `tests/double_touch.rs`. "Flat" means that every derivative is that of a constant paid at expiry.
//!
//! | inputs | answer | status |
//! | --- | --- | --- |
//! | any input NaN or infinite; S, D, U, T or σ negative; D > U | NaN | `InvalidInput` |
//! | S < D or S > U | touched: 0, flat | `Ok` |
//! | S = D or S = U | touched; delta and the derivatives by barriers, which have one limit from each side: NaN | `Kink` |
//! | D = 0 | the no-touch of U | as there |
//! | T = 0, D < S < U | 1, flat | `Ok` |
//! | σ = 0 (or σ√T < 1e-70) | e^{−rT} where the path S e^{(r−q)t} ends between the barriers, else 0; flat | `Ok` |
//! | σ√T > 1e70, \|rT\| or \|qT\| > 1e140, or a figure beyond the range of `f64` | what is finite stands, the rest is NaN | `OutOfRange` |
//!
//! # Accuracy
//!
//! Where v ≥ 0.3 L² every figure ≤ 1e-12 relative, down to prices of 1e-290. Else the price ≤ 2e-14 of e^{−rT}, and derivatives
//! ≤ 2e-14 of it too, once they are without unit: by ln S, ln D, ln U, r and q in deviations σ√T, by σ and T in shares.
//! `tests/double_touch.rs` against `tests/vectors/double_touch.csv` (mpmath).
//!
//! # Method
//!
//! Six eigenfunctions where v ≥ 0.3 L², else the images |k| ≤ 3: what is left out is below 1e-17 of P's scale. e^{−2hg/v}φ(z) is
//! e^{−w²/2 − 2h(e + h)/v}φ(0) with w = (e − g)/√v for the end e = −x or y, both terms ≤ 0, so that no image overflows and none
//! loses digits to a large exponent. Derivatives are carried through the sums (`jet`).
//!
//! Sources: Kunitomo and Ikeda, Pricing options with curved boundaries, Mathematical Finance 2 (1992); Hui, One-touch double
//! barrier binary option values, Applied Financial Economics 6 (1996).

use super::{no_touch, Barrier, DEVIATION_MAX, DEVIATION_MIN, GROWTH_MAX};
use crate::elementary::{exp, scaled_tail, INV_SQRT_2PI, TABLES};
use crate::float::sqrt;
use crate::jet::Jet;
use crate::precise::ln_ratio;
use crate::PriceStatus;
use core::f64::consts::PI;

/// Price and first derivatives of a double no-touch, raw, as in [`FirstOrder`](crate::first_order::FirstOrder).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct DoubleNoTouch {
    /// Value of one contract.
    pub price: f64,
    /// ∂price/∂S.
    pub delta: f64,
    /// ∂price/∂σ per 1.0 of volatility.
    pub vega: f64,
    /// ∂price/∂t per year of calendar time, −∂price/∂T.
    pub theta: f64,
    /// ∂price/∂r per 1.0 of rate.
    pub rho: f64,
    /// ∂price/∂q per 1.0 of carry.
    pub psi: f64,
    /// ∂price/∂D.
    pub by_lower: f64,
    /// ∂price/∂U.
    pub by_upper: f64,
}

impl DoubleNoTouch {
    /// All figures, in the order of their declaration.
    #[must_use]
    pub fn figures(&self) -> [f64; 8] {
        [
            self.price,
            self.delta,
            self.vega,
            self.theta,
            self.rho,
            self.psi,
            self.by_lower,
            self.by_upper,
        ]
    }

    fn of_figures([price, delta, vega, theta, rho, psi, by_lower, by_upper]: [f64; 8]) -> Self {
        Self {
            price,
            delta,
            vega,
            theta,
            rho,
            psi,
            by_lower,
            by_upper,
        }
    }
}

/// Price and first derivatives of a contract that pays 1 at expiry if neither barrier is touched before.
///
/// `rate` and `carry` continuously compounded per year, `vol` per √year; the formula, regimes and accuracy stand at the head of
/// `touch/double.rs`.
///
/// ```
/// use plimsoll_math::touch::double_no_touch;
/// let (between, _) = double_no_touch(100.0, 80.0, 125.0, 1.0, 0.0, 0.0, 0.2);
/// assert!((between.price - 0.470_744_458_727_123_7).abs() < 1e-14);
/// ```
#[must_use]
pub fn double_no_touch(
    spot: f64,
    lower: f64,
    upper: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
) -> (DoubleNoTouch, PriceStatus) {
    let none = |status| (DoubleNoTouch::of_figures([f64::NAN; 8]), status);
    let valid = |value: f64| value.is_finite() && value >= 0.0;
    let are_valid = [spot, lower, upper, years, vol].into_iter().all(valid);
    if !(are_valid && lower <= upper && rate.is_finite() && carry.is_finite()) {
        return none(PriceStatus::InvalidInput);
    }
    let (growth, carried) = (rate * years, carry * years);
    if !(growth.abs() <= GROWTH_MAX && carried.abs() <= GROWTH_MAX) {
        return none(PriceStatus::OutOfRange);
    }
    let paid = exp(-growth);
    // What a probability to stay is worth; `by` are its derivatives by ln S, ln D, ln U, drift and variance.
    let worth = |stays: f64, by: [f64; 5], status: PriceStatus| {
        let [by_spot, by_lower, by_upper, by_drift, by_variance] = by.map(|by| paid * by);
        let price = paid * stays;
        let level = |by: f64, level: f64| if by == 0.0 { 0.0 } else { by / level };
        let figures = DoubleNoTouch {
            price,
            delta: level(by_spot, spot),
            vega: vol * years * (2.0 * by_variance - by_drift),
            theta: rate * price - (vol * vol * (by_variance - 0.5 * by_drift) + (rate - carry) * by_drift),
            rho: years * (by_drift - price),
            psi: -years * by_drift,
            by_lower: level(by_lower, lower),
            by_upper: level(by_upper, upper),
        };
        let mut figures = figures.figures();
        let status = status.with_range_of(figures.iter_mut());
        (DoubleNoTouch::of_figures(figures), status)
    };
    let flat = |stays| worth(stays, [0.0; 5], PriceStatus::Ok);
    if spot == lower || spot == upper {
        let undefined = [f64::NAN, f64::NAN, f64::NAN, 0.0, 0.0];
        return worth(0.0, undefined, PriceStatus::Kink);
    }
    if spot < lower || spot > upper {
        return flat(0.0);
    }
    if years == 0.0 {
        return flat(1.0);
    }
    if lower == 0.0 {
        let (figures, status) = no_touch(Barrier::Above, spot, upper, years, rate, carry, vol);
        let [price, delta, vega, theta, rho, psi, by_upper] = figures.figures();
        let figures = [price, delta, vega, theta, rho, psi, 0.0, by_upper];
        return (DoubleNoTouch::of_figures(figures), status);
    }
    let (below, above) = (ln_ratio(spot, lower).high, ln_ratio(upper, spot).high);
    let deviation = vol * sqrt(years);
    if !(deviation <= DEVIATION_MAX) {
        return none(PriceStatus::OutOfRange);
    }
    let drift = growth - carried;
    if deviation < DEVIATION_MIN {
        return flat(if -below < drift && drift < above { 1.0 } else { 0.0 });
    }
    let variance = deviation * deviation;
    let stays = Between {
        below: Jet::variable(below, 0),
        above: Jet::variable(above, 1),
        drift: Jet::variable(drift - 0.5 * variance, 2),
        variance: Jet::variable(variance, 3),
    }
    .stays();
    let [by_below, by_above, by_drift, by_variance] = stays.by;
    // Where it is all but 0, rounding may lead below.
    let value = if stays.value < 0.0 { 0.0 } else { stays.value };
    let by = [by_below - by_above, -by_below, by_above, by_drift, by_variance];
    worth(value, by, PriceStatus::Ok)
}

/// x, y, g and v of the [module](self), and derivatives by them in that order.
struct Between {
    below: Jet<4>,
    above: Jet<4>,
    drift: Jet<4>,
    variance: Jet<4>,
}

/// Share of L² from which v on six eigenfunctions suffice.
const EIGENFUNCTIONS_FROM: f64 = 0.3;
const EIGENFUNCTIONS: i32 = 6;
/// Images on each side where v is less.
const IMAGES: i32 = 3;

impl Between {
    fn stays(&self) -> Jet<4> {
        let width = self.below + self.above;
        if self.variance.value >= EIGENFUNCTIONS_FROM * width.value * width.value {
            self.by_eigenfunctions(width)
        } else {
            self.by_images(width)
        }
    }

    fn by_eigenfunctions(&self, width: Jet<4>) -> Jet<4> {
        let Self {
            below,
            above,
            drift,
            variance,
        } = *self;
        // By the distance to the nearer barrier, whose sine loses nothing: sin(nπx/L) = −(−1)ⁿ sin(nπy/L).
        let is_low = below.value <= above.value;
        let angle = (if is_low { below } else { above }) / width * PI;
        let (sine, cosine) = (sine(angle.value), sine(0.5 * PI - angle.value));
        let (mut sine_n, mut cosine_n) = (sine, cosine);
        let tilt = drift * width / variance;
        let decay = variance / (width * width) * (-0.5 * PI * PI);
        let from_lower = drift * (drift + below * 2.0) / (variance * -2.0);
        let from_upper = drift * (drift - above * 2.0) / (variance * -2.0);
        let mut sum = Jet::constant(0.0);
        for n in 1..=EIGENFUNCTIONS {
            let n = f64::from(n);
            let is_odd = n % 2.0 == 1.0;
            let wave = angle.composed(sine_n, n * cosine_n);
            let (lower, upper) = (
                (from_lower + decay * (n * n)).exp(),
                (from_upper + decay * (n * n)).exp(),
            );
            let ends = if is_odd { lower + upper } else { lower - upper };
            let term = wave * ends * (2.0 * PI * n) / (tilt * tilt + Jet::constant(n * n * PI * PI));
            sum = if is_low || is_odd { sum + term } else { sum - term };
            (sine_n, cosine_n) = (sine_n * cosine + cosine_n * sine, cosine_n * cosine - sine_n * sine);
        }
        sum
    }

    fn by_images(&self, width: Jet<4>) -> Jet<4> {
        let mut sum = Jet::constant(0.0);
        for k in -IMAGES..IMAGES {
            let shift = width * f64::from(k);
            sum = sum + self.image(shift) - self.image(self.below + shift);
        }
        sum
    }

    /// B(h).
    fn image(&self, shift: Jet<4>) -> Jet<4> {
        let deviation = self.variance.sqrt();
        let factor = shift * self.drift / self.variance * -2.0;
        let end = |end: Jet<4>| {
            let from_drift = (end - self.drift).value / deviation.value;
            let reflected = shift.value * (end.value + shift.value) / self.variance.value;
            End {
                z: (end + shift * 2.0 - self.drift) / deviation,
                exponent: -0.5 * from_drift * from_drift - 2.0 * reflected,
            }
        };
        let (mut low, mut high) = (end(-self.below), end(self.above));
        // By symmetry to where both tails are small.
        if low.z.value + high.z.value > 0.0 {
            (low, high) = (high.opposite(), low.opposite());
        }
        let below_high = if high.z.value > 0.0 {
            factor.exp() - high.opposite().tail(factor)
        } else {
            high.tail(factor)
        };
        below_high - low.tail(factor)
    }
}

/// An end of an image: z, and the exponent of e^{−2hg/v}φ(z)/φ(0).
#[derive(Clone, Copy)]
struct End {
    z: Jet<4>,
    exponent: f64,
}

impl End {
    fn opposite(self) -> Self {
        Self {
            z: -self.z,
            exponent: self.exponent,
        }
    }

    /// e^{factor}Φ(z) for z ≤ 0.
    fn tail(self, factor: Jet<4>) -> Jet<4> {
        let density = exp(self.exponent);
        if density == 0.0 {
            return Jet::constant(0.0);
        }
        let [tail] = scaled_tail(TABLES, [-self.z.value]);
        let value = density * tail;
        Jet {
            value,
            by: core::array::from_fn(|i| value * factor.by[i] + density * INV_SQRT_2PI * self.z.by[i]),
        }
    }
}

/// sin x for 0 ≤ x ≤ π/2, by Taylor's series: (π/2)²³/23! is below 1e-17.
fn sine(x: f64) -> f64 {
    const TERMS: i32 = 11;
    let square = x * x;
    let sum = (1..=TERMS).rev().fold(1.0, |sum, i| {
        let divisor = f64::from(2 * i * (2 * i + 1));
        1.0 - square / divisor * sum
    });
    x * sum
}

#[cfg(test)]
mod tests {
    use super::sine;

    #[test]
    fn sines_are_exact_to_the_last_digits() {
        for i in 0..=1000 {
            let x = core::f64::consts::FRAC_PI_2 * f64::from(i) / 1000.0;
            assert!((sine(x) - x.sin()).abs() <= 3e-16 * x.sin(), "{x}");
        }
    }
}
