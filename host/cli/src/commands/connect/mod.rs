//! `clio connect`: a person's consent becomes a connection in the vault.
//!
//! The person opens Clio's page in a browser; Clio sends the browser back to a
//! port of this machine, or shows a code to copy where there is no browser.
//! Before anything is kept, the account behind the consent is asked for: a name
//! that led to one account does not silently lead to another.

mod application;
mod browser;
mod callback;
mod peer;

use std::io::{self, BufRead as _, Write as _};
use std::time::Duration;

use clio_host::actions::check_connection::Area;
use clio_host::oauth::{Authorization, Code, OAuth, OAuthError, SaveError, Tokens, save};
use clio_host::vault::{SavedConnection, SavedCredentials, Vault};
use clio_host::{AccessToken, CLIO_ORIGINS, Connection, Limits, Origin, Policy};

use crate::account;
use crate::args::ConnectArguments;
use crate::aside::aside;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::Journal;
use crate::operator;
use crate::output;
use crate::runner;
use crate::terminal;
use crate::vault;
use crate::whoami;
use callback::{Callback, NoCode};

/// A code lives for ten minutes; nobody comes back later.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs the command.
pub(crate) async fn command(arguments: ConnectArguments) -> Result<Exit, Failure> {
    let named = named(&arguments)?;
    let of_file = arguments.client_file.as_deref();
    let of_file = of_file.map(application::read).transpose()?;
    let home = Home::from_environment()?;
    let (vault, contents) = vault::read(&home).await?;
    let name = &arguments.name;
    let former = contents.connections.get(name);
    let origin = match (named, former) {
        (Some(origin), _) => origin,
        (None, Some(former)) => account::origin_of(former)?,
        (None, None) => {
            return Err(
                Failure::usage(format!("{name:?} is new: its region is not known"))
                    .next("add --region us, eu, ca or au: where the firm's Clio account is"),
            );
        }
    };
    let known = former
        .filter(|saved| saved.origin == origin.to_string())
        .and_then(|saved| saved.credentials.as_ref());
    let client = match of_file {
        Some(client) => client,
        None => application::credentials(known)?,
    };
    let network = runner::network(&home)?;
    operator::permits(&network, &origin)?;
    let oauth = OAuth::new(origin.clone(), client.clone(), network);
    // Before anybody is asked: what cannot be written down is not done.
    let journal = Journal::of(&home)?;

    let tokens = consent(&arguments, &oauth).await?;
    let token = AccessToken::from(tokens.access.clone());
    let connection = Connection::new(origin.clone(), token);
    let host = runner::host(Some(&home), Policy::default(), Limits::default(), None)?;
    let call = host.call(&connection);
    // It tells who is connected whatever it may look at.
    let me = call
        .run(clio_host::actions::check_connection::CheckRequest {
            areas: vec![Area::Contacts],
        })
        .await;
    let me = me.map_err(|error| {
        let reconnect = account::reconnect(name, former);
        whoami::refused(&error, &origin, &reconnect).1
    })?;
    let account = whoami::account(&me);
    let saved = SavedConnection {
        origin: origin.to_string(),
        account: Some(account.clone()),
        credentials: Some(SavedCredentials::issued(&client, tokens)),
    };
    keep(&vault, &journal, &arguments, former, saved).await?;
    let firm = account.name.unwrap_or(account.id);
    let user = whoami::user(&me);
    output::line(&format!("connected {name} to {firm} at {origin} as {user}"))?;
    Ok(Exit::Done)
}

/// Keeps the connection, and writes down which account the name leads to, and
/// led to.
async fn keep(
    vault: &Vault,
    journal: &Journal,
    arguments: &ConnectArguments,
    former: Option<&SavedConnection>,
    saved: SavedConnection,
) -> Result<(), Failure> {
    let name = &arguments.name;
    let account = account::of(name, &saved);
    let former = former.filter(|former| !former.leads_where(&saved));
    let event = match former {
        Some(former) if arguments.relink => {
            journal.begin_after("relink", name, &account, &account::of(name, former))?
        }
        _ => journal.begin("connect", name, &account)?,
    };
    match save(vault, name, saved.clone(), arguments.relink).await {
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

/// The origin that the arguments name.
fn named(arguments: &ConnectArguments) -> Result<Option<Origin>, Failure> {
    if let Some(region) = arguments.region {
        let text = CLIO_ORIGINS[region as usize];
        return account::origin(text, None).map(Some);
    }
    let origin = arguments.origin.as_deref();
    origin
        .map(|origin| account::origin(origin, arguments.allow_origin.as_ref()))
        .transpose()
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

/// Asks the person, and exchanges the code.
async fn consent(arguments: &ConnectArguments, oauth: &OAuth) -> Result<Tokens, Failure> {
    let origin = oauth.origin().clone();
    let (authorization, code) = if arguments.no_browser {
        let authorization = begin(oauth, &oauth.approval_uri())?;
        output::tell(&format!(
            "open this address in a browser, and paste the code that Clio shows:\n{}",
            authorization.url()
        ));
        let code = pasted(&authorization).await?;
        (authorization, code)
    } else {
        let callback = Callback::listen(arguments.port).await?;
        let authorization = begin(oauth, &callback.redirect_uri())?;
        output::tell(&format!(
            "waiting for consent in the browser; if none opens, open this address:\n{}",
            authorization.url()
        ));
        browser::open(&callback.way_uri());
        let code = tokio::time::timeout(PATIENCE, callback.code(&authorization)).await;
        let code = code.map_err(|_| {
            Failure::new(Exit::NotAuthorized, "nobody consented within ten minutes")
                .next("run the same again; on a machine without a browser add --no-browser")
        })?;
        let code = code.map_err(|error| match error {
            NoCode::Clio(error) => refused(&error, &origin),
            NoCode::OpenedTwice => Failure::new(
                Exit::NotAuthorized,
                "not connected: the page that leads to Clio was opened twice, and one of the two \
                 may not have been your browser",
            )
            .next("run the same again; with --no-browser nothing is opened"),
        })?;
        (authorization, code)
    };
    let tokens = oauth.exchange(authorization, code).await;
    tokens.map_err(|error| refused(&error, &origin))
}

fn begin(oauth: &OAuth, redirect_uri: &str) -> Result<Authorization, Failure> {
    oauth
        .authorize(redirect_uri)
        .map_err(|error| Failure::host(error.to_string()))
}

/// Reads what the person pasted.
async fn pasted(authorization: &Authorization) -> Result<Code, Failure> {
    let read = aside(|| {
        let mut line = String::new();
        let _ = write!(io::stderr(), "code: ");
        let _ = io::stderr().flush();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let unread = |_| Failure::usage("stdin cannot be read").next("paste the code again");
    let line = read.await?.map_err(unread)?;
    authorization.code_of_paste(&line).map_err(|error| {
        Failure::new(Exit::NotAuthorized, format!("that is no code: {error}"))
            .next("run the same again, and paste the code or the whole address")
    })
}

/// Why Clio gave nothing, and the next step.
pub(crate) fn refused(error: &OAuthError, origin: &Origin) -> Failure {
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
pub(crate) fn not_withdrawn(error: &OAuthError, origin: &Origin) -> Failure {
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
