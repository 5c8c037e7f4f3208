//! Component values into JSON.
//!
//! What must stay true: whatever is written here, the reader beside it reads
//! back as the same value. A member that is `none` is left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};
use wasmtime::component::Val;

use super::names::Name;
use super::pointer::Path;
use super::{JsonError, MAX_DEPTH, MAX_EXACT, Shape};

/// Writes `val`, a value of `shape`, as JSON.
///
/// # Errors
/// For a float that is not finite, which JSON cannot say, and for a value that
/// is none of the shape.
pub fn to_value(val: &Val, shape: &Shape) -> Result<Value, JsonError> {
    write(val, shape, &Path::Root)
}

fn write(val: &Val, shape: &Shape, path: &Path<'_>) -> Result<Value, JsonError> {
    if path.depth() > MAX_DEPTH {
        return Err(path.error(format!("nested deeper than {MAX_DEPTH} levels")));
    }
    Ok(match (val, shape) {
        (Val::Bool(b), Shape::Bool) => Value::Bool(*b),
        (Val::S8(n), Shape::Signed(8)) => (*n).into(),
        (Val::S16(n), Shape::Signed(16)) => (*n).into(),
        (Val::S32(n), Shape::Signed(32)) => (*n).into(),
        (Val::S64(n), Shape::Signed(64)) if n.unsigned_abs() <= MAX_EXACT => (*n).into(),
        (Val::S64(n), Shape::Signed(64)) => n.to_string().into(),
        (Val::U8(n), Shape::Unsigned(8)) => (*n).into(),
        (Val::U16(n), Shape::Unsigned(16)) => (*n).into(),
        (Val::U32(n), Shape::Unsigned(32)) => (*n).into(),
        (Val::U64(n), Shape::Unsigned(64)) if *n <= MAX_EXACT => (*n).into(),
        (Val::U64(n), Shape::Unsigned(64)) => n.to_string().into(),
        (Val::Float32(n), Shape::Float32) => float(f64::from(*n), path)?,
        (Val::Float64(n), Shape::Float64) => float(*n, path)?,
        (Val::Char(c), Shape::Char) => c.to_string().into(),
        (Val::String(text), Shape::String) => text.clone().into(),
        (Val::List(items), Shape::Bytes) => bytes(items, path)?,
        (Val::List(items), Shape::List(inner)) => elements(items, |_| Some(inner), path)?,
        (Val::FixedLengthList(items), Shape::Fixed(inner, _)) => {
            elements(items, |_| Some(inner), path)?
        }
        (Val::Tuple(items), Shape::Tuple(shapes)) => elements(items, |n| shapes.get(n), path)?,
        (Val::Record(members), Shape::Record(fields)) => record(members, fields, path)?,
        (Val::Variant(case, payload), Shape::Variant(cases)) => {
            let (name, shape) = cases
                .iter()
                .find(|(name, _)| *name.wit == **case)
                .ok_or_else(|| unfitting(path))?;
            match (payload, shape) {
                (None, None) => name_of(name),
                (Some(payload), Some(shape)) => {
                    let path = Path::Member(path, &name.json);
                    single(&name.json, write(payload, shape, &path)?)
                }
                _ => return Err(unfitting(path)),
            }
        }
        (Val::Enum(case), Shape::Enum(names)) => name_of(find(names, case, path)?),
        (Val::Option(None), Shape::Option(_)) => Value::Null,
        (Val::Option(Some(some)), Shape::Option(inner)) => write(some, inner, path)?,
        (Val::Result(result), Shape::Result(ok, error)) => {
            let (name, payload, shape) = match result {
                Ok(payload) => ("ok", payload, ok),
                Err(payload) => ("error", payload, error),
            };
            let path = Path::Member(path, name);
            let payload = match (payload, shape) {
                (None, None) => Value::Null,
                (Some(payload), Some(shape)) => write(payload, shape, &path)?,
                _ => return Err(unfitting(&path)),
            };
            single(name, payload)
        }
        (Val::Flags(set), Shape::Flags(names)) => Value::Array(
            set.iter()
                .map(|flag| Ok(name_of(find(names, flag, path)?)))
                .collect::<Result<_, JsonError>>()?,
        ),
        _ => return Err(unfitting(path)),
    })
}

fn float(number: f64, path: &Path<'_>) -> Result<Value, JsonError> {
    Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| path.error("is not a finite number, which JSON cannot say"))
}

fn bytes(items: &[Val], path: &Path<'_>) -> Result<Value, JsonError> {
    let bytes = items
        .iter()
        .map(|item| match item {
            Val::U8(byte) => Ok(*byte),
            _ => Err(unfitting(path)),
        })
        .collect::<Result<Vec<u8>, _>>()?;
    if bytes.len() > super::MAX_INLINE_BYTES {
        return Err(path.error("holds more than 1 MiB, the most that JSON carries inline"));
    }
    Ok(STANDARD.encode(bytes).into())
}

fn elements<'s>(
    items: &[Val],
    shape: impl Fn(usize) -> Option<&'s Shape>,
    path: &Path<'_>,
) -> Result<Value, JsonError>
where
{
    let mut out = Vec::with_capacity(items.len());
    for (n, item) in items.iter().enumerate() {
        let path = Path::Element(path, n);
        out.push(write(
            item,
            shape(n).ok_or_else(|| unfitting(&path))?,
            &path,
        )?);
    }
    Ok(Value::Array(out))
}

fn record(
    members: &[(String, Val)],
    fields: &[(Name, Shape)],
    path: &Path<'_>,
) -> Result<Value, JsonError> {
    let mut object = Map::new();
    for ((wit, member), (name, shape)) in members.iter().zip(fields) {
        let path = Path::Member(path, &name.json);
        if **wit != *name.wit {
            return Err(unfitting(&path));
        }
        if !matches!(member, Val::Option(None)) {
            object.insert(name.json.to_string(), write(member, shape, &path)?);
        }
    }
    Ok(Value::Object(object))
}

fn find<'n>(names: &'n [Name], wit: &str, path: &Path<'_>) -> Result<&'n Name, JsonError> {
    names
        .iter()
        .find(|name| &*name.wit == wit)
        .ok_or_else(|| unfitting(path))
}

fn name_of(name: &Name) -> Value {
    Value::String(name.json.to_string())
}

fn single(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

fn unfitting(path: &Path<'_>) -> JsonError {
    path.error("is not of the declared type")
}
