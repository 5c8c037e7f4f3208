//! A first look at a component's bytes, before anything is compiled.
//!
//! What must stay true: a component that imports anything beyond HTTP, clocks,
//! standard streams and the account of the call is refused here, by the name of
//! that import. Sockets, files and randomness are not linked at all, so this is
//! for the message, not for the safety.

use semver::Version;
use wasmparser::{Encoding, Parser, Payload};

use crate::description::SECTION;

/// The largest component in bytes. Ours are below 350 KB.
pub(crate) const MAX_COMPONENT_BYTES: usize = 16 << 20;

/// The largest description in bytes. Ours are below 100 KB, and as a tree it can
/// take a hundred times as much.
const MAX_DESCRIPTION_BYTES: usize = 256 << 10;

/// The WASI packages whose interfaces are linked.
const PACKAGES: [&str; 4] = ["wasi:cli/", "wasi:clocks/", "wasi:http/", "wasi:io/"];

/// The one interface of ours.
const CREDENTIALS: &str = "clio:actions/credentials";

/// Why bytes are not taken as an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// Too many bytes.
    #[error("the component has {0} bytes, and {MAX_COMPONENT_BYTES} are the most")]
    TooLarge(usize),
    /// No WebAssembly.
    #[error("these bytes are no WebAssembly component: {0}")]
    Malformed(String),
    /// A core module.
    #[error(
        "these bytes are a core WebAssembly module, not a component; build for the target \
         wasm32-wasip2"
    )]
    CoreModule,
    /// An import that this host does not give.
    #[error(
        "the component imports `{0}`, which this host does not give; an action may import \
         wasi:http/outgoing-handler, wasi:http/types, wasi:io, wasi:clocks, wasi:cli (all 0.2) \
         and clio:actions/credentials@0.1"
    )]
    Import(String),
    /// Too large a description.
    #[error("the component's `{SECTION}` section is larger than {MAX_DESCRIPTION_BYTES} bytes")]
    Description,
}

/// An import of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Import {
    /// Its name with its version, such as `wasi:http/types@0.2.12`.
    pub name: String,
    /// Whether this host gives it.
    pub given: bool,
}

/// What a component says about itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inspection<'a> {
    /// Its imports, in order.
    pub(crate) imports: Vec<Import>,
    /// Its description as JSON, if it brings one.
    pub(crate) description: Option<&'a [u8]>,
}

impl Inspection<'_> {
    /// That this host gives all that is imported.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) fn all_given(&self) -> Result<(), InspectError> {
        match self.imports.iter().find(|import| !import.given) {
            Some(import) => Err(InspectError::Import(import.name.clone())),
            None => Ok(()),
        }
    }
}

/// Reads the imports and the description of a component.
///
/// # Errors
/// When the bytes are no component, or too many.
pub(crate) fn inspect(bytes: &[u8]) -> Result<Inspection<'_>, InspectError> {
    if bytes.len() > MAX_COMPONENT_BYTES {
        return Err(InspectError::TooLarge(bytes.len()));
    }
    let malformed =
        |error: wasmparser::BinaryReaderError| InspectError::Malformed(error.message().to_owned());
    let mut inspection = Inspection {
        imports: Vec::new(),
        description: None,
    };
    // How deep the payload lies: 0 is the component itself.
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(malformed)? {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } if depth == 0 => {
                return Err(InspectError::CoreModule);
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let name = import.map_err(malformed)?.name.name.to_owned();
                    let given = is_given(&name);
                    inspection.imports.push(Import { name, given });
                }
            }
            Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                if section.data().len() > MAX_DESCRIPTION_BYTES {
                    return Err(InspectError::Description);
                }
                inspection.description = Some(section.data());
            }
            _ => {}
        }
    }
    Ok(inspection)
}

fn is_given(import: &str) -> bool {
    let Some((name, version)) = import.split_once('@') else {
        return false;
    };
    let Ok(version) = Version::parse(version) else {
        return false;
    };
    if !version.pre.is_empty() {
        // A pre-release matches no other version, and the linker has none.
        return false;
    }
    if name == CREDENTIALS {
        return (version.major, version.minor) == (0, 1);
    }
    let given = PACKAGES.iter().any(|package| name.starts_with(package))
        // An action sends requests; it does not serve any.
        && name != "wasi:http/incoming-handler"
        && name != "wasi:clocks/timezone";
    given && (version.major, version.minor) == (0, 2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_given_and_what_is_not() {
        let given = [
            "wasi:http/outgoing-handler@0.2.12",
            "wasi:http/types@0.2.0",
            "wasi:io/streams@0.2.3",
            "wasi:cli/environment@0.2.6",
            "wasi:cli/terminal-stderr@0.2.0",
            "wasi:clocks/wall-clock@0.2.0",
            "clio:actions/credentials@0.1.0",
            "clio:actions/credentials@0.1.7",
        ];
        for name in given {
            assert!(is_given(name), "{name}");
        }
        let refused = [
            "wasi:sockets/tcp@0.2.0",
            "wasi:filesystem/types@0.2.0",
            "wasi:random/random@0.2.0",
            "wasi:http/handler@0.3.0",
            "wasi:http/incoming-handler@0.2.0",
            "wasi:http-evil/types@0.2.0",
            "wasi:http/types",
            "wasi:io/streams@0.20.0",
            "wasi:io/streams@0.2",
            "wasi:io/streams@0.2.0-rc-2023-11-10",
            "wasi:clocks/timezone@0.2.0",
            "clio:actions/credentials@0.2.0",
            "clio:actions/credentials",
            "clio:actions/sync-contact@0.1.0",
            "env",
        ];
        for name in refused {
            assert!(!is_given(name), "{name}");
        }
    }

    fn bytes(wat: &str) -> Vec<u8> {
        wat::parse_str(wat).unwrap()
    }

    #[test]
    fn an_import_that_is_not_given_is_named() {
        let wat = r#"(component (import "wasi:sockets/tcp@0.2.0" (instance)))"#;
        let bytes = bytes(wat);
        let error = inspect(&bytes).unwrap().all_given().unwrap_err();
        assert_eq!(error, InspectError::Import("wasi:sockets/tcp@0.2.0".into()));
    }

    #[test]
    fn only_the_outermost_component_speaks_for_itself() {
        let wat = r#"(component
            (component (import "wasi:sockets/tcp@0.2.0" (instance))
                (@custom "clio:action" "inner"))
            (core module (import "env" "f" (func)))
            (import "wasi:io/error@0.2.0" (instance))
            (@custom "clio:action" "outer"))"#;
        let bytes = bytes(wat);
        let inspection = inspect(&bytes).unwrap();
        let [import] = inspection.imports.as_slice() else {
            panic!("{inspection:?}");
        };
        assert_eq!(import.name, "wasi:io/error@0.2.0");
        assert_eq!(inspection.all_given(), Ok(()));
        assert_eq!(inspection.description, Some(&b"outer"[..]));
    }

    #[test]
    fn other_bytes_are_refused_with_the_reason() {
        assert_eq!(
            inspect(&bytes("(module)")).unwrap_err(),
            InspectError::CoreModule
        );
        assert!(matches!(
            inspect(b"PK\x03\x04"),
            Err(InspectError::Malformed(_))
        ));
        assert!(matches!(inspect(b""), Err(InspectError::Malformed(_))));
        let large = vec![0; MAX_COMPONENT_BYTES + 1];
        assert!(matches!(inspect(&large), Err(InspectError::TooLarge(_))));
    }
}
