//! What machines made is remembered: what a call that succeeded leaves behind.
//!
//! The [gate](crate::gate) holds what the next one brings against it.
//!
//! What must stay true: nothing that a machine made is told before it is
//! remembered; it is known by the contract's names, whoever's component made it.

use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::CallError;
use crate::fetch::Sink;
use crate::gate::{Draft, Passed, aside, from_hex, unknown};
use crate::json;
use crate::reviews::{Made, Reviews};

/// What made the bytes of a document that a machine made.
const READ: &str = "generate-document";

/// What a call that succeeded leaves to remember.
pub(crate) struct MachineWork {
    reviews: Arc<dyn Reviews>,
    account: String,
    by: &'static str,
    made: Vec<Made>,
    /// A draft that stands in Clio now, as this document.
    uploaded: Option<(Draft, u64)>,
    /// A document that was read, and the SHA-256 of its bytes where they are in
    /// the result.
    read: Option<(u64, Option<[u8; 32]>)>,
}

impl MachineWork {
    /// By the contract's names. Of whose component it is nothing depends.
    pub(crate) fn of(
        reviews: Arc<dyn Reviews>,
        account: String,
        interface: &str,
        function: &str,
        outcome: &Value,
        passed: Passed,
    ) -> Self {
        let (by, made) = made(interface, function, outcome);
        let id = outcome.get("id").and_then(json::integer);
        let disposition = outcome.get("disposition").and_then(Value::as_str);
        let draft = passed.draft.filter(|draft| draft.stands(disposition));
        let inline = outcome.pointer("/content/inline/sha256");
        let inline = inline.and_then(Value::as_str).and_then(from_hex);
        let reads = contract(interface) == Some("read-document") && function == "read";
        Self {
            reviews,
            account,
            by,
            made,
            uploaded: draft.zip(id),
            read: passed.reads.filter(|_| reads).map(|read| (read, inline)),
        }
    }

    /// Remembers it, durably. Returns what is left where the bytes of a machine's
    /// document are to be fetched.
    pub(crate) async fn keep(self, dry_run: bool) -> Result<Option<Hashed>, CallError> {
        if self.made.is_empty() && self.uploaded.is_none() && self.read.is_none() {
            return Ok(None);
        }
        aside(move || self.kept(dry_run)).await?
    }

    fn kept(self, dry_run: bool) -> Result<Option<Hashed>, CallError> {
        let (reviews, account) = (self.reviews, self.account);
        for made in self.made {
            reviews.remember(&account, made, self.by).map_err(unknown)?;
        }
        if let Some((draft, id)) = self.uploaded.filter(|_| !dry_run) {
            let told = reviews.uploaded(&draft.upload(&account, false), id);
            // The document stands there all the same.
            if let Err(error) = told {
                tracing::error!(%error, "that a draft was uploaded is not remembered");
            }
        }
        let Some((document, inline)) = self.read else {
            return Ok(None);
        };
        let of = Made::Document(document);
        if !reviews.is_machine_made(&account, of).map_err(unknown)? {
            return Ok(None);
        }
        if let Some(sha256) = inline {
            let made = Made::Bytes(sha256);
            reviews.remember(&account, made, READ).map_err(unknown)?;
        }
        Ok(Some(Hashed {
            reviews,
            account,
            digest: Arc::default(),
        }))
    }
}

/// The bytes of a machine's document on their way to the caller.
pub(crate) struct Hashed {
    reviews: Arc<dyn Reviews>,
    account: String,
    digest: Arc<Mutex<Sha256>>,
}

impl Hashed {
    /// Hashes what goes into a sink. Without one it goes nowhere: its caller
    /// fetches it by itself.
    pub(crate) fn sink(&self, sink: Option<Sink>) -> Sink {
        let (digest, mut sink) = (Arc::clone(&self.digest), sink);
        Box::new(move |piece| {
            let mut hashing = digest.lock().unwrap_or_else(PoisonError::into_inner);
            hashing.update(&piece);
            match &mut sink {
                Some(sink) => sink(piece),
                None => Box::pin(ready(Ok(()))),
            }
        })
    }

    /// Remembers the digest of all of it.
    pub(crate) async fn remember(self) -> Result<(), CallError> {
        let Self {
            reviews,
            account,
            digest,
        } = self;
        aside(move || {
            let mut digest = digest.lock().unwrap_or_else(PoisonError::into_inner);
            let made = Made::Bytes(digest.finalize_reset().into());
            reviews.remember(&account, made, READ).map_err(unknown)
        })
        .await?
    }
}

/// What a function's outcome names of a machine's work, and what made it.
fn made(interface: &str, function: &str, outcome: &Value) -> (&'static str, Vec<Made>) {
    match (contract(interface), function) {
        (Some("fill-document"), "fill") => {
            let sha256 = outcome.get("sha256").and_then(Value::as_str);
            let sha256 = sha256.and_then(from_hex).map(Made::Bytes);
            ("fill-document", sha256.into_iter().collect())
        }
        (Some("generate-document"), "start" | "follow") => {
            let documents = outcome.get("documents").and_then(Value::as_array);
            let ids = documents
                .into_iter()
                .flatten()
                .filter_map(|it| it.get("id"));
            let ids = ids.filter_map(json::integer).map(Made::Document);
            ("generate-document", ids.collect())
        }
        _ => ("", Vec::new()),
    }
}

/// An interface of the contract, whatever its version.
fn contract(interface: &str) -> Option<&str> {
    let name = interface.strip_prefix("clio:actions/")?;
    Some(name.split('@').next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_machines_work_is_known_by_the_contract_alone() {
        let fill = json!({"sha256": "ab".repeat(32)});
        let of = |interface: &str| made(interface, "fill", &fill).1;
        assert_eq!(
            of("clio:actions/fill-document@0.1.0"),
            [Made::Bytes([0xab; 32])]
        );
        assert_eq!(
            of("clio:actions/fill-document@0.2.0"),
            [Made::Bytes([0xab; 32])]
        );
        assert!(of("my:actions/fill-document@0.1.0").is_empty());
        let started = json!({"documents": [{"id": 7}, {"id": "8"}]});
        let (by, documents) = made("clio:actions/generate-document@0.1.0", "start", &started);
        assert_eq!(by, "generate-document");
        assert_eq!(documents, [Made::Document(7), Made::Document(8)]);
    }
}
