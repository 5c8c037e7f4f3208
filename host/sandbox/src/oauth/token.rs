//! `/oauth/token` and `/oauth/deauthorize`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::Form;
use crate::answer::Answer;
use crate::credentials::{Challenge, Grant};
use crate::state::State;
use crate::token::{Permissions, TokenSpec, random_token};

/// `POST /oauth/token`.
pub(super) fn issue(state: &mut State, form: &Form) -> Answer {
    let client_id = form.text("client_id").to_owned();
    let app = state.credentials.apps.get(&client_id);
    if app.is_none_or(|app| app.client_secret != form.text("client_secret")) {
        return refused(401, "invalid_client");
    }
    let granted = match form.get("grant_type") {
        Some("authorization_code") => exchange(state, &client_id, form),
        Some("refresh_token") => refresh(state, &client_id, form),
        _ => return refused(400, "unsupported_grant_type"),
    };
    granted.unwrap_or_else(|| refused(400, "invalid_grant"))
}

/// A code for tokens. A code works once.
fn exchange(state: &mut State, client_id: &str, form: &Form) -> Option<Answer> {
    let code = state.credentials.codes.remove(form.text("code"))?;
    let fits = code.client_id == client_id
        && code.redirect_uri == form.text("redirect_uri")
        && state.world.now() < code.expires
        && code
            .challenge
            .is_none_or(|challenge| verifies(&challenge, form.text("code_verifier")));
    if !fits {
        return None;
    }
    let permissions = state.credentials.apps.get(client_id)?.permissions.clone();
    let access = access_token(state, client_id, permissions.clone())?;
    let refresh = random_token().ok()?;
    let answer = tokens(state, &access, Some(&refresh));
    state.credentials.grants.insert(
        refresh,
        Grant {
            client_id: client_id.to_owned(),
            permissions,
            access: vec![access],
            revoked: false,
        },
    );
    Some(answer)
}

/// A refresh token for an access token. It may be used again, unless the switch
/// hands out another.
fn refresh(state: &mut State, client_id: &str, form: &Form) -> Option<Answer> {
    let presented = form.text("refresh_token").to_owned();
    let grant = state.credentials.grants.get(&presented)?;
    if grant.revoked || grant.client_id != client_id {
        return None;
    }
    let access = access_token(state, client_id, grant.permissions.clone())?;
    let mut other = None;
    if state.world.switches.rotate_refresh_tokens {
        let fresh = random_token().ok()?;
        let grant = state.credentials.grants.remove(&presented)?;
        state.credentials.grants.insert(fresh.clone(), grant);
        other = Some(fresh);
    }
    let holder = other.as_deref().unwrap_or(&presented);
    state
        .credentials
        .grants
        .get_mut(holder)?
        .access
        .push(access.clone());
    Some(tokens(state, &access, other.as_deref()))
}

/// `POST /oauth/deauthorize`: takes back the consent that a token came from.
pub(super) fn deauthorize(state: &mut State, headers: &HeaderMap, form: &Form) -> Answer {
    let bearer = headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let (now, region) = (state.world.now(), state.world.switches.region);
    let valid = |token: &String| {
        let known = state.credentials.tokens.get(token);
        known.is_some_and(|known| known.valid(now, region))
    };
    let Some(bearer) = bearer.filter(valid) else {
        return refused(401, "invalid_token");
    };
    let named = form.get("token").unwrap_or(&bearer).to_owned();
    state
        .credentials
        .revoke_grants(|grant| grant.access.contains(&named));
    state.credentials.revoke(&[named]);
    Answer::empty(200)
}

fn access_token(state: &mut State, client_id: &str, permissions: Permissions) -> Option<String> {
    let spec = TokenSpec {
        permissions,
        app: Some(client_id.to_owned()),
        ..TokenSpec::default()
    };
    let State {
        credentials, world, ..
    } = state;
    credentials.issue(spec, world.now(), &world.switches)
}

/// The answer that carries tokens. Clio's sample of a refresh carries no
/// refresh token.
fn tokens(state: &State, access: &str, refresh: Option<&str>) -> Answer {
    let mut body = json!({
        "token_type": "bearer",
        "access_token": access,
        "expires_in": state.world.switches.token_life.as_secs(),
    });
    if let Some(refresh) = refresh {
        body["refresh_token"] = refresh.into();
    }
    Answer::json(200, &body).with("Cache-Control", "no-store")
}

fn refused(status: u16, error: &str) -> Answer {
    Answer::json(status, &json!({"error": error}))
}

fn verifies(challenge: &Challenge, verifier: &str) -> bool {
    match challenge {
        Challenge::Plain(challenge) => challenge == verifier,
        Challenge::S256(challenge) => {
            *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
        }
    }
}
