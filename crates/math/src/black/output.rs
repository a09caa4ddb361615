//! Where figures go: columns of the caller's, and the stages that every layout ends with.

use super::figures::write;
use super::kernel::{fill, integrate, Kind, Side, Strikes, Weight, BLOCK, TURN_OPTIONS_MAX, VECTORS};
use super::moderate::redo_lanes;
use super::{Output, PriceStatus, OUTPUTS};
use crate::elementary::Tables;
use crate::lane::{Lane, Wide};
use core::fmt;

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
    pub(crate) figures: [Option<&'a mut [f64]>; OUTPUTS],
    pub(crate) status: &'a mut [u8],
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
        self.want(output, column);
        self
    }

    /// Wants a figure, as [`with`](Self::with).
    pub fn want(&mut self, output: Output, column: &'a mut [f64]) {
        self.figures[output as usize] = Some(column);
    }
}

impl GreeksColumns<'_> {
    pub(crate) fn check_lengths(&self, expected: usize) -> Result<(), LengthMismatch> {
        check_lengths([("status", self.status.len())], expected)?;
        for column in self.figures.iter().flatten() {
            check_lengths([("output", column.len())], expected)?;
        }
        Ok(())
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

/// The first of the columns that has not the expected length.
#[inline(always)]
pub(crate) fn check_lengths<const N: usize>(
    lengths: [(&'static str, usize); N],
    expected: usize,
) -> Result<(), LengthMismatch> {
    for (column, actual) in lengths {
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

/// The strikes of some turns, and one side of them.
pub(super) struct Block<'a, L: Lane> {
    pub(super) strikes: &'a mut [[Strikes<L>; VECTORS]],
    pub(super) sides: &'a mut [[Side<L>; VECTORS]],
}

/// Runs with a block that is no longer than needed for so many options.
pub(super) fn with_block<L: Lane>(options: usize, run: &mut dyn FnMut(&mut Block<'_, L>)) {
    let strikes = [Strikes::empty(); VECTORS];
    let sides = [Side::of_sign(L::splat(1.0)); VECTORS];
    if options <= VECTORS * L::WIDTH {
        run(&mut Block {
            strikes: &mut [strikes; 1],
            sides: &mut [sides; 1],
        });
    } else {
        run(&mut Block {
            strikes: &mut [strikes; BLOCK],
            sides: &mut [sides; BLOCK],
        });
    }
}

/// Room for what options turn into on their way to figures.
///
/// To make it costs as much as to price some ten options: who prices few at a time, again and again, keeps one.
pub struct Workspace {
    strikes: [[Strikes<Wide>; VECTORS]; BLOCK],
    sides: [[Side<Wide>; VECTORS]; BLOCK],
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            strikes: [[Strikes::empty(); VECTORS]; BLOCK],
            sides: [[Side::of_sign(Wide::splat(1.0)); VECTORS]; BLOCK],
        }
    }
}

impl Workspace {
    pub(super) fn block(&mut self) -> Block<'_, Wide> {
        Block {
            strikes: &mut self.strikes,
            sides: &mut self.sides,
        }
    }
}

impl<L: Lane> Block<'_, L> {
    /// Makes every side that of the sign.
    pub(super) fn set_sign(&mut self, sign: f64) {
        for side in self.sides.as_flattened_mut() {
            side.sign = L::splat(sign);
        }
    }

    /// Adds the integrals of the first turns, which are placed.
    #[inline(always)]
    pub(super) fn integrate(&mut self, tables: Tables<'_>, turns: usize) {
        for strikes in &mut self.strikes[..turns] {
            integrate(tables, strikes, Weight::FromCoordinates);
        }
    }

    /// Forms the side of the first turns and writes the wanted figures of their first `count` options to `at..`; with
    /// `is_usual` no lane needs to be done again.
    #[inline(never)]
    pub(super) fn write(
        &mut self,
        kind: Kind,
        turns: usize,
        is_usual: bool,
        out: &mut GreeksColumns<'_>,
        at: usize,
        count: usize,
    ) {
        let strikes = &self.strikes[..turns];
        let sides = &mut self.sides[..turns];
        let statuses = out.status[at..at + count].chunks_mut(VECTORS * L::WIDTH);
        for ((sides, strikes), statuses) in sides.iter_mut().zip(strikes).zip(statuses) {
            fill(sides, strikes);
            // Of known length for all turns but the last: a call that fills would cost more than the statuses do.
            match <&mut [u8; TURN_OPTIONS_MAX]>::try_from(&mut *statuses) {
                Ok(turn) => *turn = [PriceStatus::Ok as u8; TURN_OPTIONS_MAX],
                Err(_) => statuses.fill(PriceStatus::Ok as u8),
            }
        }
        write(kind, strikes, sides, &mut out.figures, at..at + count);
        if !is_usual {
            redo_lanes(
                kind,
                strikes.as_flattened(),
                sides.as_flattened(),
                &mut out.figures,
                out.status,
                at,
                count,
            );
        }
    }
}
