//! Portable builds in another host: Node.js with jco.
//!
//! They run there against the sandbox with no token of their own. The Node
//! script adds the credential in front of the HTTP capability that it gives
//! them, as any embedding can.
//!
//! Needs `node` (20 or newer) and `npm` on the path. Where there are none, and
//! where `CLIO_SKIP_NODE=1` asks for it, these tests are left out and say so. In
//! continuous integration (`CI=true`) a missing Node.js is a failure.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod hosts;

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use clio_sandbox::{Config, Sandbox};
use serde_json::{Value, json};

/// The folder of the Node project.
fn project() -> PathBuf {
    // Cargo gives the folder of the tests' package.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("embeddings")
}

/// Whether these tests are left out: a person asked for it, or there is no
/// Node.js on a machine that is not continuous integration's.
fn is_skipped(test: &str) -> bool {
    let set = |name: &str, wanted: &str| std::env::var_os(name).is_some_and(|it| it == wanted);
    let reason = if set("CLIO_SKIP_NODE", "1") {
        "CLIO_SKIP_NODE=1"
    } else if !set("CI", "true") && Command::new("node").arg("--version").output().is_err() {
        "there is no `node` on the path"
    } else {
        return false;
    };
    // Not `eprintln!`, whose output a test that passes swallows.
    let line = format!("SKIPPED: {test}: {reason}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    true
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(project())
        .output()
        .unwrap_or_else(|error| {
            panic!("cannot run `{program}`: {error}. Install Node.js 20 or newer, or set CLIO_SKIP_NODE=1")
        })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Installs the pinned packages where they are missing. Tests run side by side
/// in one process, and one installation serves all of them.
fn install() {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    // Npm writes this file last.
    if project().join("node_modules/.package-lock.json").is_file() {
        return;
    }
    let output = run("npm", &["ci", "--no-audit", "--no-fund"]);
    assert!(
        output.status.success(),
        "`npm ci` failed:\n{}",
        text(&output.stderr)
    );
}

/// Writes the portable builds of all actions into a folder.
fn portable_builds() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for action in clio_catalog::actions() {
        let file = folder.path().join(action.name).with_extension("wasm");
        std::fs::write(file, action.portable()).unwrap();
    }
    folder
}

/// Runs the case in Node.js. `token` says where the token goes. Returns what
/// the script printed, and whether it succeeded.
fn run_case(sandbox: &Sandbox, builds: &Path, token: &str) -> (Value, bool) {
    let output = Command::new("node")
        .arg("case.mjs")
        .arg(builds)
        .arg(token)
        .current_dir(project())
        .env("CLIO_ORIGIN", sandbox.origin())
        .env("CLIO_ACCESS_TOKEN", sandbox.token())
        .output()
        .unwrap();
    let stdout = text(&output.stdout);
    let printed = serde_json::from_str(&stdout).unwrap_or_else(|error| {
        panic!(
            "the script printed no JSON ({error}):\n{stdout}\n{}",
            text(&output.stderr)
        )
    });
    (printed, output.status.success())
}

/// Starts a sandbox, runs `story` with it on a thread that may block, and ends.
fn with_sandbox(story: impl FnOnce(&Sandbox)) {
    run("node", &["--version"]);
    install();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let sandbox = runtime.block_on(Sandbox::start(Config::default())).unwrap();
    story(&sandbox);
    let ignored = sandbox.control().ignored();
    assert!(ignored.is_empty(), "Clio would ignore: {ignored:?}");
}

#[test]
fn a_case_syncs_from_node_with_the_credential_outside_the_components() {
    if is_skipped("a case from Node.js") {
        return;
    }
    with_sandbox(|sandbox| {
        let builds = portable_builds();
        let before = sandbox.control().snapshot();

        let (first, succeeded) = run_case(sandbox, builds.path(), "outside");
        assert!(succeeded, "{first}");
        for made in ["contact", "matter", "document"] {
            assert_eq!(first[made]["disposition"], "created", "{first}");
        }
        let statuses: Vec<_> = first["states"]
            .as_array()
            .unwrap()
            .iter()
            .map(|state| state["status"].clone())
            .collect();
        assert_eq!(statuses, [json!("complete"), json!("absent")]);

        let (second, succeeded) = run_case(sandbox, builds.path(), "outside");
        assert!(succeeded, "{second}");
        for made in ["contact", "matter", "document"] {
            assert_eq!(second[made]["disposition"], "linked", "{second}");
            assert_eq!(second[made]["id"], first[made]["id"]);
        }

        let after = sandbox.control().snapshot();
        assert_eq!(after.contacts.len(), before.contacts.len() + 1);
        assert_eq!(after.matters.len(), before.matters.len() + 1);
        assert_eq!(after.documents.len(), before.documents.len() + 1);
        let document = after
            .documents
            .iter()
            .find(|it| json!(it.id) == first["document"]["id"])
            .unwrap();
        assert!(document.complete);
        assert_eq!(document.name, "note.txt");

        // The credential went to the account's origin, and nowhere else.
        let trace = sandbox.control().trace();
        let (api, storage): (Vec<_>, Vec<_>) = trace
            .iter()
            .partition(|exchange| exchange.path.starts_with("/api/v4/"));
        assert!(!storage.is_empty() && api.len() > storage.len());
        assert!(api.iter().all(|exchange| exchange.authorization));
        assert!(storage.iter().all(|exchange| !exchange.authorization));
    });
}

#[test]
fn without_the_embedding_a_component_has_no_credential() {
    if is_skipped("no credential of its own") {
        return;
    }
    with_sandbox(|sandbox| {
        let builds = portable_builds();
        let (printed, succeeded) = run_case(sandbox, builds.path(), "nowhere");
        assert!(!succeeded, "{printed}");
        assert_eq!(printed["error"]["tag"], "permanent", "{printed}");
        assert_eq!(printed["error"]["val"]["code"], "not-connected");
        let trace = sandbox.control().trace();
        assert!(!trace.is_empty());
        assert!(trace.iter().all(|exchange| !exchange.authorization));
    });
}

#[test]
fn a_component_takes_the_token_from_its_environment() {
    if is_skipped("a token in the environment") {
        return;
    }
    with_sandbox(|sandbox| {
        let builds = portable_builds();
        let (printed, succeeded) = run_case(sandbox, builds.path(), "inside");
        assert!(succeeded, "{printed}");
        assert_eq!(printed["document"]["disposition"], "created", "{printed}");
    });
}

/// Reads the head of a request.
fn read_head(socket: &mut impl std::io::Read) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(text(&head))
}

/// Serves one content without telling its length, once, and returns its URL.
fn serve_unannounced(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        read_head(&mut socket).unwrap();
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        socket.write_all(answer).unwrap();
        for chunk in bytes.chunks(64 * 1024) {
            socket
                .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
                .unwrap();
            socket.write_all(chunk).unwrap();
            socket.write_all(b"\r\n").unwrap();
        }
        socket.write_all(b"0\r\n\r\n").unwrap();
    });
    format!("http://{address}/content")
}

/// A content of which nobody knows the length: one that fits into the buffer of
/// a part goes in one request, and a longer one in parts.
#[test]
fn a_content_of_unknown_length_is_uploaded_from_node() {
    if is_skipped("a content of unknown length from Node.js") {
        return;
    }
    with_sandbox(|sandbox| {
        let builds = portable_builds();
        let client = sandbox
            .control()
            .add_contact(clio_sandbox::NewContact::person("Ann", "Lee"));
        let matter = sandbox
            .control()
            .add_matter(clio_sandbox::NewMatter::of(client, "Lee v. Harbor"));
        for (length, puts) in [(100_000_usize, 1), ((32 << 20) + 5, 2)] {
            sandbox.control().clear_trace();
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let url = serve_unannounced(bytes);
            let output = Command::new("node")
                .arg("stream.mjs")
                .arg(builds.path())
                .arg(matter.to_string())
                .arg(url)
                .current_dir(project())
                .env("CLIO_ORIGIN", sandbox.origin())
                .env("CLIO_ACCESS_TOKEN", sandbox.token())
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
            let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(outcome["sent"], length, "{outcome}");
            let trace = sandbox.control().trace();
            let sent = trace.iter().filter(|it| it.method == "PUT");
            assert_eq!(sent.count(), puts);
            let snapshot = sandbox.control().snapshot();
            let mut documents = snapshot.documents.iter();
            let document = documents.find(|it| outcome["id"] == it.id).unwrap();
            let version = document.versions.last().unwrap();
            assert!(version.fully_uploaded);
            assert_eq!(version.size, u64::try_from(length).ok());
        }
    });
}
