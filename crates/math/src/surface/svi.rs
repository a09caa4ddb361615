//! One expiry's smile as raw SVI.

use super::arbitrage::{violations, Violation};
use crate::elementary::{exp, ln};
use crate::float::sqrt;
use alloc::vec::Vec;

/// Total implied variance w = σ²T by log-moneyness k = ln(K/F) in Gatheral's raw form.
///
///   w(k) = a + b·(ρ(k − m) + √((k − m)² + σ²))
///
/// * domain: b ≥ 0, |ρ| < 1, σ > 0, and a + bσ√(1 − ρ²), the least total variance, ≥ 0; all within ±[`SIZE_MAX`], and σ ≥ 1/`SIZE_MAX`
/// * source: Gatheral (2004); Gatheral and Jacquier (2014), Arbitrage-free SVI volatility surfaces
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Svi {
    a: f64,
    b: f64,
    rho: f64,
    m: f64,
    sigma: f64,
}

/// Total variance and its derivatives by log-moneyness.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TotalVariance {
    /// w = σ²T.
    pub total: f64,
    /// ∂w/∂k.
    pub slope: f64,
    /// ∂²w/∂k².
    pub curvature: f64,
}

/// A parameter outside its domain.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ParameterFault {
    /// Which parameter.
    pub parameter: &'static str,
    /// What it was.
    pub value: f64,
}

/// Greatest parameter, and one over the least σ: squares of what lies between are far from the ends of `f64`.
pub const SIZE_MAX: f64 = 1e30;

impl Svi {
    /// No variance at all.
    pub(super) const NONE: Self = Self {
        a: 0.0,
        b: 0.0,
        rho: 0.0,
        m: 0.0,
        sigma: 1.0,
    };

    /// A slice from its parameters.
    ///
    /// # Errors
    /// [`ParameterFault`] naming the parameter outside its domain; `a` where the least total variance is negative.
    pub fn new(a: f64, b: f64, rho: f64, m: f64, sigma: f64) -> Result<Self, ParameterFault> {
        let slice = Self { a, b, rho, m, sigma };
        let conditions = [
            ("b", b, (0.0..=SIZE_MAX).contains(&b)),
            ("rho", rho, rho.abs() < 1.0),
            ("m", m, m.abs() <= SIZE_MAX),
            ("sigma", sigma, (1.0 / SIZE_MAX..=SIZE_MAX).contains(&sigma)),
            ("a", a, a.abs() <= SIZE_MAX && slice.least_variance() >= 0.0),
        ];
        match conditions.into_iter().find(|(.., holds)| !holds) {
            None => Ok(slice),
            Some((parameter, value, _)) => Err(ParameterFault { parameter, value }),
        }
    }

    /// w = θ/2·(1 + ρφk + √((φk + ρ)² + 1 − ρ²)) as raw SVI.
    pub(super) fn of_ssvi(theta: f64, rho: f64, phi: f64) -> Result<Self, ParameterFault> {
        let opposite = (1.0 - rho) * (1.0 + rho);
        Self::new(
            0.5 * theta * opposite,
            0.5 * theta * phi,
            rho,
            -rho / phi,
            sqrt(opposite) / phi,
        )
    }

    /// The slice with so much more variance everywhere.
    pub(super) fn raised(self, by: f64) -> Self {
        Self { a: self.a + by, ..self }
    }

    /// The parameters a, b, ρ, m, σ.
    #[must_use]
    pub fn parameters(&self) -> [f64; 5] {
        [self.a, self.b, self.rho, self.m, self.sigma]
    }

    /// Slope and level of the line slope·|k| + level that w tends to as k → +∞ (`side` = 1) or −∞ (−1).
    pub(super) fn wing(&self, side: f64) -> [f64; 2] {
        let slope = self.b * (1.0 + side * self.rho);
        [slope, self.a - side * slope * self.m]
    }

    /// The least total variance of the slice, a + bσ√(1 − ρ²).
    #[must_use]
    pub fn least_variance(&self) -> f64 {
        self.a + self.b * self.sigma * sqrt((1.0 - self.rho) * (1.0 + self.rho))
    }

    /// Total variance and its derivatives at a log-moneyness k = ln(K/F); never negative.
    #[inline]
    #[must_use]
    pub fn at(&self, k: f64) -> TotalVariance {
        let z = k - self.m;
        let y = sqrt(z * z + self.sigma * self.sigma);
        let bend = self.sigma / y;
        let total = self.a + self.b * (self.rho * z + y);
        TotalVariance {
            // Where it is all but 0, rounding may lead below.
            total: if total < 0.0 { 0.0 } else { total },
            slope: self.b * (self.rho + z / y),
            curvature: self.b * bend * bend / y,
        }
    }

    /// Durrleman's g(k) = (1 − kw′/2w)² − w′²/4·(1/w + ¼) + w″/2: the risk-neutral density is g times a Gaussian, so that
    /// g < 0 is a butterfly spread with a price below zero.
    #[inline(never)]
    #[must_use]
    pub fn density_factor(&self, k: f64) -> f64 {
        let w = self.at(k);
        let rate = w.slope / w.total;
        let share = 1.0 - 0.5 * k * rate;
        share * share - 0.25 * w.slope * (rate + 0.25 * w.slope) + 0.5 * w.curvature
    }

    /// Where butterfly spreads are worth less than nothing: intervals of g < 0, empty where there is no such arbitrage.
    ///
    /// * accuracy: ends to the last digits, minima to 1e-8; judged on 801 points spaced evenly in asinh((k − m)/σ), between
    ///   which minima are searched for
    #[must_use]
    pub fn butterfly_violations(&self) -> Vec<Violation> {
        violations(&self.sample_points(), &|k| self.density_factor(k))
    }

    /// Points from end to end, for verdicts.
    pub(super) fn sample_points(&self) -> Vec<f64> {
        const POINTS: usize = 801;
        self.points_between(self.ends(), POINTS).collect()
    }

    /// Where both wings have long been straight.
    pub(super) fn ends(&self) -> (f64, f64) {
        const FARTHEST: f64 = 1e4;
        (self.m - FARTHEST, self.m + FARTHEST)
    }

    /// Points between two log-moneynesses, both included, even in u where k = m + σ·sinh u: w and g are smooth in u.
    #[inline(never)]
    pub(super) fn points_between(&self, (low, high): (f64, f64), count: usize) -> impl Iterator<Item = f64> {
        let Self { m, sigma, .. } = *self;
        let u_of = |k: f64| {
            let x = ((k - m) / sigma).abs();
            let u = ln(x + sqrt(x * x + 1.0));
            if k < m {
                -u
            } else {
                u
            }
        };
        let (from, to) = (u_of(low), u_of(high));
        let step = (to - from) / (count - 1) as f64;
        (0..count).map(move |i| {
            let grown = exp(from + step * i as f64);
            m + 0.5 * sigma * (grown - 1.0 / grown)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Axel Vogt's example, Gatheral and Jacquier (2014), example 3.1.
    fn vogt() -> Svi {
        Svi::new(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153).expect("within the domain")
    }

    #[test]
    fn the_vogt_slice_is_flagged_where_it_should_be() {
        let [violation] = vogt().butterfly_violations()[..] else {
            panic!("one interval")
        };
        assert!((violation.from - 0.6424).abs() < 5e-5, "{violation:?}");
        assert!((violation.to - 1.2569).abs() < 5e-5, "{violation:?}");
        assert!((violation.at - 0.8793).abs() < 5e-5, "{violation:?}");
        assert!((violation.worst + 0.032_864).abs() < 5e-7, "{violation:?}");
        // one step each side of both ends
        for (outside, inside) in [
            (violation.from - 1e-6, violation.from + 1e-6),
            (violation.to + 1e-6, violation.to - 1e-6),
        ] {
            assert!(vogt().density_factor(outside) > 0.0 && vogt().density_factor(inside) < 0.0);
        }
    }

    #[test]
    fn derivatives_are_those_of_the_value() {
        let slice = vogt();
        for step in -30..30 {
            let (k, h) = (0.1 * f64::from(step), 1e-4);
            let (down, here, up) = (slice.at(k - h), slice.at(k), slice.at(k + h));
            assert!((here.slope - (up.total - down.total) / (2.0 * h)).abs() < 1e-8);
            assert!((here.curvature - (up.slope - down.slope) / (2.0 * h)).abs() < 1e-7);
        }
    }

    #[test]
    fn wings_steeper_than_two_are_flagged_to_the_end() {
        // b(1 + ρ) = 2.1 > 2: g tends to ¼ − 2.1²/16 < 0 (Lee 2004).
        let steep = Svi::new(0.04, 1.4, 0.5, 0.0, 0.3).expect("within the domain");
        let found = steep.butterfly_violations();
        assert_eq!(found.last().map(|v| v.to), Some(f64::INFINITY), "{found:?}");
        // b(1 + ρ) = 1.5, b(1 − ρ) = 0.5: the wings are free.
        let gentle = Svi::new(0.4, 1.0, 0.5, 0.0, 1.0).expect("within the domain");
        assert!(gentle
            .butterfly_violations()
            .iter()
            .all(|v| v.to.is_finite() && v.from.is_finite()));
    }

    #[test]
    fn a_flat_smile_has_no_violation() {
        let flat = Svi::new(0.04, 0.0, 0.0, 0.0, 0.1).expect("within the domain");
        assert_eq!(flat.butterfly_violations(), []);
        assert_eq!(flat.density_factor(0.3), 1.0);
    }

    #[test]
    fn parameters_outside_their_domain_are_named() {
        let fault = |a, b, rho, m, sigma| Svi::new(a, b, rho, m, sigma).map_err(|fault| fault.parameter);
        assert_eq!(fault(0.04, -0.1, 0.0, 0.0, 0.1), Err("b"));
        assert_eq!(fault(0.04, 0.1, 1.0, 0.0, 0.1), Err("rho"));
        assert_eq!(fault(0.04, 0.1, f64::NAN, 0.0, 0.1), Err("rho"));
        assert_eq!(fault(0.04, 0.1, 0.0, f64::INFINITY, 0.1), Err("m"));
        assert_eq!(fault(0.04, 0.1, 0.0, 0.0, 0.0), Err("sigma"));
        assert_eq!(fault(0.04, 0.1, 0.0, 0.0, 1e-31), Err("sigma"));
        assert_eq!(fault(1e31, 0.1, 0.0, 0.0, 0.1), Err("a"));
        // −0.02 + 0.1·0.1 < 0
        assert_eq!(fault(-0.02, 0.1, 0.0, 0.0, 0.1), Err("a"));
    }
}
