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
//! The price becomes the time value per unit of its upper bound (`target.rs`), β = time value/B with B = S e^{−qT} where the call
//! is out of the money, K e^{−rT} otherwise; β(s) = e^{−a²/2}(R(a) − R(b)) rises from 0 to 1 with s = σ√T, a = |x|/s − s/2,
//! b = a + s, R(z) = Φ(−z)e^{z²/2}. A search (`search.rs`) begins at the given start or at a closed-form guess (`guess.rs`,
//! Stefanica and Radoičić 2017, its differences rewritten so that nothing cancels). It takes a step of fourth order
//! (Householder 1970) on ln β, or on ln(1 − β) in the upper region a < −0.7, with a rational R of half the degrees; then
//! Halley's step at the rounded σ with all coordinates in two parts. Both again, until Newton's step is small; once is the rule.
//! What the kernel flags (every status, extreme scales, the edges of existence, drift that cancels ln(S/K), a start from which
//! the steps do not settle) is solved in a bracket, at any scale of the inputs (`rare.rs`). Both are the same for every lane
//! width. Bachelier's price is the limit of small s of the lognormal one, so it is solved by the same code with everything
//! scaled down.

use crate::black::OptionType;
use crate::lane::Wide;
use core::slice::from_ref;

mod guess;
mod rare;
mod scaled;
mod search;
mod target;

mod columns;
use columns::solve_columns;
pub use columns::{
    bachelier_columns, columns, implied_vol_bachelier_columns, implied_vol_forward_columns,
    implied_vol_inverse_columns, implied_vol_spot_columns, QuoteColumns,
};

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

/// A column of one, so that there is one copy of the kernel; the numbers are price, spot, strike, years, rate and carry.
fn single(option: OptionType, numbers: [f64; 6], convention: Convention) -> (f64, IvStatus) {
    let [price, spot, strike, years, rate, carry] = &numbers;
    let quotes = QuoteColumns {
        is_call: &[u8::from(option == OptionType::Call)],
        price: from_ref(price),
        spot: from_ref(spot),
        strike: from_ref(strike),
        years: from_ref(years),
        rate: from_ref(rate),
        carry: from_ref(carry),
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
    single(option, [price, spot, strike, years, rate, carry], IN_QUOTE)
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
    single(option, [price, forward, strike, years, rate, rate], IN_QUOTE)
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
    single(option, [price, spot, strike, years, rate, carry], IN_COIN)
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
    single(option, [price, forward, strike, years, rate, rate], BACHELIER)
}
