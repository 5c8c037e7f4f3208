//! Mistakes in a case file, each at its JSON Pointer.

use std::fmt::{self, Write as _};

/// The most characters of a pointer that are shown.
const LONGEST_SHOWN: usize = 200;

/// A JSON Pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// As RFC 6901 writes it; empty for the whole document.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A member or an element of what this points to.
    pub fn then(&self, part: impl fmt::Display) -> Self {
        let part = part.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{part}", self.0))
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An empty pointer is right, and invisible in a list of mistakes.
        if self.0.is_empty() {
            return f.write_str("the case file");
        }
        // An unknown member's name is the file's: it may be long, and it must
        // not move the terminal's cursor.
        for c in self.0.chars().take(LONGEST_SHOWN) {
            f.write_char(if c.is_control() { '\u{fffd}' } else { c })?;
        }
        Ok(())
    }
}

/// What is wrong where. The text does not repeat what the member holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub at: Pointer,
    pub what: String,
}

impl Mistake {
    pub fn new(at: Pointer, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
        }
    }
}

impl Mistake {
    /// In words, where the file as a whole has another name than a case file.
    pub fn shown(&self, whole: &str) -> String {
        if self.at == Pointer::root() {
            format!("{whole} {}", self.what)
        } else {
            format!("{}: {}", self.at, self.what)
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown("the case file"))
    }
}

/// Puts mistakes into the order of their places, numbers by value, and drops
/// repetitions.
pub(crate) fn order(mistakes: &mut Vec<Mistake>) {
    let key = |mistake: &Mistake| -> Vec<(Option<u64>, String)> {
        let parts = mistake.at.0.split('/').skip(1);
        parts
            .map(|part| (part.parse().ok(), part.to_owned()))
            .collect()
    };
    mistakes.sort_by_key(key);
    mistakes.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_escaped_and_the_root_is_named() {
        assert_eq!(
            Pointer::root().then("a/b~c").then(0).to_string(),
            "/a~1b~0c/0"
        );
        assert_eq!(
            Pointer::root().then("a\u{1b}[2J").to_string(),
            "/a\u{fffd}[2J"
        );
        let mistake = Mistake::new(Pointer::root(), "is not JSON");
        assert_eq!(mistake.to_string(), "the case file is not JSON");
    }

    #[test]
    fn mistakes_stand_in_the_order_of_the_file() {
        let at = |n: u32| Mistake::new(Pointer::root().then("documents").then(n), "x");
        let mut mistakes = vec![at(10), at(9), at(10)];
        order(&mut mistakes);
        assert_eq!(mistakes, [at(9), at(10)]);
    }
}
