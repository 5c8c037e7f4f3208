//! Mapping files: where they lie, and how one is read.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clio_text::label_key;
use serde_json::{Value, json};

use super::{Mapping, SCHEMA};
use crate::bounded;
use crate::case::{Mistake, against};
use crate::digest::Digest;
use crate::encoding;
use crate::failure::Failure;
use crate::home::{Home, private_file};

/// The mapping that is used where none is named, if there is one.
pub const DEFAULT: &str = "default";

/// A mapping of a thousand terms takes a hundred KiB.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Where a mapping lies: under its name in the home folder, or at a path.
pub fn place(home: &Home, name: &str) -> PathBuf {
    if name.contains(std::path::is_separator) || name.ends_with(".json") {
        return PathBuf::from(name);
    }
    home.mappings().join(format!("{name}.json"))
}

/// The names of the mappings that lie in the home folder.
pub fn names(home: &Home) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(home.mappings()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "json")
            && let Some(name) = path.file_stem().and_then(|it| it.to_str())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Reads a mapping, or [`DEFAULT`], which need not be there.
pub fn load(home: &Home, name: Option<&str>) -> Result<Option<Mapping>, Failure> {
    let path = place(home, name.unwrap_or(DEFAULT));
    let text = match bounded::file(&path, MOST_BYTES) {
        Ok(text) => text,
        Err(error) if name.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => {
            let what = format!("the mapping {} cannot be read: {error}", path.display());
            return Err(Failure::usage(what)
                .next("run clio mappings list, or clio mappings init NAME to begin one"));
        }
    };
    parse(&text).map(Some).map_err(|mistakes| {
        Failure::usage(format!(
            "the mapping {} is not right; nothing was sent",
            path.display()
        ))
        .details(mistakes.iter().map(|it| it.shown("the mapping")))
        .next("mend it; `clio mappings schema` prints its schema")
    })
}

fn parse(text: &[u8]) -> Result<Mapping, Vec<Mistake>> {
    let root = crate::case::Pointer::root();
    let value: Value = encoding::json(text).map_err(|what| vec![Mistake::new(root, what)])?;
    checked(value)
}

/// A mapping out of its JSON, or all that is wrong with it.
pub fn checked(value: Value) -> Result<Mapping, Vec<Mistake>> {
    let mut mistakes = against(SCHEMA, &value);
    mistakes.extend(repeated(&value));
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let root = crate::case::Pointer::root;
    serde_json::from_value(value).map_err(|error| vec![Mistake::new(root(), error.to_string())])
}

/// A mapping as it lies there, for somebody who is to edit it.
#[derive(Debug, Default)]
pub struct Stored {
    /// Its JSON. Null: there is none.
    pub value: Value,
    /// What the file's content is known by; empty: there is none.
    pub version: String,
}

impl Stored {
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let cannot = |why: &str| {
            Failure::host(format!(
                "the mapping {} cannot be read: {why}",
                path.display()
            ))
            .next("mend the file, or take it away")
        };
        let text = match bounded::file(path, MOST_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(cannot(&error.to_string())),
        };
        Ok(Self {
            value: encoding::json(&text).map_err(|what| cannot(&format!("it {what}")))?,
            version: Digest::of(&text).to_string(),
        })
    }
}

/// Puts a mapping in the place of the one that had this version; false: somebody
/// else was first. Whoever reads it meanwhile reads the whole of either.
pub fn save(home: &Home, path: &Path, value: &Value, version: &str) -> Result<bool, Failure> {
    let cannot = |error: io::Error| {
        Failure::host(format!(
            "the mapping {} cannot be written: {error}",
            path.display()
        ))
        .next("make the folder writable")
    };
    let lock = private_file(&home.locks()?.join("mappings.lock")).map_err(cannot)?;
    lock.lock().map_err(cannot)?;
    if Stored::read(path)?.version != version {
        return Ok(false);
    }
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    let write = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(cannot).map(|()| true)
}

/// The terms that are another one's, as terms are compared: of two such, one
/// would never be used.
fn repeated(mapping: &Value) -> Vec<Mistake> {
    let mut found = Vec::new();
    let root = crate::case::Pointer::root();
    for member in [
        "case_types",
        "client_fields",
        "matter_fields",
        "document_kinds",
    ] {
        let at = root.then(member);
        let terms = mapping[member].as_object().into_iter().flatten();
        alike(terms.clone().map(|(term, _)| term), &at, &mut found);
        for (term, entry) in terms {
            let values = entry["values"].as_object().into_iter().flatten();
            let at = at.then(term).then("values");
            alike(values.map(|(value, _)| value), &at, &mut found);
        }
    }
    found
}

fn alike<'t>(
    terms: impl Iterator<Item = &'t String>,
    at: &crate::case::Pointer,
    found: &mut Vec<Mistake>,
) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for term in terms {
        if let Some(first) = seen.insert(label_key(term), term) {
            let what = format!("is the same as {}: leave one out", at.then(first));
            found.push(Mistake::new(at.then(term), what));
        }
    }
}

/// What a mapping begins with: each case type is a practice area and each field
/// a custom field of its name; kinds of documents that most firms have go into
/// folders of their own.
pub fn starter() -> Value {
    let folder = |name: &str| json!({ "folder": [name] });
    json!({
        "version": 1,
        "document_kinds": {
            "agreement": folder("Agreements"),
            "contract": folder("Agreements"),
            "retainer": folder("Agreements"),
            "correspondence": folder("Correspondence"),
            "email": folder("Correspondence"),
            "letter": folder("Correspondence"),
            "court_order": folder("Court orders"),
            "evidence": folder("Evidence"),
            "exhibit": folder("Evidence"),
            "photo": folder("Evidence"),
            "identification": folder("Identification"),
            "intake": folder("Intake"),
            "questionnaire": folder("Intake"),
            "invoice": folder("Invoices"),
            "medical_record": folder("Medical records"),
            "motion": folder("Pleadings"),
            "pleading": folder("Pleadings"),
        },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let mistakes = parse(text.as_bytes()).unwrap_err();
        mistakes.iter().map(|it| it.shown("the mapping")).collect()
    }

    #[test]
    fn what_it_begins_with_is_a_mapping() {
        let text = starter().to_string();
        let mapping = parse(text.as_bytes()).unwrap();
        let kinds = mapping.document_kinds.unwrap();
        assert_eq!(kinds.get("Letter").unwrap().folder, ["Correspondence"]);
        assert!(mapping.case_types.is_none());
    }

    // CASES V6
    #[test]
    fn terms_that_are_the_same_are_told() {
        assert_eq!(
            told(
                r#"{"version":1,"case_types":{"PI":"A","pi ":"B"},
                "matter_fields":{"court":{"field":1,"values":{"a":"x","A":"y","b":"z"}}},
                "document_kinds":{"Letter":{},"letter":{},"photo":{}}}"#
            ),
            [
                "/case_types/pi : is the same as /case_types/PI: leave one out",
                "/matter_fields/court/values/a: is the same as \
                 /matter_fields/court/values/A: leave one out",
                "/document_kinds/letter: is the same as /document_kinds/Letter: leave one out",
            ]
        );
    }

    #[test]
    fn every_mistake_is_told_at_its_pointer() {
        assert_eq!(
            told(r#"{"case_typs": {}}"#),
            ["/case_typs: is not known here", "/version: is missing",]
        );
        assert_eq!(
            told(r#"{"version": 2}"#).len(),
            1,
            "another version is another form"
        );
        assert!(told("{")[0].starts_with("the mapping is not JSON"));
        for wrong in [
            r#"{"version":1,"case_types":{"a":0}}"#,
            r#"{"version":1,"case_types":{"a":{"stage":"Intake"}}}"#,
            r#"{"version":1,"document_kinds":{"a":{"folder":["a/b"]}}}"#,
            r#"{"version":1,"matter_fields":{"a":{"field":"b","value":{}}}}"#,
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_no_path_and_a_path_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let named = place(&home, "firm-a");
        assert_eq!(named, folder.path().join("mappings").join("firm-a.json"));
        assert_eq!(place(&home, "x/y.json"), Path::new("x/y.json"));
    }

    #[test]
    fn of_two_who_edit_the_same_the_second_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let path = place(&home, "firm");
        assert!(Stored::read(&path).unwrap().value.is_null());
        let one = json!({"version": 1, "case_types": {"PI": 7}});
        assert!(save(&home, &path, &one, "").unwrap());
        assert!(!save(&home, &path, &json!({"version": 1}), "").unwrap());
        let stored = Stored::read(&path).unwrap();
        assert_eq!(stored.value, one);
        assert!(save(&home, &path, &json!({"version": 1}), &stored.version).unwrap());
        assert_eq!(load(&home, Some("firm")).unwrap(), Some(Mapping::default()));
        assert_eq!(
            names(&home).unwrap(),
            ["firm"],
            "nothing else is left there"
        );
    }

    #[test]
    fn only_the_default_need_not_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        assert_eq!(load(&home, None).unwrap(), None);
        assert!(load(&home, Some("firm")).is_err());
        assert_eq!(names(&home).unwrap(), Vec::<String>::new());
        fs::create_dir(home.mappings()).unwrap();
        fs::write(place(&home, "firm"), r#"{"version":1}"#).unwrap();
        assert_eq!(load(&home, Some("firm")).unwrap(), Some(Mapping::default()));
        assert_eq!(names(&home).unwrap(), ["firm"]);
    }
}
