//! Reads a finished component back as WIT, as `wasm-tools component wit` does.
//!
//! Some custom sections make tools refuse a component that every runtime takes.
//! So what is handed out is read back at its last moment, with its description
//! in it. The text is kept beside the component, where the tests look at it.

use anyhow::{Context as _, Result, bail};
use wit_component::{DecodedWasm, WitPrinter};

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
