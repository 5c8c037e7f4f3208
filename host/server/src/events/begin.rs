//! Looks at each account once before anything is told of it: what stands there is
//! not new, and what comes after it is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use clio_runner::failure::Failure;
use clio_runner::journal::runs::{Class, NewRun};
use clio_runner::{account, vault};

use super::documents::CURSOR;
use super::heard::LANE;
use crate::service::Service;

/// How often it is looked for accounts that were connected meanwhile.
const LOOK: Duration = Duration::from_secs(10);

/// Begins with what is connected, until the process is to end.
pub(crate) async fn run(service: Arc<Service>) {
    let mut begun = BTreeSet::new();
    loop {
        if let Err(failure) = begin(&service, &mut begun).await {
            tracing::error!("accounts cannot be begun with: {}", failure.what());
        }
        tokio::select! {
            () = service.stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Adds the first look at each account that somebody wants to hear of.
async fn begin(
    service: &Arc<Service>,
    begun: &mut BTreeSet<(String, String)>,
) -> Result<(), Failure> {
    let (_, contents) = vault::read(&service.home).await?;
    for (name, saved) in &contents.connections {
        let heard =
            service.settings.public_url.is_some() || !service.settings.of(name).events.is_empty();
        if saved.credentials.is_none() || !heard {
            continue;
        }
        let owner = account::of(name, saved);
        if begun.contains(&(owner.clone(), name.clone())) {
            continue;
        }
        if service.journal.kept(CURSOR, &[&owner, name])?.is_none() {
            let first = NewRun {
                connection: name,
                owner: &owner,
                kind: "detection",
                what: "look for what stands there",
                class: Class::Polling,
                lane: &[LANE, &owner],
                ordered: false,
                once: &["first look", &owner, name],
                due: 0,
                asked: b"{}",
            };
            service.add(first).await?;
        }
        begun.insert((owner, name.clone()));
    }
    Ok(())
}
