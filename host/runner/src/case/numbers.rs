//! Numbers of custom fields, as the file writes them.
//!
//! A JSON reader makes 64 bits of every number: the last digits of a tracking
//! number and the end of `0.10` are gone before anybody looks. A custom field
//! gets a text, so its digits are taken from the file itself.

/// Puts each number below `fields` of the client and of the matter into quotes.
/// `json` was read before: it is JSON.
pub(super) fn quoted(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() + 64);
    // The key that stands in each object around the place; none of an array.
    let mut path: Vec<Option<String>> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        let end = match byte {
            b'"' => string_end(json, at),
            b'-' | b'0'..=b'9' => number_end(json, at),
            _ => at + 1,
        };
        let token = &json[at..end];
        match byte {
            b'{' | b'[' => path.push(None),
            b'}' | b']' => {
                path.pop();
            }
            // A string before a colon is a key, and nothing else is.
            b'"' if is_key(&json[end..]) => {
                if let Some(key) = path.last_mut() {
                    *key = serde_json::from_slice(token).ok();
                }
            }
            _ => {}
        }
        if matches!(byte, b'-' | b'0'..=b'9') && is_field(&path) {
            out.push(b'"');
            out.extend_from_slice(token);
            out.push(b'"');
        } else {
            out.extend_from_slice(token);
        }
        at = end;
    }
    out
}

fn is_field(path: &[Option<String>]) -> bool {
    let [Some(owner), Some(fields), Some(_)] = path else {
        return false;
    };
    matches!(owner.as_str(), "client" | "matter") && fields == "fields"
}

fn is_key(rest: &[u8]) -> bool {
    rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

fn number_end(json: &[u8], from: usize) -> usize {
    let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let length = json[from..].iter().take_while(|byte| part(byte)).count();
    from + length
}

fn string_end(json: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    fn read(text: &str) -> Value {
        serde_json::from_slice(&quoted(text.as_bytes())).unwrap()
    }

    // CASES V1
    #[test]
    fn a_number_of_a_field_keeps_its_digits() {
        for number in [
            "9400111899223197428490",
            "0.10",
            "1e3",
            "-0",
            "1.0",
            "-12.50",
            "1E+400",
            "18446744073709551616",
        ] {
            for text in [
                format!(r#"{{"matter":{{"fields":{{"A":{number}}}}}}}"#),
                format!(
                    "{{ \"matter\" : {{\n\"fields\" : {{ \"A\" :\t{number} , \"B\" : true }} }} }}"
                ),
                format!(r#"{{"m\u0061tter":{{"title":"a\\","fields":{{"A":{number}}}}}}}"#),
            ] {
                assert_eq!(read(&text)["matter"]["fields"]["A"], *number, "{text}");
            }
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            r#"{"client":{"company_id":7,"fields":{"A":"x 1","B":true,"C":null,"D":[1],"E":{"F":2}}},
                "fields":{"A":1},"matter":[{"fields":{"A":1}}],"documents":[{"fields":{"A":1}}]}"#,
            r#"{"matter":{"fields":1,"title":"\"fields\":{\"A\":1}"}}"#,
            "[1, -2, {\"matter\": 3}]",
            "7",
            r#""\\""#,
        ] {
            let read_as_it_is: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text), read_as_it_is, "{text}");
        }
        let mixed = read(r#"{"client":{"company_id":7,"fields":{"A":7},"marker_field":7}}"#);
        assert_eq!(
            mixed,
            json!({"client": {"company_id": 7, "fields": {"A": "7"}, "marker_field": 7}})
        );
    }
}
