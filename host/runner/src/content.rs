//! Files in the input of a call.
//!
//! A document's content says where its bytes are. Besides what the contract
//! knows (`inline` and `url`), an input of the command may say
//! `{"source": {"file": "retainer.pdf"}}`, a file inside the folder that
//! `--files` names; and one of the service `{"source": {"upload": "ID"}}`, what
//! was uploaded before. Both may name an approved draft as
//! `{"source": {"draft": "ID"}}`, which the call itself opens. Each such place is found here, and the file is put in its
//! stead as a URL that only this call can read, with its length, media type and
//! SHA-256 where the input has none.

use serde_json::{Map, Value, json};

use crate::case::Pointer;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::files::{FileError, LocalFile, Roots};

/// Inline bytes pass through the guest's memory, and cost many times their size
/// there.
const INLINE_BYTES: usize = 1024 * 1024;

/// A content whose bytes lie in a file: the open file, and its place.
#[derive(Debug)]
pub struct FileContent {
    pub file: LocalFile,
    pub place: Place,
}

/// Where a file's content stands in the input, and what is known of it.
#[derive(Debug)]
pub struct Place {
    /// The record that holds `source`.
    pub at: Pointer,
    pub length: u64,
    pub media_type: Option<String>,
    pub sha256: Digest,
}

/// What an input names a file by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    File,
    Upload,
}

impl By {
    const ALL: [Self; 2] = [Self::File, Self::Upload];

    fn member(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Upload => "upload",
        }
    }

    /// What is said where the other is meant.
    fn is_elsewhere(self) -> &'static str {
        match self {
            Self::File => "is for the command: no service takes a path; upload the bytes",
            Self::Upload => "is for the service: name a file",
        }
    }
}

/// A file that is open, and what is known of it.
#[derive(Debug)]
pub struct Opened {
    pub file: LocalFile,
    pub media_type: Option<String>,
    pub sha256: Digest,
}

/// Finds every content in `input` and opens the files that it names.
pub fn find(input: &Value, roots: &Roots) -> Result<Vec<FileContent>, Failure> {
    let next =
        "give --files DIR and name the files inside it as {\"source\": {\"file\": \"name\"}}";
    found(input, By::File, &|name| of_roots(name, roots), next)
}

/// Finds every content in `input` and opens the uploads that it names.
pub fn find_uploads(
    input: &Value,
    open: &dyn Fn(&str) -> Result<Opened, String>,
) -> Result<Vec<FileContent>, Failure> {
    let next = "upload the bytes, and name what was answered as {\"source\": {\"upload\": \"ID\"}}";
    found(input, By::Upload, open, next)
}

fn found(
    input: &Value,
    by: By,
    open: &dyn Fn(&str) -> Result<Opened, String>,
    next: &str,
) -> Result<Vec<FileContent>, Failure> {
    let mut search = Search {
        by,
        open,
        found: Vec::new(),
        mistakes: Vec::new(),
    };
    search.visit(input, &Pointer::root());
    if search.mistakes.is_empty() {
        return Ok(search.found);
    }
    Err(
        Failure::usage("the input's content is not right; nothing was sent")
            .details(search.mistakes)
            .next(next),
    )
}

fn of_roots(name: &str, roots: &Roots) -> Result<Opened, String> {
    let mut file = roots.file(name).map_err(|error| error.to_string())?;
    let sha256 = file
        .sha256()
        .map_err(|error| FileError::Unreadable(error).to_string())?;
    let media_type = file.media_type.map(str::to_owned);
    Ok(Opened {
        file,
        media_type,
        sha256,
    })
}

/// Puts the URL of an offered file into its place.
pub fn put(input: &mut Value, place: &Place, url: String) {
    let record = input.pointer_mut(place.at.as_str());
    let Some(record) = record.and_then(Value::as_object_mut) else {
        return;
    };
    record.insert("source".to_owned(), json!({ "url": url }));
    let mut fill = |member: &str, value: Value| {
        if record.get(member).is_none_or(Value::is_null) {
            record.insert(member.to_owned(), value);
        }
    };
    fill("length", json!(place.length));
    fill("sha256", json!(place.sha256.to_string()));
    if let Some(media_type) = &place.media_type {
        fill("media_type", json!(media_type));
    }
}

struct Search<'a> {
    by: By,
    open: &'a dyn Fn(&str) -> Result<Opened, String>,
    found: Vec<FileContent>,
    mistakes: Vec<String>,
}

impl Search<'_> {
    fn visit(&mut self, value: &Value, at: &Pointer) {
        match value {
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.visit(element, &at.then(index));
                }
            }
            Value::Object(members) => {
                if let Some(source) = members.get("source") {
                    self.content(members, source, at);
                }
                for (name, member) in members {
                    self.visit(member, &at.then(name));
                }
            }
            _ => {}
        }
    }

    fn content(&mut self, record: &Map<String, Value>, source: &Value, at: &Pointer) {
        let place = at.then("source");
        if let Some(inline) = source["inline"].as_str() {
            // Base64 has four characters for three bytes, padded at the end.
            let padding = inline.len() - inline.trim_end_matches('=').len();
            if (inline.len() / 4 * 3).saturating_sub(padding) > INLINE_BYTES {
                let at = place.then("inline");
                self.mistakes
                    .push(format!("{at}: holds more than 1 MiB; name a file instead"));
            }
        }
        if let Some(draft) = source.get("draft") {
            // It is opened when the call is made, with its approval.
            let only = source.as_object().is_some_and(|source| source.len() == 1);
            if at.as_str() != "/content" || !draft.is_string() || !only {
                let place = place.then("draft");
                self.mistakes.push(format!(
                    "{place}: a draft is named by its id, as the content of one upload, with \
                     nothing beside it"
                ));
            }
        }
        for by in By::ALL {
            let Some(name) = source.get(by.member()) else {
                continue;
            };
            let place = place.then(by.member());
            if by != self.by {
                self.mistakes
                    .push(format!("{place}: {}", by.is_elsewhere()));
                continue;
            }
            match self.open(record, source, name) {
                Ok(opened) => {
                    let place = Place {
                        at: at.clone(),
                        length: opened.file.length,
                        media_type: opened.media_type,
                        sha256: opened.sha256,
                    };
                    let file = opened.file;
                    self.found.push(FileContent { file, place });
                }
                Err(what) => self.mistakes.push(format!("{place}: {what}")),
            }
        }
    }

    fn open(
        &self,
        record: &Map<String, Value>,
        source: &Value,
        name: &Value,
    ) -> Result<Opened, String> {
        if source.as_object().is_some_and(|source| source.len() > 1) {
            return Err("must be the only member of source".to_owned());
        }
        let name = name.as_str().ok_or("must be a string")?;
        let mut opened = (self.open)(name)?;
        let given = |member: &str| record.get(member).filter(|value| !value.is_null());
        if given("sha256").is_some_and(|digest| digest.as_str() != Some(&opened.sha256.to_string()))
        {
            return Err("has another SHA-256 than sha256 says".to_owned());
        }
        let length = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        if given("length").is_some_and(|given| length(given) != Some(opened.file.length)) {
            return Err("has another length than length says".to_owned());
        }
        if let Some(given) = given("media_type").and_then(Value::as_str) {
            opened.media_type = Some(given.to_owned());
        }
        Ok(opened)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base64::Engine as _;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn folder() -> (tempfile::TempDir, Roots) {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("a.pdf"), "abc").unwrap();
        let roots = Roots::open(&[root.path().to_owned()], false).unwrap();
        (root, roots)
    }

    fn told(input: &Value, roots: &Roots) -> String {
        find(input, roots).unwrap_err().to_string()
    }

    #[test]
    fn a_named_file_becomes_a_url_with_length_type_and_digest() {
        let (_root, folder) = folder();
        let mut input = json!({"name": "a.pdf", "content": {"source": {"file": "a.pdf"}},
            "more": [{"source": {"file": "a.pdf"}, "length": "3", "media_type": "text/plain",
                "sha256": null}]});
        let found = find(&input, &folder).unwrap();
        assert_eq!(found[1].place.at.to_string(), "/more/0");
        for (number, content) in found.iter().enumerate() {
            put(
                &mut input,
                &content.place,
                format!("http://content.invalid/{number}"),
            );
        }
        assert_eq!(
            input,
            json!({"name": "a.pdf",
            "content": {"source": {"url": "http://content.invalid/0"}, "length": 3,
                "media_type": "application/pdf", "sha256": ABC},
            "more": [{"source": {"url": "http://content.invalid/1"}, "length": "3",
                "media_type": "text/plain", "sha256": ABC}]})
        );
    }

    #[test]
    fn all_that_is_wrong_with_files_is_told_at_once_and_names_the_way() {
        let (_root, folder) = folder();
        let input = json!([
            {"source": {"file": "../a.pdf"}},
            {"source": {"file": "b.pdf"}},
            {"source": {"file": "a.pdf"}, "sha256": "00"},
            {"source": {"file": "a.pdf"}, "length": 4},
            {"source": {"file": "a.pdf", "url": "http://x"}},
            {"source": {"file": 7}},
        ]);
        let told = told(&input, &folder);
        for expected in [
            "/0/source/file: must name a file inside",
            "/1/source/file: there is no such file",
            "/2/source/file: has another SHA-256",
            "/3/source/file: has another length",
            "/4/source/file: must be the only member",
            "/5/source/file: must be a string",
            "next: give --files DIR",
        ] {
            assert!(told.contains(expected), "{expected} in {told}");
        }
    }

    #[test]
    fn without_a_folder_no_file_is_opened() {
        let input = json!({"content": {"source": {"file": "/etc/passwd"}}});
        assert!(told(&input, &Roots::none()).contains("/content/source/file: needs --files DIR"));
    }

    #[test]
    fn inline_content_over_a_mebibyte_names_files_as_the_way() {
        let encoded = |bytes: usize| {
            let text = base64::engine::general_purpose::STANDARD.encode(vec![7; bytes]);
            json!({"content": {"source": {"inline": text}}})
        };
        for fits in [0, 1, INLINE_BYTES - 1, INLINE_BYTES] {
            assert!(
                find(&encoded(fits), &Roots::none()).unwrap().is_empty(),
                "{fits}"
            );
        }
        let told = told(&encoded(INLINE_BYTES + 1), &Roots::none());
        assert!(
            told.contains("/content/source/inline: holds more than 1 MiB"),
            "{told}"
        );
        assert!(told.contains("--files DIR"), "{told}");
    }
}
