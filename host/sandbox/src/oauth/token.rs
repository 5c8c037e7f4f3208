//! `/oauth/token` and `/oauth/deauthorize`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Challenge, Form, Grant};
use crate::answer::Answer;
use crate::token::{Permissions, RateWindow, Token, random_token};
use crate::world::World;

/// `POST /oauth/token`.
pub(super) fn issue(world: &mut World, form: &Form) -> Answer {
    let client_id = form.text("client_id").to_owned();
    let app = world.oauth.apps.get(&client_id);
    if app.is_none_or(|app| app.client_secret != form.text("client_secret")) {
        return refused(401, "invalid_client");
    }
    let granted = match form.get("grant_type") {
        Some("authorization_code") => exchange(world, &client_id, form),
        Some("refresh_token") => refresh(world, &client_id, form),
        _ => return refused(400, "unsupported_grant_type"),
    };
    granted.unwrap_or_else(|| refused(400, "invalid_grant"))
}

/// A code for tokens. A code works once.
fn exchange(world: &mut World, client_id: &str, form: &Form) -> Option<Answer> {
    let code = world.oauth.codes.remove(form.text("code"))?;
    let fits = code.client_id == client_id
        && code.redirect_uri == form.text("redirect_uri")
        && world.now() < code.expires
        && code
            .challenge
            .is_none_or(|challenge| verifies(&challenge, form.text("code_verifier")));
    if !fits {
        return None;
    }
    let permissions = world.oauth.apps.get(client_id)?.permissions.clone();
    let access = access_token(world, client_id, permissions.clone())?;
    let refresh = random_token().ok()?;
    let answer = tokens(world, &access, Some(&refresh));
    world.oauth.grants.insert(
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
fn refresh(world: &mut World, client_id: &str, form: &Form) -> Option<Answer> {
    let presented = form.text("refresh_token").to_owned();
    let grant = world.oauth.grants.get(&presented)?;
    if grant.revoked || grant.client_id != client_id {
        return None;
    }
    let access = access_token(world, client_id, grant.permissions.clone())?;
    let mut other = None;
    if world.switches.rotate_refresh_tokens {
        let fresh = random_token().ok()?;
        let grant = world.oauth.grants.remove(&presented)?;
        world.oauth.grants.insert(fresh.clone(), grant);
        other = Some(fresh);
    }
    let holder = other.as_deref().unwrap_or(&presented);
    world
        .oauth
        .grants
        .get_mut(holder)?
        .access
        .push(access.clone());
    Some(tokens(world, &access, other.as_deref()))
}

/// `POST /oauth/deauthorize`: takes back the consent that a token came from.
pub(super) fn deauthorize(world: &mut World, headers: &HeaderMap, form: &Form) -> Answer {
    let bearer = headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let (now, region) = (world.now(), world.switches.region);
    let valid = |token: &String| {
        let known = world.tokens.get(token);
        known.is_some_and(|known| known.valid(now, region))
    };
    let Some(bearer) = bearer.filter(valid) else {
        return refused(401, "invalid_token");
    };
    let named = form.get("token").unwrap_or(&bearer).to_owned();
    let mut access = vec![named.clone()];
    for grant in world.oauth.grants.values_mut() {
        if grant.access.contains(&named) {
            grant.revoked = true;
            access.append(&mut grant.access);
        }
    }
    world.revoke_access(&access);
    Answer::empty(200)
}

fn access_token(world: &mut World, client_id: &str, permissions: Permissions) -> Option<String> {
    let value = random_token().ok()?;
    let life = jiff::SignedDuration::try_from(world.switches.token_life);
    let life = life.unwrap_or(jiff::SignedDuration::MAX);
    let token = Token {
        permissions,
        region: world.switches.region,
        expires: world
            .now()
            .checked_add(life)
            .unwrap_or(jiff::Timestamp::MAX),
        revoked: false,
        app: client_id.to_owned(),
        window: RateWindow::default(),
    };
    world.tokens.insert(value.clone(), token);
    Some(value)
}

/// The answer that carries tokens. Clio's sample of a refresh carries no
/// refresh token.
fn tokens(world: &World, access: &str, refresh: Option<&str>) -> Answer {
    let mut body = json!({
        "token_type": "bearer",
        "access_token": access,
        "expires_in": world.switches.token_life.as_secs(),
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
