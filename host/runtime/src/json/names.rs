//! Names in JSON: snake_case for the kebab-case of WIT.
//!
//! What must stay true: the translation is one to one. WIT names hold no
//! underscore, so no two of them share a JSON name.

/// A name as WIT and as JSON spell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As in WIT: `source-id`.
    pub wit: Box<str>,
    /// As in JSON: `source_id`.
    pub json: Box<str>,
}

impl Name {
    /// The name that WIT spells `wit`.
    pub fn new(wit: &str) -> Self {
        Self {
            wit: wit.into(),
            json: wit.replace('-', "_").into(),
        }
    }
}

/// Says which names there are, for an error: `one of "a", "b"`.
pub(super) fn one_of<'a>(names: impl Iterator<Item = &'a Name>) -> String {
    let mut out = String::from("one of ");
    for (n, name) in names.enumerate() {
        if n == 20 {
            out.push_str(", …");
            break;
        }
        if n > 0 {
            out.push_str(", ");
        }
        out.push('"');
        out.push_str(&name.json);
        out.push('"');
    }
    out
}
