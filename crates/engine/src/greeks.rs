//! Derivatives of values in the quote asset: of one unit of an instrument, and of an account's positions on one underlying.

use crate::handle::UnderlyingId;

/// First and second derivatives of one unit's value in the quote asset, with the settlement asset's price held.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct UnitGreeks {
    /// Change per relative move of the price: quote asset per 1.0 (delta × price).
    pub exposure: f64,
    /// Second derivative by the relative move.
    pub convexity: f64,
    /// By vol, per 1.0.
    pub vega: f64,
    /// By time, per year of calendar time.
    pub theta: f64,
    /// By the rate, per 1.0.
    pub rho: f64,
}

impl UnitGreeks {
    pub(crate) fn scaled(self, weight: f64) -> Self {
        Self {
            exposure: self.exposure * weight,
            convexity: self.convexity * weight,
            vega: self.vega * weight,
            theta: self.theta * weight,
            rho: self.rho * weight,
        }
    }
}
/// Greeks of an account's positions on one underlying: derivatives of their value in the quote asset, with the prices of
/// settlement assets held.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct UnderlyingGreeks {
    /// Which underlying.
    pub underlying: UnderlyingId,
    /// Per 1.0 of the underlying's price.
    pub delta: f64,
    /// Per 1.0 of the underlying's price, squared.
    pub gamma: f64,
    /// Per 1.0 of vol.
    pub vega: f64,
    /// Per year of calendar time.
    pub theta: f64,
    /// Per 1.0 of rate.
    pub rho: f64,
    /// Delta-equivalent exposure: change per relative move of the price.
    pub exposure: f64,
}

impl UnderlyingGreeks {
    /// Those of nothing.
    pub(crate) fn none(underlying: UnderlyingId) -> Self {
        Self {
            underlying,
            delta: 0.0,
            gamma: 0.0,
            vega: 0.0,
            theta: 0.0,
            rho: 0.0,
            exposure: 0.0,
        }
    }

    /// Adds those of a position, at a price of the underlying.
    pub(crate) fn add(&mut self, size: f64, unit: &UnitGreeks, price: f64) {
        self.exposure += size * unit.exposure;
        self.delta += size * unit.exposure / price;
        self.gamma += size * unit.convexity / (price * price);
        self.vega += size * unit.vega;
        self.theta += size * unit.theta;
        self.rho += size * unit.rho;
    }
}
