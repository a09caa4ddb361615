//! Health of one account as a function of the ratio by which an underlying moves.

use alloc::vec;
use alloc::vec::Vec;

use plimsoll_math::black::Terms;
use plimsoll_math::elementary::exp;

use super::held_chain::HeldChain;
use super::LiquidationRoot;
use crate::account::{Account, Quoted, Sign};
use crate::engine::Engine;
use crate::handle::UnderlyingId;
use crate::margin::Risk;
use crate::market::{Instrument, Market, Shift};
use crate::model::{write_record_at, Model};
use crate::option::option_terms;
use crate::quote::{Quote, QuoteInputs};
use crate::sort;
use crate::status::Band;

pub(super) struct Line<'a> {
    pub engine: &'a Engine,
    pub model: &'a Model,
    pub underlying: UnderlyingId,
    /// The account with the contributions of the rows that move taken out.
    pub held: Account,
    /// The same with those rows at the ratio asked for last.
    at_ratio: Account,
    /// Rows that move.
    pub rows: Vec<MovingRow<'a>>,
    chains: Vec<HeldChain<'a>>,
    /// The model's record of the row at hand.
    pub record: Vec<f64>,
    /// What health changes by at most with the notionals of those rows, per ln of the ratio, where it was asked for last.
    steepness: f64,
}

/// A position that moves along the line.
pub(super) struct MovingRow<'a> {
    /// Place in the account.
    pub row: usize,
    pub slot: usize,
    pub instrument: &'a Instrument,
    /// At the ratio 1.
    inputs: QuoteInputs,
    /// Whether its price moves, and that of the asset that it settles in.
    pub price_moves: bool,
    pub settle_moves: bool,
    /// Of an option, at the ratio asked for last.
    premium: f64,
    /// Size times what a change of notional changes health by, at most.
    steepness: f64,
}

impl MovingRow<'_> {
    /// Whether its requirement may jump where its notional meets the end of a bracket.
    pub(super) fn jumps(&self) -> bool {
        self.steepness == f64::INFINITY
    }

    /// One unit of its instrument at a ratio; of an option its value is that at the ratio asked for last.
    pub(super) fn quote(&self, ratio: f64) -> Quote {
        let Instrument { spec, prices, .. } = self.instrument;
        let price_ratio = if self.price_moves { ratio } else { 1.0 };
        let settle_ratio = if self.settle_moves { ratio } else { 1.0 };
        let forward = prices.forward_or(self.inputs.underlying_price) * price_ratio;
        let price = if spec.kind.is_option() {
            self.premium
        } else {
            prices.mark * price_ratio
        };
        let inputs = QuoteInputs {
            settle_price: self.inputs.settle_price * settle_ratio,
            ..self.inputs
        };
        inputs.value(spec, forward, price)
    }
}

/// An account at a ratio.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub ratio: f64,
    /// Equity less the level at which liquidation begins, whose sign says whether the account is safe: the least positive number
    /// where they are the same and that is not liquidatable. NaN where figures are missing.
    pub health: f64,
    /// What health changes by at most, per 1.0 by which the ratio moves, near here.
    pub slope_max: f64,
}

impl Point {
    pub(super) fn has_figures(&self) -> bool {
        !self.health.is_nan()
    }

    /// Whether the account is not liquidatable.
    pub(super) fn is_safe(&self) -> bool {
        self.health > 0.0
    }
}

/// The most that a unit's value changes by, as a share of its notional times the change of ln of its price.
fn delta_max(market: &Market, slot: usize) -> f64 {
    let Instrument { spec, prices, .. } = market.instruments.row(slot);
    let (Some(listed), Some(expiry_ms)) = (market.listed(slot), spec.kind.expiry_ms()) else {
        return 1.0;
    };
    let Terms { years, rate, .. } = option_terms(prices, f64::NAN, expiry_ms, f64::NAN, market.valued_ms[slot]);
    let discount = exp((-rate * years).max(0.0));
    // a smile that moves along adds to delta, which is at most 1 only where it allows no arbitrage
    match listed.source(prices) {
        Some(surface) if surface.moves() => 2.0 * discount,
        _ => discount,
    }
}

impl<'a> Line<'a> {
    pub(super) fn new(engine: &'a Engine, slot: usize, underlying: UnderlyingId) -> Self {
        let market = &engine.market;
        let account = engine.accounts.row(slot);
        let model = &engine.models[account.model as usize];
        let mut held = account.clone();
        let bands = model.rule.bands();
        let requirement = bands.liquidation_level(model.rule.rates_max());
        // a long option may be required to cover its value, and an order what filling it loses
        let value = bands
            .liquidation_level(Risk {
                initial: 1.0,
                maintenance: 1.0,
            })
            .max(1.0);
        let mut rows = Vec::new();
        for (row, (at, detail)) in account.rows.iter().zip(&account.rest.details).enumerate() {
            let slot = at.instrument as usize;
            let instrument = market.instruments.row(slot);
            let settle = &market.assets[instrument.spec.settle.slot()].spec;
            let price_moves = instrument.spec.underlying == underlying;
            let settle_moves = settle.underlying == Some(underlying);
            if price_moves || settle_moves {
                let growth = if price_moves && settle_moves { 2.0 } else { 1.0 };
                let resting = detail
                    .open_orders()
                    .map_or(0.0, |orders| orders.buy_size + orders.sell_size);
                let extent = at.size.abs() + resting;
                rows.push(MovingRow {
                    row,
                    slot,
                    instrument,
                    inputs: market.quote_inputs(slot),
                    price_moves,
                    settle_moves,
                    premium: f64::NAN,
                    steepness: extent * (value * delta_max(market, slot) + requirement * growth),
                });
            }
        }
        // one order, whatever that in which positions were opened
        sort::in_place(&mut rows, |row| row.slot);
        let mut chains = Vec::new();
        for (at, moving) in rows.iter().enumerate() {
            HeldChain::list(&mut chains, market, moving.slot, at, moving.price_moves);
            let now = Quoted {
                quote: &market.quotes[moving.slot],
                record: model.record(moving.slot),
            };
            model
                .rule
                .apply_row(&mut held, moving.row, now, market.per_quote_scale, Sign::Subtract);
        }
        Self {
            engine,
            model,
            underlying,
            at_ratio: held.clone(),
            held,
            rows,
            chains,
            record: vec![0.0; model.record_len],
            steepness: 0.0,
        }
    }

    /// The account at a ratio.
    #[inline(never)]
    pub(super) fn at(&mut self, ratio: f64) -> Point {
        let (health, slope_max) = match self.equity_and_level(ratio) {
            Some((equity, level, true)) if equity == level => (f64::MIN_POSITIVE, self.slope_max(ratio)),
            Some((equity, level, _)) => (equity - level, self.slope_max(ratio)),
            None => (f64::NAN, f64::NAN),
        };
        Point {
            ratio,
            health,
            slope_max,
        }
    }

    /// Equity, the level at which liquidation begins, and whether the account is not there yet.
    pub(super) fn equity_and_level(&mut self, ratio: f64) -> Option<(f64, f64, bool)> {
        let market = &self.engine.market;
        let shift = Shift::price(self.underlying, ratio);
        for chain in &mut self.chains {
            chain.price(ratio, |row, premium| self.rows[row].premium = premium);
        }
        self.at_ratio.copy_sums(&self.held);
        self.steepness = 0.0;
        for moving in &self.rows {
            if self.model.record_len > 0 {
                write_record_at(&*self.model.rule, market, moving.slot, shift, &mut self.record);
            }
            let quote = moving.quote(ratio);
            self.steepness += moving.steepness * quote.unit_notional;
            let at = Quoted {
                quote: &quote,
                record: &self.record,
            };
            self.model
                .rule
                .apply_row(&mut self.at_ratio, moving.row, at, market.per_quote_scale, Sign::Add);
        }
        let headline = self.model.rule.headline(&self.at_ratio, market, shift);
        let (equity, risk, bands) = (headline.equity, headline.risk, self.model.rule.bands());
        headline.status.has_figures().then(|| {
            let is_safe = bands.classify(equity, risk) < Band::Liquidatable;
            (equity, bands.liquidation_level(risk), is_safe)
        })
    }

    /// What health changes by at most per 1.0 of the ratio, at the ratio asked for last: with the notionals of the rows that move,
    /// and with the prices of assets that do.
    fn slope_max(&self, ratio: f64) -> f64 {
        let moving = (0..self.held.rest.lines.len()).map(|line| {
            let asset = &self.engine.market.assets[self.held.rest.lines[line].asset as usize];
            if asset.spec.underlying == Some(self.underlying) {
                self.amount(line).abs() * asset.row.price
            } else {
                0.0
            }
        });
        self.steepness / ratio + moving.sum::<f64>()
    }

    pub(super) fn root(&self, ratio: f64, is_liquidatable_above: bool) -> LiquidationRoot {
        LiquidationRoot {
            price: self.engine.market.underlyings[self.underlying.slot()].row.price * ratio,
            ratio,
            is_liquidatable_above,
        }
    }

    /// Amount of a line at the ratio asked for last, in units of its asset.
    pub(super) fn amount(&self, line: usize) -> f64 {
        let asset = self.at_ratio.rest.lines[line].asset as usize;
        self.at_ratio.net_amount(line) * self.engine.market.assets[asset].scale
    }
}
