//! JSON into component values.
//!
//! Reads strictly: a number out of range, a second spelling, a member that the
//! type does not know are all errors, because a member that is ignored looks
//! like a setting that works.
//!
//! What must stay true: the cost is bounded before anything is built (values,
//! nesting, string bytes, inline bytes), and messages hold no part of a value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};
use wasmtime::component::Val;

use super::names::{Name, one_of};
use super::pointer::Path;
use super::{
    JsonError, MAX_DEPTH, MAX_EXACT, MAX_INLINE_BYTES, MAX_INLINE_BYTES_IN_ALL, MAX_STRING_BYTES,
    MAX_VALUES, Shape,
};

/// Reads `value` as a value of `shape`.
///
/// # Errors
/// When it does not fit; the error points at the member at fault.
pub fn from_value(value: &Value, shape: &Shape) -> Result<Val, JsonError> {
    let mut reader = Reader {
        values: MAX_VALUES,
        string_bytes: MAX_STRING_BYTES,
        inline_bytes: MAX_INLINE_BYTES_IN_ALL,
    };
    reader.read(value, shape, &Path::Root)
}

struct Reader {
    /// How many more values may come.
    values: usize,
    /// How many more bytes of strings may come, names included: a value holds
    /// its own copy of each.
    string_bytes: usize,
    /// How many more bytes may come inline.
    inline_bytes: usize,
}

impl Reader {
    fn read(&mut self, value: &Value, shape: &Shape, path: &Path<'_>) -> Result<Val, JsonError> {
        if path.depth() > MAX_DEPTH {
            return Err(path.error(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.count(path)?;
        match shape {
            Shape::Bool => match value {
                Value::Bool(b) => Ok(Val::Bool(*b)),
                other => Err(mismatch(path, "a boolean", other)),
            },
            Shape::Signed(bits) => signed(value, *bits, path),
            Shape::Unsigned(bits) => unsigned(value, *bits, path),
            Shape::Float32 => {
                let number = float(value, path)? as f32;
                if number.is_finite() {
                    Ok(Val::Float32(number))
                } else {
                    Err(path.error("does not fit a 32-bit float"))
                }
            }
            Shape::Float64 => Ok(Val::Float64(float(value, path)?)),
            Shape::Char => {
                let mut chars = self.string(value, path)?.chars();
                match (chars.next(), chars.next()) {
                    (Some(c), None) => Ok(Val::Char(c)),
                    _ => Err(path.error("must be a string of exactly one character")),
                }
            }
            Shape::String => Ok(Val::String(self.string(value, path)?.to_owned())),
            Shape::Bytes => self.bytes(value, path),
            Shape::List(inner) => Ok(Val::List(
                self.elements(value, path, |_| Some(inner.as_ref()))?,
            )),
            Shape::Fixed(inner, length) => {
                let items = self.elements(value, path, |_| Some(inner.as_ref()))?;
                if items.len() == *length as usize {
                    Ok(Val::FixedLengthList(items))
                } else {
                    Err(path.error(format!("must have exactly {length} elements")))
                }
            }
            Shape::Tuple(shapes) => {
                let items = self.elements(value, path, |n| shapes.get(n))?;
                if items.len() == shapes.len() {
                    Ok(Val::Tuple(items))
                } else {
                    Err(path.error(format!("must have exactly {} elements", shapes.len())))
                }
            }
            Shape::Record(fields) => self.record(value, fields, path),
            Shape::Variant(cases) => self.variant(value, cases, path),
            Shape::Enum(names) => {
                let given = self.string(value, path)?;
                match names.iter().find(|name| &*name.json == given) {
                    Some(name) => Ok(Val::Enum(self.name(name, path)?)),
                    None => Err(path.error(format!("must be {}", one_of(names.iter())))),
                }
            }
            Shape::Option(inner) => match value {
                Value::Null => Ok(Val::Option(None)),
                some => Ok(Val::Option(Some(Box::new(self.read(some, inner, path)?)))),
            },
            Shape::Result(ok, error) => self.result(value, ok.as_deref(), error.as_deref(), path),
            Shape::Flags(names) => self.flags(value, names, path),
        }
    }

    /// Counts a value, also one that stands for an absent member.
    fn count(&mut self, path: &Path<'_>) -> Result<(), JsonError> {
        self.values = self
            .values
            .checked_sub(1)
            .ok_or_else(|| path.error(format!("the input has more than {MAX_VALUES} values")))?;
        Ok(())
    }

    fn text(&mut self, bytes: usize, path: &Path<'_>) -> Result<(), JsonError> {
        self.string_bytes = self.string_bytes.checked_sub(bytes).ok_or_else(|| {
            path.error(format!(
                "the input's strings hold more than {MAX_STRING_BYTES} bytes"
            ))
        })?;
        Ok(())
    }

    /// The name that a value carries.
    fn name(&mut self, name: &Name, path: &Path<'_>) -> Result<String, JsonError> {
        self.text(name.wit.len(), path)?;
        Ok(name.wit.to_string())
    }

    fn string<'v>(&mut self, value: &'v Value, path: &Path<'_>) -> Result<&'v str, JsonError> {
        let Value::String(text) = value else {
            return Err(mismatch(path, "a string", value));
        };
        self.text(text.len(), path)?;
        Ok(text)
    }

    fn bytes(&mut self, value: &Value, path: &Path<'_>) -> Result<Val, JsonError> {
        let Value::String(text) = value else {
            return Err(mismatch(path, "a base64 string", value));
        };
        // Checked before decoding: a byte costs about forty as a dynamic value.
        if text.len() / 4 * 3 > MAX_INLINE_BYTES + 2 {
            return Err(too_many_bytes(path));
        }
        let bytes = STANDARD.decode(text).map_err(|_| {
            path.error("must be base64 in the standard alphabet (RFC 4648) with padding")
        })?;
        if bytes.len() > MAX_INLINE_BYTES {
            return Err(too_many_bytes(path));
        }
        self.inline_bytes = self.inline_bytes.checked_sub(bytes.len()).ok_or_else(|| {
            path.error("brings the inline bytes of the input to more than 4 MiB; pass them by URL")
        })?;
        Ok(Val::List(bytes.into_iter().map(Val::U8).collect()))
    }

    fn elements<'s>(
        &mut self,
        value: &Value,
        path: &Path<'_>,
        shape: impl Fn(usize) -> Option<&'s Shape>,
    ) -> Result<Vec<Val>, JsonError> {
        let Value::Array(items) = value else {
            return Err(mismatch(path, "an array", value));
        };
        items
            .iter()
            .enumerate()
            .map(|(n, item)| {
                let path = Path::Element(path, n);
                let shape = shape(n).ok_or_else(|| path.error("is one element too many"))?;
                self.read(item, shape, &path)
            })
            .collect()
    }

    fn record(
        &mut self,
        value: &Value,
        fields: &[(Name, Shape)],
        path: &Path<'_>,
    ) -> Result<Val, JsonError> {
        let object = object(value, path)?;
        for name in object.keys() {
            if !fields.iter().any(|(field, _)| *field.json == **name) {
                let known = one_of(fields.iter().map(|(name, _)| name));
                return Err(Path::Member(path, name)
                    .error(format!("is unknown here; the members are {known}")));
            }
        }
        let mut members = Vec::with_capacity(fields.len());
        for (name, shape) in fields {
            let path = Path::Member(path, &name.json);
            let member = match (object.get(&*name.json), shape) {
                (Some(value), _) => self.read(value, shape, &path)?,
                (None, Shape::Option(_)) => {
                    self.count(&path)?;
                    Val::Option(None)
                }
                (None, Shape::List(_) | Shape::Bytes) => {
                    self.count(&path)?;
                    Val::List(Vec::new())
                }
                (None, _) => return Err(path.error("is missing")),
            };
            members.push((self.name(name, &path)?, member));
        }
        Ok(Val::Record(members))
    }

    fn variant(
        &mut self,
        value: &Value,
        cases: &[(Name, Option<Shape>)],
        path: &Path<'_>,
    ) -> Result<Val, JsonError> {
        let (given, payload) = match value {
            Value::String(name) => (name, None),
            Value::Object(object) => match single(object) {
                Some((name, payload)) => (name, Some(payload)),
                None => return Err(path.error("must have exactly one member, named by the case")),
            },
            other => return Err(mismatch(path, "a case", other)),
        };
        let Some((name, shape)) = cases.iter().find(|(name, _)| *name.json == **given) else {
            let known = one_of(cases.iter().map(|(name, _)| name));
            return Err(path.error(format!("must be {known}")));
        };
        let member = Path::Member(path, &name.json);
        let payload = match (shape, payload) {
            (None, None) => None,
            (Some(shape), Some(payload)) => Some(Box::new(self.read(payload, shape, &member)?)),
            // The input holds a text here, so that there is no such member.
            (Some(_), None) => {
                return Err(path.error(format!(
                    "is a case that has a payload: write {{\"{}\": …}} instead of the name alone",
                    name.json
                )));
            }
            (None, Some(_)) => {
                let what = format!("has no payload: write \"{}\" alone", name.json);
                return Err(member.error(what));
            }
        };
        Ok(Val::Variant(self.name(name, path)?, payload))
    }

    fn result(
        &mut self,
        value: &Value,
        ok: Option<&Shape>,
        error: Option<&Shape>,
        path: &Path<'_>,
    ) -> Result<Val, JsonError> {
        let object = object(value, path)?;
        let (name, payload) = single(object)
            .filter(|(name, _)| *name == "ok" || *name == "error")
            .ok_or_else(|| path.error("must have exactly one member, \"ok\" or \"error\""))?;
        let shape = if name == "ok" { ok } else { error };
        let path = Path::Member(path, name);
        let payload = match shape {
            Some(shape) => Some(Box::new(self.read(payload, shape, &path)?)),
            None if payload.is_null() => None,
            None => return Err(path.error("has no payload: write null")),
        };
        Ok(Val::Result(if name == "ok" {
            Ok(payload)
        } else {
            Err(payload)
        }))
    }

    fn flags(&mut self, value: &Value, names: &[Name], path: &Path<'_>) -> Result<Val, JsonError> {
        let Value::Array(items) = value else {
            return Err(mismatch(path, "an array of names", value));
        };
        let mut set: Vec<String> = Vec::with_capacity(items.len().min(names.len()));
        for (n, item) in items.iter().enumerate() {
            let path = Path::Element(path, n);
            let given = self.string(item, &path)?;
            let name = names
                .iter()
                .find(|name| &*name.json == given)
                .ok_or_else(|| path.error(format!("must be {}", one_of(names.iter()))))?;
            if set.iter().any(|flag| **flag == *name.wit) {
                return Err(path.error("stands there twice"));
            }
            set.push(self.name(name, &path)?);
        }
        Ok(Val::Flags(set))
    }
}

fn signed(value: &Value, bits: u32, path: &Path<'_>) -> Result<Val, JsonError> {
    let number = match value {
        Value::Number(number) => whole(number, path)?,
        Value::String(text) if bits == 64 => decimal(text, true).and_then(|t| t.parse().ok()),
        other => return Err(mismatch(path, "an integer", other)),
    };
    let fitting = number.and_then(|n| match bits {
        8 => n.try_into().ok().map(Val::S8),
        16 => n.try_into().ok().map(Val::S16),
        32 => n.try_into().ok().map(Val::S32),
        _ => Some(Val::S64(n)),
    });
    fitting.ok_or_else(|| {
        let edge = 1_i128 << (bits - 1);
        path.error(format!("must be an integer from -{edge} to {}", edge - 1))
    })
}

fn unsigned(value: &Value, bits: u32, path: &Path<'_>) -> Result<Val, JsonError> {
    let number: Option<u64> = match value {
        Value::Number(number) => whole(number, path)?.and_then(|n| n.try_into().ok()),
        Value::String(text) if bits == 64 => decimal(text, false).and_then(|t| t.parse().ok()),
        other => return Err(mismatch(path, "an integer", other)),
    };
    let fitting = number.and_then(|n| match bits {
        8 => n.try_into().ok().map(Val::U8),
        16 => n.try_into().ok().map(Val::U16),
        32 => n.try_into().ok().map(Val::U32),
        _ => Some(Val::U64(n)),
    });
    fitting.ok_or_else(|| {
        path.error(format!(
            "must be an integer from 0 to {}",
            (1_u128 << bits) - 1
        ))
    })
}

/// The whole number that a JSON number is, however it is written: `7.0` is 7, as
/// JSON Schema has it too. One that a JSON writer may have rounded is refused:
/// beyond 2^53-1 nobody knows which was meant.
fn whole(number: &Number, path: &Path<'_>) -> Result<Option<i64>, JsonError> {
    const MOST: i64 = MAX_EXACT as i64;
    if let Some(whole) = number.as_i64()
        && (-MOST..=MOST).contains(&whole)
    {
        return Ok(Some(whole));
    }
    let Some(float) = number.as_f64().filter(|float| float.fract() == 0.0) else {
        return Ok(None);
    };
    if float.abs() > MAX_EXACT as f64 || number.as_u64().is_some_and(|whole| whole > MAX_EXACT) {
        return Err(path.error(format!(
            "is a number beyond {MAX_EXACT}, the largest that every JSON writer keeps; where it \
             has 64 bits, write its digits as a string"
        )));
    }
    // Exact: within the bound every whole number is one of 64 bits.
    #[allow(clippy::cast_possible_truncation)]
    Ok(Some(float as i64))
}

/// A decimal integer in its one spelling: no sign but `-`, no leading zeros, no
/// space. Rust's own parser takes `+1` and `007`.
fn decimal(text: &str, negative: bool) -> Option<&str> {
    let digits = if negative {
        text.strip_prefix('-').unwrap_or(text)
    } else {
        text
    };
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let canonical = digits == "0" && digits.len() == text.len() || !digits.starts_with('0');
    (plain && canonical).then_some(text)
}

fn float(value: &Value, path: &Path<'_>) -> Result<f64, JsonError> {
    match value {
        Value::Number(number) => {
            Number::as_f64(number).ok_or_else(|| path.error("does not fit a 64-bit float"))
        }
        other => Err(mismatch(path, "a number", other)),
    }
}

fn object<'v>(value: &'v Value, path: &Path<'_>) -> Result<&'v Map<String, Value>, JsonError> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(mismatch(path, "an object", other)),
    }
}

fn single(object: &Map<String, Value>) -> Option<(&String, &Value)> {
    if object.len() == 1 {
        object.iter().next()
    } else {
        None
    }
}

fn mismatch(path: &Path<'_>, wanted: &str, given: &Value) -> JsonError {
    let given = match given {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    path.error(format!("must be {wanted}, not {given}"))
}

fn too_many_bytes(path: &Path<'_>) -> JsonError {
    path.error("holds more than 1 MiB; pass larger content by URL or as a file")
}
