//! `clio export`: the actions as files, for every host that is not this one.
//!
//! What must stay true: a folder that holds SHA256SUMS holds everything that
//! stands in it, for all is written beside its place and moved there at the end;
//! and nothing is removed that an export did not write.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::args::ExportArguments;
use clio_runner::bounded;
use clio_runner::digest::Digest;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::output;

/// The digests of all other files, as `sha256sum --check` reads them.
const SUMS: &str = "SHA256SUMS";

/// A file that every export has.
const DESCRIPTIONS: &str = "actions.json";

/// More bytes than a file of an export has.
const FILE_BYTES: u64 = 16 << 20;

/// Writes the folder.
pub(crate) fn command(arguments: &ExportArguments) -> Result<Exit, Failure> {
    let dir = &arguments.dir;
    let place = place(dir).map_err(|error| unwritable(dir, &error))?;
    if std::env::current_dir().is_ok_and(|current| current == place) {
        return Err(
            Failure::usage("the folder that clio runs in cannot be replaced under it")
                .next("name another folder, such as dist"),
        );
    }
    if place.exists()
        && let Some(foreign) = foreign(&place).map_err(|error| unwritable(dir, &error))?
    {
        return Err(Failure::usage(format!(
            "{} is no earlier export as it was written, for {foreign}",
            dir.display()
        ))
        .next("name a new or empty folder, or remove this one"));
    }
    let files = files();
    write(&place, &files).map_err(|error| unwritable(dir, &error))?;
    output::line(&format!(
        "{} actions in {} files and {SUMS}: {}",
        clio_catalog::actions().len(),
        files.len(),
        dir.display()
    ))?;
    Ok(Exit::Done)
}

/// What an export holds but for its sums, by paths with `/` between folders.
fn files() -> BTreeMap<String, Cow<'static, [u8]>> {
    let mut files = BTreeMap::new();
    let mut put = |path: String, bytes: &'static [u8]| {
        files.insert(path, Cow::Borrowed(bytes));
    };
    for action in clio_catalog::actions() {
        put(format!("{}.wasm", action.name), action.component());
        put(format!("{}.portable.wasm", action.name), action.portable());
        put(
            format!("{}.json", action.name),
            action.description.as_bytes(),
        );
    }
    put(
        DESCRIPTIONS.to_owned(),
        clio_catalog::ACTIONS_JSON.as_bytes(),
    );
    for file in clio_catalog::files() {
        put(file.path.to_owned(), file.bytes);
    }
    files
}

/// The folder's own place, whatever links lead there.
fn place(dir: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(dir),
        place => place,
    }
}

/// Writes the folder beside its place, and moves it there.
fn write(place: &Path, files: &BTreeMap<String, Cow<'static, [u8]>>) -> io::Result<()> {
    let parent = place.parent().unwrap_or(place);
    fs::create_dir_all(parent)?;
    // Removed with what is in it, however this ends.
    let beside = tempfile::Builder::new()
        .prefix(".clio-export-")
        .tempdir_in(parent)?;
    let (whole, earlier) = (beside.path().join("whole"), beside.path().join("earlier"));
    let mut sums = String::new();
    for (path, bytes) in files {
        put(&whole.join(path), bytes)?;
        sums += &format!("{}  {path}\n", Digest::of(bytes));
    }
    put(&whole.join(SUMS), sums.as_bytes())?;
    if place.exists() {
        fs::rename(place, &earlier)?;
        // What somebody put there since it was looked at is theirs.
        if let Some(foreign) = foreign(&earlier)? {
            fs::rename(&earlier, place)?;
            let cause = format!("it changed meanwhile, for {foreign}");
            return Err(io::Error::other(cause));
        }
    }
    fs::rename(&whole, place).inspect_err(|_| {
        // What stood there stands there again.
        let _ = fs::rename(&earlier, place);
    })
}

fn put(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, bytes)
}

/// What in a folder no export wrote, or not as it stands now. An empty folder
/// has nothing of it.
fn foreign(place: &Path) -> io::Result<Option<String>> {
    if !place.is_dir() {
        return Ok(Some("it is no folder".to_owned()));
    }
    if fs::read_dir(place)?.next().is_none() {
        return Ok(None);
    }
    let Ok(sums) = bounded::file(&place.join(SUMS), FILE_BYTES) else {
        return Ok(Some(format!("it has no {SUMS}")));
    };
    let sums = String::from_utf8_lossy(&sums);
    let sums: BTreeMap<&str, &str> = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(digest, path)| (path, digest))
        .collect();
    if !sums.contains_key(DESCRIPTIONS) {
        return Ok(Some(format!("its {SUMS} names no {DESCRIPTIONS}")));
    }
    let mut folders = vec![(place.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
                continue;
            }
            if name == SUMS {
                continue;
            }
            let Some(digest) = sums.get(name.as_str()).filter(|_| kind.is_file()) else {
                return Ok(Some(format!("{SUMS} does not name {name}")));
            };
            let same = bounded::file(&entry.path(), FILE_BYTES)
                .is_ok_and(|bytes| Digest::of(bytes).to_string() == *digest);
            if !same {
                return Ok(Some(format!("{name} was changed")));
            }
        }
    }
    Ok(None)
}

fn unwritable(dir: &Path, error: &io::Error) -> Failure {
    Failure::host(format!("{} cannot be written: {error}", dir.display()))
        .next("name a folder in a place that clio may write to, and that is no mount point")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_put_into_the_folder_meanwhile_stays() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("dist");
        write(&place, &files()).unwrap();
        write(&place, &files()).unwrap();
        fs::write(place.join("mine"), "a person's").unwrap();
        let error = write(&place, &files()).unwrap_err().to_string();
        assert!(error.contains("SHA256SUMS does not name mine"), "{error}");
        let left = fs::read_to_string(place.join("mine")).unwrap();
        assert_eq!(left, "a person's");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
