//! The mapping's rules as tables: what is read, what is written, what is
//! refused and where the error points.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use wasmtime::component::Val;

use super::names::Name;
use super::{JsonError, MAX_INLINE_BYTES, Shape, from_value, schema, to_value};

fn option(shape: Shape) -> Shape {
    Shape::Option(Box::new(shape))
}

fn list(shape: Shape) -> Shape {
    Shape::List(Box::new(shape))
}

fn record(fields: &[(&str, Shape)]) -> Shape {
    Shape::Record(
        fields
            .iter()
            .map(|(name, shape)| (Name::new(name), shape.clone()))
            .collect(),
    )
}

fn variant(cases: &[(&str, Option<Shape>)]) -> Shape {
    Shape::Variant(
        cases
            .iter()
            .map(|(name, shape)| (Name::new(name), shape.clone()))
            .collect(),
    )
}

fn names(names: &[&str]) -> Vec<Name> {
    names.iter().copied().map(Name::new).collect()
}

fn a_bit_of_everything() -> Shape {
    record(&[
        ("source-id", Shape::String),
        ("known-id", option(Shape::Unsigned(64))),
        ("tags", list(Shape::String)),
        ("bytes", Shape::Bytes),
        (
            "scope",
            variant(&[
                ("whole-account", None),
                ("matter", Some(Shape::Unsigned(64))),
            ]),
        ),
        ("status", Shape::Enum(names(&["not-yet", "done"]))),
    ])
}

/// Reads, and writes back.
fn both_ways(shape: &Shape, json: &Value) -> Result<Value, JsonError> {
    to_value(&from_value(json, shape)?, shape)
}

#[test]
fn what_is_read_is_written_the_same() {
    let table = [
        (Shape::Bool, json!(true)),
        (Shape::Signed(8), json!(-128)),
        (Shape::Unsigned(8), json!(255)),
        (Shape::Signed(32), json!(i32::MIN)),
        (Shape::Unsigned(32), json!(u32::MAX)),
        (Shape::Signed(64), json!(-9_007_199_254_740_991_i64)),
        (Shape::Unsigned(64), json!(9_007_199_254_740_991_u64)),
        (Shape::Unsigned(64), json!("9007199254740992")),
        (Shape::Unsigned(64), json!("18446744073709551615")),
        (Shape::Signed(64), json!("-9223372036854775808")),
        (Shape::Float32, json!(1.5)),
        (Shape::Float64, json!(-0.25)),
        (Shape::Char, json!("ß")),
        (Shape::String, json!("naïve \u{1f600}")),
        (Shape::Bytes, json!("AAEC/w==")),
        (Shape::Bytes, json!("")),
        (list(Shape::String), json!(["a", "b"])),
        (Shape::Fixed(Box::new(Shape::Bool), 2), json!([true, false])),
        (
            Shape::Tuple(vec![Shape::Bool, option(Shape::String)]),
            json!([true, null]),
        ),
        (list(option(Shape::Bool)), json!([null, true])),
        (Shape::Enum(names(&["new-version"])), json!("new_version")),
        (variant(&[("from-person", None)]), json!("from_person")),
        (
            variant(&[("draft-of", Some(Shape::String))]),
            json!({"draft_of": "x"}),
        ),
        (
            variant(&[("maybe", Some(option(Shape::Bool)))]),
            json!({"maybe": null}),
        ),
        (
            Shape::Flags(names(&["read-only", "b"])),
            json!(["read_only", "b"]),
        ),
        (Shape::Flags(names(&["a"])), json!([])),
        (
            Shape::Result(Some(Box::new(Shape::Bool)), None),
            json!({"ok": true}),
        ),
        (
            Shape::Result(Some(Box::new(Shape::Bool)), None),
            json!({"error": null}),
        ),
        (
            a_bit_of_everything(),
            json!({
                "source_id": "a:1", "known_id": 7, "tags": ["x"], "bytes": "AA==",
                "scope": {"matter": 3}, "status": "not_yet",
            }),
        ),
    ];
    for (shape, json) in table {
        assert_eq!(both_ways(&shape, &json).as_ref(), Ok(&json), "{shape:?}");
    }
}

#[test]
fn absent_members_are_none_or_empty_and_are_not_written_as_null() {
    let shape = a_bit_of_everything();
    let sparse = json!({"source_id": "a", "scope": "whole_account", "status": "done"});
    assert_eq!(
        both_ways(&shape, &sparse).unwrap(),
        json!({
            "source_id": "a", "tags": [], "bytes": "", "scope": "whole_account", "status": "done",
        })
    );
    let mut with_null = sparse.clone();
    with_null["known_id"] = Value::Null;
    assert_eq!(
        from_value(&with_null, &shape).unwrap(),
        from_value(&sparse, &shape).unwrap()
    );
}

// CASES V7
#[test]
fn a_whole_number_is_one_however_it_is_written() {
    for text in [
        "1100000001",
        "1100000001.0",
        "1.100000001e9",
        "11000000010e-1",
    ] {
        let json: Value = serde_json::from_str(text).unwrap();
        let read = from_value(&json, &Shape::Unsigned(64)).unwrap();
        assert_eq!(read, Val::U64(1_100_000_001), "{text}");
    }
    for text in ["-0", "0.0", "-0.0", "0e7"] {
        let json: Value = serde_json::from_str(text).unwrap();
        for (shape, zero) in [
            (Shape::Unsigned(8), Val::U8(0)),
            (Shape::Signed(64), Val::S64(0)),
        ] {
            assert_eq!(from_value(&json, &shape).unwrap(), zero, "{text}");
        }
    }
    let largest = json!(9_007_199_254_740_991.0);
    assert_eq!(
        from_value(&largest, &Shape::Unsigned(64)).unwrap(),
        Val::U64(9_007_199_254_740_991)
    );
    assert!(from_value(&json!(300.0), &Shape::Unsigned(8)).is_err());
}

#[test]
fn wide_integers_are_read_as_numbers_and_as_text() {
    let wide = Shape::Unsigned(64);
    for json in [json!(18), json!("18")] {
        assert_eq!(from_value(&json, &wide).unwrap(), Val::U64(18));
    }
    for text in [
        "",
        "+1",
        "-1",
        "01",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "0x1",
        "18446744073709551616",
    ] {
        assert!(from_value(&json!(text), &wide).is_err(), "{text:?}");
    }
    for text in ["-0", "--1", "-", "+1", "9223372036854775808"] {
        assert!(
            from_value(&json!(text), &Shape::Signed(64)).is_err(),
            "{text:?}"
        );
    }
    assert!(
        from_value(&json!("18"), &Shape::Unsigned(32)).is_err(),
        "only 64 bits come as text"
    );
}

#[test]
fn an_error_points_at_the_member_and_says_what_belongs_there() {
    let shape = record(&[
        (
            "emails",
            list(record(&[
                ("address", Shape::String),
                ("label", option(Shape::Enum(names(&["work", "home"])))),
            ])),
        ),
        (
            "start",
            variant(&[("now", None), ("since", Some(Shape::String))]),
        ),
    ]);
    let table = [
        (json!([]), "", "must be an object, not an array"),
        (
            json!({"start": "now", "extra/~": 1}),
            "/extra~1~0",
            "is unknown here",
        ),
        (json!({}), "/start", "is missing"),
        (
            json!({"start": "now", "emails": null}),
            "/emails",
            "must be an array, not null",
        ),
        (
            json!({"start": "now", "emails": [{"address": 1}]}),
            "/emails/0/address",
            "must be a string",
        ),
        (
            json!({"start": "now", "emails": [{"address": "a", "label": "fax"}]}),
            "/emails/0/label",
            "must be one of \"work\", \"home\"",
        ),
        (
            json!({"start": "then"}),
            "/start",
            "must be one of \"now\", \"since\"",
        ),
        (json!({"start": "since"}), "/start", "has a payload"),
        (
            json!({"start": {"now": null}}),
            "/start/now",
            "has no payload",
        ),
        (
            json!({"start": {"since": "a", "now": 1}}),
            "/start",
            "exactly one member",
        ),
        (
            json!({"start": 3}),
            "/start",
            "must be a case, not a number",
        ),
    ];
    for (json, pointer, message) in table {
        let error = from_value(&json, &shape).unwrap_err();
        assert_eq!(error.pointer, pointer, "{json}");
        assert!(error.message.contains(message), "{json}: {error}");
    }
}

#[test]
fn numbers_out_of_range_are_refused_with_the_range() {
    let table = [
        (Shape::Unsigned(8), json!(256), "from 0 to 255"),
        (Shape::Unsigned(8), json!(-1), "from 0 to 255"),
        (Shape::Signed(16), json!(32768), "from -32768 to 32767"),
        (Shape::Unsigned(32), json!(1.5), "from 0 to 4294967295"),
        (
            Shape::Unsigned(64),
            json!(9_007_199_254_740_992_u64),
            "digits as a string",
        ),
        (
            Shape::Signed(64),
            json!(-9_007_199_254_740_992_i64),
            "digits as a string",
        ),
        (Shape::Unsigned(64), json!(1e16), "digits as a string"),
        (Shape::Unsigned(64), json!(-1.0), "from 0 to"),
        (Shape::Float32, json!(1e300), "32-bit float"),
        (Shape::Char, json!("ab"), "exactly one character"),
        (Shape::Char, json!(""), "exactly one character"),
        (
            Shape::Fixed(Box::new(Shape::Bool), 2),
            json!([true]),
            "exactly 2 elements",
        ),
        (
            Shape::Tuple(vec![Shape::Bool]),
            json!([true, true]),
            "one element too many",
        ),
        (
            Shape::Tuple(vec![Shape::Bool]),
            json!([]),
            "exactly 1 elements",
        ),
        (Shape::Flags(names(&["a"])), json!(["a", "a"]), "twice"),
        (Shape::Flags(names(&["a"])), json!(["b"]), "one of \"a\""),
        (Shape::Result(None, None), json!({"ok": 1}), "write null"),
        (
            Shape::Result(None, None),
            json!({"fine": null}),
            "\"ok\" or \"error\"",
        ),
    ];
    for (shape, json, message) in table {
        let error = from_value(&json, &shape).unwrap_err();
        assert!(error.to_string().contains(message), "{json}: {error}");
    }
}

#[test]
fn inline_bytes_have_one_spelling_and_a_most() {
    let encode = |n: usize| {
        use base64::Engine as _;
        json!(base64::engine::general_purpose::STANDARD.encode(vec![7; n]))
    };
    assert!(from_value(&encode(MAX_INLINE_BYTES), &Shape::Bytes).is_ok());
    let error = from_value(&encode(MAX_INLINE_BYTES + 1), &Shape::Bytes).unwrap_err();
    assert!(error.message.contains("more than 1 MiB"), "{error}");
    for text in ["AA", "AA=", "A-_=", "AB==", " AA==", "AA==\n"] {
        assert!(from_value(&json!(text), &Shape::Bytes).is_err(), "{text:?}");
    }
    assert!(from_value(&json!([0, 1]), &Shape::Bytes).is_err());
}

#[test]
fn cost_is_bounded() {
    let many = json!(vec![true; super::MAX_VALUES + 1]);
    assert!(
        from_value(&many, &list(Shape::Bool))
            .unwrap_err()
            .message
            .contains("values")
    );
    let long = json!(["x".repeat(super::MAX_STRING_BYTES), "x"]);
    assert!(
        from_value(&long, &list(Shape::String))
            .unwrap_err()
            .message
            .contains("strings")
    );
    // What the input leaves out costs as much as what it holds.
    let optional = |n: usize| (format!("m{n}"), option(Shape::Bool));
    let wide: Vec<(String, Shape)> = (0..1000).map(optional).collect();
    let wide: Vec<(&str, Shape)> = wide.iter().map(|(n, s)| (&**n, s.clone())).collect();
    let sparse = json!(vec![json!({}); super::MAX_VALUES / 1000]);
    assert!(
        from_value(&sparse, &list(record(&wide)))
            .unwrap_err()
            .message
            .contains("values")
    );
    let long_name = "n".repeat(100_000);
    let named = list(Shape::Enum(names(&[&long_name])));
    let error = from_value(&json!(vec![&*long_name; 50]), &named).unwrap_err();
    assert!(error.message.contains("strings"), "{error}");
    let mebibyte = json!(vec!["AAAA".repeat(super::MAX_INLINE_BYTES / 3); 5]);
    let error = from_value(&mebibyte, &list(Shape::Bytes)).unwrap_err();
    assert!(error.message.contains("4 MiB"), "{error}");
    assert_eq!(error.pointer, "/4");
    let mut deep = (json!(1), Shape::Unsigned(8));
    for _ in 0..=super::MAX_DEPTH {
        deep = (json!([deep.0]), list(deep.1));
    }
    assert!(
        from_value(&deep.0, &deep.1)
            .unwrap_err()
            .message
            .contains("nested deeper")
    );
}

#[test]
fn no_message_repeats_a_value() {
    let secret = "ann@example.com";
    let shapes = [
        Shape::Bool,
        Shape::Unsigned(64),
        Shape::Bytes,
        Shape::Char,
        Shape::Enum(names(&["a"])),
        variant(&[("a", None)]),
        list(Shape::Bool),
        a_bit_of_everything(),
        Shape::Flags(names(&["a"])),
    ];
    for shape in shapes {
        for json in [
            json!(secret),
            json!([secret]),
            json!({"source_id": [secret]}),
        ] {
            if let Err(error) = from_value(&json, &shape) {
                assert!(!error.to_string().contains(secret), "{shape:?}: {error}");
            }
        }
    }
}

#[test]
fn what_json_cannot_say_is_an_error() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(to_value(&Val::Float64(number), &Shape::Float64).is_err());
    }
    assert!(to_value(&Val::Bool(true), &Shape::String).is_err());
}

#[test]
fn a_schema_says_what_the_reader_takes() {
    let schema = json!(schema(&a_bit_of_everything()));
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["required"], json!(["source_id", "scope", "status"]));
    assert_eq!(
        schema["properties"]["status"]["oneOf"],
        json!([{"const": "not_yet"}, {"const": "done"}])
    );
    assert_eq!(schema["properties"]["bytes"]["maxLength"], json!(1_398_104));
    assert_eq!(
        schema["properties"]["scope"]["oneOf"][0],
        json!({"const": "whole_account"})
    );
}
