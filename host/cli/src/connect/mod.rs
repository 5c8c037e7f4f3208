//! `clio connect`: a person's consent becomes a connection in the vault.
//!
//! The person opens Clio's page in a browser; Clio sends the browser back to a
//! port of this machine, or shows a code to copy where there is no browser.
//! Before anything is kept, the account behind the consent is asked for: a name
//! that led to one account does not silently lead to another.

mod application;
mod browser;
mod callback;
pub(crate) mod whoami;

use std::io::{self, BufRead as _, Write as _};
use std::time::Duration;

use clio_host::oauth::{Authorization, ClientCredentials, Code, OAuth, OAuthError, Tokens, save};
use clio_host::vault::{SavedAccount, SavedConnection, SavedCredentials};
use clio_host::{AccessToken, CLIO_ORIGINS, Connection, Origin};

use crate::account;
use crate::args::ConnectArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::operator;
use crate::output;
use crate::runner;
use crate::vault;
use callback::Callback;

/// A code lives for ten minutes; nobody comes back later.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs the command.
pub(crate) async fn command(arguments: ConnectArguments) -> Result<Exit, Failure> {
    let home = Home::from_environment()?;
    let vault = vault::open(&home)?;
    let reader = vault.clone();
    let contents = vault::aside(move || reader.read()).await?;
    let former = contents.connections.get(&arguments.name).cloned();
    let origin = origin(&arguments, former.as_ref())?;
    let known = former
        .as_ref()
        .filter(|saved| saved.origin == origin.to_string())
        .and_then(|saved| saved.credentials.as_ref());
    let client = application::credentials(arguments.client_file.as_deref(), known)?;
    let network = runner::network(&home)?;
    operator::permits(&network, &origin)?;
    let oauth = OAuth::new(origin.clone(), client.clone(), network.clone());

    let tokens = consent(&arguments, &oauth).await?;
    let token = AccessToken::from(tokens.access.clone());
    let me = whoami::ask(&network, &Connection::new(origin.clone(), token)).await?;
    let account = me.account();
    if let Some(former) = &former {
        refuse_another(&arguments, former, &origin, &account)?;
    }
    let saved = SavedConnection {
        origin: origin.to_string(),
        account: Some(account.clone()),
        credentials: Some(credentials(&client, tokens)),
    };
    save(&vault, &arguments.name, saved).await?;
    let firm = account.name.unwrap_or(account.id);
    output::line(&format!(
        "connected {} to {firm} at {origin} as {}",
        arguments.name, me.name
    ))?;
    Ok(Exit::Done)
}

fn credentials(client: &ClientCredentials, tokens: Tokens) -> SavedCredentials {
    SavedCredentials::issued(client, tokens)
}

/// The origin to connect to: as said, or as it was.
fn origin(
    arguments: &ConnectArguments,
    former: Option<&SavedConnection>,
) -> Result<Origin, Failure> {
    if let Some(region) = arguments.region {
        let text = CLIO_ORIGINS[region as usize];
        return account::origin(text, None);
    }
    if let Some(origin) = &arguments.origin {
        return account::origin(origin, arguments.allow_origin.as_deref());
    }
    match former {
        Some(former) => account::origin(&former.origin, Some(&former.origin)),
        None => Err(Failure::usage(format!(
            "{:?} is new: its region is not known",
            arguments.name
        ))
        .next("add --region us, eu, ca or au: where the firm's Clio account is")),
    }
}

/// A name that led to one account leads to another only when that is meant.
fn refuse_another(
    arguments: &ConnectArguments,
    former: &SavedConnection,
    origin: &Origin,
    account: &SavedAccount,
) -> Result<(), Failure> {
    let Some(known) = &former.account else {
        return Ok(());
    };
    let same = former.origin == origin.to_string() && known.id == account.id;
    if same || arguments.relink {
        return Ok(());
    }
    let name = |account: &SavedAccount| account.name.clone().unwrap_or_else(|| account.id.clone());
    Err(Failure::new(
        Exit::Permanent,
        format!(
            "{:?} was connected to {} at {}, and this consent is for {} at {origin}; nothing was \
             changed",
            arguments.name,
            name(known),
            former.origin,
            name(account)
        ),
    )
    .next(
        "sign in to the same firm and connect again, choose another name, or add --relink: what \
         is remembered of the former account is then not used for this one",
    ))
}

/// Asks the person, and exchanges the code.
async fn consent(arguments: &ConnectArguments, oauth: &OAuth) -> Result<Tokens, Failure> {
    let origin = oauth.origin().clone();
    let (authorization, code) = if arguments.no_browser {
        let authorization = begin(oauth, &oauth.approval_uri())?;
        tell(&format!(
            "open this address in a browser, and paste the code that Clio shows:\n{}",
            authorization.url()
        ));
        let code = pasted(&authorization).await?;
        (authorization, code)
    } else {
        let callback = Callback::listen(arguments.port).await?;
        let authorization = begin(oauth, &callback.redirect_uri())?;
        tell(&format!(
            "waiting for consent in the browser; if none opens, open this address:\n{}",
            authorization.url()
        ));
        browser::open(authorization.url());
        let code = tokio::time::timeout(PATIENCE, callback.code(&authorization)).await;
        let code = code.map_err(|_| {
            Failure::new(Exit::NotAuthorized, "nobody consented within ten minutes")
                .next("run the same again; on a machine without a browser add --no-browser")
        })?;
        (
            authorization,
            code.map_err(|error| refused(&error, &origin))?,
        )
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
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        let _ = write!(io::stderr(), "code: ");
        let _ = io::stderr().flush();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let line = match read.await {
        Ok(Ok(line)) => line,
        _ => return Err(Failure::usage("stdin cannot be read").next("paste the code again")),
    };
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

/// Tells on stderr: stdout is for the result.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
