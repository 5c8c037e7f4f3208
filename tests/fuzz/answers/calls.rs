//! The calls that answers are tried on: each action, in each of its ways.

use clio_api::{
    Failure, check_connection, create_matter, custom_fields, detect_documents, find_documents,
    generate_document, lookup, pull_matters, read_document, setup_markers, sync_contact,
    update_matter, upload_document, webhooks,
};
use clio_host::actions;
use clio_host::actions::check_connection::CheckRequest;
use clio_host::actions::create_matter::{
    CreateRequest, MatterStage, Numbering, OnRemoved, ResolveRequest,
};
use clio_host::actions::detect_documents::{DetectRequest, Hint, Hinted, Start, WatchScope};
use clio_host::actions::find_documents::{FindRequest, Scope};
use clio_host::actions::generate_document::{FollowRequest, TemplatesRequest};
use clio_host::actions::read_document::{ReadRequest, Stored, VersionRef};
use clio_host::actions::setup_markers::EnsureRequest;
use clio_host::actions::sync_contact::{
    Company, Contact, Email, NameConflict, Person, Phone, SyncRequest,
};
use clio_host::actions::types::{DocumentState, DocumentStatus, MatterStatus, RecordRef};
use clio_host::actions::upload_document::{
    Approval, Category, Content, ContentSource, OnChange, Parent, Provenance, UploadRequest,
};

use super::transport::Line;

/// Where the content of a document lies that is not passed inline.
pub(crate) const CONTENT_URL: &str = "https://files.example/retainer.pdf";

/// The SHA-256 of `hello`.
const DIGEST: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// How a call ended.
pub(crate) enum Ended {
    Done,
    /// With a cursor, which the next call takes.
    Cursor(String),
    Failed(Failure),
}

/// One call.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    name: &'static str,
    /// The action it belongs to.
    pub(crate) action: &'static str,
}

const CALLS: &[Call] = &[
    Call::new("person", "sync-contact"),
    Call::new("person-marker", "sync-contact"),
    Call::new("company", "sync-contact"),
    Call::new("known-contact", "sync-contact"),
    Call::new("matter", "create-matter"),
    Call::new("matter-marker", "create-matter"),
    Call::new("matter-of-new-client", "create-matter"),
    Call::new("known-matter", "create-matter"),
    Call::new("resolve", "create-matter"),
    Call::new("upload", "upload-document"),
    Call::new("upload-absent", "upload-document"),
    Call::new("upload-url", "upload-document"),
    Call::new("upload-draft", "upload-document"),
    Call::new("upload-interrupted", "upload-document"),
    Call::new("upload-version", "upload-document"),
    Call::new("find", "find-documents"),
    Call::new("markers", "setup-markers"),
    Call::new("connection", "check-connection"),
    Call::new("generate", "generate-document"),
    Call::new("generated", "generate-document"),
    Call::new("templates", "generate-document"),
    Call::new("read", "read-document"),
    Call::new("read-version", "read-document"),
    Call::new("read-template", "read-document"),
    Call::new("webhook", "webhooks"),
    Call::new("webhook-remove", "webhooks"),
    Call::new("webhook-list", "webhooks"),
    Call::new("fields-read", "custom-fields"),
    Call::new("fields-write", "custom-fields"),
    Call::new("update", "update-matter"),
    Call::new("pull", "pull-matters"),
    Call::new("count", "pull-matters"),
    Call::new("lookup", "lookup"),
    Call::new("lookup-search", "lookup"),
    Call::new("detect", "detect-documents"),
    Call::new("detect-all", "detect-documents"),
    Call::new("detect-since", "detect-documents"),
    Call::new("detect-hinted", "detect-documents"),
];

/// The call with a name.
pub(crate) fn named(name: &str) -> Option<Call> {
    CALLS.iter().find(|call| call.name == name).copied()
}

impl Call {
    const fn new(name: &'static str, action: &'static str) -> Self {
        Self { name, action }
    }

    /// Makes the call.
    pub(crate) fn make(
        &self,
        line: &mut Line,
        cursor: Option<String>,
        began: Option<String>,
    ) -> Ended {
        let ended = match self.action {
            "sync-contact" => sync_contact::sync(line, &self.contact(began)).map(|_| None),
            "create-matter" if self.name == "resolve" => {
                let request = ResolveRequest {
                    practice_area: Some(RecordRef::Name("Estate Planning".into())),
                    matter_stage: Some(MatterStage::Name("Intake".into())),
                };
                create_matter::resolve(line, &request).map(|_| None)
            }
            "create-matter" => create_matter::create(line, &self.matter(began)).map(|_| None),
            "upload-document" => upload_document::upload(line, &self.document(began)).map(|_| None),
            "find-documents" => {
                let request = FindRequest {
                    scope: Scope::Matter(3),
                    source_ids: vec!["intake:1".into(), "intake:2".into()],
                };
                find_documents::find(line, &request).map(|_| None)
            }
            "setup-markers" => setup_markers::ensure(line, &EnsureRequest::default()).map(|_| None),
            "generate-document" if self.name == "generated" => {
                generate_document::follow(line, &FollowRequest { id: 20 }).map(|_| None)
            }
            "generate-document" if self.name == "templates" => {
                let first = generate_document::templates(line, &TemplatesRequest::default());
                let cursor = first.map(|page| page.cursor);
                cursor.and_then(|cursor| match cursor {
                    Some(_) => generate_document::templates(line, &TemplatesRequest { cursor })
                        .map(|_| None),
                    None => Ok(None),
                })
            }
            "generate-document" => generate_document::start(line, &letter(began)).map(|_| None),
            "read-document" => {
                read_document::read(line, &ReadRequest::new(self.stored())).map(|_| None)
            }
            "webhooks" if self.name == "webhook-remove" => {
                webhooks::remove(line, &actions::webhooks::RemoveRequest { id: 7 }).map(|_| None)
            }
            "webhooks" if self.name == "webhook-list" => {
                webhooks::list(line, &actions::webhooks::ListRequest::default()).map(|_| None)
            }
            "webhooks" => webhooks::ensure(line, &webhook()).map(|_| None),
            "check-connection" => {
                check_connection::check(line, &CheckRequest::default()).map(|_| None)
            }
            "custom-fields" if self.name == "fields-read" => {
                let of = actions::custom_fields::Owner::Contact(7);
                custom_fields::read(line, &actions::custom_fields::ReadRequest { of }).map(|_| None)
            }
            "custom-fields" => custom_fields::write(line, &fields()).map(|_| None),
            "update-matter" => update_matter::update(line, &update()).map(|_| None),
            "pull-matters" if self.name == "count" => {
                pull_matters::count(line, &count(cursor)).map(|out| out.cursor)
            }
            "pull-matters" => pull_matters::pull(line, &page(cursor)).map(|out| out.cursor),
            "lookup" => lookup::find(line, &self.options(cursor)).map(|out| out.cursor),
            _ => detect_documents::detect(line, &self.watch(cursor, began))
                .map(|out| Some(out.cursor)),
        };
        match ended {
            Ok(None) => Ended::Done,
            Ok(Some(cursor)) => Ended::Cursor(cursor),
            Err(failure) => Ended::Failed(failure),
        }
    }

    fn stored(&self) -> Stored {
        match self.name {
            "read-version" => Stored::Version(VersionRef {
                document: 5,
                version: 6,
            }),
            "read-template" => Stored::Template(8),
            _ => Stored::Document(5),
        }
    }

    fn options(&self, cursor: Option<String>) -> actions::lookup::FindRequest {
        let searches = self.name == "lookup-search";
        actions::lookup::FindRequest {
            kind: if searches {
                actions::lookup::Kind::DocumentTemplates
            } else {
                actions::lookup::Kind::CustomFields(actions::lookup::FieldOwner::Matter)
            },
            search: searches.then(|| "retainer".into()),
            limit: Some(2),
            cursor,
        }
    }

    fn contact(&self, began: Option<String>) -> SyncRequest {
        let contact = match self.name {
            "company" => Contact::Company(Company {
                name: "Zebedee Ltd".into(),
            }),
            _ => Contact::Person(Person {
                first_name: Some("Ann".into()),
                last_name: Some("Zebedee".into()),
                company: (self.name == "person-marker").then_some(8),
                ..Person::default()
            }),
        };
        SyncRequest {
            source_id: "intake:1".into(),
            began,
            contact,
            emails: vec![Email {
                address: "ann@example.com".into(),
                label: None,
            }],
            phones: vec![Phone {
                number: "5550100".into(),
                label: None,
            }],
            addresses: vec![],
            known_id: (self.name == "known-contact").then_some(7),
            known_others: vec![11],
            find_others: Some(self.name == "known-contact"),
            marker_field: (self.name == "person-marker").then_some(2),
            on_name_conflict: (self.name == "company").then_some(NameConflict::Link),
        }
    }

    fn matter(&self, began: Option<String>) -> CreateRequest {
        let marked = self.name == "matter-marker";
        CreateRequest {
            source_id: "intake:1".into(),
            began,
            client: 7,
            client_is_new: Some(self.name == "matter-of-new-client"),
            title: "Estate of Zebedee".into(),
            case_number: Some("17".into()),
            numbering: marked.then_some(Numbering::Manual),
            practice_area: Some(RecordRef::Name("Estate Planning".into())),
            matter_stage: Some(match marked {
                true => MatterStage::Resolved(6),
                false => MatterStage::Name("Intake".into()),
            }),
            status: None,
            known_id: (self.name == "known-matter").then_some(3),
            other_clients: Vec::new(),
            find_others: None,
            marker_field: marked.then_some(2),
            on_removed: (self.name == "known-matter").then_some(OnRemoved::Create),
        }
    }

    fn document(&self, began: Option<String>) -> UploadRequest {
        let known = |status: DocumentStatus| DocumentState {
            source_id: "intake:1".into(),
            status,
            id: (status != DocumentStatus::Absent).then_some(5),
            sha256: None,
            others: vec![],
        };
        let by_url = matches!(self.name, "upload-url" | "upload-draft");
        UploadRequest {
            source_id: "intake:1".into(),
            began,
            parent: match self.name {
                "upload-version" => Parent::Document(5),
                _ => Parent::Matter(3),
            },
            name: "Zebedee.pdf".into(),
            content: Content {
                source: match by_url {
                    true => ContentSource::Url(CONTENT_URL.into()),
                    false => ContentSource::Inline(b"hello".to_vec()),
                },
                length: None,
                media_type: Some("application/pdf".into()),
                sha256: None,
            },
            provenance: match self.name {
                "upload-draft" => Provenance::Draft(Approval {
                    approver: "Zebedee".into(),
                    at: "2026-03-01T09:00:00Z".into(),
                    sha256: DIGEST.into(),
                }),
                _ => Provenance::FromPerson,
            },
            known: match self.name {
                "upload-absent" => Some(known(DocumentStatus::Absent)),
                "upload-interrupted" => Some(known(DocumentStatus::Incomplete)),
                _ => None,
            },
            on_change: Some(OnChange::NewVersion),
            folder_path: match self.name {
                "upload-absent" => Some(vec!["Letters".into()]),
                _ => None,
            },
            category: match self.name {
                "upload-absent" => Some(Category::Name("Letters".into())),
                _ => None,
            },
            received_at: None,
        }
    }

    fn watch(&self, cursor: Option<String>, began: Option<String>) -> DetectRequest {
        let hint = Hint {
            about: Hinted::Matter(3),
            look: Some(1),
        };
        let hinted = self.name == "detect-hinted" && cursor.is_some();
        let start = match (cursor, self.name) {
            (Some(cursor), _) => Start::Cursor(cursor),
            (None, "detect") => Start::Now,
            (None, "detect-all") => Start::Beginning,
            (None, _) => Start::Since(began.unwrap_or_else(|| "2026-03-01T00:00:00Z".into())),
        };
        DetectRequest {
            scope: match self.name {
                "detect-all" => WatchScope::Matter(3),
                _ => WatchScope::Account,
            },
            start,
            max_pages: (self.name == "detect-all").then_some(2),
            hint: hinted.then_some(hint),
        }
    }
}

/// Values of one field by its name and of another by its id.
fn fields() -> actions::custom_fields::WriteRequest {
    use actions::custom_fields::{Content, FieldRef, NewValue, Owner, WriteRequest};
    WriteRequest {
        of: Owner::Matter(3),
        values: vec![
            NewValue {
                field: FieldRef::Name("Source id".into()),
                value: Content::Text("Zebedee".into()),
            },
            NewValue {
                field: FieldRef::Id(9),
                value: Content::Clear,
            },
        ],
    }
}

/// A matter that comes to another stage, by its name.
fn update() -> actions::update_matter::UpdateRequest {
    actions::update_matter::UpdateRequest {
        matter: 3,
        etag: None,
        status: Some(MatterStatus::Closed),
        description: Some("Estate of Zebedee".into()),
        practice_area: None,
        matter_stage: Some(RecordRef::Name("Intake".into())),
        responsible_attorney: Some(actions::update_matter::Attorney::Id(9)),
        originating_attorney: None,
    }
}

fn letter(began: Option<String>) -> actions::generate_document::StartRequest {
    actions::generate_document::StartRequest {
        source_id: "intake:1".into(),
        began,
        matter: 3,
        template: 8,
        filename: "Zebedee".into(),
        formats: vec![
            actions::generate_document::DocumentFormat::Original,
            actions::generate_document::DocumentFormat::Pdf,
        ],
    }
}

fn webhook() -> actions::webhooks::EnsureRequest {
    actions::webhooks::EnsureRequest {
        url: "https://hooks.example/clio".into(),
        model: actions::webhooks::WebhookModel::Matter,
        fields: "id,etag".into(),
        events: vec![],
        renew_within_hours: None,
    }
}

fn link() -> Option<actions::pull_matters::Link> {
    Some(actions::pull_matters::Link::MarkerField(9))
}

fn page(cursor: Option<String>) -> actions::pull_matters::PullRequest {
    actions::pull_matters::PullRequest {
        link: link(),
        limit: Some(2),
        cursor,
        ..actions::pull_matters::PullRequest::default()
    }
}

fn count(cursor: Option<String>) -> actions::pull_matters::CountRequest {
    actions::pull_matters::CountRequest {
        link: link(),
        max_pages: Some(2),
        cursor,
        ..actions::pull_matters::CountRequest::default()
    }
}
