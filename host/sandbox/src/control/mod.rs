//! The handle with which a test looks into the sandbox and steers it.
//!
//! Every call is synchronous and takes effect before it returns. The same is
//! offered over HTTP under `/sandbox`.

mod people;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::credentials::App;
use crate::fault::Fault;
use crate::snapshot::{self, Snapshot};
use crate::state::{Held, Shared, State};
use crate::switches::Switches;
use crate::token::{RateLimit, TokenSpec};
use crate::trace::{Exchange, Ignored, Origin, path_matches};
use crate::webhooks::{WebhookAttempt, WebhookStatus};
use crate::world::Account;

/// Looks into a sandbox and steers it. Cheap to clone; outlives the sandbox.
#[derive(Clone)]
pub struct Control {
    pub(crate) shared: Arc<Shared>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Control {
    fn state(&self) -> Held<'_> {
        self.shared.present()
    }

    // --- What happened ---------------------------------------------------

    /// Every request in the order of arrival.
    pub fn trace(&self) -> Vec<Exchange> {
        self.state().trace.exchanges.clone()
    }

    /// Forgets the trace and what was ignored.
    pub fn clear_trace(&self) {
        self.state().trace.clear();
    }

    /// What Clio would have ignored without a word.
    pub fn ignored(&self) -> Vec<Ignored> {
        self.state().trace.ignored.clone()
    }

    /// The account's state.
    pub fn snapshot(&self) -> Snapshot {
        snapshot::take(&self.state().world)
    }

    /// How many requests the API received.
    pub fn requests(&self) -> usize {
        self.count_where(|e| e.origin == Origin::Api)
    }

    /// How many writes of the API took effect.
    pub fn writes(&self) -> usize {
        self.count_where(|e| e.origin == Origin::Api && e.applied)
    }

    /// How many requests of a method the API received under a path: `*` stands
    /// for one segment or a part of it, `**` at the end for any rest;
    /// `/api/v4` and `.json` may be left out.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.count_where(|e| {
            e.origin == Origin::Api && e.method == method && path_matches(path, &e.path)
        })
    }

    fn count_where(&self, wanted: impl Fn(&Exchange) -> bool) -> usize {
        self.state()
            .trace
            .exchanges
            .iter()
            .filter(|e| wanted(e))
            .count()
    }

    // --- Faults, time, readings ------------------------------------------

    /// Queues a fault.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// The faults that still wait.
    pub fn faults(&self) -> Vec<Fault> {
        self.state().faults.waiting().to_vec()
    }

    /// Drops all faults.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// The sandbox's present.
    pub fn now(&self) -> Timestamp {
        self.state().world.clock.now()
    }

    /// Lets time pass at once; what is due meanwhile happens.
    pub fn advance(&self, by: Duration) {
        self.state().world.clock.advance(by);
        // Run what has become due.
        drop(self.state());
    }

    /// Stops the clock, at an instant or where it is.
    pub fn freeze(&self, at: Option<Timestamp>) {
        self.state().world.clock.freeze(at);
    }

    /// Lets a stopped clock run again.
    pub fn run_clock(&self) {
        self.state().world.clock.run();
    }

    /// The present readings.
    pub fn switches(&self) -> Switches {
        self.state().world.switches.clone()
    }

    /// Changes the readings.
    pub fn set_switches(&self, switches: Switches) {
        self.state().world.switches = switches;
    }

    /// Changes the rate limit, and forgets what tokens have used.
    pub fn set_rate_limit(&self, rate: RateLimit) {
        self.state().credentials.set_rate(rate);
    }

    // --- Tokens -----------------------------------------------------------

    /// Issues a token. Empty when the system has no randomness to give, which
    /// no valid token is.
    pub fn issue_token(&self, spec: TokenSpec) -> String {
        let State {
            credentials, world, ..
        } = &mut *self.state();
        let issued = credentials.issue(spec, world.now(), &world.switches);
        issued.unwrap_or_default()
    }

    /// Revokes a token.
    pub fn revoke(&self, token: &str) {
        self.state().credentials.revoke(&[token.to_owned()]);
    }

    // --- OAuth ------------------------------------------------------------

    /// Registers an application, in place of one with the same client id.
    pub fn register_app(&self, app: App) {
        self.state().credentials.register(app);
    }

    /// A person takes back every consent in Clio's settings: all tokens that
    /// came from one end, and refreshing answers `invalid_grant`.
    pub fn revoke_grants(&self) {
        self.state().credentials.revoke_grants(|_| true);
    }

    /// Makes the account another firm's: its id and name, as who-am-i tells
    /// them.
    pub fn set_account(&self, id: u64, name: &str) {
        self.state().world.account = Account::new(id, name);
    }

    // --- Webhooks ----------------------------------------------------------

    /// Every attempt to reach a receiver, in order.
    pub fn webhook_attempts(&self) -> Vec<WebhookAttempt> {
        self.state().webhooks.attempts.clone()
    }

    /// Waits until no message is due or on its way; false when that takes
    /// longer than `most`, in real time. Messages that wait for a later attempt
    /// are not waited for.
    pub fn webhooks_settled(&self, most: Duration) -> bool {
        let start = std::time::Instant::now();
        loop {
            {
                let state = self.state();
                if !state.webhooks.busy(state.world.clock.now()) {
                    return true;
                }
            }
            if start.elapsed() > most {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Enables a subscription, as if its receiver had confirmed.
    pub fn confirm_webhook(&self, webhook: u64) {
        self.set_webhook_status(webhook, WebhookStatus::Enabled);
    }

    /// Suspends a subscription, as if its receiver had kept failing.
    pub fn suspend_webhook(&self, webhook: u64) {
        self.set_webhook_status(webhook, WebhookStatus::Suspended);
    }

    fn set_webhook_status(&self, webhook: u64, status: WebhookStatus) {
        let State {
            webhooks, world, ..
        } = &mut *self.state();
        webhooks.set_status(world, webhook, status);
    }
}
