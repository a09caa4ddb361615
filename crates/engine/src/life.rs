//! An account's life: money in and out, fills, orders, funding, expiry. No caller keeps accounts of its own.

use alloc::vec::Vec;

use crate::account::{Account, Holder, Line, RowDetail, Sign};
use crate::engine::{Engine, Order};
use crate::error::{require_finite, require_positive, Code, EngineError, Phrase, Result};
use crate::handle::{AccountId, AssetId, InstrumentId, OrderId, Place};
use crate::instrument::{InstrumentSpec, Kind, LOTS_EXACT};
use crate::margin::OpenOrders;
use crate::money::{Money, Rounding};
use crate::sort;
use crate::time::require_time;

/// An execution.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fill {
    /// Signed size: positive bought, negative sold.
    pub size: f64,
    /// Price; of an inverse option in coin.
    pub price: f64,
    /// Fee paid (a rebate is negative).
    pub fee: Money,
    /// Asset of the fee; the settlement asset where `None`.
    pub fee_asset: Option<AssetId>,
}

/// A position as it stands, without assessing the account.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Position {
    /// Signed size.
    pub size: f64,
    /// Price at which the average unit was opened; NaN where nothing is held.
    pub entry_price: f64,
}

/// A change of a balance: the field that it comes from, the asset's slot, how much in its scaled units.
type BalanceChange = (&'static str, usize, Money);

/// What a fill does to a position and a balance, in scaled units of the settlement asset.
struct Booking {
    lots: i64,
    cost: Money,
    realized: Money,
}

/// A position that is stated as it is: slots, and what its row is to hold.
struct StatedPosition {
    account: usize,
    instrument: usize,
    lots: i64,
    cost: Money,
}

impl StatedPosition {
    fn write(&self, detail: &mut RowDetail) {
        detail.lots = self.lots;
        detail.cost = self.cost;
    }
}

/// Books a fill of `lots` worth `value` (size · unit value) against a position of `held_lots` that cost `held_cost`.
///
/// The part that closes takes its share of the cost along; the difference is realised profit. Nothing is lost:
/// realized = −(closing share of value) − (closing share of cost), the rest stays as cost.
fn book(held_lots: i64, held_cost: Money, lots: i64, value: Money) -> Booking {
    let closes = if (held_lots > 0) == (lots > 0) || held_lots == 0 {
        0
    } else {
        held_lots.unsigned_abs().min(lots.unsigned_abs())
    };
    if closes == 0 {
        return Booking {
            lots: held_lots + lots,
            cost: held_cost + value,
            realized: Money::ZERO,
        };
    }
    let closing_cost = held_cost.share(closes, held_lots.unsigned_abs());
    let closing_value = value.share(closes, lots.unsigned_abs());
    Booking {
        lots: held_lots + lots,
        cost: held_cost - closing_cost + (value - closing_value),
        realized: -closing_value - closing_cost,
    }
}

impl Engine {
    /// Adds to a balance.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`]; [`Code::InvalidMoney`] where the amount is negative or too large.
    pub fn deposit(&mut self, account: AccountId, asset: AssetId, amount: Money) -> Result<()> {
        let (account, asset) = (self.accounts.slot(account)?, self.asset_slot(asset)?);
        require_not_negative("amount", amount)?;
        self.credit(account, asset, "amount", amount, Rounding::Down)?;
        self.assess_now(account);
        Ok(())
    }

    /// Takes from a balance. The venue has decided that it may be taken; a balance may become a debt.
    ///
    /// # Errors
    /// As [`Engine::deposit`].
    pub fn withdraw(&mut self, account: AccountId, asset: AssetId, amount: Money) -> Result<()> {
        let (account, asset) = (self.accounts.slot(account)?, self.asset_slot(asset)?);
        require_not_negative("amount", amount)?;
        self.credit(account, asset, "amount", -amount, Rounding::Down)?;
        self.assess_now(account);
        Ok(())
    }

    /// Takes from a balance what [`Engine::deposit`] of the same amount adds, to the last bit: half of a transfer between engines.
    ///
    /// # Errors
    /// As [`Engine::deposit`].
    pub fn debit(&mut self, account: AccountId, asset: AssetId, amount: Money) -> Result<()> {
        let (account, asset) = (self.accounts.slot(account)?, self.asset_slot(asset)?);
        require_not_negative("amount", amount)?;
        self.credit(account, asset, "amount", -amount, Rounding::Up)?;
        self.assess_now(account);
        Ok(())
    }

    /// Moves an amount between two accounts, e.g. a parent and its isolated position.
    ///
    /// # Errors
    /// As [`Engine::deposit`].
    pub fn transfer(&mut self, from: AccountId, to: AccountId, asset: AssetId, amount: Money) -> Result<()> {
        let (from, to, asset) = (
            self.accounts.slot(from)?,
            self.accounts.slot(to)?,
            self.asset_slot(asset)?,
        );
        require_not_negative("amount", amount)?;
        let scaled = amount.scaled("amount", self.market.assets[asset].spec.scale_log2, Rounding::Down)?;
        let (paid, received) = ([("amount", asset, -scaled)], [("amount", asset, scaled)]);
        self.check_balances(from, &paid)?;
        self.check_balances(to, &received)?;
        self.change_balances(from, &paid)?;
        self.change_balances(to, &received)?;
        let told = self.events.pending().len();
        self.assess_now(from);
        self.assess_now(to);
        self.events.order_from(told);
        Ok(())
    }

    /// Opens an isolated position: an account row of its own, with a margin taken from its parent.
    ///
    /// Fills of the position go to the row returned, which may hold this instrument only.
    ///
    /// # Errors
    /// [`Code::NotApplicable`] where the parent is isolated itself; as [`Engine::transfer`] for the margin.
    pub fn add_isolated(&mut self, parent: AccountId, instrument: InstrumentId, margin: Money) -> Result<AccountId> {
        let parent_slot = self.accounts.slot(parent)?;
        let instrument_slot = self.market.instruments.slot(instrument)?;
        let row = self.accounts.row(parent_slot);
        if row.rest.parent.is_some() {
            return Err(EngineError::new(
                Code::NotApplicable,
                "account",
                "a cross-margin account",
                "an isolated position",
            ));
        }
        let spec = self.market.instruments.row(instrument_slot).spec;
        self.models[row.model as usize].rule.supports(instrument_slot, &spec)?;
        require_not_negative("margin", margin)?;
        let settle = spec.settle.slot();
        let scaled = margin.scaled("margin", self.market.assets[settle].spec.scale_log2, Rounding::Down)?;
        self.check_balances(parent_slot, &[("margin", settle, -scaled)])?;
        let mut child = Account::new(row.model);
        child.rest.parent = Some(parent);
        child.rest.isolated_instrument = Some(instrument_slot as u32);
        let child = self.insert_account(child)?;
        self.count_isolated(parent_slot, instrument_slot);
        self.transfer(parent, child, spec.settle, margin)?;
        Ok(child)
    }

    /// States a position as it is, without cash: for a book taken over from a venue.
    ///
    /// The balance must be the one that excludes the position's unrealised profit (and, for options, their value).
    ///
    /// # Errors
    /// [`Code::InvalidSize`], [`Code::InvalidValue`], [`Code::MissingParameters`], [`Code::NotApplicable`] for spot,
    /// [`Code::Expired`].
    pub fn set_position(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        size: f64,
        entry_price: f64,
    ) -> Result<()> {
        self.book_position(account, instrument, size, entry_price)?;
        self.assess_now(account.slot());
        Ok(())
    }

    /// [`Engine::set_position`] without assessing the account.
    pub(crate) fn book_position(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        size: f64,
        entry_price: f64,
    ) -> Result<()> {
        let Some(stated) = self.stated_position(account, instrument, size, entry_price)? else {
            return Ok(());
        };
        let row = self.ensure_row(stated.account, stated.instrument)?;
        self.rewrite_row(stated.account, row, &|detail| stated.write(detail));
        Ok(())
    }

    /// [`Engine::book_position`] that leaves the account's sums to be made anew, and them alone.
    pub(crate) fn book_unsummed_position(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        size: f64,
        entry_price: f64,
    ) -> Result<()> {
        let Some(stated) = self.stated_position(account, instrument, size, entry_price)? else {
            return Ok(());
        };
        let (row, _) = self.ensure_unsummed_row(stated.account, stated.instrument)?;
        self.write_row(stated.account, row, &|detail| stated.write(detail));
        if self.is_row_empty(stated.account, row) {
            self.drop_unsummed_row(stated.account, row);
        }
        Ok(())
    }

    /// What [`Engine::book_position`] is to write; `None` where there is nothing to write.
    fn stated_position(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        size: f64,
        entry_price: f64,
    ) -> Result<Option<StatedPosition>> {
        let (account, slot, spec) = self.tradable(account, instrument)?;
        if matches!(spec.kind, Kind::Spot { .. }) {
            return Err(EngineError::new(
                Code::NotApplicable,
                "instrument",
                "one that positions are held in",
                "spot",
            ));
        }
        let lots = spec.lots("size", size)?;
        if lots != 0 {
            require_price("entryPrice", entry_price, &spec)?;
        }
        let cost = self.fill_value("entryPrice", &spec, lots, entry_price)?;
        let before = self.detail(account, slot);
        if lots == 0 && before.is_none() {
            return Ok(None);
        }
        self.check_cost(account, &spec, "entryPrice", before.unwrap_or_default().cost, cost)?;
        Ok(Some(StatedPosition {
            account,
            instrument: slot,
            lots,
            cost,
        }))
    }

    /// Books a fill: position, cost, realised profit, premium and fee. Returns the realised profit in the settlement asset.
    ///
    /// A fill against the position closes it first and opens the other side with the rest (a flip). A spot fill exchanges
    /// two balances.
    ///
    /// # Errors
    /// As [`Engine::set_position`]; [`Code::InvalidMoney`] for the fee.
    pub fn fill(&mut self, account: AccountId, instrument: InstrumentId, fill: &Fill) -> Result<f64> {
        let realized = self.book_fill(account, instrument, fill)?;
        self.assess_now(account.slot());
        Ok(realized)
    }

    /// [`Engine::fill`] without assessing the account.
    pub(crate) fn book_fill(&mut self, account: AccountId, instrument: InstrumentId, fill: &Fill) -> Result<f64> {
        let (account, slot, spec) = self.tradable(account, instrument)?;
        let lots = spec.lots("size", fill.size)?;
        require_price("price", fill.price, &spec)?;
        let fee_asset = fill.fee_asset.unwrap_or(spec.settle);
        let fee_asset = self.asset_slot(fee_asset)?;
        let value = self.fill_value("price", &spec, lots, fill.price)?;
        let settle = spec.settle.slot();
        let fee_scale = self.market.assets[fee_asset].spec.scale_log2;
        let fee = ("fee", fee_asset, -fill.fee.scaled("fee", fee_scale, Rounding::Up)?);
        if let Kind::Spot { base } = spec.kind {
            self.check_is_own(account, slot)?;
            let amount = Money::from_f64("size", spec.size(lots) * spec.multiplier, Rounding::Down)?;
            let base_scale = self.market.assets[base.slot()].spec.scale_log2;
            let amount = amount.scaled("size", base_scale, Rounding::Down)?;
            self.change_balances(
                account,
                &[("price", settle, -value), ("size", base.slot(), amount), fee],
            )?;
            return Ok(0.0);
        }
        let held = self.detail(account, slot).unwrap_or_default();
        let booking = book(held.lots, held.cost, lots, value);
        if booking.lots.unsigned_abs() > LOTS_EXACT {
            let expected = "one that leaves a position of at most 2^53 lots";
            return Err(EngineError::new(Code::InvalidSize, "size", expected, fill.size));
        }
        // an option's premium is paid now; other profit is paid when it is realised
        let cash = if spec.kind.is_option() {
            -value
        } else {
            booking.realized
        };
        let changes = [("price", settle, cash), fee];
        self.check_row(account, slot)?;
        self.check_cost(account, &spec, "price", held.cost, booking.cost)?;
        self.check_balances(account, &changes)?;
        let row = self.ensure_row(account, slot)?;
        self.change_balances(account, &changes)?;
        self.rewrite_row(account, row, &|detail| {
            detail.lots = booking.lots;
            detail.cost = booking.cost;
        });
        Ok(booking.realized.value() * self.market.assets[settle].scale)
    }

    /// Pays funding on every position of an instrument at its present mark: `rate` of notional, from longs to shorts where
    /// positive.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for the rate; [`Code::NotApplicable`] unless it is a perpetual with a mark.
    pub fn fund(&mut self, instrument: InstrumentId, rate: f64) -> Result<()> {
        self.check_fund(instrument, rate)?;
        let slot = instrument.slot();
        let told = self.events.pending().len();
        for i in 0..self.holders[slot].len() {
            let holder = self.holders[slot][i];
            let payment = self.funding(slot, holder, rate)?;
            self.change_balances(holder.account as usize, &payment)?;
            self.assess_now(holder.account as usize);
        }
        self.events.order_from(told);
        Ok(())
    }

    /// Refuses what [`Engine::fund`] would refuse, and changes nothing: engines that share a book's accounts do it all or none.
    ///
    /// # Errors
    /// As [`Engine::fund`].
    pub fn check_fund(&self, instrument: InstrumentId, rate: f64) -> Result<()> {
        let slot = self.market.instruments.slot(instrument)?;
        require_finite("rate", rate)?;
        let spec = self.market.instruments.row(slot).spec;
        if spec.kind != Kind::Perp || !self.market.quotes[slot].status.has_figures() {
            return Err(EngineError::new(
                Code::NotApplicable,
                "instrument",
                "a perpetual with a mark",
                "one of another kind",
            ));
        }
        self.check_holders(slot, &|holder| self.funding(slot, holder, rate))
    }

    /// What funding adds to a holder's balance.
    fn funding(&self, instrument: usize, holder: Holder, rate: f64) -> Result<[BalanceChange; 1]> {
        let settle = self.market.instruments.row(instrument).spec.settle.slot();
        let held = self.accounts.row(holder.account as usize).rows[usize::from(holder.row)];
        let value = -rate * held.size * self.market.quotes[instrument].unit_value.abs();
        Ok([("rate", settle, Money::from_f64("rate", value, Rounding::Down)?)])
    }

    /// Books a funding payment that the venue states: received where positive, in the settlement asset.
    ///
    /// # Errors
    /// As [`Engine::deposit`].
    pub fn fund_account(&mut self, account: AccountId, instrument: InstrumentId, amount: Money) -> Result<()> {
        let account = self.accounts.slot(account)?;
        let slot = self.market.instruments.slot(instrument)?;
        let settle = self.market.instruments.row(slot).spec.settle.slot();
        self.credit(account, settle, "amount", amount, Rounding::Down)?;
        self.assess_now(account);
        Ok(())
    }

    /// Chooses a leverage for an instrument: its initial rate is at least 1 / leverage. +∞ takes the choice back.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] unless leverage ≥ 1.
    pub fn set_leverage(&mut self, account: AccountId, instrument: InstrumentId, leverage: f64) -> Result<()> {
        let (account, slot, _) = self.tradable(account, instrument)?;
        if !(leverage >= 1.0) {
            return Err(EngineError::new(Code::InvalidValue, "leverage", "≥ 1", leverage));
        }
        let row = self.ensure_row(account, slot)?;
        self.set_initial_rate_floor(account, row, 1.0 / leverage);
        self.drop_row_if_empty(account, row);
        self.assess_now(account);
        Ok(())
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

    /// Takes an order off the book.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`].
    pub fn cancel_order(&mut self, order: OrderId) -> Result<()> {
        let slot = self.order_slot(order)?;
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
        let slot = self.order_slot(order)?;
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

    /// Settles an expired instrument at a price: positions are paid out and closed, orders leave the book, and no further
    /// tick or fill is taken.
    ///
    /// # Errors
    /// [`Code::NotApplicable`] where it does not expire or is settled; [`Code::Expired`] where `time_ms` is before expiry.
    pub fn settle(&mut self, instrument: InstrumentId, price: f64, time_ms: f64) -> Result<()> {
        self.check_settle(instrument, price, time_ms)?;
        let slot = instrument.slot();
        self.market.time_ms = self.market.time_ms.max(time_ms);
        self.market.settle_instrument(slot);
        // in one order, whatever that in which positions were opened: events and the handles of later orders depend on it
        let mut accounts: Vec<usize> = self.holders[slot]
            .iter()
            .map(|holder| holder.account as usize)
            .collect();
        sort::in_place(&mut accounts, |&account| account);
        for account in accounts {
            let row = self.accounts.row(account).find_row(slot);
            let row = row.expect("invariant: a holder of an instrument has its row");
            let payout = self.payout(slot, account, row, price)?;
            self.change_balances(account, &payout)?;
            let orders = self.accounts.row(account).rest.orders.clone();
            for order in orders {
                if self.orders.row(order.slot()).instrument as usize == slot {
                    self.forget_order(order);
                }
            }
            self.set_initial_rate_floor(account, row, 0.0);
            self.rewrite_row(account, row, &|detail| {
                detail.lots = 0;
                detail.cost = Money::ZERO;
                detail.orders = OpenOrders::default();
                detail.order_count = 0;
            });
            self.assess_now(account);
        }
        Ok(())
    }

    /// Refuses what [`Engine::settle`] would refuse, and changes nothing.
    ///
    /// # Errors
    /// As [`Engine::settle`].
    pub fn check_settle(&self, instrument: InstrumentId, price: f64, time_ms: f64) -> Result<()> {
        let slot = self.market.instruments.slot(instrument)?;
        require_positive("price", price)?;
        require_time("timeMs", time_ms)?;
        let row = self.market.instruments.row(slot);
        let Some(expiry_ms) = row.spec.kind.expiry_ms().filter(|_| !row.is_settled) else {
            return Err(EngineError::new(
                Code::NotApplicable,
                "instrument",
                "one that expires and is not settled",
                "one of another kind",
            ));
        };
        if time_ms < expiry_ms {
            return Err(EngineError::new(
                Code::Expired,
                "timeMs",
                Phrase::new("at or after the expiry, {}", [expiry_ms]),
                time_ms,
            ));
        }
        self.check_holders(slot, &|holder| {
            self.payout(slot, holder.account as usize, usize::from(holder.row), price)
        })
    }

    /// Refuses what the balance of a holder of an instrument cannot take: for the reason of the first of these accounts, whatever the
    /// order in which positions were opened, since an engine out of a snapshot has another.
    fn check_holders(&self, instrument: usize, change: &dyn Fn(Holder) -> Result<[BalanceChange; 1]>) -> Result<()> {
        let refused = self.holders[instrument].iter().filter_map(|&holder| {
            let account = holder.account as usize;
            let checked = change(holder).and_then(|change| self.check_balances(account, &change));
            Some((account, checked.err()?))
        });
        match refused.min_by_key(|&(account, _)| account) {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    /// What settlement at a price adds to a holder's balance.
    fn payout(&self, instrument: usize, account: usize, row: usize, price: f64) -> Result<[BalanceChange; 1]> {
        let spec = self.market.instruments.row(instrument).spec;
        let detail = &self.accounts.row(account).rest.details[row];
        let unit_value = spec.unit_value_at_expiry(price) / self.market.assets[spec.settle.slot()].scale;
        let value = Money::from_f64("price", spec.size(detail.lots) * unit_value, Rounding::Down)?;
        let cost = if spec.kind.is_option() {
            Money::ZERO
        } else {
            detail.cost
        };
        Ok([("price", spec.settle.slot(), value - cost)])
    }

    /// The position that an account holds in an instrument; size 0 where it holds none.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`].
    pub fn position(&self, account: AccountId, instrument: InstrumentId) -> Result<Position> {
        let account = self.accounts.slot(account)?;
        let slot = self.market.instruments.slot(instrument)?;
        let held = self.accounts.row(account);
        let Some(row) = held.find_row(slot) else {
            return Ok(Position {
                size: 0.0,
                entry_price: f64::NAN,
            });
        };
        let spec = &self.market.instruments.row(slot).spec;
        let scale = self.market.assets[spec.settle.slot()].scale;
        Ok(Position {
            size: held.rows[row].size,
            entry_price: entry_price(held, row, spec, scale),
        })
    }

    /// A balance, without the profit of positions; 0 where the account has none in the asset.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`].
    pub fn balance(&self, account: AccountId, asset: AssetId) -> Result<f64> {
        let held = self.accounts.row(self.accounts.slot(account)?);
        let asset = self.asset_slot(asset)?;
        let amount = held
            .find_line(asset)
            .map_or(0.0, |line| held.rest.lines[line].balance.value());
        Ok(amount * self.market.assets[asset].scale)
    }

    fn tradable(&self, account: AccountId, instrument: InstrumentId) -> Result<(usize, usize, InstrumentSpec)> {
        let account = self.accounts.slot(account)?;
        let slot = self.market.instruments.slot(instrument)?;
        let row = self.market.instruments.row(slot);
        if row.is_settled {
            return Err(EngineError::new(
                Code::Expired,
                "instrument",
                "one that is not settled",
                "a settled one",
            ));
        }
        Ok((account, slot, row.spec))
    }

    /// size · unit value of a fill, in scaled units of the settlement asset, rounded against the account.
    fn fill_value(&self, field: &'static str, spec: &InstrumentSpec, lots: i64, price: f64) -> Result<Money> {
        let scale = self.market.assets[spec.settle.slot()].scale;
        // an option's premium at zero and a missing entry are worth nothing
        let value = if lots == 0 {
            0.0
        } else {
            spec.size(lots) * (spec.unit_value(price) / scale)
        };
        let value = Money::from_f64(field, value, Rounding::Up)?;
        if value.is_holdable() {
            Ok(value)
        } else {
            Err(EngineError::new(
                Code::InvalidMoney,
                field,
                "one that makes a value below 2^43",
                price,
            ))
        }
    }

    /// Adds an amount (or takes a negative one) to a balance.
    pub(crate) fn credit(
        &mut self,
        account: usize,
        asset: usize,
        field: &'static str,
        amount: Money,
        rounding: Rounding,
    ) -> Result<()> {
        let scaled = amount.scaled(field, self.market.assets[asset].spec.scale_log2, rounding)?;
        self.change_balances(account, &[(field, asset, scaled)])
    }

    /// Refuses changes of balances that together cannot be held.
    fn check_balances(&self, account: usize, changes: &[BalanceChange]) -> Result<()> {
        let held = self.accounts.row(account);
        for &(field, asset, change) in changes {
            let before = held
                .find_line(asset)
                .map_or(Money::ZERO, |line| held.rest.lines[line].balance);
            let same_asset = changes.iter().filter(|&&(_, other, _)| other == asset);
            let after = same_asset.fold(before, |balance, &(_, _, change)| balance + change);
            if !after.is_holdable() {
                let expected = "one that leaves the balance below 2^43 in size";
                return Err(EngineError::new(Code::InvalidMoney, field, expected, change.value()));
            }
        }
        Ok(())
    }

    /// Changes balances; all of them or none.
    fn change_balances(&mut self, account: usize, changes: &[BalanceChange]) -> Result<()> {
        self.check_balances(account, changes)?;
        let lines = self.accounts.row(account).rest.lines.len();
        for &(_, asset, _) in changes {
            if let Err(error) = self.ensure_line(account, asset) {
                while self.accounts.row(account).rest.lines.len() > lines {
                    self.drop_last_line(account);
                }
                return Err(error);
            }
        }
        for &(_, asset, change) in changes {
            let line = self.ensure_line(account, asset)?;
            let held = self.accounts.row_mut(account);
            let Line { balance, cost, .. } = held.rest.lines[line];
            held.set_line(line, balance + change, cost);
        }
        self.changes.note(account, Place::Here);
        Ok(())
    }

    /// What an account holds in an instrument, where it has a row of it.
    fn detail(&self, account: usize, instrument: usize) -> Option<RowDetail> {
        let held = self.accounts.row(account);
        held.find_row(instrument).map(|row| held.rest.details[row])
    }

    /// Refuses a cost that exact sums cannot hold, alone or with those of the positions that settle in the same asset.
    fn check_cost(
        &self,
        account: usize,
        spec: &InstrumentSpec,
        field: &'static str,
        before: Money,
        after: Money,
    ) -> Result<()> {
        let held = self.accounts.row(account);
        let of_line = held
            .find_line(spec.settle.slot())
            .map_or(Money::ZERO, |line| held.rest.lines[line].cost);
        let of_line_after = if spec.kind.is_option() {
            of_line
        } else {
            of_line - before + after
        };
        if after.is_holdable() && of_line_after.is_holdable() {
            Ok(())
        } else {
            let expected = "one that leaves the cost of positions below 2^43";
            Err(EngineError::new(Code::InvalidMoney, field, expected, after.value()))
        }
    }

    /// Changes a row's position, with its contributions and its line's cost; a row left empty is dropped.
    fn rewrite_row(&mut self, account: usize, row: usize, change: &dyn Fn(&mut RowDetail)) {
        self.apply_row(account, row, Sign::Subtract);
        self.write_row(account, row, change);
        self.apply_row(account, row, Sign::Add);
        self.drop_row_if_empty(account, row);
    }

    /// [`Engine::rewrite_row`] that leaves the sums as they are.
    pub(crate) fn write_row(&mut self, account: usize, row: usize, change: &dyn Fn(&mut RowDetail)) {
        let held = self.accounts.row_mut(account);
        let line = usize::from(held.rows[row].line);
        let spec = &self.market.instruments.row(held.rows[row].instrument as usize).spec;
        let detail = &mut held.rest.details[row];
        let cost_before = detail.cost;
        change(detail);
        held.rows[row].size = spec.size(detail.lots);
        held.rows[row].has_detail = detail.is_needed();
        let more_cost = detail.cost - cost_before;
        if !spec.kind.is_option() {
            let Line { balance, cost, .. } = held.rest.lines[line];
            held.set_line(line, balance, cost + more_cost);
        }
        self.index_row(account, row);
    }

    fn set_initial_rate_floor(&mut self, account: usize, row: usize, floor: f64) {
        self.apply_row(account, row, Sign::Subtract);
        let held = self.accounts.row_mut(account);
        held.rest.details[row].initial_rate_floor = floor;
        held.rows[row].has_detail = held.rest.details[row].is_needed();
        self.index_row(account, row);
        self.apply_row(account, row, Sign::Add);
    }

    /// Drops a row without position, order and chosen leverage.
    fn drop_row_if_empty(&mut self, account: usize, row: usize) {
        if self.is_row_empty(account, row) {
            self.drop_row(account, row);
        }
    }

    pub(crate) fn is_row_empty(&self, account: usize, row: usize) -> bool {
        let detail = &self.accounts.row(account).rest.details[row];
        detail.lots == 0 && !detail.is_needed()
    }

    fn forget_order(&mut self, order: OrderId) {
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

/// Price at which the average unit of a row was opened; NaN where nothing is held.
pub(crate) fn entry_price(held: &Account, row: usize, spec: &InstrumentSpec, scale: f64) -> f64 {
    let size = held.rows[row].size;
    if size == 0.0 {
        return f64::NAN;
    }
    spec.price_at_unit_value(held.rest.details[row].cost.value() * scale / size)
}

fn require_not_negative(field: &'static str, amount: Money) -> Result<()> {
    if amount < Money::ZERO {
        return Err(EngineError::new(Code::InvalidMoney, field, "≥ 0", amount.value()));
    }
    Ok(())
}

/// A price > 0; of an option ≥ 0, since a premium may be nothing.
pub(crate) fn require_price(field: &'static str, price: f64, spec: &InstrumentSpec) -> Result<()> {
    if spec.kind.is_option() && price == 0.0 {
        return Ok(());
    }
    require_positive(field, price).map(drop)
}
