//! What is handed out beside the components: the contract as text and as a
//! package, licences, and how each component is pushed.
//!
//! The files lie in the output folder as they will in an export, so that two
//! builds can be compared by their folders.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use wit_parser::{PackageId, Resolve};

/// Files by their paths in an export, with `/` between folders.
#[derive(Debug)]
pub(crate) struct Shelf {
    folder: PathBuf,
    paths: BTreeSet<String>,
}

impl Shelf {
    /// A shelf whose files lie in `folder`, which is made anew.
    pub(crate) fn new(folder: PathBuf) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        Ok(Self {
            folder,
            paths: BTreeSet::new(),
        })
    }

    pub(crate) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let file = self.folder.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
        self.paths.insert(path.to_owned());
        Ok(())
    }

    pub(crate) fn copy(&mut self, path: &str, from: &Path) -> Result<()> {
        let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        self.put(path, &bytes)
    }

    /// The contract: its files, those of WASI that it uses, and all of it as one
    /// package in WebAssembly, as registries take it.
    pub(crate) fn contract(
        &mut self,
        folder: &Path,
        resolve: &Resolve,
        package: PackageId,
    ) -> Result<()> {
        for (inside, to) in [("", "wit/"), ("deps", "wit/deps/")] {
            let from = folder.join(inside);
            let entries =
                fs::read_dir(&from).with_context(|| format!("cannot list {}", from.display()))?;
            for entry in entries {
                let file = entry?.path();
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                if name.ends_with(".wit") {
                    self.copy(&format!("{to}{name}"), &file)?;
                }
            }
        }
        let encoded = wit_component::encode(resolve, package)
            .context("the contract cannot be encoded as a package")?;
        self.put("wit/clio-actions.wasm", &encoded)
    }

    /// The source of their table, which the library includes.
    pub(crate) fn table(&self) -> Result<String> {
        let mut source = format!("static FILES: [File; {}] = [\n", self.paths.len());
        for path in &self.paths {
            writeln!(
                source,
                "    File {{ path: \"{path}\", bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/beside/{path}\")) }},"
            )?;
        }
        source.push_str("];\n");
        Ok(source)
    }
}
