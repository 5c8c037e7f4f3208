//! Opens the person's browser, where there is one.
//!
//! A process's arguments can be read by every user of the machine, and its
//! environment is the browser's and that of all it starts. So what is opened is a
//! page of this machine that leads on to Clio, once ([`super::callback`]), and
//! the application's secret and the vault's key stay here.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// What the names of our variables begin with.
const OURS: &str = "CLIO_";

/// Opens an address. That nothing opens is no failure: the address is printed
/// as well.
pub(super) fn open(url: &str) {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(target_os = "windows") {
        // Not through a shell, which would read the address's ampersands.
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    if let Err(error) = command.spawn() {
        tracing::debug!(%error, "no browser was opened");
    }
}

/// Whether a variable is ours. Windows takes names in any case.
fn is_ours(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let begins = name.get(..OURS.len());
    begins.is_some_and(|begins| begins.eq_ignore_ascii_case(OURS))
}
