//! The assessment of one account: every figure with what it is made of.

use alloc::vec::Vec;

use plimsoll_math::sum::{is_in_range, ExactSum};

use crate::account::Account;
use crate::engine::Engine;
use crate::error::Result;
use crate::figures::Headline;
use crate::greeks::UnderlyingGreeks;
use crate::handle::{AccountId, AssetId, InstrumentId};
use crate::life::entry_price;
use crate::margin::{Risk, Row, TERMS_MAX};
use crate::market::Shift;
use crate::model::Model;
use crate::sort;
use crate::status::{Band, Leverage, RowStatus};
use crate::surface::VolSource;

/// A balance and what counts of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AssetContribution {
    /// Which asset.
    pub asset: AssetId,
    /// Balance in units of the asset, without positions.
    pub amount: f64,
    /// Price in the quote asset.
    pub price: f64,
    /// Balance × price, in the quote asset.
    pub value: f64,
    /// What the haircut takes off the balance together with the profit that settles in it, ≤ 0.
    pub haircut: f64,
    /// What the price rests on.
    pub status: RowStatus,
    /// Age of the price in milliseconds; 0 for the quote asset, NaN where there is no price.
    pub age_ms: f64,
}

/// A position and its part in the account's figures.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PositionContribution {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Signed size.
    pub size: f64,
    /// Price at which the average unit was opened.
    pub entry_price: f64,
    /// Mark in the instrument's price currency; of an option the premium that its value uses.
    pub mark: f64,
    /// Vol that an option's value uses, per √year.
    pub vol: Option<f64>,
    /// Where that is from.
    pub vol_source: VolSource,
    /// What the prices rest on.
    pub status: RowStatus,
    /// Age of the oldest price used, in milliseconds; NaN where one is missing.
    pub age_ms: f64,
    /// Absolute notional in the quote asset.
    pub notional: f64,
    /// Unrealised profit; of an option its value. In the quote asset, before any haircut.
    pub equity: f64,
    /// Part in the initial requirement. Where the model nets positions, its stand-alone requirement.
    pub initial: f64,
    /// Part in the maintenance requirement, likewise.
    pub maintenance: f64,
    /// Its part in the Greeks of the account on its underlying; NaN without figures.
    pub greeks: UnderlyingGreeks,
    /// The position's share of the account's initial leverage (Euler allocation: notional / equity); NaN where that is not finite.
    pub leverage: f64,
}

/// What is known of an account now. Money is in the quote asset.
#[derive(Clone, PartialEq, Debug)]
pub struct Assessment {
    /// Which account.
    pub account: AccountId,
    /// The engine's time, milliseconds since the epoch.
    pub time_ms: f64,
    /// Worst of the rows below.
    pub status: RowStatus,
    /// Equity; NaN, as all figures, where `status` has none.
    pub equity: f64,
    /// Initial and maintenance requirement.
    pub risk: Risk,
    /// Band by the thresholds now, without hysteresis; `None` where figures are missing.
    pub band: Option<Band>,
    /// Σ |notional|.
    pub gross: f64,
    /// Σ sign · notional.
    pub net: f64,
    /// Σ over underlyings of |delta-equivalent exposure|.
    pub delta_equivalent: f64,
    /// Gross / equity.
    pub initial_leverage: Leverage,
    /// Gross / (equity − maintenance).
    pub maintenance_leverage: Leverage,
    /// Delta-equivalent / equity.
    pub effective_leverage: Leverage,
    /// Per underlying held, ascending by handle; NaN where a position on it has no figures.
    pub greeks: Vec<UnderlyingGreeks>,
    /// Per asset held. Σ (value + haircut) + Σ positions' equity = equity.
    pub assets: Vec<AssetContribution>,
    /// Per position, ascending by the instrument's slot. Σ initial and Σ maintenance are the requirements where the model does not net.
    pub positions: Vec<PositionContribution>,
    /// Index of the model's binding term (a scenario) in the group that needs most; `u32::MAX` where it has none.
    pub binding: u32,
}

impl Assessment {
    /// Equity less initial requirement, in the quote asset: what may be taken out or put behind new positions; negative where it is short.
    /// NaN where figures are missing, as [`Assessment::health`].
    #[must_use]
    pub fn free_collateral(&self) -> f64 {
        self.equity - self.risk.initial
    }

    /// Equity less maintenance requirement, in the quote asset.
    #[must_use]
    pub fn health(&self) -> f64 {
        self.equity - self.risk.maintenance
    }

    /// Equity / maintenance requirement; `None` where nothing is required or figures are missing.
    #[must_use]
    pub fn health_ratio(&self) -> Option<f64> {
        (self.risk.maintenance > 0.0 && !self.equity.is_nan()).then(|| self.equity / self.risk.maintenance)
    }

    /// Maintenance requirement / equity; `None` where equity is not positive or figures are missing.
    #[must_use]
    pub fn margin_ratio(&self) -> Option<f64> {
        (self.equity > 0.0 && !self.risk.maintenance.is_nan()).then(|| self.risk.maintenance / self.equity)
    }
}

impl Engine {
    /// Everything about one account, computed from the same sums as the columns.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`], [`crate::Code::StaleHandle`].
    pub fn assess(&self, account: AccountId) -> Result<Assessment> {
        let slot = self.accounts.slot(account)?;
        Ok(self.explain(account, self.accounts.row(slot)))
    }

    pub(crate) fn explain(&self, id: AccountId, account: &Account) -> Assessment {
        let model = &self.models[account.model as usize];
        let headline = model.rule.headline(account, &self.market, Shift::NONE);
        let has_figures = headline.status.has_figures();
        let Headline {
            equity,
            risk,
            gross,
            status,
        } = headline;
        // of groups that need the same, that of the least key, whatever the order in which they were opened
        let mut binding = (f64::NEG_INFINITY, (u64::MAX, u32::MAX), u32::MAX);
        account.risk(&*model.rule, &self.market, |group, reduced| {
            let need = reduced.risk.maintenance;
            if need > binding.0 || (need == binding.0 && group.key < binding.1) {
                binding = (need, group.key, reduced.binding);
            }
        });
        // one order, whatever that in which positions were opened
        let mut rows: Vec<usize> = (0..account.rows.len())
            .filter(|&row| account.rows[row].size != 0.0 || account.rest.details[row].resting.is_some())
            .collect();
        sort::by_key(&mut rows, |&row| u64::from(account.rows[row].instrument));
        let positions: Vec<PositionContribution> = rows
            .into_iter()
            .map(|row| self.explain_position(account, row, model, equity))
            .collect();
        let greeks = summed_greeks(&positions);
        let mut net = ExactSum::ZERO;
        if has_figures {
            for position in &positions {
                net.add(position.notional.copysign(position.size) * self.market.per_quote_scale);
            }
        }
        let net = net.value() * self.market.quote_scale;
        // from +0: the sum of nothing is −0
        let delta_equivalent = greeks.iter().fold(0.0, |sum, greeks| sum + greeks.exposure.abs());
        let or_missing = |figure: f64| if has_figures { figure } else { f64::NAN };
        let band = has_figures.then(|| model.rule.bands().classify(equity, risk));
        Assessment {
            account: id,
            time_ms: self.market.time_ms,
            status,
            equity,
            risk,
            band,
            gross,
            net: or_missing(net),
            delta_equivalent: or_missing(delta_equivalent),
            initial_leverage: Leverage::on_equity(gross, equity),
            maintenance_leverage: Leverage::on_maintenance(gross, equity, risk.maintenance),
            effective_leverage: Leverage::on_equity(or_missing(delta_equivalent), equity),
            greeks,
            assets: (0..account.rest.lines.len())
                .map(|line| self.explain_line(account, line))
                .collect(),
            positions,
            binding: binding.2,
        }
    }

    fn explain_position(&self, account: &Account, row: usize, model: &Model, equity: f64) -> PositionContribution {
        let held = &account.rows[row];
        let detail = &account.rest.details[row];
        let slot = held.instrument as usize;
        let quote = &self.market.quotes[slot];
        let (vol, vol_source) = self.market.vol(slot);
        let spec = &self.market.instruments.row(slot).spec;
        let scale = self.market.assets[spec.settle.slot()].scale;
        let mut terms = [0.0; TERMS_MAX];
        let terms = &mut terms[..model.rule.term_count()];
        if quote.status.has_figures() {
            model.rule.terms(
                &Row {
                    instrument: slot,
                    quote,
                    record: model.record(slot),
                    size: held.size,
                    initial_rate_floor: detail.initial_rate_floor,
                    orders: detail.open_orders(),
                },
                terms,
            );
        }
        let alone = model.rule.reduce(terms).risk;
        let cost = if spec.kind.is_option() {
            0.0
        } else {
            detail.cost.value()
        };
        let notional = held.size.abs() * quote.unit_notional;
        let value = held.size * quote.unit_value;
        let profit = (value - cost) * quote.settle_price;
        let mut in_quote = terms.iter().chain([&notional]);
        let is_exact = is_in_range(value)
            && in_quote.all(|&figure| is_in_range(figure * self.market.per_quote_scale))
            && profit.is_finite();
        let status = if is_exact { quote.status } else { RowStatus::OutOfRange };
        let figure = |figure: f64| if status.has_figures() { figure } else { f64::NAN };
        PositionContribution {
            instrument: self.market.instruments.handle(slot),
            size: held.size,
            entry_price: entry_price(account, row, spec, scale),
            mark: self.market.mark(slot),
            vol,
            vol_source,
            status,
            age_ms: self.age_ms(self.market.price_time_ms(slot)),
            notional: figure(notional),
            equity: figure(profit),
            initial: figure(alone.initial),
            maintenance: figure(alone.maintenance),
            greeks: UnderlyingGreeks::of_position(
                spec.underlying,
                figure(held.size),
                &self.market.greeks[slot],
                self.market.underlyings[spec.underlying.slot()].row.price,
            ),
            leverage: figure(if equity > 0.0 { notional / equity } else { f64::NAN }),
        }
    }

    fn explain_line(&self, account: &Account, line: usize) -> AssetContribution {
        let held = &account.rest.lines[line];
        let asset = held.asset as usize;
        let terms = &self.market.assets[asset];
        let (counted, mut status) = account.line_value(line, &self.market, Shift::NONE);
        if status.has_figures() && !is_in_range(counted * self.market.per_quote_scale) {
            status = RowStatus::OutOfRange;
        }
        let amount = held.balance.value() * terms.scale;
        let price = terms.row.price;
        // nothing needs no price
        let worth = |amount: f64| if amount == 0.0 { 0.0 } else { amount * price };
        let haircut = if !status.has_figures() {
            f64::NAN
        } else if terms.spec.haircuts.is_empty() {
            0.0
        } else {
            counted - worth(account.net_amount(line) * terms.scale)
        };
        AssetContribution {
            asset: AssetId(held.asset),
            amount,
            price,
            value: worth(amount),
            haircut,
            status,
            age_ms: self.age_ms(terms.row.time_ms),
        }
    }

    /// Age of a price of a time: 0 where it never ages, NaN where it was never given.
    fn age_ms(&self, time_ms: f64) -> f64 {
        if time_ms.is_nan() {
            f64::NAN
        } else {
            (self.market.time_ms - time_ms).max(0.0)
        }
    }
}

/// Greeks of positions by underlying, ascending by handle: summed in the order of instruments.
fn summed_greeks(positions: &[PositionContribution]) -> Vec<UnderlyingGreeks> {
    let mut sums: Vec<UnderlyingGreeks> = Vec::new();
    for position in positions.iter().filter(|position| position.size != 0.0) {
        let part = &position.greeks;
        match sums.iter_mut().find(|sum| sum.underlying == part.underlying) {
            Some(sum) => sum.add(part),
            None => sums.push(*part),
        }
    }
    sort::by_key(&mut sums, |greeks| u64::from(greeks.underlying.0));
    sums
}
