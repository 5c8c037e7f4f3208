//! `clio new-action`: a crate to begin an action of one's own with.
//!
//! It is the crate in `template/`, which builds and passes its tests as it stands,
//! under another name, and with those files of the contract that it needs, as the
//! catalog hands them out.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::args::NewActionArguments;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::output;

/// The template's own name.
const TEMPLATE: &str = "new-action";

/// The files of the crate, by their paths in it.
const FILES: [(&str, &str); 10] = [
    ("Cargo.toml", include_str!("../../template/Cargo.toml")),
    (".gitignore", include_str!("../../template/gitignore")),
    (
        "rust-toolchain.toml",
        include_str!("../../template/rust-toolchain.toml"),
    ),
    ("README.md", include_str!("../../template/README.md")),
    ("action.json", include_str!("../../template/action.json")),
    ("src/lib.rs", include_str!("../../template/src/lib.rs")),
    (
        "src/action.rs",
        include_str!("../../template/src/action.rs"),
    ),
    ("src/api.rs", include_str!("../../template/src/api.rs")),
    ("src/http.rs", include_str!("../../template/src/http.rs")),
    (
        "wit/new-action.wit",
        include_str!("../../template/wit/new-action.wit"),
    ),
];

/// The files of the contract that it needs: those of the interfaces that it
/// imports.
const CONTRACT: [&str; 2] = ["types.wit", "credentials.wit"];

/// Makes the crate.
pub(crate) fn command(arguments: &NewActionArguments) -> Result<Exit, Failure> {
    let name = &arguments.name;
    let folder = arguments.dir.join(name);
    let files = files(name)?;
    make(&folder).map_err(|(error, next)| {
        let what = format!("the folder {} cannot be made: {error}", folder.display());
        Failure::usage(what).next(next)
    })?;
    for (path, text) in files {
        let file = folder.join(path);
        write(&file, &text).map_err(|error| {
            let what = format!("{} cannot be written: {error}", file.display());
            Failure::usage(what).next("delete the folder that was begun, and make room for it")
        })?;
    }
    output::text(&next_steps(&folder, name))?;
    Ok(Exit::Done)
}

/// Everything that is written, by its path in the crate.
fn files(name: &str) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut files: Vec<_> = FILES
        .iter()
        .map(|(path, text)| (named(path, name), named(text, name).into_bytes()))
        .collect();
    for file in CONTRACT {
        let path = format!("wit/{file}");
        let text = clio_catalog::files().iter().find(|it| it.path == path);
        let text = text.ok_or_else(|| Failure::host(format!("this clio holds no {path}")))?;
        files.push((format!("wit/deps/clio-actions/{file}"), text.bytes.to_vec()));
    }
    Ok(files)
}

fn make(folder: &Path) -> Result<(), (std::io::Error, &'static str)> {
    fs::create_dir(folder).map_err(|error| {
        let next = match error.kind() {
            ErrorKind::AlreadyExists => "give another name, or another folder with --dir",
            _ => "name a folder with --dir that is there and may be written to",
        };
        (error, next)
    })
}

fn write(file: &Path, text: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

/// A text of the template for another name.
fn named(text: &str, name: &str) -> String {
    text.replace(TEMPLATE, name)
        .replace(&snake(TEMPLATE), &snake(name))
}

fn snake(name: &str) -> String {
    name.replace('-', "_")
}

fn next_steps(folder: &Path, name: &str) -> String {
    format!(
        "Made {}, an action that acts on practice areas until you change it.\n\n  \
         cd {0}\n  \
         cargo test\n  \
         cargo build --release --target wasm32-wasip2\n  \
         clio describe --component target/wasm32-wasip2/release/{}.wasm\n\n\
         Its README.md says how to run it, and what to change.\n",
        folder.display(),
        snake(name)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_of_the_template_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = |name: &str| NewActionArguments {
            name: name.to_owned(),
            dir: folder.path().to_owned(),
        };
        command(&arguments("list-tasks")).unwrap();
        for (path, _) in FILES {
            let file = folder
                .path()
                .join("list-tasks")
                .join(named(path, "list-tasks"));
            let text = fs::read_to_string(&file).unwrap();
            for left in [TEMPLATE, "new_action", "NewAction"] {
                assert!(!text.contains(left), "{path}: {left}");
            }
        }
        // What stands there is left as it is.
        let failure = command(&arguments("list-tasks")).unwrap_err();
        assert_eq!(failure.exit(), Exit::Usage);
        assert!(failure.to_string().contains("another name"), "{failure}");
    }
}
