//! How long a run that failed for a reason that may pass waits.

use std::time::Duration;

use jiff::Timestamp;

/// After the first attempt.
const FIRST: Duration = Duration::from_secs(5);
/// No longer than this.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// When a run is due again after so many attempts, in milliseconds since 1970.
pub(crate) fn due(attempts: u32, not_before: Option<Duration>) -> i64 {
    let pause = after(attempts).max(not_before.unwrap_or_default());
    let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    Timestamp::now().as_millisecond().saturating_add(pause)
}

/// Twice as long each time.
fn after(attempts: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(16));
    doubled.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_an_end() {
        assert_eq!(after(1), FIRST);
        assert_eq!(after(2), FIRST * 2);
        assert_eq!(after(3), FIRST * 4);
        assert_eq!(after(1000), LONGEST);
    }
}
