//! The compilation target of the actions, wasm32-wasip2.
//!
//! A fresh checkout on a fresh machine should build with one command, so a
//! missing target is added once through rustup. Where that does not work the
//! build stops with one line that names the command to type.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target's name.
pub(crate) const TRIPLE: &str = "wasm32-wasip2";

/// Makes sure that `rustc` can compile for the target. The error is the one
/// line to show.
pub(crate) fn ensure(rustc: &OsStr) -> Result<(), String> {
    if is_installed(rustc) || (add() && is_installed(rustc)) {
        return Ok(());
    }
    Err(format!(
        "the actions are built for {TRIPLE}, which this Rust toolchain lacks: type `rustup target add {TRIPLE}`"
    ))
}

/// Where the toolchain keeps its files, if `rustc` says so.
pub(crate) fn sysroot(rustc: &OsStr) -> Option<PathBuf> {
    print(rustc, "sysroot")
}

/// Whether the toolchain has the target's standard library. A toolchain from
/// a distribution may know the target and lack the library.
fn is_installed(rustc: &OsStr) -> bool {
    print(rustc, "target-libdir").is_some_and(|folder| has_std(&folder))
}

fn has_std(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn print(rustc: &OsStr, what: &str) -> Option<PathBuf> {
    let output = Command::new(rustc)
        .args(["--target", TRIPLE, "--print", what])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.trim();
    (output.status.success() && !line.is_empty()).then(|| PathBuf::from(line))
}

/// Adds the target to the toolchain that builds this, which rustup names in
/// `RUSTUP_TOOLCHAIN`. Its messages are not shown: the caller has a better one.
fn add() -> bool {
    Command::new("rustup")
        .args(["target", "add", TRIPLE])
        .output()
        .is_ok_and(|output| output.status.success())
}
