//! An engine's sections, written and read.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::account::{Account, Stepped};
use crate::engine::{write_all_records, Engine, Model, Order};
use crate::error::{Code, EngineError, Result};
use crate::event::EventLog;
use crate::figures::Figures;
use crate::handle::{AccountId, Slots};
use crate::margin::{Brackets, MarginModel};
use crate::market::Market;
use crate::snapshot::account::StoredAccount;
use crate::snapshot::codec::{Reader, Stored, Writer};
use crate::snapshot::file::{Content, FileReader, FileWriter};

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
}

impl Engine {
    /// The whole state as bytes, with the caller's own bytes under the same checksum.
    #[must_use]
    pub fn snapshot(&self, caller: &[u8]) -> Vec<u8> {
        let stats = self.stats();
        let room = caller.len()
            + stats.positions * POSITION_BYTES
            + stats.accounts * ACCOUNT_BYTES
            + self.market.instruments.extent() * INSTRUMENT_BYTES;
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
        } = self;
        let mut file = FileWriter::new(Content::Engine, room);
        file.section(b"MRKT", |writer| writer.put(market));
        file.section(b"MODL", |writer| {
            writer.put(&(models.len() as u32));
            models.iter().for_each(|model| write_model(model, writer));
        });
        file.section(b"ACCT", |writer| {
            orders.write_with(writer, |_, _| ());
            accounts.write_with(writer, |account, writer| writer.put(&StoredAccount::of(self, account)));
        });
        file.section(b"EVNT", |writer| {
            writer.put(events);
            writer.put(pass);
            writer.put(stats);
        });
        file.section(b"CALL", |writer| writer.0.extend_from_slice(caller));
        file.finish()
    }

    /// The engine that a snapshot holds: every handle holds, and every later call gives what it would have given.
    ///
    /// # Errors
    /// [`crate::Code::SnapshotKind`], [`crate::Code::SnapshotVersion`], [`crate::Code::SnapshotTruncated`],
    /// [`crate::Code::SnapshotCorrupt`].
    pub fn from_snapshot(bytes: &[u8]) -> Result<Restored> {
        Self::from_snapshot_with(bytes, &[ModelKind::of::<Brackets>(Brackets::KIND)])
    }

    /// [`Engine::from_snapshot`] with further kinds of margin models.
    ///
    /// # Errors
    /// As [`Engine::from_snapshot`].
    pub fn from_snapshot_with(bytes: &[u8], kinds: &[ModelKind]) -> Result<Restored> {
        let mut file = FileReader::open(bytes, Content::Engine)?;

        let mut reader = file.section(b"MRKT", "snapshot.market")?;
        let mut market: Market = reader.get()?;
        reader.end()?;
        market.complete(&reader)?;

        let extent = market.instruments.extent();
        let mut reader = file.section(b"MODL", "snapshot.models")?.with_instruments(extent);
        let models = read_models(&mut reader, &mut market, kinds)?;
        reader.end()?;

        let mut accounts = file.section(b"ACCT", "snapshot.accounts")?;
        let mut reader = file.section(b"EVNT", "snapshot.events")?;
        let events: EventLog = reader.get()?;
        let pass = reader.get()?;
        let stats = reader.get()?;
        reader.end()?;
        let crate::EngineStats {
            ticks,
            assessed,
            full_passes,
            ..
        } = stats;
        let counters = [ticks, assessed, full_passes, events.last_sequence()];
        reader.require(counters.iter().all(|&count| count < COUNT_MAX), "counts below 2^53")?;

        let caller = file.section_range(b"CALL", "snapshot.caller")?;
        file.end()?;

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
        };
        engine.read_accounts(&mut accounts)?;
        Ok(Restored { engine, caller })
    }

    fn read_accounts(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        self.orders = Slots::read_with(reader, |_, _| Ok(NOT_READ_YET))?;
        // twice over the accounts: the first time for how much room they need
        let mut second = *reader;
        let mut held = vec![0; self.holders.len()];
        let models = self.models.len();
        self.accounts = Slots::read_with(reader, |_, reader| {
            let stored: StoredAccount = reader.get()?;
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
        reader.end()?;
        for (holders, held) in self.holders.iter_mut().zip(held) {
            holders.reserve_exact(held);
        }
        let extent = self.accounts.extent();
        self.figures.resize(extent);
        self.dirty.reserve(self.accounts.live().next_power_of_two());
        self.events.reserve(self.accounts.live());
        for slot in 0..extent {
            if self.accounts.get(slot).is_some() {
                self.link_parent(slot, reader)?;
                self.figures.set_live(self.accounts.handle(slot));
            }
        }
        Slots::<()>::read_with(&mut second, |slot, reader| {
            let stored: StoredAccount = reader.get()?;
            let held = self.accounts.row_mut(slot);
            held.rest.details.reserve_exact(stored.rows.len());
            self.take_up(slot, &stored, reader, |orders, id, order| {
                let slot = orders.slot(id).ok();
                let slot = slot.filter(|&slot| orders.row(slot).account == NOT_READ_YET.account);
                let slot = slot.ok_or_else(|| reader.corrupt("orders that are registered, each once"))?;
                *orders.row_mut(slot) = order;
                Ok(id)
            })
        })?;
        let are_read = self
            .orders
            .iter()
            .all(|(_, order)| order.account != NOT_READ_YET.account);
        reader.require(are_read, "orders of an account each")?;
        for slot in 0..extent {
            if self.accounts.get(slot).is_some() {
                self.refigure(slot);
            }
        }
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
        self.accounts.row_mut(parent).rest.children += 1;
        Ok(())
    }
}

/// A model's kind and parameters.
pub(crate) fn write_model(model: &Model, writer: &mut Writer) {
    writer.0.extend_from_slice(&model.rule.kind());
    model.rule.write_parameters(writer);
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
        let record_len = rule.record_len();
        let extent = market.instruments.extent();
        let mut model = Model {
            rule,
            record_len,
            records: vec![0.0; extent * record_len],
            records_before: Vec::with_capacity(extent * record_len),
        };
        write_all_records(&mut model, market);
        market.has_records |= record_len > 0;
        models.push(model);
    }
    Ok(models)
}
