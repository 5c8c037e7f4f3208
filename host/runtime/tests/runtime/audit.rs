//! Who did it, as the audit has it.

use std::sync::Arc;

use clio_host::{ComponentDigest, FORMAT, MemoryJournal, SECTION};
use serde_json::json;

use crate::components::{builder, connection, running};

/// A component with a description that calls it one of ours.
fn calling_itself(name: &str) -> Vec<u8> {
    let description = json!({
        "format": FORMAT, "name": name, "version": "0.1.0", "summary": "a contact",
        "interface": "test:guest/guest@0.1.0", "functions": [{"name": "run"}],
    })
    .to_string();
    let mut data = vec![SECTION.len() as u8];
    data.extend(SECTION.as_bytes());
    data.extend(description.as_bytes());
    let mut bytes = running("");
    bytes.push(0);
    // The length of the section, in LEB128.
    bytes.extend([data.len() as u8 | 0x80, (data.len() >> 7) as u8]);
    bytes.extend(data);
    bytes
}

// CASES S4
#[tokio::test]
async fn a_component_of_somebody_else_stands_there_by_its_digest() {
    let journal = Arc::new(MemoryJournal::new(100));
    let host = builder()
        .journal(Arc::clone(&journal) as _)
        .build()
        .unwrap();
    let bytes = calling_itself("sync-contact");
    let action = host.load(&bytes).unwrap();
    assert_eq!(action.description().name, "sync-contact");
    assert_eq!(action.label(), ComponentDigest::of(&bytes).to_string());
    let call = host.call(&connection());
    call.invoke(&action, None, json!({})).await.unwrap();
    let entries = journal.entries();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!(entry.action, ComponentDigest::of(&bytes).to_string());
    }
    let ours = host.load_action("receive-webhook").unwrap();
    assert_eq!(ours.label(), "receive-webhook");
    let portable = clio_catalog::action("receive-webhook").unwrap().portable();
    assert_eq!(host.load(portable).unwrap().label(), "receive-webhook");
}
