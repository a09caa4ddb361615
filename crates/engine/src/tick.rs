//! What moves the market: prices, time and surfaces in; then one pass over what they moved.

mod pass;

use plimsoll_math::surface::{Stickiness, Surface};

use crate::engine::Engine;
use crate::error::{Code, EngineError, Result};
use crate::handle::{AssetId, InstrumentId, UnderlyingId};
use crate::market::{Tick, TickStatus};
use crate::surface::{SurfaceSlice, VolSurface};
use crate::time::require_time;

impl Engine {
    /// New prices of an instrument; every account that they move is assessed before the call returns.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`] or [`crate::Code::StaleHandle`]. A bad price or time is a status, not an error.
    pub fn tick(&mut self, instrument: InstrumentId, tick: &Tick) -> Result<TickStatus> {
        let slot = self.market.instruments.slot(instrument)?;
        let status = self.store_tick(slot, tick);
        self.settle_market();
        Ok(status)
    }

    /// Many ticks in one pass: accounts are assessed once, at the prices after the last one. Statuses come out in place.
    ///
    /// Allocates nothing. Lengths must agree; the shorter one counts.
    pub fn apply_ticks(&mut self, instruments: &[u32], ticks: impl Iterator<Item = Tick>, statuses: &mut [u8]) {
        for ((&instrument, tick), status) in instruments.iter().zip(ticks).zip(statuses) {
            let outcome = match self.market.instruments.slot(InstrumentId(instrument)) {
                Ok(slot) => self.store_tick(slot, &tick),
                Err(_) => TickStatus::RejectedHandle,
            };
            *status = outcome as u8;
        }
        self.settle_market();
    }

    /// A new price of an asset in the quote asset: collateral, a depeg, the conversion of settlements.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`]; [`crate::Code::NotApplicable`] for the quote asset, whose price is 1.
    pub fn tick_asset(&mut self, asset: AssetId, price: f64, time_ms: f64, source: u32) -> Result<TickStatus> {
        let slot = self.asset_slot(asset)?;
        if slot == 0 {
            let expected = "an asset other than the quote asset, whose price is 1";
            return Err(EngineError::new(
                Code::NotApplicable,
                "asset",
                expected,
                "the quote asset",
            ));
        }
        let status = self.market.store_asset_tick(slot, price, time_ms, source);
        self.count_tick(status);
        self.settle_market();
        Ok(status)
    }

    /// A new index price of an underlying.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`].
    pub fn tick_underlying(
        &mut self,
        underlying: UnderlyingId,
        price: f64,
        time_ms: f64,
        source: u32,
    ) -> Result<TickStatus> {
        let slot = self.check_underlying(underlying)?;
        let status = self.market.store_underlying_tick(slot, price, time_ms, source);
        self.count_tick(status);
        self.settle_market();
        Ok(status)
    }

    /// Moves time on without a tick: options decay or expire, prices grow stale.
    ///
    /// A quote is as of the time when it was last made: by its own tick, by that of an underlying or asset that it rests on,
    /// or by this call. Ticks of other instruments move the engine's time and no quote but their own, so that a tick costs
    /// what its holders cost; a caller for whom decay and age matter between ticks advances.
    pub fn advance(&mut self, time_ms: f64) -> TickStatus {
        let status = self.market.advance(time_ms);
        self.settle_market();
        status
    }

    /// Gives options of an underlying that have no vol of their own the vols of a surface, as of `time_ms`, instead of any
    /// that it had; without slices they have none again. Engine time moves on as by a tick, and every account that this moves
    /// is assessed before the call returns. Returns the surface, which says where it admits arbitrage.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`]; [`Code::InvalidValue`] naming the field of a slice that is none, expires before the one before
    /// it or more than 40 years after `time_ms`, or has no forward where the underlying has no price.
    pub fn set_surface(
        &mut self,
        underlying: UnderlyingId,
        slices: &[SurfaceSlice],
        stickiness: Stickiness,
        time_ms: f64,
    ) -> Result<Option<&Surface>> {
        let slot = self.check_underlying(underlying)?;
        require_time("timeMs", time_ms)?;
        let price = self.market.underlyings[slot].row.price;
        let rows = slices.iter().map(
            |&SurfaceSlice {
                 expiry_ms,
                 forward,
                 svi,
             }| {
                let [a, b, rho, m, sigma] = svi;
                let forward = if forward.is_nan() { price } else { forward };
                [expiry_ms, forward, a, b, rho, m, sigma]
            },
        );
        let surface = if slices.is_empty() {
            None
        } else {
            Some(VolSurface::new(rows.collect(), time_ms, stickiness)?)
        };
        self.market.set_surface(slot, surface, time_ms);
        self.settle_market();
        let surface = &self.market.underlyings[slot].surface;
        Ok(surface.as_ref().map(|surface| &surface.surface))
    }

    fn store_tick(&mut self, slot: usize, tick: &Tick) -> TickStatus {
        let status = self.market.store_tick(slot, tick);
        self.count_tick(status);
        status
    }

    fn count_tick(&mut self, status: TickStatus) {
        self.stats.ticks += u64::from(status == TickStatus::Applied);
    }
}
