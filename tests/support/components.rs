//! Components that a test makes: somebody else's that does what ours does, and
//! such as cost much to compile.

use wasm_encoder as enc;

/// A component with a custom section more: it does the same, says the same of
/// itself, and is somebody else's.
pub fn altered(component: &[u8]) -> Vec<u8> {
    let mut bytes = component.to_vec();
    let word = enc::CustomSection {
        name: "word".into(),
        data: b"x".as_slice().into(),
    };
    enc::ComponentSection::append_to_component(&word, &mut bytes);
    bytes
}

/// A component with one core module of this code.
pub fn of_module(module: &[u8]) -> Vec<u8> {
    let mut component = enc::Component::new();
    component.section(&enc::RawSection {
        id: enc::ComponentSectionId::CoreModule.into(),
        data: module,
    });
    component.finish()
}

/// Very many functions with nothing in them.
pub fn many_functions(count: u32) -> Vec<u8> {
    let (mut types, mut functions, mut code) = (
        enc::TypeSection::new(),
        enc::FunctionSection::new(),
        enc::CodeSection::new(),
    );
    types.ty().function([], []);
    for _ in 0..count {
        functions.function(0);
        let mut function = enc::Function::new([]);
        function.instruction(&enc::Instruction::End);
        code.function(&function);
    }
    let mut module = enc::Module::new();
    module.section(&types).section(&functions).section(&code);
    of_module(&module.finish())
}

/// One function over so many locals, with so many nested blocks, each of which
/// branches to all those around it.
pub fn nested_branches(depth: u32, locals: u32) -> Vec<u8> {
    use enc::Instruction::{Block, BrTable, Drop, End, I32Add, I32Const, LocalGet, LocalSet};
    let mut function = enc::Function::new([(locals, enc::ValType::I32)]);
    for _ in 0..depth {
        function.instruction(&Block(enc::BlockType::Empty));
    }
    for n in 0..depth {
        let local = 1 + n % locals;
        for code in [LocalGet(local), I32Const(n as i32), I32Add, LocalSet(local)] {
            function.instruction(&code);
        }
        let targets: Vec<u32> = (0..depth - n).collect();
        function.instruction(&LocalGet(0));
        function.instruction(&BrTable(targets.into(), 0));
        function.instruction(&End);
    }
    for local in 1..=locals {
        function.instruction(&LocalGet(local));
        function.instruction(&Drop);
    }
    function.instruction(&End);
    let (mut types, mut functions, mut code) = (
        enc::TypeSection::new(),
        enc::FunctionSection::new(),
        enc::CodeSection::new(),
    );
    types.ty().function([enc::ValType::I32], []);
    functions.function(0);
    code.function(&function);
    let mut module = enc::Module::new();
    module.section(&types).section(&functions).section(&code);
    of_module(&module.finish())
}
