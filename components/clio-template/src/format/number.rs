//! Numbers and money.

use alloc::format;
use alloc::string::{String, ToString};

use crate::decimal::Decimal;
use crate::locale::{Customs, Locale};

/// `1,234.50`, with so many digits behind the point, or those it has.
pub(crate) fn grouped(number: &Decimal, places: Option<usize>, locale: Locale) -> String {
    let places = places.unwrap_or(number.fraction().len());
    let sign = if number.is_negative() { "-" } else { "" };
    format!("{sign}{}", size(number, places, locale.customs()))
}

/// `1234.5`: as it was told, with the sign that the place has before decimals. It may
/// be a year, so nothing is put between its digits.
pub(crate) fn ungrouped(number: &Decimal, locale: Locale) -> String {
    let told = number.to_string();
    told.replacen('.', locale.customs().decimal, 1)
}

/// `$1,234.50`. Without a currency: that of nowhere, `1,234.50`.
pub(crate) fn money(amount: &Decimal, currency: Option<&str>, locale: Locale) -> String {
    let customs = locale.customs();
    // Yen and the like have no smaller coin.
    let places = match currency {
        Some("JPY" | "KRW" | "CLP" | "ISK" | "VND") => 0,
        _ => 2,
    };
    let rounded = amount.rounded(places);
    let sign = if rounded.is_negative() { "-" } else { "" };
    let size = size(&rounded, places, customs);
    let Some(currency) = currency else {
        return format!("{sign}{size}");
    };
    let mut symbols = customs.symbols.iter();
    let symbol = symbols.find_map(|(code, symbol)| (*code == currency).then_some(*symbol));
    match (customs.behind, symbol) {
        (true, symbol) => format!("{sign}{size}\u{a0}{}", symbol.unwrap_or(currency)),
        (false, Some(symbol)) => format!("{sign}{symbol}{size}"),
        (false, None) => format!("{sign}{currency}\u{a0}{size}"),
    }
}

fn size(number: &Decimal, places: usize, customs: &Customs) -> String {
    let rounded = number.rounded(places);
    let whole = rounded.whole();
    let mut out = String::new();
    for (n, digit) in whole.chars().enumerate() {
        let left = whole.len() - n;
        let together = customs.four_together && whole.len() == 4;
        if n > 0 && left.is_multiple_of(3) && !together {
            out.push_str(customs.group);
        }
        out.push(digit);
    }
    if places > 0 {
        out.push_str(customs.decimal);
        out.push_str(rounded.fraction());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_the_place_writes_it() {
        let written = |amount: &str, currency: &str, tag: &str| {
            let amount = Decimal::parse(amount).unwrap();
            money(&amount, Some(currency), Locale::parse(tag).unwrap())
        };
        assert_eq!(written("1234567.5", "USD", "en-US"), "$1,234,567.50");
        assert_eq!(written("-12.345", "USD", "en-US"), "-$12.35");
        assert_eq!(written("-0.001", "USD", "en-US"), "$0.00");
        assert_eq!(written("999.995", "USD", "en-US"), "$1,000.00");
        assert_eq!(written("1234.5", "CAD", "en-CA"), "$1,234.50");
        assert_eq!(written("1234.5", "CHF", "en-GB"), "CHF\u{a0}1,234.50");
        assert_eq!(written("1234.5", "EUR", "de-DE"), "1.234,50\u{a0}€");
        assert_eq!(written("1234.5", "EUR", "fr-FR"), "1\u{202f}234,50\u{a0}€");
        assert_eq!(written("1234.5", "EUR", "es-ES"), "1234,50\u{a0}€");
        assert_eq!(written("12345", "JPY", "en-US"), "JPY\u{a0}12,345");
    }

    #[test]
    fn a_number_has_the_sign_of_the_place_and_a_year_stays_whole() {
        let written = |text: &str, tag: &str| {
            ungrouped(&Decimal::parse(text).unwrap(), Locale::parse(tag).unwrap())
        };
        assert_eq!(written("1234567.50", "en-US"), "1234567.50");
        assert_eq!(written("-1234567.5", "de-DE"), "-1234567,5");
        assert_eq!(written("0.5", "fr-CA"), "0,5");
        assert_eq!(written("2026", "de-DE"), "2026");
    }

    #[test]
    fn a_number_keeps_the_digits_that_it_has_or_gets_those_asked_for() {
        let number = Decimal::parse("1234.50").unwrap();
        assert_eq!(grouped(&number, None, Locale::EnUs), "1,234.50");
        assert_eq!(grouped(&number, Some(0), Locale::EnUs), "1,235");
        assert_eq!(grouped(&number, Some(3), Locale::DeDe), "1.234,500");
    }
}
