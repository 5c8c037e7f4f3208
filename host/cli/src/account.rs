//! The account to talk to: an origin and an access token from the environment.
//!
//! The token is taken from the environment alone, never from an argument. The
//! origin is one of Clio's, or a sandbox on this machine: a free-text address
//! would send the token wherever a typing mistake points.

use clio_host::{AccessToken, Connection, Origin};

use crate::args::AccountArguments;
use crate::exit::Exit;
use crate::failure::Failure;

const ORIGIN: &str = "CLIO_ORIGIN";
const TOKEN: &str = "CLIO_ACCESS_TOKEN";

/// The connection that the environment names.
pub(crate) fn connection(arguments: &AccountArguments) -> Result<Connection, Failure> {
    let origin = origin(&variable(ORIGIN)?, arguments.allow_origin.as_deref())?;
    let token = variable(TOKEN)?;
    // It becomes a header field: anything else in it came from copying.
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            Failure::new(Exit::NotAuthorized, format!("{TOKEN} holds no token"))
                .next("copy the access token again, without spaces, quotes or line breaks in it"),
        );
    }
    Ok(Connection::new(origin, AccessToken::from(token)))
}

fn variable(name: &str) -> Result<String, Failure> {
    match std::env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value.trim().to_owned()),
        Ok(_) | Err(std::env::VarError::NotPresent) => {
            Err(not_connected(&format!("{name} is not set")))
        }
        Err(std::env::VarError::NotUnicode(_)) => Err(not_connected(&format!("{name} is no text"))),
    }
}

fn not_connected(what: &str) -> Failure {
    Failure::new(Exit::NotAuthorized, format!("no Clio account: {what}")).next(
        "set CLIO_ORIGIN (such as https://app.clio.com) and CLIO_ACCESS_TOKEN; without an \
         account, start `clio sandbox` and set both to what it prints",
    )
}

fn origin(text: &str, allowed: Option<&str>) -> Result<Origin, Failure> {
    let refused = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("{ORIGIN} is not right: {error}"))
            .next("give one of Clio's regions; --allow-origin URL allows one other origin")
    };
    if let Some(allowed) = allowed {
        let allowed = Origin::allow(allowed).map_err(|error| {
            Failure::usage(format!("--allow-origin is not right: {error}"))
                .next("give an https origin, such as https://clio.gateway.example")
        })?;
        // Compared as origins: case and a default port may be written or not.
        if Origin::allow(text).is_ok_and(|origin| origin == allowed) {
            return Ok(allowed);
        }
    }
    Origin::parse(text).map_err(|error| refused(&error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn another_origin_is_taken_only_when_it_is_the_allowed_one() {
        let gateway = "https://clio.gateway.example";
        assert!(origin("https://eu.app.clio.com", None).is_ok());
        assert_eq!(origin(gateway, None).unwrap_err().exit(), Exit::Usage);
        assert!(origin(gateway, Some("https://CLIO.gateway.example:443")).is_ok());
        assert!(origin(gateway, Some("https://other.example")).is_err());
        assert!(origin("https://app.clio.com", Some(gateway)).is_ok());
        assert!(origin("https://app.clio.com", Some("http://plain.example")).is_err());
    }
}
