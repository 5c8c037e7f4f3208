//! The audit holds the same ids of a call, however it was made: by the types of
//! an action or with JSON.

use std::collections::BTreeSet;
use std::sync::Arc;

use clio_host::actions::{
    Request, check_connection, create_matter, custom_fields, detect_documents, fill_document,
    find_documents, generate_document, inspect_document, lookup, pull_matters, read_document,
    receive_webhook, setup_markers, sync_contact, update_matter, upload_document, webhooks,
};
use clio_host::{AuditStatus, Host, MemoryJournal};
use clio_sandbox::{Config, NewContact, NewMatter, RateLimit};
use clio_tests::{World, cache_dir, empty};
use serde_json::{Value, json};

/// A host that keeps its audit in memory, and which functions it was asked.
struct Audited<'w> {
    world: &'w World,
    host: Host,
    journal: Arc<MemoryJournal>,
    asked: BTreeSet<String>,
}

impl<'w> Audited<'w> {
    fn new(world: &'w World) -> Self {
        let journal = Arc::new(MemoryJournal::new(100));
        let host = Host::builder()
            .cache_dir(Some(cache_dir()))
            .workers(1)
            .journal(Arc::clone(&journal) as Arc<_>)
            .build()
            .unwrap();
        Self {
            world,
            host,
            journal,
            asked: BTreeSet::new(),
        }
    }

    /// The ids of the last entry.
    fn ids(&self) -> Vec<u64> {
        let last = self.journal.entries().pop().unwrap();
        assert_eq!(last.status, AuditStatus::Done);
        last.ids
    }

    /// Makes one call both ways, and returns its outcome and what the audit
    /// holds of both.
    async fn both<R: Request>(&mut self, request: Value) -> (Value, Vec<u64>) {
        let name = format!("{}.{}", R::ACTION, R::FUNCTION);
        let typed: R = serde_json::from_value(request.clone()).unwrap();
        let call = || self.host.call(&self.world.connection);
        let outcome = call()
            .run(typed)
            .await
            .unwrap_or_else(|it| panic!("{name}: {it}"));
        let by_type = self.ids();
        let action = self.host.load_action(R::ACTION).unwrap();
        let told = call().invoke(&action, Some(R::FUNCTION), request).await;
        let told = told.unwrap_or_else(|it| panic!("{name}: {it}"));
        assert_eq!(self.ids(), by_type, "{name}: {told}");
        // What JSON says is what the type says.
        let read: R::Outcome = serde_json::from_value(told.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), told, "{name}");
        self.asked.insert(name);
        (serde_json::to_value(&outcome).unwrap(), by_type)
    }
}

#[tokio::test]
async fn json_and_typed_calls_audit_the_same_ids_of_every_function() {
    // More than a minute's budget of requests.
    let rate_limit = RateLimit {
        limit: 1_000,
        ..RateLimit::default()
    };
    let world = World::with(Config {
        rate_limit,
        ..empty()
    })
    .await;
    let began = world.control.now().to_string();
    let mut all = Audited::new(&world);

    let (_, ids) = all.both::<check_connection::CheckRequest>(json!({})).await;
    assert!(ids.is_empty());
    let (fields, ids) = all.both::<setup_markers::EnsureRequest>(json!({})).await;
    assert_eq!(
        json!(ids),
        json!([fields["contact"]["id"], fields["matter"]["id"]])
    );

    let ann = json!({"source_id": "i:1", "began": began,
        "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        "emails": [{"address": "ann@example.com"}]});
    let (contact, ids) = all.both::<sync_contact::SyncRequest>(ann).await;
    assert_eq!(json!(ids), json!([contact["id"]]));
    let case = json!({"source_id": "i:1/m", "began": began, "client": contact["id"],
        "title": "Lee v. Doe"});
    let (matter, ids) = all.both::<create_matter::CreateRequest>(case).await;
    assert_eq!(json!(ids), json!([matter["id"]]));
    let matter = &matter["id"];
    let (_, ids) = all.both::<create_matter::ResolveRequest>(json!({})).await;
    assert!(ids.is_empty());
    let closing = json!({"matter": matter, "status": "pending"});
    all.both::<update_matter::UpdateRequest>(closing).await;

    let start = json!({"scope": {"matter": matter}, "start": "beginning"});
    let letter = json!({"source_id": "i:1/d", "began": began, "parent": {"matter": matter},
        "name": "letter.txt", "content": {"source": {"inline": "aGVsbG8="}},
        "provenance": "from_person"});
    let (document, ids) = all.both::<upload_document::UploadRequest>(letter).await;
    assert_eq!(json!(ids), json!([document["id"]]));
    let find = json!({"scope": {"matter": matter}, "source_ids": ["i:1/d", "i:1/none"]});
    let (_, ids) = all.both::<find_documents::FindRequest>(find).await;
    assert_eq!(json!(ids), json!([document["id"]]));
    let (_, ids) = all.both::<detect_documents::DetectRequest>(start).await;
    assert_eq!(json!(ids), json!([document["id"]]));
    let read = json!({"of": {"document": document["id"]}, "content": "bytes"});
    let (_, ids) = all.both::<read_document::ReadRequest>(read).await;
    assert_eq!(json!(ids), json!([document["id"]]));

    let marker = &fields["matter"]["id"];
    let write = json!({"of": {"matter": matter},
        "values": [{"field": {"id": marker}, "value": {"text": "i:1/m"}}]});
    let (_, ids) = all.both::<custom_fields::WriteRequest>(write).await;
    assert_eq!(json!(ids), json!([marker]));
    let of = json!({"of": {"matter": matter}});
    all.both::<custom_fields::ReadRequest>(of).await;

    let (_, ids) = all.both::<pull_matters::PullRequest>(json!({})).await;
    assert_eq!(json!(ids), json!([matter]));
    all.both::<pull_matters::CountRequest>(json!({})).await;
    all.both::<lookup::FindRequest>(json!({"kind": {"users": {}}}))
        .await;

    let hook = json!({"url": "https://hooks.example.com/clio", "model": "matter",
        "fields": "id,etag"});
    let (hook, ids) = all.both::<webhooks::EnsureRequest>(hook).await;
    assert_eq!(json!(ids), json!([hook["subscribed"]["id"]]));
    let (_, ids) = all.both::<webhooks::ListRequest>(json!({})).await;
    assert_eq!(json!(ids), json!([hook["subscribed"]["id"]]));
    let gone = json!({"id": hook["subscribed"]["id"]});
    all.both::<webhooks::RemoveRequest>(gone).await;
    let (_, ids) = all
        .both::<receive_webhook::ReceiveRequest>(delivery())
        .await;
    assert_eq!(ids, [7]);

    let template = world.control.add_template("Letter.docx", b"Dear client");
    let client = world.control.add_contact(NewContact::person("Bo", "Chan"));
    let other = world
        .control
        .add_matter(NewMatter::of(client, "Chan v. Harbor"));
    let made = json!({"source_id": "i:1/g", "began": began, "matter": other,
        "template": template, "filename": "Letter", "formats": ["pdf"]});
    let (made, ids) = all.both::<generate_document::StartRequest>(made).await;
    assert_eq!(json!(ids), json!([made["id"]]));
    let id = json!({"id": made["id"]});
    let (_, ids) = all.both::<generate_document::FollowRequest>(id).await;
    assert_eq!(json!(ids[0]), made["id"]);
    let list = json!({});
    let (_, ids) = all.both::<generate_document::TemplatesRequest>(list).await;
    assert_eq!(ids, [template]);

    let text = json!({"source": {"inline": "RGVhciB7eyBjbGllbnQubmFtZSB9fQ=="}});
    let fill = json!({"matter": other, "template": {"content": text}});
    all.both::<fill_document::GatherRequest>(fill.clone()).await;
    let (_, ids) = all.both::<fill_document::FillRequest>(fill).await;
    assert!(ids.is_empty());
    let inspect = json!({"content": text});
    all.both::<inspect_document::InspectRequest>(inspect).await;

    let described = |action: &clio_catalog::Action| {
        let description: Value = serde_json::from_str(action.description).unwrap();
        let functions = description["functions"].as_array().unwrap().clone();
        let name = |it: Value| format!("{}.{}", action.name, it["name"].as_str().unwrap());
        functions.into_iter().map(name).collect::<Vec<_>>()
    };
    let every: BTreeSet<String> = clio_catalog::actions().iter().flat_map(described).collect();
    let missing: Vec<_> = every.difference(&all.asked).collect();
    assert!(missing.is_empty(), "no call is made here of {missing:?}");
    world.finish();
}

/// A delivery of a matter's change, signed with the secret `s3cret`.
fn delivery() -> Value {
    let body = r#"{"data":{"id":7,"etag":"\"a\"","status":"Closed","matter_stage":{"id":5}},"meta":{"event":"updated","webhook_id":12}}"#;
    let signature = "663bff956aff5df570ffe1066c50ecd0f6899c43d15aa41d9f579c6f65e422e5";
    json!({
        "headers": [{"name": "X-Hook-Signature", "value": signature}],
        "body": body,
        "subscriptions": [{"id": 12, "model": "matter", "state": "active", "secret": "s3cret"}],
    })
}
