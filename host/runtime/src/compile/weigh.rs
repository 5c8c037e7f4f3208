//! What a component's code will cost to compile, estimated before it is.
//!
//! A compiler joins, at every place that is branched to, what each local may
//! hold by then. So its work grows with the branches of a function times its
//! locals, not with its bytes: 63 KB of nested `br_table`s over 100 locals took
//! 11 seconds and 550 MB, and came out as 39 MB of code. What is estimated here
//! is counted in such joins. A compilation cannot be stopped from within a
//! process, so one that would take too much is not begun.
//!
//! What must stay true: the estimate is never far below the truth, is linear in
//! the bytes, and keeps nothing of them.

use wasmparser::{
    BinaryReaderError, BlockType, CompositeInnerType, FuncType, FunctionBody, Operator, Parser,
    Payload, TypeRef, TypeSectionReader,
};

/// What a function weighs beside its code: each has a prologue, an epilogue and
/// its entries in tables. Measured: 6 KB of memory.
const FUNCTION: u64 = 90;

/// What a trampoline between a component and its host weighs. It depends on the
/// types, which `wasmparser` bounds.
const CANONICAL: u64 = 512;

/// The weight of a component's code. Measured, one unit takes about 70 bytes of
/// memory while it is compiled, and a microsecond.
pub(super) fn weigh(bytes: &[u8]) -> Result<u64, BinaryReaderError> {
    let mut weight = 0_u64;
    // Modules stand within components, and are not nested themselves.
    let mut module = Module::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let more = match payload? {
            Payload::ModuleSection { .. } => {
                module = Module::default();
                FUNCTION
            }
            Payload::ComponentSection { .. } => FUNCTION,
            Payload::TypeSection(types) => module.types(types)?,
            Payload::ImportSection(imports) => {
                let mut count = 0;
                for import in imports.into_imports() {
                    count += 1;
                    if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import?.ty {
                        module.functions.push(ty);
                        module.imported += 1;
                    }
                }
                count
            }
            Payload::FunctionSection(functions) => {
                for function in functions {
                    module.functions.push(function?);
                }
                0
            }
            Payload::ElementSection(elements) => {
                let mut items = 0;
                for element in elements {
                    items += match element?.items {
                        wasmparser::ElementItems::Functions(items) => items.count(),
                        wasmparser::ElementItems::Expressions(_, items) => items.count(),
                    };
                }
                u64::from(items)
            }
            Payload::CodeSectionEntry(body) => module.function(&body)?,
            Payload::ComponentCanonicalSection(functions) => {
                CANONICAL * u64::from(functions.count())
            }
            Payload::ComponentTypeSection(types) => CANONICAL * u64::from(types.count()),
            Payload::ComponentInstanceSection(instances) => FUNCTION * u64::from(instances.count()),
            _ => 0,
        };
        weight = weight.saturating_add(more);
    }
    Ok(weight)
}

/// What is known of a module when its code comes.
#[derive(Default)]
struct Module {
    /// How many parameters and results each type has.
    types: Vec<(u64, u64)>,
    /// The types of the functions, the imported ones first.
    functions: Vec<u32>,
    imported: usize,
    /// How many bodies came.
    bodies: usize,
}

impl Module {
    fn types(&mut self, types: TypeSectionReader<'_>) -> Result<u64, BinaryReaderError> {
        let arity = |it: &FuncType| (it.params().len() as u64, it.results().len() as u64);
        for group in types {
            for ty in group?.into_types() {
                self.types.push(match ty.composite_type.inner {
                    CompositeInnerType::Func(function) => arity(&function),
                    _ => (0, 0),
                });
            }
        }
        Ok(self.types.len() as u64)
    }

    fn called(&self, function: usize) -> (u64, u64) {
        let ty = self.functions.get(function);
        ty.map_or((0, 0), |ty| self.arity(*ty))
    }

    fn arity(&self, ty: u32) -> (u64, u64) {
        self.types.get(ty as usize).copied().unwrap_or_default()
    }

    fn function(&mut self, body: &FunctionBody<'_>) -> Result<u64, BinaryReaderError> {
        let own = self.imported + self.bodies;
        self.bodies += 1;
        let (params, results) = self.called(own);
        let mut locals = params;
        for group in body.get_locals_reader()? {
            locals += u64::from(group?.0);
        }
        // A local that is never set is joined nowhere.
        let mut sets = 0_u64;
        let mut joins = 0_u64;
        let mut carried = 0_u64;
        let mut plain = 0_u64;
        // How many values a branch to each open block carries.
        let mut blocks = vec![results];
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            plain += 1;
            match operators.read()? {
                Operator::LocalSet { .. } | Operator::LocalTee { .. } => sets += 1,
                Operator::Block { blockty } | Operator::If { blockty } => {
                    let (params, results) = self.block(blockty);
                    blocks.push(results);
                    joins += 2;
                    carried = carried.saturating_add(params + results);
                }
                Operator::Loop { blockty } => {
                    let (params, results) = self.block(blockty);
                    blocks.push(params);
                    joins += 2;
                    carried = carried.saturating_add(params + results);
                }
                Operator::Else => joins += 1,
                Operator::End => {
                    blocks.pop();
                }
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                    joins += 1;
                    carried = carried.saturating_add(carries(&blocks, relative_depth));
                }
                Operator::BrTable { targets } => {
                    joins += u64::from(targets.len()) + 1;
                    for target in targets.targets() {
                        carried = carried.saturating_add(carries(&blocks, target?));
                    }
                }
                Operator::Return => carried = carried.saturating_add(results),
                Operator::Call { function_index } => {
                    let (params, results) = self.called(function_index as usize);
                    carried = carried.saturating_add(params + results);
                }
                Operator::CallIndirect { type_index, .. } => {
                    let (params, results) = self.arity(type_index);
                    carried = carried.saturating_add(params + results);
                }
                _ => {}
            }
        }
        let joined = joins.saturating_mul(1 + locals.min(sets));
        let calls = plain.saturating_add(carried);
        Ok(FUNCTION + locals + joined.saturating_add(calls))
    }

    fn block(&self, ty: BlockType) -> (u64, u64) {
        match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(ty) => self.arity(ty),
        }
    }
}

fn carries(blocks: &[u64], depth: u32) -> u64 {
    let at = blocks.len().checked_sub(depth as usize + 1);
    at.and_then(|at| blocks.get(at)).copied().unwrap_or(0)
}
