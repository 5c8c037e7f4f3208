//! A component as it lies in the program: compressed, and unpacked once.

use std::sync::OnceLock;

/// Bytes that are unpacked when they are first asked for, and then stay.
pub(crate) struct Packed {
    packed: &'static [u8],
    length: usize,
    bytes: OnceLock<Vec<u8>>,
}

impl Packed {
    pub(crate) const fn new(packed: &'static [u8], length: usize) -> Self {
        Self {
            packed,
            length,
            bytes: OnceLock::new(),
        }
    }

    /// The number of bytes, known without unpacking them.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The bytes. `known` gives those that they were packed beside.
    #[expect(
        clippy::expect_used,
        reason = "this build packed them; tests unpack all"
    )]
    pub(crate) fn bytes(&'static self, known: impl FnOnce() -> &'static [u8]) -> &'static [u8] {
        self.bytes.get_or_init(|| {
            zstd::bulk::Decompressor::with_dictionary(known())
                .and_then(|mut reader| reader.decompress(self.packed, self.length))
                .expect("what the build packed is unpacked")
        })
    }
}
