//! The two requests of the browser to this machine: it is sent on to Clio, and
//! comes back from there.
//!
//! The address of the way there is the browser's argument, which other users of
//! the machine can read. So it holds nothing of the attempt, works once, and ends
//! the attempt when it is asked for again: one of the two that asked was not the
//! person's browser.
//!
//! Any page in that browser can send requests to this port as well, so only the
//! state that this attempt sent makes an answer count; others are turned away
//! and waited past.

use std::io;
use std::net::Ipv4Addr;

use clio_host::oauth::{Authorization, Code, OAuthError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, timeout};

use super::peer;
use clio_runner::correlation;
use clio_runner::failure::Failure;

const PATH: &str = "/callback";
/// The most bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1024;
/// How long a request may take to arrive. Browsers open connections ahead and
/// leave them.
const ARRIVAL: Duration = Duration::from_secs(10);

/// A port of this machine that waits for the browser.
#[derive(Debug)]
pub(super) struct Callback {
    listener: TcpListener,
    port: u16,
    /// The path of the way to Clio, which nobody guesses.
    way: String,
}

/// Why no code came.
#[derive(Debug)]
pub(super) enum NoCode {
    /// Clio gave none.
    Clio(OAuthError),
    /// The way to Clio was asked for twice.
    OpenedTwice,
}

impl Callback {
    pub(super) async fn listen(port: u16) -> Result<Self, Failure> {
        let way = format!("/to-clio/{}", correlation::new()?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let bound = listener.and_then(|listener| {
            let port = listener.local_addr()?.port();
            Ok(Self {
                listener,
                port,
                way,
            })
        });
        bound.map_err(|error| {
            Failure::host(format!("port {port} cannot be listened on: {error}")).next(
                "name another with --port, whose address is registered with the application, or \
                 add --no-browser",
            )
        })
    }

    /// The address that must be registered with the application.
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// The address that leads the browser to Clio, once.
    pub(super) fn way_uri(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.way)
    }

    /// Waits for the answer to this attempt. Each connection has a task of its
    /// own: one that says nothing keeps no other waiting.
    pub(super) async fn code(self, authorization: &Authorization) -> Result<Code, NoCode> {
        let mut opened = false;
        let mut heads = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        heads.spawn(timeout(ARRIVAL, head(stream)));
                    }
                    Err(error) => tracing::debug!(%error, "a connection was not accepted"),
                },
                Some(read) = heads.join_next() => {
                    let Ok(Ok(Ok((mut stream, target)))) = read else { continue };
                    if peer::is_another_users(&stream) {
                        say(&mut stream, "403 Forbidden", "This is another user's.").await;
                        continue;
                    }
                    if target == self.way {
                        if std::mem::replace(&mut opened, true) {
                            say(&mut stream, "410 Gone", "This was opened before. Begin again.").await;
                            return Err(NoCode::OpenedTwice);
                        }
                        lead(&mut stream, authorization.url()).await;
                        continue;
                    }
                    let answered = answer(&mut stream, &target, authorization).await;
                    if let Some(outcome) = answered {
                        return outcome.map_err(NoCode::Clio);
                    }
                }
            }
        }
    }
}

/// Reads a request's head, and returns its target.
async fn head(mut stream: TcpStream) -> io::Result<(TcpStream, String)> {
    let mut head = Vec::new();
    let mut part = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = stream.read(&mut part).await?;
        if length == 0 || head.len() + length > HEAD_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.extend_from_slice(&part[..length]);
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).unwrap_or_default();
    let target = match line.split(' ').collect::<Vec<_>>().as_slice() {
        ["GET", target, "HTTP/1.1" | "HTTP/1.0"] => (*target).to_owned(),
        _ => String::new(),
    };
    Ok((stream, target))
}

/// Answers a request; `None`: it was not the one.
async fn answer(
    stream: &mut TcpStream,
    target: &str,
    authorization: &Authorization,
) -> Option<Result<Code, OAuthError>> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != PATH {
        say(stream, "404 Not Found", "Nothing is here.").await;
        return None;
    }
    let code = authorization.code_of_query(query);
    let another = matches!(code, Err(OAuthError::State | OAuthError::NoCode));
    let (status, text) = match &code {
        _ if another => (
            "400 Bad Request",
            "This belongs to another attempt to connect.",
        ),
        Err(_) => ("200 OK", "Clio gave no access. You can close this page."),
        Ok(_) => ("200 OK", "Done. You can close this page and go back."),
    };
    say(stream, status, text).await;
    (!another).then_some(code)
}

/// Leads the browser on.
async fn lead(stream: &mut TcpStream, url: &str) {
    send(stream, "302 Found", &format!("Location: {url}"), "").await;
}

async fn say(stream: &mut TcpStream, status: &str, text: &str) {
    let page = format!("<!DOCTYPE html><title>clio</title><p>{text}</p>\n");
    send(
        stream,
        status,
        "Content-Type: text/html; charset=utf-8",
        &page,
    )
    .await;
}

async fn send(stream: &mut TcpStream, status: &str, field: &str, page: &str) {
    let answer = format!(
        "HTTP/1.1 {status}\r\n{field}\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    // The browser may be gone: a code counts all the same, and who is gone does
    // not come back.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
