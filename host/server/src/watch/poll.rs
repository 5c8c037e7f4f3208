//! Looks for what is new in accounts, where nobody tells of it.
//!
//! Each account has an instant of its own within the interval, so that a process with
//! many firms does not ask for all at once. A look is a run like any other, of a class
//! that goes behind what somebody waits for.

use std::sync::Arc;
use std::time::Duration;

use clio_runner::digest::Digest;
use clio_runner::failure::Failure;
use clio_runner::journal::runs::{Class, NewRun};
use jiff::Timestamp;

use crate::service::Service;

/// How often it is looked whose time it is.
const LOOK: Duration = Duration::from_secs(1);

/// A connection that is looked at on an interval.
#[derive(Debug)]
struct Polled {
    connection: String,
    every: Duration,
    /// The interval that it was looked at in last.
    last: Option<i64>,
}

/// Adds looks until the process is to end.
pub(super) async fn run(service: Arc<Service>) {
    let connections = &service.settings.file.connections;
    let mut polled: Vec<Polled> = connections
        .iter()
        // Where nothing goes anywhere, nobody needs to know.
        .filter(|(_, of)| of.poll_minutes.is_some() || !of.events.is_empty())
        .map(|(connection, of)| Polled {
            connection: connection.clone(),
            every: of.poll(),
            last: None,
        })
        .collect();
    loop {
        for one in &mut polled {
            if let Err(failure) = one.look(&service).await {
                let connection = &one.connection;
                tracing::warn!(connection, "it is not looked at: {}", failure.what());
            }
        }
        tokio::select! {
            () = service.stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

impl Polled {
    async fn look(&mut self, service: &Arc<Service>) -> Result<(), Failure> {
        let now = Timestamp::now().as_millisecond();
        let current = interval(&self.connection, self.every, now);
        // One that begins with the process waits for its own instant.
        let last = *self.last.get_or_insert(current);
        if last == current {
            return Ok(());
        }
        self.last = Some(current);
        let session = service.session(&self.connection).await?;
        let owner = session.account.owner.as_str();
        let number = current.to_string();
        service
            .add(NewRun {
                connection: &self.connection,
                owner,
                kind: "detection",
                what: "look for what is new",
                class: Class::Polling,
                lane: &["detection", owner],
                ordered: false,
                once: &["polled", owner, &number],
                due: 0,
                asked: b"{}",
            })
            .await?;
        Ok(())
    }
}

/// The number of the interval that an instant lies in. Intervals of different
/// connections begin at different instants.
fn interval(connection: &str, every: Duration, now: i64) -> i64 {
    let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
    let digest = Digest::of(connection).0;
    let spread = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    let offset = i64::from(spread) % every;
    (now - offset).div_euclid(every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_has_an_instant_of_its_own_and_keeps_it() {
        let every = Duration::from_secs(300);
        let begins = |connection: &str| {
            (0..300_000)
                .find(|now| {
                    interval(connection, every, *now) != interval(connection, every, now - 1)
                })
                .unwrap_or_default()
        };
        let mut instants: Vec<i64> = (0..200).map(|n| begins(&format!("firm-{n}"))).collect();
        assert_eq!(instants[7], begins("firm-7"));
        instants.sort_unstable();
        // Of 200 within five minutes no second has more than a few.
        let most = (0..300_000)
            .step_by(1000)
            .map(|from| {
                instants
                    .iter()
                    .filter(|at| (from..from + 1000).contains(*at))
                    .count()
            })
            .max();
        assert!(most.unwrap_or_default() <= 6, "{most:?}");
        assert!(instants[199] - instants[0] > 250_000);
    }
}
