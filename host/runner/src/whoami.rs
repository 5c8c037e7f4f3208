//! Who a connection acts for, as the action `check-connection` tells it.

use clio_host::actions::check_connection::CheckOutcome;
use clio_host::actions::types::ProblemCode;
use clio_host::vault::SavedAccount;
use clio_host::{CallError, Origin};

use crate::call_failure;
use crate::exit::Exit;
use crate::failure::Failure;

/// What tells one account from another: the firm, or the user where Clio does
/// not say the firm.
pub fn account(outcome: &CheckOutcome) -> SavedAccount {
    match &outcome.account {
        Some(firm) => SavedAccount {
            id: firm.id.to_string(),
            name: firm.name.clone(),
        },
        None => SavedAccount {
            id: format!("user-{}", outcome.user.id),
            name: None,
        },
    }
}

/// The user, for people.
pub fn user(outcome: &CheckOutcome) -> &str {
    let name = outcome.user.name.as_deref();
    name.unwrap_or("a user without a name")
}

/// Why Clio does not say: what is at fault, and the failure with the next step.
pub fn refused(error: &CallError, origin: &Origin, reconnect: &str) -> (&'static str, Failure) {
    let not_authorized = |what: String| Failure::new(Exit::NotAuthorized, what);
    let problem = error.problem();
    match problem.map(|problem| (problem.code, problem.status)) {
        Some((ProblemCode::NotConnected, Some(401))) => (
            "region",
            not_authorized(format!("{origin} does not take the access token")).next(format!(
                "run `{reconnect}`; check that the firm's account is in this region"
            )),
        ),
        Some((ProblemCode::NotConnected, _)) => (
            "token",
            not_authorized(error.to_string()).next(format!("run `{reconnect}`")),
        ),
        Some((ProblemCode::Forbidden, _)) => (
            "API access",
            not_authorized("Clio does not let this user or this firm use its API".to_owned()).next(
                "check that the firm's plan has API access (EasyStart has none), and that no \
                     firewall stands in between",
            ),
        ),
        _ => (
            "who am I",
            Failure::new(call_failure::exit(error), call_failure::why(error))
                .next("run the same again later; check that this machine reaches Clio"),
        ),
    }
}
