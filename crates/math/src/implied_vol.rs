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
//! Under Bachelier's model there is no upper bound, and forwards and strikes may be negative.
//!
//! The tests come in the order `NonFiniteInput`, `Expired`, `BelowIntrinsic`, `AboveBound`.
//!
//! "Gives" is decided to 1e-27 of both bounds, not by rounding at double precision. Where the one σ > 0 that solves
//! is below the least `f64` it is `BelowIntrinsic`, and above the greatest `AboveBound`.
//!
//! # Accuracy
//!
//! Error ≤ max(64 × condition, 1) ulp, condition = |∂ln σ/∂ln price|, from a cold and from any start
//! (`tests/implied_vol.rs`, against references and against arbitrary-precision prices).
//!
//! # Method
//!
//! The price becomes the time value per unit of its upper bound, β = time value/B with B = S e^{−qT} where the call is out of
//! the money, K e^{−rT} otherwise; β(s) = e^{−a²/2}(R(a) − R(b)) rises from 0 to 1 with s = σ√T, a = |x|/s − s/2, b = a + s,
//! R(z) = Φ(−z)e^{z²/2}. `search.rs`: a closed-form guess (Stefanica and Radoičić 2017, its differences rewritten so that
//! nothing cancels) or the given start; a step of fourth order (Householder 1970) on ln β, or on ln(1 − β) in the upper region
//! a < −0.7, with a rational R of half the degrees; then Halley's step at the rounded σ with all coordinates in two parts.
//! Both again, until Newton's step is small; once is the rule. `rare.rs`: every status, and what the
//! kernel flags (extreme scales, the edges of existence, drift that cancels ln(S/K), a start from which the steps do not
//! settle) with a bracket, at any scale of the inputs. Both are the same for every lane width. Bachelier's price is the limit
//! of small s of the lognormal one, so it is solved by the same code with everything scaled down.

use crate::black::{Forward, Inverse, LengthMismatch, Model, OptionType, Spot};
use crate::elementary::{veiled_tables, Tables};
use crate::lane::{Lane, LaneMask, Wide, TURN};
use core::slice::from_ref;

mod rare;
mod search;

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

impl IvStatus {
    /// The status with this number in a status column; `NonFiniteInput` where there is none.
    #[must_use]
    pub fn of(number: u8) -> Self {
        match number {
            0 => Self::Ok,
            1 => Self::BelowIntrinsic,
            2 => Self::AboveBound,
            3 => Self::Expired,
            _ => Self::NonFiniteInput,
        }
    }
}

/// What the underlying is at expiry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Distribution {
    LogNormal,
    Normal,
}

/// What is the same for a whole call.
#[derive(Clone, Copy)]
struct Convention {
    distribution: Distribution,
    /// Whether prices are in units of the underlying.
    in_coin: bool,
}

const IN_QUOTE: Convention = Convention {
    distribution: Distribution::LogNormal,
    in_coin: false,
};
const IN_COIN: Convention = Convention {
    distribution: Distribution::LogNormal,
    in_coin: true,
};
const BACHELIER: Convention = Convention {
    distribution: Distribution::Normal,
    in_coin: false,
};

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

/// Implied absolute volatilities, in quote units per √year, of n options on forwards under Bachelier's model; forwards and
/// strikes may be negative.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn implied_vol_bachelier_columns(
    quotes: &QuoteColumns<'_>,
    vol: &mut [f64],
    status: &mut [u8],
) -> Result<(), LengthMismatch> {
    bachelier_columns::<Wide>(quotes, vol, status)
}

/// The column functions on a lane of the caller's choice: `columns::<Spot, f64>` is the specification of
/// [`implied_vol_spot_columns`].
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn columns<M: Model, L: Lane>(
    quotes: &QuoteColumns<'_>,
    vol: &mut [f64],
    status: &mut [u8],
) -> Result<(), LengthMismatch> {
    let carry = if M::FORWARD { quotes.rate } else { quotes.carry };
    let quotes = QuoteColumns { carry, ..*quotes };
    check_lengths(&quotes, vol.len(), status.len())?;
    solve_columns::<L>(&quotes, if M::INVERSE { IN_COIN } else { IN_QUOTE }, vol, status);
    Ok(())
}

/// [`implied_vol_bachelier_columns`] on a lane of the caller's choice.
///
/// # Errors
/// [`LengthMismatch`] when a column's length is not that of `strike`; nothing is written then.
pub fn bachelier_columns<L: Lane>(
    quotes: &QuoteColumns<'_>,
    vol: &mut [f64],
    status: &mut [u8],
) -> Result<(), LengthMismatch> {
    let quotes = QuoteColumns {
        carry: quotes.rate,
        ..*quotes
    };
    check_lengths(&quotes, vol.len(), status.len())?;
    solve_columns::<L>(&quotes, BACHELIER, vol, status);
    Ok(())
}

fn check_lengths(quotes: &QuoteColumns<'_>, vol: usize, status: usize) -> Result<(), LengthMismatch> {
    let expected = quotes.strike.len();
    let lengths = [
        ("is_call", quotes.is_call.len()),
        ("price", quotes.price.len()),
        ("spot", quotes.spot.len()),
        ("years", quotes.years.len()),
        ("rate", quotes.rate.len()),
        ("carry", quotes.carry.len()),
        ("start", quotes.start.map_or(expected, <[f64]>::len)),
        ("vol", vol),
        ("status", status),
    ];
    match lengths.into_iter().find(|(_, actual)| *actual != expected) {
        None => Ok(()),
        Some((column, actual)) => Err(LengthMismatch {
            column,
            expected,
            actual,
        }),
    }
}

const TURN_LANES_MAX: usize = 2 * TURN;

/// The last turn of a column, filled up with ones.
#[inline(never)]
fn padded(rest: &[f64]) -> [f64; TURN_LANES_MAX] {
    let mut turn = [1.0; TURN_LANES_MAX];
    turn[..rest.len()].copy_from_slice(rest);
    turn
}

#[inline(never)]
fn solve_columns<L: Lane>(quotes: &QuoteColumns<'_>, convention: Convention, vol: &mut [f64], status: &mut [u8]) {
    let tables = veiled_tables();
    let width = TURN * L::WIDTH;
    let count = quotes.strike.len();
    let whole = count - count % width;
    status.fill(IvStatus::Ok as u8);
    for at in (0..whole).step_by(width) {
        let (vol, status) = (&mut vol[at..at + width], &mut status[at..at + width]);
        solve_turn::<L>(tables, quotes, at, convention, vol, status, width);
    }
    if whole < count {
        let padded = |column: &[f64]| padded(&column[whole..]);
        let mut is_call = [1; TURN_LANES_MAX];
        is_call[..count - whole].copy_from_slice(&quotes.is_call[whole..]);
        let start = quotes.start.map(padded);
        let last = QuoteColumns {
            is_call: &is_call,
            price: &padded(quotes.price),
            spot: &padded(quotes.spot),
            strike: &padded(quotes.strike),
            years: &padded(quotes.years),
            rate: &padded(quotes.rate),
            carry: &padded(quotes.carry),
            start: start.as_ref().map(|start| &start[..]),
        };
        let mut found = [0.0; TURN_LANES_MAX];
        solve_turn::<L>(
            tables,
            &last,
            0,
            convention,
            &mut found,
            &mut status[whole..],
            count - whole,
        );
        vol[whole..].copy_from_slice(&found[..count - whole]);
    }
}

/// The turn of quotes from `at`; of its statuses the first `count`. One kernel for all models, since it is the largest of the
/// crate.
#[inline(never)]
fn solve_turn<L: Lane>(
    tables: Tables<'_>,
    quotes: &QuoteColumns<'_>,
    at: usize,
    convention: Convention,
    vol: &mut [f64],
    status: &mut [u8],
    count: usize,
) {
    let mut signs = [1.0; TURN_LANES_MAX];
    for (sign, &is_call) in signs.iter_mut().zip(&quotes.is_call[at..at + TURN * L::WIDTH]) {
        *sign = if is_call == 0 { -1.0 } else { 1.0 };
    }
    let load = |column: &[f64], i: usize| L::load(column, at + i * L::WIDTH);
    let lanes: [Inputs<L>; TURN] = core::array::from_fn(|i| {
        let spot = load(quotes.spot, i);
        let unit = if convention.in_coin { spot } else { L::splat(1.0) };
        Inputs {
            sign: L::load(&signs, i * L::WIDTH),
            price: load(quotes.price, i) * unit,
            spot,
            strike: load(quotes.strike, i),
            years: load(quotes.years, i),
            rate: load(quotes.rate, i),
            carry: load(quotes.carry, i),
        }
    });
    let start = quotes.start.map(|start| core::array::from_fn(|i| load(start, i)));
    let (found, redo) = search::turn::<L, TURN>(tables, &lanes, convention.distribution, start);
    for (i, lane) in found.into_iter().enumerate() {
        lane.store(vol, i * L::WIDTH);
    }
    if redo.iter().any(|redo| redo.any()) {
        for (option, status) in status[..count].iter_mut().enumerate() {
            if redo[option / L::WIDTH].lane(option % L::WIDTH) {
                let row = at + option;
                let inputs = Inputs {
                    sign: signs[option],
                    price: quotes.price[row],
                    spot: quotes.spot[row],
                    strike: quotes.strike[row],
                    years: quotes.years[row],
                    rate: quotes.rate[row],
                    carry: quotes.carry[row],
                };
                let (value, verdict) = rare::solve(&inputs, convention);
                vol[option] = value;
                *status = verdict as u8;
            }
        }
    }
}

/// A column of one, so that there is one copy of the kernel.
fn single(inputs: &Inputs<f64>, convention: Convention) -> (f64, IvStatus) {
    let quotes = QuoteColumns {
        is_call: &[u8::from(inputs.sign > 0.0)],
        price: from_ref(&inputs.price),
        spot: from_ref(&inputs.spot),
        strike: from_ref(&inputs.strike),
        years: from_ref(&inputs.years),
        rate: from_ref(&inputs.rate),
        carry: from_ref(&inputs.carry),
        start: None,
    };
    let (mut vol, mut status) = ([0.0], [0]);
    solve_columns::<Wide>(&quotes, convention, &mut vol, &mut status);
    (vol[0], IvStatus::of(status[0]))
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
    let inputs = Inputs {
        sign: option.sign(),
        price,
        spot,
        strike,
        years,
        rate,
        carry,
    };
    single(&inputs, IN_QUOTE)
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
    let inputs = Inputs {
        sign: option.sign(),
        price,
        spot: forward,
        strike,
        years,
        rate,
        carry: rate,
    };
    single(&inputs, IN_QUOTE)
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
    let inputs = Inputs {
        sign: option.sign(),
        price,
        spot,
        strike,
        years,
        rate,
        carry,
    };
    single(&inputs, IN_COIN)
}

/// Absolute volatility, in quote units per √year, at which Bachelier's formula e^{−rT}(φ(F − K)Φ(φd) + σ√T φ(d)),
/// d = (F − K)/(σ√T), gives `price`, and its status; NaN unless the status is `Ok`. Forward and strike may be negative; no
/// price is above a bound.
///
/// ```
/// use plimsoll_math::{black::OptionType, implied_vol::{implied_vol_bachelier, IvStatus}};
/// // at the money σ√T/√(2π) = 12·½·0.39894… = 2.39365…
/// let (vol, status) = implied_vol_bachelier(OptionType::Call, 2.393653682408596, -5.0, -5.0, 0.25, 0.0);
/// assert_eq!(status, IvStatus::Ok);
/// assert!((vol - 12.0).abs() < 1e-14);
/// ```
#[must_use]
pub fn implied_vol_bachelier(
    option: OptionType,
    price: f64,
    forward: f64,
    strike: f64,
    years: f64,
    rate: f64,
) -> (f64, IvStatus) {
    let inputs = Inputs {
        sign: option.sign(),
        price,
        spot: forward,
        strike,
        years,
        rate,
        carry: rate,
    };
    single(&inputs, BACHELIER)
}
