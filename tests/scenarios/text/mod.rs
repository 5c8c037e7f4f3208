//! What people, programs and systems type differently and mean as the same: one
//! table a kind of text, driven through the actions, the case file and the
//! mapping. That the keys themselves are right is tested beside them; here is
//! tested that everything that compares or sends uses them.

mod files;
mod labels;
mod people;

use clio_host::CallError;
use clio_host::actions::types::ProblemCode;
use clio_tests::{CommandOutput, World, host};
use serde_json::{Value, json};

/// What stands in Clio, what is asked for, and whether it is the same.
type Pair = (&'static str, &'static str, bool);

async fn run(
    world: &World,
    action: &str,
    function: Option<&str>,
    input: Value,
) -> Result<Value, CallError> {
    let action = host().load_action(action).unwrap();
    world.call().invoke(&action, function, input).await
}

fn code(error: &CallError) -> Option<ProblemCode> {
    error.problem().map(|problem| problem.code)
}

async fn sync(world: &World, case: &Value, more: &[&str]) -> CommandOutput {
    let path = world.file("case.json", case.to_string());
    let args = [&["sync", path.to_str().unwrap(), "--json"], more].concat();
    world.clio(&args).await
}

fn contact(source_id: &str, last: &str, address: Option<&str>, number: Option<&str>) -> Value {
    json!({
        "source_id": source_id,
        "contact": {"person": {"first_name": "Ann", "last_name": last}},
        "emails": address.map(|address| json!({"address": address})).into_iter().collect::<Vec<_>>(),
        "phones": number.map(|number| json!({"number": number})).into_iter().collect::<Vec<_>>(),
        "addresses": [],
    })
}
