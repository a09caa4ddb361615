//! The searches that the vector kernel leaves out, one at a time, the same for every lane width: every status, solutions at
//! the edge of existence, extreme scales.

use super::scaled::{scaled_by, Scaled};
use super::search::{evaluate, polish, Coordinates, RootYears, FARTHEST};
use super::target::Target;
use super::{Convention, Distribution, Inputs, IvStatus};
use crate::elementary::{ln, power_of_two, SQRT_2PI, TABLES};
use crate::float::sqrt;
use crate::precise;
use crate::two_part::TwoPart;
use core::f64::consts::LN_2;

/// Beyond this, ± rate × years has no discount factor within the range of `f64`.
const GROWTH_MAX: f64 = 700.0;

/// The volatility at which an option has its price, and the status.
#[cold]
#[inline(never)]
pub(super) fn solve(inputs: &Inputs<f64>, convention: Convention) -> (f64, IvStatus) {
    let (carried, discounted) = match growth(inputs, convention.distribution) {
        Ok(growth) => growth,
        Err(status) => return (f64::NAN, status),
    };
    let found = match convention.distribution {
        Distribution::LogNormal => log_normal(inputs, carried, discounted, convention.in_coin),
        Distribution::Normal => normal(inputs, discounted),
    };
    match found {
        Ok((target, lift)) => solve_bracketed(&target, lift, RootYears::new(inputs.years)),
        Err(status) => (f64::NAN, status),
    }
}

/// −qT and −rT, of inputs that have an answer so far.
fn growth(inputs: &Inputs<f64>, distribution: Distribution) -> Result<(TwoPart, TwoPart), IvStatus> {
    let Inputs {
        price,
        spot,
        strike,
        years,
        rate,
        carry,
        ..
    } = *inputs;
    let finite = [price, spot, strike, years, rate, carry]
        .iter()
        .all(|value| value.is_finite());
    let negative = distribution == Distribution::LogNormal && (spot < 0.0 || strike < 0.0);
    let growth = (TwoPart::product(-carry, years), TwoPart::product(-rate, years));
    // NaN where a product overflows.
    let moderate = growth.0.high.abs() <= GROWTH_MAX && growth.1.high.abs() <= GROWTH_MAX;
    if !finite || negative || !(moderate || years <= 0.0) {
        return Err(IvStatus::NonFiniteInput);
    }
    if years <= 0.0 {
        return Err(IvStatus::Expired);
    }
    Ok(growth)
}

/// What is to be solved, lifted by 2^lift.
fn log_normal(
    inputs: &Inputs<f64>,
    carried: TwoPart,
    discounted: TwoPart,
    in_coin: bool,
) -> Result<(Target<f64>, f64), IvStatus> {
    let Inputs {
        sign,
        price,
        spot,
        strike,
        years,
        rate,
        carry,
    } = *inputs;
    let spot_value = Scaled::new(precise::exp(carried)).times(Scaled::single(spot));
    let strike_value = Scaled::new(precise::exp(discounted)).times(Scaled::single(strike));
    let value = if in_coin {
        Scaled::single(price).times(Scaled::single(spot))
    } else {
        Scaled::single(price)
    };
    let (bound, other) = if sign > 0.0 {
        (spot_value, strike_value)
    } else {
        (strike_value, spot_value)
    };
    let intrinsic = bound.minus(other);
    // Out of the money the upper bound is also the smaller of the two values.
    let (time_value, base) = if intrinsic.is_positive() {
        (value.minus(intrinsic), other)
    } else {
        (value, bound)
    };
    if !time_value.is_positive() {
        return Err(IvStatus::BelowIntrinsic);
    }
    let headroom = bound.minus(value);
    if !headroom.is_positive() {
        return Err(IvStatus::AboveBound);
    }
    // Halves, so that the difference of two rates cannot overflow.
    let drift = TwoPart::sum(0.5 * rate, -0.5 * carry).times(years);
    let distance = ln_quotient(spot, strike).plus(scaled_by(drift, 1.0)).abs();
    let (time_share, exponent) = time_value.over(base);
    let (complement, complement_exponent) = headroom.over(base);
    // For s ≪ 1 prices are homogeneous in s, |x| and β: what would leave the range of f64 is lifted into it.
    const LIFT: f64 = 900.0;
    let lift = if distance.high < 1e-300 && exponent < -990.0 {
        LIFT
    } else {
        0.0
    };
    let target = Target {
        distance: scaled_by(distance, lift),
        time_share,
        exponent: exponent + lift,
        complement: scaled_by(TwoPart::from_single(complement), complement_exponent).high,
    };
    Ok((target, lift))
}

/// What is to be solved, brought by 2^lift to where the lognormal price is Bachelier's (see the kernel).
fn normal(inputs: &Inputs<f64>, discounted: TwoPart) -> Result<(Target<f64>, f64), IvStatus> {
    let moneyness = Scaled::single(inputs.spot).minus(Scaled::single(inputs.strike));
    let discount = Scaled::new(precise::exp(discounted));
    let gain = if inputs.sign > 0.0 {
        moneyness
    } else {
        moneyness.negated()
    };
    let value = Scaled::single(inputs.price);
    let time_value = if gain.is_positive() {
        value.minus(discount.times(gain))
    } else {
        value
    };
    if !time_value.is_positive() {
        return Err(IvStatus::BelowIntrinsic);
    }
    let (time_share, exponent) = time_value.over(discount);
    const SMALL: f64 = 100.0;
    let lift = -(moneyness.exponent.max(exponent) + SMALL);
    let distance = scaled_by(moneyness.parts.abs(), (moneyness.exponent + lift).max(-2000.0));
    let target = Target {
        distance,
        time_share,
        exponent: exponent + lift,
        complement: 1.0,
    };
    Ok((target, lift))
}

/// ln(a/b) for positive finite numbers, to 1e-28 of its size where that is at most [`GROWTH_MAX`]: drift may cancel it.
fn ln_quotient(a: f64, b: f64) -> TwoPart {
    let ln = precise::ln_ratio(a, b);
    if ln.high.abs() > GROWTH_MAX {
        return ln;
    }
    let (a, b) = (Scaled::single(a), Scaled::single(b));
    let quotient = scaled_by(a.parts.over(b.parts), a.exponent - b.exponent);
    // e^{−ln}·a/b − 1 is what ln lacks.
    let one_and_rest = precise::exp(ln.negated()).times_two_part(quotient);
    ln.plus(one_and_rest.plus(TwoPart::from_single(-1.0)))
}

/// Steps within a bracket that shrinks at every step, from any start; then the last step in two parts. The answer is that
/// of the target times 2^−lift.
fn solve_bracketed(target: &Target<f64>, lift: f64, years: RootYears<f64>) -> (f64, IvStatus) {
    const STEPS_MAX: usize = 300;
    const SETTLED: f64 = 1e-7;
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    // √(2|x|) is where β turns from convex to concave; at the money β ≈ s/√(2π).
    let share = target.time_share * power_of_two(target.exponent.max(-1000.0));
    let mut s = sqrt(2.0 * target.distance.high).max(share * SQRT_2PI);
    for _ in 0..STEPS_MAX {
        let coordinates = Coordinates::new(target.distance.high, s);
        let a = coordinates.a;
        // Beyond the range of the Mills ratio the value is far too small.
        let step = if a < FARTHEST {
            let [at] = evaluate(TABLES.tail, &[*target], &[coordinates]);
            let exponent = if at.upper { 0.0 } else { target.exponent };
            let log_ratio = (ln(at.numerator / at.denominator) - ln(at.wanted)) - (0.5 * a * a + exponent * LN_2);
            if (log_ratio < 0.0) != at.upper {
                low = s;
            } else {
                high = s;
            }
            at.halley(log_ratio, s).0
        } else {
            low = s;
            f64::NAN
        };
        let next = s + step;
        let inside = next > low && next < high;
        let settled = inside && step.abs() <= SETTLED * s;
        s = if inside {
            next
        } else if high.is_infinite() {
            2.0 * s
        } else if low == 0.0 {
            0.5 * s
        } else {
            sqrt(low) * sqrt(high)
        };
        if settled || high - low <= SETTLED * low {
            break;
        }
    }
    let vol = s * years.inverse;
    let ([polished], [_]) = polish(TABLES, &[*target], &[years], &[vol]);
    // At the edges of the range of f64 the last step may have nothing to divide by; s itself then stands.
    let vol = if polished.is_finite() && polished > 0.0 {
        polished
    } else {
        vol
    };
    let vol = scaled_by(TwoPart::from_single(vol), -lift).high;
    // A volatility beyond the range of f64 is none.
    if vol == 0.0 {
        (f64::NAN, IvStatus::BelowIntrinsic)
    } else if vol == f64::INFINITY {
        (f64::NAN, IvStatus::AboveBound)
    } else {
        (vol, IvStatus::Ok)
    }
}
