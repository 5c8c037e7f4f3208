//! Values by their types: what is taken, and when two texts mean the same.
//!
//! Clio says little about the form of values. What is taken here is what every
//! reading of it accepts; what Clio made of it is compared afterwards.

use clio_types::custom_fields::FieldType;

use crate::input;
use crate::instant::Instant;
use crate::prelude::*;
use crate::problem::Failure;

/// The most characters of one line of text.
const LINE: usize = 255;

/// The most characters of a web address: what browsers agree on.
const URL: usize = 2_000;

/// The most bytes of text of several lines.
const AREA: usize = 65_535;

/// The most digits of a number: Clio was seen to answer numbers as JSON
/// numbers, and so many survive that.
const DIGITS: usize = 15;

/// Checks a value that is no picklist's, and returns what is sent.
pub(super) fn checked(kind: FieldType, text: &str, pointer: &str) -> Result<String, Failure> {
    let refuse = |message: &str| Err(Failure::input(pointer, message));
    let text = clio_text::plain(text);
    let text = text.trim();
    if text.is_empty() {
        return refuse("The value is blank. To take a value away, give `clear`.");
    }
    match kind {
        FieldType::TextArea => {
            let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
            if text.len() > AREA {
                return refuse("The text is longer than 65,535 bytes.");
            }
            if text.contains(control) {
                return refuse("The text holds a control character.");
            }
        }
        _ => input::no_controls(pointer, text)?,
    }
    match kind {
        FieldType::TextLine if text.chars().count() > LINE => {
            refuse("The text is longer than 255 characters.")
        }
        FieldType::Checkbox if !matches!(text, "true" | "false") => {
            refuse("The field is a checkbox: give `true` or `false`.")
        }
        FieldType::Currency if !is_decimal(text, Some(2)) => refuse(
            "The field is an amount: give a decimal such as 1250.50, with at most 2 decimals and \
             15 digits, and without a currency sign or separators.",
        ),
        FieldType::Numeric if !is_decimal(text, None) => refuse(
            "The field is a number: give a decimal such as 12.5, with at most 15 digits and \
             without separators.",
        ),
        FieldType::Date if !is_date(text) => refuse("The field is a date: give one as YYYY-MM-DD."),
        FieldType::Time if time(text).is_none() => {
            refuse("The field is a time of day: give one of 24 hours as HH:MM or HH:MM:SS.")
        }
        FieldType::Email => match clio_text::email(text) {
            Ok(address) if is_whole(&address) => Ok(address),
            _ => refuse("The field takes one e-mail address."),
        },
        FieldType::Url if !is_url(text) => refuse(
            "The field takes a web address that begins with http:// or https://, of at most \
             2,000 characters.",
        ),
        FieldType::Contact if id(text).is_none() => {
            refuse("The field refers to a contact: give the contact's id in Clio.")
        }
        FieldType::Matter if id(text).is_none() => {
            refuse("The field refers to a matter: give the matter's id in Clio.")
        }
        FieldType::Contact | FieldType::Matter => Ok(canonical(kind, text)),
        _ => Ok(text.to_owned()),
    }
}

/// One text for everything that means the same value of a type.
pub(super) fn canonical(kind: FieldType, text: &str) -> String {
    let text = clio_text::plain(text);
    let text = text.trim();
    match kind {
        FieldType::Currency | FieldType::Numeric => decimal(text),
        FieldType::Time => time(text).unwrap_or_else(|| text.to_owned()),
        FieldType::Contact | FieldType::Matter | FieldType::Picklist => {
            id(text).map_or_else(|| text.to_owned(), |id| id.to_string())
        }
        FieldType::TextArea => text.replace("\r\n", "\n"),
        _ => text.to_owned(),
    }
}

/// An id as text.
pub(super) fn id(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits)?;
    (id != 0 && i64::try_from(id).is_ok()).then_some(id)
}

/// Sign, whole part and fraction of a decimal.
fn parts(text: &str) -> (bool, &str, &str) {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    (negative, whole, fraction)
}

fn is_decimal(text: &str, most_decimals: Option<usize>) -> bool {
    let (_, whole, fraction) = parts(text);
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    !whole.is_empty()
        && digits(whole)
        && digits(fraction)
        && !text.ends_with('.')
        && most_decimals.is_none_or(|most| fraction.len() <= most)
        && whole.len() + fraction.len() <= DIGITS
}

/// A decimal without what says nothing: zeros around it, the sign of zero.
fn decimal(text: &str) -> String {
    let (negative, whole, fraction) = parts(text);
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let fraction = fraction.trim_end_matches('0');
    let mut canonical = String::with_capacity(text.len());
    if negative && !(whole == "0" && fraction.is_empty()) {
        canonical.push('-');
    }
    canonical.push_str(whole);
    if !fraction.is_empty() {
        canonical.push('.');
        canonical.push_str(fraction);
    }
    canonical
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && Instant::parse(&format!("{text}T00:00:00Z")).is_some()
}

/// A time of day as `HH:MM:SS`.
fn time(text: &str) -> Option<String> {
    let full = match text.len() {
        5 => format!("{text}:00"),
        8 => text.to_owned(),
        _ => return None,
    };
    // A leap second is none of a day's usual ones.
    let is_time = Instant::parse(&format!("2000-01-01T{full}Z")).is_some();
    (is_time && !full.ends_with("60")).then_some(full)
}

/// Whether an address has a domain below another: Clio takes no other.
fn is_whole(address: &str) -> bool {
    let domain = address.rsplit_once('@').map(|(_, domain)| domain);
    address.chars().count() <= LINE && domain.is_some_and(|domain| domain.contains('.'))
}

fn is_url(text: &str) -> bool {
    let scheme = |prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            .then(|| &text[prefix.len()..])
    };
    let rest = scheme("https://").or_else(|| scheme("http://"));
    text.chars().count() <= URL
        && !text.contains(char::is_whitespace)
        && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_by_their_type() {
        use FieldType::{
            Checkbox, Contact, Currency, Date, Email, Matter, Numeric, TextArea, TextLine, Time,
            Url,
        };
        let (line, area) = ("x".repeat(255), "ü".repeat(32_767));
        let address = format!("https://a.test/{}", "x".repeat(240));
        for (kind, taken) in [
            (Checkbox, &["true", "false"][..]),
            (Currency, &["0", "-1250.5", "1250.50", "9999999999999.99"]),
            (Numeric, &["12", "-0.125", "007", "0.12345678901234"]),
            (Date, &["2026-02-28", "2024-02-29"]),
            (Time, &["00:00", "23:59", "09:30:15"]),
            (
                Email,
                &["ann@example.com", " a.b+c@d.co ", "mailto:ann@b.co"],
            ),
            (
                Url,
                &["https://example.com", "HTTP://a.test/x?y=z#w", &address],
            ),
            (Contact, &["12", "0012"]),
            (Matter, &["9007199254740993"]),
            (TextLine, &["x", &line]),
            (TextArea, &["one\r\ntwo\tthree", &area]),
        ] {
            for text in taken {
                assert!(checked(kind, text, "/v").is_ok(), "{kind:?} {text}");
            }
        }
        let (long, longer) = ("x".repeat(256), "x".repeat(65_536));
        for (kind, refused) in [
            (Checkbox, &["yes", "1", "TRUE", " "][..]),
            (
                Currency,
                &[
                    "1,250.50", "$5", "1.505", "1e3", ".5", "5.", "--1", "NaN", "",
                ],
            ),
            (Numeric, &["twelve", "1 2", "+1", "1234567890123456", "0x1"]),
            (
                Date,
                &[
                    "2026-02-29",
                    "28.02.2026",
                    "2026-2-8",
                    "2026-02-28T00:00:00Z",
                ],
            ),
            (
                Time,
                &["9:30", "24:00", "12:60", "12:30 PM", "12:00:60", "12-30"],
            ),
            (Email, &["ann", "@b.co", "a@", "a b@c.co", "abc.co", "a@b"]),
            (
                Url,
                &[
                    "example.com",
                    "ftp://a.test",
                    "https://",
                    "https:///x",
                    "http://a b",
                    "héé",
                ],
            ),
            (
                Contact,
                &["Ann Lee", "0", "-1", "+1", "1.0", "99999999999999999999"],
            ),
            (Matter, &["00001-Lee"]),
            (TextLine, &["one\ntwo", "a\u{0}b", &long]),
            (TextArea, &["a\u{1b}b", &longer]),
        ] {
            for text in refused {
                let failure = checked(kind, text, "/v").err();
                let field = failure.and_then(|failure| failure.problem.field);
                assert_eq!(field.as_deref(), Some("/v"), "{kind:?} {text}");
            }
        }
    }

    #[test]
    fn texts_that_mean_the_same_are_one_text() {
        for (kind, one, other, same) in [
            (FieldType::Currency, "1250.5", "1250.50", true),
            (FieldType::Currency, "1250", "1250.00", true),
            (FieldType::Numeric, "-0.0", "0", true),
            (FieldType::Numeric, "007", "7", true),
            (FieldType::Numeric, "70", "7", false),
            (FieldType::Numeric, "-7", "7", false),
            (FieldType::Time, "09:30", "09:30:00", true),
            (FieldType::Time, "09:30", "21:30", false),
            (FieldType::Contact, "0012", "12", true),
            (FieldType::TextArea, "a\r\nb", "a\nb\n", true),
            (FieldType::TextLine, "Ann", "ann", false),
            (FieldType::Email, "Ann@x.test", "ann@x.test", false),
        ] {
            assert_eq!(
                canonical(kind, one) == canonical(kind, other),
                same,
                "{kind:?} {one} {other}"
            );
        }
    }
}
