//! What is new in an account becomes an event, once, and who follows gets it.

use std::time::Duration;

use clio_host::actions::types::MatterStatus;
use clio_sandbox::{NewContact, NewMatter};
use clio_tests::Serving;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::office::Office;
use crate::receiver::{PATIENCE, Receiver};

/// A stream of events that is being read.
struct Followed {
    socket: TcpStream,
    text: String,
}

impl Followed {
    async fn open(serving: &Serving, key: &str, last: Option<&str>) -> Self {
        let mut socket = TcpStream::connect(&serving.address).await.unwrap();
        let last = last.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        let head = format!(
            "GET /v1/connections/firm/events HTTP/1.1\r\nHost: {}\r\n\
             Authorization: Bearer {key}\r\nAccept: text/event-stream\r\n{last}\r\n",
            serving.address
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut followed = Self {
            socket,
            text: String::new(),
        };
        followed.until("\r\n\r\n").await;
        assert!(
            followed.text.starts_with("HTTP/1.1 200 "),
            "{}",
            followed.text
        );
        followed
    }

    async fn until(&mut self, what: &str) {
        let read = async {
            while !self.text.contains(what) {
                let mut bytes = [0; 4096];
                let read = self.socket.read(&mut bytes).await.unwrap();
                assert_ne!(read, 0, "it ended before {what:?}: {}", self.text);
                self.text
                    .push_str(std::str::from_utf8(&bytes[..read]).unwrap());
            }
        };
        if tokio::time::timeout(PATIENCE, read).await.is_err() {
            panic!("no {what:?} in {}", self.text);
        }
    }
}

#[tokio::test]
async fn events_are_followed_and_taken_up_where_they_were_left() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let matter = office.world.add_matter();
    let serving = office.serve().await;
    let mut followed = Followed::open(&serving, &office.key, None).await;
    office.world.add_document(matter, "one.pdf");
    office.look().await;
    followed.until("one.pdf").await;
    followed.until("\n\n").await;
    assert!(followed.text.contains("event: document.new"));
    let first = office.events(&serving).await.remove(0);
    let id = first["id"].as_str().unwrap().to_owned();
    assert!(followed.text.contains(&format!("id: {id}")));
    drop(followed);

    office.world.add_document(matter, "two.pdf");
    office.look().await;
    // By another process, which read none of them itself.
    serving.kill().await;
    let serving = office.world.serve(&[]).await;
    let mut followed = Followed::open(&serving, &office.key, Some(&id)).await;
    followed.until("two.pdf").await;
    assert!(!followed.text.contains("one.pdf"), "{}", followed.text);
    let after = format!("/v1/connections/firm/events?after={id}&limit=1");
    let after = serving.ask("GET", &after, &office.key, None).await;
    let after = after.expect_status(200).json();
    assert_eq!(after["events"][0]["data"]["name"], "two.pdf");
    assert_eq!(after["events"].as_array().unwrap().len(), 1);

    // A foreign firm's key sees neither.
    office.world.connect_as("other", &[]).await.expect_code(0);
    let foreign = office.world.key(&["read", "write"], &["other"]).await;
    let path = "/v1/connections/firm/events";
    let refused = serving.ask("GET", path, &foreign, None).await;
    refused.expect_status(404);
    let path = format!("/v1/connections/other/events?after={id}");
    let refused = serving.ask("GET", &path, &foreign, None).await;
    refused.expect_status(404);
    let refused = serving.ask(
        "GET",
        "/v1/connections/firm/events?limit=0",
        &office.key,
        None,
    );
    refused.await.expect_status(422);
}

#[tokio::test]
async fn the_last_status_of_a_matter_goes_out_and_each_once() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let untouched = office.world.add_matter();
    let matter = office.world.add_matter();
    let serving = office.serve().await;

    office.set_status(matter, MatterStatus::Pending).await;
    office.set_status(matter, MatterStatus::Closed).await;
    office.look().await;
    let told = receiver.wait(1).await.remove(0).json();
    assert_eq!(told["type"], "matter.status");
    assert_eq!(told["data"]["matter"], matter);
    assert_eq!(told["data"]["status"], "closed");
    assert_eq!(told["data"]["before"], "open");

    // What did not change is told by nobody.
    office.look().await;
    assert_eq!(office.events(&serving).await.len(), 1);
    office.set_status(matter, MatterStatus::Open).await;
    office.look().await;
    let told = receiver.wait(2).await.remove(1).json();
    assert_eq!(told["data"]["status"], "open");
    assert_eq!(told["data"]["before"], "closed");
    let all = office.events(&serving).await;
    assert!(all.iter().all(|event| event["data"]["matter"] != untouched));
    office.world.finish();
}

/// A page that is killed in the middle is read again, and nothing twice.
#[tokio::test]
async fn a_look_that_is_killed_at_any_moment_loses_nothing_and_doubles_nothing() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let matter = office.world.add_matter();
    let mut serving = office.serve().await;
    let mut expected = Vec::new();
    for round in 0..6_u64 {
        let name = format!("{round}.pdf");
        office.world.add_document(matter, &name);
        expected.push(json!(name));
        let looked = office.look();
        tokio::select! {
            _ = looked => {}
            // At a moment of each round's own.
            () = tokio::time::sleep(Duration::from_millis(150 * round)) => {}
        }
        serving.kill().await;
        serving = office.world.serve(&[]).await;
    }
    office.look().await;
    let names: Vec<Value> = office
        .events(&serving)
        .await
        .iter()
        .map(|event| event["data"]["name"].clone())
        .collect();
    assert_eq!(names, expected);
    // Outside as well, in order, once repeats are dropped by their id.
    office
        .wait("all are out", || {
            let runs = office.runs("event");
            runs.iter().all(|run| run.status.has_ended())
        })
        .await;
    let mut ids = Vec::new();
    for message in receiver.received() {
        let id = message.header("webhook-id").to_owned();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let listed = office.events(&serving).await;
    let listed: Vec<&str> = listed.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, listed);
}

/// An account with more matters than one run reads.
#[tokio::test]
async fn a_long_look_goes_on_in_runs_of_its_own() {
    let office = Office::new().await;
    let client = office
        .world
        .control
        .add_contact(NewContact::person("Bo", "Chan"));
    let matters = office
        .world
        .control
        .add_matters(4_100, &NewMatter::of(client, "Chan v. Harbor"));
    // The second look reads what changed lately alone.
    office.world.control.advance(Duration::from_secs(1200));
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let _serving = office.serve().await;
    office
        .wait("the rest is read", || {
            let runs = office.runs("detection");
            runs.len() == 2 && runs.iter().all(|run| run.status.has_ended())
        })
        .await;
    office
        .set_status(matters[4_099], MatterStatus::Closed)
        .await;
    office.look().await;
    let told = receiver.wait(1).await.remove(0).json();
    // It was known, so it was read.
    assert_eq!(told["data"]["before"], "open");
}
