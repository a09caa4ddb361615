//! Bid and ask vols of a chain, which of them can be fitted to, and how far a smile is from them.

use super::svi::Svi;
use crate::float::sqrt;
use alloc::vec;
use alloc::vec::Vec;

/// A quoted vol at one strike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VolQuote {
    /// k = ln(K/F).
    pub log_moneyness: f64,
    /// Implied vol of the bid, per √year.
    pub bid: f64,
    /// Implied vol of the ask, per √year.
    pub ask: f64,
}

impl VolQuote {
    pub(super) fn mid(&self) -> f64 {
        0.5 * (self.bid + self.ask)
    }

    /// What an error of the model counts against: half the spread.
    fn tolerance(&self) -> f64 {
        (0.5 * (self.ask - self.bid)).max(HALF_SPREAD_LEAST)
    }

    fn is_valid(&self) -> bool {
        let is_near = self.log_moneyness.abs() <= LOG_MONEYNESS_MAX;
        is_near && self.bid > 0.0 && self.ask >= self.bid && self.ask <= VOL_MAX
    }
}

/// The quotes of one expiry.
#[derive(Clone, Copy, Debug)]
pub struct ExpiryQuotes<'a> {
    /// Time to expiry, years.
    pub years: f64,
    /// In any order.
    pub quotes: &'a [VolQuote],
}

/// Why there is no fit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum CalibrationFault {
    /// Fewer strikes are quoted than the model has parameters.
    TooFewStrikes {
        /// Index of the expiry.
        expiry: usize,
        /// How many it takes.
        needed: usize,
        /// How many different ones there are.
        given: usize,
    },
    /// A quote whose bid is not positive or above its ask, whose ask is above 1,000 (100,000 %), or whose log-moneyness is
    /// beyond ±100 or no number.
    InvalidQuote {
        /// Index of the expiry.
        expiry: usize,
        /// Index within the expiry.
        quote: usize,
    },
    /// Times to expiry that are not rising within [`YEARS_MIN`] and [`YEARS_MAX`]: the index of the first such expiry.
    InvalidYears(usize),
}

/// How well a fit meets its quotes.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct FitError {
    /// Root mean square of model vol − mid vol, per √year.
    pub root_mean_square: f64,
    /// The greatest |model vol − mid vol|, per √year.
    pub largest: f64,
    /// Quotes whose model vol is below the bid or above the ask by more than 1e-8.
    pub outside_spread: usize,
    /// Quotes in all.
    pub quotes: usize,
}

/// Greatest |ln(K/F)| of a quote; nobody quotes beyond.
pub const LOG_MONEYNESS_MAX: f64 = 100.0;
/// Greatest vol of an ask, likewise.
pub const VOL_MAX: f64 = 1000.0;

/// Least time to expiry of a fit, 30 µs.
pub const YEARS_MIN: f64 = 1e-12;
/// Greatest time to expiry of a fit.
pub const YEARS_MAX: f64 = 1e6;

/// Half-spreads below a tenth of a vol point are taken for that, so that no quote silences all others.
const HALF_SPREAD_LEAST: f64 = 0.001;
/// How near to a quote without a spread a fit counts as on it.
const NOISE: f64 = 1e-8;

/// The least and the greatest log-moneyness.
pub(super) fn range(quotes: &[VolQuote]) -> (f64, f64) {
    quotes
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), quote| {
            (low.min(quote.log_moneyness), high.max(quote.log_moneyness))
        })
}

/// Total variance by the mid of the quote nearest to the forward.
#[inline(never)]
pub(super) fn central_variance(expiry: &ExpiryQuotes<'_>) -> f64 {
    let nearest = expiry
        .quotes
        .iter()
        .min_by(|a, b| a.log_moneyness.abs().total_cmp(&b.log_moneyness.abs()))
        .expect("invariant: checked");
    nearest.mid() * nearest.mid() * expiry.years
}

/// (model − mid vol)/half-spread for every quote.
#[inline(never)]
pub(super) fn weigh(slice: &Svi, expiry: &ExpiryQuotes<'_>, residuals: &mut [f64]) {
    for (residual, quote) in residuals.iter_mut().zip(expiry.quotes) {
        let vol = sqrt(slice.at(quote.log_moneyness).total / expiry.years);
        *residual = (vol - quote.mid()) / quote.tolerance();
    }
}

/// The sum of squares that a fit makes small.
#[inline(never)]
pub(super) fn misfit(slice: &Svi, expiry: &ExpiryQuotes<'_>) -> f64 {
    let mut residuals = vec![0.0; expiry.quotes.len()];
    weigh(slice, expiry, &mut residuals);
    residuals.iter().map(|residual| residual * residual).sum()
}

pub(super) fn fit_error<'a>(parts: &mut dyn Iterator<Item = (&'a Svi, &'a ExpiryQuotes<'a>)>) -> FitError {
    let mut error = FitError::default();
    let mut squares = 0.0;
    for (slice, expiry) in parts {
        for quote in expiry.quotes {
            let vol = sqrt(slice.at(quote.log_moneyness).total / expiry.years);
            let off = (vol - quote.mid()).abs();
            squares += off * off;
            error.largest = error.largest.max(off);
            error.outside_spread += usize::from(vol < quote.bid - NOISE || vol > quote.ask + NOISE);
            error.quotes += 1;
        }
    }
    error.root_mean_square = sqrt(squares / error.quotes as f64);
    error
}

/// How many different strikes are quoted, counted up to `enough`.
fn distinct_strikes(quotes: &[VolQuote], enough: usize) -> usize {
    let mut seen = Vec::with_capacity(enough);
    for quote in quotes {
        if seen.len() < enough && !seen.contains(&quote.log_moneyness) {
            seen.push(quote.log_moneyness);
        }
    }
    seen.len()
}

pub(super) fn check(expiries: &[ExpiryQuotes<'_>], needed: usize) -> Result<(), CalibrationFault> {
    if expiries.is_empty() {
        let (expiry, given) = (0, 0);
        return Err(CalibrationFault::TooFewStrikes { expiry, needed, given });
    }
    let mut before = 0.0;
    for (index, expiry) in expiries.iter().enumerate() {
        if !(expiry.years > before && (YEARS_MIN..=YEARS_MAX).contains(&expiry.years)) {
            return Err(CalibrationFault::InvalidYears(index));
        }
        before = expiry.years;
        let given = distinct_strikes(expiry.quotes, needed);
        if given < needed {
            let expiry = index;
            return Err(CalibrationFault::TooFewStrikes { expiry, needed, given });
        }
        if let Some(quote) = expiry.quotes.iter().position(|quote| !quote.is_valid()) {
            let expiry = index;
            return Err(CalibrationFault::InvalidQuote { expiry, quote });
        }
    }
    Ok(())
}
