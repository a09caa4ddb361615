//! The regimes that the vector kernel leaves out, one option at a time, the same for every lane width: what is invalid,
//! what has no time value, what is extreme, and the far tails, where d is carried in two parts.

use super::figures::{checked, write};
use super::kernel::{fill, integrate, parity, Discounted, Kind, Side, Strikes, Weight, VECTORS};
use super::{Output, PriceStatus, OUTPUTS};
use crate::elementary::{gauss_reduced, scale_twice, times_exp, veiled_tables, INV_SQRT_2PI, TABLES, TAIL_END};
use crate::float;
use crate::lane::{Lane, Wide};
use crate::precise::{self, ln_ratio};
use crate::two_part::TwoPart;

/// What one option is given.
#[derive(Clone, Copy)]
pub(crate) struct OneOption {
    /// +1 call, −1 put.
    pub(crate) sign: f64,
    pub(crate) spot: f64,
    pub(crate) strike: f64,
    pub(crate) years: f64,
    pub(crate) rate: f64,
    pub(crate) carry: f64,
    pub(crate) vol: f64,
}

/// Beyond this many standard deviations polynomials in d would overflow; everything has reached its limit long before.
const STANDARD_DEVIATIONS_MAX: f64 = 1e10;

/// Options in a turn, all of which are the one that is asked for.
const TURN: usize = VECTORS * Wide::WIDTH;

/// Every figure of one option, and its status.
pub(crate) fn all(kind: Kind, inputs: &OneOption) -> ([f64; OUTPUTS], PriceStatus) {
    let OneOption {
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
    let discount_strike = discount_factor(growth);
    let discount_spot = if carried == growth {
        discount_strike
    } else {
        discount_factor(carried)
    };
    let discounted_spot = discounted(spot, carried, discount_spot);
    let discounted_strike = discounted(strike, growth, discount_strike);
    let limit = Limit {
        kind,
        inputs,
        discounted_spot: &discounted_spot,
        discounted_strike: &discounted_strike,
        factor_spot: times_exp(1.0, carried.negated()),
        factor_strike: times_exp(1.0, growth.negated()),
    };
    if spot == 0.0 || strike == 0.0 {
        return limit.exercised(if (strike == 0.0) == is_call { 1.0 } else { 0.0 });
    }

    let mut x = ln_ratio(spot, strike);
    if !kind.is_forward && growth != carried {
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
            let (figures, _) = limit.exercised(0.5);
            return (figures, PriceStatus::Kink);
        }
        return limit.exercised(if in_the_money { 1.0 } else { 0.0 });
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
        return limit.figures(if is_call { (1.0, 0.0) } else { (0.0, 1.0) });
    }
    let all = Wide::splat;
    let mut strikes = Strikes::<Wide>::empty();
    strikes.spot = all(spot);
    strikes.inv_spot = all(1.0 / spot);
    strikes.strike = all(strike);
    strikes.vol = all(vol);
    strikes.years = all(years);
    strikes.sqrt_years = all(root.high);
    strikes.inv_sqrt_years = all(1.0 / root.high);
    strikes.rate = all(rate);
    strikes.carry = all(carry);
    strikes.discounted_spot = discounted_spot.map(all);
    strikes.discounted_strike = discounted_strike.map(all);
    strikes.below = all(x.high).le(all(0.0));
    strikes.deviation = all(deviation.high);
    strikes.inv_deviation = all(1.0 / deviation.high);
    strikes.h = all(h.high);
    strikes.a = all(a_high);
    let b_high = a_high + deviation.high;
    let (d1, d2) = if below { (-a_high, -b_high) } else { (b_high, a_high) };
    (strikes.d1, strikes.d2) = (all(d1), all(d2));
    let mut weight = 0.0;
    if a_high < TAIL_END {
        let base = if below { discounted_spot } else { discounted_strike }.value;
        let ([k], [p]) = gauss_reduced(TABLES, [a_high], [a_low]);
        weight = scale_twice(base, k, p);
    }
    strikes.weight = all(weight);
    let mut turn = [strikes; VECTORS];
    integrate(veiled_tables(), &mut turn, Weight::Given);
    let mut sides = [Side::of_sign(all(sign)); VECTORS];
    fill(&mut sides, &turn);
    let mut columns = [[0.0; TURN]; OUTPUTS];
    let mut wanted = columns.each_mut().map(|column| Some(&mut column[..]));
    write(kind, &[turn], &[sides], &mut wanted, 0..TURN);
    let figures = columns.map(|[figure, ..]| figure);
    if weight == 0.0 && a_high > 0.0 {
        let (mut limits, status) = limit.exercised(if in_the_money { 1.0 } else { 0.0 });
        if !in_the_money {
            // The price has underflowed, the quotient has not.
            limits[Output::Elasticity as usize] = figures[Output::Elasticity as usize];
        }
        return (limits, status);
    }
    checked(figures, PriceStatus::Ok)
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

/// e^{−growth} in two parts; `None` beyond where one of the two parity values is out of all proportion to the other, or both are
/// as good as nothing.
fn discount_factor(growth: TwoPart) -> Option<TwoPart> {
    const GROWTH_MAX: f64 = 600.0;
    let is_moderate = growth.high.abs() <= GROWTH_MAX;
    is_moderate.then(|| {
        if growth == TwoPart::from_single(0.0) {
            TwoPart::from_single(1.0)
        } else {
            precise::exp(growth.negated())
        }
    })
}

/// `undiscounted`·e^{−growth}, base and excess the two parts of it where there is any discount factor.
fn discounted(undiscounted: f64, growth: TwoPart, factor: Option<TwoPart>) -> Discounted<f64> {
    let Some(factor) = factor else {
        return Discounted::from_value(times_exp(undiscounted, growth.negated()));
    };
    let TwoPart { high, low } = factor.times(undiscounted);
    Discounted {
        value: high,
        base: high,
        excess: low,
    }
}

/// Whether r − q and so many σ² are together exactly 0.
pub(crate) fn drift_vanishes(rate: f64, carry: f64, vol: f64, variances: f64) -> bool {
    let drift = TwoPart::sum(rate, -carry).plus(TwoPart::product(vol, vol).times(variances));
    drift == TwoPart::from_single(0.0)
}

/// An option whose normal integrals have reached 0, 1 or, at the kink, ½: no density is left.
struct Limit<'a> {
    kind: Kind,
    inputs: &'a OneOption,
    discounted_spot: &'a Discounted<f64>,
    discounted_strike: &'a Discounted<f64>,
    /// e^{−qT}.
    factor_spot: f64,
    /// e^{−rT}.
    factor_strike: f64,
}

impl Limit<'_> {
    /// The figures where Φ(φd₁) = Φ(φd₂).
    fn exercised(&self, share: f64) -> ([f64; OUTPUTS], PriceStatus) {
        self.figures((share, share))
    }

    /// The figures for Φ(φd₁) and Φ(φd₂).
    fn figures(&self, (spot_share, strike_share): (f64, f64)) -> ([f64; OUTPUTS], PriceStatus) {
        let OneOption {
            sign,
            spot,
            years,
            rate,
            carry,
            vol,
            ..
        } = *self.inputs;
        // What is not exercised is 0, even beside a discount factor out of range.
        let part = |share: f64, whole: f64| if share == 0.0 { 0.0 } else { sign * share * whole };
        let kind = self.kind;
        let kink = spot_share == 0.5;
        let spot_leg = part(spot_share, self.discounted_spot.value);
        let strike_leg = part(strike_share, self.discounted_strike.value);
        let delta = part(spot_share, self.factor_spot);
        let value = if spot_share == strike_share {
            let (intrinsic, small) = parity(self.discounted_spot, self.discounted_strike);
            if spot_share == 1.0 {
                (sign * intrinsic + sign * small).max(0.0)
            } else {
                0.0
            }
        } else {
            spot_leg - strike_leg
        };
        let no_limit = if kink { f64::NAN } else { 0.0 };
        let mut figures = [no_limit; OUTPUTS];
        let mut set = |output: Output, value: f64| figures[output as usize] = value;
        let (mut theta, mut charm) = (carry * spot_leg - rate * strike_leg, carry * delta);
        let in_coin = if kind.is_inverse { spot } else { 1.0 };
        let coin_delta = strike_leg / spot / spot;
        // What is infinite as T → 0, with the sign of r − q and so many σ² more, is finite where that is 0.
        let is_level = |variances: f64| years == 0.0 && drift_vanishes(rate, carry, vol, variances);
        let (level_charm, level_speed) = if kind.is_inverse { (-0.5, 4.5) } else { (0.5, 1.5) };
        if kink {
            // What the density leaves as d₁ = −d₂ = s/2 → 0 (`docs/pricing.md`, "At the kink"); what is infinite becomes NaN.
            let root = float::sqrt(years);
            let vega = self.discounted_spot.value * INV_SQRT_2PI * root;
            theta -= self.discounted_spot.value * INV_SQRT_2PI * vol / (2.0 * root);
            if (rate != carry || years == 0.0) && !is_level(level_charm) {
                charm = f64::NAN;
            }
            if is_level(level_speed) {
                set(
                    Output::Speed,
                    if kind.is_inverse {
                        6.0 * coin_delta / spot / spot
                    } else {
                        0.0
                    },
                );
            }
            let vanna = vega / spot / 2.0;
            set(Output::Vega, vega / in_coin);
            set(Output::Vanna, if kind.is_inverse { -vanna / spot } else { vanna });
            set(Output::Volga, 0.0);
            set(Output::Ultima, -vega * years / 4.0 / in_coin);
            set(Output::Veta, vega * (0.5 * (rate + carry) - 0.5 / years) / in_coin);
        }
        set(Output::Price, value / in_coin);
        set(Output::Delta, if kind.is_inverse { coin_delta } else { delta });
        set(Output::Theta, theta / in_coin);
        set(
            Output::Rho,
            if kind.is_forward {
                -(years * value)
            } else {
                years * strike_leg / in_coin
            },
        );
        set(
            Output::Psi,
            if kind.is_forward {
                0.0
            } else {
                -(years * spot_leg) / in_coin
            },
        );
        let coin_charm = if kink && is_level(level_charm) {
            rate * coin_delta
        } else {
            (charm - theta / spot) / spot
        };
        set(Output::Charm, if kind.is_inverse { coin_charm } else { charm });
        set(Output::DualDelta, -part(strike_share, self.factor_strike) / in_coin);
        if kind.is_inverse && !kink {
            // U = V/S keeps curvature where V has none: gamma, speed and color of ∓K e^{−rT}/S.
            let gamma = -2.0 * coin_delta / spot;
            set(Output::Gamma, gamma);
            set(Output::Speed, -3.0 * gamma / spot);
            set(Output::Color, -2.0 * coin_charm / spot);
        }
        let worthless = if sign > 0.0 { f64::INFINITY } else { f64::NEG_INFINITY };
        let elasticity = if value > 0.0 { spot_leg / value } else { worthless };
        set(
            Output::Elasticity,
            if kind.is_inverse { elasticity - 1.0 } else { elasticity },
        );
        set(Output::ProbabilityInTheMoney, strike_share);
        set(
            Output::PremiumAdjustedDelta,
            if spot == 0.0 { delta } else { strike_leg / spot },
        );
        checked(figures, if kink { PriceStatus::Kink } else { PriceStatus::Ok })
    }
}
