//! Builds the hostile guests on the way to their tests.
//!
//! Each file in `guests/examples` and `guests/wat` becomes a component, and a
//! name in a list that the tests must cover one by one: a guest without a test
//! does not compile.

#[path = "../components/catalog/build/nested.rs"]
mod nested;
#[path = "../components/catalog/build/target.rs"]
mod target;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};

/// The profile in the workspace's `Cargo.toml`.
const PROFILE: &str = "hostile";

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
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let (cargo, rustc) = (variable("CARGO")?, variable("RUSTC")?);
    let root = here.parent().context("`tests/` lies in the workspace")?;
    for input in [
        "tests/build.rs",
        "tests/guests",
        "components/catalog/build",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain.toml",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    if let Err(line) = target::ensure(&rustc) {
        println!("cargo::error={line}");
        return Ok(());
    }

    let folder = nested::target_folder(&out);
    let what = [
        "--profile",
        PROFILE,
        "--package",
        "hostile-guests",
        "--examples",
    ];
    nested::build(root, &folder, &cargo, &rustc, what)
        .context("building the hostile guests failed")?;

    let built = folder.join(target::TRIPLE).join(PROFILE).join("examples");
    let mut guests = BTreeMap::new();
    for name in names(&here.join("guests/examples"), "rs")? {
        let file = built.join(&name).with_extension("wasm");
        ensure!(
            file.is_file(),
            "there is no {}: list the guest `{name}` in tests/guests/Cargo.toml",
            file.display()
        );
        // A copy: the next build of another checkout may replace the original.
        let copy = out.join(&name).with_extension("wasm");
        fs::copy(&file, &copy).with_context(|| format!("cannot copy {}", file.display()))?;
        guests.insert(name, copy);
    }
    for name in names(&here.join("guests/wat"), "wat")? {
        let source = here.join("guests/wat").join(&name).with_extension("wat");
        ensure!(
            guests.insert(name.clone(), source).is_none(),
            "there are two guests `{name}`"
        );
    }
    fs::write(out.join("guests.rs"), table(&guests)?)?;
    println!("cargo::rustc-env=CLIO_TESTS_RUSTC={}", rustc.display());
    Ok(())
}

/// The names of the files in a folder that end so.
fn names(folder: &Path, extension: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            let name = path.file_stem().unwrap_or_default();
            names.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// The source that the tests include: the components, some of them as text, and
/// a macro that hands all names to another macro.
fn table(guests: &BTreeMap<String, PathBuf>) -> Result<String> {
    let mut source = String::from("static COMPONENTS: &[(&str, &[u8])] = &[\n");
    for (name, file) in guests {
        writeln!(source, "    ({name:?}, include_bytes!({file:?})),")?;
    }
    let names: Vec<&str> = guests.keys().map(String::as_str).collect();
    write!(
        source,
        "];\nmacro_rules! each_guest {{ ($take:ident) => {{ $take! {{ {} }} }} }}\n",
        names.join(" ")
    )?;
    Ok(source)
}

fn variable(name: &str) -> Result<OsString> {
    std::env::var_os(name)
        .with_context(|| format!("{name} is not set: this is run by cargo, as a build script"))
}
