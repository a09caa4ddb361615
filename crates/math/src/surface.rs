//! Volatility surfaces: SVI slices by expiry, or SSVI, their calibration to a chain, and whether they admit arbitrage.
//!
//! A surface is total variance w(k, T) = σ²T by log-moneyness k = ln(K/F(T)): raw SVI at each quoted expiry, linear in T at
//! fixed k between them, flat in vol before the first and beyond the last. [`Ssvi`] gives slices of the same kind, so both
//! models are one [`Surface`].
//!
//! | question | answer |
//! | --- | --- |
//! | vol at a strike, and how it moves with strike, forward and time | [`Surface::vol`], under [`Stickiness`] |
//! | Greeks along the smile | [`SmileVol::adjusted`] |
//! | is there butterfly arbitrage | [`Svi::butterfly_violations`] by slice |
//! | is there calendar arbitrage | [`Surface::calendar_violations`] |
//! | which slices or which SSVI fit this chain | [`fit_svi`], [`fit_ssvi`], from [`VolQuote`]s |
//! | which forward, where no future is listed | [`forward_from_parity`] |

mod arbitrage;
mod calibrate;
mod least_squares;
mod parity;
mod quotes;
mod ssvi;
mod svi;

pub use arbitrage::Violation;
pub use calibrate::{fit_ssvi, fit_svi, Arbitrage, SsviFit, SviFit};
pub use parity::{forward_from_parity, ParityQuote};
pub use quotes::{
    CalibrationFault, ExpiryQuotes, FitError, VolQuote, LOG_MONEYNESS_MAX, VOL_MAX, YEARS_MAX, YEARS_MIN,
};
pub use ssvi::Ssvi;
pub use svi::{ParameterFault, Svi, TotalVariance, SIZE_MAX};

use crate::elementary::ln;
use crate::float::sqrt;
use alloc::vec;
use alloc::vec::Vec;

/// One expiry of a surface.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Expiry {
    /// Time to expiry, years.
    pub years: f64,
    /// Forward price when the slice was fitted, quote per unit.
    pub forward: f64,
    /// Total variance by ln(K/forward).
    pub slice: Svi,
}

/// What stays where it is when the forward moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stickiness {
    /// The vol of a strike: the smile is read at ln(K/F) of the forward it was fitted at.
    Strike,
    /// The vol of a delta, which at one expiry is that of a log-moneyness: the smile is read at ln(K/F) of the forward now.
    Delta,
}

/// Slices by rising expiry.
#[derive(Clone, PartialEq, Debug)]
pub struct Surface {
    expiries: Vec<Expiry>,
}

/// No variance at all, a year ahead.
impl Default for Surface {
    fn default() -> Self {
        let (years, forward, slice) = (1.0, 1.0, Svi::NONE);
        Self {
            expiries: vec![Expiry { years, forward, slice }],
        }
    }
}

/// Why expiries make no surface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SurfaceFault {
    /// There are none.
    Empty,
    /// Years are not positive, finite and rising, or the forward is not positive: the index of the first such expiry.
    InvalidExpiry(usize),
}

/// Calendar arbitrage between an expiry and the next.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CalendarViolation {
    /// Index of the earlier expiry.
    pub expiry: usize,
    /// Where the later total variance is less than the earlier, and by how much.
    pub violation: Violation,
}

/// The vol of one option, and how it moves: per √year, raw derivatives.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct SmileVol {
    /// σ.
    pub vol: f64,
    /// ∂σ/∂K.
    pub by_strike: f64,
    /// ∂²σ/∂K².
    pub by_strike_twice: f64,
    /// ∂σ/∂F.
    pub by_forward: f64,
    /// ∂²σ/∂F².
    pub by_forward_twice: f64,
    /// ∂σ/∂T at a fixed strike and forward.
    pub by_years: f64,
}

/// Greeks by the forward, with a vol that moves along the smile: raw, as in [`crate::black`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SmileGreeks {
    /// Δ + vega·∂σ/∂F.
    pub delta: f64,
    /// Γ + 2·vanna·∂σ/∂F + volga·(∂σ/∂F)² + vega·∂²σ/∂F².
    pub gamma: f64,
    /// Θ − vega·∂σ/∂T.
    pub theta: f64,
}

impl SmileVol {
    /// What the Greeks of [`crate::black`] at this vol, by the forward, become when vol is a function of forward and time.
    #[must_use]
    pub fn adjusted(&self, delta: f64, gamma: f64, vega: f64, theta: f64, vanna: f64, volga: f64) -> SmileGreeks {
        let slope = self.by_forward;
        SmileGreeks {
            delta: delta + vega * slope,
            gamma: gamma + (2.0 * vanna + volga * slope) * slope + vega * self.by_forward_twice,
            theta: theta - vega * self.by_years,
        }
    }
}

impl Surface {
    /// A surface of slices by rising expiry.
    ///
    /// # Errors
    /// [`SurfaceFault`] naming the first expiry that is out of order or has no positive forward.
    pub fn new(expiries: Vec<Expiry>) -> Result<Self, SurfaceFault> {
        if expiries.is_empty() {
            return Err(SurfaceFault::Empty);
        }
        let mut before = 0.0;
        for (index, expiry) in expiries.iter().enumerate() {
            let rises = expiry.years > before && expiry.years.is_finite();
            if !(rises && expiry.forward > 0.0 && expiry.forward.is_finite()) {
                return Err(SurfaceFault::InvalidExpiry(index));
            }
            before = expiry.years;
        }
        Ok(Self { expiries })
    }

    /// The expiries, rising.
    #[must_use]
    pub fn expiries(&self) -> &[Expiry] {
        &self.expiries
    }

    /// The expiries around a time and the share of the way to the later one; both the same beyond the ends.
    fn around(&self, years: f64) -> (&Expiry, &Expiry, f64) {
        let after = self.expiries.partition_point(|expiry| expiry.years < years);
        let last = self.expiries.len() - 1;
        let (early, late) = (&self.expiries[after.saturating_sub(1)], &self.expiries[after.min(last)]);
        let span = late.years - early.years;
        (early, late, if span > 0.0 { (years - early.years) / span } else { 0.0 })
    }

    /// Total variance w = σ²T with its derivatives by log-moneyness, and ∂w/∂T per year, at a log-moneyness ln(K/F) and a time > 0 in years.
    #[must_use]
    pub fn total_variance(&self, k: f64, years: f64) -> (TotalVariance, f64) {
        let (early, late, share) = self.around(years);
        let one = early.slice.at(k);
        if late.years == early.years {
            // flat in vol: w ∝ T
            let scale = years / early.years;
            let scaled = TotalVariance {
                total: one.total * scale,
                slope: one.slope * scale,
                curvature: one.curvature * scale,
            };
            return (scaled, one.total / early.years);
        }
        let two = late.slice.at(k);
        let between = |one: f64, two: f64| one + (two - one) * share;
        let value = TotalVariance {
            total: between(one.total, two.total),
            slope: between(one.slope, two.slope),
            curvature: between(one.curvature, two.curvature),
        };
        (value, (two.total - one.total) / (late.years - early.years))
    }

    /// The forward that slices were fitted at, quote per unit, `years` from now; geometric in time between expiries.
    #[must_use]
    pub fn fitted_forward(&self, years: f64) -> f64 {
        let (early, late, share) = self.around(years);
        early.forward * crate::elementary::exp(share * ln_quotient(late.forward, early.forward))
    }

    /// ∂ ln F/∂T of the forward that slices were fitted at.
    fn fitted_growth(&self, years: f64) -> f64 {
        let (early, late, _) = self.around(years);
        let span = late.years - early.years;
        if span > 0.0 {
            ln_quotient(late.forward, early.forward) / span
        } else {
            0.0
        }
    }

    /// The vol of a strike `years` ahead when the forward to then is `forward`, and how it moves.
    ///
    /// K, F, T > 0; anything else gives NaN. Under [`Stickiness::Strike`] vol does not move with the forward.
    ///
    /// ```
    /// use plimsoll_math::surface::{Expiry, Stickiness, Surface, Svi};
    /// let slice = Svi::new(0.01, 0.1, -0.3, 0.0, 0.2).unwrap();
    /// let surface = Surface::new(vec![Expiry { years: 0.25, forward: 100.0, slice }]).unwrap();
    /// let strike = surface.vol(95.0, 104.0, 0.25, Stickiness::Strike);
    /// let delta = surface.vol(95.0 * 1.04, 104.0, 0.25, Stickiness::Delta);
    /// assert!((strike.vol - delta.vol).abs() < 1e-15); // the same 5 % below the forward of each
    /// assert_eq!(strike.by_forward, 0.0);
    /// ```
    #[must_use]
    pub fn vol(&self, strike: f64, forward: f64, years: f64, stickiness: Stickiness) -> SmileVol {
        let exists = [strike, forward, years].iter().all(|&x| x > 0.0 && x.is_finite());
        let years = if exists { years } else { f64::NAN };
        let (from, growth) = match stickiness {
            Stickiness::Strike => (self.fitted_forward(years), self.fitted_growth(years)),
            Stickiness::Delta => (forward, 0.0),
        };
        let (w, by_years) = self.total_variance(ln_quotient(strike, from), years);
        let vol = sqrt(w.total / years);
        let per = 0.5 / (vol * years);
        let slope = w.slope * per;
        let curvature = w.curvature * per - slope * slope / vol;
        let moves = if stickiness == Stickiness::Delta { 1.0 } else { 0.0 };
        SmileVol {
            vol,
            by_strike: slope / strike,
            by_strike_twice: (curvature - slope) / (strike * strike),
            by_forward: -moves * slope / forward,
            by_forward_twice: moves * (curvature + slope) / (forward * forward),
            by_years: by_years * per - 0.5 * vol / years - slope * growth,
        }
    }

    /// Where total variance falls from an expiry to the next at the same log-moneyness: a calendar spread with a price below
    /// zero (Gatheral and Jacquier 2014, lemma 2.1). Empty where there is none. A whole wing in violation is often worst at its end:
    /// `at` is ±∞ then, and `worst` the limit there, −∞ where the earlier slice's wing is steeper.
    #[must_use]
    pub fn calendar_violations(&self) -> Vec<CalendarViolation> {
        let mut found = Vec::new();
        for (expiry, pair) in self.expiries.windows(2).enumerate() {
            let (early, late) = (&pair[0].slice, &pair[1].slice);
            let points = merged(&early.sample_points(), &late.sample_points());
            let rise = |k: f64| late.at(k).total - early.at(k).total;
            for mut violation in arbitrage::violations(&points, &rise) {
                for side in [-1.0, 1.0] {
                    let end = if side < 0.0 { violation.from } else { violation.to };
                    let limit = wing_rise(early, late, side);
                    if end.is_infinite() && limit < violation.worst {
                        (violation.worst, violation.at) = (limit, end);
                    }
                }
                found.push(CalendarViolation { expiry, violation });
            }
        }
        found
    }
}

/// ln(a / b), where the quotient is out of the range of doubles too.
fn ln_quotient(a: f64, b: f64) -> f64 {
    let quotient = a / b;
    if quotient.is_normal() {
        ln(quotient)
    } else {
        ln(a) - ln(b)
    }
}

/// What the rise of total variance from one slice to another tends to at k → ±∞.
fn wing_rise(early: &Svi, late: &Svi, side: f64) -> f64 {
    let ([early_slope, early_level], [late_slope, late_level]) = (early.wing(side), late.wing(side));
    match late_slope - early_slope {
        0.0 => late_level - early_level,
        steeper => steeper * f64::INFINITY,
    }
}

/// The points of two ascending lists in one, each once.
fn merged(one: &[f64], other: &[f64]) -> Vec<f64> {
    let mut points = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let Some(&point) = match (one.peek(), other.peek()) {
        (Some(a), Some(b)) if a <= b => one.next(),
        (_, Some(_)) => other.next(),
        _ => one.next(),
    } {
        if points.last() != Some(&point) {
            points.push(point);
        }
    }
    points
}

#[cfg(test)]
mod tests;
