//! One guest on trial: how it is called, and what is asserted of its end.
//!
//! Whatever the guest does, three things are asserted each time: it ends within
//! its deadline, its error has the documented envelope, and an honest call on
//! the same host, which has room for one, succeeds afterwards.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clio_host::{
    CallError, CallStats, ComponentDigest, Connection, DenialReason, FailureCause, Host, Limits,
    LoadError, Policy,
};
use clio_tests::{described, described_as};
use serde_json::{Value, json};

use crate::server::{Server, TOKEN};
use crate::{component, is_text};

/// What the host may take beyond a call's deadline, on a busy machine.
const LATE: Duration = Duration::from_secs(3);

/// The one request that a component without a description may make here.
pub(crate) const ALLOWED: &str = "/api/v4/users/who_am_i.json";

/// A guest before its call.
#[derive(Clone)]
pub(crate) struct Trial {
    name: String,
    component: Vec<u8>,
    limits: Limits,
    policy: Policy,
    connection: Option<Connection>,
    input: Value,
}

/// How a guest ended.
pub(crate) struct Ended {
    pub(crate) error: CallError,
    pub(crate) stats: CallStats,
    /// What it printed, as far as it was kept.
    pub(crate) printed: String,
}

impl Trial {
    pub(crate) fn of(name: &str) -> Self {
        let component = component(name);
        let mut policy = Policy::default();
        policy.allow = Some(vec![format!("GET {ALLOWED}").parse().unwrap()]);
        Self {
            name: name.to_owned(),
            component,
            limits: Limits {
                deadline: Duration::from_secs(20),
                ..Limits::default()
            },
            policy,
            connection: None,
            input: if is_text(name) {
                Value::Null
            } else {
                "".into()
            },
        }
    }

    /// With other limits.
    pub(crate) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// With another policy of the operator.
    pub(crate) fn policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// With a description of the requests that it makes, and of the answers
    /// that grant it a URL.
    pub(crate) fn described(mut self, requests: &[&str], grants: Value) -> Self {
        self.policy.allow = None;
        self.component = described(&self.component, requests, grants);
        self.policy.grants = vec![ComponentDigest::of(&self.component)];
        self
    }

    /// On the account that this server plays.
    pub(crate) fn on(self, server: &Server) -> Self {
        self.connected(server.connection())
    }

    /// On an account.
    pub(crate) fn connected(mut self, connection: Connection) -> Self {
        self.connection = Some(connection);
        self
    }

    /// The same guest once more.
    pub(crate) fn again(&self) -> Self {
        self.clone()
    }

    /// By what the operator and the audit know the component.
    pub(crate) fn digest(&self) -> ComponentDigest {
        ComponentDigest::of(&self.component)
    }

    /// With a description that says that it fetches content.
    pub(crate) fn fetching(mut self, requests: &[&str]) -> Self {
        self.policy.allow = None;
        self.component = described_as(&self.component, requests, json!([]), true);
        self
    }

    /// Without the operator's word for the grants of its description.
    pub(crate) fn unknown(mut self) -> Self {
        self.policy.grants.clear();
        self
    }

    /// With what it attacks.
    pub(crate) fn target(mut self, target: impl Into<String>) -> Self {
        self.input = Value::String(target.into());
        self
    }

    fn host(&self) -> Host {
        Host::builder()
            .cache_dir(Some(clio_tests::cache_dir()))
            .workers(1)
            .concurrent_calls(1)
            .policy(self.policy.clone())
            .build()
            .unwrap()
    }

    /// Asserts that the host does not take the component, and why.
    pub(crate) fn refused_at_load(self) -> LoadError {
        self.host().load(&self.component).unwrap_err()
    }

    /// Runs it to its end, which must be an error.
    pub(crate) async fn ends(self) -> Ended {
        let clio = Server::polite().await;
        let host = self.host();
        let action = host.load(&self.component).unwrap();
        let connection = self.connection.clone().unwrap_or_else(|| clio.connection());
        let printed = Arc::new(Mutex::new(String::new()));
        let stats = Arc::new(Mutex::new(CallStats::default()));
        let (lines, counted) = (Arc::clone(&printed), Arc::clone(&stats));
        let call = host
            .call(&connection)
            .limits(self.limits.clone())
            .on_log(move |line| lines.lock().unwrap().push_str(&line.text))
            .on_stats(move |stats| *counted.lock().unwrap() = stats);
        let began = Instant::now();
        let result = call.invoke(&action, None, self.input.clone()).await;
        let took = began.elapsed();
        let name = &self.name;
        let error = match result {
            Ok(value) => panic!("the guest `{name}` got through: {value}"),
            Err(error) => error,
        };
        assert!(
            took < self.limits.deadline + LATE,
            "`{name}` took {took:?}, its deadline is {:?}",
            self.limits.deadline
        );
        assert_envelope(&error);
        serves(&host, &clio).await;
        let (printed, stats) = (
            printed.lock().unwrap().clone(),
            stats.lock().unwrap().clone(),
        );
        Ended {
            error,
            stats,
            printed,
        }
    }
}

/// The honest call that follows each attack.
async fn serves(host: &Host, clio: &Server) {
    let honest = host
        .load(&described(
            &component("asks_once"),
            &[&format!("GET {ALLOWED}")],
            json!([]),
        ))
        .unwrap();
    let answer = host
        .call(&clio.connection())
        .deadline(Duration::from_secs(20))
        .invoke(&honest, None, json!(ALLOWED))
        .await;
    assert_eq!(answer.unwrap(), json!("answered 200: {}"));
}

/// Whatever the error, its envelope is the documented one and holds no token.
fn assert_envelope(error: &CallError) {
    let envelope = error.to_json();
    assert!(!envelope.to_string().contains(TOKEN), "{envelope}");
    assert!(envelope["correlation_id"].is_string(), "{envelope}");
    let told = envelope["error"].as_object().unwrap();
    assert_eq!(told.len(), 1, "{envelope}");
    let (kind, told) = told.iter().next().unwrap();
    match kind.as_str() {
        "execution_failed" => {
            assert!(matches!(error, CallError::Host(_)));
            assert_eq!(
                error.code(),
                format!("execution_failed:{}", told["cause"].as_str().unwrap())
            );
        }
        "permanent" | "transient" => {
            assert_eq!(told["code"], error.code());
        }
        _ => panic!("{envelope}"),
    }
    assert!(
        told["message"].as_str().is_some_and(|it| !it.is_empty()),
        "{envelope}"
    );
}

impl Ended {
    /// Asserts that the host ended it, why, and that the message says so.
    #[track_caller]
    pub(crate) fn by_the_host(&self, cause: &FailureCause, says: &str) -> &Self {
        match &self.error {
            CallError::Host(failure) => assert_eq!(failure.cause, *cause, "{failure}"),
            other => panic!("not the host's doing: {}", other.to_json()),
        }
        assert!(self.error.to_string().contains(says), "{}", self.error);
        self
    }

    /// Asserts that it ended at a limit, by the limit's name.
    #[track_caller]
    pub(crate) fn at_the_limit(&self, name: &'static str) -> &Self {
        self.by_the_host(&FailureCause::Limit(name), "limit")
    }

    /// Asserts that it gave up because it was refused something: what, in its
    /// own words.
    #[track_caller]
    pub(crate) fn was_refused(&self, what: &str) -> &Self {
        assert_eq!(self.error.code(), "denied_by_policy", "{:?}", self.error);
        assert!(self.error.to_string().contains(what), "{}", self.error);
        self
    }

    /// Asserts which requests were denied, and why, in order. Each stands in
    /// the envelope with the rule that would allow it.
    #[track_caller]
    pub(crate) fn denied(&self, expected: &[(&str, DenialReason)]) -> &Self {
        let denied: Vec<_> = self
            .error
            .denied()
            .iter()
            .map(|denial| (denial.request.as_str(), denial.reason))
            .collect();
        assert_eq!(denied, expected);
        let envelope = self.error.to_json();
        for (n, denial) in self.error.denied().iter().enumerate() {
            assert!(!denial.rule.is_empty());
            assert_eq!(
                envelope["denied"][n],
                json!({"request": denial.request, "rule": denial.rule})
            );
        }
        self
    }
}
