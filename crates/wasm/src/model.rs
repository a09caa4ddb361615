//! Margin models as commands take them.

use alloc::vec::Vec;

use plimsoll_engine::margin::{Bands, Bracket, BracketTable, BracketUnit, Brackets, Threshold};
use plimsoll_engine::{InstrumentId, Result};

use crate::arguments::{Argument, Reader, Rows};

/// A bracket table: its form, then a count and so many rows of six words.
pub(crate) struct Table {
    form: u32,
    rows: Vec<[f64; 6]>,
}

/// Forms of a bracket table, by number.
pub(crate) const TABLE_FORMS: &[&str] = &["cumulative", "marginal", "max-leverage"];

impl Argument for Table {
    const TYPE: &'static str = "table";
    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        let form = u32::read(reader, field)?;
        let rows = Rows::<6>::read(reader, field)?;
        Ok(Self { form, rows: rows.0 })
    }
}

impl Table {
    /// Words of a row: lower, upper, initial rate, initial deduction, maintenance rate, maintenance deduction; in the
    /// maximum-leverage form the third is the maximum leverage and the fifth the maintenance share.
    pub(crate) fn into_bracket_table(self) -> Result<BracketTable> {
        if self.form == 2 {
            let share = self.rows.first().map_or(0.0, |row| row[4]);
            let tiers: Vec<(f64, f64)> = self.rows.iter().map(|row| (row[0], row[2])).collect();
            return BracketTable::from_max_leverage(&tiers, share);
        }
        let rows: Vec<Bracket> = self
            .rows
            .into_iter()
            .map(
                |[lower, upper, initial_rate, initial_deduction, maintenance_rate, maintenance_deduction]| Bracket {
                    lower,
                    upper,
                    initial_rate,
                    initial_deduction,
                    maintenance_rate,
                    maintenance_deduction,
                },
            )
            .collect();
        if self.form == 0 {
            BracketTable::cumulative(&rows)
        } else {
            BracketTable::marginal(&rows)
        }
    }
}

/// A count of tables, each behind the handle of what it belongs to: an instrument or a model.
pub(crate) struct Tables(pub Vec<(f64, BracketTable)>);

impl Argument for Tables {
    const TYPE: &'static str = "tables";
    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        let count = u32::read(reader, field)?;
        let tables = (0..count).map(|_| {
            let handle = f64::read(reader, field)?;
            Ok((handle, Table::read(reader, field)?.into_bracket_table()?))
        });
        Ok(Self(tables.collect::<Result<_>>()?))
    }
}

/// Parameters of a brackets model: version, unit, whether orders count in maintenance, the bands' eight words, then its
/// tables, each of an instrument (NaN: the default).
pub(crate) struct ModelArguments {
    version: u32,
    unit: u32,
    orders_in_maintenance: bool,
    bands: Bands,
    tables: Tables,
}

impl Argument for ModelArguments {
    const TYPE: &'static str = "model";
    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        let version = u32::read(reader, field)?;
        let unit = u32::read(reader, field)?;
        let orders_in_maintenance = bool::read(reader, field)?;
        let mut threshold = || {
            Ok(Threshold {
                initial: f64::read(reader, field)?,
                maintenance: f64::read(reader, field)?,
            })
        };
        let (warning, reduce_only, liquidatable) = (threshold()?, threshold()?, threshold()?);
        let is_equality_liquidatable = bool::read(reader, field)?;
        let hysteresis = f64::read(reader, field)?;
        let bands = Bands {
            warning,
            reduce_only,
            liquidatable,
            is_equality_liquidatable,
            hysteresis,
        };
        let tables = Tables::read(reader, field)?;
        Ok(Self {
            version,
            unit,
            orders_in_maintenance,
            bands,
            tables,
        })
    }
}

impl ModelArguments {
    pub(crate) fn into_brackets(self) -> Brackets {
        let mut rule = Brackets::new(self.version, self.bands);
        rule.unit = if self.unit == 0 {
            BracketUnit::Quote
        } else {
            BracketUnit::Settlement
        };
        rule.orders_in_maintenance = self.orders_in_maintenance;
        for (instrument, table) in self.tables.0 {
            if instrument.is_nan() {
                rule.set_default_table(table);
            } else {
                rule.set_table(InstrumentId(instrument as u32).slot(), table);
            }
        }
        rule
    }
}
