//! Columns of options in, columns of figures out, and single options: the same bits at any length and position.

use super::{
    rare, turn, Forward, Greeks, Inputs, Inverse, Lane, LaneMask, Model, OptionType, Output, PriceStatus, Spot, Tables,
    Wide, OUTPUTS, TABLES, TURN,
};
use core::fmt;

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
    let count = inputs.strike.len();
    check_lengths(inputs, out, count)?;
    let tables = Tables::opaque();
    let width = TURN * L::WIDTH;
    let whole = count - count % width;
    for at in (0..whole).step_by(width) {
        one_turn::<M, L>(tables, inputs, at, out, at, width);
    }
    if whole < count {
        let padded = Padded::new(inputs, whole, count);
        one_turn::<M, L>(tables, &padded.columns(), 0, out, whole, count - whole);
    }
    Ok(())
}

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

const TURN_LANES_MAX: usize = 2 * TURN;

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

/// Prices the options at `read..`, and writes the first `count` of them to `write..`.
#[inline(always)]
fn one_turn<M: Model, L: Lane>(
    tables: Tables<'_>,
    inputs: &Columns<'_>,
    read: usize,
    out: &mut GreeksColumns<'_>,
    write: usize,
    count: usize,
) {
    let mut signs = [1.0; TURN_LANES_MAX];
    for (sign, &is_call) in signs.iter_mut().zip(&inputs.is_call[read..read + TURN * L::WIDTH]) {
        *sign = if is_call == 0 { -1.0 } else { 1.0 };
    }
    let lanes: [Inputs<L>; TURN] = core::array::from_fn(|i| {
        let at = read + i * L::WIDTH;
        Inputs {
            sign: L::load(&signs, i * L::WIDTH),
            spot: L::load(inputs.spot, at),
            strike: L::load(inputs.strike, at),
            years: L::load(inputs.years, at),
            rate: L::load(inputs.rate, at),
            carry: L::load(inputs.carry, at),
            vol: L::load(inputs.vol, at),
        }
    });
    let (terms, redo) = turn::<M, L, TURN>(tables, &lanes);
    let complete = count == TURN * L::WIDTH;
    out.status[write..write + count].fill(PriceStatus::Ok as u8);
    macro_rules! write_out {
        ($($output:ident)*) => {$(
            if let Some(column) = &mut out.figures[Output::$output as usize] {
                if complete {
                    let turn = &mut column[write..write + TURN * L::WIDTH];
                    for i in 0..TURN {
                        terms[i].output::<M>(Output::$output).store(turn, i * L::WIDTH);
                    }
                } else {
                    let mut figures = [0.0; TURN_LANES_MAX];
                    for i in 0..TURN {
                        terms[i].output::<M>(Output::$output).store(&mut figures, i * L::WIDTH);
                    }
                    column[write..write + count].copy_from_slice(&figures[..count]);
                }
            }
        )*};
    }
    write_out!(Price Delta Gamma Vega Theta Rho Psi Vanna Volga Charm Speed Zomma Color Veta Ultima DualDelta DualGamma
        Elasticity ProbabilityInTheMoney PremiumAdjustedDelta);
    let mut any = redo[0];
    for mask in &redo[1..] {
        any = any.or(*mask);
    }
    if any.any() {
        redo_lanes::<M, L>(inputs, &redo, read, out, write, count);
    }
}

#[cold]
#[inline(never)]
fn redo_lanes<M: Model, L: Lane>(
    inputs: &Columns<'_>,
    redo: &[L::Mask; TURN],
    read: usize,
    out: &mut GreeksColumns<'_>,
    write: usize,
    count: usize,
) {
    for option in 0..count {
        if !redo[option / L::WIDTH].lane(option % L::WIDTH) {
            continue;
        }
        let at = read + option;
        let (figures, status) = rare::all::<M>(&Inputs {
            sign: if inputs.is_call[at] == 0 { -1.0 } else { 1.0 },
            spot: inputs.spot[at],
            strike: inputs.strike[at],
            years: inputs.years[at],
            rate: inputs.rate[at],
            carry: inputs.carry[at],
            vol: inputs.vol[at],
        });
        out.status[write + option] = status as u8;
        for (column, figure) in out.figures.iter_mut().zip(figures) {
            if let Some(column) = column {
                column[write + option] = figure;
            }
        }
    }
}

#[inline(always)]
fn single<M: Model, const COUNT: usize>(inputs: Inputs<f64>, outputs: [Output; COUNT]) -> ([f64; COUNT], PriceStatus) {
    let ([terms], [redo]) = turn::<M, f64, 1>(TABLES, &[inputs]);
    if redo {
        let (figures, status) = rare::all::<M>(&inputs);
        return (outputs.map(|output| figures[output as usize]), status);
    }
    (outputs.map(|output| terms.output::<M>(output)), PriceStatus::Ok)
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
    single::<M, OUTPUTS>(
        Inputs {
            sign: option.sign(),
            spot,
            strike,
            years,
            rate,
            carry,
            vol,
        },
        Output::ALL,
    )
}

fn greeks<M: Model>(inputs: Inputs<f64>) -> (Greeks, PriceStatus) {
    let wanted = [
        Output::Price,
        Output::Delta,
        Output::Gamma,
        Output::Vega,
        Output::Theta,
        Output::Rho,
    ];
    let ([price, delta, gamma, vega, theta, rho], status) = single::<M, 6>(inputs, wanted);
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
    greeks::<Spot>(Inputs {
        sign: option.sign(),
        spot,
        strike,
        years,
        rate,
        carry,
        vol,
    })
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
    greeks::<Forward>(Inputs {
        sign: option.sign(),
        spot: forward,
        strike,
        years,
        rate,
        carry: rate,
        vol,
    })
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
    greeks::<Inverse>(Inputs {
        sign: option.sign(),
        spot,
        strike,
        years,
        rate,
        carry,
        vol,
    })
}
