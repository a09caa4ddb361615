//! Implied volatility to attainable precision: the σ at which [`crate::black`] gives a price.
//!
//! # Statuses
//!
//! | inputs | value | status |
//! | --- | --- | --- |
//! | a solution σ > 0 exists | σ | `Ok` |
//! | price ≤ max(φ(S e^{−qT} − K e^{−rT}), 0): no σ > 0 gives so little | NaN | `BelowIntrinsic` |
//! | price ≥ S e^{−qT} (call) or K e^{−rT} (put): no finite σ gives so much | NaN | `AboveBound` |
//! | T ≤ 0 | NaN | `Expired` |
//! | an input NaN or infinite, S or K negative, or a discount factor out of the range of `f64` | NaN | `NonFiniteInput` |
//!
//! The tests come in the order `NonFiniteInput`, `Expired`, `BelowIntrinsic`, `AboveBound`.
//!
//! # Accuracy
//!
//! Error ≤ max(64 × condition, 1) ulp, condition = |∂ln σ/∂ln price| (`tests/implied_vol.rs`).
//!
//! # Method
//!
//! The price becomes the time value per unit of its upper bound, β = time value/B with B = S e^{−qT} where the call is out of
//! the money, K e^{−rT} otherwise; β(s) = e^{−a²/2}(R(a) − R(b)) rises from 0 to 1 with s = σ√T. A closed-form guess
//! (Stefanica and Radoičić 2017, its differences rewritten so that nothing cancels), two Halley steps on ln β, or on
//! ln(1 − β) in the upper region a < −0.7, and a last Halley step at the rounded σ with all coordinates in two parts. Where
//! the last step is not small the search restarts with a bracket (`solve_bracketed`), the same for every lane width.

use crate::black::{Forward, Inverse, LengthMismatch, Model, OptionType, Spot};
use crate::elementary::{
    exp_reduced, expm1_bounded, gauss_reduced, ln, ln_ratio, ln_ratio_two_part, mills_pair, power_of_two, Tables,
    MILLS_SHIFT, SQRT_2PI, TABLES, TAIL_END,
};
use crate::lane::{Lane, LaneMask, Wide, TURN};
use crate::two_part::{self, TwoPart};
use core::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// What an implied volatility is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum IvStatus {
    /// The value is the implied volatility.
    #[default]
    Ok = 0,
    /// The price is at or below the discounted intrinsic value: no positive volatility gives it.
    BelowIntrinsic = 1,
    /// The price is at or above its upper bound: no finite volatility gives it.
    AboveBound = 2,
    /// No time is left.
    Expired = 3,
    /// An input is NaN or infinite, a price of the underlying or a strike is negative, or discounting leaves the range of
    /// `f64`.
    NonFiniteInput = 4,
}

/// What one lane of searches is given; `carry` equals `rate` for forwards.
#[derive(Clone, Copy)]
struct Inputs<L> {
    sign: L,
    price: L,
    spot: L,
    strike: L,
    years: L,
    rate: L,
    carry: L,
}

/// What is solved for s: β and 1 − β, at |x| = |ln(forward/K)|.
#[derive(Clone, Copy)]
struct Target<L> {
    distance: TwoPart<L>,
    time_share: L,
    complement: L,
}

/// Where the last step is at most this share of s the cubic convergence has done its work.
const LAST_STEP_MAX: f64 = 3e-6;

/// The closed-form guess of Stefanica and Radoičić for s, from β and y = −|x|.
#[inline(always)]
fn guess<L: Lane, const N: usize>(tables: Tables<'_>, target: &[Target<L>; N]) -> [L; N] {
    let one = L::splat(1.0);
    let two = L::splat(2.0);
    let four = L::splat(4.0);
    // e^{y/2} − 1 and e^{(2/π − 1/2)y} − 1: all exponentials of the formula are products of these, all its differences
    // too.
    let half_excess = expm1_bounded(tables, target.map(|t| t.distance.high * L::splat(-0.5)));
    let skew_excess = expm1_bounded(tables, target.map(|t| t.distance.high * L::splat(0.5 - FRAC_2_PI)));
    let zero = L::splat(0.0);
    let parts: [(L, L, L); N] = core::array::from_fn(|i| {
        let t = &target[i];
        let (half, skew) = (one + half_excess[i], one + skew_excess[i]);
        let inverse = one / (half * skew);
        let (inv_half, inv_skew) = (inverse * skew, inverse * half);
        let moneyness = half * half;
        // e^{y} and its complement 1 − e^{y}.
        let gap = -(half_excess[i] * (half + one));
        let beta = t.time_share;
        let m = beta * moneyness + gap;
        let spread = (half_excess[i] - skew_excess[i]) * (half + skew) * inverse;
        let a = spread * spread;
        let ratio = half * inv_skew;
        let ratios = ratio + skew * inv_half;
        // 4(G + 1/G) − 4(E/G + G/E), as a product of hyperbolic sines.
        let sinh_half = half_excess[i] * (half + one) * inv_half;
        let sinh_skew = skew_excess[i] * (skew + one) * inv_skew;
        let b = four * (sinh_half * sinh_skew) + L::splat(8.0) * beta * m * ratios;
        let c = L::splat(16.0) * beta * m * t.complement * (one + beta * moneyness);
        let root = (b * b + four * a * c).sqrt();
        // Below β(√(2|x|)) the smaller root applies; G² = e^{−4|x|/π}.
        let g = half * skew;
        let half_way = (moneyness - one + (one - g * g).max(zero).sqrt()) * L::splat(0.5);
        (two * c, b + root, beta * moneyness - half_way)
    });
    // γ = −(π/2) ln(2C/(B + root)).
    let logs = ln_ratio(tables, parts.map(|p| p.1), parts.map(|p| p.0));
    core::array::from_fn(|i| {
        let distance = target[i].distance.high;
        let gamma = logs[i] * L::splat(FRAC_PI_2);
        let (outer, inner) = ((gamma + distance).sqrt(), (gamma - distance).max(zero).sqrt());
        let sum = outer + inner;
        L::select(parts[i].2.gt(zero), sum, (distance + distance) / sum)
    })
}

/// g = β or, in the upper region, 1 − β, in the form e^{−a²/2}·scaled; and what Halley's step needs beside it.
struct Evaluated<L: Lane> {
    upper: L::Mask,
    /// g·e^{a²/2}.
    scaled: L,
    /// The wanted g.
    wanted: L,
    /// ±g/φ(a), plus where g rises with s.
    slope: L,
    /// a·b/s.
    bend: L,
}

#[inline(always)]
fn evaluate<L: Lane, const N: usize>(
    tables: Tables<'_>,
    target: &[Target<L>; N],
    s: &[L; N],
    h: &[L; N],
    a: &[L; N],
) -> [Evaluated<L>; N] {
    let mut y1 = *s;
    let mut y2 = *s;
    let mut step = *s;
    for i in 0..N {
        let upper = a[i].lt(L::splat(-MILLS_SHIFT));
        y1[i] = L::select(upper, -a[i], a[i].min(L::splat(TAIL_END))) + L::splat(MILLS_SHIFT);
        step[i] = L::select(upper, h[i] + h[i], s[i]);
        y2[i] = y1[i] + step[i];
    }
    let mills = mills_pair(tables, y1, y2);
    core::array::from_fn(|i| {
        let upper = a[i].lt(L::splat(-MILLS_SHIFT));
        let (p1, q1) = (mills.p[i], mills.q[i]);
        let (p_divided, q_divided) = (mills.p_divided[i], mills.q_divided[i]);
        let (p2, q2) = (p1 + step[i] * p_divided, q1 + step[i] * q_divided);
        let difference = step[i] * (p1 * q_divided - q1 * p_divided);
        let scaled = L::select(upper, p1 * q2 + p2 * q1, difference) / (q1 * q2);
        let slope = scaled * L::splat(SQRT_2PI);
        Evaluated {
            upper,
            scaled,
            wanted: L::select(upper, target[i].complement, target[i].time_share),
            slope: L::select(upper, -slope, slope),
            bend: a[i] * (a[i] + s[i]) / s[i],
        }
    })
}

/// Halley's step for s, from ln(g/wanted).
#[inline(always)]
fn halley<L: Lane>(at: &Evaluated<L>, log_ratio: L) -> L {
    let newton = log_ratio * at.slope;
    let curvature = at.bend - L::splat(1.0) / at.slope;
    -newton / (L::splat(1.0) - L::splat(0.5) * newton * curvature)
}

/// One Halley step in single precision: −a²/2 + ln(scaled/wanted) needs no exponential.
#[inline(always)]
fn improve<L: Lane, const N: usize>(tables: Tables<'_>, target: &[Target<L>; N], s: [L; N]) -> [L; N] {
    let h: [L; N] = core::array::from_fn(|i| target[i].distance.high / s[i]);
    let a: [L; N] = core::array::from_fn(|i| h[i] - L::splat(0.5) * s[i]);
    let at = evaluate(tables, target, &s, &h, &a);
    let logs: [L; N] = ln_ratio(
        tables,
        core::array::from_fn(|i| at[i].scaled),
        core::array::from_fn(|i| at[i].wanted),
    );
    core::array::from_fn(|i| s[i] + halley(&at[i], logs[i] - L::splat(0.5) * a[i] * a[i]))
}

/// The last step: σ = s/√T rounded, then Halley at exactly that σ. Returns σ and the size of the step as a share of s.
#[inline(always)]
fn polish<L: Lane, const N: usize>(
    tables: Tables<'_>,
    target: &[Target<L>; N],
    sqrt_years: &[TwoPart<L>; N],
    s: [L; N],
) -> ([L; N], [L; N]) {
    let vol: [L; N] = core::array::from_fn(|i| s[i] / sqrt_years[i].high);
    let deviation: [TwoPart<L>; N] = core::array::from_fn(|i| sqrt_years[i].times(vol[i]));
    let h: [TwoPart<L>; N] = core::array::from_fn(|i| target[i].distance.over(deviation[i]));
    let half = L::splat(-0.5);
    let a: [TwoPart<L>; N] = core::array::from_fn(|i| {
        h[i].plus(TwoPart {
            high: deviation[i].high * half,
            low: deviation[i].low * half,
        })
    });
    let at = evaluate(
        tables,
        target,
        &deviation.map(|d| d.high),
        &h.map(|h| h.high),
        &a.map(|a| a.high),
    );
    let (k, p) = gauss_reduced(tables, a.map(|a| a.high.min(L::splat(TAIL_END))), a.map(|a| a.low));
    // Far down both sides of the quotient are lifted, so that neither underflows.
    let lifted: [L::Mask; N] = core::array::from_fn(|i| k[i].lt(L::splat(-700.0)));
    let lift: [L; N] = core::array::from_fn(|i| L::select(lifted[i], L::splat(LIFT_EXPONENT), L::splat(0.0)));
    let value: [L; N] = core::array::from_fn(|i| {
        let scaled = at[i].scaled * power_of_two(k[i] + lift[i]);
        scaled + scaled * p[i]
    });
    let wanted: [L; N] = core::array::from_fn(|i| at[i].wanted * power_of_two(lift[i]));
    let logs = ln_ratio(tables, value, wanted);
    let step: [L; N] = core::array::from_fn(|i| halley(&at[i], logs[i]));
    (
        core::array::from_fn(|i| vol[i] + step[i] / sqrt_years[i].high),
        core::array::from_fn(|i| step[i].abs() / deviation[i].high),
    )
}

const LIFT_EXPONENT: f64 = 500.0;

/// One turn of searches: σ, and where it must be done again by [`rare`].
#[inline(always)]
fn turn<L: Lane, const N: usize>(
    tables: Tables<'_>,
    inputs: &[Inputs<L>; N],
    start: Option<[L; N]>,
) -> ([L; N], [L::Mask; N]) {
    let ln = ln_ratio_two_part(tables, inputs.map(|input| input.spot), inputs.map(|input| input.strike));
    let drift: [TwoPart<L>; N] =
        core::array::from_fn(|i| TwoPart::sum(inputs[i].rate, -inputs[i].carry).times(inputs[i].years));
    let x: [TwoPart<L>; N] = core::array::from_fn(|i| ln[i].plus(drift[i]));
    let below: [L::Mask; N] = core::array::from_fn(|i| x[i].high.le(L::splat(0.0)));
    let growth: [L; N] =
        core::array::from_fn(|i| -(L::select(below[i], inputs[i].carry, inputs[i].rate) * inputs[i].years));
    let base_excess = expm1_bounded(tables, growth);
    let distance = x.map(TwoPart::abs);
    let gap = expm1_two_part(tables, distance);
    let mut suspicious = below;
    let target: [Target<L>; N] = core::array::from_fn(|i| {
        let input = &inputs[i];
        let undiscounted = L::select(below[i], input.spot, input.strike);
        let excess = undiscounted * base_excess[i];
        let base = undiscounted + excess;
        let out_of_the_money = below[i].xor(L::splat(0.0).lt(input.sign).not());
        let intrinsic = TwoPart::product(base, gap[i]);
        let parity_value = (input.price - intrinsic.high) - intrinsic.low;
        let time_value = L::select(out_of_the_money, input.price, parity_value);
        let headroom = (undiscounted - time_value) + excess;
        let inverse_base = L::splat(1.0) / base;
        // Where rounding of the intrinsic value could decide whether there is a solution, or the scale is extreme.
        let least = L::splat(1e-280).max(L::select(
            out_of_the_money,
            L::splat(0.0),
            L::splat(1e-14) * (input.price * inverse_base),
        ));
        let time_share = time_value * inverse_base;
        let complement = headroom * inverse_base;
        let clear = time_share.gt(least).and(complement.gt(L::splat(1e-13)));
        suspicious[i] = clear.and(ordinary(input, ln[i].high)).not();
        Target {
            distance: distance[i],
            time_share,
            complement,
        }
    });
    let sqrt_years: [TwoPart<L>; N] = core::array::from_fn(|i| TwoPart::sqrt(inputs[i].years));
    let s = match start {
        Some(vol) => core::array::from_fn(|i| vol[i] * sqrt_years[i].high),
        None => guess(tables, &target),
    };
    let s = improve(tables, &target, s);
    let s = improve(tables, &target, s);
    let (vol, last_step) = polish(tables, &target, &sqrt_years, s);
    let redo = core::array::from_fn(|i| {
        let deviation = vol[i] * sqrt_years[i].high;
        let settled = last_step[i]
            .le(L::splat(LAST_STEP_MAX))
            .and(deviation.ge(L::splat(1e-7)))
            .and(deviation.le(L::splat(80.0)));
        suspicious[i].or(settled.not())
    });
    (vol, redo)
}

/// e^{x} − 1 for x in two parts, 0 ≤ x ≤ 600.
#[inline(always)]
fn expm1_two_part<L: Lane, const N: usize>(tables: Tables<'_>, x: [TwoPart<L>; N]) -> [L; N] {
    let (k, p) = exp_reduced(tables, x.map(|x| x.high), x.map(|x| x.low));
    core::array::from_fn(|i| {
        let scale = power_of_two(k[i]);
        p[i] * scale + (scale - L::splat(1.0))
    })
}

/// Where no intermediate figure leaves the range of `f64`; NaN anywhere is false.
#[inline(always)]
fn ordinary<L: Lane>(input: &Inputs<L>, ln: L) -> L::Mask {
    let growth = (input.rate * input.years).abs() + (input.carry * input.years).abs();
    input
        .spot
        .min(input.strike)
        .ge(L::splat(1e-60))
        .and(input.spot.max(input.strike).le(L::splat(1e60)))
        .and(ln.abs().le(L::splat(300.0)))
        .and(growth.le(L::splat(250.0)))
        .and(input.years.ge(L::splat(1e-12)))
        .and(input.years.le(L::splat(1e6)))
        .and(input.price.gt(L::splat(0.0)))
        .and(input.price.le(L::splat(1e100)))
}

/// The searches that the vector kernel leaves out: every status, solutions at the edge of existence, extreme scales.
fn rare(inputs: &Inputs<f64>) -> (f64, IvStatus) {
    let Inputs {
        sign,
        price,
        spot,
        strike,
        years,
        rate,
        carry,
    } = *inputs;
    let finite = [price, spot, strike, years, rate, carry]
        .iter()
        .all(|value| value.is_finite());
    if !finite || spot < 0.0 || strike < 0.0 {
        return (f64::NAN, IvStatus::NonFiniteInput);
    }
    if years <= 0.0 {
        return (f64::NAN, IvStatus::Expired);
    }
    let is_call = sign > 0.0;
    let (carried, discounted) = (TwoPart::product(-carry, years), TwoPart::product(-rate, years));
    const EXPONENT_MAX: f64 = 600.0;
    if carried.high.abs() > EXPONENT_MAX || discounted.high.abs() > EXPONENT_MAX {
        return (f64::NAN, IvStatus::NonFiniteInput);
    }
    let spot_value = carried.exp().times(spot);
    let strike_value = discounted.exp().times(strike);
    let forward_intrinsic = spot_value.plus(strike_value.negated());
    if !(forward_intrinsic.high + forward_intrinsic.low).is_finite() {
        return (f64::NAN, IvStatus::NonFiniteInput);
    }
    let intrinsic = if is_call {
        forward_intrinsic
    } else {
        forward_intrinsic.negated()
    };
    let out_of_the_money = intrinsic.high <= 0.0;
    let price_parts = TwoPart::from_single(price);
    let time_value = if out_of_the_money {
        price_parts
    } else {
        price_parts.plus(intrinsic.negated())
    };
    if time_value.high <= 0.0 {
        return (f64::NAN, IvStatus::BelowIntrinsic);
    }
    let bound = if is_call { spot_value } else { strike_value };
    let headroom = bound.plus(price_parts.negated());
    if headroom.high <= 0.0 {
        return (f64::NAN, IvStatus::AboveBound);
    }
    let base = if forward_intrinsic.high <= 0.0 {
        spot_value.high
    } else {
        strike_value.high
    };
    let drift = TwoPart::sum(rate, -carry).times(years);
    let distance = two_part::ln_ratio(spot, strike).plus(drift).abs();
    let target = Target {
        distance,
        time_share: time_value.high / base,
        complement: headroom.high / base,
    };
    solve_bracketed(&target, TwoPart::sqrt(years))
}

/// Halley within a bracket that shrinks at every step, from any start; then the last step in two parts.
fn solve_bracketed(target: &Target<f64>, sqrt_years: TwoPart) -> (f64, IvStatus) {
    const STEPS_MAX: usize = 300;
    const SETTLED: f64 = 1e-7;
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    // √(2|x|) is where β turns from convex to concave; at the money β ≈ s/√(2π).
    let mut s = (2.0 * target.distance.high).sqrt().max(target.time_share * SQRT_2PI);
    for _ in 0..STEPS_MAX {
        let h = target.distance.high / s;
        let a = h - 0.5 * s;
        // Beyond the range of the Mills ratio the value is far too small.
        let step = if a < TAIL_END {
            let [at] = evaluate(TABLES, &[*target], &[s], &[h], &[a]);
            let log_ratio = (ln(at.scaled) - ln(at.wanted)) - 0.5 * a * a;
            let rises = !at.upper;
            if (log_ratio < 0.0) == rises {
                low = s;
            } else {
                high = s;
            }
            halley(&at, log_ratio)
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
            low.sqrt() * high.sqrt()
        };
        if settled || high - low <= SETTLED * low {
            break;
        }
    }
    let ([vol], [_]) = polish(TABLES, &[*target], &[sqrt_years], [s]);
    // At the edges of the range of f64 the last step may have nothing to divide by; s itself then stands.
    let vol = if vol.is_finite() && vol > 0.0 {
        vol
    } else {
        s / sqrt_years.high
    };
    (vol, IvStatus::Ok)
}

/// Prices of n options and what they are on, one column per variable, each n long.
#[derive(Clone, Copy, Debug)]
pub struct QuoteColumns<'a> {
    /// 0 for a put, anything else for a call.
    pub is_call: &'a [u8],
    /// Price of the option, quote per unit of underlying; coin per unit for inverse options.
    pub price: &'a [f64],
    /// Price of the underlying, quote per unit; for forwards the forward price.
    pub spot: &'a [f64],
    /// Strike, quote per unit.
    pub strike: &'a [f64],
    /// Time to expiry, years.
    pub years: &'a [f64],
    /// Continuously compounded rate of the quote currency, per year.
    pub rate: &'a [f64],
    /// Continuous carry yield q of the underlying, per year; not read for forwards, where it may be empty.
    pub carry: &'a [f64],
    /// Where the search starts: a vol near the answer (the last tick's), or `None` for a cold start. A start that is far
    /// off or no number costs time, not accuracy.
    pub start: Option<&'a [f64]>,
}

/// Implied volatilities of n options on spot with carry; `status` receives an [`IvStatus`] per option.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn implied_vol_spot_columns(
    quotes: &QuoteColumns<'_>,
    vol: &mut [f64],
    status: &mut [u8],
) -> Result<(), LengthMismatch> {
    columns::<Spot, Wide>(quotes, vol, status)
}

/// Implied volatilities of n options on forwards; `status` receives an [`IvStatus`] per option.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn implied_vol_forward_columns(
    quotes: &QuoteColumns<'_>,
    vol: &mut [f64],
    status: &mut [u8],
) -> Result<(), LengthMismatch> {
    columns::<Forward, Wide>(quotes, vol, status)
}

/// Implied volatilities of n coin-settled options; `status` receives an [`IvStatus`] per option.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn implied_vol_inverse_columns(
    quotes: &QuoteColumns<'_>,
    vol: &mut [f64],
    status: &mut [u8],
) -> Result<(), LengthMismatch> {
    columns::<Inverse, Wide>(quotes, vol, status)
}

/// The column functions on a lane of the caller's choice.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn columns<M: Model, L: Lane>(
    quotes: &QuoteColumns<'_>,
    vol: &mut [f64],
    status: &mut [u8],
) -> Result<(), LengthMismatch> {
    let expected = quotes.strike.len();
    let carry = if M::FORWARD { quotes.rate } else { quotes.carry };
    let lengths = [
        ("is_call", quotes.is_call.len()),
        ("price", quotes.price.len()),
        ("spot", quotes.spot.len()),
        ("years", quotes.years.len()),
        ("rate", quotes.rate.len()),
        ("carry", carry.len()),
        ("start", quotes.start.map_or(expected, <[f64]>::len)),
        ("vol", vol.len()),
        ("status", status.len()),
    ];
    for (column, actual) in lengths {
        if actual != expected {
            return Err(LengthMismatch {
                column,
                expected,
                actual,
            });
        }
    }
    let tables = Tables::opaque();
    let width = TURN * L::WIDTH;
    let numbers = [
        quotes.price,
        quotes.spot,
        quotes.strike,
        quotes.years,
        quotes.rate,
        carry,
    ];
    for at in (0..expected).step_by(width) {
        let count = width.min(expected - at);
        // A turn that is not full is filled up with ones.
        let mut block = [[1.0; TURN_LANES_MAX]; 7];
        let [sign, numbers_block @ ..] = &mut block;
        for (sign, &is_call) in sign.iter_mut().zip(&quotes.is_call[at..at + count]) {
            *sign = if is_call == 0 { -1.0 } else { 1.0 };
        }
        for (target, source) in numbers_block.iter_mut().zip(numbers) {
            target[..count].copy_from_slice(&source[at..at + count]);
        }
        if M::INVERSE {
            let [_, price, spot, ..] = &mut block;
            for (price, spot) in price.iter_mut().zip(spot) {
                *price *= *spot;
            }
        }
        let load = |column: usize, i: usize| L::load(&block[column], i * L::WIDTH);
        let lanes: [Inputs<L>; TURN] = core::array::from_fn(|i| Inputs {
            sign: load(0, i),
            price: load(1, i),
            spot: load(2, i),
            strike: load(3, i),
            years: load(4, i),
            rate: load(5, i),
            carry: load(6, i),
        });
        let start = quotes.start.map(|start| {
            let mut padded = [1.0; TURN_LANES_MAX];
            padded[..count].copy_from_slice(&start[at..at + count]);
            core::array::from_fn(|i| L::load(&padded, i * L::WIDTH))
        });
        let (found, redo) = turn::<L, TURN>(tables, &lanes, start);
        let mut solved = [0.0; TURN_LANES_MAX];
        for (i, lane) in found.iter().enumerate() {
            lane.store(&mut solved, i * L::WIDTH);
        }
        vol[at..at + count].copy_from_slice(&solved[..count]);
        status[at..at + count].fill(IvStatus::Ok as u8);
        for option in 0..count {
            if redo[option / L::WIDTH].lane(option % L::WIDTH) {
                let [sign, price, spot, strike, years, rate, carry] = block.map(|column| column[option]);
                let inputs = Inputs {
                    sign,
                    price,
                    spot,
                    strike,
                    years,
                    rate,
                    carry,
                };
                let (value, verdict) = if start.is_some() { single(inputs) } else { rare(&inputs) };
                vol[at + option] = value;
                status[at + option] = verdict as u8;
            }
        }
    }
    Ok(())
}

const TURN_LANES_MAX: usize = 2 * TURN;

#[inline(always)]
fn single(inputs: Inputs<f64>) -> (f64, IvStatus) {
    let ([vol], [redo]) = turn::<f64, 1>(TABLES, &[inputs], None);
    if redo {
        rare(&inputs)
    } else {
        (vol, IvStatus::Ok)
    }
}

/// Volatility per √year at which [`crate::black::spot()`] gives `price`, and its status; NaN unless the status is `Ok`.
///
/// ```
/// use plimsoll_math::{black::{spot, OptionType}, implied_vol::{implied_vol_spot, IvStatus}};
/// let (put, _) = spot(OptionType::Put, 100.0, 90.0, 0.5, 0.03, 0.01, 0.4);
/// let (vol, status) = implied_vol_spot(OptionType::Put, put.price, 100.0, 90.0, 0.5, 0.03, 0.01);
/// assert_eq!(status, IvStatus::Ok);
/// assert!((vol - 0.4).abs() < 1e-15);
/// ```
#[must_use]
pub fn implied_vol_spot(
    option: OptionType,
    price: f64,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
) -> (f64, IvStatus) {
    single(Inputs {
        sign: option.sign(),
        price,
        spot,
        strike,
        years,
        rate,
        carry,
    })
}

/// Volatility per √year at which [`crate::black::forward()`] gives `price`, and its status; NaN unless the status is `Ok`.
#[must_use]
pub fn implied_vol_forward(
    option: OptionType,
    price: f64,
    forward: f64,
    strike: f64,
    years: f64,
    rate: f64,
) -> (f64, IvStatus) {
    single(Inputs {
        sign: option.sign(),
        price,
        spot: forward,
        strike,
        years,
        rate,
        carry: rate,
    })
}

/// Volatility per √year at which [`crate::black::inverse()`] gives `price` in coin, and its status; NaN unless the status
/// is `Ok`.
#[must_use]
pub fn implied_vol_inverse(
    option: OptionType,
    price: f64,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
) -> (f64, IvStatus) {
    single(Inputs {
        sign: option.sign(),
        price: price * spot,
        spot,
        strike,
        years,
        rate,
        carry,
    })
}
