//! `action.toml`: what is taken, and what stops the build.

#![allow(clippy::unwrap_used, clippy::expect_used)]
// The build reads every member; these tests look at what is refused.
#![allow(dead_code)]

#[path = "../build/manifest.rs"]
mod manifest;

use manifest::Manifest;

const VALID: &str = r#"
name = "sample"
summary = "Does something."
place = 1
cost = 2
usual_requests = "2"
content = false
permissions = ["documents:read", "documents:write"]

[hints]
read_only = false
destructive = false
idempotent = true

[[requests]]
method = "GET"
path = "/api/v4/documents/{id}.json"

[[requests]]
method = "POST"
path = "/api/v4/documents.json"

[[grants]]
method = "POST"
path = "/api/v4/documents.json"
member = "/data/latest_document_version/put_url"
allows = "PUT"
"#;

/// Replaces a part of the valid file and expects the reason to be named.
#[track_caller]
fn refused(part: &str, replacement: &str, reason: &str) {
    assert!(VALID.contains(part), "nothing to replace: {part}");
    let text = VALID.replacen(part, replacement, 1);
    let error = format!("{:#}", Manifest::parse(&text, "sample").unwrap_err());
    assert!(error.contains(reason), "{error}");
}

#[test]
fn a_complete_file_is_taken() {
    let manifest = Manifest::parse(VALID, "sample").unwrap();
    assert_eq!(manifest.requests.len(), 2);
    assert_eq!(manifest.grants.len(), 1);
}

#[test]
fn a_grant_may_come_from_a_redirect() {
    let member = "member = \"/data/latest_document_version/put_url\"";
    let text = VALID.replace(member, "header = \"location\"");
    let manifest = Manifest::parse(&text, "sample").unwrap();
    let grant = serde_json::to_value(&manifest.grants[0]).unwrap();
    assert_eq!(grant["header"], "location");
    assert_eq!(grant.get("member"), None);
}

#[test]
fn the_name_is_the_folders() {
    let error = Manifest::parse(VALID, "other").unwrap_err().to_string();
    assert!(error.contains("the folder is `other`"), "{error}");
}

#[test]
fn unknown_members_and_methods_are_refused() {
    refused("cost = 2", "cost = 2\ncosts = 3", "costs");
    refused("read_only = false", "readonly = false", "readonly");
    refused("\"GET\"", "\"get\"", "get");
    refused("\"GET\"", "\"TRACE\"", "TRACE");
}

#[test]
fn paths_stay_below_the_api() {
    refused(
        "/api/v4/documents/{id}.json",
        "/oauth/token",
        "does not begin with `/api/v4/`",
    );
    refused(
        "/api/v4/documents/{id}.json",
        "/api/v4/../oauth/token",
        "a dot segment",
    );
    refused(
        "/api/v4/documents/{id}.json",
        "/api/v4//documents",
        "an empty segment",
    );
    refused(
        "/api/v4/documents/{id}.json",
        "/api/v4/documents/*",
        "may hold letters",
    );
    refused(
        "/api/v4/documents/{id}.json",
        "/api/v4/documents/{name}.json",
        "may hold letters",
    );
    refused(
        "/api/v4/documents/{id}.json",
        "/api/v4/documents.json?fields=id",
        "may hold letters",
    );
    refused(
        "/api/v4/documents/{id}.json",
        "/api/v4/documents/%2e%2e",
        "may hold letters",
    );
}

#[test]
fn a_grant_comes_from_a_listed_request() {
    refused(
        "[[grants]]\nmethod = \"POST\"",
        "[[grants]]\nmethod = \"PATCH\"",
        "is not listed in `requests`",
    );
    refused(
        "\"/data/latest_document_version/put_url\"",
        "\"data\"",
        "is no JSON Pointer",
    );
    refused(
        "member = \"/data/latest_document_version/put_url\"",
        "header = \"server\"",
        "names no URL",
    );
    for both in ["", "member = \"/data\"\nheader = \"location\""] {
        refused(
            "member = \"/data/latest_document_version/put_url\"",
            both,
            "either a `member`",
        );
    }
    refused(
        "allows = \"PUT\"",
        "allows = \"DELETE\"",
        "presigned URLs take GET or PUT",
    );
}

#[test]
fn hints_agree_with_the_requests() {
    refused(
        "read_only = false",
        "read_only = true",
        "`hints.read_only` is true, but `requests` lists",
    );
}

#[test]
fn repetitions_and_empty_members_are_refused() {
    refused(
        "\"documents:write\"",
        "\"documents:read\"",
        "`permissions` lists",
    );
    refused("\"documents:write\"", "\"documents\"", "is none");
    refused("\"documents:write\"", "\"documents:admin\"", "is none");
    refused("cost = 2", "cost = 0", "`cost` is 0");
    let (head, rest) = VALID.split_once("[hints]").unwrap();
    let hints = rest.split_once("[[requests]]").unwrap().0;
    let offline = format!("{head}requests = []\n[hints]{hints}");
    let error = Manifest::parse(&offline, "sample").unwrap_err().to_string();
    assert!(error.contains("`requests` is empty"), "{error}");
    let offline = offline.replace("cost = 2", "cost = 0");
    assert!(Manifest::parse(&offline, "sample").unwrap().is_offline());
    refused("\"Does something.\"", "\" \"", "`summary` is empty");
}
