//! Price and first-order Greeks, the figures that contracts beyond European options have.

use crate::PriceStatus;

/// Price and every first derivative: raw, per 1.0 and per year.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct FirstOrder {
    /// Value of one contract.
    pub price: f64,
    /// ∂price/∂S.
    pub delta: f64,
    /// ∂price/∂σ per 1.0 of volatility.
    pub vega: f64,
    /// ∂price/∂t per year of calendar time, −∂price/∂T.
    pub theta: f64,
    /// ∂price/∂r per 1.0 of rate.
    pub rho: f64,
    /// ∂price/∂q per 1.0 of carry.
    pub psi: f64,
    /// ∂price/∂K, by the strike or the barrier.
    pub dual_delta: f64,
}

impl FirstOrder {
    /// No answer at all.
    pub(crate) const NAN: Self = Self {
        price: f64::NAN,
        delta: f64::NAN,
        vega: f64::NAN,
        theta: f64::NAN,
        rho: f64::NAN,
        psi: f64::NAN,
        dual_delta: f64::NAN,
    };

    /// All figures, in the order of their declaration: price, delta, vega, theta, rho, psi, dual delta.
    #[must_use]
    pub fn figures(&self) -> [f64; 7] {
        [
            self.price,
            self.delta,
            self.vega,
            self.theta,
            self.rho,
            self.psi,
            self.dual_delta,
        ]
    }

    /// The figures in that order.
    pub(crate) fn of_figures([price, delta, vega, theta, rho, psi, dual_delta]: [f64; 7]) -> Self {
        Self {
            price,
            delta,
            vega,
            theta,
            rho,
            psi,
            dual_delta,
        }
    }

    /// Figures that left the range of `f64` become NaN, with a status.
    pub(crate) fn checked(&self, status: PriceStatus) -> (Self, PriceStatus) {
        let mut figures = self.figures();
        let status = status.with_range_of(figures.iter_mut());
        (Self::of_figures(figures), status)
    }
}
