//! What a case file asks for, member by member, to tell what was edited.

use clio_host::actions::upload_document::Category;

use crate::case::{Case, Document, Pointer};
use crate::state::{Member, Memory};

/// What is asked of the matter is remembered under this name,
pub(crate) const MATTER: &str = "matter";
/// of the contact under this one,
pub(crate) const CONTACT: &str = "contact";

/// and of a document under this.
pub(crate) fn document(source_id: &str) -> String {
    format!("document/{source_id}")
}

/// Collects the members of one record that the case file gives.
struct Members<'m> {
    memory: &'m Memory,
    at: Pointer,
    members: Vec<Member>,
}

impl Members<'_> {
    /// A member that asks for something. `key` is what two spellings of the same
    /// have in common.
    fn add(&mut self, name: &str, key: Option<String>) {
        let at = self.at.then(name);
        self.add_at(name, &at, key);
    }

    fn add_at(&mut self, name: &str, at: &Pointer, key: Option<String>) {
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            return;
        };
        self.members.push(Member {
            name: name.to_owned(),
            at: at.as_str().to_owned(),
            digest: self.memory.digest(name, &key),
        });
    }
}

fn of(memory: &Memory, at: Pointer) -> Members<'_> {
    Members {
        memory,
        at,
        members: Vec::new(),
    }
}

/// As it is written: who mends a capital or an accent wants it in Clio.
fn written(text: &Option<String>) -> Option<String> {
    text.as_deref().map(as_written)
}

/// A name that a firm gives: it is looked up, so its spelling says nothing.
fn named(text: &Option<String>) -> Option<String> {
    text.as_deref().map(clio_text::label_key)
}

fn as_written(text: &str) -> String {
    clio_text::composed(text.trim())
}

fn id(id: Option<u64>) -> Option<String> {
    id.map(|id| id.to_string())
}

/// One key for many, whatever their order.
fn all(keys: impl Iterator<Item = String>) -> Option<String> {
    let mut keys: Vec<String> = keys.filter(|key| !key.is_empty()).collect();
    keys.sort_unstable();
    keys.dedup();
    Some(keys.join("\n"))
}

/// What the case asks of its client. Custom fields have a step of their own.
pub(crate) fn of_client(case: &Case, memory: &Memory) -> Vec<Member> {
    let client = &case.client;
    let mut members = of(memory, Pointer::root().then("client"));
    members.add("first_name", written(&client.first_name));
    members.add("last_name", written(&client.last_name));
    members.add("middle_name", written(&client.middle_name));
    members.add("company_name", written(&client.company_name));
    members.add("prefix", written(&client.prefix));
    members.add("title", written(&client.title));
    members.add("company_id", id(client.company_id));
    let emails = client.emails().into_iter();
    let emails = emails.map(|email| clio_text::email_key(&email.address));
    members.add_at("emails", &client.emails_at(), all(emails));
    let phones = client.phones().into_iter();
    let phones = phones.map(|phone| {
        clio_text::phone_key(&phone.number).unwrap_or_else(|| clio_text::label_key(&phone.number))
    });
    members.add_at("phones", &client.phones_at(), all(phones));
    let addresses = client.addresses.iter().flatten().map(|address| {
        let parts = [
            &address.street,
            &address.city,
            &address.province,
            &address.postal_code,
            &address.country,
        ];
        let parts = parts.map(|part| written(part).unwrap_or_default());
        if parts.iter().all(String::is_empty) {
            String::new()
        } else {
            parts.join("\t")
        }
    });
    members.add("addresses", all(addresses));
    members.members
}

/// What the case asks of its matter.
pub(crate) fn of_matter(case: &Case, memory: &Memory) -> Vec<Member> {
    let matter = &case.matter;
    let mut members = of(memory, Pointer::root().then("matter"));
    members.members.push(title(case, memory));
    let at = Pointer::root().then("matter").then("title");
    members.add_at("title as written", &at, Some(as_written(&matter.title)));
    members.add("case_number", written(&matter.case_number));
    let at = |field| case.at_matter(field).unwrap_or_else(Pointer::root);
    let area = id(matter.practice_area_id).or_else(|| named(&matter.case_type));
    members.add_at("practice_area", &at("/practice_area"), area);
    let stage = id(matter.stage_id).or_else(|| named(&matter.stage));
    members.add_at("stage", &at("/matter_stage"), stage);
    let status = matter.status.map(|status| format!("{status:?}"));
    members.add("status", status);
    members.members
}

/// The matter's title, by what two spellings of it have in common: by this a
/// matter is recognised.
pub(crate) fn title(case: &Case, memory: &Memory) -> Member {
    Member {
        name: "title".to_owned(),
        at: "/matter/title".to_owned(),
        digest: memory.digest("title", &clio_text::label_key(&case.matter.title)),
    }
}

/// What the case asks of a document, beside its content: that has a status of
/// its own.
pub(crate) fn of_document(case: &Case, document: &Document, memory: &Memory) -> Vec<Member> {
    let at = |field| {
        case.at_document(document, field)
            .unwrap_or_else(Pointer::root)
    };
    let mut members = of(memory, at(""));
    let file_name = clio_text::file_key(document.name());
    members.add_at("name", &at("/name"), Some(file_name));
    members.add("folder", id(document.folder));
    let path = document.folder_path.iter();
    let path: Vec<String> = path.map(|part| clio_text::label_key(part)).collect();
    members.add_at("folder_path", &at("/folder_path"), Some(path.join("/")));
    let category = id(document.category).or_else(|| match &document.category_target {
        Some(Category::Id(id)) => Some(id.to_string()),
        Some(Category::Name(name)) => Some(clio_text::label_key(name)),
        None => None,
    });
    members.add_at("category", &at("/category"), category);
    let received = document.received_at.map(|at| at.to_string());
    members.add("received_at", received);
    members.members
}
