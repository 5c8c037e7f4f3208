//! The vault of this person's `clio`.

use clio_host::vault::{Contents, Vault, VaultError, VaultSettings};
use secrecy::SecretString;

use crate::aside::aside;
use crate::environment;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::home::Home;

/// Holds the vault's key, for who wants to hold it themselves.
pub const KEY: &str = "CLIO_VAULT_KEY";
/// Holds the next key while it is being changed.
pub const NEW_KEY: &str = "CLIO_VAULT_NEW_KEY";

/// The vault. Nothing is read or made yet.
pub fn open(home: &Home) -> Result<Vault, Failure> {
    with_key(home, variable(KEY)?)
}

pub fn with_key(home: &Home, key: Option<SecretString>) -> Result<Vault, Failure> {
    let mut settings = VaultSettings::in_folder(&home.vault());
    settings.key = key;
    Ok(Vault::new(settings)?)
}

/// The vault, and what is in it.
pub async fn read(home: &Home) -> Result<(Vault, Contents), Failure> {
    let vault = open(home)?;
    let reader = vault.clone();
    let contents = aside(move || reader.read()).await??;
    Ok((vault, contents))
}

pub fn variable(name: &str) -> Result<Option<SecretString>, Failure> {
    let value = environment::text(name);
    let value =
        value.map_err(|failure| failure.next("set it to 32 bytes in base64 or hexadecimal"))?;
    Ok(value.map(Into::into))
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        if let VaultError::Io { source, .. } = &error
            && failure::is_full(source)
        {
            return Self::disk_full(&error);
        }
        let failure = match &error {
            VaultError::Busy(_) => Self::new(Exit::Transient, error.to_string()),
            VaultError::KeyForm
            | VaultError::Absent(_)
            | VaultError::NoNewKey
            | VaultError::SameKey => Self::usage(error.to_string()),
            _ => Self::host(error.to_string()),
        };
        match &error {
            VaultError::Busy(_) => failure.next("run the same again"),
            VaultError::KeyForm => failure.next(format!(
                "set {KEY} to 32 bytes in base64, such as `openssl rand -base64 32` gives"
            )),
            VaultError::Absent(_) => failure.next("run `clio connect NAME --region us|eu|ca|au`"),
            VaultError::ForeignKey { .. } | VaultError::MissingKey { .. } => failure.next(format!(
                "nothing was changed: restore the key, or set {KEY} to it"
            )),
            VaultError::KeyExposed { .. } => failure.next(
                "run chmod 600 on it, then `clio disconnect NAME` and `clio connect NAME` for each \
                 connection: this ends the tokens that others may have. `clio vault rotate` then \
                 changes the key",
            ),
            VaultError::NoNewKey | VaultError::SameKey => failure.next(format!(
                "set {NEW_KEY} to the next key, such as `openssl rand -base64 32` gives, and {KEY} \
                 to it from then on; nothing was changed"
            )),
            VaultError::Io { .. } => {
                failure.next("make the folder readable and writable, or set CLIO_HOME to another")
            }
            _ => failure.next("nothing was changed; restore the vault's folder from a backup"),
        }
    }
}
