//! Newton's method for the boundary at all nodes at once.

use super::market::Market;
use super::nodes::{fall_at, node, places, shares, BOUNDARY_PANELS, NODES};
use super::square;
use crate::elementary::ln;
use crate::jet::Jet;
use alloc::vec::Vec;

/// Newton steps; a few are usual.
const STEPS_MAX: u32 = 20;
/// A step of ln(X/B) that small, as a share of ln(X/B) with all time left where that is less than 1, has no successor that would show.
const STEP_END: f64 = 1e-11;
/// Newton steps keep each ln(X/B) within these factors.
const STEP_FACTORS: [f64; 2] = [0.4, 2.5];

/// A place in the equation of one node.
pub(super) struct Term {
    pub(super) root: f64,
    pub(super) weight: f64,
    /// (τ/T)^{1/2} of the boundary there.
    rest: f64,
    pub(super) shares: [f64; NODES],
}

/// ln(X/B) at the nodes by Newton's method.
pub(super) fn newton(
    market: &Market<0>,
    terms: &[Vec<Term>],
    mut falls: [f64; NODES],
    root_years: f64,
) -> Option<[f64; NODES]> {
    for _ in 0..STEPS_MAX {
        let (mut steps, mut jacobian) = equations(market, terms, &falls, root_years)?;
        eliminate(&mut jacobian, core::slice::from_mut(&mut steps))?;
        let mut greatest = 0.0_f64;
        for (fall, step) in falls.iter_mut().zip(steps) {
            let next = (*fall - step).clamp(STEP_FACTORS[0] * *fall, STEP_FACTORS[1] * *fall);
            if !next.is_finite() {
                return None;
            }
            greatest = greatest.max((next - *fall).abs());
            *fall = next;
        }
        if greatest <= STEP_END * falls[0].min(1.0) {
            return Some(falls);
        }
    }
    None
}

/// The places in the equation of node i.
pub(super) fn terms(i: usize, root_years: f64) -> Vec<Term> {
    let at = node(i);
    let root = at * root_years;
    let mut terms = Vec::new();
    for ends in BOUNDARY_PANELS.windows(2) {
        terms.extend(places(ends[0], ends[1]).map(|place| Term {
            root: place.root * root,
            weight: place.weight * root * root,
            rest: place.rest * at,
            shares: shares(at * place.rest),
        }));
    }
    terms
}

/// F = ln(∫(r − qB)e^{−rθ}φ(d₋)/(σ√θ)dθ) − ln(B(e^{−qτ}Φ(d₊) + ∫q e^{−qθ}Φ(d₊)dθ)) at each node, and its derivatives by
/// ln(X/B) at each.
pub(super) fn equations(
    market: &Market<0>,
    terms: &[Vec<Term>],
    falls: &[f64; NODES],
    root_years: f64,
) -> Option<([f64; NODES], [[f64; NODES]; NODES])> {
    // Where the interpolated square is that far below σ²τ it is noise around 0.
    const NOISE: f64 = 1e-6;
    let lift = |jet: Jet<0>| Jet::<2>::constant(jet.value);
    let market = Market::new(lift(market.rate), lift(market.carry), lift(market.vol));
    let noise = NOISE * square(market.vol.value * root_years);
    let mut residuals = [0.0; NODES];
    let mut jacobian = [[0.0; NODES]; NODES];
    for (i, terms) in terms.iter().enumerate() {
        // Derivatives by the own fall and by the other.
        let own = Jet::variable(falls[i], 0);
        let root = node(i) * root_years;
        let mut earned = Jet::constant(0.0);
        let mut carried = market.fit_at_expiry(own, root);
        let (mut by_earned, mut by_carried) = ([0.0; NODES], [0.0; NODES]);
        for term in terms {
            let fall = fall_at(falls, &term.shares);
            let other = Jet::variable(fall, 1);
            let [left, right] = market.fit(own, other, term.root);
            earned = earned + left * term.weight;
            carried = carried + right * term.weight;
            if square(fall) > noise * square(term.rest) {
                let (left, right) = (term.weight * left.by[1] / fall, term.weight * right.by[1] / fall);
                for j in 0..NODES {
                    by_earned[j] += left * term.shares[j];
                    by_carried[j] += right * term.shares[j];
                }
            }
        }
        if !(earned.value > 0.0 && carried.value > 0.0) {
            return None;
        }
        residuals[i] = ln(earned.value / carried.value) + (falls[i] - market.start.value);
        for j in 0..NODES {
            // ∂fall(u)/∂fallⱼ = shareⱼ·fallⱼ/fall(u)
            jacobian[i][j] = falls[j] * (by_earned[j] / earned.value - by_carried[j] / carried.value);
        }
        jacobian[i][i] += earned.by[0] / earned.value - carried.by[0] / carried.value + 1.0;
    }
    Some((residuals, jacobian))
}

/// Makes each side the solution of `matrix`·x = side, by elimination with row pivots; `None` where the matrix is singular.
#[inline(never)]
pub(super) fn eliminate(matrix: &mut [[f64; NODES]; NODES], sides: &mut [[f64; NODES]]) -> Option<()> {
    for column in 0..NODES {
        let pivot = (column..NODES).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        for side in &mut *sides {
            side.swap(column, pivot);
        }
        let pivot_row = matrix[column];
        if !(pivot_row[column].abs() > 0.0 && pivot_row[column].is_finite()) {
            return None;
        }
        for row in column + 1..NODES {
            let factor = matrix[row][column] / pivot_row[column];
            for (value, pivot) in matrix[row].iter_mut().zip(pivot_row) {
                *value -= factor * pivot;
            }
            for side in &mut *sides {
                side[row] -= factor * side[column];
            }
        }
    }
    for side in sides {
        for row in (0..NODES).rev() {
            let known: f64 = (row + 1..NODES).map(|column| matrix[row][column] * side[column]).sum();
            side[row] = (side[row] - known) / matrix[row][row];
        }
    }
    Some(())
}
