//! European digitals: an option that pays 1, or one unit of the underlying, where it ends in the money.
//!
//! | contract | value | unit |
//! | --- | --- | --- |
//! | [`cash_or_nothing`] | C = e^{−rT} Φ(φd₂) | quote |
//! | [`asset_or_nothing`] | A = S e^{−qT} Φ(φd₁) | quote |
//!
//! They are the two legs of a Black option, V = φ(A − K·C), so that their figures are combinations of its: with the delta,
//! vega, vanna, dual delta and dual gamma of V, and D = vega/√T,
//!
//!   C = φ·(−∂V/∂K),   A = φ·S·∂V/∂S,   D/(σ√T) = K²·∂²V/∂K²,   D·d₂/σ = −S·vanna,   D·d₁/σ = vega − S·vanna.
//!
//! # Regimes
//!
//! Those of [`black`](crate::black), with its statuses: "intrinsic" is e^{−rT} or 0, S e^{−qT} or 0. At the kink (no time or
//! no vol left, S e^{(r−q)T} = K) the value is half of that, `Kink`, and the derivatives are their limits where these are finite
//! (`docs/pricing.md`, tested by `tests/kink.rs`), else NaN:
//!
//! | | σ → 0 | T → 0 |
//! | --- | --- | --- |
//! | vega | ∓½e^{−rT}φ(0)√T for 1, ±½S e^{−qT}φ(0)√T for the underlying | 0 |
//! | theta | r (for 1) or q (for the underlying) times the price where r = q | the same where r − q is σ²/2 (for 1) or −σ²/2 |
//! | rho, psi | none | 0 |
//! | delta, dual delta | none | none |
//!
//! # Accuracy
//!
//! Price ≤ 1e-13 relative down to 1e-300, derivatives ≤ 1e-12 relative on the vectors; `tests/digital.rs` against
//! `tests/vectors/binary.csv` (mpmath).
//!
//! Source: Rubinstein and Reiner, Unscrambling the binary code, Risk 4 (1991).

use crate::black::{all_figures, drift_vanishes, OptionType, Output, Spot, OUTPUTS};
use crate::first_order::FirstOrder;
use crate::PriceStatus;

/// Price and first-order Greeks of an option that pays 1 in quote where S_T > K (call) or S_T < K (put).
///
/// `years` to expiry, `rate` and `carry` continuously compounded per year, `vol` per √year; regimes and accuracy as in the
/// [module](crate::digital).
///
/// ```
/// use plimsoll_math::digital::cash_or_nothing;
/// use plimsoll_math::OptionType;
/// let (call, _) = cash_or_nothing(OptionType::Call, 100.0, 100.0, 1.0, 0.0, 0.0, 0.2);
/// assert!((call.price - 0.460_172_162_722_971).abs() < 1e-14); // Φ(−0.1)
/// ```
#[must_use]
pub fn cash_or_nothing(
    option: OptionType,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
) -> (FirstOrder, PriceStatus) {
    let black = Legs::of(option, spot, strike, years, rate, carry, vol);
    let price = -black.sign * black.figure(Output::DualDelta);
    // ∂d₂/∂T = (r − q)/(σ√T) − d₁/2T
    let by_years = if black.stands_still(rate, carry, -0.5) {
        0.0
    } else {
        black.by_drift(rate - carry) - 0.5 * black.per_year(black.vega - black.spot_vanna)
    };
    black.figures(
        price,
        Leg {
            share: over(black.peak, strike),
            by_vol: over(black.spot_vanna - black.vega, strike),
            by_years: over(by_years, strike),
        },
        FirstOrder {
            theta: rate * price,
            rho: -(years * price),
            ..FirstOrder::default()
        },
    )
}

/// Price and first-order Greeks of an option that delivers one unit of the underlying where S_T > K (call) or S_T < K (put).
///
/// Units, regimes and accuracy as for [`cash_or_nothing`].
#[must_use]
pub fn asset_or_nothing(
    option: OptionType,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
) -> (FirstOrder, PriceStatus) {
    let black = Legs::of(option, spot, strike, years, rate, carry, vol);
    let certain = black.sign * black.figure(Output::Delta);
    let price = if certain < f64::MIN_POSITIVE && years > 0.0 {
        // A delta that has lost digits on its way to 0 says too little; psi is −T × price.
        -black.sign * black.figure(Output::Psi) / years
    } else {
        spot * certain
    };
    // ∂d₁/∂T = (r − q)/(σ√T) − d₂/2T
    let by_years = if black.stands_still(rate, carry, 0.5) {
        0.0
    } else {
        black.by_drift(rate - carry) + 0.5 * black.per_year(black.spot_vanna)
    };
    black.figures(
        price,
        Leg {
            share: black.peak,
            by_vol: black.spot_vanna,
            by_years,
        },
        FirstOrder {
            delta: certain,
            theta: carry * price,
            psi: -(years * price),
            ..FirstOrder::default()
        },
    )
}

/// Derivatives of one leg's normal integral, times what it multiplies, for a call.
struct Leg {
    /// By ln S, and, times −1, by ln K.
    share: f64,
    by_vol: f64,
    by_years: f64,
}

/// The figures of a Black option that its legs are made of.
struct Legs {
    sign: f64,
    spot: f64,
    strike: f64,
    years: f64,
    vol: f64,
    black: [f64; OUTPUTS],
    status: PriceStatus,
    /// D/(σ√T), D = S e^{−qT} φ(d₁) = K e^{−rT} φ(d₂).
    peak: f64,
    vega: f64,
    spot_vanna: f64,
}

impl Legs {
    fn of(option: OptionType, spot: f64, strike: f64, years: f64, rate: f64, carry: f64, vol: f64) -> Self {
        let (black, status) = all_figures::<Spot>(option, spot, strike, years, rate, carry, vol);
        let figure = |output: Output| black[output as usize];
        Self {
            sign: option.sign(),
            spot,
            strike,
            years,
            vol,
            // A figure of the option that is out of range need not be one of a digital's.
            status: if status == PriceStatus::OutOfRange {
                PriceStatus::Ok
            } else {
                status
            },
            peak: strike * (strike * figure(Output::DualGamma)),
            vega: figure(Output::Vega),
            spot_vanna: spot * figure(Output::Vanna),
            black,
        }
    }

    fn figure(&self, output: Output) -> f64 {
        self.black[output as usize]
    }

    /// D·d·σ/T from D·d/σ·…: what a vega-like figure is per year.
    fn per_year(&self, vega_like: f64) -> f64 {
        over(vega_like * self.vol, self.years)
    }

    /// Whether no time is left at the kink and d, (r − q and so many σ²)·√T/σ there, is 0 whatever time there was.
    fn stands_still(&self, rate: f64, carry: f64, variances: f64) -> bool {
        self.status == PriceStatus::Kink && self.years == 0.0 && drift_vanishes(rate, carry, self.vol, variances)
    }

    /// What a drift adds by the year, D/(σ√T) times it; none of it is nothing as vol comes down to 0, however high the peak.
    fn by_drift(&self, drift: f64) -> f64 {
        if drift == 0.0 && self.years > 0.0 {
            0.0
        } else {
            drift * self.peak
        }
    }

    /// The figures of a leg from those of its integral and of its factor.
    fn figures(&self, price: f64, leg: Leg, factor: FirstOrder) -> (FirstOrder, PriceStatus) {
        let sign = self.sign;
        // A greater rate moves d by √T/σ, as ln S does by 1/(σ√T); as T comes down to 0 the first vanishes.
        let by_rate = if self.status == PriceStatus::Kink && self.years == 0.0 {
            0.0
        } else {
            sign * leg.share * self.years
        };
        FirstOrder {
            price,
            delta: factor.delta + sign * over(leg.share, self.spot),
            vega: sign * leg.by_vol,
            theta: factor.theta - sign * leg.by_years,
            rho: factor.rho + by_rate,
            psi: factor.psi - by_rate,
            dual_delta: -sign * over(leg.share, self.strike),
        }
        .checked(self.status)
    }
}

/// Where there is no density left its quotients are 0, even by 0.
fn over(numerator: f64, denominator: f64) -> f64 {
    if numerator == 0.0 {
        0.0
    } else {
        numerator / denominator
    }
}
