//! The `fields` parameter: which members an answer holds.
//!
//! Clio answers only id and etag without it, also to writes; takes one level of
//! braces; and refuses the whole request for one bad name. So a selection is a
//! constant of checked names, and a second level cannot be written down.

use crate::prelude::*;

/// The name of one member. Only a constant can hold one, so that a name with a
/// brace or a comma does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name(&'static str);

impl Name {
    /// Checks a name while the program is compiled.
    pub(crate) const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty(), "a field has a name");
        let mut at = 0;
        while at < bytes.len() {
            assert!(
                matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'_'),
                "a field's name is lower-case letters, digits and underscores"
            );
            at += 1;
        }
        Self(name)
    }
}

/// One member of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// A member as it comes. An association named bare holds its defaults.
    Plain(Name),
    /// An association and the members of it.
    Nested(Name, &'static [Name]),
}

/// A selection of members.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields(pub(crate) &'static [Field]);

impl Fields {
    /// The parameter's value.
    pub(crate) fn value(self) -> String {
        let mut value = String::new();
        for field in self.0 {
            if !value.is_empty() {
                value.push(',');
            }
            match field {
                Field::Plain(name) => value.push_str(name.0),
                Field::Nested(name, members) => {
                    value.push_str(name.0);
                    value.push('{');
                    for (index, member) in members.iter().enumerate() {
                        if index > 0 {
                            value.push(',');
                        }
                        value.push_str(member.0);
                    }
                    value.push('}');
                }
            }
        }
        value
    }
}

/// Writes a selection down: `fields!(id, etag, matter { id })`.
macro_rules! fields {
    (@one $name:ident) => {
        $crate::fields::Field::Plain($crate::fields::Name::new(stringify!($name)))
    };
    (@one $name:ident $($member:ident)+) => {
        $crate::fields::Field::Nested(
            $crate::fields::Name::new(stringify!($name)),
            &[$($crate::fields::Name::new(stringify!($member))),+],
        )
    };
    ($($name:ident $({ $($member:ident),+ })?),+ $(,)?) => {
        $crate::fields::Fields(const { &[$($crate::fields::fields!(@one $name $($($member)+)?)),+] })
    };
}
pub(crate) use fields;

#[cfg(test)]
mod tests {
    #[test]
    fn a_selection_has_one_level_of_braces() {
        let selection = fields!(id, etag, latest_document_version { uuid, put_url }, name);
        assert_eq!(
            selection.value(),
            "id,etag,latest_document_version{uuid,put_url},name"
        );
    }
}
