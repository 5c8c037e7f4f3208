//! What each argument may be: checked where it is read, before anything is
//! opened. Whether two of them go together is the verb's to say.

use std::net::SocketAddr;
use std::time::Duration;

use clio_host::{Origin, Policy};
use clio_runner::account;
use clio_runner::journal::api_keys;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use serde_json::json;

/// A connection's name. It stands in the journal and in messages.
pub(super) fn connection_name(text: &str) -> Result<String, String> {
    if account::is_name(text) {
        Ok(text.to_owned())
    } else {
        Err(account::NAME_FORM.to_owned())
    }
}

/// What a key of the service is for.
pub(super) fn key_name(text: &str) -> Result<String, String> {
    match api_keys::is_name(text) {
        true => Ok(text.to_owned()),
        false => Err("say what the key is for, on one line of at most 100 characters".to_owned()),
    }
}

/// Where the service listens.
pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "give an IP address and a port, such as 127.0.0.1:7171 or [::1]:7171; a name is not looked \
         up"
        .to_owned()
    })
}

/// An origin that is none of Clio's, which the person vouches for.
pub(super) fn origin(text: &str) -> Result<Origin, String> {
    Origin::allow(text).map_err(|error| {
        format!("{error}: give an https origin, such as https://clio.gateway.example")
    })
}

/// An origin of content.
pub(super) fn content_origin(text: &str) -> Result<String, String> {
    origin(text).map(|_| text.to_owned())
}

/// A rule of egress.
pub(super) fn rule(text: &str) -> Result<String, String> {
    serde_json::from_value::<Policy>(json!({ "allow": [text] }))
        .map(|_| text.to_owned())
        .map_err(|error| {
            format!(
                "{error}: write a method and a path, such as \"GET /api/v4/contacts/{{id}}.json\""
            )
        })
}

/// The name of a custom field, as `setup-markers` takes it.
pub(super) fn field_name(text: &str) -> Result<String, String> {
    if clio_text::is_blank(text) || text.chars().count() > 255 {
        return Err("give a name of at most 255 characters".to_owned());
    }
    Ok(text.to_owned())
}

/// The name of a mapping, or its path.
pub(super) fn mapping(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_path = text.contains(std::path::is_separator) || text.ends_with(".json");
    let is_name = !text.is_empty() && !text.starts_with('.') && text.chars().all(plain);
    if is_path || is_name && text.len() <= 64 {
        return Ok(text.to_owned());
    }
    Err(
        "give at most 64 letters, digits, hyphens, underscores and dots, or the path of a .json \
         file"
            .to_owned(),
    )
}

/// A time such as `30s`, `1m 30s` or `500ms`, above zero.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let example = "a time looks like 30s, 5m or 500ms";
    let signed: SignedDuration = text.parse().map_err(|_| example.to_owned())?;
    let positive = Duration::try_from(signed)
        .ok()
        .filter(|time| !time.is_zero());
    positive.ok_or_else(|| format!("must be above zero: {example}"))
}

/// An instant, in milliseconds since 1970.
pub(super) fn instant(text: &str) -> Result<i64, String> {
    instant_at(text, Timestamp::now())
}

/// An instant (RFC 3339), a day in this machine's time zone, or a time before
/// now such as `2h`; in milliseconds since 1970.
fn instant_at(text: &str, now: Timestamp) -> Result<i64, String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant.as_millisecond());
    }
    if let Ok(day) = text.parse::<civil::Date>() {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        return day
            .to_zoned(zone)
            .map(|day| day.timestamp().as_millisecond())
            .map_err(|error| error.to_string());
    }
    if let Ok(ago) = text.parse::<SignedDuration>()
        && !ago.is_negative()
    {
        return now
            .checked_sub(ago)
            .map(Timestamp::as_millisecond)
            .map_err(|error| error.to_string());
    }
    Err("write 2026-03-01, 2026-03-01T09:30:00Z, or a time before now such as 2h".to_owned())
}

/// The most characters of the name of a new action.
const LONGEST: usize = 64;

/// What no new action can be called, because Rust or WIT mean something else by it, or
/// because the crate needs another one of that name.
const TAKEN: &str = "\
    abstract alloc as async await become bool borrow box break char const constructor continue core \
    crate do dyn else enum export extern f32 f64 false final flags fn for from func future gen if \
    impl import in include interface let list loop macro map match mod move mut option override own \
    package priv proc-macro pub record ref resource result return s16 s32 s64 s8 self serde \
    serde-json static std stream string struct super test trait true try tuple type typeof u16 u32 \
    u64 u8 union unsafe unsized use variant virtual wasip2 where while wit-bindgen with world yield";

/// The name of a new action: words of small letters and digits with hyphens between them,
/// and neither Rust's nor WIT's.
pub(super) fn action_name(text: &str) -> Result<String, String> {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if text.len() > LONGEST || !text.split('-').all(is_word) {
        return Err(format!(
            "give words of small letters and digits, each of which begins with a letter, with \
             hyphens between them, such as list-tasks; at most {LONGEST} characters"
        ));
    }
    if TAKEN.split_whitespace().any(|taken| taken == text) {
        return Err(
            "Rust, WIT or a library that the action needs has that name; say what the action does \
             in two words, such as list-tasks"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_mapping_is_named_plainly_or_by_a_path() {
        for right in ["firm-a", "x/y.json", "y.json"] {
            assert!(mapping(right).is_ok(), "{right}");
        }
        for wrong in ["", "..", ".hidden", "a b", "ä"] {
            assert!(mapping(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_has_a_name_that_people_can_tell() {
        assert!(key_name("the administrators, Kanzlei Müller").is_ok());
        for wrong in ["", " ", "a\nb", "a\u{1b}[31mb", &"a".repeat(101)] {
            assert!(key_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_wanted_is_said_of_where_to_listen() {
        assert!(listen("[::1]:7171").is_ok());
        for wrong in ["localhost:7171", "7171", "127.0.0.1", ""] {
            assert!(listen(wrong).unwrap_err().contains("127.0.0.1:7171"));
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(duration("1m 30s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("500ms").unwrap(), Duration::from_millis(500));
        for wrong in ["", "5", "0s", "-3s", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_instants_days_or_how_long_ago() {
        let now: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let read = |text| instant_at(text, now).map(|at| Timestamp::from_millisecond(at).unwrap());
        assert_eq!(read("2h").unwrap().to_string(), "2026-03-01T22:00:00Z");
        let given = "2026-03-01T09:30:00Z";
        assert_eq!(read(given).unwrap().to_string(), given);
        assert!(read("2026-03-01").is_ok());
        for wrong in ["", "yesterday", "-2h", "2026-13-01"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_in_kebab_case_and_nobody_elses() {
        for name in ["list-tasks", "a", "sync-2", "s3-to-clio", "matter-type"] {
            let fits = action_name(name).is_ok();
            assert_eq!(fits, name != "sync-2", "{name}");
        }
        let long = "a".repeat(LONGEST + 1);
        for name in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "List",
            "list_tasks",
            "2fa",
            "é",
            "a b",
            "../a",
            "a/b",
            "a.b",
            &long,
            "match",
            "gen",
            "type",
            "list",
            "test",
            "serde-json",
        ] {
            assert!(action_name(name).is_err(), "{name}");
        }
    }
}
