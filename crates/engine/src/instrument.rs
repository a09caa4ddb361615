//! Instruments: what a position is in, and what one unit of it is worth at given prices.

use plimsoll_math::black::{self, Terms};
use plimsoll_math::elementary::{exp_lane, power_of_two};
use plimsoll_math::float;
use plimsoll_math::implied_vol::{implied_vol_forward, IvStatus};
use plimsoll_math::surface::SmileVol;
use plimsoll_math::OptionType;

use crate::chain::OptionChain;
use crate::error::{require_positive, Code, EngineError, Phrase, Result};
use crate::handle::{AssetId, UnderlyingId};
use crate::snapshot::codec::{stored, stored_names, Reader, Stored, Writer};
use crate::status::RowStatus;
use crate::surface::VolSurface;
use crate::time::{require_time, YEAR_MS};

/// Lots are counted in a double without rounding up to 2⁵³.
const LOTS_MAX: f64 = LOTS_EXACT as f64;
pub(crate) const LOTS_EXACT: u64 = 1 << 53;
/// A size may miss a whole number of lots by the rounding of a few operations, not by more: so many lots, where doubles are
/// that fine, and so many units in the last place, where they are not.
const LOT_TOLERANCE: f64 = 1e-6;
const LOT_TOLERANCE_ULPS: f64 = 4.0;
const SIZE_DECIMALS_MAX: u8 = 15;
/// Where strike and forward are so far apart that vol changes a premium by at most this share of the most it can be, a mark that is
/// no more than that share above what any vol explains is how the option was rounded or quoted, not what vol it has.
const VOL_MATTERS_SHARE: f64 = 0.01;
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

    /// The lots of a size ≥ 0 that [`InstrumentSpec::size`] has given, where two roundings leave no doubt which.
    pub(crate) fn lots_of_sum(&self, size: f64) -> Option<u64> {
        let lots = size * POWERS_OF_TEN[usize::from(self.size_decimals)];
        // each rounds by half a unit in the last place at most, together by a quarter of a lot
        (lots < (LOTS_EXACT >> 3) as f64).then(|| float::round_ties_even(lots) as u64)
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

/// First and second derivatives of one unit's value in the quote asset, with the settlement asset's price held.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct UnitGreeks {
    /// Change per relative move of the price: quote asset per 1.0 (delta × price).
    pub exposure: f64,
    /// Second derivative by the relative move.
    pub convexity: f64,
    /// By vol, per 1.0.
    pub vega: f64,
    /// By time, per year of calendar time.
    pub theta: f64,
    /// By the rate, per 1.0.
    pub rho: f64,
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

/// An option as it is listed, and the surface of its underlying.
#[derive(Clone, Copy)]
pub(crate) struct Listed<'a> {
    pub chain: &'a OptionChain,
    pub row: u32,
    pub surface: Option<&'a VolSurface>,
}

/// An option's premium and Black Greeks in price units (coin for the premium of an inverse one).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Premium {
    pub premium: f64,
    pub forward: f64,
    pub greeks: black::Greeks,
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

    /// An option's premium where the model values it at `price`, with the offset that its mark had when it was last seen;
    /// never negative, whatever that was.
    pub(crate) fn premium(&self, spec: &InstrumentSpec, price: f64, forward: f64, years: f64) -> f64 {
        let price = if spec.payoff == Payoff::Inverse {
            price / forward
        } else {
            price
        };
        let offset = if years > 0.0 { self.premium_offset } else { 0.0 };
        (price + offset).max(0.0)
    }

    /// Whether an option's vol is its own, given or implied by a mark; else a surface may give one.
    pub(crate) fn has_own_vol(&self) -> bool {
        !(self.vol.is_nan() && self.mark.is_nan())
    }
}

impl<'a> Listed<'a> {
    /// The surface, where an option's vol comes from it.
    pub(crate) fn source(&self, prices: &Prices) -> Option<&'a VolSurface> {
        self.surface.filter(|_| !prices.has_own_vol())
    }

    /// Premium at a forward, vol being multiplied by `vol_ratio`, or `None` where an input is missing or outside the model's
    /// domain.
    #[inline]
    pub(crate) fn premium(
        &self,
        spec: &InstrumentSpec,
        prices: &Prices,
        forward: f64,
        vol_ratio: f64,
        now_ms: f64,
    ) -> Option<Premium> {
        let Kind::Option { strike, expiry_ms, .. } = spec.kind else {
            return None;
        };
        let smile = self
            .source(prices)
            .map(|surface| surface.vol(strike, expiry_ms, forward));
        let vol = smile.map_or(prices.vol, |smile| smile.vol) * vol_ratio;
        if forward.is_nan() || vol.is_nan() {
            return None;
        }
        let moving = smile.filter(|smile| smile.by_forward != 0.0);
        let terms = option_terms(prices, forward, expiry_ms, vol, now_ms);
        let model = self.chain.figures_at(self.row, &terms, moving.is_some())?;
        let mut greeks = model.greeks;
        if let Some(smile) = moving {
            let smile = SmileVol {
                by_forward: smile.by_forward * vol_ratio,
                by_forward_twice: smile.by_forward_twice * vol_ratio,
                // a vol belongs to its expiry and stays with it as time passes
                by_years: 0.0,
                ..smile
            };
            let along = smile.adjusted(
                greeks.delta,
                greeks.gamma,
                greeks.vega,
                greeks.theta,
                model.vanna,
                model.volga,
            );
            (greeks.delta, greeks.gamma) = (along.delta, along.gamma);
        }
        Some(Premium {
            premium: prices.premium(spec, greeks.price, forward, terms.years),
            forward,
            greeks,
        })
    }
}

/// What an option is priced at.
pub(crate) fn option_terms(prices: &Prices, forward: f64, expiry_ms: f64, vol: f64, now_ms: f64) -> Terms {
    Terms {
        price: forward,
        years: ((expiry_ms - now_ms) / YEAR_MS).max(0.0),
        rate: prices.rate,
        carry: 0.0,
        vol,
    }
}

/// Takes a mark (and perhaps a vol) of an option in: which vol drives it and what offset is carried.
pub(crate) fn take_option_mark(
    spec: &InstrumentSpec,
    prices: &mut Prices,
    listed: Listed<'_>,
    forward: f64,
    has_vol: bool,
    now_ms: f64,
) {
    let Kind::Option {
        option,
        strike,
        expiry_ms,
    } = spec.kind
    else {
        return;
    };
    prices.premium_offset = 0.0;
    let years = ((expiry_ms - now_ms) / YEAR_MS).max(0.0);
    let model_price = if spec.payoff == Payoff::Inverse {
        prices.mark * forward
    } else {
        prices.mark
    };
    let (most, range) = match option {
        OptionType::Call => (forward, strike),
        OptionType::Put => (strike, forward),
    };
    let bound = exp_lane(-prices.rate * years) * most;
    if years > 0.0 && model_price > 2.0 * bound {
        // no vol makes it worth half of that: the mark is in another unit than the premium, whatever vol came with it; less than that
        // can be how a mark was rounded or quoted, of an option that is as good as the underlying
        prices.vol = f64::NAN;
        return;
    }
    if !has_vol {
        let (vol, status) = implied_vol_forward(option, model_price, forward, strike, years, prices.rate);
        prices.vol = match status {
            IvStatus::Ok => vol,
            // at or below the exercise value: the model without vol, and the difference carried
            IvStatus::BelowIntrinsic | IvStatus::Expired => 0.0,
            // above all vols, of which one is as good as another: likewise
            IvStatus::AboveBound
                if range <= VOL_MATTERS_SHARE * most && model_price <= (1.0 + VOL_MATTERS_SHARE) * bound =>
            {
                0.0
            }
            IvStatus::AboveBound | IvStatus::NonFiniteInput => f64::NAN,
        };
    }
    if let Some(model) = listed.premium(spec, prices, forward, 1.0, now_ms) {
        prices.premium_offset = prices.mark - model.premium;
    }
}

/// One unit's quote and derivatives at the given prices.
///
/// `listed` is where an option is.
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
                Payoff::Linear => linear_option_greeks(&model),
                Payoff::Inverse => inverse_option_greeks(&model),
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

impl UnitGreeks {
    fn scaled(self, weight: f64) -> Self {
        Self {
            exposure: self.exposure * weight,
            convexity: self.convexity * weight,
            vega: self.vega * weight,
            theta: self.theta * weight,
            rho: self.rho * weight,
        }
    }
}

fn linear_option_greeks(model: &Premium) -> UnitGreeks {
    let Premium { forward, greeks, .. } = model;
    UnitGreeks {
        exposure: greeks.delta * forward,
        convexity: greeks.gamma * forward * forward,
        vega: greeks.vega,
        theta: greeks.theta,
        rho: greeks.rho,
    }
}

/// Premium in coin c = B(F)/F: F·c′ = B′ − c and F²·c″ = F·B″ − 2(B′ − c).
fn inverse_option_greeks(model: &Premium) -> UnitGreeks {
    let Premium {
        premium,
        forward,
        greeks,
    } = model;
    let exposure = greeks.delta - premium;
    UnitGreeks {
        exposure,
        convexity: greeks.gamma * forward - 2.0 * exposure,
        vega: greeks.vega / forward,
        theta: greeks.theta / forward,
        rho: greeks.rho / forward,
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
