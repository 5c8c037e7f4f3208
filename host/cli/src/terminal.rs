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
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    replaced(text, |c| is_hidden(c) && !matches!(c, '\n' | '\t'), name)
}

/// Text that is part of a line: a line break in it would begin another.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    replaced(text, is_hidden, |c, into| match c {
        '\n' | '\t' => into.push(' '),
        c => name(c, into),
    })
}

/// JSON, as it was rendered. Outside of its strings it is plain ASCII.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
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
/// characters (Cc), format characters (Cf), and what separates lines and
/// paragraphs.
fn is_hidden(c: char) -> bool {
    c.is_control() || is_format(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Format characters (general category Cf) of Unicode 16, and those that its
/// blocks of them keep free.
fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        // Of the last block these choose between forms of the letter before.
        && !matches!(c, '\u{e0100}'..='\u{e01ef}')
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
            "👩‍",
            "a\u{a0}b",
        ] {
            let letters: String = text.chars().filter(|c| *c != '\u{200d}').collect();
            assert_eq!(line(&letters), letters);
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
