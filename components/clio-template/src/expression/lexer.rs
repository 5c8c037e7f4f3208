//! Words and signs of an expression.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::refused::{Refused, Result, quoted};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Number(String),
    /// Punctuation: `==`, `|`.
    Sign(&'static str),
}

/// Longer ones first.
const SIGNS: [&str; 20] = [
    "==", "!=", "<=", ">=", "<", ">", "|", ".", ",", "(", ")", "[", "]", "~", "-", "=", ":", "+",
    "*", "/",
];

/// Which quote ends a text that begins with this one. Word writes what is typed
/// as pairs; a text that begins with one of a pair may end with a straight one.
fn ends(begin: char) -> Option<&'static [char]> {
    match begin {
        '"' => Some(&['"', '”']),
        '\'' => Some(&['\'', '’']),
        '“' | '”' | '„' => Some(&['”', '“', '"']),
        '‘' | '’' | '‚' => Some(&['’', '‘', '\'']),
        _ => None,
    }
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if let Some(ends) = ends(first) {
            literal(rest, ends)?
        } else if first.is_ascii_digit() {
            number(rest)
        } else if first.is_alphabetic() || first == '_' {
            let word = |c: char| !(c.is_alphanumeric() || c == '_');
            let length = rest.find(word).unwrap_or(rest.len());
            (Token::Name(rest[..length].to_owned()), length)
        } else if let Some(sign) = SIGNS.into_iter().find(|it| rest.starts_with(it)) {
            (Token::Sign(sign), sign.len())
        } else {
            let shown = quoted(&rest[..first.len_utf8()]);
            return Err(Refused::new(format!("`{shown}` means nothing here")));
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn literal(text: &str, ends: &[char]) -> Result<(Token, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if ends.contains(&c) {
            return Ok((Token::Text(out), at + c.len_utf8()));
        }
        match c {
            '\\' => match chars.next() {
                Some((_, 'n')) => out.push('\n'),
                Some((_, 't')) => out.push('\t'),
                Some((_, c @ ('\\' | '"' | '\''))) => out.push(c),
                _ => return Err(Refused::new("`\\` stands before n, t, `\\` or a quote")),
            },
            c => out.push(c),
        }
    }
    Err(Refused::new("a text begins and does not end"))
}

fn number(text: &str) -> (Token, usize) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(text);
    if let Some(fraction) = text[length..].strip_prefix('.') {
        // `1.` is no number, and `row.1.name` no path.
        match digits(fraction) {
            0 => {}
            more => length += 1 + more,
        }
    }
    (Token::Number(text[..length].to_owned()), length)
}
