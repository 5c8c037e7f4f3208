//! The ways, each as who takes it does.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clio_host::actions::upload_document::{Approval, Parent, Provenance, UploadRequest};
use clio_host::{CallError, LocalContent};
use clio_tests::components::altered;
use clio_tests::{CommandOutput, clio_binary, inline};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use super::desk::{Asked, Brings, Desk, MATTER};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// `clio run`.
    Command,
    /// `clio run --component` with a stranger's component of the same interface.
    Component,
    /// `clio sync`.
    Sync,
    /// The library with types.
    Typed,
    /// The library with JSON.
    Json,
    /// A tool of `clio mcp`.
    Mcp,
    ServiceCall,
    ServiceCase,
    Watched,
}

/// What came of it, in whatever words.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) done: bool,
    pub(super) text: String,
}

impl Answer {
    fn of(done: bool, text: impl ToString) -> Self {
        let text = text.to_string();
        Self { done, text }
    }
}

/// What is tried, and what is to be told.
type Attempt = (&'static str, Asked, &'static str);
type Tried = (&'static str, Answer, &'static str);

impl Way {
    /// Whether its caller brings the bytes of a draft himself, with an approval.
    pub(super) fn brings_bytes(self) -> bool {
        matches!(self, Self::Typed | Self::Json)
    }

    /// What is told where an input is refused: of a case file, a mistake may be.
    pub(super) fn says(self, told: &'static str) -> &'static str {
        match self {
            Self::Sync | Self::ServiceCase | Self::Watched if told == "review_required" => "review",
            _ => told,
        }
    }

    /// Tries all of it, one after another; of a watched folder, all at once.
    pub(super) async fn tried(self, desk: &Desk, attempts: Vec<Attempt>) -> Vec<Tried> {
        if self == Self::Watched {
            return watched(desk, attempts).await;
        }
        let mut tried = Vec::new();
        for (what, asked, told) in attempts {
            let answer = match self {
                Self::Command => run(desk, &asked, None).await,
                Self::Component => run(desk, &asked, Some(&altered(component()))).await,
                Self::Sync => sync(desk, &asked).await,
                Self::Typed => typed(desk, &asked).await,
                Self::Json => with_json(desk, &asked).await,
                Self::Mcp => mcp(desk, &asked).await,
                Self::ServiceCall => service_call(desk, &asked).await,
                Self::ServiceCase => service_case(desk, &asked).await,
                Self::Watched => unreachable!("all at once"),
            };
            tried.push((what, answer, told));
        }
        tried
    }
}

fn component() -> &'static [u8] {
    let mut actions = clio_catalog::actions().iter();
    let found = actions.find(|action| action.name == "upload-document");
    found.unwrap().component()
}

fn told(output: CommandOutput) -> Answer {
    Answer::of(
        output.code == 0,
        format!("{}{}", output.stdout, output.stderr),
    )
}

async fn run(desk: &Desk, asked: &Asked, component: Option<&[u8]>) -> Answer {
    let source = match &asked.brings {
        Brings::Draft(id) => json!({"draft": id}),
        Brings::Bytes(bytes, _) => {
            let name = format!("{}.txt", asked.number);
            desk.world.file(&name, bytes);
            json!({"file": name})
        }
    };
    let folder = desk.world.home().join("case");
    let input = asked.input(source).to_string();
    let mut arguments = vec!["run", "--connection", "firm", "--input", &input];
    arguments.extend(["--files", folder.to_str().unwrap()]);
    let path;
    match component {
        None => arguments.push("upload-document"),
        Some(component) => {
            path = desk.world.file("stranger.wasm", component);
            arguments.extend(["upload", "--component", path.to_str().unwrap()]);
        }
    }
    told(desk.world.clio(&arguments).await)
}

async fn sync(desk: &Desk, asked: &Asked) -> Answer {
    let (document, file) = asked.document();
    if let Some((name, bytes)) = file {
        desk.world.file(&name, bytes);
    }
    let path = desk
        .world
        .file("case.json", Desk::case(&[document]).to_string());
    let arguments = [
        "sync",
        path.to_str().unwrap(),
        "--connection",
        "firm",
        "--json",
    ];
    told(desk.world.clio(&arguments).await)
}

/// The bytes and the approval that a caller of the library brings.
fn brought(desk: &Desk, asked: &Asked) -> (Vec<u8>, Option<Value>) {
    match &asked.brings {
        Brings::Draft(id) => (desk.bytes(id), Some(desk.approval_by_hand(id))),
        Brings::Bytes(bytes, approval) => (bytes.clone(), approval.clone()),
    }
}

fn of_call(result: Result<String, CallError>) -> Answer {
    match result {
        Ok(told) => Answer::of(true, told),
        Err(error) => Answer::of(false, format!("{} {error:?}", error.code())),
    }
}

async fn typed(desk: &Desk, asked: &Asked) -> Answer {
    let (bytes, approval) = brought(desk, asked);
    let approval: Option<Approval> = approval.map(|it| serde_json::from_value(it).unwrap());
    let host = desk.session.plain_host().unwrap();
    let mut call = host.call(&desk.session.account.connection);
    let mut content = inline(&bytes, "text/plain");
    // Of every second one the bytes are lent.
    if asked.number.is_multiple_of(2) {
        let url = call.add_content(LocalContent::bytes(bytes)).unwrap();
        content.source = clio_host::actions::upload_document::ContentSource::Url(url);
    }
    let request = UploadRequest {
        source_id: asked.source_id(),
        began: None,
        parent: Parent::Matter(MATTER),
        folder_path: None,
        name: asked.name(),
        content,
        provenance: approval.map_or(Provenance::FromPerson, Provenance::Draft),
        known: None,
        on_change: None,
        category: None,
        received_at: None,
    };
    of_call(
        call.run(request)
            .await
            .map(|outcome| format!("{outcome:?}")),
    )
}

async fn with_json(desk: &Desk, asked: &Asked) -> Answer {
    let (bytes, approval) = brought(desk, asked);
    let mut input = asked.input(json!({"inline": STANDARD.encode(bytes)}));
    if let Some(approval) = approval {
        input["provenance"] = json!({"draft": approval});
    }
    let host = desk.session.plain_host().unwrap();
    let action = host.load_action("upload-document").unwrap();
    let call = host.call(&desk.session.account.connection);
    let result = call.invoke(&action, Some("upload"), input).await;
    of_call(result.map(|outcome| outcome.to_string()))
}

async fn mcp(desk: &Desk, asked: &Asked) -> Answer {
    let source = match &asked.brings {
        Brings::Draft(id) => json!({"draft": id}),
        Brings::Bytes(bytes, _) => json!({"inline": STANDARD.encode(bytes)}),
    };
    let call = json!({"name": "upload_document", "arguments": asked.input(source)});
    let told = tool(desk, "tools/call", call).await;
    let failed = told["result"]["isError"] == true || told.get("error").is_some();
    Answer::of(!failed, told)
}

/// One request to a `clio mcp` of its own.
pub(super) async fn tool(desk: &Desk, method: &str, params: Value) -> Value {
    let mut server = tokio::process::Command::new(clio_binary())
        .args(["mcp", "--connection", "firm", "--writes", "allow"])
        .env_clear()
        .env("CLIO_HOME", desk.world.home())
        .env("CLIO_CACHE", clio_tests::cache_dir())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut into = server.stdin.take().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "a test", "version": "1"}});
    for message in [
        json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}),
    ] {
        into.write_all(format!("{message}\n").as_bytes())
            .await
            .unwrap();
    }
    loop {
        let line = lines.next_line().await.unwrap().expect("an answer");
        let answer: Value = serde_json::from_str(&line).unwrap();
        if answer["id"] == 1 {
            return answer;
        }
    }
}

async fn service_call(desk: &Desk, asked: &Asked) -> Answer {
    let (serving, key) = desk.service.as_ref().unwrap();
    let source = match &asked.brings {
        Brings::Draft(id) => json!({"draft": id}),
        Brings::Bytes(bytes, _) => {
            let authorization = format!("Bearer {key}");
            let head = [
                ("Authorization", authorization.as_str()),
                ("Content-Type", "text/plain"),
            ];
            let path = "/v1/connections/firm/uploads";
            let upload = serving.send("POST", path, &head, bytes).await;
            json!({"upload": upload.expect_status(201).json()["id"]})
        }
    };
    let path = "/v1/connections/firm/calls/upload-document.upload";
    let input = asked.input(source);
    let answer = serving.ask("POST", path, key, Some(&input)).await;
    Answer::of(answer.status == 200, String::from_utf8_lossy(&answer.body))
}

async fn service_case(desk: &Desk, asked: &Asked) -> Answer {
    let (serving, key) = desk.service.as_ref().unwrap();
    let (document, file) = asked.document();
    let file = file
        .as_ref()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let files: Vec<(&str, &[u8])> = file.into_iter().collect();
    let wait = [("Prefer", "wait=30")];
    let case = Desk::case(&[document]);
    let answer = serving.post_case("firm", key, &case, &files, &wait).await;
    let told = String::from_utf8_lossy(&answer.body).into_owned();
    let result: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Answer::of(result["status"] == "done", told)
}

async fn watched(desk: &Desk, attempts: Vec<Attempt>) -> Vec<Tried> {
    let folder = desk.watched();
    let mut named = Vec::new();
    for (what, asked, told) in attempts {
        let (document, file) = asked.document();
        if let Some((name, bytes)) = file {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        // The same once more is another case file.
        let name = format!("{}-{}", asked.number, clio_tests::unique());
        let case = Desk::case(&[document]).to_string();
        std::fs::write(folder.join(format!("{name}.json")), case).unwrap();
        named.push((what, folder.join(format!("{name}.result.json")), told));
    }
    let mut tried = Vec::new();
    for (what, path, told) in named {
        let began = Instant::now();
        let answer = loop {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let result: Value = serde_json::from_str(&text).unwrap_or_default();
            match result["status"].as_str() {
                Some("done") => break Answer::of(true, text),
                Some("failed" | "not_taken") => break Answer::of(false, text),
                _ => assert!(began.elapsed() < Duration::from_secs(40), "{what}: {text}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        tried.push((what, answer, told));
    }
    tried
}
