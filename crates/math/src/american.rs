//! American options on spot with carry: price and first-order Greeks.
//!
//! A put is worth its European price and the premium of early exercise (Kim 1990)
//!
//!   ∫₀ᵀ (rK e^{−rθ}Φ(−d₋(θ)) − qS e^{−qθ}Φ(−d₊(θ))) dθ,   d± = (ln(S/B(T − θ)) + (r − q ± σ²/2)θ)/(σ√θ),
//!
//! where B(τ) is the price below which it is exercised with τ left. A call is the put with S and K, r and q exchanged
//! (McDonald and Schroder 1998).
//!
//! # Regimes
//!
//! The same table is in `tests/american.rs`, for puts; calls by exchange.
//!
//! | inputs | answer | status |
//! | --- | --- | --- |
//! | any input NaN or infinite; S, K, T or σ negative | NaN | `InvalidInput` |
//! | r ≤ 0 and q ≥ r: nothing is ever earned by exercise | the European option | `Ok` |
//! | T = 0 | max(K − S, 0) | `Ok`; at S = K the limits of the European option, which are its own: `Kink` |
//! | K = 0 | 0 | `Ok` |
//! | S ≤ B(T); S = 0, r ≥ 0 | exercised: K − S, delta −1, dual delta 1, all else 0 | `Ok` |
//! | S = 0, r < 0 | the European option | `Ok` |
//! | σ = 0 | the best moment on the path S e^{(r−q)t} | `Ok`; where it is worth 0 at S = K, delta, vega, theta and dual delta NaN: `Kink` |
//! | q < r < 0 (call: r < q < 0), σ > 0 | two boundaries (Andersen and Lake 2021), not priced: NaN | `TwoBoundaries` |
//! | the boundary is not found, σ√T > 5, or max(r, \|r − q\|)²T/σ² > 100 | NaN | `Unresolved` |
//! | finite inputs whose answer leaves the range of `f64` | what is finite stands, the rest is NaN | `OutOfRange` |
//!
//! # Accuracy
//!
//! Stated in `docs/pricing.md`, as `tests/american.rs` measures and asserts it.
//!
//! # Method
//!
//! That of Andersen, Lake and Offengenden (2016), with two changes. The equation for B is that of smooth fit with what
//! cancels in it taken out,
//!
//!   ∫₀^τ (rK − qB(τ − θ)) e^{−rθ} φ(d₋)/(σ√θ) dθ = B(τ) (e^{−qτ}Φ(d₊(τ, K)) + q ∫₀^τ e^{−qθ}Φ(d₊) dθ),
//!
//! both sides positive. It is solved at all nodes at once by Newton's method, since the derivative of interpolation and
//! quadrature is known: a few steps to the last digits wherever a fixed-point iteration converges, and where
//! it does not. ln²(X/B), with X = K min(1, r/q), is interpolated in √τ at 30 Chebyshev nodes, as there; with θ = τ sin²φ no square
//! root is left at either end of the integrals, which are taken on two panels of 16 Gauss–Legendre nodes.
//!
//! The boundary's derivatives by r, q and σ follow from one more solution with the same matrix, those of the premium by
//! carrying them through its integral (`jet`): all Greeks are derivatives of the discretised price, theta by the scaling
//! T ∂V/∂T = r ∂V/∂r + q ∂V/∂q + ½σ ∂V/∂σ.
//!
//! Sources: L. Andersen, M. Lake and D. Offengenden, High-performance American option pricing, Journal of Computational
//! Finance 20 (2016); I. J. Kim, The analytic valuation of American options, Review of Financial Studies 3 (1990);
//! R. McDonald and M. Schroder, A parity result for American options, Journal of Computational Finance 1 (1998);
//! P. Bjerksund and G. Stensland, Closed-form approximation of American options, Scandinavian Journal of Management 9
//! (1993); J. D. Evans, R. Kuske and J. B. Keller, American options on assets with dividends near expiry, Mathematical Finance 12
//! (2002); L. Andersen and M. Lake, Fast American option pricing: the double-boundary case, Wilmott (2021).

mod boundary;
mod guess;
mod market;
mod newton;
mod nodes;

use crate::black::{all_figures, OptionType, Output, Spot};
use crate::elementary::{exp, ln};
use crate::first_order::FirstOrder;
use crate::float;
use crate::jet::Jet;
use crate::precise;
use crate::PriceStatus;
use boundary::{Boundary, BY_CARRY, BY_RATE, BY_VOL};
use market::Market;

/// What an answer is worth; the first four as in [`PriceStatus`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum AmericanStatus {
    /// Every figure is an answer.
    #[default]
    Ok = 0,
    /// An input is NaN, infinite or negative where it may not be: every figure is NaN.
    InvalidInput = 1,
    /// Exactly at the kink of the payoff without time value: the price stands, what has no finite limit is NaN.
    Kink = 2,
    /// A figure leaves the range of `f64`: it is NaN, the others stand.
    OutOfRange = 3,
    /// It would be exercised only between two prices: not priced, every figure is NaN.
    TwoBoundaries = 4,
    /// The exercise boundary was not found to the stated accuracy: every figure is NaN.
    Unresolved = 5,
}

impl From<PriceStatus> for AmericanStatus {
    fn from(status: PriceStatus) -> Self {
        match status {
            PriceStatus::Ok => Self::Ok,
            PriceStatus::InvalidInput => Self::InvalidInput,
            PriceStatus::Kink => Self::Kink,
            PriceStatus::OutOfRange => Self::OutOfRange,
        }
    }
}

/// Beyond these the stated accuracy has not been shown.
const DEVIATION_MAX: f64 = 5.0;
const STEEPNESS_MAX: f64 = 100.0;

/// Price and first-order Greeks of an option that may be exercised at any time, in quote units.
///
/// `years` to expiry, `rate` and `carry` continuously compounded per year, `vol` per √year; regimes and accuracy as in the
/// [module](crate::american).
///
/// ```
/// use plimsoll_math::american::{american, AmericanStatus};
/// use plimsoll_math::OptionType;
/// let (put, status) = american(OptionType::Put, 100.0, 100.0, 1.0, 0.05, 0.0, 0.2);
/// assert_eq!(status, AmericanStatus::Ok);
/// assert!((put.price - 6.090_370_6).abs() < 1e-7); // the European one is worth 5.573526
/// ```
#[must_use]
pub fn american(
    option: OptionType,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
) -> (FirstOrder, AmericanStatus) {
    american_of(option, [spot, strike, years, rate, carry, vol], true)
}

/// [`american`] of its numbers in that order. Where they are not wanted, the derivatives by vol, time, rate and carry are NaN: those by
/// the price and the strike need none of the boundary's, so that it is less work.
#[must_use]
pub fn american_of(option: OptionType, inputs: [f64; 6], by_parameters: bool) -> (FirstOrder, AmericanStatus) {
    let (figures, status) = figures_of(option, inputs, by_parameters);
    if by_parameters {
        return (figures, status);
    }
    let levels = FirstOrder {
        price: figures.price,
        delta: figures.delta,
        dual_delta: figures.dual_delta,
        ..FirstOrder::NAN
    };
    (levels, status)
}

/// Parameters' derivatives are those of a boundary that nothing moves where they are not wanted.
fn figures_of(option: OptionType, inputs: [f64; 6], by_parameters: bool) -> (FirstOrder, AmericanStatus) {
    let [spot, strike, years, rate, carry, vol] = inputs;
    let valid = |value: f64| value.is_finite() && value >= 0.0;
    if !(valid(spot) && valid(strike) && valid(years) && valid(vol) && rate.is_finite() && carry.is_finite()) {
        return (FirstOrder::NAN, AmericanStatus::InvalidInput);
    }
    let european = || european(option, inputs);
    let put = match option {
        OptionType::Put => Put {
            spot,
            strike,
            years,
            rate,
            carry,
            vol,
        },
        OptionType::Call => Put {
            spot: strike,
            strike: spot,
            years,
            rate: carry,
            carry: rate,
            vol,
        },
    };
    // The figures of a put as those of the option.
    let own = |figures: FirstOrder| match option {
        OptionType::Put => figures,
        OptionType::Call => FirstOrder {
            delta: figures.dual_delta,
            dual_delta: figures.delta,
            rho: figures.psi,
            psi: figures.rho,
            ..figures
        },
    };
    let (figures, status) = match put.early(by_parameters) {
        Early::Never => european(),
        Early::Now => own(put.exercised()).checked(PriceStatus::Ok),
        Early::Kink => {
            let no_limit = f64::NAN;
            let figures = FirstOrder {
                delta: no_limit,
                theta: no_limit,
                vega: no_limit,
                dual_delta: no_limit,
                ..FirstOrder::default()
            };
            (figures, PriceStatus::Kink)
        }
        Early::On(figures) => own(figures).checked(PriceStatus::Ok),
        Early::Premium(premium) => {
            let (figures, status) = european();
            let premium = own(premium).figures();
            let figures = figures.figures();
            let sums = core::array::from_fn(|i| figures[i] + premium[i]);
            FirstOrder::of_figures(sums).checked(status)
        }
        Early::Unknown(status) => return (FirstOrder::NAN, status),
    };
    (figures, status.into())
}

fn european(option: OptionType, inputs: [f64; 6]) -> (FirstOrder, PriceStatus) {
    let [spot, strike, years, rate, carry, vol] = inputs;
    let (figures, status) = all_figures::<Spot>(option, spot, strike, years, rate, carry, vol);
    let figure = |output: Output| figures[output as usize];
    let figures = FirstOrder {
        price: figure(Output::Price),
        delta: figure(Output::Delta),
        vega: figure(Output::Vega),
        theta: figure(Output::Theta),
        rho: figure(Output::Rho),
        psi: figure(Output::Psi),
        dual_delta: figure(Output::DualDelta),
    };
    // A higher Greek that is out of range is none of these.
    let status = if status == PriceStatus::OutOfRange {
        PriceStatus::Ok
    } else {
        status
    };
    figures.checked(status)
}

fn square(x: f64) -> f64 {
    x * x
}

struct Put {
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
}

/// When a put is exercised before its expiry.
enum Early {
    /// Never: it is European.
    Never,
    /// At once.
    Now,
    /// On a path without vol, at best for nothing.
    Kink,
    /// On a path without vol: the figures.
    On(FirstOrder),
    /// Below a boundary: what that adds to the European put.
    Premium(FirstOrder),
    Unknown(AmericanStatus),
}

impl Put {
    fn early(&self, by_parameters: bool) -> Early {
        let Self {
            spot,
            strike,
            years,
            rate,
            carry,
            vol,
        } = *self;
        if years == 0.0 {
            return if spot < strike { Early::Now } else { Early::Never };
        }
        // rK − qS, what exercise earns, is nowhere positive below the strike.
        if strike == 0.0 || (rate <= 0.0 && carry >= rate) {
            return Early::Never;
        }
        // It stays there, so that only interest matters.
        if spot == 0.0 {
            return if rate >= 0.0 { Early::Now } else { Early::Never };
        }
        if vol == 0.0 {
            return self.without_vol();
        }
        if rate < 0.0 {
            return Early::Unknown(AmericanStatus::TwoBoundaries);
        }
        let unresolved = Early::Unknown(AmericanStatus::Unresolved);
        let root_years = float::sqrt(years);
        let deviation = vol * root_years;
        let steepness = rate.max((rate - carry).abs()) * root_years / vol;
        if !(deviation <= DEVIATION_MAX && steepness * steepness <= STEEPNESS_MAX) {
            return unresolved;
        }
        let log_price = precise::ln_ratio(spot, strike).high;
        let Some(boundary) = Boundary::solve(rate, carry, vol, root_years, by_parameters) else {
            return unresolved;
        };
        const BY_LOG_PRICE: usize = 3;
        let market = Market::new(
            Jet::<4>::variable(rate, BY_RATE),
            Jet::variable(carry, BY_CARRY),
            Jet::variable(vol, BY_VOL),
        );
        if boundary.reaches(&market, log_price) {
            return Early::Now;
        }
        let premium = boundary.premium(&market, Jet::variable(log_price, BY_LOG_PRICE));
        let [by_rate, by_carry, by_vol, by_log_price] = premium.by;
        Early::Premium(FirstOrder {
            price: strike * premium.value,
            delta: strike * by_log_price / spot,
            vega: strike * by_vol,
            theta: -strike * ((rate * by_rate + carry * by_carry + 0.5 * vol * by_vol) / years),
            rho: strike * by_rate,
            psi: strike * by_carry,
            dual_delta: premium.value - by_log_price,
        })
    }

    fn exercised(&self) -> FirstOrder {
        FirstOrder {
            price: self.strike - self.spot,
            delta: -1.0,
            dual_delta: 1.0,
            ..FirstOrder::default()
        }
    }

    /// K e^{−rt} − S e^{−qt} at the best t: now, at expiry, or where rK e^{−rt} = qS e^{−qt}.
    fn without_vol(&self) -> Early {
        let Self {
            spot,
            strike,
            years,
            rate,
            carry,
            ..
        } = *self;
        let worth = |t: f64| strike * exp(-rate * t) - spot * exp(-carry * t);
        let turn = ln(rate * strike / (carry * spot)) / (rate - carry);
        let mut best = 0.0;
        for t in [turn, years] {
            if t > 0.0 && t <= years && worth(t) > worth(best) {
                best = t;
            }
        }
        let value = worth(best);
        if value < 0.0 {
            return Early::On(FirstOrder::default());
        }
        if value == 0.0 {
            return Early::Kink;
        }
        let (strike_factor, spot_factor) = (exp(-rate * best), exp(-carry * best));
        let at_expiry = best == years;
        Early::On(FirstOrder {
            price: value,
            delta: -spot_factor,
            vega: 0.0,
            theta: if at_expiry {
                rate * strike * strike_factor - carry * spot * spot_factor
            } else {
                0.0
            },
            rho: -best * strike * strike_factor,
            psi: best * spot * spot_factor,
            dual_delta: strike_factor,
        })
    }
}
