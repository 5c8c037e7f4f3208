//! The gate: whether what a call brings may go into Clio.
//!
//! Every call passes here, whoever makes it and by types or JSON. Where a call could
//! write, each content that is in its input or lent to it is held against what
//! machines made, before the call begins; what it fetches itself, on the way
//! ([`crate::egress`]). A draft goes with an approval that the host's [`Reviews`]
//! knows, and with no other.
//!
//! What must stay true: an approval in an input is worth nothing by itself; without
//! [`Reviews`] no draft goes; a component of somebody else is held to the same, by
//! what its input is, not by what it calls itself.

use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clio_types::types::{Error as ActionErrorCase, Problem, ProblemCode};
use clio_types::upload_document::{Approval, Parent};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use crate::egress::{CallContent, ContentReview, Verdict};
use crate::error::{CallError, FailureCause, HostFailure};
use crate::fetch::Sink;
use crate::json;
use crate::reviews::{DraftUpload, Made, Reviews, ReviewsError};

/// A text of this length is looked at for bytes under whatever name: it may be
/// those of a document.
const BYTES: usize = 64;

/// What made the bytes of a document that a machine made.
const READ: &str = "generate-document";

/// What one call brings, as far as its input says.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    /// The draft of an upload, or why it is none.
    draft: Option<Result<Draft, &'static str>>,
    /// The SHA-256 of each content that is in the input itself.
    inline: Vec<[u8; 32]>,
    /// The same of each text that may be bytes under another name, as most are not.
    texts: Vec<[u8; 32]>,
    /// The document of Clio that is read.
    reads: Option<u64>,
}

/// A draft with the approval that its caller gives.
#[derive(Debug)]
struct Draft {
    parent: Parent,
    source_id: String,
    given: Approval,
    sha256: [u8; 32],
}

/// What is left to do of a call that passed: on the way, and at its end.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    content: Option<ContentReview>,
    draft: Option<Draft>,
    reads: Option<u64>,
}

impl Brought {
    /// Looks through an input, with content in it where `reviewed`.
    pub(crate) fn of(input: &Value, reviewed: bool) -> Self {
        let mut brought = Self::default();
        brought.visit(input, true, reviewed);
        let of = input.get("of");
        let read = of.and_then(|of| {
            of.get("document")
                .or_else(|| of.pointer("/version/document"))
        });
        brought.reads = read.and_then(json::integer);
        brought
    }

    fn visit(&mut self, value: &Value, is_input: bool, reviewed: bool) {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.visit(item, false, reviewed);
                }
            }
            Value::Object(members) => {
                let draft = members.get("provenance").and_then(|it| it.get("draft"));
                if let Some(draft) = draft.filter(|it| !it.is_null()) {
                    self.draft = Some(match (is_input, &self.draft) {
                        (true, None) => Draft::of(value, draft),
                        _ => Err("a draft is uploaded by itself, as `upload-document` takes it"),
                    });
                }
                for (name, member) in members {
                    match member {
                        Value::String(text) if reviewed && name == "inline" => {
                            self.bytes(text, true);
                        }
                        member => self.visit(member, false, reviewed),
                    }
                }
            }
            Value::String(text) if reviewed && text.len() >= BYTES => self.bytes(text, false),
            _ => {}
        }
    }

    /// Takes a text for bytes, as JSON has them, if it can be.
    fn bytes(&mut self, text: &str, is_content: bool) {
        if let Ok(bytes) = STANDARD.decode(text) {
            let known = if is_content {
                &mut self.inline
            } else {
                &mut self.texts
            };
            known.push(Sha256::digest(bytes).into());
        }
    }

    /// Holds all of it, and what was lent to the call, against the reviews. `writes`:
    /// whether the call could change anything.
    pub(crate) async fn pass(
        self,
        reviews: Option<Arc<dyn Reviews>>,
        account: &str,
        contents: &mut CallContent,
        writes: bool,
        dry_run: bool,
    ) -> Result<Passed, CallError> {
        let draft = match self.draft {
            None => None,
            Some(Ok(draft)) => Some(draft),
            Some(Err(why)) => return Err(refused(why, "/provenance/draft")),
        };
        let Some(reviews) = reviews else {
            return match draft {
                None => Ok(Passed::default()),
                Some(_) => Err(refused(
                    "This host keeps no reviews of drafts, so it takes no draft on a caller's word. \
                     Give it the reviews that know who approved what.",
                    "/provenance/draft",
                )),
            };
        };
        let reads = self.reads;
        if draft.is_none() && !writes {
            return Ok(Passed {
                reads,
                ..Passed::default()
            });
        }
        let review = ContentReview {
            reviews,
            account: account.to_owned(),
            approved: draft.as_ref().map(|draft| draft.sha256),
        };
        let (mut inline, mut lent) = (self.inline, contents.lent());
        if draft.is_none() {
            inline.extend(self.texts);
        }
        if draft.is_none() && inline.is_empty() && lent.is_empty() {
            let content = Some(review);
            return Ok(Passed {
                content,
                draft,
                reads,
            });
        }
        let work = move || {
            if let Some(draft) = &draft {
                draft.approved(&review, dry_run)?;
            }
            for sha256 in inline {
                judged(&review, sha256)?;
            }
            for content in &mut lent {
                let sha256 = content.digested().map_err(|error| {
                    let message = format!("the content that was lent cannot be read: {error}");
                    CallError::from(HostFailure::new(FailureCause::Internal, message))
                })?;
                judged(&review, sha256)?;
            }
            let content = Some(review);
            Ok::<_, CallError>((
                Passed {
                    content,
                    draft,
                    reads,
                },
                lent,
            ))
        };
        let (passed, lent) = aside(work).await??;
        contents.return_lent(lent);
        Ok(passed)
    }
}

impl Draft {
    /// The upload of a draft, as the contract has it.
    fn of(input: &Value, given: &Value) -> Result<Self, &'static str> {
        let read = || {
            let parent = serde_json::from_value(input.get("parent")?.clone()).ok()?;
            let given: Approval = serde_json::from_value(given.clone()).ok()?;
            Some(Self {
                parent,
                source_id: input.get("source_id")?.as_str()?.to_owned(),
                sha256: from_hex(&given.sha256)?,
                given,
            })
        };
        read().ok_or("The approval of a draft names who, when and the SHA-256 of the bytes.")
    }

    fn upload<'a>(&'a self, account: &'a str, dry_run: bool) -> DraftUpload<'a> {
        DraftUpload {
            account,
            parent: &self.parent,
            source_id: &self.source_id,
            sha256: &self.sha256,
            dry_run,
        }
    }

    /// Whether the approval that the caller gives is the one that is known.
    fn approved(&self, review: &ContentReview, dry_run: bool) -> Result<(), CallError> {
        if self.given.approver.trim().is_empty() {
            return Err(refused(
                "The approval does not say who approved the draft.",
                "/provenance/draft/approver",
            ));
        }
        let upload = self.upload(&review.account, dry_run);
        let known = review.reviews.approval(&upload).map_err(unknown)?;
        match known {
            Some(known) if known == self.given => Ok(()),
            _ => Err(refused(
                "Nobody is known to have approved this draft for this place and source id. An \
                 approval that a caller brings is none: have a person approve exactly these bytes.",
                "/provenance/draft",
            )),
        }
    }
}

impl Passed {
    /// What the content that the call fetches is held against.
    pub(crate) fn content(&self) -> Option<ContentReview> {
        self.content.clone()
    }
}

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
        // What was left as it is holds other bytes.
        let disposition = outcome.get("disposition").and_then(Value::as_str);
        let stands = !matches!(disposition, Some("changed" | "moved"));
        let inline = outcome.pointer("/content/inline/sha256");
        let inline = inline.and_then(Value::as_str).and_then(from_hex);
        let reads = contract(interface) == Some("read-document") && function == "read";
        Self {
            reviews,
            account,
            by,
            made,
            uploaded: passed.draft.zip(id.filter(|_| stands)),
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

fn judged(review: &ContentReview, sha256: [u8; 32]) -> Result<(), CallError> {
    match review.of(sha256).map_err(unknown)? {
        Verdict::Passes => Ok(()),
        Verdict::MachineMade => Err(machine_made()),
        Verdict::NotApproved => Err(not_approved()),
    }
}

/// That bytes are passed off as a person's which a machine made.
pub(crate) fn machine_made() -> CallError {
    refused(
        "A machine made exactly these bytes, so no person vouches for them. Add them to the drafts \
         for review, have a person approve them, and name the draft.",
        "/provenance",
    )
}

/// That other bytes are brought than were approved.
pub(crate) fn not_approved() -> CallError {
    refused(
        "The approval is for other bytes. Have a person approve this draft.",
        "/provenance/draft/sha256",
    )
}

fn refused(message: &str, field: &str) -> CallError {
    let mut problem = Problem::new(ProblemCode::ReviewRequired, message);
    problem.field = Some(field.to_owned());
    CallError::typed(ActionErrorCase::Permanent(problem))
}

fn unknown(error: ReviewsError) -> CallError {
    HostFailure::new(FailureCause::Internal, error.to_string()).into()
}

/// Does what may block on a thread of its own: the caller's executor is not ours.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CallError> {
    let (sender, receiver) = oneshot::channel();
    let lost = || CallError::from(HostFailure::lost());
    std::thread::Builder::new()
        .name("clio-review".into())
        .spawn(move || {
            let _ = sender.send(work());
        })
        .map_err(|_| lost())?;
    receiver.await.map_err(|_| lost())
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn upload() -> Value {
        json!({"source_id": "a", "parent": {"matter": 17}, "provenance": {"draft": {
            "approver": "A. Lee", "at": "2026-03-01T09:30:00Z", "sha256": "ab".repeat(32)}}})
    }

    #[test]
    fn a_draft_is_found_wherever_an_input_says_so() {
        let draft = |input: &Value| Brought::of(input, false).draft;
        let found = draft(&upload()).unwrap().unwrap();
        assert_eq!(
            (found.parent, found.sha256),
            (Parent::Matter(17), [0xab; 32])
        );
        for (member, value) in [
            ("/parent", json!({"matter": "x"})),
            ("/provenance/draft/sha256", json!("AB".repeat(32))),
            ("/provenance/draft", json!(true)),
            ("/provenance/draft", json!({})),
        ] {
            let mut input = upload();
            *input.pointer_mut(member).unwrap() = value;
            assert!(draft(&input).unwrap().is_err(), "{input}");
        }
        assert!(draft(&json!([upload()])).unwrap().is_err());
        assert!(
            draft(&json!({"documents": [{"x": upload()}]}))
                .unwrap()
                .is_err()
        );
        for input in [
            json!({"provenance": "from_person"}),
            json!({"provenance": {"draft": null}}),
            json!({"draft": {"sha256": "00"}}),
        ] {
            assert!(draft(&input).is_none(), "{input}");
        }
    }

    #[test]
    fn what_is_in_an_input_is_hashed() {
        let input = json!({"content": {"source": {"inline": "YWJj"}}, "x": [{"inline": "YWJj"}],
            "y": {"inline": "no base64!"}, "z": {"inline": 3}});
        let abc: [u8; 32] = Sha256::digest(b"abc").into();
        assert_eq!(Brought::of(&input, true).inline, [abc, abc]);
        assert!(Brought::of(&input, false).inline.is_empty());
        // Whatever a component of somebody else calls it.
        let page = "a page of a document, of a size that one may have, in a component's own words";
        let input = json!({"body": STANDARD.encode(page), "note": page});
        let page: [u8; 32] = Sha256::digest(page).into();
        assert_eq!(Brought::of(&input, true).texts, [page]);
    }

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
