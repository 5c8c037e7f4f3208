//! A draft as the content of an upload: `{"source": {"draft": "ID"}}`.
//!
//! What must stay true: a caller names a draft and never an approval; who approved
//! it, when and which bytes is the journal's to say.

use clio_host::Call;
use clio_host::actions::upload_document::Parent;
use serde_json::{Value, json};

use super::place;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::review::{self, NotReady, Ready};
use crate::session::Session;

const REVIEW_FIRST: &str = "`clio review list` shows the drafts, and a person approves one with \
                            `clio review approve ID`; then name it as {\"source\": {\"draft\": \
                            \"ID\"}} and leave `provenance` out";

/// A call that is refused for its draft, as an action refuses one.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) told: Value,
    pub(super) failure: Failure,
}

fn refused(exit: Exit, code: &str, message: &str, field: &str, next: &str) -> Refused {
    Refused {
        told: json!({"error": {"permanent": {"code": code, "message": message, "field": field}}}),
        failure: Failure::new(exit, format!("{message} ({code}) at {field}")).next(next),
    }
}

/// Refuses an approval that a caller brings.
pub(super) fn no_approval(input: &Value) -> Result<(), Refused> {
    let given = input.pointer("/provenance/draft");
    if given.is_none_or(Value::is_null) {
        return Ok(());
    }
    Err(refused(
        Exit::Permanent,
        "review_required",
        "An approval that a caller brings is none.",
        "/provenance/draft",
        REVIEW_FIRST,
    ))
}

/// Lends the draft that an input names to its call, and puts it with its approval
/// into the input.
pub(super) async fn lend(
    input: &mut Value,
    call: &mut Call,
    session: &Session,
) -> Result<Result<(), Refused>, Failure> {
    const AT: &str = "/content/source/draft";
    let Some(id) = input.pointer(AT).and_then(Value::as_str).map(str::to_owned) else {
        return Ok(Ok(()));
    };
    let wrong = |message: &str, field: &str, next: &str| {
        Ok(Err(refused(
            Exit::Usage,
            "invalid_input",
            message,
            field,
            next,
        )))
    };
    if input.get("provenance").is_some_and(|it| !it.is_null()) {
        let message = "Where a draft is named, its review says where it comes from.";
        return wrong(message, "/provenance", "leave `provenance` out");
    }
    let parent = input.get("parent").cloned().unwrap_or_default();
    let Ok(parent) = serde_json::from_value::<Parent>(parent) else {
        let message = "The place of a draft is not right.";
        return wrong(message, "/parent", "give the matter that the draft is for");
    };
    let account = &session.account;
    let found = review::ready(
        &session.home,
        &session.journal,
        &account.scope,
        &id,
        &parent,
    );
    let ready: Ready = match found {
        Ok(ready) => ready,
        Err(NotReady::Failed(failure)) => return Err(failure),
        Err(NotReady::Absent) => {
            let message = "There is no draft of that id for this account.";
            return wrong(message, AT, "`clio review list` shows the drafts");
        }
        Err(NotReady::Refused(message, next)) => {
            let exit = Exit::Permanent;
            return Ok(Err(refused(exit, "review_required", &message, AT, next)));
        }
    };
    let about = ready.draft.about.clone();
    // A person approved it for a matter, and a document may be moved meanwhile.
    if let Some(document) = about.version_of
        && !place::has(session, about.matter, document).await?
    {
        let message = "The document that gets the version is not in the matter any more that the \
                       draft was approved for.";
        let next = "add the draft anew for the matter that has the document, and have a person \
                    approve that";
        return Ok(Err(refused(
            Exit::Permanent,
            "review_required",
            message,
            AT,
            next,
        )));
    }
    for (member, is) in [
        ("sha256", json!(about.sha256)),
        ("length", json!(about.length)),
    ] {
        let given = &input["content"][member];
        if !given.is_null() && *given != is && given.as_str() != Some(&is.to_string()) {
            let message = format!("The draft has another {member}.");
            return wrong(&message, &format!("/content/{member}"), "leave it out");
        }
        input["content"][member] = is;
    }
    let given = input["content"]["media_type"].as_str().map(str::to_owned);
    if given.is_none() && !about.media_type.is_empty() {
        input["content"]["media_type"] = about.media_type.into();
    }
    let approval = serde_json::to_value(&ready.approval).unwrap_or_default();
    let url = call
        .add_content(ready.content(given.as_deref()))
        .map_err(|error| Failure::usage(format!("the draft cannot be used: {error}")))?;
    input["content"]["source"] = json!({ "url": url });
    input["provenance"] = json!({ "draft": approval });
    Ok(Ok(()))
}
