//! Margin by notional brackets: Hyperliquid, Binance USD-M and COIN-M, and whoever tiers a rate by position size.
//!
//!   maintenance(N) = N·rate − deduction,   of the bracket that holds N
//!   initial(N)     = max(N·initial_rate − initial_deduction, N / chosen leverage)
//!
//! An option's N is the notional of its underlying; a long option needs less than its own value, since it can lose no more: an
//! account of nothing but options that it has paid for is not liquidatable, whatever they come to be worth, unless a haircut takes
//! part of that.

mod near;
mod table;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use plimsoll_math::elementary::power_of_two;
use plimsoll_math::sum::{is_in_range, ExactSum};

use crate::error::{Code, EngineError, Phrase, Result};
use crate::instrument::InstrumentSpec;
use crate::margin::{Bands, Grouping, MarginModel, OpenOrders, Reduced, Risk, Row};
use crate::quote::Quote;
use crate::snapshot::codec::{stored_names, Reader, Stored, Writer};

use near::NearBrackets;
pub use table::{Bracket, BracketTable};

/// Share of its value by which a long option needs less: 2⁻⁴⁸, more than requirements and equity may differ by rounding.
const VALUE_MARGIN: f64 = 16.0 * f64::EPSILON;
/// Likewise in the quote asset for values of next to nothing: 2⁻⁵⁷, some units of exact sums.
const LEAST_VALUE_MARGIN: f64 = f64::EPSILON / 32.0;

/// The most that a long option needs, in the quote asset: less than what equity counts of its value, which is in scaled units of
/// the settlement asset, at this price of one.
fn most_of_long_option(value: f64, settle_price: f64) -> f64 {
    let counted = if is_in_range(value) {
        let mut sum = ExactSum::ZERO;
        sum.add(value);
        sum.value()
    } else {
        value
    };
    (counted * settle_price * (1.0 - VALUE_MARGIN) - LEAST_VALUE_MARGIN).max(0.0)
}

/// What the bounds and deductions of a table are in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum BracketUnit {
    /// The quote asset.
    #[default]
    Quote,
    /// The settlement asset (Binance COIN-M: coin).
    Settlement,
}

stored_names! { BracketUnit { Quote, Settlement } }

/// Margin by notional brackets, a table per instrument.
#[derive(Clone, PartialEq, Debug)]
pub struct Brackets {
    /// Version of the parameters.
    pub version: u32,
    /// Thresholds between bands.
    pub bands: Bands,
    /// Unit of the tables.
    pub unit: BracketUnit,
    /// Whether resting orders count in maintenance as they do in initial.
    pub orders_in_maintenance: bool,
    default_table: Option<BracketTable>,
    tables: Vec<Option<BracketTable>>,
    /// Per instrument, for the loop over positions; those beyond stand under the default table.
    near: Vec<NearBrackets>,
    near_default: NearBrackets,
}

impl Stored for Brackets {
    fn write(&self, writer: &mut Writer) {
        let Self {
            version,
            bands,
            unit,
            orders_in_maintenance,
            default_table,
            tables,
            near: _,
            near_default: _,
        } = self;
        writer.put(version);
        writer.put(bands);
        writer.put(unit);
        writer.put(orders_in_maintenance);
        writer.put(default_table);
        writer.put(tables);
    }
    fn read(reader: &mut Reader<'_>) -> Self {
        let (version, bands) = (reader.part(), reader.part());
        let (unit, orders_in_maintenance) = (reader.part(), reader.part());
        let default_table: Option<BracketTable> = reader.part();
        let tables: Vec<Option<BracketTable>> = reader.part();
        reader.expect(tables.len() <= reader.instruments(), "tables of instruments");
        let near = |own: &Option<BracketTable>| NearBrackets::of(own.as_ref().or(default_table.as_ref()));
        Self {
            version,
            bands,
            unit,
            orders_in_maintenance,
            near: tables.iter().map(near).collect(),
            near_default: near(&None),
            default_table,
            tables,
        }
    }
}

impl Brackets {
    /// Kind of model in snapshots.
    pub const KIND: [u8; 4] = *b"BRKT";

    /// A model without tables.
    #[must_use]
    pub fn new(version: u32, bands: Bands) -> Self {
        Self {
            version,
            bands,
            unit: BracketUnit::Quote,
            orders_in_maintenance: false,
            default_table: None,
            tables: Vec::new(),
            near: Vec::new(),
            near_default: NearBrackets::NONE,
        }
    }

    /// Sets the table for instruments without one of their own.
    pub fn set_default_table(&mut self, table: BracketTable) {
        self.near_default = NearBrackets::of(Some(&table));
        self.default_table = Some(table);
        for (near, _) in self.near.iter_mut().zip(&self.tables).filter(|(_, own)| own.is_none()) {
            *near = self.near_default;
        }
    }

    /// Sets the table of the instrument in a slot.
    pub fn set_table(&mut self, instrument: usize, table: BracketTable) {
        if self.tables.len() <= instrument {
            self.tables.resize(instrument + 1, None);
            self.near.resize(instrument + 1, self.near_default);
        }
        self.near[instrument] = NearBrackets::of(Some(&table));
        self.tables[instrument] = Some(table);
    }

    /// The table that an instrument stands under.
    #[must_use]
    pub fn table(&self, instrument: usize) -> Option<&BracketTable> {
        match self.tables.get(instrument) {
            Some(Some(table)) => Some(table),
            _ => self.default_table.as_ref(),
        }
    }

    /// What one unit of a table's bounds and deductions is worth in the quote asset.
    fn table_unit(&self, quote: &Quote) -> f64 {
        match self.unit {
            BracketUnit::Quote => 1.0,
            BracketUnit::Settlement => quote.settle_price * power_of_two(-f64::from(quote.settle_scale_log2)),
        }
    }

    /// Requirements of a signed size, orders left aside.
    fn position_risk(&self, row: &Row<'_>, table: &BracketTable, size: f64) -> Risk {
        let notional = size.abs() * row.quote.unit_notional;
        let unit = self.table_unit(row.quote);
        let rates = table.bracket(notional, unit).rates();
        let [by_bracket, maintenance] = rates.requirements(notional, unit);
        let by_floor = notional * row.initial_rate_floor;
        let risk = Risk {
            initial: if by_bracket < by_floor { by_floor } else { by_bracket },
            maintenance,
        };
        if row.quote.is_option && size > 0.0 {
            let most = most_of_long_option(size * row.quote.unit_value, row.quote.settle_price);
            return Risk {
                initial: risk.initial.min(most),
                maintenance: risk.maintenance.min(most),
            };
        }
        risk
    }

    /// Requirements at the worst of: no order filled, all buys filled, all sells filled, each with the loss of filling
    /// at the orders' prices; a gain is not counted. Maintenance counts orders where the parameters say so.
    fn risk_with_orders(&self, row: &Row<'_>, table: &BracketTable, orders: &OpenOrders) -> Risk {
        let settle_price = row.quote.settle_price;
        let unit_value = row.quote.unit_value;
        let buy_loss = (orders.buy_cost - orders.buy_size * unit_value).max(0.0) * settle_price;
        let sell_loss = (orders.sell_size * unit_value - orders.sell_proceeds).max(0.0) * settle_price;
        let held = self.position_risk(row, table, row.size);
        let bought = self.position_risk(row, table, row.size + orders.buy_size);
        let sold = self.position_risk(row, table, row.size - orders.sell_size);
        Risk {
            initial: held
                .initial
                .max(bought.initial + buy_loss)
                .max(sold.initial + sell_loss),
            maintenance: if self.orders_in_maintenance {
                held.maintenance
                    .max(bought.maintenance + buy_loss)
                    .max(sold.maintenance + sell_loss)
            } else {
                held.maintenance
            },
        }
    }
}

impl MarginModel for Brackets {
    fn version(&self) -> u32 {
        self.version
    }

    fn bands(&self) -> &Bands {
        &self.bands
    }

    #[inline(always)]
    fn term_count(&self) -> usize {
        2
    }

    fn grouping(&self) -> Grouping {
        Grouping::Account
    }

    fn supports(&self, instrument: usize, _spec: &InstrumentSpec) -> Result<()> {
        match self.table(instrument) {
            Some(_) => Ok(()),
            None => Err(EngineError::new(
                Code::MissingParameters,
                "instrument",
                "one that the account's margin model has a table for, which addInstrument's maxLeverage, marginTable or brackets give it",
                Phrase::new("that in slot {}, which has none", [instrument as f64]),
            )),
        }
    }

    fn terms(&self, row: &Row<'_>, terms: &mut [f64]) {
        let table = self
            .table(row.instrument)
            .expect("invariant: supports() was asked before the position was opened");
        let risk = match row.orders {
            None => self.position_risk(row, table, row.size),
            Some(orders) => self.risk_with_orders(row, table, orders),
        };
        terms[0] = risk.initial;
        terms[1] = risk.maintenance;
    }

    #[inline(always)]
    fn plain_terms(&self, instrument: usize, notional: f64) -> Option<[f64; 2]> {
        if self.unit != BracketUnit::Quote {
            return None;
        }
        let near = self.near.get(instrument).unwrap_or(&self.near_default);
        Some(near.rates(notional)?.requirements(notional, 1.0))
    }

    fn reduce(&self, sums: &[f64]) -> Reduced {
        Reduced {
            risk: Risk {
                initial: sums[0],
                maintenance: sums[1],
            },
            binding: u32::MAX,
        }
    }

    fn rates_max(&self) -> Risk {
        // a chosen leverage is at least 1, and rates rise from bracket to bracket
        let mut most = Risk {
            initial: 1.0,
            maintenance: 0.0,
        };
        for table in self.tables.iter().chain([&self.default_table]).flatten() {
            if let Some(last) = table.brackets.last() {
                most.initial = most.initial.max(last.initial_rate);
                most.maintenance = most.maintenance.max(last.maintenance_rate);
            }
            // rates of the whole notional jump from bracket to bracket, where liquidation goes by them
            if self.bands.liquidatable.initial > 0.0 && table.initial_jumps() {
                most.initial = f64::INFINITY;
            }
        }
        most
    }

    fn is_piecewise_linear(&self) -> bool {
        true
    }

    fn kinks(&self, row: &Row<'_>, visit: &mut dyn FnMut(f64)) {
        let Some(table) = self.table(row.instrument) else {
            return;
        };
        let unit = self.table_unit(row.quote);
        for bracket in &table.brackets {
            if bracket.upper.is_finite() {
                visit(bracket.upper * unit);
            }
        }
    }

    fn forget_instrument(&mut self, instrument: usize) {
        if let Some(table) = self.tables.get_mut(instrument) {
            *table = None;
            self.near[instrument] = self.near_default;
        }
    }

    fn kind(&self) -> [u8; 4] {
        Self::KIND
    }

    fn write_parameters(&self, writer: &mut Writer) {
        writer.put(self);
    }

    fn as_brackets(&self) -> Option<&Brackets> {
        Some(self)
    }

    fn as_brackets_mut(&mut self) -> Option<&mut Brackets> {
        Some(self)
    }
}
