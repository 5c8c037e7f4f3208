//! A TCP server that keeps what arrives, byte for byte, and answers as it is
//! told.
//!
//! It plays Clio where the sandbox is too well-behaved, and the attacker's own
//! machine, which must not hear anything.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clio_host::{AccessToken, Connection, Origin};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The token of every connection in these tests. No byte of it may be seen
/// anywhere but in a request to the account.
pub(crate) const TOKEN: &str = "token-that-no-guest-may-see";

/// What arrived: one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    /// Everything up to the empty line.
    pub(crate) head: String,
    /// What followed, as its `Content-Length` says. Chunked bodies stand here
    /// with their framing.
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// The request line without the protocol, such as `GET /x`.
    pub(crate) fn line(&self) -> &str {
        let line = self.head.lines().next().unwrap_or_default();
        line.strip_suffix(" HTTP/1.1").unwrap_or(line)
    }

    /// The values of a field, in order.
    pub(crate) fn field(&self, name: &str) -> Vec<&str> {
        let named = |line: &'_ str| line.split(':').next().map(str::to_ascii_lowercase);
        self.head
            .lines()
            .skip(1)
            .filter(|line| named(line).as_deref() == Some(name))
            .filter_map(|line| Some(line.split_once(':')?.1.trim()))
            .collect()
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Writes these bytes, and waits for the next request.
    Bytes(Vec<u8>),
    /// Writes these bytes, and then zeroes for as long as someone takes them.
    Endless(Vec<u8>),
    /// Writes nothing, and keeps the connection.
    Nothing,
}

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(text: &str) -> Self {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        Self::Bytes([head.as_bytes(), text.as_bytes()].concat())
    }
}

type Behaviour = Arc<dyn Fn(&Received) -> Answer + Send + Sync>;

/// A running server. It stops with its test's runtime.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    accepted: Arc<Mutex<usize>>,
    open: watch::Receiver<usize>,
}

impl Server {
    /// One that answers every request with an empty object.
    pub(crate) async fn polite() -> Self {
        Self::start(|_| Answer::json("{}")).await
    }

    /// One that answers as `behaviour` says.
    pub(crate) async fn start(
        behaviour: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let accepted = Arc::new(Mutex::new(0));
        let (count, open) = watch::channel(0);
        let behaviour: Behaviour = Arc::new(behaviour);
        let (kept, counted) = (Arc::clone(&received), Arc::clone(&accepted));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                *counted.lock().unwrap() += 1;
                count.send_modify(|open| *open += 1);
                let (kept, count) = (Arc::clone(&kept), count.clone());
                let behaviour = Arc::clone(&behaviour);
                tokio::spawn(async move {
                    // A peer that goes away ends the conversation, no more.
                    let _ = converse(socket, &kept, &behaviour).await;
                    count.send_modify(|open| *open -= 1);
                });
            }
        });
        Self {
            address,
            received,
            accepted,
            open,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// A connection to it as an account, with a rate budget of its own.
    pub(crate) fn connection(&self) -> Connection {
        Connection::new(
            Origin::parse(&self.origin()).unwrap(),
            AccessToken::from(TOKEN),
        )
    }

    /// The requests that arrived so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The lines of the requests that arrived so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let received = self.received();
        received.iter().map(|it| it.line().to_owned()).collect()
    }

    /// Asserts that nobody so much as connected.
    #[track_caller]
    pub(crate) fn heard_nothing(&self) {
        assert_eq!(self.lines(), [""; 0], "requests arrived");
        assert_eq!(*self.accepted.lock().unwrap(), 0, "someone connected");
    }

    /// Waits until no connection is open.
    pub(crate) async fn all_closed(&self) {
        let mut open = self.open.clone();
        let closed = open.wait_for(|open| *open == 0);
        tokio::time::timeout(Duration::from_secs(10), closed)
            .await
            .expect("a connection stayed open")
            .unwrap();
    }
}

async fn converse(
    mut socket: TcpStream,
    received: &Mutex<Vec<Received>>,
    behaviour: &Behaviour,
) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let Some(request) = read(&mut socket, &mut buffer).await? else {
            return Ok(());
        };
        let answer = behaviour(&request);
        received.lock().unwrap().push(request);
        match answer {
            Answer::Bytes(bytes) => socket.write_all(&bytes).await?,
            Answer::Endless(head) => {
                socket.write_all(&head).await?;
                let zeroes = vec![0; 64 << 10];
                loop {
                    socket.write_all(&zeroes).await?;
                }
            }
            Answer::Nothing => {
                // Until the peer goes away.
                let mut rest = [0; 1024];
                while socket.read(&mut rest).await? > 0 {}
                return Ok(());
            }
        }
    }
}

/// Reads one request; `None` at the end of the connection.
async fn read(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Received>> {
    let end = loop {
        if let Some(at) = find(buffer, b"\r\n\r\n") {
            break at + 4;
        }
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut request = Received {
        head,
        body: Vec::new(),
    };
    buffer.drain(..end);
    let chunked = !request.field("transfer-encoding").is_empty();
    let length = request.field("content-length");
    let length: usize = length.first().and_then(|it| it.parse().ok()).unwrap_or(0);
    loop {
        let end = match chunked {
            true => find(buffer, b"0\r\n\r\n").map(|at| at + 5),
            false => (buffer.len() >= length).then_some(length),
        };
        if let Some(end) = end {
            request.body = buffer.drain(..end).collect();
            return Ok(Some(request));
        }
        if socket.read_buf(buffer).await.unwrap_or(0) == 0 {
            // Cut off: it is kept as far as it came.
            request.body = std::mem::take(buffer);
            return Ok(Some(request));
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|at| at == wanted)
}
