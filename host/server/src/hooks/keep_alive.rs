//! When subscriptions are looked after: when the process begins, for nobody knows
//! what it has missed, and then each in its time.
//!
//! A look costs one request. By the wall clock, so that a machine that slept looks
//! as soon as it wakes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use clio_runner::account;
use clio_runner::failure::Failure;
use clio_runner::journal::subscriptions::{Standing, Subscription};
use clio_runner::vault;
use jiff::Timestamp;

use super::subscribe::{self, Look};
use super::{MODELS, Model};
use crate::service::Service;

/// How often it is looked whether one is due, and whether a connection is new.
const TICK: Duration = Duration::from_secs(20);
/// One that delivers may have been suspended meanwhile. A renewal is a week ahead,
/// so it has many tries.
const ENABLED: Duration = Duration::from_secs(60 * 60);
/// One whose handshake may come at any time.
const PENDING: Duration = Duration::from_secs(2 * 60);
/// One that Clio refused. It takes a person, or Clio, to change that.
const REFUSED: Duration = Duration::from_secs(6 * 60 * 60);

/// Keeps the subscriptions alive until the process is to end.
pub(crate) async fn keep_alive(service: Arc<Service>) {
    if let Some(public_url) = service.settings.public_url.clone() {
        // Compiled before the first delivery waits for it.
        let (host, action) = (service.host.clone(), "receive-webhook");
        let loaded = tokio::task::spawn_blocking(move || host.load_action(action).map(drop));
        if let Ok(Err(error)) = loaded.await {
            tracing::error!(%error, "deliveries of webhooks cannot be checked");
        }
        let mut begun = BTreeSet::new();
        while !service.stop.is_cancelled() {
            if let Err(failure) = tick(&service, &public_url, &mut begun).await {
                tracing::error!("webhooks cannot be looked after: {}", failure.what());
            }
            tokio::select! {
                () = service.stop.cancelled() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }
    service.stop.cancelled().await;
}

/// Adds a look for what is due. `begun` holds the accounts for which one was added
/// when this process began, or when they were connected.
async fn tick(
    service: &Service,
    public_url: &str,
    begun: &mut BTreeSet<(String, String)>,
) -> Result<(), Failure> {
    let (_, contents) = vault::read(&service.home).await?;
    let now = Timestamp::now().as_millisecond();
    let mut looks = Vec::new();
    for (connection, saved) in &contents.connections {
        if saved.credentials.is_none() {
            continue;
        }
        let owner = account::of(connection, saved);
        let first = begun.insert((connection.clone(), owner.clone()));
        let known = service.journal.subscriptions(connection)?;
        for model in &MODELS {
            let known = known
                .iter()
                .find(|known| known.model == model.name && known.owner == owner);
            let once = match known {
                _ if first => vec!["begun".to_owned(), service.holder.name.clone()],
                Some(known) if is_due(known, now, public_url) => {
                    vec![
                        "due".to_owned(),
                        known.nonce.clone(),
                        known.checked.to_string(),
                    ]
                }
                // The look of the beginning makes it.
                _ => continue,
            };
            looks.push(look(connection, &owner, model, public_url, once));
        }
    }
    if looks.is_empty() {
        return Ok(());
    }
    subscribe::add(service, &looks)
}

pub(super) fn look(
    connection: &str,
    owner: &str,
    model: &Model,
    public_url: &str,
    once: Vec<String>,
) -> Look {
    Look {
        connection: connection.to_owned(),
        owner: owner.to_owned(),
        model: model.name.to_owned(),
        public_url: public_url.to_owned(),
        due: 0,
        once,
    }
}

fn is_due(known: &Subscription, now: i64, public_url: &str) -> bool {
    let after = match known.standing {
        _ if !known.url.starts_with(public_url) => Duration::ZERO,
        _ if !known.code.is_empty() => REFUSED,
        Standing::Unavailable => REFUSED,
        Standing::Pending => PENDING,
        Standing::Enabled => ENABLED,
    };
    let passed = now.saturating_sub(known.checked);
    u128::try_from(passed).is_ok_and(|passed| passed >= after.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://clio.firm.example";

    fn known(standing: Standing, code: &str) -> Subscription {
        Subscription {
            connection: "firm".to_owned(),
            model: "matter".to_owned(),
            owner: "us#1".to_owned(),
            nonce: "00".to_owned(),
            url: format!("{URL}/hooks/firm/00"),
            webhook: Some(1),
            since: Some(0),
            standing,
            expires: None,
            asked: 1_000_000,
            checked: 1_000_000,
            code: code.to_owned(),
        }
    }

    fn due_after(known: &Subscription) -> u64 {
        let minutes = 0..100_000_u64;
        let at = |minute: u64| 1_000_000 + i64::try_from(minute).unwrap_or(0) * 60_000;
        let mut due = minutes.filter(|minute| is_due(known, at(*minute), URL));
        due.next().unwrap_or(u64::MAX)
    }

    #[test]
    fn each_is_looked_after_in_its_time() {
        assert_eq!(due_after(&known(Standing::Enabled, "")), 60);
        assert_eq!(due_after(&known(Standing::Pending, "")), 2);
        assert_eq!(due_after(&known(Standing::Unavailable, "")), 360);
        assert_eq!(due_after(&known(Standing::Enabled, "forbidden")), 360);
    }

    #[test]
    fn one_that_delivers_elsewhere_is_due_at_once() {
        let mut known = known(Standing::Enabled, "");
        known.url = "https://former.example/hooks/firm/00".to_owned();
        assert_eq!(due_after(&known), 0);
    }

    #[test]
    fn a_renewal_a_week_ahead_has_many_tries() {
        assert!(ENABLED * 100 < Duration::from_secs(7 * 24 * 60 * 60));
    }
}
