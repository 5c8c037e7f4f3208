//! The vault: what it keeps, what it refuses, and that no change is lost.

#![allow(clippy::unwrap_used)]
use super::*;
use std::sync::atomic::{AtomicBool, Ordering};

const TOKEN: &str = "27-s3cretAccessToken";

fn vault(folder: &Path) -> Vault {
    let mut settings = VaultSettings::in_folder(&folder.join("vault"));
    settings.keyring = false;
    Vault::new(settings).unwrap()
}

fn with_key(folder: &Path, key: &str) -> Vault {
    let mut settings = VaultSettings::in_folder(&folder.join("vault"));
    settings.key = Some(key.to_owned().into());
    Vault::new(settings).unwrap()
}

fn connection() -> SavedConnection {
    SavedConnection {
        origin: "https://app.clio.com".to_owned(),
        account: Some(SavedAccount {
            id: "7".to_owned(),
            name: Some("Marked Firm LLP".to_owned()),
        }),
        credentials: Some(SavedCredentials {
            client_id: "app".to_owned(),
            client_secret: "s3cretOfTheApp".to_owned().into(),
            access_token: TOKEN.to_owned().into(),
            refresh_token: Some("27-s3cretRefresh".to_owned().into()),
            issued_ms: 1,
            expires_ms: Some(2),
            refused_ms: None,
        }),
    }
}

fn keep(vault: &Vault, name: &str) {
    vault
        .update(|contents| contents.connections.insert(name.to_owned(), connection()))
        .unwrap();
}

fn names(vault: &Vault) -> Vec<String> {
    vault.read().unwrap().connections.into_keys().collect()
}

#[test]
fn what_is_kept_is_read_again_and_stands_nowhere_in_clear() {
    let home = tempfile::tempdir().unwrap();
    assert!(names(&vault(home.path())).is_empty());
    assert!(!home.path().join("vault").exists());
    keep(&vault(home.path()), "firm");

    let read = vault(home.path()).read().unwrap();
    let saved = read.connections["firm"].credentials.as_ref().unwrap();
    assert_eq!(saved.access_token.expose(), TOKEN);
    assert!(!format!("{read:?}").contains("s3cret"), "{read:?}");

    for entry in fs::read_dir(home.path().join("vault")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for mark in ["s3cret", "Marked", "app.clio.com", "firm"] {
            let found = bytes
                .windows(mark.len())
                .any(|part| part == mark.as_bytes());
            assert!(!found, "{mark}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_files_are_their_owners_alone_and_an_exposed_key_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let vault = vault(home.path());
    keep(&vault, "firm");
    for (name, mode) in [
        ("", 0o700),
        ("vault", 0o600),
        ("key", 0o600),
        ("lock", 0o600),
    ] {
        let path = home.path().join("vault").join(name);
        let about = fs::metadata(&path).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, mode, "{name}");
    }
    let key = home.path().join("vault/key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let error = vault.read().unwrap_err();
    assert!(
        matches!(error, VaultError::KeyExposed { mode: 0o640, .. }),
        "{error}"
    );
    // CASES S12: who has read the key has the refresh token, too.
    let told = error.to_string();
    assert!(
        told.contains("disconnect") && told.contains("chmod 600"),
        "{told}"
    );
}

#[test]
fn every_damage_is_an_error_and_nothing_is_written_over() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(home.path());
    keep(&vault, "firm");
    let path = home.path().join("vault/vault");
    let whole = fs::read(&path).unwrap();
    let mut damages: Vec<Vec<u8>> = (0..whole.len()).map(|end| whole[..end].to_vec()).collect();
    damages.extend((0..whole.len()).map(|place| {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        bytes
    }));
    damages.push([&whole[..], b"x"].concat());
    damages.push(b"another file".to_vec());
    for damaged in damages {
        fs::write(&path, &damaged).unwrap();
        let error = vault.read().unwrap_err();
        assert!(!error.to_string().contains("s3cret"));
        assert!(
            vault
                .update(|contents| contents.connections.clear())
                .is_err()
        );
        assert!(vault.rotate(None).is_err());
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(names(&vault), ["firm"]);
}

#[test]
fn a_missing_and_a_foreign_key_are_told_apart_and_no_key_is_made() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(home.path());
    keep(&vault, "firm");
    let key = home.path().join("vault/key");
    let ours = fs::read_to_string(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let error = vault.update(|_| {}).unwrap_err();
    assert!(matches!(error, VaultError::MissingKey { .. }), "{error}");
    assert!(!key.exists());

    fs::write(&key, Key::random().unwrap().to_text().expose()).unwrap();
    private(&key);
    let error = vault.read().unwrap_err();
    assert!(matches!(error, VaultError::ForeignKey { .. }), "{error}");
    let given = with_key(home.path(), &"ab".repeat(32));
    assert!(matches!(
        given.read().unwrap_err(),
        VaultError::ForeignKey { .. }
    ));

    // The right key may also be given by whoever starts the process.
    assert_eq!(names(&with_key(home.path(), ours.trim())), ["firm"]);
}

trait Expose {
    fn expose(&self) -> &str;
}

impl Expose for SecretString {
    fn expose(&self) -> &str {
        secrecy::ExposeSecret::expose_secret(self)
    }
}

fn private(path: &Path) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    #[cfg(not(unix))]
    let _ = path;
}

#[test]
fn a_later_format_is_named_as_such() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(home.path());
    keep(&vault, "firm");
    let path = home.path().join("vault/vault");
    let text = fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&text).replace("\"format\":1", "\"format\":2");
    fs::write(&path, text).unwrap();
    let error = vault.read().unwrap_err();
    assert!(
        matches!(error, VaultError::Format { format: 2, .. }),
        "{error}"
    );
}

#[test]
fn keys_are_read_in_two_forms_and_nothing_else() {
    let hex = "ab".repeat(32);
    let base64 = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";
    let id = Key::parse_text(&hex).unwrap().id();
    assert_eq!(Key::parse_text(base64).unwrap().id(), id);
    assert_eq!(Key::parse_text(&format!(" {base64}\n")).unwrap().id(), id);
    for wrong in [
        "",
        "abc",
        &hex[2..],
        &format!("{hex}ab"),
        "not a key at all",
    ] {
        let error = Key::parse_text(wrong).unwrap_err();
        assert!(matches!(error, VaultError::KeyForm), "{error}");
    }
}

#[test]
fn the_key_changes_and_what_is_kept_does_not() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(home.path());
    assert!(matches!(vault.rotate(None), Err(VaultError::Absent(_))));
    keep(&vault, "firm");
    let purpose = vault.key("audit").unwrap();
    let before = fs::read_to_string(home.path().join("vault/key")).unwrap();
    assert_eq!(vault.rotate(None).unwrap(), KeyPlace::File);
    let after = fs::read_to_string(home.path().join("vault/key")).unwrap();
    assert_ne!(before, after);
    assert_eq!(after.lines().count(), 1);
    assert_eq!(names(&vault), ["firm"]);
    assert_eq!(*vault.key("audit").unwrap(), *purpose);
    let former = with_key(home.path(), before.trim());
    assert!(matches!(former.read(), Err(VaultError::ForeignKey { .. })));

    // To a key that is given.
    let given = "cd".repeat(32);
    let place = vault.rotate(Some(&given.clone().into())).unwrap();
    assert_eq!(place, KeyPlace::Environment);
    assert!(!home.path().join("vault/key").exists());
    assert!(matches!(vault.read(), Err(VaultError::MissingKey { .. })));
    let holder = with_key(home.path(), &given);
    assert_eq!(names(&holder), ["firm"]);
    // CASES S12: from there on to another that is given, and never to a file.
    let refused = holder.rotate(None);
    assert!(matches!(refused, Err(VaultError::NoNewKey)), "{refused:?}");
    let refused = holder.rotate(Some(&given.into()));
    assert!(matches!(refused, Err(VaultError::SameKey)), "{refused:?}");
    let next = "ef".repeat(32);
    let place = holder.rotate(Some(&next.clone().into())).unwrap();
    assert_eq!(place, KeyPlace::Environment);
    assert!(!home.path().join("vault/key").exists());
    assert_eq!(names(&with_key(home.path(), &next)), ["firm"]);
}

#[test]
fn a_change_of_the_key_that_was_cut_short_leaves_a_vault_that_opens() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(home.path());
    keep(&vault, "firm");
    // As after the first step: the new key is kept, nothing is sealed with it.
    let path = home.path().join("vault/key");
    let former = fs::read_to_string(&path).unwrap();
    let fresh = Key::random().unwrap().to_text();
    fs::write(&path, format!("{}\n{former}", fresh.expose())).unwrap();
    assert_eq!(names(&vault), ["firm"]);
    // A change in this state seals with the key that opened it.
    keep(&vault, "second");
    assert_eq!(names(&vault), ["firm", "second"]);
    vault.rotate(None).unwrap();
    assert_eq!(names(&vault), ["firm", "second"]);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
}

#[test]
fn changes_at_once_lose_nothing_and_reading_never_fails() {
    let home = tempfile::tempdir().unwrap();
    keep(&vault(home.path()), "first");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let vault = vault(home.path());
                scope.spawn(move || {
                    for number in 0..10 {
                        keep(&vault, &format!("{writer}-{number}"));
                        if number == 5 && writer == 0 {
                            vault.rotate(None).unwrap();
                        }
                    }
                })
            })
            .collect();
        let reader = vault(home.path());
        let done = &done;
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                assert!(names(&reader).contains(&"first".to_owned()));
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(names(&vault(home.path())).len(), 41);
}

#[test]
fn notes_and_keys_are_kept_by_name() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(home.path());
    assert_eq!(vault.note("head").unwrap(), None);
    vault.set_note("head", "17").unwrap();
    assert_eq!(vault.note("head").unwrap().as_deref(), Some("17"));
    assert_ne!(*vault.key("a").unwrap(), *vault.key("b").unwrap());
    assert_eq!(*vault.key("a").unwrap(), *vault.key("a").unwrap());
}

#[test]
fn what_a_killed_process_left_is_swept_away() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(home.path());
    keep(&vault, "firm");
    let left = home.path().join("vault").join(format!("{UNFINISHED}x"));
    fs::write(&left, "half").unwrap();
    keep(&vault, "second");
    assert!(!left.exists());
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_key_or_the_vault_holds_nobody() {
    let home = tempfile::tempdir().unwrap();
    let vault = vault(home.path());
    keep(&vault, "firm");
    for name in ["key", "vault"] {
        let path = home.path().join("vault").join(name);
        let kept = home.path().join("kept");
        fs::rename(&path, &kept).unwrap();
        crate::regular::tests::pipe(&path);
        let error = vault.read().unwrap_err();
        assert!(error.to_string().contains("no regular file"), "{error}");
        fs::rename(&kept, &path).unwrap();
    }
    assert_eq!(names(&vault), ["firm"]);
}
