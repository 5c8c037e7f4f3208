//! Finds the actions and builds them.
//!
//! They are packages of the same workspace, but cdylibs for another target, so
//! one nested `cargo build` makes all of them and the adapter.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::binary;
use crate::manifest::Manifest;
use crate::nested;
use crate::target;

/// The adapter that answers `credentials` from the environment.
pub(crate) const ADAPTER: &str = "credentials-from-env";

/// The profile in the workspace's `Cargo.toml`.
const PROFILE: &str = "component";

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
        Ok(Self {
            root: root.to_owned(),
            target: nested::target_folder(out_dir),
        })
    }

    /// The folder that all of it lies in.
    pub(crate) fn root(&self) -> &Path {
        &self.root
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
            found.insert((manifest.place, folder), manifest);
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

    /// Builds the actions and the adapter, and returns cargo's messages about what
    /// it built. What it tells people goes to stderr, which the outer cargo shows
    /// when this fails.
    pub(crate) fn build(
        &self,
        actions: &[Manifest],
        cargo: &OsStr,
        rustc: &OsStr,
    ) -> Result<Vec<u8>> {
        let names = actions.iter().map(|action| action.name.as_str());
        let packages = names.chain([ADAPTER]).flat_map(|name| ["--package", name]);
        let arguments = ["--message-format", "json-render-diagnostics"]
            .into_iter()
            .chain(["--profile", PROFILE])
            .chain(packages);
        nested::build(&self.root, &self.target, cargo, rustc, arguments)
            .context("building the actions failed")
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
}
