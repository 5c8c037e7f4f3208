//! Where in HTML a placeholder stands.
//!
//! A value is escaped, and that makes text of it where text stands: between
//! elements, and in a quoted attribute. In a script, in a style, in the name of a
//! tag or in an attribute without quotes no escaping does, so a placeholder there
//! is refused. The reading follows the tokenizer of the HTML standard, and of two
//! readings takes the one that refuses.

use alloc::format;
use alloc::string::String;

use crate::nodes::Context;
use crate::refused::{Refused, Result};

/// Where the reading is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum State {
    /// Between elements.
    #[default]
    Text,
    /// Behind `<`.
    Opened,
    /// In a tag, outside of a value of an attribute.
    Tag {
        closing: bool,
        name: String,
        attribute: String,
        /// What has been seen of an attribute.
        seen: Seen,
    },
    /// In a quoted value.
    Quoted {
        name: String,
        attribute: String,
        quote: char,
        /// Whether something of the value has been seen.
        begun: bool,
    },
    /// In a comment, a declaration, or what is taken for a comment.
    Comment { whole: bool, dashes: u8 },
    /// In an element whose content is no text: until its end tag.
    Raw { name: String, tail: String },
}

/// How far an attribute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Seen {
    /// The name of the tag.
    #[default]
    TagName,
    /// A blank behind the name or a value.
    Blank,
    /// The name of an attribute.
    Name,
    /// Its `=`.
    Equals,
    /// A value without quotes.
    Bare,
}

/// Elements whose content is no text. In `textarea` and `title` it is, but
/// those who break out of one are met in the same way.
const RAW: [&str; 9] = [
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
    "script",
    "style",
    "template",
    "xmp",
];

/// Attributes whose value is an address.
const LINKS: [&str; 9] = [
    "action",
    "cite",
    "data",
    "formaction",
    "href",
    "longdesc",
    "poster",
    "src",
    "xlink:href",
];

/// Attributes whose value is something else than text or one address.
const NEVER: [&str; 5] = ["http-equiv", "content", "srcdoc", "srcset", "style"];

impl State {
    /// Reads on, over fixed text.
    pub(crate) fn read(&mut self, text: &str) {
        for c in text.chars() {
            self.next(c);
        }
    }

    /// What a value here has to be.
    pub(crate) fn context(&mut self) -> Result<Context> {
        let refused = |what: &str| {
            Err(Refused::new(format!(
                "it stands {what}; a value is filled in between elements and in a quoted attribute"
            )))
        };
        match self {
            Self::Text => Ok(Context::Text),
            Self::Quoted {
                attribute, begun, ..
            } => {
                let name = attribute.as_str();
                if name.starts_with("on") || NEVER.contains(&name) {
                    return refused("in an attribute that is a script or a style");
                }
                let first = !core::mem::replace(begun, true);
                Ok(match (LINKS.contains(&name), first) {
                    (true, true) => Context::Link,
                    (true, false) => Context::InLink,
                    (false, _) => Context::Attribute,
                })
            }
            Self::Opened | Self::Tag { .. } => refused("in a tag"),
            Self::Comment { .. } => refused("in a comment"),
            Self::Raw { .. } => refused("in a script, a style, or an element like them"),
        }
    }

    fn next(&mut self, c: char) {
        let blank = c.is_ascii_whitespace();
        match self {
            Self::Text => {
                if c == '<' {
                    *self = Self::Opened;
                }
            }
            Self::Opened => {
                *self = match c {
                    '/' => Self::Tag {
                        closing: true,
                        name: String::new(),
                        attribute: String::new(),
                        seen: Seen::TagName,
                    },
                    '!' => Self::Comment {
                        whole: false,
                        dashes: 0,
                    },
                    '?' => Self::Comment {
                        whole: false,
                        dashes: 3,
                    },
                    '<' => Self::Opened,
                    c if c.is_ascii_alphabetic() => Self::Tag {
                        closing: false,
                        name: c.to_ascii_lowercase().into(),
                        attribute: String::new(),
                        seen: Seen::TagName,
                    },
                    _ => Self::Text,
                };
            }
            Self::Comment { whole, dashes } => match (c, &whole, *dashes) {
                // `<!--` is a comment until `-->`; everything else until `>`.
                ('-', false, 0) => *dashes = 1,
                ('-', false, 1) => (*whole, *dashes) = (true, 0),
                ('>', false, _) => *self = Self::Text,
                (_, false, _) => *dashes = 3,
                ('-', true, _) => *dashes = dashes.saturating_add(1),
                ('>', true, 2..) => *self = Self::Text,
                (_, true, _) => *dashes = 0,
            },
            Self::Tag {
                closing,
                name,
                attribute,
                seen,
            } => match (c, *seen) {
                ('>', _) => {
                    let raw = !*closing && RAW.contains(&&**name);
                    *self = match raw {
                        true => Self::Raw {
                            name: core::mem::take(name),
                            tail: String::new(),
                        },
                        false => Self::Text,
                    };
                }
                ('"' | '\'', Seen::Equals) => {
                    *self = Self::Quoted {
                        name: core::mem::take(name),
                        attribute: core::mem::take(attribute),
                        quote: c,
                        begun: false,
                    };
                }
                (_, Seen::TagName) if blank || c == '/' => *seen = Seen::Blank,
                (_, Seen::TagName) => push(name, c),
                (_, Seen::Equals) if blank => {}
                (_, Seen::Equals) => *seen = Seen::Bare,
                (_, Seen::Bare) if blank => *seen = Seen::Blank,
                (_, Seen::Bare) => {}
                // Blanks may stand before the `=`.
                ('=', Seen::Name) => *seen = Seen::Equals,
                ('=', Seen::Blank) if !attribute.is_empty() => *seen = Seen::Equals,
                (_, Seen::Name) if blank || c == '/' => *seen = Seen::Blank,
                (_, Seen::Name) => push(attribute, c),
                (_, Seen::Blank) if blank || c == '/' => {}
                (_, Seen::Blank) => {
                    *attribute = c.to_ascii_lowercase().into();
                    *seen = Seen::Name;
                }
            },
            Self::Quoted {
                name, quote, begun, ..
            } => {
                if c == *quote {
                    *self = Self::Tag {
                        closing: false,
                        name: core::mem::take(name),
                        attribute: String::new(),
                        seen: Seen::Blank,
                    };
                } else if !blank {
                    *begun = true;
                }
            }
            Self::Raw { name, tail } => {
                tail.push(c.to_ascii_lowercase());
                let wanted = name.len() + 2;
                if tail.len() > wanted {
                    let cut = tail.len() - wanted;
                    let cut = (cut..=tail.len()).find(|at| tail.is_char_boundary(*at));
                    *tail = tail.split_off(cut.unwrap_or(tail.len()));
                }
                let ends = tail
                    .strip_prefix("</")
                    .is_some_and(|it| it == name.as_str());
                // After `plaintext` there is nothing else.
                if ends && name != "plaintext" {
                    *self = Self::Tag {
                        closing: true,
                        name: core::mem::take(name),
                        attribute: String::new(),
                        seen: Seen::TagName,
                    };
                }
            }
        }
    }
}

/// Adds to a name, as far as one that is known goes: each block keeps it.
fn push(name: &mut String, c: char) {
    const MOST: usize = 32;
    if name.len() < MOST {
        name.push(c.to_ascii_lowercase());
    }
}
