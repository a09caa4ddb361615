//! Resting orders: placed, cancelled and filled.

use super::{require_price, Fill};
use crate::engine::Engine;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::handle::{AccountId, InstrumentId, OrderId};
use crate::instrument::{InstrumentSpec, LOTS_EXACT};
use crate::resting::Order;

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
        let (_, row, spec) = self.find_order(order)?;
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
        let (account, slot, spec) = self.holdable(account, instrument)?;
        let lots = spec.lots("size", size)?;
        if lots == 0 {
            return Err(EngineError::new(Code::InvalidSize, "size", "at least one lot", size));
        }
        require_price("price", price, &spec)?;
        let value = self.fill_value("price", &spec, lots, price)?;
        self.check_row(account, slot)?;
        let held = self.detail(account, slot).and_then(|held| held.resting.as_ref());
        let resting = held.map_or(0, |resting| resting.lots_beside(lots));
        if resting + lots.unsigned_abs() > LOTS_EXACT {
            let expected = "one that leaves at most 2^53 lots resting on a side";
            return Err(EngineError::new(Code::InvalidSize, "size", expected, size));
        }
        self.orders.check_room::<OrderId>()?;
        let row = self.ensure_row(account, slot)?;
        let list = &mut self.accounts.row_mut(account).rest.orders;
        let id = self.orders.insert(Order {
            account: account as u32,
            instrument: slot as u32,
            lots,
            price,
            place: list.len() as u32,
        })?;
        list.push(id);
        self.rewrite_row(account, row, &|detail| detail.add_order(&spec, lots, value));
        self.assess_now(account);
        Ok(id)
    }

    /// Takes an order off the book.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`].
    pub fn cancel_order(&mut self, order: OrderId) -> Result<()> {
        let (slot, Order { account, .. }, _) = self.find_order(order)?;
        self.leave_of_order(slot, 0)?;
        self.assess_now(account as usize);
        Ok(())
    }

    /// Fills an order in part or in whole: what is left of it stays on the book. Returns the realised profit, in units of the settlement asset.
    ///
    /// # Errors
    /// As [`Engine::fill`]; [`Code::InvalidSize`] where the size has the other sign or exceeds the order's.
    pub fn fill_order(&mut self, order: OrderId, fill: &Fill) -> Result<f64> {
        let (
            slot,
            Order {
                account,
                instrument,
                lots,
                ..
            },
            spec,
        ) = self.find_order(order)?;
        let filled = spec.lots("size", fill.size)?;
        if filled == 0 || (filled > 0) != (lots > 0) || filled.unsigned_abs() > lots.unsigned_abs() {
            let expected = Phrase::new("of the order's sign and at most its size, {}", [spec.size(lots)]);
            return Err(EngineError::new(Code::InvalidSize, "size", expected, fill.size));
        }
        let account_id = self.accounts.handle(account as usize);
        let instrument_id = self.market.instruments.handle(instrument as usize);
        let realized = self.book_fill(account_id, instrument_id, fill)?;
        self.leave_of_order(slot, lots - filled)?;
        self.assess_now(account as usize);
        Ok(realized)
    }

    /// An order by its slot, with the terms of what it trades.
    fn find_order(&self, order: OrderId) -> Result<(usize, Order, InstrumentSpec)> {
        let slot = self.orders.slot(order)?;
        let order = *self.orders.row(slot);
        Ok((slot, order, self.market.instruments.row(order.instrument as usize).spec))
    }

    /// Leaves so many lots of an order; where that is none it goes off the book. Refuses nothing, since it was not refused before.
    fn leave_of_order(&mut self, slot: usize, left: i64) -> Result<()> {
        let Order {
            account,
            instrument,
            lots,
            price,
            ..
        } = *self.orders.row(slot);
        let (account, instrument) = (account as usize, instrument as usize);
        let spec = self.market.instruments.row(instrument).spec;
        let value = self.fill_value("price", &spec, lots, price)?;
        let value_left = self.fill_value("price", &spec, left, price)?;
        if left == 0 {
            self.forget_order(slot);
        } else {
            self.orders.row_mut(slot).lots = left;
        }
        let row = self.accounts.row(account).find_row(instrument);
        let row = row.expect("invariant: orders rest beside a row of their instrument");
        self.rewrite_row(account, row, &|detail| {
            if left != 0 {
                detail.add_order(&spec, left, value_left);
            }
            detail.remove_order(&spec, lots, value);
        });
        Ok(())
    }

    /// Takes an order off the book and off its account's list; what those of its position sum to stays as it is.
    pub(super) fn forget_order(&mut self, slot: usize) {
        let Some(Order { account, place, .. }) = self.orders.remove(slot) else {
            return;
        };
        let list = &mut self.accounts.row_mut(account as usize).rest.orders;
        list.swap_remove(place as usize);
        if let Some(moved) = list.get(place as usize) {
            self.orders.row_mut(moved.slot()).place = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::asset::AssetSpec;
    use crate::engine::{Engine, EngineConfig};
    use crate::instrument::{InstrumentSpec, Kind, Payoff};
    use crate::margin::{Bands, BracketTable, Brackets};
    use crate::Code;

    #[test]
    fn an_order_that_there_is_no_slot_for_leaves_the_account_as_it_was() {
        let mut engine = Engine::new(EngineConfig::default()).expect("the default configuration");
        let underlying = engine.add_underlying();
        let coin = engine.add_asset(AssetSpec::default()).expect("a coin");
        let contract = InstrumentSpec {
            kind: Kind::Perp,
            payoff: Payoff::Inverse,
            underlying,
            settle: coin,
            multiplier: 100.0,
            size_decimals: 0,
        };
        let contract = engine.add_instrument(contract).expect("valid terms");
        let mut rule = Brackets::new(1, Bands::default());
        rule.set_default_table(BracketTable::from_max_leverage(&[(0.0, 10.0)], 0.5).expect("tiers"));
        let model = engine.add_model(rule).expect("valid bands");
        let me = engine.add_account(model).expect("a slot");
        engine.orders.use_up();
        let refused = engine.place_order(me, contract, 1.0, 50_000.0).expect_err("no slot");
        assert_eq!(
            (refused.code, refused.field.to_string()),
            (Code::CapacityExceeded, "order".to_owned())
        );
        let held = engine.accounts.row(me.slot());
        assert!(held.rows.is_empty() && held.rest.lines.is_empty());
    }
}
