//! The path and query of a request.
//!
//! Values are percent-encoded here and nowhere else, so that no name, address
//! or identifier can add a parameter.

use crate::prelude::*;
use core::fmt::Write;

use crate::fields::Fields;

/// A path and its query, being built.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    text: String,
    separator: char,
}

impl Query {
    /// Begins with a path below `/api/v4/`, such as `contacts.json`.
    pub(crate) fn new(path: &str) -> Self {
        Self {
            text: format!("/api/v4/{path}"),
            separator: '?',
        }
    }

    /// Adds a parameter.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.text.push(self.separator);
        self.separator = '&';
        encode(name, &mut self.text);
        self.text.push('=');
        encode(value, &mut self.text);
        self
    }

    /// Adds an id.
    pub(crate) fn with_id(self, name: &str, id: u64) -> Self {
        self.with(name, &id.to_string())
    }

    /// Selects the members of the answer.
    pub(crate) fn fields(self, fields: Fields) -> Self {
        self.with("fields", &fields.value())
    }

    /// Asks for a list in the mode that pages by cursor: complete, however
    /// many rows there are, where pages by offset end at 10,000.
    pub(crate) fn by_id(self) -> Self {
        self.with("order", "id(asc)").with("limit", "200")
    }

    /// The path and query.
    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

fn encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                into.push(byte.into());
            }
            // Reserved characters that are safe in a query and keep it legible.
            b'(' | b')' | b',' | b':' => into.push(byte.into()),
            _ => {
                // Writing into a string does not fail.
                let _ = write!(into, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_add_a_parameter() {
        let query = Query::new("contacts.json")
            .with("query", "a&type=Company#x=é+ 1")
            .by_id();
        assert_eq!(
            query.into_string(),
            "/api/v4/contacts.json?query=a%26type%3DCompany%23x%3D%C3%A9%2B%201\
             &order=id(asc)&limit=200"
        );
    }
}
