//! One nested `cargo build` for the target of the guests, within a build script.
//!
//! It has its own target folder, because the outer cargo holds the lock on its
//! own. Nothing of the outer build's environment may reach it: flags for the
//! host's target, a lint driver in place of the compiler, or a coverage run
//! would make other bytes. And no path of this machine may end up in them: the
//! same sources give the same bytes everywhere.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::target;

/// The nested builds' own target folder, beside what the outer build makes.
pub(crate) fn target_folder(out_dir: &Path) -> PathBuf {
    // Cargo marks its target folder with this file. All profiles and feature
    // sets of the outer build then share one build of the guests.
    out_dir
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .unwrap_or(out_dir)
        .join("components")
}

/// Builds in the workspace at `root`, with `arguments` for `cargo build`. What
/// cargo tells for programs is returned; what it tells people goes to stderr, which
/// the outer cargo shows when this fails.
pub(crate) fn build<'a>(
    root: &Path,
    target: &Path,
    cargo: &OsStr,
    rustc: &OsStr,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<u8>> {
    let mut command = Command::new(cargo);
    command.current_dir(root);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(leaks) {
            command.env_remove(name);
        }
    }
    command
        .env("RUSTC", rustc)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(root, target, rustc))
        .args(["build", "--target", target::TRIPLE])
        .arg("--target-dir")
        .arg(target)
        .args(arguments);
    if root.join("Cargo.lock").is_file() {
        command.arg("--locked");
    }
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", cargo.display()))?;
    ensure!(
        output.status.success(),
        "the build for {} failed: see cargo's messages above",
        target::TRIPLE
    );
    Ok(output.stdout)
}

/// The compiler flags: paths of this machine are replaced in panic messages and
/// in what a dependency's build script generated.
fn flags(root: &Path, target: &Path, rustc: &OsStr) -> OsString {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let replaced = [
        (home, "/cargo"),
        (target::sysroot(rustc), "/rust"),
        (Some(root.to_owned()), "/clio"),
        // Last, because the last that fits counts, and it may lie in the
        // workspace.
        (Some(target.to_owned()), "/target"),
    ];
    let mut flags = OsString::new();
    for (path, name) in replaced {
        let Some(path) = path else { continue };
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(path);
        flags.push("=");
        flags.push(name);
    }
    flags
}

/// Whether an environment variable belongs to the outer build. What says where
/// crates come from, and the shared count of jobs, is handed on.
fn leaks(name: &str) -> bool {
    const KEPT: [&str; 8] = [
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_MAKEFLAGS",
        "CARGO_NET_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_SOURCE_",
        "CARGO_TERM_",
    ];
    const BUILD_SCRIPT: [&str; 8] = [
        "DEBUG",
        "HOST",
        "NUM_JOBS",
        "OPT_LEVEL",
        "OUT_DIR",
        "PROFILE",
        "RUSTFLAGS",
        "TARGET",
    ];
    let foreign = name.starts_with("CARGO_") || name == "CARGO" || name.starts_with("RUSTC");
    (foreign && !KEPT.iter().any(|kept| name.starts_with(kept))) || BUILD_SCRIPT.contains(&name)
}
