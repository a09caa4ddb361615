//! A whole surface from three numbers and the at-the-money variances: SSVI with the power-law φ.

use super::svi::{ParameterFault, Svi};
use crate::elementary::{exp, ln};

/// Total variance by log-moneyness k and at-the-money total variance θ.
///
///   w(k, θ) = θ/2·(1 + ρφk + √((φk + ρ)² + 1 − ρ²)),   φ(θ) = η·θ^{−γ}·(1 + θ)^{γ−1}
///
/// * domain: |ρ| < 1, η > 0, 0 < γ < 1, θ > 0
/// * free of butterfly arbitrage at θ where θφ(1 + |ρ|) < 4 and θφ²(1 + |ρ|) ≤ 4, which holds for every θ where γ ≤ ½ and
///   η²(1 + |ρ|) ≤ 4, since θφ² ≤ η² and θφ ≤ η then; free of calendar arbitrage where θ does not fall with time, since this φ always has
///   0 ≤ ∂(θφ)/∂θ ≤ φ(1 + √(1 − ρ²))/ρ²
/// * source: Gatheral and Jacquier (2014), Arbitrage-free SVI volatility surfaces, theorems 4.1 and 4.2, section 4.2
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ssvi {
    rho: f64,
    eta: f64,
    gamma: f64,
}

impl Ssvi {
    /// A surface from its parameters.
    ///
    /// # Errors
    /// [`ParameterFault`] naming the parameter outside its domain.
    pub fn new(rho: f64, eta: f64, gamma: f64) -> Result<Self, ParameterFault> {
        let conditions = [
            ("rho", rho, rho.abs() < 1.0),
            ("eta", eta, eta > 0.0 && eta.is_finite()),
            ("gamma", gamma, gamma > 0.0 && gamma < 1.0),
        ];
        match conditions.into_iter().find(|(.., holds)| !holds) {
            None => Ok(Self { rho, eta, gamma }),
            Some((parameter, value, _)) => Err(ParameterFault { parameter, value }),
        }
    }

    /// The parameters ρ, η, γ.
    #[must_use]
    pub fn parameters(&self) -> [f64; 3] {
        [self.rho, self.eta, self.gamma]
    }

    /// φ(θ), of an at-the-money total variance θ > 0.
    #[must_use]
    pub fn phi(&self, theta: f64) -> f64 {
        self.eta * exp(-self.gamma * ln(theta) - (1.0 - self.gamma) * ln(1.0 + theta))
    }

    /// The slice at an at-the-money total variance θ > 0, which raw SVI expresses exactly.
    ///
    /// # Errors
    /// [`ParameterFault`] where θ is not positive and finite, or so small or great that its slice is out of domain.
    pub fn slice(&self, theta: f64) -> Result<Svi, ParameterFault> {
        let fault = ParameterFault {
            parameter: "theta",
            value: theta,
        };
        if !(theta > 0.0 && theta.is_finite()) {
            return Err(fault);
        }
        Svi::of_ssvi(theta, self.rho, self.phi(theta)).map_err(|_| fault)
    }

    /// Whether the slice at θ is free of butterfly arbitrage by the sufficient conditions of theorem 4.2.
    #[must_use]
    pub fn is_butterfly_free(&self, theta: f64) -> bool {
        let (phi, wings) = (self.phi(theta), 1.0 + self.rho.abs());
        theta * phi * wings < 4.0 && theta * phi * phi * wings <= 4.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_the_formula() {
        let surface = Ssvi::new(-0.4, 1.2, 0.4).expect("within the domain");
        for theta in [0.001, 0.04, 0.5] {
            let slice = surface.slice(theta).expect("positive");
            let phi = surface.phi(theta);
            assert!((phi - 1.2 * theta.powf(-0.4) * (1.0 + theta).powf(-0.6)).abs() < 1e-14 * phi);
            for step in -20..20 {
                let k = 0.1 * f64::from(step);
                let x = phi * k;
                let w = 0.5 * theta * (1.0 - 0.4 * x + ((x - 0.4).powi(2) + 1.0 - 0.16).sqrt());
                assert!((slice.at(k).total - w).abs() < 1e-15 + 1e-14 * w);
            }
            assert!((slice.at(0.0).total - theta).abs() < 1e-15);
        }
    }

    #[test]
    fn sufficient_conditions_agree_with_the_verdicts() {
        // η(1 + |ρ|) = 1.68 ≤ 2, γ ≤ ½
        let free = Ssvi::new(-0.4, 1.2, 0.4).expect("within the domain");
        for theta in [1e-4, 0.01, 0.3, 2.0] {
            assert!(free.is_butterfly_free(theta));
            assert_eq!(free.slice(theta).expect("positive").butterfly_violations(), []);
        }
        // θφ²(1 + |ρ|) = 0.04·(8·0.04^{−0.4}·1.04^{−0.6})²·1.4 = 45: far beyond 4
        let steep = Ssvi::new(-0.4, 8.0, 0.4).expect("within the domain");
        assert!(!steep.is_butterfly_free(0.04));
        assert!(!steep.slice(0.04).expect("positive").butterfly_violations().is_empty());
    }

    #[test]
    fn parameters_outside_their_domain_are_named() {
        let fault = |rho, eta, gamma| Ssvi::new(rho, eta, gamma).map_err(|fault| fault.parameter);
        assert_eq!(fault(-1.0, 1.0, 0.4), Err("rho"));
        assert_eq!(fault(0.0, 0.0, 0.4), Err("eta"));
        assert_eq!(fault(0.0, 1.0, 1.0), Err("gamma"));
        let surface = Ssvi::new(0.0, 1.0, 0.4).expect("within the domain");
        assert_eq!(surface.slice(0.0).map_err(|fault| fault.parameter), Err("theta"));
    }
}
