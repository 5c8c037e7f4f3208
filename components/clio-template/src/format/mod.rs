//! How a value is printed.

mod date;
mod number;

use alloc::string::String;

pub(crate) use date::{check as check_picture, date, time};
pub(crate) use number::{grouped, money, ungrouped};

use crate::locale::Locale;
use crate::value::Value;

/// How a list, or a contact with a name, is printed where nothing is said of it.
/// `None`: that cannot be printed.
pub(crate) fn printed(value: &Value, locale: Locale) -> Option<String> {
    Some(match value {
        Value::None | Value::Hidden => String::new(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => ungrouped(number, locale),
        Value::Money { amount, currency } => money(amount, Some(currency), locale),
        Value::Date(day) => date(*day, "", locale),
        Value::Time(at) => time(*at, "", locale),
        Value::Bool(true) => locale.language().yes.into(),
        Value::Bool(false) => locale.language().no.into(),
        Value::List(items) => return joined(items, ", ", locale),
        Value::Record(members) => match members.get("name")? {
            Value::Record(_) | Value::List(_) => return None,
            name => return printed(name, locale),
        },
    })
}

/// The items that are not empty, with something between two of them.
pub(crate) fn joined(items: &[Value], between: &str, locale: Locale) -> Option<String> {
    let mut out = String::new();
    for item in items.iter().filter(|item| !item.is_empty()) {
        if matches!(item, Value::List(_)) {
            return None;
        }
        if !out.is_empty() {
            out.push_str(between);
        }
        out.push_str(&printed(item, locale)?);
        if out.len() > crate::limits::TEXT {
            return None;
        }
    }
    Some(out)
}
