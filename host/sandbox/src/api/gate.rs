//! What stands before every operation: the firewall, the token, the rate, the
//! pinned version and the permission.

use http::HeaderMap;

use crate::answer::{Answer, ApiError};
use crate::clock::http_date;
use crate::description::Operation;
use crate::state::State;
use crate::switches::{RateLimitBody, RetryAfter, UnauthorizedBody};
use crate::token::{Access, Area, RateState, Token};
use crate::world::World;

/// The version that is answered when a request pins none.
const DEFAULT_VERSION: &str = "4.0.13";

/// Versions that can be pinned; others are 410.
const VERSIONS: std::ops::RangeInclusive<u32> = 4..=13;

/// The permission an operation needs. Stages and practice areas are covered by
/// the one for matters; who-am-i needs none, and that for activities is not
/// simulated.
fn area(operation: &str) -> Option<Area> {
    let (resource, action) = operation.split_once('#')?;
    Some(match resource {
        "Contact" | "EmailAddress" | "PhoneNumber" => Area::Contacts,
        "Matter" | "MatterStage" | "PracticeArea" | "Relationship" => Area::Matters,
        "CustomField" => Area::CustomFields,
        "User" if action == "who_am_i" => return None,
        "User" => Area::Users,
        "Webhook" => Area::Webhooks,
        "Activity" => return None,
        _ => Area::Documents,
    })
}

pub(super) fn permit(token: &Token, operation: &Operation) -> Result<(), ApiError> {
    let access = if operation.method == "GET" {
        Access::Read
    } else {
        Access::Write
    };
    match area(&operation.id) {
        Some(area) if !token.permissions.grant(area, access) => Err(ApiError::forbidden(
            "The application lacks the permission for this request",
        )),
        _ => Ok(()),
    }
}

/// The valid bearer token of a request.
pub(super) fn authenticate(state: &State, headers: &HeaderMap) -> Option<String> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = state.credentials.tokens.get(token.trim())?;
    (scheme.eq_ignore_ascii_case("bearer")
        && known.valid(state.world.now(), state.world.switches.region))
    .then(|| token.trim().to_owned())
}

/// Neither the body nor the type of a real 401 is known. It carries no rate
/// headers.
pub(super) fn unauthorized(world: &World) -> Answer {
    match world.switches.unauthorized_body {
        UnauthorizedBody::Envelope => {
            ApiError::new(401, "UnauthorizedError", "The access token is invalid").answer()
        }
        UnauthorizedBody::OAuth => Answer::json(
            401,
            &serde_json::json!({"error": "invalid_token",
                "error_description": "The access token is invalid"}),
        ),
        UnauthorizedBody::Html => Answer::html(401, "Unauthorized"),
        UnauthorizedBody::Empty => Answer::empty(401),
    }
    .with(
        "WWW-Authenticate",
        "Bearer realm=\"Clio\", error=\"invalid_token\"",
    )
}

pub(super) fn rate_limited(world: &World, seconds: i64) -> Answer {
    let text = format!("Rate limit exceeded for this access token. Retry in {seconds} seconds.");
    let answer = match world.switches.rate_limit_body {
        RateLimitBody::Envelope => ApiError::new(429, "RateLimited", text).answer(),
        RateLimitBody::Wrapped => wrapped(429, &text),
        // Nothing else of the answer tells what it is.
        RateLimitBody::WrappedSuccess => return wrapped(200, &text),
    };
    match world.switches.retry_after {
        RetryAfter::Seconds => answer.with("Retry-After", &seconds.to_string()),
        RetryAfter::HttpDate => {
            let at = world
                .now()
                .checked_add(jiff::SignedDuration::from_secs(seconds))
                .unwrap_or(jiff::Timestamp::MAX);
            answer.with("Retry-After", &http_date(at))
        }
        RetryAfter::Absent => answer,
    }
}

/// A spent budget as one client has seen it: the error as a text in base64.
pub(crate) fn wrapped(status: u16, text: &str) -> Answer {
    use base64::Engine as _;
    let text = format!("RateLimited: {text}");
    Answer::json(
        status,
        &serde_json::json!({
            "metadata": {"encodingDecoded": "text/plain"},
            "data": base64::engine::general_purpose::STANDARD.encode(text),
        }),
    )
}

pub(super) fn rate_headers(answer: &mut Answer, state: RateState) {
    answer.set("X-RateLimit-Limit", &state.limit.to_string());
    answer.set("X-RateLimit-Remaining", &state.remaining.to_string());
    answer.set("X-RateLimit-Reset", &state.reset.to_string());
}

/// The firewall in front of Clio turns away requests without a name, and names
/// that hold a URL.
pub(crate) fn suspicious(headers: &HeaderMap) -> bool {
    match headers
        .get(http::header::USER_AGENT)
        .and_then(|v| v.to_str().ok())
    {
        None | Some("" | "node") => true,
        Some(agent) => agent.contains("://"),
    }
}

pub(super) fn version(headers: &HeaderMap) -> String {
    headers
        .get("x-api-version")
        .and_then(|v| v.to_str().ok())
        .unwrap_or(DEFAULT_VERSION)
        .to_owned()
}

/// A pinned version that is invalid or retired is 410 Gone.
pub(super) fn pinned_version(headers: &HeaderMap) -> Result<(), ApiError> {
    let pinned = version(headers);
    let known = pinned
        .strip_prefix("4.0.")
        .and_then(|minor| minor.parse().ok())
        .is_some_and(|minor| VERSIONS.contains(&minor));
    if known {
        Ok(())
    } else {
        Err(ApiError::new(
            410,
            "GoneError",
            "The API version is invalid or was retired",
        ))
    }
}
