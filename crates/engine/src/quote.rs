//! Quotes: what one unit of an instrument is worth and weighs at the last prices, and how that moves.

use plimsoll_math::elementary::power_of_two;

use crate::greeks::UnitGreeks;
use crate::instrument::{InstrumentSpec, Payoff, Prices};
use crate::option::Listed;
use crate::status::RowStatus;

/// What one unit of size is worth and weighs now. All that a position's contribution needs from the market.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quote {
    /// Value in the settlement asset, in the scaled units of that asset's sums.
    pub unit_value: f64,
    /// Absolute notional in the quote asset: of an option, that of its underlying.
    pub unit_notional: f64,
    /// Price of the settlement asset in the quote asset, per scaled unit.
    pub settle_price: f64,
    /// What the figures rest on; where figures are missing all of them are 0.
    pub status: RowStatus,
    /// Whether it is an option.
    pub is_option: bool,
    /// A scaled unit of the settlement asset is 2^this of it.
    pub settle_scale_log2: i8,
}

/// Value and gross notional of a unit of size, see [`Quote::plain_unit`].
pub(crate) type PlainUnit = [f64; 2];

impl Quote {
    /// What a unit of size adds to value and to gross notional, in scaled units, where a position is nothing but its size: NaN
    /// for an option, where the price is not fresh, and where the value is more than twice the notional.
    pub(crate) fn plain_unit(&self, per_quote_scale: f64) -> PlainUnit {
        let unit = [self.unit_value, self.unit_notional * per_quote_scale];
        let is_plain = self.status == RowStatus::Ok && !self.is_option;
        if is_plain && unit[0].abs() <= 2.0 * unit[1] {
            unit
        } else {
            [f64::NAN; 2]
        }
    }

    pub(crate) const fn missing(status: RowStatus, is_option: bool) -> Self {
        Self {
            unit_value: 0.0,
            unit_notional: 0.0,
            settle_price: 0.0,
            status,
            is_option,
            settle_scale_log2: 0,
        }
    }
}

/// Prices that an instrument's quote is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuoteInputs {
    /// Reference price of the underlying.
    pub underlying_price: f64,
    /// Price of the settlement asset in the quote asset.
    pub settle_price: f64,
    /// A scaled unit of the settlement asset is 2^this of it.
    pub settle_scale_log2: i32,
    /// What an option's vol is multiplied by.
    pub vol_ratio: f64,
    pub now_ms: f64,
    /// Whether a price used is older than the engine's limit.
    pub is_stale: bool,
}

/// One unit's quote and derivatives at the given prices.
///
/// `listed` is where an option is.
#[inline(always)]
pub(crate) fn quote(
    spec: &InstrumentSpec,
    prices: &Prices,
    inputs: &QuoteInputs,
    listed: Option<Listed<'_>>,
) -> (Quote, UnitGreeks) {
    let forward = prices.forward_or(inputs.underlying_price);
    let model = listed.and_then(|listed| listed.premium(spec, prices, forward, inputs.vol_ratio, inputs.now_ms));
    let price = if listed.is_none() {
        prices.mark
    } else {
        model.map_or(f64::NAN, |model| model.premium)
    };
    let quote = inputs.value(spec, forward, price);
    if !quote.status.has_figures() {
        return (quote, UnitGreeks::default());
    }
    let greeks = match (model, spec.payoff) {
        (Some(model), payoff) => {
            let greeks = match payoff {
                Payoff::Linear => model.linear_greeks(),
                Payoff::Inverse => model.inverse_greeks(),
            };
            greeks.scaled(spec.multiplier * inputs.settle_price)
        }
        (None, Payoff::Linear) => UnitGreeks {
            exposure: quote.unit_notional,
            ..UnitGreeks::default()
        },
        (None, Payoff::Inverse) => UnitGreeks {
            exposure: quote.unit_notional,
            convexity: -2.0 * quote.unit_notional,
            ..UnitGreeks::default()
        },
    };
    (quote, greeks)
}

impl QuoteInputs {
    /// What a price rests on while there is one.
    pub(crate) fn status(&self, spec: &InstrumentSpec) -> RowStatus {
        let expiry_ms = spec.kind.expiry_ms();
        if expiry_ms.is_some_and(|expiry_ms| self.now_ms >= expiry_ms) {
            RowStatus::Expired
        } else if self.is_stale {
            RowStatus::Stale
        } else {
            RowStatus::Ok
        }
    }

    /// One unit at its price: a mark, or an option's premium at a forward; NaN where there is none.
    #[inline(always)]
    pub(crate) fn value(&self, spec: &InstrumentSpec, forward: f64, price: f64) -> Quote {
        let is_option = spec.kind.is_option();
        if self.settle_price.is_nan() || (if is_option { forward } else { price }).is_nan() {
            return Quote::missing(RowStatus::MissingPrice, is_option);
        }
        if price.is_nan() {
            return Quote::missing(RowStatus::NoVol, is_option);
        }
        let settle_scale = power_of_two(f64::from(self.settle_scale_log2));
        let unit_value = spec.unit_value(price);
        let unit_notional = match (is_option, spec.payoff) {
            (true, Payoff::Linear) => spec.multiplier * self.settle_price * forward,
            (true, Payoff::Inverse) => spec.multiplier * self.settle_price,
            (false, _) => unit_value.abs() * self.settle_price,
        };
        Quote {
            unit_value: unit_value / settle_scale,
            unit_notional,
            settle_price: self.settle_price * settle_scale,
            status: self.status(spec),
            is_option,
            settle_scale_log2: self.settle_scale_log2 as i8,
        }
    }
}
