//! When a request is sent again, as pure functions.
//!
//! A host that sends a POST again because it still has the body can make a
//! second contact: after a 502 the first may stand. Only the action can find
//! out, by looking before it writes. So the host repeats what certainly had no
//! effect, and what may have its effect twice.
//!
//! What must stay true: a request other than GET and HEAD is sent again only
//! when Clio refused it for its limit or its credential, or when not one byte
//! of it was written.

use std::time::Duration;

use http::{Method, StatusCode};
use wasmtime_wasi_http::Error as WasiError;

use super::client::{SendError, Written};
use crate::budget::Signal;

/// How often and how quickly a request is sent again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetrySettings {
    /// How often a request is sent at most, the first time included.
    pub(crate) attempts: u32,
    /// The upper bound of the first pause. It doubles each time.
    pub(crate) first_pause: Duration,
    /// The upper bound of every pause.
    pub(crate) longest_pause: Duration,
    /// A number from 0 to 1 that the upper bound is multiplied with ("full
    /// jitter"), so that callers which failed together do not return together.
    pub(crate) jitter: fn() -> f64,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(3),
            jitter: rand::random::<f64>,
        }
    }
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome<'a> {
    /// It was answered.
    Answer {
        status: StatusCode,
        signal: &'a Signal,
    },
    /// It was not answered, or its answer was cut.
    Failed(&'a SendError),
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Give the outcome to the guest.
    HandOn,
    /// Send the request again after a pause.
    Again(Duration),
    /// Ask for another credential, and send the request again if there is one.
    Refresh,
}

/// The attempts at one request.
#[derive(Debug)]
pub(crate) struct Attempts {
    settings: RetrySettings,
    /// The longest pause that a refusal may ask for.
    patience: Duration,
    made: u32,
    refreshed: bool,
}

impl Attempts {
    pub(crate) fn new(settings: RetrySettings, patience: Duration) -> Self {
        Self {
            settings,
            patience,
            made: 0,
            refreshed: false,
        }
    }

    /// What to do after an attempt.
    pub(crate) fn after(&mut self, method: &Method, outcome: Outcome<'_>) -> Decision {
        self.made += 1;
        let reads = *method == Method::GET || *method == Method::HEAD;
        match outcome {
            Outcome::Answer { status, .. } if status == StatusCode::UNAUTHORIZED => {
                match std::mem::replace(&mut self.refreshed, true) {
                    true => Decision::HandOn,
                    false => Decision::Refresh,
                }
            }
            Outcome::Answer { signal, .. } if signal.limited => {
                self.again(signal.retry_after.unwrap_or_default())
            }
            Outcome::Answer { status, signal } if reads && status.is_server_error() => {
                self.again(signal.retry_after.unwrap_or_default())
            }
            Outcome::Answer { .. } => Decision::HandOn,
            Outcome::Failed(failed) if is_settled(failed) => Decision::HandOn,
            Outcome::Failed(failed) if reads || failed.written == Written::Nothing => {
                self.again(Duration::ZERO)
            }
            Outcome::Failed(_) => Decision::HandOn,
        }
    }

    fn again(&self, asked: Duration) -> Decision {
        if self.made >= self.settings.attempts || asked > self.patience {
            return Decision::HandOn;
        }
        let doubled = 2_u32.saturating_pow(self.made.saturating_sub(1));
        let bound = self.settings.first_pause.saturating_mul(doubled);
        let bound = bound.min(self.settings.longest_pause);
        Decision::Again(asked + bound.mul_f64((self.settings.jitter)().clamp(0.0, 1.0)))
    }
}

/// Whether another attempt would end the same way.
pub(super) fn is_settled(failed: &SendError) -> bool {
    matches!(
        failed.error,
        WasiError::DestinationIpProhibited
            | WasiError::HttpRequestDenied
            | WasiError::HttpRequestUriInvalid
            | WasiError::HttpRequestBodySize(_)
            | WasiError::HttpResponseBodySize(_)
            | WasiError::TlsCertificateError
            | WasiError::ConfigurationError
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn attempts() -> Attempts {
        let settings = RetrySettings {
            jitter: || 1.0,
            ..RetrySettings::default()
        };
        Attempts::new(settings, Duration::from_secs(60))
    }

    fn status(method: Method, status: u16) -> Decision {
        let signal = Signal {
            limited: status == 429,
            ..Signal::default()
        };
        let status = StatusCode::from_u16(status).unwrap();
        let signal = &signal;
        attempts().after(&method, Outcome::Answer { status, signal })
    }

    fn failed(method: Method, error: WasiError, written: Written) -> Decision {
        attempts().after(&method, Outcome::Failed(&SendError::new(error, written)))
    }

    const WRITES: [Method; 4] = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

    #[test]
    fn a_write_of_unknown_outcome_is_never_sent_again() {
        for method in WRITES {
            for code in [500, 502, 503, 504] {
                assert_eq!(
                    status(method.clone(), code),
                    Decision::HandOn,
                    "{method} {code}"
                );
            }
            for error in [
                WasiError::ConnectionTerminated,
                WasiError::HttpResponseTimeout,
                WasiError::HttpResponseIncomplete,
                WasiError::ConnectionReadTimeout,
                WasiError::HttpProtocolError,
            ] {
                let decision = failed(method.clone(), error, Written::Perhaps);
                assert_eq!(decision, Decision::HandOn, "{method}");
            }
        }
    }

    #[test]
    fn a_write_that_had_no_effect_is_sent_again() {
        for method in WRITES {
            assert!(matches!(status(method.clone(), 429), Decision::Again(_)));
            assert_eq!(status(method.clone(), 401), Decision::Refresh);
            let refused = failed(method, WasiError::ConnectionRefused, Written::Nothing);
            assert!(matches!(refused, Decision::Again(_)));
        }
    }

    #[test]
    fn reading_is_repeated_after_whatever_may_pass() {
        for method in [Method::GET, Method::HEAD] {
            for code in [429, 500, 502, 503, 504] {
                assert!(
                    matches!(status(method.clone(), code), Decision::Again(_)),
                    "{code}"
                );
            }
            for error in [
                WasiError::HttpResponseIncomplete,
                WasiError::HttpResponseTimeout,
            ] {
                let decision = failed(method.clone(), error, Written::Perhaps);
                assert!(matches!(decision, Decision::Again(_)));
            }
            for code in [200, 303, 400, 403, 404, 409, 422] {
                assert_eq!(status(method.clone(), code), Decision::HandOn, "{code}");
            }
        }
    }

    #[test]
    fn what_would_end_the_same_way_is_not_repeated() {
        for error in [
            WasiError::DestinationIpProhibited,
            WasiError::TlsCertificateError,
            WasiError::HttpResponseBodySize(Some(1)),
        ] {
            assert_eq!(
                failed(Method::GET, error, Written::Nothing),
                Decision::HandOn
            );
        }
    }

    #[test]
    fn attempts_end_and_pauses_grow_up_to_a_bound() {
        let mut attempts = attempts();
        attempts.settings.attempts = 7;
        let signal = &Signal::default();
        let status = StatusCode::BAD_GATEWAY;
        let pauses: Vec<_> = (0..7)
            .map(|_| attempts.after(&Method::GET, Outcome::Answer { status, signal }))
            .map(|decision| match decision {
                Decision::Again(pause) => pause.as_millis(),
                _ => 0,
            })
            .collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 3000, 3000, 0]);
    }

    #[test]
    fn a_refusal_is_waited_out_only_within_the_patience() {
        let mut patient = attempts();
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut ask = |seconds| {
            let signal = Signal {
                limited: true,
                retry_after: Some(Duration::from_secs(seconds)),
                ..Signal::default()
            };
            let signal = &signal;
            patient.after(&Method::POST, Outcome::Answer { status, signal })
        };
        assert!(matches!(ask(34), Decision::Again(pause) if pause >= Duration::from_secs(34)));
        assert_eq!(ask(61), Decision::HandOn);
    }

    #[test]
    fn a_credential_is_refreshed_once_a_request() {
        let mut attempts = attempts();
        let signal = &Signal::default();
        let status = StatusCode::UNAUTHORIZED;
        let outcome = Outcome::Answer { status, signal };
        assert_eq!(attempts.after(&Method::GET, outcome), Decision::Refresh);
        assert_eq!(attempts.after(&Method::GET, outcome), Decision::HandOn);
    }
}
