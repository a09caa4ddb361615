//! The market: prices of assets, underlyings and instruments with their times and sources, and the quotes made from them.

mod prices;
mod quotes;
mod shift;

use alloc::vec::Vec;

use plimsoll_math::elementary::power_of_two;

use crate::asset::AssetSpec;
use crate::chain::{Listing, OptionChain};
use crate::error::Result;
use crate::greeks::UnitGreeks;
use crate::handle::{AssetId, InstrumentId, UnderlyingId};
use crate::instrument::{InstrumentSpec, Kind, Prices};
use crate::option::Listed;
use crate::quote::{PlainUnit, Quote};
use crate::slots::Slots;
use crate::snapshot::codec::stored;
use crate::status::RowStatus;
use crate::surface::VolSurface;

pub(crate) use prices::is_price;
pub use prices::{Tick, TickStatus, VOL_MAX};
pub(crate) use shift::Shift;

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
    /// What vols of its options are multiplied by, for as long as a question takes.
    pub vol_ratio: f64,
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

stored! { Underlying { row, has_index, reference, instruments, surface; assets = Vec::new(), vol_ratio = 1.0 } }

stored! { Instrument { spec, prices, is_settled; listed = None, isolated = 0 } }

/// A quote that moved, as it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    pub instrument: u32,
    pub before: Quote,
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
            vol_ratio: 1.0,
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
    #[inline(always)]
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
}
