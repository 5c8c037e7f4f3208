//! How a value becomes text, and nothing but text, of a format.

use alloc::string::String;

/// A value without what no document holds: control characters, halves of
/// pairs, and other ends of lines than `\n`.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// Text of XML, and of HTML: also within quotes.
pub(crate) fn markup(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// Text of HTML between elements. Its lines would run into one another there.
pub(crate) fn html(text: &str, out: &mut String) {
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            out.push_str("<br>");
        }
        markup(line, out);
    }
}

/// Text of CommonMark with the extensions of GitHub's. A line of it is no
/// heading, item or rule; an address of it is no link.
pub(crate) fn markdown(text: &str, out: &mut String) {
    // A line break is a backslash before the end of the line; blank lines would
    // begin a paragraph, and blanks before a line a block of code.
    let lines = text.split('\n').map(str::trim);
    for (n, line) in lines.filter(|line| !line.is_empty()).enumerate() {
        if n > 0 {
            out.push_str("\\\n");
        }
        line_of_markdown(line, out);
    }
}

fn line_of_markdown(line: &str, out: &mut String) {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    for (at, c) in line.char_indices() {
        let escaped = match c {
            // Those that HTML means as well: within HTML a backslash is one.
            '&' | '<' | '>' => {
                markup(&line[at..=at], out);
                continue;
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '=' | '^' | '$' | '{' | '}'
            | '"' => true,
            '!' => line[at..].starts_with("!["),
            '+' | '-' => at == 0,
            '.' | ')' if digits > 0 && at == digits => true,
            '.' => at >= 3 && line.as_bytes()[at - 3..at].eq_ignore_ascii_case(b"www"),
            ':' => line[at..].starts_with("://"),
            '@' => true,
            _ => false,
        };
        if escaped {
            out.push('\\');
        }
        out.push(match c {
            '\t' => ' ',
            c => c,
        });
    }
}

/// An address as a link may lead to: of the web, of mail, of a telephone, or
/// one without a scheme. `begins`: the address begins with it.
pub(crate) fn link(text: &str, begins: bool) -> Option<String> {
    let text = text.trim();
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let before = text.split(['/', '?', '#']).next().unwrap_or("");
    if let (true, Some((scheme, _))) = (begins, before.split_once(':')) {
        const KNOWN: [&str; 4] = ["http", "https", "mailto", "tel"];
        if !KNOWN.iter().any(|it| it.eq_ignore_ascii_case(scheme)) {
            return None;
        }
    }
    // What would end the address where it stands in quotes is percent-encoded.
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("%22"),
            '\'' => out.push_str("%27"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '`' => out.push_str("%60"),
            '\\' => out.push_str("%5C"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markdown_of(text: &str) -> String {
        let mut out = String::new();
        markdown(text, &mut out);
        out
    }

    #[test]
    fn markdown_is_text() {
        assert_eq!(markdown_of("O'Brien, Inc. (2nd)"), "O'Brien, Inc. (2nd)");
        assert_eq!(
            markdown_of("# a\n- b\n1. c\n\n    d"),
            "\\# a\\\n\\- b\\\n1\\. c\\\nd"
        );
        assert_eq!(
            markdown_of("<b> & [x](y) ![z]"),
            "&lt;b&gt; &amp; \\[x\\](y) \\!\\[z\\]"
        );
        assert_eq!(markdown_of("https://x www.x.y"), "https\\://x www\\.x.y");
        assert_eq!(markdown_of("===\n***"), "\\=\\=\\=\\\n\\*\\*\\*");
    }

    #[test]
    fn a_link_leads_to_the_web_to_mail_and_to_telephones() {
        assert_eq!(
            link("https://a.b/?c&d", true).unwrap(),
            "https://a.b/?c&amp;d"
        );
        assert_eq!(link("mailto:a@b.c", true).unwrap(), "mailto:a@b.c");
        assert_eq!(link("page?a:b", true).unwrap(), "page?a:b");
        assert_eq!(link("a\"b", true).unwrap(), "a%22b");
        assert_eq!(link("javascript:alert(1)", true), None);
        assert_eq!(link("JavaScript:alert(1)", true), None);
        assert_eq!(link("java\nscript:alert(1)", true), None);
        assert_eq!(link("data:text/html,x", true), None);
        assert_eq!(link("a:b", false).unwrap(), "a:b");
    }

    #[test]
    fn control_characters_go_and_lines_end_in_one_way() {
        assert_eq!(
            plain("a\r\nb\rc\u{0}\u{7}\u{2028}d\u{85}e"),
            "a\nb\nc\nd\ne"
        );
    }
}
