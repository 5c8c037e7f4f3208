//! What a `|` does to a value.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::decimal::Decimal;
use crate::format::{check_picture, date, grouped, joined, money, printed, time};
use crate::limits;
use crate::locale::Locale;
use crate::refused::{Refused, Result};
use crate::value::{Date, Time, Value};

/// A filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    Capitalize,
    Date,
    Default,
    First,
    Join,
    Last,
    Length,
    Lower,
    Map,
    Money,
    Number,
    Ordinal,
    RejectAttr,
    Replace,
    SelectAttr,
    Sort,
    Title,
    Trim,
    Upper,
}

/// By name: the filter, how many arguments it has to have and may have, and
/// which of them may be named.
const FILTERS: [(&str, Filter, usize, usize, &[&str]); 21] = [
    ("capitalize", Filter::Capitalize, 0, 0, &[]),
    ("count", Filter::Length, 0, 0, &[]),
    ("d", Filter::Default, 0, 1, &[]),
    ("date", Filter::Date, 0, 1, &[]),
    ("default", Filter::Default, 0, 1, &[]),
    ("first", Filter::First, 0, 0, &[]),
    ("join", Filter::Join, 0, 1, &[]),
    ("last", Filter::Last, 0, 0, &[]),
    ("length", Filter::Length, 0, 0, &[]),
    ("lower", Filter::Lower, 0, 0, &[]),
    ("map", Filter::Map, 1, 1, &["attribute"]),
    ("money", Filter::Money, 0, 1, &[]),
    ("number", Filter::Number, 0, 1, &[]),
    ("ordinal", Filter::Ordinal, 0, 0, &[]),
    ("rejectattr", Filter::RejectAttr, 1, 3, &[]),
    ("replace", Filter::Replace, 2, 2, &[]),
    ("selectattr", Filter::SelectAttr, 1, 3, &[]),
    ("sort", Filter::Sort, 0, 1, &["attribute"]),
    ("title", Filter::Title, 0, 0, &[]),
    ("trim", Filter::Trim, 0, 0, &[]),
    ("upper", Filter::Upper, 0, 0, &[]),
];

impl Filter {
    pub(crate) fn named(name: &str) -> Option<Self> {
        let found = FILTERS.binary_search_by_key(&name, |it| it.0).ok()?;
        Some(FILTERS[found].1)
    }

    fn name(self) -> &'static str {
        let found = FILTERS.iter().rev().find(|it| it.1 == self);
        found.map_or("", |it| it.0)
    }

    /// Refuses arguments that the filter does not have.
    pub(crate) fn check<'a>(self, names: impl Iterator<Item = Option<&'a str>>) -> Result<()> {
        let Some((_, _, least, most, known)) = FILTERS.iter().rev().find(|it| it.1 == self) else {
            return Ok(());
        };
        let mut count = 0;
        for name in names {
            count += 1;
            if name.is_some_and(|name| !known.contains(&name)) {
                return Err(Refused::new(format!(
                    "the filter `{}` has no argument of that name",
                    self.name()
                )));
            }
        }
        if count < *least || count > *most {
            let wanted = match (least, most) {
                (least, most) if least == most => format!("{least}"),
                (least, most) => format!("{least} to {most}"),
            };
            return Err(Refused::new(format!(
                "the filter `{}` has {wanted} arguments, not {count}",
                self.name()
            )));
        }
        Ok(())
    }

    /// Refuses a picture that is wrong whatever the value is.
    pub(crate) fn check_argument(self, argument: &Value) -> Result<()> {
        match (self, argument) {
            (Self::Date, Value::Text(picture)) => check_picture(picture, false, Locale::default()),
            _ => Ok(()),
        }
    }

    /// What comes out. `None`: nothing that could be printed.
    pub(crate) fn apply(
        self,
        value: &Value,
        arguments: &[Value],
        locale: Locale,
    ) -> Result<Option<Value>> {
        if self == Self::Date {
            let picture = match arguments.first() {
                Some(Value::Text(picture)) => picture,
                _ => "",
            };
            let dated = dated(value, picture, locale)?;
            return Ok(dated.map(Value::Text));
        }
        Ok(self.of(value, arguments, locale))
    }

    fn of(self, value: &Value, arguments: &[Value], locale: Locale) -> Option<Value> {
        let argument = arguments.first();
        let words = || match argument {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        let text = || printed(value, locale);
        Some(match self {
            Self::Default if value.is_empty() => {
                argument.cloned().unwrap_or(Value::Text(String::new()))
            }
            Self::Default => value.clone(),
            Self::Upper => Value::Text(text()?.to_uppercase()),
            Self::Lower => Value::Text(text()?.to_lowercase()),
            Self::Capitalize => Value::Text(capitalized(&text()?)),
            Self::Title => Value::Text(titled(&text()?)),
            Self::Trim => Value::Text(text()?.trim().to_string()),
            Self::Replace => {
                let (from, to) = (
                    printed(argument?, locale)?,
                    printed(arguments.get(1)?, locale)?,
                );
                let text = text()?;
                let room = limits::TEXT / to.len().max(1);
                if from.is_empty() || text.len() > room {
                    return Some(Value::Text(text));
                }
                Value::Text(text.replace(&from, &to))
            }
            Self::Length => Value::Number(Decimal::from(u32::try_from(length(value)?).ok()?)),
            Self::First => end(value, |items| items.first(), |text| text.chars().next())?,
            Self::Last => end(value, |items| items.last(), |text| text.chars().last())?,
            Self::Join => match value {
                Value::List(items) => Value::Text(joined(items, words(), locale)?),
                _ => value.clone(),
            },
            Self::Map => Value::List(of_each(value, words())?),
            Self::Sort => Value::List(sorted(value, words())?),
            Self::SelectAttr | Self::RejectAttr => {
                let wanted = self == Self::SelectAttr;
                let Value::List(items) = value else {
                    return None;
                };
                let fits = |item: &&Value| has(item, words(), &arguments[1..]) == wanted;
                Value::List(items.iter().filter(fits).cloned().collect())
            }
            // Its picture may be refused.
            Self::Date => return None,
            Self::Number => {
                let places = match argument {
                    None => None,
                    Some(Value::Number(places)) => Some(
                        places
                            .whole()
                            .parse::<usize>()
                            .ok()
                            .filter(|it| *it <= 12)?,
                    ),
                    Some(_) => return None,
                };
                Value::Text(grouped(&number(value)?, places, locale))
            }
            Self::Money => {
                let own = match value {
                    Value::Money { currency, .. } => Some(currency.as_str()),
                    _ => None,
                };
                let currency = match words() {
                    "" => own,
                    // Only the number.
                    "plain" => None,
                    other => Some(other),
                };
                Value::Text(money(&number(value)?, currency, locale))
            }
            Self::Ordinal => {
                let number: u32 = number(value)?.whole().parse().ok()?;
                Value::Text(format!("{number}{}", locale.ordinal_suffix(number)))
            }
        })
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Text(text) => Some(text.chars().count()),
        Value::List(items) => Some(items.len()),
        Value::Record(members) => Some(members.len()),
        _ => None,
    }
}

fn end(
    value: &Value,
    of_list: fn(&[Value]) -> Option<&Value>,
    of_text: fn(&str) -> Option<char>,
) -> Option<Value> {
    match value {
        Value::List(items) => of_list(items).cloned(),
        Value::Text(text) => of_text(text).map(|c| Value::Text(c.into())),
        _ => None,
    }
}

/// The member at a path, `address.city`.
fn at_path<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |at, name| at.member(name))
}

fn of_each(value: &Value, path: &str) -> Option<Vec<Value>> {
    let Value::List(items) = value else {
        return None;
    };
    let of = |item| at_path(item, path).cloned().unwrap_or(Value::None);
    Some(items.iter().map(of).collect())
}

/// By a member, or by itself. What cannot be compared keeps its order. Capitals
/// do not count, as nobody expects `ZEBRA` before `ape`.
fn sorted(value: &Value, path: &str) -> Option<Vec<Value>> {
    let Value::List(items) = value else {
        return None;
    };
    let key = |item: &Value| {
        let of = match path {
            "" => Some(item),
            path => at_path(item, path),
        };
        match of.unwrap_or(&Value::None) {
            Value::Text(text) => Value::Text(text.to_lowercase()),
            other => other.clone(),
        }
    };
    let kind = |key: &Value| match key {
        Value::None | Value::Hidden => 0,
        Value::Bool(_) => 1,
        Value::Number(_) | Value::Money { .. } => 2,
        Value::Text(_) => 3,
        Value::Date(_) => 4,
        Value::Time(_) => 5,
        Value::List(_) => 6,
        Value::Record(_) => 7,
    };
    let mut keyed: Vec<(Value, &Value)> = items.iter().map(|item| (key(item), item)).collect();
    // Of values of one kind alone, or there would be no order.
    keyed.sort_by(|(a, _), (b, _)| {
        let kinds = kind(a).cmp(&kind(b));
        kinds.then_with(|| a.compare(b).unwrap_or(core::cmp::Ordering::Equal))
    });
    Some(keyed.into_iter().map(|(_, item)| item.clone()).collect())
}

impl Filter {
    /// Whether it chooses by a member that no value of the list has.
    pub(crate) fn lacks_member(self, of: &Value, given: &[Value]) -> bool {
        let (Self::SelectAttr | Self::RejectAttr, Value::List(items), Some(Value::Text(path))) =
            (self, of, given.first())
        else {
            return false;
        };
        !items.is_empty() && items.iter().all(|item| at_path(item, path).is_none())
    }
}

/// Whether a member is true, or is what the test says.
fn has(item: &Value, path: &str, test: &[Value]) -> bool {
    let member = at_path(item, path).unwrap_or(&Value::None);
    let (test, wanted) = match test {
        [] => return member.is_true(),
        // Without a test's name: is equal.
        [wanted] => ("eq", wanted),
        [Value::Text(test), wanted, ..] => (test.as_str(), wanted),
        _ => return false,
    };
    let equal = same(member, wanted);
    match test {
        "eq" | "equalto" | "==" => equal,
        "ne" | "!=" => !equal,
        "in" => matches!(wanted, Value::List(items) if items.iter().any(|it| same(member, it))),
        _ => false,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    a.compare(b) == Some(core::cmp::Ordering::Equal)
}

fn dated(value: &Value, picture: &str, locale: Locale) -> Result<Option<String>> {
    let day = |day| {
        check_picture(picture, true, locale)?;
        Ok(Some(date(day, picture, locale)))
    };
    match value {
        Value::Date(it) => day(*it),
        Value::Time(at) if picture.is_empty() => day(at.date()),
        Value::Time(at) => {
            check_picture(picture, false, locale)?;
            Ok(Some(time(*at, picture, locale)))
        }
        Value::Text(text) => match (Time::parse(text), Date::parse(text)) {
            (Some(at), _) => dated(&Value::Time(at), picture, locale),
            (_, Some(it)) => day(it),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) | Value::Money { amount: number, .. } => Some(number.clone()),
        Value::Text(text) => Decimal::parse(text.trim()),
        _ => None,
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.as_str().to_lowercase().chars()).collect()
}

fn titled(text: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match inside {
            true => out.extend(c.to_lowercase()),
            false => out.extend(c.to_uppercase()),
        }
        inside = !(c.is_whitespace() || matches!(c, '-' | '(' | '{' | '[' | '<'));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_so_that_every_filter_is_found() {
        assert!(FILTERS.is_sorted_by_key(|it| it.0));
        for (name, filter, ..) in FILTERS {
            assert_eq!(Filter::named(name), Some(filter));
        }
    }

    #[test]
    fn a_list_of_several_kinds_is_sorted_and_loses_nothing() {
        let mixed = [
            Value::text("b"),
            Value::None,
            Value::number("10").unwrap(),
            Value::text("A"),
            Value::number("9").unwrap(),
        ];
        let sorted = sorted(&Value::List(mixed.to_vec()), "").unwrap();
        let printed = joined(&sorted, " ", Locale::EnUs).unwrap();
        assert_eq!((sorted.len(), &*printed), (5, "9 10 A b"));
    }
}
