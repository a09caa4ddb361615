//! One pass over what has moved: quotes made anew, holders' sums moved, marked accounts assessed, band crossings told.

use crate::account::{Account, Move, Quoted, Settling, NO_DRIVER};
use crate::digest::hash_event;
use crate::engine::Engine;
use crate::event::BandEvent;
use crate::figures::{Figures, Headline};
use crate::market::Shift;
use crate::model::write_record;
use crate::slots::Place;
use crate::status::Band;

/// Where more than this share of all positions moved, one pass over the whole book is chosen over increments, which reach for
/// each holder's account in memory while a pass reads and writes in order. In WebAssembly both took the same time at a share of
/// 0.2 on a book of 100,000 accounts of 20 positions (0.18 where columns are written), at 0.26 on one of 100,000 of 4, and at 0.33
/// on one of 4,000 of 20, which the cache holds; this is that of the largest, where most is at stake.
const FULL_PASS_SHARE: f64 = 0.2;

impl Engine {
    /// Takes everything touched through to figures and events.
    pub(crate) fn settle_market(&mut self) {
        self.market.refresh_quotes();
        self.pass = self.pass.wrapping_add(1);
        self.refresh_records();
        let moved_positions: usize = self
            .market
            .moved
            .iter()
            .map(|moved| self.holders[moved.instrument as usize].len())
            .sum();
        let told = self.events.pending().len();
        self.figures.begin_pass();
        if moved_positions as f64 > FULL_PASS_SHARE * self.stats.positions as f64 {
            self.reassess_holders();
        } else {
            self.move_holders();
            self.mark_asset_holders();
            self.stats.assessed += self.dirty.len() as u64;
            self.assess_marked();
        }
        self.market.forget_touched_assets();
        self.events.order_from(told);
    }

    /// Models that keep records of instruments write those of the moved ones anew.
    fn refresh_records(&mut self) {
        for model in &mut self.models {
            if model.record_len == 0 {
                continue;
            }
            model.records_before.clear();
            for moved in &self.market.moved {
                let slot = moved.instrument as usize;
                let at = slot * model.record_len;
                model
                    .records_before
                    .extend_from_slice(&model.records[at..at + model.record_len]);
                write_record(model, &self.market, slot);
            }
        }
    }

    /// Increments: each holder of what moved. Where nothing else moved it is assessed at once, while it is at hand; else, and
    /// where its band changes, it is marked to be assessed.
    fn move_holders(&mut self) {
        let Self {
            market,
            models,
            accounts,
            holders,
            dirty,
            figures,
            stats,
            ..
        } = self;
        let is_alone = market.moved.len() == 1 && market.touched_assets.is_empty();
        for (i, moved) in market.moved.iter().enumerate() {
            let instrument = moved.instrument as usize;
            let units = [
                moved.before.plain_unit(market.per_quote_scale),
                market.plain_units[instrument],
            ];
            let mut holders = &holders[instrument][..];
            while let Some(first) = holders.first() {
                let model = accounts.row(first.account as usize).model;
                let held = &models[model as usize];
                let len = held.record_len;
                let step = Move {
                    instrument,
                    model,
                    before: Quoted {
                        quote: &moved.before,
                        record: &held.records_before[i * len..(i + 1) * len],
                    },
                    after: Quoted {
                        quote: &market.quotes[instrument],
                        record: held.record(instrument),
                    },
                    units,
                    is_alone,
                };
                let marked = dirty.len();
                let to = Settling { accounts, figures };
                let moved = held.rule.move_holders(holders, &step, market, to, dirty);
                if is_alone {
                    stats.assessed += (moved - (dirty.len() - marked)) as u64;
                }
                holders = &holders[moved..];
            }
        }
    }

    /// Accounts with a balance in an asset whose price was touched.
    fn mark_asset_holders(&mut self) {
        for &asset in &self.market.touched_assets {
            for &account in &self.asset_holders[asset as usize] {
                self.accounts.row_mut(account as usize).mark(account, &mut self.dirty);
            }
        }
    }

    /// Figures and bands of the accounts that are marked.
    fn assess_marked(&mut self) {
        let mut done = 0;
        while let Some(&slot) = self.dirty.get(done) {
            let model = self.accounts.row(slot as usize).model;
            let to = Settling {
                accounts: &mut self.accounts,
                figures: &mut self.figures,
            };
            let rule = &self.models[model as usize].rule;
            let written = rule.assess_marked(&self.dirty[done..], model, &self.market, to);
            // the first of them has changed its band
            if written == 0 {
                self.assess_now(slot as usize);
            }
            done += written.max(1);
        }
        self.dirty.clear();
    }

    /// The other way to the same bits: every account summed anew in the order of its rows.
    fn reassess_holders(&mut self) {
        self.stats.full_passes += 1;
        self.stats.assessed += self.accounts.live() as u64;
        for (rank, moved) in self.market.moved.iter().enumerate() {
            self.moved_rank[moved.instrument as usize] = rank as u32 + 1;
        }
        self.reassess_all();
        for moved in &self.market.moved {
            self.moved_rank[moved.instrument as usize] = 0;
        }
    }

    /// Steps 3 and 4 for one account: figures, band, and an event where the band changed.
    pub(crate) fn assess_now(&mut self, slot: usize) {
        let account = self.accounts.row_mut(slot);
        account.is_marked = false;
        let (headline, band) = self.models[account.model as usize].rule.assess(account, &self.market);
        let driver = core::mem::replace(&mut account.driver, NO_DRIVER);
        self.figures.set(slot, &headline, band);
        if band != account.band {
            self.tell_band(slot, band, driver, &headline);
        }
    }

    /// Sums and assesses every account anew. Changes no figure and no event: what it finds is what increments have kept.
    pub fn reassess_all(&mut self) {
        self.figures.mark_caught_up();
        let mut slot = 0;
        while slot < self.accounts.extent() {
            let Some(&Account { model, .. }) = self.accounts.get(slot) else {
                slot += 1;
                continue;
            };
            let held = &self.models[model as usize];
            let to = Settling {
                accounts: &mut self.accounts,
                figures: &mut self.figures,
            };
            let dirty = &mut self.dirty;
            slot = held
                .rule
                .reassess_from(slot, model, &self.market, &held.records, to, dirty);
        }
        for &slot in &self.dirty {
            let account = self.accounts.row_mut(slot as usize);
            let ranks = account.rows.iter().map(|row| self.moved_rank[row.instrument as usize]);
            let last_moved = ranks.max().and_then(|rank| rank.checked_sub(1));
            account.driver = last_moved.map_or(NO_DRIVER, |rank| self.market.moved[rank as usize].instrument);
        }
        self.assess_marked();
    }

    #[cold]
    fn tell_band(&mut self, slot: usize, band: Band, driver: u32, headline: &Headline) {
        let account = self.accounts.handle(slot);
        self.changes.note(slot, Place::InBaseButBand);
        let held = self.accounts.row_mut(slot);
        let event = BandEvent {
            sequence: 0,
            pass: self.pass,
            account,
            from: core::mem::replace(&mut held.band, band),
            to: band,
            driver,
            time_ms: self.market.time_ms,
            equity: headline.equity,
            maintenance: headline.risk.maintenance,
        };
        held.rest.event_hash = hash_event(held.rest.event_hash, &event);
        self.events.push(event);
    }

    /// Figures of every account, by slot, as they are now.
    pub fn figures(&mut self) -> &Figures {
        if self.figures.is_any_behind() {
            let mut slot = 0;
            let mut first = [0];
            while self.figures.find_behind(slot, &mut first) > 0 {
                slot = first[0] as usize;
                let model = self.accounts.row(slot).model;
                let to = Settling {
                    accounts: &mut self.accounts,
                    figures: &mut self.figures,
                };
                slot = self.models[model as usize].rule.catch_up(slot, model, &self.market, to);
            }
            self.figures.mark_caught_up();
        }
        &self.figures
    }

    /// The figures of a live account as they are now, its row behind or not.
    pub(crate) fn headline(&self, slot: usize) -> Headline {
        self.figures.headline(slot).unwrap_or_else(|| {
            let account = self.accounts.row(slot);
            let rule = &self.models[account.model as usize].rule;
            rule.headline(account, &self.market, Shift::NONE)
        })
    }

    /// The same for a caller that keeps the columns' addresses: whatever changes an account from now on writes its row at once.
    pub fn watch_figures(&mut self) {
        self.figures.watch();
        self.figures();
    }

    /// Where the columns of [`Engine::figures`] lie, whatever stands in them.
    #[must_use]
    pub fn figures_as_they_stand(&self) -> &Figures {
        &self.figures
    }

    /// Band crossings since the last [`Engine::clear_events`], oldest first.
    #[must_use]
    pub fn events(&self) -> &[BandEvent] {
        self.events.pending()
    }

    /// Forgets the events that [`Engine::events`] shows, once they are taken over.
    pub fn clear_events(&mut self) {
        self.events.clear();
    }
}

#[cfg(test)]
mod tests {
    use crate::common::book::{changed_by_full_reassessment, Book};

    #[test]
    fn the_comparison_of_the_law_sees_a_dropped_entry_of_the_index() {
        let mut book = Book::new(3, 100, |i| i);
        let tick = |book: &mut Book| {
            for _ in 0..5000 {
                book.tick_at_random();
            }
        };
        tick(&mut book);
        assert_eq!(changed_by_full_reassessment(&mut book.engine), Vec::<usize>::new());
        let holders = &mut book.engine.holders;
        let most_held = (0..holders.len()).max_by_key(|&slot| holders[slot].len());
        let dropped = most_held
            .and_then(|slot| holders[slot].pop())
            .expect("something is held");
        tick(&mut book);
        assert_eq!(
            changed_by_full_reassessment(&mut book.engine),
            [dropped.account as usize]
        );
    }

    #[test]
    fn positions_are_counted_as_the_index_has_them() {
        let mut book = Book::new(5, 100, |i| i);
        for _ in 0..50 {
            for _ in 0..100 {
                book.live_at_random();
            }
            let held: usize = book.engine.holders.iter().map(Vec::len).sum();
            assert_eq!(book.engine.stats().positions, held);
        }
    }
}
