//! Contracts beyond European options on the rows of a book: digitals, touches, American options.

use plimsoll_math::american::american_of;
use plimsoll_math::digital::{asset_or_nothing, cash_or_nothing};
use plimsoll_math::first_order::FirstOrder;
use plimsoll_math::touch::{double_no_touch, hitting_probability, no_touch, one_touch, Barrier, Hitting, Payment};
use plimsoll_math::{OptionType, PriceStatus};

use crate::mathematics::Books;

/// Contracts by number. Of a touch the barrier is where other contracts have the strike, and lies above where they are calls;
/// of a probability the drift is where others have the rate; of two barriers the upper one is where options have the price.
pub(crate) const CONTRACTS: &[&str] = &[
    "cash-or-nothing",
    "asset-or-nothing",
    "american",
    "one-touch-at-hit",
    "one-touch-at-expiry",
    "no-touch",
    "touch-probability",
    "double-no-touch",
];
/// Figures of a contract in their order in a book's output.
pub(crate) const FIRST_ORDER: &[&str] = &["price", "delta", "vega", "theta", "rho", "psi", "dualDelta"];
/// Vega, theta, rho and psi among them.
const BY_PARAMETERS: u32 = 0b11_1100;
/// Figures of a double no-touch, in theirs.
pub(crate) const DOUBLE: &[&str] = &["price", "delta", "vega", "theta", "rho", "psi", "byLower", "byUpper"];
/// Figures of a probability, in theirs.
pub(crate) const PROBABILITY: &[&str] = &["touch", "bySpot", "byVol", "byYears", "byDrift", "noTouch", "byBarrier"];

impl Books {
    /// The figures of a contract on a book's first rows, and statuses: those of American options, whose first four are those
    /// of all others. What is not wanted, a bit of `outputs` for each figure, is only given where it costs nothing.
    pub(crate) fn contracts(&mut self, book: u32, contract: u32, outputs: u32, rows: usize) {
        let Some(mut book) = self.rows(book, rows) else { return };
        for row in 0..book.rows() {
            let (figures, status) = figures(contract, outputs, book.is_call(row), book.inputs(row));
            book.write(row, &figures, status);
        }
    }
}

/// Spot, strike or barrier, years, rate or drift, carry, vol and upper barrier in; as many figures as there are and a status out.
fn figures(
    contract: u32,
    outputs: u32,
    is_call: bool,
    [spot, level, years, rate, carry, vol, upper]: [f64; 7],
) -> ([f64; 8], u8) {
    let option = if is_call { OptionType::Call } else { OptionType::Put };
    let side = if is_call { Barrier::Above } else { Barrier::Below };
    let touch = |payment| one_touch(side, payment, spot, level, years, rate, carry, vol);
    let (figures, status): (FirstOrder, PriceStatus) = match contract {
        0 => cash_or_nothing(option, spot, level, years, rate, carry, vol),
        1 => asset_or_nothing(option, spot, level, years, rate, carry, vol),
        2 => {
            let by_parameters = outputs & BY_PARAMETERS != 0;
            let (figures, status) = american_of(option, [spot, level, years, rate, carry, vol], by_parameters);
            return (of_first_order(&figures), status as u8);
        }
        3 => touch(Payment::AtHit),
        4 => touch(Payment::AtExpiry),
        5 => no_touch(side, spot, level, years, rate, carry, vol),
        7 => {
            let (figures, status) = double_no_touch(spot, level, upper, years, rate, carry, vol);
            return (figures.figures(), status as u8);
        }
        _ => {
            let (hitting, status) = hitting_probability(side, spot, level, years, rate, vol);
            let Hitting {
                touch,
                no_touch,
                by_spot,
                by_barrier,
                by_vol,
                by_years,
                by_drift,
            } = hitting;
            let figures = [touch, by_spot, by_vol, by_years, by_drift, no_touch, by_barrier, 0.0];
            return (figures, status as u8);
        }
    };
    (of_first_order(&figures), status as u8)
}

/// Seven figures, and nothing in the last place.
fn of_first_order(figures: &FirstOrder) -> [f64; 8] {
    let [price, delta, vega, theta, rho, psi, dual_delta] = figures.figures();
    [price, delta, vega, theta, rho, psi, dual_delta, 0.0]
}
