//! Everything on an underlying at other prices, for as long as a question about one account takes.

use alloc::vec::Vec;

use crate::account::Sign;
use crate::engine::Engine;
use crate::error::{Code, EngineError, Result};
use crate::greeks::UnitGreeks;
use crate::instrument::Prices;
use crate::market::{is_price, PriceRow, Shift, Underlying};
use crate::model::write_record;
use crate::quote::Quote;

/// Prices that a move has changed, as they were.
pub(super) struct PricesBefore {
    underlying: usize,
    price: f64,
    vol_ratio: f64,
    assets: Vec<(usize, f64)>,
    instruments: Vec<(usize, Prices, Quote, UnitGreeks)>,
}

impl Engine {
    /// Moves an underlying by a ratio, with it the marks and forwards of its instruments and the assets that follow it, and vols of options
    /// on it by one of their own; times and all else stay. Of the accounts only the one in `slot` is summed at the new prices: `put_prices_back` must follow.
    pub(super) fn move_prices(
        &mut self,
        slot: usize,
        underlying: usize,
        ratio: f64,
        vol_ratio: f64,
    ) -> Result<PricesBefore> {
        let Underlying {
            row: PriceRow { price, .. },
            vol_ratio: vol_before,
            ..
        } = self.market.underlyings[underlying];
        let (field, came) = if is_price(vol_ratio) {
            ("move", ratio)
        } else {
            ("volMove", vol_ratio)
        };
        if !is_price(came) || !(price.is_nan() || is_price(price * ratio)) {
            let expected = "greater than -1, and such that the price stays finite and > 0";
            return Err(EngineError::new(Code::InvalidValue, field, expected, came - 1.0));
        }
        let moves = |of: Option<usize>| of == Some(underlying);
        let mut before = PricesBefore {
            underlying,
            price,
            vol_ratio: vol_before,
            assets: Vec::new(),
            instruments: Vec::new(),
        };
        self.apply_rows(slot, Sign::Subtract);
        self.market.underlyings[underlying].row.price *= ratio;
        self.market.underlyings[underlying].vol_ratio *= vol_ratio;
        for (asset, held) in self.market.assets.iter_mut().enumerate() {
            if moves(held.spec.underlying.map(|id| id.slot())) {
                before.assets.push((asset, held.row.price));
                held.row.price *= ratio;
            }
        }
        for at in 0..self.market.instruments.extent() {
            let Some(instrument) = self.market.instruments.get(at) else {
                continue;
            };
            let settle = &self.market.assets[instrument.spec.settle.slot()].spec;
            let price_moves = instrument.spec.underlying.slot() == underlying;
            if !price_moves && !moves(settle.underlying.map(|id| id.slot())) {
                continue;
            }
            let (quote, greeks) = (self.market.quotes[at], self.market.greeks[at]);
            before.instruments.push((at, instrument.prices, quote, greeks));
            if price_moves {
                let prices = &mut self.market.instruments.row_mut(at).prices;
                prices.mark *= ratio;
                prices.forward *= ratio;
            }
            let (quote, greeks) = self.market.quote_at(at, Shift::NONE);
            self.set_prices(at, quote, greeks);
        }
        self.apply_rows(slot, Sign::Add);
        Ok(before)
    }

    /// Makes the market and the account in `slot` what they were, bit for bit.
    pub(super) fn put_prices_back(&mut self, slot: usize, before: PricesBefore) {
        self.apply_rows(slot, Sign::Subtract);
        self.market.underlyings[before.underlying].row.price = before.price;
        self.market.underlyings[before.underlying].vol_ratio = before.vol_ratio;
        for (asset, price) in before.assets {
            self.market.assets[asset].row.price = price;
        }
        for (at, prices, quote, greeks) in before.instruments {
            self.market.instruments.row_mut(at).prices = prices;
            self.set_prices(at, quote, greeks);
        }
        self.apply_rows(slot, Sign::Add);
    }

    fn set_prices(&mut self, at: usize, quote: Quote, greeks: UnitGreeks) {
        self.market.set_quote(at, quote);
        self.market.greeks[at] = greeks;
        for model in self.models.iter_mut().filter(|model| model.record_len > 0) {
            write_record(model, &self.market, at);
        }
    }

    fn apply_rows(&mut self, slot: usize, sign: Sign) {
        for row in 0..self.accounts.row(slot).rows.len() {
            self.apply_row(slot, row, sign);
        }
    }
}
