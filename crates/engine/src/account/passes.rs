//! Passes over accounts, and over the holders of an instrument that moved.

use alloc::vec::Vec;

use plimsoll_math::sum::Shifts;

use super::contributions::{apply_row, plain_parts, resum, Quoted};
use super::headline::{assess, headline, shifted_headline};
use super::{Account, Holder, Sign, NO_DRIVER};
use crate::figures::{FigureRows, Figures, Headline};
use crate::margin::MarginModel;
use crate::market::{Market, Shift};
use crate::quote::PlainUnit;
use crate::slots::Slots;
use crate::status::Band;

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
