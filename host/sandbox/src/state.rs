//! Everything behind the one lock: the account, who may use it, who is told of
//! its changes, and what was asked of the sandbox.
//!
//! What happens by itself happens by the sandbox's clock: jobs that are due are
//! run before the next request or control call looks at the account.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::credentials::Credentials;
use crate::description::Description;
use crate::fault::Faults;
use crate::trace::Trace;
use crate::webhooks::Webhooks;
use crate::world::World;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) credentials: Credentials,
    pub(crate) webhooks: Webhooks,
    pub(crate) trace: Trace,
    pub(crate) faults: Faults,
}

impl State {
    /// Runs what is due, oldest first, each at its own instant.
    pub(crate) fn tick(&mut self) {
        while self.world.run_due() {
            self.webhooks.notice(&self.world);
            self.world.job_time = None;
        }
    }
}

/// What the server and the handles share.
pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    pub(crate) description: Description,
    /// Tells the deliveries that a message may have become due.
    pub(crate) wake: tokio::sync::Notify,
}

/// Holds the state. When it lets go, what changed is told to the webhooks.
pub(crate) struct Held<'a> {
    state: MutexGuard<'a, State>,
    wake: &'a tokio::sync::Notify,
}

impl std::ops::Deref for Held<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl std::ops::DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let State {
            world, webhooks, ..
        } = &mut *self.state;
        webhooks.notice(world);
        if webhooks.busy(world.clock.now()) {
            self.wake.notify_one();
        }
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> Held<'_> {
        Held {
            // A panic of one request is a bug of the sandbox, but the account is
            // still worth looking at.
            state: self.state.lock().unwrap_or_else(PoisonError::into_inner),
            wake: &self.wake,
        }
    }

    /// Holds the state once everything that is due has happened.
    pub(crate) fn present(&self) -> Held<'_> {
        let mut state = self.lock();
        state.tick();
        state
    }
}
