//! One account's row: what it holds, and the exact sums that its figures come from.

mod contributions;
mod headline;
mod passes;

use alloc::boxed::Box;
use alloc::vec::Vec;

use smallvec::SmallVec;

use plimsoll_math::sum::{is_in_range, ExactSum, FourSums};

use crate::error::{Code, EngineError, Result};
use crate::handle::{AccountId, OrderId};
use crate::instrument::InstrumentSpec;
use crate::margin::{Grouping, OpenOrders};
use crate::money::Money;
use crate::resting::Resting;
use crate::status::{Band, RowStatus};

pub(crate) use contributions::Quoted;
pub(crate) use passes::{Move, Settling, Stepped};

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
