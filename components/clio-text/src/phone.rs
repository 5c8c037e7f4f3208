//! Phone numbers: whether there is one, and when two are the same.
//!
//! A number is written for those who call it: with its country or without, with
//! a zero in front that is dialled at home only, in the digits of any script.
//! Where a number does not say its country, ten digits in the form of North
//! America are taken for such, because that is how they are written there.

use alloc::string::String;

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use crate::folding::{decomposed, is_hidden};

/// The fewest digits of a number: those of emergency calls.
const SHORTEST: usize = 3;

/// The fewest digits that stand behind a country's code.
const SUBSCRIBER: usize = 6;

/// Words before an extension.
const EXTENSION: [&str; 11] = [
    "x",
    "ext",
    "extn",
    "extension",
    "poste",
    "durchwahl",
    "dw",
    "anexo",
    "interno",
    "int",
    "app",
];

/// Countries whose numbers are dialled at home as from abroad, without a zero in
/// front. In Italy the zero is part of the number.
const WITHOUT_ZERO: [&str; 28] = [
    "30", "34", "39", "45", "47", "48", "52", "65", "351", "352", "354", "356", "357", "371",
    "372", "378", "420", "502", "503", "504", "505", "506", "507", "852", "853", "965", "973",
    "974",
];

#[derive(Debug, PartialEq, Eq)]
struct Number {
    /// Whether the digits begin with a country's code.
    international: bool,
    digits: String,
    extension: String,
}

/// The key of a number, or nothing if the text holds none ("N/A", "none",
/// zeros, what is typed where a number must stand). Two texts of one key are one number. The same number may be written
/// with its country and without and then has two: [`same_phone`] tells.
pub fn phone_key(text: &str) -> Option<String> {
    let number = number(text)?;
    let mut key = String::with_capacity(number.digits.len() + number.extension.len() + 2);
    if number.international {
        key.push('+');
    }
    key.push_str(&number.digits);
    if !number.extension.is_empty() {
        key.push('x');
        key.push_str(&number.extension);
    }
    Some(key)
}

/// Whether two texts hold the same number. Texts without one never do.
pub fn same_phone(one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (number(one), number(other)) else {
        return false;
    };
    if one.extension != other.extension {
        return false;
    }
    match (one.international, other.international) {
        (true, false) => is_at_home(&one.digits, &other.digits),
        (false, true) => is_at_home(&other.digits, &one.digits),
        _ => one.digits == other.digits,
    }
}

/// Whether a number with its country's code is the other one, as it is dialled
/// at home.
fn is_at_home(international: &str, home: &str) -> bool {
    let country = |subscriber: Option<&str>| {
        subscriber
            .filter(|subscriber| subscriber.len() >= SUBSCRIBER)
            .and_then(|subscriber| international.strip_suffix(subscriber))
            .filter(|code| is_country(code))
    };
    let with_zero = |code: &str| code != "1" && code != "7" && !WITHOUT_ZERO.contains(&code);
    // In China only numbers of land lines have the zero.
    country(Some(home)).is_some_and(|code| WITHOUT_ZERO.contains(&code) || code == "86")
        || country(home.strip_prefix('0')).is_some_and(with_zero)
        || country(home.strip_prefix("06")) == Some("36")
        || country(home.strip_prefix('8')) == Some("7")
}

fn number(text: &str) -> Option<Number> {
    let seen: String = text.chars().filter(|c| !is_hidden(*c)).collect();
    let mut number = Number {
        international: false,
        digits: String::new(),
        extension: String::new(),
    };
    // The same with letters as the keys that they stand on.
    let mut keyed = String::new();
    let mut word = String::new();
    let mut in_extension = false;
    let mut before = [' '; 2];
    // The space ends the last word.
    for c in decomposed(&seen).chars().chain([' ']) {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_alphabetic() {
            word.push(c);
        } else if !word.is_empty() {
            if !number.digits.is_empty() && EXTENSION.contains(&word.as_str()) {
                in_extension = true;
            } else if !in_extension {
                keyed.extend(word.chars().map(key));
            }
            word.clear();
        }
        match (c, digit(c)) {
            (_, Some(digit)) if in_extension => number.extension.push(digit),
            (_, Some(digit)) => {
                number.digits.push(digit);
                keyed.push(digit);
            }
            ('+', None) if number.digits.is_empty() => number.international = true,
            ('#' | ';' | ',', None) if !number.digits.is_empty() => in_extension = true,
            // `+44 (0)20`: the zero of those who call from home.
            (')', None) if before == ['(', '0'] && number.digits.len() > 1 && !in_extension => {
                number.international = true;
                number.digits.pop();
                keyed.pop();
            }
            _ => {}
        }
        before = [before[1], c];
    }
    if number.digits.len() < 7 && keyed.len() >= 7 && number.digits.len() >= SHORTEST {
        number.digits = keyed;
    }
    if number.digits.len() < SHORTEST || number.digits.bytes().all(|digit| digit == b'0') {
        return None;
    }
    number.settle();
    (!number.is_filler()).then_some(number)
}

impl Number {
    /// Finds the country's code, if one is there or can be known.
    fn settle(&mut self) {
        let digits = self.digits.as_str();
        let abroad = digits
            .strip_prefix("00")
            .filter(|rest| rest.len() >= 8)
            // From North America; `0113` begins numbers in Leeds.
            .or_else(|| digits.strip_prefix("011").filter(|rest| rest.len() >= 10));
        if !self.international {
            if let Some(rest) = abroad {
                (self.international, self.digits) = (true, rest.into());
            } else if is_north_american(digits) {
                (self.international, self.digits) = (true, alloc::format!("1{digits}"));
            } else if digits.strip_prefix('1').is_some_and(is_north_american) {
                self.international = true;
            }
        }
        if self.international {
            // A zero after the country's code is one too many, but in Italy.
            let code = (1..=3).find(|end| self.digits.get(..*end).is_some_and(is_country));
            if let Some(end) = code
                && !matches!(&self.digits[..end], "39" | "378")
                && self.digits[end..].starts_with('0')
            {
                self.digits.remove(end);
            }
        }
    }
}

/// The fewest digits that are typed to fill a form: those of a number without
/// its area. Shorter ones are called, such as 999.
const FILLER: usize = 7;

impl Number {
    /// Whether it stands where a form wants a number and is nobody's: one digit
    /// again and again, the digits in a row, or North America's directory.
    fn is_filler(&self) -> bool {
        let digits = self.digits.as_str();
        let code = match self.international {
            true => (1..=3).find(|end| digits.get(..*end).is_some_and(is_country)),
            false => None,
        };
        let (code, national) = digits.split_at(code.unwrap_or(0));
        let alike = |digits: &str| {
            let mut bytes = digits.bytes();
            let first = bytes.next();
            digits.len() >= FILLER && bytes.all(|digit| Some(digit) == first)
        };
        if alike(digits) || alike(national) || alike(national.trim_start_matches('0')) {
            return true;
        }
        // Elsewhere such digits are called: 01234 is Bedford's.
        let row = |digits: &str| matches!(digits, "1234567" | "1234567890");
        let here = code.is_empty() || code == "1";
        here && (row(national)
            || national.strip_prefix('1').is_some_and(row)
            || national == "5551212"
            || code == "1" && national.len() == 10 && national.ends_with("5551212"))
    }
}

/// Ten digits, with neither 0 nor 1 where area and exchange begin.
fn is_north_american(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 10 && bytes[0] >= b'2' && bytes[3] >= b'2'
}

/// Whether digits are the code of a country or network, none of which begins
/// another (ITU-T E.164).
fn is_country(code: &str) -> bool {
    matches!(
        code.as_bytes(),
        [b'1' | b'7']
            | [b'2', b'0' | b'7']
            | [b'3', b'0'..=b'4' | b'6' | b'9']
            | [b'4', b'0' | b'1' | b'3'..=b'9']
            | [b'5', b'1'..=b'8']
            | [b'6', b'0'..=b'6']
            | [b'8', b'1' | b'2' | b'4' | b'6']
            | [b'9', b'0'..=b'5' | b'8']
            | [b'2', b'1'..=b'6' | b'8' | b'9', b'0'..=b'9']
            | [b'3', b'5' | b'7' | b'8', b'0'..=b'9']
            | [b'4', b'2', b'0'..=b'9']
            | [b'5', b'0' | b'9', b'0'..=b'9']
            | [b'6', b'7'..=b'9', b'0'..=b'9']
            | [b'8', b'0' | b'5' | b'7' | b'8', b'0'..=b'9']
            | [b'9', b'6' | b'7' | b'9', b'0'..=b'9']
    )
}

/// The digit that a character of any script is. Unicode lays the ten digits of
/// a script in a row, and some rows behind one another.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let is_digit = |code: u32| {
        CodePointMapData::<GeneralCategory>::new().get32(code) == GeneralCategory::DecimalNumber
    };
    let code = u32::from(c);
    if !is_digit(code) {
        return None;
    }
    let before = (0..code).rev().take_while(|code| is_digit(*code)).count();
    char::from_digit(u32::try_from(before % 10).ok()?, 10)
}

/// The key of a telephone that a letter stands on.
fn key(letter: char) -> char {
    match letter {
        'a'..='c' => '2',
        'd'..='f' => '3',
        'g'..='i' => '4',
        'j'..='l' => '5',
        'm'..='o' => '6',
        'p'..='s' => '7',
        't'..='v' => '8',
        _ => '9',
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    // CASES T7, I5
    #[test]
    fn one_number_is_written_in_many_ways() {
        for alike in [
            &[
                "(305) 555-0147",
                "+1 305 555 0147",
                "305.555.0147",
                "1-305-555-0147",
                "3055550147",
                "001 305 555 0147",
                "tel:+1-305-555-0147",
                "305‑555‑0147 (mobile)",
                "Cell: 305 555 0147",
                "٣٠٥ ٥٥٥ ٠١٤٧",
                "३०५ ५५५ ०१४७",
                "＋１ ３０５ ５５５ ０１４７",
                "\u{202a}+1 305 555 0147\u{202c}",
                "𝟑𝟎𝟓 555 0147",
            ][..],
            &["+44 20 7946 0000", "020 7946 0000", "+44 (0)20 7946 0000"],
            &[
                "+44 20 7946 0000",
                "0044 20 7946 0000",
                "011 44 20 7946 0000",
                "+44 020 7946 0000",
            ],
            &["+44 113 496 0000", "0113 496 0000"],
            &["+33 6 12 34 56 78", "06 12 34 56 78", "0033 6 12 34 56 78"],
            &["+49 30 123456", "030/123456", "(030) 12 34 56"],
            &["+61 412 345 678", "0412 345 678"],
            &["+39 06 1234 5678", "06 1234 5678"],
            &["+34 912 345 678", "912 345 678"],
            &["+86 138 0013 8000", "138 0013 8000"],
            &["+86 10 1234 5678", "010 1234 5678"],
            &["+7 495 123-45-67", "8 495 123-45-67"],
            &["+36 1 234 5678", "06 1 234 5678"],
            &[
                "305-555-0147 x22",
                "+1 305 555 0147 ext. 22",
                "(305) 555-0147 #22",
                "305 555 0147, 22",
                "tel:+13055550147;ext=22",
                "305 555 0147 Extension 22",
                "+1 305 555 0147 poste 22",
            ],
            &["1-800-FLOWERS", "1 800 356 9377", "+1 (800) 356-9377"],
            &["555-0147", "5550147"],
        ] {
            for other in alike {
                assert!(same_phone(alike[0], other), "{} and {other}", alike[0]);
                assert!(same_phone(other, alike[0]), "{other} and {}", alike[0]);
            }
        }
    }

    #[test]
    fn different_numbers_are_never_the_same() {
        for (one, other) in [
            ("(305) 555-0147", "(305) 555-0148"),
            ("+1 305 555 0147", "+44 305 555 0147"),
            ("(305) 555-0147", "+44 305 555 0147"),
            ("(305) 555-0147", "555-0147"),
            ("(305) 555-0147", "305-555-0147 x22"),
            ("305-555-0147 x22", "305-555-0147 x23"),
            ("+44 20 7946 0000", "+49 20 7946 0000"),
            ("020 7946 0000", "+44 20 7946 0001"),
            ("020 7946 0000", "7946 0000"),
            ("+44 20 7946 0000", "7946 0000"),
            ("06 12 34 56 78", "+1 612 345 678"),
            ("06 12 34 56 78", "+33 6 12 34 56 79"),
            ("+33 6 12 34 56 78", "+33 7 12 34 56 78"),
            ("1-800-FLOWERS", "1-800-LAWYERS"),
            ("N/A", "n/a"),
            ("", ""),
        ] {
            assert!(!same_phone(one, other), "{one} and {other}");
            assert!(!same_phone(other, one), "{other} and {one}");
            assert!(phone_key(one).is_none() || phone_key(one) != phone_key(other));
        }
    }

    // CASES I5
    #[test]
    fn what_holds_no_number_has_no_key() {
        for none in [
            "",
            " ",
            "N/A",
            "none",
            "unknown",
            "-",
            "0",
            "000-000-0000",
            "x",
            "+",
            "(0)",
            "ext. 5",
        ] {
            assert_eq!(phone_key(none), None, "{none}");
        }
        assert_eq!(phone_key("(305) 555-0147").as_deref(), Some("+13055550147"));
        assert_eq!(
            phone_key("020 7946 0000 x5").as_deref(),
            Some("02079460000x5")
        );
        assert_eq!(phone_key("911").as_deref(), Some("911"));
    }

    // CASES I5
    #[test]
    fn what_fills_a_form_is_no_number() {
        for filler in [
            "555-555-5555",
            "+1 (555) 555-5555",
            "1-555-555-5555",
            "555-5555",
            "111-111-1111",
            "1-111-111-1111",
            "+1 111 111 1111",
            "999-999-9999",
            "9999999",
            "(999) 999-9999 x12",
            "+1 000 000 0000",
            "+44 5555 555555",
            "٥٥٥ ٥٥٥ ٥٥٥٥",
            "123-456-7890",
            "1 (123) 456-7890",
            "+1 123 456 7890",
            "123-4567",
            "1234567",
            "555-1212",
            "(305) 555-1212",
            "+1 305 555 1212",
        ] {
            assert_eq!(phone_key(filler), None, "{filler}");
            assert!(!same_phone(filler, filler), "{filler}");
        }
        for number in [
            "999",
            "555-0100",
            "555-0147",
            "(305) 555-0147",
            "+1 555 555 0100",
            "(888) 888-8880",
            "01234 567890",
            "+44 1234 567890",
            "+49 30 5551212",
            "020 7946 0000",
        ] {
            assert!(same_phone(number, number), "{number}");
        }
    }

    #[test]
    fn the_digits_of_every_script_are_known() {
        for zero in ['0', '٠', '۰', '०', '০', '๐', '႐', '០', '᭐', '𞥐'] {
            for value in 0..10 {
                let c = char::from_u32(u32::from(zero) + value).unwrap();
                assert_eq!(digit(c), char::from_digit(value, 10), "{c}");
            }
        }
        assert_eq!(digit('½'), None);
        assert_eq!(digit('五'), None);
    }
}
