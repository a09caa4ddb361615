//! Columns of options for those who want mathematics only: a fixed number of rows a turn, so that no call allocates.

use alloc::vec::Vec;

use plimsoll_math::black::{self, Columns, GreeksColumns, Output, OUTPUTS};
use plimsoll_math::implied_vol::{implied_vol_forward, implied_vol_inverse, implied_vol_spot};
use plimsoll_math::{elementary, OptionType};

use crate::core::Core;

const ROWS: usize = crate::MATH_ROWS as usize;

/// Input columns in their order in the `mathInput` block, each [`ROWS`] apart.
pub(crate) const INPUTS: &[&str] = &["spot", "strike", "years", "rate", "carry", "vol", "price"];
/// Models by number.
pub(crate) const MODELS: &[&str] = &["spot", "forward", "inverse"];
/// Elementary functions by number.
pub(crate) const FUNCTIONS: &[&str] = &["exp", "expm1", "ln", "normPdf", "normCdf", "erfc", "millsRatio"];

/// Room for one turn.
#[derive(Default)]
pub(crate) struct MathColumns {
    pub is_call: Vec<u8>,
    pub input: Vec<f64>,
    pub output: Vec<f64>,
    pub status: Vec<u8>,
}

impl MathColumns {
    /// Makes the room at the first use, so that an engine does not pay for it.
    pub(crate) fn reserve(&mut self) {
        self.is_call.resize(ROWS, 0);
        self.input.resize(INPUTS.len() * ROWS, 0.0);
        self.output.resize(OUTPUTS * ROWS, 0.0);
        self.status.resize(ROWS, 0);
    }
}

fn inputs<'a>(is_call: &'a [u8], input: &'a [f64], rows: usize) -> Columns<'a> {
    let column = |i: usize| &input[i * ROWS..i * ROWS + rows];
    Columns {
        is_call: &is_call[..rows],
        spot: column(0),
        strike: column(1),
        years: column(2),
        rate: column(3),
        carry: column(4),
        vol: column(5),
    }
}

/// Figures of the first rows by a model of [`MODELS`]; bit i of the mask asks for [`Output`] i.
pub(crate) fn greeks(core: &mut Core, model: u32, mask: u32, rows: usize) {
    let rows = rows.min(ROWS);
    let MathColumns {
        is_call,
        input,
        output,
        status,
    } = &mut core.math;
    let mut out = GreeksColumns::new(&mut status[..rows]);
    for (figure, column) in Output::ALL.into_iter().zip(output.chunks_exact_mut(ROWS)) {
        if mask & (1 << figure as u32) != 0 {
            out = out.with(figure, &mut column[..rows]);
        }
    }
    let inputs = inputs(is_call, input, rows);
    let outcome = match model {
        0 => black::spot_columns(&inputs, &mut out),
        1 => black::forward_columns(&inputs, &mut out),
        _ => black::inverse_columns(&inputs, &mut out),
    };
    debug_assert!(outcome.is_ok(), "every column has the same number of rows");
}

/// Implied vols of the first rows from their prices, into the first output column; 0 or NaN beside a status where none
/// exists.
pub(crate) fn implied_vol(core: &mut Core, model: u32, rows: usize) {
    let MathColumns {
        is_call,
        input,
        output,
        status,
    } = &mut core.math;
    for row in 0..rows.min(ROWS) {
        let at = |column: usize| input[column * ROWS + row];
        let (spot, strike, years, rate, carry, price) = (at(0), at(1), at(2), at(3), at(4), at(6));
        let option = if is_call[row] == 0 {
            OptionType::Put
        } else {
            OptionType::Call
        };
        let (vol, vol_status) = match model {
            0 => implied_vol_spot(option, price, spot, strike, years, rate, carry),
            1 => implied_vol_forward(option, price, spot, strike, years, rate),
            _ => implied_vol_inverse(option, price, spot, strike, years, rate, carry),
        };
        output[row] = vol;
        status[row] = vol_status as u8;
    }
}

/// One of [`FUNCTIONS`] at x; NaN for a number that names none.
pub(crate) fn value(function: u32, x: f64) -> f64 {
    match function {
        0 => elementary::exp(x),
        1 => elementary::expm1(x),
        2 => elementary::ln(x),
        3 => elementary::norm_pdf(x),
        4 => elementary::norm_cdf(x),
        5 => elementary::erfc(x),
        6 => elementary::mills_ratio(x),
        _ => f64::NAN,
    }
}
