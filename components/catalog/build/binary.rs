//! Looks into a component's bytes, and tidies and extends them.

use anyhow::Result;
use wasm_encoder::{ComponentNameSection, ComponentSection as _, CustomSection};
use wasmparser::{BinaryReader, Parser, Payload};

use crate::oci::About;

/// The custom section that holds an action's description, as JSON.
const DESCRIPTION: &str = "clio:action";

/// The custom section that names a component's items for debuggers.
const NAMES: &str = "component-name";

/// The length of a component's magic number and version.
const HEADER: usize = 8;

/// Names what a component imports, in its order.
pub(crate) fn imports(component: &[u8]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.push(import?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// Removes the names of a component's items: kilobytes that nothing reads. The
/// profile's `strip` removes those of the core module alone.
pub(crate) fn without_names(component: &[u8]) -> Result<Vec<u8>> {
    let mut kept = Vec::with_capacity(component.len());
    let mut reader = BinaryReader::new(component, 0);
    kept.extend_from_slice(reader.read_bytes(HEADER)?);
    while !reader.eof() {
        let start = reader.original_position();
        let is_custom = reader.read_u8()? == 0;
        let length = reader.read_var_u32()? as usize;
        let contents = reader.read_bytes(length)?;
        if is_custom && BinaryReader::new(contents, 0).read_string()? == NAMES {
            continue;
        }
        kept.extend_from_slice(&component[start..reader.original_position()]);
    }
    Ok(kept)
}

/// Appends what registries read of a component, as the sections that the tools'
/// conventions name for it. No revision: it would make other bytes of the same
/// sources.
pub(crate) fn append_about(component: &mut Vec<u8>, about: &About<'_>) {
    let mut name = ComponentNameSection::new();
    name.component(&about.package);
    name.append_to_component(component);
    let said = [
        ("description", Some(about.summary)),
        ("licenses", Some(about.licence)),
        ("source", about.source),
        ("version", Some(about.version)),
    ];
    for (name, said) in said {
        let Some(said) = said else { continue };
        CustomSection {
            name: name.into(),
            data: said.as_bytes().into(),
        }
        .append_to_component(component);
    }
}

/// Appends an action's description. This must be the last thing done to a
/// component: what composes or strips components drops sections that it does
/// not know.
pub(crate) fn append_description(component: &mut Vec<u8>, description: &str) {
    CustomSection {
        name: DESCRIPTION.into(),
        data: description.as_bytes().into(),
    }
    .append_to_component(component);
}
