//! The contacts that are related to a matter.

use clio_sandbox::{NewContact, NewMatter, NewRelationship};
use serde_json::json;

use crate::client::start;

const SHOWN: &str = "fields=id,description,matter%7Bid%7D,contact%7Bid,name%7D";

#[tokio::test]
async fn contacts_of_a_matter_are_listed_with_what_they_are_there() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let bo = clio.control.add_contact(NewContact::person("Bo", "Ray"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    let other = clio.control.add_matter(NewMatter::of(ann, "Lee II"));
    let related = clio.control.add_relationship(&NewRelationship {
        matter,
        contact: bo,
        description: "Opposing counsel".to_owned(),
    });
    let new = json!({"matter": {"id": other}, "contact": {"id": bo}});
    let made = clio.post(&format!("/relationships?{SHOWN}"), new).await;
    assert_eq!(made.status, 201);
    let list = clio
        .get(&format!("/relationships?matter_id={matter}&{SHOWN}"))
        .await;
    assert_eq!(
        list.data(),
        json!([{"id": related, "description": "Opposing counsel", "matter": {"id": matter},
            "contact": {"id": bo, "name": "Bo Ray"}}])
    );
    let of_bo = clio.get(&format!("/relationships?contact_id={bo}")).await;
    assert_eq!(of_bo.ids(), [related, made.id()]);

    let path = format!("/relationships/{related}?{SHOWN}");
    let changed = clio.patch(&path, json!({"description": "Judge"})).await;
    assert_eq!(changed.data()["description"], "Judge");
    let gone = clio.delete(&format!("/relationships/{related}")).await;
    assert_eq!(gone.status, 204);
    assert_eq!(clio.get(&path).await.status, 404);
    let nobody = json!({"matter": {"id": other}});
    assert_eq!(clio.post("/relationships", nobody).await.status, 422);
    let unknown = json!({"matter": {"id": other}, "contact": {"id": 7}});
    assert_eq!(clio.post("/relationships", unknown).await.status, 404);
}
