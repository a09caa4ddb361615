//! From strikes and sides to columns of figures, in quote units and in coin.

use super::kernel::{Kind, Side, Strikes, BLOCK, TURN_OPTIONS_MAX, VECTORS};
use super::{Output, PriceStatus, OUTPUTS};
use crate::lane::Lane;
use core::ops::Range;
use core::slice::from_ref;

/// One column per wanted figure.
pub(super) type Wanted<'a> = [Option<&'a mut [f64]>; OUTPUTS];
/// A column for every figure of a block.
type Scratch = [[f64; BLOCK * TURN_OPTIONS_MAX]; OUTPUTS];
const EMPTY: Scratch = [[0.0; BLOCK * TURN_OPTIONS_MAX]; OUTPUTS];

/// Writes the wanted figures of some turns to a range of options, which may end before the last turn does.
pub(super) fn write<L: Lane>(
    kind: Kind,
    strikes: &[[Strikes<L>; VECTORS]],
    sides: &[[Side<L>; VECTORS]],
    wanted: &mut Wanted<'_>,
    options: Range<usize>,
) {
    let whole = options.len() / (VECTORS * L::WIDTH);
    let rest = options.start + whole * VECTORS * L::WIDTH;
    write_whole(kind, &strikes[..whole], &sides[..whole], wanted, options.start..rest);
    if rest < options.end {
        write_some(kind, &strikes[whole], &sides[whole], wanted, rest..options.end);
    }
}

/// Writes the wanted figures of whole turns.
fn write_whole<L: Lane>(
    kind: Kind,
    strikes: &[[Strikes<L>; VECTORS]],
    sides: &[[Side<L>; VECTORS]],
    wanted: &mut Wanted<'_>,
    options: Range<usize>,
) {
    if !kind.is_inverse {
        return write_quote(kind, strikes, sides, wanted, options.start);
    }
    let mut targets: Wanted<'_> = [const { None }; OUTPUTS];
    for (target, column) in targets.iter_mut().zip(wanted) {
        *target = column.as_mut().map(|column| &mut column[options.clone()]);
    }
    write_coin(kind, strikes, sides, &mut targets);
}

/// Writes to fewer options than a turn holds.
#[cold]
#[inline(never)]
fn write_some<L: Lane>(
    kind: Kind,
    strikes: &[Strikes<L>; VECTORS],
    sides: &[Side<L>; VECTORS],
    wanted: &mut Wanted<'_>,
    options: Range<usize>,
) {
    let mut scratch = [[0.0; TURN_OPTIONS_MAX]; OUTPUTS];
    let mut all: Wanted<'_> = [const { None }; OUTPUTS];
    for ((all, target), column) in all.iter_mut().zip(&*wanted).zip(&mut scratch) {
        *all = target.as_ref().map(|_| &mut column[..VECTORS * L::WIDTH]);
    }
    write_whole(
        kind,
        from_ref(strikes),
        from_ref(sides),
        &mut all,
        0..VECTORS * L::WIDTH,
    );
    // Option by option: a call that copies a column of few numbers would cost more than they do.
    for (lane, option) in options.enumerate() {
        for (target, column) in wanted.iter_mut().zip(&scratch) {
            if let Some(target) = target {
                target[option] = column[lane];
            }
        }
    }
}

/// Writes figures of the value in coin: those in quote units first, which are then converted where they stand.
#[inline(never)]
fn write_coin<L: Lane>(
    kind: Kind,
    strikes: &[[Strikes<L>; VECTORS]],
    sides: &[[Side<L>; VECTORS]],
    targets: &mut Wanted<'_>,
) {
    let lanes = strikes.len() * VECTORS * L::WIDTH;
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
            *all = Some(&mut column[..lanes]);
        }
    }
    write_quote(kind, strikes, sides, &mut all, 0);
    // A lower figure is converted before what is made of it: it comes first in the order of outputs.
    for output in Output::ALL {
        let Some(column) = all[output as usize].take() else {
            continue;
        };
        {
            let lower = lower(output).and_then(|(lower, times)| all[lower as usize].as_deref().map(|l| (l, times)));
            to_coin(strikes.as_flattened(), sides.as_flattened(), output, column, lower);
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

/// Writes the wanted figures in quote units to the options of the turns, the first of them at `first`.
#[inline(never)]
fn write_quote<L: Lane>(
    kind: Kind,
    strikes: &[[Strikes<L>; VECTORS]],
    sides: &[[Side<L>; VECTORS]],
    wanted: &mut Wanted<'_>,
    first: usize,
) {
    for (turn, (strikes, sides)) in strikes.iter().zip(sides).enumerate() {
        write_turn(kind, strikes, sides, wanted, first + turn * VECTORS * L::WIDTH);
    }
    // Those that are seldom wanted, each by a loop of its own.
    macro_rules! write_each {
        ($($output:ident)*) => {$(
            if let Some(column) = &mut wanted[Output::$output as usize] {
                let lanes = column[first..].chunks_exact_mut(L::WIDTH);
                for ((strikes, side), lanes) in strikes.as_flattened().iter().zip(sides.as_flattened()).zip(lanes) {
                    strikes.quote_figure(kind, side, Output::$output).store(lanes, 0);
                }
            }
        )*};
    }
    write_each!(Psi Speed Zomma Color Veta Ultima DualDelta DualGamma Elasticity ProbabilityInTheMoney
        PremiumAdjustedDelta);
}

/// Writes those wanted figures of a turn that are often wanted, in straight code: in a loop an address costs an instruction
/// for every access.
///
/// What is often wanted together is formed together, so that each number it is made of is loaded once: no more than five
/// figures, since columns that lie a power of two apart share the eight lines of one set of the first-level cache.
#[inline(never)]
fn write_turn<L: Lane>(
    kind: Kind,
    strikes: &[Strikes<L>; VECTORS],
    sides: &[Side<L>; VECTORS],
    wanted: &mut Wanted<'_>,
    at: usize,
) {
    let turn = at..at + VECTORS * L::WIDTH;
    macro_rules! write_together {
        ($($output:ident $column:ident)*) => {
            if let Ok([$(Some($column)),*]) = wanted.get_disjoint_mut([$(Output::$output as usize),*]) {
                $(let $column = &mut $column[turn.clone()];)*
                for i in 0..VECTORS {
                    $(strikes[i].quote_figure(kind, &sides[i], Output::$output).store($column, i * L::WIDTH);)*
                }
            } else {
                $(write_together!($output);)*
            }
        };
        ($output:ident) => {
            if let Some(column) = &mut wanted[Output::$output as usize] {
                let column = &mut column[turn.clone()];
                for i in 0..VECTORS {
                    strikes[i].quote_figure(kind, &sides[i], Output::$output).store(column, i * L::WIDTH);
                }
            }
        };
    }
    write_together!(Price price Delta delta Gamma gamma Vega vega Theta theta);
    write_together!(Rho rho Vanna vanna Volga volga Charm charm);
}

/// Figures that left the range of `f64` become NaN, with a status. Elasticity may be infinite.
#[inline(never)]
pub(crate) fn checked(mut figures: [f64; OUTPUTS], status: PriceStatus) -> ([f64; OUTPUTS], PriceStatus) {
    let bounded = figures.iter_mut().zip(Output::ALL);
    let bounded = bounded.filter(|(figure, output)| *output != Output::Elasticity || !figure.is_infinite());
    let status = status.with_range_of(bounded.map(|(figure, _)| figure));
    (figures, status)
}
