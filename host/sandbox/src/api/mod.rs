//! The API: from a request to an answer, the same way for every operation.
//!
//! Order of checks: firewall, path, token, rate, plan, version, permission, query,
//! `fields`, body, and then the handler of the operation. Handlers stand in one
//! file a resource.

mod activities;
mod call;
mod contacts;
mod custom_fields;
mod documents;
mod folders;
mod gate;
mod generation;
mod list;
mod matters;
mod practice;
mod properties;
mod relationships;
mod uploads;
mod users;
mod value_filter;
mod webhooks;

use http::HeaderMap;
use serde_json::Value;

use crate::answer::{Answer, ApiError, UNKNOWN_REFERENCE, VALIDATION};
use crate::body::Body;
use crate::description::{Description, Operation};
use crate::fields::Selection;
use crate::query::{self, Query};
use crate::state::State;
use crate::switches::{FieldsErrorType, UnknownReference, ValidationType};
use crate::token::Token;
use crate::trace::{Ignored, IgnoredKind, Trace};
use crate::webhooks::Webhooks;
use crate::world::{
    Activity, Contact, Document, DocumentCategory, Folder, Generation, Matter, PracticeArea,
    Relationship, Template, User, World,
};

/// A request of the API, its body read.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    pub(crate) exchange: u64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Value>,
    /// Whether the final PATCH of an upload is to time out.
    pub(crate) upload_timeout: bool,
}

/// One call of an operation.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) webhooks: &'a mut Webhooks,
    pub(crate) trace: &'a mut Trace,
    pub(crate) request: &'a ApiRequest,
    pub(crate) description: &'a Description,
    pub(crate) operation: &'a Operation,
    pub(crate) ids: Vec<u64>,
    pub(crate) query: Query,
    pub(crate) body: Body,
    pub(crate) token: Token,
    selection: Selection,
}

use call::show;
pub(crate) use gate::{suspicious, wrapped};

type Handler = fn(&mut Call<'_>) -> Result<Answer, ApiError>;

/// Serves one request. The answer still lacks the `Date` header.
pub(crate) fn serve(state: &mut State, description: &Description, request: &ApiRequest) -> Answer {
    state.tick();
    if state.world.switches.firewall && gate::suspicious(&request.headers) {
        return Answer::html(403, "Forbidden");
    }
    // OPTIONS is not supported at all.
    let path = request.path.strip_prefix("/api/v4/");
    let (Some(path), false) = (path, request.method == "OPTIONS") else {
        return ApiError::not_found("The page").answer();
    };
    let now = state.world.now();
    let counted = gate::authenticate(state, &request.headers)
        .and_then(|bearer| state.credentials.count(&bearer, now));
    let Some((token, rate)) = counted else {
        return gate::unauthorized(&state.world);
    };
    let mut answer = match rate.refused_for {
        Some(seconds) => gate::rate_limited(&state.world, seconds),
        None => match call(state, description, request, token, path) {
            Ok(answer) => answer.with("X-API-VERSION", &gate::version(&request.headers)),
            Err(error) => name_type(&state.world, error).answer(),
        },
    };
    gate::rate_headers(&mut answer, rate);
    answer
}

fn call(
    state: &mut State,
    description: &Description,
    request: &ApiRequest,
    token: Token,
    path: &str,
) -> Result<Answer, ApiError> {
    let (operation, ids) = description
        .route(&request.method, path)
        .ok_or_else(|| ApiError::not_found("The page"))?;
    let State {
        world,
        webhooks,
        trace,
        ..
    } = state;
    trace.amend(request.exchange, |e| {
        e.operation = Some(operation.id.clone())
    });
    if !world.switches.api_access {
        return Err(ApiError::forbidden("The account's plan has no API access"));
    }
    let handler = handler(&operation.id).ok_or_else(|| ApiError::not_found("The page"))?;
    gate::pinned_version(&request.headers)?;
    gate::permit(&token, operation)?;

    let note = |trace: &mut Trace, what: IgnoredKind, places: Vec<String>| {
        for place in places {
            trace.ignored.push(Ignored {
                exchange: request.exchange,
                operation: operation.id.clone(),
                what,
                place,
            });
        }
    };
    let (query, unknown) = Query::check(operation, request.query.clone())?;
    note(trace, IgnoredKind::UnknownParameter, unknown);
    let selection = match &operation.answer {
        Some(schema) => Selection::parse(description, schema, query.text("fields"))?,
        None => Selection::default(),
    };
    let body = match &operation.body {
        Some(shape) => {
            let value = request
                .body
                .as_ref()
                .ok_or_else(|| ApiError::bad_request("the body is not JSON"))?;
            let (body, dropped) = Body::check(&operation.id, shape, value);
            note(trace, IgnoredKind::UnknownBodyKey, dropped);
            body?
        }
        None => Body::default(),
    };
    let mut call = Call {
        world,
        webhooks,
        trace,
        request,
        description,
        operation,
        ids,
        query,
        body,
        token,
        selection,
    };
    let answer = handler(&mut call)?;
    let (parameters, keys) = (call.query.left_over(), call.body.left_over());
    note(call.trace, IgnoredKind::NotSimulated, parameters);
    note(call.trace, IgnoredKind::NotSimulated, keys);
    if request.method != "GET" {
        call.trace.amend(request.exchange, |e| e.applied = true);
    }
    Ok(answer)
}

/// The handler of an operation.
fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "Activity#index" => activities::index,
        "Activity#show" => show::<Activity>,
        "Activity#create" => activities::create,
        "Activity#update" => activities::update,
        "Activity#destroy" => activities::destroy,
        "Contact#index" => contacts::index,
        "Contact#show" => show::<Contact>,
        "Contact#create" => contacts::create,
        "Contact#update" => contacts::update,
        "Contact#destroy" => contacts::destroy,
        "EmailAddress#index" => contacts::email_addresses,
        "PhoneNumber#index" => contacts::phone_numbers,
        "Matter#index" => matters::index,
        "Matter#show" => show::<Matter>,
        "Matter#create" => matters::create,
        "Matter#update" => matters::update,
        "Matter#destroy" => matters::destroy,
        "MatterStage#index" => practice::stages,
        "PracticeArea#index" => practice::index,
        "PracticeArea#show" => show::<PracticeArea>,
        "PracticeArea#create" => practice::create,
        "PracticeArea#update" => practice::update,
        "PracticeArea#destroy" => practice::destroy,
        "DocumentCategory#index" => practice::categories,
        "DocumentCategory#show" => show::<DocumentCategory>,
        "DocumentCategory#create" => practice::create_category,
        "Relationship#index" => relationships::index,
        "Relationship#show" => show::<Relationship>,
        "Relationship#create" => relationships::create,
        "Relationship#update" => relationships::update,
        "Relationship#destroy" => relationships::destroy,
        "Document#index" => documents::index,
        "Document#show" => show::<Document>,
        "Document#create" => uploads::create,
        "Document#update" => documents::update,
        "Document#destroy" => documents::destroy,
        "Document#download" => documents::download,
        "DocumentVersion#index" => documents::versions,
        "DocumentTemplate#index" => generation::templates,
        "DocumentTemplate#show" => show::<Template>,
        "DocumentTemplate#download" => generation::download,
        "DocumentAutomation#index" => generation::index,
        "DocumentAutomation#show" => show::<Generation>,
        "DocumentAutomation#create" => generation::create,
        "Folder#index" => folders::index,
        "Folder#list" => folders::list,
        "Folder#show" => show::<Folder>,
        "Folder#create" => folders::create,
        "Folder#update" => folders::update,
        "Folder#destroy" => folders::destroy,
        "CustomField#index" => custom_fields::index,
        "CustomField#show" => custom_fields::show,
        "CustomField#create" => custom_fields::create,
        "CustomField#update" => custom_fields::update,
        "CustomField#destroy" => custom_fields::destroy,
        "User#index" => users::index,
        "User#show" => show::<User>,
        "User#who_am_i" => users::who_am_i,
        "Webhook#index" => webhooks::index,
        "Webhook#show" => webhooks::show,
        "Webhook#create" => webhooks::create,
        "Webhook#update" => webhooks::update,
        "Webhook#destroy" => webhooks::destroy,
        "Webhook#activate" => webhooks::activate,
        _ => return None,
    })
}

/// Puts in the error types that switches decide.
fn name_type(world: &World, mut error: ApiError) -> ApiError {
    if error.kind == UNKNOWN_REFERENCE {
        error = match world.switches.unknown_reference {
            UnknownReference::NotFound => ApiError {
                kind: "RecordNotFoundError".to_owned(),
                ..error
            },
            UnknownReference::Unprocessable => ApiError::invalid(error.message),
        };
    }
    if error.kind == VALIDATION {
        error.kind = match world.switches.validation_type {
            ValidationType::ArgumentError => "ArgumentError",
            ValidationType::UnprocessableEntityError => "UnprocessableEntityError",
        }
        .to_owned();
    } else if error.kind == "InvalidFields"
        && world.switches.fields_error_type == FieldsErrorType::ArgumentError
    {
        error.kind = "ArgumentError".to_owned();
    }
    error
}

/// Encodes a query for the next page's URL.
pub(crate) fn with_query(base: &str, pairs: &[(String, String)]) -> String {
    format!("{base}?{}", query::encode(pairs))
}
