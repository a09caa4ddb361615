//! Implied volatilities of columns: their lengths checked, then turns of the search, and the rows that it leaves out.

use super::{rare, search, Convention, Inputs, IvStatus, BACHELIER, IN_COIN, IN_QUOTE};
use crate::black::{check_lengths, Forward, Inverse, LengthMismatch, Model, Spot};
use crate::elementary::{veiled_tables, Tables};
use crate::lane::{Lane, LaneMask, Wide, TURN};

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

impl QuoteColumns<'_> {
    fn check_lengths(&self, vol: usize, status: usize) -> Result<(), LengthMismatch> {
        let expected = self.strike.len();
        let lengths = [
            ("is_call", self.is_call.len()),
            ("price", self.price.len()),
            ("spot", self.spot.len()),
            ("years", self.years.len()),
            ("rate", self.rate.len()),
            ("carry", self.carry.len()),
            ("start", self.start.map_or(expected, <[f64]>::len)),
            ("vol", vol),
            ("status", status),
        ];
        check_lengths(lengths, expected)
    }
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
    quotes.check_lengths(vol.len(), status.len())?;
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
    quotes.check_lengths(vol.len(), status.len())?;
    solve_columns::<L>(&quotes, BACHELIER, vol, status);
    Ok(())
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
pub(super) fn solve_columns<L: Lane>(
    quotes: &QuoteColumns<'_>,
    convention: Convention,
    vol: &mut [f64],
    status: &mut [u8],
) {
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
