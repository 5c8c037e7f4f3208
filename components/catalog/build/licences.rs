//! The licences of what is linked into the components, with their texts.
//!
//! Every licence here lets a program be passed on when its text goes along. So
//! the texts are collected from the sources that the build linked, as cargo
//! names them, and a package that brings none stops the build.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::target;

/// How the names of files begin that hold a licence or what it asks to pass on.
const NAMES: [&str; 6] = [
    "copying",
    "copyright",
    "licence",
    "license",
    "notice",
    "unlicense",
];

/// What comes with the toolchain, of which cargo does not tell.
const TOOLCHAIN: &str = "\
core, alloc and compiler_builtins, of Rust: MIT OR Apache-2.0
wasi-libc, of which what starts a component: Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT

Of both the file LICENSE holds the text of Apache-2.0.
";

/// One of cargo's messages while it builds, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    manifest_path: String,
    #[serde(default)]
    filenames: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
}

/// A text, without what differs from copy to copy, and who brings it.
#[derive(Default)]
struct Text {
    text: String,
    of: Vec<String>,
}

/// Writes the licences of the packages in cargo's messages, but for the project's
/// own.
pub(crate) fn text(messages: &[u8]) -> Result<String> {
    let mut packages = BTreeMap::new();
    for line in String::from_utf8_lossy(messages).lines() {
        let message: Message = serde_json::from_str(line).context("a message of cargo")?;
        // What ran while building, such as macros, is not linked.
        let linked = message
            .filenames
            .iter()
            .any(|it| it.contains(target::TRIPLE));
        let ours = message.package_id.starts_with("path+");
        if message.reason == "compiler-artifact" && linked && !ours {
            let manifest = Path::new(&message.manifest_path);
            let text = fs::read_to_string(manifest)
                .with_context(|| format!("cannot read {}", manifest.display()))?;
            let Manifest { package } =
                toml::from_str(&text).with_context(|| format!("{}", manifest.display()))?;
            let folder = manifest.parent().context("a manifest lies in a folder")?;
            packages.insert(
                format!("{} {}", package.name, package.version),
                (package.license, folder.to_owned()),
            );
        }
    }
    ensure!(!packages.is_empty(), "cargo named nothing that it linked");

    let mut written = String::from(
        "The components are under the licence in the file LICENSE. Linked into them are:\n\n",
    );
    let mut texts: BTreeMap<String, Text> = BTreeMap::new();
    for (package, (licence, folder)) in &packages {
        let licence = licence.as_ref();
        let licence = licence.with_context(|| format!("{package} names no licence"))?;
        writeln!(written, "{package}: {licence}")?;
        let files = files(folder)?;
        ensure!(
            !files.is_empty(),
            "{package} brings no text of its licence, {licence}"
        );
        for (name, text) in files {
            let same = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let entry = texts.entry(same).or_default();
            entry.text = text;
            entry.of.push(format!("{package} ({name})"));
        }
    }
    written += TOOLCHAIN;
    // By who comes first, for a reader who looks for a package.
    let mut texts: Vec<_> = texts.into_values().collect();
    texts.sort_by(|a, b| a.of.cmp(&b.of));
    for Text { text, of } in texts {
        let of = of.join(", ");
        write!(
            written,
            "\n{}\n{of}\n\n{}\n",
            "=".repeat(72),
            text.trim_end()
        )?;
    }
    Ok(written)
}

/// The files in a package's folder that hold a licence, in the order of their
/// names.
fn files(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_named = NAMES
            .iter()
            .any(|it| name.to_ascii_lowercase().starts_with(it));
        if is_named && entry.file_type()?.is_file() {
            let text = fs::read(entry.path())?;
            files.push((name, String::from_utf8_lossy(&text).replace("\r\n", "\n")));
        }
    }
    files.sort();
    Ok(files)
}
