//! Drafts over HTTP and on the page: added by who may write, shown to their own firm,
//! and decided on by a person whose key may approve, and by nobody else.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clio_tests::{Answer, Serving, World, sha256_hex};
use serde_json::{Value, json};

use crate::page::Session;

const DRAFTS: &str = "/v1/connections/firm/drafts";
const TEMPLATE: &str = "Petition\nCourt: {{ court }}\nThe plaintiff prays.\n";
const FILLED: &str = "Petition\nCourt: Travis County\nThe plaintiff prays.\n";

/// Two firms at one service, each with a matter.
async fn served() -> (World, Serving, u64) {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.connect_as("other", &[]).await.expect_code(0);
    let matter = world.add_matter();
    let serving = world.serve(&[]).await;
    (world, serving, matter)
}

fn petition(matter: u64) -> Value {
    let content = |text: &str| json!({"source": {"inline": BASE64_STANDARD.encode(text)}});
    json!({
        "matter": matter, "name": "Petition.txt",
        "content": content(FILLED), "template": content(TEMPLATE),
    })
}

async fn add(serving: &Serving, key: &str, draft: &Value) -> Value {
    let added = serving.ask("POST", DRAFTS, key, Some(draft)).await;
    added.expect_status(201).json()
}

async fn decide(serving: &Serving, key: &str, id: &str, what: &str, body: &Value) -> Answer {
    let path = format!("{DRAFTS}/{id}/{what}");
    serving.ask("POST", &path, key, Some(body)).await
}

#[tokio::test]
async fn a_person_whose_key_may_approve_decides_and_nobody_else() {
    let (world, serving, matter) = served().await;
    let writer = world.key(&["read", "write", "admin"], &["firm"]).await;
    let lawyer = world.key(&["approve"], &["firm"]).await;
    let draft = add(&serving, &writer, &petition(matter)).await;
    let (id, sha256) = (draft["id"].as_str().unwrap(), sha256_hex(FILLED.as_bytes()));
    assert_eq!(draft["status"], "waiting");
    assert_eq!(draft["sha256"], sha256);
    assert_eq!(draft["matter"], matter);

    // The same once more is the same draft.
    let again = serving
        .ask("POST", DRAFTS, &writer, Some(&petition(matter)))
        .await;
    assert_eq!(again.expect_status(200).json()["id"], id);
    // Who may only approve adds none, and reads none.
    let refused = serving
        .ask("POST", DRAFTS, &lawyer, Some(&petition(matter)))
        .await;
    refused.expect_status(403);
    serving
        .ask("GET", DRAFTS, &lawyer, None)
        .await
        .expect_status(403);

    let decided = json!({"name": "Dana Ortiz", "sha256": sha256});
    for what in ["approve", "reject"] {
        let refused = decide(&serving, &writer, id, what, &decided).await;
        assert_eq!(refused.expect_status(403).json()["code"], "forbidden");
    }
    for seen in [
        json!({}),
        json!({"sha256": "0".repeat(64)}),
        json!({"by": "x"}),
    ] {
        let refused = decide(&serving, &lawyer, id, "approve", &seen).await;
        refused.expect_status(422);
    }
    let path = format!("{DRAFTS}/{id}");
    let stands = serving.ask("GET", &path, &writer, None).await;
    assert_eq!(stands.expect_status(200).json()["status"], "waiting");

    let approved = decide(&serving, &lawyer, id, "approve", &decided).await;
    let approved = approved.expect_status(200).json();
    assert_eq!(approved["status"], "approved");
    assert_eq!(
        approved["decided"]["by"],
        "Dana Ortiz (with the key a test)"
    );
    // An approval is taken back, and does not come again.
    let because = json!({"name": "Dana Ortiz", "reason": "the wrong court"});
    let rejected = decide(&serving, &lawyer, id, "reject", &because).await;
    let rejected = rejected.expect_status(200).json();
    assert_eq!(rejected["decided"]["reason"], "the wrong court");
    let late = decide(&serving, &lawyer, id, "approve", &decided).await;
    assert_eq!(late.expect_status(409).json()["code"], "conflict");

    let log = world.clio(&["log", "--json"]).await.expect_code(0).stdout;
    for action in ["draft-add", "draft-approve", "draft-reject"] {
        assert!(log.contains(action), "{action}: {log}");
    }
    assert!(log.contains("Dana Ortiz") && log.contains(&sha256), "{log}");
    assert!(
        !log.contains("the wrong court") && !log.contains("Petition"),
        "{log}"
    );
    world.finish();
}

#[tokio::test]
async fn a_draft_is_its_own_firms_and_no_others() {
    let (world, serving, matter) = served().await;
    let firm = world.key(&["read", "write", "approve"], &["firm"]).await;
    let other = world.key(&["read", "write", "approve"], &["other"]).await;
    let both = world.key(&["read", "write", "approve"], &[]).await;
    let draft = add(&serving, &firm, &petition(matter)).await;
    let id = draft["id"].as_str().unwrap();

    // Both names lead to one account of the sandbox: the name decides all the same.
    let foreign = DRAFTS.replace("firm", "other");
    for key in [&other, &both] {
        let listed = serving.ask("GET", &foreign, key, None).await;
        assert_eq!(listed.expect_status(200).json()["drafts"], json!([]));
        for rest in [id.to_owned(), format!("{id}/content")] {
            let path = format!("{foreign}/{rest}");
            serving
                .ask("GET", &path, key, None)
                .await
                .expect_status(404);
        }
        for what in ["approve", "reject"] {
            let path = format!("{foreign}/{id}/{what}");
            let body = json!({"sha256": draft["sha256"]});
            let refused = serving.ask("POST", &path, key, Some(&body)).await;
            refused.expect_status(404);
        }
    }
    let path = format!("{DRAFTS}/{id}");
    serving
        .ask("GET", &path, &other, None)
        .await
        .expect_status(404);

    let content = serving
        .ask("GET", &format!("{path}/content"), &firm, None)
        .await
        .expect_status(200);
    assert_eq!(content.body, FILLED.as_bytes());
    assert_eq!(
        content.header("content-disposition"),
        Some("attachment; filename*=UTF-8''Petition.txt")
    );
    assert_eq!(content.header("content-security-policy"), Some("sandbox"));
    let waiting = format!("{DRAFTS}?status=waiting&limit=1");
    let listed = serving.ask("GET", &waiting, &firm, None).await.json();
    assert_eq!(listed["drafts"][0]["id"], id);
    let older = format!("{DRAFTS}?before={id}");
    let listed = serving.ask("GET", &older, &firm, None).await.json();
    assert_eq!(listed["drafts"], json!([]));
    for query in ["status=odd", "limit=0", "before=unknown", "odd=1"] {
        let path = format!("{DRAFTS}?{query}");
        let refused = serving.ask("GET", &path, &firm, None).await;
        assert!(
            [404, 422].contains(&refused.status),
            "{query}: {refused:#?}"
        );
    }

    // The same bytes, added by that name, are that name's.
    let petition = petition(matter);
    let same = serving.ask("POST", &foreign, &other, Some(&petition));
    assert_ne!(same.await.expect_status(201).json()["id"], id);
    // Once the name is gone, who comes by another one takes the draft over.
    let gone = ["disconnect", "firm", "--anyway"];
    world.clio(&gone).await.expect_code(0);
    let path = format!("{foreign}/{id}/reject");
    let reject = json!({"sha256": draft["sha256"], "name": "Dana Ortiz"});
    let rejected = serving.ask("POST", &path, &other, Some(&reject)).await;
    rejected.expect_status(200);
    world.finish();
}

#[tokio::test]
async fn the_page_shows_both_texts_and_takes_a_persons_decision() {
    let (world, serving, matter) = served().await;
    let writer = world.key(&["read", "write"], &["firm"]).await;
    let lawyer = world.key(&["read", "approve"], &["firm"]).await;
    let draft = add(&serving, &writer, &petition(matter)).await;
    let id = draft["id"].as_str().unwrap();
    let sha256 = draft["sha256"].as_str().unwrap();
    let path = format!("/connections/firm/review/{id}");
    let lawyer = Session::begin(&serving, &lawyer).await;
    let text = |page: &Answer| String::from_utf8_lossy(&page.body).into_owned();

    let listed = lawyer.get(&serving, "/review").await.expect_status(200);
    assert!(text(&listed).contains(&path), "{}", text(&listed));
    let page = lawyer.get(&serving, &path).await.expect_status(200);
    let shown = text(&page);
    assert!(!shown.contains("no right to approve"), "{shown}");
    for expected in [
        "<del>{{ court }}</del>",
        "<ins>Travis County</ins>",
        "One line differs from its template.",
        "a new document in matter",
        sha256,
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let bytes = lawyer.get(&serving, &format!("{path}/content")).await;
    assert_eq!(bytes.expect_status(200).body, FILLED.as_bytes());

    // Who may not approve sees no form, and another's form does nothing.
    let writer = Session::begin(&serving, &writer).await;
    let page = writer.get(&serving, &path).await.expect_status(200);
    assert!(
        !text(&page).contains("name=\"decision\""),
        "{}",
        text(&page)
    );
    assert!(
        text(&page).contains("a test, has no right to approve"),
        "{}",
        text(&page)
    );
    let approve = format!("decision=approve&person=Dana+Ortiz&sha256={sha256}");
    writer
        .post(&serving, &path, &approve)
        .await
        .expect_status(403);
    let stolen = [("Content-Type", "application/x-www-form-urlencoded")];
    serving
        .send("POST", &path, &stolen, approve.as_bytes())
        .await
        .expect_status(303);
    for form in [
        "decision=approve&person=".to_owned() + "&sha256=" + sha256,
        "person=Dana+Ortiz&sha256=".to_owned() + sha256,
        "decision=approve&person=Dana+Ortiz&sha256=".to_owned() + &"0".repeat(64),
    ] {
        let refused = lawyer.post(&serving, &path, &form).await;
        assert_eq!(refused.status, 422, "{form}: {}", text(&refused));
    }
    let waiting = lawyer.get(&serving, "/review").await;
    assert!(text(&waiting).contains(&path), "nothing was decided");

    let decided = lawyer.post(&serving, &path, &approve).await;
    let led = decided.expect_status(303);
    assert_eq!(
        led.header("location"),
        Some(format!("{path}?said=approved").as_str())
    );
    let page = text(&lawyer.get(&serving, &path).await);
    assert!(page.contains("Dana Ortiz (with the key a test)"), "{page}");
    let waiting = text(&lawyer.get(&serving, "/review").await);
    assert!(waiting.contains("Nothing waits for a review."), "{waiting}");
    let all = text(&lawyer.get(&serving, "/review?status=all").await);
    assert!(all.contains(&path), "{all}");
    world.finish();
}

#[tokio::test]
async fn the_right_to_approve_is_given_by_who_has_it() {
    let (world, serving, matter) = served().await;
    let admin = world.key(&["read", "write", "admin"], &["firm"]).await;
    let all = world
        .key(&["read", "write", "approve", "admin"], &["firm"])
        .await;
    let draft = add(&serving, &all, &petition(matter)).await;
    let form = "name=Dana&right=approve&connection=firm";
    let without = Session::begin(&serving, &admin).await;
    without
        .post(&serving, "/keys", form)
        .await
        .expect_status(422);
    let with = Session::begin(&serving, &all).await;
    let made = with.post(&serving, "/keys", form).await.expect_status(200);
    let page = String::from_utf8_lossy(&made.body).into_owned();
    let at = page.find("clio_").expect("the key is shown");
    let made: String = page[at..]
        .chars()
        .take_while(|it| it.is_ascii_alphanumeric() || *it == '_')
        .collect();
    let body = json!({"sha256": draft["sha256"]});
    let approved = decide(
        &serving,
        &made,
        draft["id"].as_str().unwrap(),
        "approve",
        &body,
    )
    .await;
    assert_eq!(
        approved.expect_status(200).json()["decided"]["by"],
        "the key Dana"
    );
    world.finish();
}
