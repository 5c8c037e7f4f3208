//! The control over HTTP, under `/sandbox` on the API's origin, for tests in
//! other languages and for people who build workflows.
//!
//! JSON in and out. Control requests need no token, stand in no trace and count
//! against no rate limit; whose they are, `guard` says. A route stands once, in
//! the table below: what is served, what `GET /sandbox` lists and what
//! [`Control::routes`] documents come from there.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, to_value};

use crate::answer::Answer;
use crate::config::Seed;
use crate::control::Control;
use crate::credentials::App;
use crate::guard::Guard;
use crate::new::{NewDocument, NewMatter, Place};
use crate::state::Shared;
use crate::token::TokenSpec;

/// What `GET /sandbox` tells beside the routes.
#[derive(Debug, Clone)]
pub(crate) struct Info {
    pub(crate) origin: String,
    pub(crate) storage_origin: String,
    pub(crate) token: String,
    pub(crate) app: App,
    pub(crate) guard: Guard,
}

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
            return Answer::refusal(413, "the body is longer than 64 MiB");
        }
        Err(_) => return Answer::refusal(400, "the body was cut short"),
    };
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        match serde_json::from_slice(&bytes) {
            Ok(body) => body,
            Err(error) => return Answer::refusal(400, &format!("the body is not JSON: {error}")),
        }
    };
    let control = Control {
        shared: Arc::clone(shared),
    };
    let Some((route, id)) = find(head.method.as_str(), head.uri.path()) else {
        return Answer::refusal(404, "no such control; GET /sandbox lists them");
    };
    match (route.serve)(&control, Asked { info, id, body }) {
        Ok(Value::Null) => Answer::empty(204),
        Ok(value) => Answer::json(200, &value),
        Err(error) => Answer::refusal(422, &error.to_string()),
    }
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

#[derive(Deserialize)]
struct To {
    place: Place,
}

/// What a request asks: the id in its path, and its body.
struct Asked<'a> {
    info: &'a Info,
    id: u64,
    body: Value,
}

impl Asked<'_> {
    fn read<T: DeserializeOwned>(self) -> Result<T, serde_json::Error> {
        serde_json::from_value(self.body)
    }

    /// The body over a whole value of the type: what it does not name stays.
    fn change<T: Serialize + DeserializeOwned>(self, whole: &T) -> Result<T, serde_json::Error> {
        let mut whole = to_value(whole)?;
        if let (Value::Object(whole), Value::Object(named)) = (&mut whole, self.body) {
            whole.extend(named);
        }
        serde_json::from_value(whole)
    }

    /// The bytes of `content`, which is base64.
    fn content(self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        let document = json!({"content": self.body["content"]});
        Ok(serde_json::from_value::<NewDocument>(document)?.content)
    }
}

/// How the answer says what a call of [`Control`] returned.
trait Told {
    fn told(self) -> Value;
}

impl Told for Value {
    fn told(self) -> Value {
        self
    }
}

/// 204.
impl Told for () {
    fn told(self) -> Value {
        Value::Null
    }
}

impl Told for u64 {
    fn told(self) -> Value {
        json!({"id": self})
    }
}

impl Told for Option<u64> {
    fn told(self) -> Value {
        json!({"id": self})
    }
}

struct Route {
    method: &'static str,
    path: &'static str,
    what: &'static str,
    serve: fn(&Control, Asked<'_>) -> Result<Value, serde_json::Error>,
}

/// The route of a request, and the id in its path.
fn find(method: &str, path: &str) -> Option<(&'static Route, u64)> {
    let asked = || path.trim_end_matches('/').split('/').skip(2);
    ROUTES
        .iter()
        .filter(|route| route.method == method)
        .find_map(|route| {
            let template = || route.path.split('/').skip(2);
            let mut id = 0;
            let fits = template().count() == asked().count()
                && template().zip(asked()).all(|(want, got)| match want {
                    "{id}" => got.parse().is_ok_and(|got| {
                        id = got;
                        true
                    }),
                    _ => want == got,
                });
            fits.then_some((route, id))
        })
}

macro_rules! routes {
    (|$control:ident, $asked:ident|
     $($method:ident $path:literal $what:literal => $serve:expr;)+) => {
        #[allow(unused_variables)] // most routes read no body
        static ROUTES: &[Route] = &[$(Route {
            method: stringify!($method),
            path: concat!("/sandbox", $path),
            what: $what,
            serve: |$control, $asked| Ok($serve.told()),
        }),+];

        impl Control {
            /// The control over HTTP: method, path and meaning of every route,
            /// as `GET /sandbox` lists them.
            ///
            /// | Request | Does |
            /// | --- | --- |
            $(#[doc = concat!("| `", stringify!($method), " /sandbox", $path, "` | ", $what, " |")])+
            pub fn routes() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
                ROUTES.iter().map(|route| (route.method, route.path, route.what))
            }
        }
    };
}

routes! { |control, asked|
    GET "" "origins, token and routes" => about(asked.info);
    GET "/trace" "every request in order" => to_value(control.trace())?;
    DELETE "/trace" "forget the trace and what was ignored" => control.clear_trace();
    GET "/ignored" "what Clio would have ignored" => to_value(control.ignored())?;
    GET "/snapshot" "the account's state" => to_value(control.snapshot())?;
    GET "/faults" "faults that wait" => to_value(control.faults())?;
    POST "/faults" "queue a fault" => control.fault(asked.read()?);
    DELETE "/faults" "drop all faults" => control.clear_faults();
    GET "/clock" "the sandbox's present" => json!({"now": control.now()});
    POST "/clock" "advance_ms, freeze_at, freeze or run" => change_clock(control, asked.read()?);
    GET "/switches" "the readings of open facts" => to_value(control.switches())?;
    POST "/switches" "change the readings named" => {
        control.set_switches(asked.change(&control.switches())?);
        to_value(control.switches())?
    };
    POST "/rate-limit" "limit and window_ms" => control.set_rate_limit(asked.read()?);
    // An added seed brings nothing that it does not name.
    POST "/seed" "add a seed to the account" => control.seed(asked.change(&Seed::empty())?);
    POST "/tokens" "issue a token" => {
        let spec: Option<TokenSpec> = asked.read()?;
        json!({"token": control.issue_token(spec.unwrap_or_default())})
    };
    POST "/tokens/revoke" "revoke a token" =>
        control.revoke(asked.body["token"].as_str().unwrap_or(""));
    POST "/apps" "register an application" => control.register_app(asked.read()?);
    POST "/grants/revoke" "take back every consent" => control.revoke_grants();
    POST "/account" "the account that tokens belong to: id, name" => {
        let account: Firm = asked.read()?;
        control.set_account(account.id, &account.name)
    };
    POST "/contacts" "add a contact" => control.add_contact(asked.read()?);
    POST "/contacts/merge" "merge two contacts: into, from" => {
        let merge: Merge = asked.read()?;
        control.merge_contacts(merge.into, merge.from)
    };
    DELETE "/contacts/{id}" "delete a contact" => control.delete_contact(asked.id);
    POST "/matters" "add a matter" => control.add_matter(asked.read()?);
    POST "/matters/{id}/stage" "move a matter to a stage" =>
        control.set_stage(asked.id, asked.body["stage"].as_u64().unwrap_or(0));
    DELETE "/matters/{id}" "delete a matter" => control.delete_matter(asked.id);
    POST "/matters/many" "add as many like one: count, matter" => {
        let many: Many = asked.read()?;
        json!({"ids": control.add_matters(many.count, &many.matter)})
    };
    POST "/users/{id}/enable" "enable a user" => control.enable_user(asked.id, true);
    POST "/users/{id}/disable" "disable a user" => control.enable_user(asked.id, false);
    POST "/practice-areas" "add a practice area: name" =>
        control.add_practice_area(&asked.read::<Named>()?.name);
    POST "/stages" "add a stage: practice_area, name" => {
        let new: Named = asked.read()?;
        control.add_stage(new.practice_area.unwrap_or(0), &new.name)
    };
    POST "/document-categories" "add a document category: name" =>
        control.add_document_category(&asked.read::<Named>()?.name);
    POST "/custom-fields" "add a custom field definition" =>
        control.add_custom_field(asked.read()?);
    DELETE "/custom-fields/{id}" "delete a custom field definition" =>
        control.delete_custom_field(asked.id);
    POST "/folders" "add a folder: place, name" => {
        let new: Named = asked.read()?;
        new.place.and_then(|place| control.add_folder(place, &new.name))
    };
    POST "/documents" "add a document: place, document" => {
        let new: Placed = asked.read()?;
        control.add_document(new.place, new.document)
    };
    POST "/documents/{id}/complete" "complete it: content (base64)" =>
        control.complete_document(asked.id, &asked.content()?.unwrap_or_default());
    POST "/documents/{id}/version" "add a version: content (base64)" =>
        control.add_version(asked.id, asked.content()?);
    POST "/documents/{id}/trash" "to the trash" => control.trash_document(asked.id);
    POST "/documents/{id}/restore" "out of the trash" => control.restore_document(asked.id);
    POST "/documents/{id}/rename" "rename it: name" =>
        control.edit_document(asked.id, &asked.read::<Named>()?.name);
    POST "/documents/{id}/move" "move it: place" =>
        control.move_document(asked.id, asked.read::<To>()?.place);
    POST "/activities" "add a time entry: matter, quantity, billed" =>
        control.add_activity(&asked.read()?);
    POST "/relationships" "relate a contact to a matter: matter, contact, description" =>
        control.add_relationship(&asked.read()?);
    POST "/automations" "add a stage automation" => control.add_stage_automation(asked.read()?);
    POST "/templates" "add a template: a document" => {
        let new: NewDocument = asked.read()?;
        control.add_template(&new.name, &new.content.unwrap_or_default())
    };
    POST "/generations" "how the next automation by request ends" =>
        control.next_generation(asked.read()?);
    GET "/webhooks/attempts" "every attempt to deliver" => to_value(control.webhook_attempts())?;
    POST "/webhooks/{id}/confirm" "as if its receiver had confirmed" =>
        control.confirm_webhook(asked.id);
    POST "/webhooks/{id}/suspend" "as if its receiver had kept failing" =>
        control.suspend_webhook(asked.id);
}

fn about(info: &Info) -> Value {
    let route = |(method, path, what)| json!({"method": method, "path": path, "what": what});
    json!({
        "origin": info.origin,
        "storage_origin": info.storage_origin,
        "token": info.token,
        "app": info.app,
        "routes": Control::routes().map(route).collect::<Vec<_>>(),
    })
}

fn change_clock(control: &Control, change: ClockChange) -> Value {
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
