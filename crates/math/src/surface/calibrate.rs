//! SVI and SSVI from bid and ask vols.

mod avoidance;

use super::least_squares::minimise;
use super::quotes::{
    central_variance, check, fit_error, range, weigh, CalibrationFault, ExpiryQuotes, FitError, VolQuote,
};
use super::ssvi::Ssvi;
use super::svi::Svi;
use crate::elementary::{exp, ln};
use crate::float::sqrt;
use alloc::vec;
use alloc::vec::Vec;
use avoidance::slices_without_arbitrage;

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

/// Parameters of a slice.
const SVI_PARAMETERS: usize = 5;

/// No smile without arbitrage has a steeper wing: total variance is below 2|k| far out (Lee 2004).
const WING_SLOPE_MAX: f64 = 2.0;

/// What a fit does about arbitrage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arbitrage {
    /// Nothing: the nearest slices, to be judged afterwards.
    Judged,
    /// No negative density at any log-moneyness, and no total variance that falls from an expiry to the next at one that either
    /// quotes. Beyond all quotes slices may still cross.
    Avoided,
}

/// Logarithms and logits that stand for a slice, see [`svi_of`].
type Free = [f64; SVI_PARAMETERS];

/// Raw SVI for each expiry of a chain, by least squares of (model − mid vol)/half-spread.
///
/// Least variances are kept ≥ 0 and wings at slopes below 2, so every slice is in its domain. Whether there is arbitrage is
/// judged by [`Svi::butterfly_violations`] and [`super::Surface::calendar_violations`].
///
/// # Errors
/// [`CalibrationFault`] for no expiry, one with fewer than 5 different strikes, a quote that is none, or years that are not positive and
/// rising.
pub fn fit_svi(expiries: &[ExpiryQuotes<'_>], arbitrage: Arbitrage) -> Result<Vec<SviFit>, CalibrationFault> {
    check(expiries, SVI_PARAMETERS)?;
    let nearest = expiries.iter().map(|expiry| {
        best_of(&svi_starts(expiry), expiry.quotes.len(), &|slice, residuals| {
            weigh(slice, expiry, residuals);
        })
    });
    let found: Vec<Free> = nearest.collect();
    let nearest: Vec<Svi> = found.iter().map(|free| svi_of(free)).collect();
    let slices = match arbitrage {
        Arbitrage::Judged => nearest,
        Arbitrage::Avoided => slices_without_arbitrage(expiries, &found, &nearest),
    };
    let fits = slices.into_iter().zip(expiries).map(|(slice, expiry)| {
        let error = fit_error(&mut [(&slice, expiry)].into_iter());
        SviFit { slice, error }
    });
    Ok(fits.collect())
}

/// The parameters of least cost among searches from each start.
fn best_of(starts: &[Free], count: usize, residuals: &dyn Fn(&Svi, &mut [f64])) -> Free {
    let ends = starts.iter().map(|&start| {
        let mut parameters = start;
        let end = minimise(&mut parameters, count, &mut |p, r| residuals(&svi_of(p), r));
        (end.cost, parameters)
    });
    let best = ends.min_by(|(one, _), (other, _)| one.total_cmp(other));
    best.expect("invariant: there are starts").1
}

/// 1/(1 + e^{−x}).
#[inline(never)]
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// The slice of ln(least variance), logit of both wing slopes, m and ln σ: any five numbers give one in the domain.
#[inline(never)]
fn svi_of(p: &[f64]) -> Svi {
    let slope = |p: f64| WING_SLOPE_MAX * logistic(p.clamp(-14.0, 14.0));
    let (left, right, sigma) = (slope(p[1]), slope(p[2]), exp(p[4].clamp(-20.0, 5.0)));
    let depth = sigma * sqrt(left * right);
    // Far above the rounding of a and ρ, so that the least variance is not below 0.
    let least = exp(p[0].clamp(-40.0, 5.0)) + 1e-9 * depth;
    let slice = Svi::new(
        least - depth,
        0.5 * (left + right),
        (right - left) / (right + left),
        p[3],
        sigma,
    );
    // `expect` would bring the formatting of numbers into the module, a tenth of its size.
    match slice {
        Ok(slice) => slice,
        Err(_) => unreachable!("invariant: the parameters map into the domain"),
    }
}

/// Starts that put the bend at the least mid, with wings through the outermost mids, from sharp to round.
fn svi_starts(expiry: &ExpiryQuotes<'_>) -> [Free; 3] {
    let ExpiryQuotes { years, quotes } = *expiry;
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

/// SSVI for all expiries together, free of static arbitrage by construction: γ ≤ ½, η²(1 + |ρ|) ≤ 4, θ rising.
///
/// # Errors
/// [`CalibrationFault`] for no expiry, one without quotes, a quote that is none, or years that are not positive and rising.
pub fn fit_ssvi(expiries: &[ExpiryQuotes<'_>]) -> Result<SsviFit, CalibrationFault> {
    check(expiries, 1)?;
    let count = expiries.iter().map(|expiry| expiry.quotes.len()).sum();
    // tanh⁻¹ρ, logits of η√(1 + |ρ|)/2 and 2γ, then ln of the rises of θ
    let mut parameters = vec![-0.2, 0.0, 0.0];
    let mut before = 0.0;
    for expiry in expiries {
        let theta = central_variance(expiry);
        let rise = (theta - before).max(0.01 * theta);
        parameters.push(ln(rise));
        before += rise;
    }
    minimise(&mut parameters, count, &mut |p, residuals| {
        let (surface, thetas) = ssvi_of(p);
        let mut rest = residuals;
        for (expiry, &theta) in expiries.iter().zip(&thetas) {
            let (part, others) = rest.split_at_mut(expiry.quotes.len());
            match surface.slice(theta) {
                Ok(slice) => weigh(&slice, expiry, part),
                Err(_) => part.fill(f64::NAN),
            }
            rest = others;
        }
    });
    let (surface, thetas) = ssvi_of(&parameters);
    let slices: Vec<Svi> = thetas
        .iter()
        .map(|&theta| match surface.slice(theta) {
            Ok(slice) => slice,
            Err(_) => unreachable!("invariant: such a point is not taken"),
        })
        .collect();
    Ok(SsviFit {
        surface,
        thetas,
        error: fit_error(&mut slices.iter().zip(expiries)),
    })
}

/// What θ rises by at least, as a share: well above the rounding of variances.
const THETA_RISE_LEAST: f64 = 1e-6;

fn ssvi_of(p: &[f64]) -> (Ssvi, Vec<f64>) {
    let share = |p: f64| logistic(p.clamp(-30.0, 30.0));
    let rho = 2.0 * logistic(2.0 * p[0].clamp(-8.0, 8.0)) - 1.0;
    let Ok(surface) = Ssvi::new(rho, 2.0 * share(p[1]) / sqrt(1.0 + rho.abs()), 0.5 * share(p[2])) else {
        unreachable!("invariant: the parameters map into the domain")
    };
    let mut theta = 0.0;
    let thetas = p[3..]
        .iter()
        .map(|&rise| {
            theta += THETA_RISE_LEAST * theta + exp(rise.clamp(-40.0, 5.0));
            theta
        })
        .collect();
    (surface, thetas)
}
