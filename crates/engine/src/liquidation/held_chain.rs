//! Options of one account that have their forward, expiry and rate in common: priced together, and only what a premium takes.

use alloc::vec::Vec;

use plimsoll_math::black::{Chain, Forward, GreeksColumns, Output, Terms};
use plimsoll_math::OptionType;

use crate::instrument::Kind;
use crate::market::{Instrument, Market};
use crate::option::option_terms;
use crate::surface::VolSurface;

pub(super) struct HeldChain<'a> {
    /// What they have in common; no vol.
    terms: Terms,
    expiry_ms: f64,
    /// Whether the forward moves along the line.
    moves: bool,
    chain: Chain,
    options: Vec<Held<'a>>,
    /// The forward that they were priced at last.
    priced_at: f64,
    price: Vec<f64>,
    status: Vec<u8>,
}

struct Held<'a> {
    /// Place among the rows of the line.
    row: usize,
    instrument: &'a Instrument,
    strike: f64,
    /// What its vol is multiplied by.
    vol_ratio: f64,
    /// Where its vol comes from, if that is not its own.
    surface: Option<&'a VolSurface>,
}

impl<'a> HeldChain<'a> {
    /// Adds the option in a slot to those that it is priced with; does nothing for other instruments.
    pub(super) fn list(chains: &mut Vec<Self>, market: &'a Market, slot: usize, row: usize, moves: bool) {
        let instrument = market.instruments.row(slot);
        let (spec, prices) = (&instrument.spec, &instrument.prices);
        let (
            Some(listed),
            Kind::Option {
                option,
                strike,
                expiry_ms,
            },
        ) = (market.listed(slot), spec.kind)
        else {
            return;
        };
        let underlying = &market.underlyings[spec.underlying.slot()];
        let (forward, vol_ratio) = (prices.forward_or(underlying.row.price), underlying.vol_ratio);
        let terms = option_terms(prices, forward, expiry_ms, 0.0, market.valued_ms[slot]);
        let known = chains
            .iter()
            .position(|chain| chain.moves == moves && chain.expiry_ms == expiry_ms && chain.terms == terms);
        let at = known.unwrap_or(chains.len());
        if at == chains.len() {
            let mut chain = Chain::new::<Forward>();
            chain.set_clock(terms.years, terms.rate, terms.carry);
            chains.push(Self {
                terms,
                expiry_ms,
                moves,
                chain,
                options: Vec::new(),
                priced_at: f64::NAN,
                price: Vec::new(),
                status: Vec::new(),
            });
        }
        let held = &mut chains[at];
        held.chain.push(option == OptionType::Call, strike);
        let surface = listed.source(prices);
        if let Some(vol) = held.chain.vols_mut().last_mut() {
            *vol = vol_ratio * surface.map_or(prices.vol, |surface| surface.vol(strike, expiry_ms, forward).vol);
        }
        held.options.push(Held {
            row,
            instrument,
            strike,
            vol_ratio,
            surface: surface.filter(|surface| surface.moves()),
        });
        held.price.push(f64::NAN);
        held.status.push(0);
    }

    /// Tells the premium of each at a ratio of the forward, by row; NaN where there is none.
    pub(super) fn price(&mut self, ratio: f64, mut tell: impl FnMut(usize, f64)) {
        let forward = self.terms.price * if self.moves { ratio } else { 1.0 };
        if forward == self.priced_at {
            return;
        }
        self.priced_at = forward;
        for (held, vol) in self.options.iter().zip(self.chain.vols_mut()) {
            if let Some(surface) = held.surface {
                *vol = held.vol_ratio * surface.vol(held.strike, self.expiry_ms, forward).vol;
            }
        }
        self.chain.set_underlying(forward);
        let mut out = GreeksColumns::new(&mut self.status).with(Output::Price, &mut self.price);
        let outcome = self.chain.greeks(&mut out);
        debug_assert!(outcome.is_ok(), "every column has a row for each option");
        for (held, &price) in self.options.iter().zip(&self.price) {
            let Instrument { spec, prices, .. } = held.instrument;
            let premium = if price.is_nan() {
                f64::NAN
            } else {
                prices.premium(spec, price, forward, self.terms.years).0
            };
            tell(held.row, premium);
        }
    }
}
