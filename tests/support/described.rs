//! Gives a component a description, as the build of an action does.

use clio_host::{Description, FORMAT, RequestRule, SECTION};
use serde_json::{Value, json};
use wasm_encoder::{ComponentSection as _, CustomSection};

/// The component with a description that lists these requests (such as
/// `GET /api/v4/contacts.json`) and these grants, as JSON.
pub fn described(component: &[u8], requests: &[&str], grants: Value) -> Vec<u8> {
    described_as(component, requests, grants, false)
}

/// The same, of a component that may say that it fetches content.
pub fn described_as(component: &[u8], requests: &[&str], grants: Value, content: bool) -> Vec<u8> {
    let requests: Vec<RequestRule> = requests
        .iter()
        .map(|rule| rule.parse().expect("a rule"))
        .collect();
    let description = json!({
        "format": FORMAT, "name": "hostile", "version": "0.1.0", "summary": "attacks its host",
        "interface": "clio:hostile/attack@0.1.0",
        "functions": [{"name": "run"}],
        "requests": requests, "grants": grants, "content": content,
    })
    .to_string();
    Description::parse(description.as_bytes()).expect("a description that a host reads");
    let mut bytes = component.to_vec();
    CustomSection {
        name: SECTION.into(),
        data: description.as_bytes().into(),
    }
    .append_to_component(&mut bytes);
    bytes
}
