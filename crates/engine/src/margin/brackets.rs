//! Margin by notional brackets: Hyperliquid, Binance USD-M and COIN-M, and whoever tiers a rate by position size.
//!
//!   maintenance(N) = N·rate − deduction,   of the bracket that holds N
//!   initial(N)     = max(N·initial_rate − initial_deduction, N / chosen leverage)
//!
//! An option's N is the notional of its underlying; a long option needs less than its own value, since it can lose no more: an
//! account of nothing but options that it has paid for is not liquidatable, whatever they come to be worth, unless a haircut takes
//! part of that.

use alloc::vec::Vec;

use plimsoll_math::lane::{Lane, LaneMask, Wide};
use plimsoll_math::sum::{is_in_range, ExactSum};

use crate::error::{Code, EngineError, Phrase, Result};
use crate::instrument::{InstrumentSpec, Quote};
use crate::margin::{Bands, Grouping, MarginModel, OpenOrders, Reduced, Risk, Row};
use crate::market::power_of_two;
use crate::snapshot::codec::{stored, stored_names, Reader, Stored, Writer};

/// A stated deduction may miss continuity by the rounding of a published table, not by more.
const DEDUCTION_TOLERANCE: f64 = 1e-6;

/// Share of its value by which a long option needs less: 2⁻⁴⁸, more than requirements and equity may differ by rounding.
const VALUE_MARGIN: f64 = 16.0 * f64::EPSILON;
/// Likewise in the quote asset for values of next to nothing: 2⁻⁵⁷, some units of exact sums.
const LEAST_VALUE_MARGIN: f64 = f64::EPSILON / 32.0;

/// One bracket of a table.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bracket {
    /// Notional from which it applies.
    pub lower: f64,
    /// Notional up to which it applies; the last bracket goes on beyond.
    pub upper: f64,
    /// Initial rate, a fraction of notional.
    pub initial_rate: f64,
    /// Amount to subtract from notional · initial rate.
    pub initial_deduction: f64,
    /// Maintenance rate.
    pub maintenance_rate: f64,
    /// Amount to subtract from notional · maintenance rate.
    pub maintenance_deduction: f64,
}

stored! { Bracket { lower, upper, initial_rate, initial_deduction, maintenance_rate, maintenance_deduction } }

/// What a bracket asks of the notionals inside it: rate · notional − deduction, of initial and maintenance.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Rates {
    rates: [f64; 2],
    deductions: [f64; 2],
}

impl Bracket {
    fn rates(&self) -> Rates {
        Rates {
            rates: [self.initial_rate, self.maintenance_rate],
            deductions: [self.initial_deduction, self.maintenance_deduction],
        }
    }
}

impl Rates {
    /// The two requirements of a notional ≥ 0, where deductions count `unit` each; none is negative.
    #[inline(always)]
    fn requirements(&self, notional: f64, unit: f64) -> [f64; 2] {
        let by_rate = Wide::splat(notional) * Wide::load(&self.rates, 0);
        let requirements = by_rate - Wide::splat(unit) * Wide::load(&self.deductions, 0);
        let mut positive = [0.0; 2];
        requirements.max(Wide::splat(0.0)).store(&mut positive, 0);
        positive
    }
}

/// How many brackets of each table lie where the loop over positions finds them without a branch: 3.
const NEAR: usize = 3;

/// The first brackets of a table, in two cache lines of which positions in the first bracket need one.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(align(64))]
struct NearBrackets {
    /// Upper bounds; +∞ for the last bracket of the table and beyond, and to fill up two pairs, so that a number is not
    /// above one of them at least.
    upper: [f64; NEAR + 1],
    rates: [Rates; NEAR],
}

impl NearBrackets {
    /// Of an instrument without a table, which no account can hold.
    const NONE: Self = Self {
        upper: [f64::INFINITY; NEAR + 1],
        rates: [Rates {
            rates: [f64::NAN; 2],
            deductions: [f64::NAN; 2],
        }; NEAR],
    };

    fn of(table: Option<&BracketTable>) -> Self {
        let brackets = table.map_or(&[][..], |table| &table.brackets);
        let Some(last) = brackets.len().checked_sub(1) else {
            return Self::NONE;
        };
        Self {
            upper: core::array::from_fn(|i| {
                if i < last.min(NEAR) {
                    brackets[i].upper
                } else {
                    f64::INFINITY
                }
            }),
            rates: core::array::from_fn(|i| brackets[i.min(last)].rates()),
        }
    }

    /// Rates of the bracket that holds a notional ≥ 0; `None` beyond these brackets and for NaN.
    #[inline(always)]
    fn rates(&self, notional: f64) -> Option<&Rates> {
        let not_above = |at| Wide::splat(notional).le(Wide::load(&self.upper, at)).count();
        self.rates.get(NEAR + 1 - not_above(0) - not_above(2))
    }
}

/// Brackets of one instrument, from notional zero upward.
#[derive(Clone, PartialEq, Debug)]
pub struct BracketTable {
    brackets: Vec<Bracket>,
}

impl Stored for BracketTable {
    fn write(&self, writer: &mut Writer) {
        writer.put(&self.brackets);
    }
    fn read(reader: &mut Reader<'_>) -> Self {
        let brackets: Vec<Bracket> = reader.part();
        let mut upper = 0.0;
        for bracket in &brackets {
            let numbers = [
                bracket.initial_rate,
                bracket.initial_deduction,
                bracket.maintenance_rate,
                bracket.maintenance_deduction,
            ];
            let is_next = bracket.lower == upper && bracket.upper > upper;
            reader.expect(
                is_next && numbers.iter().all(|x| x.is_finite()),
                "brackets without a gap",
            );
            upper = bracket.upper;
        }
        reader.expect(!brackets.is_empty(), "at least one bracket");
        Self { brackets }
    }
}

impl BracketTable {
    /// A table as Binance publishes it: each bracket with its rates and its maintenance deduction (`cum`).
    ///
    /// Initial margin is notional · initial rate, of the whole amount. Deductions must keep the maintenance requirement
    /// continuous to 1e-6 of it. A table may start above zero with the deduction that its first bracket states: below its
    /// start the requirement is the lesser of rate · notional and that at the start, which no table that increases from
    /// zero exceeds.
    ///
    /// # Errors
    /// [`Code::InvalidBrackets`] naming the bracket: empty table, gap, overlap, falling or improper rate, discontinuity.
    pub fn cumulative(rows: &[Bracket]) -> Result<Self> {
        validate_rows(rows)?;
        for (i, pair) in rows.windows(2).enumerate() {
            let (at, next) = (pair[0].upper, &pair[1]);
            let before = at * pair[0].maintenance_rate - pair[0].maintenance_deduction;
            let after = at * next.maintenance_rate - next.maintenance_deduction;
            if (before - after).abs() > DEDUCTION_TOLERANCE * before.abs().max(1.0) {
                let deduction = pair[0].maintenance_deduction + at * (next.maintenance_rate - pair[0].maintenance_rate);
                let field = Phrase::new("brackets[{}].maintenanceDeduction", [(i + 1) as f64]);
                let expected = Phrase::new("{}, which keeps the requirement continuous", [deduction]);
                return Err(EngineError::new(
                    Code::InvalidBrackets,
                    field,
                    expected,
                    next.maintenance_deduction,
                ));
            }
        }
        let first = rows[0];
        let mut brackets = Vec::with_capacity(rows.len() + 2);
        if first.lower > 0.0 {
            let at_start = first.lower * first.maintenance_rate - first.maintenance_deduction;
            if at_start < 0.0 {
                let field = "brackets[0].maintenanceDeduction";
                let expected = Phrase::new(
                    "at most {}, the requirement at the start",
                    [first.lower * first.maintenance_rate],
                );
                return Err(EngineError::new(
                    Code::InvalidBrackets,
                    field,
                    expected,
                    first.maintenance_deduction,
                ));
            }
            let kink = at_start / first.maintenance_rate;
            brackets.push(Bracket {
                lower: 0.0,
                upper: kink,
                maintenance_deduction: 0.0,
                ..first
            });
            let held = Bracket {
                maintenance_rate: 0.0,
                maintenance_deduction: -at_start,
                ..first
            };
            brackets.push(Bracket {
                lower: kink,
                upper: first.lower,
                ..held
            });
        }
        brackets.extend_from_slice(rows);
        Ok(Self { brackets })
    }

    /// A table of marginal rates: each bracket's rates apply to the part of the notional inside it, like a tax.
    ///
    /// The deductions given are ignored and computed:
    /// deductionₙ = deductionₙ₋₁ + lowerₙ·(rateₙ − rateₙ₋₁), for both requirements.
    ///
    /// # Errors
    /// As [`BracketTable::cumulative`]; the table must start at zero.
    pub fn marginal(rows: &[Bracket]) -> Result<Self> {
        validate_rows(rows)?;
        if rows[0].lower != 0.0 {
            return Err(EngineError::new(
                Code::InvalidBrackets,
                "brackets[0].lower",
                "0",
                rows[0].lower,
            ));
        }
        let mut brackets: Vec<Bracket> = Vec::with_capacity(rows.len());
        for row in rows {
            let mut bracket = Bracket {
                initial_deduction: 0.0,
                maintenance_deduction: 0.0,
                ..*row
            };
            if let Some(before) = brackets.last() {
                bracket.initial_deduction =
                    before.initial_deduction + row.lower * (row.initial_rate - before.initial_rate);
                bracket.maintenance_deduction =
                    before.maintenance_deduction + row.lower * (row.maintenance_rate - before.maintenance_rate);
            }
            brackets.push(bracket);
        }
        Ok(Self { brackets })
    }

    /// A margin table as Hyperliquid publishes it: (lower bound, maximum leverage) per tier; the initial rate is
    /// 1 / maximum leverage, the maintenance rate a share of it (one half there).
    ///
    /// # Errors
    /// As [`BracketTable::marginal`]; a maximum leverage must be ≥ 1.
    pub fn from_max_leverage(tiers: &[(f64, f64)], maintenance_share: f64) -> Result<Self> {
        let mut rows = Vec::with_capacity(tiers.len());
        for (i, &(lower, max_leverage)) in tiers.iter().enumerate() {
            if !(max_leverage >= 1.0 && max_leverage.is_finite()) {
                let field = Phrase::new("tiers[{}].maxLeverage", [i as f64]);
                return Err(EngineError::new(
                    Code::InvalidBrackets,
                    field,
                    "finite and ≥ 1",
                    max_leverage,
                ));
            }
            let initial_rate = 1.0 / max_leverage;
            rows.push(Bracket {
                lower,
                upper: tiers.get(i + 1).map_or(f64::INFINITY, |next| next.0),
                initial_rate,
                initial_deduction: 0.0,
                maintenance_rate: initial_rate * maintenance_share,
                maintenance_deduction: 0.0,
            });
        }
        Self::marginal(&rows)
    }

    /// The bracket that holds a notional ≥ 0, where bounds count `unit` each.
    fn bracket(&self, notional: f64, unit: f64) -> &Bracket {
        let place = self.brackets.partition_point(|bracket| notional > bracket.upper * unit);
        &self.brackets[place.min(self.brackets.len() - 1)]
    }

    /// Whether the initial requirement is not the same at the end of a bracket as at the start of the next.
    fn initial_jumps(&self) -> bool {
        self.brackets.windows(2).any(|pair| {
            let (at, next) = (&pair[0], &pair[1]);
            let deduction = at.initial_deduction + next.lower * (next.initial_rate - at.initial_rate);
            next.initial_deduction != deduction
        })
    }

    /// All brackets, from zero.
    #[must_use]
    pub fn brackets(&self) -> &[Bracket] {
        &self.brackets
    }
}

fn validate_rows(rows: &[Bracket]) -> Result<()> {
    let refuse = |i: usize, field: &'static str, expected: Phrase, came: f64| {
        Err(EngineError::new(Code::InvalidBrackets, field, expected, came).within("brackets[{}].", i))
    };
    let Some(first) = rows.first() else {
        return Err(EngineError::new(
            Code::InvalidBrackets,
            "brackets",
            "at least one bracket",
            "none",
        ));
    };
    if !(first.lower >= 0.0 && first.lower.is_finite()) {
        return refuse(0, "lower", "finite and ≥ 0".into(), first.lower);
    }
    for (i, row) in rows.iter().enumerate() {
        if !(row.upper > row.lower) {
            return refuse(
                i,
                "upper",
                Phrase::new("greater than lower, {}", [row.lower]),
                row.upper,
            );
        }
        if !(row.maintenance_rate > 0.0 && row.maintenance_rate <= 1.0) {
            return refuse(
                i,
                "maintenanceRate",
                "greater than 0 and at most 1".into(),
                row.maintenance_rate,
            );
        }
        if !(row.initial_rate >= row.maintenance_rate && row.initial_rate.is_finite()) {
            return refuse(
                i,
                "initialRate",
                Phrase::new("at least the maintenance rate, {}", [row.maintenance_rate]),
                row.initial_rate,
            );
        }
        for (field, deduction) in [
            ("initialDeduction", row.initial_deduction),
            ("maintenanceDeduction", row.maintenance_deduction),
        ] {
            if !deduction.is_finite() {
                return refuse(i, field, "a finite number".into(), deduction);
            }
        }
        let Some(next) = rows.get(i + 1) else { continue };
        if next.lower != row.upper {
            let expected = if next.lower > row.upper {
                "{}, or there is a gap"
            } else {
                "{}, or there is an overlap"
            };
            return refuse(i + 1, "lower", Phrase::new(expected, [row.upper]), next.lower);
        }
        if next.maintenance_rate < row.maintenance_rate {
            return refuse(
                i + 1,
                "maintenanceRate",
                Phrase::new("at least {}", [row.maintenance_rate]),
                next.maintenance_rate,
            );
        }
        if next.initial_rate < row.initial_rate {
            return refuse(
                i + 1,
                "initialRate",
                Phrase::new("at least {}", [row.initial_rate]),
                next.initial_rate,
            );
        }
    }
    Ok(())
}

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
            BracketUnit::Settlement => quote.settle_price * power_of_two(-i32::from(quote.settle_scale_log2)),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Rates, bounds and `cum` of BTCUSDT, first six tiers, as freqtrade recorded them in October 2024 (binance_leverage_tiers.json).
    fn binance_btc() -> Vec<Bracket> {
        [
            (0.0, 50e3, 0.004, 125.0, 0.0),
            (50e3, 600e3, 0.005, 100.0, 50.0),
            (600e3, 3e6, 0.0065, 75.0, 950.0),
            (3e6, 12e6, 0.01, 50.0, 11_450.0),
            (12e6, 70e6, 0.02, 25.0, 131_450.0),
            (70e6, 100e6, 0.025, 20.0, 481_450.0),
        ]
        .into_iter()
        .map(
            |(lower, upper, maintenance_rate, leverage, maintenance_deduction)| Bracket {
                lower,
                upper,
                initial_rate: 1.0 / leverage,
                initial_deduction: 0.0,
                maintenance_rate,
                maintenance_deduction,
            },
        )
        .collect()
    }

    fn maintenance(table: &BracketTable, notional: f64) -> f64 {
        let bracket = table.bracket(notional, 1.0);
        notional * bracket.maintenance_rate - bracket.maintenance_deduction
    }

    #[test]
    fn binance_90_million_needs_1_768_550() {
        // case binance-bracket-btc-90m: 90e6 · 0.025 − 481,450
        let table = BracketTable::cumulative(&binance_btc()).expect("published table");
        assert!((maintenance(&table, 90e6) - 1_768_550.0).abs() < 1e-6);
    }

    #[test]
    fn marginal_and_cumulative_forms_agree() {
        let cumulative = BracketTable::cumulative(&binance_btc()).expect("published table");
        let marginal = BracketTable::marginal(&binance_btc()).expect("same bounds");
        for notional in [1.0, 50e3, 50_001.0, 599e3, 2e6, 11.9e6, 12.1e6, 99e6, 150e6] {
            let (a, b) = (maintenance(&cumulative, notional), maintenance(&marginal, notional));
            assert!((a - b).abs() <= 1e-9 * a, "{notional}: {a} against {b}");
        }
    }

    #[test]
    fn hyperliquid_tiers_are_half_the_initial_margin_at_maximum_leverage() {
        // cases hyperliquid-tier-mm-btc-200m (rate 0.025, deduction 1,875,000, MM 3,125,000) and -eth-120m (2,666,666.67)
        let btc = BracketTable::from_max_leverage(&[(0.0, 40.0), (150e6, 20.0)], 0.5).expect("published tiers");
        assert_eq!(btc.bracket(200e6, 1.0).maintenance_deduction, 1_875_000.0);
        assert!((maintenance(&btc, 200e6) - 3_125_000.0).abs() < 1e-6);
        let eth = BracketTable::from_max_leverage(&[(0.0, 25.0), (100e6, 15.0)], 0.5).expect("published tiers");
        assert!((maintenance(&eth, 120e6) - 2_666_666.666_666_666_5).abs() < 1e-6);
    }

    #[test]
    fn gaps_overlaps_and_discontinuities_are_refused_by_name() {
        let refused = |change: fn(&mut Vec<Bracket>)| {
            let mut rows = binance_btc();
            change(&mut rows);
            BracketTable::cumulative(&rows)
                .expect_err("a bad table")
                .field
                .to_string()
        };
        assert_eq!(refused(|rows| rows.clear()), "brackets");
        assert_eq!(refused(|rows| rows[2].lower += 1.0), "brackets[2].lower");
        assert_eq!(refused(|rows| rows[2].lower -= 1.0), "brackets[2].lower");
        assert_eq!(refused(|rows| rows[1].upper = rows[1].lower), "brackets[1].upper");
        assert_eq!(
            refused(|rows| rows[3].maintenance_rate = 0.006),
            "brackets[3].maintenanceRate"
        );
        assert_eq!(
            refused(|rows| rows[3].maintenance_rate = f64::NAN),
            "brackets[3].maintenanceRate"
        );
        assert_eq!(refused(|rows| rows[0].initial_rate = 0.001), "brackets[0].initialRate");
        assert_eq!(
            refused(|rows| rows[4].maintenance_deduction += 10.0),
            "brackets[4].maintenanceDeduction"
        );
        assert_eq!(
            refused(|rows| rows[4].initial_deduction = f64::INFINITY),
            "brackets[4].initialDeduction"
        );
    }

    #[test]
    fn a_table_may_start_above_zero_and_is_then_never_too_low_below_its_start() {
        let full = BracketTable::cumulative(&binance_btc()).expect("published table");
        let upper_part = BracketTable::cumulative(&binance_btc()[3..]).expect("starts at 3 million");
        for notional in [3e6, 5e6, 80e6] {
            assert_eq!(maintenance(&upper_part, notional), maintenance(&full, notional));
        }
        let mut before = 0.0;
        for step in 0..=300 {
            let notional = f64::from(step) * 1e4;
            let (ours, exact) = (maintenance(&upper_part, notional), maintenance(&full, notional));
            assert!(
                ours >= exact - 1e-9 && ours >= before,
                "{notional}: {ours} against {exact}"
            );
            before = ours;
            // the rate of the first row, until that gives what is required at its start: 3e6 · 0.01 − 11,450
            let expected = (notional * 0.01).min(18_550.0);
            assert!((ours - expected).abs() < 1e-9, "{notional}: {ours} against {expected}");
        }
    }

    #[test]
    fn a_deduction_may_be_off_by_a_millionth_of_the_requirement_and_the_right_one_is_told() {
        // at 50,000 with rates of 2 and 4 %: 1,000 required, 1,000 deducted beyond
        let with_deduction = |deduction| {
            let row = |lower, upper, maintenance_rate, maintenance_deduction| Bracket {
                lower,
                upper,
                initial_rate: 0.1,
                initial_deduction: 0.0,
                maintenance_rate,
                maintenance_deduction,
            };
            BracketTable::cumulative(&[row(0.0, 50e3, 0.02, 0.0), row(50e3, f64::INFINITY, 0.04, deduction)])
        };
        for off in [-0.9e-3, 0.9e-3] {
            assert!(with_deduction(1000.0 + off).is_ok(), "{off}");
        }
        for off in [-1.1e-3, 1.1e-3] {
            let refused = with_deduction(1000.0 + off).expect_err("a step").to_string();
            assert!(
                refused.contains("1000, which keeps the requirement continuous"),
                "{refused}"
            );
        }
    }

    #[test]
    fn the_loop_over_positions_finds_the_bracket_that_one_alone_stands_in() {
        let rows = binance_btc();
        for count in 1..=rows.len() {
            let mut rule = Brackets::new(1, Bands::default());
            rule.set_table(1, BracketTable::cumulative(&rows[..count]).expect("published table"));
            rule.set_default_table(BracketTable::from_max_leverage(&[(0.0, 20.0)], 0.5).expect("one tier"));
            for instrument in 0..3 {
                let table = rule.table(instrument).expect("one of its own or the default");
                let ends = rows.iter().map(|row| row.upper);
                for notional in ends.flat_map(|end| [end.next_down(), end, end.next_up(), 1.5 * end]) {
                    let expected = table.bracket(notional, 1.0).rates().requirements(notional, 1.0);
                    let is_near = instrument != 1 || count <= NEAR || notional <= rows[NEAR - 1].upper;
                    let near = rule.plain_terms(instrument, notional);
                    assert_eq!(near, is_near.then_some(expected), "{count} {instrument} {notional}");
                }
            }
        }
    }

    #[test]
    fn marginal_rates_never_jump_and_rates_of_the_whole_amount_do() {
        let rows = binance_btc();
        assert!(!BracketTable::marginal(&rows).expect("same bounds").initial_jumps());
        assert!(!BracketTable::marginal(&rows[..1]).expect("one row").initial_jumps());
        let mut last_jumps = rows[..3].to_vec();
        last_jumps[1].initial_rate = last_jumps[0].initial_rate;
        assert!(BracketTable::cumulative(&last_jumps)
            .expect("published table")
            .initial_jumps());
    }

    #[test]
    fn the_highest_rates_are_those_of_any_table() {
        let table = |leverage| BracketTable::from_max_leverage(&[(0.0, 50.0), (1000.0, leverage)], 0.5).expect("tiers");
        let mut rule = Brackets::new(1, Bands::default());
        rule.set_default_table(table(10.0));
        let maintenance = |rule: &Brackets| rule.rates_max().maintenance;
        assert_eq!(maintenance(&rule), 0.05);
        rule.set_table(2, table(2.0));
        assert_eq!(maintenance(&rule), 0.25);
        rule.set_table(1, table(25.0));
        assert_eq!(maintenance(&rule), 0.25);
    }
}
