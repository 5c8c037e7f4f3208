//! The checks before the first request.

use alloc::collections::BTreeSet;

use clio_template::{Locale, Value};
use clio_types::fill_document::{self as given, FillRequest, GatherRequest, NamedValue, Template};

use crate::prelude::*;
use crate::problem::Failure;
use crate::{content_url, file, input};

/// The most values of the caller's own.
const MOST_VALUES: usize = 1_000;

/// What is to be written how.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) locale: Locale,
    /// The currency of money that nobody says one of: none, where it is not known.
    pub(super) currency: &'static str,
    /// The caller's own values, as the template takes them: `more`.
    pub(super) more: Vec<(String, Value)>,
}

pub(super) fn fill(request: &FillRequest, origin: &str) -> Result<Checked, Failure> {
    asked(request.matter, &request.template, origin)?;
    if let Some(into) = &request.into {
        content_url::check("/into", into, origin)?;
    }
    let tag = request.locale.as_deref().unwrap_or("en-US");
    let Some(locale) = Locale::parse(tag).filter(|it| it.tag() == tag) else {
        return Err(Failure::input(
            "/locale",
            "The locale is none that is known: en-US, en-CA, en-GB, en-IE, en-AU, fr-CA, fr-FR, \
             de-DE, es-US or es-ES.",
        ));
    };
    let currency = currency_of(locale);
    let more = more(request.more.as_deref(), currency)?;
    Ok(Checked {
        locale,
        currency,
        more,
    })
}

pub(super) fn gather(request: &GatherRequest, origin: &str) -> Result<Checked, Failure> {
    asked(request.matter, &request.template, origin)?;
    // Nobody said for which country.
    let currency = "";
    let more = more(request.more.as_deref(), currency)?;
    Ok(Checked {
        locale: Locale::default(),
        currency,
        more,
    })
}

fn asked(matter: u64, template: &Template, origin: &str) -> Result<(), Failure> {
    input::id("/matter", matter)?;
    match template {
        Template::Content(content) => file::check("/template/content", content, origin),
        Template::Stored(id) => input::id("/template/stored", *id),
        Template::Document(id) => input::id("/template/document", *id),
    }
}

fn more(given: Option<&[NamedValue]>, currency: &str) -> Result<Vec<(String, Value)>, Failure> {
    let given = given.unwrap_or_default();
    if given.len() > MOST_VALUES {
        return Err(Failure::input("/more", "Give at most 1,000 values."));
    }
    let (mut more, mut names) = (Vec::with_capacity(given.len()), BTreeSet::new());
    for (index, named) in given.iter().enumerate() {
        let at = format!("/more/{index}/name");
        input::not_blank(&at, &named.name)?;
        let name = named.name.trim();
        if !names.insert(name) {
            return Err(Failure::input(at, "Another value has this name."));
        }
        let value = value(&format!("/more/{index}/value"), &named.value, currency)?;
        more.push((name.to_owned(), value));
    }
    Ok(more)
}

fn value(at: &str, value: &given::Value, currency: &str) -> Result<Value, Failure> {
    let (case, value, wanted) = match value {
        given::Value::Text(text) => return Ok(text_or_none(text)),
        given::Value::Texts(texts) => {
            let texts = texts.iter().map(|text| text_or_none(text));
            return Ok(Value::List(texts.collect()));
        }
        given::Value::YesNo(yes) => return Ok(Value::Bool(*yes)),
        given::Value::Number(text) => (
            "number",
            Value::number(text.trim()),
            "a decimal such as -12.5",
        ),
        given::Value::Money(text) => (
            "money",
            Value::money(text.trim(), currency),
            "a decimal such as 1250.50, without a currency",
        ),
        given::Value::Date(text) => (
            "date",
            Value::date(text.trim()),
            "a day of the calendar such as 2026-03-01",
        ),
    };
    value.ok_or_else(|| Failure::input(format!("{at}/{case}"), format!("Give {wanted}.")))
}

fn text_or_none(text: &str) -> Value {
    match clio_text::is_blank(text) {
        true => Value::None,
        false => Value::text(text),
    }
}

/// The currency of a locale's country.
fn currency_of(locale: Locale) -> &'static str {
    match locale.tag().split_once('-').map(|(_, country)| country) {
        Some("CA") => "CAD",
        Some("GB") => "GBP",
        Some("AU") => "AUD",
        Some("IE" | "FR" | "DE" | "ES") => "EUR",
        _ => "USD",
    }
}
