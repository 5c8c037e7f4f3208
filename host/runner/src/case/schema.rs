//! Checks a case file or a mapping against its JSON Schema, in words for the
//! person who wrote it.
//!
//! The schemas are ours, and they say little of what JSON Schema can. A validator
//! of all of it took 65 seconds of a core to build, for whoever tries the command,
//! and its errors had to be put into words here all the same. Tests hold this one
//! against such a validator.
//!
//! What must stay true: a schema that says what is not understood here is an
//! error, never passed over.

use serde_json::{Map, Value};

use super::mistakes::{Mistake, Pointer};

/// The JSON Schema (2020-12) of a case file.
pub const SCHEMA: &str = include_str!("case.schema.json");

/// What an id is.
const ID: &str = "must be the id of a record in Clio, a number from 1 on";

/// Everything in which `case` is not as the schema says.
pub(crate) fn check(case: &Value) -> Vec<Mistake> {
    against(SCHEMA, case)
}

/// The schema, to be looked through.
pub(crate) fn of_case() -> Result<Value, Vec<Mistake>> {
    serde_json::from_str(SCHEMA).map_err(|error| vec![unusable(&error)])
}

fn unusable(error: &dyn std::fmt::Display) -> Mistake {
    let what = format!("cannot be checked, the schema is not right: {error}");
    Mistake::new(Pointer::root(), what)
}

/// Everything in which a value is not as a schema says, in words.
pub fn against(schema: &str, value: &Value) -> Vec<Mistake> {
    let root: Value = match serde_json::from_str(schema) {
        Ok(root) => root,
        Err(error) => return vec![unusable(&error)],
    };
    match (Schema { root: &root }).check(&root, value, &Pointer::root()) {
        Ok(found) => found.into_iter().map(|wrong| wrong.mistake).collect(),
        Err(Unknown(what)) => vec![unusable(&what)],
    }
}

/// What a schema says that is not understood here.
struct Unknown(String);

/// A mistake, and what of the schema it is about.
struct Wrong {
    mistake: Mistake,
    about: About,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Type,
    /// That the member may be empty as well.
    Blank,
    Else,
}

struct Schema<'s> {
    root: &'s Value,
}

impl Schema<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &Pointer) -> Result<Vec<Wrong>, Unknown> {
        let Some(keywords) = schema.as_object() else {
            return Err(unknown("a schema that is no object", schema));
        };
        let mut found = Vec::new();
        for (keyword, says) in keywords {
            match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" => {}
                "$ref" => found.extend(self.check(self.definition(says)?, value, at)?),
                "anyOf" => found.extend(self.any(says, value, at)?),
                "properties" => {
                    for (name, schema) in members(says)? {
                        if let Some(value) = value.get(name) {
                            found.extend(self.check(schema, value, &at.then(name))?);
                        }
                    }
                }
                "additionalProperties" => found.extend(self.further(keywords, says, value, at)?),
                "items" => {
                    for (index, value) in elements(value).iter().enumerate() {
                        found.extend(self.check(says, value, &at.then(index))?);
                    }
                }
                keyword => found.extend(plain(keyword, says, value, at)?),
            }
        }
        Ok(found)
    }

    fn definition(&self, reference: &Value) -> Result<&Value, Unknown> {
        let path = reference.as_str().and_then(|path| path.strip_prefix('#'));
        path.and_then(|path| self.root.pointer(path))
            .ok_or_else(|| unknown("a reference", reference))
    }

    /// Of several choices none of which fits, the one that comes nearest is told:
    /// one whose type fits, and which is not that the member may be empty as well.
    fn any(&self, choices: &Value, value: &Value, at: &Pointer) -> Result<Vec<Wrong>, Unknown> {
        let mut tried = Vec::new();
        for choice in elements(choices) {
            let wrong = self.check(choice, value, at)?;
            if wrong.is_empty() {
                return Ok(wrong);
            }
            tried.push(wrong);
        }
        let far = |wrong: &Wrong| match wrong.about {
            About::Type => wrong.mistake.at == *at,
            About::Blank => true,
            About::Else => false,
        };
        let near = tried.iter().position(|wrong| !wrong.iter().any(far));
        let mut told = match tried.is_empty() {
            true => return Err(unknown("`anyOf`", choices)),
            false => tried.swap_remove(near.unwrap_or(0)),
        };
        for wrong in &mut told {
            wrong.about = About::Else;
        }
        Ok(told)
    }

    /// The members that `properties` does not name.
    fn further(
        &self,
        keywords: &Map<String, Value>,
        says: &Value,
        value: &Value,
        at: &Pointer,
    ) -> Result<Vec<Wrong>, Unknown> {
        let named = keywords.get("properties").map(members).transpose()?;
        let all = value.as_object().into_iter().flatten();
        let further = all.filter(|(name, _)| named.is_none_or(|named| !named.contains_key(*name)));
        let mut found = Vec::new();
        for (name, value) in further {
            let at = at.then(name);
            match says {
                Value::Bool(false) => found.push(wrong(at, "is not known here")),
                schema => found.extend(self.check(schema, value, &at)?),
            }
        }
        Ok(found)
    }
}

/// What looks at one value alone.
fn plain(keyword: &str, says: &Value, value: &Value, at: &Pointer) -> Result<Vec<Wrong>, Unknown> {
    let limit = || says.as_u64().ok_or_else(|| unknown(keyword, says));
    let length = value.as_str().map(|text| text.chars().count() as u64);
    let members = value.as_object().map(|members| members.len() as u64);
    let over = |size: Option<u64>, most: u64| size.is_some_and(|size| size > most);
    let what = match keyword {
        "type" => return typed(says, value, at),
        "required" => {
            let names = elements(says).iter().filter_map(Value::as_str);
            let missing = names.filter(|name| value.is_object() && value.get(name).is_none());
            return Ok(missing
                .map(|name| wrong(at.then(name), "is missing"))
                .collect());
        }
        "enum" if !elements(says).iter().any(|one| same(one, value)) => {
            let names: Vec<&str> = elements(says).iter().filter_map(Value::as_str).collect();
            format!("must be one of {}", names.join(", "))
        }
        "const" if !same(says, value) => format!("must be {says}"),
        "minLength" if limit()? > 1 => return Err(unknown(keyword, says)),
        "minLength" if length == Some(0) && limit()? > 0 => "must not be empty".to_owned(),
        "maxLength" if over(length, limit()?) => {
            format!("must be at most {says} characters long")
        }
        "maxItems" if value.is_array() && over(Some(elements(value).len() as u64), limit()?) => {
            format!("must hold at most {says} elements")
        }
        "maxProperties" if over(members, limit()?) => {
            format!("must hold at most {says} members")
        }
        "minimum" if value.as_f64().is_some_and(|value| value < number(says)) => ID.to_owned(),
        "maximum" if value.as_f64().is_some_and(|value| value > number(says)) => ID.to_owned(),
        "pattern" => {
            let form = says.as_str().and_then(Form::of);
            let form = form.ok_or_else(|| unknown(keyword, says))?;
            if value.as_str().is_none_or(form.fits) {
                return Ok(Vec::new());
            }
            return Ok(vec![Wrong {
                mistake: Mistake::new(at.clone(), form.told),
                about: form.about,
            }]);
        }
        "enum" | "const" | "minLength" | "maxLength" | "maxItems" | "maxProperties" | "minimum"
        | "maximum" => return Ok(Vec::new()),
        _ => return Err(unknown(keyword, says)),
    };
    Ok(vec![wrong(at.clone(), what)])
}

fn typed(says: &Value, value: &Value, at: &Pointer) -> Result<Vec<Wrong>, Unknown> {
    let kinds: Vec<&str> = match says {
        Value::String(kind) => vec![kind],
        kinds => elements(kinds).iter().filter_map(Value::as_str).collect(),
    };
    for kind in &kinds {
        let fits = match *kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|value| value.fract() == 0.0),
            _ => return Err(unknown("type", says)),
        };
        if fits {
            return Ok(Vec::new());
        }
    }
    let what = match kinds[..] {
        [] => return Err(unknown("type", says)),
        [kind] => format!("must be of type {kind}"),
        ref kinds if kinds.contains(&"integer") => ID.to_owned(),
        _ => "is of the wrong type".to_owned(),
    };
    Ok(vec![Wrong {
        mistake: Mistake::new(at.clone(), what),
        about: About::Type,
    }])
}

/// A pattern of the schemas: what it takes, and what must stand where it does not
/// fit.
struct Form {
    pattern: &'static str,
    fits: fn(&str) -> bool,
    told: &'static str,
    about: About,
}

const FORMS: [Form; 5] = [
    Form {
        pattern: r"^\s*$",
        fits: |text| text.chars().all(is_space),
        told: "must be empty",
        about: About::Blank,
    },
    Form {
        pattern: "^[1-9][0-9]{0,17}$",
        fits: |text| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            digits && (1..=18).contains(&text.len()) && !text.starts_with('0')
        },
        told: ID,
        about: About::Else,
    },
    Form {
        pattern: "^[0-9a-f]{64}$",
        fits: |text| {
            let digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            text.len() == 64 && text.bytes().all(digit)
        },
        told: "must be a SHA-256 in lower-case hexadecimal",
        about: About::Else,
    },
    Form {
        pattern: r"^[^/\\]+$",
        fits: |text| !text.is_empty() && !text.contains(['/', '\\']),
        told: "must be a name without slashes and backslashes",
        about: About::Else,
    },
    Form {
        pattern: "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$",
        fits: |text| {
            let part = |text: &str| {
                let character =
                    |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
                !text.is_empty() && text.bytes().all(character)
            };
            text.split_once('/')
                .is_some_and(|(kind, of)| part(kind) && part(of))
        },
        told: "must be a media type, such as application/pdf",
        about: About::Else,
    },
];

impl Form {
    fn of(pattern: &str) -> Option<&'static Self> {
        FORMS.iter().find(|form| form.pattern == pattern)
    }
}

/// What `\s` takes, as ECMA-262 has it.
fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

fn unknown(what: &str, says: &Value) -> Unknown {
    Unknown(format!("{what} says {says}"))
}

fn wrong(at: Pointer, what: impl Into<String>) -> Wrong {
    Wrong {
        mistake: Mistake::new(at, what),
        about: About::Else,
    }
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn members(value: &Value) -> Result<&Map<String, Value>, Unknown> {
    value
        .as_object()
        .ok_or_else(|| unknown("a list of members", value))
}

/// Numbers of the schemas are whole and below 2⁵³.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// JSON Schema compares numbers by what they are, not by how they are written.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests;
