//! The paths outside of this program: stock wasmtime, and Node.js. Where one
//! cannot be run its rows are left out, and the report says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// What can be run here.
#[derive(Debug)]
pub(crate) struct Programs {
    stock: Option<PathBuf>,
    node: bool,
    /// What cannot, and why.
    pub(crate) missing: Vec<String>,
}

impl Programs {
    /// Looks for them, and writes the portable builds that they run.
    pub(crate) fn find(folder: &Path) -> Result<Self> {
        for action in clio_catalog::actions() {
            let file = folder.join(action.name).with_extension("wasm");
            std::fs::write(file, action.portable())?;
        }
        let mut missing = Vec::new();
        let mut note = |what: &str, found: Result<()>| match found {
            Ok(()) => true,
            Err(error) => {
                missing.push(format!("{what}: {error:#}"));
                false
            }
        };
        let stock = crate::beside("clio-bench-stock")?;
        let has_stock = note("stock wasmtime", is_built(&stock));
        let node = note("Node.js", install());
        Ok(Self {
            stock: has_stock.then_some(stock),
            node,
            missing,
        })
    }

    pub(crate) fn can(&self, path: &str) -> bool {
        match path {
            "native" | "typed" | "in-place" | "json" => true,
            "stock" => self.stock.is_some(),
            _ => self.node,
        }
    }

    pub(crate) fn program(&self, path: &str) -> Result<Command> {
        match (path, &self.stock) {
            ("stock", Some(program)) => Ok(Command::new(program)),
            ("stock", None) => bail!("it is not built"),
            _ => {
                let mut command = Command::new("node");
                command.arg(node_folder().join("bench.mjs"));
                Ok(command)
            }
        }
    }
}

fn is_built(stock: &Path) -> Result<()> {
    if stock.is_file() {
        return Ok(());
    }
    bail!(
        "not built: cargo build --release --locked -p clio-tests -p clio-bench-stock \
         --bin clio-bench-stock"
    )
}

fn node_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("node")
}

/// Installs the pinned packages where they are missing.
fn install() -> Result<()> {
    let version = Command::new("node").arg("--version").output();
    version.context("there is no `node`")?;
    // Npm writes this file last.
    if node_folder()
        .join("node_modules/.package-lock.json")
        .is_file()
    {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(node_folder());
    let output = npm.output().context("there is no `npm`")?;
    if !output.status.success() {
        bail!(
            "`npm ci` failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
