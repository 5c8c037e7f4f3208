//! What a terminal is given to show.
//!
//! Names come from people and from Clio, messages from components, and what is
//! typed from whoever starts the command. A terminal obeys what stands between
//! their letters: an escape sequence renames its window or writes over what was
//! shown, a direction mark makes one word look like another. So everything that
//! this command writes for people goes through here, wherever it is written to,
//! for a log is read on a terminal, too. What is not shown is named, such as
//! `\u{1b}`.
//!
//! JSON is for programs: there the same characters are escaped as JSON does it,
//! so that its value is exactly what it was.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Text of several lines.
pub fn lines(text: &str) -> Cow<'_, str> {
    replaced(text, |c| is_hidden(c) && !matches!(c, '\n' | '\t'), name)
}

/// Text that is part of a line: a line break in it would begin another.
pub fn line(text: &str) -> Cow<'_, str> {
    replaced(text, is_hidden, |c, into| match c {
        '\n' | '\t' => into.push(' '),
        c => name(c, into),
    })
}

/// JSON, as it was rendered. Outside of its strings it is plain ASCII.
pub fn json(text: &str) -> Cow<'_, str> {
    replaced(
        text,
        |c| is_hidden(c) && c != '\n',
        |c, into| {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(into, "\\u{unit:04x}");
            }
        },
    )
}

fn name(c: char, into: &mut String) {
    let _ = write!(into, "\\u{{{:x}}}", u32::from(c));
}

fn replaced(
    text: &str,
    hidden: impl Fn(char) -> bool,
    with: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) {
            with(c, &mut shown);
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character does something instead of being shown: control
/// characters, format characters, and what separates lines and paragraphs.
fn is_hidden(c: char) -> bool {
    let formats = |c: char| clio_text::has_format_char(c.encode_utf8(&mut [0; 4]));
    c.is_control() || !c.is_ascii() && (formats(c) || matches!(c, '\u{2028}' | '\u{2029}'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// CASES S9: one of each kind.
    const HIDDEN: [char; 16] = [
        '\0',
        '\u{7}',
        '\u{8}',
        '\r',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{ad}',
        '\u{200b}',
        '\u{202e}',
        '\u{2028}',
        '\u{2066}',
        '\u{feff}',
        '\u{e0041}',
        '\u{61c}',
    ];

    #[test]
    fn what_a_terminal_would_obey_is_named() {
        for c in HIDDEN {
            let text = format!("Lee{c}]0;owned");
            for shown in [lines(&text), line(&text)] {
                assert!(!shown.contains(c), "{c:?}");
                let named = format!("Lee\\u{{{:x}}}]0;owned", u32::from(c));
                assert_eq!(shown, named);
            }
        }
        assert_eq!(lines("a\tb\nc\n"), "a\tb\nc\n");
        assert_eq!(line("a\tb\nerror: c"), "a b error: c");
    }

    #[test]
    fn what_is_written_in_any_script_is_shown_as_it_is() {
        for text in [
            "Zoë O’Brien-Müller",
            "金 민준",
            "שלום",
            "مرحبا",
            "e\u{301}",
            "❤\u{fe0f}",
            "a\u{a0}b",
        ] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn json_keeps_its_value_and_shows_nothing_hidden() {
        for c in HIDDEN {
            let value = serde_json::json!({ format!("k{c}"): format!("Lee{c}") });
            for text in [
                serde_json::to_string(&value).unwrap(),
                serde_json::to_string_pretty(&value).unwrap(),
            ] {
                let shown = json(&text);
                assert!(!shown.contains(c), "{c:?}");
                let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
                assert_eq!(read, value);
            }
        }
    }
}
