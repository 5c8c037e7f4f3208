//! A first look at a component's bytes, before anything is compiled.
//!
//! What must stay true: a component that imports anything beyond what
//! `wasi` gives is refused here, by the name of that import. What is not
//! given is not linked at all, so this is for the message, not for the safety.

use semver::Version;
use wasmparser::{Encoding, Parser, Payload};

use crate::description::SECTION;

/// The largest component in bytes. Ours are below 400 KB; one with an interpreter
/// in it has 12 to 19 MB.
pub(crate) const MAX_COMPONENT_BYTES: usize = 32 << 20;

/// The largest description in bytes. Ours are below 100 KB, and as a tree it can
/// take a hundred times as much.
const MAX_DESCRIPTION_BYTES: usize = 256 << 10;

/// The WASI packages whose interfaces are linked.
const PACKAGES: [&str; 6] = [
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:http/",
    "wasi:io/",
    "wasi:random/",
];

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
         wasi:http/outgoing-handler, wasi:http/types, wasi:io, wasi:clocks, wasi:cli, wasi:random, \
         wasi:filesystem (where it finds no files; all 0.2), clio:actions/credentials@0.1, and \
         interfaces of types alone. What a toolchain imports unasked it may be able to leave \
         out: componentize-py with `--stub-wasi`, but HTTP with it"
    )]
    Import(String),
    /// Too large a description.
    #[error("the component's `{SECTION}` section is larger than {MAX_DESCRIPTION_BYTES} bytes")]
    Description,
    /// Two descriptions, and no word which counts.
    #[error("the component has several `{SECTION}` sections in its code; leave one")]
    Descriptions,
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
    /// That nothing is imported of which the name alone says that this host does
    /// not give it.
    ///
    /// # Errors
    /// When something is.
    pub(crate) fn may_be_given(&self) -> Result<(), InspectError> {
        self.refuse(|import| !import.given && !may_be_types(&import.name))
    }

    /// Counts as given what holds types alone, which is known once the component
    /// is compiled: it asks the host for nothing.
    pub(crate) fn give_types(&mut self, is_types: impl Fn(&str) -> bool) {
        for import in &mut self.imports {
            import.given |= may_be_types(&import.name) && is_types(&import.name);
        }
    }

    /// That this host gives all that is imported.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) fn all_given(&self) -> Result<(), InspectError> {
        self.refuse(|import| !import.given)
    }

    fn refuse(&self, refused: impl Fn(&Import) -> bool) -> Result<(), InspectError> {
        match self.imports.iter().find(|import| refused(import)) {
            Some(import) => Err(InspectError::Import(import.name.clone())),
            None => Ok(()),
        }
    }
}

/// What lies around a part of a component that is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Module,
    Component,
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
    let mut of_code = None;
    // Nothing lies around the component itself.
    let mut around = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(malformed)? {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } if around.is_empty() => {
                return Err(InspectError::CoreModule);
            }
            Payload::ModuleSection { .. } => around.push(Around::Module),
            Payload::ComponentSection { .. } => around.push(Around::Component),
            Payload::End(_) => drop(around.pop()),
            Payload::ComponentImportSection(section) if around.is_empty() => {
                for import in section {
                    let name = import.map_err(malformed)?.name.name.to_owned();
                    let given = is_given(&name);
                    inspection.imports.push(Import { name, given });
                }
            }
            Payload::CustomSection(section) if section.name() == SECTION => {
                let place = match around.as_slice() {
                    [] => &mut inspection.description,
                    // Where a compiler puts what a program carries: `cargo build`
                    // makes no section of a component.
                    [Around::Module] if of_code.is_some() => {
                        return Err(InspectError::Descriptions);
                    }
                    [Around::Module] => &mut of_code,
                    _ => continue,
                };
                if section.data().len() > MAX_DESCRIPTION_BYTES {
                    return Err(InspectError::Description);
                }
                *place = Some(section.data());
            }
            _ => {}
        }
    }
    // What was appended to the whole counts before what a part brings.
    inspection.description = inspection.description.or(of_code);
    Ok(inspection)
}

/// Whether an interface that is not given may be one of types alone, which asks
/// the host for nothing: of anybody's but WASI's, whose interfaces are known.
fn may_be_types(import: &str) -> bool {
    !import.starts_with("wasi:")
        && import
            .split_once(':')
            .is_some_and(|(_, name)| name.contains('/'))
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
            "wasi:filesystem/preopens@0.2.0",
            "wasi:random/insecure-seed@0.2.4",
            "wasi:random/random@0.2.0",
            "clio:actions/credentials@0.1.0",
            "clio:actions/credentials@0.1.7",
        ];
        for name in given {
            assert!(is_given(name), "{name}");
        }
        let refused = [
            "wasi:sockets/tcp@0.2.0",
            "wasi:filesystem/types@0.3.0",
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
    fn only_others_interfaces_may_be_types_alone() {
        let wat = r#"(component
            (import "clio:actions/types@0.1.0" (instance))
            (import "acme:shared/names" (instance)))"#;
        let bytes = bytes(wat);
        let mut inspection = inspect(&bytes).unwrap();
        inspection.may_be_given().unwrap();
        inspection.give_types(|name| name == "acme:shared/names");
        let refused = InspectError::Import("clio:actions/types@0.1.0".into());
        assert_eq!(inspection.all_given().unwrap_err(), refused);
        inspection.give_types(|_| true);
        inspection.all_given().unwrap();
        for name in [
            "wasi:sockets/tcp@0.2.0",
            "env",
            "a:b",
            "wasi:http/handler@0.3.0",
        ] {
            assert!(!may_be_types(name), "{name}");
        }
    }

    #[test]
    fn a_description_in_the_code_counts_where_the_component_has_none() {
        let module = |text: &str| format!(r#"(core module (@custom "clio:action" "{text}"))"#);
        let of = |parts: &str| bytes(&format!("(component {parts})"));
        let one = of(&module("code"));
        assert_eq!(inspect(&one).unwrap().description, Some(&b"code"[..]));
        let both = of(&format!(
            r#"(@custom "clio:action" "whole") {}"#,
            module("code")
        ));
        assert_eq!(inspect(&both).unwrap().description, Some(&b"whole"[..]));
        let deeper = of(&format!("(component {})", module("other")));
        assert_eq!(inspect(&deeper).unwrap().description, None);
        let two = of(&format!("{}{}", module("one"), module("two")));
        assert_eq!(inspect(&two).unwrap_err(), InspectError::Descriptions);
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
