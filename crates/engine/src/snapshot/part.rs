//! Some accounts as bytes, to be taken up by another engine with the same terms.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::account::Account;
use crate::engine::Engine;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::handle::{AccountId, OrderId};
use crate::slots::Slots;
use crate::snapshot::account::StoredAccount;
use crate::snapshot::codec::{stored, Reader, Writer};
use crate::snapshot::engine::write_model;
use crate::snapshot::file::{Content, FileReader, FileWriter};

const NOT_CHOSEN: u32 = u32::MAX;

/// What an account's figures rest on beside prices, each item as bytes: both engines must have the same.
struct Terms {
    assets: Vec<Vec<u8>>,
    /// One empty item each.
    underlyings: Vec<Vec<u8>>,
    instruments: Vec<Vec<u8>>,
    models: Vec<Vec<u8>>,
}
stored! { Terms { assets, underlyings, instruments, models } }

fn bytes_of(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer(Vec::new());
    write(&mut writer);
    writer.0
}

impl Terms {
    fn of(engine: &Engine) -> Self {
        let market = &engine.market;
        let instrument = |slot| {
            bytes_of(|writer| {
                let held = market.instruments.get(slot);
                // the handle with the terms, since another one in the slot is another instrument
                writer.put(&held.map(|_| market.instruments.handle::<crate::InstrumentId>(slot)));
                writer.put(&held.map(|held| held.spec));
            })
        };
        Self {
            assets: market
                .assets
                .iter()
                .map(|asset| bytes_of(|writer| writer.put(&asset.spec)))
                .collect(),
            underlyings: vec![Vec::new(); market.underlyings.len()],
            instruments: (0..market.instruments.extent()).map(instrument).collect(),
            models: engine
                .models
                .iter()
                .map(|model| bytes_of(|writer| write_model(model, writer)))
                .collect(),
        }
    }

    /// Refuses the first item that is not the same on both sides.
    fn require(&self, other: &Self) -> Result<()> {
        let kinds = [
            ("assets[{}]", &self.assets, &other.assets),
            ("underlyings[{}]", &self.underlyings, &other.underlyings),
            ("instruments[{}]", &self.instruments, &other.instruments),
            ("models[{}]", &self.models, &other.models),
        ];
        for (name, ours, theirs) in kinds {
            let count = ours.len().max(theirs.len());
            if let Some(at) = (0..count).find(|&at| ours.get(at) != theirs.get(at)) {
                let field = Phrase::new(name, [at as f64]);
                let expected = "as it is in the engine that takes the accounts up";
                return Err(EngineError::new(Code::SnapshotMismatch, field, expected, "another"));
            }
        }
        Ok(())
    }
}

/// Writes accounts of a part-snapshot, in which a parent is named by its place.
pub(crate) fn write_accounts(
    writer: &mut Writer,
    family: &[AccountId],
    mut account: impl FnMut(AccountId) -> Option<StoredAccount>,
) {
    let extent = family.iter().map(|id| id.slot() + 1).max().unwrap_or(0);
    let mut places = vec![NOT_CHOSEN; extent];
    for (id, place) in family.iter().zip(0..) {
        places[id.slot()] = place;
    }
    writer.put(&(family.len() as u32));
    for &id in family {
        let Some(mut stored) = account(id) else { continue };
        stored.parent = stored.parent.map(|parent| AccountId(places[parent.slot()]));
        writer.put(&id);
        writer.put(&stored);
    }
}

/// Accounts out of a part-snapshot, in the order of [`Engine::families`].
#[derive(Clone, Debug)]
pub struct Imported {
    /// Each account's handle in the engine that it came from, and the one that it has now.
    pub accounts: Vec<(AccountId, AccountId)>,
    /// Each resting order's, likewise.
    pub orders: Vec<(OrderId, OrderId)>,
}

impl Engine {
    /// Some accounts, each once, and after them the isolated positions of these.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`]; [`Code::NotApplicable`] for an isolated position without its parent.
    pub fn families(&self, accounts: &[AccountId]) -> Result<Vec<AccountId>> {
        let mut is_parent = vec![false; self.accounts.extent()];
        let mut family = Vec::with_capacity(accounts.len());
        for (i, &account) in accounts.iter().enumerate() {
            let slot = self
                .accounts
                .slot(account)
                .map_err(|error| error.in_row("accounts", i))?;
            if self.accounts.row(slot).rest.parent.is_none() && !is_parent[slot] {
                is_parent[slot] = true;
                family.push(account);
            }
        }
        for account in accounts {
            let parent = self.accounts.row(account.slot()).rest.parent;
            if parent.is_some_and(|parent| !is_parent[parent.slot()]) {
                let came = "an isolated position without its parent";
                return Err(EngineError::new(
                    Code::NotApplicable,
                    "accounts",
                    "cross-margin accounts",
                    came,
                ));
            }
        }
        for (slot, account) in self.accounts.iter() {
            if account.rest.parent.is_some_and(|parent| is_parent[parent.slot()]) {
                family.push(self.accounts.handle(slot));
            }
        }
        Ok(family)
    }

    /// Some accounts with their isolated positions as bytes, with the caller's own bytes under the same checksum.
    ///
    /// # Errors
    /// As [`Engine::families`].
    pub fn export_accounts(&self, accounts: &[AccountId], caller: &[u8]) -> Result<Vec<u8>> {
        let family = self.families(accounts)?;
        let mut file = FileWriter::new(Content::Accounts, 0, caller.len());
        file.section(b"TERM", |writer| writer.put(&Terms::of(self)));
        file.section(b"ACCT", |writer| {
            write_accounts(writer, &family, |id| {
                Some(StoredAccount::of(self, self.accounts.row(id.slot())))
            });
        });
        file.section(b"CALL", |writer| writer.0.extend_from_slice(caller));
        Ok(file.finish())
    }

    /// Where the caller's own bytes lie in what [`Engine::export_accounts`] has made, and of how many accounts it is.
    ///
    /// # Errors
    /// As [`Engine::from_snapshot`].
    pub fn caller_of_export(bytes: &[u8]) -> Result<(Range<usize>, u32)> {
        let mut file = FileReader::open(bytes, Content::Accounts)?;
        file.section(b"TERM", "bytes.terms")?;
        let accounts = file.section(b"ACCT", "bytes.accounts")?.get()?;
        let caller = file.section_range(b"CALL", "bytes.caller")?;
        file.end()?;
        if file.following().is_empty() {
            Ok((caller, accounts))
        } else {
            let expected = "the accounts of one export";
            Err(EngineError::new(Code::SnapshotKind, "bytes", expected, "more bytes"))
        }
    }

    /// Takes up accounts that another engine has exported, under new handles; all of them, or none where it refuses.
    ///
    /// Their bands come along. Where the prices here are others, what that changes is told as events at once.
    ///
    /// # Errors
    /// As [`Engine::from_snapshot`]; [`Code::SnapshotMismatch`] naming the asset, underlying, instrument or model in which the
    /// engines differ; [`Code::CapacityExceeded`].
    pub fn import_accounts(&mut self, bytes: &[u8]) -> Result<Imported> {
        Self::caller_of_export(bytes)?;
        let mut file = FileReader::open(bytes, Content::Accounts)?;
        let mut terms = file.section(b"TERM", "bytes.terms")?;
        terms.get::<Terms>()?.require(&Terms::of(self))?;
        let mut reader = file.section(b"ACCT", "bytes.accounts")?;
        let mut imported = Imported {
            accounts: Vec::new(),
            orders: Vec::new(),
        };
        let outcome = self.read_part(&mut reader, &mut imported);
        if let Err(error) = outcome {
            // children were registered after their parents
            for (_, account) in imported.accounts.into_iter().rev() {
                self.resum(account.slot());
                self.remove_account(account)?;
            }
            return Err(error);
        }
        for (_, account) in &imported.accounts {
            self.resum(account.slot());
            self.assess_now(account.slot());
        }
        Ok(imported)
    }

    fn read_part(&mut self, reader: &mut Reader<'_>, imported: &mut Imported) -> Result<()> {
        let count: u32 = reader.get()?;
        for _ in 0..count {
            let previous: AccountId = reader.get()?;
            let stored: StoredAccount = reader.get()?;
            let is_proper = (stored.model as usize) < self.models.len()
                && stored.parent.is_some() == stored.isolated_instrument.is_some();
            reader.require(is_proper, "accounts under registered models")?;
            let parent = match stored.parent {
                Some(place) => Some(self.parent_at(place, &imported.accounts, reader)?),
                None => None,
            };
            if let Some(instrument) = stored.isolated_instrument {
                let is_live = self.market.instruments.get(instrument as usize).is_some();
                reader.require(is_live, "isolated positions in registered instruments")?;
            }
            let mut account = Account::new(stored.model);
            account.rest.parent = parent;
            account.rest.isolated_instrument = stored.isolated_instrument;
            let account = self.insert_account(account)?;
            if let (Some(parent), Some(instrument)) = (parent, stored.isolated_instrument) {
                self.count_isolated(parent.slot(), instrument as usize);
            }
            imported.accounts.push((previous, account));
            self.take_up(
                account.slot(),
                &stored,
                reader,
                &mut |orders: &mut Slots<_>, previous, order| {
                    let order = orders.insert(order)?;
                    imported.orders.push((previous, order));
                    Ok(order)
                },
            )?;
            let held = self.accounts.row_mut(account.slot());
            held.band = stored.band;
            held.rest.event_hash = stored.event_hash;
        }
        reader.end()
    }

    /// The parent at a place in the file, which comes before its children.
    fn parent_at(
        &self,
        place: AccountId,
        accounts: &[(AccountId, AccountId)],
        reader: &Reader<'_>,
    ) -> Result<AccountId> {
        let parent = accounts.get(place.0 as usize).map(|&(_, account)| account);
        let parent = parent.filter(|parent| self.accounts.row(parent.slot()).rest.parent.is_none());
        parent.ok_or_else(|| reader.corrupt("isolated positions after their parents"))
    }
}
