//! Files of engines that share a book, put together to what one engine with all of it would have written.

use alloc::vec;
use alloc::vec::Vec;

use crate::engine::Engine;
use crate::error::Result;
use crate::event::EventLog;
use crate::handle::{AccountId, Handle, InstrumentId, OrderId};
use crate::instrument::Kind;
use crate::market::Instrument;
use crate::slots::{Place, PoolHandles, Slots, StoredSlots};
use crate::snapshot::account::StoredAccount;
use crate::snapshot::codec::Reader;
use crate::snapshot::engine::read_events;
use crate::snapshot::file::{Content, FileReader, FileWriter};
use crate::snapshot::part::write_accounts;
use crate::EngineStats;

const NONE: u32 = u32::MAX;

/// By engine and slot there: the pool's handle.
struct Owners<H>(Vec<Vec<H>>);

impl<H: Handle> Owners<H> {
    fn of(handles: &PoolHandles, engines: usize) -> Self {
        let mut owners = vec![Vec::new(); engines];
        for (slot, (place, &generation)) in handles.places.iter().zip(&handles.generations).enumerate() {
            let Some((engine, handle)) = *place else { continue };
            let Some(owners) = owners.get_mut(engine as usize) else {
                continue;
            };
            let local = H::from_raw(handle).row();
            if owners.len() <= local {
                owners.resize(local + 1, H::from_raw(NONE));
            }
            owners[local] = H::at(slot, generation);
        }
        Self(owners)
    }

    fn get(&self, engine: usize, local: H) -> Option<H> {
        let owner = self.0[engine].get(local.row()).copied();
        owner.filter(|owner| owner.raw() != NONE)
    }
}

/// Accounts of several files under the pool's handles.
struct Joined {
    account_owners: Owners<AccountId>,
    order_owners: Owners<OrderId>,
    /// By slot of the pool.
    accounts: Slots<Option<StoredAccount>>,
    /// By slot of the pool: whether the order is in one of the files.
    orders: Slots<bool>,
}

impl Joined {
    fn new([accounts, orders]: [&PoolHandles; 2], engines: usize) -> Self {
        Self {
            account_owners: Owners::of(accounts, engines),
            order_owners: Owners::of(orders, engines),
            accounts: Slots::of_pool(accounts, || None),
            orders: Slots::of_pool(orders, || false),
        }
    }

    /// Reads the account that an engine has under `local`, unless the pool does not name it; `parents` are handles there by what the
    /// file calls a parent.
    fn read(
        &mut self,
        engine: usize,
        local: AccountId,
        reader: &mut Reader<'_>,
        parent: impl Fn(AccountId) -> Option<AccountId>,
    ) -> Result<()> {
        let mut stored: StoredAccount = reader.get()?;
        let Some(owner) = self.account_owners.get(engine, local) else {
            return Ok(());
        };
        if let Some(named) = stored.parent {
            stored.parent = parent(named).and_then(|parent| self.account_owners.get(engine, parent));
            reader.require(stored.parent.is_some(), "parents that are registered")?;
        }
        for order in &mut stored.orders {
            let owner = self.order_owners.get(engine, order.id);
            order.id = owner.ok_or_else(|| reader.corrupt("orders that the pool has given out"))?;
            *self.orders.row_mut(order.id.slot()) = true;
        }
        *self.accounts.row_mut(owner.slot()) = Some(stored);
        Ok(())
    }
}

impl Engine {
    /// Accounts, resting orders and instruments as a pool of this engine alone would have given them out.
    #[must_use]
    pub fn pool_handles(&self) -> [PoolHandles; 3] {
        [
            self.accounts.to_pool::<AccountId>(),
            self.orders.to_pool::<OrderId>(),
            self.market.instruments.to_pool::<InstrumentId>(),
        ]
    }

    /// Writes what tells which prices others rest on: of each instrument whether it is an option (1) and whether it has been settled (2),
    /// the asset that it is settled in, and of spot the base asset, or NaN; then of each asset the underlying that it follows, or NaN.
    pub fn write_market(&self, words: &mut Vec<f64>) {
        let instruments = &self.market.instruments;
        for slot in 0..instruments.extent() {
            let Some(&Instrument { spec, is_settled, .. }) = instruments.get(slot) else {
                continue;
            };
            let flags = u8::from(spec.kind.is_option()) + 2 * u8::from(is_settled);
            let base = match spec.kind {
                Kind::Spot { base } => f64::from(base.0),
                _ => f64::NAN,
            };
            words.extend_from_slice(&[f64::from(flags), f64::from(spec.settle.0), base]);
        }
        for asset in &self.market.assets {
            words.push(asset.spec.underlying.map_or(f64::NAN, |followed| f64::from(followed.0)));
        }
    }

    /// The account that an isolated position's account stands under.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`], [`crate::Code::StaleHandle`].
    pub fn parent(&self, account: AccountId) -> Result<Option<AccountId>> {
        Ok(self.accounts.row(self.accounts.slot(account)?).rest.parent)
    }

    /// Sequence of the last event; 0 before the first.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.events.last_sequence()
    }

    /// The snapshot of an engine with all the accounts of several, whose market and models are the same, under the handles of the pool;
    /// accounts that it does not name are left out. `last_sequence` is that of the last event that it has told.
    ///
    /// # Errors
    /// As [`Engine::from_snapshot`].
    pub fn join_snapshots(
        parts: &[&[u8]],
        handles: [&PoolHandles; 2],
        last_sequence: u64,
        caller: &[u8],
    ) -> Result<Vec<u8>> {
        let mut joined = Joined::new(handles, parts.len());
        let room = parts.iter().map(|part| part.len()).sum::<usize>() + caller.len();
        let mut file = FileWriter::new(Content::Engine, 0, room);
        let (mut pass, mut sums) = (0_u64, EngineStats::default());
        for (engine, part) in parts.iter().enumerate() {
            let mut read = FileReader::open(part, Content::Engine)?;
            for (tag, name) in [(b"MRKT", "snapshot.market"), (b"MODL", "snapshot.models")] {
                let section = read.section_range(tag, name)?;
                if engine == 0 {
                    file.section(tag, |writer| writer.0.extend_from_slice(&part[section]));
                }
            }
            let mut reader = read.section(b"ACCT", "snapshot.accounts")?;
            StoredSlots::read_proper(&mut reader, false)?;
            for slot in StoredSlots::read_proper(&mut reader, false)?.live() {
                joined.read(engine, AccountId(slot as u32), &mut reader, Some)?;
            }
            let (_, passes, stats) = read_events(read.section(b"EVNT", "snapshot.events")?)?;
            pass = pass.max(passes);
            sums.ticks = sums.ticks.max(stats.ticks);
            sums.assessed += stats.assessed;
            sums.full_passes += stats.full_passes;
        }
        let Joined {
            mut accounts,
            mut orders,
            ..
        } = joined;
        // orders can have been filled without the pool's notice
        accounts.retain(Option::is_some);
        orders.retain(|is_there| *is_there);
        file.section(b"ACCT", |writer| {
            writer.put(&orders.stored(|_| Place::Here));
            writer.put(&accounts.stored(|_| Place::Here));
            let accounts = accounts.iter().filter_map(|(_, account)| account.as_ref());
            accounts.for_each(|account| writer.put(account));
        });
        file.section(b"EVNT", |writer| {
            writer.put(&EventLog::after(last_sequence));
            writer.put(&pass);
            writer.put(&sums);
        });
        file.section(b"CALL", |writer| writer.0.extend_from_slice(caller));
        Ok(file.finish())
    }

    /// What [`Engine::export_accounts`] of an engine with the accounts of several would give: `family` in its order, accounts of the pool
    /// that are in `parts`.
    ///
    /// # Errors
    /// As [`Engine::import_accounts`].
    pub fn join_exports(
        parts: &[&[u8]],
        handles: [&PoolHandles; 2],
        family: &[AccountId],
        caller: &[u8],
    ) -> Result<Vec<u8>> {
        let mut joined = Joined::new(handles, parts.len());
        let mut file = FileWriter::new(Content::Accounts, 0, caller.len());
        for (engine, part) in parts.iter().enumerate() {
            let mut read = FileReader::open(part, Content::Accounts)?;
            let terms = read.section_range(b"TERM", "snapshot.terms")?;
            if engine == 0 {
                file.section(b"TERM", |writer| writer.0.extend_from_slice(&part[terms]));
            }
            let mut reader = read.section(b"ACCT", "snapshot.accounts")?;
            let count: u32 = reader.get()?;
            let mut locals = Vec::new();
            for _ in 0..count {
                let local = reader.get()?;
                locals.push(local);
                joined.read(engine, local, &mut reader, |place| {
                    locals.get(place.0 as usize).copied()
                })?;
            }
        }
        file.section(b"ACCT", |writer| {
            write_accounts(writer, family, |account| joined.accounts.row_mut(account.slot()).take())
        });
        file.section(b"CALL", |writer| writer.0.extend_from_slice(caller));
        Ok(file.finish())
    }
}
