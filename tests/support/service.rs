//! A `clio serve` as a process of its own, and requests to it.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::Child;

use crate::world::World;

/// A service that runs. Dropped, it is killed.
#[derive(Debug)]
pub struct Serving {
    /// Its address, `127.0.0.1:PORT`.
    pub address: String,
    child: Child,
}

/// What it answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The head, as it came.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }

    /// Asserts the status, showing everything else when it differs.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}\n{}",
            self.head,
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    /// A field of the head.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl World {
    /// Starts a service on the home, at a port of its own.
    pub async fn serve(&self, more: &[&str]) -> Serving {
        Serving::start(self.home(), more, &[]).await
    }

    /// Makes a key.
    pub async fn key(&self, rights: &[&str], connections: &[&str]) -> String {
        let mut arguments = vec!["key", "add", "a test"];
        for right in rights {
            arguments.extend(["--right", right]);
        }
        for connection in connections {
            arguments.extend(["--connection", connection]);
        }
        let made = self.clio(&arguments).await.expect_code(0);
        made.stdout.trim().to_owned()
    }
}

impl Serving {
    /// Starts one on a home.
    pub async fn start(home: &Path, more: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::logged(home, more, environment, Stdio::inherit()).await
    }

    /// Starts one on a home, and its log goes somewhere.
    pub async fn logged(
        home: &Path,
        more: &[&str],
        environment: &[(&str, &str)],
        log: Stdio,
    ) -> Self {
        let listen: &[&str] = match more.contains(&"--listen") {
            true => &["serve"],
            false => &["serve", "--listen", "127.0.0.1:0"],
        };
        let arguments = [listen, more].concat();
        let mut child = crate::command::prepare(&arguments, environment, home)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the command starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let line = stdout.next_line().await.expect("text");
        let line = line.expect("the service says where it listens");
        let told: Value = serde_json::from_str(&line).expect("a line of JSON");
        let address = told["listening"].as_str().expect("an address").to_owned();
        // What it prints later has somewhere to go.
        tokio::spawn(async move { while let Ok(Some(_)) = stdout.next_line().await {} });
        Self { address, child }
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Kills it (SIGKILL), and waits for its end.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it is killed");
    }

    /// Asks it to end (SIGTERM), and returns its exit code.
    pub async fn end(self) -> Option<i32> {
        let asked = std::process::Command::new("kill")
            .arg(self.pid().to_string())
            .status();
        assert!(asked.expect("kill runs").success());
        self.ended().await
    }

    /// Waits for its end, and returns its exit code.
    pub async fn ended(mut self) -> Option<i32> {
        self.child.wait().await.expect("it ends").code()
    }

    /// Sends a request with a key, and JSON where there is any.
    pub async fn ask(&self, method: &str, path: &str, key: &str, body: Option<&Value>) -> Answer {
        let authorization = format!("Bearer {key}");
        let mut headers = vec![("Authorization", authorization.as_str())];
        let body = body.map(ToString::to_string);
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        let body = body.unwrap_or_default();
        self.send(method, path, &headers, body.as_bytes()).await
    }

    /// Sends a request whose body is in chunks of so many bytes, without a length.
    pub async fn send_in_pieces(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        piece: usize,
    ) -> Answer {
        let mut sent = format!(
            "POST {path} HTTP/1.1\r\nConnection: close\r\nHost: {}\r\n\
             Transfer-Encoding: chunked\r\n",
            self.address
        );
        for (name, value) in headers {
            sent.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut sent = format!("{sent}\r\n").into_bytes();
        for piece in body.chunks(piece) {
            sent.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            sent.extend_from_slice(piece);
            sent.extend_from_slice(b"\r\n");
        }
        sent.extend_from_slice(b"0\r\n\r\n");
        self.exchange(&sent, &[]).await
    }

    /// Sends a request as it is given.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            head.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        self.exchange(head.as_bytes(), body).await
    }

    async fn exchange(&self, head: &[u8], body: &[u8]) -> Answer {
        let mut socket = TcpStream::connect(&self.address)
            .await
            .expect("it connects");
        let _ = socket.write_all(head).await;
        // It may refuse the request before it has the whole body.
        let _ = socket.write_all(body).await;
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        answered(&answer)
    }
}

/// Reads an answer that is all there.
fn answered(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(answer)));
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut body = answer[end + 4..].to_vec();
    if head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked")
    {
        body = unchunked(&body);
    }
    Answer {
        status: status.expect("a status"),
        head,
        body,
    }
}

fn unchunked(mut chunked: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunked.windows(2).position(|window| window == b"\r\n") {
        let length = std::str::from_utf8(&chunked[..end]).ok();
        let length = length.and_then(|length| usize::from_str_radix(length, 16).ok());
        let Some(length) = length.filter(|length| *length > 0) else {
            break;
        };
        let from = end + 2;
        body.extend_from_slice(&chunked[from..(from + length).min(chunked.len())]);
        chunked = chunked.get(from + length + 2..).unwrap_or_default();
    }
    body
}
