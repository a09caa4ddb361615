//! A snapshot is the engine: restored at any moment of a random life, both go on with the same digests and events, every
//! handle means what it meant, and bytes that are no such snapshot are refused by name.

mod common;

use common::book::{figure_bits, model_kinds, Book};
use plimsoll_engine::{Code, Engine, EngineError};

fn restored(engine: &Engine) -> Engine {
    let bytes = engine.snapshot(b"the caller's own");
    let restored = Engine::from_snapshot_with(&bytes, &model_kinds()).expect("a snapshot");
    assert_eq!(&bytes[restored.caller.clone()], b"the caller's own");
    restored.engine
}

#[track_caller]
fn assert_same(ours: &Engine, theirs: &Engine) {
    assert_eq!(ours.events(), theirs.events());
    assert_eq!(figure_bits(ours), figure_bits(theirs));
    assert_eq!(ours.totals(), theirs.totals());
    assert_eq!(ours.stats(), theirs.stats());
    assert_eq!(ours.time_ms().to_bits(), theirs.time_ms().to_bits());
}

/// Lives on for some ticks, with everything that can happen to a book.
fn live(book: &mut Book, ticks: u64) {
    for _ in 0..ticks {
        book.tick_at_random();
        if book.ticks.is_multiple_of(5) {
            book.live_at_random();
        }
        if book.ticks.is_multiple_of(30) {
            book.advance_at_random();
        }
        if book.ticks.is_multiple_of(2000) {
            book.replace_a_model();
        }
    }
}

#[test]
fn a_restored_engine_lives_on_bit_for_bit() {
    for seed in 1..=2 {
        let mut kept = Book::new(seed, 60, |i| i);
        let mut other = Book::new(seed, 60, |i| i);
        for moment in 0..25 {
            other.engine = restored(&other.engine);
            assert_same(&kept.engine, &other.engine);
            assert_eq!(kept.engine.digest(), other.engine.digest(), "seed {seed} at {moment}");
            let (ours, theirs) = (kept.engine.snapshot(b""), other.engine.snapshot(b""));
            assert!(ours == theirs, "what was made anew is stored as what was kept");
            for _ in 0..10 {
                let ticks = 1 + kept.draws.below(60) as u64;
                other.draws.below(60);
                live(&mut kept, ticks);
                live(&mut other, ticks);
                assert_same(&kept.engine, &other.engine);
            }
            if moment % 3 == 0 {
                kept.engine.clear_events();
                other.engine.clear_events();
            }
        }
        assert!(
            kept.engine.stats().ticks > 4000 && kept.settled > 5,
            "{} settled",
            kept.settled
        );
    }
}

fn refusal(bytes: &[u8]) -> EngineError {
    match Engine::from_snapshot_with(bytes, &model_kinds()) {
        Ok(_) => panic!("restored"),
        Err(error) => error,
    }
}

#[test]
fn what_is_no_whole_snapshot_is_refused_by_name() {
    let book = Book::new(5, 20, |i| i);
    let bytes = book.engine.snapshot(b"caller");
    assert_eq!(refusal(&[]).code, Code::SnapshotTruncated);
    for length in (1..bytes.len()).step_by(97).chain([8, 31, 32, bytes.len() - 1]) {
        assert_eq!(
            refusal(&bytes[..length]).code,
            Code::SnapshotTruncated,
            "{length} bytes"
        );
    }
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        refusal(&bytes).code
    };
    assert_eq!(changed(|bytes| bytes[1] = b'p'), Code::SnapshotKind);
    assert_eq!(changed(|bytes| bytes[8] += 1), Code::SnapshotVersion);
    assert_eq!(changed(|bytes| bytes[8] -= 1), Code::SnapshotVersion);
    assert_eq!(changed(|bytes| bytes.push(0)), Code::SnapshotCorrupt);
    for at in (32..bytes.len()).step_by(89).chain([24, bytes.len() - 1]) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        assert_eq!(refusal(&bytes).code, Code::SnapshotCorrupt, "byte {at}");
    }
}
