//! The market of a snapshot: whether it hangs together, and what follows from it.

use alloc::vec;
use alloc::vec::Vec;

use plimsoll_math::elementary::power_of_two;

use crate::error::Result;
use crate::greeks::UnitGreeks;
use crate::instrument::{Kind, Prices};
use crate::market::{is_price, Instrument, Market, PriceRow, Shift};
use crate::quote::Quote;
use crate::snapshot::codec::Reader;
use crate::status::RowStatus;

/// A price, or none.
fn is_price_or_none(price: f64) -> bool {
    price.is_nan() || is_price(price)
}

fn has_proper_row(row: &PriceRow) -> bool {
    // the quote asset's price is of time +∞
    is_price_or_none(row.price) && (row.time_ms.is_nan() || row.time_ms >= 0.0)
}

fn has_proper_prices(prices: &Prices, is_option: bool) -> bool {
    let Prices {
        mark,
        vol,
        forward,
        rate,
        premium_offset,
        unread_mark: _,
        time_ms,
        source: _,
    } = *prices;
    (is_price_or_none(mark) || (is_option && mark == 0.0))
        && (vol.is_nan() || (vol >= 0.0 && vol.is_finite()))
        && is_price_or_none(forward)
        && rate.is_finite()
        && !premium_offset.is_infinite()
        && (time_ms.is_nan() || (time_ms >= 0.0 && time_ms.is_finite()))
}

impl Market {
    /// Refuses what no engine could have written, where it would lead calls astray; then makes anew what is not stored.
    pub(crate) fn complete(&mut self, reader: &Reader<'_>) -> Result<()> {
        let refuse = |expected| move |_| reader.corrupt(expected);
        let is_time = self.time_ms >= 0.0 && self.time_ms.is_finite() && self.stale_after_ms > 0.0;
        reader.require(is_time, "an engine's time")?;
        let extent = self.instruments.extent();
        reader.require(self.valued_ms.len() == extent, "a time of each quote")?;
        let (mut in_underlyings, mut in_assets) = (vec![u32::MAX; extent], vec![u32::MAX; extent]);
        for (at, underlying) in self.underlyings.iter_mut().enumerate() {
            reader.require(has_proper_row(&underlying.row), "prices of underlyings")?;
            if let Some(surface) = &mut underlying.surface {
                surface.complete().map_err(refuse("surfaces of underlyings"))?;
            }
            list_once(&underlying.instruments, at, &mut in_underlyings, reader)?;
            let is_listed = |slot: &u32| underlying.instruments.contains(slot);
            reader.require(
                underlying.reference.iter().all(is_listed),
                "a reference among its instruments",
            )?;
        }
        reader.require(!self.assets.is_empty(), "at least the quote asset")?;
        for at in 0..self.assets.len() {
            let asset = &mut self.assets[at];
            asset.spec.validate().map_err(refuse("terms of assets"))?;
            asset.scale = power_of_two(f64::from(asset.spec.scale_log2));
            reader.require(has_proper_row(&asset.row), "prices of assets")?;
            list_once(&asset.settles, at, &mut in_assets, reader)?;
            if let Some(underlying) = asset.spec.underlying {
                let followed = self.underlyings.get_mut(underlying.0 as usize);
                let followed = followed.ok_or_else(|| reader.corrupt("underlyings of assets"))?;
                followed.assets.push(at as u32);
            }
        }
        for slot in 0..extent {
            let Some(Instrument { spec, prices, .. }) = self.instruments.get(slot) else {
                let is_unlisted = in_underlyings[slot] == u32::MAX && in_assets[slot] == u32::MAX;
                reader.require(is_unlisted, "lists of instruments that are registered")?;
                continue;
            };
            let is_listed = in_underlyings[slot] == spec.underlying.0 && in_assets[slot] == spec.settle.0;
            reader.require(is_listed, "instruments in the lists of what they name")?;
            spec.validate().map_err(refuse("terms of instruments"))?;
            if let Kind::Spot { base } = spec.kind {
                let is_other = base.0 != 0 && base != spec.settle && (base.0 as usize) < self.assets.len();
                reader.require(is_other, "a base asset")?;
            }
            reader.require(
                has_proper_prices(prices, spec.kind.is_option()),
                "prices of instruments",
            )?;
        }
        self.quote_scale = self.assets[0].scale;
        self.per_quote_scale = 1.0 / self.quote_scale;
        self.make_quotes();
        Ok(())
    }

    fn make_quotes(&mut self) {
        let extent = self.instruments.extent();
        for slot in 0..extent {
            if self.instruments.get(slot).is_some() {
                self.list_option(slot);
            }
        }
        let missing = Quote::missing(RowStatus::MissingPrice, false);
        self.quotes = vec![missing; extent];
        self.plain_units = vec![missing.plain_unit(self.per_quote_scale); extent];
        self.greeks = vec![UnitGreeks::default(); extent];
        for slot in 0..extent {
            if self.instruments.get(slot).is_some() {
                let (quote, greeks) = self.quote_at(slot, Shift::NONE);
                self.set_quote(slot, quote);
                self.greeks[slot] = greeks;
            }
        }
        self.is_instrument_touched = vec![false; extent];
        self.touched_instruments = Vec::with_capacity(extent);
        self.moved = Vec::with_capacity(extent);
        self.is_asset_touched = vec![false; self.assets.len()];
        self.touched_assets = Vec::with_capacity(self.assets.len());
    }
}

/// Notes the instruments of a list, each of which must be in one list only.
fn list_once(instruments: &[u32], owner: usize, owners: &mut [u32], reader: &Reader<'_>) -> Result<()> {
    for &slot in instruments {
        let place = owners.get_mut(slot as usize).filter(|owner| **owner == u32::MAX);
        *place.ok_or_else(|| reader.corrupt("instruments in one list each"))? = owner as u32;
    }
    Ok(())
}
