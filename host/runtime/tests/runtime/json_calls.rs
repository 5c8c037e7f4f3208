//! Calls with JSON: what goes in, what comes out, and where an error points.

use clio_host::CallError;
use serde_json::{Value, json};

use crate::components::{MEMORY, component, connection, host};

/// A record with more than sixteen flat values travels by pointer, so that one
/// core function echoes any type: it returns the pointer it was given.
fn echo() -> Vec<u8> {
    component(
        "
        enum colour { dark-red, blue }
        flags rights { read-all, write }
        variant scope { everything, matter(u64), named(string) }
        record pair { left: s32, right: option<string> }
        record all {
            a-bool: bool, a-u8: u8, a-s8: s8, a-u16: u16, a-s16: s16, a-u32: u32, a-s32: s32,
            a-u64: u64, a-s64: s64, a-f32: f32, a-f64: f64, a-char: char,
            text: string, names: list<string>, bytes: list<u8>, pairs: list<pair>,
            a-tuple: tuple<bool, u8>, a-colour: colour, some-rights: rights, a-scope: scope,
            an-option: option<u32>, a-result: result<u8, string>,
        }
        echo: func(v: all) -> all;
        ",
        &format!(
            r#"{MEMORY}
            (func (export "test:guest/guest@0.1.0#echo") (param i32) (result i32) (local.get 0))"#
        ),
    )
}

fn everything() -> Value {
    json!({
        "a_bool": true, "a_u8": 255, "a_s8": -128, "a_u16": 65535, "a_s16": -32768,
        "a_u32": 4_294_967_295_u32, "a_s32": -2_147_483_648_i32,
        "a_u64": "18446744073709551615", "a_s64": "-9223372036854775808",
        "a_f32": 1.5, "a_f64": -0.1, "a_char": "ß", "text": "naïve \u{1f600}",
        "names": ["a", "", "c"], "bytes": "AAEC/w==",
        "pairs": [{"left": 1, "right": "x"}, {"left": -1}],
        "a_tuple": [false, 7], "a_colour": "dark_red", "some_rights": ["read_all"],
        "a_scope": {"matter": 17}, "an_option": 3, "a_result": {"error": "no"},
    })
}

#[tokio::test]
async fn every_type_goes_through_a_guest_unchanged() {
    let host = host();
    let action = host.load(&echo()).unwrap();
    let mut other = everything();
    other["a_scope"] = json!("everything");
    other["a_result"] = json!({"ok": 1});
    other["a_u64"] = json!(9_007_199_254_740_991_u64);
    other["bytes"] = json!("");
    for input in [everything(), other] {
        let output = host
            .call(&connection())
            .invoke(&action, None, input.clone())
            .await
            .unwrap();
        assert_eq!(output, input);
    }
}

#[tokio::test]
async fn an_input_that_does_not_fit_is_refused_before_anything_runs() {
    let host = host();
    let action = host.load(&echo()).unwrap();
    let mut input = everything();
    input["pairs"][1]["left"] = json!("1");
    let error = host
        .call(&connection())
        .invoke(&action, None, input)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_json()["error"],
        json!({"permanent": {
            "code": "invalid_input",
            "message": "/pairs/1/left: must be an integer, not a string",
            "field": "/pairs/1/left",
            "candidates": [],
        }})
    );
}

#[tokio::test]
async fn a_megabyte_of_bytes_goes_through() {
    use base64::Engine as _;
    let host = host();
    let action = host.load(&echo()).unwrap();
    let mut input = everything();
    let bytes = vec![0x5a_u8; clio_host::json::MAX_INLINE_BYTES];
    input["bytes"] = base64::engine::general_purpose::STANDARD
        .encode(bytes)
        .into();
    let output = host
        .call(&connection())
        .invoke(&action, None, input.clone())
        .await
        .unwrap();
    assert!(output == input, "the bytes changed");
}

/// A component whose functions answer with an error each, and one that has
/// several parameters.
fn answers() -> Vec<u8> {
    component(
        "
        busy: func() -> result<u8, u8>;
        plain: func() -> result;
        add: func(left: u32, right: option<u32>) -> u32;
        nested: func(v: option<option<u8>>);
        ",
        &format!(
            r#"{MEMORY}
            (func (export "test:guest/guest@0.1.0#busy") (result i32)
                (i32.store8 (i32.const 0) (i32.const 1))
                (i32.store8 (i32.const 1) (i32.const 42))
                (i32.const 0))
            (func (export "test:guest/guest@0.1.0#plain") (result i32) (i32.const 1))
            (func (export "test:guest/guest@0.1.0#add") (param i32 i32 i32) (result i32)
                (i32.add (local.get 0) (local.get 2)))
            (func (export "test:guest/guest@0.1.0#nested") (param i32 i32 i32))"#
        ),
    )
}

async fn invoke(function: Option<&str>, input: Value) -> Result<Value, CallError> {
    let host = host();
    let action = host.load(&answers()).unwrap();
    host.call(&connection())
        .invoke(&action, function, input)
        .await
}

#[tokio::test]
async fn an_error_of_the_function_is_the_calls_error() {
    let error = invoke(Some("busy"), Value::Null).await.unwrap_err();
    assert_eq!(error.to_json()["error"], json!(42));
    let error = invoke(Some("plain"), Value::Null).await.unwrap_err();
    assert_eq!(error.to_json().get("error"), Some(&Value::Null));
}

#[tokio::test]
async fn several_parameters_are_members_of_one_object() {
    assert_eq!(
        invoke(Some("add"), json!({"left": 2, "right": 3}))
            .await
            .unwrap(),
        json!(5)
    );
    assert_eq!(
        invoke(Some("add"), json!({"left": 2})).await.unwrap(),
        json!(2)
    );
    let table = [
        (json!({"right": 3}), "lacks the parameter `left`"),
        (
            json!({"left": 1, "middle": 2}),
            "`middle`, which is no parameter",
        ),
        (json!([1, 2]), "must be an object"),
    ];
    for (input, message) in table {
        let error = invoke(Some("add"), input).await.unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
    let error = invoke(Some("add"), json!({"left": "x"})).await.unwrap_err();
    assert_eq!(error.problem().unwrap().field.as_deref(), Some("/left"));
}

#[tokio::test]
async fn a_function_is_named_where_there_are_several() {
    let error = invoke(None, Value::Null).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`busy`, `plain`, `add`, `nested`"),
        "{error}"
    );
    let error = invoke(Some("buzy"), Value::Null).await.unwrap_err();
    assert!(error.to_string().contains("no such function"), "{error}");
    let full = invoke(Some("test:guest/guest@0.1.0.add"), json!({"left": 1})).await;
    assert_eq!(full.unwrap(), json!(1));
}

#[tokio::test]
async fn a_function_that_json_cannot_call_says_why() {
    let error = invoke(Some("nested"), Value::Null).await.unwrap_err();
    assert!(error.to_string().contains("nested option"), "{error}");
}
