use super::*;
use alloc::vec::Vec;

/// A zip file of these members, deflated.
pub(crate) fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(0);
    for (name, text) in members {
        let mut part = writer.part(name).unwrap();
        part.push(text.as_bytes()).unwrap();
        part.finish().unwrap();
    }
    writer.finish().unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    match Package::open(bytes) {
        Ok(package) => panic!("taken: {:?}", package.members.len()),
        Err(refused) => refused.message().into(),
    }
}

/// Where the header of a member in the directory begins.
fn directory(bytes: &[u8], nth: usize) -> usize {
    let found = bytes.windows(4).enumerate();
    let mut found = found.filter(|(_, it)| *it == b"PK\x01\x02");
    found.nth(nth).unwrap().0
}

#[test]
fn what_is_written_is_read_again() {
    let long = "x".repeat(100_000);
    let bytes = zipped(&[("a.xml", "hello"), ("ä/b", &long)]);
    let package = Package::open(&bytes).unwrap();
    let read = |name| package.member(name).unwrap().read(1 << 20).unwrap();
    assert_eq!(read("a.xml"), b"hello");
    assert_eq!(read("ä/b"), long.as_bytes());
    assert!(package.members.iter().all(|it| it.check().is_ok()));
    assert!(bytes.len() < 1_000);
    let mut copied = Writer::with_capacity(0);
    for member in &package.members {
        copied.copy(member).unwrap();
    }
    assert_eq!(copied.finish().unwrap(), bytes);
}

#[test]
fn a_name_is_a_plain_path_and_stands_there_once() {
    for name in [
        "../a", "a/../b", "/a", "a//b", "a\\b", "C:a", "a\u{0}", "", ".", "a/.", "a?",
    ] {
        let told = refusal(&zipped(&[("x", ""), (name, "")]));
        assert!(told.contains("plain path"), "{name}: {told}");
    }
    let told = refusal(&zipped(&[("word/a.xml", "1"), ("word/A.XML", "2")]));
    assert!(told.contains("one name"), "{told}");
    assert!(Package::open(&zipped(&[("word/", ""), ("word/a", "")])).is_ok());
}

#[test]
fn a_directory_that_contradicts_its_members_is_refused() {
    let bytes = zipped(&[("aaaa", "one"), ("bbbb", "two")]);
    // The second's name, method, encryption, and place.
    let second = directory(&bytes, 1);
    for (at, value, expected) in [
        (second + 46, b'c', "contradicts"),
        (second + 10, 0, "contradicts"),
        (second + 8, 1, "encrypted"),
        (second + 42, 0, "contradicts"),
    ] {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        let told = refusal(&bytes);
        assert!(told.contains(expected), "{at}: {told}");
    }
    // Two members of one place.
    let mut bytes = zipped(&[("aaaa", "one"), ("aaab", "one")]);
    let second = directory(&bytes, 1);
    bytes[second + 42..second + 46].fill(0);
    bytes[second + 49] = b'a';
    assert!(refusal(&bytes).contains("one name"));
    bytes[second + 49] = b'A';
    assert!(refusal(&bytes).contains("contradicts"));
    // One that reaches into the next.
    let mut bytes = zipped(&[("aaaa", "one"), ("bbbb", "two")]);
    let first = directory(&bytes, 0);
    bytes[first + 20] += 8;
    assert!(refusal(&bytes).contains("over one another"));
    assert!(refusal(b"MZ").contains("begin"));
    assert!(refusal(b"PK\x03\x04").contains("directory"));
    assert!(refusal(&[0xd0, 0xcf, 0x11, 0xe0, 0]).contains("password"));
}

#[test]
fn a_size_that_is_not_what_was_said_is_found() {
    let bytes = zipped(&[("a", &"x".repeat(5_000))]);
    for said in [10_u32, 4_999, 5_001, 100_000] {
        let mut bytes = bytes.clone();
        let first = directory(&bytes, 0);
        bytes[first + 24..first + 28].copy_from_slice(&said.to_le_bytes());
        let package = Package::open(&bytes).unwrap();
        let member = package.member("a").unwrap();
        assert!(member.read(1 << 20).is_err(), "{said}");
        assert!(member.check().is_err(), "{said}");
    }
    let mut bytes = bytes;
    let first = directory(&bytes, 0);
    bytes[first + 16] ^= 1;
    let package = Package::open(&bytes).unwrap();
    assert!(package.member("a").unwrap().read(1 << 20).is_err());
    assert!(package.member("a").unwrap().check().is_err());
}

#[test]
fn what_inflates_beyond_measure_is_refused() {
    let zeros = " ".repeat(10 << 20);
    let told = refusal(&zipped(&[("a", &zeros)]));
    assert!(told.contains("more than any document"), "{told}");
    // Many that are each no larger than a part may be.
    let one = zipped(&[("a", &" ".repeat(4_000_000))]);
    let package = Package::open(&one).unwrap();
    let mut writer = Writer::with_capacity(0);
    for n in 0..40 {
        let name = format!("{n}");
        let member = Member {
            name,
            ..package.members[0].clone()
        };
        writer.copy(&member).unwrap();
    }
    let told = refusal(&writer.finish().unwrap());
    assert!(told.contains("128 MiB"), "{told}");
}

#[test]
fn damage_never_panics() {
    let bytes = zipped(&[("a.xml", "hello hello hello"), ("b/c", "other")]);
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            if let Ok(package) = Package::open(&bytes) {
                for member in &package.members {
                    let _ = (member.read(1 << 20), member.check());
                }
            }
        }
        let _ = Package::open(&bytes[..at]);
    }
}
