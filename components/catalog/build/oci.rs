//! How a component is pushed to a registry of OCI artifacts: a file for each, for
//! people and scripts that use `wkg`.
//!
//! The names are those of `wkg` and of the OCI's specification of annotations.
//! The requests that an action may make are said there too, so that who pulls a
//! component knows its policy before running it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::manifest::{Grant, Manifest, Request};

/// The namespace of the components' packages.
const NAMESPACE: &str = "clio";

/// What `wkg` writes of a component, by the layout of Wasm OCI artifacts.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";

/// What is said of a component, in it and beside it.
#[derive(Debug, Clone)]
pub(crate) struct About<'a> {
    /// Its package, such as `clio:sync-contact`.
    pub(crate) package: String,
    pub(crate) version: &'a str,
    pub(crate) summary: &'a str,
    pub(crate) licence: &'a str,
    /// Where its sources lie, if they are published.
    pub(crate) source: Option<&'a str>,
}

/// The name of a component's package. A label of a package has no dot, so the
/// portable build has a name of its own.
pub(crate) fn package(action: &str, suffix: &str) -> String {
    format!("{NAMESPACE}:{action}{}", suffix.replace('.', "-"))
}

/// The file of one component.
#[derive(Debug, Serialize)]
struct Push<'a> {
    package: &'a str,
    version: &'a str,
    file: &'a str,
    config_media_type: &'static str,
    layer_media_type: &'static str,
    annotations: BTreeMap<&'static str, &'a str>,
    policy: Policy<'a>,
    /// The arguments of `wkg`. `REGISTRY` stands for where it goes.
    wkg: Vec<String>,
}

/// What a call of the component may send.
#[derive(Debug, Serialize)]
struct Policy<'a> {
    requests: &'a [Request],
    grants: &'a [Grant],
    content: bool,
}

/// Writes how `file` is pushed.
pub(crate) fn push(
    about: &About<'_>,
    file: &str,
    manifest: &Manifest,
) -> serde_json::Result<String> {
    let requests: Vec<String> = manifest.requests.iter().map(ToString::to_string).collect();
    let requests = requests.join(", ");
    let mut annotations = BTreeMap::from([
        ("clio.action.requests", requests.as_str()),
        ("org.opencontainers.image.description", about.summary),
        ("org.opencontainers.image.licenses", about.licence),
        ("org.opencontainers.image.title", manifest.name.as_str()),
        ("org.opencontainers.image.version", about.version),
    ]);
    if let Some(source) = about.source {
        annotations.insert("org.opencontainers.image.source", source);
    }
    let mut wkg = vec!["oci".to_owned(), "push".to_owned()];
    for (name, value) in &annotations {
        wkg.extend(["--annotation".to_owned(), format!("{name}={value}")]);
    }
    let repository = about.package.replace(':', "/");
    wkg.push(format!("REGISTRY/{repository}:{}", about.version));
    wkg.push(file.to_owned());
    serde_json::to_string_pretty(&Push {
        package: &about.package,
        version: about.version,
        file,
        config_media_type: CONFIG,
        layer_media_type: LAYER,
        annotations,
        policy: Policy {
            requests: &manifest.requests,
            grants: &manifest.grants,
            content: manifest.content,
        },
        wkg,
    })
}
