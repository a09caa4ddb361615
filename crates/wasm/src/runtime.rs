//! What stands in for the standard library: the allocator, and the end of a panic.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use core::ptr;

use dlmalloc::{Allocator, Dlmalloc};

/// Bytes in a page of WebAssembly's memory.
const PAGE: usize = 1 << 16;
/// Memory grows by at least this part of itself. Every growth is a new `ArrayBuffer` to the host, whose collector runs for it:
/// page by page, that took most of the time of registering a book.
const GROWTH_PART: usize = 8;

/// Linear memory, grown in proportion to what there is.
struct LinearMemory;

// SAFETY: what `alloc` gives out is new memory of the module, which nothing else uses and nothing takes back.
#[allow(unsafe_code)]
unsafe impl Allocator for LinearMemory {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        let (needed, held) = (size.div_ceil(PAGE), memory_size(0));
        for pages in [needed.max(held / GROWTH_PART), needed] {
            let first = memory_grow(0, pages);
            if first != usize::MAX {
                // the last page of the address space stays unused, so that no end of an allocation wraps to zero
                let pages = pages.min((usize::MAX / PAGE) - first);
                return ((first * PAGE) as *mut u8, pages * PAGE, 0);
            }
        }
        (ptr::null_mut(), 0, 0)
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

struct Heap(UnsafeCell<Dlmalloc<LinearMemory>>);

// SAFETY: the module has one thread.
#[allow(unsafe_code)]
unsafe impl Sync for Heap {}

// SAFETY: as Dlmalloc, which gives what `GlobalAlloc` asks for; with one thread and no call back, no two uses overlap.
//
// Never inlined: every `Vec` is made and freed somewhere, some hundred places in all.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Heap {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { (*self.0.get()).malloc(layout.size(), layout.align()) }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { (*self.0.get()).free(at, layout.size(), layout.align()) }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { (*self.0.get()).calloc(layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        unsafe { (*self.0.get()).realloc(at, layout.size(), layout.align(), new_size) }
    }
}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(Dlmalloc::new_with_allocator(LinearMemory)));

/// A panic traps and says nothing: the caller sees `RuntimeError` either way, and the texts and their formatting would be a
/// sixth of the module.
#[panic_handler]
fn trap(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
