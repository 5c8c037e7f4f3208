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

#[test]
fn every_action_imports_exactly_http_the_time_and_its_account() {
    let wasi: BTreeSet<_> = WASI.iter().map(|name| (*name).to_owned()).collect();
    let hour = BTreeSet::from(["wasi:clocks/wall-clock@0.2.12".to_owned()]);
    let without_hour = &wasi - &hour;
    let with = |wasi: &BTreeSet<String>, name: &str| wasi | &BTreeSet::from([name.to_owned()]);
    for action in clio_catalog::actions() {
        let name = action.name;
        // One that makes no request at all imports nothing, not even time.
        let offline = ["\"requests\":[]", "\"content\":false"];
        let is_offline = offline.iter().all(|it| action.description.contains(it));
        // Who asks Clio nothing has nothing to tell the hour for.
        let asks_clio = !action.description.contains(offline[0]);
        let wasi = if asks_clio { &wasi } else { &without_hour };
        let (component, portable) = match is_offline {
            true => (BTreeSet::new(), BTreeSet::new()),
            false => (with(wasi, CREDENTIALS), with(wasi, ENVIRONMENT)),
        };
        assert_eq!(imports(action.component()), component, "{name}");
        assert_eq!(imports(action.portable()), portable, "{name}");
    }
}

#[test]
fn receive_webhook_imports_nothing() {
    let action = clio_catalog::action("receive-webhook").unwrap();
    assert_eq!(imports(action.component()), BTreeSet::new());
}
