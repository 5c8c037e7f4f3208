//! A component that also shows its own linear memory.
//!
//! A host cannot see a component's memory, and neither can a test. So the test
//! appends to the built component, which stays as it is otherwise, one core
//! module that shares the component's memory, and an export [`EXPORT`] that
//! returns all of it.

use wasm_encoder as enc;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentTypeRef, ExternalKind,
    Parser, Payload,
};

/// The export that returns the memory, a `func() -> list<u8>`.
pub const EXPORT: &str = "memory-of-this-component";

/// How many items of each index space stand at the component's top level.
#[derive(Default)]
struct Counts {
    modules: u32,
    core_instances: u32,
    core_funcs: u32,
    memories: u32,
    types: u32,
    funcs: u32,
}

impl Counts {
    fn defined(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Module => self.modules += 1,
            ComponentExternalKind::Func => self.funcs += 1,
            ComponentExternalKind::Type => self.types += 1,
            _ => {}
        }
    }

    fn of(component: &[u8]) -> Self {
        let mut counts = Self::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload.expect("a component");
            match &payload {
                Payload::ModuleSection { .. } if depth == 0 => counts.modules += 1,
                Payload::End(_) => {
                    depth -= 1;
                    continue;
                }
                _ => {}
            }
            match payload {
                Payload::Version { .. } => {}
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                _ if depth > 0 => {}
                Payload::InstanceSection(reader) => counts.core_instances += reader.count(),
                Payload::ComponentTypeSection(reader) => counts.types += reader.count(),
                Payload::ComponentImportSection(reader) => {
                    for import in reader {
                        match import.expect("an import").ty {
                            ComponentTypeRef::Func(_) => counts.funcs += 1,
                            ComponentTypeRef::Type(_) => counts.types += 1,
                            ComponentTypeRef::Module(_) => counts.modules += 1,
                            _ => {}
                        }
                    }
                }
                Payload::ComponentExportSection(reader) => {
                    for export in reader {
                        counts.defined(export.expect("an export").kind);
                    }
                }
                Payload::ComponentCanonicalSection(reader) => {
                    for function in reader {
                        match function.expect("a function") {
                            CanonicalFunction::Lift { .. } => counts.funcs += 1,
                            _ => counts.core_funcs += 1,
                        }
                    }
                }
                Payload::ComponentAliasSection(reader) => {
                    for alias in reader {
                        match alias.expect("an alias") {
                            ComponentAlias::InstanceExport { kind, .. } => counts.defined(kind),
                            ComponentAlias::CoreInstanceExport { kind, .. } => match kind {
                                ExternalKind::Func => counts.core_funcs += 1,
                                ExternalKind::Memory => counts.memories += 1,
                                _ => {}
                            },
                            ComponentAlias::Outer { .. } => counts.types += 1,
                        }
                    }
                }
                _ => {}
            }
        }
        counts
    }
}

/// The component with the additional export.
pub fn with_memory_shown(component: &[u8]) -> Vec<u8> {
    let counts = Counts::of(component);
    assert_eq!(counts.memories, 1, "the component has one memory to show");

    // The result lies at 16, where no data of a Rust guest is: the list's
    // address 0 and its length, all of the memory.
    let mut types = enc::TypeSection::new();
    types.ty().function([], [enc::ValType::I32]);
    let mut imports = enc::ImportSection::new();
    let memory = enc::MemoryType {
        minimum: 0,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    imports.import("guest", "memory", memory);
    let mut functions = enc::FunctionSection::new();
    functions.function(0);
    let mut exports = enc::ExportSection::new();
    exports.export("dump", enc::ExportKind::Func, 0);
    let slot = |offset| enc::MemArg {
        offset,
        align: 2,
        memory_index: 0,
    };
    let mut dump = enc::Function::new([]);
    dump.instructions()
        .i32_const(16)
        .i32_const(0)
        .i32_store(slot(0))
        .i32_const(16)
        .memory_size(0)
        .i32_const(16)
        .i32_shl()
        .i32_store(slot(4))
        .i32_const(16)
        .end();
    let mut code = enc::CodeSection::new();
    code.function(&dump);
    let mut module = enc::Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&exports)
        .section(&code);

    let mut shared = enc::InstanceSection::new();
    shared.export_items([("memory", enc::ExportKind::Memory, 0)]);
    shared.instantiate(
        counts.modules,
        [("guest", enc::ModuleArg::Instance(counts.core_instances))],
    );
    let mut aliases = enc::ComponentAliasSection::new();
    aliases.alias(enc::Alias::CoreInstanceExport {
        instance: counts.core_instances + 1,
        kind: enc::ExportKind::Func,
        name: "dump",
    });
    let mut lifted_types = enc::ComponentTypeSection::new();
    lifted_types.defined_type().list(enc::PrimitiveValType::U8);
    lifted_types
        .function()
        .params::<[(&str, enc::ComponentValType); 0], enc::ComponentValType>([])
        .result(Some(enc::ComponentValType::Type(counts.types)));
    let mut lifted = enc::CanonicalFunctionSection::new();
    lifted.lift(
        counts.core_funcs,
        counts.types + 1,
        [enc::CanonicalOption::Memory(0)],
    );
    let mut shown = enc::ComponentExportSection::new();
    shown.export(EXPORT, enc::ComponentExportKind::Func, counts.funcs, None);

    let mut bytes = component.to_vec();
    append(&mut bytes, &enc::ModuleSection(&module));
    append(&mut bytes, &shared);
    append(&mut bytes, &aliases);
    append(&mut bytes, &lifted_types);
    append(&mut bytes, &lifted);
    append(&mut bytes, &shown);
    bytes
}

fn append(component: &mut Vec<u8>, section: &impl enc::ComponentSection) {
    section.append_to_component(component);
}
