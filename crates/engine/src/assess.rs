//! The assessment of one account: every figure with what it is made of.

use alloc::vec::Vec;

use crate::account::{Account, HeldRow, RowDetail, Sign};
use crate::engine::Engine;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::figures::Headline;
use crate::handle::{AccountId, AssetId, InstrumentId, Place, UnderlyingId};
use crate::instrument::Kind;
use crate::life::{entry_price, Fill};
use crate::liquidation::LiquidationPrices;
use crate::margin::{Risk, Row, TERMS_MAX};
use crate::market::Shift;
use crate::model::Model;
use crate::money::{Money, Rounding};
use crate::price_move::PricesBefore;
use crate::sort;
use crate::status::{Band, Leverage, RowStatus};
use crate::surface::VolSource;
use plimsoll_math::float;
use plimsoll_math::sum::{is_in_range, ExactSum};

/// Greeks of an account's positions on one underlying: derivatives of their value in the quote asset, with the prices of
/// settlement assets held.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct UnderlyingGreeks {
    /// Which underlying.
    pub underlying: UnderlyingId,
    /// Per 1.0 of the underlying's price.
    pub delta: f64,
    /// Per 1.0 of the underlying's price, squared.
    pub gamma: f64,
    /// Per 1.0 of vol.
    pub vega: f64,
    /// Per year of calendar time.
    pub theta: f64,
    /// Per 1.0 of rate.
    pub rho: f64,
    /// Delta-equivalent exposure: change per relative move of the price.
    pub exposure: f64,
}

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
    /// Mark; of an option the premium that its value uses.
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
    /// Delta-equivalent exposure, signed.
    pub exposure: f64,
    /// The position's share of the account's initial leverage (Euler allocation: notional / equity); NaN where that is not finite.
    pub leverage: f64,
}

/// What is known of an account now.
#[derive(Clone, PartialEq, Debug)]
pub struct Assessment {
    /// Which account.
    pub account: AccountId,
    /// The engine's time.
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
    /// Equity less initial requirement: what may be taken out or put behind new positions; negative where that is lacking.
    #[must_use]
    pub fn free_collateral(&self) -> f64 {
        self.equity - self.risk.initial
    }

    /// Equity less maintenance requirement.
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

/// One step of a what-if question.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Change {
    /// A fill; at the present mark where the price is NaN.
    Trade {
        /// What is traded.
        instrument: InstrumentId,
        /// Signed size.
        size: f64,
        /// Price, or NaN.
        price: f64,
    },
    /// Money in (positive) or out.
    Cash {
        /// Which asset.
        asset: AssetId,
        /// How much.
        amount: Money,
    },
    /// Everything on an underlying at another price, as along its liquidation prices: its instruments, and assets that follow it.
    Move {
        /// What moves.
        underlying: UnderlyingId,
        /// New price over old.
        ratio: f64,
    },
}

/// What an account and the market were before the changes of a question.
struct Before {
    account: Account,
    moves: Vec<PricesBefore>,
}

/// Exact totals over all accounts of one or several engines: the same bits in any order and any split (`tests/totals.rs`).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Totals {
    /// Accounts counted: those that have figures, each below 2⁴³ scaled units of the quote asset.
    pub accounts: usize,
    /// Σ equity.
    pub equity: f64,
    /// Σ initial requirement.
    pub initial: f64,
    /// Σ maintenance requirement.
    pub maintenance: f64,
    /// Σ gross position value.
    pub position_value: f64,
    /// The four sums in 2⁻⁶⁰ of a scaled unit of the quote asset. 2²⁴ accounts of figures below 2⁴³ stay below 2¹²⁷.
    exact: [i128; 4],
    /// A scaled unit of the quote asset.
    quote_scale: f64,
}

impl Totals {
    fn of(accounts: usize, exact: [i128; 4], quote_scale: f64) -> Self {
        let [equity, initial, maintenance, position_value] =
            exact.map(|units| units as f64 / SUM_UNITS_PER_ONE * quote_scale);
        Self {
            accounts,
            equity,
            initial,
            maintenance,
            position_value,
            exact,
            quote_scale,
        }
    }

    /// The exact sums of equity, initial, maintenance and position value, in 2⁻⁶⁰ of a scaled unit of the quote asset, and that
    /// unit: what [`Totals::merged_with`] adds, for a caller that adds by itself.
    #[must_use]
    pub fn exact(&self) -> ([i128; 4], f64) {
        (self.exact, self.quote_scale)
    }

    /// The totals over the accounts of both: what one engine with all of them would give, to the bit.
    ///
    /// # Errors
    /// [`Code::NotApplicable`] where the quote assets differ in scale; [`Code::InvalidValue`] where a total overflows.
    pub fn merged_with(&self, other: &Self) -> Result<Self> {
        if self.quote_scale != other.quote_scale {
            let expected = Phrase::new("of engines whose quote asset has the scale {}", [self.quote_scale]);
            return Err(EngineError::new(
                Code::NotApplicable,
                "totals",
                expected,
                other.quote_scale,
            ));
        }
        let mut exact = self.exact;
        for (sum, &units) in exact.iter_mut().zip(&other.exact) {
            *sum = sum.checked_add(units).ok_or_else(|| {
                let expected = "of at most 2^24 accounts in all";
                EngineError::new(Code::InvalidValue, "totals", expected, "more")
            })?;
        }
        Ok(Self::of(self.accounts + other.accounts, exact, self.quote_scale))
    }
}

/// 2⁶⁰: exact sums count in units of 2⁻⁶⁰.
const SUM_UNITS_PER_ONE: f64 = (1_u64 << 60) as f64;
/// 2⁴³, below which a figure of an account stays.
const FIGURE_LIMIT: f64 = (1_u64 << 43) as f64;

impl Engine {
    /// Everything about one account, computed from the same sums as the columns.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`], [`crate::Code::StaleHandle`].
    pub fn assess(&self, account: AccountId) -> Result<Assessment> {
        let slot = self.accounts.slot(account)?;
        Ok(self.explain(account, self.accounts.row(slot)))
    }

    /// The assessment that an account would have after some changes. Leaves the account, its columns and the events as
    /// they are.
    ///
    /// # Errors
    /// As [`Engine::fill`] and [`Engine::deposit`]; [`crate::Code::NotApplicable`] for a trade at a mark that is missing;
    /// [`crate::Code::InvalidValue`] for a move to no price.
    pub fn what_if(&mut self, account: AccountId, changes: &[Change]) -> Result<Assessment> {
        let (slot, before) = self.make_changes(account, changes)?;
        let assessment = self.explain(account, self.accounts.row(slot));
        self.take_back(slot, before);
        Ok(assessment)
    }

    /// The liquidation prices that an account would have after some changes, which are not made either.
    ///
    /// # Errors
    /// As [`Engine::what_if`] and [`Engine::liquidation_prices`].
    pub fn liquidation_prices_after(
        &mut self,
        account: AccountId,
        changes: &[Change],
        underlying: UnderlyingId,
    ) -> Result<LiquidationPrices> {
        self.check_underlying(underlying)?;
        let (slot, before) = self.make_changes(account, changes)?;
        let prices = self.liquidation_prices_of(slot, underlying);
        self.take_back(slot, before);
        Ok(prices)
    }

    /// Makes changes, all or none, to an account whose columns stay as they are; returns its slot and what was before.
    fn make_changes(&mut self, account: AccountId, changes: &[Change]) -> Result<(usize, Before)> {
        let slot = self.accounts.slot(account)?;
        let mut before = Before {
            account: self.accounts.row(slot).clone(),
            moves: Vec::new(),
        };
        for (i, change) in changes.iter().enumerate() {
            if let Err(error) = self.apply_change(account, slot, change, &mut before.moves) {
                self.take_back(slot, before);
                return Err(error.in_row("changes", i));
            }
        }
        Ok((slot, before))
    }

    fn take_back(&mut self, slot: usize, before: Before) {
        self.restore(slot, &before.account);
        for prices in before.moves.into_iter().rev() {
            self.put_prices_back(slot, prices);
        }
    }

    fn apply_change(
        &mut self,
        account: AccountId,
        slot: usize,
        change: &Change,
        moves: &mut Vec<PricesBefore>,
    ) -> Result<()> {
        match *change {
            Change::Move { underlying, ratio } => {
                let underlying = self.check_underlying(underlying)?;
                moves.push(self.move_prices(slot, underlying, ratio)?);
                Ok(())
            }
            Change::Cash { asset, amount } => {
                let asset = self.asset_slot(asset)?;
                self.credit(slot, asset, "amount", amount, Rounding::Down)
            }
            Change::Trade {
                instrument,
                size,
                price,
            } => {
                let at = self.market.instruments.slot(instrument)?;
                let price = if price.is_nan() { self.market.mark(at) } else { price };
                if price.is_nan() {
                    let expected = "given, since the instrument has no mark";
                    return Err(EngineError::new(Code::NotApplicable, "price", expected, "none"));
                }
                let fill = Fill {
                    size,
                    price,
                    fee: Money::ZERO,
                    fee_asset: None,
                };
                self.book_fill(account, instrument, &fill).map(drop)
            }
        }
    }

    /// Puts an account back as it was. Rows may change places, which no figure depends on.
    fn restore(&mut self, slot: usize, saved: &Account) {
        self.changes.note(slot, Place::Here);
        while !self.accounts.row(slot).rows.is_empty() {
            self.drop_row(slot, self.accounts.row(slot).rows.len() - 1);
        }
        while self.accounts.row(slot).rest.lines.len() > saved.rest.lines.len() {
            self.drop_last_line(slot);
        }
        for (line, before) in saved.rest.lines.iter().enumerate() {
            let held = self.accounts.row_mut(slot);
            held.set_line(line, before.balance, before.cost);
        }
        for (row, detail) in saved.rows.iter().zip(&saved.rest.details) {
            let Ok(at) = self.ensure_row(slot, row.instrument as usize) else {
                unreachable!("the account held this row before, so it can be opened again");
            };
            self.apply_row(slot, at, Sign::Subtract);
            let held = self.accounts.row_mut(slot);
            held.rows[at] = HeldRow {
                group: held.rows[at].group,
                line: held.rows[at].line,
                ..*row
            };
            held.rest.details[at] = RowDetail {
                holder: held.rest.details[at].holder,
                ..*detail
            };
            self.index_row(slot, at);
            self.apply_row(slot, at, Sign::Add);
        }
    }

    /// Exact sums of the figures of all accounts that have them.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut exact = [0_i128; 4];
        let mut accounts = 0;
        for (slot, _) in self.accounts.iter() {
            let figures = [
                self.figures.equity[slot],
                self.figures.initial[slot],
                self.figures.maintenance[slot],
                self.figures.position_value[slot],
            ]
            .map(|figure| figure * self.market.per_quote_scale);
            // false for the NaN of missing figures
            if figures.iter().all(|figure| figure.abs() < FIGURE_LIMIT) {
                accounts += 1;
                for (sum, figure) in exact.iter_mut().zip(figures) {
                    *sum += float::round_ties_even(figure * SUM_UNITS_PER_ONE) as i128;
                }
            }
        }
        Totals::of(accounts, exact, self.market.quote_scale)
    }

    fn explain(&self, id: AccountId, account: &Account) -> Assessment {
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
            .filter(|&row| account.rows[row].size != 0.0 || account.rest.details[row].order_count > 0)
            .collect();
        sort::by_key(&mut rows, |&row| u64::from(account.rows[row].instrument));
        let positions: Vec<PositionContribution> = rows
            .into_iter()
            .map(|row| self.explain_position(account, row, model, equity))
            .collect();
        let greeks = self.greeks(account);
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
            exposure: figure(held.size * self.market.greeks[slot].exposure),
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

    fn greeks(&self, account: &Account) -> Vec<UnderlyingGreeks> {
        let mut greeks: Vec<UnderlyingGreeks> = Vec::new();
        let mut rows: Vec<_> = account.rows.iter().filter(|row| row.size != 0.0).collect();
        // one order of summation, whatever the order in which positions were opened
        sort::by_key(&mut rows, |row| u64::from(row.instrument));
        for row in rows {
            let slot = row.instrument as usize;
            let spec = &self.market.instruments.row(slot).spec;
            if matches!(spec.kind, Kind::Spot { .. }) {
                continue;
            }
            let unit = &self.market.greeks[slot];
            let at = match greeks.iter().position(|greeks| greeks.underlying == spec.underlying) {
                Some(at) => at,
                None => {
                    greeks.push(UnderlyingGreeks {
                        underlying: spec.underlying,
                        delta: 0.0,
                        gamma: 0.0,
                        vega: 0.0,
                        theta: 0.0,
                        rho: 0.0,
                        exposure: 0.0,
                    });
                    greeks.len() - 1
                }
            };
            let sum = &mut greeks[at];
            let has_figures = self.market.quotes[slot].status.has_figures();
            let size = if has_figures { row.size } else { f64::NAN };
            let price = self.market.underlyings[spec.underlying.slot()].row.price;
            sum.exposure += size * unit.exposure;
            sum.delta += size * unit.exposure / price;
            sum.gamma += size * unit.convexity / (price * price);
            sum.vega += size * unit.vega;
            sum.theta += size * unit.theta;
            sum.rho += size * unit.rho;
        }
        sort::by_key(&mut greeks, |greeks| u64::from(greeks.underlying.0));
        greeks
    }
}
