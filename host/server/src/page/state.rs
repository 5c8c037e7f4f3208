//! What the page remembers while the process runs: nothing that must not be lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clio_host::Origin;
use clio_host::oauth::{Authorization, ClientCredentials};
use clio_runner::doctor::Finding;

use super::mapping::Choices;

/// How long Clio's consent may take: a code lives as long.
const CONSENT: Duration = Duration::from_secs(600);
/// The most attempts to connect that wait at once.
const MOST_ATTEMPTS: usize = 1000;
/// The most accounts whose lists are remembered.
const MOST_ACCOUNTS: usize = 50;

/// Somebody is at Clio, and comes back with a code.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) connection: String,
    pub(super) relink: bool,
    pub(super) origin: Origin,
    pub(super) client: ClientCredentials,
    pub(super) authorization: Authorization,
    pub(super) begun: Instant,
}

/// What was found of a connection, and when (milliseconds since 1970).
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    pub(super) at: i64,
}

/// What the page remembers.
#[derive(Debug, Default)]
pub(super) struct State {
    /// By the token of the session that began it: one at a time.
    attempts: Mutex<BTreeMap<String, Attempt>>,
    /// By the connection's account, so that a relinked name shows nothing of the
    /// former one.
    checked: Mutex<BTreeMap<String, Arc<Checked>>>,
    /// What accounts offer, by the account as well.
    choices: Mutex<BTreeMap<String, Arc<Choices>>>,
}

impl State {
    pub(super) fn begin(&self, session: String, attempt: Attempt) {
        let mut attempts = held(&self.attempts);
        attempts.retain(|_, attempt| attempt.begun.elapsed() < CONSENT);
        if attempts.len() >= MOST_ATTEMPTS {
            attempts.clear();
        }
        attempts.insert(session, attempt);
    }

    /// The attempt of a session, which is over with that.
    pub(super) fn end(&self, session: &str) -> Option<Attempt> {
        let attempt = held(&self.attempts).remove(session);
        attempt.filter(|attempt| attempt.begun.elapsed() < CONSENT)
    }

    pub(super) fn checked(&self, account: &str) -> Option<Arc<Checked>> {
        held(&self.checked).get(account).cloned()
    }

    pub(super) fn choices(&self, account: &str) -> Option<Arc<Choices>> {
        held(&self.choices).get(account).cloned()
    }

    pub(super) fn set_choices(&self, account: String, choices: Arc<Choices>) {
        let mut all = held(&self.choices);
        if all.len() >= MOST_ACCOUNTS {
            all.clear();
        }
        all.insert(account, choices);
    }

    pub(super) fn forget_choices(&self, account: &str) {
        held(&self.choices).remove(account);
    }

    pub(super) fn set_checked(&self, account: String, findings: Vec<Finding>) {
        let at = jiff::Timestamp::now().as_millisecond();
        let checked = Arc::new(Checked { findings, at });
        held(&self.checked).insert(account, checked);
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // No panic in between leaves it half changed.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
