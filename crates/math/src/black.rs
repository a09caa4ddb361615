//! European options under the generalised Black formula: price and Greeks, calls and puts.
//!
//! Three models share one kernel:
//!
//! | model | underlying | value | unit |
//! | --- | --- | --- | --- |
//! | [`Spot`] | spot S with carry q | V = φ·(S e^{−qT} Φ(φd₁) − K e^{−rT} Φ(φd₂)) | quote per unit of underlying |
//! | [`Forward`] | forward F (Black 1976) | the same with S = F, q = r | quote per unit of underlying |
//! | [`Inverse`] | spot S, settled in the coin | U = V/S | coin per unit of underlying |
//!
//! φ = +1 call, −1 put; d₁ = (ln(S/K) + (r − q)T)/(σ√T) + σ√T/2, d₂ = d₁ − σ√T. Greeks are raw derivatives, per 1.0 of
//! the variable and per year; those by time ([`Output::Theta`], charm, color, veta) are by calendar time, −∂/∂T.
//!
//! # Regimes
//!
//! The same table is in `tests/regimes.rs`. "Intrinsic" means price max(φ(S e^{−qT} − K e^{−rT}), 0), delta φe^{−qT} or 0,
//! theta, rho, psi, charm and the dual delta of that expression, every other derivative 0.
//!
//! | inputs | answer | status |
//! | --- | --- | --- |
//! | any input NaN or infinite; S, K, T or σ negative | NaN | `InvalidInput` |
//! | T = 0 or σ = 0, S e^{(r−q)T} ≠ K | intrinsic | `Ok` |
//! | T = 0 or σ = 0, S e^{(r−q)T} = K | the limits at the kink (`docs/pricing.md`); NaN where one is infinite | `Kink` |
//! | K = 0 | call worth S e^{−qT}, put worth 0: intrinsic | `Ok` |
//! | S = 0 | put worth K e^{−rT}, call worth 0: intrinsic; coin figures do not exist | `Ok`; inverse `OutOfRange` |
//! | d₁ and d₂ so far on one side that the density underflows | intrinsic, density Greeks 0 | `Ok` |
//! | σ√T so large that d₁ → ∞, d₂ → −∞ | call worth S e^{−qT}, put worth K e^{−rT}, density Greeks 0 | `Ok` |
//! | r < 0, q < 0 | nothing special | `Ok` |
//! | finite inputs whose answer leaves the range of `f64` | what is finite stands, the rest is NaN | `OutOfRange` |
//!
//! Elasticity of an option without any value is +∞ for a call and −∞ for a put, its limit, and no fault. Where a price
//! merely underflows, the quotient stands.
//!
//! # Accuracy
//!
//! Price ≤ 4e-16 of max(S, K), and ≤ 1e-13 relative wherever it exceeds 1e-300; first-order Greeks ≤ 1e-14, second and third
//! order ≤ 3e-14 of their scales (`docs/pricing.md`); `tests/accuracy.rs`.
//!
//! # Method
//!
//! One Gaussian serves everything, since S e^{−qT} φ(d₁) = K e^{−rT} φ(d₂); both normal integrals come from one rational
//! Mills ratio; the price of the out-of-the-money side is a divided difference of it, without cancellation, and the other
//! side follows by parity. `docs/pricing.md` has the derivation and the sources. Far out of the money, where one rounding of
//! d would show, an option is computed again with d in two parts.

mod chain;
mod columns;
mod figures;
mod kernel;
mod moderate;
mod output;
mod rare;

pub(crate) use figures::checked;
pub(crate) use rare::drift_vanishes;

pub use chain::{Chain, Terms};
pub use columns::{
    all_figures, columns, columns_in, forward, forward_columns, inverse, inverse_columns, spot, spot_columns, Columns,
};
pub(crate) use output::check_lengths;
pub use output::{GreeksColumns, LengthMismatch, Workspace};

/// The right to buy or the right to sell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OptionType {
    /// The right to buy at the strike.
    Call,
    /// The right to sell at the strike.
    Put,
}

impl OptionType {
    /// +1 for a call, −1 for a put.
    #[must_use]
    pub fn sign(self) -> f64 {
        match self {
            Self::Call => 1.0,
            Self::Put => -1.0,
        }
    }
}

/// What an answer is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum PriceStatus {
    /// Every figure is an answer.
    #[default]
    Ok = 0,
    /// An input is NaN, infinite or negative where it may not be: every figure is NaN.
    InvalidInput = 1,
    /// Exactly at the kink of the payoff without time value: each figure is its limit, NaN where that is infinite.
    Kink = 2,
    /// A figure leaves the range of `f64`: it is NaN, the others stand.
    OutOfRange = 3,
}

impl PriceStatus {
    /// The status with this number in a status column; out of range where there is none.
    #[must_use]
    pub fn of(number: u8) -> Self {
        match number {
            0 => Self::Ok,
            1 => Self::InvalidInput,
            2 => Self::Kink,
            _ => Self::OutOfRange,
        }
    }

    /// Makes figures that left the range of `f64` NaN, and says so where all was well until then.
    #[must_use]
    pub fn with_range_of<'a>(self, figures: impl Iterator<Item = &'a mut f64>) -> Self {
        let mut status = self;
        for figure in figures.filter(|figure| !figure.is_finite()) {
            *figure = f64::NAN;
            if status == Self::Ok {
                status = Self::OutOfRange;
            }
        }
        status
    }
}

/// Price and first Greeks: raw, per 1.0 and per year.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Greeks {
    /// Value of one option, in quote units (coin for inverse options).
    pub price: f64,
    /// ∂price/∂S.
    pub delta: f64,
    /// ∂²price/∂S².
    pub gamma: f64,
    /// ∂price/∂σ per 1.0 of volatility.
    pub vega: f64,
    /// ∂price/∂t per year of calendar time, −∂price/∂T.
    pub theta: f64,
    /// ∂price/∂r per 1.0 of rate.
    pub rho: f64,
}

/// Every figure that a column or [`all_figures`] can give. The value is its index there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Output {
    /// Value of one option, in quote units (coin for inverse options).
    Price = 0,
    /// ∂price/∂S.
    Delta,
    /// ∂²price/∂S².
    Gamma,
    /// ∂price/∂σ.
    Vega,
    /// −∂price/∂T.
    Theta,
    /// ∂price/∂r; for forwards at a fixed forward, −T × price.
    Rho,
    /// ∂price/∂q; 0 for forwards.
    Psi,
    /// ∂²price/∂S∂σ.
    Vanna,
    /// ∂²price/∂σ².
    Volga,
    /// −∂delta/∂T.
    Charm,
    /// ∂³price/∂S³.
    Speed,
    /// ∂gamma/∂σ.
    Zomma,
    /// −∂gamma/∂T.
    Color,
    /// −∂vega/∂T.
    Veta,
    /// ∂³price/∂σ³.
    Ultima,
    /// ∂price/∂K.
    DualDelta,
    /// ∂²price/∂K².
    DualGamma,
    /// ∂ln price/∂ln S.
    Elasticity,
    /// Φ(φd₂), the risk-neutral probability of ending in the money.
    ProbabilityInTheMoney,
    /// delta − price/S in quote terms, which is S × delta in coin terms: the hedge when the premium is paid in the coin.
    PremiumAdjustedDelta,
}

/// Number of [`Output`]s.
pub const OUTPUTS: usize = 20;

impl Output {
    /// All outputs, in the order of their indices.
    pub const ALL: [Self; OUTPUTS] = [
        Self::Price,
        Self::Delta,
        Self::Gamma,
        Self::Vega,
        Self::Theta,
        Self::Rho,
        Self::Psi,
        Self::Vanna,
        Self::Volga,
        Self::Charm,
        Self::Speed,
        Self::Zomma,
        Self::Color,
        Self::Veta,
        Self::Ultima,
        Self::DualDelta,
        Self::DualGamma,
        Self::Elasticity,
        Self::ProbabilityInTheMoney,
        Self::PremiumAdjustedDelta,
    ];
}

/// What distinguishes the three models inside the one kernel.
pub trait Model {
    /// Whether the underlying is a forward: carry equals the rate.
    const FORWARD: bool;
    /// Whether value is counted in the coin.
    const INVERSE: bool;
}

/// Spot underlying with continuous carry, value in quote units.
pub struct Spot;
/// Forward underlying, value in quote units.
pub struct Forward;
/// Spot underlying with continuous carry, value in coin.
pub struct Inverse;

impl Model for Spot {
    const FORWARD: bool = false;
    const INVERSE: bool = false;
}
impl Model for Forward {
    const FORWARD: bool = true;
    const INVERSE: bool = false;
}
impl Model for Inverse {
    const FORWARD: bool = false;
    const INVERSE: bool = true;
}
