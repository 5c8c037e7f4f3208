//! `clio connect`: a person's consent becomes a connection in the vault.
//!
//! The person opens Clio's page in a browser; Clio sends the browser back to a
//! port of this machine, or shows a code to copy where there is no browser.
//! Before anything is kept, the account behind the consent is asked for: a name
//! that led to one account does not silently lead to another.

mod browser;
mod callback;
mod peer;

use std::io::{self, BufRead as _, Write as _};
use std::time::Duration;

use clio_host::oauth::{Authorization, Code, OAuth, Tokens};
use clio_host::{CLIO_ORIGINS, Limits, Origin, Policy};

use crate::args::ConnectArguments;
use callback::{Callback, NoCode};
use clio_runner::account;
use clio_runner::aside::aside;
use clio_runner::connect::{Connected, Consented, application, refused};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::journal::Journal;
use clio_runner::operator;
use clio_runner::output;
use clio_runner::runner;
use clio_runner::vault;

/// A code lives for ten minutes; nobody comes back later.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs the command.
pub(crate) async fn command(arguments: ConnectArguments) -> Result<Exit, Failure> {
    let named = named(&arguments)?;
    let of_file = arguments.client_file.as_deref();
    let of_file = of_file.map(application::read).transpose()?;
    let home = Home::from_environment()?;
    let (_, contents) = vault::read(&home).await?;
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
    let consented = Consented {
        name,
        former,
        origin: origin.clone(),
        client: &client,
        tokens,
        relink: arguments.relink,
    };
    let host = runner::host(Some(&home), Policy::default(), Limits::default(), None)?;
    let Connected { firm, user } = consented.keep(&home, &host, &journal).await?;
    output::line(&format!("connected {name} to {firm} at {origin} as {user}"))?;
    Ok(Exit::Done)
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
