//! SVI and SSVI from bid and ask vols.

use super::least_squares::minimise;
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

/// Parameters of a slice.
const SVI_PARAMETERS: usize = 5;

/// Beyond this slope of total variance an asymptotic wing has moments that do not exist (Lee 2004).
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

/// What is nearest to each expiry's quotes under penalties, or a slice that cannot have arbitrage where penalties leave any.
fn slices_without_arbitrage(expiries: &[ExpiryQuotes<'_>], found: &[Free], nearest: &[Svi]) -> Vec<Svi> {
    let mut slices: Vec<Svi> = Vec::with_capacity(expiries.len());
    // Wings first yield to what the neighbours quote; else a wing that nobody quotes would push quoted slices away.
    let yielding: Vec<Free> = (0..expiries.len())
        .map(|index| without_arbitrage(&expiries[index], found[index], &wing_bounds(expiries, nearest, index)))
        .collect();
    for (index, expiry) in expiries.iter().enumerate() {
        let mut free = yielding[index];
        let mut floors = Vec::new();
        if let Some(&slice) = slices.last() {
            let (early, late) = (range(expiries[index - 1].quotes), range(expiry.quotes));
            floors.push(Bound {
                slice,
                between: (early.0.min(late.0), early.1.max(late.1)),
                is_floor: true,
                penalty: PENALTY,
            });
            free = without_arbitrage(expiry, free, &floors);
        }
        let slice = svi_of(&free);
        if free == found[index] {
            slices.push(slice);
            continue;
        }
        let other = free_of_butterflies(expiry, &floors);
        let has_arbitrage =
            !slice.butterfly_violations().is_empty() || floors.iter().any(|floor| floor.is_crossed_by(&slice));
        let is_nearer = misfit(&other, expiry) < misfit(&slice, expiry);
        slices.push(if has_arbitrage || is_nearer { other } else { slice });
    }
    slices
}

/// The nearest slice that is one of an SSVI surface which theorem 4.2 of Gatheral and Jacquier (2014) frees of butterflies, raised to
/// its floors, which brings none (`surface/tests.rs`).
fn free_of_butterflies(expiry: &ExpiryQuotes<'_>, floors: &[Bound]) -> Svi {
    let count = expiry.quotes.len() + floors.len() * PENALISED_POINTS;
    // From above the floors, which a search from below would leap over.
    let theta = floors.iter().fold(central_variance(expiry), |theta, floor| {
        theta.max(floor.slice.at(0.0).total)
    });
    let ends = [-0.5, 0.5].map(|rho| {
        let mut parameters = [ln(theta), rho, 0.0];
        let end = minimise(&mut parameters, count, &mut |p, residuals| {
            let slice = butterfly_free_slice(p);
            let (fit, penalties) = residuals.split_at_mut(expiry.quotes.len());
            weigh(&slice, expiry, fit);
            penalise_crossing(&slice, floors, 1.0, penalties);
        });
        (end.cost, butterfly_free_slice(&parameters))
    });
    let [(one_cost, one), (other_cost, other)] = ends;
    let slice = if one_cost <= other_cost { one } else { other };
    let lacks = floors.iter().flat_map(|floor| {
        let points = slice.points_between(floor.between, PENALISED_POINTS);
        points.map(|k| (1.0 + RISE_LEAST) * floor.slice.at(k).total - slice.at(k).total)
    });
    slice.raised(lacks.fold(0.0, f64::max))
}

/// The slice of ln θ, tanh⁻¹ρ and the logit of φ's share of the most that leaves it free of butterflies.
#[inline(never)]
fn butterfly_free_slice(p: &[f64]) -> Svi {
    let theta = exp(p[0].clamp(-40.0, 5.0));
    let rho = 2.0 * logistic(2.0 * p[1].clamp(-8.0, 8.0)) - 1.0;
    let wings = theta * (1.0 + rho.abs());
    let phi = logistic(p[2].clamp(-14.0, 14.0)) * (4.0 / wings).min(2.0 / sqrt(wings));
    match Svi::of_ssvi(theta, rho, phi) {
        Ok(slice) => slice,
        Err(_) => unreachable!("invariant: the parameters map into the domain"),
    }
}

/// A slice of another expiry that total variance must not cross between two log-moneynesses.
struct Bound {
    slice: Svi,
    between: (f64, f64),
    /// Whether that expiry is the earlier one.
    is_floor: bool,
    penalty: f64,
}

impl Bound {
    /// Whether a slice lies beyond where quotes tell of it; wings, which yield, may.
    fn is_crossed_by(&self, slice: &Svi) -> bool {
        let falls = |k: f64| slice.at(k).total < self.slice.at(k).total;
        self.penalty == PENALTY && slice.points_between(self.between, PENALISED_POINTS).any(falls)
    }
}

/// The slices before and after one, where they are quoted and it is not.
fn wing_bounds(expiries: &[ExpiryQuotes<'_>], slices: &[Svi], index: usize) -> Vec<Bound> {
    let own = range(expiries[index].quotes);
    let mut bounds = Vec::new();
    for other in index.saturating_sub(1)..(index + 2).min(slices.len()) {
        let (low, high) = range(expiries[other].quotes);
        let parts = [(low, high.min(own.0)), (low.max(own.1), high)];
        bounds.extend(parts.into_iter().filter(|(from, to)| from < to).map(|between| Bound {
            slice: slices[other],
            between,
            is_floor: other < index,
            penalty: WING_PENALTY,
        }));
    }
    bounds
}

/// `nearest` where it has no arbitrage, else what is nearest under penalties for it.
fn without_arbitrage(expiry: &ExpiryQuotes<'_>, nearest: Free, bounds: &[Bound]) -> Free {
    let mut penalties = vec![0.0; (1 + bounds.len()) * PENALISED_POINTS];
    penalise(&svi_of(&nearest), &[], bounds, 1.0, &mut penalties);
    let worst_of = |slice: &Free| {
        svi_of(slice)
            .butterfly_violations()
            .into_iter()
            .map(|violation| violation.at)
    };
    let mut worst: Vec<f64> = worst_of(&nearest).collect();
    if worst.is_empty() && penalties.iter().all(|&penalty| penalty == 0.0) {
        return nearest;
    }
    let [sharp, middle, round] = svi_starts(expiry);
    let best_under = |stiffness: f64, worst: &[f64], starts: &[Free]| {
        let count = expiry.quotes.len() + worst.len() + penalties.len();
        best_of(starts, count, &|slice, residuals| {
            let (fit, penalties) = residuals.split_at_mut(expiry.quotes.len());
            weigh(slice, expiry, fit);
            penalise(slice, worst, bounds, stiffness, penalties);
        })
    };
    let mut found = best_under(1.0, &worst, &[nearest, sharp, middle, round]);
    for stiffness in STIFFER {
        let before = worst.len();
        worst.extend(worst_of(&found));
        let slice = svi_of(&found);
        if worst.len() == before && !bounds.iter().any(|bound| bound.is_crossed_by(&slice)) {
            break;
        }
        found = best_under(stiffness, &worst, &[found]);
    }
    found
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

/// Points of each penalty.
const PENALISED_POINTS: usize = 61;
/// How near to a quote without a spread a fit counts as on it.
const NOISE: f64 = 1e-8;
/// What g is asked to be at least, so that the penalty leaves it above 0.
const DENSITY_LEAST: f64 = 0.002;
/// What total variance is asked to rise by from one expiry to the next, as a share, so that the penalty leaves it rising.
const RISE_LEAST: f64 = 0.001;
/// A g that is 0.01 too low, or a total variance 1 % too low, counts as a model vol ten half-spreads away from the mid.
const PENALTY: f64 = 1000.0;
/// A hundredth of that where nobody quotes: wings yield, but for no price.
const WING_PENALTY: f64 = 10.0;
/// How much more each penalty counts, round by round, where quotes outweigh it and leave a negative density or a total variance
/// that falls; the last rounds only ask for more where the one before left any.
const STIFFER: [f64; 6] = [10.0, 100.0, 1000.0, 1000.0, 1000.0, 1000.0];

/// How far from the bend of a slice densities are asked to be positive: beyond, its wings are straight.
const WINGS: f64 = 30.0;

/// Residuals for negative densities, also where they have been `worst` before, then for what crosses each bound.
#[inline(never)]
fn penalise(slice: &Svi, worst: &[f64], bounds: &[Bound], stiffness: f64, residuals: &mut [f64]) {
    let (butterfly, calendar) = residuals.split_at_mut(PENALISED_POINTS + worst.len());
    let [.., m, _] = slice.parameters();
    let points = slice.points_between((m - WINGS, m + WINGS), PENALISED_POINTS);
    let points = points.chain(worst.iter().copied());
    for (residual, k) in butterfly.iter_mut().zip(points) {
        *residual = stiffness * PENALTY * (DENSITY_LEAST - slice.density_factor(k)).max(0.0);
    }
    penalise_crossing(slice, bounds, stiffness, calendar);
}

/// Residuals for what crosses each bound.
#[inline(never)]
fn penalise_crossing(slice: &Svi, bounds: &[Bound], stiffness: f64, residuals: &mut [f64]) {
    for (bound, residuals) in bounds.iter().zip(residuals.chunks_exact_mut(PENALISED_POINTS)) {
        let points = slice.points_between(bound.between, PENALISED_POINTS);
        for (residual, k) in residuals.iter_mut().zip(points) {
            let (own, other) = (slice.at(k).total, bound.slice.at(k).total);
            let rise = if bound.is_floor { own / other } else { other / own };
            *residual = stiffness * bound.penalty * (1.0 + RISE_LEAST - rise).max(0.0);
        }
    }
}

/// The least and the greatest log-moneyness.
fn range(quotes: &[VolQuote]) -> (f64, f64) {
    quotes
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), quote| {
            (low.min(quote.log_moneyness), high.max(quote.log_moneyness))
        })
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

/// Total variance by the mid of the quote nearest to the forward.
#[inline(never)]
fn central_variance(expiry: &ExpiryQuotes<'_>) -> f64 {
    let nearest = expiry
        .quotes
        .iter()
        .min_by(|a, b| a.log_moneyness.abs().total_cmp(&b.log_moneyness.abs()))
        .expect("invariant: checked");
    nearest.mid() * nearest.mid() * expiry.years
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

/// (model − mid vol)/half-spread for every quote.
#[inline(never)]
fn weigh(slice: &Svi, expiry: &ExpiryQuotes<'_>, residuals: &mut [f64]) {
    for (residual, quote) in residuals.iter_mut().zip(expiry.quotes) {
        let vol = sqrt(slice.at(quote.log_moneyness).total / expiry.years);
        *residual = (vol - quote.mid()) / quote.tolerance();
    }
}

/// The sum of squares that a fit makes small.
#[inline(never)]
fn misfit(slice: &Svi, expiry: &ExpiryQuotes<'_>) -> f64 {
    let mut residuals = vec![0.0; expiry.quotes.len()];
    weigh(slice, expiry, &mut residuals);
    residuals.iter().map(|residual| residual * residual).sum()
}

fn fit_error<'a>(parts: &mut dyn Iterator<Item = (&'a Svi, &'a ExpiryQuotes<'a>)>) -> FitError {
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

fn check(expiries: &[ExpiryQuotes<'_>], needed: usize) -> Result<(), CalibrationFault> {
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
