//! Who a connection acts for.

use clio_host::oauth::{AccountAnswer, ReadError, read_account};
use clio_host::vault::SavedAccount;
use clio_host::{Connection, CredentialError, Network};
use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;

const PATH: &str = "/api/v4/users/who_am_i.json?fields=id,name,account{id,name}";
/// The same for an application that may not see the account.
const PLAIN: &str = "/api/v4/users/who_am_i.json?fields=id,name";

/// The user that consented, and the firm.
#[derive(Debug)]
pub(crate) struct Me {
    pub(crate) id: u64,
    pub(crate) name: String,
    account: Option<(u64, Option<String>)>,
}

impl Me {
    /// What tells the account from another.
    pub(crate) fn account(&self) -> SavedAccount {
        account_of(self.id, self.account.clone())
    }

    fn read(json: &Value) -> Option<Self> {
        let data = json.get("data")?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let account = data.get("account").and_then(|account| {
            let id = account.get("id")?.as_u64()?;
            Some((id, account.get("name").and_then(text)))
        });
        Some(Self {
            id: data.get("id")?.as_u64()?,
            name: data.get("name").and_then(text).unwrap_or_default(),
            account,
        })
    }
}

/// What tells one account from another: the firm, or the user where Clio does
/// not say the firm.
pub(crate) fn account_of(user: u64, firm: Option<(u64, Option<String>)>) -> SavedAccount {
    match firm {
        Some((id, name)) => SavedAccount {
            id: id.to_string(),
            name,
        },
        None => SavedAccount {
            id: format!("user-{user}"),
            name: None,
        },
    }
}

/// Asks who the connection acts for.
pub(crate) async fn ask(network: &Network, connection: &Connection) -> Result<Me, Failure> {
    let answer = look(network, connection)
        .await
        .map_err(|error| unread(&error))?;
    understood(&answer).ok_or_else(|| refused(&answer, connection))
}

/// The answer to the question who the connection acts for.
pub(crate) async fn look(
    network: &Network,
    connection: &Connection,
) -> Result<AccountAnswer, ReadError> {
    // Braces are no part of a path as URLs are written.
    let path = PATH.replace('{', "%7B").replace('}', "%7D");
    let answer = read_account(network, connection, &path).await?;
    if answer.status == 400 {
        return read_account(network, connection, PLAIN).await;
    }
    Ok(answer)
}

pub(crate) fn understood(answer: &AccountAnswer) -> Option<Me> {
    let json = answer.json.as_ref().filter(|_| answer.status == 200);
    json.and_then(Me::read)
}

/// Why Clio did not say.
pub(crate) fn refused(answer: &AccountAnswer, connection: &Connection) -> Failure {
    let origin = connection.origin();
    match answer.status {
        401 => Failure::new(
            Exit::NotAuthorized,
            format!("{origin} does not take the access token"),
        )
        .next("connect again; check that the firm's account is in this region"),
        403 => Failure::new(
            Exit::NotAuthorized,
            "Clio does not let this user or this firm use its API".to_owned(),
        )
        .next(
            "check that the firm's plan has API access (EasyStart has none), and that no firewall \
             stands in between",
        ),
        429 | 500.. => Failure::new(
            Exit::Transient,
            format!(
                "Clio could not say who is connected (HTTP {})",
                answer.status
            ),
        )
        .next("run the same again later"),
        status => Failure::new(
            Exit::Permanent,
            format!("Clio's answer to who is connected was not understood (HTTP {status})"),
        )
        .next("run the same again; if it stays, something stands between this machine and Clio"),
    }
}

/// Why Clio was not asked.
pub(crate) fn unread(error: &ReadError) -> Failure {
    match error {
        ReadError::Credential(CredentialError::Unavailable(_)) | ReadError::Network(_) => {
            Failure::new(Exit::Transient, error.to_string()).next("run the same again later")
        }
        ReadError::Credential(CredentialError::Vault(_)) => Failure::host(error.to_string()),
        _ => Failure::new(Exit::NotAuthorized, error.to_string()),
    }
}
