//! Finds the actions and builds them.
//!
//! They are packages of the same workspace, but cdylibs for another target, so
//! one nested `cargo build` makes all of them and the adapter. It has its own
//! target folder, because the outer cargo holds the lock on its own. Nothing of
//! the outer build's environment may reach it: flags for the host's target, a
//! lint driver in place of the compiler, or a coverage run would make other
//! bytes. And no path of this machine may end up in them: the same sources
//! give the same bytes everywhere.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::binary;
use crate::manifest::Manifest;
use crate::target;

/// The adapter that answers `credentials` from the environment.
pub(crate) const ADAPTER: &str = "credentials-from-env";

/// The profile in the workspace's `Cargo.toml`.
const PROFILE: &str = "component";

/// In which order actions are listed: as a case goes. Others follow by name.
const ORDER: [&str; 5] = [
    "sync-contact",
    "create-matter",
    "upload-document",
    "find-documents",
    "detect-documents",
];

/// The workspace that the actions live in.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    /// The nested build's own target folder.
    target: PathBuf,
}

impl Workspace {
    /// `manifest_dir` is the catalog's folder, `out_dir` its build output.
    pub(crate) fn new(manifest_dir: &Path, out_dir: &Path) -> Result<Self> {
        let root = manifest_dir
            .ancestors()
            .nth(2)
            .context("the catalog does not lie in `components/` of the workspace")?;
        // Cargo marks its target folder with this file. All profiles and
        // feature sets of the outer build then share one build of the actions.
        let target = out_dir
            .ancestors()
            .find(|folder| folder.join("CACHEDIR.TAG").is_file())
            .unwrap_or(out_dir)
            .join("components");
        Ok(Self {
            root: root.to_owned(),
            target,
        })
    }

    /// The folder of the contract.
    pub(crate) fn wit(&self) -> PathBuf {
        self.root.join("wit")
    }

    fn components(&self) -> PathBuf {
        self.root.join("components")
    }

    /// Reads the `action.toml` of every action, in the order to list them.
    pub(crate) fn actions(&self) -> Result<Vec<Manifest>> {
        let folder = self.components();
        let mut found = BTreeMap::new();
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let file = entry.path().join("action.toml");
            if !file.is_file() {
                continue;
            }
            let folder = entry.file_name().to_string_lossy().into_owned();
            let manifest = fs::read_to_string(&file)
                .map_err(Into::into)
                .and_then(|text| Manifest::parse(&text, &folder))
                .with_context(|| format!("components/{folder}/action.toml"))?;
            let place = ORDER
                .iter()
                .position(|name| *name == folder)
                .unwrap_or(ORDER.len());
            found.insert((place, folder), manifest);
        }
        Ok(found.into_values().collect())
    }

    /// What the components are made of, for cargo to watch. Not the target
    /// folder, and not the catalog itself: cargo watches that anyway. A new
    /// folder is noticed by the lock file, which names its package.
    pub(crate) fn inputs(&self) -> Result<Vec<PathBuf>> {
        let mut inputs: Vec<_> = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "wit"]
            .iter()
            .map(|name| self.root.join(name))
            .collect();
        for entry in fs::read_dir(self.components())? {
            let folder = entry?.path();
            let is_catalog = folder.file_name() == Some(OsStr::new("catalog"));
            if folder.is_dir() && !is_catalog {
                inputs.push(folder);
            }
        }
        inputs.sort();
        Ok(inputs)
    }

    /// Builds the packages. Cargo's own messages go to stderr, which the outer
    /// cargo shows when this fails.
    pub(crate) fn build(&self, packages: &[&str], cargo: &OsStr, rustc: &OsStr) -> Result<()> {
        let mut command = Command::new(cargo);
        command.current_dir(&self.root);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(leaks) {
                command.env_remove(name);
            }
        }
        command
            .env("RUSTC", rustc)
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags(rustc))
            .args(["build", "--target", target::TRIPLE, "--profile", PROFILE])
            .arg("--target-dir")
            .arg(&self.target);
        if self.root.join("Cargo.lock").is_file() {
            command.arg("--locked");
        }
        for package in packages {
            command.args(["--package", package]);
        }
        let status = command
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot start {}", cargo.display()))?;
        ensure!(
            status.success(),
            "building the actions for {} failed: see cargo's messages above",
            target::TRIPLE
        );
        Ok(())
    }

    /// Reads what `build` made of a package, without names for debuggers.
    pub(crate) fn component(&self, package: &str) -> Result<Vec<u8>> {
        let file = self
            .target
            .join(target::TRIPLE)
            .join(PROFILE)
            .join(package.replace('-', "_"))
            .with_extension("wasm");
        match fs::read(&file) {
            Ok(bytes) => binary::without_names(&bytes)
                .with_context(|| format!("cannot read {}", file.display())),
            Err(error) => bail!(
                "the build of `{package}` left no {}: {error}; its `Cargo.toml` needs `crate-type = [\"cdylib\"]`",
                file.display()
            ),
        }
    }

    /// The compiler flags: paths of this machine are replaced in panic
    /// messages and in what a dependency's build script generated.
    fn flags(&self, rustc: &OsStr) -> OsString {
        let home = std::env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
        let replaced = [
            (home, "/cargo"),
            (target::sysroot(rustc), "/rust"),
            (Some(self.root.clone()), "/clio"),
            // Last, because the last that fits counts, and it may lie in the
            // workspace.
            (Some(self.target.clone()), "/target"),
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
