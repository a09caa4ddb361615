//! Resting orders as they are kept, and what those of a position sum to.

use crate::instrument::InstrumentSpec;
use crate::margin::OpenOrders;
use crate::money::Money;

/// What is left of an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub account: u32,
    pub instrument: u32,
    /// Signed: bought where positive.
    pub lots: i64,
    pub price: f64,
    /// Place in the account's list of orders.
    pub place: u32,
}

/// What the orders of one position sum to: exactly, so that one which goes takes out what it has added, and the others need not be
/// looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resting {
    /// The same as margin models see it.
    pub sums: OpenOrders,
    buys: Side,
    sells: Side,
    count: u32,
}

/// Σ lots and Σ size · unit value, both signed as a fill's.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    lots: i64,
    value: Money,
}

impl Resting {
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Lots that rest on the side of an order.
    pub(crate) fn lots_beside(&self, lots: i64) -> u64 {
        let side = if lots > 0 { &self.buys } else { &self.sells };
        side.lots.unsigned_abs()
    }

    /// Counts in an order of so many lots, whose fill would be worth `value`.
    pub(crate) fn add(&mut self, spec: &InstrumentSpec, lots: i64, value: Money) {
        self.count += 1;
        let side = self.side(lots);
        *side = Side {
            lots: side.lots + lots,
            value: side.value + value,
        };
        self.sum_up(spec);
    }

    /// Takes out an order that was counted in.
    pub(crate) fn remove(&mut self, spec: &InstrumentSpec, lots: i64, value: Money) {
        self.count -= 1;
        let side = self.side(lots);
        *side = Side {
            lots: side.lots - lots,
            value: side.value - value,
        };
        self.sum_up(spec);
    }

    fn side(&mut self, lots: i64) -> &mut Side {
        if lots > 0 {
            &mut self.buys
        } else {
            &mut self.sells
        }
    }

    fn sum_up(&mut self, spec: &InstrumentSpec) {
        self.sums = OpenOrders {
            buy_size: spec.size(self.buys.lots),
            sell_size: spec.size(-self.sells.lots),
            buy_cost: self.buys.value.value(),
            sell_proceeds: (-self.sells.value).value(),
        };
    }
}
