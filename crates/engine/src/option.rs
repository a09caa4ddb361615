//! Options: which vol a mark implies, and the premium and its derivatives at a forward.

use plimsoll_math::black::{self, Terms};
use plimsoll_math::elementary::exp_lane;
use plimsoll_math::implied_vol::{implied_vol_forward, IvStatus};
use plimsoll_math::surface::SmileVol;
use plimsoll_math::OptionType;

use crate::chain::OptionChain;
use crate::greeks::UnitGreeks;
use crate::instrument::{InstrumentSpec, Kind, Payoff, Prices};
use crate::surface::VolSurface;
use crate::time::YEAR_MS;

/// Where strike and forward are so far apart that vol changes a premium by at most this share of the most it can be, a mark that is
/// no more than that share above what any vol explains is how the option was rounded or quoted, not what vol it has.
const VOL_MATTERS_SHARE: f64 = 0.01;

/// An option as it is listed, and the surface of its underlying.
#[derive(Clone, Copy)]
pub(crate) struct Listed<'a> {
    pub chain: &'a OptionChain,
    pub row: u32,
    pub surface: Option<&'a VolSurface>,
}

/// An option's premium and Black Greeks in price units (coin for the premium of an inverse one). One that would be negative, and is
/// therefore 0, stays 0 as prices move: all its Greeks are 0. At exactly 0 they are those of the side on which it is worth something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Premium {
    pub premium: f64,
    pub forward: f64,
    pub greeks: black::Greeks,
}

impl Premium {
    /// Derivatives of a premium in the price's currency.
    pub(crate) fn linear_greeks(&self) -> UnitGreeks {
        let Self { forward, greeks, .. } = self;
        UnitGreeks {
            exposure: greeks.delta * forward,
            convexity: greeks.gamma * forward * forward,
            vega: greeks.vega,
            theta: greeks.theta,
            rho: greeks.rho,
        }
    }

    /// Derivatives of a premium in coin c = B(F)/F: F·c′ = B′ − c and F²·c″ = F·B″ − 2(B′ − c). What the mark was beside the model
    /// stays as it is, and is no part of c.
    pub(crate) fn inverse_greeks(&self) -> UnitGreeks {
        let Self { forward, greeks, .. } = self;
        let exposure = greeks.delta - greeks.price / forward;
        UnitGreeks {
            exposure,
            convexity: greeks.gamma * forward - 2.0 * exposure,
            vega: greeks.vega / forward,
            theta: greeks.theta / forward,
            rho: greeks.rho / forward,
        }
    }
}

impl Prices {
    /// An option's premium where the model values it at `price`, with the offset that its mark had when it was last seen;
    /// never negative, whatever that was: the second value says whether it would be. NaN where that is beyond the doubles: in
    /// coin, of a put on next to nothing.
    pub(crate) fn premium(&self, spec: &InstrumentSpec, price: f64, forward: f64, years: f64) -> (f64, bool) {
        let price = if spec.payoff == Payoff::Inverse {
            price / forward
        } else {
            price
        };
        let offset = if years > 0.0 { self.premium_offset } else { 0.0 };
        let premium = price + offset;
        if premium.is_finite() {
            (premium.max(0.0), premium < 0.0)
        } else {
            (f64::NAN, false)
        }
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
        let (premium, is_floored) = prices.premium(spec, greeks.price, forward, terms.years);
        if is_floored {
            greeks = black::Greeks::default();
        }
        (!premium.is_nan()).then_some(Premium {
            premium,
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
