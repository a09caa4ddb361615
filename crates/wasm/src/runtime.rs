//! What stands in for the standard library: the allocator, and the end of a panic.

use core::panic::PanicInfo;

use dlmalloc::GlobalDlmalloc;

#[global_allocator]
static ALLOCATOR: GlobalDlmalloc = GlobalDlmalloc;

/// A panic traps and says nothing: the caller sees `RuntimeError` either way, and the texts and their formatting would be a
/// sixth of the module.
#[panic_handler]
fn trap(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
