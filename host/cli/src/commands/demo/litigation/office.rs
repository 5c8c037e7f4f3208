//! The firm's machine: `clio` commands with a home of their own, typed as its
//! administrator types them, and the service that they leave running.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;

use bytes::Bytes;
use clio_runner::digest::hex;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_sandbox::Sandbox;
use http::{Request, header};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use super::http::{Api, send};

/// What a person's own `clio` goes by, and the firm's does not.
const OTHERS: [&str; 3] = ["CLIO_ORIGIN", "CLIO_ACCESS_TOKEN", "CLIO_POLICY"];

/// The firm's machine.
#[derive(Debug)]
pub(super) struct Office {
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
    /// The service. Dropped, it is killed.
    serving: Option<Child>,
    /// Where the service listens.
    pub(super) address: String,
}

impl Office {
    /// A machine with an empty home, whose firm has an application at Clio.
    pub(super) fn new(home: PathBuf, sandbox: &Sandbox) -> Result<Self, Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::host(format!("this command cannot be found: {error}")))?;
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| Failure::host("no random number is to be had"))?;
        // A free port now; who takes it meanwhile is told of when the service begins.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
        let free = free.map_err(|error| Failure::host(format!("no port is free: {error}")))?;
        let app = sandbox.app();
        let mut environment = vec![
            ("CLIO_HOME", home.display().to_string()),
            ("CLIO_VAULT_KEY", hex(&key)),
            ("CLIO_CLIENT_ID", app.client_id.clone()),
            ("CLIO_CLIENT_SECRET", app.client_secret.clone()),
        ];
        // The person's own cache, so that a second demo starts at once.
        if let Ok(cache) = Home::from_environment().and_then(|home| home.cache()) {
            environment.push(("CLIO_CACHE", cache.display().to_string()));
        }
        Ok(Self {
            program,
            environment,
            serving: None,
            address: free.to_string(),
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        for name in OTHERS {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command to its end, and returns what it printed.
    pub(super) async fn clio(&self, arguments: &[&str]) -> Result<String, Failure> {
        let ended = self.command(arguments).stderr(Stdio::piped()).output();
        let ended = ended.await.map_err(|error| cannot(arguments, &error))?;
        if !ended.status.success() {
            return Err(cannot(arguments, &String::from_utf8_lossy(&ended.stderr)));
        }
        Ok(String::from_utf8_lossy(&ended.stdout).trim().to_owned())
    }

    /// Connects the firm: a person opens the address that is printed, consents on
    /// Clio's page, and pastes where that leads.
    pub(super) async fn connect(&self, origin: &str) -> Result<(), Failure> {
        let arguments = ["connect", "firm", "--origin", origin, "--no-browser"];
        let mut command = self.command(&arguments);
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut connecting = command
            .spawn()
            .map_err(|error| cannot(&arguments, &error))?;
        let (Some(mut stdin), Some(stderr)) = (connecting.stdin.take(), connecting.stderr.take())
        else {
            return Err(cannot(&arguments, &"it has no streams"));
        };
        let mut told = BufReader::new(stderr).lines();
        let url = loop {
            match told.next_line().await {
                Ok(Some(line)) if line.starts_with("http://") => break line,
                Ok(Some(_)) => {}
                _ => return Err(cannot(&arguments, &"it printed no address")),
            }
        };
        let led = consent(&url).await?;
        let pasted = stdin.write_all(format!("{led}\n").as_bytes()).await;
        pasted.map_err(|error| cannot(&arguments, &error))?;
        while let Ok(Some(_)) = told.next_line().await {}
        let ended = connecting.wait().await;
        match ended.map_err(|error| cannot(&arguments, &error))?.success() {
            true => Ok(()),
            false => Err(cannot(&arguments, &"the code was not taken")),
        }
    }

    /// Makes a key of the API, and returns the API under it.
    pub(super) async fn key(&self, name: &str, rights: &[&str]) -> Result<Api, Failure> {
        let mut arguments = vec!["key", "add", name, "--connection", "firm"];
        for right in rights {
            arguments.extend(["--right", right]);
        }
        Ok(Api {
            address: self.address.clone(),
            key: self.clio(&arguments).await?,
        })
    }

    /// Starts the service, and waits until it listens.
    pub(super) async fn serve(&mut self) -> Result<(), Failure> {
        let url = format!("http://{}", self.address);
        let arguments = ["serve", "--listen", &self.address, "--public-url", &url];
        let started = self.command(&arguments).spawn();
        let mut serving = started.map_err(|error| cannot(&arguments, &error))?;
        let stdout = serving
            .stdout
            .take()
            .map(|stdout| BufReader::new(stdout).lines());
        let Some(mut stdout) = stdout else {
            return Err(cannot(&arguments, &"it has no streams"));
        };
        if !matches!(stdout.next_line().await, Ok(Some(_))) {
            return Err(cannot(&arguments, &"it ended"));
        }
        self.serving = Some(serving);
        Ok(())
    }
}

/// Consents on Clio's page as a browser does, and returns where that leads.
async fn consent(url: &str) -> Result<String, Failure> {
    let odd = || Failure::host("the sandbox's page of consent is not where it was said to be");
    let rest = url.strip_prefix("http://").ok_or_else(odd)?;
    let (address, path) = rest.split_once('/').ok_or_else(odd)?;
    let (path, query) = path.split_once('?').ok_or_else(odd)?;
    let request = Request::post(format!("/{path}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let form = Bytes::from(format!("{query}&decision=approve"));
    let answer = send(address, request, form).await?;
    answer.location.ok_or_else(odd)
}

fn cannot(arguments: &[&str], why: &dyn std::fmt::Display) -> Failure {
    let name = arguments.first().copied().unwrap_or_default();
    Failure::host(format!("`clio {name}` does not work here: {why}"))
}
