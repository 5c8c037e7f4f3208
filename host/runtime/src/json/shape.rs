//! The shape of plain data: a WIT type as the JSON mapping sees it.
//!
//! It is built once, when a component is loaded, from the component's own type.
//! So the mapping itself knows nothing of an engine, and a type that has no
//! JSON form is refused by name before anything runs.
//!
//! What must stay true: a shape is a tree of bounded size. A component's types
//! share parts, and a hostile one can fold an astronomical tree into a few
//! bytes.

use wasmtime::component::types::Type;

use super::MAX_DEPTH;
use super::names::Name;

/// The most nodes in the shapes of one component.
pub(crate) const MAX_NODES: usize = 50_000;

/// A type of plain data.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// `bool`
    Bool,
    /// A signed integer of 8, 16, 32 or 64 bits.
    Signed(u32),
    /// An unsigned integer of 8, 16, 32 or 64 bits.
    Unsigned(u32),
    /// `f32`
    Float32,
    /// `f64`
    Float64,
    /// `char`
    Char,
    /// `string`
    String,
    /// `list<u8>`
    Bytes,
    /// Any other list.
    List(Box<Shape>),
    /// A list of fixed length.
    Fixed(Box<Shape>, u32),
    /// A record.
    Record(Vec<(Name, Shape)>),
    /// A tuple.
    Tuple(Vec<Shape>),
    /// A variant.
    Variant(Vec<(Name, Option<Shape>)>),
    /// An enum.
    Enum(Vec<Name>),
    /// An option of something that is none itself.
    Option(Box<Shape>),
    /// A result.
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
    /// Flags.
    Flags(Vec<Name>),
}

/// Why a type has no JSON form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ShapeError {
    /// A type that is no data.
    #[error("`{0}` is not plain data and has no JSON form")]
    NotData(&'static str),
    /// `option<option<T>>`.
    #[error("a nested option has no JSON form: null could mean either")]
    NestedOption,
    /// Too large or too deep.
    #[error("the type is too large for a JSON form")]
    TooLarge,
}

/// The shape of a component's type, of at most so many nodes, which are taken
/// off.
///
/// # Errors
/// When it holds something that is no plain data, a nested option, or too much.
pub(crate) fn shape(ty: &Type, nodes: &mut usize) -> Result<Shape, ShapeError> {
    build(ty, 0, nodes)
}

fn build(ty: &Type, depth: usize, nodes: &mut usize) -> Result<Shape, ShapeError> {
    if depth > MAX_DEPTH {
        return Err(ShapeError::TooLarge);
    }
    *nodes = nodes.checked_sub(1).ok_or(ShapeError::TooLarge)?;
    let mut inner = |ty: &Type| build(ty, depth + 1, nodes);
    Ok(match ty {
        Type::Bool => Shape::Bool,
        Type::S8 => Shape::Signed(8),
        Type::U8 => Shape::Unsigned(8),
        Type::S16 => Shape::Signed(16),
        Type::U16 => Shape::Unsigned(16),
        Type::S32 => Shape::Signed(32),
        Type::U32 => Shape::Unsigned(32),
        Type::S64 => Shape::Signed(64),
        Type::U64 => Shape::Unsigned(64),
        Type::Float32 => Shape::Float32,
        Type::Float64 => Shape::Float64,
        Type::Char => Shape::Char,
        Type::String => Shape::String,
        Type::List(list) if list.ty() == Type::U8 => Shape::Bytes,
        Type::List(list) => Shape::List(Box::new(inner(&list.ty())?)),
        Type::FixedLengthList(list) => Shape::Fixed(Box::new(inner(&list.ty())?), list.len()),
        Type::Record(record) => Shape::Record(
            record
                .fields()
                .map(|field| Ok((Name::new(field.name), inner(&field.ty)?)))
                .collect::<Result<_, _>>()?,
        ),
        Type::Tuple(tuple) => Shape::Tuple(
            tuple
                .types()
                .map(|ty| inner(&ty))
                .collect::<Result<_, _>>()?,
        ),
        Type::Variant(variant) => Shape::Variant(
            variant
                .cases()
                .map(|case| {
                    let payload = case.ty.as_ref().map(&mut inner).transpose()?;
                    Ok((Name::new(case.name), payload))
                })
                .collect::<Result<_, _>>()?,
        ),
        Type::Enum(names) => Shape::Enum(names.names().map(Name::new).collect()),
        Type::Option(option) => match inner(&option.ty())? {
            Shape::Option(_) => return Err(ShapeError::NestedOption),
            some => Shape::Option(Box::new(some)),
        },
        Type::Result(result) => {
            let ok = result.ok().as_ref().map(&mut inner).transpose()?;
            let error = result.err().as_ref().map(&mut inner).transpose()?;
            Shape::Result(ok.map(Box::new), error.map(Box::new))
        }
        Type::Flags(flags) => Shape::Flags(flags.names().map(Name::new).collect()),
        Type::Map(_) => return Err(ShapeError::NotData("map")),
        Type::Own(_) => return Err(ShapeError::NotData("own<resource>")),
        Type::Borrow(_) => return Err(ShapeError::NotData("borrow<resource>")),
        Type::Future(_) => return Err(ShapeError::NotData("future")),
        Type::Stream(_) => return Err(ShapeError::NotData("stream")),
        Type::ErrorContext => return Err(ShapeError::NotData("error-context")),
    })
}
