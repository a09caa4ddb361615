//! The regimes that the vector kernel leaves out, one option at a time: what is invalid, what has no time value, what is extreme,
//! and the far tails, where d is carried in two parts.

use super::{assemble, tail_and_slope, Discount, Inputs, Terms, GROWTH_MAX};
use crate::black::{checked, Output, PriceStatus, OUTPUTS};
use crate::elementary::{
    exp_reduced, gauss_reduced, horner, scale_twice, times_exp, FAR_TAIL, INV_SQRT_2PI, TABLES, TAIL_END,
};
use crate::two_part::TwoPart;

/// Every figure of one option, and its status.
#[cold]
#[inline(never)]
pub(super) fn all(inputs: &Inputs<f64>) -> ([f64; OUTPUTS], PriceStatus) {
    let Inputs {
        sign,
        forward,
        strike,
        years,
        rate,
        vol,
    } = *inputs;
    let finite = [forward, strike, years, rate, vol]
        .iter()
        .all(|value| value.is_finite());
    if !finite || years < 0.0 || vol < 0.0 {
        return ([f64::NAN; OUTPUTS], PriceStatus::InvalidInput);
    }
    let discount = Discount::of(TwoPart::product(-rate, years));
    let distance = TwoPart::sum(forward, -strike);
    if !distance.high.is_finite() {
        return ([f64::NAN; OUTPUTS], PriceStatus::OutOfRange);
    }
    let root = TwoPart::sqrt(years);
    let deviation = if root.high == 0.0 { root } else { root.times(vol) };
    let quotient = distance.over(deviation);
    // An overflow on the way leaves NaN in the low part.
    let (d, d_low) = if quotient.low.is_finite() {
        (quotient.high, quotient.low)
    } else {
        (distance.high / deviation.high, 0.0)
    };
    let mut terms = Terms::of(*inputs);
    terms.d = d;
    terms.sqrt_years = root.high;
    let in_the_money = sign * distance.high > 0.0;
    let is_far = d.abs() >= TAIL_END;
    if deviation.high == 0.0 || is_far {
        let is_kink = distance.high == 0.0;
        terms.probability = if is_kink {
            0.5
        } else if in_the_money {
            1.0
        } else {
            0.0
        };
        terms.delta = if terms.probability == 0.0 {
            0.0
        } else {
            discount.factor * (sign * terms.probability)
        };
        terms.value = if in_the_money {
            discount.factor * distance.high.abs()
        } else {
            0.0
        };
        terms.elasticity = if in_the_money {
            sign * forward / distance.high.abs()
        } else if is_far && deviation.high > 0.0 {
            sign * forward * far_share(d.abs()) / deviation.high
        } else if forward == 0.0 {
            0.0
        } else {
            sign * forward * f64::INFINITY
        };
        return without_density(&terms, is_kink);
    }
    let h = d.abs();
    let h_low = if d < 0.0 { -d_low } else { d_low };
    let ([k], [p]) = gauss_reduced(TABLES, [h], [h_low]);
    let ([tail], [slope]) = tail_and_slope(TABLES, [h]);
    let weight = scale_twice(1.0, k, p);
    terms = assemble(
        inputs,
        root.high,
        deviation.high,
        1.0 / deviation.high,
        d,
        discount,
        weight,
        tail,
        slope,
    );
    if !in_the_money {
        // One rounding of the product on the way down.
        terms.value = scale_twice(discount.factor * (deviation.high * slope), k, p);
    }
    answered(|output| terms.figure(output), PriceStatus::Ok)
}

/// All figures with their status, of which the premium-adjusted delta, which the model does not have, is no part.
fn answered(figure: impl Fn(Output) -> f64, status: PriceStatus) -> ([f64; OUTPUTS], PriceStatus) {
    let figures = Output::ALL.map(|output| match output {
        Output::PremiumAdjustedDelta => 0.0,
        _ => figure(output),
    });
    let (mut figures, status) = checked(figures, status);
    figures[Output::PremiumAdjustedDelta as usize] = f64::NAN;
    (figures, status)
}

/// Φ(−h)/(φ(h) − hΦ(−h)) for h ≥ 45, by [`FAR_TAIL`] A(u) in u = 1/h²: h·A/((1 − A)/u).
fn far_share(h: f64) -> f64 {
    let u = 1.0 / (h * h);
    // (1 − A)/u has A's coefficients without its last, negated.
    let [above @ .., _] = &FAR_TAIL;
    let ([a], [complement]) = (horner(&FAR_TAIL, [u]), horner(above, [u]));
    h * (a / -complement)
}

/// The figures where no density is left, or at the kink, d = 0, what it leaves there; what is infinite becomes NaN.
fn without_density(terms: &Terms<f64>, is_kink: bool) -> ([f64; OUTPUTS], PriceStatus) {
    let Inputs { years, rate, vol, .. } = terms.inputs;
    let density = if is_kink {
        terms.delta.abs() * (2.0 * INV_SQRT_2PI)
    } else {
        0.0
    };
    let no_limit = if is_kink { f64::NAN } else { 0.0 };
    let root = terms.sqrt_years;
    let vega = density * root;
    let decay = |share: f64| if is_kink { share / (2.0 * years) } else { 0.0 };
    let figure = |output| match output {
        Output::Price => terms.value,
        Output::Delta => terms.delta,
        Output::Vega => vega,
        Output::Theta => rate * terms.value - decay(density * vol * root),
        Output::Rho => -(years * terms.value),
        Output::Charm => rate * terms.delta,
        Output::Veta => vega * rate - decay(vega),
        Output::DualDelta => -terms.delta,
        Output::Elasticity => terms.elasticity,
        Output::ProbabilityInTheMoney => terms.probability,
        Output::Gamma | Output::DualGamma | Output::Zomma | Output::Color => no_limit,
        _ => 0.0,
    };
    answered(figure, if is_kink { PriceStatus::Kink } else { PriceStatus::Ok })
}

impl Discount<f64> {
    fn of(growth: TwoPart) -> Self {
        let near = growth.high.abs() <= GROWTH_MAX;
        let ([k], [p]) = exp_reduced(TABLES, [if near { growth.high } else { 0.0 }], [growth.low]);
        if near {
            return Self::from_reduced(growth.high, k, p);
        }
        let factor = times_exp(1.0, growth);
        Self {
            factor,
            base: factor,
            excess: 0.0,
        }
    }
}
