//! Slices without arbitrage: what is nearest to the quotes under penalties, or a slice that cannot have any.

use super::{best_of, logistic, svi_of, svi_starts, Free};
use crate::elementary::{exp, ln};
use crate::float::sqrt;
use crate::surface::least_squares::minimise;
use crate::surface::quotes::{central_variance, misfit, range, weigh, ExpiryQuotes};
use crate::surface::svi::Svi;
use alloc::vec;
use alloc::vec::Vec;

/// What is nearest to each expiry's quotes under penalties, or a slice that cannot have arbitrage where penalties leave any.
pub(super) fn slices_without_arbitrage(expiries: &[ExpiryQuotes<'_>], found: &[Free], nearest: &[Svi]) -> Vec<Svi> {
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

/// Points of each penalty.
const PENALISED_POINTS: usize = 61;
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
