//! How long an account has rest after a look at the whole of it.
//!
//! A look reads what changed in the last ten minutes once more, and after a bulk edit
//! that is many pages. Deliveries that go on would lead to the next such look at once,
//! and nothing of the firm's rate budget would be left for its cases. So a look that
//! made many requests is followed by a long rest, and what is told meanwhile shares the
//! look after it.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Looking, Of};

/// For each request. So looks take no more than a quarter of the 50 a minute that
/// Clio allows.
const A_REQUEST: Duration = Duration::from_secs(5);
/// No longer than this.
const LONGEST: Duration = Duration::from_secs(5 * 60);

type Whose = (Of, String, String);

/// Until when which accounts have rest from this process.
static UNTIL: Mutex<BTreeMap<Whose, Instant>> = Mutex::new(BTreeMap::new());

fn whose(of: Of, [owner, connection]: [&str; 2]) -> Whose {
    (of, owner.to_owned(), connection.to_owned())
}

/// How much is left of an account's rest.
pub(super) fn left(of: Option<Of>, names: [&str; 2]) -> Option<Duration> {
    let all = UNTIL.lock().unwrap_or_else(PoisonError::into_inner);
    let until = all.get(&whose(of?, names))?;
    let left = until.saturating_duration_since(Instant::now());
    (!left.is_zero()).then_some(left)
}

/// Notes a look at the whole account that has read all, by the requests that were made since the last
/// note of the same run.
pub(super) fn after(of: Of, looking: &Looking<'_>) {
    let requests = looking.requests.swap(0, Ordering::Relaxed);
    let rest = A_REQUEST.saturating_mul(requests).min(LONGEST);
    let mut all = UNTIL.lock().unwrap_or_else(PoisonError::into_inner);
    all.insert(whose(of, looking.names()), Instant::now() + rest);
}
