//! Prices in: what a tick must be to be stored, and what it touches.

use super::{Instrument, Market, PriceRow};
use crate::instrument::Kind;
use crate::option::take_option_mark;
use crate::surface::VolSurface;
use crate::time::TERM_MAX_MS;

/// The largest vol that a tick can give, 2,000 %: five times the highest mark vol of the option chains that the tests read, of crashes
/// among others, and less than what vols of coins are in percent, which taken for a fraction would make every option worth its bound.
pub const VOL_MAX: f64 = 20.0;

/// What became of a tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum TickStatus {
    /// Stored.
    Applied = 0,
    /// A price was not finite and > 0, or none was given.
    RejectedPrice = 1,
    /// The time was not finite and ≥ 0, or older than the last one of the same row; of an index alone, older than that of the
    /// underlying; of an option, more than 40 years before its expiry.
    RejectedTime = 2,
    /// The vol was not between 0 and [`VOL_MAX`], or the rate not finite.
    RejectedVol = 3,
    /// The instrument has been settled.
    RejectedSettled = 4,
    /// The handle is unknown or stale (in a batch; a single call refuses it with an error).
    RejectedHandle = 5,
}

/// New prices of an instrument; NaN where a field is not given.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tick {
    /// Mark price; of an inverse option in coin.
    pub mark: f64,
    /// Index: price of the underlying, where the underlying has no newer one.
    pub index: f64,
    /// Forward that prices this option, where the venue gives one per instrument.
    pub underlying_price: f64,
    /// Implied vol, per 1.0 and √year, at most [`VOL_MAX`].
    pub vol: f64,
    /// Continuously compounded rate that discounts the option, per 1.0 and year.
    pub rate: f64,
    /// Milliseconds since the epoch.
    pub time_ms: f64,
    /// The caller's own number for where the prices come from.
    pub source: u32,
}

impl Tick {
    /// A tick that gives nothing but its time.
    #[must_use]
    pub const fn at(time_ms: f64) -> Self {
        const NOT_GIVEN: f64 = f64::NAN;
        Self {
            mark: NOT_GIVEN,
            index: NOT_GIVEN,
            underlying_price: NOT_GIVEN,
            vol: NOT_GIVEN,
            rate: NOT_GIVEN,
            time_ms,
            source: 0,
        }
    }
}

pub(crate) fn is_price(price: f64) -> bool {
    price > 0.0 && price.is_finite()
}

impl Market {
    /// Stores a tick of a live instrument.
    pub(crate) fn store_tick(&mut self, slot: usize, tick: &Tick) -> TickStatus {
        let has_index = match self.index_counts(slot, tick) {
            Ok(counts) => counts,
            Err(refused) => return refused,
        };
        let Instrument { spec, prices, .. } = self.instruments.row_mut(slot);
        let spec = *spec;
        if !tick.rate.is_nan() {
            prices.rate = tick.rate;
        }
        if !tick.underlying_price.is_nan() {
            prices.forward = tick.underlying_price;
        }
        prices.time_ms = tick.time_ms;
        prices.source = tick.source;
        self.time_ms = self.time_ms.max(tick.time_ms);
        let underlying = spec.underlying.slot();
        if has_index {
            self.set_underlying(underlying, tick.index, tick.time_ms, tick.source, true);
        }
        if spec.kind.is_option() {
            self.store_option_tick(slot, tick);
        } else if !tick.mark.is_nan() {
            self.instruments.row_mut(slot).prices.mark = tick.mark;
            let reference = &self.underlyings[underlying];
            if !reference.has_index && reference.reference == Some(slot as u32) {
                self.set_underlying(underlying, tick.mark, tick.time_ms, tick.source, false);
            }
            if let Kind::Spot { base } = spec.kind {
                let price = tick.mark * self.assets[spec.settle.slot()].row.price;
                if !price.is_nan() {
                    self.set_asset(base.slot(), price, tick.time_ms, tick.source);
                }
            }
        }
        self.touch_instrument(slot);
        TickStatus::Applied
    }

    /// Whether the index of a tick is to be stored with the rest; why the tick is refused where it is.
    fn index_counts(&self, slot: usize, tick: &Tick) -> Result<bool, TickStatus> {
        let has = |value: f64| !value.is_nan();
        let Instrument {
            spec,
            prices,
            is_settled,
            ..
        } = self.instruments.row(slot);
        if *is_settled {
            return Err(TickStatus::RejectedSettled);
        }
        let is_early = matches!(spec.kind, Kind::Option { expiry_ms, .. } if expiry_ms - tick.time_ms > TERM_MAX_MS);
        if !(tick.time_ms >= 0.0 && tick.time_ms.is_finite()) || tick.time_ms < prices.time_ms || is_early {
            return Err(TickStatus::RejectedTime);
        }
        let is_mark = is_price(tick.mark) || (spec.kind.is_option() && tick.mark == 0.0);
        if (has(tick.mark) && !is_mark)
            || (has(tick.index) && !is_price(tick.index))
            || (has(tick.underlying_price) && !is_price(tick.underlying_price))
        {
            return Err(TickStatus::RejectedPrice);
        }
        if (has(tick.vol) && !(0.0..=VOL_MAX).contains(&tick.vol)) || tick.rate.is_infinite() {
            return Err(TickStatus::RejectedVol);
        }
        let has_more = [tick.mark, tick.underlying_price, tick.vol, tick.rate]
            .into_iter()
            .any(has);
        if !has_more && !has(tick.index) {
            return Err(TickStatus::RejectedPrice);
        }
        if matches!(spec.kind, Kind::Spot { .. }) && has(tick.mark) {
            // the base asset's price in the quote asset must be a price too
            let in_quote = tick.mark * self.assets[spec.settle.slot()].row.price;
            if has(in_quote) && !is_price(in_quote) {
                return Err(TickStatus::RejectedPrice);
            }
        }
        // feeds of one underlying are out of step: an older index than another has given is left out, and not the mark beside it
        let reference = &self.underlyings[spec.underlying.slot()];
        let has_index = has(tick.index) && !(reference.has_index && tick.time_ms < reference.row.time_ms);
        if has_index || has_more {
            Ok(has_index)
        } else {
            Err(TickStatus::RejectedTime)
        }
    }

    fn store_option_tick(&mut self, slot: usize, tick: &Tick) {
        let prices = &mut self.instruments.row_mut(slot).prices;
        let has_vol = !tick.vol.is_nan();
        if has_vol {
            prices.vol = tick.vol;
            prices.premium_offset = 0.0;
            prices.unread_mark = None;
        }
        if !tick.mark.is_nan() {
            prices.mark = tick.mark;
            prices.unread_mark = Some(has_vol);
        }
        self.read_mark(slot);
    }

    /// Takes an option's mark in once there is a forward to read it by.
    fn read_mark(&mut self, slot: usize) {
        let now_ms = self.time_ms;
        let forward = self.forward(slot);
        let Instrument { spec, mut prices, .. } = *self.instruments.row(slot);
        let unread = prices.unread_mark.filter(|_| !forward.is_nan());
        if let (Some(has_vol), Some(listed)) = (unread, self.listed(slot)) {
            prices.unread_mark = None;
            take_option_mark(&spec, &mut prices, listed, forward, has_vol, now_ms);
            self.instruments.row_mut(slot).prices = prices;
        }
    }

    /// Stores a price of an asset; refuses the quote asset's, which is 1 by definition.
    pub(crate) fn store_asset_tick(&mut self, slot: usize, price: f64, time_ms: f64, source: u32) -> TickStatus {
        let asset = &self.assets[slot];
        if !(time_ms >= 0.0 && time_ms.is_finite()) || time_ms < asset.row.time_ms {
            return TickStatus::RejectedTime;
        }
        if !is_price(price) {
            return TickStatus::RejectedPrice;
        }
        self.time_ms = self.time_ms.max(time_ms);
        self.assets[slot].has_own_price = true;
        self.set_asset(slot, price, time_ms, source);
        TickStatus::Applied
    }

    /// Stores an index price.
    pub(crate) fn store_underlying_tick(&mut self, slot: usize, price: f64, time_ms: f64, source: u32) -> TickStatus {
        let underlying = &self.underlyings[slot];
        if !(time_ms >= 0.0 && time_ms.is_finite()) || (underlying.has_index && time_ms < underlying.row.time_ms) {
            return TickStatus::RejectedTime;
        }
        if !is_price(price) {
            return TickStatus::RejectedPrice;
        }
        self.time_ms = self.time_ms.max(time_ms);
        self.set_underlying(slot, price, time_ms, source, true);
        TickStatus::Applied
    }

    /// Sets the price of an underlying, unless a mark that stands in for an index is older than the price there is.
    fn set_underlying(&mut self, slot: usize, price: f64, time_ms: f64, source: u32, is_index: bool) {
        if !is_index && time_ms < self.underlyings[slot].row.time_ms {
            return;
        }
        let row = PriceRow { price, time_ms, source };
        self.underlyings[slot].row = row;
        self.underlyings[slot].has_index |= is_index;
        for i in 0..self.underlyings[slot].instruments.len() {
            let instrument = self.underlyings[slot].instruments[i] as usize;
            if self.instruments.row(instrument).spec.kind.is_option() {
                self.read_mark(instrument);
                self.touch_instrument(instrument);
            }
        }
        for i in 0..self.underlyings[slot].assets.len() {
            let asset = self.underlyings[slot].assets[i] as usize;
            if !self.assets[asset].has_own_price {
                self.set_asset(asset, price, time_ms, source);
            }
        }
    }

    /// Replaces the surface of an underlying.
    pub(crate) fn set_surface(&mut self, slot: usize, surface: Option<VolSurface>, time_ms: f64) {
        self.time_ms = self.time_ms.max(time_ms);
        self.underlyings[slot].surface = surface;
        for i in 0..self.underlyings[slot].instruments.len() {
            let instrument = self.underlyings[slot].instruments[i] as usize;
            if self.instruments.row(instrument).listed.is_some() {
                self.touch_instrument(instrument);
            }
        }
    }

    /// Sets the price of an asset, unless there is a newer one from another source.
    fn set_asset(&mut self, slot: usize, price: f64, time_ms: f64, source: u32) {
        if time_ms < self.assets[slot].row.time_ms {
            return;
        }
        self.assets[slot].row = PriceRow { price, time_ms, source };
        self.touch_asset(slot);
        for i in 0..self.assets[slot].settles.len() {
            let instrument = self.assets[slot].settles[i] as usize;
            self.touch_instrument(instrument);
        }
    }

    /// Its holders are to be assessed, with the age that its price has now.
    fn touch_asset(&mut self, slot: usize) {
        self.assets[slot].is_stale = self.is_stale(self.asset_time_ms(slot));
        if !self.is_asset_touched[slot] {
            self.is_asset_touched[slot] = true;
            self.touched_assets.push(slot as u32);
        }
    }

    /// Its quote is to be made anew, as of now.
    pub(crate) fn touch_instrument(&mut self, slot: usize) {
        self.valued_ms[slot] = self.time_ms;
        if !self.is_instrument_touched[slot] {
            self.is_instrument_touched[slot] = true;
            self.touched_instruments.push(slot as u32);
        }
    }

    /// Moves time on: everything that depends on the clock is touched.
    pub(crate) fn advance(&mut self, time_ms: f64) -> TickStatus {
        if !(time_ms >= self.time_ms && time_ms.is_finite()) {
            return TickStatus::RejectedTime;
        }
        self.time_ms = time_ms;
        for slot in 0..self.instruments.extent() {
            if self.instruments.get(slot).is_some() {
                self.touch_instrument(slot);
            }
        }
        for slot in 0..self.assets.len() {
            if self.assets[slot].row.time_ms.is_finite() {
                self.touch_asset(slot);
            }
        }
        TickStatus::Applied
    }

    /// Empties the list of touched assets after their holders have been marked.
    pub(crate) fn forget_touched_assets(&mut self) {
        for &slot in &self.touched_assets {
            self.is_asset_touched[slot as usize] = false;
        }
        self.touched_assets.clear();
    }
}
