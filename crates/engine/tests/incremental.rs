//! The law of ticks: what increments have kept is, to the last bit, what a full reassessment finds, and what an engine finds
//! that is built from state alone, its accounts in another order.

mod common;

use common::book::{changed_by_full_reassessment, figure_bits, Book};
use plimsoll_engine::NO_BAND;

const ACCOUNTS: usize = 1000;
const TICKS: u64 = 1_000_000;
const CHECKPOINTS: u64 = 8;
const TICKS_PER_LIFE_EVENT: u64 = 60;
const TICKS_PER_ADVANCE: u64 = 2500;
const TICKS_PER_VERSION: u64 = 60_000;

fn run(book: &mut Book, ticks: u64) {
    for _ in 0..ticks {
        book.tick_at_random();
        if book.ticks.is_multiple_of(TICKS_PER_LIFE_EVENT) {
            book.live_at_random();
        }
        if book.ticks.is_multiple_of(TICKS_PER_ADVANCE) {
            book.advance_at_random();
        }
        if book.ticks.is_multiple_of(TICKS_PER_VERSION) {
            book.replace_a_model();
        }
    }
}

#[test]
fn a_million_ticks_leave_what_a_full_reassessment_and_an_engine_rebuilt_from_state_find() {
    let mut book = Book::new(1, ACCOUNTS, |i| i);
    let mut bands_seen = [false; 5];
    // the first checkpoint sees accounts that are still short of prices
    let first = 500;
    run(&mut book, first);
    for checkpoint in 1..=CHECKPOINTS {
        let events = book.engine.events().len();
        let changed = changed_by_full_reassessment(&mut book.engine);
        assert_eq!(changed, Vec::<usize>::new(), "checkpoint {checkpoint}");
        assert_eq!(book.engine.events().len(), events, "a reassessment tells no event");
        let figures = book.engine.figures();
        let bands = figures.band.iter().filter(|&&band| band != NO_BAND);
        bands.for_each(|&band| bands_seen[band as usize] = true);

        let pairs = book.rebuild();
        assert!(pairs.len() >= ACCOUNTS - 50, "{}", pairs.len());
        let (kept, rebuilt) = (figure_bits(&mut book.engine), figure_bits(&mut book.market_only));
        for &(ours, theirs) in &pairs {
            // all but handle and band, which remembers where it came from
            assert_eq!(
                kept[ours.slot()][..8],
                rebuilt[theirs.slot()][..8],
                "{ours:?} at {checkpoint}"
            );
        }
        for &(ours, theirs) in pairs.iter().step_by(20) {
            for &underlying in &book.underlyings {
                let prices = book.engine.liquidation_prices(ours, underlying).expect("live");
                let rebuilt = book.market_only.liquidation_prices(theirs, underlying).expect("live");
                assert_eq!(
                    format!("{prices:?}"),
                    format!("{rebuilt:?}"),
                    "{ours:?} along {underlying:?}"
                );
            }
        }
        let (ours, theirs) = (book.engine.totals(), book.market_only.totals());
        assert_eq!(ours, theirs);
        book.clear_rebuilt(&pairs);
        book.engine.clear_events();
        run(&mut book, TICKS / CHECKPOINTS);
    }
    assert!(changed_by_full_reassessment(&mut book.engine).is_empty());
    assert!(book.ticks >= TICKS && book.settled >= 20, "{} settled", book.settled);
    assert_eq!(
        &book.statuses_seen[..5],
        &[true; 5],
        "every status that prices can cause"
    );
    assert_eq!(bands_seen, [true; 5], "every band");
    let stats = book.engine.stats();
    assert!(stats.full_passes > 0 && stats.positions > 3 * ACCOUNTS, "{stats:?}");
}

#[test]
fn columns_that_nobody_reads_for_long_are_then_those_of_an_engine_whose_columns_every_tick_writes() {
    let [mut read, mut unread] = [Book::new(4, 300, |i| i), Book::new(4, 300, |i| i)];
    read.engine.watch_figures();
    for round in 0..40 {
        for _ in 0..300 {
            for book in [&mut read, &mut unread] {
                book.tick_at_random();
                if book.ticks.is_multiple_of(25) {
                    book.live_at_random();
                }
            }
        }
        // neither of these needs the rows that are behind
        assert_eq!(unread.engine.totals(), read.engine.totals(), "round {round}");
        if round % 10 == 0 {
            assert_eq!(unread.engine.digest(), read.engine.digest(), "round {round}");
        }
        let (ours, theirs) = (figure_bits(&mut unread.engine), figure_bits(&mut read.engine));
        assert_eq!(ours, theirs, "round {round}");
        for book in [&mut read, &mut unread] {
            book.advance_at_random();
        }
    }
}

#[test]
fn digest_with_events_does_not_depend_on_the_order_of_accounts_nor_on_reassessments() {
    let live = |order: fn(usize) -> usize, reassess_every: u64| {
        let mut book = Book::new(2, 150, order);
        for _ in 0..200 {
            run(&mut book, 100);
            if reassess_every > 0 && book.ticks.is_multiple_of(reassess_every) {
                book.engine.reassess_all();
            }
        }
        let events = book.engine.events().len();
        (book.engine.digest(), events)
    };
    let plain = live(|i| i, 0);
    assert!(plain.1 > 100, "{} events", plain.1);
    assert_eq!(live(|i| 1000 - i, 0), plain);
    assert_eq!(live(|i| i * 7919 % 151, 100), plain);
}
