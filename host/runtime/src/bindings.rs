//! What a component may import of the contract, as wasmtime's `bindgen!` makes
//! it. What components export is called by the types of [`crate::actions`].

#![allow(missing_debug_implementations, unreachable_pub)]

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package clio:host;

        world imports {
            import clio:actions/credentials@0.1.0;
        }
    ",
    world: "clio:host/imports",
});
