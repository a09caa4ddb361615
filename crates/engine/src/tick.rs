//! A tick's way: prices in, quotes made anew, holders' sums moved, marked accounts assessed, band crossings told.

use alloc::vec::Vec;

use crate::account::{Headline, Quoted, NO_DRIVER};
use crate::digest::hash_event;
use crate::engine::{write_record, Engine};
use crate::error::{Code, EngineError, Result};
use crate::event::BandEvent;
use crate::figures::Figures;
use crate::handle::{AssetId, InstrumentId, UnderlyingId};
use crate::market::{Tick, TickStatus};
use crate::status::Band;

/// Where more than this share of all positions moved, one pass over the whole book is cheaper than increments, which reach for
/// each holder's account in memory while a pass reads the rows in order. Both took the same time at a share of about 0.08, in
/// WebAssembly on a book of 100,000 accounts of 20 positions.
const FULL_PASS_SHARE: f64 = 0.08;

impl Engine {
    /// New prices of an instrument; every account that they move is assessed before the call returns.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`] or [`crate::Code::StaleHandle`]. A bad price or time is a status, not an error.
    pub fn tick(&mut self, instrument: InstrumentId, tick: &Tick) -> Result<TickStatus> {
        let slot = self.market.instruments.slot(instrument)?;
        let status = self.store_tick(slot, tick);
        self.settle_market();
        Ok(status)
    }

    /// Many ticks in one pass: accounts are assessed once, at the prices after the last one. Statuses come out in place.
    ///
    /// Allocates nothing. Lengths must agree; the shorter one counts.
    pub fn apply_ticks(&mut self, instruments: &[u32], ticks: impl Iterator<Item = Tick>, statuses: &mut [u8]) {
        for ((&instrument, tick), status) in instruments.iter().zip(ticks).zip(statuses) {
            let outcome = match self.market.instruments.slot(InstrumentId(instrument)) {
                Ok(slot) => self.store_tick(slot, &tick),
                Err(_) => TickStatus::RejectedHandle,
            };
            *status = outcome as u8;
        }
        self.settle_market();
    }

    /// A new price of an asset in the quote asset: collateral, a depeg, the conversion of settlements.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`]; [`crate::Code::NotApplicable`] for the quote asset, whose price is 1.
    pub fn tick_asset(&mut self, asset: AssetId, price: f64, time_ms: f64, source: u32) -> Result<TickStatus> {
        let slot = self.asset_slot(asset)?;
        if slot == 0 {
            let expected = "an asset other than the quote asset, whose price is 1";
            return Err(EngineError::new(
                Code::NotApplicable,
                "asset",
                expected,
                "the quote asset",
            ));
        }
        let status = self.market.store_asset_tick(slot, price, time_ms, source);
        self.count_tick(status);
        self.settle_market();
        Ok(status)
    }

    /// A new index price of an underlying.
    ///
    /// # Errors
    /// [`crate::Code::UnknownHandle`].
    pub fn tick_underlying(
        &mut self,
        underlying: UnderlyingId,
        price: f64,
        time_ms: f64,
        source: u32,
    ) -> Result<TickStatus> {
        let slot = self.check_underlying(underlying)?;
        let status = self.market.store_underlying_tick(slot, price, time_ms, source);
        self.count_tick(status);
        self.settle_market();
        Ok(status)
    }

    /// Moves time on without a tick: options decay or expire, prices grow stale.
    ///
    /// A quote is as of the time when it was last made: by its own tick, by that of an underlying or asset that it rests on,
    /// or by this call. Ticks of other instruments move the engine's time and no quote but their own, so that a tick costs
    /// what its holders cost; a caller for whom decay and age matter between ticks advances.
    pub fn advance(&mut self, time_ms: f64) -> TickStatus {
        let status = self.market.advance(time_ms);
        self.settle_market();
        status
    }

    fn store_tick(&mut self, slot: usize, tick: &Tick) -> TickStatus {
        let status = self.market.store_tick(slot, tick);
        self.count_tick(status);
        status
    }

    fn count_tick(&mut self, status: TickStatus) {
        self.stats.ticks += u64::from(status == TickStatus::Applied);
    }

    /// Takes everything touched through to figures and events.
    fn settle_market(&mut self) {
        self.market.refresh_quotes();
        self.pass = self.pass.wrapping_add(1);
        self.dirty.clear();
        self.refresh_records();
        let moved_positions: usize = self
            .market
            .moved
            .iter()
            .map(|moved| self.holders[moved.instrument as usize].len())
            .sum();
        let positions: usize = if moved_positions == 0 {
            0
        } else {
            self.holders.iter().map(Vec::len).sum()
        };
        if moved_positions as f64 > FULL_PASS_SHARE * positions as f64 {
            self.move_all_accounts();
        } else {
            self.move_holders();
        }
        for i in 0..self.market.touched_assets.len() {
            let asset = self.market.touched_assets[i] as usize;
            for k in 0..self.asset_holders[asset].len() {
                let account = self.asset_holders[asset][k];
                self.mark(account, NO_DRIVER);
            }
        }
        self.market.forget_touched_assets();
        let told = self.events.pending().len();
        for i in 0..self.dirty.len() {
            let account = self.dirty[i] as usize;
            self.assess_now(account);
        }
        self.events.order_from(told);
        self.stats.assessed += self.dirty.len() as u64;
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

    /// Increments: each holder of what moved.
    fn move_holders(&mut self) {
        for i in 0..self.market.moved.len() {
            let moved = self.market.moved[i];
            let instrument = moved.instrument as usize;
            for k in 0..self.holders[instrument].len() {
                let holder = self.holders[instrument][k];
                let held = self.accounts.row_mut(holder.account as usize);
                let model = &self.models[held.model as usize];
                let len = model.record_len;
                let before = Quoted {
                    quote: &moved.before,
                    record: &model.records_before[i * len..(i + 1) * len],
                };
                let after = Quoted {
                    quote: &self.market.quotes[instrument],
                    record: model.record(instrument),
                };
                model
                    .rule
                    .move_row(held, holder.row as usize, before, after, self.market.per_quote_scale);
                self.mark(holder.account, moved.instrument);
            }
        }
    }

    /// The other way to the same bits: every account that holds something that moved, summed anew in the order of its rows.
    fn move_all_accounts(&mut self) {
        self.stats.full_passes += 1;
        for (rank, moved) in self.market.moved.iter().enumerate() {
            self.moved_rank[moved.instrument as usize] = rank as u32 + 1;
        }
        for slot in 0..self.accounts.extent() {
            let Some(account) = self.accounts.get(slot) else {
                continue;
            };
            let ranks = account.rows.iter().map(|row| self.moved_rank[row.instrument as usize]);
            let last_moved = ranks.max().unwrap_or(0);
            if last_moved > 0 {
                self.resum(slot);
                self.mark(slot as u32, self.market.moved[last_moved as usize - 1].instrument);
            }
        }
        for moved in &self.market.moved {
            self.moved_rank[moved.instrument as usize] = 0;
        }
    }

    #[inline]
    fn mark(&mut self, account: u32, driver: u32) {
        let row = self.accounts.row_mut(account as usize);
        if row.marked_at != self.pass {
            row.marked_at = self.pass;
            self.dirty.push(account);
        }
        if driver != NO_DRIVER {
            row.driver = driver;
        }
    }

    /// Steps 3 and 4 for one account: figures, band, and an event where the band changed.
    pub(crate) fn assess_now(&mut self, slot: usize) {
        let account = self.accounts.row_mut(slot);
        let (headline, band) = self.models[account.model as usize].rule.assess(account, &self.market);
        let driver = core::mem::replace(&mut account.driver, NO_DRIVER);
        let before = core::mem::replace(&mut account.band, band);
        self.figures.set(slot, &headline, band);
        if band != before {
            self.tell_band(slot, before, driver, &headline);
        }
    }

    #[cold]
    fn tell_band(&mut self, slot: usize, before: Band, driver: u32, headline: &Headline) {
        let event = BandEvent {
            sequence: 0,
            pass: self.pass,
            account: self.accounts.handle(slot),
            from: before,
            to: self.accounts.row(slot).band,
            driver,
            time_ms: self.market.time_ms,
            equity: headline.equity,
            maintenance: headline.risk.maintenance,
        };
        let account = self.accounts.row_mut(slot);
        account.event_hash = hash_event(account.event_hash, &event);
        self.events.push(event);
    }

    /// Sums and assesses every account anew. Changes no figure and no event: what it finds is what increments have kept.
    pub fn reassess_all(&mut self) {
        for slot in 0..self.accounts.extent() {
            if self.accounts.get(slot).is_some() {
                self.resum(slot);
                self.assess_now(slot);
            }
        }
    }

    /// Figures of every account, by slot.
    #[must_use]
    pub fn figures(&self) -> &Figures {
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
}
