//! A Clio account is connected: the browser goes to Clio, a person consents there,
//! and Clio sends the browser back here with a code.
//!
//! Where it may go is one of Clio's regions, or the origin that the operator wrote
//! for the connection: an address out of a form would be sent the application's
//! secret. The application is the operator's as well.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Extension, OriginalUri, Query, State};
use axum::response::Response;
use clio_host::oauth::{ClientCredentials, OAuth};
use clio_host::vault::{Contents, SavedConnection};
use clio_host::{CLIO_ORIGINS, Origin};
use clio_runner::account;
use clio_runner::connect::{Consented, application, refused};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::journal::api_keys::{Connections, Right};
use clio_runner::{operator, runner, vault};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::html;
use serde::Deserialize;

use super::form::Posted;
use super::layout::{self, Here};
use super::session::Visitor;
use super::state::{Attempt, State as Remembered};
use super::trouble::Trouble;
use crate::service::Service;

/// The regions, as a form names them.
const REGIONS: [(&str, &str); 4] = [
    ("us", "United States"),
    ("eu", "Europe"),
    ("ca", "Canada"),
    ("au", "Australia"),
];

/// The path that Clio sends browsers back to.
const CALLBACK: &str = "/callback";

const AGAIN: &str =
    "begin again on this page: an attempt lasts ten minutes and belongs to who began it";

#[derive(Debug, Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    name: String,
    /// The name led to another account before, and that is meant.
    #[serde(default)]
    relink: String,
}

/// The form that leads to Clio.
pub(super) async fn ask(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    if !visitor.has(Right::Admin) {
        return Err(Trouble::new(
            StatusCode::FORBIDDEN,
            "your key has no right to connect accounts",
        ));
    }
    let (_, contents) = vault::read(&service.home).await?;
    let allowed = match &visitor.caller.key.connections {
        Connections::All => None,
        Connections::These(these) => Some(these),
    };
    let only = allowed
        .filter(|these| these.len() == 1)
        .and_then(|these| these.first());
    let name = match (asked.name.as_str(), only) {
        ("", Some(only)) => only.as_str(),
        (name, _) => name,
    };
    let known = visitor
        .holds(name)
        .then(|| known_origin(&service, &contents, name))
        .flatten();
    let content = html! {
        form.sheet method="post" action="/connect" {
            (layout::token(&visitor))
            label for="name" { "Name of the connection" }
            @if let Some(allowed) = allowed {
                select id="name" name="name" {
                    @for one in allowed { option value=(one) selected[one == name] { (one) } }
                }
            } @else {
                input id="name" name="name" value=(name) required maxlength="64"
                    pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" aria-describedby="name-hint";
                p.hint id="name-hint" {
                    "Letters, digits, dots, hyphens and underscores. Its cases and keys go by it."
                }
            }
            label for="region" { "Where the firm’s Clio account is" }
            select id="region" name="region" {
                option value="" {
                    @match &known {
                        Some(known) => { (known) }
                        None => { "where it was before, or as it was set up" }
                    }
                }
                @for (word, region) in REGIONS { option value=(word) { (region) } }
            }
            @if !asked.relink.is_empty() {
                label.tick {
                    input type="checkbox" name="relink" value="yes";
                    " Let the name lead to another account than before"
                }
            }
            button { "Go to Clio" }
        }
        p.hint {
            "Clio asks you to allow the access, and sends you back to "
            code { (callback(&service, &headers)) }
            ", which must be registered with the application in Clio’s developer portal."
        }
    };
    let mut response = layout::page(&visitor, Here::Overview, "Connect a Clio account", &content);
    // A browser holds a form's target against the policy where it is led on, too.
    let mut targets: Vec<String> = CLIO_ORIGINS.map(str::to_owned).to_vec();
    let settings = service.settings.file.connections.iter();
    let settings = settings.filter(|(name, _)| visitor.holds(name));
    targets.extend(settings.filter_map(|(_, of)| of.origin.as_ref().map(Origin::to_string)));
    targets.extend(known.map(|known| known.to_string()));
    let policy = super::POLICY.replace(
        "form-action 'self'",
        &format!("form-action 'self' {}", targets.join(" ")),
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// Leads the browser to Clio.
pub(super) async fn begin(
    State(service): State<Arc<Service>>,
    Extension(remembered): Extension<Arc<Remembered>>,
    headers: HeaderMap,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Trouble> {
    let name = fields.get("name");
    visitor.may(Right::Admin, name)?;
    if !account::is_name(name) {
        return Err(
            Failure::usage(format!("{name:?} is no name of a connection"))
                .next(account::NAME_FORM)
                .into(),
        );
    }
    let (_, contents) = vault::read(&service.home).await?;
    let region = CLIO_ORIGINS
        .iter()
        .zip(REGIONS)
        .find(|(_, (word, _))| *word == fields.get("region"));
    let origin = match region {
        Some((origin, _)) => account::origin(origin, None)?,
        None => known_origin(&service, &contents, name).ok_or_else(|| {
            Failure::usage("the region is not known").next("choose one of those in the list")
        })?,
    };
    let client = client(&service, name, &origin, contents.connections.get(name))?;
    let network = runner::network(&service.home)?;
    operator::permits(&network, &origin)?;
    let oauth = OAuth::new(origin.clone(), client.clone(), network);
    let authorization = oauth
        .authorize(&callback(&service, &headers))
        .map_err(|error| {
            Failure::usage(error.to_string()).next("start the service with --public-url URL")
        })?;
    let url = authorization.url().to_owned();
    let attempt = Attempt {
        connection: name.to_owned(),
        relink: fields.has("relink"),
        origin,
        client,
        authorization,
        begun: Instant::now(),
    };
    remembered.begin(visitor.token(), attempt);
    Ok(layout::to(&url))
}

/// The browser comes back from Clio.
pub(super) async fn end(
    State(service): State<Arc<Service>>,
    Extension(remembered): Extension<Arc<Remembered>>,
    OriginalUri(uri): OriginalUri,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let Some(attempt) = remembered.end(&visitor.token()) else {
        return Err(
            Trouble::new(StatusCode::CONFLICT, "no attempt to connect waits for this").next(AGAIN),
        );
    };
    let name = &attempt.connection;
    // The key may have lost it meanwhile.
    visitor.may(Right::Admin, name)?;
    let failed = |error| Trouble::from(refused(&error, &attempt.origin)).next(AGAIN);
    let code = attempt
        .authorization
        .code_of_query(uri.query().unwrap_or_default());
    let code = code.map_err(failed)?;
    let network = runner::network(&service.home)?;
    let oauth = OAuth::new(attempt.origin.clone(), attempt.client.clone(), network);
    let tokens = oauth
        .exchange(attempt.authorization, code)
        .await
        .map_err(failed)?;
    let (_, contents) = vault::read(&service.home).await?;
    let consented = Consented {
        name,
        former: contents.connections.get(name),
        origin: attempt.origin.clone(),
        client: &attempt.client,
        tokens,
        relink: attempt.relink,
    };
    let kept = consented
        .keep(&service.home, &service.host, &service.journal)
        .await;
    kept.map_err(|failure| match failure.exit() {
        Exit::Permanent => Trouble::from(failure).next(format!(
            "sign in to the same firm in Clio, or choose another name; where this account is \
             meant, begin at /connect?name={name}&relink=yes"
        )),
        _ => failure.into(),
    })?;
    // What waits for it may go on.
    service.wake.notify_one();
    Ok(layout::to(&format!("/connections/{name}?said=connected")))
}

/// The application that asks, as the operator gave it.
fn client(
    service: &Service,
    name: &str,
    origin: &Origin,
    former: Option<&SavedConnection>,
) -> Result<ClientCredentials, Failure> {
    if let Some(file) = service.settings.of(name).client_file {
        return application::read(&file);
    }
    let former = former.filter(|saved| saved.origin == origin.to_string());
    application::credentials(former.and_then(|saved| saved.credentials.as_ref()))
}

/// The origin that a name leads to already, or is to.
fn known_origin(service: &Service, contents: &Contents, name: &str) -> Option<Origin> {
    let saved = || Origin::allow(&contents.connections.get(name)?.origin).ok();
    service.settings.of(name).origin.or_else(saved)
}

/// Where Clio sends the browser back to: where this page was asked for, unless
/// the service was told.
fn callback(service: &Service, headers: &HeaderMap) -> String {
    if let Some(url) = &service.settings.public_url {
        return format!("{}{CALLBACK}", url.trim_end_matches('/'));
    }
    let scheme = if service.settings.is_secure() {
        "https"
    } else {
        "http"
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    format!("{scheme}://{}{CALLBACK}", host.unwrap_or_default())
}
