//! The JSON mapping: how component values are written as JSON, and read.
//!
//! One rule set serves every component, so that a caller that knows one action
//! knows them all:
//!
//! | WIT | JSON |
//! | --- | --- |
//! | names | snake_case: `source-id` is `source_id` |
//! | `bool`, `string` | boolean, string |
//! | `char` | a string of one character |
//! | integers up to 32 bits, floats | number; an integer may be written as `7.0` |
//! | `u64`, `s64` | a whole number up to 2^53-1, or the digits as a string without leading zeros, when read; a number up to 2^53-1 and a string above when written |
//! | `option<T>` | `T`; absent or null for `none`. Nested options are refused |
//! | `list<T>` | array; as a record member it may be absent, which is empty |
//! | `list<u8>` | base64 in the standard alphabet with padding, at most 1 MiB, and 4 MiB in one input |
//! | record | object; unknown members are refused |
//! | tuple | array |
//! | enum | the name of the case |
//! | variant | `{"case": payload}`, or `"case"` without a payload |
//! | `result<T, E>` inside data | `{"ok": T}` or `{"error": E}` |
//! | flags | array of names |
//!
//! Resources, streams and futures are no data: a function that has them in its
//! signature cannot be called with JSON, and the message says which.
//!
//! What must stay true: the mapping is strict. What it does not understand it
//! refuses, with a JSON Pointer (RFC 6901) to the member at fault, and never
//! with the value itself, which may be client data.

pub(crate) mod from_value;
pub(crate) mod names;
mod pointer;
mod read;
mod schema;
pub(crate) mod shape;
pub(crate) mod to_value;

use clio_json_schema::MAX_EXACT;
/// The most bytes that one `list<u8>` may hold in JSON. Larger content travels
/// by URL: through dynamic values every byte costs about forty.
pub use clio_json_schema::MAX_INLINE_BYTES;
pub(crate) use from_value::from_value;
pub use read::{count, read};
pub(crate) use schema::schema;
pub(crate) use shape::{MAX_NODES, Shape, shape};
pub(crate) use to_value::to_value;

/// The most bytes that all `list<u8>` of one input hold together.
const MAX_INLINE_BYTES_IN_ALL: usize = 4 * MAX_INLINE_BYTES;

/// The deepest nesting of one value, in levels.
pub(crate) const MAX_DEPTH: usize = 64;

/// The most values (members, elements, scalars) in one input. Members that are
/// absent count.
pub(crate) const MAX_VALUES: usize = 200_000;

/// The most bytes that all strings of one input hold together, with the names
/// of its members and cases.
pub(crate) const MAX_STRING_BYTES: usize = 8 << 20;

/// An integer of 64 bits as the mapping writes it, where it is one.
pub(crate) fn integer(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Why a JSON value does not fit a type, or a value has no JSON form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", if pointer.is_empty() { "the input" } else { pointer })]
#[non_exhaustive]
pub struct JsonError {
    /// The member at fault as a JSON Pointer; empty for the whole value.
    pub pointer: String,
    /// What is wrong with it. Holds no part of the value.
    pub message: String,
}

#[cfg(test)]
mod tests;
