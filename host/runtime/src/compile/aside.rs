//! Compiling in a process of its own, which the system bounds.
//!
//! The parent writes the component to the child's standard input, and reads from
//! its standard output one byte, `C` or `E`, and then the code or the words of an
//! error. The child gets no environment: it needs no secret.
//!
//! What must stay true: code is taken only of a child that ended well, and only
//! whole; a child never outlives its time.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::channel;
use std::thread;

use super::{failed, serialized};
use crate::limits::CompileLimits;
use crate::load_error::LoadError;

/// The first argument with which a host starts the program that compiles.
pub const COMPILE: &str = "compile-component";

/// The first byte of an answer.
const CODE: u8 = b'C';
const ERROR: u8 = b'E';

/// The most bytes of an error's words.
const MOST_WORDS: usize = 4096;

/// Starts a child.
///
/// # Errors
/// When the program does not run.
pub(super) fn start(
    program: &Path,
    cache: Option<&Path>,
    limits: &CompileLimits,
) -> io::Result<Compiling> {
    // What is over its CPU time is over its time as well.
    let seconds = limits.time.as_secs().saturating_add(1);
    let mut command = Command::new(program);
    command
        .arg(COMPILE)
        .arg(limits.memory_bytes.to_string())
        .arg(seconds.to_string())
        .args(cache)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command.spawn().map(Compiling)
}

/// A child that compiles, and does not outlive its parent's interest.
pub(super) struct Compiling(Child);

impl Compiling {
    /// Has it compile a component.
    pub(super) fn compile(
        mut self,
        bytes: &[u8],
        limits: &CompileLimits,
    ) -> Result<Vec<u8>, LoadError> {
        let (stdin, stdout) = (self.0.stdin.take(), self.0.stdout.take());
        let most = limits.memory_bytes as u64;
        let (sender, receiver) = channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                // A child that reads no more has ended; its end says why.
                let _ = stdin.map(|mut stdin| stdin.write_all(bytes));
            });
            scope.spawn(move || {
                let mut answer = Vec::new();
                let read = stdout.map(|out| out.take(most).read_to_end(&mut answer));
                let _ = sender.send(read.is_some_and(|read| read.is_ok()).then_some(answer));
            });
            let answer = receiver.recv_timeout(limits.time);
            // Killed at once when it has not answered, so that the threads end.
            let ended = self.end(answer.is_ok());
            let Ok(answer) = answer else {
                return Err(limits.too_much_time());
            };
            let answer = answer.unwrap_or_default();
            match (ended, answer.split_first()) {
                (true, Some((&CODE, code))) => Ok(code.to_vec()),
                (true, Some((&ERROR, words))) => Err(LoadError::Compile(
                    String::from_utf8_lossy(&words[..words.len().min(MOST_WORDS)]).into_owned(),
                )),
                (true, _) => Err(failed()),
                // A process that is refused memory aborts.
                (false, _) => Err(limits.too_much_memory()),
            }
        })
    }

    /// Waits for its end where it has answered. Whether it ended well.
    fn end(&mut self, answered: bool) -> bool {
        if !answered {
            let _ = self.0.kill();
        }
        self.0.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Compiling {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a program does that a host was told to compile with
/// ([`crate::HostBuilder::compile_with`]), when its first argument is
/// [`COMPILE`]. It must do nothing before, print nothing, and end with the code
/// that is returned.
#[must_use]
pub fn compile_for_parent() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(2).collect();
    let number = |n: usize| -> Option<u64> {
        let text = arguments.get(n).map(OsString::as_os_str)?;
        OsStr::to_str(text)?.parse().ok()
    };
    let (Some(memory), Some(seconds)) = (number(0), number(1)) else {
        return ExitCode::FAILURE;
    };
    let cache = arguments.get(2).map(PathBuf::from);
    if bound(memory, seconds).is_err() {
        return ExitCode::FAILURE;
    }
    let mut bytes = Vec::new();
    if io::stdin().lock().read_to_end(&mut bytes).is_err() {
        return ExitCode::FAILURE;
    }
    let (kind, answer) = match serialized(&bytes, cache.as_deref()) {
        Ok(code) => (CODE, code),
        Err(LoadError::Compile(words)) => (ERROR, words.into_bytes()),
        Err(error) => (ERROR, error.to_string().into_bytes()),
    };
    let mut out = io::stdout().lock();
    let written = out.write_all(&[kind]).and_then(|()| out.write_all(&answer));
    match written.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Bounds this process: its memory, its CPU time, and no core dump, which would
/// hold the component.
#[cfg(unix)]
fn bound(memory: u64, seconds: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let most = |value: u64| Rlimit {
        current: Some(value),
        maximum: Some(value),
    };
    setrlimit(Resource::As, most(memory))?;
    setrlimit(Resource::Cpu, most(seconds))?;
    setrlimit(Resource::Core, most(0))?;
    Ok(())
}

/// Where the system has no such bounds, the parent's patience is the only one.
#[cfg(not(unix))]
fn bound(_memory: u64, _seconds: u64) -> io::Result<()> {
    Ok(())
}
