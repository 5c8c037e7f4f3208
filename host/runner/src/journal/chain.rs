//! How one row of the audit hangs on the one before.
//!
//! A row's code covers all that the row says, its number, and the code of the
//! row before it. Without the key nobody can make the code of another row, nor
//! take one out of the middle, nor exchange two.

use clio_host::AuditEntry;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::keys::Key;
use crate::digest::hex;

/// One row of the audit, as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub seq: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    pub correlation: String,
    pub action: String,
    pub connection: String,
    pub status: String,
    /// Empty where nothing failed.
    pub code: String,
    /// [`Details`] as JSON.
    pub details: String,
    pub prev: Vec<u8>,
    pub mac: Vec<u8>,
}

/// What else an entry says.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// The account that the connection led to: its origin, and its id there
    /// where it is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// The account that a name led to before.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub former_account: String,
    /// Ids in Clio that the result named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<u64>,
    /// The writes that left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<WriteRow>,
    /// The person who decided on a draft, as they were named.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// SHA-256 of the contents that were lent, or of the draft.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<String>,
    pub requests: u32,
    pub sent: u64,
    pub received: u64,
    pub denied: u32,
    /// Rows up to this one were taken out, for they were older than is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_through: Option<u64>,
    /// The code of that row, on which the first one left hangs, in hexadecimal.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub removed_code: String,
}

/// One write that left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteRow {
    pub method: String,
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// Absent: the answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

impl AuditRow {
    /// The row of an entry, not yet chained.
    pub fn of(entry: &AuditEntry) -> Self {
        let details = Details {
            account: entry.account.clone(),
            former_account: String::new(),
            ids: entry.ids.clone(),
            writes: entry
                .writes
                .iter()
                .map(|write| WriteRow {
                    method: write.method.clone(),
                    path: write.path.clone(),
                    id: write.id,
                    status: write.status,
                })
                .collect(),
            digests: entry.digests.iter().map(|digest| hex(digest)).collect(),
            requests: entry.requests,
            sent: entry.sent,
            received: entry.received,
            denied: entry.denied,
            ..Details::default()
        };
        let at = jiff::Timestamp::try_from(entry.at)
            .map_or_else(|_| super::now(), jiff::Timestamp::as_millisecond);
        Self {
            at,
            correlation: entry.correlation.clone(),
            action: entry.action.clone(),
            connection: entry.connection.clone(),
            status: entry.status.name().to_owned(),
            code: entry.code.clone().unwrap_or_default(),
            // A struct of numbers and texts is always JSON.
            details: serde_json::to_string(&details).unwrap_or_default(),
            ..Self::note("", "")
        }
    }

    /// What else it says.
    pub fn more(&self) -> Details {
        serde_json::from_str(&self.details).unwrap_or_default()
    }

    /// The row as JSON, as `clio log --json` tells it.
    pub fn told(&self) -> Value {
        let mut told = json!({
            "row": self.seq, "at": super::instant(self.at), "action": self.action,
            "connection": self.connection, "status": self.status,
            "correlation_id": self.correlation,
        });
        if !self.code.is_empty() {
            told["code"] = self.code.clone().into();
        }
        if let (Some(told), Ok(Value::Object(more))) =
            (told.as_object_mut(), serde_json::to_value(self.more()))
        {
            told.extend(more);
        }
        told
    }

    /// What the journal says of itself.
    pub fn note(action: &str, status: &str) -> Self {
        Self {
            seq: 0,
            at: super::now(),
            correlation: String::new(),
            action: action.to_owned(),
            connection: String::new(),
            status: status.to_owned(),
            code: String::new(),
            details: "{}".to_owned(),
            prev: Vec::new(),
            mac: Vec::new(),
        }
    }

    /// Hangs the row on the one before.
    pub fn chain(&mut self, key: &Key, seq: u64, prev: [u8; 32]) -> [u8; 32] {
        self.seq = seq;
        self.prev = prev.to_vec();
        let code = self.with_parts(seq, |parts| key.code(parts));
        self.mac = code.to_vec();
        code
    }

    /// Whether the row is as it was written, if it was written as number `seq`.
    pub fn is_genuine(&self, key: &Key, seq: u64) -> bool {
        self.with_parts(seq, |parts| key.fits(parts, &self.mac))
    }

    fn with_parts<T>(&self, seq: u64, act: impl FnOnce(&[&[u8]]) -> T) -> T {
        act(&[
            b"clio audit 1",
            &self.prev,
            &seq.to_be_bytes(),
            &self.at.to_be_bytes(),
            self.correlation.as_bytes(),
            self.action.as_bytes(),
            self.connection.as_bytes(),
            self.status.as_bytes(),
            self.code.as_bytes(),
            self.details.as_bytes(),
        ])
    }
}
