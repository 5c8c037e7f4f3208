//! Time entries: what was reported of the hours of a billed line.

use clio_sandbox::{NewActivity, NewContact, NewMatter};
use serde_json::json;

use crate::client::start;

const SHOWN: &str = "?fields=id,etag,type,quantity,quantity_in_hours,billed,note";

#[tokio::test]
async fn hours_of_a_billed_line_answer_200_and_stay() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    for billed in [true, false] {
        let id = clio.control.add_activity(&NewActivity {
            matter,
            quantity: 1800.0,
            billed,
        });
        let path = format!("/activities/{id}{SHOWN}");
        let before = clio.get(&path).await.data();
        assert_eq!(before["quantity_in_hours"], 0.5);
        let answer = clio.patch(&path, json!({"quantity": 3600})).await;
        assert_eq!(answer.status, 200);
        let after = clio.get(&path).await.data();
        assert_eq!(answer.data(), after);
        assert_eq!(after == before, billed, "{after}");
        // The rest of it can be changed.
        let noted = clio.patch(&path, json!({"note": "Call"})).await;
        assert_eq!(noted.data()["note"], "Call");
    }
    assert_eq!(clio.ignored(), ["/data/quantity"]);
    let list = format!("/activities?matter_id={matter}");
    assert_eq!(clio.get(&list).await.ids().len(), 2);
}

#[tokio::test]
async fn an_entry_is_made_for_a_matter_and_deleted_unless_it_was_billed() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    let new = json!({"type": "TimeEntry", "date": "2026-03-01", "quantity": 900,
        "matter": {"id": matter}});
    let made = clio.post(&format!("/activities{SHOWN}"), new).await;
    assert_eq!(
        (made.status.as_u16(), &made.data()["quantity"]),
        (201, &json!(900.0))
    );
    let gone = clio.delete(&format!("/activities/{}", made.id())).await;
    assert_eq!(gone.status, 204);
    let billed = clio
        .sandbox(
            "POST",
            "/activities",
            json!({"matter": matter, "quantity": 60.0, "billed": true}),
        )
        .await;
    let billed = &billed.json()["id"];
    assert_eq!(
        clio.delete(&format!("/activities/{billed}")).await.status,
        422
    );
    let unknown = json!({"type": "TimeEntry", "date": "2026-03-01", "matter": {"id": 7}});
    assert_eq!(clio.post("/activities", unknown).await.status, 404);
}
