//! What positions contribute to the sums of their account: steps 1 and 2 of every margin model.

use plimsoll_math::lane::{Lane, LaneBits, Wide};
use plimsoll_math::sum::{is_in_range, ExactSum, FourSums, RunningSums};

use super::{place_of_terms, Account, HeldRow, RowDetail, Sign, GROSS, INITIAL, MAINTENANCE, VALUE};
use crate::margin::{MarginModel, Row, TERMS_MAX};
use crate::market::Market;
use crate::quote::{PlainUnit, Quote};
use crate::status::RowStatus;

/// An instrument's quote with a model's record of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a> {
    pub quote: &'a Quote,
    pub record: &'a [f64],
}

/// All but the sign of a double.
const MAGNITUDE: u64 = !(1 << 63);

/// What a position that is nothing but its size contributes, in scaled units: value and gross notional, initial and
/// maintenance; `None` where its instrument is not plain or the model has no terms for it at once.
#[inline(always)]
pub(super) fn plain_parts<M: MarginModel>(
    rule: &M,
    size: f64,
    instrument: usize,
    unit: PlainUnit,
    market: &Market,
) -> Option<[Wide; 2]> {
    let signed = Wide::splat(size) * Wide::load(&unit, 0);
    let magnitude_of_second = <Wide as Lane>::Bits::load(&[u64::MAX, MAGNITUDE], 0);
    let value = Wide::from_bits(signed.to_bits().and(magnitude_of_second));
    let terms = rule.plain_terms(instrument, value.lane(1) * market.quote_scale)?;
    Some([value, Wide::load(&terms, 0) * Wide::splat(market.per_quote_scale)])
}

#[inline(always)]
pub(super) fn resum<M: MarginModel>(rule: &M, account: &mut Account, market: &Market, records: &[f64]) {
    account.clear_sums();
    let mut at = 0;
    // folds to a constant per model
    if rule.term_count() == 2 {
        let mut running = RunningSums::zero();
        loop {
            at += add_plain_rows(rule, &account.rows[at..], account.home, market, &mut running);
            if at == account.rows.len() {
                break;
            }
            add_row(rule, account, at, market, records);
            at += 1;
        }
        match running.sums() {
            Some(sums) => account.sums.add_sums(&sums),
            None => {
                account.clear_sums();
                at = 0;
            }
        }
    }
    for row in at..account.rows.len() {
        add_row(rule, account, row, market, records);
    }
}

/// Sums rows that are plain sizes in the first group and on the home line up to the first that is not, and returns how many
/// they are. The sums stay in registers.
#[inline(always)]
fn add_plain_rows<M: MarginModel>(
    rule: &M,
    rows: &[HeldRow],
    home: u8,
    market: &Market,
    running: &mut RunningSums,
) -> usize {
    for (at, row) in rows.iter().enumerate() {
        let instrument = row.instrument as usize;
        if row.place() != u32::from(home) << 16 {
            return at;
        }
        match plain_parts(rule, row.size, instrument, market.plain_units[instrument], market) {
            Some(parts) => running.add(parts),
            None => return at,
        }
    }
    rows.len()
}

/// Adds any row's contributions.
#[inline(never)]
fn add_row<M: MarginModel>(rule: &M, account: &mut Account, row: usize, market: &Market, records: &[f64]) {
    let instrument = account.rows[row].instrument as usize;
    let record_len = rule.record_len();
    let at = Quoted {
        quote: &market.quotes[instrument],
        record: &records[instrument * record_len..(instrument + 1) * record_len],
    };
    apply_row(rule, account, row, at, market.per_quote_scale, Sign::Add);
}

#[inline(never)]
pub(super) fn apply_row<M: MarginModel>(
    rule: &M,
    account: &mut Account,
    row: usize,
    at: Quoted<'_>,
    per_quote_scale: f64,
    sign: Sign,
) {
    let held = account.rows[row];
    // the rest of an account is not in its two cache lines
    let detail = held.has_detail.then(|| &account.rest.details[row]);
    let (mut few, mut many);
    let terms = if rule.term_count() <= 2 {
        few = [0.0; 2];
        &mut few[..rule.term_count()]
    } else {
        many = [0.0; TERMS_MAX];
        &mut many[..rule.term_count()]
    };
    let contribution = contribution(rule, &held, detail, at, per_quote_scale, terms);
    account.apply(&held, contribution, terms, sign);
}

/// What one position adds to its account's sums, in scaled units, beside its terms.
#[derive(Clone, Copy)]
struct Contribution {
    value: f64,
    notional: f64,
    status: RowStatus,
}

/// Step 1 for one position: what it contributes, with its terms in `terms`. `detail` where the row has any.
#[inline(always)]
fn contribution<M: MarginModel>(
    rule: &M,
    row: &HeldRow,
    detail: Option<&RowDetail>,
    at: Quoted<'_>,
    per_quote_scale: f64,
    terms: &mut [f64],
) -> Contribution {
    let Quoted { quote, record } = at;
    let value = row.size * quote.unit_value;
    let notional = row.size.abs() * quote.unit_notional * per_quote_scale;
    if quote.status.has_figures() {
        let (initial_rate_floor, orders) = match detail {
            Some(detail) => (detail.initial_rate_floor, detail.open_orders()),
            None => (0.0, None),
        };
        let seen = Row {
            instrument: row.instrument as usize,
            quote,
            record,
            size: row.size,
            initial_rate_floor,
            orders,
        };
        rule.terms(&seen, terms);
        terms.iter_mut().for_each(|term| *term *= per_quote_scale);
    }
    // where even the sum is in range, each is
    let sizes = terms.iter().fold(value.abs() + notional, |sum, term| sum + term.abs());
    let is_exact = is_in_range(sizes)
        || [value, notional]
            .iter()
            .chain(terms.iter())
            .all(|&part| is_in_range(part));
    let status = if is_exact { quote.status } else { RowStatus::OutOfRange };
    if status != RowStatus::Ok && row.size == 0.0 && detail.is_none_or(|detail| detail.resting.is_none()) {
        // a chosen leverage alone rests on no price
        terms.fill(0.0);
        return Contribution {
            value: 0.0,
            notional: 0.0,
            status: RowStatus::Ok,
        };
    }
    Contribution {
        value,
        notional,
        status,
    }
}

impl Account {
    /// Step 2 for one position: adds or takes back what it contributes.
    #[inline(always)]
    fn apply(&mut self, row: &HeldRow, contribution: Contribution, terms: &[f64], sign: Sign) {
        let Contribution {
            value,
            notional,
            status,
        } = contribution;
        if status != RowStatus::Ok {
            for count in [&mut self.rest.row_status[status as usize], &mut self.rows_not_ok] {
                match sign {
                    Sign::Add => *count += 1,
                    Sign::Subtract => *count -= 1,
                }
            }
        }
        if status == RowStatus::OutOfRange {
            return;
        }
        let apply = |mut sum: ExactSum, contribution: f64| {
            match sign {
                Sign::Add => sum.add(contribution),
                Sign::Subtract => sum.subtract(contribution),
            }
            sum
        };
        if row.line == self.home {
            self.sums.set(VALUE, apply(self.sums.get(VALUE), value));
        } else {
            let line = &mut self.rest.lines[usize::from(row.line)];
            line.value = apply(line.value, value);
        }
        self.sums.set(GROSS, apply(self.sums.get(GROSS), notional));
        match place_of_terms(usize::from(row.group), terms.len()) {
            None => {
                for (which, &term) in [INITIAL, MAINTENANCE].into_iter().zip(terms) {
                    self.sums.set(which, apply(self.sums.get(which), term));
                }
            }
            Some(place) => {
                for (sum, &term) in self.rest.group_sums[place..].iter_mut().zip(terms) {
                    *sum = apply(*sum, term);
                }
            }
        }
    }

    #[inline(always)]
    fn clear_sums(&mut self) {
        self.sums = FourSums::ZERO;
        if !self.is_simple || self.rows_not_ok > 0 {
            self.rows_not_ok = 0;
            let rest = &mut *self.rest;
            rest.row_status = [0; RowStatus::COUNT];
            rest.group_sums.fill(ExactSum::ZERO);
            rest.lines.iter_mut().for_each(|line| line.value = ExactSum::ZERO);
        }
    }
}
