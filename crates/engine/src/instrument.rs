//! Instruments: what a position is in, and what one unit of it is worth at given prices.

use plimsoll_math::float;
use plimsoll_math::OptionType;

use crate::error::{require_positive, Code, EngineError, Phrase, Result};
use crate::handle::{AssetId, UnderlyingId};
use crate::snapshot::codec::{stored, stored_names, Reader, Stored, Writer};
use crate::time::require_time;

/// Lots are counted in a double without rounding up to 2⁵³.
const LOTS_MAX: f64 = LOTS_EXACT as f64;
pub(crate) const LOTS_EXACT: u64 = 1 << 53;
/// A size may miss a whole number of lots by the rounding of a few operations, not by more: so many lots, where doubles are
/// that fine, and so many units in the last place, where they are not.
const LOT_TOLERANCE: f64 = 1e-6;
const LOT_TOLERANCE_ULPS: f64 = 4.0;
const SIZE_DECIMALS_MAX: u8 = 15;
const POWERS_OF_TEN: [f64; 16] = [
    1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Kind of instrument.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// Exchange of the base asset for the settlement asset; its mark is the base asset's price in the settlement asset.
    Spot {
        /// The asset that is bought and sold.
        base: AssetId,
    },
    /// Perpetual future.
    Perp,
    /// Dated future.
    Future {
        /// Expiry, milliseconds since the epoch.
        expiry_ms: f64,
    },
    /// European option.
    Option {
        /// Call or put.
        option: OptionType,
        /// Strike in price units.
        strike: f64,
        /// Expiry, milliseconds since the epoch.
        expiry_ms: f64,
    },
}

stored_names! { OptionType { Call, Put } }

impl Stored for Kind {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Spot { base } => {
                writer.put(&0_u8);
                writer.put(base);
            }
            Self::Perp => writer.put(&1_u8),
            Self::Future { expiry_ms } => {
                writer.put(&2_u8);
                writer.put(expiry_ms);
            }
            Self::Option {
                option,
                strike,
                expiry_ms,
            } => {
                writer.put(&3_u8);
                writer.put(option);
                writer.put(strike);
                writer.put(expiry_ms);
            }
        }
    }
    fn read(reader: &mut Reader<'_>) -> Self {
        match reader.part() {
            0_u8 => Self::Spot { base: reader.part() },
            2 => Self::Future {
                expiry_ms: reader.part(),
            },
            3 => Self::Option {
                option: reader.part(),
                strike: reader.part(),
                expiry_ms: reader.part(),
            },
            kind => {
                reader.expect(kind == 1, "a kind of instrument of this version");
                Self::Perp
            }
        }
    }
}

impl Kind {
    /// Expiry in milliseconds, for those that expire.
    #[must_use]
    pub fn expiry_ms(&self) -> Option<f64> {
        match *self {
            Self::Future { expiry_ms } | Self::Option { expiry_ms, .. } => Some(expiry_ms),
            Self::Spot { .. } | Self::Perp => None,
        }
    }

    /// Whether it is an option.
    #[must_use]
    pub fn is_option(&self) -> bool {
        matches!(self, Self::Option { .. })
    }
}

/// How profit depends on the price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Payoff {
    /// Profit in the settlement asset is proportional to the price; a settlement asset other than the price's makes it quanto.
    Linear,
    /// The contract is worth a fixed amount of the price's currency and settles in coin: profit ∝ −1/price.
    Inverse,
}

stored_names! { Payoff { Linear, Inverse } }

/// How an instrument is registered.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct InstrumentSpec {
    /// Kind.
    pub kind: Kind,
    /// Linear or inverse.
    pub payoff: Payoff,
    /// The price factor that moves it.
    pub underlying: UnderlyingId,
    /// The asset that profit and loss are paid in.
    pub settle: AssetId,
    /// Units of the underlying (linear), of the price's currency (inverse perp or future), or of coin (inverse option) per
    /// unit of size.
    pub multiplier: f64,
    /// Sizes are whole multiples of 10^−`size_decimals`, 0 to 15.
    pub size_decimals: u8,
}

stored! { InstrumentSpec { kind, payoff, underlying, settle, multiplier, size_decimals } }

impl InstrumentSpec {
    pub(crate) fn validate(&self) -> Result<()> {
        require_positive("multiplier", self.multiplier)?;
        if self.size_decimals > SIZE_DECIMALS_MAX {
            let expected = "a whole number from 0 to 15";
            return Err(EngineError::new(
                Code::InvalidValue,
                "sizeDecimals",
                expected,
                self.size_decimals,
            ));
        }
        if let Some(expiry_ms) = self.kind.expiry_ms() {
            require_time("expiryMs", expiry_ms)?;
        }
        match self.kind {
            Kind::Option { strike, .. } => require_positive("strike", strike).map(drop),
            Kind::Spot { .. } if self.payoff == Payoff::Inverse => Err(EngineError::new(
                Code::NotApplicable,
                "payoff",
                "linear for a spot instrument",
                "inverse",
            )),
            _ => Ok(()),
        }
    }

    /// The whole number of lots that a size is.
    pub(crate) fn lots(&self, field: &'static str, size: f64) -> Result<i64> {
        let lots = size * POWERS_OF_TEN[usize::from(self.size_decimals)];
        let whole = float::round_ties_even(lots);
        if !(whole.abs() < LOTS_MAX) {
            return Err(EngineError::new(
                Code::InvalidSize,
                field,
                Phrase::new(
                    "finite and fewer than 2^53 lots of 1e-{}",
                    [f64::from(self.size_decimals)],
                ),
                size,
            ));
        }
        if (lots - whole).abs()
            > LOT_TOLERANCE
                .min(lots.abs() * 1e-9)
                .max(lots.abs() * LOT_TOLERANCE_ULPS * f64::EPSILON)
            && lots != whole
        {
            let expected = Phrase::new("a multiple of 1e-{}", [f64::from(self.size_decimals)]);
            return Err(EngineError::new(Code::InvalidSize, field, expected, size));
        }
        Ok(whole as i64)
    }

    /// The size that a number of lots is: the double nearest to the decimal.
    #[must_use]
    pub fn size(&self, lots: i64) -> f64 {
        lots as f64 / POWERS_OF_TEN[usize::from(self.size_decimals)]
    }

    /// Value of one unit of size at a price, in the settlement asset; profit is size × its change.
    ///
    /// Linear: multiplier × price. Inverse perp or future: −multiplier / price. Option: multiplier × premium, where the
    /// premium of an inverse option is in coin.
    #[must_use]
    pub fn unit_value(&self, price: f64) -> f64 {
        match (self.payoff, self.kind.is_option()) {
            (Payoff::Inverse, false) => -self.multiplier / price,
            _ => self.multiplier * price,
        }
    }

    /// The price at which one unit of size has a value: the inverse of [`InstrumentSpec::unit_value`]. Nothing is worth +0, and an
    /// inverse one is worth nothing at +∞, whatever the sign of the zero.
    #[must_use]
    pub fn price_at_unit_value(&self, unit_value: f64) -> f64 {
        match (self.payoff, self.kind.is_option()) {
            (Payoff::Inverse, false) => self.multiplier / (0.0 - unit_value),
            _ => unit_value / self.multiplier + 0.0,
        }
    }

    /// What one unit of size is worth at exercise or expiry, in the settlement asset.
    #[must_use]
    pub fn unit_value_at_expiry(&self, price: f64) -> f64 {
        match self.kind {
            Kind::Option { option, strike, .. } => {
                let intrinsic = match option {
                    OptionType::Call => (price - strike).max(0.0),
                    OptionType::Put => (strike - price).max(0.0),
                };
                self.multiplier
                    * if self.payoff == Payoff::Inverse {
                        intrinsic / price
                    } else {
                        intrinsic
                    }
            }
            _ => self.unit_value(price),
        }
    }
}

/// The last prices of an instrument; NaN where none was given.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Prices {
    pub mark: f64,
    pub vol: f64,
    /// The instrument's own forward, where ticks give one.
    pub forward: f64,
    pub rate: f64,
    /// Mark less model premium when both were given; carried along as the model's premium moves.
    pub premium_offset: f64,
    /// An option's mark that came before any forward to read it by, and whether a vol came with it.
    pub unread_mark: Option<bool>,
    pub time_ms: f64,
    pub source: u32,
}

stored! { Prices { mark, vol, forward, rate, premium_offset, unread_mark, time_ms, source } }

impl Prices {
    pub(crate) const NONE: Self = Self {
        mark: f64::NAN,
        vol: f64::NAN,
        forward: f64::NAN,
        rate: 0.0,
        premium_offset: 0.0,
        unread_mark: None,
        time_ms: f64::NAN,
        source: 0,
    };
}

impl Prices {
    /// What prices an option: its own forward, or the price of its underlying.
    pub(crate) fn forward_or(&self, underlying_price: f64) -> f64 {
        if self.forward.is_nan() {
            underlying_price
        } else {
            self.forward
        }
    }

    /// Whether an option's vol is its own, given or implied by a mark; else a surface may give one.
    pub(crate) fn has_own_vol(&self) -> bool {
        !(self.vol.is_nan() && self.mark.is_nan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn perp(size_decimals: u8) -> InstrumentSpec {
        InstrumentSpec {
            kind: Kind::Perp,
            payoff: Payoff::Linear,
            underlying: UnderlyingId(0),
            settle: AssetId(0),
            multiplier: 1.0,
            size_decimals,
        }
    }

    #[test]
    fn sizes_are_whole_lots() {
        let spec = perp(1);
        let sum = spec.lots("size", 0.1).expect("lot") + spec.lots("size", 0.2).expect("lot");
        assert_eq!(spec.size(sum - spec.lots("size", 0.3).expect("lot")), 0.0);
        assert_eq!(spec.size(3), 0.3);
        // 1060.6 · 10⁸ is not whole in doubles, whose step is 1.5e-5 there
        assert_eq!(perp(8).lots("size", 1060.6).expect("lots"), 106_060_000_000);
        assert!(perp(8).lots("size", 1_060.600_000_001).is_err());
        let error = spec.lots("size", 0.25).expect_err("half a lot");
        assert_eq!(
            (error.code, error.expected.to_string().as_str()),
            (Code::InvalidSize, "a multiple of 1e-1")
        );
        for size in [f64::NAN, f64::INFINITY, 1e16] {
            assert_eq!(spec.lots("size", size).expect_err("not a size").code, Code::InvalidSize);
        }
    }

    #[test]
    fn inverse_options_settle_as_deribit_publishes() {
        // examples 1 and 2 of Deribit's page on inverse options
        let option = |option| InstrumentSpec {
            kind: Kind::Option {
                option,
                strike: 10_000.0,
                expiry_ms: 0.0,
            },
            payoff: Payoff::Inverse,
            ..perp(1)
        };
        assert_eq!(option(OptionType::Call).unit_value_at_expiry(12_500.0), 0.2);
        assert_eq!(option(OptionType::Put).unit_value_at_expiry(5_000.0), 1.0);
    }

    #[test]
    fn an_inverse_price_is_found_back_from_its_unit_value() {
        let spec = InstrumentSpec {
            payoff: Payoff::Inverse,
            multiplier: 100.0,
            ..perp(0)
        };
        assert_eq!(spec.unit_value(50_000.0), -0.002);
        assert_eq!(spec.price_at_unit_value(-0.002), 50_000.0);
    }
}
