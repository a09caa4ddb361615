//! A table of brackets: how venues publish them, what is refused, and the bracket of a notional.

use alloc::vec::Vec;

use plimsoll_math::lane::{Lane, Wide};

use crate::error::{Code, EngineError, Phrase, Result};
use crate::snapshot::codec::{stored, Reader, Stored, Writer};

/// A stated deduction may miss continuity by the rounding of a published table, not by more.
const DEDUCTION_TOLERANCE: f64 = 1e-6;

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
pub(super) struct Rates {
    pub rates: [f64; 2],
    pub deductions: [f64; 2],
}

impl Bracket {
    pub(super) fn rates(&self) -> Rates {
        Rates {
            rates: [self.initial_rate, self.maintenance_rate],
            deductions: [self.initial_deduction, self.maintenance_deduction],
        }
    }
}

impl Rates {
    /// The two requirements of a notional ≥ 0, where deductions count `unit` each; none is negative.
    #[inline(always)]
    pub(super) fn requirements(&self, notional: f64, unit: f64) -> [f64; 2] {
        let by_rate = Wide::splat(notional) * Wide::load(&self.rates, 0);
        let requirements = by_rate - Wide::splat(unit) * Wide::load(&self.deductions, 0);
        let mut positive = [0.0; 2];
        requirements.max(Wide::splat(0.0)).store(&mut positive, 0);
        positive
    }
}

/// Brackets of one instrument, from notional zero upward.
#[derive(Clone, PartialEq, Debug)]
pub struct BracketTable {
    pub(super) brackets: Vec<Bracket>,
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
    pub(super) fn bracket(&self, notional: f64, unit: f64) -> &Bracket {
        let place = self.brackets.partition_point(|bracket| notional > bracket.upper * unit);
        &self.brackets[place.min(self.brackets.len() - 1)]
    }

    /// Whether the initial requirement is not the same at the end of a bracket as at the start of the next.
    pub(super) fn initial_jumps(&self) -> bool {
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
