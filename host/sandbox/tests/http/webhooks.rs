//! Webhooks, delivered to a real receiver.

use std::time::Duration;

use clio_sandbox::{
    Access, Area, Control, DocumentWebhooks, Handshake, NewContact, NewDocument, NewMatter,
    Permissions, Place, TokenSpec,
};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};

use crate::client::{Clio, start};
use crate::receiver::{Came, Receiver};

const SHOWN: &str = "?fields=id,status,shared_secret,expires_at,events,model,fields,url";

fn settle(control: &Control) {
    assert!(control.webhooks_settled(Duration::from_secs(10)));
}

/// Subscribes and confirms; returns the subscription's id and secret.
async fn subscribe(clio: &Clio, at: &Receiver, model: &str, fields: &str) -> (u64, String) {
    let made = clio
        .post(
            &format!("/webhooks.json{SHOWN}"),
            json!({"url": at.url, "model": model, "fields": fields}),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    settle(&clio.control);
    let shaken = at.take();
    assert_eq!(shaken.len(), 1, "one handshake");
    assert_eq!(shaken[0].json()["data"]["webhook_id"], made.id());
    let secret = made.data()["shared_secret"].as_str().unwrap().to_owned();
    assert_eq!(shaken[0].header("x-hook-secret"), Some(secret.clone()));
    assert_eq!(shaken[0].header("x-hook-signature"), None);
    (made.id(), secret)
}

async fn read(clio: &Clio, id: u64) -> Value {
    clio.get(&format!("/webhooks/{id}.json{SHOWN}"))
        .await
        .data()
}

fn events(came: &[Came]) -> Vec<(String, u64)> {
    came.iter()
        .map(|c| {
            let json = c.json();
            let event = json["meta"]["event"].as_str().unwrap().to_owned();
            (event, json["data"]["id"].as_u64().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_delivery_is_signed_with_the_secret_of_its_subscription() {
    let clio = start().await;
    let receiver = Receiver::start();
    let (id, secret) = subscribe(&clio, &receiver, "contact", "id,etag,name").await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    settle(&clio.control);
    let came = receiver.take();
    assert_eq!(events(&came), [("created".to_owned(), ann)]);
    assert_eq!(came[0].json()["data"]["name"], "Ann Lee");
    assert_eq!(came[0].json()["meta"]["webhook_id"], id);
    assert_eq!(came[0].header("x-hook-secret"), None);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&came[0].body);
    let want = format!("{:x}", mac.finalize().into_bytes());
    assert_eq!(came[0].header("x-hook-signature"), Some(want));
}

#[tokio::test]
async fn nothing_is_delivered_until_a_handshake_is_confirmed_either_way() {
    let clio = start().await;
    let receiver = Receiver::start();
    receiver.manner.lock().unwrap().confirms = false;
    let (id, secret) = subscribe(&clio, &receiver, "contact", "id").await;
    assert_eq!(read(&clio, id).await["status"], "pending");
    clio.control.add_contact(NewContact::person("Ann", "Lee"));
    settle(&clio.control);
    assert!(receiver.take().is_empty());

    let path = format!("/webhooks/{id}/activate.json");
    for wrong in [&[][..], &[("x-hook-secret", "guessed")]] {
        let refused = clio.call("PUT", &path, wrong, None).await.unwrap();
        assert_eq!(refused.status, 422);
    }
    let headers = [("x-hook-secret", secret.as_str())];
    let confirmed = clio.call("PUT", &path, &headers, None).await.unwrap();
    assert_eq!(confirmed.status, 200);
    assert_eq!(read(&clio, id).await["status"], "enabled");
    let bo = clio.control.add_contact(NewContact::person("Bo", "Lee"));
    settle(&clio.control);
    assert_eq!(events(&receiver.take()), [("created".to_owned(), bo)]);
}

#[tokio::test]
async fn another_url_brings_another_handshake_and_secret() {
    let clio = start().await;
    let (first, second) = (Receiver::start(), Receiver::start());
    let (id, secret) = subscribe(&clio, &first, "contact", "id").await;
    assert_eq!(read(&clio, id).await["status"], "enabled");
    clio.patch(&format!("/webhooks/{id}"), json!({"url": second.url}))
        .await;
    settle(&clio.control);
    let now = read(&clio, id).await;
    assert_ne!(now["shared_secret"], secret.as_str());
    assert_eq!(
        second.take()[0].header("x-hook-secret").as_deref(),
        now["shared_secret"].as_str()
    );
    assert!(first.take().is_empty());
}

#[tokio::test]
async fn the_first_update_is_told_whatever_changed_and_later_ones_by_their_fields() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let receiver = Receiver::start();
    subscribe(&clio, &receiver, "contact", "id,last_name").await;
    let path = format!("/contacts/{ann}");
    // Not a field that was asked for: told, for it is the first.
    clio.patch(&path, json!({"title": "Dr"})).await;
    settle(&clio.control);
    assert_eq!(events(&receiver.take()), [("updated".to_owned(), ann)]);
    clio.patch(&path, json!({"title": "Ms"})).await;
    settle(&clio.control);
    assert!(receiver.take().is_empty());
    clio.patch(&path, json!({"last_name": "Ray"})).await;
    settle(&clio.control);
    assert_eq!(receiver.take()[0].json()["data"]["last_name"], "Ray");
}

#[tokio::test]
async fn matters_documents_and_folders_are_told_of_with_their_events() {
    let clio = start().await;
    let client = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let receiver = Receiver::start();
    let made = clio
        .post(
            "/webhooks",
            json!({"url": receiver.url, "model": "matter", "fields": "id,status,client{id}",
                "events": ["created", "matter_closed", "deleted"]}),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    settle(&clio.control);
    receiver.take();
    let matter = clio.control.add_matter(NewMatter::of(client, "Lee v. Ray"));
    settle(&clio.control);
    let came = receiver.take();
    assert_eq!(events(&came), [("created".to_owned(), matter)]);
    assert_eq!(came[0].json()["data"]["client"]["id"], client);
    clio.patch(&format!("/matters/{matter}"), json!({"status": "closed"}))
        .await;
    settle(&clio.control);
    assert_eq!(
        events(&receiver.take()),
        [("matter_closed".to_owned(), matter)]
    );

    subscribe(&clio, &receiver, "document", "id,name,matter{id}").await;
    subscribe(&clio, &receiver, "folder", "id,name").await;
    let place = Place::Matter(matter);
    let folder = clio.control.add_folder(place, "Letters").unwrap();
    let new = NewDocument::complete("a.txt", b"a");
    let document = clio.control.add_document(place, new).unwrap();
    clio.control.trash_document(document);
    clio.control.delete_matter(matter);
    settle(&clio.control);
    let mut came = events(&receiver.take());
    came.sort();
    assert_eq!(
        came,
        [
            ("created".to_owned(), folder),
            ("created".to_owned(), document),
            ("deleted".to_owned(), matter),
            ("deleted".to_owned(), document),
        ]
    );
}

#[tokio::test]
async fn a_failed_delivery_is_repeated_later_each_time_and_then_suspends() {
    let clio = start().await;
    clio.control.freeze(None);
    let receiver = Receiver::start();
    let (id, _) = subscribe(&clio, &receiver, "contact", "id").await;
    receiver.answers(500);
    clio.control.add_contact(NewContact::person("Ann", "Lee"));
    settle(&clio.control);
    assert_eq!(receiver.take().len(), 1);
    for minutes in [2_u64, 4, 8, 16] {
        assert_eq!(read(&clio, id).await["status"], "enabled");
        clio.control.advance(Duration::from_secs(minutes * 60 - 1));
        settle(&clio.control);
        assert!(receiver.take().is_empty(), "{minutes}");
        clio.control.advance(Duration::from_secs(1));
        settle(&clio.control);
        assert_eq!(receiver.take().len(), 1, "{minutes}");
    }
    assert_eq!(read(&clio, id).await["status"], "suspended");
    let attempts = clio.control.webhook_attempts();
    let told: Vec<_> = attempts.iter().map(|a| (a.attempt, a.status)).collect();
    assert_eq!(told[1..], [1, 2, 3, 4, 5].map(|n| (n, Some(500))));
    receiver.answers(200);
    clio.control.add_contact(NewContact::person("Bo", "Lee"));
    settle(&clio.control);
    assert!(receiver.take().is_empty(), "suspended");
}

#[tokio::test]
async fn gone_ends_a_subscription_at_once_and_a_redirect_is_well() {
    let clio = start().await;
    let receiver = Receiver::start();
    let (id, _) = subscribe(&clio, &receiver, "contact", "id").await;
    receiver.answers(302);
    clio.control.add_contact(NewContact::person("Ann", "Lee"));
    settle(&clio.control);
    assert_eq!(read(&clio, id).await["status"], "enabled");
    receiver.answers(410);
    clio.control.add_contact(NewContact::person("Bo", "Lee"));
    settle(&clio.control);
    assert_eq!(read(&clio, id).await["status"], "suspended");
    assert_eq!(receiver.take().len(), 2);
}

#[tokio::test]
async fn a_subscription_lives_three_days_and_at_most_thirty_one() {
    let clio = start().await;
    clio.control.freeze(None);
    let receiver = Receiver::start();
    let (id, _) = subscribe(&clio, &receiver, "contact", "id").await;
    let at = |days: i64| {
        let at = clio.control.now() + jiff::SignedDuration::from_hours(24 * days);
        json!({"expires_at": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()})
    };
    assert_eq!(read(&clio, id).await["expires_at"], at(3)["expires_at"]);
    let path = format!("/webhooks/{id}");
    assert_eq!(clio.patch(&path, at(32)).await.status, 422);
    assert_eq!(clio.patch(&path, at(0)).await.status, 422);
    assert_eq!(clio.patch(&path, at(31)).await.status, 200);
    clio.control.advance(Duration::from_secs(30 * 86_400));
    clio.control.add_contact(NewContact::person("Ann", "Lee"));
    settle(&clio.control);
    assert_eq!(receiver.take().len(), 1);
    clio.control.advance(Duration::from_secs(86_400));
    clio.control.add_contact(NewContact::person("Bo", "Lee"));
    settle(&clio.control);
    assert!(receiver.take().is_empty(), "expired");
}

#[tokio::test]
async fn what_cannot_be_subscribed_to_is_refused() {
    let clio = start().await;
    let url = "https://hooks.x.example/clio";
    for (body, status) in [
        (
            json!({"url": "http://hooks.x.example/", "model": "contact", "fields": "id"}),
            422,
        ),
        (json!({"url": url, "model": "contakt", "fields": "id"}), 422),
        (
            json!({"url": url, "model": "contact", "fields": "id,nonsense"}),
            400,
        ),
        (
            json!({"url": url, "model": "matter", "fields": "id,client{company{id}}"}),
            400,
        ),
        (json!({"url": url, "model": "contact"}), 422),
        (
            json!({"url": url, "model": "contact", "fields": "id,".repeat(334)}),
            422,
        ),
        (
            json!({"url": url, "model": "contact", "fields": "id", "events": ["matter_opened"]}),
            422,
        ),
        (
            json!({"url": url, "model": "clio_payments_payment", "fields": "id"}),
            422,
        ),
        (
            json!({"url": url, "model": "task", "fields": "id,name"}),
            201,
        ),
        (json!({"url": url, "model": 6, "fields": "id,name"}), 201),
    ] {
        let answer = clio.post("/webhooks", body.clone()).await;
        assert_eq!(answer.status, status, "{body}");
    }
    for (reading, status) in [
        (DocumentWebhooks::Unprocessable, 422),
        (DocumentWebhooks::BadRequest, 400),
        (DocumentWebhooks::Forbidden, 403),
    ] {
        let mut switches = clio.control.switches();
        switches.document_webhooks = reading;
        clio.control.set_switches(switches);
        for model in ["document", "folder"] {
            let body = json!({"url": url, "model": model, "fields": "id"});
            assert_eq!(clio.post("/webhooks", body).await.status, status, "{model}");
        }
    }
    let areas = [
        (Area::Webhooks, Access::Write),
        (Area::Contacts, Access::Read),
    ];
    let token = clio.control.issue_token(TokenSpec {
        permissions: Permissions::only(areas),
        ..TokenSpec::default()
    });
    let clio = Clio { token, ..clio };
    for (model, status) in [("contact", 201), ("matter", 403)] {
        let body = json!({"url": url, "model": model, "fields": "id"});
        assert_eq!(clio.post("/webhooks", body).await.status, status, "{model}");
    }
}

#[tokio::test]
async fn a_handshake_may_come_before_the_answer_or_never() {
    let clio = start().await;
    let receiver = Receiver::start();
    let turn = |handshake| {
        let mut switches = clio.control.switches();
        switches.handshake = handshake;
        clio.control.set_switches(switches);
    };
    let body = json!({"url": receiver.url, "model": "contact", "fields": "id"});
    turn(Handshake::BeforeAnswer);
    clio.post("/webhooks", body.clone()).await;
    assert_eq!(receiver.take().len(), 1, "before the answer");
    turn(Handshake::Absent);
    let made = clio.post(&format!("/webhooks{SHOWN}"), body).await;
    assert_eq!(made.data()["status"], "enabled");
    settle(&clio.control);
    assert!(receiver.take().is_empty());
    assert_eq!(
        clio.delete(&format!("/webhooks/{}", made.id()))
            .await
            .status,
        204
    );
    assert_eq!(clio.get("/webhooks.json").await.ids().len(), 1);
    assert!(clio.ignored().is_empty(), "{:?}", clio.ignored());
}

// CASES A10
#[tokio::test]
async fn an_end_of_null_is_three_days_and_changes_no_other() {
    let clio = start().await;
    let frozen = clio.control.now();
    clio.control.freeze(Some(frozen));
    let new = |expires: Value| {
        json!({"url": "https://hooks.example/", "model": "matter", "fields": "id",
            "events": null, "expires_at": expires})
    };
    let plain = json!({"url": "https://hooks.example/", "model": "matter", "fields": "id"});
    let wanted = clio.post(&format!("/webhooks{SHOWN}"), plain).await.data()["expires_at"].clone();
    for expires in [Value::Null, json!("")] {
        let made = clio.post(&format!("/webhooks{SHOWN}"), new(expires)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(made.data()["expires_at"], wanted);
        let path = format!("/webhooks/{}{SHOWN}", made.id());
        let patched = clio.patch(&path, json!({"expires_at": null})).await;
        assert_eq!(patched.status, 200, "{}", patched.text());
        assert_eq!(patched.data()["expires_at"], wanted);
    }
}

#[tokio::test]
async fn an_end_may_not_be_told() {
    let clio = crate::client::start_with(|config| {
        config.switches.webhook_expiry = clio_sandbox::WebhookExpiry::Null;
    })
    .await;
    let new = json!({"url": "https://hooks.example/", "model": "matter", "fields": "id"});
    let made = clio.post(&format!("/webhooks{SHOWN}"), new).await;
    assert_eq!(
        (made.status.as_u16(), &made.data()["expires_at"]),
        (201, &Value::Null)
    );
}
