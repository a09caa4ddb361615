//! Columns of options in, columns of figures out, and single options: the same bits at any length and position.

use super::kernel::{integrate, Discounted, Kind, Side, Strikes, Weight, GROWTH_MIN, VECTORS};
use super::rare::{self, OneOption};
use super::{Forward, Greeks, Inverse, Model, OptionType, Output, PriceStatus, Spot, OUTPUTS};
use crate::elementary::{
    exp_reduced, exp_reduction, expm1_small, ln_ratio, ln_ratio_parts, ln_series, ln_sum, power_of_two, scaled_expm1,
    Tables, TABLES, TAIL_END,
};
use crate::lane::{Lane, LaneMask, Wide};
use core::fmt;
use core::slice::from_ref;

/// Inputs of n options, one column per variable, each n long.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// 0 for a put, anything else for a call.
    pub is_call: &'a [u8],
    /// Price of the underlying, quote per unit ≥ 0; for forwards the forward price.
    pub spot: &'a [f64],
    /// Strike, quote per unit ≥ 0.
    pub strike: &'a [f64],
    /// Time to expiry, years ≥ 0.
    pub years: &'a [f64],
    /// Continuously compounded rate of the quote currency, per year.
    pub rate: &'a [f64],
    /// Continuous carry yield q of the underlying, per year; not read for forwards, where it may be empty.
    pub carry: &'a [f64],
    /// Volatility, per √year, ≥ 0.
    pub vol: &'a [f64],
}

impl<'a> Columns<'a> {
    /// The inputs of `width` options at a time, as far as there are whole turns.
    #[inline(always)]
    fn turns(&self, width: usize) -> impl Iterator<Item = Columns<'a>> {
        self.is_call
            .chunks_exact(width)
            .zip(self.spot.chunks_exact(width).zip(self.strike.chunks_exact(width)))
            .zip(self.years.chunks_exact(width).zip(self.rate.chunks_exact(width)))
            .zip(self.carry.chunks_exact(width).zip(self.vol.chunks_exact(width)))
            .map(|(((is_call, (spot, strike)), (years, rate)), (carry, vol))| Columns {
                is_call,
                spot,
                strike,
                years,
                rate,
                carry,
                vol,
            })
    }
}

/// Where the figures of n options go: a column of length n per wanted [`Output`], and a status column.
///
/// ```
/// use plimsoll_math::black::{spot_columns, Columns, GreeksColumns, Output};
/// let inputs = Columns {
///     is_call: &[1, 0], spot: &[100.0, 100.0], strike: &[100.0, 100.0], years: &[1.0, 1.0],
///     rate: &[0.0, 0.0], carry: &[0.0, 0.0], vol: &[0.2, 0.2],
/// };
/// let (mut price, mut delta, mut status) = ([0.0; 2], [0.0; 2], [0; 2]);
/// let mut out = GreeksColumns::new(&mut status).with(Output::Price, &mut price).with(Output::Delta, &mut delta);
/// spot_columns(&inputs, &mut out)?;
/// assert!((price[0] - price[1]).abs() < 1e-13); // at the money without carry, call = put
/// assert!((delta[0] - delta[1] - 1.0).abs() < 1e-15);
/// # Ok::<(), plimsoll_math::black::LengthMismatch>(())
/// ```
#[derive(Debug)]
pub struct GreeksColumns<'a> {
    figures: [Option<&'a mut [f64]>; OUTPUTS],
    status: &'a mut [u8],
}

impl<'a> GreeksColumns<'a> {
    /// No figure wanted yet; `status` receives a [`PriceStatus`] per option.
    #[must_use]
    pub fn new(status: &'a mut [u8]) -> Self {
        Self {
            figures: [const { None }; OUTPUTS],
            status,
        }
    }

    /// Wants a figure; a figure that is not wanted costs nothing.
    #[must_use]
    pub fn with(mut self, output: Output, column: &'a mut [f64]) -> Self {
        self.figures[output as usize] = Some(column);
        self
    }
}

/// A column whose length differs from that of the strike column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LengthMismatch {
    /// Which column.
    pub column: &'static str,
    /// Length of the strike column.
    pub expected: usize,
    /// Length of that column.
    pub actual: usize,
}

impl fmt::Display for LengthMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "column {} must have the length of strike, {}, was {}",
            self.column, self.expected, self.actual
        )
    }
}

impl core::error::Error for LengthMismatch {}

/// Figures of n options on spot with carry, in quote units.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn spot_columns(inputs: &Columns<'_>, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
    columns::<Spot, Wide>(inputs, out)
}

/// Figures of n options on a forward (Black 1976), in quote units.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn forward_columns(inputs: &Columns<'_>, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
    columns::<Forward, Wide>(
        &Columns {
            carry: inputs.rate,
            ..*inputs
        },
        out,
    )
}

/// Figures of n coin-settled options on spot with carry, in coin.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn inverse_columns(inputs: &Columns<'_>, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
    columns::<Inverse, Wide>(inputs, out)
}

/// The column functions on a lane of the caller's choice: `columns::<Spot, f64>` is the specification of [`spot_columns`].
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn columns<M: Model, L: Lane>(inputs: &Columns<'_>, out: &mut GreeksColumns<'_>) -> Result<(), LengthMismatch> {
    check_lengths(inputs, out, inputs.strike.len())?;
    columns_of::<L>(Kind::of::<M>(), inputs, out);
    Ok(())
}

/// The same for any model, so that there is one copy of the kernel for all.
fn columns_of<L: Lane>(kind: Kind, inputs: &Columns<'_>, out: &mut GreeksColumns<'_>) {
    let count = inputs.strike.len();
    let width = VECTORS * L::WIDTH;
    let whole = count - count % width;
    out.status.fill(PriceStatus::Ok as u8);
    whole_turns::<L>(kind, inputs, out, 0, whole);
    if whole < count {
        // The last, incomplete turn comes from a copy that is filled up.
        let padded = Padded::new(inputs, whole, count);
        whole_turns::<L>(kind, &padded.columns(), out, whole, count);
    }
}

/// Prices the whole turns of the inputs, and writes them to `from..to` as far as they go.
#[inline(never)]
fn whole_turns<L: Lane>(kind: Kind, inputs: &Columns<'_>, out: &mut GreeksColumns<'_>, from: usize, to: usize) {
    let tables = Tables::opaque();
    let width = VECTORS * L::WIDTH;
    let mut strikes = [[Strikes::<L>::empty(); VECTORS]; BLOCK];
    let mut sides = [[Side::of_sign(L::splat(1.0)); VECTORS]; BLOCK];
    let mut turns = inputs.turns(width);
    for at in (from..to).step_by(BLOCK * width) {
        let mut filled = 0;
        let mut is_usual = true;
        for ((strikes, sides), turn) in strikes.iter_mut().zip(sides.iter_mut()).zip(turns.by_ref()) {
            is_usual &= place(tables, &turn, strikes, sides);
            filled += 1;
        }
        let (strikes, sides) = (&mut strikes[..filled], &mut sides[..filled]);
        for (strikes, sides) in strikes.iter_mut().zip(sides.iter_mut()) {
            integrate(tables, strikes, sides, Weight::FromCoordinates);
        }
        let (strikes, sides) = (strikes.as_flattened(), sides.as_flattened());
        let count = (to - at).min(filled * width);
        write(kind, strikes, sides, out, at, count);
        if !is_usual {
            redo_lanes(kind, strikes, sides, out, at, count);
        }
    }
}

/// Turns that go through the kernel together: independent work for each of its stages, in the first-level cache.
const BLOCK: usize = 4;

fn check_lengths(inputs: &Columns<'_>, out: &GreeksColumns<'_>, expected: usize) -> Result<(), LengthMismatch> {
    let lengths = [
        ("is_call", inputs.is_call.len()),
        ("spot", inputs.spot.len()),
        ("years", inputs.years.len()),
        ("rate", inputs.rate.len()),
        ("carry", inputs.carry.len()),
        ("vol", inputs.vol.len()),
        ("status", out.status.len()),
    ];
    let wanted = out.figures.iter().flatten().map(|column| ("output", column.len()));
    for (column, actual) in lengths.into_iter().chain(wanted) {
        if actual != expected {
            return Err(LengthMismatch {
                column,
                expected,
                actual,
            });
        }
    }
    Ok(())
}

const WIDTH_MAX: usize = 2;
const TURN_LANES_MAX: usize = WIDTH_MAX * VECTORS;

/// The last, incomplete turn, filled up with an option that has no special regime.
struct Padded {
    is_call: [u8; TURN_LANES_MAX],
    numbers: [[f64; TURN_LANES_MAX]; 6],
}

impl Padded {
    fn new(inputs: &Columns<'_>, from: usize, to: usize) -> Self {
        let mut padded = Self {
            is_call: [1; TURN_LANES_MAX],
            numbers: [[1.0; TURN_LANES_MAX]; 6],
        };
        padded.is_call[..to - from].copy_from_slice(&inputs.is_call[from..to]);
        let columns = [
            inputs.spot,
            inputs.strike,
            inputs.years,
            inputs.rate,
            inputs.carry,
            inputs.vol,
        ];
        for (target, source) in padded.numbers.iter_mut().zip(columns) {
            target[..to - from].copy_from_slice(&source[from..to]);
        }
        padded
    }

    fn columns(&self) -> Columns<'_> {
        let [spot, strike, years, rate, carry, vol] = &self.numbers;
        Columns {
            is_call: &self.is_call,
            spot,
            strike,
            years,
            rate,
            carry,
            vol,
        }
    }
}

/// Writes the wanted figures of the first `count` options to `at..`.
#[inline(never)]
fn write<L: Lane>(
    kind: Kind,
    strikes: &[Strikes<L>],
    sides: &[Side<L>],
    out: &mut GreeksColumns<'_>,
    at: usize,
    count: usize,
) {
    let is_whole = count == strikes.len() * L::WIDTH;
    let mut some = [0.0; BLOCK * TURN_LANES_MAX];
    macro_rules! write_each {
        ($figure:ident: $($output:ident)*) => {$(
            if let Some(column) = &mut out.figures[Output::$output as usize] {
                let column = &mut column[at..at + count];
                let turn = if is_whole { &mut *column } else { &mut some[..strikes.len() * L::WIDTH] };
                for ((strikes, side), vector) in strikes.iter().zip(sides).zip(turn.chunks_exact_mut(L::WIDTH)) {
                    strikes.$figure(kind, side, Output::$output).store(vector, 0);
                }
                if !is_whole {
                    column.copy_from_slice(&some[..count]);
                }
            }
        )*};
    }
    if kind.is_inverse {
        write_each!(coin_figure: Price Delta Gamma Vega Theta Rho Psi Vanna Volga Charm Speed Zomma Color Veta Ultima
            DualDelta DualGamma Elasticity ProbabilityInTheMoney PremiumAdjustedDelta);
    } else {
        write_each!(quote_figure: Price Delta Gamma Vega Theta Rho Psi Vanna Volga Charm Speed Zomma Color Veta Ultima
            DualDelta DualGamma Elasticity ProbabilityInTheMoney PremiumAdjustedDelta);
    }
}

/// The least and the greatest of some numbers, lane by lane; a NaN may be left out.
#[derive(Clone, Copy)]
struct Range<L> {
    least: L,
    greatest: L,
}

impl<L: Lane> Range<L> {
    fn of(value: f64) -> Self {
        Self {
            least: L::splat(value),
            greatest: L::splat(value),
        }
    }
    #[inline(always)]
    fn take(&mut self, value: L) {
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }
    #[inline(always)]
    fn is_within(&self, low: f64, high: f64) -> L::Mask {
        self.least.ge(L::splat(low)).and(self.greatest.le(L::splat(high)))
    }
}

/// Places a turn of options at their coordinates. True where no lane needs to be done again.
#[inline(always)]
fn place<L: Lane>(
    tables: Tables<'_>,
    columns: &Columns<'_>,
    strikes: &mut [Strikes<L>; VECTORS],
    sides: &mut [Side<L>; VECTORS],
) -> bool {
    let zero = L::splat(0.0);
    let mut signs = [1.0; TURN_LANES_MAX];
    for (sign, &is_call) in signs.iter_mut().zip(columns.is_call) {
        *sign = if is_call == 0 { -1.0 } else { 1.0 };
    }
    let mut growths = Range::<L>::of(0.0);
    for i in 0..VECTORS {
        let at = i * L::WIDTH;
        let strikes = &mut strikes[i];
        strikes.spot = L::load(columns.spot, at);
        strikes.strike = L::load(columns.strike, at);
        strikes.years = L::load(columns.years, at);
        strikes.rate = L::load(columns.rate, at);
        strikes.carry = L::load(columns.carry, at);
        strikes.vol = L::load(columns.vol, at);
        strikes.sqrt_years = strikes.years.sqrt();
        sides[i].sign = L::load(&signs, i * L::WIDTH);
        growths.take(-(strikes.rate * strikes.years));
        growths.take(-(strikes.carry * strikes.years));
    }
    let growth = strikes.each_ref().map(|at| exp_reduction(-(at.rate * at.years), zero));
    let growth_p = expm1_small(tables, growth.map(|(_, r)| r));
    let carried = strikes.each_ref().map(|at| exp_reduction(-(at.carry * at.years), zero));
    let carried_p = expm1_small(tables, carried.map(|(_, r)| r));
    let ln_parts = strikes.each_ref().map(|at| ln_ratio_parts(at.spot, at.strike));
    let ln_u2 = ln_parts.map(|(_, u)| u * u);
    let ln_series = ln_series(tables, ln_u2);
    let mut nearest = L::splat(0.0).le(zero);
    let (mut spots, mut years, mut deviations) = (Range::<L>::of(1.0), Range::<L>::of(1.0), Range::<L>::of(1.0));
    for i in 0..VECTORS {
        let strikes = &mut strikes[i];
        strikes.discounted_strike = Discounted::from_excess(strikes.strike, scaled_expm1(growth[i].0, growth_p[i]));
        strikes.discounted_spot = Discounted::from_excess(strikes.spot, scaled_expm1(carried[i].0, carried_p[i]));
        let ln = ln_sum(ln_parts[i].0, ln_parts[i].1, ln_u2[i], ln_series[i]);
        let drift = (strikes.rate - strikes.carry) * strikes.years;
        let deviation = strikes.vol * strikes.sqrt_years;
        strikes.place(ln + drift, deviation);
        let reciprocal = L::splat(1.0) / (strikes.spot * deviation);
        strikes.inv_deviation = reciprocal * strikes.spot;
        strikes.inv_spot = reciprocal * deviation;
        strikes.inv_sqrt_years = strikes.vol * strikes.inv_deviation;

        spots.take(strikes.spot);
        years.take(strikes.years);
        deviations.take(deviation);
        let amplified = (ln.abs() + drift.abs()) * strikes.inv_deviation;
        nearest = nearest.and(amplified.le(L::splat(AMPLIFICATION_NEAR)));
    }
    if growths.least.lt(L::splat(GROWTH_MIN)).any() {
        discount_directly(tables, strikes);
    }
    // Any NaN shows in the amplification.
    let is_usual = nearest
        .and(spots.is_within(PRICE_MIN, PRICE_MAX))
        .and(years.is_within(YEARS_MIN, YEARS_MAX))
        .and(deviations.is_within(DEVIATION_MIN, DEVIATION_NEAR))
        .and(growths.is_within(-GROWTH_MAX, GROWTH_MAX));
    !is_usual.not().any()
}

/// Puts the discounted values themselves where e^{−rT} − 1 or e^{−qT} − 1 is too near −1.
#[cold]
#[inline(never)]
fn discount_directly<L: Lane>(tables: Tables<'_>, strikes: &mut [Strikes<L>; VECTORS]) {
    for at in strikes {
        for (discounted, rate) in [
            (&mut at.discounted_spot, at.carry),
            (&mut at.discounted_strike, at.rate),
        ] {
            let growth = -(rate * at.years);
            let ([k], [p]) = exp_reduced(tables, [growth], [L::splat(0.0)]);
            let scaled = discounted.base * power_of_two(k);
            let direct = Discounted::from_value(scaled + scaled * p);
            let mostly = growth.lt(L::splat(GROWTH_MIN));
            *discounted = Discounted {
                value: L::select(mostly, direct.value, discounted.value),
                base: L::select(mostly, direct.base, discounted.base),
                excess: L::select(mostly, direct.excess, discounted.excess),
            };
        }
    }
}

/// The lanes that [`rare`] must do again: beyond the range of moderate inputs, or far out of the money.
fn must_redo<L: Lane>(at: &Strikes<L>, side: &Side<L>) -> L::Mask {
    let within = |low: f64, x: L, high: f64| x.ge(L::splat(low)).and(x.le(L::splat(high)));
    let [ln] = ln_ratio(TABLES, [at.spot], [at.strike]);
    let drift = (at.rate - at.carry) * at.years;
    let moderate = within(PRICE_MIN, at.spot, PRICE_MAX)
        .and(within(-LN_MAX, ln, LN_MAX))
        .and(within(-GROWTH_MAX, at.rate * at.years, GROWTH_MAX))
        .and(within(-GROWTH_MAX, at.carry * at.years, GROWTH_MAX))
        .and(within(YEARS_MIN, at.years, YEARS_MAX))
        .and(within(DEVIATION_MIN, at.deviation, DEVIATION_MAX));
    let out_of_the_money = at.below.xor(side.sign.lt(L::splat(0.0)));
    let amplified = (at.a + L::splat(1.0)) * ((ln.abs() + drift.abs()) * at.inv_deviation + at.a);
    let far = out_of_the_money
        .and(at.a.lt(L::splat(TAIL_END)))
        .and(amplified.gt(L::splat(ROUNDING_AMPLIFIED_MAX)));
    moderate.not().or(far)
}

// Inputs within these bounds keep every intermediate figure of the kernel in the range of f64: prices of the underlying,
// |ln(S/K)|, which also catches a strike that is no positive number, |rT| and |qT|, years, and σ√T.
const PRICE_MIN: f64 = 1e-30;
const PRICE_MAX: f64 = 1e30;
const LN_MAX: f64 = 110.0;
const GROWTH_MAX: f64 = 100.0;
const YEARS_MIN: f64 = 1e-12;
const YEARS_MAX: f64 = 1e6;
const DEVIATION_MIN: f64 = 1e-8;
const DEVIATION_MAX: f64 = 1e4;
/// Where (a + 1)(a + (|ln S/K| + |(r − q)T|)/s) exceeds this a rounding of d shows in a price that is all time value.
const ROUNDING_AMPLIFIED_MAX: f64 = 250.0;
/// While (|ln S/K| + |(r − q)T|)/s is at most this the product above is too, since a is at most the quotient; and where s is
/// moreover at most [`DEVIATION_NEAR`], |ln(S/K)| is within its bound.
const AMPLIFICATION_NEAR: f64 = 10.6;
const DEVIATION_NEAR: f64 = 10.0;

#[cold]
#[inline(never)]
fn redo_lanes<L: Lane>(
    kind: Kind,
    strikes: &[Strikes<L>],
    sides: &[Side<L>],
    out: &mut GreeksColumns<'_>,
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
        let (figures, status) = rare::all(kind, &inputs);
        out.status[write + option] = status as u8;
        for (column, figure) in out.figures.iter_mut().zip(figures) {
            if let Some(column) = column {
                column[write + option] = figure;
            }
        }
    }
}

/// Every figure of one option; index with `Output::… as usize`.
///
/// For [`Forward`] `carry` is not read.
#[must_use]
pub fn all_figures<M: Model>(
    option: OptionType,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
) -> ([f64; OUTPUTS], PriceStatus) {
    let carry = if M::FORWARD { rate } else { carry };
    let inputs = [spot, strike, years, rate, carry, vol];
    single(Kind::of::<M>(), option, inputs, &Output::ALL)
}

/// Wanted figures of one option: a column of one, so that there is one copy of the kernel.
fn single(kind: Kind, option: OptionType, inputs: [f64; 6], wanted: &[Output]) -> ([f64; OUTPUTS], PriceStatus) {
    let mut figures = [0.0; OUTPUTS];
    let mut status = [0];
    let mut out = GreeksColumns::new(&mut status);
    for (column, output) in figures.chunks_exact_mut(1).zip(Output::ALL) {
        if wanted.contains(&output) {
            out = out.with(output, column);
        }
    }
    let [spot, strike, years, rate, carry, vol] = &inputs;
    let columns = Columns {
        is_call: &[u8::from(option == OptionType::Call)],
        spot: from_ref(spot),
        strike: from_ref(strike),
        years: from_ref(years),
        rate: from_ref(rate),
        carry: from_ref(carry),
        vol: from_ref(vol),
    };
    columns_of::<Wide>(kind, &columns, &mut out);
    (figures, PriceStatus::of(status[0]))
}

fn greeks(kind: Kind, option: OptionType, inputs: [f64; 6]) -> (Greeks, PriceStatus) {
    let (figures, status) = single(kind, option, inputs, &Output::ALL[..6]);
    let [price, delta, gamma, vega, theta, rho, ..] = figures;
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

/// Price and first Greeks of an option on spot with carry yield `carry`, in quote units per unit of underlying.
///
/// `years` to expiry, `rate` and `carry` continuously compounded per year, `vol` per √year; regimes and accuracy as in the
/// [module](crate::black).
///
/// ```
/// use plimsoll_math::black::{spot, OptionType, PriceStatus};
/// let (call, status) = spot(OptionType::Call, 100.0, 100.0, 1.0, 0.0, 0.0, 0.2);
/// assert_eq!(status, PriceStatus::Ok);
/// assert!((call.price - 7.965567455405804).abs() < 1e-13); // 100·(2Φ(0.1) − 1)
/// ```
#[must_use]
pub fn spot(
    option: OptionType,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
) -> (Greeks, PriceStatus) {
    greeks(Kind::of::<Spot>(), option, [spot, strike, years, rate, carry, vol])
}

/// Price and first Greeks of an option on a forward (Black 1976), in quote units per unit of underlying, present value.
///
/// delta and gamma are by the forward; rho holds the forward, so it is −T × price.
#[must_use]
pub fn forward(
    option: OptionType,
    forward: f64,
    strike: f64,
    years: f64,
    rate: f64,
    vol: f64,
) -> (Greeks, PriceStatus) {
    greeks(Kind::of::<Forward>(), option, [forward, strike, years, rate, rate, vol])
}

/// Price and first Greeks of a coin-settled option, in coin per unit of underlying: the value of [`spot()`] ÷ S, and its
/// derivatives.
#[must_use]
pub fn inverse(
    option: OptionType,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
) -> (Greeks, PriceStatus) {
    greeks(Kind::of::<Inverse>(), option, [spot, strike, years, rate, carry, vol])
}
