//! What a component needs in place of the standard library: memory, a way to
//! panic, and the functions that the compiler and the canonical ABI call.
//!
//! The standard library imports environment, standard streams and terminals of
//! its host before anything uses them, and takes a fifth of an action's size.
//! Without it an action imports what it uses and nothing else.
//!
//! A component links this crate once: `use clio_guest_runtime as _;`. On any
//! other target the crate is empty.
#![cfg(target_family = "wasm")]
#![no_std]

use core::alloc::{GlobalAlloc as _, Layout};
use core::arch::wasm32;
use core::panic::PanicInfo;

use dlmalloc::GlobalDlmalloc;

#[global_allocator]
static MEMORY: GlobalDlmalloc = GlobalDlmalloc;

/// There is nobody to tell: the host sees a trap. A message could hold what
/// the action was called with.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}

/// Takes memory for what the host passes in.
///
/// # Safety
/// `old` is a piece of this length and alignment, or the length is 0.
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(
    old: *mut u8,
    old_length: usize,
    align: usize,
    length: usize,
) -> *mut u8 {
    if length == 0 {
        return align as *mut u8;
    }
    // SAFETY: as the caller vouches; the host's alignments are powers of two.
    let piece = unsafe {
        let layout = Layout::from_size_align_unchecked(length, align);
        if old_length == 0 {
            MEMORY.alloc(layout)
        } else {
            let old_layout = Layout::from_size_align_unchecked(old_length, align);
            MEMORY.realloc(old, old_layout, length)
        }
    };
    if piece.is_null() {
        wasm32::unreachable()
    }
    piece
}

/// Compares bytes, as C does. The compiler calls it for slices.
///
/// # Safety
/// Both must be this long.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, length: usize) -> i32 {
    let mut at = 0;
    while at < length {
        // SAFETY: within both, as the caller vouches.
        let (l, r) = unsafe { (*left.add(at), *right.add(at)) };
        if l != r {
            return i32::from(l) - i32::from(r);
        }
        at += 1;
    }
    0
}
