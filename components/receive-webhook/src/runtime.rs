//! What a standard library would bring: memory, a way to panic, and the
//! comparison of bytes that the compiler calls.
//!
//! Memory grows page by page and is taken in a row. It is given back all at
//! once, when nothing is in use any more, which is after every call. One
//! instance runs one call at a time and has one thread.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::Cell;
use core::panic::PanicInfo;

/// The size of a page of WebAssembly.
const PAGE: usize = 65536;

struct Row {
    /// The first byte that was ever taken; 0 before that.
    start: Cell<usize>,
    /// The next free byte.
    next: Cell<usize>,
    /// The end of the memory that was grown.
    end: Cell<usize>,
    /// How many pieces are in use.
    used: Cell<usize>,
}

// SAFETY: a component has one thread.
unsafe impl Sync for Row {}

// SAFETY: pieces lie in grown memory, one behind the other, and none is handed
// out again before all were given back.
unsafe impl GlobalAlloc for Row {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(begin) = self
            .next
            .get()
            .checked_add(layout.align() - 1)
            .map(|at| at & !(layout.align() - 1))
        else {
            return core::ptr::null_mut();
        };
        let Some(mut after) = begin.checked_add(layout.size()) else {
            return core::ptr::null_mut();
        };
        let mut begin = begin;
        if after > self.end.get() {
            // Enough for the piece alone, wherever the new pages begin.
            let Some(pages) = layout
                .size()
                .checked_add(layout.align())
                .map(|bytes| bytes.div_ceil(PAGE))
            else {
                return core::ptr::null_mut();
            };
            let old = wasm32::memory_grow::<0>(pages);
            if old == usize::MAX {
                return core::ptr::null_mut();
            }
            let grown = old * PAGE;
            if grown != self.end.get() {
                // The first time, or somebody else grew the memory in between.
                // A page's begin fits any alignment that occurs.
                begin = grown;
                after = begin + layout.size();
                if self.start.get() == 0 {
                    self.start.set(grown);
                }
            }
            self.end.set(grown + pages * PAGE);
        }
        self.next.set(after);
        self.used.set(self.used.get() + 1);
        begin as *mut u8
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        let used = self.used.get() - 1;
        self.used.set(used);
        if used == 0 {
            self.next.set(self.start.get());
        } else if piece as usize + layout.size() == self.next.get() {
            self.next.set(piece as usize);
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // A text that grows is mostly the last piece: it grows where it lies.
        if piece as usize + layout.size() == self.next.get()
            && piece as usize + size <= self.end.get()
        {
            self.next.set(piece as usize + size);
            return piece;
        }
        // SAFETY: the caller's layout with another size, which it vouches for.
        let layout_after = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: as above.
        let moved = unsafe { self.alloc(layout_after) };
        if !moved.is_null() {
            // SAFETY: both pieces are this long, and do not overlap.
            unsafe {
                core::ptr::copy_nonoverlapping(piece, moved, layout.size().min(size));
                self.dealloc(piece, layout);
            }
        }
        moved
    }
}

#[global_allocator]
static MEMORY: Row = Row {
    start: Cell::new(0),
    next: Cell::new(0),
    end: Cell::new(0),
    used: Cell::new(0),
};

/// There is nobody to tell: the host sees a trap.
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
