//! The regimes that the vector kernel leaves out, one option at a time, the same for every lane width: what is invalid,
//! what has no time value, what is extreme, and the far tails, where d is carried in two parts.

use super::{finish, Coordinates, Discounted, Inputs, Model, Output, PriceStatus, EXCESS_MIN, OUTPUTS};
use crate::elementary::{expm1, gauss_reduced, scale_twice, times_exp, TABLES, TAIL_END};
use crate::two_part::{ln_ratio, TwoPart};

/// Beyond this many standard deviations polynomials in d would overflow; everything has reached its limit long before.
const STANDARD_DEVIATIONS_MAX: f64 = 1e10;

/// Every figure of one option, and its status.
pub(crate) fn all<M: Model>(inputs: &Inputs<f64>) -> ([f64; OUTPUTS], PriceStatus) {
    let Inputs {
        sign,
        spot,
        strike,
        years,
        rate,
        carry,
        vol,
    } = *inputs;
    let valid = |value: f64| value.is_finite() && value >= 0.0;
    if !(valid(spot) && valid(strike) && valid(years) && valid(vol) && rate.is_finite() && carry.is_finite()) {
        return ([f64::NAN; OUTPUTS], PriceStatus::InvalidInput);
    }
    let is_call = sign > 0.0;
    let growth = product(rate, years);
    let carried = product(carry, years);
    let discounted = Discounted::from_parts(discount(spot, carried), discount(strike, growth));
    let limit = Limit {
        inputs,
        discounted: &discounted,
        factor_spot: times_exp(1.0, carried.negated()),
        factor_strike: times_exp(1.0, growth.negated()),
    };
    if spot == 0.0 || strike == 0.0 {
        return limit.exercised::<M>(if (strike == 0.0) == is_call { 1.0 } else { 0.0 });
    }

    let mut x = ln_ratio(spot, strike);
    if !M::FORWARD && growth != carried {
        x = x.plus(growth.plus(carried.negated()));
    }
    if x.high.is_nan() {
        return ([f64::NAN; OUTPUTS], PriceStatus::OutOfRange);
    }
    let root = TwoPart::sqrt(years);
    let deviation = if root.high == 0.0 { root } else { root.times(vol) };
    let below = x.high <= 0.0;
    let in_the_money = below != is_call;
    if deviation.high == 0.0 {
        if x.high == 0.0 {
            let (figures, _) = limit.exercised::<M>(0.5);
            return (figures, PriceStatus::Kink);
        }
        return limit.exercised::<M>(if in_the_money { 1.0 } else { 0.0 });
    }

    let h = x.abs().over(deviation);
    let a = h.plus(deviation.times(-0.5));
    // An overflow in h leaves NaN in its low part; the quotient itself is then beyond any limit.
    let (a_high, a_low) = if a.high.is_finite() && a.low.is_finite() && a.high.abs() < STANDARD_DEVIATIONS_MAX {
        (a.high, a.low)
    } else {
        (x.high.abs() / deviation.high - 0.5 * deviation.high, 0.0)
    };
    if a_high <= -TAIL_END {
        // d₁ → ∞ and d₂ → −∞: a call is worth the underlying, a put the strike.
        return limit.figures::<M>(if is_call { (1.0, 0.0) } else { (0.0, 1.0) });
    }
    let base = if below { discounted.spot } else { discounted.strike };
    let weight = if a_high < TAIL_END {
        let ([k], [p]) = gauss_reduced(TABLES, [a_high], [a_low]);
        scale_twice(base, k, p)
    } else {
        0.0
    };
    let at = Coordinates::<f64> {
        below,
        sqrt_years: root.high,
        deviation: deviation.high,
        h: h.high,
        a: a_high,
    };
    let [terms] = finish(TABLES, &[*inputs], &[discounted], &[at], &[weight]);
    if weight == 0.0 && a_high > 0.0 {
        let (mut figures, status) = limit.exercised::<M>(if in_the_money { 1.0 } else { 0.0 });
        if !in_the_money {
            // The price has underflowed, the quotient has not.
            figures[Output::Elasticity as usize] = terms.output::<M>(Output::Elasticity);
        }
        return (figures, status);
    }
    checked(Output::ALL.map(|output| terms.output::<M>(output)), PriceStatus::Ok)
}

/// rate × years in two parts; the low part is left out where the high one has left every range of use.
fn product(rate: f64, years: f64) -> TwoPart {
    let exact = TwoPart::product(rate, years);
    if exact.high.abs() <= STANDARD_DEVIATIONS_MAX {
        exact
    } else {
        TwoPart::from_single(exact.high)
    }
}

/// What is `undiscounted` today as base and excess, see [`Discounted`], and their sum.
fn discount(undiscounted: f64, growth: TwoPart) -> [f64; 3] {
    // Above this the 1 is far below the last digit.
    const EXCESS_MAX: f64 = 1e20;
    let excess_rate = expm1(-growth.high);
    if (EXCESS_MIN..=EXCESS_MAX).contains(&excess_rate) {
        let excess = undiscounted * excess_rate;
        [undiscounted, excess, undiscounted + excess]
    } else {
        let value = times_exp(undiscounted, growth.negated());
        [value, 0.0, value]
    }
}

/// An option whose normal integrals have reached 0, 1 or, at the kink, ½: no density is left.
struct Limit<'a> {
    inputs: &'a Inputs<f64>,
    discounted: &'a Discounted<f64>,
    /// e^{−qT}.
    factor_spot: f64,
    /// e^{−rT}.
    factor_strike: f64,
}

impl Limit<'_> {
    /// The figures where Φ(φd₁) = Φ(φd₂).
    fn exercised<M: Model>(&self, share: f64) -> ([f64; OUTPUTS], PriceStatus) {
        self.figures::<M>((share, share))
    }

    /// The figures for Φ(φd₁) and Φ(φd₂).
    fn figures<M: Model>(&self, (spot_share, strike_share): (f64, f64)) -> ([f64; OUTPUTS], PriceStatus) {
        let Inputs {
            sign,
            spot,
            years,
            rate,
            carry,
            ..
        } = *self.inputs;
        // What is not exercised is 0, even beside a discount factor out of range.
        let part = |share: f64, whole: f64| if share == 0.0 { 0.0 } else { sign * share * whole };
        let kink = spot_share == 0.5;
        let spot_leg = part(spot_share, self.discounted.spot);
        let strike_leg = part(strike_share, self.discounted.strike);
        let delta = part(spot_share, self.factor_spot);
        let value = if spot_share == strike_share {
            let (parity, parity_small) = self.discounted.parity(sign);
            if spot_share == 1.0 {
                (parity + parity_small).max(0.0)
            } else {
                0.0
            }
        } else {
            spot_leg - strike_leg
        };
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
        set(Output::DualDelta, -part(strike_share, self.factor_strike) / in_coin);
        if M::INVERSE && !kink {
            // U = V/S keeps curvature where V has none: gamma, speed and color of ∓K e^{−rT}/S.
            let gamma = -2.0 * coin_delta / spot;
            set(Output::Gamma, gamma);
            set(Output::Speed, -3.0 * gamma / spot);
            set(Output::Color, -2.0 * ((carry * delta - theta / spot) / spot) / spot);
        }
        let worthless = if sign > 0.0 { f64::INFINITY } else { f64::NEG_INFINITY };
        let elasticity = if value > 0.0 { spot_leg / value } else { worthless };
        set(
            Output::Elasticity,
            if M::INVERSE { elasticity - 1.0 } else { elasticity },
        );
        set(Output::ProbabilityInTheMoney, strike_share);
        set(
            Output::PremiumAdjustedDelta,
            if spot == 0.0 { delta } else { strike_leg / spot },
        );
        checked(figures, if kink { PriceStatus::Kink } else { PriceStatus::Ok })
    }
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
