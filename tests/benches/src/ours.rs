//! The project's own host, by the contract's types, by JSON, and by types on the
//! caller's thread (`in_place`). Limits, policy,
//! deadline, fairness and a fresh instance a call are on, as nothing turns them
//! off; the journal is, unless the question is what it costs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clio_host::{
    AccessToken, Connection, Host, Limits, LocalContent, MemoryJournal, OperatorPolicy, Origin,
};
use clio_types::upload_document::{Content, UploadOutcome, UploadRequest};

use crate::jobs::{Asked, Runner};
use crate::spec::Spec;

/// A policy as an operator writes one.
const POLICY: &str = r#"
deny = ["DELETE /api/v4/contacts/{id}.json", "POST /api/v4/activities.json"]
[actions.find-documents]
allow = ["GET /api/v4/documents.json"]
[limits]
deadline_seconds = 120
requests = 200
"#;

/// The host and a connection of it.
pub(crate) struct Ours {
    host: Host,
    connection: Connection,
    by_json: bool,
}

impl Ours {
    pub(crate) fn new(spec: &Spec, cache: &Path) -> anyhow::Result<Self> {
        let mut limits = Limits::default().with_time_for(1 << 30);
        limits.wait = Duration::from_secs(spec.wait);
        let mut builder = Host::builder()
            .cache_dir(Some(cache.to_owned()))
            .workers(spec.workers)
            .concurrent_calls(spec.calls)
            .limits(limits);
        if spec.path == "in-place" {
            builder = builder.in_place();
        }
        if spec.journal {
            builder = builder.journal(Arc::new(MemoryJournal::new(10_000)));
        }
        if spec.operator {
            builder = builder.operator(OperatorPolicy::parse("bench", POLICY)?);
        }
        let origin = Origin::parse(&spec.peer.origin).context("the peer's origin")?;
        let token = AccessToken::from(spec.peer.token.clone());
        Ok(Self {
            host: builder.build()?,
            connection: Connection::new(origin, token),
            by_json: spec.path == "json",
        })
    }
}

impl Runner for Ours {
    async fn run<R: Asked>(&self, request: R) -> Result<R::Outcome, String> {
        let call = self.host.call(&self.connection);
        if !self.by_json {
            return call.run(request).await.map_err(|error| error.to_string());
        }
        let action = self
            .host
            .load_action(R::ACTION)
            .map_err(|error| error.to_string())?;
        let input = serde_json::to_value(&request).map_err(|error| error.to_string())?;
        let outcome = call.invoke(&action, Some(R::FUNCTION), input).await;
        let outcome = outcome.map_err(|error| error.to_string())?;
        serde_json::from_value(outcome).map_err(|error| error.to_string())
    }

    async fn upload(
        &self,
        mut request: UploadRequest,
        file: &Path,
    ) -> Result<UploadOutcome, String> {
        let mut call = self.host.call(&self.connection);
        let content = LocalContent::file(file, "application/pdf").map_err(|e| e.to_string())?;
        request.content = Content::at(call.add_content(content).map_err(|e| e.to_string())?);
        call.run(request).await.map_err(|error| error.to_string())
    }
}

/// Compiles the actions of the jobs into the cache, so that no first run of a
/// path does.
pub(crate) fn compile() -> anyhow::Result<()> {
    let cache = Some(crate::cache());
    let host = Host::builder()
        .cache_dir(cache)
        .concurrent_calls(1)
        .build()?;
    for name in [
        "find-documents",
        "sync-contact",
        "create-matter",
        "upload-document",
        "detect-documents",
    ] {
        host.load_action(name)?;
    }
    Ok(())
}
