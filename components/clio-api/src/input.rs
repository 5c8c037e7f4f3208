//! Checks that several actions share.
//!
//! They run before the first request, so that a malformed input costs nothing
//! and leaves nothing half-made.

use crate::Failure;
use crate::prelude::*;

/// Checks a caller's identifier: 1 to 255 characters, and none that makes two
/// look alike.
pub(crate) fn source_id(field: &str, source_id: &str) -> Result<(), Failure> {
    clio_text::source_id(source_id).map_err(|refused| Failure::input(field, refused.message()))
}

/// An e-mail address as it is sent.
pub(crate) fn email(field: &str, address: &str) -> Result<String, Failure> {
    clio_text::email(address).map_err(|refused| Failure::input(field, refused.message()))
}

/// A document's or folder's name as it is sent.
pub(crate) fn document_name(field: &str, name: &str) -> Result<String, Failure> {
    clio_text::document_name(name).map_err(|refused| Failure::input(field, refused.message()))
}

/// Checks an identifier that is to be found by a custom field. The filter reads
/// these characters as operators, or does not: nobody knows which.
pub(crate) fn marker(source_id: &str) -> Result<(), Failure> {
    if source_id.starts_with(['=', '<', '>', '[']) {
        return Err(Failure::input(
            "/source_id",
            "A source id that begins with =, <, > or [ cannot be found by a marker field. Give it \
             a namespace in front.",
        ));
    }
    Ok(())
}

/// Refuses control characters, line ends among them, in a text that is sent
/// without the space around it. Lines of files are read with their ends.
pub(crate) fn no_controls(field: &str, text: &str) -> Result<(), Failure> {
    no_controls_around(field, text.trim())
}

/// The same of a text that is taken with the space around it.
pub(crate) fn no_controls_around(field: &str, text: &str) -> Result<(), Failure> {
    if text.chars().any(char::is_control) {
        return Err(Failure::input(field, "The text holds a control character."));
    }
    Ok(())
}

/// Checks a text that must say something.
pub(crate) fn not_blank(field: &str, text: &str) -> Result<(), Failure> {
    if clio_text::is_blank(text) {
        return Err(Failure::input(field, "The text is blank."));
    }
    no_controls(field, text)
}

/// Checks an id, which Clio begins to count at 1.
pub(crate) fn id(field: &str, id: u64) -> Result<(), Failure> {
    if id == 0 || i64::try_from(id).is_err() {
        return Err(Failure::input(field, "The id is none that Clio gives."));
    }
    Ok(())
}

/// A text, unless it is absent or blank.
pub(crate) fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref()
        .map(str::trim)
        .filter(|text| !clio_text::is_blank(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_around_a_text_is_no_part_of_it() {
        for text in ["Lee\r\n", "\tLee", "Lee\t ", "305-555-0147\n", "\u{85}Lee"] {
            assert!(no_controls("/x", text).is_ok(), "{text:?}");
            assert!(not_blank("/x", text).is_ok(), "{text:?}");
            assert!(no_controls_around("/x", text).is_err(), "{text:?}");
        }
        for text in ["Ann\nLee", "Ann\tLee", "Lee\0", "\u{7}Lee\n"] {
            assert!(no_controls("/x", text).is_err(), "{text:?}");
            assert!(not_blank("/x", text).is_err(), "{text:?}");
        }
        assert!(not_blank("/x", "\r\n").is_err());
        assert_eq!(said(&Some("Lee\r\n".to_owned())), Some("Lee"));
    }
}
