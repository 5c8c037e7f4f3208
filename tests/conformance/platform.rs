//! Where the actions run: which platforms are at hand, and how each makes a call.
//!
//! A platform that is not of Rust is at hand where its runner, and what that needs,
//! is. These variables say where:
//!
//! | Variable | What |
//! | --- | --- |
//! | `CONFORMANCE` | the platforms that must be there, by name and comma, or `all`; a missing one then fails the test |
//! | `CONFORMANCE_NODE` | Node.js; without it `node` |
//! | `CONFORMANCE_NODE_JSPI` | a Node.js that has JSPI: 26, or 24, whose flag is given to it; without it the other |
//! | `CONFORMANCE_PYTHON` | Python with what `host/python` needs; without it the one of its folder `.venv` |
//! | `CONFORMANCE_MCP` | Python with its MCP SDK; without it the one of `tests/mcp/.venv` |

use std::path::{Path, PathBuf};
use std::{env, fs};

use clio_tests::{World, cache_dir, clio_binary, reviewing_host};
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::process::Process;
use crate::table::Answer;
use crate::typed;

/// A platform that is at hand.
pub(crate) struct Platform {
    /// What `CONFORMANCE` calls it.
    pub(crate) name: &'static str,
    /// What runs there.
    pub(crate) version: String,
    /// How it is embedded.
    pub(crate) embedded: &'static str,
    how: How,
}

enum How {
    Typed,
    Json,
    /// `clio run`.
    Command,
    Process(Box<Mutex<Process>>),
}

impl Platform {
    /// The Rust library with JSON, which records the table.
    pub(crate) fn json() -> Self {
        Self {
            name: "rust-json",
            version: rust_version(),
            embedded: "library, JSON by name",
            how: How::Json,
        }
    }

    /// How many cases it tells at the same time: where a call waits, or is a process
    /// of its own, one after another takes long. A runner is one process.
    pub(crate) fn lanes(&self) -> usize {
        match self.how {
            How::Typed | How::Json | How::Command => 3,
            How::Process(_) => 1,
        }
    }

    /// Whether it uploads no draft on a caller's word: an approval that stands in an
    /// input is none.
    pub(crate) fn takes_no_approval(&self) -> bool {
        matches!(self.name, "mcp" | "clio-run")
    }

    /// The headers that its HTTP client adds to any request, or sets itself.
    pub(crate) fn own_headers(&self) -> &'static [&'static str] {
        match self.name {
            "node-inline" => &[
                "accept",
                "accept-encoding",
                "accept-language",
                "cache-control",
                "content-length",
                "pragma",
                "sec-fetch-mode",
                "user-agent",
            ],
            _ => &[],
        }
    }

    /// Whether it calls by types.
    pub(crate) fn is_typed(&self) -> bool {
        matches!(self.how, How::Typed)
    }

    /// Makes a call; `None`: the platform has no word for the input, and refuses it.
    ///
    /// # Errors
    /// When the platform's runner does not work.
    pub(crate) async fn call(
        &self,
        world: &World,
        function: &str,
        input: &Value,
    ) -> Result<Option<Answer>, String> {
        match &self.how {
            How::Typed => Ok(typed::run(world.reviewed_call(), function, input).await),
            How::Json => {
                let (action, verb) = function.split_once('.').ok_or("no function is named")?;
                let action = reviewing_host()
                    .load_action(action)
                    .map_err(|it| it.to_string())?;
                let outcome = world
                    .reviewed_call()
                    .invoke(&action, Some(verb), input.clone())
                    .await;
                Ok(Some(match outcome {
                    Ok(output) => Answer::Ok(output),
                    Err(error) => Answer::of_envelope(&error.to_json()),
                }))
            }
            How::Command => {
                let input = input.to_string();
                let args = ["run", function, "--input", "-"];
                let run = world.clio_with(&args, &[], Some(&input)).await;
                // What it refuses before anything is opened has no envelope.
                if run.code == 64 && run.stdout.is_empty() {
                    return Ok(None);
                }
                let told = run.json();
                let answer = match &told["error"] {
                    Value::Null => Answer::Ok(told),
                    _ => Answer::of_envelope(&told),
                };
                let done = matches!(answer, Answer::Ok(_));
                if done == (run.code == 0) {
                    Ok(Some(answer))
                } else {
                    Err(format!("`clio run {function}` ended with {}", run.code))
                }
            }
            How::Process(process) => {
                let account = (world.sandbox.origin(), world.sandbox.token());
                let mut process = process.lock().await;
                let answer = process.call(account, function, input).await?;
                // What its protocol cannot say, or refuses before anything is run.
                let refused = matches!(&answer, Answer::Failure(it) if it["cause"] == "refused");
                Ok((!refused).then_some(answer))
            }
        }
    }
}

/// A platform that is not at hand.
pub(crate) struct Missing {
    /// What `CONFORMANCE` calls it.
    pub(crate) name: &'static str,
    /// Why, and what to do.
    pub(crate) why: String,
}

/// Every platform, or why it is not at hand.
pub(crate) async fn platforms() -> Vec<Result<Platform, Missing>> {
    let version = rust_version();
    let command = |name, version, embedded, how| Platform {
        name,
        version,
        embedded,
        how,
    };
    vec![
        Ok(command(
            "rust",
            version.clone(),
            "library, by types",
            How::Typed,
        )),
        Ok(Platform::json()),
        Ok(command(
            "clio-run",
            version,
            "a process a call",
            How::Command,
        )),
        node("node-asyncify", "asyncify", "npm package, in the thread").await,
        node("node-worker", "worker", "npm package, threads of its own").await,
        node("node-jspi", "jspi", "npm package, in the thread").await,
        node("node-inline", "inline", "one file, over `fetch`").await,
        python().await,
        mcp().await,
    ]
}

/// The platforms that must be there.
pub(crate) fn demanded(name: &str) -> bool {
    let demanded = env::var("CONFORMANCE").unwrap_or_default();
    demanded
        .split(',')
        .map(str::trim)
        .any(|it| it == "all" || it == name)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_version() -> String {
    let lock = include_str!("../../Cargo.lock");
    let wasmtime = lock.split("name = \"wasmtime\"\nversion = \"").nth(1);
    let wasmtime = wasmtime.and_then(|it| it.split('"').next()).unwrap_or("?");
    format!(
        "clio-host {}, wasmtime {wasmtime}",
        env!("CARGO_PKG_VERSION")
    )
}

/// What a program prints of its version, on one line.
async fn says(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().await.ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}

async fn started(
    name: &'static str,
    embedded: &'static str,
    version: String,
    command: Command,
    runner: &Path,
) -> Result<Platform, Missing> {
    match Process::start(command, runner).await {
        Ok(process) => Ok(Platform {
            name,
            version,
            embedded,
            how: How::Process(Box::new(Mutex::new(process))),
        }),
        Err(why) => Err(Missing { name, why }),
    }
}

async fn node(
    name: &'static str,
    engine: &str,
    embedded: &'static str,
) -> Result<Platform, Missing> {
    let missing = |why: String| Missing { name, why };
    let mut node = env::var("CONFORMANCE_NODE").unwrap_or_else(|_| "node".to_owned());
    if engine == "jspi"
        && let Ok(other) = env::var("CONFORMANCE_NODE_JSPI")
    {
        node = other;
    }
    let Some(version) = says(&node, &["--version"]).await else {
        return Err(missing(format!(
            "there is no `{node}`: install Node.js 20 or newer"
        )));
    };
    let mut flags = Vec::new();
    if engine == "jspi" {
        let flag = "--experimental-wasm-jspi";
        let has = "typeof WebAssembly.Suspending";
        let by_default = says(&node, &["-p", has]).await;
        if by_default.as_deref() != Some("function") {
            flags.push(flag);
        }
        let flagged = says(&node, &[flag, "-p", has]).await;
        if !flags.is_empty() && flagged.as_deref() != Some("function") {
            let why =
                format!("{node} {version} has no JSPI: name one that has in CONFORMANCE_NODE_JSPI");
            return Err(missing(why));
        }
    }
    let folder = root().join("host/node");
    if !folder.join("dist").is_dir() {
        return Err(missing(
            "host/node is not built: `npm ci && npm run build` there".to_owned(),
        ));
    }
    let runner = folder.join("test/conformance-runner.mjs");
    let mut command = Command::new(node);
    command.args(flags).arg(&runner).arg(engine);
    started(
        name,
        embedded,
        format!("Node.js {version}"),
        command,
        &runner,
    )
    .await
}

async fn python() -> Result<Platform, Missing> {
    let name = "python";
    let folder = root().join("host/python");
    let python = interpreter("CONFORMANCE_PYTHON", &folder);
    let version = python_version("wasmtime");
    let Some(version) = says(&python, &["-c", &version]).await else {
        let why = format!("{python} has no `wasmtime`: `host/python/prepare` installs it");
        return Err(Missing { name, why });
    };
    let runner = folder.join("tests/conformance_runner.py");
    let mut command = Command::new(python);
    command.arg(&runner).env("CLIO_COMPONENTS", components());
    started(name, "package, in the process", version, command, &runner).await
}

async fn mcp() -> Result<Platform, Missing> {
    let name = "mcp";
    let folder = root().join("tests/mcp");
    let python = interpreter("CONFORMANCE_MCP", &folder);
    let version = python_version("mcp");
    let Some(version) = says(&python, &["-c", &version]).await else {
        let why = format!(
            "{python} has no `mcp`: install its SDK, and name the Python in CONFORMANCE_MCP"
        );
        return Err(Missing { name, why });
    };
    let runner = folder.join("conformance_runner.py");
    let mut command = Command::new(python);
    command.arg(&runner).env("CLIO", clio_binary());
    started(
        name,
        "server over stdio: `clio mcp`",
        version,
        command,
        &runner,
    )
    .await
}

/// A program that says which version of Python it is, and which of a package it has.
fn python_version(package: &str) -> String {
    format!(
        "import platform, importlib.metadata as m
print('Python', platform.python_version() + ', {package}', m.version('{package}'))"
    )
}

/// The components that are tested here, in a folder.
fn components() -> PathBuf {
    let folder = cache_dir().with_file_name("conformance-components");
    fs::create_dir_all(&folder).expect("the folder is made");
    for action in clio_catalog::actions() {
        let file = folder.join(action.name).with_extension("wasm");
        fs::write(file, action.component()).expect("a component is written");
    }
    fs::write(folder.join("actions.json"), clio_catalog::ACTIONS_JSON).expect("it is written");
    folder
}

/// The Python that a variable names, or that a folder holds.
fn interpreter(variable: &str, folder: &Path) -> String {
    env::var(variable).unwrap_or_else(|_| folder.join(".venv/bin/python").display().to_string())
}

/// The order of the table.
pub(crate) fn place(name: &str) -> usize {
    const ORDER: [&str; 9] = [
        "rust",
        "rust-json",
        "clio-run",
        "node-asyncify",
        "node-worker",
        "node-jspi",
        "node-inline",
        "python",
        "mcp",
    ];
    ORDER
        .iter()
        .position(|it| *it == name)
        .unwrap_or(ORDER.len())
}
