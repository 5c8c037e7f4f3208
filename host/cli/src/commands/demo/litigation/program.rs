//! The firm's own program: what it asks of the service, one request each.

use bytes::Bytes;
use clio_runner::failure::Failure;
use serde_json::{Value, json};

use super::firm::PETITION;
use super::http::{Answer, Api};

/// A program with a key.
#[derive(Debug)]
pub(super) struct Program(pub(super) Api);

impl Program {
    pub(super) async fn get(&self, what: &str) -> Result<Answer, Failure> {
        let path = format!("/v1/connections/firm/{what}");
        self.0.send("GET", &path, "", Bytes::new()).await
    }

    pub(super) async fn post(&self, what: &str, body: &Value) -> Result<Answer, Failure> {
        let path = format!("/v1/connections/firm/{what}");
        let body = body.to_string().into();
        self.0.send("POST", &path, "application/json", body).await
    }

    pub(super) async fn call(&self, function: &str, input: &Value) -> Result<Answer, Failure> {
        self.post(&format!("calls/{function}"), input).await
    }

    /// What the service lists for the firm.
    pub(super) async fn listed(&self, what: &str) -> Result<Vec<Value>, Failure> {
        let mut told = self.get(what).await?.json();
        Ok(serde_json::from_value(told[what].take()).unwrap_or_default())
    }

    /// The service's runs of a kind.
    pub(super) async fn runs(&self, kind: &str) -> Result<Vec<Value>, Failure> {
        let path = format!("/v1/runs?kind={kind}");
        let mut told = self.0.send("GET", &path, "", Bytes::new()).await?.json();
        Ok(serde_json::from_value(told["runs"].take()).unwrap_or_default())
    }

    pub(super) async fn new_documents(&self) -> Result<Vec<Value>, Failure> {
        let events = self.listed("events").await?;
        let new = events.iter().filter(|it| it["type"] == "document.new");
        Ok(new.map(|event| event["data"].clone()).collect())
    }

    /// The bytes of a document in Clio.
    pub(super) async fn document(&self, id: u64) -> Result<Vec<u8>, Failure> {
        let read = self.get(&format!("documents/{id}/content")).await?;
        Ok(read.body.to_vec())
    }

    /// Hands bytes in, and names them as an input does.
    pub(super) async fn upload(&self, bytes: Vec<u8>) -> Result<Value, Failure> {
        let path = "/v1/connections/firm/uploads";
        let kind = "application/octet-stream";
        let upload = self.0.send("POST", path, kind, bytes.into()).await?.json();
        Ok(json!({"source": {"upload": upload["id"]}}))
    }

    /// Uploads a draft of the queue as a version of a document.
    pub(super) async fn put(&self, document: u64, draft: &Value) -> Result<Answer, Failure> {
        let content = json!({"source": {"draft": draft}});
        self.upload_to(json!({"document": document}), &content, Value::Null)
            .await
    }

    /// The same with bytes and an approval of the caller's.
    pub(super) async fn brings(
        &self,
        document: u64,
        content: &Value,
        approval: &Value,
    ) -> Result<Answer, Failure> {
        let provenance = json!({"draft": approval});
        self.upload_to(json!({"document": document}), content, provenance)
            .await
    }

    /// Uploads bytes as if a person had made them.
    pub(super) async fn as_a_persons(
        &self,
        matter: u64,
        content: &Value,
    ) -> Result<Answer, Failure> {
        self.upload_to(json!({"matter": matter}), content, "from_person".into())
            .await
    }

    async fn upload_to(
        &self,
        parent: Value,
        content: &Value,
        provenance: Value,
    ) -> Result<Answer, Failure> {
        let mut input = json!({
            "source_id": "petitions:1", "parent": parent, "name": PETITION, "content": content,
            "on_change": "new_version",
        });
        if !provenance.is_null() {
            input["provenance"] = provenance;
        }
        self.call("upload-document.upload", &input).await
    }
}
