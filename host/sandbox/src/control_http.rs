//! The control over HTTP, under `/sandbox` on the API's origin, for tests in
//! other languages and for people who build workflows.
//!
//! JSON in and out. Control requests need no token, stand in no trace and count
//! against no rate limit; whose they are, `guard` says. The routes are listed in the crate's documentation
//! and by `GET /sandbox`.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::config::Seed;
use crate::control::{Control, Shared};
use crate::fault::Fault;
use crate::guard::Guard;
use crate::new::{
    NewActivity, NewAutomation, NewContact, NewCustomField, NewDocument, NewMatter, Place,
};
use crate::oauth::App;
use crate::switches::Switches;
use crate::token::{RateLimit, TokenSpec};

/// What `GET /sandbox` tells beside the routes.
#[derive(Debug, Clone)]
pub(crate) struct Info {
    pub(crate) origin: String,
    pub(crate) storage_origin: String,
    pub(crate) token: String,
    pub(crate) app: App,
    pub(crate) guard: Guard,
}

/// Method, path and meaning of every route.
pub(crate) const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/sandbox", "origins, token and routes"),
    ("GET", "/sandbox/trace", "every request in order"),
    (
        "DELETE",
        "/sandbox/trace",
        "forget the trace and what was ignored",
    ),
    ("GET", "/sandbox/ignored", "what Clio would have ignored"),
    ("GET", "/sandbox/snapshot", "the account's state"),
    ("GET", "/sandbox/faults", "faults that wait"),
    ("POST", "/sandbox/faults", "queue a fault"),
    ("DELETE", "/sandbox/faults", "drop all faults"),
    ("GET", "/sandbox/clock", "the sandbox's present"),
    (
        "POST",
        "/sandbox/clock",
        "advance_ms, freeze_at, freeze or run",
    ),
    ("GET", "/sandbox/switches", "the readings of open facts"),
    ("POST", "/sandbox/switches", "change the readings named"),
    ("POST", "/sandbox/rate-limit", "limit and window_ms"),
    ("POST", "/sandbox/seed", "add a seed to the account"),
    ("POST", "/sandbox/tokens", "issue a token"),
    ("POST", "/sandbox/tokens/revoke", "revoke a token"),
    ("POST", "/sandbox/apps", "register an application"),
    ("POST", "/sandbox/grants/revoke", "take back every consent"),
    (
        "POST",
        "/sandbox/account",
        "the account that tokens belong to: id, name",
    ),
    ("POST", "/sandbox/contacts", "add a contact"),
    (
        "POST",
        "/sandbox/contacts/merge",
        "merge two contacts: into, from",
    ),
    ("DELETE", "/sandbox/contacts/{id}", "delete a contact"),
    ("POST", "/sandbox/matters", "add a matter"),
    (
        "POST",
        "/sandbox/matters/{id}/stage",
        "move a matter to a stage",
    ),
    ("DELETE", "/sandbox/matters/{id}", "delete a matter"),
    (
        "POST",
        "/sandbox/matters/many",
        "add as many like one: count, matter",
    ),
    ("POST", "/sandbox/users/{id}/enable", "enable a user"),
    ("POST", "/sandbox/users/{id}/disable", "disable a user"),
    (
        "POST",
        "/sandbox/practice-areas",
        "add a practice area: name",
    ),
    (
        "POST",
        "/sandbox/stages",
        "add a stage: practice_area, name",
    ),
    (
        "POST",
        "/sandbox/document-categories",
        "add a document category: name",
    ),
    (
        "POST",
        "/sandbox/custom-fields",
        "add a custom field definition",
    ),
    (
        "DELETE",
        "/sandbox/custom-fields/{id}",
        "delete a custom field definition",
    ),
    ("POST", "/sandbox/folders", "add a folder: place, name"),
    (
        "POST",
        "/sandbox/documents",
        "add a document: place, document",
    ),
    (
        "POST",
        "/sandbox/documents/{id}/complete",
        "complete it: content (base64)",
    ),
    (
        "POST",
        "/sandbox/documents/{id}/version",
        "add a version: content (base64)",
    ),
    ("POST", "/sandbox/documents/{id}/trash", "to the trash"),
    (
        "POST",
        "/sandbox/documents/{id}/restore",
        "out of the trash",
    ),
    ("POST", "/sandbox/documents/{id}/rename", "rename it: name"),
    ("POST", "/sandbox/documents/{id}/move", "move it: place"),
    (
        "POST",
        "/sandbox/activities",
        "add a time entry: matter, quantity, billed",
    ),
    ("POST", "/sandbox/automations", "add a stage automation"),
    ("POST", "/sandbox/templates", "add a template: a document"),
    (
        "POST",
        "/sandbox/generations",
        "how the next automation by request ends",
    ),
    (
        "GET",
        "/sandbox/webhooks/attempts",
        "every attempt to deliver",
    ),
    (
        "POST",
        "/sandbox/webhooks/{id}/confirm",
        "as if its receiver had confirmed",
    ),
    (
        "POST",
        "/sandbox/webhooks/{id}/suspend",
        "as if its receiver had kept failing",
    ),
];

/// The most bytes of one control request: a seed may hold documents.
const CONTROL_BODY: usize = 64 * 1024 * 1024;

/// Serves a control request.
pub(crate) async fn serve(shared: &Arc<Shared>, info: &Info, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    // Before the body is read: a page that is turned away fills no memory.
    if let Some(refusal) = info.guard.control(&head, !body.is_end_stream()) {
        return refusal;
    }
    let bytes = match http_body_util::Limited::new(body, CONTROL_BODY)
        .collect()
        .await
    {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return refuse(413, "the body is longer than 64 MiB");
        }
        Err(_) => return refuse(400, "the body was cut short"),
    };
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        match serde_json::from_slice(&bytes) {
            Ok(body) => body,
            Err(error) => return refuse(400, &format!("the body is not JSON: {error}")),
        }
    };
    let control = Control {
        shared: Arc::clone(shared),
    };
    let path = head.uri.path().trim_end_matches('/');
    let segments: Vec<&str> = path.split('/').skip(2).collect();
    match route(&control, info, head.method.as_str(), &segments, body) {
        Ok(Some(Value::Null)) => Answer::empty(204),
        Ok(Some(value)) => Answer::json(200, &value),
        Ok(None) => refuse(404, "no such control; GET /sandbox lists them"),
        Err(error) => refuse(422, &error.to_string()),
    }
}

fn refuse(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"error": message}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    advance_ms: Option<u64>,
    #[serde(default)]
    freeze: bool,
    freeze_at: Option<jiff::Timestamp>,
    #[serde(default)]
    run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Firm {
    id: u64,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    practice_area: Option<u64>,
    place: Option<Place>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    count: usize,
    matter: NewMatter,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Placed {
    place: Place,
    document: NewDocument,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    into: u64,
    from: u64,
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(body)
}

/// `Ok(None)`: there is no such route.
fn route(
    control: &Control,
    info: &Info,
    method: &str,
    path: &[&str],
    body: Value,
) -> Result<Option<Value>, serde_json::Error> {
    let done = Value::Null;
    let made = |id: u64| json!({"id": id});
    let maybe = |id: Option<u64>| id.map_or_else(|| json!({"id": null}), made);
    Ok(Some(match (method, path) {
        ("GET", []) => json!({
            "origin": info.origin,
            "storage_origin": info.storage_origin,
            "token": info.token,
            "app": info.app,
            "routes": ROUTES.iter().map(|(m, p, what)| json!({"method": m, "path": p, "what": what}))
                .collect::<Vec<_>>(),
        }),
        ("GET", ["trace"]) => serde_json::to_value(control.trace())?,
        ("DELETE", ["trace"]) => {
            control.clear_trace();
            done
        }
        ("GET", ["ignored"]) => serde_json::to_value(control.ignored())?,
        ("GET", ["snapshot"]) => serde_json::to_value(control.snapshot())?,
        ("GET", ["faults"]) => serde_json::to_value(control.faults())?,
        ("POST", ["faults"]) => {
            control.fault(read::<Fault>(body)?);
            done
        }
        ("DELETE", ["faults"]) => {
            control.clear_faults();
            done
        }
        ("GET", ["webhooks", "attempts"]) => serde_json::to_value(control.webhook_attempts())?,
        ("GET", ["clock"]) => json!({"now": control.now()}),
        ("POST", ["clock"]) => {
            let change: ClockChange = read(body)?;
            if change.freeze || change.freeze_at.is_some() {
                control.freeze(change.freeze_at);
            }
            if let Some(ms) = change.advance_ms {
                control.advance(Duration::from_millis(ms));
            }
            if change.run {
                control.run_clock();
            }
            json!({"now": control.now()})
        }
        ("GET", ["switches"]) => serde_json::to_value(control.switches())?,
        ("POST", ["switches"]) => {
            let mut merged = serde_json::to_value(control.switches())?;
            if let (Value::Object(merged), Value::Object(change)) = (&mut merged, body) {
                merged.extend(change);
            }
            control.set_switches(read::<Switches>(merged)?);
            serde_json::to_value(control.switches())?
        }
        ("POST", ["rate-limit"]) => {
            control.set_rate_limit(read::<RateLimit>(body)?);
            done
        }
        ("POST", ["seed"]) => {
            // An added seed brings nothing that it does not name.
            let mut whole = serde_json::to_value(Seed::empty())?;
            if let (Value::Object(whole), Value::Object(named)) = (&mut whole, body) {
                whole.extend(named);
            }
            control.seed(read::<Seed>(whole)?);
            done
        }
        ("POST", ["tokens"]) => {
            let body = if body.is_null() { json!({}) } else { body };
            json!({"token": control.issue_token(read::<TokenSpec>(body)?)})
        }
        ("POST", ["tokens", "revoke"]) => {
            control.revoke(body.get("token").and_then(Value::as_str).unwrap_or(""));
            done
        }
        ("POST", ["apps"]) => {
            control.register_app(read::<App>(body)?);
            done
        }
        ("POST", ["grants", "revoke"]) => {
            control.revoke_grants();
            done
        }
        ("POST", ["account"]) => {
            let account: Firm = read(body)?;
            control.set_account(account.id, &account.name);
            done
        }
        ("POST", ["contacts"]) => made(control.add_contact(read::<NewContact>(body)?)),
        ("POST", ["contacts", "merge"]) => {
            let merge: Merge = read(body)?;
            control.merge_contacts(merge.into, merge.from);
            done
        }
        ("POST", ["matters"]) => made(control.add_matter(read::<NewMatter>(body)?)),
        ("POST", ["matters", "many"]) => {
            let new: Many = read(body)?;
            json!({"ids": control.add_matters(new.count, &new.matter)})
        }
        ("POST", ["practice-areas"]) => made(control.add_practice_area(&read::<Named>(body)?.name)),
        ("POST", ["stages"]) => {
            let new: Named = read(body)?;
            made(control.add_stage(new.practice_area.unwrap_or(0), &new.name))
        }
        ("POST", ["document-categories"]) => {
            made(control.add_document_category(&read::<Named>(body)?.name))
        }
        ("POST", ["custom-fields"]) => {
            made(control.add_custom_field(read::<NewCustomField>(body)?))
        }
        ("POST", ["folders"]) => {
            let new: Named = read(body)?;
            maybe(
                new.place
                    .and_then(|place| control.add_folder(place, &new.name)),
            )
        }
        ("POST", ["documents"]) => {
            let new: Placed = read(body)?;
            maybe(control.add_document(new.place, new.document))
        }
        ("POST", ["templates"]) => {
            let new: NewDocument = read(body)?;
            made(control.add_template(&new.name, &new.content.unwrap_or_default()))
        }
        ("POST", ["generations"]) => {
            control.next_generation(read(body)?);
            done
        }
        ("POST", ["activities"]) => made(control.add_activity(&read::<NewActivity>(body)?)),
        ("POST", ["automations"]) => {
            control.add_stage_automation(read::<NewAutomation>(body)?);
            done
        }
        (method, [what, id, rest @ ..]) => {
            let Ok(id) = id.parse::<u64>() else {
                return Ok(None);
            };
            return on_record(control, method, what, id, rest, body);
        }
        _ => return Ok(None),
    }))
}

/// Routes that name a record.
fn on_record(
    control: &Control,
    method: &str,
    what: &str,
    id: u64,
    rest: &[&str],
    body: Value,
) -> Result<Option<Value>, serde_json::Error> {
    let content = |body: Value| -> Result<Option<Vec<u8>>, serde_json::Error> {
        let mut document = json!({"name": ""});
        if let (Some(document), Some(content)) = (document.as_object_mut(), body.get("content")) {
            document.insert("content".to_owned(), content.clone());
        }
        Ok(read::<NewDocument>(document)?.content)
    };
    match (method, what, rest) {
        ("DELETE", "contacts", []) => control.delete_contact(id),
        ("DELETE", "matters", []) => control.delete_matter(id),
        ("DELETE", "custom-fields", []) => control.delete_custom_field(id),
        ("POST", "matters", ["stage"]) => {
            control.set_stage(id, body.get("stage").and_then(Value::as_u64).unwrap_or(0));
        }
        ("POST", "users", ["enable"]) => control.enable_user(id, true),
        ("POST", "users", ["disable"]) => control.enable_user(id, false),
        ("POST", "documents", ["complete"]) => {
            control.complete_document(id, &content(body)?.unwrap_or_default());
        }
        ("POST", "documents", ["version"]) => control.add_version(id, content(body)?),
        ("POST", "webhooks", ["confirm"]) => control.confirm_webhook(id),
        ("POST", "webhooks", ["suspend"]) => control.suspend_webhook(id),
        ("POST", "documents", ["trash"]) => control.trash_document(id),
        ("POST", "documents", ["restore"]) => control.restore_document(id),
        ("POST", "documents", ["rename"]) => {
            control.edit_document(id, &read::<Named>(body)?.name);
        }
        ("POST", "documents", ["move"]) => {
            #[derive(Deserialize)]
            struct To {
                place: Place,
            }
            control.move_document(id, read::<To>(body)?.place);
        }
        _ => return Ok(None),
    }
    Ok(Some(Value::Null))
}
