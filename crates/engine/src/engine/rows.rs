//! Lines and rows of accounts, and the inverted index: who holds an asset or an instrument.

use super::Engine;
use crate::account::{group_key, Line, Quoted, RowDetail, Sign};
use crate::error::Result;
use crate::money::Money;
use crate::slots::Place;

impl Engine {
    /// The line of an asset in an account, opened and indexed where there is none.
    pub(crate) fn ensure_line(&mut self, account: usize, asset: usize) -> Result<usize> {
        let row = self.accounts.row_mut(account);
        let (line, is_new) = row.ensure_line(asset)?;
        if is_new {
            self.changes.note(account, Place::Here);
            row.rest.lines[line].holder = self.asset_holders[asset].len() as u32;
            self.asset_holders[asset].push(account as u32);
        }
        Ok(line)
    }

    /// Takes the line opened last, which no row settles in, out of its account and the index of the asset.
    pub(crate) fn drop_last_line(&mut self, account: usize) {
        self.changes.note(account, Place::Here);
        let held = self.accounts.row_mut(account);
        let line = held.close_last_line();
        let holders = &mut self.asset_holders[line.asset as usize];
        holders.swap_remove(line.holder as usize);
        if let Some(&moved) = holders.get(line.holder as usize) {
            let other = self.accounts.row_mut(moved as usize);
            let at = other
                .find_line(line.asset as usize)
                .expect("invariant: a holder of an asset has its line");
            other.rest.lines[at].holder = line.holder;
        }
    }

    /// Takes the line opened last back where nothing is in it and no row settles in it.
    pub(crate) fn drop_last_line_if_empty(&mut self, account: usize) {
        let held = self.accounts.row(account);
        let last = held.rest.lines.len() - 1;
        let line = &held.rest.lines[last];
        let is_empty = line.balance == Money::ZERO && line.cost == Money::ZERO;
        if is_empty && held.rows.iter().all(|row| usize::from(row.line) != last) {
            self.drop_last_line(account);
        }
    }

    /// Refuses a row that an account may not hold, before anything is changed.
    pub(crate) fn check_row(&self, account: usize, instrument: usize) -> Result<()> {
        self.check_is_own(account, instrument)?;
        let spec = &self.market.instruments.row(instrument).spec;
        let model = self.accounts.row(account).model as usize;
        self.models[model].rule.supports(instrument, spec)
    }

    /// What an account holds in an instrument, where it has a row of it.
    pub(crate) fn detail(&self, account: usize, instrument: usize) -> Option<&RowDetail> {
        let held = self.accounts.row(account);
        held.find_row(instrument).map(|row| &held.rest.details[row])
    }

    /// The row of an instrument in an account, opened and indexed where there is none.
    pub(crate) fn ensure_row(&mut self, account: usize, instrument: usize) -> Result<usize> {
        let (row, is_new) = self.ensure_unsummed_row(account, instrument)?;
        if is_new {
            self.apply_row(account, row, Sign::Add);
        }
        Ok(row)
    }

    /// [`Engine::ensure_row`] that leaves the sums as they are. The second value says whether the row is new.
    pub(crate) fn ensure_unsummed_row(&mut self, account: usize, instrument: usize) -> Result<(usize, bool)> {
        if let Some(row) = self.accounts.row(account).find_row(instrument) {
            return Ok((row, false));
        }
        self.check_row(account, instrument)?;
        self.accounts.row(account).check_room_for_row()?;
        let spec = self.market.instruments.row(instrument).spec;
        let rule = &self.models[self.accounts.row(account).model as usize].rule;
        let key = group_key(rule.grouping(), instrument, &spec);
        let term_count = rule.term_count();
        let line = self.ensure_line(account, spec.settle.slot())?;
        let row = self
            .accounts
            .row_mut(account)
            .open_row(instrument, line, key, term_count);
        let held = self.accounts.row_mut(account);
        held.rest.details[row].holder = self.holders[instrument].len() as u32;
        self.holders[instrument].push(held.holder(account, row));
        self.stats.positions += 1;
        self.changes.note(account, Place::Here);
        Ok((row, true))
    }

    /// Changes a row, with its contributions and its line's cost; one left without position, order and chosen leverage is dropped.
    pub(crate) fn rewrite_row(&mut self, account: usize, row: usize, change: &dyn Fn(&mut RowDetail)) {
        self.apply_row(account, row, Sign::Subtract);
        self.write_row(account, row, change);
        self.apply_row(account, row, Sign::Add);
        self.drop_row_if_empty(account, row);
    }

    /// [`Engine::rewrite_row`] that leaves the sums as they are.
    pub(crate) fn write_row(&mut self, account: usize, row: usize, change: &dyn Fn(&mut RowDetail)) {
        let held = self.accounts.row_mut(account);
        let line = usize::from(held.rows[row].line);
        let spec = &self.market.instruments.row(held.rows[row].instrument as usize).spec;
        let detail = &mut held.rest.details[row];
        let cost_before = detail.cost;
        change(detail);
        held.rows[row].size = spec.size(detail.lots);
        held.rows[row].has_detail = detail.is_needed();
        let more_cost = detail.cost - cost_before;
        if !spec.kind.is_option() {
            let Line { balance, cost, .. } = held.rest.lines[line];
            held.set_line(line, balance, cost + more_cost);
        }
        self.index_row(account, row);
    }

    pub(crate) fn is_row_empty(&self, account: usize, row: usize) -> bool {
        let detail = &self.accounts.row(account).rest.details[row];
        detail.lots == 0 && !detail.is_needed()
    }

    /// Drops a row without position, order and chosen leverage.
    pub(crate) fn drop_row_if_empty(&mut self, account: usize, row: usize) {
        if self.is_row_empty(account, row) {
            self.drop_row(account, row);
        }
    }

    /// Takes a row out of its account and the inverted index, contributions included.
    pub(crate) fn drop_row(&mut self, account: usize, row: usize) {
        self.apply_row(account, row, Sign::Subtract);
        self.drop_unsummed_row(account, row);
    }

    /// [`Engine::drop_row`] that leaves the sums as they are.
    pub(crate) fn drop_unsummed_row(&mut self, account: usize, row: usize) {
        self.changes.note(account, Place::Here);
        let held = self.accounts.row_mut(account);
        let (instrument, holder) = (
            held.rows[row].instrument as usize,
            held.rest.details[row].holder as usize,
        );
        held.close_row(row);
        // the account's last row has moved into the gap
        if let (Some(moved), Some(detail)) = (held.rows.get(row), held.rest.details.get(row)) {
            self.holders[moved.instrument as usize][detail.holder as usize].row = row as u16;
        }
        self.holders[instrument].swap_remove(holder);
        self.stats.positions -= 1;
        if let Some(moved) = self.holders[instrument].get(holder).copied() {
            self.accounts.row_mut(moved.account as usize).rest.details[usize::from(moved.row)].holder = holder as u32;
        }
    }

    /// Takes what a row has become over into the inverted index and the next checkpoint.
    pub(crate) fn index_row(&mut self, account: usize, row: usize) {
        self.changes.note(account, Place::Here);
        let held = self.accounts.row(account);
        let holder = held.rest.details[row].holder as usize;
        self.holders[held.rows[row].instrument as usize][holder] = held.holder(account, row);
    }

    pub(crate) fn apply_row(&mut self, account: usize, row: usize, sign: Sign) {
        let held = self.accounts.row_mut(account);
        let model = &self.models[held.model as usize];
        let instrument = held.rows[row].instrument as usize;
        let at = Quoted {
            quote: &self.market.quotes[instrument],
            record: model.record(instrument),
        };
        model.rule.apply_row(held, row, at, self.market.per_quote_scale, sign);
    }

    pub(crate) fn resum(&mut self, account: usize) {
        let held = self.accounts.row_mut(account);
        let model = &self.models[held.model as usize];
        model.rule.resum(held, &self.market, &model.records);
    }
}
