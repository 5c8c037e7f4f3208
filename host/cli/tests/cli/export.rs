//! `clio export`: the actions as files that stand on their own.

use std::collections::BTreeMap;

use super::*;

/// The files below a folder, by their paths in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Exports into a folder, with no environment at all.
fn export(dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_clio"))
        .args(["export", dir.to_str().unwrap()])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect()
}

#[test]
fn an_export_holds_everything_and_its_sums_hold() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("not/there/yet");
    ended(&export(&dir), 0);

    let files = files(&dir);
    let has = |name: &str| assert!(files.get(name).is_some_and(|it| !it.is_empty()), "{name}");
    let told: Vec<Value> = serde_json::from_slice(&files["actions.json"]).unwrap();
    assert_eq!(told.len(), clio_catalog::actions().len());
    for action in clio_catalog::actions() {
        let name = action.name;
        assert_eq!(files[&format!("{name}.wasm")], action.component());
        assert_eq!(files[&format!("{name}.portable.wasm")], action.portable());
        let described: Value = serde_json::from_slice(&files[&format!("{name}.json")]).unwrap();
        assert!(told.contains(&described), "{name}");
        has(&format!("wit/{name}.wit"));
        for file in [format!("{name}.wasm"), format!("{name}.portable.wasm")] {
            let push = &files[&format!("oci/{}", file.replace(".wasm", ".json"))];
            let push: Value = serde_json::from_slice(push).unwrap();
            assert_eq!(push["file"], file);
            assert_eq!(push["wkg"].as_array().unwrap().last().unwrap(), &file);
            assert_eq!(push["policy"]["requests"], described["requests"], "{name}");
            assert_eq!(push["policy"]["grants"], described["grants"], "{name}");
        }
    }
    for name in [
        "LICENSE",
        "LICENSES-OF-DEPENDENCIES",
        "wit/types.wit",
        "wit/deps/http.wit",
    ] {
        has(name);
    }
    assert!(files["wit/clio-actions.wasm"].starts_with(b"\0asm"));
    let schema: Value = serde_json::from_slice(&files["actions.schema.json"]).unwrap();
    jsonschema::validate(&schema, &json!(told)).unwrap();

    let sums = String::from_utf8(files["SHA256SUMS"].clone()).unwrap();
    assert_eq!(sums.lines().count(), files.len() - 1);
    let checked = Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(&dir)
        .status();
    assert!(checked.unwrap().success());
}

#[test]
fn an_export_again_gives_the_same_bytes_and_leaves_nothing_beside_it() {
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (place.path().join("first"), place.path().join("second"));
    fs::create_dir(&first).unwrap();
    ended(&export(&first), 0);
    ended(&export(&second), 0);
    let whole = files(&first);
    assert!(whole == files(&second));

    // An earlier one is replaced, also where files of it are gone.
    fs::remove_file(first.join("sync-contact.wasm")).unwrap();
    ended(&export(&first), 0);
    assert!(whole == files(&first));
    let mut names = names(place.path());
    names.sort();
    assert_eq!(names, ["first", "second"]);
}

#[test]
fn nothing_is_removed_that_no_export_wrote() {
    let place = tempfile::tempdir().unwrap();
    let refused = |dir: &Path, why: &str| {
        let before = files(dir);
        let output = export(dir);
        ended(&output, 64);
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
        assert!(before == files(dir));
    };
    let own = place.path().join("own");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("thesis.txt"), "years of work").unwrap();
    refused(&own, "it has no SHA256SUMS");
    // Sums of something else.
    fs::write(own.join("SHA256SUMS"), "00  thesis.txt\n").unwrap();
    refused(&own, "names no actions.json");

    let dir = place.path().join("dist");
    ended(&export(&dir), 0);
    fs::write(dir.join("wit/notes.txt"), "mine").unwrap();
    refused(&dir, "does not name wit/notes.txt");
    fs::remove_file(dir.join("wit/notes.txt")).unwrap();
    fs::write(dir.join("LICENSE"), "mine as well").unwrap();
    refused(&dir, "LICENSE was changed");

    let file = place.path().join("file");
    fs::write(&file, "x").unwrap();
    let output = export(&file);
    ended(&output, 64);
    assert_eq!(fs::read(&file).unwrap(), b"x");
    ended(&export(&file.join("below")), 70);

    let here = place.path().join("here");
    fs::create_dir(&here).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_clio"))
        .args(["export", "."])
        .current_dir(&here)
        .env_clear()
        .output()
        .unwrap();
    ended(&output, 64);
    assert!(names(&here).is_empty());
}

/// Every write fails from 64 KiB on, as on a disk that is full.
#[cfg(unix)]
#[test]
fn an_export_that_breaks_leaves_what_was_there() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("dist");
    let broken = |trap: &str| {
        Command::new("bash")
            .args([
                "-c",
                &format!("{trap} ulimit -f 64; exec \"$0\" export \"$1\""),
            ])
            .args([env!("CARGO_BIN_EXE_clio"), dir.to_str().unwrap()])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap()
    };
    let output = broken("trap '' XFSZ;");
    ended(&output, 70);
    assert!(names(place.path()).is_empty(), "{:?}", names(place.path()));

    // And where the process is killed on the way.
    ended(&export(&dir), 0);
    let whole = files(&dir);
    let output = broken("");
    assert_eq!(output.status.code(), None);
    assert!(whole == files(&dir));
    ended(&export(&dir), 0);
}

#[test]
fn the_components_of_an_export_run() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("dist");
    ended(&export(&dir), 0);
    let clio = Clio::new();
    let mut sandbox = clio
        .command(&["sandbox"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(sandbox.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let account: Value = serde_json::from_str(&line).unwrap();
    let input = r#"{"source_id":"i:1","contact":{"person":{"last_name":"Lee"}}}"#;
    let mut outcomes = Vec::new();
    for file in ["sync-contact.wasm", "sync-contact.portable.wasm"] {
        let component = dir.join(file);
        let component = component.to_str().unwrap();
        let output = clio
            .command(&["run", "--component", component, "--input", input])
            .env("CLIO_ORIGIN", account["origin"].as_str().unwrap())
            .env("CLIO_ACCESS_TOKEN", account["token"].as_str().unwrap())
            .output()
            .unwrap();
        ended(&output, 0);
        outcomes.push(serde_json::from_str::<Value>(&stdout(&output)).unwrap());
    }
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
    assert_eq!(outcomes[0]["disposition"], "created", "{outcomes:?}");
    assert!(outcomes[1]["id"].is_number(), "{outcomes:?}");
}
