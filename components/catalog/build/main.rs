//! Builds the catalog: all actions as components, their portable builds, and
//! their descriptions.
//!
//! It runs again only when the contract, an action or the lock file changed.
//! Whatever it leaves in the output folder depends on those alone, so the same
//! sources give the same bytes.

mod binary;
mod bounds;
mod describe;
mod docs;
mod guests;
mod licences;
mod manifest;
mod nested;
mod oci;
mod pack;
mod portable;
mod prose;
mod readback;
mod schema;
mod shelf;
mod target;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use wit_parser::{PackageId, Resolve};

use crate::bounds::Bounds;
use crate::guests::Workspace;
use crate::manifest::Manifest;
use crate::oci::About;
use crate::prose::Prose;
use crate::shelf::Shelf;

/// The most bytes that a component may have, its description included. Hosts
/// compile components on first use and keep them in memory, and plugin stores
/// refuse large ones. About a quarter is what Unicode says of characters: to
/// tell who is meant comes before size. And a tenth is what the profile's level
/// takes above the smallest one, for 40 per cent fewer instructions.
const MAX_COMPONENT: usize = 384 * 1024;

/// The same of those that read Word documents, and write them or read PDF: that and
/// the language of placeholders are 250 KB of them.
const MAX_WITH_FORMATS: [(&str, usize); 2] = [
    ("fill-document", 720 * 1024),
    ("inspect-document", 512 * 1024),
];

/// How much more a portable build may have: what answers `credentials` in it has
/// 17 KB.
const MORE_PORTABLE: usize = 32 * 1024;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Cargo shows a build script's stderr when it fails.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let manifest_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out_dir = PathBuf::from(variable("OUT_DIR")?);
    let (cargo, rustc) = (variable("CARGO")?, variable("RUSTC")?);

    let workspace = Workspace::new(&manifest_dir, &out_dir)?;
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=bounds.toml");
    println!("cargo::rerun-if-changed=actions.schema.json");
    // For the test that runs this once more, on sources in another folder.
    let this = std::env::current_exe().context("this program has no path")?;
    println!("cargo::rustc-env=CLIO_CATALOG_BUILD={}", this.display());
    for input in workspace.inputs()? {
        println!("cargo::rerun-if-changed={}", input.display());
    }

    let (resolve, package) = contract(&workspace.wit())?;
    let prose = Prose::new(&resolve, package);
    let bounds = manifest_dir.join("bounds.toml");
    let bounds = fs::read_to_string(bounds).context("cannot read `bounds.toml`")?;
    let mut bounds: toml::Table = toml::from_str(&bounds).context("`bounds.toml`")?;
    let actions = workspace.actions()?;
    for action in &actions {
        bounds.insert(action.name.clone(), action.bounds.clone().into());
    }
    let bounds = Bounds::read(bounds, &resolve).context("the bounds of the contract's values")?;

    if let Err(line) = target::ensure(&rustc) {
        // Cargo prints this one line, and fails once this ends.
        println!("cargo::error={line}");
        return Ok(());
    }
    let messages = workspace.build(&actions, &cargo, &rustc)?;
    let adapter = workspace.component(guests::ADAPTER)?;

    let mut shelf = Shelf::new(out_dir.join("beside"))?;
    shelf.copy("LICENSE", &workspace.root().join("LICENSE"))?;
    let licences = licences::text(&messages).context("the licences of what the components link")?;
    shelf.put("LICENSES-OF-DEPENDENCIES", licences.as_bytes())?;
    shelf.contract(&workspace.wit(), &resolve, package)?;
    let schema = manifest_dir.join("actions.schema.json");
    shelf.copy("actions.schema.json", &schema)?;

    let (mut descriptions, mut lengths) = (Vec::new(), Vec::new());
    for action in &actions {
        let description = describe::describe(
            &resolve,
            package,
            &prose,
            &bounds,
            action,
            env!("CARGO_PKG_VERSION"),
        )
        .with_context(|| format!("cannot describe `{}`", action.name))?;
        let description = serde_json::to_string(&description)?;

        let mut component = workspace.component(&action.name)?;
        let mut portable = if action.is_offline() {
            portable::already(&action.name, &component)?;
            component.clone()
        } else {
            portable::plug_in(&action.name, &component, &adapter)?
        };
        let mut larger = MAX_WITH_FORMATS.into_iter();
        let larger = larger.find(|(name, _)| *name == action.name);
        let most = larger.map_or(MAX_COMPONENT, |(_, most)| most);
        for (suffix, bytes, most) in [
            ("", &mut component, most),
            (".portable", &mut portable, most + MORE_PORTABLE),
        ] {
            let name = format!("{}{suffix}", action.name);
            finish(&name, bytes, &about(action, suffix), &description, most)
                .with_context(|| format!("the component `{name}`"))?;
            let wit = readback::wit(bytes).with_context(|| format!("the component `{name}`"))?;
            write(&out_dir.join(format!("{name}.wasm")), bytes)?;
            write(&out_dir.join(format!("{name}.wit")), wit.as_bytes())?;
            let push = oci::push(&about(action, suffix), &format!("{name}.wasm"), action)?;
            shelf.put(&format!("oci/{name}.json"), push.as_bytes())?;
        }
        let packed = |bytes: &[u8], known: &[u8], suffix: &str| {
            let file = out_dir.join(format!("{}{suffix}", action.name));
            write(&file, &pack::pack(bytes, known)?)
        };
        packed(&component, &[], ".zst")?;
        packed(&portable, &component, ".portable.zst")?;
        lengths.push([component.len(), portable.len(), description.len()]);
        let file = out_dir.join(format!("{}.json", action.name));
        write(&file, description.as_bytes())?;
        descriptions.push(description);
    }
    write(
        &out_dir.join("actions.json"),
        format!("[{}]", descriptions.join(",")).as_bytes(),
    )?;
    let tables = table(&actions, &lengths)? + &shelf.table()?;
    write(&out_dir.join("catalog.rs"), tables.as_bytes())
}

/// What is said of a build of an action.
fn about<'a>(action: &'a Manifest, suffix: &str) -> About<'a> {
    About {
        package: oci::package(&action.name, suffix),
        version: env!("CARGO_PKG_VERSION"),
        summary: action.summary.trim(),
        licence: env!("CARGO_PKG_LICENSE"),
        source: Some(env!("CARGO_PKG_REPOSITORY")).filter(|it| !it.is_empty()),
    }
}

/// Appends what is said of a component, its description last.
fn finish(
    name: &str,
    component: &mut Vec<u8>,
    about: &About<'_>,
    description: &str,
    most: usize,
) -> Result<()> {
    binary::append_about(component, about);
    binary::append_description(component, description);
    readback::about(component, about)?;
    check_size(name, component, most)
}

/// Reads the contract, and insists on docs for every item of it.
fn contract(folder: &Path) -> Result<(Resolve, PackageId)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(folder)
        .with_context(|| format!("cannot read the contract in {}", folder.display()))?;
    let missing = docs::undocumented(&resolve, package);
    if !missing.is_empty() {
        bail!(
            "these items in `wit/` have no docs (`/// …`): {}",
            missing.join(", ")
        );
    }
    Ok((resolve, package))
}

fn check_size(name: &str, component: &[u8], most: usize) -> Result<()> {
    ensure!(
        component.len() <= most,
        "the component `{name}` has {} bytes, more than the {most} that one may have",
        component.len()
    );
    Ok(())
}

/// The source of the table, which the library includes.
fn table(actions: &[Manifest], lengths: &[[usize; 3]]) -> Result<String> {
    let mut source = format!("static ACTIONS: [Action; {}] = [\n", actions.len());
    // Where each description begins in the array of all.
    let mut from = "[".len();
    for (action, [component, portable, description]) in actions.iter().zip(lengths) {
        let name = &action.name;
        let file = |suffix: &str| format!("concat!(env!(\"OUT_DIR\"), \"/{name}{suffix}\")");
        writeln!(
            source,
            "    Action {{ name: \"{name}\", component: Packed::new(include_bytes!({}), {component}), portable: Packed::new(include_bytes!({}), {portable}), description: part(ACTIONS_JSON, {from}, {description}) }},",
            file(".zst"),
            file(".portable.zst"),
        )?;
        from += description + ",".len();
    }
    source.push_str("];\n");
    Ok(source)
}

fn variable(name: &str) -> Result<OsString> {
    std::env::var_os(name)
        .with_context(|| format!("{name} is not set: this is run by cargo, as a build script"))
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}
