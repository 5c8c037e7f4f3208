//! Faults, as a client sees them.

use std::time::{Duration, Instant};

use clio_sandbox::{
    Effect, Fault, FaultAnswer, FaultBody, NewContact, NewMatter, RateLimitBody, Times,
};
use serde_json::json;

use crate::client::{start, start_with};

fn company() -> serde_json::Value {
    json!({"type": "Company", "name": "A"})
}

#[tokio::test]
async fn an_answer_fault_applies_nothing_and_strikes_as_often_as_it_is_told() {
    let clio = start().await;
    let answer = FaultAnswer::status(503)
        .header("Retry-After", "7")
        .body(FaultBody::Html);
    clio.control
        .fault(Fault::next("POST", "/contacts", Effect::Answer(answer)).times(Times::N(2)));
    for _ in 0..2 {
        let refused = clio.post("/contacts", company()).await;
        assert_eq!(refused.status, 503);
        assert_eq!(refused.header("retry-after"), Some("7"));
        assert!(refused.text().contains("<html>"));
    }
    assert!(clio.control.snapshot().contacts.is_empty());
    assert_eq!(clio.post("/contacts", company()).await.status, 201);
    let trace = clio.control.trace();
    assert_eq!(trace[0].fault.as_deref(), Some("answer 503"));
    assert_eq!((trace[0].applied, trace[2].applied), (false, true));
}

#[tokio::test]
async fn an_answer_is_lost_after_the_write_was_applied() {
    let clio = start().await;
    clio.control
        .fault(Fault::next("POST", "/contacts", Effect::AnswerLost));
    let lost = clio
        .call("POST", "/contacts", &[], Some(json!({"data": company()})))
        .await;
    assert!(lost.is_err());
    assert_eq!(clio.control.snapshot().contacts.len(), 1);
    let exchange = clio.control.trace().remove(0);
    assert_eq!((exchange.status, exchange.applied), (None, true));
}

#[tokio::test]
async fn a_gateway_answers_502_though_the_write_stands() {
    let clio = start().await;
    let effect = Effect::AppliedThen(FaultAnswer::status(502).body(FaultBody::Empty));
    clio.control.fault(Fault::next("POST", "/contacts", effect));
    let answer = clio.post("/contacts", company()).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (502, 0));
    assert_eq!(clio.control.snapshot().contacts.len(), 1);
}

#[tokio::test]
async fn a_reset_and_a_cut_break_the_connection() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    clio.control
        .fault(Fault::next("PATCH", "/contacts/*", Effect::Reset));
    let path = format!("/contacts/{ann}");
    let body = || Some(json!({"data": {"first_name": "Anna"}}));
    assert!(clio.call("PATCH", &path, &[], body()).await.is_err());
    assert_eq!(clio.control.snapshot().contacts[0].first_name, "Ann");
    clio.control.fault(Fault::next(
        "PATCH",
        "/contacts/*",
        Effect::CutAfter { bytes: 10 },
    ));
    assert!(clio.call("PATCH", &path, &[], body()).await.is_err());
    assert_eq!(clio.control.snapshot().contacts[0].first_name, "Anna");
}

#[tokio::test]
async fn a_malformed_answer_is_whole_http_with_half_its_json() {
    let clio = start().await;
    clio.control
        .fault(Fault::next("GET", "/contacts", Effect::MalformedJson));
    let answer = clio.get("/contacts").await;
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
}

#[tokio::test]
async fn a_rate_limit_may_come_wrapped_in_base64_with_200() {
    let clio = start().await;
    clio.control.fault(Fault::next(
        "GET",
        "/contacts",
        Effect::WrappedRateLimit { seconds: 34 },
    ));
    let answer = clio.get("/contacts").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["metadata"]["encodingDecoded"], "text/plain");
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD
        .decode(answer.data().as_str().unwrap())
        .unwrap();
    assert!(
        String::from_utf8(text)
            .unwrap()
            .contains("Retry in 34 seconds")
    );
}

#[tokio::test]
async fn maintenance_lasts_until_it_is_cleared() {
    let clio = start().await;
    let fault = Fault {
        method: None,
        path: None,
        ..Fault::next("", "", Effect::Maintenance)
    };
    clio.control.fault(fault.times(Times::Forever));
    for _ in 0..3 {
        assert_eq!(clio.get("/contacts").await.status, 503);
    }
    clio.control.clear_faults();
    assert_eq!(clio.get("/contacts").await.status, 200);
}

#[tokio::test]
async fn a_delay_passes_in_real_time_and_others_do_not_wait() {
    let clio = start().await;
    clio.control.fault(Fault::next(
        "GET",
        "/matters",
        Effect::Delay {
            by: Duration::from_millis(300),
        },
    ));
    let began = Instant::now();
    let (slow, fast) = tokio::join!(
        async {
            clio.get("/matters").await;
            began.elapsed()
        },
        async {
            clio.get("/contacts").await;
            began.elapsed()
        }
    );
    assert!(slow >= Duration::from_millis(300));
    assert!(fast < slow);
}

#[tokio::test]
async fn what_was_applied_stands_while_its_answer_is_held() {
    let clio = start().await;
    let held = Effect::HoldAnswer {
        by: Duration::from_millis(300),
    };
    clio.control.fault(Fault::next("POST", "/contacts", held));
    let began = Instant::now();
    let ann = json!({"type": "Person", "first_name": "Ann", "last_name": "Lee"});
    let (answer, applied) = tokio::join!(clio.post("/contacts", ann), async {
        while clio.control.writes() == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        (clio.control.snapshot().contacts.len(), began.elapsed())
    });
    assert_eq!(answer.status, 201);
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(applied.0, 1);
    assert!(applied.1 < Duration::from_millis(300), "{applied:?}");
}

#[tokio::test]
async fn a_fault_may_wait_for_the_nth_request() {
    let clio = start().await;
    clio.control
        .fault(Fault::next("GET", "/contacts", Effect::status(500)).after(1));
    assert_eq!(clio.get("/contacts").await.status, 200);
    assert_eq!(clio.get("/contacts").await.status, 500);
    assert_eq!(clio.get("/contacts").await.status, 200);
    assert!(clio.control.faults().is_empty());
}

#[tokio::test]
async fn the_storage_has_faults_of_its_own_and_a_final_patch_may_time_out() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let made = clio
        .post(
            "/documents?fields=id,latest_document_version{uuid,put_url}",
            json!({"name": "a.txt", "parent": {"id": ann, "type": "Contact"}}),
        )
        .await;
    let url = made.data()["latest_document_version"]["put_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let headers = [
        ("x-amz-server-side-encryption", "AES256"),
        ("content-type", "text/plain"),
    ];
    clio.control
        .fault(Fault::storage("PUT", Effect::status(503)));
    clio.control
        .fault(Fault::storage("PUT", Effect::AnswerLost));
    let put = || crate::client::send("PUT", &url, &headers, "hello".into());
    assert_eq!(put().await.unwrap().status, 503);
    assert!(
        clio.control.snapshot().documents[0]
            .latest()
            .unwrap()
            .size
            .is_none()
    );
    assert!(put().await.is_err());
    assert_eq!(
        clio.control.snapshot().documents[0].latest().unwrap().size,
        Some(5)
    );
    let uuid = made.data()["latest_document_version"]["uuid"].clone();
    clio.control
        .fault(Fault::next("PATCH", "/documents/*", Effect::UploadTimeout));
    let finish = json!({"uuid": uuid, "fully_uploaded": true});
    let path = format!("/documents/{}", made.id());
    assert_eq!(
        clio.patch(&path, finish.clone()).await.error().1,
        "UploadTimeoutError"
    );
    assert_eq!(clio.patch(&path, finish).await.status, 200);
}

#[tokio::test]
async fn a_change_may_be_answered_and_not_made() {
    let clio = start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    let fault = Fault::next("PATCH", "/matters/*", Effect::Unchanged);
    clio.control.fault(fault);
    let path = format!("/matters/{matter}?fields=id,etag,description");
    let before = clio.get(&path).await.data();
    let change = || json!({"description": "Lee v. Lee"});
    let answer = clio.patch(&path, change()).await;
    assert_eq!((answer.status.as_u16(), answer.data()), (200, before));
    assert_eq!(clio.control.writes(), 0);
    assert_eq!(
        clio.patch(&path, change()).await.data()["description"],
        "Lee v. Lee"
    );
}

#[tokio::test]
async fn a_spent_budget_is_told_in_each_reading() {
    for (body, status) in [
        (RateLimitBody::Envelope, 429),
        (RateLimitBody::Wrapped, 429),
        (RateLimitBody::WrappedSuccess, 200),
    ] {
        let clio = start_with(|config| {
            config.rate_limit.limit = 1;
            config.switches.rate_limit_body = body;
        })
        .await;
        assert_eq!(clio.get("/contacts").await.status, 200);
        let answer = clio.get("/contacts").await;
        assert_eq!(answer.status, status, "{body:?}");
        let wrapped = answer.json()["data"].is_string();
        assert_eq!(wrapped, body != RateLimitBody::Envelope);
        assert_eq!(answer.header("retry-after").is_some(), status == 429);
    }
}
