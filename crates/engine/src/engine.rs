//! The engine: everything registered, and the calls that register and remove.

mod models;
mod rows;

use alloc::vec::Vec;

use crate::account::{Account, Holder};
use crate::asset::AssetSpec;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::event::EventLog;
use crate::figures::Figures;
use crate::handle::{AccountId, AssetId, InstrumentId, ModelId, UnderlyingId};
use crate::instrument::{InstrumentSpec, Kind};
use crate::market::Market;
use crate::model::Model;
use crate::resting::Order;
use crate::slots::{Place, Slots, SLOTS_MAX};
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
                "one without positions, orders, chosen leverages and isolated accounts",
                "one with some of them",
            ));
        }
        Ok(())
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

    /// Makes room for more accounts at once.
    pub fn reserve_accounts(&mut self, additional: usize) {
        let additional = additional.min(SLOTS_MAX - self.accounts.extent());
        let additional = self.accounts.reserve(additional);
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

    /// The engine's time, milliseconds since the epoch: that of the newest tick, or of the last [`Engine::advance`].
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
}
