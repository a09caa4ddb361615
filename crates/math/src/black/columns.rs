//! Columns of options in, columns of figures out, and single options: the same bits at any length and position.

use super::kernel::{Discounted, Kind, Side, Strikes, GROWTH_MIN, TURN_OPTIONS_MAX, VECTORS};
use super::moderate::{
    Extent, AMPLIFICATION_NEAR, DEVIATION_MIN, DEVIATION_NEAR, GROWTH_MAX, PRICE_MAX, PRICE_MIN, YEARS_MAX, YEARS_MIN,
};
use super::output::{check_lengths, with_block, Block, GreeksColumns, LengthMismatch, Workspace};
use super::{Forward, Greeks, Inverse, Model, OptionType, Output, PriceStatus, Spot, OUTPUTS};
use crate::elementary::{
    exp_reduced, expm1_bounded, ln_ratio_parts, ln_series, ln_sum, power_of_two, veiled_tables, Tables,
};
use crate::lane::{Lane, LaneMask, Wide};
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
    pub(crate) fn check_lengths(&self) -> Result<(), LengthMismatch> {
        let lengths = [
            ("is_call", self.is_call.len()),
            ("spot", self.spot.len()),
            ("years", self.years.len()),
            ("rate", self.rate.len()),
            ("carry", self.carry.len()),
            ("vol", self.vol.len()),
        ];
        check_lengths(lengths, self.strike.len())
    }
}

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
    inputs.check_lengths()?;
    out.check_lengths(inputs.strike.len())?;
    with_block::<L>(inputs.strike.len(), &mut |block| {
        columns_of(Kind::of::<M>(), block, inputs, out);
    });
    Ok(())
}

/// The column functions in a workspace that is kept, for few options at a time. For [`Forward`] `carry` is not read.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn columns_in<M: Model>(
    workspace: &mut Workspace,
    inputs: &Columns<'_>,
    out: &mut GreeksColumns<'_>,
) -> Result<(), LengthMismatch> {
    let carry = if M::FORWARD { inputs.rate } else { inputs.carry };
    let inputs = Columns { carry, ..*inputs };
    inputs.check_lengths()?;
    out.check_lengths(inputs.strike.len())?;
    columns_of(Kind::of::<M>(), &mut workspace.block(), &inputs, out);
    Ok(())
}

/// The same for any model, so that there is one copy of the kernel for all.
fn columns_of<L: Lane>(kind: Kind, block: &mut Block<'_, L>, inputs: &Columns<'_>, out: &mut GreeksColumns<'_>) {
    let count = inputs.strike.len();
    let width = VECTORS * L::WIDTH;
    let whole = count - count % width;
    whole_turns(kind, block, inputs, out, 0, whole);
    if whole < count {
        // The last, incomplete turn comes from a copy that is filled up.
        let padded = Padded::new(inputs, whole, count);
        whole_turns(kind, block, &padded.columns(), out, whole, count);
    }
}

/// Prices the inputs, which are whole turns, and writes them to `from..to` as far as that goes.
#[inline(never)]
fn whole_turns<L: Lane>(
    kind: Kind,
    block: &mut Block<'_, L>,
    inputs: &Columns<'_>,
    out: &mut GreeksColumns<'_>,
    from: usize,
    to: usize,
) {
    let tables = veiled_tables();
    let width = VECTORS * L::WIDTH;
    let mut at = from;
    while at < to {
        let mut turns = 0;
        let mut is_usual = true;
        let firsts = (at - from..to - from).step_by(width);
        for ((strikes, sides), first) in block.strikes.iter_mut().zip(block.sides.iter_mut()).zip(firsts) {
            is_usual &= place(tables, inputs, first, strikes, sides);
            turns += 1;
        }
        block.integrate(tables, turns);
        let count = (to - at).min(turns * width);
        block.write(kind, turns, is_usual, out, at, count);
        at += count;
    }
}

/// The last, incomplete turn, filled up with an option that has no special regime.
struct Padded {
    is_call: [u8; TURN_OPTIONS_MAX],
    numbers: [[f64; TURN_OPTIONS_MAX]; 6],
}

impl Padded {
    fn new(inputs: &Columns<'_>, from: usize, to: usize) -> Self {
        let mut padded = Self {
            is_call: [1; TURN_OPTIONS_MAX],
            numbers: [1.0, 1.0, 1.0, 0.0, 0.0, 1.0].map(|number| [number; TURN_OPTIONS_MAX]),
        };
        let columns = [
            inputs.spot,
            inputs.strike,
            inputs.years,
            inputs.rate,
            inputs.carry,
            inputs.vol,
        ];
        for (lane, option) in (from..to).enumerate() {
            padded.is_call[lane] = inputs.is_call[option];
            for (target, source) in padded.numbers.iter_mut().zip(columns) {
                target[lane] = source[option];
            }
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

/// Places the turn of options that begins at `first` at their coordinates. True where no lane needs to be done again.
#[inline(never)]
fn place<L: Lane>(
    tables: Tables<'_>,
    columns: &Columns<'_>,
    first: usize,
    strikes: &mut [Strikes<L>; VECTORS],
    sides: &mut [Side<L>; VECTORS],
) -> bool {
    let zero = L::splat(0.0);
    let turn = first..first + VECTORS * L::WIDTH;
    let [spot, strike, years, rate, carry, vol] = [
        columns.spot,
        columns.strike,
        columns.years,
        columns.rate,
        columns.carry,
        columns.vol,
    ]
    .map(|column| &column[turn.clone()]);
    let mut signs = [1.0; TURN_OPTIONS_MAX];
    for (sign, &is_call) in signs.iter_mut().zip(&columns.is_call[turn]) {
        *sign = if is_call == 0 { -1.0 } else { 1.0 };
    }
    for i in 0..VECTORS {
        let at = i * L::WIDTH;
        let strikes = &mut strikes[i];
        strikes.spot = L::load(spot, at);
        strikes.strike = L::load(strike, at);
        strikes.years = L::load(years, at);
        strikes.rate = L::load(rate, at);
        strikes.carry = L::load(carry, at);
        strikes.vol = L::load(vol, at);
        strikes.sqrt_years = strikes.years.sqrt();
        sides[i].sign = L::load(&signs, i * L::WIDTH);
    }
    // −rT of every vector, then −qT.
    let growth: [L; 2 * VECTORS] = core::array::from_fn(|i| {
        let at = &strikes[i % VECTORS];
        -((if i < VECTORS { at.rate } else { at.carry }) * at.years)
    });
    let growth_greatest = growth.iter().fold(zero, |greatest, growth| greatest.max(growth.abs()));
    let excess = expm1_bounded(tables, growth);
    let ln_parts = strikes.each_ref().map(|at| ln_ratio_parts(at.spot, at.strike));
    let ln_u2 = ln_parts.map(|(_, u)| u * u);
    let ln_series = ln_series(tables, ln_u2);
    let mut nearest = L::splat(0.0).le(zero);
    let (mut spots, mut years, mut deviations) = (Extent::<L>::of(1.0), Extent::<L>::of(1.0), Extent::<L>::of(1.0));
    for i in 0..VECTORS {
        let strikes = &mut strikes[i];
        strikes.discounted_strike = Discounted::from_excess(strikes.strike, excess[i]);
        strikes.discounted_spot = Discounted::from_excess(strikes.spot, excess[VECTORS + i]);
        let ln = ln_sum(ln_parts[i].0, ln_parts[i].1, ln_u2[i], ln_series[i]);
        let drift = (strikes.rate - strikes.carry) * strikes.years;
        let deviation = strikes.vol * strikes.sqrt_years;
        let reciprocal = L::splat(1.0) / (strikes.spot * deviation);
        strikes.place(ln + drift, deviation, reciprocal * strikes.spot);
        strikes.inv_spot = reciprocal * deviation;
        strikes.inv_sqrt_years = strikes.vol * strikes.inv_deviation;

        spots.take(strikes.spot);
        years.take(strikes.years);
        deviations.take(deviation);
        strikes.spread = ln.abs() + growth[i].abs() + growth[VECTORS + i].abs();
        let amplification = strikes.spread * strikes.inv_deviation;
        nearest = nearest.and(amplification.le(L::splat(AMPLIFICATION_NEAR)));
    }
    if growth_greatest.gt(L::splat(-GROWTH_MIN)).any() {
        discount_directly(tables, strikes);
    }
    // Any NaN shows in the amplification.
    let is_usual = nearest
        .and(spots.is_within(PRICE_MIN, PRICE_MAX))
        .and(years.is_within(YEARS_MIN, YEARS_MAX))
        .and(deviations.is_within(DEVIATION_MIN, DEVIATION_NEAR))
        .and(growth_greatest.le(L::splat(GROWTH_MAX)));
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
    with_block::<Wide>(1, &mut |block| columns_of(kind, block, &columns, &mut out));
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
