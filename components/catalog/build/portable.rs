//! Makes the portable build of an action: the adapter's `credentials` plugged
//! into it, so that nothing remains to import but WASI.

use anyhow::{Context as _, Result, anyhow, ensure};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, PackageId, plug};

use crate::binary;

/// Plugs the adapter into an action.
pub(crate) fn plug_in(name: &str, action: &[u8], adapter: &[u8]) -> Result<Vec<u8>> {
    let portable = compose(name, action, adapter)?;
    // The composer keeps maps. Were the bytes to follow a map's random order,
    // two compositions would differ.
    ensure!(
        portable == compose(name, action, adapter)?,
        "composing the portable build of `{name}` twice gave different bytes"
    );

    // An export whose type does not fit the import is left out of the plugging
    // without a word, so the outcome is looked at.
    for import in binary::imports(&portable)? {
        ensure!(
            import.starts_with("wasi:"),
            "the portable build of `{name}` still imports `{import}`: the adapter's export does not fit, rebuild both from the same `wit/`"
        );
    }
    Ok(portable)
}

/// Insists that an action imports nothing: there is nothing to plug in then.
pub(crate) fn already(name: &str, action: &[u8]) -> Result<()> {
    let imports = binary::imports(action)?;
    ensure!(
        imports.is_empty(),
        "`{name}` lists no requests, but imports {}: an action that makes no request imports nothing",
        imports.join(", ")
    );
    Ok(())
}

fn compose(name: &str, action: &[u8], adapter: &[u8]) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let socket = register(&mut graph, name, action)?;
    let adapter = register(&mut graph, crate::guests::ADAPTER, adapter)?;
    plug(&mut graph, vec![adapter], socket)
        .with_context(|| format!("cannot plug the credentials adapter into `{name}`"))?;
    let portable = graph
        .encode(EncodeOptions::default())
        .with_context(|| format!("cannot encode the portable build of `{name}`"))?;
    binary::without_names(&portable)
}

fn register(graph: &mut CompositionGraph, name: &str, bytes: &[u8]) -> Result<PackageId> {
    let package = Package::from_bytes(&format!("clio:{name}"), None, bytes, graph.types_mut())
        .map_err(|error| anyhow!("cannot read the component `{name}`: {error:#}"))?;
    Ok(graph.register_package(package)?)
}
