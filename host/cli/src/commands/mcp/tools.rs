//! The tools: one for each function of each action, out of its description.

use std::collections::BTreeSet;
use std::sync::Arc;

use clio_host::{Description, FunctionDescription};
use rmcp::model::{Tool as Listed, ToolAnnotations};
use serde_json::{Map, Value, json};

use super::schema;
use crate::args::McpArguments;
use clio_runner::catalog;
use clio_runner::failure::Failure;

/// The argument of a tool that returns bytes: where to put them instead.
pub(super) const SAVE_AS: &str = "save_as";

const SAVED: &str = "A new file below one of the server's folders, to put the bytes into: the \
                     result then names it. Needed for more than 1 MiB.";
const FILE: &str = "A file below one of the server's folders: its path inside.";
const PROVENANCE: &str = "That a person made or checked exactly these bytes. The person who \
                          confirms the call says so.";
const DRAFTS: &str = "A draft that no person has checked is refused, and no tool takes an \
                      approval: ask for a review with request_review. Once a person approved it \
                      elsewhere, name it as {\"source\": {\"draft\": ID}}, without `provenance`.";
const DRAFT: &str = "A draft that a person approved: its id.";

/// The tool that asks for a review, which is none of an action's.
pub(super) const REQUEST_REVIEW: &str = "request_review";
const REVIEW: &str = "Adds a document that a machine made to the drafts that a person reviews, \
                      outside of this conversation. It approves nothing, and no tool does. The \
                      result has the draft's id, and says how it stands when the same is asked \
                      again.";

/// A tool, and what it calls.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) listed: Listed,
    /// As `clio run` takes it.
    pub(super) function: String,
    /// The action's own name.
    pub(super) action: String,
    /// Whether the whole action changes nothing.
    pub(super) reads: bool,
    /// Whether its result can go into a file.
    pub(super) saves: bool,
}

/// The tools that are offered.
#[derive(Debug)]
pub(super) struct Tools(Vec<Tool>);

impl Tools {
    /// Those that the arguments leave.
    pub(super) fn of(arguments: &McpArguments) -> Result<Self, Failure> {
        let mut tools = Vec::new();
        for action in clio_catalog::actions() {
            let description = catalog::parsed(action.description)?;
            for function in &description.functions {
                tools.push(tool(&description, function, arguments)?);
            }
        }
        tools.push(request_review(!arguments.roots.is_empty()));
        let all = names(&tools);
        let asked: BTreeSet<&str> = arguments.tools.iter().map(String::as_str).collect();
        let unknown: Vec<&str> = asked
            .iter()
            .filter(|it| !all.contains(**it))
            .copied()
            .collect();
        if !unknown.is_empty() {
            let what = format!("there is no tool {}", unknown.join(", "));
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            return Err(Failure::usage(what).next(format!("use some of {}", all.join(", "))));
        }
        let named = |tool: &&Tool| asked.contains(&*tool.listed.name);
        if arguments.read_only
            && let Some(tool) = tools.iter().filter(named).find(|tool| !tool.reads)
        {
            let what = format!("{} may change something", tool.listed.name);
            return Err(
                Failure::usage(what).next("leave it out of --tools, or leave --read-only out")
            );
        }
        let chosen = |tool: &Tool| asked.is_empty() || named(&tool);
        tools.retain(|tool| chosen(tool) && (tool.reads || !arguments.read_only));
        Ok(Self(tools))
    }

    pub(super) fn named(&self, name: &str) -> Option<&Tool> {
        self.0.iter().find(|tool| tool.listed.name == name)
    }

    pub(super) fn listed(&self) -> Vec<Listed> {
        self.0.iter().map(|tool| tool.listed.clone()).collect()
    }
}

fn names(tools: &[Tool]) -> BTreeSet<String> {
    tools
        .iter()
        .map(|tool| tool.listed.name.to_string())
        .collect()
}

fn tool(
    action: &Description,
    function: &FunctionDescription,
    arguments: &McpArguments,
) -> Result<Tool, Failure> {
    let (mut input, output) = if arguments.full_schemas {
        (whole(&function.input)?, whole(&function.output)?)
    } else {
        (
            schema::input(&function.input),
            schema::output(&function.output),
        )
    };
    let mut text = match arguments.full_schemas {
        true => function.documentation.clone(),
        false => paragraph(&function.documentation),
    };
    let folders = !arguments.roots.is_empty();
    let saves = folders && function.output.pointer("/properties/content").is_some();
    if saves {
        member(
            &mut input,
            &["properties"],
            SAVE_AS,
            json!({"type": "string", "description": SAVED}),
        );
    }
    if function.input.pointer("/properties/provenance").is_some() {
        text.push_str("\n\n");
        text.push_str(DRAFTS);
        let only = json!({"const": "from_person", "description": PROVENANCE});
        member(&mut input, &["properties"], "provenance", only);
        if let Some(required) = input.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != "provenance");
        }
        let draft = json!({"type": "string", "description": DRAFT});
        content_source(&mut input, "draft", &draft);
    }
    if folders && action.content {
        let file = json!({"type": "string", "description": FILE});
        content_source(&mut input, "file", &file);
    }
    let hints = action.hints;
    let annotations = ToolAnnotations::new()
        .read_only(hints.read_only)
        // Clio's accounts are changed by others, too.
        .open_world(true);
    // Of what changes nothing the rest says nothing.
    let annotations = match hints.read_only {
        true => annotations,
        false => annotations
            .destructive(hints.destructive)
            .idempotent(hints.idempotent),
    };
    let name = match action.functions.len() {
        1 => action.name.replace('-', "_"),
        _ => format!("{}_{}", action.name, function.name).replace('-', "_"),
    };
    Ok(Tool {
        listed: Listed::new(name, text, Arc::new(input))
            .with_raw_output_schema(Arc::new(output))
            .with_annotations(annotations),
        function: format!("{}.{}", action.name, function.name),
        action: action.name.clone(),
        reads: hints.read_only,
        saves,
    })
}

/// Adds a place that content may come from, wherever an input takes content.
fn content_source(input: &mut Map<String, Value>, name: &str, schema: &Value) {
    for member in input.values_mut() {
        source_within(member, name, schema);
    }
}

fn source_within(of: &mut Value, name: &str, schema: &Value) {
    // In the short form a source's ways are members of one object, and in the whole one
    // cases.
    let short = of.pointer_mut("/properties/source/properties");
    if let Some(ways) = short.and_then(Value::as_object_mut)
        && ways.contains_key("inline")
    {
        ways.insert(name.to_owned(), schema.clone());
    }
    let whole = of.get_mut("oneOf").and_then(Value::as_array_mut);
    if let Some(ways) = whole
        && ways
            .iter()
            .any(|way| way.pointer("/properties/inline").is_some())
    {
        ways.push(json!({"type": "object", "properties": {name: schema}, "required": [name]}));
    }
    match of {
        Value::Array(items) => {
            items
                .iter_mut()
                .for_each(|it| source_within(it, name, schema));
        }
        Value::Object(members) => {
            members
                .values_mut()
                .for_each(|it| source_within(it, name, schema));
        }
        _ => {}
    }
}

fn request_review(folders: bool) -> Tool {
    let mut source = json!({
        "inline": {"type": "string", "contentEncoding": "base64", "description": "At most 1 MiB."},
    });
    if folders {
        source["file"] = json!({"type": "string", "description": FILE});
    }
    let input = json!({
        "type": "object",
        "properties": {
            "matter": {"type": ["integer", "string"], "description": "The matter's id."},
            "version_of": {"type": ["integer", "string"],
                "description": "The document there of which it becomes a version."},
            "name": {"type": "string", "description": "Its file name."},
            "source": {"type": "object", "properties": source},
            "template": {"type": "object", "properties": source,
                "description": "What it was made of: the person sees both texts beside each other."},
        },
        "required": ["matter", "name", "source"],
    });
    let output = json!({"type": "object", "properties": {"id": {"type": "string"},
        "status": {"type": "string"}, "sha256": {"type": "string"},
        "document": {"type": "integer"}}});
    let object = |schema: Value| Arc::new(schema.as_object().cloned().unwrap_or_default());
    let annotations = ToolAnnotations::new()
        .read_only(false)
        .destructive(false)
        .idempotent(true)
        .open_world(false);
    Tool {
        listed: Listed::new(REQUEST_REVIEW, REVIEW, object(input))
            .with_raw_output_schema(object(output))
            .with_annotations(annotations),
        function: REQUEST_REVIEW.to_owned(),
        action: String::new(),
        reads: false,
        saves: false,
    }
}

fn whole(schema: &Value) -> Result<Map<String, Value>, Failure> {
    let whole = schema.as_object().cloned();
    whole.ok_or_else(|| Failure::host("a description holds a schema that is no object"))
}

/// The first paragraph of a text, on one line.
fn paragraph(text: &str) -> String {
    text.split("\n\n").next().unwrap_or(text).replace('\n', " ")
}

/// Puts a member into the object that a schema has at a place, where it has one.
fn member(schema: &mut Map<String, Value>, at: &[&str], name: &str, value: Value) {
    let mut place = schema;
    for step in at {
        match place.get_mut(*step).and_then(Value::as_object_mut) {
            Some(inner) => place = inner,
            None => return,
        }
    }
    place.insert(name.to_owned(), value);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser as _;

    use super::*;
    use crate::args::{Arguments, Command};
    use clio_runner::exit::Exit;

    fn typed(more: &[&str]) -> McpArguments {
        let parsed = Arguments::try_parse_from(["clio", "mcp"].iter().chain(more)).unwrap();
        match parsed.command {
            Command::Mcp(arguments) => arguments,
            other => panic!("{other:?}"),
        }
    }

    fn tools(more: &[&str]) -> Tools {
        Tools::of(&typed(more)).unwrap()
    }

    /// What a client's model reads before anything is asked.
    #[test]
    fn all_tools_fit_into_44_kilobytes() {
        let listed = tools(&["--root", "."]).listed();
        let bytes = serde_json::to_vec(&listed).unwrap().len();
        assert!(bytes < 43 * 1024, "{bytes} bytes");
        let whole = tools(&["--full-schemas"]).listed();
        assert_eq!(whole.len(), listed.len());
        assert!(serde_json::to_vec(&whole).unwrap().len() > 2 * bytes);
    }

    /// A client that checks a result by the short schema takes what the whole one
    /// takes: the example of each is an instance that the whole one asks for.
    #[test]
    fn short_schemas_are_schemas() {
        for tool in tools(&["--root", "."]).0 {
            for schema in [
                Some(&tool.listed.input_schema),
                tool.listed.output_schema.as_ref(),
            ] {
                let schema = Value::Object((**schema.unwrap()).clone());
                jsonschema::validator_for(&schema).unwrap();
                let text = schema.to_string();
                assert!(!text.contains("$ref") && !text.contains("null}"), "{text}");
            }
        }
    }

    /// Of an action's functions those that take content take a file, at each place.
    #[test]
    fn a_file_may_stand_wherever_content_does() {
        let places = [
            ("upload_document", "/content"),
            ("inspect_document", "/content"),
            ("inspect_document", "/template"),
            ("fill_document_fill", "/template/properties/content"),
            ("fill_document_gather", "/template/properties/content"),
        ];
        let (with, without) = (tools(&["--root", "."]), tools(&[]));
        for (name, place) in places {
            let at = format!("/properties{place}/properties/source/properties/file");
            let has = |tools: &Tools| {
                let input = (*tools.named(name).unwrap().listed.input_schema).clone();
                Value::Object(input).pointer(&at).is_some()
            };
            assert!(has(&with) && !has(&without), "{name} {place}");
        }
        let whole = tools(&["--root", ".", "--full-schemas"]);
        for (name, _) in places {
            let input = &whole.named(name).unwrap().listed.input_schema;
            let defs = input["$defs"].to_string();
            assert_eq!(defs.matches(FILE).count(), 1, "{name}");
        }
    }

    #[test]
    fn read_only_leaves_what_the_descriptions_say_changes_nothing() {
        let all = tools(&[]);
        let reading = tools(&["--read-only"]);
        assert!(reading.0.iter().all(|tool| tool.reads) && reading.named("lookup").is_some());
        assert!(all.named("sync_contact").is_some() && reading.named("sync_contact").is_none());
        let kept = all.0.iter().filter(|tool| tool.reads).count();
        assert_eq!(reading.0.len(), kept);
    }

    #[test]
    fn what_no_tool_is_called_is_refused_with_those_that_there_are() {
        for (typed_so, told) in [
            (
                &["--tools", "lookup,nothing"][..],
                "there is no tool nothing",
            ),
            (
                &["--tools", "lookup,sync_contact", "--read-only"],
                "sync_contact may change",
            ),
        ] {
            let failure = Tools::of(&typed(typed_so)).unwrap_err();
            assert_eq!(failure.exit(), Exit::Usage);
            assert!(failure.to_string().contains(told), "{failure}");
        }
        assert_eq!(tools(&["--tools", "lookup"]).0.len(), 1);
    }

    #[test]
    fn a_call_is_what_clio_run_takes_and_retry_runs_again() {
        let arguments = typed(&[
            "--connection",
            "firm",
            "--root",
            "/a b",
            "--root",
            "c",
            "--deadline",
            "90s",
            "--max-wait",
            "500ms",
            "--content-origin",
            "https://files.example",
        ]);
        let options = arguments.options().unwrap();
        let line = ["clio", "run", "lookup.find", "--input", "-"].map(str::to_owned);
        let parsed = Arguments::try_parse_from(line.into_iter().chain(options)).unwrap();
        let Command::Run(run) = parsed.command else {
            panic!("no run");
        };
        assert_eq!(run.account.connection.as_deref(), Some("firm"));
        assert_eq!(run.files.len(), 2);
        assert!(run.files[1].is_absolute() && run.files[1].ends_with("c"));
        assert_eq!(run.deadline, arguments.deadline);
        assert_eq!(run.max_wait, arguments.max_wait);
        assert_eq!(run.content_origin, arguments.content_origin);
    }
}
