//! What is told of a component that is looked at and not run.

use clio_host::{InspectError, LoadError};

use crate::components::host;

/// A component with a function, a description and an import that is not given.
const ODD: &str = r#"(component
    (import "wasi:sockets/tcp@0.2.0" (instance))
    (core module $m (func (export "add") (param i32) (result i32) local.get 0))
    (core instance $i (instantiate $m))
    (func $same (param "a" u32) (result u32) (canon lift (core func $i "add")))
    (instance $it (export "same" (func $same)))
    (export "acme:tools/it@0.1.0" (instance $it))
    (@custom "clio:action" "{\"format\":1}"))"#;

#[test]
fn all_is_told_of_a_component_that_would_not_run() {
    let host = host();
    let bytes = wat::parse_str(ODD).unwrap();
    let inspected = host.inspect(&bytes).unwrap();
    assert!(!inspected.imports[0].given);
    assert!(inspected.described.unwrap().is_err());
    assert_eq!(inspected.interfaces, ["acme:tools/it@0.1.0"]);
    assert_eq!(inspected.reflected.functions[0].name, "same");
    // What `load` says of it, and no sooner.
    let refused = |error| matches!(error, LoadError::Inspect(InspectError::Import(_)));
    assert!(refused(inspected.fits.unwrap_err()));
    assert!(refused(host.load(&bytes).unwrap_err()));

    let empty = host.inspect(&wat::parse_str("(component)").unwrap());
    let fits = empty.unwrap().fits;
    assert!(matches!(fits, Err(LoadError::NoFunction)), "{fits:?}");
}

#[test]
fn bytes_that_were_cut_or_changed_are_told_about_and_fail_nobody() {
    let host = host();
    let bytes = wat::parse_str(ODD).unwrap();
    let mut told = [0, 0];
    let mut look = |bytes: &[u8]| told[usize::from(host.inspect(bytes).is_ok())] += 1;
    for at in 0..bytes.len() {
        look(&bytes[..at]);
        for change in [1, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            look(&changed);
        }
    }
    // Some changes make another component, such as one of another name.
    let [refused, other] = told;
    assert!(refused > bytes.len(), "{refused}");
    assert!(other > 0);
}
