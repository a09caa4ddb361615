//! The first passage of a Brownian motion with drift: what a payment at it is worth, with all derivatives, by the closed form of
//! the [module](super) or by quadrature.

use crate::elementary::{exp, expm1, mills_pair, scaled_tail, times_exp, INV_SQRT_2PI, MILLS_SHIFT, TABLES};
use crate::quadrature::panel;
use crate::two_part::TwoPart;

/// V = E[e^{−ρτ}; τ ≤ T], times a discount factor, with its derivatives by distance d, drift m, killing ρ and time, and by
/// σ while m is held. `complement` is what V lacks of the discount factor, where ρ = 0.
#[derive(Clone, Copy)]
pub(super) struct Passage {
    pub(super) value: f64,
    pub(super) complement: f64,
    pub(super) by_distance: f64,
    pub(super) by_drift: f64,
    pub(super) by_killing: f64,
    pub(super) by_years: f64,
    pub(super) by_vol: f64,
}

impl Passage {
    pub(super) const NAN: Self = Self {
        value: f64::NAN,
        complement: f64::NAN,
        by_distance: f64::NAN,
        by_drift: f64::NAN,
        by_killing: f64::NAN,
        by_years: f64::NAN,
        by_vol: f64::NAN,
    };

    pub(super) fn constant(value: f64, complement: f64) -> Self {
        Self {
            value,
            complement,
            by_distance: 0.0,
            by_drift: 0.0,
            by_killing: 0.0,
            by_years: 0.0,
            by_vol: 0.0,
        }
    }
}

/// A passage in coordinates without unit.
pub(super) struct Coordinates {
    /// d > 0.
    pub(super) distance: TwoPart,
    /// mT.
    pub(super) drift: TwoPart,
    /// σ√T.
    pub(super) deviation: TwoPart,
    /// σ²T.
    pub(super) variance: TwoPart,
    /// ρT.
    pub(super) killed: TwoPart,
    /// The exponent of the discount factor.
    pub(super) discount: TwoPart,
    pub(super) years: f64,
    pub(super) vol: f64,
}

/// What both ways to a value share: V, C = (A − B)/(m′T), and tilt = (mT + m′T)B − (m′T − mT)A = mT·V − (m′T)²·C.
struct Sums {
    value: f64,
    complement: f64,
    slope: f64,
    tilt: f64,
    /// ((m′T − mT)A + (m′T + mT)B)/(m′T) = V − mT·C.
    lift: f64,
}

impl Coordinates {
    /// `paid` is the discount factor.
    pub(super) fn passage(&self, paid: f64) -> Passage {
        let from_end = self.distance.plus(self.drift.negated()).over(self.deviation);
        // e^{−ρT} e^{−z₁²/2} and the discount factor.
        let exponent = minus_half_square(from_end)
            .plus(self.killed.negated())
            .plus(self.discount.negated());
        let weight = times_exp(1.0, exponent);
        let density = weight * INV_SQRT_2PI;
        let tilted_square = self
            .drift
            .times_two_part(self.drift)
            .plus(self.killed.times_two_part(self.variance).times(2.0));
        let sums = if tilted_square.high < 0.0 {
            self.by_quadrature(density, tilted_square.high)
        } else {
            self.by_tails(weight, root(tilted_square), paid)
        };
        let (d, s) = (self.distance.high, self.deviation.high);
        let reach = d / self.variance.high;
        let twice_density = 2.0 * density / s;
        Passage {
            value: sums.value,
            complement: sums.complement,
            by_distance: sums.tilt / self.variance.high - twice_density,
            by_drift: reach * self.years * sums.lift,
            by_killing: -d * self.years * sums.slope,
            by_years: d / s * density / self.years,
            by_vol: (d * twice_density - 2.0 * (reach * sums.tilt + self.killed.high * d * sums.slope)) / self.vol,
        }
    }

    /// From the scaled tails; `tilted` is m′T ≥ 0.
    fn by_tails(&self, weight: f64, tilted: TwoPart, paid: f64) -> Sums {
        let Self {
            distance,
            drift,
            deviation,
            variance,
            killed,
            discount,
            ..
        } = *self;
        let z1 = distance.plus(tilted.negated()).over(deviation).high;
        let z2 = distance.plus(tilted).over(deviation).high;
        let (tilted_high, drift_high) = (tilted.high, drift.high);
        // m′ + m and m′ − m, one from the other by their product 2ρσ² where they would cancel.
        let product = 2.0 * killed.high * variance.high;
        let other = |sum: f64| if product == 0.0 { 0.0 } else { product / sum };
        let (above, below) = if drift_high > 0.0 {
            (tilted_high + drift_high, other(tilted_high + drift_high))
        } else {
            (other(tilted_high - drift_high), tilted_high - drift_high)
        };
        // (m − m′)d/σ²
        let ever = if drift_high > 0.0 {
            if killed.high == 0.0 {
                TwoPart::from_single(0.0)
            } else {
                killed.times_two_part(distance).times(-2.0).over(drift.plus(tilted))
            }
        } else {
            drift.plus(tilted.negated()).times_two_part(distance).over(variance)
        };
        let [second_tail] = scaled_tail(TABLES, [z2]);
        let near = z1 >= -MILLS_SHIFT;
        let [first_tail] = scaled_tail(TABLES, [if near { z1 } else { -z1 }]);
        let first = if near {
            weight * first_tail
        } else {
            times_exp(1.0, ever.plus(discount.negated())) - weight * first_tail
        };
        let second = weight * second_tail;
        let slope = if near {
            2.0 * weight * fall_rate(z1, z2 - z1) / deviation.high
        } else {
            (first - second) / tilted_high
        };
        // Where m′ is small A and B nearly agree.
        const TILT_SMALL: f64 = 0.1;
        let lift = if tilted_high < TILT_SMALL * deviation.high {
            first + second - drift_high * slope
        } else {
            (below * first + above * second) / tilted_high
        };
        let complement = if z1 <= MILLS_SHIFT {
            // z₁ + z₂, whose rounded parts would cancel near the barrier.
            let step = 2.0 * distance.high / deviation.high;
            let never = if ever.high == 0.0 {
                0.0
            } else {
                paid * -expm1(ever.high)
            };
            never + weight * (step * fall_rate(-z1, step))
        } else {
            paid - (first + second)
        };
        Sums {
            value: first + second,
            complement,
            slope,
            tilt: above * second - below * first,
            lift,
        }
    }

    /// ∫ e^{−ρt} f(t) dt over the density f of τ, with t = T h²/u² and u = h + x, h = d/(σ√T):
    /// 2·density·∫₀^∞ e^{−x(h + x/2) − k x(2h + x)/u²} dx, k = −(m′T)²/(2σ²T) > 0.
    fn by_quadrature(&self, density: f64, tilted_square: f64) -> Sums {
        // Panels that double, the first within the distance to the pole u = 0 and to where the integrand halves, the last
        // where e^{−x²/2} has vanished.
        const END: f64 = 40.0;
        let variance = self.variance.high;
        let h = self.distance.high / self.deviation.high;
        let k = -0.5 * tilted_square / variance;
        let (mut from, mut to) = (0.0, h.min(1.0 / (1.0 + h + 2.0 * k / h)));
        let (mut whole, mut delayed) = (0.0, 0.0);
        while from < END {
            for (x, weight) in panel(from, to) {
                let u = h + x;
                let share = h / u;
                let term = weight * exp(-x * (h + 0.5 * x) - k * (x / u) * (1.0 + share));
                whole += term;
                delayed += term * share * share;
            }
            (from, to) = (to, 2.0 * to);
        }
        let value = 2.0 * density * whole;
        let delay = 2.0 * density * delayed;
        let slope = delay / self.distance.high;
        let drift = self.drift.high;
        Sums {
            value,
            complement: f64::NAN,
            slope,
            tilt: drift * value - tilted_square * slope,
            lift: value - drift * slope,
        }
    }
}

/// −z²/2 in two parts.
fn minus_half_square(z: TwoPart) -> TwoPart {
    // Far beyond this e^{−z²/2} is 0, and the parts of z² would overflow.
    const Z_MAX: f64 = 1e10;
    const HALF_SQUARE_MAX: f64 = 1e300;
    if z.high.abs() <= Z_MAX {
        z.times_two_part(z).times(-0.5)
    } else {
        TwoPart::from_single(-(0.5 * z.high * z.high).min(HALF_SQUARE_MAX))
    }
}

/// √x in two parts for x ≥ 0.
fn root(x: TwoPart) -> TwoPart {
    let root = TwoPart::sqrt(x.high);
    if root.high == 0.0 {
        return TwoPart::from_single(0.0);
    }
    TwoPart {
        high: root.high,
        low: root.low + 0.5 * x.low / root.high,
    }
}

/// (R(a) − R(a + step))/step for the scaled tail R, a ≥ −0.7, without cancellation.
fn fall_rate(a: f64, step: f64) -> f64 {
    // Further apart nothing cancels, and the polynomials could overflow.
    const APART: f64 = 1e3;
    if step > APART || a > APART {
        let [near] = scaled_tail(TABLES, [a]);
        let [far] = scaled_tail(TABLES, [a + step]);
        return (near - far) / step;
    }
    let y1 = a + MILLS_SHIFT;
    let y2 = y1 + step;
    let mills = mills_pair(TABLES, [y1], [y2]);
    let (p1, q1) = (mills.p[0], mills.q[0]);
    let q2 = q1 + step * mills.q_divided[0];
    (p1 * mills.q_divided[0] - q1 * mills.p_divided[0]) / (q1 * q2)
}
