//! The text of files that a person or another program gives: case files,
//! mappings, inputs.
//!
//! Spreadsheets and editors of Windows put a byte order mark before UTF-8, or
//! write UTF-16. Both are read; what is neither is told by name, because “not
//! JSON at line 1 column 1” helps nobody.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

/// Reads JSON of a bounded number of values, as a tree of which text can take a
/// hundred times its bytes, and without a member that stands twice in one object.
/// Says what is wrong as the end of a sentence on the file.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let text = text(bytes)?;
    match clio_host::json::count(text.as_bytes()) {
        Err(error) if error.is_data() => return Err(format!("cannot be read: {error}")),
        // What is no JSON is told by its reader.
        _ => {}
    }
    serde_json::from_str(&text).map_err(|error| format!("is not JSON: {error}"))
}

/// The text that bytes hold, in whichever of Unicode's encodings.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    match bytes {
        // Before UTF-16, whose mark theirs begins with.
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Err("is encoded in UTF-32, which is not read: save it as UTF-8".to_owned())
        }
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // JSON begins with a character of ASCII (RFC 8259).
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            format!(
                "is not UTF-8 in line {line}: an older encoding such as Windows-1252 is not read; \
                 save it as UTF-8"
            )
        })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .ok()
        .filter(|_| rest.is_empty())
        .map(Cow::Owned)
        .ok_or_else(|| "looks like UTF-16 and is broken: save it as UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_member_that_stands_twice_in_one_object_is_refused_by_name() {
        let twice = b"{\"approved\": false,\n \"approved\": true}";
        let told = json::<Value>(twice).unwrap_err();
        assert!(told.starts_with("cannot be read"), "{told}");
        assert!(
            told.contains("\"approved\" stands twice") && told.contains("line 2"),
            "{told}"
        );
    }

    // CASES T9
    #[test]
    fn each_encoding_of_unicode_is_read_or_named() {
        let written = "{\"name\": \"Zoë 📄\"}";
        let told = serde_json::json!({"name": "Zoë 📄"});
        let units: Vec<u16> = written.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let marked = |mark: &[u8], text: &[u8]| [mark, text].concat();
        for read in [
            written.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], written.as_bytes()),
            little.clone(),
            big.clone(),
            marked(&[0xff, 0xfe], &little),
            marked(&[0xfe, 0xff], &big),
        ] {
            assert_eq!(json::<Value>(&read).unwrap(), told, "{read:x?}");
        }
        for (refused, named) in [
            (&b"{\"name\":\n \"Zo\xeb\"}"[..], "UTF-8 in line 2"),
            (b"\xff\xfe\0\0{\0\0\0", "UTF-32"),
            (b"\0\0\xfe\xff\0\0\0{", "UTF-32"),
            (b"\xff\xfe{\0\x00\xd8}\0", "UTF-16"),
            (b"\xff\xfe{\0}", "UTF-16"),
            (b"{\0}", "UTF-16"),
            (b"", "not JSON"),
            (b"\xef\xbb\xbf", "not JSON"),
            (b"\xef\xbb\xbf\xef\xbb\xbf{}", "not JSON"),
        ] {
            let told = json::<Value>(refused).unwrap_err();
            assert!(told.contains(named), "{told}");
        }
    }
}
