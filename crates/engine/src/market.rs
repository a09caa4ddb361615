//! The market: prices of assets, underlyings and instruments with their times and sources, and the quotes made from them.

use alloc::vec::Vec;

use plimsoll_math::elementary::power_of_two;

use crate::asset::AssetSpec;
use crate::chain::{Listing, OptionChain};
use crate::error::Result;
use crate::handle::{AssetId, InstrumentId, Slots, UnderlyingId};
use crate::instrument::{InstrumentSpec, Kind};
use crate::option::{option_terms, take_option_mark, Listed};
use crate::quote::{quote, PlainUnit, Prices, Quote, QuoteInputs, UnitGreeks};
use crate::snapshot::codec::stored;
use crate::status::RowStatus;
use crate::surface::{VolSource, VolSurface};
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

/// A price with its time and source.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct PriceRow {
    pub price: f64,
    pub time_ms: f64,
    pub source: u32,
}

stored! { PriceRow { price, time_ms, source } }

impl PriceRow {
    const NONE: Self = Self {
        price: f64::NAN,
        time_ms: f64::NAN,
        source: 0,
    };
}

#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub spec: AssetSpec,
    /// 2^scale_log2.
    pub scale: f64,
    pub row: PriceRow,
    /// Whether it had a tick of its own; until then it follows its underlying.
    pub has_own_price: bool,
    /// Whether its price was too old when it was last touched.
    pub is_stale: bool,
    /// Instruments that settle in it.
    pub settles: Vec<u32>,
}

stored! { Asset { spec, row, has_own_price, is_stale, settles; scale = 1.0 } }

#[derive(Clone, Debug)]
pub(crate) struct Underlying {
    pub row: PriceRow,
    pub has_index: bool,
    /// First registered instrument that is no option and not settled: its mark stands in for the index where there is none.
    pub reference: Option<u32>,
    /// Instruments that it moves.
    pub instruments: Vec<u32>,
    /// Assets that name it.
    pub assets: Vec<u32>,
    /// Vols of options that have none of their own.
    pub surface: Option<VolSurface>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Instrument {
    pub spec: InstrumentSpec,
    pub prices: Prices,
    pub is_settled: bool,
    /// Where it is listed, if it is an option.
    pub listed: Option<Listing>,
    /// Isolated accounts that are for it.
    pub isolated: u32,
}

stored! { Underlying { row, has_index, reference, instruments, surface; assets = Vec::new() } }

stored! { Instrument { spec, prices, is_settled; listed = None, isolated = 0 } }

/// A quote that moved, as it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    pub instrument: u32,
    pub before: Quote,
}

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

/// Prices and quotes of everything registered. Row vectors are indexed by slot.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    pub assets: Vec<Asset>,
    pub underlyings: Vec<Underlying>,
    pub instruments: Slots<Instrument>,
    /// Options by underlying and expiry.
    pub chains: Vec<OptionChain>,
    /// Those of which the pass under way has touched options.
    touched_chains: Vec<u32>,
    pub quotes: Vec<Quote>,
    /// [`Quote::plain_unit`] of each, for the loop over positions.
    pub plain_units: Vec<PlainUnit>,
    pub greeks: Vec<UnitGreeks>,
    /// The engine's time when each quote was made: the time that its options' values and its age are as of.
    pub valued_ms: Vec<f64>,
    /// Whether a margin model keeps records of instruments, which may change where the quote does not.
    pub has_records: bool,
    pub time_ms: f64,
    pub stale_after_ms: f64,
    /// 2^scale_log2 of the quote asset.
    pub quote_scale: f64,
    /// 2^−scale_log2 of the quote asset.
    pub per_quote_scale: f64,
    /// Instruments and assets whose prices were touched since the last [`Market::take_moved`].
    pub touched_instruments: Vec<u32>,
    pub is_instrument_touched: Vec<bool>,
    pub touched_assets: Vec<u32>,
    pub is_asset_touched: Vec<bool>,
    /// Quotes that moved at the last [`Market::take_moved`], as they were.
    pub moved: Vec<Moved>,
}

stored! {
    Market {
        assets, underlyings, instruments, valued_ms, time_ms, stale_after_ms;
        chains = Vec::new(), touched_chains = Vec::new(), quotes = Vec::new(), plain_units = Vec::new(), greeks = Vec::new(), has_records = false,
        quote_scale = 1.0, per_quote_scale = 1.0,
        touched_instruments = Vec::new(), is_instrument_touched = Vec::new(), touched_assets = Vec::new(),
        is_asset_touched = Vec::new(), moved = Vec::new(),
    }
}

pub(crate) fn is_price(price: f64) -> bool {
    price > 0.0 && price.is_finite()
}

impl Market {
    pub(crate) fn new(time_ms: f64, stale_after_ms: f64) -> Self {
        Self {
            assets: Vec::new(),
            underlyings: Vec::new(),
            instruments: Slots::default(),
            chains: Vec::new(),
            touched_chains: Vec::new(),
            quotes: Vec::new(),
            plain_units: Vec::new(),
            greeks: Vec::new(),
            valued_ms: Vec::new(),
            has_records: false,
            time_ms,
            stale_after_ms,
            quote_scale: 1.0,
            per_quote_scale: 1.0,
            touched_instruments: Vec::new(),
            is_instrument_touched: Vec::new(),
            touched_assets: Vec::new(),
            is_asset_touched: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// Registers an asset; the first one is the quote asset.
    pub(crate) fn add_asset(&mut self, spec: AssetSpec) -> AssetId {
        let asset = self.assets.len();
        let scale = power_of_two(f64::from(spec.scale_log2));
        let row = match spec.underlying {
            _ if asset == 0 => {
                self.quote_scale = scale;
                self.per_quote_scale = 1.0 / scale;
                PriceRow {
                    price: 1.0,
                    time_ms: f64::INFINITY,
                    source: 0,
                }
            }
            Some(underlying) => {
                self.underlyings[underlying.slot()].assets.push(asset as u32);
                self.underlyings[underlying.slot()].row
            }
            None => PriceRow::NONE,
        };
        self.assets.push(Asset {
            spec,
            scale,
            row,
            has_own_price: false,
            is_stale: self.is_stale(row.time_ms),
            settles: Vec::new(),
        });
        self.is_asset_touched.push(false);
        self.touched_assets.reserve(self.assets.len());
        AssetId(asset as u32)
    }

    pub(crate) fn add_underlying(&mut self) -> UnderlyingId {
        self.underlyings.push(Underlying {
            row: PriceRow::NONE,
            has_index: false,
            reference: None,
            instruments: Vec::new(),
            assets: Vec::new(),
            surface: None,
        });
        UnderlyingId(self.underlyings.len() as u32 - 1)
    }

    /// Forgets the last underlying, unless something is on it.
    pub(crate) fn take_underlying_back(&mut self) {
        let is_free = |last: &Underlying| last.instruments.is_empty() && last.assets.is_empty();
        if self.underlyings.last().is_some_and(is_free) {
            self.underlyings.pop();
        }
    }

    pub(crate) fn add_instrument(&mut self, spec: InstrumentSpec) -> Result<InstrumentId> {
        let id: InstrumentId = self.instruments.insert(Instrument {
            spec,
            prices: Prices::NONE,
            is_settled: false,
            listed: None,
            isolated: 0,
        })?;
        let slot = id.slot();
        let quote = Quote::missing(RowStatus::MissingPrice, spec.kind.is_option());
        if slot == self.quotes.len() {
            self.quotes.push(quote);
            self.plain_units.push(quote.plain_unit(self.per_quote_scale));
            self.greeks.push(UnitGreeks::default());
            self.valued_ms.push(self.time_ms);
            self.is_instrument_touched.push(false);
        } else {
            self.set_quote(slot, quote);
            self.greeks[slot] = UnitGreeks::default();
        }
        let extent = self.instruments.extent();
        self.touched_instruments.reserve(extent);
        self.moved.reserve(extent);
        let underlying = &mut self.underlyings[spec.underlying.slot()];
        underlying.instruments.push(slot as u32);
        if underlying.reference.is_none() && !spec.kind.is_option() {
            underlying.reference = Some(slot as u32);
        }
        self.assets[spec.settle.slot()].settles.push(slot as u32);
        self.list_option(slot);
        Ok(id)
    }

    /// Lists an option with those of its underlying and expiry.
    pub(crate) fn list_option(&mut self, slot: usize) {
        let instrument = self.instruments.row_mut(slot);
        let underlying = instrument.spec.underlying.0;
        let Kind::Option {
            option,
            strike,
            expiry_ms,
        } = instrument.spec.kind
        else {
            return;
        };
        let chains = &mut self.chains;
        let known = chains.iter().rposition(|chain| chain.is_of(underlying, expiry_ms));
        let chain = known.unwrap_or_else(|| {
            let new = OptionChain::new(underlying, expiry_ms);
            // one whose options are all gone leaves its place
            if let Some(free) = chains.iter().position(|chain| chain.slots.is_empty()) {
                chains[free] = new;
                return free;
            }
            chains.push(new);
            self.touched_chains.reserve(chains.len());
            chains.len() - 1
        });
        instrument.listed = Some(Listing {
            chain: chain as u32,
            row: chains[chain].list(slot as u32, option, strike),
        });
    }

    fn unlist_option(&mut self, listing: Listing) {
        let chain = &mut self.chains[listing.chain as usize];
        chain.unlist(listing.row);
        if let Some(&moved) = chain.slots.get(listing.row as usize) {
            self.instruments.row_mut(moved as usize).listed = Some(listing);
        }
    }

    /// Where an instrument is listed, if it is an option.
    pub(crate) fn listed(&self, slot: usize) -> Option<Listed<'_>> {
        let Instrument { spec, listed, .. } = self.instruments.row(slot);
        listed.map(|Listing { chain, row }| Listed {
            chain: &self.chains[chain as usize],
            row,
            surface: self.underlyings[spec.underlying.slot()].surface.as_ref(),
        })
    }

    /// Forgets an instrument that nobody holds.
    pub(crate) fn remove_instrument(&mut self, slot: usize) {
        let Some(instrument) = self.instruments.remove(slot) else {
            return;
        };
        if let Some(listing) = instrument.listed {
            self.unlist_option(listing);
        }
        let is_other = |&other: &u32| other as usize != slot;
        self.assets[instrument.spec.settle.slot()].settles.retain(is_other);
        let underlying = instrument.spec.underlying.slot();
        self.underlyings[underlying].instruments.retain(is_other);
        self.pass_reference_on(underlying, slot);
        self.set_quote(slot, Quote::missing(RowStatus::MissingPrice, false));
        self.greeks[slot] = UnitGreeks::default();
    }

    /// Closes an instrument to further ticks.
    pub(crate) fn settle_instrument(&mut self, slot: usize) {
        let instrument = self.instruments.row_mut(slot);
        instrument.is_settled = true;
        let underlying = instrument.spec.underlying.slot();
        self.pass_reference_on(underlying, slot);
    }

    /// Where an instrument stood in for an underlying's index, the next one that still ticks does.
    fn pass_reference_on(&mut self, underlying: usize, slot: usize) {
        let underlying = &mut self.underlyings[underlying];
        if underlying.reference == Some(slot as u32) {
            let instruments = &self.instruments;
            underlying.reference = underlying.instruments.iter().copied().find(|&other| {
                let other = instruments.row(other as usize);
                !other.spec.kind.is_option() && !other.is_settled
            });
        }
    }

    /// Stores a tick of a live instrument.
    pub(crate) fn store_tick(&mut self, slot: usize, tick: &Tick) -> TickStatus {
        let has = |value: f64| !value.is_nan();
        let Instrument {
            spec,
            prices,
            is_settled,
            ..
        } = self.instruments.row_mut(slot);
        if *is_settled {
            return TickStatus::RejectedSettled;
        }
        let is_early = matches!(spec.kind, Kind::Option { expiry_ms, .. } if expiry_ms - tick.time_ms > TERM_MAX_MS);
        if !(tick.time_ms >= 0.0 && tick.time_ms.is_finite()) || tick.time_ms < prices.time_ms || is_early {
            return TickStatus::RejectedTime;
        }
        let is_mark = is_price(tick.mark) || (spec.kind.is_option() && tick.mark == 0.0);
        if (has(tick.mark) && !is_mark)
            || (has(tick.index) && !is_price(tick.index))
            || (has(tick.underlying_price) && !is_price(tick.underlying_price))
        {
            return TickStatus::RejectedPrice;
        }
        if (has(tick.vol) && !(0.0..=VOL_MAX).contains(&tick.vol)) || tick.rate.is_infinite() {
            return TickStatus::RejectedVol;
        }
        if [tick.mark, tick.index, tick.underlying_price, tick.vol, tick.rate]
            .iter()
            .all(|&field| !has(field))
        {
            return TickStatus::RejectedPrice;
        }
        let spec = *spec;
        if matches!(spec.kind, Kind::Spot { .. }) && has(tick.mark) {
            // the base asset's price in the quote asset must be a price too
            let in_quote = tick.mark * self.assets[spec.settle.slot()].row.price;
            if has(in_quote) && !is_price(in_quote) {
                return TickStatus::RejectedPrice;
            }
        }
        // feeds of one underlying are out of step: an older index than another has given is left out, and not the mark beside it
        let reference = &self.underlyings[spec.underlying.slot()];
        let has_index = has(tick.index) && !(reference.has_index && tick.time_ms < reference.row.time_ms);
        let has_more = [tick.mark, tick.underlying_price, tick.vol, tick.rate]
            .into_iter()
            .any(has);
        if !has_index && !has_more {
            return TickStatus::RejectedTime;
        }
        if has(tick.rate) {
            prices.rate = tick.rate;
        }
        if has(tick.underlying_price) {
            prices.forward = tick.underlying_price;
        }
        prices.time_ms = tick.time_ms;
        prices.source = tick.source;
        self.time_ms = self.time_ms.max(tick.time_ms);
        if has_index {
            self.set_underlying(spec.underlying.slot(), tick.index, tick.time_ms, tick.source, true);
        }
        if spec.kind.is_option() {
            self.store_option_tick(slot, tick);
        } else if has(tick.mark) {
            self.instruments.row_mut(slot).prices.mark = tick.mark;
            let underlying = &self.underlyings[spec.underlying.slot()];
            if !underlying.has_index && underlying.reference == Some(slot as u32) {
                self.set_underlying(spec.underlying.slot(), tick.mark, tick.time_ms, tick.source, false);
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

    /// What prices an option: its own forward, or the price of its underlying; NaN where there is neither.
    fn forward(&self, slot: usize) -> f64 {
        let Instrument { spec, prices, .. } = self.instruments.row(slot);
        prices.forward_or(self.underlyings[spec.underlying.slot()].row.price)
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

    /// The vol that an option's quote uses, and where it is from.
    pub(crate) fn vol(&self, slot: usize) -> (Option<f64>, VolSource) {
        let Instrument { spec, prices, .. } = self.instruments.row(slot);
        let (Some(listed), Kind::Option { strike, expiry_ms, .. }) = (self.listed(slot), spec.kind) else {
            return (None, VolSource::None);
        };
        let (vol, source) = match listed.source(prices) {
            Some(surface) => (
                surface.vol(strike, expiry_ms, self.forward(slot)).vol,
                VolSource::Surface,
            ),
            None => (prices.vol, VolSource::Own),
        };
        if vol.is_nan() {
            (None, VolSource::None)
        } else {
            (Some(vol), source)
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

    /// Makes the quotes of all touched instruments anew; those that changed are left in `moved`, with what they were.
    pub(crate) fn refresh_quotes(&mut self) {
        self.moved.clear();
        self.price_chains();
        for i in 0..self.touched_instruments.len() {
            let slot = self.touched_instruments[i] as usize;
            self.is_instrument_touched[slot] = false;
            if self.instruments.get(slot).is_none() {
                continue;
            }
            let (quote, greeks) = self.quote_at(slot, Shift::NONE);
            self.greeks[slot] = greeks;
            if quote != self.quotes[slot] || self.has_records {
                self.moved.push(Moved {
                    instrument: slot as u32,
                    before: self.quotes[slot],
                });
                self.set_quote(slot, quote);
            }
        }
        self.touched_instruments.clear();
        for &chain in &self.touched_chains {
            self.chains[chain as usize].end_pass();
        }
        self.touched_chains.clear();
    }

    /// Prices those chains together of which several options were touched, at the terms of the first of these: quotes find
    /// the figures of every option that has the same terms.
    fn price_chains(&mut self) {
        let Self {
            touched_instruments,
            instruments,
            underlyings,
            chains,
            touched_chains,
            valued_ms,
            ..
        } = self;
        let listings = || {
            touched_instruments.iter().filter_map(|&slot| {
                let instrument = instruments.get(slot as usize)?;
                Some((slot as usize, instrument, instrument.listed?))
            })
        };
        for (_, _, listing) in listings() {
            let chain = &mut chains[listing.chain as usize];
            if chain.touched == 0 {
                touched_chains.push(listing.chain);
            }
            chain.touched += 1;
        }
        for (slot, Instrument { spec, prices, .. }, listing) in listings() {
            let chain = &mut chains[listing.chain as usize];
            let Some(expiry_ms) = spec
                .kind
                .expiry_ms()
                .filter(|_| chain.touched > 1 && !chain.is_priced())
            else {
                continue;
            };
            let underlying = &underlyings[spec.underlying.slot()];
            let forward = prices.forward_or(underlying.row.price);
            let steady = underlying.surface.as_ref().filter(|surface| !surface.moves());
            for row in 0..chain.slots.len() {
                let Instrument { spec, prices, .. } = instruments.row(chain.slots[row] as usize);
                let (surface, kind) = (steady.filter(|_| !prices.has_own_vol()), spec.kind);
                chain.vols_mut()[row] = match (surface, kind) {
                    (Some(surface), Kind::Option { strike, .. }) => surface.vol(strike, expiry_ms, forward).vol,
                    _ => prices.vol,
                };
            }
            chain.price_all(&option_terms(prices, forward, expiry_ms, f64::NAN, valued_ms[slot]));
        }
    }

    pub(crate) fn set_quote(&mut self, slot: usize, quote: Quote) {
        self.quotes[slot] = quote;
        self.plain_units[slot] = quote.plain_unit(self.per_quote_scale);
    }

    /// Empties the list of touched assets after their holders have been marked.
    pub(crate) fn forget_touched_assets(&mut self) {
        for &slot in &self.touched_assets {
            self.is_asset_touched[slot as usize] = false;
        }
        self.touched_assets.clear();
    }

    /// Time of the oldest price that an instrument's quote rests on; NaN where one is missing.
    pub(crate) fn price_time_ms(&self, slot: usize) -> f64 {
        let Instrument { spec, prices, .. } = self.instruments.row(slot);
        let uses_underlying = spec.kind.is_option() && prices.forward.is_nan();
        let surface = self
            .listed(slot)
            .and_then(|listed| listed.source(prices).map(VolSurface::time_ms));
        // a surface's vol needs no tick of the option, but where the forward is its own it has the age of that
        let own = match surface {
            Some(time_ms) if uses_underlying => time_ms,
            Some(time_ms) => prices.time_ms.min(time_ms),
            None => prices.time_ms,
        };
        let settle = self.asset_time_ms(spec.settle.slot());
        let underlying = if uses_underlying {
            self.underlyings[spec.underlying.slot()].row.time_ms
        } else {
            own
        };
        if own.is_nan() || underlying.is_nan() || settle.is_nan() {
            f64::NAN
        } else {
            own.min(underlying).min(settle)
        }
    }

    /// Time of an asset's price; +∞ for the quote asset, whose price never ages.
    pub(crate) fn asset_time_ms(&self, slot: usize) -> f64 {
        self.assets[slot].row.time_ms
    }

    pub(crate) fn is_stale(&self, time_ms: f64) -> bool {
        self.time_ms - time_ms > self.stale_after_ms
    }

    /// What an instrument's quote is made from, as of the time when it was last made.
    pub(crate) fn quote_inputs(&self, slot: usize) -> QuoteInputs {
        let spec = &self.instruments.row(slot).spec;
        let settle = &self.assets[spec.settle.slot()];
        QuoteInputs {
            underlying_price: self.underlyings[spec.underlying.slot()].row.price,
            settle_price: settle.row.price,
            settle_scale_log2: settle.spec.scale_log2,
            vol_ratio: 1.0,
            now_ms: self.valued_ms[slot],
            is_stale: self.valued_ms[slot] - self.price_time_ms(slot) > self.stale_after_ms,
        }
    }

    /// One unit of an instrument after a shift, as of the time when its quote was last made.
    pub(crate) fn quote_at(&self, slot: usize, shift: Shift) -> (Quote, UnitGreeks) {
        let Instrument { spec, prices, .. } = self.instruments.row(slot);
        let (price_ratio, vol_ratio) = if shift.underlying == Some(spec.underlying) {
            (shift.price_ratio, shift.vol_ratio)
        } else {
            (1.0, 1.0)
        };
        let inputs = self.quote_inputs(slot);
        let inputs = QuoteInputs {
            underlying_price: inputs.underlying_price * price_ratio,
            settle_price: inputs.settle_price * shift.asset_ratio(&self.assets[spec.settle.slot()].spec),
            vol_ratio,
            ..inputs
        };
        let shifted = Prices {
            mark: prices.mark * price_ratio,
            forward: prices.forward * price_ratio,
            ..*prices
        };
        quote(spec, &shifted, &inputs, self.listed(slot))
    }

    /// Mark of an instrument; of an option the premium that its quote uses; NaN where it has none.
    pub(crate) fn mark(&self, slot: usize) -> f64 {
        let Instrument { spec, prices, .. } = self.instruments.row(slot);
        if !spec.kind.is_option() {
            return prices.mark;
        }
        let premium = self
            .listed(slot)
            .and_then(|listed| listed.premium(spec, prices, self.forward(slot), 1.0, self.valued_ms[slot]));
        premium.map_or(f64::NAN, |model| model.premium)
    }
}
