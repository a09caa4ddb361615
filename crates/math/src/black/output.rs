//! Where figures go: columns of the caller's, and the stages that every layout ends with.

use super::kernel::{integrate, Kind, Side, Strikes, Weight, VECTORS};
use super::rare::{self, OneOption};
use super::{Output, PriceStatus, OUTPUTS};
use crate::elementary::{Tables, TAIL_END};
use crate::lane::{Lane, LaneMask, Wide};
use core::fmt;
use core::ops::Range;

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
pub(super) fn check_lengths<const N: usize>(
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

/// Turns that go through the kernel together: independent work for each of its stages, in the first-level cache.
pub(super) const BLOCK: usize = 4;
/// Options in the widest vector, and in a turn of these.
const WIDTH_MAX: usize = 2;
pub(super) const TURN_OPTIONS_MAX: usize = WIDTH_MAX * VECTORS;

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
        self.sides.fill([Side::of_sign(L::splat(sign)); VECTORS]);
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
        let strikes = self.strikes[..turns].as_flattened();
        let sides = self.sides[..turns].as_flattened_mut();
        let statuses = out.status[at..at + count].chunks_mut(L::WIDTH);
        for ((side, strikes), statuses) in sides.iter_mut().zip(strikes).zip(statuses) {
            side.fill(strikes);
            // One or two; a call that fills would cost more than they do.
            let last = statuses.len() - 1;
            (statuses[0], statuses[last]) = (PriceStatus::Ok as u8, PriceStatus::Ok as u8);
        }
        write(kind, strikes, sides, &mut out.figures, at..at + count);
        if !is_usual {
            redo_lanes(kind, strikes, sides, out, at, count);
        }
    }
}

/// One column per wanted figure.
type Wanted<'a> = [Option<&'a mut [f64]>; OUTPUTS];
/// A column for every figure of a block.
type Scratch = [[f64; BLOCK * TURN_OPTIONS_MAX]; OUTPUTS];
const EMPTY: Scratch = [[0.0; BLOCK * TURN_OPTIONS_MAX]; OUTPUTS];

/// Writes the wanted figures of some strikes to a range of options, which may end before the strikes do.
pub(super) fn write<L: Lane>(
    kind: Kind,
    strikes: &[Strikes<L>],
    sides: &[Side<L>],
    wanted: &mut Wanted<'_>,
    options: Range<usize>,
) {
    let mut targets: Wanted<'_> = [const { None }; OUTPUTS];
    for (target, column) in targets.iter_mut().zip(wanted) {
        *target = column.as_mut().map(|column| &mut column[options.clone()]);
    }
    if options.len() != strikes.len() * L::WIDTH {
        write_some(kind, strikes, sides, &mut targets, options.len());
    } else if kind.is_inverse {
        write_coin(kind, strikes, sides, &mut targets);
    } else {
        write_quote(kind, strikes, sides, &mut targets);
    }
}

/// Writes to columns of `count` options, fewer than the strikes hold.
#[cold]
#[inline(never)]
fn write_some<L: Lane>(kind: Kind, strikes: &[Strikes<L>], sides: &[Side<L>], targets: &mut Wanted<'_>, count: usize) {
    let lanes = strikes.len() * L::WIDTH;
    let mut scratch = EMPTY;
    let mut all: Wanted<'_> = [const { None }; OUTPUTS];
    for ((all, target), column) in all.iter_mut().zip(&*targets).zip(&mut scratch) {
        *all = target.as_ref().map(|_| &mut column[..lanes]);
    }
    write(kind, strikes, sides, &mut all, 0..lanes);
    // Option by option: a call that copies a column of few numbers would cost more than they do.
    for option in 0..count {
        for (target, column) in targets.iter_mut().zip(&scratch) {
            if let Some(target) = target {
                target[option] = column[option];
            }
        }
    }
}

/// Writes figures of the value in coin: those in quote units first, which are then converted where they stand.
#[inline(never)]
fn write_coin<L: Lane>(kind: Kind, strikes: &[Strikes<L>], sides: &[Side<L>], targets: &mut Wanted<'_>) {
    // What is not wanted but needed for what is.
    let mut is_missing = [false; OUTPUTS];
    for output in Output::ALL {
        let mut needed = targets[output as usize].as_ref().and_then(|_| lower(output));
        while let Some((output, _)) = needed {
            is_missing[output as usize] |= targets[output as usize].is_none();
            needed = lower(output);
        }
    }
    let mut scratch = is_missing.contains(&true).then_some(EMPTY);
    let mut all: Wanted<'_> = [const { None }; OUTPUTS];
    for (all, target) in all.iter_mut().zip(targets) {
        *all = target.as_deref_mut();
    }
    for ((all, column), is_missing) in all.iter_mut().zip(scratch.iter_mut().flatten()).zip(is_missing) {
        if is_missing {
            *all = Some(&mut column[..strikes.len() * L::WIDTH]);
        }
    }
    write_quote(kind, strikes, sides, &mut all);
    // A lower figure is converted before what is made of it: it comes first in the order of outputs.
    for output in Output::ALL {
        let Some(column) = all[output as usize].take() else {
            continue;
        };
        {
            let lower = lower(output).and_then(|(lower, times)| all[lower as usize].as_deref().map(|l| (l, times)));
            to_coin(strikes, sides, output, column, lower);
        }
        all[output as usize] = Some(column);
    }
}

/// The coin figure that another one of the same value is made from, and how many times: with U = V/S,
/// ∂ⁿ⁺¹U/∂Sⁿ⁺¹ = (∂ⁿ⁺¹V/∂Sⁿ⁺¹ − (n + 1)·∂ⁿU/∂Sⁿ)/S, and the same of any derivative by another variable.
fn lower(output: Output) -> Option<(Output, f64)> {
    match output {
        Output::Gamma => Some((Output::Delta, 2.0)),
        Output::Speed => Some((Output::Gamma, 3.0)),
        Output::Vanna => Some((Output::Vega, 1.0)),
        Output::Zomma => Some((Output::Vanna, 2.0)),
        Output::Charm => Some((Output::Theta, 1.0)),
        Output::Color => Some((Output::Charm, 2.0)),
        _ => None,
    }
}

/// Turns a figure in quote units into that of the value in coin, from the lower one in coin, and how many times that.
fn to_coin<L: Lane>(
    strikes: &[Strikes<L>],
    sides: &[Side<L>],
    output: Output,
    column: &mut [f64],
    lower: Option<(&[f64], f64)>,
) {
    for (i, (at, side)) in strikes.iter().zip(sides).enumerate() {
        let lane = i * L::WIDTH;
        let quote = L::load(column, lane);
        let coin = match (output, lower) {
            (Output::Price, _) => quote / at.spot,
            (Output::Delta, _) => side.strike_leg * at.inv_spot * at.inv_spot,
            (Output::Elasticity, _) => quote - L::splat(1.0),
            (Output::ProbabilityInTheMoney | Output::PremiumAdjustedDelta, _) => quote,
            (_, Some((lower, times))) => (quote - L::splat(times) * L::load(lower, lane)) * at.inv_spot,
            (_, None) => quote * at.inv_spot,
        };
        coin.store(column, lane);
    }
}

/// Writes the wanted figures in quote units, each by a loop of its own.
#[inline(never)]
fn write_quote<L: Lane>(kind: Kind, strikes: &[Strikes<L>], sides: &[Side<L>], targets: &mut Wanted<'_>) {
    macro_rules! write_each {
        ($($output:ident)*) => {$(
            if let Some(target) = &mut targets[Output::$output as usize] {
                let turns = strikes.as_chunks::<VECTORS>().0.iter().zip(sides.as_chunks::<VECTORS>().0);
                for ((strikes, sides), turn) in turns.zip(target.chunks_exact_mut(VECTORS * L::WIDTH)) {
                    for i in 0..VECTORS {
                        strikes[i].quote_figure(kind, &sides[i], Output::$output).store(turn, i * L::WIDTH);
                    }
                }
            }
        )*};
    }
    write_each!(Price Delta Gamma Vega Theta Rho Psi Vanna Volga Charm Speed Zomma Color Veta Ultima DualDelta DualGamma
        Elasticity ProbabilityInTheMoney PremiumAdjustedDelta);
}

/// The least and the greatest of some numbers, lane by lane; a NaN may be left out.
#[derive(Clone, Copy)]
pub(super) struct Extent<L> {
    pub(super) least: L,
    greatest: L,
}

impl<L: Lane> Extent<L> {
    pub(super) fn of(value: f64) -> Self {
        Self {
            least: L::splat(value),
            greatest: L::splat(value),
        }
    }
    #[inline(always)]
    pub(super) fn take(&mut self, value: L) {
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }
    #[inline(always)]
    pub(super) fn is_within(&self, low: f64, high: f64) -> L::Mask {
        self.least.ge(L::splat(low)).and(self.greatest.le(L::splat(high)))
    }
}

/// The lanes that [`rare`] must do again: beyond the range of moderate inputs, or far out of the money.
fn must_redo<L: Lane>(at: &Strikes<L>, side: &Side<L>) -> L::Mask {
    let within = |low: f64, x: L, high: f64| x.ge(L::splat(low)).and(x.le(L::splat(high)));
    let moderate = within(PRICE_MIN, at.spot, PRICE_MAX)
        .and(at.spread.le(L::splat(LN_MAX)))
        .and(within(-GROWTH_MAX, at.rate * at.years, GROWTH_MAX))
        .and(within(-GROWTH_MAX, at.carry * at.years, GROWTH_MAX))
        .and(within(YEARS_MIN, at.years, YEARS_MAX))
        .and(within(DEVIATION_MIN, at.deviation, DEVIATION_MAX));
    let out_of_the_money = at.below.xor(side.sign.lt(L::splat(0.0)));
    let amplified = (at.a + L::splat(1.0)) * (at.spread * at.inv_deviation + at.a);
    let far = out_of_the_money
        .and(at.a.lt(L::splat(TAIL_END)))
        .and(amplified.gt(L::splat(ROUNDING_AMPLIFIED_MAX)));
    moderate.not().or(far)
}

// Inputs within these bounds keep every intermediate figure of the kernel in the range of f64: prices of the underlying,
// the spread, which also catches a strike that is no positive number, |rT| and |qT|, years, and σ√T.
pub(super) const PRICE_MIN: f64 = 1e-30;
pub(super) const PRICE_MAX: f64 = 1e30;
const LN_MAX: f64 = 110.0;
pub(super) const GROWTH_MAX: f64 = 100.0;
pub(super) const YEARS_MIN: f64 = 1e-12;
pub(super) const YEARS_MAX: f64 = 1e6;
pub(super) const DEVIATION_MIN: f64 = 1e-8;
const DEVIATION_MAX: f64 = 1e4;
/// Where (a + 1)(a + spread/s) exceeds this a rounding of d shows in a price that is all time value.
const ROUNDING_AMPLIFIED_MAX: f64 = 250.0;
/// While spread/s is at most this the product above is too, since a is at most the quotient; and where s is moreover at most
/// [`DEVIATION_NEAR`] the spread is within its bound.
pub(super) const AMPLIFICATION_NEAR: f64 = 10.6;
pub(super) const DEVIATION_NEAR: f64 = 10.0;

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
