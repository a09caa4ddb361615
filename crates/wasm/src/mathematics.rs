//! Columns of options for those who want mathematics only. A book of columns stays where it is until it is freed, so that
//! JavaScript may keep views on it and no call allocates.

use alloc::boxed::Box;
use alloc::vec::Vec;

use plimsoll_math::black::{self, Columns, Forward, GreeksColumns, Inverse, Output, Spot, Workspace};
use plimsoll_math::implied_vol::{self, QuoteColumns};
use plimsoll_math::{bachelier, elementary};

use crate::NONE;

/// Input columns in their order in a book.
pub(crate) const INPUTS: &[&str] = &["spot", "strike", "years", "rate", "carry", "vol", "price"];
/// Models by number.
pub(crate) const MODELS: &[&str] = &["spot", "forward", "inverse", "bachelier"];
/// Elementary functions by number.
pub(crate) const FUNCTIONS: &[&str] = &["exp", "expm1", "ln", "normPdf", "normCdf", "erfc", "millsRatio"];
/// Figures by number, as [`Output`] has them.
pub(crate) const FIGURES: &[&str] = &[
    "price",
    "delta",
    "gamma",
    "vega",
    "theta",
    "rho",
    "psi",
    "vanna",
    "volga",
    "charm",
    "speed",
    "zomma",
    "color",
    "veta",
    "ultima",
    "dualDelta",
    "dualGamma",
    "elasticity",
    "probabilityInTheMoney",
    "premiumAdjustedDelta",
];
/// What a book consists of, by number: whether each row is a call, statuses, the columns of [`INPUTS`], and the columns of
/// the figures for which there is room, in the order of [`Output`].
pub(crate) const PARTS: &[&str] = &["isCall", "status", "input", "output"];

/// Columns of one length.
struct Book {
    rows: usize,
    /// How far apart columns begin.
    stride: usize,
    /// Bit i stands for [`Output`] i.
    outputs: u32,
    is_call: Vec<u8>,
    status: Vec<u8>,
    input: Vec<f64>,
    output: Vec<f64>,
}

/// Every book, by number.
#[derive(Default)]
pub(crate) struct Books {
    books: Slab<Book>,
    /// Made with the first book, so that few rows at a time do not pay for it each time.
    workspace: Option<Box<Workspace>>,
}

/// Things by number; a number that is given back is given out again.
pub(crate) struct Slab<T>(Vec<Option<T>>);

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Slab<T> {
    pub(crate) fn insert(&mut self, item: Option<T>) -> u32 {
        let Some(item) = item else { return NONE };
        let slot = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        if slot == self.0.len() {
            self.0.push(None);
        }
        self.0[slot] = Some(item);
        slot as u32
    }

    pub(crate) fn remove(&mut self, number: u32) {
        if let Some(slot) = self.0.get_mut(number as usize) {
            *slot = None;
        }
    }

    pub(crate) fn get(&mut self, number: u32) -> Option<&mut T> {
        self.0.get_mut(number as usize)?.as_mut()
    }
}

/// A column of zeros, or nothing where memory does not suffice.
pub(crate) fn zeros<T: Clone + Default>(count: usize) -> Option<Vec<T>> {
    let mut column = Vec::new();
    column.try_reserve_exact(count).ok()?;
    column.resize(count, T::default());
    Some(column)
}

/// How far apart columns of so many rows begin: an odd number of cache lines. Columns a power of two apart would have their
/// rows in one and the same set of the first-level cache, which holds eight lines; a row of options has more numbers.
pub(crate) fn stride_of(rows: usize) -> Option<usize> {
    const LINE: usize = 8;
    Some(rows.checked_next_multiple_of(LINE)? | LINE)
}

/// Address of one of the columns that begin `stride` apart; 0 where there is none.
pub(crate) fn column_address(columns: &[f64], stride: usize, column: u32) -> u32 {
    columns
        .chunks_exact(stride)
        .nth(column as usize)
        .map_or(0, |column| column.as_ptr() as u32)
}

/// The columns of the figures in `mask`, whose rows begin `stride` apart in `output` in the order of the figures in `outputs`.
pub(crate) fn wanted<'a>(
    status: &'a mut [u8],
    output: &'a mut [f64],
    stride: usize,
    outputs: u32,
    mask: u32,
) -> GreeksColumns<'a> {
    let rows = status.len();
    let mut out = GreeksColumns::new(status);
    let mut columns = output.chunks_exact_mut(stride);
    for figure in Output::ALL {
        let bit = 1 << figure as u32;
        if outputs & bit != 0 {
            if let (Some(column), true) = (columns.next(), mask & bit != 0) {
                out.want(figure, &mut column[..rows]);
            }
        }
    }
    out
}

/// The first rows of a book that has room for all figures of a contract.
pub(crate) struct BookRows<'a> {
    rows: usize,
    book: &'a mut Book,
}

impl BookRows<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn is_call(&self, row: usize) -> bool {
        self.book.is_call[row] != 0
    }

    /// The first of [`INPUTS`].
    pub(crate) fn inputs<const N: usize>(&self, row: usize) -> [f64; N] {
        core::array::from_fn(|i| self.book.input[i * self.book.stride + row])
    }

    pub(crate) fn write(&mut self, row: usize, figures: &[f64], status: u8) {
        self.book.status[row] = status;
        let columns = self.book.output.chunks_exact_mut(self.book.stride);
        for (column, &figure) in columns.zip(figures) {
            column[row] = figure;
        }
    }
}

impl Books {
    /// As many rows of a book as there are.
    pub(crate) fn rows(&mut self, book: u32, rows: usize) -> Option<BookRows<'_>> {
        let book = self.books.get(book)?;
        let rows = rows.min(book.rows);
        Some(BookRows { rows, book })
    }

    /// Makes room for so many rows of all inputs and of the figures in the mask; [`NONE`] where memory does not suffice.
    pub(crate) fn allocate(&mut self, rows: usize, outputs: u32) -> u32 {
        let book = || {
            let stride = stride_of(rows)?;
            Some(Book {
                rows,
                stride,
                outputs,
                is_call: zeros(rows)?,
                status: zeros(rows)?,
                input: zeros(INPUTS.len().checked_mul(stride)?)?,
                output: zeros((outputs.count_ones() as usize).checked_mul(stride)?)?,
            })
        };
        self.workspace.get_or_insert_with(Box::default);
        self.books.insert(book())
    }

    pub(crate) fn free(&mut self, book: u32) {
        self.books.remove(book);
    }

    /// Address of one of [`PARTS`], or of one of its columns; 0 where there is none.
    pub(crate) fn address(&mut self, book: u32, part: u32, column: u32) -> u32 {
        let Some(book) = self.books.get(book) else { return 0 };
        match part {
            0 => book.is_call.as_ptr() as u32,
            1 => book.status.as_ptr() as u32,
            2 => column_address(&book.input, book.stride, column),
            _ => column_address(&book.output, book.stride, column),
        }
    }

    /// Figures of the first rows by a model of [`MODELS`]; bit i of the mask asks for [`Output`] i.
    pub(crate) fn greeks(&mut self, book: u32, model: u32, mask: u32, rows: usize) {
        let Some(book) = self.books.get(book) else { return };
        let rows = rows.min(book.rows);
        let mut out = wanted(
            &mut book.status[..rows],
            &mut book.output,
            book.stride,
            book.outputs,
            mask,
        );
        let column = |i: usize| &book.input[i * book.stride..i * book.stride + rows];
        let inputs = Columns {
            is_call: &book.is_call[..rows],
            spot: column(0),
            strike: column(1),
            years: column(2),
            rate: column(3),
            carry: column(4),
            vol: column(5),
        };
        let workspace = self.workspace.get_or_insert_with(Box::default);
        let outcome = match model {
            0 => black::columns_in::<Spot>(workspace, &inputs, &mut out),
            1 => black::columns_in::<Forward>(workspace, &inputs, &mut out),
            2 => black::columns_in::<Inverse>(workspace, &inputs, &mut out),
            _ => bachelier::columns(&inputs, &mut out),
        };
        debug_assert!(outcome.is_ok(), "every column has the same number of rows");
    }

    /// Vols of the first rows from their prices into the first output column, NaN where none exists; a warm search starts at
    /// the vols of the input.
    pub(crate) fn implied_vol(&mut self, book: u32, model: u32, is_warm: bool, rows: usize) {
        let Some(book) = self.books.get(book) else { return };
        let rows = rows.min(book.rows);
        let column = |i: usize| &book.input[i * book.stride..i * book.stride + rows];
        let quotes = QuoteColumns {
            is_call: &book.is_call[..rows],
            price: column(6),
            spot: column(0),
            strike: column(1),
            years: column(2),
            rate: column(3),
            carry: column(4),
            start: is_warm.then(|| column(5)),
        };
        let (vol, status) = (&mut book.output[..rows], &mut book.status[..rows]);
        let outcome = match model {
            0 => implied_vol::implied_vol_spot_columns(&quotes, vol, status),
            1 => implied_vol::implied_vol_forward_columns(&quotes, vol, status),
            2 => implied_vol::implied_vol_inverse_columns(&quotes, vol, status),
            _ => implied_vol::implied_vol_bachelier_columns(&quotes, vol, status),
        };
        debug_assert!(outcome.is_ok(), "every column has the same number of rows");
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
