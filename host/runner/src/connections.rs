//! What is connected, as it is shown: without any secret.

use std::time::{Duration, SystemTime};

use clio_host::vault::SavedConnection;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A connection as JSON, without any secret.
pub fn told(name: &str, saved: &SavedConnection) -> Value {
    json!({
        "name": name,
        "status": status(saved),
        "origin": saved.origin,
        "account": saved.account.as_ref().map(|account| json!({"id": account.id, "name": account.name})),
        "client_id": saved.credentials.as_ref().map(|credentials| &credentials.client_id),
        "access_token_expires": expires(saved).map(|at| at.to_string()),
    })
}

/// How a connection stands, as far as this machine knows.
pub fn status(saved: &SavedConnection) -> &'static str {
    match &saved.credentials {
        None => "disconnected",
        Some(credentials) if credentials.refused_ms.is_some() => "withdrawn",
        Some(credentials) => {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let now = u64::try_from(now.unwrap_or(Duration::ZERO).as_millis()).unwrap_or(u64::MAX);
            let expired = credentials.expires_ms.is_some_and(|expires| expires <= now);
            // An expired token with a refresh token is renewed by the next use.
            match (expired, &credentials.refresh_token) {
                (true, None) => "expired",
                _ => "connected",
            }
        }
    }
}

/// Until when its access token is good.
pub fn expires(saved: &SavedConnection) -> Option<Timestamp> {
    let ms = saved.credentials.as_ref()?.expires_ms?;
    Timestamp::from_second(i64::try_from(ms / 1000).ok()?).ok()
}
