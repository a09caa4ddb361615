//! Quotes made from prices: anew for all that was touched, or as they would be after a shift.

use super::{Instrument, Market, Moved, Shift};
use crate::greeks::UnitGreeks;
use crate::instrument::{Kind, Prices};
use crate::option::option_terms;
use crate::quote::{quote, Quote, QuoteInputs};
use crate::surface::{VolSource, VolSurface};

impl Market {
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
            let (quote, greeks) = self.quote_now(slot);
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

    #[inline(always)]
    pub(crate) fn set_quote(&mut self, slot: usize, quote: Quote) {
        self.quotes[slot] = quote;
        self.plain_units[slot] = quote.plain_unit(self.per_quote_scale);
    }

    /// What an instrument's quote is made from, as of the time when it was last made.
    #[inline(always)]
    pub(crate) fn quote_inputs(&self, slot: usize) -> QuoteInputs {
        let spec = &self.instruments.row(slot).spec;
        let settle = &self.assets[spec.settle.slot()];
        let underlying = &self.underlyings[spec.underlying.slot()];
        QuoteInputs {
            underlying_price: underlying.row.price,
            settle_price: settle.row.price,
            settle_scale_log2: settle.spec.scale_log2,
            vol_ratio: underlying.vol_ratio,
            now_ms: self.valued_ms[slot],
            is_stale: self.valued_ms[slot] - self.price_time_ms(slot) > self.stale_after_ms,
        }
    }

    /// One unit of an instrument, as of the time when its quote was last made. All that leads to it is inlined: what one function
    /// leaves in memory number by number and another reads in pairs is waited for.
    #[inline(always)]
    fn quote_now(&self, slot: usize) -> (Quote, UnitGreeks) {
        let Instrument { spec, prices, .. } = self.instruments.row(slot);
        quote(spec, prices, &self.quote_inputs(slot), self.listed(slot))
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
            vol_ratio: inputs.vol_ratio * vol_ratio,
            ..inputs
        };
        let shifted = Prices {
            mark: prices.mark * price_ratio,
            forward: prices.forward * price_ratio,
            ..*prices
        };
        quote(spec, &shifted, &inputs, self.listed(slot))
    }

    /// What prices an option: its own forward, or the price of its underlying; NaN where there is neither.
    pub(super) fn forward(&self, slot: usize) -> f64 {
        let Instrument { spec, prices, .. } = self.instruments.row(slot);
        prices.forward_or(self.underlyings[spec.underlying.slot()].row.price)
    }

    /// What an option's vol is multiplied by.
    fn vol_ratio(&self, slot: usize) -> f64 {
        self.underlyings[self.instruments.row(slot).spec.underlying.slot()].vol_ratio
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
            (Some(vol * self.vol_ratio(slot)), source)
        }
    }

    /// Mark of an instrument; of an option the premium that its quote uses; NaN where it has none.
    pub(crate) fn mark(&self, slot: usize) -> f64 {
        let Instrument { spec, prices, .. } = self.instruments.row(slot);
        if !spec.kind.is_option() {
            return prices.mark;
        }
        let premium = self.listed(slot).and_then(|listed| {
            let (forward, vol_ratio) = (self.forward(slot), self.vol_ratio(slot));
            listed.premium(spec, prices, forward, vol_ratio, self.valued_ms[slot])
        });
        premium.map_or(f64::NAN, |model| model.premium)
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
            earlier(earlier(own, underlying), settle)
        }
    }

    /// Time of an asset's price; +∞ for the quote asset, whose price never ages.
    pub(crate) fn asset_time_ms(&self, slot: usize) -> f64 {
        self.assets[slot].row.time_ms
    }

    pub(crate) fn is_stale(&self, time_ms: f64) -> bool {
        self.time_ms - time_ms > self.stale_after_ms
    }
}

/// The earlier of two times, neither of them NaN; f64::min is a call in WebAssembly.
fn earlier(a: f64, b: f64) -> f64 {
    if b < a {
        b
    } else {
        a
    }
}
