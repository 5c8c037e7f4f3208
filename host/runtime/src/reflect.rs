//! The functions that a component exports, as calls with JSON see them.
//!
//! What must stay true: only functions of exported interfaces count, because
//! the contract has no others; and a function that cannot be called with JSON is
//! still listed, with the reason.

use clio_json_schema::Schema;
use serde_json::{Map, Value, json};
use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Val};

use crate::description::{Description, FORMAT, FunctionDescription, Hints};
use crate::json::{self, JsonError, Shape};
use crate::policy::MemberPointer;

/// The most functions that one component may export.
const MAX_FUNCTIONS: usize = 256;

/// One exported function.
#[derive(Debug)]
pub(crate) struct Function {
    /// The interface with its version, such as `clio:actions/sync-contact@0.1.0`.
    pub(crate) interface: String,
    /// The name within the interface, such as `sync`.
    pub(crate) name: String,
    /// Where it is found in an instance.
    pub(crate) index: ComponentExportIndex,
    /// Its types, or why it cannot be called with JSON.
    pub(crate) signature: Result<Signature, String>,
}

/// The types of a function.
#[derive(Debug)]
pub(crate) struct Signature {
    params: Vec<(String, Shape)>,
    returns: Returns,
}

/// What a function returns.
#[derive(Debug)]
enum Returns {
    Nothing,
    /// Something that is no result.
    Plain(Shape),
    /// A result: a success or an error of the call itself.
    Fallible(Option<Shape>, Option<Shape>),
}

/// What a call returned, by the JSON mapping.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Success(Value),
    Error(Value),
}

/// The functions of a component, in the order of its exports.
pub(crate) fn functions(engine: &Engine, component: &Component) -> Vec<Function> {
    let ty = component.component_type();
    let mut functions = Vec::new();
    // Of all functions together: each could have a type of the largest size.
    let mut nodes = json::MAX_NODES;
    for (interface, export) in ty.exports(engine) {
        let ComponentItem::ComponentInstance(instance) = export.ty else {
            continue;
        };
        let Some(instance_index) = component.get_export_index(None, interface) else {
            continue;
        };
        for (name, export) in instance.exports(engine) {
            let ComponentItem::ComponentFunc(func) = export.ty else {
                continue;
            };
            let Some(index) = component.get_export_index(Some(&instance_index), name) else {
                continue;
            };
            if functions.len() == MAX_FUNCTIONS {
                return functions;
            }
            functions.push(Function {
                interface: interface.to_owned(),
                name: name.to_owned(),
                index,
                signature: Signature::of(&func, &mut nodes),
            });
        }
    }
    // Beside an interface of a package, one without is a toolchain's own:
    // componentize-py adds such.
    if functions.iter().any(Function::is_of_package) {
        functions.retain(Function::is_of_package);
    }
    functions
}

impl Function {
    fn is_of_package(&self) -> bool {
        self.interface.contains(':')
    }
}

/// Whether an import is an interface of types alone: a name for what the
/// component's own functions take and give. It asks the host for nothing.
pub(crate) fn is_types(engine: &Engine, component: &Component, import: &str) -> bool {
    let ty = component.component_type();
    let found = ty.imports(engine).find(|(name, _)| *name == import);
    let Some(ComponentItem::ComponentInstance(instance)) = found.map(|(_, import)| import.ty)
    else {
        return false;
    };
    let mut items = instance.exports(engine);
    items.all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
}

impl Signature {
    fn of(func: &ComponentFunc, nodes: &mut usize) -> Result<Self, String> {
        if func.async_() {
            return Err("is asynchronous, which WASI 0.2 does not know".into());
        }
        let params = func
            .params()
            .map(|(name, ty)| match json::shape(&ty, nodes) {
                Ok(shape) => Ok((name.replace('-', "_"), shape)),
                Err(cause) => Err(format!("has the parameter `{name}`: {cause}")),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let result = func.results().next();
        let shape = result.as_ref().map(|ty| json::shape(ty, nodes)).transpose();
        let returns = match shape {
            Ok(None) => Returns::Nothing,
            Ok(Some(Shape::Result(ok, error))) => {
                Returns::Fallible(ok.map(|shape| *shape), error.map(|shape| *shape))
            }
            Ok(Some(shape)) => Returns::Plain(shape),
            Err(cause) => return Err(format!("has a result of which {cause}")),
        };
        Ok(Self { params, returns })
    }

    /// The shapes of the parameters.
    #[cfg(feature = "testing")]
    pub(crate) fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.params.iter().map(|(_, shape)| shape)
    }

    /// How many values a call returns: none or one.
    pub(crate) fn results(&self) -> usize {
        usize::from(!matches!(self.returns, Returns::Nothing))
    }

    /// Reads the input of a call. A single parameter takes the input itself;
    /// several are members of one object.
    pub(crate) fn read(&self, input: &Value) -> Result<Vec<Val>, JsonError> {
        if let [(_, shape)] = self.params.as_slice() {
            return Ok(vec![json::from_value(input, shape)?]);
        }
        let whole = |message: String| JsonError {
            pointer: String::new(),
            message,
        };
        let empty = Map::new();
        let object = match input {
            Value::Object(object) => object,
            Value::Null if self.params.is_empty() => &empty,
            _ => {
                return Err(whole(
                    "must be an object with a member for each parameter".into(),
                ));
            }
        };
        if let Some(unknown) = object
            .keys()
            .find(|name| !self.params.iter().any(|(param, _)| param == *name))
        {
            let name: String = unknown
                .chars()
                .take(64)
                .filter(|c| !c.is_control())
                .collect();
            return Err(whole(format!(
                "has the member `{name}`, which is no parameter"
            )));
        }
        self.params
            .iter()
            .map(|(name, shape)| {
                let value = match object.get(name) {
                    Some(value) => value,
                    None if matches!(shape, Shape::Option(_)) => &Value::Null,
                    None => return Err(whole(format!("lacks the parameter `{name}`"))),
                };
                json::from_value(value, shape).map_err(|error| JsonError {
                    pointer: format!("/{name}{}", error.pointer),
                    ..error
                })
            })
            .collect()
    }

    /// Writes what a call returned.
    pub(crate) fn write(&self, result: Option<&Val>) -> Result<Answer, JsonError> {
        let side = |payload: &Option<Box<Val>>, shape: &Option<Shape>| match (payload, shape) {
            (Some(payload), Some(shape)) => json::to_value(payload, shape),
            _ => Ok(Value::Null),
        };
        match (&self.returns, result) {
            (Returns::Nothing, _) | (_, None) => Ok(Answer::Success(Value::Null)),
            (Returns::Plain(shape), Some(val)) => Ok(Answer::Success(json::to_value(val, shape)?)),
            (Returns::Fallible(ok, error), Some(Val::Result(result))) => match result {
                Ok(payload) => Ok(Answer::Success(side(payload, ok)?)),
                Err(payload) => Ok(Answer::Error(side(payload, error)?)),
            },
            (Returns::Fallible(..), Some(_)) => Err(JsonError {
                pointer: String::new(),
                message: "is not of the declared type".into(),
            }),
        }
    }

    /// The schemas of input, output and error.
    fn schemas(&self) -> [Value; 3] {
        let (output, error) = self.output_schemas();
        [json!(self.input_schema()), output, error]
    }

    fn input_schema(&self) -> Schema {
        if let [(_, shape)] = self.params.as_slice() {
            return json::schema(shape);
        }
        Schema::record(self.params.iter().map(|(name, shape)| {
            let required = !matches!(shape, Shape::Option(_));
            (name.clone(), json::schema(shape), required)
        }))
    }

    fn output_schemas(&self) -> (Value, Value) {
        let null = || Schema::kind("null");
        let side = |shape: &Option<Shape>| json!(shape.as_ref().map_or_else(null, json::schema));
        match &self.returns {
            Returns::Nothing => (json!(null()), json!(false)),
            Returns::Plain(shape) => (json!(json::schema(shape)), json!(false)),
            Returns::Fallible(ok, error) => (side(ok), side(error)),
        }
    }
}

/// Where a component that says nothing is taken to name ids: by the names that
/// the contract gives to them.
fn conventional_ids() -> Vec<MemberPointer> {
    let pointers = ["/id", "/others/*"].into_iter();
    pointers.filter_map(|it| it.parse().ok()).collect()
}

/// The description that a component brings, with the schemas that it leaves out:
/// those say what its types say.
pub(crate) fn completed(mut description: Description, functions: &[Function]) -> Description {
    for described in &mut description.functions {
        let name = &described.name;
        let mut of_name = functions.iter().filter(|function| function.name == *name);
        // Of several of one name, the one of the interface that is described.
        let function = of_name
            .clone()
            .find(|function| function.interface == description.interface)
            .or_else(|| of_name.next());
        let Some(Ok(signature)) = function.map(|function| &function.signature) else {
            continue;
        };
        let places = [
            &mut described.input,
            &mut described.output,
            &mut described.error,
        ];
        if places.iter().any(|place| place.is_null()) {
            for (place, schema) in places.into_iter().zip(signature.schemas()) {
                if place.is_null() {
                    *place = schema;
                }
            }
        }
    }
    description
}

/// A description of a component that brings none: its functions and their
/// types. It allows no request and reserves no rate budget.
pub(crate) fn description(functions: &[Function]) -> Description {
    let interface = functions
        .first()
        .map(|f| f.interface.clone())
        .unwrap_or_default();
    let name = interface
        .rsplit('/')
        .next()
        .and_then(|name| name.split('@').next())
        .filter(|name| !name.is_empty())
        .unwrap_or("component");
    let version = interface.split_once('@').map_or("", |(_, version)| version);
    Description {
        format: FORMAT,
        name: name.to_owned(),
        version: version.to_owned(),
        summary: "A component without a description.".to_owned(),
        functions: functions
            .iter()
            .map(|function| match &function.signature {
                Ok(signature) => {
                    let [input, output, error] = signature.schemas();
                    FunctionDescription {
                        name: function.name.clone(),
                        documentation: String::new(),
                        input,
                        output,
                        error,
                        ids: conventional_ids(),
                    }
                }
                Err(reason) => FunctionDescription {
                    name: function.name.clone(),
                    documentation: format!("Cannot be called with JSON: it {reason}."),
                    input: json!(false),
                    output: json!(false),
                    error: json!(false),
                    ids: Vec::new(),
                },
            })
            .collect(),
        interface,
        hints: Hints::default(),
        permissions: Vec::new(),
        cost: 0,
        requests: Vec::new(),
        grants: Vec::new(),
        content: false,
    }
}
