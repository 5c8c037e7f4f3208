//! What reading one file may take.
//!
//! A small file can ask for much: a stream that unpacks to megabytes, a font
//! whose table is set again and again, an object that a thousand others refer
//! to. So whatever goes through a stranger's bytes, or makes something of them,
//! spends from one account. When it is spent, nothing more is read, and the file
//! is refused.

use core::cell::Cell;

use crate::refused::{Refused, Result};

/// About how many bytes are gone through or made. A file of 10 MiB whose streams
/// unpack to six times as much takes half of it.
const WORK: usize = 160 << 20;

/// What one value costs beside its bytes, as it is read or copied.
pub(super) const VALUE: usize = 16;

#[derive(Debug)]
pub(super) struct Work {
    left: Cell<usize>,
    /// Why no more is read.
    why: Cell<Option<&'static str>>,
}

impl Work {
    pub(super) fn new() -> Self {
        Self {
            left: Cell::new(WORK),
            why: Cell::new(None),
        }
    }

    /// Takes so much. `false`: it is not there, and the file is refused.
    pub(super) fn spend(&self, units: usize) -> bool {
        match self.left.get().checked_sub(units) {
            Some(left) => self.left.set(left),
            None => {
                self.refuse("reading it takes too many steps; save it as PDF again, or as .docx")
            }
        }
        self.why.get().is_none()
    }

    /// Nothing more is read. The first reason is the one that is told.
    pub(super) fn refuse(&self, why: &'static str) {
        self.left.set(0);
        self.why.set(self.why.get().or(Some(why)));
    }

    /// Sees that all that was asked for was read.
    pub(super) fn check(&self) -> Result<()> {
        match self.why.get() {
            Some(why) => Err(Refused::new(why)),
            None => Ok(()),
        }
    }
}
