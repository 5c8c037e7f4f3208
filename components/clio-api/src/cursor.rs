//! Cursors: what is remembered of a list that a caller reads on, in the caller's
//! hands; and the one of a list that is read page by page.
//!
//! It is JSON in base64url, with what is long packed behind it. It is bound to an
//! origin and to what was asked: read against another filter it would lose rows
//! silently.
//! It authorizes nothing. The one address in it is a path and query of the very
//! list, so that a forged cursor sends the credential nowhere else, and reads
//! nothing that its holder could not ask for.

use crate::prelude::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clio_types::types::ProblemCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::answer::ApiError;
use crate::paging::{is_plain, path};
use crate::problem::Failure;

/// The input member that holds it.
pub(crate) const FIELD: &str = "/cursor";

/// Stands between the JSON, which never holds it, and what is packed behind.
const END: u8 = 0;

/// The form of a [`PageCursor`].
const FORM: u32 = 1;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageCursor {
    #[serde(rename = "v")]
    form: u32,
    #[serde(rename = "o")]
    origin: String,
    /// What was asked, as a number.
    #[serde(rename = "q")]
    asked: u64,
    /// Path and query of the page to read.
    #[serde(rename = "n")]
    pub(crate) at: String,
    /// What the caller was told of earlier pages, as far as a later one needs
    /// it.
    #[serde(rename = "c", default)]
    pub(crate) counts: [u64; 3],
}

/// What a cursor is bound to.
pub(crate) trait Bound: Serialize + DeserializeOwned {
    /// Its form. Another form is refused, not guessed at.
    const FORM: u32;

    /// The longest text that is read: far beyond any that is written.
    const LONGEST: usize;

    /// The form that it was written in.
    fn form(&self) -> u32;

    /// The account's origin.
    fn origin(&self) -> &str;

    /// Writes what would be long as JSON behind it.
    fn pack(&self, _: &mut Vec<u8>) {}

    /// Takes what [`Self::pack`] wrote. `None` if it did not write this.
    fn unpack(&mut self, packed: &[u8]) -> Option<()> {
        packed.is_empty().then_some(())
    }

    /// The opaque text.
    fn encode(&self) -> String {
        // Only plain data stands in it, which always serialises.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        let mut packed = Vec::new();
        self.pack(&mut packed);
        if !packed.is_empty() {
            bytes.push(END);
            bytes.append(&mut packed);
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a text of `field` back, if it is of this form and origin.
    fn decode(field: &str, text: &str, origin: &str) -> Result<Self, Failure> {
        if text.len() > Self::LONGEST {
            return Err(malformed(field));
        }
        let bytes = URL_SAFE_NO_PAD.decode(text.trim());
        let bytes = bytes.map_err(|_| malformed(field))?;
        let json = bytes.iter().position(|byte| *byte == END);
        let (json, packed) = bytes.split_at(json.unwrap_or(bytes.len()));
        let cursor = serde_json::from_slice(json);
        let mut cursor: Self = cursor.map_err(|_| malformed(field))?;
        if cursor.form() != Self::FORM {
            let message = "The cursor is of another release. Begin anew.";
            return Err(Failure::input(field, message));
        }
        if cursor.origin() != origin {
            let message = "The cursor belongs to another region or account. Begin anew.";
            return Err(Failure::input(field, message));
        }
        let packed = packed.get(1..).unwrap_or_default();
        cursor.unpack(packed).ok_or_else(|| malformed(field))?;
        Ok(cursor)
    }
}

/// The failure of a text that is no cursor of ours.
pub(crate) fn malformed(field: &str) -> Failure {
    let message = "The cursor is malformed. Pass one as it was returned.";
    Failure::input(field, message)
}

impl Bound for PageCursor {
    const FORM: u32 = FORM;
    const LONGEST: usize = 64 << 10;

    fn form(&self) -> u32 {
        self.form
    }

    fn origin(&self) -> &str {
        &self.origin
    }
}

impl PageCursor {
    /// Marks a page. `asked` is the path and query of the first one.
    pub(crate) fn new(origin: &str, asked: &str, at: String, counts: [u64; 3]) -> Self {
        Self {
            form: FORM,
            origin: origin.to_owned(),
            asked: number(asked),
            at,
            counts,
        }
    }

    /// Reads the text back, for the same origin and question.
    pub(crate) fn read(text: &str, origin: &str, asked: &str) -> Result<Self, Failure> {
        let mark = Self::decode(FIELD, text, origin)?;
        if mark.asked != number(asked) {
            return Err(Failure::input(
                FIELD,
                "The cursor belongs to another question. Pass the request that it came from, or \
                 begin anew.",
            ));
        }
        if !is_plain(&mark.at) || path(&mark.at) != path(asked) {
            return Err(malformed(FIELD));
        }
        Ok(mark)
    }
}

/// The failure of a page that a cursor marks. Clio's own token in it need not
/// live as long as the cursor.
pub(crate) fn refused(error: ApiError) -> Failure {
    if matches!(error.status(), Some(400 | 404 | 422)) {
        let mut failure = error.failure.field(FIELD);
        failure.problem.code = ProblemCode::InvalidInput;
        failure.problem.message =
            "Clio does not take the cursor any more. Begin anew, without one.".to_owned();
        return failure;
    }
    error.failure
}

/// The FNV-1a hash of a text: what was asked before is told from what is asked
/// now, and a person who makes two questions collide only confuses themselves.
fn number(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ORIGIN: &str = "https://app.clio.com";
    const ASKED: &str = "/api/v4/matters.json?status=open&limit=200";

    fn read(text: &str) -> Result<PageCursor, String> {
        PageCursor::read(text, ORIGIN, ASKED).map_err(|failure| failure.problem.message)
    }

    fn forged(at: &str) -> String {
        PageCursor::new(ORIGIN, ASKED, at.to_owned(), [0; 3]).encode()
    }

    #[test]
    fn a_cursor_is_read_for_the_same_question_alone() {
        let next = "/api/v4/matters.json?status=open&limit=200&page_token=x".to_owned();
        let mark = PageCursor::new(ORIGIN, ASKED, next, [1, 2, 3]);
        let text = mark.encode();
        assert_eq!(read(&text).unwrap(), mark);
        for (origin, asked, said) in [
            ("https://eu.app.clio.com", ASKED, "region or account"),
            (ORIGIN, "/api/v4/matters.json?limit=200", "another question"),
        ] {
            let failure = PageCursor::read(&text, origin, asked).unwrap_err();
            assert!(failure.problem.message.contains(said), "{failure}");
            assert_eq!(failure.problem.field.as_deref(), Some("/cursor"));
        }
    }

    #[test]
    fn a_forged_cursor_leads_nowhere_else() {
        for elsewhere in [
            "https://evil.example/api/v4/matters.json",
            "//evil.example/api/v4/matters.json",
            "@evil.example/api/v4/matters.json",
            "/api/v4/contacts.json?x",
            "/api/v4/matters.json/../users.json",
            "/api/v4/matters.json?x\r\nX-Evil: 1",
            "/api/v4/matters.json?x y",
            "/api/v4/matters.json#y",
            "",
        ] {
            let error = read(&forged(elsewhere)).unwrap_err();
            assert!(error.contains("malformed"), "{elsewhere}: {error}");
        }
        for text in ["", "!", "e30", &"A".repeat(PageCursor::LONGEST + 1)] {
            assert!(read(text).unwrap_err().contains("malformed"), "{text}");
        }
    }

    #[test]
    fn a_cursor_of_another_form_is_not_guessed_at() {
        let mut mark = PageCursor::new(ORIGIN, ASKED, ASKED.to_owned(), [0; 3]);
        mark.form = 2;
        assert!(
            read(&mark.encode())
                .unwrap_err()
                .contains("another release")
        );
    }
}
