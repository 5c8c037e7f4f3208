//! Rust types of the contract, made from `wit/` by wasmtime's `bindgen!`.
//!
//! One world lists every interface that an action may export. No component
//! exports them all, so the world itself is never instantiated: calls go
//! through each interface's own `GuestIndices`.

#![allow(missing_debug_implementations, unreachable_pub)]

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package clio:host;

        world runner {
            import clio:actions/credentials@0.1.0;
            export clio:actions/types@0.1.0;
            export clio:actions/contacts@0.1.0;
            export clio:actions/matters@0.1.0;
            export clio:actions/documents@0.1.0;
            export clio:actions/document-states@0.1.0;
            export clio:actions/new-documents@0.1.0;
            export clio:actions/markers@0.1.0;
            export clio:actions/connections@0.1.0;
            export clio:actions/custom-fields@0.1.0;
            export clio:actions/matter-changes@0.1.0;
            export clio:actions/matter-pages@0.1.0;
            export clio:actions/options@0.1.0;
            export clio:actions/webhooks@0.1.0;
            export clio:actions/webhook-events@0.1.0;
            export clio:actions/document-contents@0.1.0;
            export clio:actions/document-automations@0.1.0;
        }
    ",
    world: "clio:host/runner",
    exports: { default: async },
    additional_derives: [PartialEq],
});
