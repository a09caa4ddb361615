//! SVI and SSVI from bid and ask vols.

use super::least_squares::{minimise, Minimum};
use super::ssvi::Ssvi;
use super::svi::Svi;
use crate::elementary::{exp, ln};
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
    fn mid(&self) -> f64 {
        0.5 * (self.bid + self.ask)
    }

    /// What an error of the model counts against: half the spread.
    fn tolerance(&self) -> f64 {
        (0.5 * (self.ask - self.bid)).max(HALF_SPREAD_LEAST)
    }

    fn is_valid(&self) -> bool {
        self.log_moneyness.is_finite() && self.bid > 0.0 && self.ask >= self.bid && self.ask.is_finite()
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
    /// Fewer quotes than the model has parameters.
    TooFewQuotes {
        /// How many it takes.
        needed: usize,
        /// How many there are.
        given: usize,
    },
    /// A quote whose bid is not positive, is above its ask, or is no number: its index within its expiry.
    InvalidQuote(usize),
    /// Times to expiry that are not positive and rising: the index of the first such expiry.
    InvalidYears(usize),
}

/// How well a fit meets its quotes.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct FitError {
    /// Root mean square of model vol − mid vol, per √year.
    pub root_mean_square: f64,
    /// The greatest |model vol − mid vol|, per √year.
    pub largest: f64,
    /// Quotes whose model vol is below the bid or above the ask.
    pub outside_spread: usize,
    /// Quotes in all.
    pub quotes: usize,
}

/// A slice and how well it meets its quotes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SviFit {
    /// The slice.
    pub slice: Svi,
    /// Against the quotes it was fitted to.
    pub error: FitError,
}

/// A surface, its at-the-money total variances, and how well it meets its quotes.
#[derive(Clone, PartialEq, Debug)]
pub struct SsviFit {
    /// The surface.
    pub surface: Ssvi,
    /// θ by expiry, rising.
    pub thetas: Vec<f64>,
    /// Against all quotes.
    pub error: FitError,
}

/// Half-spreads below a tenth of a vol point are taken for that, so that no quote silences all others.
const HALF_SPREAD_LEAST: f64 = 0.001;

/// Parameters of a slice.
const SVI_PARAMETERS: usize = 5;

/// Beyond this slope of total variance an asymptotic wing has moments that do not exist (Lee 2004).
const WING_SLOPE_MAX: f64 = 2.0;

/// Raw SVI for one expiry, by least squares of (model − mid vol)/half-spread.
///
/// The least variance is kept ≥ 0 and both wings at slopes below 2, so the slice is always in its domain; that no butterfly
/// spread is worth less than nothing is asked for by a penalty between and somewhat beyond the quoted strikes, and judged by
/// [`Svi::butterfly_violations`].
///
/// # Errors
/// [`CalibrationFault`] for fewer than 5 quotes, a quote that is none, or years that are not positive.
pub fn fit_svi(expiry: &ExpiryQuotes<'_>) -> Result<SviFit, CalibrationFault> {
    check(core::slice::from_ref(expiry), SVI_PARAMETERS)?;
    let ExpiryQuotes { years, quotes } = *expiry;
    let penalised = penalised_points(quotes);
    let mut best: Option<(Minimum, [f64; SVI_PARAMETERS])> = None;
    for start in svi_starts(years, quotes) {
        let mut parameters = start;
        let end = minimise(&mut parameters, quotes.len() + PENALISED_POINTS, |p, residuals| {
            let slice = svi_of(p);
            let (fit, penalties) = residuals.split_at_mut(quotes.len());
            weigh(&slice, years, quotes, fit);
            for (penalty, &k) in penalties.iter_mut().zip(&penalised) {
                *penalty = BUTTERFLY_PENALTY * (-slice.density_factor(k)).max(0.0);
            }
        });
        if best.is_none_or(|(least, _)| end.cost < least.cost) {
            best = Some((end, parameters));
        }
    }
    let (_, parameters) = best.expect("invariant: there are starts");
    let slice = svi_of(&parameters);
    Ok(SviFit {
        slice,
        error: fit_error([(&slice, expiry)].into_iter()),
    })
}

/// Points at which negative densities are penalised.
const PENALISED_POINTS: usize = 48;
/// A g of −0.01 counts as much as a model vol one half-spread away from the mid.
const BUTTERFLY_PENALTY: f64 = 100.0;

/// Evenly from half the quoted range below it to half above it.
fn penalised_points(quotes: &[VolQuote]) -> [f64; PENALISED_POINTS] {
    let (low, high) = range(quotes);
    let step = 2.0 * (high - low) / (PENALISED_POINTS - 1) as f64;
    core::array::from_fn(|i| low - 0.5 * (high - low) + step * i as f64)
}

fn range(quotes: &[VolQuote]) -> (f64, f64) {
    quotes
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), quote| {
            (low.min(quote.log_moneyness), high.max(quote.log_moneyness))
        })
}

/// The slice of ln(least variance), logit of both wing slopes, m and ln σ: any five numbers give one in the domain.
fn svi_of(p: &[f64]) -> Svi {
    let slope = |p: f64| WING_SLOPE_MAX / (1.0 + exp(-p.clamp(-30.0, 30.0)));
    let (left, right, sigma) = (slope(p[1]), slope(p[2]), exp(p[4].clamp(-20.0, 5.0)));
    let least = exp(p[0].clamp(-40.0, 5.0));
    Svi::new(
        least - sigma * sqrt(left * right) * (1.0 - f64::EPSILON),
        0.5 * (left + right),
        (right - left) / (right + left),
        p[3],
        sigma,
    )
    .expect("invariant: the parameters map into the domain")
}

/// Starts that put the bend at the least mid, with wings through the outermost mids, from sharp to round.
fn svi_starts(years: f64, quotes: &[VolQuote]) -> [[f64; SVI_PARAMETERS]; 3] {
    let variance = |quote: &VolQuote| quote.mid() * quote.mid() * years;
    let least = quotes
        .iter()
        .min_by(|a, b| a.mid().total_cmp(&b.mid()))
        .expect("invariant: not empty");
    let (low, high) = range(quotes);
    let width = (high - low).max(1e-3);
    let logit_of_slope = |at: f64| {
        let outermost = quotes
            .iter()
            .find(|quote| quote.log_moneyness == at)
            .expect("invariant: an end of the range");
        let away = (at - least.log_moneyness).abs().max(0.1 * width);
        let share = ((variance(outermost) - variance(least)) / away / WING_SLOPE_MAX).clamp(0.01, 0.8);
        ln(share / (1.0 - share))
    };
    let (left, right) = (logit_of_slope(low), logit_of_slope(high));
    let m = least.log_moneyness;
    [0.02, 0.15, 0.6].map(|share| [ln(0.9 * variance(least)), left, right, m, ln(share * width)])
}

/// SSVI for all expiries together, free of static arbitrage by construction: γ ≤ ½, η(1 + |ρ|) ≤ 2, θ rising.
///
/// # Errors
/// [`CalibrationFault`] for no expiry, one without quotes, a quote that is none, or years that are not positive and rising.
pub fn fit_ssvi(expiries: &[ExpiryQuotes<'_>]) -> Result<SsviFit, CalibrationFault> {
    check(expiries, 1)?;
    let count = expiries.iter().map(|expiry| expiry.quotes.len()).sum();
    // tanh⁻¹ρ, logits of η(1 + |ρ|)/2 and 2γ, then ln of the rises of θ
    let mut parameters = vec![-0.2, 0.0, 0.0];
    let mut before = 0.0;
    for expiry in expiries {
        let nearest = expiry
            .quotes
            .iter()
            .min_by(|a, b| a.log_moneyness.abs().total_cmp(&b.log_moneyness.abs()))
            .expect("invariant: checked");
        const RISE_LEAST: f64 = 0.01;
        let theta = nearest.mid() * nearest.mid() * expiry.years;
        let rise = (theta - before).max(RISE_LEAST * theta);
        parameters.push(ln(rise));
        before += rise;
    }
    minimise(&mut parameters, count, |p, residuals| {
        let (surface, thetas) = ssvi_of(p);
        let mut rest = residuals;
        for (expiry, &theta) in expiries.iter().zip(&thetas) {
            let (part, others) = rest.split_at_mut(expiry.quotes.len());
            match surface.slice(theta) {
                Ok(slice) => weigh(&slice, expiry.years, expiry.quotes, part),
                Err(_) => part.fill(f64::NAN),
            }
            rest = others;
        }
    });
    let (surface, thetas) = ssvi_of(&parameters);
    let slices: Vec<Svi> = thetas
        .iter()
        .map(|&theta| surface.slice(theta).expect("invariant: such a point is not taken"))
        .collect();
    Ok(SsviFit {
        surface,
        thetas,
        error: fit_error(slices.iter().zip(expiries)),
    })
}

fn ssvi_of(p: &[f64]) -> (Ssvi, Vec<f64>) {
    let share = |p: f64| 1.0 / (1.0 + exp(-p.clamp(-30.0, 30.0)));
    let rho = 2.0 * share(2.0 * p[0].clamp(-8.0, 8.0)) - 1.0;
    let surface = Ssvi::new(rho, 2.0 * share(p[1]) / (1.0 + rho.abs()), 0.5 * share(p[2]))
        .expect("invariant: the parameters map into the domain");
    let mut theta = 0.0;
    let thetas = p[3..]
        .iter()
        .map(|&rise| {
            theta += exp(rise.clamp(-40.0, 5.0));
            theta
        })
        .collect();
    (surface, thetas)
}

fn weigh(slice: &Svi, years: f64, quotes: &[VolQuote], residuals: &mut [f64]) {
    for (residual, quote) in residuals.iter_mut().zip(quotes) {
        let vol = sqrt(slice.at(quote.log_moneyness).total / years);
        *residual = (vol - quote.mid()) / quote.tolerance();
    }
}

fn fit_error<'a>(parts: impl Iterator<Item = (&'a Svi, &'a ExpiryQuotes<'a>)>) -> FitError {
    let mut error = FitError::default();
    let mut squares = 0.0;
    for (slice, expiry) in parts {
        for quote in expiry.quotes {
            let vol = sqrt(slice.at(quote.log_moneyness).total / expiry.years);
            let off = (vol - quote.mid()).abs();
            squares += off * off;
            error.largest = error.largest.max(off);
            error.outside_spread += usize::from(vol < quote.bid || vol > quote.ask);
            error.quotes += 1;
        }
    }
    error.root_mean_square = sqrt(squares / error.quotes as f64);
    error
}

fn check(expiries: &[ExpiryQuotes<'_>], needed: usize) -> Result<(), CalibrationFault> {
    if expiries.is_empty() {
        return Err(CalibrationFault::TooFewQuotes { needed, given: 0 });
    }
    let mut before = 0.0;
    for (index, expiry) in expiries.iter().enumerate() {
        if !(expiry.years > before && expiry.years.is_finite()) {
            return Err(CalibrationFault::InvalidYears(index));
        }
        before = expiry.years;
        let given = expiry.quotes.len();
        if given < needed {
            return Err(CalibrationFault::TooFewQuotes { needed, given });
        }
        if let Some(quote) = expiry.quotes.iter().position(|quote| !quote.is_valid()) {
            return Err(CalibrationFault::InvalidQuote(quote));
        }
    }
    Ok(())
}
