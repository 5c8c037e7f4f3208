//! Cases that are posted with their documents.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, FaultAnswer, Times};
use clio_tests::{World, case_of};
use serde_json::{Value, json};

const PDF: &[u8] = include_bytes!("../data/case/retainer.pdf");

async fn world() -> (World, String) {
    let world = World::without_rate_limit().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.clear_trace();
    let key = world.key(&["read", "write"], &["firm"]).await;
    (world, key)
}

/// The folders of posted cases whose files are still needed.
fn kept(world: &World) -> usize {
    std::fs::read_dir(world.home().join("cases"))
        .map(|all| all.count())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_case_and_its_documents_are_in_clio_when_the_answer_comes() {
    let (world, key) = world().await;
    let serving = world.serve(&[]).await;
    let case = case_of("intake:1", "Lee", &["retainer.pdf", "scans/second.pdf"]);
    let files: [(&str, &[u8]); 2] = [("retainer.pdf", PDF), ("scans/second.pdf", b"%PDF-1.4 2")];
    let answer = serving.post_case("firm", &key, &case, &files, &[]).await;
    let answer = answer.expect_status(200);
    let told = answer.json();
    assert_eq!(told["status"], "done", "{told:#}");
    assert_eq!(told["source_id"], "intake:1");
    assert_eq!(told["result"]["documents"][1]["status"], "created");
    assert_eq!(told["result"]["correlation_id"], told["id"]);

    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.matters.len(), 1);
    assert_eq!(snapshot.documents.len(), 2);
    assert!(
        snapshot
            .documents
            .iter()
            .all(|it| it.versions[0].fully_uploaded)
    );
    // Its files are nowhere else any more.
    assert_eq!(kept(&world), 0);

    // The same again finds it all there.
    let again = serving.post_case("firm", &key, &case, &files, &[]).await;
    assert_eq!(
        again.expect_status(200).json()["result"]["matter"]["status"],
        "linked"
    );
    assert_eq!(world.control.snapshot().documents.len(), 2);
    assert_eq!(serving.cases("firm", &key).await.len(), 2);
    world.finish();
}

#[tokio::test]
async fn one_that_is_not_waited_for_is_followed_by_its_run_and_taken_once() {
    let (world, key) = world().await;
    let serving = world.serve(&[]).await;
    let case = case_of("intake:1", "Lee", &["retainer.pdf"]);
    let later = [("Prefer", "respond-async"), ("Idempotency-Key", "17")];
    let post = || serving.post_case("firm", &key, &case, &[("retainer.pdf", PDF)], &later);
    let first = post().await.expect_status(202);
    let again = post().await.expect_status(202);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(again.json()["id"], first.json()["id"]);
    let elsewhere = case_of("intake:2", "Lee", &[]);
    let elsewhere = serving.post_case("firm", &key, &elsewhere, &[], &later);
    let bytes: [(&str, &[u8]); 1] = [("retainer.pdf", b"another scan")];
    let bytes = serving.post_case("firm", &key, &case, &bytes, &later);
    for other in [elsewhere.await, bytes.await] {
        let other = other.expect_status(422);
        assert_eq!(other.json()["code"], "idempotency_key_reused");
    }
    assert_eq!(
        first.header("location"),
        Some(format!("/v1/runs/{id}").as_str())
    );
    let cases = serving.wait_for_cases("firm", &key, 1).await;
    assert_eq!(cases[0]["id"], Value::from(id));
    assert_eq!(kept(&world), 0);
    world.finish();
}

#[tokio::test]
async fn mistakes_are_all_told_and_leave_nothing_behind() {
    let (world, key) = world().await;
    let serving = world.serve(&[]).await;
    let mut case = case_of("intake:1", "Lee", &["retainer.pdf"]);
    case["client"]["email"] = json!("no address");
    // The file of the document is missing, and the address is none.
    let answer = serving.post_case("firm", &key, &case, &[], &[]).await;
    let told = answer.expect_status(422).json();
    let at: Vec<&str> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["at"].as_str().unwrap())
        .collect();
    assert!(at.contains(&"/documents/0/file"), "{told:#}");
    let home = world.home().display().to_string();
    assert!(!told.to_string().contains(&home), "{told:#}");

    let case = case_of("intake:1", "Lee", &[]);
    for (name, why) in [
        ("../../vault/x", "outside"),
        ("/etc/passwd", "a path"),
        (".ssh/id", "hidden"),
        ("nobody.pdf", "no document's"),
    ] {
        let files: [(&str, &[u8]); 1] = [(name, b"x")];
        let answer = serving.post_case("firm", &key, &case, &files, &[]).await;
        assert_eq!(answer.status, 422, "{why}");
    }
    // A head that does not end is not gathered.
    let authorization = format!("Bearer {key}");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "multipart/form-data; boundary=x"),
    ];
    let endless = [b"--x\r\nX-Long: ".as_slice(), &vec![b'a'; 3 << 20]].concat();
    let path = "/v1/connections/firm/cases";
    let answer = serving.send("POST", path, &headers, &endless).await;
    assert!([400, 422].contains(&answer.status), "{}", answer.status);
    assert_eq!(world.api().len(), 0, "{:?}", world.requests());
    assert_eq!(kept(&world), 0);
    assert_eq!(serving.cases("firm", &key).await.len(), 0);
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_and_one_that_does_not_waits() {
    let (world, key) = world().await;
    let serving = world.serve(&[]).await;
    let fault = |effect, times| Fault {
        times,
        ..Fault::next("POST", "/documents", effect)
    };
    let away = Effect::Answer(FaultAnswer::status(503));
    world.control.fault(fault(away, Times::Forever));
    let case = case_of("intake:1", "Lee", &["retainer.pdf"]);
    let files: [(&str, &[u8]); 1] = [("retainer.pdf", PDF)];
    let answer = serving.post_case("firm", &key, &case, &files, &[]).await;
    let told = answer.expect_status(202).json();
    assert_eq!(told["status"], "waiting", "{told:#}");
    assert_eq!(told["error"]["report"]["matter"]["status"], "created");
    assert_eq!(kept(&world), 1);
    world.control.clear_faults();

    // Meanwhile another one of the account goes its way.
    let other = case_of("intake:2", "Chan", &[]);
    let answer = serving.post_case("firm", &key, &other, &[], &[]).await;
    answer.expect_status(200);

    let cases = serving.wait_for_cases("firm", &key, 2).await;
    assert_eq!(cases[1]["attempts"], 2, "{cases:#?}");
    assert_eq!(world.control.snapshot().documents.len(), 1);
    assert_eq!(kept(&world), 0);

    // Two people of one address and another name: a person decides.
    let mut third = case_of("intake:3", "Roe", &[]);
    third["client"]["email"] = json!("lee@example.com");
    let answer = serving.post_case("firm", &key, &third, &[], &[]).await;
    let told = answer.expect_status(409).json();
    assert_eq!(told["code"], "ambiguous", "{told:#}");
    assert_eq!(
        told["report"]["contact"]["error"]["permanent"]["code"],
        "ambiguous"
    );
    assert!(told["next"].as_str().unwrap().contains("client"));
    world.finish();
}

#[tokio::test]
async fn cases_of_an_account_are_synced_one_after_another() {
    let (world, key) = world().await;
    let serving = world.serve(&[]).await;
    world.control.fault(Fault {
        times: Times::Forever,
        method: None,
        path: None,
        ..Fault::next(
            "",
            "",
            Effect::Delay {
                by: Duration::from_millis(20),
            },
        )
    });
    let later = [("Prefer", "respond-async")];
    let names = ["Alder", "Birch", "Cedar", "Dogwood", "Elm"];
    for (number, name) in names.iter().enumerate() {
        let case = case_of(&format!("intake:{number}"), name, &[]);
        let answer = serving.post_case("firm", &key, &case, &[], &later).await;
        answer.expect_status(202);
    }
    serving.wait_for_cases("firm", &key, names.len()).await;
    // A case writes its client, then its matter: no other's write is in between.
    let writes: Vec<String> = world
        .requests()
        .into_iter()
        .filter(|request| !request.starts_with("GET"))
        .collect();
    let expected = ["POST /contacts", "POST /matters"];
    assert_eq!(writes.len(), 2 * names.len(), "{writes:?}");
    assert!(writes.chunks(2).all(|pair| pair == expected), "{writes:?}");
    world.finish();
}

#[tokio::test]
async fn nobody_hands_in_a_case_for_another_firm() {
    let (world, key) = world().await;
    let serving = world.serve(&[]).await;
    let reads = world.key(&["read"], &["firm"]).await;
    let foreign = world.key(&["read", "write"], &["other"]).await;
    let case = case_of("intake:1", "Lee", &[]);
    for (key, status) in [(&foreign, 404), (&reads, 403), (&"none".to_owned(), 401)] {
        let answer = serving.post_case("firm", key, &case, &[], &[]).await;
        answer.expect_status(status);
    }
    let listed = serving.ask("GET", "/v1/connections/firm/cases", &foreign, None);
    listed.await.expect_status(404);
    let not_connected = serving.post_case("other", &foreign, &case, &[], &[]).await;
    assert_eq!(
        not_connected.expect_status(409).json()["code"],
        "not_connected"
    );
    assert_eq!(serving.cases("firm", &key).await.len(), 0);
    assert_eq!(kept(&world), 0);
}

/// Trap: a name that is taken here and not in a backup, or that no disk takes.
#[tokio::test]
async fn a_file_lies_no_deeper_than_eight_folders_and_its_names_fit_a_disk() {
    let (world, key) = world().await;
    let serving = world.serve(&[]).await;
    let deepest = format!("{}deed.pdf", "a/".repeat(8));
    let case = case_of("intake:deep", "Deep", &[&deepest]);
    let files = [(deepest.as_str(), b"%PDF".as_slice())];
    let answer = serving.post_case("firm", &key, &case, &files, &[]).await;
    answer.expect_status(200);
    let long = format!("{}.pdf", "a".repeat(252));
    for wrong in [
        format!("a/{deepest}"),
        long.clone(),
        format!("{long}/a.pdf"),
    ] {
        let case = case_of("intake:deeper", "Deeper", &[&wrong]);
        let files = [(wrong.as_str(), b"%PDF".as_slice())];
        let answer = serving.post_case("firm", &key, &case, &files, &[]).await;
        let told = answer.expect_status(422).json();
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.contains("8 folders"), "{detail}");
    }
    assert_eq!(kept(&world), 0);
    world.finish();
}
