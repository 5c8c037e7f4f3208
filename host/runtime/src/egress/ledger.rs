//! What egress noted beside the guest: denials, failures and traffic.
//!
//! A guest sees only an error code of `wasi:http`. Whoever operates the host
//! must learn more: which request was denied, and which rule would allow it. So
//! that is noted here and put into the final error of the call.
//!
//! What must stay true: nothing noted holds a query, a header, a body, or the
//! path of a URL outside the account's origin, since file names stand in those.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::dry_run::Withheld;
use crate::budget::BudgetExhausted;
use crate::cpu::CpuMeter;
use crate::journal::{JournalError, Write};
use crate::policy::Denial;

/// The number of denials kept of one call: a guest decides how many there are.
const MOST_DENIALS: usize = 32;
/// The number of writes kept of one call, done or held back.
const MOST_WRITES: usize = 1000;

/// What went wrong in egress apart from denials, in the host's own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum EgressFailure {
    /// The wait for rate budget would have been longer than allowed.
    #[error("{0}")]
    RateBudget(BudgetExhausted),
    /// The credential could not be had.
    #[error("the connection has no usable credential: {0}")]
    Credential(String),
    /// The credential could not be had just now.
    #[error("the connection has no usable credential: {0}")]
    CredentialLater(String),
    /// What is about to be written could not be kept first.
    #[error("{0}")]
    Journal(JournalError),
    /// More requests than one call may make.
    #[error("the call made more than {most} requests; raise the limit if that is meant")]
    Requests {
        /// The most requests of one call.
        most: u32,
    },
    /// A request body over its limit.
    #[error("a request body is larger than {most} bytes; raise the limit if that is meant")]
    RequestBytes {
        /// The limit in bytes.
        most: u64,
    },
    /// A response body over its limit.
    #[error("an answer is larger than {most} bytes; raise the limit if that is meant")]
    ResponseBytes {
        /// The limit in bytes.
        most: u64,
    },
    /// A body for storage without a length.
    #[error(
        "a request to storage has no Content-Length; storage refuses chunked bodies, so give the \
         length of the content"
    )]
    LengthRequired,
    /// A server whose certificate is not trusted, or is for another name.
    #[error(
        "the TLS certificate of {origin} is not accepted: {cause}; if this network inspects TLS, \
         name the firm's CA certificates in a policy file as `ca_file` under `[network]`; else \
         check this machine's clock and CA certificates, and who answers there"
    )]
    Certificate {
        /// Whose it is.
        origin: String,
        /// What is wrong with it.
        cause: String,
    },
    /// No request can be sent over TLS from this machine.
    #[error("{0}")]
    Tls(String),
    /// Content that a machine made.
    #[error("a machine made the content, and nobody approved it")]
    MachineMade,
    /// Content other than what was approved.
    #[error("the content is not what was approved")]
    NotApproved,
    /// Content of which nobody can tell whether a machine made it.
    #[error(
        "the content's server answered a part of it, or encoded it, so that nobody can tell whether \
         it is a draft; give a URL that answers the document as it is"
    )]
    NotReviewable,
    /// Nobody can tell whether a machine made the content.
    #[error("{0}")]
    Reviews(String),
    /// A local file that changed while it was read.
    #[error("local content changed while it was being read; repeat once it is settled")]
    ContentChanged,
}

/// What one call sent and received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Requests to the account's own origin, without repetitions.
    pub api_requests: u32,
    /// Requests to URLs that Clio gave, such as those of storage.
    pub granted_requests: u32,
    /// Requests for content to origins that the policy lists.
    pub content_requests: u32,
    /// Requests for local content. They do not leave the host.
    pub local_requests: u32,
    /// Requests that were sent again.
    pub retries: u32,
    /// Bytes of request bodies that were sent.
    pub sent: u64,
    /// Bytes of response bodies that were received.
    pub received: u64,
    /// The time spent waiting for rate budget within the call.
    pub waited: Duration,
}

/// Where a call's denials, failures and traffic are noted.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    noted: Mutex<Noted>,
    /// Learns of the bytes that move.
    cpu: Arc<CpuMeter>,
}

/// What was noted of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    /// The requests that were denied.
    pub(crate) denials: Vec<Denial>,
    /// What went wrong apart from them.
    pub(crate) failure: Option<EgressFailure>,
    /// What was sent and received.
    pub(crate) traffic: Traffic,
    /// The writes that left.
    pub(crate) writes: Vec<Write>,
    /// The writes that a dry run held back.
    pub(crate) withheld: Vec<Withheld>,
}

impl Ledger {
    pub(crate) fn new(cpu: Arc<CpuMeter>) -> Self {
        Self {
            noted: Mutex::default(),
            cpu,
        }
    }

    /// Notes that the call sends, receives or reads so many bytes of a body.
    pub(crate) fn moved(&self, bytes: u64) {
        self.cpu.moved(bytes);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Noted) -> T) -> T {
        act(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn deny(&self, denial: Denial) {
        tracing::warn!(request = %denial.request, rule = %denial.rule, "request denied: {}", denial.reason);
        self.with(|noted| {
            if noted.denials.len() < MOST_DENIALS && !noted.denials.contains(&denial) {
                noted.denials.push(denial);
            }
        });
    }

    /// Notes the first failure: what follows is mostly its consequence.
    pub(crate) fn fail(&self, failure: EgressFailure) {
        tracing::debug!(%failure, "egress failed");
        self.with(|noted| noted.failure.get_or_insert(failure).clone());
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Traffic)) {
        self.with(|noted| change(&mut noted.traffic));
    }

    /// Notes a write that left.
    pub(crate) fn wrote(&self, write: Write) {
        self.with(|noted| {
            if noted.writes.len() < MOST_WRITES {
                noted.writes.push(write);
            }
        });
    }

    /// Notes a write that a dry run held back.
    pub(crate) fn withhold(&self, withheld: Withheld) {
        self.with(|noted| {
            if noted.withheld.len() < MOST_WRITES {
                noted.withheld.push(withheld);
            }
        });
    }

    /// What was noted so far.
    pub(crate) fn noted(&self) -> Noted {
        self.with(|noted| noted.clone())
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.with(|noted| noted.traffic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::DenialReason;

    #[test]
    fn a_guest_cannot_make_the_list_of_denials_grow_without_end() {
        let ledger = Ledger::default();
        for number in 0..1000 {
            ledger.deny(Denial {
                request: format!("GET https://app.clio.com/{number}"),
                rule: String::new(),
                reason: DenialReason::NotAllowed,
            });
        }
        assert_eq!(ledger.noted().denials.len(), MOST_DENIALS);
    }

    #[test]
    fn the_first_failure_is_the_one_that_is_told() {
        let ledger = Ledger::default();
        ledger.fail(EgressFailure::Requests { most: 1 });
        ledger.fail(EgressFailure::LengthRequired);
        let failure = ledger.noted().failure;
        assert_eq!(failure, Some(EgressFailure::Requests { most: 1 }));
    }
}
