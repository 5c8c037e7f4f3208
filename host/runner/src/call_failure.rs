//! What a failed call means for a person and for the exit code.

use clio_host::CallError;
use clio_host::actions::types::{Error, Problem, ProblemCode};

use crate::exit::Exit;
use crate::failure::Failure;

/// The exit code of a failed call.
pub fn exit(error: &CallError) -> Exit {
    match error {
        CallError::Action(action) => match action.typed() {
            Some(Error::Permanent(problem)) if not_authorized(problem) => Exit::NotAuthorized,
            Some(Error::Transient(problem)) if not_authorized(problem) => Exit::NotAuthorized,
            Some(Error::Transient(_)) => Exit::Transient,
            Some(Error::ExecutionFailed) => Exit::HostFailure,
            Some(Error::Permanent(_)) | None => Exit::Permanent,
        },
        _ => Exit::HostFailure,
    }
}

fn not_authorized(problem: &Problem) -> bool {
    // The status alone says nothing: storage and content URLs answer 403, too.
    matches!(
        problem.code,
        ProblemCode::NotConnected | ProblemCode::Forbidden
    )
}

/// Whether the input itself was refused, by the host or by the action.
pub fn is_bad_input(error: &CallError) -> bool {
    error
        .problem()
        .is_some_and(|problem| problem.code == ProblemCode::InvalidInput)
}

/// Whether the same input will be refused however often it is sent: it is wrong, or
/// passes a machine's work off as a person's.
pub fn is_refused(error: &CallError) -> bool {
    let code = error.problem().map(|problem| problem.code);
    is_bad_input(error) || code == Some(ProblemCode::ReviewRequired)
}

/// The failure in one line: what, where, and when to come back.
pub fn why(error: &CallError) -> String {
    let field = error.problem().and_then(|problem| problem.field.as_deref());
    why_of(error, &error.to_string(), field)
}

/// The same, with a message and a place in the caller's own words.
pub fn why_of(error: &CallError, message: &str, field: Option<&str>) -> String {
    let mut why = format!("{} ({})", message.trim_end_matches('.'), error.code());
    if let Some(field) = field {
        why.push_str(&format!(" at {field}"));
    }
    if let Some(problem) = error.problem() {
        if let Some(kind) = &problem.clio_type {
            why.push_str(&format!("; Clio calls it {kind}"));
        }
        add_candidates(&mut why, &problem.candidates);
        if let Some(ms) = problem.retry_after_ms {
            why.push_str(&format!("; not before {} s", ms.div_ceil(1000)));
        }
    }
    for denial in error.denied() {
        why.push_str(&format!(
            "; denied: {}, allowed by: {}",
            denial.request, denial.rule
        ));
    }
    why
}

/// Adds the records in Clio that are in question.
pub fn add_candidates(why: &mut String, candidates: &[u64]) {
    if !candidates.is_empty() {
        let ids: Vec<String> = candidates.iter().map(u64::to_string).collect();
        why.push_str(&format!("; records in Clio: {}", ids.join(", ")));
    }
}

/// The next step, by what went wrong.
pub fn next(error: &CallError) -> &'static str {
    let Some(problem) = error.problem() else {
        return match error {
            CallError::Action(_) => "see what the component's own documentation says of it",
            _ => "run it with RUST_LOG=debug; --deadline and the --max-… options move its limits",
        };
    };
    let about_marker = problem.field.as_deref() == Some("/marker_field");
    if about_marker && !matches!(problem.code, ProblemCode::InvalidInput) {
        return "`clio doctor` says whether the marker fields stand; `clio setup` makes what is \
                missing";
    }
    match problem.code {
        ProblemCode::InvalidInput => "mend the input; `clio describe ACTION --json` has its schema",
        ProblemCode::NotConnected => {
            "look at `clio connections`, or check that CLIO_ORIGIN is the token's region; connect \
             again for a new token"
        }
        ProblemCode::Forbidden => {
            "let an administrator grant the permission; `clio describe ACTION` lists those needed"
        }
        ProblemCode::NotFound => "check the ids and names against the account",
        ProblemCode::Ambiguous | ProblemCode::Conflict => {
            "look at the records in Clio and say which one is meant"
        }
        ProblemCode::Removed => "restore the record in Clio, or ask for a new one",
        ProblemCode::RejectedByClio => "change what Clio refuses, and run it again",
        ProblemCode::ReviewRequired => {
            "add the document with `clio review add FILE --matter ID`, have a person approve it, and \
             name it as {\"source\": {\"draft\": \"ID\"}} without `provenance`"
        }
        ProblemCode::DeniedByPolicy => "if the request is meant, allow it by the rule above",
        ProblemCode::RateLimited => "run the same again when the account's budget is back",
        ProblemCode::Unavailable if !error.is_transient() => {
            "mend what the message names: running it again does not help by itself"
        }
        ProblemCode::Unavailable | ProblemCode::UploadIncomplete => "run the same again later",
        ProblemCode::UnexpectedAnswer if is_from_between(problem) => {
            "look at what stands between this machine and Clio: a firewall, a proxy or the \
             network's sign-in page; permissions in Clio are not at fault"
        }
        ProblemCode::UnexpectedAnswer => {
            "run the same again; if it stays, look at the record in Clio"
        }
    }
}

/// Whether something on the way refused the request: Clio's own refusals have a
/// type and a code of their own.
fn is_from_between(problem: &Problem) -> bool {
    problem.clio_type.is_none() && matches!(problem.status, Some(400..=499))
}

/// The failed call of `clio run`, as a person reads it.
pub fn of_run(error: &CallError) -> Failure {
    let exit = if is_bad_input(error) {
        Exit::Usage
    } else {
        exit(error)
    };
    Failure::new(exit, why(error)).next(next(error))
}
