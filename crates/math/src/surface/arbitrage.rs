//! Where a function of log-moneyness that must not be negative is.

use crate::root::bracketed_root;
use alloc::vec::Vec;

/// An interval of log-moneyness on which there is arbitrage.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Violation {
    /// Where it begins; −∞ where the whole wing is in violation.
    pub from: f64,
    /// Where it ends; +∞ where the whole wing is in violation.
    pub to: f64,
    /// The least value of what must not be negative; −∞ where a calendar's wing falls without bound.
    pub worst: f64,
    /// Where that is; ±∞ where it is the limit of a calendar's wing.
    pub at: f64,
}

/// The intervals on which `f` < 0, in ascending order.
///
/// `points` are ascending, reach into both wings, and are so dense that `f` has at most one extremum between neighbours;
/// minima between points are searched for, so that a violation need not contain one.
#[inline(never)]
pub(super) fn violations(points: &[f64], f: &dyn Fn(f64) -> f64) -> Vec<Violation> {
    let values: Vec<f64> = points.iter().map(|&point| f(point)).collect();
    let last = points.len() - 1;
    let mut found: Vec<Violation> = Vec::new();
    for here in 0..=last {
        let (before, after) = (here.saturating_sub(1), (here + 1).min(last));
        let is_least = values[here] <= values[before] && values[here] <= values[after];
        // A smooth function falls below its least point by less than it rises to the neighbours.
        let rise = values[before].max(values[after]) - values[here];
        if !is_least || (values[here] >= 0.0 && values[here] >= rise) {
            continue;
        }
        let (at, worst) = minimum(f, points[before], points[after], points[here]);
        if let Some(violation) = found.last_mut().filter(|violation| at <= violation.to) {
            if worst < violation.worst {
                (violation.at, violation.worst) = (at, worst);
            }
        } else if worst < 0.0 {
            let right = points.partition_point(|&point| point <= at);
            let is_free = |i: &usize| values[*i] >= 0.0;
            let end = |i: usize| bracketed_root(f, points[i], at).unwrap_or(points[i]);
            found.push(Violation {
                from: (0..right).rev().find(is_free).map_or(f64::NEG_INFINITY, end),
                to: (right..=last).find(is_free).map_or(f64::INFINITY, end),
                worst,
                at,
            });
        }
    }
    found
}

/// The least value of `f` between two points, by the golden section, and where it is.
fn minimum(f: &dyn Fn(f64) -> f64, mut low: f64, mut high: f64, middle: f64) -> (f64, f64) {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    // 0.618⁵⁰ of two grid steps is below the root of the last digit, beyond which values do not differ.
    const STEPS: u32 = 50;
    let mut best = (middle, f(middle));
    for _ in 0..STEPS {
        let width = GOLDEN * (high - low);
        let (one, two) = (high - width, low + width);
        let (f_one, f_two) = (f(one), f(two));
        for candidate in [(one, f_one), (two, f_two)] {
            if candidate.1 < best.1 {
                best = candidate;
            }
        }
        if f_one < f_two {
            high = two;
        } else {
            low = one;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(count: i32) -> Vec<f64> {
        (-count..=count)
            .map(|i| 10.0 * f64::from(i) / f64::from(count))
            .collect()
    }

    #[test]
    fn intervals_are_found_with_ends_and_minima() {
        // (k² − 1)(k − 3)(k − 5): negative on (−1, 1) and (3, 5)
        let f = |k: f64| (k * k - 1.0) * (k - 3.0) * (k - 5.0);
        let found = violations(&grid(50), &f);
        assert_eq!(found.len(), 2, "{found:?}");
        for (violation, (from, to)) in found.iter().zip([(-1.0, 1.0), (3.0, 5.0)]) {
            assert!((violation.from - from).abs() < 1e-12 && (violation.to - to).abs() < 1e-12);
            assert!(violation.at > from && violation.at < to && violation.worst == f(violation.at));
        }
    }

    #[test]
    fn a_violation_between_points_is_found() {
        let [violation] = violations(&grid(10), &|k| (k - 0.5) * (k - 0.5) - 1e-4)[..] else {
            panic!("one interval")
        };
        assert!((violation.from - 0.49).abs() < 1e-12 && (violation.to - 0.51).abs() < 1e-12);
        assert!((violation.worst + 1e-4).abs() < 1e-15);
    }

    #[test]
    fn a_wing_in_violation_has_no_end() {
        let found = violations(&grid(10), &|k| -1.0 - k);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].from, found[0].to), (-1.0, f64::INFINITY));
        assert_eq!(violations(&grid(10), &|_| 0.0), []);
    }

    #[test]
    fn of_two_dips_in_one_violation_the_deeper_is_told() {
        // k⁴ − k² ∓ k/10 − ½ is negative from about −1.1 to 1.2 (or mirrored), with minima near ∓0.68 and ±0.73
        for side in [-1.0, 1.0] {
            let f = |k: f64| k.powi(4) - k * k - 0.1 * side * k - 0.5;
            let [violation] = violations(&grid(50), &f)[..] else {
                panic!("one interval")
            };
            assert!((violation.at - 0.731 * side).abs() < 1e-3, "{violation:?}");
            assert_eq!(violation.worst, f(violation.at));
        }
    }

    #[test]
    fn a_minimum_above_zero_between_points_is_no_violation() {
        assert_eq!(violations(&grid(10), &|k| (k - 0.5) * (k - 0.5) + 1e-6), []);
    }
}
