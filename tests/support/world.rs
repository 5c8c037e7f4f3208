//! One scenario's world: a sandbox, a connection to it, a home for the command.

use std::ffi::OsStr;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::time::Duration;

use clio_host::{AccessToken, Call, Connection, Origin};
use clio_sandbox::{
    Config, Control, Exchange, NewDocument, NewMatter, Place, RateLimit, Sandbox, Seed, Switches,
};
use tempfile::TempDir;

use crate::command::{self, CommandOutput};

/// A sandbox Clio and everything that talks to it.
#[derive(Debug)]
pub struct World {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// What tests change and read in it.
    pub control: Control,
    /// The runner's connection to it.
    pub connection: Connection,
    home: TempDir,
}

impl World {
    /// A world as Clio most likely is.
    pub async fn new() -> Self {
        Self::with(empty()).await
    }

    /// A world under other readings of what is not known about Clio.
    pub async fn under(switches: Switches) -> Self {
        Self::with(Config {
            switches,
            ..empty()
        })
        .await
    }

    /// A world of its own making.
    pub async fn with(config: Config) -> Self {
        let sandbox = Sandbox::start(config).await.expect("the sandbox starts");
        let control = sandbox.control();
        let connection = connect(&sandbox, sandbox.token());
        let home = tempfile::tempdir().expect("a home for the command");
        Self {
            sandbox,
            control,
            connection,
            home,
        }
    }

    /// A world whose account takes as many requests as are sent.
    pub async fn without_rate_limit() -> Self {
        Self::with(Config {
            rate_limit: RateLimit {
                limit: 1_000_000,
                ..RateLimit::default()
            },
            ..empty()
        })
        .await
    }

    /// Adds a complete document to a matter.
    pub fn add_document(&self, matter: u64, name: &str) -> u64 {
        self.add(
            Place::Matter(matter),
            NewDocument::complete(name, b"some bytes"),
        )
    }

    /// Adds a document somewhere.
    pub fn add(&self, place: Place, document: NewDocument) -> u64 {
        self.control
            .add_document(place, document)
            .expect("the place is there")
    }

    /// Adds a client with a matter, and returns the matter.
    pub fn add_matter(&self) -> u64 {
        let client = self
            .control
            .add_contact(clio_sandbox::NewContact::person("Bo", "Chan"));
        self.control
            .add_matter(NewMatter::of(client, "Chan v. Harbor"))
    }

    /// A new connection to the sandbox with another token.
    pub fn connect(&self, token: &str) -> Connection {
        connect(&self.sandbox, token)
    }

    /// A call to be made over the world's connection.
    pub fn call(&self) -> Call {
        crate::host().call(&self.connection)
    }

    /// The same in a host that keeps reviews: see [`crate::reviewing_host`].
    pub fn reviewed_call(&self) -> Call {
        crate::reviewing_host().call(&self.connection)
    }

    /// The command's home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs the command against the sandbox.
    pub async fn clio<S: AsRef<OsStr>>(&self, args: &[S]) -> CommandOutput {
        self.clio_with(args, &[], None).await
    }

    /// Runs the command with more environment and something on stdin.
    pub async fn clio_with<S: AsRef<OsStr>>(
        &self,
        args: &[S],
        environment: &[(&str, &str)],
        stdin: Option<&str>,
    ) -> CommandOutput {
        let mut all = vec![
            ("CLIO_ORIGIN", self.sandbox.origin()),
            ("CLIO_ACCESS_TOKEN", self.sandbox.token()),
        ];
        all.extend_from_slice(environment);
        command::run(args, &all, self.home.path(), stdin).await
    }

    /// Starts the command and leaves it running.
    pub fn spawn<S: AsRef<OsStr>>(&self, args: &[S]) -> tokio::process::Child {
        let environment = [
            ("CLIO_ORIGIN", self.sandbox.origin()),
            ("CLIO_ACCESS_TOKEN", self.sandbox.token()),
        ];
        command::prepare(args, &environment, self.home.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::inherit())
            .spawn()
            .expect("the command starts")
    }

    /// The most memory that a run of the command holds, in bytes. The run goes
    /// well.
    #[cfg(target_os = "linux")]
    pub async fn peak_memory<S: AsRef<OsStr>>(&self, args: &[S]) -> u64 {
        let mut child = self.spawn(args);
        let id = child.id().expect("the command runs");
        let mut peak = 0;
        let status = loop {
            tokio::select! {
                status = child.wait() => break status.expect("the command ends"),
                () = tokio::time::sleep(Duration::from_millis(1)) => {
                    peak = peak.max(held(id).unwrap_or(0));
                }
            }
        };
        assert!(status.success(), "{status}");
        peak
    }

    /// Sends requests as another program would that holds the same token.
    pub async fn spend(&self, requests: usize) {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let address = self.sandbox.origin().trim_start_matches("http://");
        for _ in 0..requests {
            let mut socket = tokio::net::TcpStream::connect(address)
                .await
                .expect("it connects");
            let head = format!(
                "GET /api/v4/users/who_am_i.json HTTP/1.1\r\nHost: {address}\r\n\
                 Authorization: Bearer {}\r\nUser-Agent: another/1.0\r\nConnection: close\r\n\r\n",
                self.sandbox.token()
            );
            socket
                .write_all(head.as_bytes())
                .await
                .expect("it takes the request");
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).await.expect("it answers");
            assert!(
                answer.starts_with(b"HTTP/1.1 200"),
                "{}",
                String::from_utf8_lossy(&answer)
            );
        }
    }

    /// Waits until the sandbox has received so many requests, storage included.
    pub async fn wait_for_requests(&self, count: usize) {
        let received = async {
            while self.control.trace().len() < count {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        };
        let limit = std::time::Duration::from_secs(30);
        tokio::time::timeout(limit, received)
            .await
            .expect("the requests arrive");
    }

    /// Writes a file into the folder that scenarios keep cases in.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> std::path::PathBuf {
        let path = self.home.path().join("case").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        std::fs::write(&path, bytes).expect("the file is written");
        path
    }

    /// The requests to Clio's API so far.
    pub fn api(&self) -> Vec<Exchange> {
        self.control
            .trace()
            .into_iter()
            .filter(|exchange| exchange.origin == clio_sandbox::Origin::Api)
            .collect()
    }

    /// The requests to the storage so far.
    pub fn storage(&self) -> Vec<Exchange> {
        self.control
            .trace()
            .into_iter()
            .filter(|exchange| exchange.origin == clio_sandbox::Origin::Storage)
            .collect()
    }

    /// The requests to Clio's API as `METHOD /path` without prefix and suffix.
    pub fn requests(&self) -> Vec<String> {
        self.api()
            .iter()
            .map(|exchange| {
                let path = exchange
                    .path
                    .trim_start_matches("/api/v4")
                    .trim_end_matches(".json");
                format!("{} {path}", exchange.method)
            })
            .collect()
    }

    /// How many requests of one method went to a path of Clio's API.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let wanted = format!("{method} {path}");
        self.requests()
            .iter()
            .filter(|request| **request == wanted)
            .count()
    }

    /// How many requests to Clio's API were no reads.
    pub fn writes(&self) -> usize {
        self.api()
            .iter()
            .filter(|exchange| exchange.method != "GET")
            .count()
    }

    /// Ends a scenario: asserts that nothing was sent that Clio would ignore, and
    /// that no folder was looked for by the search, which lags behind.
    #[track_caller]
    pub fn finish(self) {
        let ignored = self.control.ignored();
        assert!(ignored.is_empty(), "Clio would have ignored {ignored:#?}");
        for exchange in self.api() {
            let searched = exchange.query.iter().any(|(name, _)| name == "query");
            assert!(
                !(searched && exchange.path.contains("/folders")),
                "folders were searched: {exchange:#?}"
            );
        }
        for exchange in self.storage() {
            assert!(
                !exchange.authorization,
                "the storage saw a credential: {exchange:#?}"
            );
        }
    }
}

fn connect(sandbox: &Sandbox, token: &str) -> Connection {
    let origin = Origin::parse(sandbox.origin()).expect("a loopback origin");
    Connection::new(origin, AccessToken::from(token.to_owned()))
}

/// An account that holds nothing yet.
pub fn empty() -> Config {
    Config {
        seed: Seed::empty(),
        ..Config::default()
    }
}

/// The most memory that a process held so far, in bytes.
#[cfg(target_os = "linux")]
pub fn held(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
