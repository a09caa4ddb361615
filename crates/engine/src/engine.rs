//! The engine: everything registered, and the calls that register and remove.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::account::{group_key, Account, Holder, Quoted, Sign, Stepped};
use crate::asset::AssetSpec;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::event::EventLog;
use crate::figures::Figures;
use crate::handle::{AccountId, AssetId, InstrumentId, ModelId, OrderId, Place, Slots, UnderlyingId, SLOTS_MAX};
use crate::instrument::{InstrumentSpec, Kind};
use crate::margin::{BracketTable, Brackets, MarginModel, RecordInputs};
use crate::market::{Market, Shift};
use crate::snapshot::changes::Changes;
use crate::snapshot::codec::stored;
use crate::time::require_time;

/// How an engine starts.
#[derive(Clone, PartialEq, Debug)]
pub struct EngineConfig {
    /// The quote asset: every figure is in it. Its price is 1.
    pub quote: AssetSpec,
    /// Milliseconds since the epoch.
    pub time_ms: f64,
    /// Prices older than this are stale; +∞ where none ever is.
    pub stale_after_ms: f64,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            quote: AssetSpec::default(),
            time_ms: 0.0,
            stale_after_ms: f64::INFINITY,
        }
    }
}

/// A margin model with what it keeps per instrument.
pub(crate) struct Model {
    pub rule: Box<dyn Stepped>,
    pub record_len: usize,
    /// `record_len` doubles per instrument slot.
    pub records: Vec<f64>,
    /// Records of the instruments in the market's `moved`, as they were.
    pub records_before: Vec<f64>,
}

impl Model {
    #[inline(always)]
    pub(crate) fn record(&self, instrument: usize) -> &[f64] {
        &self.records[instrument * self.record_len..(instrument + 1) * self.record_len]
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub account: u32,
    pub instrument: u32,
    pub lots: i64,
    pub price: f64,
}

/// How many of each there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EngineStats {
    /// Live accounts, isolated positions included.
    pub accounts: usize,
    /// Positions and orders-only rows.
    pub positions: usize,
    /// Live instruments.
    pub instruments: usize,
    /// Live resting orders.
    pub orders: usize,
    /// Ticks applied.
    pub ticks: u64,
    /// Accounts assessed because of ticks.
    pub assessed: u64,
    /// Passes over the whole book that were chosen over increments.
    pub full_passes: u64,
}

stored! { EngineStats { ticks, assessed, full_passes; accounts = 0, positions = 0, instruments = 0, orders = 0 } }

/// Accounts, market and margin models of one shard, which shares nothing with others.
///
/// Time and prices come in as arguments. Calls are refused whole or done whole.
pub struct Engine {
    pub(crate) market: Market,
    pub(crate) models: Vec<Model>,
    pub(crate) accounts: Slots<Account>,
    pub(crate) orders: Slots<Order>,
    /// Per instrument: the inverted index.
    pub(crate) holders: Vec<Vec<Holder>>,
    /// Per asset: accounts with a line in it.
    pub(crate) asset_holders: Vec<Vec<u32>>,
    pub(crate) figures: Figures,
    pub(crate) events: EventLog,
    /// Accounts marked in the pass under way.
    pub(crate) dirty: Vec<u32>,
    pub(crate) pass: u64,
    /// Per instrument, during a full pass: one more than its place in the market's `moved`, 0 where it did not move.
    pub(crate) moved_rank: Vec<u32>,
    pub(crate) stats: EngineStats,
    pub(crate) changes: Changes,
}

impl Engine {
    /// An engine with its quote asset (handle 0) and nothing else.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] where a field of the configuration is out of its domain.
    pub fn new(config: EngineConfig) -> Result<Self> {
        require_time("timeMs", config.time_ms)?;
        if !(config.stale_after_ms > 0.0) {
            return Err(EngineError::new(
                Code::InvalidValue,
                "staleAfterMs",
                "> 0",
                config.stale_after_ms,
            ));
        }
        if !config.quote.haircuts.is_empty() || config.quote.underlying.is_some() {
            let expected = "an asset without haircut and underlying, since it is the measure";
            return Err(EngineError::new(
                Code::InvalidValue,
                "quote",
                expected,
                "one with haircut or underlying",
            ));
        }
        let mut engine = Self {
            market: Market::new(config.time_ms, config.stale_after_ms),
            models: Vec::new(),
            accounts: Slots::default(),
            orders: Slots::default(),
            holders: Vec::new(),
            asset_holders: Vec::new(),
            figures: Figures::default(),
            events: EventLog::default(),
            dirty: Vec::new(),
            pass: 0,
            moved_rank: Vec::new(),
            stats: EngineStats::default(),
            changes: Changes::default(),
        };
        engine.add_asset(config.quote)?;
        Ok(engine)
    }

    /// Registers an asset.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for a bad slice or scale, [`Code::UnknownHandle`] for the underlying.
    pub fn add_asset(&mut self, spec: AssetSpec) -> Result<AssetId> {
        spec.validate()?;
        if let Some(underlying) = spec.underlying {
            self.check_underlying(underlying)?;
        }
        self.asset_holders.push(Vec::new());
        Ok(self.market.add_asset(spec))
    }

    /// Registers an underlying.
    pub fn add_underlying(&mut self) -> UnderlyingId {
        self.market.add_underlying()
    }

    /// Takes the last underlying's registration back, for a call that registers it with something that is then refused; does
    /// nothing where an instrument or an asset is on it.
    pub fn take_underlying_back(&mut self) {
        self.market.take_underlying_back();
    }

    /// Registers an instrument.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming the field, [`Code::UnknownHandle`], or [`Code::Expired`] where its expiry has passed.
    pub fn add_instrument(&mut self, spec: InstrumentSpec) -> Result<InstrumentId> {
        spec.validate()?;
        self.check_underlying(spec.underlying)?;
        self.asset_slot(spec.settle)?;
        if let Kind::Spot { base } = spec.kind {
            if self.asset_slot(base)? == 0 || base == spec.settle {
                return Err(EngineError::new(
                    Code::NotApplicable,
                    "base",
                    "an asset other than the quote asset and the settlement asset",
                    "one of them",
                ));
            }
        }
        if let Some(expiry_ms) = spec
            .kind
            .expiry_ms()
            .filter(|&expiry_ms| expiry_ms <= self.market.time_ms)
        {
            let expected = Phrase::new("after the engine's time, {}", [self.market.time_ms]);
            return Err(EngineError::new(Code::Expired, "expiryMs", expected, expiry_ms));
        }
        let id = self.market.add_instrument(spec)?;
        let extent = self.market.instruments.extent();
        self.holders.resize_with(extent, Vec::new);
        self.moved_rank.resize(extent, 0);
        for model in &mut self.models {
            model.records.resize(extent * model.record_len, 0.0);
            model.records_before.reserve(extent * model.record_len);
        }
        if spec.kind.is_option() {
            // the underlying may have a price and a surface already
            self.market.touch_instrument(id.slot());
            self.settle_market();
        }
        Ok(id)
    }

    /// Forgets an instrument.
    ///
    /// # Errors
    /// [`Code::InUse`] while a position, an order or a chosen leverage is in it, or an isolated account is for it.
    pub fn remove_instrument(&mut self, instrument: InstrumentId) -> Result<()> {
        self.check_remove_instrument(instrument)?;
        let slot = instrument.slot();
        self.market.remove_instrument(slot);
        // whatever takes the slot next has not been given this one's parameters
        for model in &mut self.models {
            model.rule.forget_instrument(slot);
        }
        Ok(())
    }

    /// Refuses what [`Engine::remove_instrument`] would refuse, and changes nothing.
    ///
    /// # Errors
    /// As [`Engine::remove_instrument`].
    pub fn check_remove_instrument(&self, instrument: InstrumentId) -> Result<()> {
        let slot = self.market.instruments.slot(instrument)?;
        if self.market.instruments.row(slot).isolated > 0 || !self.holders[slot].is_empty() {
            return Err(EngineError::new(
                Code::InUse,
                "instrument",
                "one without positions, orders and isolated accounts",
                "one with some of them",
            ));
        }
        Ok(())
    }

    /// Registers a margin model.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for improper bands.
    pub fn add_model(&mut self, rule: impl MarginModel + 'static) -> Result<ModelId> {
        rule.bands().validate()?;
        let extent = self.market.instruments.extent();
        let record_len = rule.record_len();
        let mut model = Model {
            rule: Box::new(rule),
            record_len,
            records: vec![0.0; extent * record_len],
            records_before: Vec::with_capacity(extent * record_len),
        };
        write_all_records(&mut model, &self.market);
        self.market.has_records |= record_len > 0;
        self.models.push(model);
        Ok(ModelId(self.models.len() as u32 - 1))
    }

    /// Replaces a model's parameters by ones of a greater version; its accounts are assessed under them at once.
    ///
    /// # Errors
    /// [`Code::InvalidVersion`], [`Code::NotApplicable`] where terms or groups differ (that is another model), and
    /// [`Code::MissingParameters`] where an account holds what the new parameters do not cover.
    pub fn replace_model(&mut self, model: ModelId, rule: impl MarginModel + 'static) -> Result<()> {
        self.check_replace_model(model, &rule)?;
        let slot = self.model_slot(model)?;
        self.models[slot].rule = Box::new(rule);
        write_all_records(&mut self.models[slot], &self.market);
        self.reassess_model(slot);
        Ok(())
    }

    /// Refuses what [`Engine::replace_model`] would refuse, and changes nothing.
    ///
    /// # Errors
    /// As [`Engine::replace_model`].
    pub fn check_replace_model(&self, model: ModelId, rule: &impl MarginModel) -> Result<()> {
        let slot = self.model_slot(model)?;
        rule.bands().validate()?;
        let before = &self.models[slot];
        if rule.version() <= before.rule.version() {
            let expected = Phrase::new(
                "greater than the version in force, {}",
                [f64::from(before.rule.version())],
            );
            return Err(EngineError::new(
                Code::InvalidVersion,
                "version",
                expected,
                rule.version(),
            ));
        }
        if rule.term_count() != before.rule.term_count()
            || rule.grouping() != before.rule.grouping()
            || rule.record_len() != before.record_len
        {
            return Err(EngineError::new(
                Code::NotApplicable,
                "model",
                "of the same kind as the one replaced",
                "one of another kind",
            ));
        }
        for (_, account) in self
            .accounts
            .iter()
            .filter(|(_, account)| account.model as usize == slot)
        {
            for row in &account.rows {
                let instrument = row.instrument as usize;
                rule.supports(instrument, &self.market.instruments.row(instrument).spec)?;
            }
        }
        Ok(())
    }

    /// [`Engine::add_model`] for brackets.
    ///
    /// Not generic, so that the loops over positions are compiled with this crate's options and not with its caller's.
    ///
    /// # Errors
    /// As [`Engine::add_model`].
    pub fn add_brackets(&mut self, rule: Brackets) -> Result<ModelId> {
        self.add_model(rule)
    }

    /// [`Engine::replace_model`] for brackets, likewise.
    ///
    /// # Errors
    /// As [`Engine::replace_model`].
    pub fn replace_brackets(&mut self, model: ModelId, rule: Brackets) -> Result<()> {
        self.replace_model(model, rule)
    }

    /// Sets an instrument's brackets in a brackets model; accounts under it are assessed at once.
    ///
    /// # Errors
    /// [`Code::InvalidVersion`] unless `version` is at least the one in force, [`Code::NotApplicable`] for other models.
    pub fn set_brackets(
        &mut self,
        model: ModelId,
        instrument: InstrumentId,
        table: BracketTable,
        version: u32,
    ) -> Result<()> {
        let slot = self.model_slot(model)?;
        let instrument_slot = self.market.instruments.slot(instrument)?;
        let Some(brackets) = self.models[slot].rule.as_brackets_mut() else {
            return Err(EngineError::new(
                Code::NotApplicable,
                "model",
                "one by brackets",
                "one of another kind",
            ));
        };
        if version < brackets.version {
            let expected = Phrase::new("at least the version in force, {}", [f64::from(brackets.version)]);
            return Err(EngineError::new(Code::InvalidVersion, "version", expected, version));
        }
        brackets.version = version;
        brackets.set_table(instrument_slot, table);
        let told = self.events.pending().len();
        for i in 0..self.holders[instrument_slot].len() {
            let account = self.holders[instrument_slot][i].account as usize;
            if self.accounts.row(account).model as usize == slot {
                self.resum(account);
                self.assess_now(account);
            }
        }
        self.events.order_from(told);
        Ok(())
    }

    /// The parameters of a brackets model.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::NotApplicable`] for other models.
    pub fn brackets(&self, model: ModelId) -> Result<&Brackets> {
        let slot = self.model_slot(model)?;
        let brackets = self.models[slot].rule.as_brackets();
        brackets.ok_or_else(|| EngineError::new(Code::NotApplicable, "model", "one by brackets", "one of another kind"))
    }

    /// Registers an account under a margin model.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`] for the model, [`Code::CapacityExceeded`] past 2²⁴ accounts.
    pub fn add_account(&mut self, model: ModelId) -> Result<AccountId> {
        let model = self.model_slot(model)?;
        self.insert_account(Account::new(model as u32))
    }

    pub(crate) fn insert_account(&mut self, account: Account) -> Result<AccountId> {
        let id: AccountId = self.accounts.insert(account)?;
        self.changes.note(id.slot(), Place::Here);
        self.figures.resize(self.accounts.extent());
        let live = self.accounts.live();
        if self.dirty.capacity() < live {
            self.dirty.reserve(live.next_power_of_two());
        }
        self.events.reserve(live);
        self.figures.set_live(id);
        self.assess_now(id.slot());
        Ok(id)
    }

    /// Counts an isolated account beside its parent and the instrument that it is for.
    pub(crate) fn count_isolated(&mut self, parent: usize, instrument: usize) {
        self.accounts.row_mut(parent).rest.children += 1;
        self.market.instruments.row_mut(instrument).isolated += 1;
    }

    /// Makes room for more accounts at once.
    pub fn reserve_accounts(&mut self, additional: usize) {
        let additional = additional.min(SLOTS_MAX - self.accounts.extent());
        self.accounts.reserve(additional);
        self.figures.reserve(additional);
    }

    /// Forgets an account with all it holds.
    ///
    /// # Errors
    /// [`Code::InUse`] while it has isolated positions.
    pub fn remove_account(&mut self, account: AccountId) -> Result<()> {
        let slot = self.accounts.slot(account)?;
        let row = self.accounts.row(slot);
        if row.rest.children > 0 {
            let came = Phrase::new("one with {} of them", [f64::from(row.rest.children)]);
            return Err(EngineError::new(
                Code::InUse,
                "account",
                "one without isolated positions",
                came,
            ));
        }
        for order in row.rest.orders.clone() {
            self.orders.remove(order.slot());
        }
        while !self.accounts.row(slot).rows.is_empty() {
            self.drop_row(slot, self.accounts.row(slot).rows.len() - 1);
        }
        while !self.accounts.row(slot).rest.lines.is_empty() {
            self.drop_last_line(slot);
        }
        let rest = &self.accounts.row(slot).rest;
        if let (Some(parent), Some(instrument)) = (rest.parent, rest.isolated_instrument) {
            self.accounts.row_mut(parent.slot()).rest.children -= 1;
            self.market.instruments.row_mut(instrument as usize).isolated -= 1;
        }
        self.accounts.remove(slot);
        self.changes.forget(slot);
        self.figures.set_removed(slot);
        Ok(())
    }

    /// How many of each there are.
    #[must_use]
    pub fn stats(&self) -> EngineStats {
        EngineStats {
            accounts: self.accounts.live(),
            instruments: self.market.instruments.live(),
            orders: self.orders.live(),
            ..self.stats
        }
    }

    /// The engine's time: that of the newest tick, or of the last [`Engine::advance`].
    #[must_use]
    pub fn time_ms(&self) -> f64 {
        self.market.time_ms
    }

    /// An instrument's terms.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`] or [`Code::StaleHandle`].
    pub fn instrument(&self, instrument: InstrumentId) -> Result<&InstrumentSpec> {
        Ok(&self
            .market
            .instruments
            .row(self.market.instruments.slot(instrument)?)
            .spec)
    }

    pub(crate) fn check_underlying(&self, underlying: UnderlyingId) -> Result<usize> {
        if (underlying.0 as usize) < self.market.underlyings.len() {
            Ok(underlying.0 as usize)
        } else {
            Err(EngineError::new(
                Code::UnknownHandle,
                "underlying",
                "a handle that was given out",
                underlying.0,
            ))
        }
    }

    pub(crate) fn asset_slot(&self, asset: AssetId) -> Result<usize> {
        if (asset.0 as usize) < self.market.assets.len() {
            Ok(asset.0 as usize)
        } else {
            Err(EngineError::new(
                Code::UnknownHandle,
                "asset",
                "a handle that was given out",
                asset.0,
            ))
        }
    }

    pub(crate) fn model_slot(&self, model: ModelId) -> Result<usize> {
        if (model.0 as usize) < self.models.len() {
            Ok(model.0 as usize)
        } else {
            Err(EngineError::new(
                Code::UnknownHandle,
                "model",
                "a handle that was given out",
                model.0,
            ))
        }
    }

    pub(crate) fn order_slot(&self, order: OrderId) -> Result<usize> {
        self.orders.slot(order)
    }

    /// The line of an asset in an account, opened and indexed where there is none.
    pub(crate) fn ensure_line(&mut self, account: usize, asset: usize) -> Result<usize> {
        let row = self.accounts.row_mut(account);
        let (line, is_new) = row.ensure_line(asset)?;
        if is_new {
            self.changes.note(account, Place::Here);
            row.rest.lines[line].holder = self.asset_holders[asset].len() as u32;
            self.asset_holders[asset].push(account as u32);
        }
        Ok(line)
    }

    /// Takes the line opened last, which no row settles in, out of its account and the index of the asset.
    pub(crate) fn drop_last_line(&mut self, account: usize) {
        self.changes.note(account, Place::Here);
        let held = self.accounts.row_mut(account);
        let line = held.close_last_line();
        let holders = &mut self.asset_holders[line.asset as usize];
        holders.swap_remove(line.holder as usize);
        if let Some(&moved) = holders.get(line.holder as usize) {
            let other = self.accounts.row_mut(moved as usize);
            let at = other
                .find_line(line.asset as usize)
                .expect("invariant: a holder of an asset has its line");
            other.rest.lines[at].holder = line.holder;
        }
    }

    /// Refuses a row that an account may not hold, before anything is changed.
    pub(crate) fn check_row(&self, account: usize, instrument: usize) -> Result<()> {
        self.check_is_own(account, instrument)?;
        let spec = &self.market.instruments.row(instrument).spec;
        let model = self.accounts.row(account).model as usize;
        self.models[model].rule.supports(instrument, spec)
    }

    /// Refuses what an isolated position cannot hold: any instrument but its own.
    pub(crate) fn check_is_own(&self, account: usize, instrument: usize) -> Result<()> {
        let only = self.accounts.row(account).rest.isolated_instrument;
        let Some(only) = only.filter(|&only| only as usize != instrument) else {
            return Ok(());
        };
        let expected = Phrase::new("the one of this isolated position, in slot {}", [f64::from(only)]);
        Err(EngineError::new(
            Code::NotApplicable,
            "instrument",
            expected,
            instrument,
        ))
    }

    /// The row of an instrument in an account, opened and indexed where there is none.
    pub(crate) fn ensure_row(&mut self, account: usize, instrument: usize) -> Result<usize> {
        let (row, is_new) = self.ensure_unsummed_row(account, instrument)?;
        if is_new {
            self.apply_row(account, row, Sign::Add);
        }
        Ok(row)
    }

    /// [`Engine::ensure_row`] that leaves the sums as they are. The second value says whether the row is new.
    pub(crate) fn ensure_unsummed_row(&mut self, account: usize, instrument: usize) -> Result<(usize, bool)> {
        if let Some(row) = self.accounts.row(account).find_row(instrument) {
            return Ok((row, false));
        }
        self.check_row(account, instrument)?;
        let spec = self.market.instruments.row(instrument).spec;
        let rule = &self.models[self.accounts.row(account).model as usize].rule;
        let key = group_key(rule.grouping(), instrument, &spec);
        let term_count = rule.term_count();
        let line = self.ensure_line(account, spec.settle.slot())?;
        let row = self
            .accounts
            .row_mut(account)
            .open_row(instrument, line, key, term_count)?;
        let held = self.accounts.row_mut(account);
        held.rest.details[row].holder = self.holders[instrument].len() as u32;
        self.holders[instrument].push(held.holder(account, row));
        self.stats.positions += 1;
        self.changes.note(account, Place::Here);
        Ok((row, true))
    }

    /// Takes what a row has become over into the inverted index and the next checkpoint.
    pub(crate) fn index_row(&mut self, account: usize, row: usize) {
        self.changes.note(account, Place::Here);
        let held = self.accounts.row(account);
        let holder = held.rest.details[row].holder as usize;
        self.holders[held.rows[row].instrument as usize][holder] = held.holder(account, row);
    }

    /// Takes a row out of its account and the inverted index, contributions included.
    pub(crate) fn drop_row(&mut self, account: usize, row: usize) {
        self.apply_row(account, row, Sign::Subtract);
        self.drop_unsummed_row(account, row);
    }

    /// [`Engine::drop_row`] that leaves the sums as they are.
    pub(crate) fn drop_unsummed_row(&mut self, account: usize, row: usize) {
        self.changes.note(account, Place::Here);
        let held = self.accounts.row_mut(account);
        let (instrument, holder) = (
            held.rows[row].instrument as usize,
            held.rest.details[row].holder as usize,
        );
        held.close_row(row);
        // the account's last row has moved into the gap
        if let (Some(moved), Some(detail)) = (held.rows.get(row), held.rest.details.get(row)) {
            self.holders[moved.instrument as usize][detail.holder as usize].row = row as u16;
        }
        self.holders[instrument].swap_remove(holder);
        self.stats.positions -= 1;
        if let Some(moved) = self.holders[instrument].get(holder).copied() {
            self.accounts.row_mut(moved.account as usize).rest.details[usize::from(moved.row)].holder = holder as u32;
        }
    }

    pub(crate) fn apply_row(&mut self, account: usize, row: usize, sign: Sign) {
        let held = self.accounts.row_mut(account);
        let model = &self.models[held.model as usize];
        let instrument = held.rows[row].instrument as usize;
        let at = Quoted {
            quote: &self.market.quotes[instrument],
            record: model.record(instrument),
        };
        model.rule.apply_row(held, row, at, self.market.per_quote_scale, sign);
    }

    pub(crate) fn resum(&mut self, account: usize) {
        let held = self.accounts.row_mut(account);
        let model = &self.models[held.model as usize];
        model.rule.resum(held, &self.market, &model.records);
    }

    fn reassess_model(&mut self, model: usize) {
        for slot in 0..self.accounts.extent() {
            if self
                .accounts
                .get(slot)
                .is_some_and(|account| account.model as usize == model)
            {
                self.resum(slot);
                self.assess_now(slot);
            }
        }
    }
}

pub(crate) fn write_all_records(model: &mut Model, market: &Market) {
    if model.record_len > 0 {
        for slot in 0..market.instruments.extent() {
            if market.instruments.get(slot).is_some() {
                write_record(model, market, slot);
            }
        }
    }
}

/// Writes one model's record of one instrument.
pub(crate) fn write_record(model: &mut Model, market: &Market, slot: usize) {
    let at = slot * model.record_len;
    let record = &mut model.records[at..at + model.record_len];
    write_record_at(&*model.rule, market, slot, Shift::NONE, record);
}

/// Writes a model's record of one instrument as it would be after a shift.
pub(crate) fn write_record_at(rule: &dyn Stepped, market: &Market, slot: usize, shift: Shift, record: &mut [f64]) {
    let spec = &market.instruments.row(slot).spec;
    let (quote, greeks) = market.quote_at(slot, shift);
    let is_shifted = shift.underlying == Some(spec.underlying);
    let (price_ratio, vol_ratio, settle_ratio) = if is_shifted {
        (shift.price_ratio, shift.vol_ratio, 1.0)
    } else {
        // the settlement asset may move where the price does not
        (1.0, 1.0, shift.asset_ratio(&market.assets[spec.settle.slot()].spec))
    };
    let reprice = |price_move: f64, vol_move: f64| {
        let further = Shift {
            underlying: Some(spec.underlying),
            price_ratio: price_ratio * price_move,
            vol_ratio: vol_ratio * vol_move,
        };
        let (quote, _) = market.quote_at(slot, further);
        quote.unit_value * quote.settle_price * settle_ratio
    };
    rule.write_record(
        &RecordInputs {
            instrument: slot,
            spec,
            quote: &quote,
            greeks: &greeks,
            reprice: &reprice,
        },
        record,
    );
}
