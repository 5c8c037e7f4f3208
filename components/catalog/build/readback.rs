//! Reads a finished component back as WIT, as `wasm-tools component wit` does.
//!
//! Some custom sections make tools refuse a component that every runtime takes.
//! So what is handed out is read back at its last moment, with its description
//! in it. The text is kept beside the component, where the tests look at it.

use anyhow::{Context as _, Result, bail, ensure};
use wasm_metadata::Payload;
use wit_component::{DecodedWasm, WitPrinter};

use crate::oci::About;

/// Reads what is said of a component back, as registries' tools do.
pub(crate) fn about(component: &[u8], about: &About<'_>) -> Result<()> {
    let payload = Payload::from_binary(component).context("its metadata cannot be read back")?;
    let told = payload.metadata();
    let said = |it: Option<String>| it.unwrap_or_default();
    let [description, licences, source, version] = [
        told.description.as_ref().map(ToString::to_string),
        told.licenses.as_ref().map(ToString::to_string),
        told.source.as_ref().map(ToString::to_string),
        told.version.as_ref().map(ToString::to_string),
    ]
    .map(said);
    ensure!(
        told.name.as_deref() == Some(about.package.as_str())
            && description == about.summary
            && licences == about.licence
            && source == about.source.unwrap_or_default()
            && version == about.version,
        "its metadata reads back as something else: {told:?}"
    );
    Ok(())
}

/// Prints the world of a component.
pub(crate) fn wit(component: &[u8]) -> Result<String> {
    let decoded = wit_component::decode(component).context("cannot be read back as WIT")?;
    let DecodedWasm::Component(resolve, world) = &decoded else {
        bail!("reads back as a WIT package and not as a component");
    };
    let package = resolve.worlds[*world]
        .package
        .context("reads back as a world without a package")?;
    let others: Vec<_> = resolve
        .packages
        .iter()
        .map(|(id, _)| id)
        .filter(|id| *id != package)
        .collect();
    let mut printer = WitPrinter::default();
    printer
        .print(resolve, package, &others)
        .context("cannot be printed as WIT")?;
    Ok(printer.output.to_string())
}
