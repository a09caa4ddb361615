//! The regimes that the vector kernel leaves out, one option at a time, the same for every lane width: what is invalid,
//! what has no time value, what is extreme, and the far tails, where d is carried in two parts.

use super::{discounted, finish, Coordinates, Discounted, Inputs, Model, Output, PriceStatus, OUTPUTS};
use crate::elementary::{expm1, gauss_reduced, scale_twice, TABLES, TAIL_END};
use crate::two_part::{ln_ratio, TwoPart};

/// Beyond this many standard deviations polynomials in d would overflow; everything has reached its limit long before.
const STANDARD_DEVIATIONS_MAX: f64 = 1e10;

/// Every figure of one option, and its status.
pub(crate) fn all<M: Model>(inputs: &Inputs<f64>) -> ([f64; OUTPUTS], PriceStatus) {
    let Inputs {
        spot,
        strike,
        years,
        rate,
        carry,
        vol,
        ..
    } = *inputs;
    let valid = |value: f64| value.is_finite() && value >= 0.0;
    if !(valid(spot) && valid(strike) && valid(years) && valid(vol) && rate.is_finite() && carry.is_finite()) {
        return ([f64::NAN; OUTPUTS], PriceStatus::InvalidInput);
    }
    let spot_excess_rate = expm1(-(carry * years));
    let strike_excess_rate = expm1(-(rate * years));
    let discounted = discounted(inputs, spot_excess_rate, strike_excess_rate);
    let disc = Discount {
        carry: 1.0 + spot_excess_rate,
        rate: 1.0 + strike_excess_rate,
    };
    if spot == 0.0 || strike == 0.0 {
        let spot_exceeds = if strike == 0.0 { 1.0 } else { 0.0 };
        return checked(
            without_time_value::<M>(inputs, &discounted, &disc, spot_exceeds),
            PriceStatus::Ok,
        );
    }

    let drift = if M::FORWARD {
        TwoPart::from_single(0.0)
    } else {
        TwoPart::sum(rate, -carry).times(years)
    };
    let x = if drift.high == 0.0 {
        ln_ratio(spot, strike)
    } else {
        ln_ratio(spot, strike).plus(drift)
    };
    let root = TwoPart::sqrt(years);
    let deviation = if root.high == 0.0 {
        TwoPart::from_single(0.0)
    } else {
        root.times(vol)
    };
    let below = x.high <= 0.0;
    if deviation.high == 0.0 {
        let kink = x.high == 0.0;
        let spot_exceeds = if kink {
            0.5
        } else if below {
            0.0
        } else {
            1.0
        };
        let figures = without_time_value::<M>(inputs, &discounted, &disc, spot_exceeds);
        return checked(figures, if kink { PriceStatus::Kink } else { PriceStatus::Ok });
    }

    let h = x.abs().over(deviation);
    let a = h.plus(deviation.times(-0.5));
    // An overflow in h leaves NaN in its low part; the quotient itself is then beyond any limit.
    let (a_high, a_low) = if a.high.is_finite() && a.low.is_finite() && a.high.abs() < STANDARD_DEVIATIONS_MAX {
        (a.high, a.low)
    } else {
        (x.high.abs() / deviation.high - 0.5 * deviation.high, 0.0)
    };
    let bounded = |value: f64| value.clamp(-STANDARD_DEVIATIONS_MAX, STANDARD_DEVIATIONS_MAX);
    let at = Coordinates::<f64> {
        below,
        sqrt_years: root.high,
        deviation: bounded(deviation.high),
        h: bounded(x.high.abs() / deviation.high),
        a: bounded(a_high),
    };
    let base = if below { discounted.spot } else { discounted.strike };
    let gaussian_argument = at.a.clamp(-TAIL_END, TAIL_END);
    let gaussian_tail = if at.a.abs() < TAIL_END { a_low } else { 0.0 };
    let ([k], [p]) = gauss_reduced(TABLES, [gaussian_argument], [gaussian_tail]);
    let weight = if at.a.abs() < TAIL_END {
        scale_twice(base, k, p)
    } else {
        0.0
    };
    if weight == 0.0 && at.a > 0.0 {
        let spot_exceeds = if below { 0.0 } else { 1.0 };
        return checked(
            without_time_value::<M>(inputs, &discounted, &disc, spot_exceeds),
            PriceStatus::Ok,
        );
    }
    let [terms] = finish(TABLES, &[*inputs], &[discounted], &[at], &[weight]);
    checked(Output::ALL.map(|output| terms.output::<M>(output)), PriceStatus::Ok)
}

struct Discount {
    carry: f64,
    rate: f64,
}

/// The figures of the discounted intrinsic value; `spot_exceeds` is 1 where S e^{−qT} > K e^{−rT}, 0 where it is less,
/// ½ where they are equal.
fn without_time_value<M: Model>(
    inputs: &Inputs<f64>,
    discounted: &Discounted<f64>,
    disc: &Discount,
    spot_exceeds: f64,
) -> [f64; OUTPUTS] {
    let Inputs {
        sign,
        spot,
        years,
        rate,
        carry,
        ..
    } = *inputs;
    let is_call = sign > 0.0;
    let exercised = if is_call { spot_exceeds } else { 1.0 - spot_exceeds };
    let kink = spot_exceeds == 0.5;
    let intrinsic = sign * discounted.intrinsic
        + sign * ((discounted.spot_excess - discounted.strike_excess) + discounted.intrinsic_error);
    let value = if exercised == 1.0 { intrinsic.max(0.0) } else { 0.0 };
    let spot_leg = sign * exercised * discounted.spot;
    let strike_leg = sign * exercised * discounted.strike;
    let delta = sign * exercised * disc.carry;
    let no_limit = if kink { f64::NAN } else { 0.0 };
    let mut figures = [no_limit; OUTPUTS];
    let mut set = |output: Output, value: f64| figures[output as usize] = value;
    let theta = carry * spot_leg - rate * strike_leg;
    let in_coin = if M::INVERSE { spot } else { 1.0 };
    let coin_delta = strike_leg / spot / spot;
    set(Output::Price, value / in_coin);
    set(Output::Delta, if M::INVERSE { coin_delta } else { delta });
    set(Output::Theta, theta / in_coin);
    set(
        Output::Rho,
        if M::FORWARD {
            -(years * value)
        } else {
            years * strike_leg / in_coin
        },
    );
    set(
        Output::Psi,
        if M::FORWARD { 0.0 } else { -(years * spot_leg) / in_coin },
    );
    set(
        Output::Charm,
        if M::INVERSE {
            (carry * delta - theta / spot) / spot
        } else {
            carry * delta
        },
    );
    set(Output::DualDelta, -(sign * exercised * disc.rate) / in_coin);
    if M::INVERSE && !kink {
        // U = V/S keeps curvature where V has none: gamma, speed and color of ∓K e^{−rT}/S.
        let gamma = -2.0 * coin_delta / spot;
        set(Output::Gamma, gamma);
        set(Output::Speed, -3.0 * gamma / spot);
        set(Output::Color, -2.0 * ((carry * delta - theta / spot) / spot) / spot);
    }
    let worthless = if is_call { f64::INFINITY } else { f64::NEG_INFINITY };
    let elasticity = if value > 0.0 { spot_leg / value } else { worthless };
    set(
        Output::Elasticity,
        if M::INVERSE { elasticity - 1.0 } else { elasticity },
    );
    set(Output::ProbabilityInTheMoney, exercised);
    set(
        Output::PremiumAdjustedDelta,
        delta - if spot == 0.0 { 0.0 } else { value / spot },
    );
    figures
}

/// Figures that left the range of `f64` become NaN, with a status. Elasticity may be infinite.
fn checked(mut figures: [f64; OUTPUTS], status: PriceStatus) -> ([f64; OUTPUTS], PriceStatus) {
    let mut status = status;
    for (index, figure) in figures.iter_mut().enumerate() {
        let answers = figure.is_finite() || (index == Output::Elasticity as usize && !figure.is_nan());
        if !answers {
            *figure = f64::NAN;
            if status == PriceStatus::Ok {
                status = PriceStatus::OutOfRange;
            }
        }
    }
    (figures, status)
}
