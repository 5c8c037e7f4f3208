//! Whether an error points into the text that it is about.

use serde_json::Value;

/// Says what is wrong with a JSON Pointer (RFC 6901): it has to lead to a node
/// of the text, or to a member that is missing from an object of the text.
///
/// Readers shorten names that they do not know, and replace what would disturb
/// a terminal; `shown` does the same to a name.
pub(crate) fn leads_into(
    root: &Value,
    pointer: &str,
    shown: impl Fn(&str) -> String,
) -> Result<(), String> {
    if pointer.is_empty() {
        return Ok(());
    }
    let Some(inside) = pointer.strip_prefix('/') else {
        return Err(format!("`{pointer}` is no JSON Pointer"));
    };
    let parts: Vec<&str> = inside.split('/').collect();
    let mut at = root;
    for (n, part) in parts.iter().enumerate() {
        let next = match at {
            Value::Object(members) => members
                .iter()
                .find(|(name, _)| escaped(&shown(name)) == *part)
                .map(|(_, member)| member),
            Value::Array(items) => part.parse::<usize>().ok().and_then(|n| items.get(n)),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None if n + 1 == parts.len() && at.is_object() => return Ok(()),
            None => return Err(format!("`{pointer}` leads nowhere in the input")),
        }
    }
    Ok(())
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Words that stand for client data in the corpus and the dictionaries. No
/// error may hold one of them.
pub(crate) const SECRETS: [&str; 3] = ["ann@example.com", "Zebedee", "5550100"];

/// The first of them that a text holds.
pub(crate) fn secret_in(text: &str) -> Option<&'static str> {
    SECRETS.into_iter().find(|secret| text.contains(secret))
}
