//! The path to the member in hand, as a JSON Pointer (RFC 6901).
//!
//! A path is a chain of borrowed links on the stack, so that a value that is in
//! order costs no allocation; only an error spells it out.

use super::JsonError;

/// A place within a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'a> {
    /// The whole value.
    Root,
    /// A member of an object.
    Member(&'a Path<'a>, &'a str),
    /// An element of an array.
    Element(&'a Path<'a>, usize),
}

impl Path<'_> {
    /// An error at this place.
    pub(super) fn error(&self, message: impl Into<String>) -> JsonError {
        let mut pointer = String::new();
        self.write(&mut pointer);
        JsonError {
            pointer,
            message: message.into(),
        }
    }

    /// How many levels deep this place lies.
    pub(super) fn depth(&self) -> usize {
        match self {
            Path::Root => 0,
            Path::Member(parent, _) | Path::Element(parent, _) => 1 + parent.depth(),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Path::Root => {}
            Path::Member(parent, name) => {
                parent.write(out);
                out.push('/');
                // A name may come from the caller (an unknown member), so its
                // length and its control characters are bounded here.
                for c in name.chars().take(64) {
                    match c {
                        '~' => out.push_str("~0"),
                        '/' => out.push_str("~1"),
                        c if c.is_control() => out.push('\u{fffd}'),
                        c => out.push(c),
                    }
                }
            }
            Path::Element(parent, index) => {
                parent.write(out);
                out.push('/');
                out.push_str(&index.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_as_the_rfc_says() {
        let root = Path::Root;
        let list = Path::Member(&root, "a/b~c");
        let element = Path::Element(&list, 3);
        assert_eq!(element.error("x").pointer, "/a~1b~0c/3");
        assert_eq!(Path::Root.error("x").pointer, "");
    }

    #[test]
    fn the_whole_input_is_named_as_such() {
        assert_eq!(
            Path::Root.error("is missing").to_string(),
            "the input: is missing"
        );
    }
}
