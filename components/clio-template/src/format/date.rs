//! Dates and times, by a picture as Word has them: `MMMM d, yyyy`.

use alloc::format;
use alloc::string::String;

use crate::locale::Locale;
use crate::refused::{Refused, Result};
use crate::value::{Date, Time};

/// A day by a picture, or by one of the names `long`, `short`, `full` and `iso`.
/// Of an empty one: `long`.
pub(crate) fn date(day: Date, picture: &str, locale: Locale) -> String {
    drawn(day, None, named(picture, locale), locale)
}

/// What ends and begins the words of a picture that are as they are.
const QUOTES: [char; 3] = ['\'', '’', '‘'];

/// Refuses a picture that comes out otherwise than it was meant. `timeless`: what it
/// is of has no time of the day.
pub(crate) fn check(picture: &str, timeless: bool, locale: Locale) -> Result<()> {
    let picture = named(picture, locale);
    let letters = || picture.split(QUOTES).step_by(2).flat_map(str::chars);
    if letters().any(|c| c == '%') {
        return Err(Refused::new(
            "`%` is no part of a date; write it as Word does: `MM` is the month, as in `MM/dd/yyyy`",
        ));
    }
    let hours = letters().any(|c| matches!(c, 'h' | 'H'));
    let time = letters().find(|c| matches!(c, 'h' | 'H' | 'm' | 's'));
    match time {
        Some(letter) if timeless || !hours => Err(Refused::new(format!(
            "`{letter}` is a part of a time, which a date has none of; `MM` is the month, and \
             words stand between single quotes"
        ))),
        None if timeless && picture.contains("AM/PM") => Err(Refused::new(
            "`AM/PM` is a part of a time, which a date has none of",
        )),
        _ => Ok(()),
    }
}

/// A time by a picture, or by one of those names, or `time`. Of an empty one:
/// the long date and the time.
pub(crate) fn time(at: Time, picture: &str, locale: Locale) -> String {
    let customs = locale.customs();
    if picture.is_empty() {
        let both = format!("{}, {}", customs.long_date, customs.time);
        return drawn(at.date(), Some(at), &both, locale);
    }
    drawn(at.date(), Some(at), named(picture, locale), locale)
}

fn named(picture: &str, locale: Locale) -> &str {
    let customs = locale.customs();
    match picture {
        "" | "long" => customs.long_date,
        "short" => customs.short_date,
        "full" => customs.full_date,
        "time" => customs.time,
        "iso" => "yyyy-MM-dd",
        picture => picture,
    }
}

fn drawn(day: Date, at: Option<Time>, picture: &str, locale: Locale) -> String {
    let language = locale.language();
    let month = |length: Option<usize>| {
        let name = language.months[usize::from(day.month()) - 1];
        name.chars().take(length.unwrap_or(usize::MAX))
    };
    let mut out = String::new();
    let mut rest = picture;
    while let Some(first) = rest.chars().next() {
        if QUOTES.contains(&first) {
            let quoted = &rest[first.len_utf8()..];
            let end = quoted.find(['\'', '’']).unwrap_or(quoted.len());
            out.push_str(&quoted[..end]);
            rest = quoted[end..].trim_start_matches(['\'', '’']);
            continue;
        }
        if let Some((before, after)) = morning(rest) {
            let sign = match at.map(Time::hour) {
                Some(12..) => "PM",
                _ => "AM",
            };
            match before {
                true => out.push_str(&sign.to_lowercase()),
                false => out.push_str(sign),
            }
            rest = after;
            continue;
        }
        let run = rest.chars().take_while(|c| *c == first).count();
        let times = |part: fn(Time) -> u8| at.map_or(0, part);
        let mut number = |number: u16| match run {
            1 => out.push_str(&format!("{number}")),
            _ => out.push_str(&format!("{number:02}")),
        };
        match (first, run) {
            // `d` with `o` behind it: 3rd.
            ('d' | 'D', 1) if rest[1..].starts_with('o') => {
                let number = u32::from(day.day());
                out.push_str(&format!("{number}{}", locale.ordinal_suffix(number)));
                rest = &rest[2..];
                continue;
            }
            ('d' | 'D', 1 | 2) => number(day.day().into()),
            ('d' | 'D', 3) => out.extend(language.days[day.weekday()].chars().take(3)),
            ('d' | 'D', _) => out.push_str(language.days[day.weekday()]),
            ('M', 1 | 2) => number(day.month().into()),
            ('M', 3) => out.extend(month(Some(3))),
            ('M', _) => out.extend(month(None)),
            ('y' | 'Y', 1 | 2) => out.push_str(&format!("{:02}", day.year() % 100)),
            ('y' | 'Y', _) => out.push_str(&format!("{:04}", day.year())),
            ('H', _) => number(times(Time::hour).into()),
            ('h', _) => number(match times(Time::hour) % 12 {
                0 => 12,
                hour => hour.into(),
            }),
            ('m', _) => number(times(Time::minute).into()),
            ('s', _) => number(times(Time::second).into()),
            (other, run) => out.extend(core::iter::repeat_n(other, run)),
        }
        rest = &rest[run * first.len_utf8()..];
    }
    out
}

/// What follows `AM/PM` or `am/pm`, and whether it is the small one.
fn morning(text: &str) -> Option<(bool, &str)> {
    text.strip_prefix("AM/PM")
        .map(|rest| (false, rest))
        .or_else(|| text.strip_prefix("am/pm").map(|rest| (true, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str, picture: &str, tag: &str) -> String {
        date(
            Date::parse(text).unwrap(),
            picture,
            Locale::parse(tag).unwrap(),
        )
    }

    #[test]
    fn a_picture_is_drawn() {
        assert_eq!(day("2026-03-01", "MMMM d, yyyy", "en-US"), "March 1, 2026");
        assert_eq!(day("2026-03-01", "dd.MM.yy", "en-US"), "01.03.26");
        assert_eq!(day("2026-03-01", "dddd, MMM d", "en-US"), "Sunday, Mar 1");
        assert_eq!(
            day("2026-03-22", "do 'day of' MMMM", "en-US"),
            "22nd day of March"
        );
        assert_eq!(day("2026-03-11", "do", "en-US"), "11th");
        assert_eq!(day("2026-12-31", "Q — ä", "en-US"), "Q — ä");
    }

    #[test]
    fn a_picture_that_means_something_else_is_refused() {
        let refusal = |picture, timeless| {
            let refused = check(picture, timeless, Locale::EnUs).err();
            refused.map(|it| String::from(it.message()))
        };
        let says = |picture, word: &str| refusal(picture, true).is_some_and(|it| it.contains(word));
        assert!(says("dd/mm/yyyy", "`MM` is the month"));
        assert!(says("%d.%m.%Y", "`%`"));
        assert!(says("d. MMMM yyyy HH:mm", "`H` is a part of a time"));
        assert!(says("time", "`h` is a part of a time"));
        assert!(says("the d", "single quotes"));
        assert!(says("d AM/PM", "`AM/PM`"));
        // Before any value is known.
        assert!(refusal("dd/mm/yyyy", false).is_some());
        assert_eq!(refusal("HH:mm", false), None);
        for picture in [
            "",
            "long",
            "short",
            "full",
            "iso",
            "'the' do 'of month' MMMM, yyyy",
        ] {
            for (tag, locale) in crate::locale::LOCALES {
                assert_eq!(check(picture, true, locale), Ok(()), "{picture} {tag}");
            }
        }
    }

    #[test]
    fn names_are_those_of_the_place() {
        assert_eq!(day("2026-03-01", "", "en-GB"), "1 March 2026");
        assert_eq!(day("2026-03-01", "full", "de-DE"), "Sonntag, 1. März 2026");
        assert_eq!(day("2026-03-01", "long", "es-ES"), "1 de marzo de 2026");
        assert_eq!(day("2026-08-01", "short", "fr-CA"), "2026-08-01");
        assert_eq!(day("2024-02-29", "short", "en-US"), "2/29/2024");
    }

    #[test]
    fn a_time_has_hours() {
        let at = Time::parse("2026-03-01T14:05:09-08:00").unwrap();
        assert_eq!(time(at, "", Locale::EnUs), "March 1, 2026, 2:05 PM");
        assert_eq!(time(at, "HH:mm:ss", Locale::EnUs), "14:05:09");
        assert_eq!(time(at, "h am/pm", Locale::EnUs), "2 pm");
        assert_eq!(time(at, "time", Locale::FrCa), "14 h 05");
    }

    #[test]
    fn the_days_of_the_week_are_those_of_a_calendar() {
        for (text, name) in [
            ("1900-01-01", "Monday"),
            ("2000-02-29", "Tuesday"),
            ("2026-11-28", "Saturday"),
            ("0001-01-01", "Monday"),
        ] {
            assert_eq!(day(text, "dddd", "en-US"), name, "{text}");
        }
    }
}
