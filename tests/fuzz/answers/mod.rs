//! Target `answers`: what comes back over the network, into the actions.
//!
//! An input is a JSON object: which call is made, and what each request gets.
//! What must hold, whatever comes: a call ends, after a bounded number of
//! requests; it asks for nothing that its description does not list, so it
//! follows no link to elsewhere; after a write whose outcome is unknown it looks
//! before it writes again; its error says nothing that came in from outside;
//! a cursor that it returns is taken again.

mod calls;
mod transport;

use serde::Deserialize;
use serde_json::Value;

use self::calls::Ended;
use self::transport::{Answer, Line};
use crate::campaign::{Target, Verdict};
use crate::pointers::secret_in;

const TARGET: Target = Target {
    name: "answers",
    dictionary: &[
        "id",
        "data",
        "meta",
        "paging",
        "next",
        "error",
        "type",
        "message",
        "status",
        "headers",
        "json",
        "text",
        "failed",
        "lost",
        "not_sent",
        "too_large",
        "date",
        "retry-after",
        "content-length",
        "location",
        "repr-digest",
        "redacted",
        "value",
        "custom_field",
        "put_url",
        "uuid",
        "fully_uploaded",
        "deleted_at",
        "Person",
        "UploadNotFoundError",
        "UploadTimeoutError",
        "RateLimited",
        "InvalidFields",
        "Retry in 99999999999999 seconds",
        "ann@example.com",
        "Zebedee",
        "5550100",
        "intake:1",
        "https://app.clio.com/api/v4/contacts.json?page_token=[n]",
        "https://app.clio.com/api/v4/documents.json?page_token=[n]",
        "https://app.clio.com/api/v4/matters.json?page_token=[n]",
        "https://app.clio.com/api/v4/document_automations.json?page_token=[n]",
        "https://app.clio.com/api/v4/document_templates.json?page_token=[n]",
        "export_formats",
        "created_at",
        "https://evil.example/api/v4/contacts.json?page_token=[n]",
        "https://app.clio.com@evil.example/api/v4/documents.json",
        "https://app.clio.com/api/v4/../../oauth/token",
        "https://s3.example/put?X-Amz-Signature=[n]",
        "http://s3.example/put",
        "\r\nX-Evil: 1",
        " ",
        "#",
        "Sun, 01 Mar 2026 09:30:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "18446744073709551615",
        "<Code>ExpiredToken</Code>",
        "<Code>AccessDenied</Code> expired",
        "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:",
        "eyJlcnJvciI6eyJ0eXBlIjoiUmF0ZUxpbWl0ZWQifX0=",
        "encodingDecoded",
    ],
    inputs: 25_000,
    run,
};

/// The most requests that one call may make. Five looks at a list have 500
/// pages at the most.
const MOST_REQUESTS: usize = 700;

/// The longest that one call may sleep, in seconds.
const LONGEST_SLEEP: u64 = 120;

#[derive(Deserialize)]
struct Input {
    /// The name of a call of [`calls`].
    call: String,
    /// What the requests get, in order.
    #[serde(default)]
    answers: Vec<Value>,
    /// Whether the answers come around again, for ever. Otherwise every further
    /// answer is lost.
    #[serde(default)]
    around: bool,
    /// The cursor of a detection.
    #[serde(default)]
    cursor: Option<String>,
    /// When the call began.
    #[serde(default)]
    began: Option<String>,
}

fn run(input: &[u8]) -> Verdict {
    let Ok(input) = serde_json::from_slice::<Input>(input) else {
        return Ok(());
    };
    let answers: Vec<Answer> = input.answers.iter().map(Answer::of).collect();
    let mut line = Line::new(answers, input.around, MOST_REQUESTS);
    let Some(call) = calls::named(&input.call) else {
        return Ok(());
    };
    let ended = call.make(&mut line, input.cursor.clone(), input.began.clone());
    line.check(call.action)?;
    if line.slept.as_secs() > LONGEST_SLEEP {
        return Err(format!("it slept for {:?}", line.slept));
    }
    match ended {
        Ended::Failed(failure) => {
            let problem = &failure.problem;
            if let Some(secret) = secret_in(&without_name(&problem.message)) {
                return Err(format!("the error repeats {secret}: {}", problem.message));
            }
            if problem.message.chars().any(char::is_control) {
                return Err(format!("the error prints {:?}", problem.message));
            }
            if problem
                .field
                .as_ref()
                .is_some_and(|field| !field.starts_with('/'))
            {
                return Err(format!("{:?} is no JSON Pointer", problem.field));
            }
            if problem.retry_after_ms.is_some_and(|wait| wait > 3_600_000) {
                return Err(format!(
                    "the caller is to wait {:?} ms",
                    problem.retry_after_ms
                ));
            }
        }
        Ended::Done => {}
        Ended::Cursor(cursor) => {
            // What was returned once is taken, whatever the account then says.
            line.begin_again();
            let again = call.make(&mut line, Some(cursor), None);
            line.check(call.action)?;
            if let Ended::Failed(failure) = again
                && is_refused(&failure.problem)
            {
                return Err(format!("its own cursor was refused: {failure}"));
            }
        }
    }
    Ok(())
}

/// Whether a cursor was refused by whom it came from. Clio may refuse the token
/// in it, with a status.
fn is_refused(problem: &clio_host::actions::types::Problem) -> bool {
    match problem.field.as_deref() {
        Some("/start/cursor") => true,
        Some("/cursor") => problem.status.is_none(),
        _ => false,
    }
}

/// A message without the name that Clio or storage gives its error, which is
/// one plain word: `(HTTP 422, InvalidFields)`.
fn without_name(message: &str) -> String {
    let Some((before, after)) = message.split_once("(HTTP ") else {
        return message.to_owned();
    };
    let (name, rest) = after.split_once(')').unwrap_or((after, ""));
    let plain = |c: char| c.is_ascii_alphanumeric() || " ,_:.".contains(c);
    match name.chars().all(plain) {
        true => format!("{before}{rest}"),
        false => message.to_owned(),
    }
}

#[test]
fn whatever_clio_answers_a_call_ends_and_does_no_harm() {
    TARGET.run();
}
