//! One-touch and no-touch contracts, and the probability that a price reaches a barrier before a time; between two barriers
//! [`double_no_touch`].
//!
//! The price follows dS = S((r − q)dt + σ dW), watched without interruption; a contract pays 1. With η = +1 for a barrier
//! above and −1 for one below, the distance d = η ln(H/S) and the drift towards the barrier m = η(r − q − σ²/2), the
//! barrier is reached at τ, and
//!
//!   E[e^{−ρτ}; τ ≤ T] = A + B,   A = e^{(m − m′)d/σ²} Φ(−z₁′),   B = e^{(m + m′)d/σ²} Φ(−z₂′),
//!   m′ = √(m² + 2ρσ²),   z₁′ = (d − m′T)/(σ√T),   z₂′ = (d + m′T)/(σ√T)
//!
//! with ρ = r where payment is at the hit, and ρ = 0, discounted by e^{−rT}, where it is at expiry.
//!
//! # Regimes
//!
//! The same table is in `tests/touch.rs`. "Flat" means that every derivative is that of a constant paid at expiry (or, at
//! the hit, of 1).
//!
//! | inputs | answer | status |
//! | --- | --- | --- |
//! | any input NaN or infinite; S, H, T or σ negative | NaN | `InvalidInput` |
//! | S beyond the barrier | touched: 1 at the hit, e^{−rT} at expiry, no-touch 0; flat | `Ok` |
//! | S = H | touched; delta and dual delta, which have one limit from each side: NaN | `Kink` |
//! | S = 0 below an upper barrier, H = 0 below S | never touched: 0, no-touch e^{−rT}; flat | `Ok` |
//! | T = 0, not touched | never touched | `Ok` |
//! | σ = 0 (or σ√T < 1e-70) | the path S e^{(r−q)t}: touched at d/m or never | `Ok` |
//! | far from the barrier | 0 where the density underflows, with all derivatives | `Ok` |
//! | r < 0, q < 0 | nothing special; where m² + 2ρσ² < 0, by quadrature | `Ok` |
//! | σ√T > 1e70, \|rT\| or \|qT\| > 1e140, or a figure beyond the range of `f64` | what is finite stands, the rest is NaN | `OutOfRange` |
//!
//! # Accuracy
//!
//! Price and probability, of a touch and of none, ≤ 1e-14 relative down to 1e-300; derivatives ≤ 1e-12 relative
//! on the vectors; `tests/touch.rs` against `tests/vectors/binary.csv` (mpmath).
//!
//! # Method
//!
//! All Gaussians are one, e^{−ρT} e^{−z₁²/2} with z₁ = (d − mT)/(σ√T), so that A and B are scaled tails R of the kernel of
//! [`black`](crate::black): A + B = w(R(z₁′) + R(z₂′)), no term of which is negative. The probability of no touch is
//! 1 − e^{(m − m′)d/σ²} + w(R(−z₁′) − R(z₂′)), the difference again a divided one. Exponents are carried in two parts.
//!
//! Where m² + 2ρσ² < 0 the transform has complex arguments; there the density of τ is integrated by Gauss–Legendre
//! quadrature, all terms positive.
//!
//! Sources: Rubinstein and Reiner, Unscrambling the binary code, Risk 4 (1991); Borodin and Salminen, Handbook of Brownian
//! Motion, 2.2.0.1–2 (2002).

mod double;
mod passage;

pub use double::{double_no_touch, DoubleNoTouch};

use crate::elementary::times_exp;
use crate::first_order::FirstOrder;
use crate::precise::ln_ratio;
use crate::two_part::TwoPart;
use crate::PriceStatus;
use passage::{Coordinates, Passage};

/// On which side of the price the barrier lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Barrier {
    /// Touched when the price rises to it.
    Above,
    /// Touched when the price falls to it.
    Below,
}

impl Barrier {
    /// η: +1 above, −1 below.
    fn sign(self) -> f64 {
        match self {
            Self::Above => 1.0,
            Self::Below => -1.0,
        }
    }
}

/// When a one-touch pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Payment {
    /// At the moment of the touch.
    AtHit,
    /// At expiry.
    AtExpiry,
}

/// The probability that a barrier is touched, and its first derivatives.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Hitting {
    /// P(τ ≤ T).
    pub touch: f64,
    /// P(τ > T), accurate where it is small.
    pub no_touch: f64,
    /// ∂touch/∂S.
    pub by_spot: f64,
    /// ∂touch/∂H.
    pub by_barrier: f64,
    /// ∂touch/∂σ per 1.0 of volatility.
    pub by_vol: f64,
    /// ∂touch/∂T per year: the density of the time of the touch at T.
    pub by_years: f64,
    /// ∂touch/∂drift per 1.0 of drift.
    pub by_drift: f64,
}

/// Price and first-order Greeks of a contract that pays 1 if the barrier is touched within `years`.
///
/// `rate` and `carry` continuously compounded per year, `vol` per √year; regimes and accuracy as in the
/// [module](crate::touch).
///
/// ```
/// use plimsoll_math::touch::{one_touch, Barrier, Payment};
/// // Without drift of ln S (r − q = σ²/2) the reflection principle: 2Φ(−ln(110/100)/0.2).
/// let (touch, _) = one_touch(Barrier::Above, Payment::AtHit, 100.0, 110.0, 1.0, 0.0, -0.02, 0.2);
/// assert!((touch.price - 0.633_681_954_638_345).abs() < 1e-14);
/// ```
#[must_use]
pub fn one_touch(
    side: Barrier,
    payment: Payment,
    spot: f64,
    barrier: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
) -> (FirstOrder, PriceStatus) {
    let terms = Terms {
        side,
        spot,
        barrier,
        years,
        rate,
        carry,
        vol,
    };
    match payment {
        Payment::AtHit => terms.first_order(Pays::AtHit),
        Payment::AtExpiry => terms.first_order(Pays::TouchAtExpiry),
    }
}

/// Price and first-order Greeks of a contract that pays 1 at expiry if the barrier is not touched before.
///
/// Units, regimes and accuracy as for [`one_touch`].
#[must_use]
pub fn no_touch(
    side: Barrier,
    spot: f64,
    barrier: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
) -> (FirstOrder, PriceStatus) {
    let terms = Terms {
        side,
        spot,
        barrier,
        years,
        rate,
        carry,
        vol,
    };
    terms.first_order(Pays::NoTouchAtExpiry)
}

/// The probability that a price which is expected to grow at `drift` per year touches the barrier within `years`.
///
/// `drift` is the real-world rate, E S_T = S e^{drift·T}; the logarithm drifts by drift − σ²/2. Nothing is discounted.
#[must_use]
pub fn hitting_probability(
    side: Barrier,
    spot: f64,
    barrier: f64,
    years: f64,
    drift: f64,
    vol: f64,
) -> (Hitting, PriceStatus) {
    let terms = Terms {
        side,
        spot,
        barrier,
        years,
        rate: drift,
        carry: 0.0,
        vol,
    };
    let (passage, status) = match terms.passage(TwoPart::from_single(0.0), TwoPart::from_single(0.0)) {
        Ok(found) => found,
        Err(status) => (Passage::NAN, status),
    };
    let eta = side.sign();
    let mut figures = [
        passage.value,
        passage.complement,
        by_level(-eta * passage.by_distance, spot),
        by_level(eta * passage.by_distance, barrier),
        passage.by_vol - eta * vol * passage.by_drift,
        passage.by_years,
        eta * passage.by_drift,
    ];
    let status = status.with_range_of(figures.iter_mut());
    let [touch, no_touch, by_spot, by_barrier, by_vol, by_years, by_drift] = figures;
    let hitting = Hitting {
        touch,
        no_touch,
        by_spot,
        by_barrier,
        by_vol,
        by_years,
        by_drift,
    };
    (hitting, status)
}

/// What is paid, and when.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pays {
    AtHit,
    TouchAtExpiry,
    NoTouchAtExpiry,
}

#[derive(Clone, Copy)]
struct Terms {
    side: Barrier,
    spot: f64,
    barrier: f64,
    years: f64,
    rate: f64,
    carry: f64,
    vol: f64,
}

/// Beyond these products and quotients of coordinates would leave the range of `f64`.
const GROWTH_MAX: f64 = 1e140;
const DEVIATION_MAX: f64 = 1e70;
/// Below this σ√T the path is a line: ln(H/S) of two different doubles is at least 1e-16.
const DEVIATION_MIN: f64 = 1e-70;

impl Terms {
    fn first_order(&self, pays: Pays) -> (FirstOrder, PriceStatus) {
        let Self {
            side,
            spot,
            barrier,
            years,
            rate,
            vol,
            ..
        } = *self;
        let nothing = TwoPart::from_single(0.0);
        let growth = TwoPart::product(rate, years);
        let (killed, discount) = if pays == Pays::AtHit {
            (growth, nothing)
        } else {
            (nothing, growth)
        };
        let (passage, status) = match self.passage(killed, discount) {
            Ok(found) => found,
            Err(status) => return (FirstOrder::NAN, status),
        };
        let eta = side.sign();
        let mut figures = FirstOrder {
            price: passage.value,
            delta: by_level(-eta * passage.by_distance, spot),
            vega: passage.by_vol - eta * vol * passage.by_drift,
            theta: -passage.by_years,
            rho: eta * passage.by_drift,
            psi: -eta * passage.by_drift,
            dual_delta: by_level(eta * passage.by_distance, barrier),
        };
        match pays {
            Pays::AtHit => figures.rho += passage.by_killing,
            Pays::TouchAtExpiry | Pays::NoTouchAtExpiry => {
                if pays == Pays::NoTouchAtExpiry {
                    figures = FirstOrder::of_figures(figures.figures().map(|figure| -figure));
                    figures.price = passage.complement;
                }
                figures.rho -= years * figures.price;
                figures.theta += rate * figures.price;
            }
        }
        figures.checked(status)
    }

    /// The passage to the barrier, and how it stands at a kink.
    fn passage(&self, killed: TwoPart, discount: TwoPart) -> Result<(Passage, PriceStatus), PriceStatus> {
        let Self {
            side,
            spot,
            barrier,
            years,
            rate,
            carry,
            vol,
        } = *self;
        let valid = |value: f64| value.is_finite() && value >= 0.0;
        if !(valid(spot) && valid(barrier) && valid(years) && valid(vol) && rate.is_finite() && carry.is_finite()) {
            return Err(PriceStatus::InvalidInput);
        }
        let (growth, carried) = (TwoPart::product(rate, years), TwoPart::product(carry, years));
        if !(growth.high.abs() <= GROWTH_MAX && carried.high.abs() <= GROWTH_MAX) {
            return Err(PriceStatus::OutOfRange);
        }
        let paid = times_exp(1.0, discount.negated());
        let touched = match side {
            Barrier::Above => spot >= barrier,
            Barrier::Below => spot <= barrier,
        };
        if touched {
            let mut passage = Passage::constant(paid, 0.0);
            if spot == barrier {
                passage.by_distance = f64::NAN;
                return Ok((passage, PriceStatus::Kink));
            }
            return Ok((passage, PriceStatus::Ok));
        }
        if spot == 0.0 || barrier == 0.0 || years == 0.0 {
            return Ok((Passage::constant(0.0, paid), PriceStatus::Ok));
        }
        let eta = side.sign();
        let distance = ln_ratio(barrier, spot).times(eta);
        let deviation = TwoPart::sqrt(years).times(vol);
        if !(deviation.high <= DEVIATION_MAX) {
            return Err(PriceStatus::OutOfRange);
        }
        let drift = growth.plus(carried.negated()).times(eta);
        if deviation.high < DEVIATION_MIN {
            let over = drift.plus(distance.negated()).high;
            // ln(H/S) is irrational, so that it never equals the drift.
            if over < 0.0 {
                return Ok((Passage::constant(0.0, paid), PriceStatus::Ok));
            }
            let share = distance.high / drift.high;
            let touch = times_exp(paid, TwoPart::from_single(-killed.high * share));
            // At τ = share·T, which moves by T/drift per unit of distance and by −τ·T/drift per unit of drift.
            let later = years / drift.high * (killed.high / years) * touch;
            return Ok((
                Passage {
                    by_distance: -later,
                    by_drift: later * share * years,
                    by_killing: -(share * years) * touch,
                    ..Passage::constant(touch, 0.0)
                },
                PriceStatus::Ok,
            ));
        }
        let variance = deviation.times_two_part(deviation);
        let drift = drift.plus(variance.times(-0.5 * eta));
        let coordinates = Coordinates {
            distance,
            drift,
            deviation,
            variance,
            killed,
            discount,
            years,
            vol,
        };
        Ok((coordinates.passage(paid), PriceStatus::Ok))
    }
}

/// A derivative by ln of a level as one by the level; 0 where nothing depends on it, even at level 0.
fn by_level(by_logarithm: f64, level: f64) -> f64 {
    if by_logarithm == 0.0 {
        0.0
    } else {
        by_logarithm / level
    }
}
