//! Every function of every action, against the schema of its input.

use clio_host::actions::types::ProblemCode;
use clio_host::{AccessToken, Action, CallError, Connection, Limits, Origin};
use clio_tests::host;
use jsonschema::Validator;
use serde_json::Value;

use crate::made::{self, Dice};
use crate::spoilt::spoil;

/// What an action refuses that no schema says: rules between members, and what
/// only the action itself can read. By action, function and place.
const BEYOND: &[(&str, &str)] = &[
    // A stage's name needs its practice area; a resolved one its id.
    ("create-matter.create", "/practice_area"),
    ("create-matter.resolve", "/practice_area"),
    // Clio's API cannot take an attorney away.
    ("update-matter.update", "/responsible_attorney"),
    ("update-matter.update", "/originating_attorney"),
    ("update-matter.update", "/etag"),
    // The state of another document; a path below a document; bytes that are
    // not those that length and digest say.
    ("upload-document.upload", "/known/source_id"),
    ("upload-document.upload", "/known/id"),
    ("upload-document.upload", "/folder_path"),
    ("upload-document.upload", "/content/length"),
    ("upload-document.upload", "/content/sha256"),
    // A hint goes with a cursor, and a cursor is read by whoever made it.
    ("detect-documents.detect", "/hint"),
    ("detect-documents.detect", "/start/cursor"),
    ("lookup.find", "/cursor"),
    ("lookup.find", "/limit"),
    ("pull-matters.pull", "/cursor"),
    ("pull-matters.count", "/cursor"),
    ("generate-document.templates", "/cursor"),
    // Fields as Clio writes them, events that the model has, a URL that it
    // delivers to.
    ("webhooks.ensure", "/fields"),
    ("webhooks.ensure", "/events"),
    ("webhooks.ensure", "/url"),
    // Empty bytes say so by a length of 0; an approval is for these bytes.
    ("upload-document.upload", "/content/source/inline"),
    ("upload-document.upload", "/provenance/draft"),
    ("webhooks.list", "/url"),
    // Of subscriptions whose handshake has come, the secret is needed.
    ("receive-webhook.receive", "/subscriptions"),
    // Bytes that are no document, or not those that length and digest say; days that
    // no calendar has, and two values of one name.
    ("fill-document.fill", "/template/content"),
    ("fill-document.gather", "/template/content"),
    ("fill-document.fill", "/more"),
    ("fill-document.gather", "/more"),
    ("inspect-document.inspect", "/content"),
    ("inspect-document.inspect", "/template"),
    // A number without digits recognises nobody.
    ("sync-contact.sync", "/phones"),
];

/// How many values are made of each schema, and how often each is spoilt.
const VALUES: u64 = 120;
const SPOILT: usize = 4;

/// Runs the action's own check, without a way out. `None`: it took the input.
async fn refused(action: &Action, function: &str, input: &Value) -> Option<String> {
    let origin = Origin::parse("https://app.clio.com").unwrap();
    let connection = Connection::new(origin, AccessToken::from("none".to_owned()));
    let limits = Limits {
        requests: 0,
        ..Limits::default()
    };
    let call = host().call(&connection).limits(limits);
    let error: CallError = call
        .invoke(action, Some(function), input.clone())
        .await
        .err()?;
    let problem = error.problem()?;
    let input = matches!(
        problem.code,
        ProblemCode::InvalidInput | ProblemCode::ReviewRequired
    );
    input.then(|| problem.field.clone().unwrap_or_default())
}

fn is_beyond(function: &str, field: &str) -> bool {
    BEYOND
        .iter()
        .any(|(of, at)| *of == function && field.starts_with(at))
}

// CASES V7, V9
#[tokio::test(flavor = "multi_thread")]
async fn what_a_schema_takes_is_taken_and_what_it_refuses_is_refused() {
    let mut wrong = Vec::new();
    for of in clio_catalog::actions() {
        let action = host().load_action(of.name).unwrap();
        let description: Value = serde_json::from_str(of.description).unwrap();
        for function in description["functions"].as_array().unwrap() {
            let schema = &function["input"];
            let validator = jsonschema::validator_for(schema).unwrap();
            let function = function["name"].as_str().unwrap();
            let name = format!("{}.{function}", of.name);
            let mut taken = 0;
            for seed in 0..VALUES {
                let mut dice = Dice::new(seed + 1);
                let value = made::value(&mut dice, schema, schema);
                let told: Vec<String> = validator
                    .iter_errors(&value)
                    .map(|error| error.to_string())
                    .collect();
                assert!(told.is_empty(), "{name}: {value} was made and is {told:?}");
                let agree = agrees(&name, &validator, &action, function, &value).await;
                taken += u64::from(agree == Ok(true));
                wrong.extend(agree.err());
                for _ in 0..SPOILT {
                    let mut value = value.clone();
                    spoil(&mut dice, &mut value);
                    let agree = agrees(&name, &validator, &action, function, &value).await;
                    wrong.extend(agree.err());
                }
            }
            // A check that refuses everything agrees with any schema.
            assert!(taken > 0, "{name} takes nothing");
        }
    }
    // One value of each kind of disagreement.
    wrong.sort();
    wrong.dedup_by(|one, other| one.0 == other.0);
    assert!(wrong.is_empty(), "{} disagree: {wrong:#?}", wrong.len());
}

/// Whether the value was taken, where schema and action say the same of it.
async fn agrees(
    name: &str,
    validator: &Validator,
    action: &Action,
    function: &str,
    value: &Value,
) -> Result<bool, (String, String)> {
    let fits = validator.is_valid(value);
    let refused = refused(action, function, value).await;
    let shown: String = value.to_string().chars().take(400).collect();
    match refused {
        None if fits => Ok(true),
        Some(_) if !fits => Ok(false),
        Some(field) if is_beyond(name, &field) => Ok(false),
        Some(field) => Err((
            format!("{name} refuses {field}, its schema does not"),
            shown,
        )),
        // It looks ids up among those that it was given, and asks Clio for none.
        None if name == "receive-webhook.receive" => Ok(true),
        None => {
            let mut errors = validator.iter_errors(value);
            let why = errors
                .next()
                .map(|it| format!("{} {it}", it.instance_path()));
            let at = validator.iter_errors(value).next();
            let at = at.map(|it| format!("{} {}", it.instance_path(), it.schema_path()));
            let at = at.unwrap_or_default();
            Err((
                format!("{name} takes what its schema refuses at {at}"),
                format!("{why:?} {shown}"),
            ))
        }
    }
}
