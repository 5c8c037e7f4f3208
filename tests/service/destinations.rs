//! What is new goes out: to a server of the firm's, or to a command.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use clio_runner::journal::runs::Status;
use serde_json::Value;

use crate::office::{Office, SECRET};
use crate::receiver::{Receiver, Reply};

#[tokio::test]
async fn new_documents_go_out_signed_and_once_to_each_destination() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    let file = office.world.home().join("told.jsonl");
    // It sees none of the service's own variables.
    let script = format!("test -z \"$CLIO_HOME\" && cat >> '{}'", file.display());
    office.events_go(&format!(
        "{}, {{ command = {{ run = [\"sh\", \"-c\", {script:?}] }} }}",
        office.post(&receiver.url)
    ));
    let matter = office.world.add_matter();
    office.world.add_document(matter, "stands already.pdf");
    let serving = office.serve().await;

    let document = office.world.add_document(matter, "engagement.pdf");
    office.look().await;
    let received = receiver.wait(1).await.remove(0);
    office
        .wait("both have it", || {
            let runs = office.runs("event");
            runs.len() == 2 && runs.iter().all(|run| run.status == Status::Done)
        })
        .await;
    received.assert_signed(SECRET);
    assert!(received.head.starts_with("POST /in?tenant=7 "));
    let told = received.json();
    assert_eq!(told["type"], "document.new");
    assert_eq!(told["connection"], "firm");
    assert_eq!(told["id"], received.header("webhook-id"));
    assert_eq!(told["data"]["id"], document);
    assert_eq!(told["data"]["matter"], matter);
    assert_eq!(told["data"]["name"], "engagement.pdf");
    let line = std::fs::read_to_string(&file).unwrap();
    let of_command: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(of_command, told);
    assert_eq!(office.events(&serving).await, [told]);
    // What people are shown of the runs names neither the query nor the document.
    for run in office.runs("event") {
        assert!(!run.what.contains("tenant") && !run.what.contains("engagement"));
    }

    // It was told, and an edit is not new.
    office.world.control.edit_document(document, "renamed.pdf");
    office.look().await;
    assert_eq!(office.runs("event").len(), 2);
    assert_eq!(serving.end().await, Some(0));
    office.world.finish();
}

#[tokio::test]
async fn what_is_refused_is_tried_again_and_none_of_its_matter_overtakes_it() {
    let office = Office::new().await;
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    office.events_go(&office.post(&receiver.url));
    let (one, other) = (office.world.add_matter(), office.world.add_matter());
    let serving = office.serve().await;

    receiver.reply([Reply::Redirect(elsewhere.url.clone())]);
    office.world.add_document(one, "first.pdf");
    office.look().await;
    receiver.wait(1).await;
    office.world.add_document(one, "second.pdf");
    office.world.add_document(other, "of another matter.pdf");
    office.look().await;
    let received = receiver.wait(4).await;
    let names: Vec<Value> = received
        .iter()
        .map(|message| message.json()["data"]["name"].clone())
        .collect();
    assert_eq!(
        names,
        [
            "first.pdf",
            "of another matter.pdf",
            "first.pdf",
            "second.pdf"
        ]
    );
    assert_eq!(
        received[0].header("webhook-id"),
        received[2].header("webhook-id")
    );
    received[2].assert_signed(SECRET);
    assert!(
        elsewhere.received().is_empty(),
        "a redirect is not followed"
    );
    office
        .wait("all are done", || {
            let runs = office.runs("event");
            runs.iter().all(|run| run.status == Status::Done)
        })
        .await;
    let attempts: Vec<u32> = office
        .runs("event")
        .iter()
        .map(|run| run.attempts)
        .collect();
    assert_eq!(attempts, [2, 1, 1]);
    drop(serving);
}

#[tokio::test]
async fn an_event_outlives_its_process_and_keeps_its_id() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let matter = office.world.add_matter();
    let serving = office.serve().await;
    receiver.reply([Reply::Never]);
    office.world.add_document(matter, "engagement.pdf");
    office.look().await;
    receiver.wait(1).await;
    serving.kill().await;

    let _serving = office.world.serve(&[]).await;
    let received = receiver.wait(2).await;
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    assert_eq!(received[0].body, received[1].body);
}

/// A firm's cases do not wait behind a server that is switched off.
#[tokio::test]
async fn a_destination_that_is_away_is_left_alone() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let matters: Vec<u64> = (0..40).map(|_| office.world.add_matter()).collect();
    let serving = office.serve().await;
    receiver.reply(std::iter::repeat_n(Reply::Status(503), 1000));
    for matter in matters {
        office.world.add_document(matter, "engagement.pdf");
    }
    office.look().await;
    office
        .wait("all were tried", || {
            let runs = office.runs("event");
            runs.len() == 40 && runs.iter().all(|run| run.attempts > 0)
        })
        .await;
    // As many as ran at once, and the first of the later attempts.
    let tried = receiver.received().len();
    assert!((1..=10).contains(&tried), "{tried} of 40 were sent");
    drop(serving);
}

#[tokio::test]
async fn a_destination_that_is_not_right_stops_the_start_and_is_not_quoted() {
    let office = Office::new().await;
    let secret = office.world.home().join("weak");
    std::fs::write(&secret, "hunter2").unwrap();
    let closed = Permissions::from_mode(0o600);
    std::fs::set_permissions(&secret, closed).unwrap();
    let open = office.world.home().join("open");
    std::fs::write(&open, format!("{SECRET}\n")).unwrap();
    std::fs::set_permissions(&open, Permissions::from_mode(0o644)).unwrap();
    for (destinations, said) in [
        (office.post("http://hooks.firm.example/in"), "use https"),
        (
            office.post("https://u:geheim@hooks.firm.example/"),
            "is not sent",
        ),
        (
            office
                .post("https://hooks.firm.example/")
                .replace("/secret\"", "/weak\""),
            "no secret",
        ),
        (
            office
                .post("https://hooks.firm.example/")
                .replace("/secret\"", "/none\""),
            "cannot be read",
        ),
        (
            office
                .post("https://hooks.firm.example/")
                .replace("/secret\"", "/open\""),
            "other users may read",
        ),
        ("{ command = { run = [] } }".to_owned(), "names no command"),
    ] {
        office.events_go(&destinations);
        let ended = office
            .world
            .clio(&["serve", "--listen", "127.0.0.1:0"])
            .await;
        let ended = ended.expect_code(64);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        assert!(!ended.stderr.contains("hunter2") && !ended.stderr.contains("geheim"));
    }
}

/// What waits for a firm is not sent once its name leads to another.
#[tokio::test]
async fn what_waits_for_a_former_account_is_not_sent() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let matter = office.world.add_matter();
    let serving = office.serve().await;
    receiver.reply([Reply::Status(400)]);
    office.world.add_document(matter, "engagement.pdf");
    office.look().await;
    receiver.wait(1).await;
    assert_eq!(office.events(&serving).await.len(), 1);

    office.world.control.set_account(31, "Other LLP");
    let relinked = office.world.connect_as("firm", &["--relink"]).await;
    relinked.expect_code(0);
    office
        .wait("it waits for a person", || {
            let runs = office.runs("event");
            runs.len() == 1 && runs[0].code == "another_account"
        })
        .await;
    assert_eq!(receiver.received().len(), 1);
    // Nor is it shown to who has the name now.
    assert_eq!(office.events(&serving).await, Vec::<Value>::new());
    assert_eq!(office.runs("event")[0].status, Status::Failed);
}

/// Trap: as many events as a firm has places hold up its cases for as long as their
/// destination takes.
#[tokio::test]
async fn a_destination_that_takes_its_time_holds_up_nothing_else() {
    let office = Office::new().await;
    office.events_go("{ command = { run = [\"sleep\", \"50\"] } }");
    let matters: Vec<u64> = (0..12).map(|_| office.world.add_matter()).collect();
    let serving = office.serve().await;
    for matter in matters {
        office.world.add_document(matter, "engagement.pdf");
    }
    office.look().await;
    office
        .wait("two go out", || {
            let runs = office.runs("event");
            let running = runs.iter().filter(|run| run.status == Status::Running);
            runs.len() == 12 && running.count() == 2
        })
        .await;
    let began = std::time::Instant::now();
    for number in 0..3 {
        let case = clio_tests::case_of(&format!("intake:{number}"), &format!("Name{number}"), &[]);
        let later = [("Prefer", "respond-async")];
        let answer = serving
            .post_case("firm", &office.key, &case, &[], &later)
            .await;
        answer.expect_status(202);
    }
    serving.wait_for_cases("firm", &office.key, 3).await;
    let took = began.elapsed();
    assert!(took < std::time::Duration::from_secs(15), "{took:?}");
    // The commands end with the service.
    serving.kill().await;
}

/// Trap: what goes to the firm's own server waits until Clio is back.
#[tokio::test]
async fn events_go_out_while_clio_is_away() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let matter = office.world.add_matter();
    let serving = office.serve().await;
    receiver.reply([Reply::Status(400)]);
    office.world.add_document(matter, "engagement.pdf");
    office.look().await;
    receiver.wait(1).await;
    // It is tried again in some seconds. Until then Clio goes away.
    office.world.control.fault(clio_sandbox::Fault {
        origin: clio_sandbox::Origin::Api,
        method: None,
        path: None,
        skip: 0,
        times: clio_sandbox::Times::Forever,
        effect: clio_sandbox::Effect::Maintenance,
    });
    let path = "/v1/connections/firm/calls/check-connection.check";
    let authorization = format!("Bearer {}", office.key);
    for _ in 0..8 {
        let headers = [
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/json"),
            ("Prefer", "respond-async"),
        ];
        let asked = serving
            .send("POST", path, &headers, b"{\"areas\": []}")
            .await;
        asked.expect_status(202);
    }
    receiver.wait(2).await;
    office
        .wait("it is done", || {
            office.runs("event")[0].status == Status::Done
        })
        .await;
    let calls = office.runs("call");
    let done = calls.iter().filter(|run| run.status == Status::Done);
    assert_eq!((calls.len(), done.count()), (8, 0), "Clio was away");
}
