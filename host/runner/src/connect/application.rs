//! The registered application that asks: its id and secret, from the
//! environment or a file, never from an argument.

use std::path::Path;

use clio_host::oauth::ClientCredentials;
use clio_host::vault::SavedCredentials;
use secrecy::SecretString;
use serde::Deserialize;

use crate::bounded;
use crate::encoding;
use crate::environment;
use crate::failure::Failure;

const ID: &str = "CLIO_CLIENT_ID";
const SECRET: &str = "CLIO_CLIENT_SECRET";
/// The most bytes of the file.
const FILE_BYTES: u64 = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    client_id: String,
    client_secret: String,
}

/// The application's credentials out of the environment; of one that was
/// connected before, those that were used then.
pub fn credentials(known: Option<&SavedCredentials>) -> Result<ClientCredentials, Failure> {
    match (environment::text(ID)?, environment::text(SECRET)?, known) {
        (Some(id), Some(secret), _) => Ok(ClientCredentials {
            id,
            secret: secret.into(),
        }),
        (None, None, Some(known)) => Ok(ClientCredentials {
            id: known.client_id.clone(),
            secret: SecretString::from(&known.client_secret),
        }),
        _ => Err(Failure::usage(format!(
            "the application's {ID} and {SECRET} are not both set"
        ))
        .next(
            "register an application in Clio's developer portal of the region, with the redirect \
             address http://127.0.0.1:17177/callback, and set both, or name a file of \
             {\"client_id\": …, \"client_secret\": …} with --client-file",
        )),
    }
}

/// The same out of a file.
pub fn read(path: &Path) -> Result<ClientCredentials, Failure> {
    let unreadable = |why: String| {
        Failure::usage(format!(
            "--client-file {} cannot be read: {why}",
            path.display()
        ))
        .next("give a JSON file of {\"client_id\": …, \"client_secret\": …}")
    };
    let bytes = bounded::file(path, FILE_BYTES).map_err(|error| unreadable(error.to_string()))?;
    let text = encoding::text(&bytes).map_err(|what| unreadable(format!("it {what}")))?;
    // The text of a JSON error may show what it stumbled over.
    let file: File = serde_json::from_str(&text)
        .map_err(|error| unreadable(format!("line {} is not as it should be", error.line())))?;
    Ok(ClientCredentials {
        id: file.client_id,
        secret: file.client_secret.into(),
    })
}
