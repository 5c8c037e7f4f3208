//! The JSON mapping, one kind of type after the other: what WIT says, and the
//! schema that the catalog writes for it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../build/bounds.rs"]
mod bounds;
#[path = "../build/prose.rs"]
mod prose;
#[path = "../build/schema.rs"]
mod schema;

use serde_json::{Value, json};
use wit_parser::{PackageId, Resolve, Type};

/// The schema of the type `t` in an interface that holds `items`.
fn schema_of(items: &str) -> anyhow::Result<Value> {
    let (resolve, package) = parse(items);
    let prose = prose::Prose::new(&resolve, package);
    let interface = resolve.packages[package].interfaces["sample"];
    let ty = resolve.interfaces[interface].types["t"];
    let schema = schema::of(
        &resolve,
        &prose,
        &bounds::Bounds::default(),
        Some(Type::Id(ty)),
    )?;
    let mut value = serde_json::to_value(schema)?;
    let dialect = value.as_object_mut().unwrap().remove("$schema");
    assert_eq!(
        dialect,
        Some(json!("https://json-schema.org/draft/2020-12/schema"))
    );
    Ok(value)
}

fn parse(items: &str) -> (Resolve, PackageId) {
    let mut resolve = Resolve::default();
    let source = format!("package test:sample;\ninterface sample {{\n{items}\n}}\n");
    let package = resolve.push_source("sample.wit", &source).unwrap();
    (resolve, package)
}

#[track_caller]
fn check(items: &str, expected: Value) {
    assert_eq!(schema_of(items).unwrap(), expected, "{items}");
}

#[track_caller]
fn refused(items: &str, reason: &str) {
    let error = format!("{:#}", schema_of(items).unwrap_err());
    assert!(error.contains(reason), "{items}: {error}");
}

#[test]
fn a_record_is_a_closed_object_in_snake_case() {
    check(
        "/// Who.\nrecord t { /// The given\n/// name.\nfirst-name: string, age: option<u8>, tags: list<string> }",
        json!({
            "description": "Who.",
            "type": "object",
            "properties": {
                "first_name": {"type": "string", "description": "The given name."},
                "age": {"type": ["integer", "null"], "minimum": 0, "maximum": 255},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["first_name"],
            "additionalProperties": false,
        }),
    );
}

#[test]
fn the_members_of_a_record_keep_the_order_of_the_contract() {
    let (resolve, package) = parse("record t { zeta: u8, alpha: u8, mid: u8 }");
    let prose = prose::Prose::new(&resolve, package);
    let interface = resolve.packages[package].interfaces["sample"];
    let ty = resolve.interfaces[interface].types["t"];
    let schema = schema::of(
        &resolve,
        &prose,
        &bounds::Bounds::default(),
        Some(Type::Id(ty)),
    )
    .unwrap();
    let text = serde_json::to_string(&schema).unwrap();
    let place = |name: &str| text.find(&format!("\"{name}\":")).unwrap();
    assert!(place("zeta") < place("alpha") && place("alpha") < place("mid"));
}

#[test]
fn a_named_type_is_a_definition_and_keeps_its_own_docs() {
    check(
        "/// An instant.\ntype instant = string;\nrecord t { /// When.\nat: instant, until: option<instant> }",
        json!({
            "type": "object",
            "properties": {
                "at": {"$ref": "#/$defs/instant", "description": "When."},
                "until": {"anyOf": [{"$ref": "#/$defs/instant"}, {"type": "null"}]},
            },
            "required": ["at"],
            "additionalProperties": false,
            "$defs": {"instant": {"type": "string", "description": "An instant."}},
        }),
    );
}

#[test]
fn an_optional_alias_may_be_absent() {
    check(
        "type maybe = option<bool>;\nrecord t { it: maybe }",
        json!({
            "type": "object",
            "properties": {"it": {"$ref": "#/$defs/maybe"}},
            "additionalProperties": false,
            "$defs": {"maybe": {"type": ["boolean", "null"]}},
        }),
    );
}

#[test]
fn a_variant_is_a_name_or_an_object_with_one_member() {
    check(
        "variant t { /// Nobody.\nno-one, /// Somebody.\nsome-one(string) }",
        json!({"oneOf": [
            {"const": "no_one", "description": "Nobody."},
            {
                "type": "object",
                "description": "Somebody.",
                "properties": {"some_one": {"type": "string"}},
                "required": ["some_one"],
                "additionalProperties": false,
            },
        ]}),
    );
}

#[test]
fn an_enum_is_a_string_with_its_docs_case_by_case() {
    check(
        "enum t { /// Not yet.\nnot-yet, /// Done.\ndone }",
        json!({"type": "string", "oneOf": [
            {"const": "not_yet", "description": "Not yet."},
            {"const": "done", "description": "Done."},
        ]}),
    );
}

#[test]
fn flags_are_an_array_of_names() {
    check(
        "flags t { may-read, may-write }",
        json!({
            "type": "array",
            "uniqueItems": true,
            "items": {"type": "string", "oneOf": [{"const": "may_read"}, {"const": "may_write"}]},
        }),
    );
}

#[test]
fn large_integers_are_numbers_or_decimal_strings() {
    check(
        "type t = u64;",
        json!({
            "type": ["integer", "string"],
            "minimum": 0,
            "maximum": 9_007_199_254_740_991_u64,
            "pattern": format!("^(0|{})$", clio_json_schema::up_to(u64::MAX)),
        }),
    );
    check(
        "type t = s64;",
        json!({
            "type": ["integer", "string"],
            "minimum": -9_007_199_254_740_991_i64,
            "maximum": 9_007_199_254_740_991_u64,
            "pattern": format!(
                "^(0|-?({})|-9223372036854775808)$",
                clio_json_schema::up_to(9_223_372_036_854_775_807)
            ),
        }),
    );
}

#[test]
fn bytes_are_base64_of_at_most_one_mebibyte() {
    check(
        "type t = list<u8>;",
        json!({
            "type": "string",
            "contentEncoding": "base64",
            "maxLength": 1_398_104,
            "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
        }),
    );
}

#[test]
fn tuples_characters_and_results_have_their_forms() {
    check(
        "type t = tuple<string, bool>;",
        json!({
            "type": "array",
            "prefixItems": [{"type": "string"}, {"type": "boolean"}],
            "minItems": 2,
            "maxItems": 2,
        }),
    );
    check(
        "type t = char;",
        json!({"type": "string", "minLength": 1, "maxLength": 1}),
    );
    check(
        "type t = result<string>;",
        json!({"oneOf": [
            {"type": "object", "properties": {"ok": {"type": "string"}}, "required": ["ok"], "additionalProperties": false},
            {"type": "object", "properties": {"error": {"type": "null"}}, "required": ["error"], "additionalProperties": false},
        ]}),
    );
}

/// The schema of `t` under bounds.
fn bound(items: &str, bounds: &str) -> anyhow::Result<Value> {
    let (resolve, package) = parse(items);
    let bounds = bounds::Bounds::read(toml::from_str(bounds)?, &resolve)?;
    let interface = resolve.packages[package].interfaces["sample"];
    let ty = resolve.interfaces[interface].types["t"];
    let prose = prose::Prose::new(&resolve, package);
    let schema = schema::of(&resolve, &prose, &bounds, Some(Type::Id(ty)))?;
    Ok(serde_json::to_value(schema)?)
}

// CASES V9
#[test]
fn bounds_stand_in_the_schema_and_a_list_that_may_not_be_empty_is_needed() {
    let schema = bound(
        "type x-id = u64;
        record t { a: string, few: list<u8-of>, more: list<x-id>, id: option<x-id>, n: option<u32>,
            v: option<w>, e: option<string> }
        enum u8-of { one }
        variant w { id(u64), none }",
        r#"[sample]
        x-id = { id = true }
        t = { one-of = ["id", "e"] }
        "t.a" = { min = 1, max = 9, not-blank = true }
        "t.few" = { min = 1 }
        "t.more" = { max = 3 }
        "t.n" = { min = 1, max = 7 }
        "w.id" = { id = true }
        "t.e" = { format = "date-time" }"#,
    )
    .unwrap();
    assert_eq!(schema["required"], json!(["a", "few"]));
    let members = &schema["properties"];
    assert_eq!(
        members["a"],
        json!({"type": "string", "minLength": 1, "maxLength": 9, "pattern": "\\S"})
    );
    assert_eq!(members["few"]["minItems"], 1);
    assert_eq!(members["more"]["maxItems"], 3);
    assert_eq!(members["n"]["maximum"], 7);
    assert_eq!(members["e"]["format"], "date-time");
    assert_eq!(schema["$defs"]["x_id"]["minimum"], 1);
    assert_eq!(
        schema["$defs"]["w"]["oneOf"][0]["properties"]["id"]["minimum"],
        1
    );
    assert_eq!(schema["anyOf"][1]["required"], json!(["e"]));
    for wrong in [
        "[sample]\n\"t.b\" = { min = 1 }",
        "[other]\nt = { min = 1 }",
        "[sample]\nt = { one-of = [\"b\"] }",
        "[sample]\n\"t.a\" = { least = 1 }",
    ] {
        assert!(bound("record t { a: string }", wrong).is_err(), "{wrong}");
    }
}

#[test]
fn docs_name_members_as_json_does() {
    let schema = schema_of(
        "record t {\n/// Least time.\nretry-after: u8,\n/// Not before `t.retry-after`, see `Retry-After` and `content-type`.\nother: u8 }",
    )
    .unwrap();
    assert_eq!(
        schema["properties"]["other"]["description"],
        "Not before `t.retry_after`, see `Retry-After` and `content-type`."
    );
}

#[test]
fn nothing_is_null() {
    let (resolve, package) = parse("type t = u8;");
    let prose = prose::Prose::new(&resolve, package);
    let schema = schema::of(&resolve, &prose, &bounds::Bounds::default(), None).unwrap();
    assert_eq!(serde_json::to_value(schema).unwrap()["type"], "null");
}

#[test]
fn what_is_no_plain_data_is_refused_by_name() {
    refused(
        "record t { both: option<option<string>> }",
        "an option in an option",
    );
    refused(
        "type inner = option<u8>;\nrecord t { both: option<inner> }",
        "an option in an option",
    );
    refused("resource r;\nrecord t { handle: r }", "the member `handle`");
    refused("type t = stream<u8>;", "a stream is no plain data");
    refused("type t = future<u8>;", "a future is no plain data");
}
