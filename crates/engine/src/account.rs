//! One account's row: what it holds, and the exact sums that its figures come from.

use alloc::boxed::Box;
use alloc::vec::Vec;

use smallvec::SmallVec;

use plimsoll_math::lane::{Lane, LaneBits, Wide};
use plimsoll_math::sum::{fixed_point_value, is_in_range, ExactSum, FourSums, RunningSums, Shifts};

use crate::error::{Code, EngineError, Result};
use crate::figures::{FigureRows, Figures, Headline};
use crate::handle::{AccountId, OrderId, Slots};
use crate::instrument::InstrumentSpec;
use crate::margin::{Grouping, MarginModel, OpenOrders, Reduced, Risk, Row, TERMS_MAX};
use crate::market::{Market, Shift};
use crate::money::Money;
use crate::quote::{PlainUnit, Quote};
use crate::resting::Resting;
use crate::status::{Band, RowStatus};

/// Assets that one account can hold or settle in.
const LINES_MAX: usize = 1 << 8;
/// Positions that one account can hold: so many contributions below 2³¹ stay below the 2⁴³ that an exact sum can tell.
const ROWS_MAX: usize = (1 << 12) - 1;
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
#[derive(Clone, Debug, Default)]
pub(crate) struct RowDetail {
    pub lots: i64,
    /// Σ size · unit value at the fills that opened what is held, in scaled units of the settlement asset.
    pub cost: Money,
    /// Resting orders, where there are any.
    pub resting: Option<Box<Resting>>,
    /// 1 / the leverage that the account chose for the instrument, 0 where it chose none.
    pub initial_rate_floor: f64,
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
        Some(&self.resting.as_ref()?.sums)
    }

    /// Counts a resting order in, whose fill would be worth `value`.
    pub(crate) fn add_order(&mut self, spec: &InstrumentSpec, lots: i64, value: Money) {
        self.resting.get_or_insert_default().add(spec, lots, value);
    }

    /// Takes out an order that was counted in.
    pub(crate) fn remove_order(&mut self, spec: &InstrumentSpec, lots: i64, value: Money) {
        let resting = self.resting.as_mut();
        let resting = resting.expect("invariant: the order was counted in");
        resting.remove(spec, lots, value);
        if resting.is_empty() {
            self.resting = None;
        }
    }

    /// Whether a row has more to it than its size.
    pub(crate) fn is_needed(&self) -> bool {
        self.resting.is_some() || self.initial_rate_floor > 0.0
    }
}

/// A balance in one asset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub asset: u32,
    /// Place in the asset's list of holders.
    pub holder: u32,
    pub balance: Money,
    /// Σ cost of the positions whose profit is unrealised; options are paid for at the fill and have none here.
    pub cost: Money,
    /// Σ size · unit value of the positions that settle here; of the home line it is in [`Account::sums`].
    value: ExactSum,
}

/// Positions that net against each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub key: GroupKey,
    pub rows: u32,
}

/// An account or an isolated position: what a tick touches, in two cache lines; the rest stands elsewhere.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Account {
    /// Over the positions: [`VALUE`] of those on the home line, [`GROSS`], and under models of two terms [`INITIAL`] and
    /// [`MAINTENANCE`] of the first group.
    pub sums: FourSums,
    /// Balance less cost of the home line.
    held: ExactSum,
    pub rows: Vec<HeldRow>,
    pub rest: Box<Particulars>,
    pub model: u32,
    /// Instrument that moved it last since it was assessed.
    pub driver: u32,
    /// Rows whose status is not Ok.
    rows_not_ok: u16,
    /// The line whose sum of values stands here: that in which the first row settled.
    home: u8,
    pub band: Band,
    /// Whether it waits to be assessed.
    pub is_marked: bool,
    /// Whether its one line is in the quote asset and no term stands elsewhere, so that the sums here say all.
    is_simple: bool,
}

/// Places in [`Account::sums`]: Σ size · unit value, Σ |size| · unit notional, the two terms.
const VALUE: usize = 0;
const GROSS: usize = 1;
const INITIAL: usize = 2;
const MAINTENANCE: usize = 3;

/// What an account has beside that which a tick touches.
#[derive(Clone, Debug)]
pub(crate) struct Particulars {
    pub parent: Option<AccountId>,
    /// The only instrument that an isolated row may hold.
    pub isolated_instrument: Option<u32>,
    pub children: u32,
    /// One for each row.
    pub details: Vec<RowDetail>,
    pub lines: SmallVec<[Line; 1]>,
    pub groups: SmallVec<[Group; 1]>,
    /// Per group, K terms each; without those that stand in [`Account::sums`].
    group_sums: Vec<ExactSum>,
    /// Rows in each [`RowStatus`] but Ok.
    row_status: [u16; RowStatus::COUNT],
    pub orders: Vec<OrderId>,
    /// Running hash of its events.
    pub event_hash: u64,
}

/// A position as the holder lists see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    pub size: f64,
    pub account: u32,
    pub row: u16,
    /// Whether the account's first sums take all that the row contributes, and nothing but its size matters.
    pub is_plain: bool,
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

/// An instrument before and after its quote moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move<'a> {
    pub instrument: usize,
    /// The model whose records of the instrument these are.
    pub model: u32,
    pub before: Quoted<'a>,
    pub after: Quoted<'a>,
    /// [`Quote::plain_unit`] of both.
    pub units: [PlainUnit; 2],
    /// Nothing else moved: an account is assessed at once, while it is at hand.
    pub is_alone: bool,
}

/// What a pass over accounts writes to.
pub(crate) struct Settling<'a> {
    pub accounts: &'a mut Slots<Account>,
    pub figures: &'a mut Figures,
}

/// The loops over positions, compiled once per model so that a full pass calls a model once per account.
pub(crate) trait Stepped: MarginModel {
    /// Sums an account anew.
    fn resum(&self, account: &mut Account, market: &Market, records: &[f64]);
    /// Adds or takes back one position's contributions at a quote.
    fn apply_row(&self, account: &mut Account, row: usize, at: Quoted<'_>, per_quote_scale: f64, sign: Sign);
    /// Steps 3 and 4 and the equity: the account's figures from its sums.
    fn headline(&self, account: &Account, market: &Market, shift: Shift) -> Headline;
    /// The figures at the market's prices, and the band that they lead to.
    fn assess(&self, account: &Account, market: &Market) -> (Headline, Band);
    /// Assesses marked accounts, up to the first whose band changes or that is under another model; returns how many they are.
    fn assess_marked(&self, slots: &[u32], model: u32, market: &Market, to: Settling<'_>) -> usize;
    /// Sums and assesses the accounts in slots `from` and after, up to the first that is under another model; returns its slot. Marks
    /// those whose band changes instead of writing their figures.
    fn reassess_from(
        &self,
        from: usize,
        model: u32,
        market: &Market,
        records: &[f64],
        to: Settling<'_>,
        dirty: &mut Vec<u32>,
    ) -> usize;
    /// Writes the figures that are behind of accounts in slots `from` and after, up to the first that is under another model; returns
    /// its slot.
    fn catch_up(&self, from: usize, model: u32, market: &Market, to: Settling<'_>) -> usize;
    /// Moves the holders of an instrument on, up to the first whose account is under another model; returns how many they are. Marks
    /// them to be assessed, or where nothing else moved assesses them and marks those whose band changes.
    fn move_holders(
        &self,
        holders: &[Holder],
        step: &Move<'_>,
        market: &Market,
        to: Settling<'_>,
        dirty: &mut Vec<u32>,
    ) -> usize;
}

impl<M: MarginModel> Stepped for M {
    fn resum(&self, account: &mut Account, market: &Market, records: &[f64]) {
        resum(self, account, market, records);
    }

    fn apply_row(&self, account: &mut Account, row: usize, at: Quoted<'_>, per_quote_scale: f64, sign: Sign) {
        apply_row(self, account, row, at, per_quote_scale, sign);
    }

    fn headline(&self, account: &Account, market: &Market, shift: Shift) -> Headline {
        shifted_headline(self, account, market, shift)
    }

    fn assess(&self, account: &Account, market: &Market) -> (Headline, Band) {
        assess(self, account, market, &Shifts::veiled())
    }

    fn assess_marked(&self, slots: &[u32], model: u32, market: &Market, to: Settling<'_>) -> usize {
        let Settling { accounts, figures } = to;
        let shifts = Shifts::veiled();
        let mut figures = figures.rows();
        for (chunk, reached) in slots.chunks(AHEAD).zip((0..).step_by(AHEAD)) {
            let fetched = fetch(chunk.iter().copied(), model, accounts);
            for (at, &slot) in chunk[..fetched].iter().enumerate() {
                let account = accounts.row_mut(slot as usize);
                if !put_figures(self, account, slot as usize, market, &mut figures, &shifts) {
                    return reached + at;
                }
                account.is_marked = false;
                account.driver = NO_DRIVER;
            }
            if fetched < chunk.len() {
                return reached + fetched;
            }
        }
        slots.len()
    }

    fn reassess_from(
        &self,
        from: usize,
        model: u32,
        market: &Market,
        records: &[f64],
        to: Settling<'_>,
        dirty: &mut Vec<u32>,
    ) -> usize {
        let Settling { accounts, figures } = to;
        let shifts = Shifts::veiled();
        let mut figures = figures.rows();
        for slot in from..accounts.extent() {
            let Some(account) = accounts.get_mut(slot) else {
                continue;
            };
            if account.model != model {
                return slot;
            }
            resum(self, account, market, records);
            let (headline, band) = assess(self, account, market, &shifts);
            if band == account.band {
                figures.set(slot, &headline, band);
            } else {
                account.mark(slot as u32, dirty);
            }
        }
        accounts.extent()
    }

    fn catch_up(&self, from: usize, model: u32, market: &Market, to: Settling<'_>) -> usize {
        let Settling { accounts, figures } = to;
        let shifts = Shifts::veiled();
        let (mut next, mut slots) = (from, [0; AHEAD]);
        loop {
            let found = figures.find_behind(next, &mut slots);
            let fetched = fetch(slots[..found].iter().copied(), model, accounts);
            let mut rows = figures.rows();
            for slot in slots[..fetched].iter().map(|&slot| slot as usize) {
                let account = accounts.row(slot);
                rows.set(slot, &headline(self, account, market, &shifts), account.band);
                next = slot + 1;
            }
            if fetched < AHEAD {
                return slots[..found]
                    .get(fetched)
                    .map_or(accounts.extent(), |&slot| slot as usize);
            }
        }
    }

    fn move_holders(
        &self,
        holders: &[Holder],
        step: &Move<'_>,
        market: &Market,
        to: Settling<'_>,
        dirty: &mut Vec<u32>,
    ) -> usize {
        let Settling { accounts, figures } = to;
        let shifts = Shifts::veiled();
        let mut figures = figures.rows();
        for (chunk, reached) in holders.chunks(AHEAD).zip((0..).step_by(AHEAD)) {
            let fetched = fetch(chunk.iter().map(|holder| holder.account), step.model, accounts);
            // in two loops: what one holder takes in both is more than a processor looks ahead
            for holder in &chunk[..fetched] {
                move_row(
                    self,
                    accounts.row_mut(holder.account as usize),
                    holder,
                    step,
                    market,
                    &shifts,
                );
            }
            for holder in &chunk[..fetched] {
                let slot = holder.account as usize;
                let account = accounts.row_mut(slot);
                if !(step.is_alone && put_figures(self, account, slot, market, &mut figures, &shifts)) {
                    account.driver = step.instrument as u32;
                    account.mark(holder.account, dirty);
                }
            }
            if fetched < chunk.len() {
                return reached + fetched;
            }
        }
        holders.len()
    }
}

/// Accounts that are fetched from memory at once, before the first of them is worked on: one after the other they would be waited
/// for one after the other, since what an account takes is more than a processor looks ahead.
const AHEAD: usize = 16;

/// Has both lines of some accounts brought into the cache. Returns how many they are up to the first that is under another model.
#[inline(always)]
fn fetch(slots: impl Iterator<Item = u32>, wanted: u32, accounts: &Slots<Account>) -> usize {
    let (mut read, mut count, mut are_wanted) = (0, 0, true);
    for slot in slots {
        let Account { sums, model, .. } = accounts.row(slot as usize);
        read ^= sums.any_word();
        are_wanted &= *model == wanted;
        count += usize::from(are_wanted);
    }
    core::hint::black_box(read);
    count
}

#[inline(always)]
fn move_row<M: MarginModel>(
    rule: &M,
    account: &mut Account,
    holder: &Holder,
    step: &Move<'_>,
    market: &Market,
    shifts: &Shifts,
) {
    if rule.term_count() == 2 && holder.is_plain {
        let [before, after] = step.units;
        let parts = |unit| plain_parts(rule, holder.size, step.instrument, unit, market);
        if let (Some(before), Some(after)) = (parts(before), parts(after)) {
            if account.sums.replace(before, after, shifts) {
                return;
            }
        }
    }
    let row = usize::from(holder.row);
    apply_row(rule, account, row, step.before, market.per_quote_scale, Sign::Subtract);
    apply_row(rule, account, row, step.after, market.per_quote_scale, Sign::Add);
}

/// Puts an account's figures where they go, or where its band changes returns false instead.
#[inline(always)]
fn put_figures<M: MarginModel>(
    rule: &M,
    account: &Account,
    slot: usize,
    market: &Market,
    to: &mut FigureRows<'_>,
    shifts: &Shifts,
) -> bool {
    let (headline, band) = assess(rule, account, market, shifts);
    let stays = band == account.band;
    if stays {
        to.put(slot, &headline, band);
    }
    stays
}

#[inline(always)]
fn assess<M: MarginModel>(rule: &M, account: &Account, market: &Market, shifts: &Shifts) -> (Headline, Band) {
    let headline = headline(rule, account, market, shifts);
    let band = if headline.status.has_figures() {
        rule.bands().next(account.band, headline.equity, headline.risk)
    } else {
        account.band
    };
    (headline, band)
}

/// Steps 3 and 4 and the equity, at the market's prices.
#[inline(always)]
fn headline<M: MarginModel>(rule: &M, account: &Account, market: &Market, shifts: &Shifts) -> Headline {
    simple_headline(rule, account, market, shifts)
        .unwrap_or_else(|| shifted_headline(rule, account, market, Shift::NONE))
}

/// The figures of an account that is nothing but its sums, all in the quote asset: what [`shifted_headline`] gives in that case.
#[inline(always)]
fn simple_headline<M: MarginModel>(rule: &M, account: &Account, market: &Market, shifts: &Shifts) -> Option<Headline> {
    if rule.term_count() != 2 || !account.is_simple || account.rows_not_ok > 0 || account.rows.is_empty() {
        return None;
    }
    let scale = market.quote_scale;
    let [first, second] = account.sums.values(&account.held, shifts)?;
    let [equity, gross, initial, maintenance] = [first.lane(0), first.lane(1), second.lane(0), second.lane(1)];
    let reduced = rule.reduce(&[initial * scale, maintenance * scale]).risk;
    let [of_initial, of_maintenance] = [reduced.initial, reduced.maintenance].map(|part| part * market.per_quote_scale);
    // a total is a multiple of 2⁻⁶⁰ already: where a model leaves it as it is, summing its one group rounds nothing
    if (of_initial, of_maintenance) != (initial, maintenance) {
        return None;
    }
    Some(Headline {
        equity: equity * scale,
        risk: rule.combine(reduced),
        gross: gross * scale,
        status: RowStatus::Ok,
    })
}

#[cold]
#[inline(never)]
fn shifted_headline<M: MarginModel>(rule: &M, account: &Account, market: &Market, shift: Shift) -> Headline {
    let mut status = account.worst_row_status();
    let mut equity = ExactSum::ZERO;
    for line in 0..account.rest.lines.len() {
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
            gross: account.sums.get(GROSS).value() * market.quote_scale,
            status,
        },
        (true, None) => Headline::missing(RowStatus::OutOfRange),
        (false, _) => Headline::missing(status),
    }
}

/// All but the sign of a double.
const MAGNITUDE: u64 = !(1 << 63);

/// What a position that is nothing but its size contributes, in scaled units: value and gross notional, initial and
/// maintenance; `None` where its instrument is not plain or the model has no terms for it at once.
#[inline(always)]
fn plain_parts<M: MarginModel>(
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
fn resum<M: MarginModel>(rule: &M, account: &mut Account, market: &Market, records: &[f64]) {
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
fn apply_row<M: MarginModel>(
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
    pub(crate) fn new(model: u32) -> Self {
        Self {
            sums: FourSums::ZERO,
            held: ExactSum::ZERO,
            rows: Vec::new(),
            rest: Box::new(Particulars {
                parent: None,
                isolated_instrument: None,
                children: 0,
                details: Vec::new(),
                lines: SmallVec::new(),
                groups: SmallVec::new(),
                group_sums: Vec::new(),
                row_status: [0; RowStatus::COUNT],
                orders: Vec::new(),
                event_hash: 0,
            }),
            model,
            driver: NO_DRIVER,
            rows_not_ok: 0,
            home: 0,
            band: Band::Healthy,
            is_marked: false,
            is_simple: false,
        }
    }

    /// Puts the account on the list of those to assess, once.
    #[inline(always)]
    pub(crate) fn mark(&mut self, slot: u32, dirty: &mut Vec<u32>) {
        if !self.is_marked {
            self.is_marked = true;
            dirty.push(slot);
        }
    }

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

    /// Takes over another account's sums, of the same rows, lines and groups.
    pub(crate) fn copy_sums(&mut self, from: &Self) {
        self.sums = from.sums;
        self.rows_not_ok = from.rows_not_ok;
        self.rest.row_status = from.rest.row_status;
        self.rest.group_sums.copy_from_slice(&from.rest.group_sums);
        for (line, other) in self.rest.lines.iter_mut().zip(&from.rest.lines) {
            line.value = other.value;
        }
    }

    fn worst_row_status(&self) -> RowStatus {
        if self.rows_not_ok == 0 {
            return RowStatus::Ok;
        }
        let worst = RowStatus::ALL
            .into_iter()
            .rev()
            .find(|&status| self.rest.row_status[status as usize] > 0);
        worst.unwrap_or_default()
    }

    #[inline(never)]
    pub(crate) fn find_row(&self, instrument: usize) -> Option<usize> {
        self.rows.iter().position(|row| row.instrument as usize == instrument)
    }

    #[inline(never)]
    pub(crate) fn find_line(&self, asset: usize) -> Option<usize> {
        self.rest.lines.iter().position(|line| line.asset as usize == asset)
    }

    /// Refuses so many further lines where there is no room for them.
    pub(crate) fn check_room_for_lines(&self, further: usize) -> Result<()> {
        let lines = self.rest.lines.len() + further;
        if lines > LINES_MAX {
            let expected = "one of at most 256 per account";
            return Err(EngineError::new(Code::CapacityExceeded, "asset", expected, lines));
        }
        Ok(())
    }

    /// Refuses a further row where there is no room for it.
    pub(crate) fn check_room_for_row(&self) -> Result<()> {
        let rows = self.rows.len() + 1;
        if rows > ROWS_MAX {
            let expected = "one of at most 4,095 per account";
            return Err(EngineError::new(Code::CapacityExceeded, "instrument", expected, rows));
        }
        Ok(())
    }

    /// The line of an asset, opened where there is none. The second value says whether it was.
    pub(crate) fn ensure_line(&mut self, asset: usize) -> Result<(usize, bool)> {
        if let Some(line) = self.find_line(asset) {
            return Ok((line, false));
        }
        self.check_room_for_lines(1)?;
        self.rest.lines.push(Line {
            asset: asset as u32,
            holder: 0,
            balance: Money::ZERO,
            cost: Money::ZERO,
            value: ExactSum::ZERO,
        });
        self.take_stock();
        Ok((self.rest.lines.len() - 1, true))
    }

    /// Takes out the line opened last, which no row settles in.
    pub(crate) fn close_last_line(&mut self) -> Line {
        let last = self.rest.lines.len() - 1;
        if usize::from(self.home) == last {
            self.move_home(0);
        }
        let line = self.rest.lines.pop().expect("invariant: the caller saw a line");
        self.take_stock();
        line
    }

    /// Sets what a line holds: its balance and the cost of its positions.
    pub(crate) fn set_line(&mut self, line: usize, balance: Money, cost: Money) {
        let held = &mut self.rest.lines[line];
        (held.balance, held.cost) = (balance, cost);
        self.take_stock();
    }

    /// Makes another line the one whose sum of values stands with the other sums.
    fn move_home(&mut self, line: usize) {
        if let Some(home) = self.rest.lines.get_mut(usize::from(self.home)) {
            home.value = self.sums.get(VALUE);
        }
        self.home = line as u8;
        let value = &mut self.rest.lines[line].value;
        self.sums.set(VALUE, core::mem::take(value));
    }

    /// Finds anew what is kept of lines and groups beside the sums.
    fn take_stock(&mut self) {
        let Particulars { lines, group_sums, .. } = &*self.rest;
        let held = lines.get(usize::from(self.home));
        let held = held.and_then(|line| {
            ExactSum::of_fixed_point(line.balance.fixed_point().wrapping_sub(line.cost.fixed_point()))
        });
        let is_in_quote = matches!(lines[..], [Line { asset: 0, .. }]);
        // as much as `FourSums::values` takes; with more, equity is hardly in range
        let held = held.filter(|held| is_in_range(held.value()));
        self.is_simple = is_in_quote && group_sums.is_empty() && held.is_some();
        self.held = held.unwrap_or_default();
    }

    /// Opens an empty row, for which there is room, for an instrument whose line exists.
    pub(crate) fn open_row(&mut self, instrument: usize, line: usize, group_key: GroupKey, term_count: usize) -> usize {
        let group = match self
            .rest
            .groups
            .iter()
            .position(|group| group.key == group_key && group.rows > 0)
        {
            Some(group) => group,
            None => self.open_group(group_key, term_count),
        };
        if self.rows.is_empty() {
            self.move_home(line);
            self.take_stock();
        }
        self.rest.groups[group].rows += 1;
        self.rows.push(HeldRow {
            size: 0.0,
            instrument: instrument as u32,
            group: group as u16,
            line: line as u8,
            has_detail: false,
        });
        self.rest.details.push(RowDetail::default());
        self.rows.len() - 1
    }

    fn open_group(&mut self, key: GroupKey, term_count: usize) -> usize {
        let rest = &mut *self.rest;
        let free = rest.groups.iter().position(|group| group.rows == 0);
        if let Some(group) = free {
            rest.groups[group].key = key;
            return group;
        }
        let group = rest.groups.len();
        rest.groups.push(Group { key, rows: 0 });
        if let Some(place) = place_of_terms(group, term_count) {
            rest.group_sums.resize(place + term_count, ExactSum::ZERO);
        }
        self.take_stock();
        group
    }

    /// Takes an empty row out; the last row takes its place.
    pub(crate) fn close_row(&mut self, row: usize) {
        let held = self.rows.swap_remove(row);
        self.rest.details.swap_remove(row);
        self.rest.groups[usize::from(held.group)].rows -= 1;
    }

    /// A row as the inverted index sees it.
    pub(crate) fn holder(&self, account: usize, row: usize) -> Holder {
        let held = &self.rows[row];
        Holder {
            size: held.size,
            account: account as u32,
            row: row as u16,
            is_plain: held.place() == u32::from(self.home) << 16,
        }
    }

    /// Amount of a line with the value of the positions that settle in it, in scaled units; NaN at 2⁴³ and beyond.
    pub(crate) fn net_amount(&self, line: usize) -> f64 {
        let is_home = line == usize::from(self.home);
        let Line {
            balance, cost, value, ..
        } = &self.rest.lines[line];
        let value = if is_home { self.sums.get(VALUE) } else { *value };
        let net = balance.fixed_point() - cost.fixed_point() + value.fixed_point();
        if Money::is_holdable_units(net) {
            fixed_point_value(net)
        } else {
            f64::NAN
        }
    }

    /// What a line's net amount counts in the quote asset, and what that rests on.
    pub(crate) fn line_value(&self, line: usize, market: &Market, shift: Shift) -> (f64, RowStatus) {
        let asset = self.rest.lines[line].asset as usize;
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
    pub(crate) fn risk<M: MarginModel + ?Sized>(
        &self,
        rule: &M,
        market: &Market,
        mut visit: impl FnMut(&Group, Reduced),
    ) -> Option<Risk> {
        let (quote_scale, per_quote_scale) = (market.quote_scale, market.per_quote_scale);
        let term_count = rule.term_count();
        let (mut initial, mut maintenance) = (ExactSum::ZERO, ExactSum::ZERO);
        let mut totals = [0.0; TERMS_MAX];
        for (at, group) in self.rest.groups.iter().enumerate() {
            if group.rows == 0 {
                continue;
            }
            let here = [INITIAL, MAINTENANCE].map(|which| self.sums.get(which));
            let sums = match place_of_terms(at, term_count) {
                None => &here[..],
                Some(place) => &self.rest.group_sums[place..place + term_count],
            };
            for (total, sum) in totals.iter_mut().zip(sums) {
                *total = sum.value() * quote_scale;
            }
            let reduced = rule.reduce(&totals[..term_count]);
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

/// Where a group's K sums begin in [`Particulars::group_sums`]; `None` where they are two and stand in [`Account::sums`].
#[inline(always)]
fn place_of_terms(group: usize, term_count: usize) -> Option<usize> {
    let before = if term_count == 2 { group.checked_sub(1)? } else { group };
    Some(before * term_count)
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
