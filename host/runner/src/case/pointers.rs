//! Where in a case file something stands that an action was asked.
//!
//! An action names the member of its own request that is at fault. A person has
//! a case file before them, and is told the place in it.

use super::{Case, Client, Document, Pointer};

impl Client {
    /// The place of one of [`Client::emails`].
    pub(super) fn email_at(&self, index: usize, member: &str) -> Option<Pointer> {
        let all = self.emails();
        let one = &all.get(index)?.address;
        if index == 0 && self.email.as_ref() == Some(one) {
            return Some(client().then("email"));
        }
        let is = |it: &Option<super::Email>| it.as_ref().is_some_and(|it| it.address == *one);
        let index = self.emails.iter().position(is)?;
        Some(client().then("emails").then(index).then(member))
    }

    /// The place of one of [`Client::phones`].
    pub(super) fn phone_at(&self, index: usize, member: &str) -> Option<Pointer> {
        let all = self.phones();
        let one = &all.get(index)?.number;
        if index == 0 && self.phone.as_ref() == Some(one) {
            return Some(client().then("phone"));
        }
        let is = |it: &Option<super::Phone>| it.as_ref().is_some_and(|it| it.number == *one);
        let index = self.phones.iter().position(is)?;
        Some(client().then("phones").then(index).then(member))
    }

    /// The place of one of the postal addresses, those that say nothing not
    /// counted.
    fn address_at(&self, index: usize) -> Option<Pointer> {
        let said = self.addresses.iter().enumerate();
        let (place, _) = said.filter(|(_, it)| it.is_some()).nth(index)?;
        Some(client().then("addresses").then(place))
    }

    /// The place of the addresses as a whole.
    pub fn emails_at(&self) -> Pointer {
        client().then(self.email.as_ref().map_or("emails", |_| "email"))
    }

    /// The place of the numbers as a whole.
    pub fn phones_at(&self) -> Pointer {
        client().then(self.phone.as_ref().map_or("phones", |_| "phone"))
    }
}

impl Case {
    /// The place of what a request for the contact names. `None`: the case file
    /// says nothing of it.
    pub fn at_contact(&self, field: &str) -> Option<Pointer> {
        let parts: Vec<&str> = field.split('/').skip(1).collect();
        let of_client = |member: &str| Some(client().then(member));
        match parts[..] {
            ["source_id"] => Some(self.client_source_id_at()),
            ["began"] => self.began.map(|_| Pointer::root().then("began")),
            ["contact", "person", "company"] => of_client("company_id"),
            ["contact", "person", member] => of_client(member),
            ["contact", "company", "name"] => of_client("company_name"),
            ["emails"] => Some(self.client.emails_at()),
            ["phones"] => Some(self.client.phones_at()),
            ["emails", index, member] => self.client.email_at(index.parse().ok()?, member),
            ["phones", index, member] => self.client.phone_at(index.parse().ok()?, member),
            ["addresses", index, ..] => {
                let at = self.client.address_at(index.parse().ok()?)?;
                Some(parts.get(2).map_or(at.clone(), |member| at.then(member)))
            }
            ["known_id"] => Some(match self.client.id {
                Some(_) => client().then("id"),
                None => self.client_source_id_at(),
            }),
            ["marker_field"] => self
                .client
                .marker_field
                .map(|_| client().then("marker_field")),
            ["on_name_conflict"] => of_client("on_name_conflict"),
            _ => Some(client()),
        }
    }

    /// The place of what a request for the matter names.
    pub fn at_matter(&self, field: &str) -> Option<Pointer> {
        let of = &self.matter;
        let matter = || Pointer::root().then("matter");
        let one_of =
            |given: bool, id: &str, name: &str| Some(matter().then(if given { id } else { name }));
        match field.split('/').nth(1).unwrap_or_default() {
            "source_id" => Some(Pointer::root().then("source_id")),
            "began" => self.began.map(|_| Pointer::root().then("began")),
            "client" => Some(client()),
            member @ ("title" | "case_number" | "numbering" | "status" | "on_removed") => {
                Some(matter().then(member))
            }
            "practice_area" => one_of(of.given.practice_area_id, "practice_area_id", "case_type"),
            "matter_stage" if of.given.stage_id => Some(matter().then("stage_id")),
            // The mapping leads a case type to a stage as well.
            "matter_stage" => one_of(of.given.stage, "stage", "case_type"),
            "known_id" => Some(match of.id {
                Some(_) => matter().then("id"),
                None => Pointer::root().then("source_id"),
            }),
            "marker_field" => of.marker_field.map(|_| matter().then("marker_field")),
            _ => Some(matter()),
        }
    }

    /// The place of what a request for a document names.
    pub fn at_document(&self, document: &Document, field: &str) -> Option<Pointer> {
        let index = self
            .documents
            .iter()
            .position(|it| std::ptr::eq(it, document))?;
        let at = Pointer::root().then("documents").then(index);
        let parts: Vec<&str> = field.split('/').skip(1).collect();
        Some(match parts[..] {
            ["source_id"] => at.then("source_id"),
            ["name"] if document.name.is_some() => at.then("name"),
            ["provenance", ..] | ["content", ..] if document.draft.is_some() => at.then("draft"),
            ["name"] | ["content", ..] | ["provenance", ..] => at.then("file"),
            ["parent", ..] if document.folder.is_some() => at.then("folder"),
            ["folder_path", ..] => at.then("kind"),
            ["category", ..] if document.category.is_some() => at.then("category"),
            ["category", ..] => at.then("kind"),
            ["received_at"] => at.then("received_at"),
            _ => at,
        })
    }

    /// The place of the client's identifier.
    pub fn client_source_id_at(&self) -> Pointer {
        match self.client.source_id {
            Some(_) => client().then("source_id"),
            None => Pointer::root().then("source_id"),
        }
    }

    /// Whether the client has an identifier of their own, and not the case's.
    pub fn client_has_own_source_id(&self) -> bool {
        self.client.source_id.is_some()
    }
}

fn client() -> Pointer {
    Pointer::root().then("client")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::files::Folder;

    fn case(text: &str) -> Case {
        let folder = tempfile::tempdir().unwrap();
        Case::parse(text.as_bytes(), &Folder::open(folder.path()).unwrap()).unwrap()
    }

    #[test]
    fn a_member_of_a_request_is_told_where_it_stands_in_the_case_file() {
        let case = case(
            r#"{"source_id":"i:1","client":{"last_name":"Lee","email":"a@example.com",
                "emails":["",{"address":"A@example.com"},{"address":"b@example.com"}],
                "addresses":[{"city":""},{"city":"Lund"}],
                "phones":[{"number":"1"},{"number":"1"},{"number":"2"}]},
                "matter":{"title":"t","practice_area_id":7,"stage":"Intake"},
                "documents":[{"source_id":"a","file":"a.pdf"},
                    {"source_id":"b","file":"b.pdf","name":"B.pdf","kind":"letter"},
                    {"source_id":"c","draft":"0123456789abcdef01234567","name":"C.pdf"}]}"#,
        );
        let shown = |at: Option<Pointer>| at.map(|at| at.as_str().to_owned());
        let contact = |field| shown(case.at_contact(field)).unwrap();
        assert_eq!(contact("/emails/0/address"), "/client/email");
        assert_eq!(contact("/emails/1/address"), "/client/emails/2/address");
        assert_eq!(contact("/phones/1/number"), "/client/phones/2/number");
        assert_eq!(contact("/contact/person/last_name"), "/client/last_name");
        assert_eq!(contact("/addresses/0/city"), "/client/addresses/1/city");
        assert_eq!(contact("/known_id"), "/source_id");
        assert_eq!(shown(case.at_contact("/marker_field")), None);
        let matter = |field| shown(case.at_matter(field)).unwrap();
        assert_eq!(matter("/title"), "/matter/title");
        assert_eq!(matter("/practice_area"), "/matter/practice_area_id");
        assert_eq!(matter("/matter_stage"), "/matter/stage");
        assert_eq!(matter("/client"), "/client");
        let document =
            |index: usize, field| shown(case.at_document(&case.documents[index], field)).unwrap();
        assert_eq!(document(0, "/name"), "/documents/0/file");
        assert_eq!(document(1, "/name"), "/documents/1/name");
        assert_eq!(document(1, "/folder_path/0"), "/documents/1/kind");
        assert_eq!(document(0, "/provenance"), "/documents/0/file");
        assert_eq!(document(2, "/provenance/draft"), "/documents/2/draft");
    }
}
