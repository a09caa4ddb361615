//! The nodes at which the boundary is known, what lies between them, and where the integrals are evaluated.

use crate::float;
use crate::quadrature::panel;

/// Collocation nodes besides τ = 0.
pub(super) const NODES: usize = 30;

/// cos(iπ/30) for i = 0..=15.
const COSINES: [f64; 16] = [
    1.0,
    0.994_521_895_368_273_34,
    0.978_147_600_733_805_64,
    0.951_056_516_295_153_57,
    0.913_545_457_642_600_90,
    0.866_025_403_784_438_65,
    0.809_016_994_374_947_42,
    0.743_144_825_477_394_24,
    0.669_130_606_358_858_21,
    0.587_785_252_292_473_13,
    0.5,
    0.406_736_643_075_800_21,
    0.309_016_994_374_947_42,
    0.207_911_690_817_759_34,
    0.104_528_463_267_653_47,
    0.0,
];

/// Ends of the panels in t = tan(φ/2) on which the equation of the boundary is integrated, θ = τ sin²φ.
pub(super) const BOUNDARY_PANELS: [f64; 3] = [0.0, 0.3, 1.0];
/// Panels of the premium, which halve towards θ = 0, where it bends sharply when the price is near the boundary.
pub(super) const PREMIUM_PANELS: i32 = 12;

/// A place of the quadrature in φ, τ = 1: √θ = sin φ, √(1 − θ) = cos φ, and the weight of dθ.
pub(super) struct Place {
    pub(super) root: f64,
    pub(super) rest: f64,
    pub(super) weight: f64,
}

/// Places on a panel of t = tan(φ/2).
pub(super) fn places(from: f64, to: f64) -> impl Iterator<Item = Place> {
    panel(from, to).map(|(t, weight)| {
        let secant = 1.0 / (1.0 + t * t);
        let (root, rest) = (2.0 * t * secant, (1.0 - t * t) * secant);
        // dθ = 2 sin φ cos φ dφ, dφ = 2dt/(1 + t²)
        Place {
            root,
            rest,
            weight: weight * 4.0 * root * rest * secant,
        }
    })
}

/// Barycentric interpolation of ln²(X/B) in √(τ/T) at the nodes (1 + cos(iπ/30))/2: the share of each node but the last, where it
/// is 0. `at` is no node, as no place of the quadratures is.
pub(super) fn shares(at: f64) -> [f64; NODES] {
    let share = |i: usize| {
        let end = if i == 0 || i == NODES { 0.5 } else { 1.0 };
        (if i.is_multiple_of(2) { end } else { -end }) / (at - node(i))
    };
    let shares: [f64; NODES] = core::array::from_fn(share);
    let total = shares.iter().sum::<f64>() + share(NODES);
    shares.map(|share| share / total)
}

pub(super) fn node(i: usize) -> f64 {
    let cosine = if i <= NODES / 2 {
        COSINES[i]
    } else {
        -COSINES[NODES - i]
    };
    0.5 + 0.5 * cosine
}

/// ln(X/B) between the nodes: its square is what is interpolated.
pub(super) fn fall_at(falls: &[f64; NODES], shares: &[f64; NODES]) -> f64 {
    let squared: f64 = falls.iter().zip(shares).map(|(fall, share)| fall * fall * share).sum();
    float::sqrt(squared.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::{node, places, shares, BOUNDARY_PANELS, NODES, PREMIUM_PANELS};

    #[test]
    fn no_place_of_the_quadratures_is_a_node_and_shares_interpolate() {
        let halving = (0..PREMIUM_PANELS).map(|i| [i + 1, i].map(|i| 0.5_f64.powi(i)));
        let of_premium = halving.flat_map(|[from, to]| {
            places(
                if to > 0.5_f64.powi(PREMIUM_PANELS - 1) {
                    from
                } else {
                    0.0
                },
                to,
            )
        });
        let of_boundary = (0..NODES).flat_map(|i| {
            let panels = BOUNDARY_PANELS.windows(2).flat_map(|ends| places(ends[0], ends[1]));
            panels.map(move |place| node(i) * place.rest)
        });
        for at in of_premium.map(|place| place.rest).chain(of_boundary) {
            // x², which is 0 at the node that is left out
            let square: f64 = shares(at)
                .iter()
                .enumerate()
                .map(|(i, share)| share * node(i) * node(i))
                .sum();
            assert!((square - at * at).abs() < 1e-13, "{at}: {square}");
        }
    }
}
