//! The secrets that sign deliveries: one note a connection and model in the vault.
//!
//! A note names the address that it is for, so that none is used for another's.

use clio_host::vault::Secret;
use clio_runner::aside::aside;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::journal::subscriptions::Subscription;
use clio_runner::vault;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Note {
    nonce: String,
    webhook: u64,
    secret: String,
}

/// A subscription's id in Clio, and what signs its deliveries.
#[derive(Debug, Clone)]
pub(super) struct Signer {
    pub(super) webhook: u64,
    pub(super) secret: Secret,
}

/// What is known for an address. None: nothing yet.
pub(super) async fn of(
    home: &Home,
    subscription: &Subscription,
) -> Result<Option<Signer>, Failure> {
    let (vault, name) = (vault::open(home)?, name(subscription));
    let text = aside(move || vault.note(&name)).await??;
    let note: Option<Note> = text.and_then(|text| serde_json::from_str(&text).ok());
    let note = note.filter(|note| note.nonce == subscription.nonce);
    Ok(note.map(|note| Signer {
        webhook: note.webhook,
        secret: note.secret.into(),
    }))
}

/// Keeps what Clio told of an address, unless it is kept already.
pub(super) async fn keep(
    home: &Home,
    subscription: &Subscription,
    webhook: u64,
    secret: &str,
) -> Result<(), Failure> {
    let known = of(home, subscription).await?;
    if known.is_some_and(|known| known.webhook == webhook && known.secret.expose() == secret) {
        return Ok(());
    }
    let note = Note {
        nonce: subscription.nonce.clone(),
        webhook,
        secret: secret.to_owned(),
    };
    let note = serde_json::to_string(&note)
        .map_err(|_| Failure::host("the secret of a webhook cannot be kept"))?;
    let (vault, name) = (vault::open(home)?, name(subscription));
    aside(move || vault.set_note(&name, &note)).await??;
    Ok(())
}

fn name(subscription: &Subscription) -> String {
    let Subscription {
        connection, model, ..
    } = subscription;
    format!("webhook {connection} {model}")
}
