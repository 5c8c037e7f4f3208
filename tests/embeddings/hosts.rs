//! A host that cannot be relied on: Node.js as it is, whose streams say nothing of
//! a connection that is gone and have no code for an answer that was cut, and
//! one that lies about what it sent. The actions must neither hang, nor double a
//! record, nor end with anything but an error of their own.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clio_sandbox::{Effect, Fault, NewContact, NewMatter, Sandbox, Times};
use serde_json::Value;

use super::{is_skipped, portable_builds, project, read_head, text, with_sandbox};

/// How long a story may take. An action that waits for ever fails its test.
const MOST: Duration = Duration::from_secs(60);

/// Runs one story of the script, and returns what it printed.
fn story(origin: &str, token: &str, builds: &Path, arguments: &[&str]) -> Value {
    let mut child = Command::new("node")
        .arg("hosts.mjs")
        .arg(builds)
        .args(arguments)
        .current_dir(project())
        .env("CLIO_ORIGIN", origin)
        .env("CLIO_ACCESS_TOKEN", token)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > MOST {
            child.kill().unwrap();
            panic!("{arguments:?} takes longer than {MOST:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = child.wait_with_output().unwrap();
    let stdout = text(&output.stdout);
    serde_json::from_str(&stdout).unwrap_or_else(|error| {
        panic!(
            "the script printed no JSON ({error}):\n{stdout}\n{}",
            text(&output.stderr)
        )
    })
}

fn of(sandbox: &Sandbox, builds: &Path, arguments: &[&str]) -> Value {
    story(sandbox.origin(), sandbox.token(), builds, arguments)
}

fn add_matter(sandbox: &Sandbox) -> String {
    let control = sandbox.control();
    let client = control.add_contact(NewContact::person("Bo", "Chan"));
    let matter = control.add_matter(NewMatter::of(client, "Chan v. Harbor"));
    matter.to_string()
}

// CASES E1
#[test]
fn a_content_of_known_length_arrives_whole() {
    if is_skipped("a content of known length from Node.js") {
        return;
    }
    with_sandbox(|sandbox| {
        let builds = portable_builds();
        let matter = add_matter(sandbox);
        let bytes: Vec<u8> = (0..700_001_u32).map(|n| (n % 251) as u8).collect();
        let length = bytes.len();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/content", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            read_head(&mut socket).unwrap();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            socket.write_all(head.as_bytes()).unwrap();
            socket.write_all(&bytes).unwrap();
        });
        let output = Command::new("node")
            .arg("stream.mjs")
            .arg(builds.path())
            .arg(matter)
            .arg(url)
            .current_dir(project())
            .env("CLIO_ORIGIN", sandbox.origin())
            .env("CLIO_ACCESS_TOKEN", sandbox.token())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let documents = sandbox.control().snapshot().documents;
        let version = documents[0].versions.last().unwrap();
        assert!(version.fully_uploaded);
        assert_eq!(version.size, Some(length as u64));
    });
}

// CASES E2
#[test]
fn a_write_that_the_host_calls_unsent_is_looked_for() {
    if is_skipped("a host that lies") {
        return;
    }
    with_sandbox(|sandbox| {
        let builds = portable_builds();
        let told = of(sandbox, builds.path(), &["lied-to"]);
        let contacts = sandbox.control().snapshot().contacts;
        assert_eq!(contacts.len(), 1, "{told}");
        assert_eq!(told["outcome"]["id"], contacts[0].id, "{told}");
        assert_eq!(sandbox.control().count("POST", "/contacts"), 1);
    });
}

/// This host takes the time that a connection may need for the answer's.
// CASES E2
#[test]
fn an_answer_may_take_longer_than_a_connection() {
    if is_skipped("an answer that takes its time") {
        return;
    }
    with_sandbox(|sandbox| {
        let builds = portable_builds();
        let by = Duration::from_secs(17);
        let late = Fault::next("POST", "/contacts", Effect::HoldAnswer { by });
        sandbox.control().fault(late);
        let told = of(sandbox, builds.path(), &["contact"]);
        assert_eq!(told["outcome"]["disposition"], "created", "{told}");
        assert_eq!(sandbox.control().snapshot().contacts.len(), 1);
        // Nothing had to be looked for once more.
        assert_eq!(sandbox.control().trace().last().unwrap().method, "POST");
    });
}

// CASES E3
#[test]
fn an_answer_that_is_cut_is_looked_for() {
    if is_skipped("an answer that is cut") {
        return;
    }
    with_sandbox(|sandbox| {
        let builds = portable_builds();
        let cut = Fault::next("POST", "/contacts", Effect::CutAfter { bytes: 10 });
        sandbox.control().fault(cut);
        let told = of(sandbox, builds.path(), &["contact"]);
        let contacts = sandbox.control().snapshot().contacts;
        assert_eq!(contacts.len(), 1, "{told}");
        assert_eq!(told["outcome"]["id"], contacts[0].id, "{told}");
        assert_eq!(sandbox.control().count("POST", "/contacts"), 1);

        // Nor does a look that is cut end as anything but an error.
        let cut = Fault::next("GET", "/contacts", Effect::CutAfter { bytes: 10 });
        sandbox.control().fault(cut);
        let told = of(sandbox, builds.path(), &["contact"]);
        assert_eq!(told["error"]["tag"], "transient", "{told}");
    });
}

// CASES E4
#[test]
fn a_storage_that_resets_the_connection_does_not_hang_the_upload() {
    if is_skipped("a storage that resets the connection") {
        return;
    }
    with_sandbox(|sandbox| {
        let builds = portable_builds();
        let matter = add_matter(sandbox);
        let control = sandbox.control();
        control.fault(Fault::storage("PUT", Effect::Reset).times(Times::Forever));
        let upload = ["document", &matter, "1000000"];
        let told = of(sandbox, builds.path(), &upload);
        assert_eq!(told["error"]["tag"], "transient", "{told}");
        assert_eq!(told["error"]["val"]["code"], "upload-incomplete", "{told}");

        control.clear_faults();
        let told = of(sandbox, builds.path(), &upload);
        assert_eq!(told["outcome"]["disposition"], "completed", "{told}");
        let documents = control.snapshot().documents;
        assert_eq!(documents.len(), 1);
        assert_eq!(documents[0].versions[0].size, Some(1_000_000));
    });
}

/// A host keeps a connection for the next request once the request on it has
/// ended. One that never ends costs a socket each.
// CASES E5
#[test]
fn reads_share_a_connection() {
    if is_skipped("reads that share a connection") {
        return;
    }
    super::install();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                while read_head(&mut socket).is_ok() {
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
                                   Content-Length: 21\r\n\r\n{\"data\":[],\"meta\":{}}";
                    if socket.write_all(answer).is_err() {
                        break;
                    }
                }
            });
        }
    });
    let told = story(
        &origin,
        "token",
        portable_builds().path(),
        &["look", "3", "8"],
    );
    assert_eq!(told["outcome"].as_array().unwrap().len(), 8, "{told}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
