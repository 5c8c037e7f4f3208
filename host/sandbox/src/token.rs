//! Access tokens and what each may do.
//!
//! Clio's tokens are opaque, belong to one region, expire, can be revoked, and
//! carry the permissions that were ticked for the application: read or read and
//! write, by area.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::switches::{Region, millis};

/// An area of Clio's permissions, as far as the sandbox serves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Contacts with their e-mail addresses and phone numbers.
    Contacts,
    /// Matters, stages and practice areas.
    Matters,
    /// Documents, their versions and categories, and folders.
    Documents,
    /// Custom field definitions.
    CustomFields,
    /// Users.
    Users,
    /// Webhooks; each needs the permission of its model too.
    Webhooks,
}

/// Read only, or also write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Read only.
    Read,
    /// Read and write.
    Write,
}

/// What a token may do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permissions {
    /// Everything.
    #[default]
    All,
    /// These areas, nothing else.
    Only(BTreeMap<Area, Access>),
}

impl Permissions {
    /// These areas, nothing else.
    pub fn only(areas: impl IntoIterator<Item = (Area, Access)>) -> Self {
        Self::Only(areas.into_iter().collect())
    }

    /// Whether an access to an area is granted.
    pub fn grant(&self, area: Area, access: Access) -> bool {
        match self {
            Self::All => true,
            Self::Only(areas) => areas.get(&area).is_some_and(|have| *have >= access),
        }
    }
}

/// The token to issue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenSpec {
    /// The token itself; absent: a random one.
    pub value: Option<String>,
    /// Its life; absent: the switch `token_life`.
    #[serde(with = "optional_millis", rename = "expires_in_ms")]
    pub expires_in: Option<Duration>,
    /// What it may do.
    pub permissions: Permissions,
    /// Its region; absent: the sandbox's. Another one makes it a 401.
    pub region: Option<Region>,
    /// The application it belongs to: external properties may be visible to
    /// their own application only.
    pub app: Option<String>,
}

mod optional_millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(d: &Option<Duration>, s: S) -> Result<S::Ok, S::Error> {
        match d {
            Some(d) => crate::switches::millis::serialize(d, s),
            None => s.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(d)?.map(Duration::from_millis))
    }
}

/// An issued token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) permissions: Permissions,
    pub(crate) region: Region,
    pub(crate) expires: Timestamp,
    pub(crate) revoked: bool,
    pub(crate) app: String,
    pub(crate) window: RateWindow,
}

impl Token {
    pub(crate) fn valid(&self, now: Timestamp, region: Region) -> bool {
        !self.revoked && now < self.expires && self.region == region
    }
}

/// How many requests a token may send in how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Requests in a window. Clio documents 50 for peak hours.
    pub limit: u32,
    /// The window. Clio's is a minute.
    #[serde(with = "millis", rename = "window_ms")]
    pub window: Duration,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            limit: 50,
            window: Duration::from_secs(60),
        }
    }
}

/// A token's window. It starts at the first request and is forgotten at its
/// end.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RateWindow {
    ends: Option<Timestamp>,
    used: u32,
}

/// Where a token stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateState {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// The end of the window in Unix seconds, rounded up: who waits until then
    /// has waited long enough.
    pub(crate) reset: i64,
    /// Whole seconds until the end, rounded up, when the request is refused.
    pub(crate) refused_for: Option<i64>,
}

impl RateWindow {
    /// Counts a request.
    pub(crate) fn take(&mut self, now: Timestamp, rate: RateLimit) -> RateState {
        let ends = match self.ends {
            Some(ends) if now < ends => ends,
            _ => {
                self.used = 0;
                let window = jiff::SignedDuration::try_from(rate.window)
                    .unwrap_or(jiff::SignedDuration::MAX);
                now.checked_add(window).unwrap_or(Timestamp::MAX)
            }
        };
        self.ends = Some(ends);
        let refused = self.used >= rate.limit;
        if !refused {
            self.used += 1;
        }
        let whole = |d: jiff::SignedDuration| d.as_secs() + i64::from(d.subsec_nanos() > 0);
        RateState {
            limit: rate.limit,
            remaining: rate.limit - self.used.min(rate.limit),
            reset: whole(Timestamp::UNIX_EPOCH.duration_until(ends)),
            refused_for: refused.then(|| whole(now.duration_until(ends)).max(1)),
        }
    }
}

/// A random opaque token of the form seen on Clio: digits, a hyphen,
/// alphanumerics.
pub(crate) fn random_token() -> Result<String, getrandom::Error> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut bytes = [0_u8; 44];
    getrandom::fill(&mut bytes)?;
    let mut token = String::from("27");
    for (i, byte) in bytes.iter().enumerate() {
        match i {
            0..4 => token.push(char::from(b'0' + byte % 10)),
            4 => token.push('-'),
            _ => token.push(char::from(LETTERS[usize::from(*byte) % LETTERS.len()])),
        }
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_window_starts_at_the_first_request_and_reset_is_late_enough() {
        let rate = RateLimit {
            limit: 2,
            window: Duration::from_secs(60),
        };
        let start: Timestamp = "2026-01-01T00:00:00.4Z".parse().unwrap();
        let mut window = RateWindow::default();
        assert_eq!(window.take(start, rate).remaining, 1);
        assert_eq!(window.take(start, rate).remaining, 0);
        let refused = window.take(start, rate);
        assert_eq!(refused.refused_for, Some(60));
        assert_eq!(refused.reset, start.as_second() + 61);
        let later = Timestamp::from_second(refused.reset).unwrap();
        assert_eq!(window.take(later, rate).refused_for, None);
    }

    #[test]
    fn permissions_separate_reading_from_writing() {
        let p = Permissions::only([(Area::Contacts, Access::Read)]);
        assert!(p.grant(Area::Contacts, Access::Read));
        assert!(!p.grant(Area::Contacts, Access::Write));
        assert!(!p.grant(Area::Matters, Access::Read));
    }
}
