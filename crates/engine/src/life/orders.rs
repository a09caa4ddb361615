//! Resting orders: placed, cancelled and filled, and what those of a position sum to.

use super::{require_price, Fill};
use crate::account::Sign;
use crate::engine::Engine;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::handle::{AccountId, InstrumentId, OrderId};
use crate::instrument::{InstrumentSpec, Kind, LOTS_EXACT};
use crate::margin::OpenOrders;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub account: u32,
    pub instrument: u32,
    pub lots: i64,
    pub price: f64,
}

/// What is left of a resting order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RestingOrder {
    /// Whose it is.
    pub account: AccountId,
    /// What it trades.
    pub instrument: InstrumentId,
    /// Signed size that is not filled yet.
    pub size: f64,
    /// Limit price.
    pub price: f64,
}

impl Engine {
    /// A resting order as it stands.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`], [`crate::Code::StaleHandle`].
    pub fn order(&self, order: OrderId) -> Result<RestingOrder> {
        let row = self.orders.row(self.orders.slot(order)?);
        let spec = &self.market.instruments.row(row.instrument as usize).spec;
        Ok(RestingOrder {
            account: self.accounts.handle(row.account as usize),
            instrument: self.market.instruments.handle(row.instrument as usize),
            size: spec.size(row.lots),
            price: row.price,
        })
    }

    /// An account's resting orders, in no order.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`], [`crate::Code::StaleHandle`].
    pub fn orders(&self, account: AccountId) -> Result<&[OrderId]> {
        Ok(&self.accounts.row(self.accounts.slot(account)?).rest.orders)
    }

    /// Puts an order on the book: `size` signed, at a limit price.
    ///
    /// # Errors
    /// As [`Engine::fill`]; [`Code::NotApplicable`] for spot, whose orders reserve no margin.
    pub fn place_order(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        size: f64,
        price: f64,
    ) -> Result<OrderId> {
        let (slot_of_account, slot, spec) = self.tradable(account, instrument)?;
        if matches!(spec.kind, Kind::Spot { .. }) {
            return Err(EngineError::new(
                Code::NotApplicable,
                "instrument",
                "one that needs margin",
                "spot",
            ));
        }
        let lots = spec.lots("size", size)?;
        if lots == 0 {
            return Err(EngineError::new(Code::InvalidSize, "size", "at least one lot", size));
        }
        require_price("price", price, &spec)?;
        self.check_row(slot_of_account, slot)?;
        let resting = self.resting_lots(slot_of_account, slot, lots > 0);
        if resting + lots.unsigned_abs() > LOTS_EXACT {
            let expected = "one that leaves at most 2^53 lots resting on a side";
            return Err(EngineError::new(Code::InvalidSize, "size", expected, size));
        }
        let order = Order {
            account: slot_of_account as u32,
            instrument: slot as u32,
            lots,
            price,
        };
        let row = self.ensure_row(slot_of_account, slot)?;
        let id: OrderId = self.orders.insert(order)?;
        self.accounts.row_mut(slot_of_account).rest.orders.push(id);
        self.apply_row(slot_of_account, row, Sign::Subtract);
        self.add_order(slot_of_account, row, &order, resting);
        self.apply_row(slot_of_account, row, Sign::Add);
        self.assess_now(slot_of_account);
        Ok(id)
    }

    /// Takes an order off the book.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`].
    pub fn cancel_order(&mut self, order: OrderId) -> Result<()> {
        let slot = self.orders.slot(order)?;
        let Order {
            account, instrument, ..
        } = *self.orders.row(slot);
        let account = account as usize;
        self.forget_order(order);
        if let Some(row) = self.accounts.row(account).find_row(instrument as usize) {
            self.resum_orders(account, row);
            self.drop_row_if_empty(account, row);
        }
        self.assess_now(account);
        Ok(())
    }

    /// Fills an order in part or in whole: what is left of it stays on the book. Returns the realised profit.
    ///
    /// # Errors
    /// As [`Engine::fill`]; [`Code::InvalidSize`] where the size has the other sign or exceeds the order's.
    pub fn fill_order(&mut self, order: OrderId, fill: &Fill) -> Result<f64> {
        let slot = self.orders.slot(order)?;
        let Order {
            account,
            instrument,
            lots,
            ..
        } = *self.orders.row(slot);
        let spec = self.market.instruments.row(instrument as usize).spec;
        let filled = spec.lots("size", fill.size)?;
        if filled == 0 || (filled > 0) != (lots > 0) || filled.unsigned_abs() > lots.unsigned_abs() {
            let expected = Phrase::new("of the order's sign and at most its size, {}", [spec.size(lots)]);
            return Err(EngineError::new(Code::InvalidSize, "size", expected, fill.size));
        }
        let (account_id, instrument_id) = (
            self.accounts.handle(account as usize),
            self.market.instruments.handle(instrument as usize),
        );
        let realized = self.book_fill(account_id, instrument_id, fill)?;
        let account = account as usize;
        if filled == lots {
            self.forget_order(order);
        } else {
            self.orders.row_mut(slot).lots -= filled;
        }
        if let Some(row) = self.accounts.row(account).find_row(instrument as usize) {
            self.resum_orders(account, row);
            self.drop_row_if_empty(account, row);
        }
        self.assess_now(account);
        Ok(realized)
    }

    /// Lots of an account's resting orders of an instrument on one side: of the size that they sum to, where that says it without doubt.
    fn resting_lots(&self, account: usize, instrument: usize, is_buy: bool) -> u64 {
        let held = self.accounts.row(account);
        let Some(row) = held.find_row(instrument) else { return 0 };
        let sums = &held.rest.details[row].orders;
        let size = if is_buy { sums.buy_size } else { sums.sell_size };
        let spec = &self.market.instruments.row(instrument).spec;
        spec.lots_of_sum(size).unwrap_or_else(|| {
            let orders = held.rest.orders.iter().map(|order| self.orders.row(order.slot()));
            orders
                .filter(|order| order.instrument as usize == instrument && (order.lots > 0) == is_buy)
                .map(|order| order.lots.unsigned_abs())
                .sum()
        })
    }

    pub(super) fn forget_order(&mut self, order: OrderId) {
        if let Some(Order { account, .. }) = self.orders.remove(order.slot()) {
            self.accounts
                .row_mut(account as usize)
                .rest
                .orders
                .retain(|&other| other != order);
        }
    }

    /// Sums a row's resting orders anew, in the order in which they were placed.
    fn resum_orders(&mut self, account: usize, row: usize) {
        self.apply_row(account, row, Sign::Subtract);
        self.write_orders(account, row);
        self.apply_row(account, row, Sign::Add);
    }

    /// [`Engine::resum_orders`] that leaves the account's sums as they are.
    pub(crate) fn write_orders(&mut self, account: usize, row: usize) {
        let held = self.accounts.row_mut(account);
        let instrument = held.rows[row].instrument;
        let spec = self.market.instruments.row(instrument as usize).spec;
        let scale = self.market.assets[spec.settle.slot()].scale;
        let mut sums = OpenOrders::default();
        let (mut buy_lots, mut sell_lots, mut count) = (0, 0, 0);
        for order in &held.rest.orders {
            let order = self.orders.row(order.slot());
            if order.instrument != instrument {
                continue;
            }
            count += 1;
            sums.add_cost(order, &spec, scale);
            if order.lots > 0 {
                buy_lots += order.lots;
            } else {
                sell_lots -= order.lots;
            }
        }
        sums.buy_size = spec.size(buy_lots);
        sums.sell_size = spec.size(sell_lots);
        held.rest.details[row].orders = sums;
        held.rest.details[row].order_count = count;
        held.rows[row].has_detail = held.rest.details[row].is_needed();
        self.index_row(account, row);
    }

    /// What [`Engine::write_orders`] finds once an order has joined the others, of which so many lots are on its side.
    fn add_order(&mut self, account: usize, row: usize, order: &Order, resting: u64) {
        let spec = self.market.instruments.row(order.instrument as usize).spec;
        let scale = self.market.assets[spec.settle.slot()].scale;
        let held = self.accounts.row_mut(account);
        let detail = &mut held.rest.details[row];
        detail.order_count += 1;
        detail.orders.add_cost(order, &spec, scale);
        let size = spec.size((resting + order.lots.unsigned_abs()) as i64);
        if order.lots > 0 {
            detail.orders.buy_size = size;
        } else {
            detail.orders.sell_size = size;
        }
        held.rows[row].has_detail = true;
        self.index_row(account, row);
    }
}

impl OpenOrders {
    fn add_cost(&mut self, order: &Order, spec: &InstrumentSpec, scale: f64) {
        let value = spec.size(order.lots) * (spec.unit_value(order.price) / scale);
        if order.lots > 0 {
            self.buy_cost += value;
        } else {
            self.sell_proceeds -= value;
        }
    }
}
