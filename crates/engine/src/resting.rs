//! Resting orders as they stand.

use crate::engine::Engine;
use crate::error::Result;
use crate::handle::{AccountId, InstrumentId, OrderId};

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
        let row = self.orders.row(self.order_slot(order)?);
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
}
