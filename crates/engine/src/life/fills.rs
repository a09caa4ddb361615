//! Fills: what an execution does to a position and to balances.

use super::require_price;
use crate::engine::Engine;
use crate::error::{Code, EngineError, Result};
use crate::handle::{AccountId, AssetId, InstrumentId};
use crate::instrument::{Kind, LOTS_EXACT};
use crate::money::{Money, Rounding};

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

/// What a fill does to a position and a balance, in scaled units of the settlement asset.
struct Booking {
    lots: i64,
    cost: Money,
    realized: Money,
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
    /// Books a fill: position, cost, realised profit, premium and fee. Returns the realised profit, in units of the settlement asset.
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
        self.check_is_own(account, slot)?;
        if lots == 0 && fee.2 == Money::ZERO {
            return Ok(0.0);
        }
        if let Kind::Spot { base } = spec.kind {
            let amount = Money::from_f64("size", spec.size(lots) * spec.multiplier, Rounding::Down)?;
            let base_scale = self.market.assets[base.slot()].spec.scale_log2;
            let amount = amount.scaled("size", base_scale, Rounding::Down)?;
            self.change_balances(
                account,
                &[("price", settle, -value), ("size", base.slot(), amount), fee],
            )?;
            return Ok(0.0);
        }
        let held = self.detail(account, slot);
        let (held_lots, held_cost) = held.map_or((0, Money::ZERO), |held| (held.lots, held.cost));
        let booking = book(held_lots, held_cost, lots, value);
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
        self.check_cost(account, &spec, "price", held_cost, booking.cost)?;
        self.check_balances(account, &changes)?;
        let row = self.ensure_row(account, slot)?;
        self.change_balances(account, &changes)?;
        self.rewrite_row(account, row, &|detail| {
            detail.lots = booking.lots;
            detail.cost = booking.cost;
        });
        Ok(booking.realized.value() * self.market.assets[settle].scale)
    }
}
