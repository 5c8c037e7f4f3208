//! Digests: SHA-256 of bytes, as text, and as a header of content URLs; MD5 of
//! the parts that storage checks.

use crate::prelude::*;
use base64::Engine;
use md5::Md5;
use sha2::{Digest, Sha256};

/// Whether a text is a SHA-256 in lower-case hexadecimal.
pub(crate) fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The digest of bytes that come in pieces.
#[derive(Debug, Default)]
pub(super) struct Hasher(Sha256);

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The digest of bytes.
pub(crate) fn of(bytes: &[u8]) -> String {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// The MD5 of bytes that come in pieces, in base64, as `Content-MD5` (RFC 1864)
/// has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Md5Hasher(Md5);

impl Md5Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> String {
        base64::engine::general_purpose::STANDARD.encode(self.0.finalize())
    }
}

/// Reads the SHA-256 of a `Repr-Digest` header (RFC 9530), such as
/// `sha-256=:base64:`.
pub(crate) fn of_header(value: &str) -> Option<String> {
    for part in value.split(',') {
        let Some((algorithm, rest)) = part.trim().split_once('=') else {
            continue;
        };
        if !algorithm.trim().eq_ignore_ascii_case("sha-256") {
            continue;
        }
        let encoded = rest.trim().strip_prefix(':')?.strip_suffix(':')?;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .ok()?;
        return (bytes.len() == 32).then(|| hex(&bytes));
    }
    None
}

/// Lower-case hexadecimal. Formatting would bring kilobytes along.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)].into());
        text.push(DIGITS[usize::from(byte & 15)].into());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn digests_are_lower_case_hexadecimal() {
        assert_eq!(of(b"abc"), OF_ABC);
        assert!(is_hex(OF_ABC));
        assert!(!is_hex(&OF_ABC.to_uppercase()));
        assert!(!is_hex("ba78"));
    }

    #[test]
    fn the_md5_of_a_part_is_in_base64() {
        // RFC 1321 names the digests: d41d8cd98f00b204e9800998ecf8427e of nothing,
        // 900150983cd24fb0d6963f7d28e17f72 of `abc`.
        let mut hasher = Md5Hasher::default();
        assert_eq!(hasher.clone().finish(), "1B2M2Y8AsgTpgAmY7PhCfg==");
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish(), "kAFQmDzST7DWlj99KOF/cg==");
    }

    #[test]
    fn the_header_of_a_content_url_is_read() {
        let header = "sha-512=:AAAA:, sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:";
        assert_eq!(of_header(header).as_deref(), Some(OF_ABC));
        assert_eq!(of_header("sha-256=:AAAA:"), None);
        assert_eq!(of_header("md5=:AAAA:"), None);
    }
}
