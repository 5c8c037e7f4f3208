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

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clio_types::types::{Error as ActionErrorCase, Problem, ProblemCode};
use clio_types::upload_document::{Approval, Parent};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use crate::egress::{CallContent, ContentReview, Verdict};
use crate::error::{CallError, FailureCause, HostFailure};
use crate::json;
use crate::reviews::{DraftUpload, Reviews, ReviewsError};

/// A text of this length is looked at for bytes under whatever name: it may be
/// those of a document.
const BYTES: usize = 64;

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
pub(crate) struct Draft {
    parent: Parent,
    source_id: String,
    given: Approval,
    sha256: [u8; 32],
    /// Whether the caller says that the document is there whole: then nothing is sent,
    /// and nobody knows what is there.
    is_said_to_stand: bool,
}

/// What is left to do of a call that passed: on the way, and at its end.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    content: Option<ContentReview>,
    pub(crate) draft: Option<Draft>,
    pub(crate) reads: Option<u64>,
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
            let known = input.pointer("/known/status").and_then(Value::as_str);
            Some(Self {
                parent,
                source_id: input.get("source_id")?.as_str()?.to_owned(),
                sha256: from_hex(&given.sha256)?,
                given,
                is_said_to_stand: known == Some("complete"),
            })
        };
        let draft = read()
            .ok_or("The approval of a draft names who, when and the SHA-256 of the bytes.")?;
        // A person approved a document of its own, and not that another one gives way.
        let replaces = input.get("on_change").and_then(Value::as_str) == Some("new_version");
        match draft.parent {
            Parent::Matter(_) if replaces => Err(
                "The draft was approved as a document of its own, and becomes no version of \
                 another: leave `on_change` out, or have it approved as a version of that document.",
            ),
            _ => Ok(draft),
        }
    }

    /// Whether an upload with this outcome left these bytes in Clio. What was left as
    /// it is holds other ones, and of what the caller alone says it is there nothing is
    /// known.
    pub(crate) fn stands(&self, disposition: Option<&str>) -> bool {
        match disposition {
            Some("changed" | "moved") => false,
            Some("linked") => !self.is_said_to_stand,
            _ => true,
        }
    }

    pub(crate) fn upload<'a>(&'a self, account: &'a str, dry_run: bool) -> DraftUpload<'a> {
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

pub(crate) fn unknown(error: ReviewsError) -> CallError {
    HostFailure::new(FailureCause::Internal, error.to_string()).into()
}

/// Does what may block on a thread of its own: the caller's executor is not ours.
pub(crate) async fn aside<T: Send + 'static>(
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

pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
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
}
