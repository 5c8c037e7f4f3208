//! Components from a few lines of text: an interface in WIT and a core module
//! in WAT.

use clio_host::{AccessToken, Call, Connection, Host, HostBuilder, Limits, Origin};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What every core module here has: one page of memory, and an allocator that
/// only counts up.
pub(crate) const MEMORY: &str = r#"
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func $alloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at
            (i32.and
                (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
                (i32.sub (i32.const 0) (local.get 2))))
        (global.set $next (i32.add (local.get $at) (local.get 3)))
        (block $enough
            (br_if $enough
                (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
            (drop (memory.grow
                (i32.div_u (i32.add (local.get 3) (i32.const 131072)) (i32.const 65536)))))
        (local.get $at))
"#;

/// A component that exports `test:guest/guest@0.1.0` with `functions` (WIT),
/// implemented by the core functions in `body` (WAT), which export
/// `test:guest/guest@0.1.0#NAME`.
pub(crate) fn component(functions: &str, body: &str) -> Vec<u8> {
    component_importing("", functions, body)
}

/// Like [`component`], with imports such as `import wasi:cli/exit@0.2.12;`.
pub(crate) fn component_importing(imports: &str, functions: &str, body: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve
        .push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit"))
        .unwrap();
    let wit = format!(
        "package test:guest@0.1.0;
         interface guest {{ {functions} }}
         world one {{ {imports} export guest; }}"
    );
    let package = resolve.push_str("guest.wit", &wit).unwrap();
    let world = resolve.select_world(&[package], Some("one")).unwrap();
    let mut module = wat::parse_str(format!("(module {body})")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}

/// A component with one function without parameters and results, `run`, whose
/// body is `body`.
pub(crate) fn running(body: &str) -> Vec<u8> {
    component(
        "run: func();",
        &format!(r#"{MEMORY} (func (export "test:guest/guest@0.1.0#run") {body})"#),
    )
}

/// A host for tests: one worker, no cache.
pub(crate) fn host() -> Host {
    builder().build().unwrap()
}

pub(crate) fn builder() -> HostBuilder {
    Host::builder().workers(1).concurrent_calls(64)
}

/// A connection that nothing listens on.
pub(crate) fn connection() -> Connection {
    Connection::new(
        Origin::parse("http://127.0.0.1:1").unwrap(),
        AccessToken::from("test-token"),
    )
}

/// A call with limits changed by `change`.
pub(crate) fn call(host: &Host, change: impl FnOnce(&mut Limits)) -> Call {
    let mut limits = host.limits().clone();
    change(&mut limits);
    host.call(&connection()).limits(limits)
}
