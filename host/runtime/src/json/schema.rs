//! JSON Schema (2020-12) of a shape, for components that bring no description.
//!
//! Schemas of described actions come with the component and carry its
//! documentation; these have the types alone.

use clio_json_schema::Schema;

use super::Shape;
use super::names::Name;

/// The JSON Schema of `shape`.
pub(crate) fn schema(shape: &Shape) -> Schema {
    match shape {
        Shape::Bool => Schema::kind("boolean"),
        Shape::Signed(bits) => Schema::signed(*bits),
        Shape::Unsigned(bits) => Schema::unsigned(*bits),
        Shape::Float32 | Shape::Float64 => Schema::kind("number"),
        Shape::Char => Schema::char(),
        Shape::String => Schema::kind("string"),
        Shape::Bytes => Schema::bytes(),
        Shape::List(inner) => Schema::list(schema(inner)),
        Shape::Fixed(inner, length) => Schema::fixed_list(schema(inner), *length),
        Shape::Tuple(shapes) => Schema::tuple(shapes.iter().map(schema).collect()),
        Shape::Record(fields) => Schema::record(fields.iter().map(|(name, shape)| {
            let absent = matches!(shape, Shape::Option(_) | Shape::List(_) | Shape::Bytes);
            (name.json.to_string(), schema(shape), !absent)
        })),
        Shape::Variant(cases) => {
            let case = |(name, payload): &(Name, Option<Shape>)| {
                Schema::case(name.json.to_string(), payload.as_ref().map(schema))
            };
            Schema::variant(cases.iter().map(case).collect())
        }
        Shape::Enum(names) => Schema::one_name(constants(names)),
        Shape::Option(inner) => schema(inner).or_null(),
        Shape::Result(ok, error) => {
            let side = |shape: &Option<Box<Shape>>| shape.as_deref().map(schema);
            Schema::result(side(ok), side(error))
        }
        Shape::Flags(names) => Schema::flags(constants(names)),
    }
}

fn constants(names: &[Name]) -> Vec<Schema> {
    let constant = |name: &Name| Schema::constant(name.json.to_string());
    names.iter().map(constant).collect()
}
