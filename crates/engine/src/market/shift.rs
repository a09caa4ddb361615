//! Moves of prices that a question is about.

use crate::asset::AssetSpec;
use crate::handle::UnderlyingId;

/// A move of everything that one underlying moves: its instruments, and the assets that name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift {
    pub underlying: Option<UnderlyingId>,
    pub price_ratio: f64,
    pub vol_ratio: f64,
}

impl Shift {
    /// Nothing moves.
    pub(crate) const NONE: Self = Self {
        underlying: None,
        price_ratio: 1.0,
        vol_ratio: 1.0,
    };

    pub(crate) fn price(underlying: UnderlyingId, price_ratio: f64) -> Self {
        Self {
            underlying: Some(underlying),
            price_ratio,
            vol_ratio: 1.0,
        }
    }

    pub(crate) fn asset_ratio(&self, asset: &AssetSpec) -> f64 {
        if self.underlying.is_some() && asset.underlying == self.underlying {
            self.price_ratio
        } else {
            1.0
        }
    }
}
