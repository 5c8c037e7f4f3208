//! `fill-document.gather`: the values by their names, one by one, and the
//! template's text.

use clio_template::{self as engine, Value};
use clio_types::fill_document::{Field, GatherOutcome, GatherRequest};

use super::fill::engine_kind;
use super::{check, read, template};
use crate::client::Client;
use crate::inspect_document::{TEXT, cut};
use crate::prelude::*;
use crate::problem::Failure;
use crate::transport::Transport;

/// The most values that are told.
const FIELDS: usize = 5_000;

/// What holds each value once. The rest only repeats them.
const ROOTS: [&str; 7] = [
    "matter",
    "client",
    "responsible_attorney",
    "originating_attorney",
    "responsible_staff",
    "related",
    "more",
];

/// Tells what a template would be filled with.
///
/// # Errors
/// When the request is malformed, a record is not there, or the template cannot
/// be read.
pub fn gather<T: Transport>(
    transport: &mut T,
    request: &GatherRequest,
) -> Result<GatherOutcome, Failure> {
    let checked = check::gather(request, transport.origin())?;
    let mut client = Client::new(transport);
    let (bytes, kind) = template::read(&mut client, request.matter, &request.template)?;
    let inspected = engine::inspect_template(engine_kind(kind), &bytes)
        .map_err(|refused| Failure::input(template::field(&request.template), refused.message()))?;
    let values = read::values(&mut client, request.matter, checked)?;
    let mut fields = Vec::new();
    for root in ROOTS {
        if let Some(value) = values.member(root) {
            tell(root.to_owned(), value, &mut fields);
        }
    }
    Ok(GatherOutcome {
        fields,
        template_text: cut(inspected.text, TEXT).0,
        media_type: kind.media_type().to_owned(),
    })
}

fn tell(name: String, value: &Value, fields: &mut Vec<Field>) {
    if fields.len() >= FIELDS {
        return;
    }
    let text = match value {
        Value::Record(members) => {
            for (member, value) in members {
                let step = step(&name, member);
                tell(format!("{name}{step}"), value, fields);
            }
            return;
        }
        Value::List(items) => {
            for (index, value) in items.iter().enumerate() {
                tell(format!("{name}[{index}]"), value, fields);
            }
            return;
        }
        Value::None | Value::Hidden => None,
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Money { amount, currency } => {
            let told = format!("{amount} {currency}");
            Some(told.trim_end().to_owned())
        }
        Value::Date(date) => Some(format!(
            "{:04}-{:02}-{:02}",
            date.year(),
            date.month(),
            date.day()
        )),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        // Nothing that is read here is one.
        Value::Time(_) => None,
    };
    fields.push(Field {
        name,
        value: text,
        hidden: *value == Value::Hidden,
    });
}

/// How a template names a member: custom fields as the contract writes them.
fn step(of: &str, member: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = member.starts_with(|c: char| c.is_ascii_alphabetic());
    match begins && member.chars().all(plain) && !of.ends_with(".custom") {
        true => format!(".{member}"),
        false => format!("[\"{member}\"]"),
    }
}
