//! A consent becomes a connection in the vault, and is taken back.
//!
//! Before anything is kept, the account behind the consent is asked for: a name
//! that led to one account does not silently lead to another.

pub mod application;

use std::sync::Arc;

use clio_host::actions::check_connection::{Area, CheckRequest};
use clio_host::oauth::{
    self, ClientCredentials, Consent, DisconnectError, OAuthError, SaveError, Tokens, save,
};
use clio_host::vault::{SavedConnection, SavedCredentials};
use clio_host::{AccessToken, Connection, Host, Origin};

use crate::account;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::Journal;
use crate::output;
use crate::runner;
use crate::terminal;
use crate::vault;
use crate::whoami;

/// Who consented, once it is kept.
#[derive(Debug)]
pub struct Connected {
    /// The firm, for people.
    pub firm: String,
    pub user: String,
}

/// A name, and what is to be kept under it.
#[derive(Debug)]
pub struct Consented<'a> {
    pub name: &'a str,
    /// What the name led to before.
    pub former: Option<&'a SavedConnection>,
    pub origin: Origin,
    pub client: &'a ClientCredentials,
    pub tokens: Tokens,
    /// Let the name lead to another account than before.
    pub relink: bool,
}

impl Consented<'_> {
    /// Asks who consented, over a host of the process, and keeps the connection.
    ///
    /// # Errors
    /// When Clio does not say, when the name led to another account, or when it
    /// cannot be kept.
    pub async fn keep(
        self,
        home: &Home,
        host: &Host,
        journal: &Journal,
    ) -> Result<Connected, Failure> {
        let vault = vault::open(home)?;
        let token = AccessToken::from(self.tokens.access.clone());
        let connection = Connection::new(self.origin.clone(), token);
        // It tells who is connected whatever it may look at.
        let me = host
            .call(&connection)
            .run(CheckRequest {
                areas: vec![Area::Contacts],
            })
            .await;
        let me = me.map_err(|error| {
            let reconnect = account::reconnect(self.name, self.former);
            whoami::refused(&error, &self.origin, &reconnect).1
        })?;
        let account = whoami::account(&me);
        let saved = SavedConnection {
            origin: self.origin.to_string(),
            account: Some(account.clone()),
            credentials: Some(SavedCredentials::issued(self.client, self.tokens)),
        };
        keep(&vault, journal, self.name, self.relink, self.former, saved).await?;
        Ok(Connected {
            firm: account.name.unwrap_or(account.id),
            user: whoami::user(&me).to_owned(),
        })
    }
}

/// Keeps the connection, and writes down which account the name leads to, and
/// led to.
async fn keep(
    vault: &clio_host::vault::Vault,
    journal: &Journal,
    name: &str,
    relink: bool,
    former: Option<&SavedConnection>,
    saved: SavedConnection,
) -> Result<(), Failure> {
    let account = account::of(name, &saved);
    let former = former.filter(|former| !former.leads_where(&saved));
    let event = match former {
        Some(former) if relink => {
            journal.begin_after("relink", name, &account, &account::of(name, former))?
        }
        _ => journal.begin("connect", name, &account)?,
    };
    match save(vault, name, saved.clone(), relink).await {
        Ok(replaced) => {
            event.end(journal, "done", "")?;
            let replaced = replaced.filter(|former| !former.leads_where(&saved));
            if let Some(former) = replaced.filter(|former| former.credentials.is_some()) {
                output::tell(&format!(
                    "the consent of {} at {} still stands there, and nothing here holds it any \
                     more: take it back in that firm's settings in Clio",
                    terminal::line(&firm(&former)),
                    former.origin
                ));
            }
            Ok(())
        }
        Err(error) => {
            let (code, failure) = match error {
                SaveError::AnotherAccount(known) => {
                    ("another_account", another_account(name, &known, &saved))
                }
                SaveError::Vault(error) => ("vault", error.into()),
                other => ("vault", Failure::host(other.to_string())),
            };
            event.end(journal, "failed", code)?;
            Err(failure)
        }
    }
}

/// The firm behind a connection, for people.
fn firm(saved: &SavedConnection) -> String {
    let account = saved.account.clone();
    account.map_or_else(String::new, |account| account.name.unwrap_or(account.id))
}

/// A name that led to one account leads to another only when that is meant.
fn another_account(name: &str, known: &SavedConnection, consented: &SavedConnection) -> Failure {
    let what = format!(
        "{name:?} was connected to {} at {}, and this consent is for {} at {}; nothing was changed",
        firm(known),
        known.origin,
        firm(consented),
        consented.origin
    );
    Failure::new(Exit::Permanent, what).next(
        "sign in to the same firm and connect again, choose another name, or add --relink: what \
         is remembered of the former account is then not used for this one, and what waits for \
         it is not sent",
    )
}

/// Takes a connection's consent back at Clio, deletes its tokens, and says what
/// became of the consent. With `anyway` the tokens are deleted whatever Clio says.
///
/// # Errors
/// When nothing is connected, and when the consent stands. The journal is asked
/// for once there is something to take back.
pub async fn take_back(
    home: &Home,
    journal: impl FnOnce() -> Result<Arc<Journal>, Failure>,
    name: &str,
    anyway: bool,
) -> Result<String, Failure> {
    let (vault, contents) = vault::read(home).await?;
    let absent = || {
        Failure::usage(format!("{name:?} is not connected"))
            .next("`clio connections` lists what is")
    };
    let saved = contents.connections.get(name);
    let saved = saved.filter(|saved| saved.credentials.is_some());
    let saved = saved.ok_or_else(absent)?;
    let origin = account::origin_of(saved)?;
    let network = runner::network(home)?;
    let journal = journal()?;
    let event = journal.begin("disconnect", name, &account::of(name, saved))?;
    let ended = oauth::disconnect(&vault, name, saved, &network, anyway).await;
    let (status, code) = match &ended {
        Ok(Consent::Stands(_)) => ("done", "consent_stands"),
        Ok(_) => ("done", ""),
        Err(DisconnectError::OAuth(_)) => ("failed", "consent_stands"),
        Err(DisconnectError::Relinked) => ("failed", "another_account"),
        Err(DisconnectError::Absent) => ("failed", "not_connected"),
        Err(_) => ("failed", "vault"),
    };
    event.end(&journal, status, code)?;
    let consent = ended.map_err(|error| match error {
        DisconnectError::Absent => absent(),
        DisconnectError::Relinked => Failure::new(
            Exit::Transient,
            format!("{name:?} has just been led to another account; nothing was changed"),
        )
        .next("look at `clio connections`, and run the same again if it is meant"),
        DisconnectError::Vault(error) => error.into(),
        DisconnectError::OAuth(error) => not_withdrawn(&error, &origin),
        other => Failure::host(other.to_string()),
    })?;
    let became = match consent {
        Consent::TakenBack => format!("the consent was taken back at {origin}"),
        Consent::Gone => format!("{origin} knew no such consent any more"),
        Consent::Stands(error) => {
            return Err(Failure::new(
                Exit::Permanent,
                format!(
                    "the tokens of {name} are deleted here, but the consent was not taken back at \
                     {origin}: {error}"
                ),
            )
            .next("take it back in the firm's settings in Clio: a copy of the tokens works on"));
        }
        _ => "what became of the consent is not known".to_owned(),
    };
    Ok(became)
}

/// Why Clio gave nothing, and the next step.
pub fn refused(error: &OAuthError, origin: &Origin) -> Failure {
    let exit = if error.is_transient() {
        Exit::Transient
    } else {
        Exit::NotAuthorized
    };
    let next = match error {
        OAuthError::InvalidGrant => {
            "run the same again, and use the code within ten minutes; the redirect address must be \
             registered with the application, character by character"
                .to_owned()
        }
        OAuthError::InvalidClient => format!(
            "check CLIO_CLIENT_ID and CLIO_CLIENT_SECRET: an application is registered for one \
             region, here {origin}"
        ),
        OAuthError::Declined => "run the same again, and allow the access".to_owned(),
        error if error.is_transient() => "run the same again later".to_owned(),
        _ => "run the same again; `clio connect --help` says what Clio needs".to_owned(),
    };
    Failure::new(exit, format!("not connected: {error}")).next(next)
}

/// Why the consent still stands at Clio.
fn not_withdrawn(error: &OAuthError, origin: &Origin) -> Failure {
    let exit = if error.is_transient() {
        Exit::Transient
    } else {
        Exit::Permanent
    };
    Failure::new(
        exit,
        format!("still connected: the consent could not be taken back at {origin}: {error}"),
    )
    .next(
        "run the same again later; --anyway deletes the tokens here and leaves the consent, which \
         a person takes back in Clio's settings",
    )
}
