//! E-mail addresses: as they are sent, and when two are the same.

use alloc::string::{String, ToString};

use unicase::UniCase;

use crate::checks::Refused;
use crate::folding::{decomposed, is_hidden, punctuation};

const MALFORMED: Refused = Refused("The e-mail address is malformed.");

/// An address as it is sent, from whatever a person copied: without
/// `mailto:`, `<` and `>`, a display name in front, quotation marks and space
/// around it, a dot at its end, and characters that nobody sees. Full width and
/// typographic punctuation, which no address has, are what they stand for.
///
/// # Errors
/// When what is left is no address. Clio decides the rest: this keeps out what
/// would make a search for the address meaningless.
pub fn email(text: &str) -> Result<String, Refused> {
    let text: String = text.chars().filter(|c| !is_hidden(*c)).map(typed).collect();
    let mut address = text.trim();
    // `Ivy <mailto:ivy@poe.example>.`
    if address.ends_with(">.") {
        address = &address[..address.len() - 1];
    }
    loop {
        let inner = unwrapped(address).trim();
        if inner.len() == address.len() {
            break;
        }
        address = inner;
    }
    let address = address.strip_suffix('.').unwrap_or(address);
    let (local, domain) = address.rsplit_once('@').ok_or(MALFORMED)?;
    if address.len() > 254 || !is_local(local) || !is_domain(domain) {
        return Err(MALFORMED);
    }
    Ok(address.to_string())
}

/// An address without the outermost of what is put around addresses.
fn unwrapped(address: &str) -> &str {
    const SCHEME: &str = "mailto:";
    if let Some(head) = address.get(..SCHEME.len())
        && head.eq_ignore_ascii_case(SCHEME)
    {
        let address = &address[SCHEME.len()..];
        return address.split_once('?').map_or(address, |(it, _)| it);
    }
    if let Some(rest) = address.strip_suffix('>')
        && let Some((_, inner)) = rest.rsplit_once('<')
    {
        return inner;
    }
    for quote in ['"', '\''] {
        let inner = address
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    address
}

/// The character of a keyboard that one of an address stands for.
fn typed(c: char) -> char {
    match c {
        c if c.is_ascii() => c,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '。' | '｡' => '.',
        c => punctuation(c),
    }
}

fn is_local(local: &str) -> bool {
    let odd = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(
                c,
                '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"'
            )
    };
    !local.is_empty() && !local.contains(odd)
}

fn is_domain(domain: &str) -> bool {
    let odd = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || (c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
    };
    let literal = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match literal {
        Some(inner) => {
            !inner.is_empty()
                && inner
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-'))
        }
        None => !domain.contains(odd) && domain.split('.').all(|label| !label.is_empty()),
    }
}

/// The key of an address: cleaned as for sending, without case, and a domain in
/// Punycode as in letters. A text that is no address has a key as well: Clio
/// may hold such.
pub fn email_key(text: &str) -> String {
    let address = match email(text) {
        Ok(address) => address,
        Err(_) => crate::plain(text).trim().to_string(),
    };
    let Some((local, domain)) = address.rsplit_once('@') else {
        return caseless(&address);
    };
    let mut key = caseless(local);
    let mut separator = '@';
    for label in caseless(domain).split('.') {
        key.push(separator);
        separator = '.';
        match punycode(label) {
            Some(letters) => key.push_str(&caseless(&letters)),
            None => key.push_str(label),
        }
    }
    key
}

/// The letters that a label of a domain stands for, if it is in Punycode.
fn punycode(label: &str) -> Option<String> {
    let letters = idna::punycode::decode_to_string(label.strip_prefix("xn--")?)?;
    (!letters.is_ascii()).then_some(letters)
}

/// Without case, letter by letter: two letters for one make another address.
fn caseless(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut key = String::with_capacity(text.len());
    for c in decomposed(text).chars() {
        let mut buffer = [0; 4];
        let folded = UniCase::unicode(&*c.encode_utf8(&mut buffer)).to_folded_case();
        let mut letters = folded.chars();
        match (letters.next(), letters.next()) {
            (Some(one), None) => key.push(one),
            _ => key.push(c),
        }
    }
    decomposed(&key)
}

/// The part of a cleaned address to search for where a search finds parts: all
/// of it, or the side of the `@` that is written in one way only.
pub fn email_query(address: &str) -> &str {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return address;
    };
    let lower = |label: &str| {
        label
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case("xn--"))
    };
    let international = !domain.is_ascii() || domain.split('.').any(lower);
    match (local.is_ascii(), international) {
        (true, true) => &address[..=local.len()],
        (false, false) => &address[local.len()..],
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // CASES T2, T6
    #[test]
    fn an_address_is_cleaned_of_what_people_copy_along() {
        for (text, sent) in [
            ("ivy@poe.example", "ivy@poe.example"),
            (" ivy@poe.example ", "ivy@poe.example"),
            ("\u{a0}ivy@poe.example\t", "ivy@poe.example"),
            ("\u{200b}ivy@poe.example\u{feff}", "ivy@poe.example"),
            ("ivy\u{ad}@poe\u{2060}.example", "ivy@poe.example"),
            ("mailto:ivy@poe.example", "ivy@poe.example"),
            ("MAILTO: ivy@poe.example?subject=Hello", "ivy@poe.example"),
            ("<ivy@poe.example>", "ivy@poe.example"),
            ("Ivy Poe <ivy@poe.example>", "ivy@poe.example"),
            ("\"Poe, Ivy\" <mailto:ivy@poe.example>.", "ivy@poe.example"),
            ("'ivy@poe.example'", "ivy@poe.example"),
            ("“ivy@poe.example”", "ivy@poe.example"),
            ("ivy@poe.example.", "ivy@poe.example"),
            ("Ivy.Poe+law@Poe.Example", "Ivy.Poe+law@Poe.Example"),
            ("ｉｖｙ＠ｐｏｅ．ｅｘａｍｐｌｅ", "ivy@poe.example"),
            ("ivy@poe。example", "ivy@poe.example"),
            ("o’brien@poe‑law.example", "o'brien@poe-law.example"),
            ("ivy@bücher.example", "ivy@bücher.example"),
            ("ivy@[192.0.2.1]", "ivy@[192.0.2.1]"),
            ("`ivy@poe.example", "`ivy@poe.example"),
        ] {
            assert_eq!(email(text).as_deref(), Ok(sent), "{text:?}");
        }
        for refused in [
            "",
            " ",
            "ivy",
            "@poe.example",
            "ivy@",
            "ivy@.example",
            "ivy@poe..example",
            "ivy@poe.example..",
            "ivy@@poe.example",
            "ivy poe@poe.example",
            "ivy@poe .example",
            "ivy\u{a0}poe@poe.example",
            "ivy@poe.example, bob@poe.example",
            "ivy@poe.example;bob@poe.example",
            "ivy@poe.example bob@poe.example",
            "Ivy <ivy@poe.example> and Bob",
            "<>",
            "mailto:",
            "ivy@poe.example/x",
            "e-mail:ivy@poe.example",
            "none",
            "n/a",
        ] {
            assert!(email(refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn addresses_are_the_same_without_case_and_in_punycode() {
        for (one, other, same) in [
            ("Ivy@Poe.Example", "ivy@poe.example", true),
            ("\u{200b}zoe@weir.example", "zoe@weir.example", true),
            ("Zoe <zoe@weir.example>", "zoe@weir.example.", true),
            ("ivy@bücher.example", "ivy@xn--bcher-kva.example", true),
            ("ivy@BÜCHER.example", "IVY@XN--BCHER-KVA.EXAMPLE", true),
            ("ivy@bu\u{308}cher.example", "ivy@bücher.example", true),
            ("ivy@例え.テスト", "ivy@xn--r8jz45g.xn--zckzah", true),
            ("ivy@ｐｏｅ.example", "ivy@poe.example", true),
            ("jose\u{301}@poe.example", "josé@poe.example", true),
            ("josé@poe.example", "jose@poe.example", false),
            ("ivy@straße.example", "ivy@strasse.example", false),
            ("ivy@xn--foo-.example", "ivy@foo.example", false),
            ("ivy.poe@poe.example", "ivypoe@poe.example", false),
            ("ivy@poe.example", "ivy@poe.example.com", false),
            ("N/A", " n/a", true),
        ] {
            assert_eq!(
                email_key(one) == email_key(other),
                same,
                "{one} and {other}"
            );
        }
    }

    #[test]
    fn what_is_searched_for_stands_in_each_way_to_write_the_address() {
        for (address, part) in [
            ("ivy@poe.example", "ivy@poe.example"),
            ("ivy@bücher.example", "ivy@"),
            ("ivy@mail.XN--bcher-kva.example", "ivy@"),
            ("josé@poe.example", "@poe.example"),
            ("josé@bücher.example", "josé@bücher.example"),
        ] {
            assert_eq!(email_query(address), part);
        }
    }
}
