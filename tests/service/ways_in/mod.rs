//! Every way in which a document comes into Clio: by none of them a draft goes
//! without its approval, and by each the approved one goes once.
//!
//! The ways are read out of the sources ([`listed`]), so that a new one fails until
//! it stands here or is said to bring no document.

mod desk;
mod listed;
mod ways;

use clio_runner::journal::drafts::Status;
use clio_sandbox::{Effect, Fault, Times};
use serde_json::json;

use desk::{Asked, Brings, Desk, MATTER};
use ways::Way;

/// What is refused, and what is told of it.
async fn refused(desk: &Desk, way: Way) {
    let other = desk.draft(MATTER + 1, "for another matter");
    desk.approve(&other);
    let rejected = desk.draft(MATTER, "which a person rejects");
    desk.reject(&rejected);
    let expired = desk.expired("whose time is over");
    let waiting = desk.draft(MATTER, "that waits");
    let approved = desk.draft(MATTER, "that is altered by one byte");
    desk.approve(&approved);
    let mut altered = desk.bytes(&approved);
    altered[0] ^= 1;
    let corrupt = desk.draft(MATTER, "whose sealed bytes are altered");
    desk.approve(&corrupt);
    desk.corrupt(&corrupt);

    let person = |bytes: Vec<u8>| Asked::new(Brings::Bytes(bytes, None));
    let by_hand = |bytes: Vec<u8>, draft: &str| {
        Asked::new(Brings::Bytes(bytes, Some(desk.approval_by_hand(draft))))
    };
    let draft = |id: &str| Asked::new(Brings::Draft(id.to_owned()));
    let attempts = [
        ("not approved", draft(&waiting), "review_required"),
        ("for another matter", draft(&other), "review_required"),
        ("rejected", draft(&rejected), "review_required"),
        ("expired", draft(&expired), "review_required"),
        (
            "altered by a byte",
            by_hand(altered, &approved),
            "review_required",
        ),
        ("altered in the queue", draft(&corrupt), "review_required"),
        (
            "a caller's own approval",
            by_hand(desk.bytes(&waiting), &waiting),
            "review_required",
        ),
        (
            "a machine's as a person's",
            person(desk.bytes(&waiting)),
            "review_required",
        ),
    ];
    desk.world.control.clear_trace();
    let mut asked = Vec::new();
    for (what, attempt, told) in attempts {
        // A library's caller brings the bytes himself, which are as they were.
        if way.brings_bytes() && what == "altered in the queue" {
            continue;
        }
        asked.push((what, attempt, told));
    }
    for (what, answer, told) in way.tried(desk, asked).await {
        assert!(!answer.done, "{way:?}, {what}: {answer:?}");
        let told = way.says(told);
        assert!(answer.text.contains(told), "{way:?}, {what}: {answer:?}");
    }
    desk.nothing_went(&format!("{way:?}"));
}

/// The approved one goes once, and again only as the same document.
async fn goes_once(desk: &Desk, way: Way) {
    let id = desk.draft(MATTER, &format!("that goes by {way:?}"));
    desk.approve(&id);
    let asked = Asked::new(Brings::Draft(id.clone()));
    let again = asked.clone();
    let other = Asked::new(Brings::Draft(id.clone()));
    let bytes = desk.bytes(&id);
    desk.world.control.clear_trace();
    let one = |asked: Asked| vec![("approved", asked, "")];
    let first = way.tried(desk, one(asked)).await.remove(0).1;
    assert!(first.done, "{way:?}: {first:?}");
    assert_eq!(desk.world.storage().len(), 1, "{way:?}");
    let draft = desk.found(&id);
    assert_eq!(draft.status, Status::Uploaded, "{way:?}");
    let document = draft.document.unwrap();
    assert_eq!(desk.world.control.content(document).unwrap(), bytes);
    desk.world.control.clear_trace();
    let second = way.tried(desk, one(again)).await.remove(0).1;
    assert!(second.done, "{way:?}: {second:?}");
    desk.nothing_went(&format!("{way:?}, again"));
    let third = way.tried(desk, one(other)).await.remove(0).1;
    assert!(
        !third.done && third.text.contains("review_required"),
        "{way:?}: {third:?}"
    );
    desk.nothing_went(&format!("{way:?}, as another document"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_draft_goes_by_a_command_or_the_library_without_its_approval() {
    let desk = Desk::new().await;
    for way in [Way::Command, Way::Sync, Way::Typed, Way::Json, Way::Mcp] {
        refused(&desk, way).await;
        goes_once(&desk, way).await;
    }
    // A stranger's component reaches no storage without the operator's word, and the
    // gate stands before that.
    refused(&desk, Way::Component).await;
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_draft_goes_by_the_service_without_its_approval() {
    let desk = Desk::serving().await;
    for way in [Way::ServiceCall, Way::ServiceCase, Way::Watched] {
        refused(&desk, way).await;
        goes_once(&desk, way).await;
    }
    desk.end().await;
}

/// What waits is held against the reviews when it is run again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_run_again_is_refused_once_its_approval_is_taken_back() {
    let desk = Desk::new().await;
    let away = || Fault::next("GET", "/documents", Effect::status(503)).times(Times::Forever);
    for taken_back in [true, false] {
        let id = desk.draft(MATTER, &format!("that waits, {taken_back}"));
        desk.approve(&id);
        desk.world.control.fault(away());
        let input = Asked::new(Brings::Draft(id.clone())).input(json!({"draft": id}));
        let run = [
            "run",
            "upload-document",
            "--connection",
            "firm",
            "--input",
            &input.to_string(),
        ];
        desk.world.clio(&run).await.expect_code(75);
        desk.world.control.clear_faults();
        let waits = desk
            .world
            .clio(&["retry", "--json"])
            .await
            .expect_code(0)
            .json();
        // The last is the one of this draft.
        let waits = waits.as_array().unwrap().last().unwrap();
        let waits = waits["id"].as_str().unwrap().to_owned();
        if taken_back {
            desk.reject(&id);
        }
        desk.world.control.clear_trace();
        let ended = desk.world.clio(&["retry", &waits]).await;
        if taken_back {
            let told = ended.expect_code(1).json();
            assert_eq!(told["error"]["permanent"]["code"], "review_required");
            desk.nothing_went("retry");
        } else {
            ended.expect_code(0);
            assert_eq!(desk.world.storage().len(), 1);
        }
    }
    desk.end().await;
}
