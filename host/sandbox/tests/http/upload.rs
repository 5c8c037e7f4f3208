//! An upload begun, for the tests of what comes after.

use bytes::Bytes;
use clio_sandbox::{NewContact, NewMatter};
use serde_json::{Value, json};

use crate::client::{Answer, Clio, send, start_with};

pub(crate) const FIELDS: &str =
    "fields=id,latest_document_version{uuid,put_url,put_headers,fully_uploaded,version_number}";

/// A document begun and not filled.
pub(crate) struct Upload {
    pub(crate) clio: Clio,
    pub(crate) matter: u64,
    pub(crate) id: u64,
    pub(crate) uuid: String,
    pub(crate) url: String,
}

/// Begins an upload into a new matter.
pub(crate) async fn begin(change: impl FnOnce(&mut clio_sandbox::Switches)) -> Upload {
    let clio = start_with(|c| change(&mut c.switches)).await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    let made = clio
        .post(
            &format!("/documents.json?{FIELDS}"),
            json!({"name": "a ü/b.pdf", "parent": {"id": matter, "type": "Matter"}}),
        )
        .await;
    assert_eq!(made.status, 201);
    let version = made.data()["latest_document_version"].clone();
    Upload {
        matter,
        id: made.id(),
        uuid: version["uuid"].as_str().unwrap().to_owned(),
        url: version["put_url"].as_str().unwrap().to_owned(),
        clio,
    }
}

/// The headers signed for that upload.
pub(crate) const SIGNED: [(&str, &str); 2] = [
    ("x-amz-server-side-encryption", "AES256"),
    ("content-type", "application/pdf"),
];

impl Upload {
    pub(crate) async fn put(&self, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        send("PUT", &self.url, headers, Bytes::copy_from_slice(body))
            .await
            .unwrap()
    }

    pub(crate) async fn finish(&self, flag: Value) -> Answer {
        self.clio
            .patch(
                &format!("/documents/{}?{FIELDS}", self.id),
                json!({"uuid": self.uuid, "fully_uploaded": flag}),
            )
            .await
    }
}
