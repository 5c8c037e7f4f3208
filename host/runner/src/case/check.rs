//! What a schema cannot say about a case file.
//!
//! It looks at the raw JSON, not at the parsed case, so that these mistakes are
//! told together with those of the schema. A member of the wrong type is the
//! schema's business and is passed over here.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::base_name;
use super::mistakes::{Mistake, Pointer};
use crate::files::Folder;

/// The most bytes that a custom field of any type keeps.
const FIELD_BYTES: usize = 65_535;
/// How far ahead the actions take an instant.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// The longest source id the actions take, in characters.
const SOURCE_ID_CHARACTERS: usize = 255;

/// Everything wrong with `case` beyond its schema.
pub(crate) fn check(case: &Value, folder: &Folder) -> Vec<Mistake> {
    let mut found = Found {
        now: Timestamp::now(),
        mistakes: Vec::new(),
    };
    let root = Pointer::root();
    found.past(case, &root, "began", AHEAD);
    found.source_id(case, &root, "");
    let case_id = case["source_id"].as_str().unwrap_or_default();
    found.client(&case["client"], &root.then("client"), case_id);
    found.matter(&case["matter"], &root.then("matter"));
    found.documents(&case["documents"], &root.then("documents"), case_id, folder);
    found.mistakes
}

struct Found {
    now: Timestamp,
    mistakes: Vec<Mistake>,
}

impl Found {
    fn add(&mut self, at: Pointer, what: impl Into<String>) {
        self.mistakes.push(Mistake::new(at, what));
    }

    fn client(&mut self, client: &Value, at: &Pointer, case_id: &str) {
        if !client.is_object() {
            return;
        }
        if client.get("source_id").is_some() {
            self.source_id(client, at, "");
        } else if too_long(&format!("{case_id}/client")) {
            let at = at.then("source_id");
            self.add(
                at,
                "is needed, because the case's source_id is too long to derive one from",
            );
        }
        let of_person = [
            "first_name",
            "last_name",
            "middle_name",
            "prefix",
            "title",
            "company_id",
        ];
        let named = ["first_name", "last_name"];
        match client.get("company_name") {
            Some(name) => {
                if name.as_str().is_some_and(blank) {
                    self.add(at.then("company_name"), "must not be blank");
                }
                for member in of_person.into_iter().filter(|m| client.get(m).is_some()) {
                    self.add(
                        at.then(member),
                        "belongs to a person, and company_name is given",
                    );
                }
            }
            None => {
                let some = |member: &&str| !client[*member].as_str().is_none_or(blank);
                if !named.iter().any(some) {
                    self.add(
                        at.clone(),
                        "needs first_name or last_name, or company_name for a company",
                    );
                }
            }
        }
        for member in of_person.into_iter().chain(["company_name"]) {
            self.no_control(client, at, member);
        }
        self.fields(client, at);
        self.email(client, at, "email");
        self.phone(client, at, "phone");
        for (index, email) in elements(&client["emails"]) {
            self.email(email, &at.then("emails").then(index), "address");
        }
        for (index, phone) in elements(&client["phones"]) {
            self.phone(phone, &at.then("phones").then(index), "number");
        }
        for (index, address) in elements(&client["addresses"]) {
            let at = at.then("addresses").then(index);
            for member in ["street", "city", "province", "postal_code", "country"] {
                // A street may have two lines.
                let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r');
                if address[member]
                    .as_str()
                    .is_some_and(|text| text.contains(odd))
                {
                    self.add(at.then(member), "must not hold control characters");
                }
            }
        }
    }

    fn matter(&mut self, matter: &Value, at: &Pointer) {
        if matter["title"].as_str().is_some_and(blank) {
            self.add(at.then("title"), "must not be blank");
        }
        for member in ["title", "case_number", "case_type", "stage"] {
            self.no_control(matter, at, member);
        }
        self.fields(matter, at);
        let given = |member: &str| matter.get(member).is_some();
        for (name, id) in [("case_type", "practice_area_id"), ("stage", "stage_id")] {
            if given(name) && given(id) {
                self.add(
                    at.then(id),
                    format!("is given beside {name}: one of them is enough"),
                );
            }
        }
        if given("stage") && !given("case_type") && !given("practice_area_id") {
            let what =
                "needs case_type or practice_area_id: stages have names within a practice area";
            self.add(at.then("stage"), what);
        }
    }

    fn documents(&mut self, documents: &Value, at: &Pointer, case_id: &str, folder: &Folder) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, document) in elements(documents) {
            let at = at.then(index);
            self.source_id(document, &at, &format!("{case_id}/"));
            if let Some(id) = document["source_id"].as_str() {
                if let Some(first) = seen.get(id) {
                    let what = format!("is the same as /documents/{first}/source_id");
                    self.add(at.then("source_id"), what);
                } else {
                    seen.insert(id, index);
                }
            }
            self.document(document, &at, folder);
        }
    }

    fn document(&mut self, document: &Value, at: &Pointer, folder: &Folder) {
        self.instant(document, at, "received_at");
        let nothing = |it: &Value| it.is_null() || it.as_str().is_some_and(blank);
        if document.get("approval").is_some_and(|it| !nothing(it)) {
            self.add(
                at.then("approval"),
                "is taken no more: add the draft with `clio review add`, have a person approve it, \
                 and name it here as \"draft\", in place of a file",
            );
        }
        if document.get("draft").is_some() {
            if document.get("file").is_some() {
                self.add(
                    at.then("draft"),
                    "is given beside file: one of them is enough",
                );
            } else if document.get("name").is_none() {
                self.add(at.then("name"), "is needed for a draft");
            }
        }
        let approved = document["approved"].as_bool().unwrap_or(false);
        if let Some(Err(refused)) = document["name"].as_str().map(clio_text::document_name) {
            self.add(at.then("name"), refused.to_string());
        }
        let Some(file) = document["file"].as_str() else {
            return;
        };
        // What is not approved is not opened: a draft may not be there yet.
        if approved
            && !file.is_empty()
            && let Err(error) = folder.file(file)
        {
            self.add(at.then("file"), error.to_string());
        }
        if document.get("name").is_none()
            && let Err(refused) = clio_text::document_name(base_name(file))
        {
            self.add(
                at.then("file"),
                format!("cannot be the name in Clio: {refused} Give a name."),
            );
        }
    }

    fn source_id(&mut self, of: &Value, at: &Pointer, prefix: &str) {
        let Some(id) = of["source_id"].as_str() else {
            return;
        };
        let at = at.then("source_id");
        // Its length is told with that of what stands before it.
        if !id.is_empty()
            && !too_long(id)
            && let Err(refused) = clio_text::source_id(id)
        {
            self.add(at.clone(), refused.to_string());
        }
        if too_long(&format!("{prefix}{id}")) {
            let what = if prefix.is_empty() {
                format!("must be at most {SOURCE_ID_CHARACTERS} characters long")
            } else {
                format!("and the case's are together longer than {SOURCE_ID_CHARACTERS} characters")
            };
            self.add(at, what);
        }
    }

    fn email(&mut self, of: &Value, at: &Pointer, member: &str) {
        let Some(address) = of[member].as_str() else {
            return;
        };
        if clio_text::email(address).is_err() {
            self.add(at.then(member), "is no e-mail address");
        }
    }

    fn phone(&mut self, of: &Value, at: &Pointer, member: &str) {
        if of[member].as_str().is_some_and(blank) {
            self.add(at.then(member), "must not be blank");
        }
        self.no_control(of, at, member);
    }

    fn instant(&mut self, of: &Value, at: &Pointer, member: &str) {
        let Some(text) = of[member].as_str() else {
            return;
        };
        if text.parse::<Timestamp>().is_err() {
            let what = "must be an RFC 3339 date-time with an offset, such as 2026-03-01T09:30:00Z";
            self.add(at.then(member), what);
        }
    }

    /// An instant that something happened at.
    fn past(&mut self, of: &Value, at: &Pointer, member: &str, ahead: SignedDuration) {
        self.instant(of, at, member);
        let given: Option<Timestamp> = of[member].as_str().and_then(|text| text.parse().ok());
        let latest = self.now.saturating_add(ahead);
        if let (Some(given), Ok(latest)) = (given, latest)
            && given > latest
        {
            self.add(
                at.then(member),
                "lies in the future: check the clock it comes from",
            );
        }
    }

    /// Values by the platform's names of fields.
    fn fields(&mut self, of: &Value, at: &Pointer) {
        let at = at.then("fields");
        for (name, value) in of["fields"].as_object().into_iter().flatten() {
            if blank(name) {
                self.add(at.then(name), "has no name: name the field");
            } else if name.chars().any(char::is_control) {
                let what = "has a name with control characters";
                self.add(at.then(name), what);
            }
            if value.as_str().is_some_and(|text| text.len() > FIELD_BYTES) {
                let what = format!("must be at most {FIELD_BYTES} bytes long");
                self.add(at.then(name), what);
            }
        }
    }

    /// The space around these texts is not sent, line ends among it.
    fn no_control(&mut self, of: &Value, at: &Pointer, member: &str) {
        if of[member]
            .as_str()
            .is_some_and(|text| text.trim().chars().any(char::is_control))
        {
            self.add(at.then(member), "must not hold control characters");
        }
    }
}

fn elements(list: &Value) -> impl Iterator<Item = (usize, &Value)> {
    list.as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .enumerate()
}

fn blank(text: &str) -> bool {
    clio_text::is_blank(text)
}

fn too_long(source_id: &str) -> bool {
    source_id.chars().count() > SOURCE_ID_CHARACTERS
}

#[cfg(test)]
mod tests;
