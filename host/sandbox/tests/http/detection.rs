//! What a poller for documents has to live with.

use std::time::Duration;

use clio_sandbox::{NewContact, NewDocument, NewMatter, Place};

use crate::client::{Clio, start};

async fn changed_since(clio: &Clio, since: jiff::Timestamp) -> Vec<u64> {
    let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
    clio.get(&format!(
        "/documents?updated_since={since}&order=id(asc)&show_uncompleted=true&include_deleted=true"
    ))
    .await
    .ids()
}

#[tokio::test]
async fn a_late_upload_is_older_than_it_looks_and_an_edit_comes_again() {
    let clio = start().await;
    clio.control.freeze(None);
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    let draft = clio
        .control
        .add_document(Place::Matter(matter), NewDocument::incomplete("a.pdf"))
        .unwrap();
    clio.control.advance(Duration::from_secs(3600));
    let hour = clio.control.now();
    clio.control.complete_document(draft, b"a");
    let created = clio
        .get(&format!("/documents/{draft}?fields=created_at"))
        .await
        .data();
    assert!(
        created["created_at"]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
            < hour
    );
    assert_eq!(changed_since(&clio, hour).await, [draft]);
    clio.control.advance(Duration::from_secs(60));
    let later = clio.control.now();
    assert!(changed_since(&clio, later).await.is_empty());
    clio.control.edit_document(draft, "b.pdf");
    assert_eq!(changed_since(&clio, later).await, [draft]);
}

#[tokio::test]
async fn two_documents_of_one_second_share_their_times() {
    let clio = start().await;
    clio.control.freeze(None);
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    for name in ["a.pdf", "b.pdf"] {
        clio.control
            .add_document(Place::Contact(ann), NewDocument::complete(name, b"x"));
        clio.control.advance(Duration::from_millis(1));
    }
    let rows = clio.get("/documents?fields=created_at").await.data();
    assert_eq!(rows[0]["created_at"], rows[1]["created_at"]);
}
