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
    /// Those of a position, at a price of the underlying.
    pub(crate) fn of_position(underlying: UnderlyingId, size: f64, unit: &UnitGreeks, price: f64) -> Self {
        // nothing is +0, of a short position too
        let of = |unit: f64| 0.0 + size * unit;
        Self {
            underlying,
            delta: of(unit.exposure) / price,
            gamma: of(unit.convexity) / (price * price),
            vega: of(unit.vega),
            theta: of(unit.theta),
            rho: of(unit.rho),
            exposure: of(unit.exposure),
        }
    }

    /// Adds those of another position on the same underlying.
    pub(crate) fn add(&mut self, other: &Self) {
        self.delta += other.delta;
        self.gamma += other.gamma;
        self.vega += other.vega;
        self.theta += other.theta;
        self.rho += other.rho;
        self.exposure += other.exposure;
    }
}
