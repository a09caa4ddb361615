//! One account's row: what it holds, and the exact sums that its figures come from.

use alloc::vec::Vec;

use smallvec::SmallVec;

use plimsoll_math::lane::{Lane, Wide};
use plimsoll_math::sum::{fixed_point_value, is_in_range, ExactSum, QuadSum};

use crate::error::{Code, EngineError, Result};
use crate::handle::{AccountId, OrderId};
use crate::instrument::{InstrumentSpec, Quote};
use crate::margin::{Grouping, MarginModel, OpenOrders, Reduced, Risk, Row, TERMS_MAX};
use crate::market::{Market, Shift};
use crate::money::Money;
use crate::status::{Band, RowStatus};

/// Assets that one account can hold or settle in.
const LINES_MAX: usize = 1 << 8;
/// Positions that one account can hold: so many contributions below 2³¹ stay below the 2⁴³ that an exact sum can tell.
const ROWS_MAX: usize = (1 << 12) - 1;
/// Netting groups that one account can have.
const GROUPS_MAX: usize = 1 << 16;
/// No instrument: the driver of an event that no tick caused.
pub(crate) const NO_DRIVER: u32 = u32::MAX;

/// What the hot loops read of a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldRow {
    pub size: f64,
    pub instrument: u32,
    pub group: u16,
    /// Index of the line that the position settles in.
    pub line: u8,
    /// Whether there is more to it than its size: resting orders, a chosen leverage.
    pub has_detail: bool,
}

/// The rest of a position.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowDetail {
    pub lots: i64,
    /// Σ size · unit value at the fills that opened what is held, in scaled units of the settlement asset.
    pub cost: Money,
    pub orders: OpenOrders,
    /// 1 / the leverage that the account chose for the instrument, 0 where it chose none.
    pub initial_rate_floor: f64,
    pub order_count: u32,
    /// Place in the instrument's list of holders.
    pub holder: u32,
}

impl HeldRow {
    /// Group, line and whether there is detail, in one number to compare.
    #[inline(always)]
    fn place(&self) -> u32 {
        u32::from(self.group) | u32::from(self.line) << 16 | u32::from(self.has_detail) << 24
    }
}

impl RowDetail {
    /// Resting orders, where there are any.
    #[inline(always)]
    pub(crate) fn open_orders(&self) -> Option<&OpenOrders> {
        (self.order_count > 0).then_some(&self.orders)
    }

    /// Whether a row has more to it than its size.
    pub(crate) fn is_needed(&self) -> bool {
        self.order_count > 0 || self.initial_rate_floor > 0.0
    }
}

/// A balance in one asset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub asset: u32,
    pub balance: Money,
    /// Σ cost of the positions whose profit is unrealised; options are paid for at the fill and have none here.
    pub cost: Money,
    /// Place in the asset's list of holders.
    pub holder: u32,
}

/// Positions that net against each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub key: GroupKey,
    pub rows: u32,
}

/// Exact sums over the positions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    /// Per line: Σ size · unit value.
    pub lines: SmallVec<[ExactSum; 1]>,
    /// Σ |size| · unit notional.
    pub gross: ExactSum,
    /// Per group, K terms each.
    pub groups: SmallVec<[ExactSum; 2]>,
    /// Rows in each [`RowStatus`] but Ok.
    pub row_status: [u32; RowStatus::COUNT],
}

/// An account or an isolated position.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub model: u32,
    pub parent: Option<AccountId>,
    /// The only instrument that an isolated row may hold.
    pub isolated_instrument: Option<u32>,
    pub children: u32,
    pub rows: Vec<HeldRow>,
    pub details: Vec<RowDetail>,
    pub lines: SmallVec<[Line; 1]>,
    pub groups: SmallVec<[Group; 1]>,
    pub orders: Vec<OrderId>,
    pub sums: Sums,
    pub band: Band,
    /// The tick pass that last marked it.
    pub marked_at: u64,
    pub driver: u32,
    /// Running hash of its events.
    pub event_hash: u64,
}

/// An account's headline figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Headline {
    pub equity: f64,
    pub risk: Risk,
    pub gross: f64,
    pub status: RowStatus,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sign {
    Add,
    Subtract,
}

/// An instrument's quote with a model's record of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a> {
    pub quote: &'a Quote,
    pub record: &'a [f64],
}

/// The loops over positions, compiled once per model so that a full pass calls a model once per account.
pub(crate) trait Stepped: MarginModel {
    /// Sums an account anew.
    fn resum(&self, account: &mut Account, market: &Market, records: &[f64]);
    /// Adds or takes back one position's contributions at a quote.
    fn apply_row(&self, account: &mut Account, row: usize, at: Quoted<'_>, per_quote_scale: f64, sign: Sign);
    /// Replaces one position's contributions at one quote by those at another.
    fn move_row(&self, account: &mut Account, row: usize, before: Quoted<'_>, after: Quoted<'_>, per_quote_scale: f64);
    /// Steps 3 and 4 and the equity: the account's figures from its sums.
    fn headline(&self, account: &Account, market: &Market, shift: Shift) -> Headline;
    /// The figures at the market's prices, and the band that they lead to.
    fn assess(&self, account: &Account, market: &Market) -> (Headline, Band);
}

impl<M: MarginModel> Stepped for M {
    fn resum(&self, account: &mut Account, market: &Market, records: &[f64]) {
        let Account {
            rows, details, sums, ..
        } = account;
        sums.clear();
        // folds to a constant per model
        if self.term_count() == 2 {
            resum_pairs(self, rows, details, sums, market, records);
            return;
        }
        for (row, detail) in rows.iter().zip(details.iter()) {
            add_row(self, row, detail, sums, market, records);
        }
    }

    fn apply_row(&self, account: &mut Account, row: usize, at: Quoted<'_>, per_quote_scale: f64, sign: Sign) {
        let (row, detail) = (&account.rows[row], &account.details[row]);
        let (mut few, mut many);
        let terms = if self.term_count() <= 2 {
            few = [0.0; 2];
            &mut few[..self.term_count()]
        } else {
            many = [0.0; TERMS_MAX];
            &mut many[..self.term_count()]
        };
        let contribution = contribution(self, row, detail, at, per_quote_scale, terms);
        account.sums.apply(row, contribution, terms, sign);
    }

    fn move_row(&self, account: &mut Account, row: usize, before: Quoted<'_>, after: Quoted<'_>, per_quote_scale: f64) {
        let held = &account.rows[row];
        if let (Some(old), Some(new)) = (
            plain_parts(self, held, before.quote, per_quote_scale),
            plain_parts(self, held, after.quote, per_quote_scale),
        ) {
            let mut change = QuadSum::zero();
            change.subtract(old);
            change.add(new);
            if let Some(change) = change.sums() {
                account.sums.add_four(held, &change);
                return;
            }
        }
        self.apply_row(account, row, before, per_quote_scale, Sign::Subtract);
        self.apply_row(account, row, after, per_quote_scale, Sign::Add);
    }

    fn headline(&self, account: &Account, market: &Market, shift: Shift) -> Headline {
        headline(self, account, market, shift)
    }

    fn assess(&self, account: &Account, market: &Market) -> (Headline, Band) {
        let headline = headline(self, account, market, Shift::NONE);
        let band = if headline.status.has_figures() {
            self.bands().next(account.band, headline.equity, headline.risk)
        } else {
            account.band
        };
        (headline, band)
    }
}

#[inline(always)]
fn headline<M: MarginModel>(rule: &M, account: &Account, market: &Market, shift: Shift) -> Headline {
    let mut status = account.sums.worst_row_status();
    let mut equity = ExactSum::ZERO;
    for line in 0..account.lines.len() {
        let (value, line_status) = account.line_value(line, market, shift);
        status = status.max(line_status);
        let value = value * market.per_quote_scale;
        if is_in_range(value) {
            equity.add(value);
        } else {
            status = RowStatus::OutOfRange;
        }
    }
    let risk = account.risk(rule, market, |_, _| ());
    match (status.has_figures(), risk) {
        (true, Some(risk)) => Headline {
            equity: equity.value() * market.quote_scale,
            risk,
            gross: account.sums.gross.value() * market.quote_scale,
            status,
        },
        (true, None) => Headline::missing(RowStatus::OutOfRange),
        (false, _) => Headline::missing(status),
    }
}

/// What a row that is a plain size contributes, in scaled units: value and gross notional, initial and maintenance; `None`
/// for other rows.
#[inline(always)]
fn plain_parts<M: MarginModel>(rule: &M, row: &HeldRow, quote: &Quote, per_quote_scale: f64) -> Option<[Wide; 2]> {
    if row.has_detail || !quote.is_plain() {
        return None;
    }
    let notional = row.size.abs() * quote.unit_notional;
    let terms = rule.plain_terms(row.instrument as usize, notional)?;
    let value = [row.size * quote.unit_value, notional * per_quote_scale];
    Some([
        Wide::load(&value, 0),
        Wide::load(&terms, 0) * Wide::splat(per_quote_scale),
    ])
}

/// Sums the rows of a model of two terms: those that are plain sizes on the first row's line and group the fast way, whose
/// sums stay in registers, the others one by one.
#[inline(always)]
fn resum_pairs<M: MarginModel>(
    rule: &M,
    rows: &[HeldRow],
    details: &[RowDetail],
    sums: &mut Sums,
    market: &Market,
    records: &[f64],
) {
    let Some(first) = rows.first() else { return };
    let place = HeldRow {
        has_detail: false,
        ..*first
    }
    .place();
    let mut plain = QuadSum::zero();
    for (row, detail) in rows.iter().zip(details) {
        let quote = &market.quotes[row.instrument as usize];
        let is_here = row.place() == place;
        match plain_parts(rule, row, quote, market.per_quote_scale).filter(|_| is_here) {
            Some(parts) => plain.add(parts),
            None => add_row(rule, row, detail, sums, market, records),
        }
    }
    match plain.sums() {
        Some(four) => sums.add_four(first, &four),
        None => {
            sums.clear();
            for (row, detail) in rows.iter().zip(details) {
                add_row(rule, row, detail, sums, market, records);
            }
        }
    }
}

/// Adds any row's contributions.
#[inline(never)]
fn add_row<M: MarginModel>(
    rule: &M,
    row: &HeldRow,
    detail: &RowDetail,
    sums: &mut Sums,
    market: &Market,
    records: &[f64],
) {
    let mut terms = [0.0; TERMS_MAX];
    let terms = &mut terms[..rule.term_count()];
    let instrument = row.instrument as usize;
    let record_len = rule.record_len();
    let at = Quoted {
        quote: &market.quotes[instrument],
        record: &records[instrument * record_len..(instrument + 1) * record_len],
    };
    let contribution = contribution(rule, row, detail, at, market.per_quote_scale, terms);
    sums.apply(row, contribution, terms, Sign::Add);
}

/// What one position adds to its account's sums, in scaled units, beside its terms.
#[derive(Clone, Copy)]
struct Contribution {
    value: f64,
    notional: f64,
    status: RowStatus,
}

/// Step 1 for one position: what it contributes, with its terms in `terms`.
#[inline(always)]
fn contribution<M: MarginModel>(
    rule: &M,
    row: &HeldRow,
    detail: &RowDetail,
    at: Quoted<'_>,
    per_quote_scale: f64,
    terms: &mut [f64],
) -> Contribution {
    let Quoted { quote, record } = at;
    let value = row.size * quote.unit_value;
    let notional = row.size.abs() * quote.unit_notional * per_quote_scale;
    if quote.status.has_figures() {
        let (initial_rate_floor, orders) = if row.has_detail {
            (detail.initial_rate_floor, detail.open_orders())
        } else {
            (0.0, None)
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
    if status != RowStatus::Ok && row.size == 0.0 && detail.order_count == 0 {
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

impl Sums {
    /// Step 2 for one position: adds or takes back what it contributes.
    #[inline(always)]
    fn apply(&mut self, row: &HeldRow, contribution: Contribution, terms: &[f64], sign: Sign) {
        let Contribution {
            value,
            notional,
            status,
        } = contribution;
        if status != RowStatus::Ok {
            let count = &mut self.row_status[status as usize];
            match sign {
                Sign::Add => *count += 1,
                Sign::Subtract => *count -= 1,
            }
        }
        if status == RowStatus::OutOfRange {
            return;
        }
        let apply = |sum: &mut ExactSum, contribution: f64| match sign {
            Sign::Add => sum.add(contribution),
            Sign::Subtract => sum.subtract(contribution),
        };
        apply(&mut self.lines[usize::from(row.line)], value);
        apply(&mut self.gross, notional);
        let group = usize::from(row.group) * terms.len();
        for (sum, &term) in self.groups[group..group + terms.len()].iter_mut().zip(terms) {
            apply(sum, term);
        }
    }

    /// Adds to the sums that a row of a model of two terms has a part in.
    #[inline(always)]
    fn add_four(&mut self, row: &HeldRow, [value, gross, initial, maintenance]: &[ExactSum; 4]) {
        self.lines[usize::from(row.line)].add_sum(value);
        self.gross.add_sum(gross);
        let group = usize::from(row.group) * 2;
        self.groups[group].add_sum(initial);
        self.groups[group + 1].add_sum(maintenance);
    }

    fn clear(&mut self) {
        // most accounts have one line and one group of two terms, for which a fill costs more than the stores
        match &mut self.lines[..] {
            [only] => *only = ExactSum::ZERO,
            lines => lines.fill(ExactSum::ZERO),
        }
        self.gross = ExactSum::ZERO;
        match &mut self.groups[..] {
            [one, other] => (*one, *other) = (ExactSum::ZERO, ExactSum::ZERO),
            groups => groups.fill(ExactSum::ZERO),
        }
        self.row_status = [0; RowStatus::COUNT];
    }

    fn worst_row_status(&self) -> RowStatus {
        if self.row_status[1..].iter().all(|&count| count == 0) {
            return RowStatus::Ok;
        }
        let worst = RowStatus::ALL
            .into_iter()
            .rev()
            .find(|&status| self.row_status[status as usize] > 0);
        worst.unwrap_or_default()
    }
}

impl Account {
    pub(crate) fn new(model: u32) -> Self {
        Self {
            model,
            parent: None,
            isolated_instrument: None,
            children: 0,
            rows: Vec::new(),
            details: Vec::new(),
            lines: SmallVec::new(),
            groups: SmallVec::new(),
            orders: Vec::new(),
            sums: Sums::default(),
            band: Band::Healthy,
            marked_at: 0,
            driver: NO_DRIVER,
            event_hash: 0,
        }
    }

    pub(crate) fn find_row(&self, instrument: usize) -> Option<usize> {
        self.rows.iter().position(|row| row.instrument as usize == instrument)
    }

    pub(crate) fn find_line(&self, asset: usize) -> Option<usize> {
        self.lines.iter().position(|line| line.asset as usize == asset)
    }

    /// The line of an asset, opened where there is none. The second value says whether it was.
    pub(crate) fn ensure_line(&mut self, asset: usize) -> Result<(usize, bool)> {
        if let Some(line) = self.find_line(asset) {
            return Ok((line, false));
        }
        if self.lines.len() == LINES_MAX {
            return Err(EngineError::new(
                Code::CapacityExceeded,
                "asset",
                "one of at most 256 per account",
                LINES_MAX + 1,
            ));
        }
        self.lines.push(Line {
            asset: asset as u32,
            balance: Money::ZERO,
            cost: Money::ZERO,
            holder: 0,
        });
        self.sums.lines.push(ExactSum::ZERO);
        Ok((self.lines.len() - 1, true))
    }

    /// Opens an empty row for an instrument whose line exists.
    pub(crate) fn open_row(
        &mut self,
        instrument: usize,
        line: usize,
        group_key: GroupKey,
        term_count: usize,
    ) -> Result<usize> {
        if self.rows.len() == ROWS_MAX {
            let expected = "one of at most 4,095 per account";
            return Err(EngineError::new(
                Code::CapacityExceeded,
                "instrument",
                expected,
                ROWS_MAX + 1,
            ));
        }
        let group = match self
            .groups
            .iter()
            .position(|group| group.key == group_key && group.rows > 0)
        {
            Some(group) => group,
            None => self.open_group(group_key, term_count)?,
        };
        self.groups[group].rows += 1;
        self.rows.push(HeldRow {
            size: 0.0,
            instrument: instrument as u32,
            group: group as u16,
            line: line as u8,
            has_detail: false,
        });
        self.details.push(RowDetail::default());
        Ok(self.rows.len() - 1)
    }

    fn open_group(&mut self, key: GroupKey, term_count: usize) -> Result<usize> {
        let free = self.groups.iter().position(|group| group.rows == 0);
        if let Some(group) = free {
            self.groups[group].key = key;
            return Ok(group);
        }
        if self.groups.len() == GROUPS_MAX {
            let expected = "one of at most 65,536 netting groups per account";
            return Err(EngineError::new(
                Code::CapacityExceeded,
                "instrument",
                expected,
                GROUPS_MAX + 1,
            ));
        }
        self.groups.push(Group { key, rows: 0 });
        self.sums.groups.resize(self.groups.len() * term_count, ExactSum::ZERO);
        Ok(self.groups.len() - 1)
    }

    /// Takes an empty row out; the last row takes its place.
    pub(crate) fn close_row(&mut self, row: usize) {
        let held = self.rows.swap_remove(row);
        self.details.swap_remove(row);
        self.groups[usize::from(held.group)].rows -= 1;
    }

    /// Amount of a line with the value of the positions that settle in it, in scaled units; NaN at 2⁴³ and beyond.
    #[inline(always)]
    pub(crate) fn net_amount(&self, line: usize) -> f64 {
        let Line { balance, cost, .. } = &self.lines[line];
        let net = balance.fixed_point() - cost.fixed_point() + self.sums.lines[line].fixed_point();
        if Money::is_holdable_units(net) {
            fixed_point_value(net)
        } else {
            f64::NAN
        }
    }

    /// What a line's net amount counts in the quote asset, and what that rests on.
    #[inline(always)]
    pub(crate) fn line_value(&self, line: usize, market: &Market, shift: Shift) -> (f64, RowStatus) {
        let asset = self.lines[line].asset as usize;
        let amount = self.net_amount(line);
        let terms = &market.assets[asset];
        let price = terms.row.price * terms.scale * shift.asset_ratio(&terms.spec);
        if amount == 0.0 {
            return (0.0, RowStatus::Ok);
        }
        if amount.is_nan() {
            return (f64::NAN, RowStatus::OutOfRange);
        }
        let status = if terms.is_stale {
            RowStatus::Stale
        } else {
            RowStatus::Ok
        };
        if price == 1.0 && terms.spec.haircuts.is_empty() {
            return (amount, status);
        }
        if price.is_nan() {
            return (0.0, RowStatus::MissingPrice);
        }
        let counted = terms.spec.counted_amount(amount * terms.scale) / terms.scale;
        (counted * price, status)
    }

    /// The account's requirements; `visit` is shown each group's. `None` where one is out of range.
    #[inline(always)]
    pub(crate) fn risk<M: MarginModel + ?Sized>(
        &self,
        rule: &M,
        market: &Market,
        mut visit: impl FnMut(&Group, Reduced),
    ) -> Option<Risk> {
        let (quote_scale, per_quote_scale) = (market.quote_scale, market.per_quote_scale);
        let term_count = rule.term_count();
        let (mut initial, mut maintenance) = (ExactSum::ZERO, ExactSum::ZERO);
        for (group, sums) in self.groups.iter().zip(self.sums.groups.chunks_exact(term_count)) {
            if group.rows == 0 {
                continue;
            }
            let total = |sum: &ExactSum| sum.value() * quote_scale;
            let reduced = if let [one, other] = sums {
                rule.reduce(&[total(one), total(other)])
            } else {
                let mut totals = [0.0; TERMS_MAX];
                totals.iter_mut().zip(sums).for_each(|(place, sum)| *place = total(sum));
                rule.reduce(&totals[..term_count])
            };
            visit(group, reduced);
            let group_initial = reduced.risk.initial * per_quote_scale;
            let group_maintenance = reduced.risk.maintenance * per_quote_scale;
            if !(is_in_range(group_initial) && is_in_range(group_maintenance)) {
                return None;
            }
            initial.add(group_initial);
            maintenance.add(group_maintenance);
        }
        Some(rule.combine(Risk {
            initial: initial.value() * quote_scale,
            maintenance: maintenance.value() * quote_scale,
        }))
    }
}

impl Headline {
    fn missing(status: RowStatus) -> Self {
        let risk = Risk {
            initial: f64::NAN,
            maintenance: f64::NAN,
        };
        Self {
            equity: f64::NAN,
            risk,
            gross: f64::NAN,
            status,
        }
    }
}

/// What tells netting groups of one account apart: an expiry's bits or a slot, and an underlying.
pub(crate) type GroupKey = (u64, u32);

/// The netting group that an instrument's positions belong to.
pub(crate) fn group_key(grouping: Grouping, slot: usize, spec: &InstrumentSpec) -> GroupKey {
    match grouping {
        Grouping::Account => (0, 0),
        Grouping::Settlement => (u64::from(spec.settle.0), 0),
        Grouping::Instrument => (slot as u64, 0),
        Grouping::Underlying => (0, spec.underlying.0),
        Grouping::Expiry => (spec.kind.expiry_ms().map_or(u64::MAX, f64::to_bits), spec.underlying.0),
    }
}
