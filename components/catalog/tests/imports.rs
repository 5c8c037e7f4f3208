//! What each action imports, exactly: an import more is a capability more that
//! every host would have to give.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use wasmparser::{Parser, Payload};

/// What every action imports of WASI: HTTP and its streams, and the time.
const WASI: [&str; 7] = [
    "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:clocks/wall-clock@0.2.12",
    "wasi:http/outgoing-handler@0.2.12",
    "wasi:http/types@0.2.12",
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
];

/// What a portable build reads its account from.
const ENVIRONMENT: &str = "wasi:cli/environment@0.2.12";

const CREDENTIALS: &str = "clio:actions/credentials@0.1.0";

/// The imports of a component's outermost level.
fn imports(component: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    assert!(names.insert(import.unwrap().name.name.to_owned()));
                }
            }
            _ => {}
        }
    }
    names
}

/// Checks both builds of an action.
#[track_caller]
fn check(action: &str) {
    let action = clio_catalog::action(action).unwrap();
    let wasi: BTreeSet<_> = WASI.iter().map(|name| (*name).to_owned()).collect();
    let with = |name: &str| &wasi | &BTreeSet::from([name.to_owned()]);
    assert_eq!(imports(action.portable), with(ENVIRONMENT));
    assert_eq!(imports(action.component), with(CREDENTIALS));
}

#[test]
fn of_sync_contact() {
    check("sync-contact");
}

#[test]
fn of_read_document() {
    check("read-document");
}

#[test]
fn of_generate_document() {
    check("generate-document");
}

#[test]
fn of_check_connection() {
    check("check-connection");
}

#[test]
fn of_setup_markers() {
    check("setup-markers");
}

#[test]
fn of_custom_fields() {
    check("custom-fields");
}

#[test]
fn of_update_matter() {
    check("update-matter");
}

#[test]
fn of_webhooks() {
    check("webhooks");
}

#[test]
fn of_pull_matters() {
    check("pull-matters");
}

#[test]
fn of_lookup() {
    check("lookup");
}

#[test]
fn of_create_matter() {
    check("create-matter");
}

#[test]
fn of_upload_document() {
    check("upload-document");
}

#[test]
fn of_find_documents() {
    check("find-documents");
}

#[test]
fn of_detect_documents() {
    check("detect-documents");
}

#[test]
fn of_receive_webhook() {
    let action = clio_catalog::action("receive-webhook").unwrap();
    for build in [action.component, action.portable] {
        assert_eq!(imports(build), BTreeSet::new());
    }
}

#[test]
fn no_action_is_left_out() {
    let names: Vec<_> = clio_catalog::actions().iter().map(|it| it.name).collect();
    assert_eq!(
        names,
        [
            "sync-contact",
            "create-matter",
            "upload-document",
            "find-documents",
            "detect-documents",
            "setup-markers",
            "check-connection",
            "custom-fields",
            "update-matter",
            "pull-matters",
            "lookup",
            "webhooks",
            "receive-webhook",
            "read-document",
            "generate-document",
        ]
    );
}
