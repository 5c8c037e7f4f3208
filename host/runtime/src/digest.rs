//! The name that a component cannot choose: the digest of its bytes.
//!
//! What a component says of itself, its name among it, is a stranger's word. So
//! an operator's word for a component, and the audit of what it did, go by this.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What every digest begins with.
const PREFIX: &str = "sha256:";

/// The SHA-256 of a component's bytes, such as `sha256:9f86d0…`, in lower-case
/// hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComponentDigest([u8; 32]);

impl ComponentDigest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a component is named by its digest: sha256: and 64 hexadecimal digits, as `sha256sum FILE` \
     prints them"
)]
pub struct DigestError;

impl FromStr for ComponentDigest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digits = text.strip_prefix(PREFIX).ok_or(DigestError)?.as_bytes();
        let mut digest = [0; 32];
        if digits.len() != 2 * digest.len() {
            return Err(DigestError);
        }
        let value = |digit: u8| char::from(digit).to_digit(16).ok_or(DigestError);
        for (byte, pair) in digest.iter_mut().zip(digits.chunks(2)) {
            *byte = (value(pair[0])? * 16 + value(pair[1])?) as u8;
        }
        Ok(Self(digest))
    }
}

impl TryFrom<String> for ComponentDigest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<ComponentDigest> for String {
    fn from(digest: ComponentDigest) -> Self {
        digest.to_string()
    }
}

/// Whose a component is, as rules and audit ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// One of the catalog's, byte for byte, by its name there.
    Ours(&'static str),
    /// Somebody else's, whatever it calls itself.
    Other(ComponentDigest),
}

impl Identity {
    /// Whose these bytes are.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let ours = clio_catalog::actions()
            .iter()
            .find(|action| action.is(bytes));
        match ours {
            Some(action) => Self::Ours(action.name),
            None => Self::Other(ComponentDigest::of(bytes)),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours(name) => f.write_str(name),
            Self::Other(digest) => digest.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_digest_is_written_in_one_way() {
        let digest = ComponentDigest::of(b"test");
        let text = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(
            text.to_uppercase().replace("SHA", "sha").parse(),
            Ok(digest)
        );
        for wrong in [
            "",
            "sha256:",
            "9f86",
            &text[7..],
            &text[..70],
            &format!("{text}0"),
        ] {
            assert_eq!(
                wrong.parse::<ComponentDigest>(),
                Err(DigestError),
                "{wrong}"
            );
        }
    }

    // CASES S4
    #[test]
    fn ours_is_what_the_catalog_holds_and_nothing_that_says_so() {
        let action = &clio_catalog::actions()[0];
        for bytes in [action.component(), action.portable()] {
            assert_eq!(Identity::of(bytes), Identity::Ours(action.name));
        }
        let mut altered = action.component().to_vec();
        altered.push(0);
        assert!(matches!(Identity::of(&altered), Identity::Other(_)));
    }
}
