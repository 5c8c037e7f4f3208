//! Where in a text there is something of the language.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::expression::{Expression, Statement};
use crate::limits;
use crate::refused::{Refused, Result, quoted};

/// What stands between braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Braces {
    /// `{{ … }}`
    Print,
    /// `{% … %}`
    Statement,
    /// `{# … #}`
    Comment,
}

/// Something between braces, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) braces: Braces,
    /// With the braces.
    pub(crate) range: Range<usize>,
    /// Whether its end was found.
    pub(crate) closed: bool,
}

/// A tag that is understood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Meaning {
    Print(Expression),
    Statement(Statement),
    Comment,
}

/// The tags of a text, in order: not many more than a part may have.
pub(crate) fn tags(text: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('{') {
        let start = at + found;
        let braces = match text.as_bytes().get(start + 1) {
            Some(b'{') => Braces::Print,
            Some(b'%') => Braces::Statement,
            Some(b'#') => Braces::Comment,
            _ => {
                at = start + 1;
                continue;
            }
        };
        let inside = &text[start + 2..];
        let end = match braces {
            Braces::Print => end(inside, "}}"),
            Braces::Statement => end(inside, "%}"),
            Braces::Comment => inside.find("#}"),
        };
        let closed = end.is_some();
        let end = end.map_or(text.len(), |end| start + 2 + end + 2);
        tags.push(Tag {
            braces,
            range: start..end,
            closed,
        });
        if tags.len() > limits::MARKS {
            break;
        }
        at = end;
    }
    tags
}

/// Where the closing braces are that do not stand in a quoted text. Where a
/// quote is not closed, as in `{{ client's }}`, it quotes nothing.
fn end(text: &str, closing: &str) -> Option<usize> {
    let first = text.find(closing)?;
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text
        .char_indices()
        .take_while(|it| it.0 < limits::EXPRESSION)
    {
        if core::mem::take(&mut escaped) {
            continue;
        }
        match (quote, c) {
            (Some(_), '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, _) if text[at..].starts_with(closing) => return Some(at),
            _ => {}
        }
    }
    Some(first)
}

impl Tag {
    /// What the tag means.
    pub(crate) fn meaning(&self, text: &str) -> Result<Meaning> {
        let whole = &text[self.range.clone()];
        let shown = || format!("`{}`", quoted(whole));
        let closing = match self.braces {
            Braces::Print => "}}",
            Braces::Statement => "%}",
            Braces::Comment => "#}",
        };
        if !self.closed {
            return Err(open(whole, closing));
        }
        if self.braces == Braces::Comment {
            return Ok(Meaning::Comment);
        }
        if whole.len() > limits::EXPRESSION {
            let long = Refused::new("it is longer than 2,000 bytes").at(&shown());
            return Err(next(whole).map_or(long, |_| open(whole, closing)));
        }
        let inside = &whole[2..whole.len() - 2];
        let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside);
        let inside = inside.strip_suffix(['-', '+']).unwrap_or(inside);
        let meaning = match self.braces {
            Braces::Print => Expression::parse(inside).map(Meaning::Print),
            _ => Statement::parse(inside).map(Meaning::Statement),
        };
        // What closes it may be the end of the next one.
        meaning.map_err(|refused| match next(whole) {
            Some(_) => open(whole, closing),
            None => refused.at(&shown()),
        })
    }

    /// Whether `{%-` or `-%}` takes away the blanks beside it.
    pub(crate) fn trims(&self, text: &str) -> (bool, bool) {
        let whole = text[self.range.clone()].as_bytes();
        let closed = self.closed && whole.len() > 5;
        let before = closed && whole[2] == b'-';
        (before, closed && whole[whole.len() - 3] == b'-')
    }

    /// As it is listed: with one blank where there are many.
    pub(crate) fn listed(&self, text: &str) -> String {
        listed(&text[self.range.clone()])
    }
}

/// Where the next one begins, within one that should have ended before.
fn next(whole: &str) -> Option<usize> {
    let begins = ["{{", "{%", "{#"].into_iter();
    begins
        .filter_map(|it| whole[2..].find(it))
        .min()
        .map(|at| at + 2)
}

/// A refusal of one without an end of its own, shown up to the next one.
fn open(whole: &str, closing: &str) -> Refused {
    let own = &whole[..next(whole).unwrap_or(whole.len())];
    let message = format!("it is not closed; `{closing}` is missing behind it");
    Refused::new(message).at(&format!("`{}`", quoted(own)))
}

/// A placeholder with one blank where there are many, and not without end.
pub(crate) fn listed(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    if let Some((at, _)) = out.char_indices().nth(200) {
        out.truncate(at);
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let tags = tags(text).into_iter();
        tags.map(|tag| &text[tag.range]).collect()
    }

    #[test]
    fn tags_are_found_where_they_end() {
        assert_eq!(
            found("a {{ b }} {c} {% if d %}{# {{ #}"),
            ["{{ b }}", "{% if d %}", "{# {{ #}"]
        );
        assert_eq!(found("{{ '}}' }}}"), ["{{ '}}' }}"]);
        assert_eq!(
            found("{{ client's }} and {{ b }}"),
            ["{{ client's }}", "{{ b }}"]
        );
        assert_eq!(found("{{ open"), ["{{ open"]);
        assert_eq!(found("{{{ a }}"), ["{{{ a }}"]);
        assert_eq!(found("ends in {"), [""; 0]);
    }
}
