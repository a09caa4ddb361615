//! Nothing allocates on a tick, as long as events are drained between ticks.

#![allow(unsafe_code)] // an allocator that counts can be written in no other way

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::book::Book;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting the calls of each thread.
struct Counting;

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `alloc` above
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

#[test]
fn a_tick_allocates_nothing_once_everything_is_registered() {
    let mut book = Book::new(51, 300, |i| i);
    book.engine.clear_events();
    // the counter counts
    let before = allocations();
    drop(std::hint::black_box(vec![1_u8]));
    assert_eq!(allocations(), before + 1);

    let before = allocations();
    let (mut applied, mut events) = (0, 0);
    for tick in 0..20_000 {
        applied += u64::from(book.tick_at_random());
        // rows that ticks have left behind among those that they have written
        if tick % 7 < 2 {
            std::hint::black_box(book.engine.figures());
        }
        events += book.engine.events().len();
        book.engine.clear_events();
    }
    assert_eq!(allocations() - before, 0);
    assert!(applied > 15_000 && events > 100, "{applied} applied, {events} events");

    // time that moves everything on, in a pass over the whole book
    let passes = book.engine.stats().full_passes;
    for step in 1..=50 {
        book.engine.advance(book.time_ms + f64::from(step) * 60_000.0);
        book.engine.clear_events();
    }
    assert!(book.engine.stats().full_passes > passes);
    assert_eq!(allocations() - before, 0);
}
