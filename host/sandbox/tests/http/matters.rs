//! Matters, stages, practice areas.

use std::time::Duration;

use clio_sandbox::{
    AutomationDocuments, IgnoredKind, NewAutomation, NewContact, NewMatter, Numbering, SinceFilter,
    UnknownReference,
};
use serde_json::json;

use crate::client::{Clio, start, start_with};

async fn with_client() -> (Clio, u64) {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    (clio, ann)
}

#[tokio::test]
async fn status_is_lower_case_in_and_capitalised_out() {
    let (clio, ann) = with_client().await;
    let open = clio
        .post(
            "/matters?fields=id,status,display_number,open_date",
            json!({"client": {"id": ann}, "description": "A"}),
        )
        .await;
    assert_eq!(open.data()["status"], "Open");
    assert_eq!(open.data()["display_number"], "00001-Lee");
    let closed = clio
        .patch(
            &format!("/matters/{}?fields=status,close_date", open.id()),
            json!({"status": "closed"}),
        )
        .await
        .data();
    assert_eq!(closed["status"], "Closed");
    assert!(closed["close_date"].is_string());
    assert_eq!(
        clio.patch(
            &format!("/matters/{}", open.id()),
            json!({"status": "Open"})
        )
        .await
        .status,
        422
    );
    let pending = clio.control.add_matter(NewMatter {
        status: Some("pending".to_owned()),
        ..NewMatter::of(ann, "B")
    });
    assert_eq!(
        clio.get("/matters?status=open,pending").await.ids(),
        [pending]
    );
    assert_eq!(
        clio.get("/matters?status=open,pending,closed")
            .await
            .ids()
            .len(),
        2
    );
    assert_eq!(clio.get("/matters?status=Open").await.status, 400);
}

#[tokio::test]
async fn a_stage_of_another_practice_area_is_refused_and_nothing_applied() {
    let (clio, ann) = with_client().await;
    let family = clio.control.practice_area_named("Family").unwrap();
    let injury = clio.control.practice_area_named("Personal Injury").unwrap();
    let stage = clio.control.stage_named("Family", "Retained").unwrap();
    let stages = clio
        .get(&format!(
            "/matter_stages?practice_area_id={family}&fields=id,name,practice_area_id"
        ))
        .await
        .data();
    assert_eq!(stages[1]["id"], stage);
    assert_eq!(
        stages[1]["practice_area_id"],
        family.to_string(),
        "a string"
    );
    let matter = clio
        .post(
            "/matters",
            json!({"client": {"id": ann}, "description": "A", "practice_area": {"id": injury}}),
        )
        .await
        .id();
    let path =
        format!("/matters/{matter}?fields=description,matter_stage{{id}},practice_area{{id}}");
    let wrong = clio
        .patch(
            &path,
            json!({"description": "B", "matter_stage": {"id": stage}}),
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(clio.get(&path).await.data()["description"], "A");
    let right = clio
        .patch(
            &path,
            json!({"practice_area": {"id": family}, "matter_stage": {"id": stage}}),
        )
        .await;
    assert_eq!(right.data()["matter_stage"]["id"], stage);
    let cleared = clio
        .patch(&path, json!({"matter_stage": {"id": null}}))
        .await;
    assert_eq!(cleared.data()["matter_stage"], json!(null));
}

#[tokio::test]
async fn attorneys_are_set_and_changed_but_never_cleared() {
    let (clio, ann) = with_client().await;
    let user = clio.get("/users/who_am_i").await.id();
    let matter = clio
        .post("/matters", json!({"client": {"id": ann}, "description": "A", "originating_attorney": {"id": user}}))
        .await
        .id();
    let path = format!("/matters/{matter}?fields=originating_attorney{{id}}");
    for nothing in [json!(null), json!({})] {
        let answer = clio
            .patch(&path, json!({"originating_attorney": nothing}))
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.data()["originating_attorney"]["id"], user);
    }
    assert_eq!(clio.control.ignored().len(), 2);
    assert_eq!(clio.control.ignored()[0].what, IgnoredKind::DroppedValue);
    assert_eq!(
        clio.patch(&path, json!({"originating_attorney": {"id": null}}))
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn numbers_are_the_firms_only_where_numbering_is_manual() {
    let (clio, ann) = with_client().await;
    let body = json!({"client": {"id": ann}, "description": "A", "display_number": "2026/7"});
    let made = clio
        .post("/matters?fields=display_number", body.clone())
        .await;
    assert_eq!(made.data()["display_number"], "00001-Lee");
    assert_eq!(clio.ignored(), ["/data/display_number"]);
    let mut switches = clio.control.switches();
    switches.numbering = Numbering::Manual;
    clio.control.set_switches(switches);
    let made = clio.post("/matters?fields=display_number", body).await;
    assert_eq!(made.data()["display_number"], "2026/7");
}

#[tokio::test]
async fn required_keys_and_unknown_clients_are_refused() {
    let (clio, ann) = with_client().await;
    for body in [
        json!({"description": "A"}),
        json!({"client": {"id": ann}}),
        json!({"client": {}, "description": "A"}),
    ] {
        assert_eq!(clio.post("/matters", body).await.status, 422);
    }
    assert_eq!(
        clio.post("/matters", json!({"client": {"id": 1}, "description": "A"}))
            .await
            .status,
        404
    );
    assert!(clio.control.snapshot().matters.is_empty());
    // Silently dropped: fees go through custom_rate.
    let made = clio
        .post(
            "/matters?fields=billing_method",
            json!({"client": {"id": ann}, "description": "A", "billing_method": "flat"}),
        )
        .await;
    assert_eq!(made.data()["billing_method"], "hourly");
    assert_eq!(clio.ignored(), ["/data/billing_method"]);
}

#[tokio::test]
async fn the_search_of_matters_knows_neither_reference_nor_custom_fields() {
    let (clio, ann) = with_client().await;
    let matter = clio.control.add_matter(NewMatter {
        client_reference: Some("n8n:42".to_owned()),
        ..NewMatter::of(ann, "Divorce")
    });
    clio.control.advance(Duration::from_secs(5));
    assert!(clio.get("/matters?query=n8n").await.ids().is_empty());
    for query in ["divorce", "lee", "00001"] {
        assert_eq!(
            clio.get(&format!("/matters?query={query}")).await.ids(),
            [matter],
            "{query}"
        );
    }
    assert_eq!(
        clio.get("/matters?client_reference=n8n:42").await.ids(),
        [matter]
    );
    assert_eq!(clio.ignored(), ["client_reference"]);
}

#[tokio::test]
async fn since_filters_include_the_instant_or_not() {
    let clio = start_with(|c| c.switches.since = SinceFilter::Exclusive).await;
    clio.control.freeze(None);
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "A"));
    let at = clio
        .get(&format!("/matters/{matter}?fields=created_at"))
        .await
        .data()["created_at"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/matters?created_since={at}");
    assert!(clio.get(&path).await.ids().is_empty());
    let mut switches = clio.control.switches();
    switches.since = SinceFilter::Inclusive;
    clio.control.set_switches(switches);
    assert_eq!(clio.get(&path).await.ids(), [matter]);
}

#[tokio::test]
async fn a_stage_set_by_a_person_brings_documents_late() {
    let (clio, ann) = with_client().await;
    let mut switches = clio.control.switches();
    switches.automation_documents = AutomationDocuments::IncompleteFirst;
    clio.control.set_switches(switches);
    clio.control.freeze(None);
    let matter = clio.control.add_matter(NewMatter::of(ann, "A"));
    let stage = clio.control.stage_named("Family", "Retained").unwrap();
    clio.control.add_stage_automation(NewAutomation {
        stage,
        name: "Retainer.pdf".to_owned(),
        content: Some(b"%PDF".to_vec()),
        after: Duration::from_secs(120),
    });
    let set = clio.control.now();
    clio.control.set_stage(matter, stage);
    assert!(clio.control.snapshot().documents.is_empty());
    clio.control.advance(Duration::from_secs(121));
    let state = clio.control.snapshot();
    assert!(!state.documents[0].complete);
    assert_eq!(
        state.documents[0].created_at.as_second(),
        set.as_second() + 120
    );
    clio.control.advance(Duration::from_secs(30));
    let state = clio.control.snapshot();
    assert!(state.documents[0].complete);
    assert_eq!(state.documents[0].matter, Some(matter));
    assert_eq!(
        clio.control
            .content(state.documents[0].id)
            .unwrap()
            .as_ref(),
        b"%PDF"
    );
}

#[tokio::test]
async fn a_stage_set_through_the_api_runs_automations_or_not() {
    for runs in [true, false] {
        let clio = start_with(|c| c.switches.api_stage_runs_automations = runs).await;
        let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
        let stage = clio.control.stage_named("Family", "Intake").unwrap();
        clio.control.add_stage_automation(NewAutomation {
            stage,
            name: "Letter.docx".to_owned(),
            content: Some(b"x".to_vec()),
            after: Duration::ZERO,
        });
        let family = clio.control.practice_area_named("Family").unwrap();
        let made = clio
            .post(
                "/matters",
                json!({"client": {"id": ann}, "description": "A",
                "practice_area": {"id": family}, "matter_stage": {"id": stage}}),
            )
            .await;
        assert_eq!(made.status, 201);
        assert_eq!(clio.control.snapshot().documents.len(), usize::from(runs));
    }
}

#[tokio::test]
async fn practice_areas_are_made_and_found_by_name() {
    let clio = start().await;
    let made = clio
        .post("/practice_areas", json!({"name": "Tax", "category": "tax"}))
        .await;
    assert_eq!(
        clio.get("/practice_areas?name=Tax").await.ids(),
        [made.id()]
    );
    assert_eq!(
        clio.post(
            "/practice_areas",
            json!({"name": "X", "category": "nonsense"})
        )
        .await
        .status,
        422
    );
}

#[tokio::test]
async fn an_unknown_reference_is_told_in_each_reading() {
    for (reading, status) in [
        (UnknownReference::NotFound, 404),
        (UnknownReference::Unprocessable, 422),
    ] {
        let clio = start_with(|config| config.switches.unknown_reference = reading).await;
        let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
        let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
        let path = format!("/matters/{matter}");
        for member in ["practice_area", "responsible_attorney", "client"] {
            let answer = clio.patch(&path, json!({member: {"id": 77}})).await;
            assert_eq!(answer.status, status, "{member}");
        }
        assert_eq!(clio.patch("/matters/77", json!({})).await.status, 404);
    }
}
