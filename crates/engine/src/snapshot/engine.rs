//! An engine's sections, written and read.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::account::{Account, Stepped};
use crate::engine::Engine;
use crate::error::{Code, EngineError, Result};
use crate::event::EventLog;
use crate::figures::Figures;
use crate::handle::AccountId;
use crate::margin::{Brackets, MarginModel};
use crate::market::Market;
use crate::model::Model;
use crate::resting::Order;
use crate::slots::{Place, Slots, StoredSlots};
use crate::snapshot::account::{StoredAccount, StoredAccounts};
use crate::snapshot::changes::Changes;
use crate::snapshot::codec::{Reader, Stored, Writer};
use crate::snapshot::file::{checksum_in, Content, FileReader, FileWriter};
use crate::EngineStats;

/// Counters stay far below where they would overflow.
const COUNT_MAX: u64 = 1 << 53;
/// Bytes of a position and of an account without, a little more than they take, so that the file is seldom moved.
const POSITION_BYTES: usize = 36;
const ACCOUNT_BYTES: usize = 96;
const INSTRUMENT_BYTES: usize = 512;

/// In the place of an order whose account has not been read yet.
const NOT_READ_YET: Order = Order {
    account: u32::MAX,
    instrument: 0,
    lots: 0,
    price: 0.0,
    place: 0,
};

/// A kind of margin model that snapshots can be read with.
#[derive(Clone, Copy)]
pub struct ModelKind {
    kind: [u8; 4],
    read: fn(&mut Reader<'_>) -> Result<Box<dyn Stepped>>,
}

impl ModelKind {
    /// The kind whose models say these four letters ([`MarginModel::kind`]).
    #[must_use]
    pub fn of<M: MarginModel + Stored + 'static>(kind: [u8; 4]) -> Self {
        Self {
            kind,
            read: |reader| Ok(Box::new(reader.get::<M>()?)),
        }
    }
}

/// An engine out of a snapshot.
pub struct Restored {
    /// The engine as it was.
    pub engine: Engine,
    /// Where the caller's own bytes lie in the snapshot.
    pub caller: Range<usize>,
    /// Where those of the checkpoint lie that follows it.
    pub caller_since: Option<Range<usize>>,
}

impl Engine {
    /// The whole state as bytes, with the caller's own bytes under the same checksum.
    #[must_use]
    pub fn snapshot(&self, caller: &[u8]) -> Vec<u8> {
        let stats = self.stats();
        let room = stats.positions * POSITION_BYTES + stats.accounts * ACCOUNT_BYTES;
        self.file(Content::Engine, 0, caller, room, None)
    }

    /// [`Engine::snapshot`], and what later checkpoints rest on.
    pub fn base(&mut self, caller: &[u8]) -> Vec<u8> {
        let bytes = self.snapshot(caller);
        self.changes.begin(checksum_in(&bytes));
        bytes
    }

    /// Whether [`Engine::base`] is due in the place of [`Engine::checkpoint`]: there is none yet, or much of it has changed.
    #[must_use]
    pub fn is_base_due(&self) -> bool {
        self.changes.is_base_due(self.accounts.live())
    }

    /// What has changed since the last [`Engine::base`], or since the snapshot that this engine was restored from: the market, counters
    /// and pending events as a whole, and of the accounts those whose holdings or band changed. Behind the bytes of its base it is a
    /// snapshot.
    ///
    /// Ticks change no holdings, so that under them alone it is small and quick: some bytes per account and instrument.
    ///
    /// # Errors
    /// [`Code::NotApplicable`] where there is no base.
    pub fn checkpoint(&self, caller: &[u8]) -> Result<Vec<u8>> {
        let Changes { base, places } = &self.changes;
        let missing = || EngineError::new(Code::NotApplicable, "checkpoint", "after a base", "the first");
        let base = base.ok_or_else(missing)?;
        Ok(self.file(Content::Changes, base, caller, places.len(), Some(places)))
    }

    /// `places`: by slot where an account is found, in a file that rests on a base.
    fn file(&self, content: Content, base: u32, caller: &[u8], room: usize, places: Option<&[Place]>) -> Vec<u8> {
        let place = |slot: usize| places.map_or(Place::Here, |places| places[slot]);
        let room = room + caller.len() + self.market.instruments.extent() * INSTRUMENT_BYTES;
        let Self {
            market,
            models,
            accounts,
            orders,
            holders: _,
            asset_holders: _,
            figures: _,
            events,
            dirty: _,
            pass,
            moved_rank: _,
            stats,
            changes: _,
        } = self;
        let mut file = FileWriter::new(content, base, room);
        file.section(b"MRKT", |writer| writer.put(market));
        file.section(b"MODL", |writer| {
            writer.put(&(models.len() as u32));
            models.iter().for_each(|model| write_model(model, writer));
        });
        file.section(b"ACCT", |writer| {
            writer.put(&orders.stored(|_| Place::Here));
            writer.put(&accounts.stored(place));
            for (slot, account) in accounts.iter() {
                match place(slot) {
                    Place::Here => writer.put(&StoredAccount::of(self, account)),
                    Place::InBaseButBand => {
                        writer.put(&account.band);
                        writer.put(&account.rest.event_hash);
                    }
                    Place::InBase | Place::Nowhere => (),
                }
            }
        });
        file.section(b"EVNT", |writer| {
            writer.put(events);
            writer.put(pass);
            writer.put(stats);
        });
        file.section(b"CALL", |writer| writer.0.extend_from_slice(caller));
        file.finish()
    }

    /// The engine that a snapshot holds: every handle holds, and every later call gives what it would have given. The bytes of a
    /// checkpoint may follow those of its base.
    ///
    /// # Errors
    /// [`crate::Code::SnapshotKind`], [`crate::Code::SnapshotVersion`], [`crate::Code::SnapshotTruncated`],
    /// [`crate::Code::SnapshotCorrupt`]; [`crate::Code::SnapshotMismatch`] for a checkpoint behind another than its base.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Restored> {
        Self::from_snapshot_with(bytes, &[ModelKind::of::<Brackets>(Brackets::KIND)])
    }

    /// [`Engine::from_snapshot`] with further kinds of margin models.
    ///
    /// # Errors
    /// As [`Engine::from_snapshot`].
    pub fn from_snapshot_with(bytes: &[u8], kinds: &[ModelKind]) -> Result<Restored> {
        let file = FileReader::open(bytes, Content::Engine)?;
        let base = Sections::read(file)?;
        let following = file.following();
        if following.is_empty() {
            let engine = Self::from_sections(&base, None, kinds, checksum_in(bytes))?;
            return Ok(Restored {
                engine,
                caller: base.caller,
                caller_since: None,
            });
        }
        let changes = FileReader::open(following, Content::Changes)?;
        changes.require_base(&file)?;
        let since = Sections::read(changes)?;
        let end = bytes.len() - following.len();
        if !changes.following().is_empty() {
            let expected = "a base and one checkpoint";
            return Err(EngineError::new(Code::SnapshotKind, "snapshot", expected, "more bytes"));
        }
        Ok(Restored {
            engine: Self::from_sections(&since, Some(base.accounts), kinds, checksum_in(bytes))?,
            caller: base.caller,
            caller_since: Some(end + since.caller.start..end + since.caller.end),
        })
    }

    /// `base`: the accounts of the base where the sections are those of a checkpoint.
    fn from_sections(
        sections: &Sections<'_>,
        base: Option<Reader<'_>>,
        kinds: &[ModelKind],
        checksum: u32,
    ) -> Result<Self> {
        let mut reader = sections.market;
        let mut market: Market = reader.get()?;
        reader.end()?;
        market.complete(&reader)?;

        let extent = market.instruments.extent();
        let mut reader = sections.models.with_instruments(extent);
        let models = read_models(&mut reader, &mut market, kinds)?;
        reader.end()?;

        let (events, pass, stats) = read_events(sections.events)?;

        let mut engine = Self {
            holders: vec![Vec::new(); extent],
            asset_holders: vec![Vec::new(); market.assets.len()],
            moved_rank: vec![0; extent],
            market,
            models,
            accounts: Slots::default(),
            orders: Slots::default(),
            figures: Figures::default(),
            events,
            dirty: Vec::new(),
            pass,
            stats,
            changes: Changes::default(),
        };
        engine.read_accounts(sections.accounts, base)?;
        if base.is_none() {
            engine.changes.places.fill(Place::InBase);
        }
        engine.changes.base = Some(checksum);
        Ok(engine)
    }

    fn read_accounts(&mut self, mut reader: Reader<'_>, base: Option<Reader<'_>>) -> Result<()> {
        let orders = StoredSlots::read_proper(&mut reader, false)?;
        self.orders = Slots::from_stored(&orders, |_| Ok(NOT_READ_YET))?;
        let slots = StoredSlots::read_proper(&mut reader, base.is_some())?;
        let base_slots;
        let mut stored = StoredAccounts::new(reader, &slots.places);
        if let Some(mut reader) = base {
            StoredSlots::read_proper(&mut reader, false)?;
            base_slots = StoredSlots::read_proper(&mut reader, false)?;
            stored = stored.with_base(reader, &base_slots.places);
        }
        // twice over the accounts: the first time for how much room they need
        let mut second = stored.clone();
        let mut held = vec![0; self.holders.len()];
        let models = self.models.len();
        self.accounts = Slots::from_stored(&slots, |slot| {
            let stored = stored.get(slot)?;
            reader.require((stored.model as usize) < models, "accounts under registered models")?;
            for row in &stored.rows {
                let count = held.get_mut(row.instrument as usize);
                *count.ok_or_else(|| reader.corrupt("positions in registered instruments"))? += 1;
            }
            let mut account = Account::new(stored.model);
            account.rows.reserve_exact(stored.rows.len());
            account.rest.parent = stored.parent;
            account.rest.isolated_instrument = stored.isolated_instrument;
            account.band = stored.band;
            account.rest.event_hash = stored.event_hash;
            Ok(account)
        })?;
        stored.end()?;
        for (holders, held) in self.holders.iter_mut().zip(held) {
            holders.reserve_exact(held);
        }
        self.figures.resize(self.accounts.extent());
        self.dirty.reserve(self.accounts.live().next_power_of_two());
        self.events.reserve(self.accounts.live());
        for slot in slots.live() {
            self.link_parent(slot, &reader)?;
            self.figures.set_live(self.accounts.handle(slot));
        }
        for slot in slots.live() {
            let stored = second.get(slot)?;
            let held = self.accounts.row_mut(slot);
            held.rest.details.reserve_exact(stored.rows.len());
            self.take_up(slot, &stored, &reader, &mut |orders, id, order| {
                let slot = orders.slot(id).ok();
                let slot = slot.filter(|&slot| orders.row(slot).account == NOT_READ_YET.account);
                let slot = slot.ok_or_else(|| reader.corrupt("orders that are registered, each once"))?;
                *orders.row_mut(slot) = order;
                Ok(id)
            })?;
        }
        let are_read = self
            .orders
            .iter()
            .all(|(_, order)| order.account != NOT_READ_YET.account);
        reader.require(are_read, "orders of an account each")?;
        for slot in slots.live() {
            self.refigure(slot);
        }
        // taking them up has noted all of them
        self.changes.places = slots.places;
        Ok(())
    }

    /// Counts an isolated account among the children of its parent.
    fn link_parent(&mut self, slot: usize, reader: &Reader<'_>) -> Result<()> {
        let account = self.accounts.row(slot);
        let (parent, instrument) = (account.rest.parent, account.rest.isolated_instrument);
        let (Some(parent), Some(instrument)) = (parent, instrument) else {
            return reader.require(
                parent.is_none() && instrument.is_none(),
                "isolated positions with a parent",
            );
        };
        let parent = self.accounts.slot::<AccountId>(parent).ok();
        let parent = parent.filter(|&parent| self.accounts.row(parent).rest.parent.is_none());
        let is_live = self.market.instruments.get(instrument as usize).is_some();
        let parent = parent.filter(|_| is_live);
        let parent = parent.ok_or_else(|| reader.corrupt("parents that are registered"))?;
        self.count_isolated(parent, instrument as usize);
        Ok(())
    }
}

/// Where the parts of a file lie that holds an engine, or what has changed in one.
struct Sections<'a> {
    market: Reader<'a>,
    models: Reader<'a>,
    accounts: Reader<'a>,
    events: Reader<'a>,
    caller: Range<usize>,
}

impl<'a> Sections<'a> {
    fn read(mut file: FileReader<'a>) -> Result<Self> {
        let sections = Self {
            market: file.section(b"MRKT", "snapshot.market")?,
            models: file.section(b"MODL", "snapshot.models")?,
            accounts: file.section(b"ACCT", "snapshot.accounts")?,
            events: file.section(b"EVNT", "snapshot.events")?,
            caller: file.section_range(b"CALL", "snapshot.caller")?,
        };
        file.end()?;
        Ok(sections)
    }
}

/// A model's kind and parameters.
pub(crate) fn write_model(model: &Model, writer: &mut Writer) {
    writer.0.extend_from_slice(&model.rule.kind());
    model.rule.write_parameters(writer);
}

/// The last section before the caller's: events, the number of passes, and counters that the next ones can be added to.
pub(crate) fn read_events(mut reader: Reader<'_>) -> Result<(EventLog, u64, EngineStats)> {
    let (events, pass, stats): (EventLog, u64, EngineStats) = (reader.get()?, reader.get()?, reader.get()?);
    reader.end()?;
    let EngineStats {
        ticks,
        assessed,
        full_passes,
        ..
    } = stats;
    let counters = [ticks, assessed, full_passes, events.last_sequence()];
    reader.require(counters.iter().all(|&count| count < COUNT_MAX), "counts below 2^53")?;
    Ok((events, pass, stats))
}

fn read_models(reader: &mut Reader<'_>, market: &mut Market, kinds: &[ModelKind]) -> Result<Vec<Model>> {
    let count: u32 = reader.get()?;
    let mut models = Vec::new();
    for _ in 0..count {
        let found = reader.take(size_of::<[u8; 4]>())?;
        let kind = kinds.iter().find(|known| known.kind == found);
        let kind = kind.ok_or_else(|| {
            let expected = "margin models of a kind that this version knows";
            EngineError::new(Code::SnapshotKind, "snapshot.models", expected, "one of another kind")
        })?;
        let rule = (kind.read)(reader)?;
        rule.bands().validate().map_err(|_| reader.corrupt("proper bands"))?;
        models.push(Model::new(rule, market));
    }
    Ok(models)
}
