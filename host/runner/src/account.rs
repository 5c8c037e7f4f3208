//! The account to talk to: a connection of the vault, or an origin and an
//! access token from the environment.
//!
//! No secret is taken from an argument. The origin is one of Clio's, or a
//! sandbox on this machine: a free-text address would send the token wherever a
//! typing mistake points.

use clio_host::oauth::SavedTokens;
use clio_host::vault::{SavedConnection, Vault};
use clio_host::{AccessToken, CLIO_ORIGINS, Connection, Network, Origin, OriginError};

use crate::digest::Digest;
use crate::environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::outbox::OF_TOKEN;
use crate::operator;
use crate::vault;

const ORIGIN: &str = "CLIO_ORIGIN";
const TOKEN: &str = "CLIO_ACCESS_TOKEN";

/// Which account is meant.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// A connection of the vault. None: what the environment names.
    pub connection: Option<String>,
    /// An origin beside Clio's that the environment may name.
    pub allow_origin: Option<Origin>,
}

impl Named {
    /// A connection of the vault.
    pub fn connection(name: &str) -> Self {
        Self {
            connection: Some(name.to_owned()),
            allow_origin: None,
        }
    }
}

/// An account, what its records are remembered under, and whom an input that
/// waits may be sent to.
///
/// A token of the environment does not say which account it opens, and to ask
/// would be one request more a run. So what is remembered is kept for the origin
/// there, for tokens are renewed; and an input that waits is sent again with the
/// very token that it was for, for nothing else proves the same account.
#[derive(Debug)]
pub struct Account {
    pub connection: Connection,
    /// The same for the same account, whatever its connection is called; an
    /// account that another takes the place of keeps its own.
    pub scope: String,
    /// As the scope, and of a token of the environment a digest as well.
    pub owner: String,
    /// What its requests are counted under: Clio counts by access token.
    pub budget: String,
}

/// What the requests of a connection of the vault are counted under.
pub fn budget_of(connection: &str) -> String {
    format!("connection {connection}")
}

impl Account {
    /// The account of what makes no requests: none, and nothing is sent to it.
    pub fn none() -> Result<Self, Failure> {
        let origin = origin(CLIO_ORIGINS[0], None)?;
        let nothing = AccessToken::from("none".to_owned());
        Ok(Self {
            connection: Connection::new(origin, nothing).named("none"),
            scope: "none".to_owned(),
            owner: "none".to_owned(),
            budget: "none".to_owned(),
        })
    }
}

/// The account that the arguments or the environment name.
pub async fn open(arguments: &Named, home: &Home, network: &Network) -> Result<Account, Failure> {
    match &arguments.connection {
        Some(name) => saved(name, home, network).await,
        None => {
            let (connection, token) = from_environment(arguments)?;
            operator::permits(network, connection.origin())?;
            let scope = connection.account();
            let owner = format!("{scope}{OF_TOKEN}{token}");
            Ok(Account {
                connection,
                scope,
                budget: owner.clone(),
                owner,
            })
        }
    }
}

/// A connection of the vault.
async fn saved(name: &str, home: &Home, network: &Network) -> Result<Account, Failure> {
    let (vault, contents) = vault::read(home).await?;
    let found = contents.connections.get(name);
    let found = found.filter(|saved| saved.credentials.is_some());
    let Some(saved) = found else {
        return Err(
            Failure::new(Exit::NotAuthorized, format!("{name:?} is not connected")).next(format!(
                "run `{}`",
                reconnect(name, contents.connections.get(name))
            )),
        );
    };
    operator::permits(network, &origin_of(saved)?)?;
    let connection = provided(&vault, name, saved, network)?;
    Ok(Account {
        scope: connection.account(),
        owner: connection.account(),
        budget: budget_of(name),
        connection,
    })
}

/// The account behind a connection: its origin and its id there.
pub fn of(name: &str, saved: &SavedConnection) -> String {
    format!("{}#{}", saved.origin, id(name, saved))
}

/// What tells the account of a connection from others of its origin. Where it
/// was never asked for, the connection's name is all there is; no id has a colon.
fn id(name: &str, saved: &SavedConnection) -> String {
    let account = saved.account.as_ref();
    account.map_or_else(|| format!("name:{name}"), |account| account.id.clone())
}

/// A connection whose tokens come out of the vault, for as long as the name leads
/// to this account.
pub fn provided(
    vault: &Vault,
    name: &str,
    saved: &SavedConnection,
    network: &Network,
) -> Result<Connection, Failure> {
    let reconnect = format!("run `{}`", reconnect(name, Some(saved)));
    let tokens = SavedTokens::new(vault.clone(), name, saved, network.clone(), &reconnect);
    let tokens =
        tokens.map_err(|error| Failure::host(format!("the connection {name:?}: {error}")))?;
    Ok(tokens.connection().of_account(&id(name, saved)))
}

/// What a connection's name looks like.
pub const NAME_FORM: &str = "a name begins with a letter or digit, and has letters, digits, dots, \
     hyphens and underscores, at most 64";

/// Whether a text may be a connection's name.
pub fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let begins = text
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric);
    begins && text.len() <= 64 && text.bytes().all(plain)
}

/// What to type to connect a name again.
pub fn reconnect(name: &str, saved: Option<&SavedConnection>) -> String {
    let known = saved.map(|saved| saved.origin.as_str());
    match known.map(|origin| (origin, region(origin))) {
        Some((_, Some(region))) => format!("clio connect {name} --region {region}"),
        Some((origin, None)) => format!("clio connect {name} --origin {origin}"),
        None => format!("clio connect {name} --region us|eu|ca|au"),
    }
}

/// The region of one of Clio's origins.
fn region(origin: &str) -> Option<&'static str> {
    ["us", "eu", "ca", "au"]
        .into_iter()
        .zip(CLIO_ORIGINS)
        .find_map(|(region, known)| (known == origin).then_some(region))
}

/// The connection that the environment names, and a digest of its token.
fn from_environment(arguments: &Named) -> Result<(Connection, String), Failure> {
    let origin = origin(&variable(ORIGIN)?, arguments.allow_origin.as_ref())?;
    let token = variable(TOKEN)?;
    // It becomes a header field: anything else in it came from copying.
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            Failure::new(Exit::NotAuthorized, format!("{TOKEN} holds no token"))
                .next("copy the access token again, without spaces, quotes or line breaks in it"),
        );
    }
    // Tokens are long and random: nobody finds one by its digest.
    let digest = Digest::of(&token).short();
    Ok((Connection::new(origin, AccessToken::from(token)), digest))
}

fn variable(name: &str) -> Result<String, Failure> {
    match environment::text(name) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(not_connected(&format!("{name} is not set"))),
        Err(failure) => Err(not_connected(failure.what())),
    }
}

fn not_connected(what: &str) -> Failure {
    Failure::new(Exit::NotAuthorized, format!("no Clio account: {what}")).next(
        "run `clio connect NAME --region us|eu|ca|au` and name it with --connection, or set \
         CLIO_ORIGIN (such as https://app.clio.com) and CLIO_ACCESS_TOKEN; without an account, \
         start `clio sandbox` and set both to what it prints",
    )
}

/// The origin that a text names: one of Clio's, or the one that is allowed.
pub fn origin(text: &str, allowed: Option<&Origin>) -> Result<Origin, Failure> {
    // Compared as origins: case and a default port may be written or not.
    if let Some(allowed) = allowed
        && Origin::allow(text).is_ok_and(|origin| origin == *allowed)
    {
        return Ok(allowed.clone());
    }
    Origin::parse(text).map_err(|error| not_right(&error))
}

/// The origin of a connection: what was allowed when it was connected stays so.
pub fn origin_of(saved: &SavedConnection) -> Result<Origin, Failure> {
    Origin::allow(&saved.origin).map_err(|error| not_right(&error))
}

fn not_right(error: &OriginError) -> Failure {
    Failure::usage(format!("the origin is not right: {error}"))
        .next("give one of Clio's regions; --allow-origin URL allows one other origin")
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
        let allow = |origin| Origin::allow(origin).unwrap();
        let written = allow("https://CLIO.gateway.example:443");
        assert!(origin(gateway, Some(&written)).is_ok());
        assert!(origin(gateway, Some(&allow("https://other.example"))).is_err());
        assert!(origin("https://app.clio.com", Some(&allow(gateway))).is_ok());
    }
}
