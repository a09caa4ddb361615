//! Accounts in snapshots: what they hold, without what follows from it.

use alloc::vec::Vec;

use crate::account::{Account, HeldRow, Line, Particulars, RowDetail};
use crate::engine::Engine;
use crate::error::Result;
use crate::handle::{AccountId, OrderId};
use crate::instrument::{Kind, LOTS_EXACT};
use crate::life::require_price;
use crate::market::Instrument;
use crate::money::Money;
use crate::resting::Order;
use crate::slots::{Place, Slots};
use crate::snapshot::codec::{stored, Reader};
use crate::status::Band;

/// Puts an order, which had this handle in the snapshot, among those of an engine; returns its handle there.
pub(crate) type InsertOrder<'a> = dyn FnMut(&mut Slots<Order>, OrderId, Order) -> Result<OrderId> + 'a;

/// A balance.
pub(crate) struct StoredLine {
    asset: u32,
    balance: Money,
}
stored! { StoredLine { asset, balance } }

/// A position, or a leverage chosen for one.
pub(crate) struct StoredRow {
    pub instrument: u32,
    lots: i64,
    cost: Money,
    initial_rate_floor: f64,
}
stored! { StoredRow { instrument, lots, cost, initial_rate_floor } }

/// A resting order.
pub(crate) struct StoredOrder {
    pub id: OrderId,
    instrument: u32,
    lots: i64,
    price: f64,
}
stored! { StoredOrder { id, instrument, lots, price } }

/// An account; instruments, assets and models by slot.
pub(crate) struct StoredAccount {
    pub model: u32,
    pub parent: Option<AccountId>,
    pub isolated_instrument: Option<u32>,
    pub band: Band,
    pub event_hash: u64,
    pub lines: Vec<StoredLine>,
    pub rows: Vec<StoredRow>,
    /// In the order of the account's list.
    pub orders: Vec<StoredOrder>,
}
stored! { StoredAccount { model, parent, isolated_instrument, band, event_hash, lines, rows, orders } }

impl StoredAccount {
    pub(crate) fn of(engine: &Engine, account: &Account) -> Self {
        let Account {
            sums: _,
            rows,
            rest,
            model,
            driver: _,
            band,
            is_marked: _,
            ..
        } = account;
        let Particulars {
            parent,
            isolated_instrument,
            children: _,
            details,
            lines,
            groups: _,
            orders,
            event_hash,
            ..
        } = &**rest;
        let line = |line: &Line| {
            let Line {
                asset,
                balance,
                cost: _,
                holder: _,
                ..
            } = *line;
            StoredLine { asset, balance }
        };
        let row = |(row, detail): (&HeldRow, &RowDetail)| {
            let RowDetail {
                lots,
                cost,
                resting: _,
                initial_rate_floor,
                holder: _,
            } = *detail;
            let instrument = row.instrument;
            StoredRow {
                instrument,
                lots,
                cost,
                initial_rate_floor,
            }
        };
        let order = |&id: &OrderId| {
            let Order {
                account: _,
                instrument,
                lots,
                price,
                place: _,
            } = *engine.orders.row(id.slot());
            StoredOrder {
                id,
                instrument,
                lots,
                price,
            }
        };
        Self {
            model: *model,
            parent: *parent,
            isolated_instrument: *isolated_instrument,
            band: *band,
            event_hash: *event_hash,
            lines: lines.iter().map(line).collect(),
            rows: rows.iter().zip(details).map(row).collect(),
            orders: orders.iter().map(order).collect(),
        }
    }
}

/// The accounts of a snapshot, by slot: those of the file, and those that a checkpoint leaves to its base.
#[derive(Clone)]
pub(crate) struct StoredAccounts<'a> {
    reader: Reader<'a>,
    places: &'a [Place],
    base: Option<(Reader<'a>, &'a [Place])>,
    /// First slot that has not been looked for in the base.
    next: usize,
}

impl<'a> StoredAccounts<'a> {
    pub(crate) fn new(reader: Reader<'a>, places: &'a [Place]) -> Self {
        Self {
            reader,
            places,
            base: None,
            next: 0,
        }
    }

    pub(crate) fn with_base(self, reader: Reader<'a>, places: &'a [Place]) -> Self {
        Self {
            base: Some((reader, places)),
            ..self
        }
    }

    /// The account in a slot, which is live and comes after those asked for before.
    #[inline(never)]
    pub(crate) fn get(&mut self, slot: usize) -> Result<StoredAccount> {
        let place = self.places[slot];
        if place == Place::Here {
            return self.reader.get();
        }
        let mut account = self.in_base(slot)?;
        if place == Place::InBaseButBand {
            account.band = self.reader.get()?;
            account.event_hash = self.reader.get()?;
        }
        Ok(account)
    }

    fn in_base(&mut self, slot: usize) -> Result<StoredAccount> {
        let refused = self.reader.corrupt("accounts that its base holds");
        let Some((reader, places)) = &mut self.base else {
            return Err(refused);
        };
        while self.next <= slot {
            let at = self.next;
            self.next += 1;
            if places.get(at) == Some(&Place::Here) {
                let account = reader.get()?;
                if at == slot {
                    return Ok(account);
                }
            }
        }
        Err(refused)
    }

    /// Refuses bytes after the last account.
    pub(crate) fn end(&self) -> Result<()> {
        self.reader.end()
    }
}

impl Engine {
    /// Gives a fresh account what a stored one held. Its orders are inserted by `insert`; its sums are to be made anew.
    pub(crate) fn take_up(
        &mut self,
        slot: usize,
        stored: &StoredAccount,
        reader: &Reader<'_>,
        insert: &mut InsertOrder<'_>,
    ) -> Result<()> {
        let refuse = |expected| move |_| reader.corrupt(expected);
        for line in &stored.lines {
            let asset = line.asset as usize;
            let is_new = asset < self.market.assets.len() && self.accounts.row(slot).find_line(asset).is_none();
            reader.require(is_new, "balances of registered assets, each once")?;
            let at = self.ensure_line(slot, asset)?;
            self.accounts.row_mut(slot).set_line(at, line.balance, Money::ZERO);
        }
        for row in &stored.rows {
            let instrument = self.market.instruments.get(row.instrument as usize);
            // of spot an account has balances, but it may have chosen a leverage
            let is_held = |held: &&Instrument| row.lots == 0 || !matches!(held.spec.kind, Kind::Spot { .. });
            let is_proper = instrument.filter(is_held).is_some_and(|held| !held.is_settled)
                && row.lots.unsigned_abs() <= LOTS_EXACT
                // it would stay among the line's when the row goes
                && (row.lots != 0 || row.cost == Money::ZERO)
                && (0.0..=1.0).contains(&row.initial_rate_floor);
            reader.require(is_proper, "positions in registered instruments")?;
            let settle = instrument.and_then(|held| self.accounts.row(slot).find_line(held.spec.settle.slot()));
            reader.require(settle.is_some(), "positions beside a balance in their settlement asset")?;
            let (at, is_new) = self
                .ensure_unsummed_row(slot, row.instrument as usize)
                .map_err(refuse("positions that the account may hold"))?;
            reader.require(is_new, "one position in an instrument")?;
            self.write_row(slot, at, &|detail| {
                detail.lots = row.lots;
                detail.cost = row.cost;
                detail.initial_rate_floor = row.initial_rate_floor;
            });
        }
        let held = self.accounts.row(slot);
        let is_holdable = held.rest.lines.iter().all(|line| line.cost.is_holdable());
        reader.require(is_holdable, "costs below 2^43")?;
        let mut resting = 0_u64;
        for stored in &stored.orders {
            let row = self.accounts.row(slot).find_row(stored.instrument as usize);
            let row = row.ok_or_else(|| reader.corrupt("orders beside a position"))?;
            let spec = self.market.instruments.row(stored.instrument as usize).spec;
            let StoredOrder { lots, price, .. } = *stored;
            require_price("price", price, &spec).map_err(refuse("prices of orders"))?;
            resting = resting.saturating_add(lots.unsigned_abs());
            reader.require(lots != 0 && resting < 1 << 62, "lots of orders")?;
            let value = self.fill_value("price", &spec, lots, price);
            let value = value.map_err(refuse("values of orders below 2^43"))?;
            let order = Order {
                account: slot as u32,
                instrument: stored.instrument,
                lots,
                price,
                place: self.accounts.row(slot).rest.orders.len() as u32,
            };
            let id = insert(&mut self.orders, stored.id, order)?;
            self.accounts.row_mut(slot).rest.orders.push(id);
            self.write_row(slot, row, &|detail| detail.add_order(&spec, lots, value));
        }
        for row in 0..stored.rows.len() {
            reader.require(!self.is_row_empty(slot, row), "positions that are not empty")?;
        }
        Ok(())
    }

    /// Makes an account's sums and figures anew. Its band stays, and no event is told.
    pub(crate) fn refigure(&mut self, slot: usize) {
        self.resum(slot);
        let account = self.accounts.row(slot);
        let (headline, _) = self.models[account.model as usize].rule.assess(account, &self.market);
        self.figures.set(slot, &headline, account.band);
    }
}
