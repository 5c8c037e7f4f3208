//! A person with a browser: opens the address that `clio connect` prints,
//! decides, and goes where Clio sends them.

use clio_sandbox::Sandbox;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr};

use crate::command::CommandOutput;
use crate::world::World;

/// An answer to the browser.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// Where it leads, if anywhere.
    pub location: Option<String>,
    /// Head and body.
    pub text: String,
}

/// Sends a request as a browser does, with a form where one is given.
pub async fn browse(url: &str, form: Option<&str>) -> Page {
    let rest = url.strip_prefix("http://").expect("a loopback address");
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    let mut socket = TcpStream::connect(host).await.expect("it connects");
    let head = match form {
        None => format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        Some(form) => format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    };
    socket
        .write_all(head.as_bytes())
        .await
        .expect("it takes the request");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.expect("it answers");
    let text = String::from_utf8(answer).expect("a page of text");
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok());
    let location = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location")
            .then(|| value.trim().to_owned())
    });
    Page {
        status: status.expect("a status"),
        location,
        text,
    }
}

/// Decides on Clio's page, and returns where Clio sends the browser.
pub async fn decide(url: &str, decision: &str) -> String {
    let page = browse(url, None).await;
    assert_eq!(page.status, 200, "{page:#?}");
    let (address, query) = url.split_once('?').expect("an address with a query");
    let form = format!("{query}&decision={decision}");
    let page = browse(address, Some(&form)).await;
    page.location.unwrap_or_else(|| panic!("{:#?}", page.text))
}

/// A `clio connect` that waits for its person.
#[derive(Debug)]
pub struct Connecting {
    child: Child,
    stderr: Lines<BufReader<ChildStderr>>,
    told: String,
    /// The address to open.
    pub url: String,
}

impl World {
    /// Starts `clio connect NAME` with the sandbox's application, and reads the
    /// address that it prints.
    pub async fn connecting(&self, name: &str, more: &[&str]) -> Connecting {
        self.connecting_at(&self.sandbox, name, more, &[]).await
    }

    /// The same at another sandbox, with more environment.
    pub async fn connecting_at(
        &self,
        sandbox: &Sandbox,
        name: &str,
        more: &[&str],
        environment: &[(&str, &str)],
    ) -> Connecting {
        let mut arguments = vec!["connect", name, "--origin", sandbox.origin()];
        arguments.extend_from_slice(more);
        let app = sandbox.app();
        let mut all = vec![
            ("CLIO_CLIENT_ID", app.client_id.as_str()),
            ("CLIO_CLIENT_SECRET", app.client_secret.as_str()),
            ("RUST_LOG", "trace"),
        ];
        all.extend_from_slice(environment);
        let environment = all;
        let mut child = crate::command::prepare(&arguments, &environment, self.home())
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let mut told = String::new();
        let url = loop {
            let line = stderr.next_line().await.expect("text");
            let line = line.unwrap_or_else(|| panic!("no address was told: {told}"));
            told.push_str(&line);
            told.push('\n');
            if line.starts_with("http") {
                break line;
            }
        };
        Connecting {
            child,
            stderr,
            told,
            url,
        }
    }

    /// Connects under a name, as a person does who pastes the code.
    pub async fn connect_as(&self, name: &str, more: &[&str]) -> CommandOutput {
        self.connect_at(&self.sandbox, name, more).await
    }

    /// The same at another sandbox.
    pub async fn connect_at(&self, sandbox: &Sandbox, name: &str, more: &[&str]) -> CommandOutput {
        let arguments = [&["--no-browser"], more].concat();
        let connecting = self.connecting_at(sandbox, name, &arguments, &[]).await;
        let location = decide(&connecting.url, "approve").await;
        connecting.paste(&location).await
    }
}

impl Connecting {
    /// Pastes a line, and waits for the command's end.
    pub async fn paste(mut self, line: &str) -> CommandOutput {
        let mut stdin = self.child.stdin.take().expect("a pipe");
        let line = format!("{line}\n");
        stdin
            .write_all(line.as_bytes())
            .await
            .expect("it reads the code");
        drop(stdin);
        self.end().await
    }

    /// Waits for the command's end.
    pub async fn end(mut self) -> CommandOutput {
        while let Some(line) = self.stderr.next_line().await.expect("text") {
            self.told.push_str(&line);
            self.told.push('\n');
        }
        let output = self.child.wait_with_output().await.expect("it ends");
        CommandOutput {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: self.told,
        }
    }
}
