//! Webhooks in: subscribed to by itself, checked, stored before they are answered,
//! and kept alive.

use std::time::Duration;

use clio_host::actions::webhooks::{Webhook, WebhookStatus};
use clio_runner::journal::audit::Filter;
use clio_runner::journal::runs::Status;
use clio_sandbox::{DocumentWebhooks, Handshake, NewContact, Switches};
use clio_tests::{Answer, Serving};
use serde_json::json;

use crate::api_calls::call;
use crate::firm::Firm;
use crate::page::Session;
use crate::proxy::Proxy;

/// What is wrong with a delivery; its path, its headers, its body; the answer.
type Refused<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, u16);

const DAY: Duration = Duration::from_secs(86_400);
/// What signs a body as Clio does: HMAC-SHA256 in hexadecimal (RFC 2104).
pub(crate) fn signature(secret: &str, body: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let mut key = [0_u8; 64];
    key[..secret.len()].copy_from_slice(secret.as_bytes());
    let pad = |with: u8| key.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(body);
    let outer = Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner.finalize());
    let hex = outer.finalize();
    hex.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A matter's event as Clio tells it.
pub(crate) fn told(webhook: &Webhook, id: u64, etag: &str) -> String {
    json!({"data": {"id": id, "etag": etag, "status": "Open", "matter_stage": null},
        "meta": {"event": "updated", "webhook_id": webhook.id}})
    .to_string()
}

async fn deliver(serving: &Serving, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    serving.send("POST", path, headers, body.as_bytes()).await
}

fn path(webhook: &Webhook) -> String {
    webhook
        .url
        .split_once("/hooks/")
        .map(|it| it.1)
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_firm_that_is_connected_is_subscribed_and_told() {
    for handshake in [
        Handshake::AfterAnswer,
        Handshake::BeforeAnswer,
        Handshake::Absent,
    ] {
        let firm = Firm::under(Switches {
            handshake,
            ..Switches::default()
        })
        .await;
        let serving = firm.serve_and_subscribe().await;
        let mut models: Vec<String> = Vec::new();
        for webhook in firm.in_clio().await {
            assert_eq!(webhook.status, WebhookStatus::Enabled);
            models.push(webhook.model);
        }
        models.sort();
        assert_eq!(models, ["contact", "document", "matter"]);
        // What was told to nobody before they stood is looked for.
        assert_eq!(firm.missed(), 2);

        let matter = firm.world.add_matter();
        firm.world.add_document(matter, "Retainer.pdf");
        firm.settle().await;
        let attempts = firm.world.control.webhook_attempts();
        assert!(
            attempts.iter().all(|attempt| attempt.status == Some(200)),
            "{attempts:#?}"
        );
        let mut heard: Vec<String> = Vec::new();
        for run in firm.runs("delivery") {
            heard.push(run.what);
        }
        heard.sort();
        assert_eq!(
            heard,
            ["contact created", "document created", "matter created"]
        );
        firm.wait("what was told is acted on", || async {
            firm.runs("delivery")
                .iter()
                .all(|run| run.status == Status::Done)
        })
        .await;
        assert_eq!(serving.end().await, Some(0));
        firm.world.finish();
    }
}

#[tokio::test]
async fn what_is_not_clios_is_refused_and_leaves_nothing() {
    let firm = Firm::new().await;
    let serving = firm.serve_and_subscribe().await;
    let all = firm.in_clio().await;
    let webhook = all.iter().find(|it| it.model == "matter").unwrap();
    let other = all.iter().find(|it| it.model == "contact").unwrap();
    let body = told(webhook, 7, "a");
    let secret = webhook.secret.clone().unwrap();
    let signed = signature(&secret, &body);
    let rest = path(webhook);
    let at = format!("/hooks/{rest}");
    let nonce = rest.strip_prefix("firm/").unwrap();
    let elsewhere = signature(other.secret.as_deref().unwrap(), &body);
    let checks = Filter {
        action: Some("receive-webhook".to_owned()),
        ..Filter::default()
    };

    let long = format!("{body}{}", " ".repeat(70_000));
    let long_signed = signature(&secret, &long);
    let wrong = "0".repeat(64);
    let nowhere = format!("/hooks/firm/{}", "0".repeat(32));
    let foreign = format!("/hooks/other/{nonce}");
    let cases: [Refused<'_>; 10] = [
        ("unsigned", &at, &[], &body, 401),
        ("forged", &at, &[("X-Hook-Signature", &wrong)], &body, 401),
        (
            "by another name",
            &at,
            &[("X-Clio-Signature", &signed)],
            &body,
            401,
        ),
        (
            "another's secret",
            &at,
            &[("X-Hook-Signature", &elsewhere)],
            &body,
            401,
        ),
        (
            "another body",
            &at,
            &[("X-Hook-Signature", &signed)],
            "{}",
            401,
        ),
        (
            "signed twice",
            &at,
            &[("X-Hook-Signature", &signed), ("X-Hook-Signature", &wrong)],
            &body,
            400,
        ),
        (
            "a handshake nobody waits for",
            &at,
            &[("X-Hook-Secret", &secret)],
            "{}",
            401,
        ),
        (
            "no such address",
            &nowhere,
            &[("X-Hook-Signature", &signed)],
            &body,
            404,
        ),
        (
            "another firm's",
            &foreign,
            &[("X-Hook-Signature", &signed)],
            &body,
            404,
        ),
        (
            "too long",
            &at,
            &[("X-Hook-Signature", &long_signed)],
            &long,
            413,
        ),
    ];
    for (what, at, headers, body, status) in cases {
        let answer = deliver(&serving, at, headers, body).await;
        assert_eq!(answer.status, status, "{what}");
        let told = format!("{}{}", answer.head, String::from_utf8_lossy(&answer.body));
        assert!(!told.contains(&secret), "{what}: {told}");
    }
    assert_eq!(serving.send("GET", &at, &[], b"").await.status, 405);
    assert!(firm.runs("delivery").is_empty());
    assert!(firm.journal.rows(&checks).unwrap().is_empty());

    // The same, as Clio sends it, is taken, and a repeat of it is stored once.
    for _ in 0..3 {
        let answer = deliver(&serving, &at, &[("X-Hook-Signature", &signed)], &body).await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(firm.runs("delivery").len(), 1);
    let next = told(webhook, 7, "b");
    let signed = signature(&secret, &next);
    let answer = deliver(&serving, &at, &[("X-Hook-Signature", &signed)], &next).await;
    assert_eq!(answer.status, 200);
    assert_eq!(firm.runs("delivery").len(), 2);
}

#[tokio::test]
async fn one_that_clio_suspended_is_made_anew_and_what_it_missed_is_looked_for() {
    let firm = Firm::new().await;
    let serving = firm.serve_and_subscribe().await;
    let all = firm.in_clio().await;
    let suspended = all.iter().find(|it| it.model == "document").unwrap();
    let looked = firm.missed();
    firm.world.control.suspend_webhook(suspended.id);
    firm.look(&serving).await;
    firm.wait("it delivers again", || async {
        let shown = firm.shown(&serving).await;
        shown
            .iter()
            .all(|it| it["status"] == "enabled" && it["id"] != suspended.id)
    })
    .await;
    assert_eq!(firm.in_clio().await.len(), 3);
    assert_eq!(firm.missed(), looked + 1);
    // Its secret is another one: what it tells is taken all the same.
    let matter = firm.world.add_matter();
    firm.world.add_document(matter, "Retainer.pdf");
    firm.settle().await;
    let heard = firm.runs("delivery");
    assert!(
        heard.iter().any(|run| run.what == "document created"),
        "{heard:#?}"
    );
    serving.kill().await;
    firm.world.finish();
}

#[tokio::test]
async fn a_subscription_is_renewed_a_week_ahead() {
    let firm = Firm::new().await;
    let serving = firm.serve_and_subscribe().await;
    let before = firm.in_clio().await;
    firm.world.control.advance(23 * DAY);
    firm.look(&serving).await;
    assert_eq!(
        ends(&firm.in_clio().await),
        ends(&before),
        "it has more than a week"
    );
    firm.world.control.advance(2 * DAY);
    firm.look(&serving).await;
    let renewed = firm.in_clio().await;
    for (renewed, before) in renewed.iter().zip(&before) {
        assert_eq!(renewed.id, before.id);
        assert!(renewed.expires_at > before.expires_at, "{renewed:#?}");
    }
    serving.kill().await;
    firm.world.finish();
}

fn ends(webhooks: &[Webhook]) -> Vec<Option<String>> {
    webhooks.iter().map(|it| it.expires_at.clone()).collect()
}

#[tokio::test]
async fn another_public_url_takes_the_place_of_the_one_before() {
    let mut firm = Firm::new().await;
    let serving = firm.serve_and_subscribe().await;
    serving.end().await;
    let former = std::mem::replace(&mut firm.proxy, Proxy::start().await);
    let serving = firm.serve().await;
    firm.wait("it delivers to the new one alone", || async {
        let all = firm.in_clio().await;
        let shown = firm.shown(&serving).await;
        all.len() == 3
            && all.iter().all(|it| it.url.starts_with(&firm.proxy.url))
            && shown.iter().all(|it| it["status"] == "enabled")
            && !all.iter().any(|it| it.url.starts_with(&former.url))
    })
    .await;
    serving.kill().await;
    firm.world.finish();
}

#[tokio::test]
async fn what_tells_of_a_former_account_is_not_heard() {
    let firm = Firm::new().await;
    let serving = firm.serve_and_subscribe().await;
    let former = firm.in_clio().await;
    let former = former.iter().find(|it| it.model == "matter").unwrap();
    serving.end().await;
    firm.world.control.set_account(7_000, "Another firm");
    firm.world
        .connect_as("firm", &["--relink"])
        .await
        .expect_code(0);
    let serving = firm.serve().await;
    firm.wait("it is subscribed to anew", || async {
        let shown = firm.shown(&serving).await;
        shown
            .iter()
            .all(|it| it["status"] == "enabled" && it["id"] != former.id)
    })
    .await;
    let body = told(former, 7, "a");
    let signed = signature(former.secret.as_deref().unwrap(), &body);
    let at = format!("/hooks/{}", path(former));
    let answer = deliver(&serving, &at, &[("X-Hook-Signature", &signed)], &body).await;
    assert_eq!(answer.status, 404);
    assert!(firm.runs("delivery").is_empty());
}

#[tokio::test]
async fn an_account_without_document_webhooks_is_told_so_and_keeps_the_others() {
    let firm = Firm::under(Switches {
        document_webhooks: DocumentWebhooks::Unprocessable,
        ..Switches::default()
    })
    .await;
    let serving = firm.serve().await;
    firm.wait("each stands as it can", || async {
        let shown = firm.shown(&serving).await;
        let of = |model: &str| shown.iter().find(|it| it["model"] == model);
        let status = |model: &str| of(model).map(|it| it["status"].clone());
        status("contact") == Some(json!("enabled"))
            && status("matter") == Some(json!("enabled"))
            && status("document") == Some(json!("unavailable"))
    })
    .await;
    serving.kill().await;
    firm.world.finish();
}

#[tokio::test]
async fn a_service_that_was_down_is_told_again_and_drops_what_it_had_stored() {
    let firm = Firm::new().await;
    let serving = firm.serve_and_subscribe().await;
    serving.kill().await;
    // Nobody hears it now; Clio tells it again two minutes later.
    firm.world
        .control
        .add_contact(NewContact::company("Acme Ltd"));
    firm.settle().await;
    let serving = firm.serve().await;
    assert!(firm.runs("delivery").is_empty());
    firm.world.control.advance(Duration::from_secs(120));
    firm.settle().await;
    firm.wait("it is heard", || async { firm.runs("delivery").len() == 1 })
        .await;
    serving.end().await;
    firm.world.finish();
}

/// Trap: who may read has what signs deliveries, and so may have anything believed.
#[tokio::test]
async fn what_signs_deliveries_is_handed_to_nobody() {
    let firm = Firm::new().await;
    let serving = firm.serve_and_subscribe().await;
    let secrets: Vec<String> = firm
        .in_clio()
        .await
        .iter()
        .map(|it| it.secret.clone().unwrap())
        .collect();
    let all = firm
        .world
        .key(&["read", "write", "approve", "admin"], &["firm"])
        .await;
    let writes = firm.world.key(&["read", "write"], &["firm"]).await;
    let own = firm.in_clio().await.remove(0);
    let path = |function: &str| format!("/v1/connections/firm/calls/webhooks.{function}");
    let ensure = json!({"url": own.url, "model": own.model, "fields": own.fields});
    let later: &[(&str, &str)] = &[("Prefer", "respond-async"), ("Idempotency-Key", "1")];
    for (function, input) in [("ensure", &ensure), ("remove", &json!({"id": own.id}))] {
        for more in [&[], later] {
            call(&serving, &path(function), &writes, more, input)
                .await
                .expect_status(403);
        }
    }

    let session = Session::begin(&serving, &all).await;
    for (function, input) in [("list", &json!({})), ("ensure", &ensure)] {
        let answer = call(&serving, &path(function), &all, &[], input).await;
        let answer = answer.expect_status(200);
        let run = answer.header("clio-run").unwrap();
        let told = serving
            .ask("GET", &format!("/v1/runs/{run}"), &all, None)
            .await;
        let shown = session.get(&serving, &format!("/runs/{run}")).await;
        for told in [&answer, &told, &shown] {
            assert_eq!(told.status, 200);
            let told = String::from_utf8_lossy(&told.body);
            assert!(told.contains(&own.id.to_string()), "{told}");
            assert!(!told.contains("\"secret\""), "{told}");
            assert!(!secrets.iter().any(|it| told.contains(it)), "{told}");
        }
        let kept = firm.journal.run_told(run).unwrap().unwrap();
        assert!(!String::from_utf8_lossy(&kept).contains("secret"));
    }
    // Of one of its own that is removed, none says that it stands: it is made anew.
    let removed = json!({"id": own.id});
    call(&serving, &path("remove"), &all, &[], &removed)
        .await
        .expect_status(200);
    firm.wait("it is made anew", || async {
        let shown = firm.shown(&serving).await;
        shown
            .iter()
            .all(|it| it["id"] != own.id && it["status"] == "enabled")
            && firm.in_clio().await.len() == 3
    })
    .await;
    assert_eq!(serving.end().await, Some(0));
}
