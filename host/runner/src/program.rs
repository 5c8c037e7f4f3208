//! A program of the operator's, as a drafter is and what takes the service's events.
//!
//! What must stay true: there is no shell; of this process's environment, in which
//! the vault's key and others' secrets may stand, the program gets what [`KEPT`]
//! names alone; what is not waited for is ended with all that it began.

use std::process::Stdio;

use tokio::process::{Child, Command};

/// The variables that a program gets, beside all that begin with `LC_`: what it needs
/// to be found, to write text and to keep a file for a while.
const KEPT: [&str; 11] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TZ",
    "TMPDIR",
    "TEMP",
    // Windows starts no program without the first, and finds none without the next.
    "SystemRoot",
    "PATHEXT",
    "USERPROFILE",
    "APPDATA",
];

/// Whether a program gets this variable.
pub fn keeps(variable: &str) -> bool {
    KEPT.contains(&variable) || variable.starts_with("LC_")
}

/// A program with its arguments, in a group of its own. Its input is written by its
/// caller; where its output goes, its caller says.
pub fn command(program: &str, arguments: &[String]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| keeps(&name.to_string_lossy())))
        .stdin(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// A program that was started by [`command`], and all that it began. Dropped, they
/// are killed: before the program is, whose id is its own as long as nobody has
/// waited.
#[derive(Debug)]
pub struct Group(Option<u32>);

impl Group {
    /// The group of a program.
    pub fn of(child: &Child) -> Self {
        Self(child.id())
    }

    /// The program has ended by itself: its id may be another's from now on.
    pub fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.0
            && let Some(group) = i32::try_from(id)
                .ok()
                .and_then(rustix::process::Pid::from_raw)
        {
            // That none is left is no failure.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shell(text: String) -> Command {
        command("sh", &["-c".to_owned(), text])
    }

    #[tokio::test]
    async fn what_is_not_waited_for_is_ended_with_all_that_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let began = folder.path().join("began");
        let text = format!("sleep 300 & echo $! > '{}'; wait", began.display());
        let mut child = shell(text).spawn().unwrap();
        let group = Group::of(&child);
        let waited = tokio::time::timeout(std::time::Duration::from_secs(1), child.wait());
        assert!(waited.await.is_err());
        drop(group);
        let id = std::fs::read_to_string(began).unwrap();
        let stat = format!("/proc/{}/stat", id.trim());
        // It is gone as soon as whoever has it now has waited for it.
        for _ in 0..250 {
            let told = std::fs::read_to_string(&stat).unwrap_or_default();
            if told.is_empty() || told.contains(") Z ") {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("what it began goes on");
    }

    #[tokio::test]
    async fn of_our_variables_it_gets_few() {
        let mut own = std::env::vars().map(|(name, _)| name);
        assert!(
            own.any(|name| !keeps(&name)),
            "there is one to be taken away"
        );
        let output = command("/usr/bin/env", &[]).output().await.unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let names: Vec<&str> = told
            .lines()
            .filter_map(|line| Some(line.split_once('=')?.0))
            .collect();
        assert!(names.contains(&"PATH"), "{names:?}");
        let more = names.iter().find(|it| !keeps(it));
        assert_eq!(more, None, "{names:?}");
    }
}
