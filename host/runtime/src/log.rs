//! What a guest prints: the call's log.
//!
//! Standard output and standard error of a guest go, line by line, to the
//! observer that the caller set, and nowhere else: what a guest prints may be
//! client data, so the host's own log does not get it.
//!
//! What must stay true: a guest can neither fill the host's memory by printing
//! nor write control sequences to someone's terminal.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// The longest line in bytes; a longer one is broken.
const MAX_LINE: usize = 4 << 10;

/// How much one write may hold. Wasmtime's own stdio permits as much.
const PERMIT: usize = 64 << 10;

/// Which stream a line was printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line that a guest printed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLine {
    /// Where it was printed.
    pub stream: LogStream,
    /// The line without its end. Invalid UTF-8 and control characters are
    /// replaced. It may hold client data: the guest decides what it prints.
    pub text: String,
}

/// Takes the lines of a call's log. Called on a worker thread; must not block.
pub(crate) type LogObserver = Arc<dyn Fn(LogLine) + Send + Sync>;

/// The log of one call.
#[derive(Clone)]
pub(crate) struct CallLog(Arc<Mutex<State>>);

struct State {
    observer: Option<LogObserver>,
    /// Bytes that may still be kept.
    left: usize,
    dropped: u64,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl fmt::Debug for CallLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallLog").finish_non_exhaustive()
    }
}

impl CallLog {
    pub(crate) fn new(limit: usize, observer: Option<LogObserver>) -> Self {
        Self(Arc::new(Mutex::new(State {
            observer,
            left: limit,
            dropped: 0,
            stdout: Vec::new(),
            stderr: Vec::new(),
        })))
    }

    /// The guest's end of `stream`.
    pub(crate) fn stream(&self, stream: LogStream) -> LogPipe {
        LogPipe {
            log: self.clone(),
            stream,
        }
    }

    /// Hands out the last lines, which have no end. Once the guest is gone.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        for stream in [LogStream::Stdout, LogStream::Stderr] {
            let rest = std::mem::take(state.buffer(stream));
            if !rest.is_empty() {
                state.emit(stream, &rest);
            }
        }
    }

    /// Bytes that were dropped because of the limit.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // An observer that panics leaves at worst a line unsaid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn buffer(&mut self, stream: LogStream) -> &mut Vec<u8> {
        match stream {
            LogStream::Stdout => &mut self.stdout,
            LogStream::Stderr => &mut self.stderr,
        }
    }

    fn write(&mut self, stream: LogStream, bytes: &[u8]) {
        let kept = bytes.len().min(self.left);
        self.left -= kept;
        self.dropped += (bytes.len() - kept) as u64;
        let mut rest = bytes.get(..kept).unwrap_or_default();
        while !rest.is_empty() {
            let buffer = self.buffer(stream);
            let room = MAX_LINE - buffer.len();
            let end = rest
                .iter()
                .position(|&b| b == b'\n')
                .filter(|&end| end <= room);
            let taken = end.unwrap_or(rest.len().min(room));
            let (line, after) = rest.split_at(taken);
            buffer.extend_from_slice(line);
            let whole = end.is_some() || buffer.len() == MAX_LINE;
            rest = if end.is_some() {
                after.get(1..).unwrap_or_default()
            } else {
                after
            };
            if whole {
                let line = std::mem::take(buffer);
                self.emit(stream, &line);
            }
        }
    }

    fn emit(&self, stream: LogStream, line: &[u8]) {
        if let Some(observer) = &self.observer {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let text = String::from_utf8_lossy(line)
                .chars()
                .map(|c| {
                    if c.is_control() && c != '\t' {
                        '\u{fffd}'
                    } else {
                        c
                    }
                })
                .collect();
            observer(LogLine { stream, text });
        }
    }
}

/// The guest's end of its standard output or error.
#[derive(Debug, Clone)]
pub(crate) struct LogPipe {
    log: CallLog,
    stream: LogStream,
}

impl IsTerminal for LogPipe {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogPipe {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }
}

#[async_trait]
impl Pollable for LogPipe {
    async fn ready(&mut self) {}
}

impl OutputStream for LogPipe {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.log.lock().write(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn collect(limit: usize, writes: &[(LogStream, &[u8])]) -> (Vec<LogLine>, u64) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let log = CallLog::new(
            limit,
            Some(Arc::new(move |line| sink.lock().unwrap().push(line))),
        );
        for (stream, bytes) in writes {
            log.stream(*stream)
                .write(Bytes::copy_from_slice(bytes))
                .unwrap();
        }
        log.finish();
        let lines = lines.lock().unwrap().clone();
        (lines, log.dropped())
    }

    fn texts(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn lines_are_put_together_for_each_stream_apart() {
        let (lines, _) = collect(
            1000,
            &[
                (LogStream::Stdout, b"on"),
                (LogStream::Stderr, b"two\r\n"),
                (LogStream::Stdout, b"e\n\nlast"),
            ],
        );
        assert_eq!(texts(&lines), ["two", "one", "", "last"]);
        assert_eq!(lines.first().unwrap().stream, LogStream::Stderr);
    }

    #[test]
    fn what_exceeds_the_limit_is_dropped_and_counted() {
        let (lines, dropped) = collect(
            4,
            &[
                (LogStream::Stdout, b"ab\ncdef\n"),
                (LogStream::Stderr, b"x"),
            ],
        );
        assert_eq!(texts(&lines), ["ab", "c"]);
        assert_eq!(dropped, 5);
    }

    #[test]
    fn control_sequences_do_not_reach_a_terminal() {
        let (lines, _) = collect(1000, &[(LogStream::Stdout, b"\x1b[2Jgone\xff\n")]);
        assert_eq!(texts(&lines), ["\u{fffd}[2Jgone\u{fffd}"]);
    }

    #[test]
    fn an_endless_line_is_broken() {
        let long = vec![b'a'; MAX_LINE * 2 + 10];
        let (lines, _) = collect(1 << 20, &[(LogStream::Stdout, &long)]);
        let lengths: Vec<usize> = lines.iter().map(|line| line.text.len()).collect();
        assert_eq!(lengths, [MAX_LINE, MAX_LINE, 10]);
    }
}
