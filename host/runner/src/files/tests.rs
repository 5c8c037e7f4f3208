#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use std::fs;

fn case() -> (tempfile::TempDir, Folder) {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("case/scans")).unwrap();
    fs::write(root.path().join("secret.txt"), "key").unwrap();
    fs::write(root.path().join("case/retainer.pdf"), "abc").unwrap();
    fs::write(root.path().join("case/scans/page.png"), "").unwrap();
    let folder = Folder::open(&root.path().join("case")).unwrap();
    (root, folder)
}

#[test]
fn a_file_in_the_folder_is_opened_with_its_length_type_and_digest() {
    let (_root, folder) = case();
    let mut file = folder.file("retainer.pdf").unwrap();
    assert_eq!((file.length, file.media_type), (3, Some("application/pdf")));
    assert_eq!(
        file.sha256().unwrap().to_string(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    let mut text = String::new();
    file.into_handle().read_to_string(&mut text).unwrap();
    assert_eq!(text, "abc");
    assert!(folder.file("scans/page.png").is_ok());
}

#[test]
fn a_name_may_begin_at_the_folder_itself() {
    let (root, folder) = case();
    assert_eq!(folder.file("./retainer.pdf").unwrap().length, 3);
    assert!(folder.file("./scans/page.png").is_ok());
    assert!(matches!(
        folder.file("./absent.pdf"),
        Err(FileError::Missing(_))
    ));
    fs::write(root.path().join("case/.env"), "key").unwrap();
    assert!(matches!(folder.file("./.env"), Err(FileError::Hidden)));
    for name in [".", "./", "./.", "./../secret.txt", "./.."] {
        let refused = matches!(folder.file(name), Err(FileError::NotRelative));
        assert!(refused, "{name:?}");
    }
}

#[test]
fn a_name_that_is_not_simply_inside_is_refused() {
    let (root, folder) = case();
    let absolute = root.path().join("case/retainer.pdf");
    let names = [
        "",
        "..",
        "../secret.txt",
        "scans/../retainer.pdf",
        "./../secret.txt",
        "a\0b",
    ];
    for name in names.into_iter().chain([absolute.to_str().unwrap()]) {
        let refused = matches!(folder.file(name), Err(FileError::NotRelative));
        assert!(refused, "{name:?}");
    }
    assert!(matches!(
        folder.file("absent.pdf"),
        Err(FileError::Missing(_))
    ));
    assert!(matches!(
        folder.file("retainer.pdf/x"),
        Err(FileError::Missing(_))
    ));
    assert!(matches!(folder.file("scans"), Err(FileError::NotRegular)));
}

// CASES T8
#[cfg(target_os = "linux")]
#[test]
fn a_name_is_found_however_its_letters_are_encoded() {
    let (root, folder) = case();
    let write = |name: &str| fs::write(root.path().join("case").join(name), name).unwrap();
    let (composed, decomposed) = ("Résumé.pdf", "Re\u{301}sume\u{301}.pdf");
    write(decomposed);
    assert!(folder.file(composed).is_ok());
    assert!(folder.file(decomposed).is_ok());
    assert!(matches!(
        folder.file("Resume.pdf"),
        Err(FileError::Missing(_))
    ));
    write(composed);
    for name in [composed, decomposed] {
        assert!(matches!(folder.file(name), Err(FileError::Ambiguous)));
    }
    // A folder's name is one as well.
    fs::create_dir(root.path().join("case/Vertra\u{308}ge")).unwrap();
    write("Vertra\u{308}ge/한글.pdf");
    let conjoined = "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}";
    assert!(folder.file(&format!("Verträge/{conjoined}.pdf")).is_ok());
    // A system puts a narrow space before AM, and a person types another.
    write("Shot 9.00\u{202f}AM.png");
    assert!(folder.file("Shot 9.00 AM.png").is_ok());
    write("Shot 9.00 AM.png");
    assert!(folder.file("Shot 9.00 AM.png").is_ok());
    let file = folder.file("Shot 9.00\u{202f}AM.png").unwrap();
    assert_eq!(
        file.length, 18,
        "the very name goes before one that looks so"
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_inside_and_refused_when_it_leads_out() {
    use std::os::unix::fs::symlink;
    let (root, folder) = case();
    let inside = root.path().join("case");
    symlink("retainer.pdf", inside.join("copy.pdf")).unwrap();
    symlink("../secret.txt", inside.join("out.pdf")).unwrap();
    symlink(root.path().join("secret.txt"), inside.join("absolute.pdf")).unwrap();
    symlink("..", inside.join("up")).unwrap();
    assert!(folder.file("copy.pdf").is_ok());
    for name in ["out.pdf", "absolute.pdf", "up/secret.txt"] {
        let error = folder.file(name).expect_err(name);
        assert!(matches!(error, FileError::Outside(_)), "{name}: {error}");
    }
}

// CASES S13
#[test]
fn what_is_hidden_is_taken_only_when_it_is_asked_for() {
    let (root, folder) = case();
    let inside = root.path().join("case");
    fs::create_dir_all(inside.join(".ssh")).unwrap();
    fs::create_dir_all(inside.join("scans/.cache")).unwrap();
    let names = [
        ".ssh/id_ed25519",
        ".env",
        "scans/.cache/a.pdf",
        "scans/.a.pdf",
    ];
    for name in names {
        fs::write(inside.join(name), "key").unwrap();
        assert!(
            matches!(folder.file(name), Err(FileError::Hidden)),
            "{name}"
        );
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(".ssh/id_ed25519", inside.join("letter.pdf")).unwrap();
        std::os::unix::fs::symlink(".ssh", inside.join("letters")).unwrap();
        for name in ["letter.pdf", "letters/id_ed25519"] {
            assert!(
                matches!(folder.file(name), Err(FileError::Hidden)),
                "{name}"
            );
        }
    }
    let folder = folder.with_hidden(true);
    for name in names {
        assert!(folder.file(name).is_ok(), "{name}");
    }
    // The folder's own name is the person's.
    let hidden = Folder::open(&inside.join(".ssh")).unwrap();
    assert!(hidden.file("id_ed25519").is_ok());
    assert!(
        hidden
            .file("a..pdf")
            .is_err_and(|it| matches!(it, FileError::Missing(_)))
    );
}

// CASES S13
#[test]
fn a_file_that_no_upload_carries_is_refused_before_it_is_read() {
    let (root, folder) = case();
    let sparse = File::create(root.path().join("case/sparse.pdf")).unwrap();
    // Not every file system has room for a sparse one.
    for (length, taken) in [
        (MOST_BYTES, true),
        (MOST_BYTES + 1, false),
        (4 << 40, false),
    ] {
        if sparse.set_len(length).is_ok() {
            assert_eq!(folder.file("sparse.pdf").is_ok(), taken, "{length}");
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_without_waiting_for_it() {
    let (root, folder) = case();
    let fifo = root.path().join("case/fifo.pdf");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    if made.is_ok_and(|status| status.success()) {
        assert!(matches!(
            folder.file("fifo.pdf"),
            Err(FileError::NotRegular)
        ));
    }
    if Path::new("/dev/zero").exists() {
        let devices = Folder::open(Path::new("/dev")).unwrap();
        assert!(matches!(devices.file("zero"), Err(FileError::NotRegular)));
    }
    let _socket =
        std::os::unix::net::UnixListener::bind(root.path().join("case/socket.pdf")).unwrap();
    assert!(matches!(
        folder.file("socket.pdf"),
        Err(FileError::NotRegular)
    ));
}

#[test]
fn the_file_that_was_checked_is_the_file_that_is_read() {
    let (root, folder) = case();
    let path = root.path().join("case/retainer.pdf");
    let mut file = folder.file("retainer.pdf").unwrap();
    fs::rename(&path, root.path().join("moved")).unwrap();
    fs::write(&path, "swapped").unwrap();
    assert_eq!(
        file.sha256().unwrap().to_string(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

fn roots(paths: &[&std::path::Path]) -> Roots {
    let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
    Roots::open(&paths, false).unwrap()
}

#[test]
fn of_several_folders_the_first_that_has_a_file_counts_and_a_whole_path_says_which() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    for (folder, name, text) in [(&one, "a", "1"), (&two, "a", "22"), (&two, "b", "333")] {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(name), text).unwrap();
    }
    fs::write(root.path().join("c"), "4444").unwrap();
    let roots = roots(&[&one, &two]);
    let whole = |path: PathBuf| path.to_str().unwrap().to_owned();
    for (name, length) in [
        ("a".to_owned(), 1),
        ("b".to_owned(), 3),
        (whole(one.join("a")), 1),
        (whole(two.join("a")), 2),
    ] {
        assert_eq!(roots.file(&name).unwrap().length, length, "{name}");
    }
    for name in [
        whole(root.path().join("c")),
        whole(one.join("../c")),
        whole(root.path().join("one-more/a")),
    ] {
        assert!(
            matches!(roots.file(&name), Err(FileError::NotRelative)),
            "{name}"
        );
    }
    assert!(matches!(roots.file("c"), Err(FileError::Missing(_))));
    assert!(matches!(Roots::none().file("a"), Err(FileError::NoFolder)));
}

#[cfg(unix)]
#[test]
fn a_new_file_is_whole_before_it_has_its_name_and_takes_no_others() {
    use std::io::Write as _;
    let (root, folder) = case();
    let begun = folder.create("scans/new.pdf").unwrap();
    begun.handle().write_all(b"new").unwrap();
    let path = root.path().join("case/scans/new.pdf");
    assert_eq!(begun.path(), path);
    assert!(!path.exists());
    begun.keep().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    // One that somebody else made meanwhile stays.
    let begun = folder.create("late.pdf").unwrap();
    fs::write(root.path().join("case/late.pdf"), "theirs").unwrap();
    let error = begun.keep().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(
        fs::read(root.path().join("case/late.pdf")).unwrap(),
        b"theirs"
    );
    drop(folder.create("given-up.pdf").unwrap());
    let left: Vec<_> = fs::read_dir(root.path().join("case"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().contains("part") || name == "given-up.pdf")
        .collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}

#[cfg(unix)]
#[test]
fn no_new_file_leads_out_or_over_one() {
    let (root, folder) = case();
    let at = |name: &str| root.path().join("case").join(name);
    std::os::unix::fs::symlink(root.path(), at("up")).unwrap();
    std::os::unix::fs::symlink(root.path().join("absent"), at("dangling")).unwrap();
    fs::create_dir(at(".keys")).unwrap();
    let refused = |name: &str| folder.create(name).unwrap_err();
    assert!(matches!(refused("up/new.pdf"), FileError::Outside(_)));
    assert!(matches!(refused("absent/new.pdf"), FileError::Missing(_)));
    for name in ["retainer.pdf", "dangling", "up", "scans"] {
        assert!(matches!(refused(name), FileError::Exists), "{name}");
    }
    for name in ["../new.pdf", "", "/new.pdf", "scans/../../new.pdf"] {
        assert!(matches!(refused(name), FileError::NotRelative), "{name}");
    }
    for name in [".new", ".keys/new"] {
        assert!(matches!(refused(name), FileError::Hidden), "{name}");
    }
    assert!(!root.path().join("new.pdf").exists());
}
