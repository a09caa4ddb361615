//! European options under Bachelier's model: the forward moves by absolute amounts, so it and the strike may be negative.
//!
//! Value V = e^{−rT}·(φ(F − K) Φ(φd) + σ√T φ(d)), d = (F − K)/(σ√T), φ = +1 call, −1 put; quote units per unit of
//! underlying, present value. σ is absolute: quote units per √year. Greeks are raw derivatives as in [`crate::black`], by
//! the forward where Black's are by S; rho holds the forward, so it is −T × V, and no carry moves it, so that psi is 0. The
//! premium-adjusted delta is not of this model, whose forward may be 0 or less: it is NaN, whatever the status. Source:
//! Bachelier (1900).
//!
//! # Regimes
//!
//! | inputs | answer | status |
//! | --- | --- | --- |
//! | any input NaN or infinite; T or σ negative | NaN | `InvalidInput` |
//! | T = 0 or σ = 0, F ≠ K | V = e^{−rT} max(φ(F − K), 0), its derivatives, every density Greek 0 | `Ok` |
//! | T = 0 or σ = 0, F = K | the limits at the kink (`docs/pricing.md`); NaN where one is infinite | `Kink` |
//! | \|d\| so large that the density underflows | as without time value; elasticity stays right | `Ok` |
//! | F < 0, K < 0, F = 0, r < 0 | nothing special | `Ok` |
//! | finite inputs whose answer leaves the range of `f64` | what is finite stands, the rest is NaN | `OutOfRange` |
//!
//! # Method
//!
//! With h = |d| and the scaled tail R(h) = Φ(−h)e^{h²/2} = P/Q of [`crate::black`], the time value is
//! e^{−rT}·σ√T·e^{−h²/2}·(−R′(h)). Up to h = 1 −R′ = φ(0) − hR, beyond it is (PQ′ − QP′)/Q², which has no cancellation where that
//! difference has. P, Q and their derivatives come from one pass. Far out of the money h is carried in two parts.
//! `tests/bachelier.rs`.

mod rare;

use crate::black::{Columns, Greeks, GreeksColumns, LengthMismatch, OptionType, Output, PriceStatus, OUTPUTS};
use crate::elementary::{
    exp_reduced, gauss_reduced, mills_ends, power_of_two, scaled_expm1, veiled_tables, Tables, INV_SQRT_2PI,
    MILLS_SHIFT, TAIL_END,
};
use crate::lane::{Lane, LaneMask, Wide};
use crate::two_part::TwoPart;
use core::slice::from_ref;

/// Vectors that go through the kernel side by side.
const VECTORS: usize = 2;
/// Options in a turn of the widest vectors.
const TURN_OPTIONS_MAX: usize = 2 * VECTORS;

/// One option, or a vector of them.
#[derive(Clone, Copy)]
struct Inputs<L> {
    /// +1 call, −1 put.
    sign: L,
    forward: L,
    strike: L,
    years: L,
    rate: L,
    vol: L,
}

/// What the figures are made of.
#[derive(Clone, Copy)]
struct Terms<L> {
    inputs: Inputs<L>,
    sqrt_years: L,
    /// 1/(σ√T).
    inv_deviation: L,
    d: L,
    /// e^{−rT} φ(d).
    density: L,
    /// e^{−rT} φ Φ(φd).
    delta: L,
    probability: L,
    value: L,
    elasticity: L,
}

impl<L: Lane> Terms<L> {
    fn figure(&self, output: Output) -> L {
        let one = L::splat(1.0);
        let Self {
            inputs,
            sqrt_years,
            inv_deviation,
            d,
            density,
            delta,
            ..
        } = *self;
        let Inputs { years, rate, .. } = inputs;
        let inv_vol = sqrt_years * inv_deviation;
        let half_inv_years = L::splat(0.5) / years;
        let gamma = density * inv_deviation;
        let vega = density * sqrt_years;
        let d_squared = d * d;
        match output {
            Output::Price => self.value,
            Output::Delta => delta,
            Output::Gamma | Output::DualGamma => gamma,
            Output::Vega => vega,
            Output::Theta => rate * self.value - density * inputs.vol * sqrt_years * half_inv_years,
            Output::Rho => -(years * self.value),
            Output::Vanna => -(density * d * inv_vol),
            Output::Volga => vega * inv_vol * d_squared,
            Output::Charm => rate * delta + density * d * half_inv_years,
            Output::Speed => -(gamma * inv_deviation * d),
            Output::Zomma => gamma * inv_vol * (d_squared - one),
            Output::Color => gamma * (rate + (one - d_squared) * half_inv_years),
            Output::Veta => vega * (rate - (one + d_squared) * half_inv_years),
            Output::Ultima => vega * inv_vol * inv_vol * d_squared * (d_squared - L::splat(3.0)),
            Output::DualDelta => -delta,
            Output::Elasticity => self.elasticity,
            Output::ProbabilityInTheMoney => self.probability,
            Output::Psi => L::splat(0.0),
            Output::PremiumAdjustedDelta => L::splat(f64::NAN),
        }
    }
}

/// R(h) and −R′(h) for h in 0..=45.
#[inline(always)]
fn tail_and_slope<L: Lane, const N: usize>(tables: Tables<'_>, h: [L; N]) -> ([L; N], [L; N]) {
    let y = h.map(|h| h + L::splat(MILLS_SHIFT));
    let mills = mills_ends(tables.tail, y, [L::splat(0.0); N]);
    let (mut tail, mut slope) = (h, h);
    for i in 0..N {
        let inv_q = L::splat(1.0) / mills.q1[i];
        tail[i] = mills.p1[i] * inv_q;
        let quotient = mills.slope[i] * inv_q * inv_q;
        let difference = L::splat(INV_SQRT_2PI) - h[i] * tail[i];
        slope[i] = L::select(h[i].le(L::splat(DIFFERENCE_END)), difference, quotient);
    }
    (tail, slope)
}

/// Up to here φ(0) − hR(h) loses less by its cancellation than the quotient by its roundings.
const DIFFERENCE_END: f64 = 1.0;

/// A turn of options, and where they must be done again by [`rare`].
#[inline(never)]
fn turn<L: Lane>(tables: Tables<'_>, inputs: &[Inputs<L>; VECTORS]) -> ([Terms<L>; VECTORS], [L::Mask; VECTORS]) {
    let zero = L::splat(0.0);
    let sqrt_years = inputs.map(|input| input.years.sqrt());
    let (discount_k, discount_p) =
        exp_reduced(tables, inputs.map(|input| -(input.rate * input.years)), [zero; VECTORS]);
    let mut inv_deviation = sqrt_years;
    let mut d = sqrt_years;
    for i in 0..VECTORS {
        let deviation = inputs[i].vol * sqrt_years[i];
        inv_deviation[i] = L::splat(1.0) / deviation;
        d[i] = (inputs[i].forward - inputs[i].strike) / deviation;
    }
    let bounded = d.map(|d| d.abs().min(L::splat(TAIL_END)));
    let (k, p) = gauss_reduced(tables, bounded, [zero; VECTORS]);
    let (tail, slope) = tail_and_slope(tables, bounded);
    let mut redo = d.map(|d| d.lt(zero));
    let mut terms = inputs.map(Terms::of);
    for i in 0..VECTORS {
        let input = &inputs[i];
        let discount = Discount::from_reduced(-(input.rate * input.years), discount_k[i], discount_p[i]);
        let scale = power_of_two(k[i]);
        let weight = (scale + scale * p[i]).where_true(k[i].ge(L::splat(-1021.0)));
        let deviation = input.vol * sqrt_years[i];
        terms[i] = assemble(
            input,
            sqrt_years[i],
            deviation,
            inv_deviation[i],
            d[i],
            discount,
            weight,
            tail[i],
            slope[i],
        );
        let within = |low: f64, x: L, high: f64| x.ge(L::splat(low)).and(x.le(L::splat(high)));
        let moderate = within(-AMOUNT_MAX, input.forward, AMOUNT_MAX)
            .and(within(-AMOUNT_MAX, input.strike, AMOUNT_MAX))
            .and(within(YEARS_MIN, input.years, YEARS_MAX))
            .and(within(-GROWTH_MAX, input.rate * input.years, GROWTH_MAX))
            .and(within(1.0 / AMOUNT_MAX, deviation, AMOUNT_MAX));
        let far = (input.sign * d[i]).lt(L::splat(-STANDARD_DEVIATIONS_NEAR));
        redo[i] = moderate.not().or(far);
    }
    (terms, redo)
}

// Inputs within these bounds keep every intermediate figure in the range of f64.
const AMOUNT_MAX: f64 = 1e30;
const YEARS_MIN: f64 = 1e-12;
const YEARS_MAX: f64 = 1e6;
const GROWTH_MAX: f64 = 100.0;
/// Further out of the money a rounding of d shows in the price: its relative error is d² times that of d.
const STANDARD_DEVIATIONS_NEAR: f64 = 15.0;

impl<L: Lane> Terms<L> {
    /// Nothing known but the inputs.
    fn of(inputs: Inputs<L>) -> Self {
        let zero = L::splat(0.0);
        Self {
            inputs,
            sqrt_years: zero,
            inv_deviation: zero,
            d: zero,
            density: zero,
            delta: zero,
            probability: zero,
            value: zero,
            elasticity: zero,
        }
    }
}

/// e^{−rT}, also as base + excess: 1 + (e^{−rT} − 1), so that the value in the money loses nothing where little is discounted.
#[derive(Clone, Copy)]
struct Discount<L> {
    factor: L,
    base: L,
    excess: L,
}

impl<L: Lane> Discount<L> {
    /// From −rT = k·ln 2 + r and p = eʳ − 1.
    #[inline(always)]
    fn from_reduced(growth: L, k: L, p: L) -> Self {
        let scale = power_of_two(k);
        let factor = scale + scale * p;
        // Below it the difference to 1 would be the greater part.
        let mostly = growth.lt(L::splat(-core::f64::consts::LN_2));
        Self {
            factor,
            base: L::select(mostly, factor, L::splat(1.0)),
            excess: scaled_expm1(k, p).where_true(mostly.not()),
        }
    }
}

/// The terms from e^{−rT}, the weight e^{−h²/2}, R(h) and −R′(h).
#[inline(always)]
fn assemble<L: Lane>(
    inputs: &Inputs<L>,
    sqrt_years: L,
    deviation: L,
    inv_deviation: L,
    d: L,
    discount: Discount<L>,
    weight: L,
    tail: L,
    slope: L,
) -> Terms<L> {
    let in_the_money = (inputs.sign * d).gt(L::splat(0.0));
    let unit_value = deviation * slope;
    let time_value = unit_value * weight;
    let intrinsic = TwoPart::sum(inputs.forward, -inputs.strike).abs();
    let outside = weight * tail;
    let probability = L::select(in_the_money, L::splat(1.0) - outside, outside);
    let undiscounted = L::select(in_the_money, intrinsic.high + time_value, time_value);
    let discounted = discount.factor * time_value;
    let rest = intrinsic.high * discount.excess + (intrinsic.low * discount.base + discounted);
    let value = L::select(in_the_money, intrinsic.high * discount.base + rest, discounted);
    // Out of the money the weight cancels.
    let per_value = L::select(in_the_money, probability / undiscounted, tail / unit_value);
    Terms {
        inputs: *inputs,
        sqrt_years,
        inv_deviation,
        d,
        density: discount.factor * (weight * L::splat(INV_SQRT_2PI)),
        delta: discount.factor * (inputs.sign * probability),
        probability,
        value,
        elasticity: inputs.sign * inputs.forward * per_value,
    }
}

/// Figures of n options under Bachelier's model. In `inputs`, `spot` is the forward, `vol` the absolute volatility in quote
/// units per √year, and `carry` is not read.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn columns(inputs: &Columns<'_>, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
    columns_on::<Wide>(inputs, out)
}

/// [`columns`] on a lane of the caller's choice.
///
/// # Errors
/// As there.
pub fn columns_on<L: Lane>(inputs: &Columns<'_>, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
    let inputs = Columns {
        carry: inputs.rate,
        ..*inputs
    };
    inputs.check_lengths()?;
    out.check_lengths(inputs.strike.len())?;
    let tables = veiled_tables();
    let count = inputs.strike.len();
    let width = VECTORS * L::WIDTH;
    out.status.fill(PriceStatus::Ok as u8);
    for at in (0..count).step_by(width) {
        let options = at..count.min(at + width);
        // A turn that is not full is filled up with ones.
        let load = |column: &[f64]| {
            let mut numbers = [1.0; TURN_OPTIONS_MAX];
            for (number, &value) in numbers.iter_mut().zip(&column[options.clone()]) {
                *number = value;
            }
            numbers
        };
        let mut signs = [1.0; TURN_OPTIONS_MAX];
        for (sign, &is_call) in signs.iter_mut().zip(&inputs.is_call[options.clone()]) {
            *sign = if is_call == 0 { -1.0 } else { 1.0 };
        }
        let numbers = [
            signs,
            load(inputs.spot),
            load(inputs.strike),
            load(inputs.years),
            load(inputs.rate),
            load(inputs.vol),
        ];
        let vectors = [0, 1].map(|i| {
            let [sign, forward, strike, years, rate, vol] =
                numbers.each_ref().map(|column| L::load(column, i * L::WIDTH));
            Inputs {
                sign,
                forward,
                strike,
                years,
                rate,
                vol,
            }
        });
        let (terms, redo) = turn(tables, &vectors);
        for (output, column) in Output::ALL.into_iter().zip(&mut out.figures) {
            if let Some(column) = column {
                let mut figures = [0.0; TURN_OPTIONS_MAX];
                for (i, terms) in terms.iter().enumerate() {
                    terms.figure(output).store(&mut figures, i * L::WIDTH);
                }
                for (target, figure) in column[options.clone()].iter_mut().zip(figures) {
                    *target = figure;
                }
            }
        }
        for (lane, option) in options.enumerate() {
            if redo[lane / L::WIDTH].lane(lane % L::WIDTH) {
                let [sign, forward, strike, years, rate, vol] = numbers.map(|column| column[lane]);
                let (figures, status) = rare::all(&Inputs {
                    sign,
                    forward,
                    strike,
                    years,
                    rate,
                    vol,
                });
                out.status[option] = status as u8;
                for (column, figure) in out.figures.iter_mut().zip(figures) {
                    if let Some(column) = column {
                        column[option] = figure;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Every figure of one option; index with `Output::… as usize`.
///
/// ```
/// use plimsoll_math::{bachelier, black::{Output, OptionType, PriceStatus}};
/// // At the money, 12·√¼·φ(0) = 2.3936… at a negative forward.
/// let (figures, status) = bachelier::all_figures(OptionType::Call, -5.0, -5.0, 0.25, 0.0, 12.0);
/// assert_eq!(status, PriceStatus::Ok);
/// assert!((figures[Output::Price as usize] - 2.393653682408596).abs() < 1e-14);
/// ```
#[must_use]
pub fn all_figures(
    option: OptionType,
    forward: f64,
    strike: f64,
    years: f64,
    rate: f64,
    vol: f64,
) -> ([f64; OUTPUTS], PriceStatus) {
    let mut figures = [0.0; OUTPUTS];
    let mut status = [0];
    let mut out = GreeksColumns::new(&mut status);
    for (output, column) in Output::ALL.into_iter().zip(figures.chunks_exact_mut(1)) {
        out.want(output, column);
    }
    let columns_of_one = Columns {
        is_call: &[u8::from(option == OptionType::Call)],
        spot: from_ref(&forward),
        strike: from_ref(&strike),
        years: from_ref(&years),
        rate: from_ref(&rate),
        carry: &[],
        vol: from_ref(&vol),
    };
    columns(&columns_of_one, &mut out).expect("invariant: every column holds one number");
    (figures, PriceStatus::of(status[0]))
}

/// Price and first Greeks of one option.
#[must_use]
pub fn greeks(option: OptionType, forward: f64, strike: f64, years: f64, rate: f64, vol: f64) -> (Greeks, PriceStatus) {
    let ([price, delta, gamma, vega, theta, rho, ..], status) = all_figures(option, forward, strike, years, rate, vol);
    (
        Greeks {
            price,
            delta,
            gamma,
            vega,
            theta,
            rho,
        },
        status,
    )
}
