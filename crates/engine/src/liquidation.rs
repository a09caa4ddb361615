//! Liquidation prices in cross margin: every price of one underlying at which health crosses zero.
//!
//! The line: every instrument on the underlying and every asset that names it moves by one ratio; vols, time and other
//! underlyings are held; the tier is the one at the solved price. Health along it is equity less the liquidation threshold of
//! the model's bands.
//!
//! Between kinks (brackets, ends of haircut slices) health without options is linear in the ratio, and its root is a closed
//! form. Options, orders and models that are not piecewise linear are bracketed on a grid between the kinks, strikes and the
//! flanks of strikes, and each local extremum of one sign is searched for a pair of roots.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use plimsoll_math::float;
use plimsoll_math::root::bracketed_root;

use crate::account::{Account, Quoted, Sign};
use crate::engine::{write_record_at, Engine, Model};
use crate::error::Result;
use crate::handle::{AccountId, UnderlyingId};
use crate::instrument::{Kind, Payoff, Quote};
use crate::margin::Row;
use crate::market::Shift;
use crate::order;
use crate::status::Band;
use crate::time::YEAR_MS;

/// Longest steps of the grid on which curved health is searched: where prices go in days, and beyond.
const STEP_NEAR: f64 = 1.05;
const STEP_FAR: f64 = 1.5;
const NEAR: Range<f64> = 0.25..4.0;
/// Grid points in the last of such steps before a kink.
const GRID_STEPS: usize = 6;
/// Ratios between which curved health is searched; beyond them options are linear or worthless.
const RATIO_MIN: f64 = 1e-4;
const RATIO_MAX: f64 = 1e4;
/// Flanks of a strike, in standard deviations of the price to expiry.
const FLANKS: [f64; 3] = [0.5, 1.5, 4.0];
/// A closed form is corrected by a step of at most this share of it: more is no rounding.
const STEP_MAX: f64 = 1e-6;
/// Halvings on the way to where the account has figures: those between neighbouring doubles.
const HALVINGS_MAX: usize = 64;
/// Golden-section steps for the extremum between three grid points: the interval shrinks by 0.618 each.
const EXTREMUM_STEPS: usize = 40;

/// Why there is no liquidation price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum NoPrice {
    /// Nothing that the account holds moves with the underlying.
    NoExposure = 0,
    /// A price that health needs is missing, or a figure is out of range.
    MissingPrice = 1,
    /// The account is above the threshold at every price; with options, orders or a curved model, at every price from 1e-4 to
    /// 1e4 times the present one at which its figures are in range.
    SafeAtEveryPrice = 2,
    /// The account is liquidatable at every price, likewise.
    LiquidatableAtEveryPrice = 3,
}

/// One price at which health crosses zero.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LiquidationRoot {
    /// Price of the underlying.
    pub price: f64,
    /// Price / present price.
    pub ratio: f64,
    /// Whether the account is liquidatable just above it (and safe just below); else the reverse.
    pub is_liquidatable_above: bool,
}

/// All liquidation prices along one underlying, ascending.
#[derive(Clone, PartialEq, Debug)]
pub struct LiquidationPrices {
    /// Present reference price of the underlying; NaN where there is none.
    pub reference: f64,
    /// The roots.
    pub roots: Vec<LiquidationRoot>,
    /// Why there are none.
    pub none: Option<NoPrice>,
}

impl Engine {
    /// Every liquidation price of an account along one underlying, all else held.
    ///
    /// Accuracy: a root is off by at most 1e-12 of itself plus the rounding of health divided by its slope there
    /// (`tests/liquidation.rs`).
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`], [`crate::Code::StaleHandle`].
    pub fn liquidation_prices(&self, account: AccountId, underlying: UnderlyingId) -> Result<LiquidationPrices> {
        self.check_underlying(underlying)?;
        Ok(self.liquidation_prices_of(self.accounts.slot(account)?, underlying))
    }

    /// The account's health (equity less the liquidation threshold) with the underlying at a ratio of its present price,
    /// NaN where figures are missing.
    ///
    /// # Errors
    /// As [`Engine::liquidation_prices`].
    pub fn health_at(&self, account: AccountId, underlying: UnderlyingId, ratio: f64) -> Result<f64> {
        self.check_underlying(underlying)?;
        let mut line = Line::new(self, self.accounts.slot(account)?, underlying);
        Ok(line
            .equity_and_level(ratio)
            .map_or(f64::NAN, |(equity, level, _)| equity - level))
    }

    pub(crate) fn liquidation_prices_of(&self, slot: usize, underlying: UnderlyingId) -> LiquidationPrices {
        let reference = self.market.underlyings[underlying.slot()].row.price;
        let none = |reason| LiquidationPrices {
            reference,
            roots: Vec::new(),
            none: Some(reason),
        };
        if !moves_with(self, self.accounts.row(slot), underlying) {
            return none(NoPrice::NoExposure);
        }
        let mut line = Line::new(self, slot, underlying);
        let now = line.health(1.0);
        if reference.is_nan() || now.is_nan() {
            return none(NoPrice::MissingPrice);
        }
        let mut roots = line.roots();
        order::sort_by_key(&mut roots, |root| order::key_of(root.0));
        let roots: Vec<LiquidationRoot> = roots
            .into_iter()
            .map(|(ratio, is_liquidatable_above)| LiquidationRoot {
                price: reference * ratio,
                ratio,
                is_liquidatable_above,
            })
            .collect();
        let reason = if is_safe(now) {
            NoPrice::SafeAtEveryPrice
        } else {
            NoPrice::LiquidatableAtEveryPrice
        };
        LiquidationPrices {
            reference,
            none: roots.is_empty().then_some(reason),
            roots,
        }
    }
}

/// Whether an account of this health along a line is not liquidatable.
fn is_safe(health: f64) -> bool {
    health > 0.0
}

/// Ratios ascending, each once.
#[inline(never)]
fn sort_and_dedup(ratios: &mut Vec<f64>) {
    order::sort_by_key(ratios, |&ratio| order::key_of(ratio));
    ratios.dedup();
}

/// Whether anything that an account holds moves with an underlying.
fn moves_with(engine: &Engine, account: &Account, underlying: UnderlyingId) -> bool {
    let names = |asset: usize| engine.market.assets[asset].spec.underlying == Some(underlying);
    let holds_row = account
        .rows
        .iter()
        .zip(&account.rest.details)
        .filter(|(row, detail)| row.size != 0.0 || detail.order_count > 0)
        .any(|(row, _)| {
            let spec = &engine.market.instruments.row(row.instrument as usize).spec;
            spec.underlying == underlying || names(spec.settle.slot())
        });
    holds_row
        || (0..account.rest.lines.len())
            .any(|line| names(account.rest.lines[line].asset as usize) && account.net_amount(line) != 0.0)
}

/// Health of one account as a function of the ratio.
struct Line<'a> {
    engine: &'a Engine,
    model: &'a Model,
    underlying: UnderlyingId,
    /// The account with the contributions of the rows that move taken out.
    held: Account,
    /// The same with those rows at the ratio asked for last.
    at_ratio: Account,
    /// Rows that move.
    rows: Vec<usize>,
    record: Vec<f64>,
}

impl<'a> Line<'a> {
    fn new(engine: &'a Engine, slot: usize, underlying: UnderlyingId) -> Self {
        let account = engine.accounts.row(slot);
        let model = &engine.models[account.model as usize];
        let mut held = account.clone();
        let mut rows: Vec<usize> = (0..account.rows.len())
            .filter(|&row| {
                let spec = &engine
                    .market
                    .instruments
                    .row(account.rows[row].instrument as usize)
                    .spec;
                let settle = &engine.market.assets[spec.settle.slot()].spec;
                spec.underlying == underlying || settle.underlying == Some(underlying)
            })
            .collect();
        // one order, whatever that in which positions were opened
        order::sort_by_key(&mut rows, |&row| u64::from(account.rows[row].instrument));
        for &row in &rows {
            let slot = account.rows[row].instrument as usize;
            let at = Quoted {
                quote: &engine.market.quotes[slot],
                record: model.record(slot),
            };
            model
                .rule
                .apply_row(&mut held, row, at, engine.market.per_quote_scale, Sign::Subtract);
        }
        let at_ratio = held.clone();
        Self {
            engine,
            model,
            underlying,
            held,
            at_ratio,
            rows,
            record: vec![0.0; model.record_len],
        }
    }

    /// Health, whose sign says whether the account is safe: the least positive number where equity is exactly at the level and
    /// that is not liquidatable. NaN where figures are missing.
    #[inline(never)]
    fn health(&mut self, ratio: f64) -> f64 {
        match self.equity_and_level(ratio) {
            Some((equity, level, true)) if equity == level => f64::MIN_POSITIVE,
            Some((equity, level, _)) => equity - level,
            None => f64::NAN,
        }
    }

    /// Equity, the level at which liquidation begins, and whether the account is not there yet.
    fn equity_and_level(&mut self, ratio: f64) -> Option<(f64, f64, bool)> {
        let market = &self.engine.market;
        let shift = Shift::price(self.underlying, ratio);
        self.at_ratio.copy_sums(&self.held);
        for &row in &self.rows {
            let slot = self.held.rows[row].instrument as usize;
            let (quote, _) = market.quote_at(slot, shift);
            if self.model.record_len > 0 {
                write_record_at(&*self.model.rule, market, slot, shift, &mut self.record);
            }
            let at = Quoted {
                quote: &quote,
                record: &self.record,
            };
            self.model
                .rule
                .apply_row(&mut self.at_ratio, row, at, market.per_quote_scale, Sign::Add);
        }
        let headline = self.model.rule.headline(&self.at_ratio, market, shift);
        let (equity, risk, bands) = (headline.equity, headline.risk, self.model.rule.bands());
        headline.status.has_figures().then(|| {
            let is_safe = bands.classify(equity, risk) < Band::Liquidatable;
            (equity, bands.liquidation_level(risk), is_safe)
        })
    }

    /// (ratio, liquidatable above it) of every crossing.
    fn roots(&mut self) -> Vec<(f64, bool)> {
        let (mut kinks, is_curved) = self.kinks();
        kinks.retain(|&kink| kink > 0.0 && kink.is_finite());
        kinks.push(1.0);
        if is_curved {
            let (low, high) = (self.last_with_figures(RATIO_MIN), self.last_with_figures(RATIO_MAX));
            kinks.extend([low, high]);
            kinks.retain(|kink| (low..=high).contains(kink));
        }
        sort_and_dedup(&mut kinks);
        let mut roots = Vec::new();
        if is_curved {
            self.curved_roots(&kinks, &mut roots);
        } else {
            self.linear_roots(&kinks, &mut roots);
        }
        roots
    }

    /// Closed form: health is linear between neighbouring kinks, below the first and above the last.
    fn linear_roots(&mut self, kinks: &[f64], roots: &mut Vec<(f64, bool)>) {
        let health: Vec<f64> = kinks.iter().map(|&kink| self.health(kink)).collect();
        let (first, last) = (kinks[0], kinks[kinks.len() - 1]);
        let (below, above) = (0.5 * first, 2.0 * last);
        let points: Vec<(f64, f64)> = core::iter::once((below, self.health(below)))
            .chain(kinks.iter().copied().zip(health))
            .chain([(above, self.health(above))])
            .collect();
        for (i, pair) in points.windows(2).enumerate() {
            let low = if i == 0 { 0.0 } else { pair[0].0 };
            let high = if i == kinks.len() { f64::INFINITY } else { pair[1].0 };
            self.linear_root(pair[0], pair[1], low, high, roots);
        }
    }

    /// The root between `low` and `high`, where health is linear, from two points of that segment.
    ///
    /// A point whose figures are out of range is replaced by one nearer to the other. Neighbouring segments share the sign
    /// at the kink between them, so that a root on the kink is found once.
    fn linear_root(&mut self, a: (f64, f64), b: (f64, f64), low: f64, high: f64, roots: &mut Vec<(f64, bool)>) {
        let Some((a, b)) = self.both_with_figures(a, b) else {
            return;
        };
        let slope = (b.1 - a.1) / (b.0 - a.0);
        if slope == 0.0 || !slope.is_finite() {
            return;
        }
        let is_between = is_safe(a.1) != is_safe(b.1);
        let mut ratio = a.0 - a.1 / slope;
        // one step on the function itself takes the rounding of the line out
        if ratio > 0.0 {
            let step = self.health(ratio) / slope;
            if step.abs() <= STEP_MAX * ratio {
                ratio -= step;
            }
        }
        if is_between {
            roots.push((ratio.clamp(a.0, b.0), slope < 0.0));
        } else if (ratio > low && ratio < a.0) || (ratio > b.0 && ratio < high) {
            roots.push((ratio, slope < 0.0));
        }
    }

    /// Two points of a segment, one or both ends of it, at which the account has figures.
    fn both_with_figures(&mut self, a: (f64, f64), b: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
        match (a.1.is_nan(), b.1.is_nan()) {
            (false, false) => Some((a, b)),
            (false, true) => Some((a, self.nearer(a.0, b.0)?)),
            (true, false) => Some((self.nearer(b.0, a.0)?, b)),
            (true, true) => None,
        }
    }

    /// The first point with figures on the way from one without to one with them, halving the distance.
    fn nearer(&mut self, with_figures: f64, without: f64) -> Option<(f64, f64)> {
        let mut ratio = without;
        for _ in 0..HALVINGS_MAX {
            ratio = with_figures + 0.5 * (ratio - with_figures);
            let health = self.health(ratio);
            if !health.is_nan() {
                return Some((ratio, health)).filter(|_| ratio != with_figures);
            }
        }
        None
    }

    /// The ratio nearest to `end` at which the account has figures, between it and 1.
    fn last_with_figures(&mut self, end: f64) -> f64 {
        if !self.health(end).is_nan() {
            return end;
        }
        let (mut with_figures, mut without) = (1.0, end);
        for _ in 0..HALVINGS_MAX {
            let middle = float::sqrt(with_figures * without);
            if self.health(middle).is_nan() {
                without = middle;
            } else {
                with_figures = middle;
            }
        }
        with_figures
    }

    /// Bracketing on a grid between the kinks.
    fn curved_roots(&mut self, kinks: &[f64], roots: &mut Vec<(f64, bool)>) {
        let mut grid = Vec::with_capacity(kinks.len() * GRID_STEPS);
        for pair in kinks.windows(2) {
            let mut low = pair[0];
            // a longer step would pass over a dip, as where the value of options meets the ends of haircut slices
            loop {
                let next = low * if NEAR.contains(&low) { STEP_NEAR } else { STEP_FAR };
                if next >= pair[1] {
                    break;
                }
                grid.push(low);
                low = next;
            }
            for step in 0..GRID_STEPS {
                let share = step as f64 / GRID_STEPS as f64;
                grid.push(low + share * (pair[1] - low));
            }
        }
        grid.extend(kinks.last());
        let ends = self.slice_ends_among(&grid);
        if !ends.is_empty() {
            grid.extend(ends);
            sort_and_dedup(&mut grid);
        }
        let health: Vec<f64> = grid.iter().map(|&ratio| self.health(ratio)).collect();
        for i in 1..grid.len() {
            self.bracket((grid[i - 1], health[i - 1]), (grid[i], health[i]), roots);
        }
        for i in 1..grid.len() - 1 {
            let [before, at, after] = [health[i - 1], health[i], health[i + 1]];
            let is_same_side = is_safe(before) == is_safe(at) && is_safe(at) == is_safe(after);
            let is_extremum = if is_safe(at) {
                at <= before && at <= after
            } else {
                at >= before && at >= after
            };
            if is_same_side && is_extremum {
                self.roots_at_extremum(grid[i - 1], grid[i + 1], is_safe(at), roots);
            }
        }
    }

    /// Ratios at which lines meet zero or the end of a slice with the value of options, for which there is no closed form.
    fn slice_ends_among(&mut self, grid: &[f64]) -> Vec<f64> {
        let market = &self.engine.market;
        let mut found = Vec::new();
        for line in 0..self.held.rest.lines.len() {
            let terms = &market.assets[self.held.rest.lines[line].asset as usize];
            let has_options = self.rows.iter().any(|&row| {
                let held = &self.held.rows[row];
                usize::from(held.line) == line && market.quotes[held.instrument as usize].is_option
            });
            if terms.spec.haircuts.is_empty() || !has_options {
                continue;
            }
            let mut amount = |ratio| {
                self.health(ratio);
                self.at_ratio.net_amount(line) * terms.scale
            };
            let amounts: Vec<f64> = grid.iter().map(|&ratio| amount(ratio)).collect();
            for end in core::iter::once(0.0).chain(terms.spec.haircuts.iter().map(|slice| slice.up_to)) {
                for (at, pair) in amounts.windows(2).enumerate() {
                    if (pair[0] > end) != (pair[1] > end) {
                        found.extend(bracketed_root(|ratio| amount(ratio) - end, grid[at], grid[at + 1]));
                    }
                }
            }
        }
        found
    }

    #[inline(never)]
    fn bracket(&mut self, a: (f64, f64), b: (f64, f64), roots: &mut Vec<(f64, bool)>) {
        let (a_safe, b_safe) = (is_safe(a.1), is_safe(b.1));
        if a_safe != b_safe {
            if let Some(ratio) = bracketed_root(|ratio| self.health(ratio), a.0, b.0) {
                roots.push((ratio, a_safe));
            }
        }
    }

    /// Golden-section search for a dip (or a peak) that crosses zero between two points on one side of it.
    fn roots_at_extremum(&mut self, low: f64, high: f64, is_dip: bool, roots: &mut Vec<(f64, bool)>) {
        const SHRINK: f64 = 0.618_033_988_749_894_9;
        let sign = if is_dip { 1.0 } else { -1.0 };
        let (mut a, mut b) = (low, high);
        let (mut x, mut y) = (b - SHRINK * (b - a), a + SHRINK * (b - a));
        let (mut f_x, mut f_y) = (sign * self.health(x), sign * self.health(y));
        for _ in 0..EXTREMUM_STEPS {
            if f_x < f_y {
                (b, y, f_y) = (y, x, f_x);
                x = b - SHRINK * (b - a);
                f_x = sign * self.health(x);
            } else {
                (a, x, f_x) = (x, y, f_y);
                y = a + SHRINK * (b - a);
                f_y = sign * self.health(y);
            }
            let (ratio, health) = if f_x < f_y { (x, sign * f_x) } else { (y, sign * f_y) };
            if is_safe(health) != is_dip {
                let ends = [(low, self.health(low)), (ratio, health), (high, self.health(high))];
                self.bracket(ends[0], ends[1], roots);
                self.bracket(ends[1], ends[2], roots);
                return;
            }
        }
    }

    /// Ratios at which health may have a kink, and whether it is curved between them.
    fn kinks(&self) -> (Vec<f64>, bool) {
        let market = &self.engine.market;
        let bands = self.model.rule.bands();
        let mut kinks = Vec::new();
        let mut is_curved = !self.model.rule.is_piecewise_linear() || bands.liquidatable.initial > 0.0;
        for &row in &self.rows {
            let held = &self.held.rows[row];
            let slot = held.instrument as usize;
            let spec = &market.instruments.row(slot).spec;
            let settle_moves = market.assets[spec.settle.slot()].spec.underlying == Some(self.underlying);
            let price_moves = spec.underlying == self.underlying;
            let is_linear = !spec.kind.is_option()
                && self.held.rest.details[row].order_count == 0
                && match (spec.payoff, price_moves, settle_moves) {
                    (Payoff::Linear, true, true) => false,
                    (Payoff::Linear, _, _) => true,
                    (Payoff::Inverse, true, false) => false,
                    (Payoff::Inverse, _, _) => true,
                };
            is_curved |= !is_linear;
            self.bracket_kinks(row, &mut kinks);
            if spec.kind.is_option() && price_moves {
                self.strike_kinks(slot, &mut kinks);
            }
        }
        is_curved |= self.haircut_kinks(&mut kinks);
        (kinks, is_curved)
    }

    /// Ratios at which a position's notional meets an end of a bracket: N·x^p = K·x^s.
    fn bracket_kinks(&self, row: usize, kinks: &mut Vec<f64>) {
        let market = &self.engine.market;
        let held = &self.held.rows[row];
        let slot = held.instrument as usize;
        let detail = &self.held.rest.details[row];
        let orders = &detail.orders;
        let quote_at = |ratio| market.quote_at(slot, Shift::price(self.underlying, ratio)).0;
        let (now, doubled) = (quote_at(1.0), quote_at(2.0));
        let sizes = [held.size, held.size + orders.buy_size, held.size - orders.sell_size];
        let sizes = if detail.order_count > 0 {
            &sizes[..]
        } else {
            &sizes[..1]
        };
        let (kinks_now, kinks_doubled) = (self.notional_kinks(row, &now), self.notional_kinks(row, &doubled));
        for (kink, kink_doubled) in kinks_now.into_iter().zip(kinks_doubled) {
            // growth of notional relative to the kink when the price doubles: 2^(p − s)
            let growth = (doubled.unit_notional / now.unit_notional) / (kink_doubled / kink);
            for size in sizes {
                let ratio = kink / (size.abs() * now.unit_notional);
                if growth == 2.0 {
                    kinks.push(ratio);
                } else if growth == 0.5 {
                    kinks.push(1.0 / ratio);
                } else if growth == 4.0 {
                    kinks.push(float::sqrt(ratio));
                }
            }
        }
    }

    /// Notionals at which the rule bends for a position, at a quote.
    #[inline(never)]
    fn notional_kinks(&self, row: usize, quote: &Quote) -> Vec<f64> {
        let held = &self.held.rows[row];
        let row = Row {
            instrument: held.instrument as usize,
            quote,
            record: &self.record,
            size: held.size,
            initial_rate_floor: self.held.rest.details[row].initial_rate_floor,
            orders: None,
        };
        let mut notionals = Vec::new();
        self.model.rule.kinks(&row, &mut |notional| notionals.push(notional));
        notionals
    }

    /// The strike and its flanks.
    fn strike_kinks(&self, slot: usize, kinks: &mut Vec<f64>) {
        let market = &self.engine.market;
        let instrument = market.instruments.row(slot);
        let Kind::Option { strike, expiry_ms, .. } = instrument.spec.kind else {
            return;
        };
        let underlying_price = market.underlyings[self.underlying.slot()].row.price;
        let forward = if instrument.prices.forward.is_nan() {
            underlying_price
        } else {
            instrument.prices.forward
        };
        let at_strike = strike / forward;
        kinks.push(at_strike);
        let deviation = instrument.prices.vol * float::sqrt((expiry_ms - market.time_ms).max(0.0) / YEAR_MS);
        for flank in FLANKS {
            kinks.push(at_strike * (1.0 + flank * deviation));
            kinks.push(at_strike / (1.0 + flank * deviation));
        }
    }

    /// Ratios at which a line's net amount meets zero or the end of a slice; returns whether one is curved.
    fn haircut_kinks(&self, kinks: &mut Vec<f64>) -> bool {
        let market = &self.engine.market;
        let mut is_curved = false;
        for line in 0..self.held.rest.lines.len() {
            let asset = self.held.rest.lines[line].asset as usize;
            let terms = &market.assets[asset];
            if terms.spec.haircuts.is_empty() {
                continue;
            }
            // net(x) = fixed + linear·x + inverse/x over the positions that settle here; options are curved anyway
            let mut fixed = self.held.net_amount(line) * terms.scale;
            let (mut linear, mut inverse) = (0.0, 0.0);
            for &row in &self.rows {
                let held = &self.held.rows[row];
                let spec = &market.instruments.row(held.instrument as usize).spec;
                if usize::from(held.line) != line {
                    continue;
                }
                let value = held.size * market.quotes[held.instrument as usize].unit_value * terms.scale;
                if spec.underlying != self.underlying {
                    fixed += value;
                } else if !spec.kind.is_option() {
                    match spec.payoff {
                        Payoff::Linear => linear += value,
                        Payoff::Inverse => inverse += value,
                    }
                }
            }
            is_curved |= linear != 0.0 && inverse != 0.0;
            let ends = core::iter::once(0.0).chain(terms.spec.haircuts.iter().map(|slice| slice.up_to));
            for end in ends.filter(|end| end.is_finite()) {
                if linear != 0.0 && inverse != 0.0 {
                    // linear·x² + (fixed − end)·x + inverse = 0
                    let middle = fixed - end;
                    let root = float::sqrt(middle * middle - 4.0 * linear * inverse);
                    let sum = -0.5 * (middle + root.copysign(middle));
                    kinks.extend([sum / linear, inverse / sum]);
                } else if linear != 0.0 {
                    kinks.push((end - fixed) / linear);
                } else if inverse != 0.0 {
                    kinks.push(inverse / (end - fixed));
                }
            }
        }
        is_curved
    }
}
