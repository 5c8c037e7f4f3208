//! A person's word for a write, which no argument of a tool can give.
//!
//! Where the client can ask its person, it is asked: by an elicitation, or from
//! revision 2026-07-28 on by a result that says which input is required. The
//! person sees the requests that a dry run came to.
//!
//! What must stay true: a confirmation is for one call of one function with these
//! arguments, these bytes of the files that they name, and this account. It comes
//! from the client's person, or the write is not sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rmcp::RoleServer;
use rmcp::model::{
    ClientResult, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationSchema, InputRequest, InputRequiredResult, InputResponses, ProtocolVersion,
    ServerRequest,
};
use rmcp::service::RequestContext;
use serde_json::{Value, json};

use crate::account::Account;
use crate::commands::run::checked::Request;
use crate::correlation;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::terminal;

/// How long a question stands. A person may be at lunch; the account goes on.
const LIFE: Duration = Duration::from_secs(30 * 60);
/// How many questions stand at once. The oldest goes.
const MOST: usize = 64;
/// What the client answers under.
const CONFIRM: &str = "confirm";
/// The most characters of one body that are shown. What is longer is for no form.
const SHOWN: usize = 6_000;

/// What a confirmation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject(Digest);

impl Subject {
    /// A call of a function with what it is given, in an account.
    pub(super) fn of(function: &str, request: &Request, account: &Account) -> Self {
        let files: Vec<String> = request
            .contents
            .iter()
            .map(|content| content.place.sha256.to_string())
            .collect();
        // Members are kept in the order of their names.
        let all = json!([function, account.owner, request.input, files]);
        Self(Digest::of(all.to_string()))
    }
}

/// How a client can ask its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A request of its own, while the call waits.
    Elicitation,
    /// The call ends, and comes again with the answer.
    InputRequired,
}

impl Way {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        let asks = context.client_capabilities()?.elicitation?;
        // One that names no kind has the first there was.
        if asks.form.is_none() && asks.url.is_some() {
            return None;
        }
        let version = context.protocol_version()?;
        Some(
            if version.as_str() < ProtocolVersion::V_2026_07_28.as_str() {
                Self::Elicitation
            } else {
                Self::InputRequired
            },
        )
    }
}

/// The questions that stand.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<BTreeMap<String, (Subject, Instant)>>);

impl Questions {
    /// Ends the call with a question.
    pub(super) fn ask(
        &self,
        subject: Subject,
        text: String,
    ) -> Result<InputRequiredResult, Failure> {
        let name = correlation::new()?;
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        standing.retain(|_, (_, asked)| asked.elapsed() < LIFE);
        if standing.len() >= MOST
            && let Some(oldest) = standing.iter().min_by_key(|(_, (_, asked))| *asked)
        {
            let oldest = oldest.0.clone();
            standing.remove(&oldest);
        }
        standing.insert(name.clone(), (subject, Instant::now()));
        let question = InputRequest::Elicitation(ElicitRequest::new(form(text)?));
        let questions = BTreeMap::from([(CONFIRM.to_owned(), question)]);
        Ok(InputRequiredResult::new(Some(questions), Some(name)))
    }

    /// Takes a question back, with what it was about. None where it does not
    /// stand: it was answered, is too old, or was never asked.
    pub(super) fn take(&self, name: &str) -> Option<Subject> {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (subject, asked) = standing.remove(name)?;
        (asked.elapsed() < LIFE).then_some(subject)
    }
}

/// Asks while the call waits. Whether it was confirmed.
pub(super) async fn elicited(
    context: &RequestContext<RoleServer>,
    text: String,
) -> Result<bool, Failure> {
    let request = ServerRequest::ElicitRequest(ElicitRequest::new(form(text)?));
    match context.peer.send_request(request).await {
        Ok(ClientResult::ElicitResult(answer)) => Ok(accepts(&answer)),
        Ok(_) => Err(unasked("the client answered something else")),
        // Its words may be anybody's.
        Err(_) => Err(unasked("the client could not ask")),
    }
}

/// Whether the answers to a question confirm it.
pub(super) fn confirmed(answers: Option<&InputResponses>) -> bool {
    let answer = answers.and_then(|answers| answers.get(CONFIRM));
    let answer = answer.and_then(|it| serde_json::from_value::<ElicitResult>(it.clone()).ok());
    answer.is_some_and(|answer| accepts(&answer))
}

fn accepts(answer: &ElicitResult) -> bool {
    answer.action == ElicitationAction::Accept
}

fn form(message: String) -> Result<ElicitRequestParams, Failure> {
    // To accept is to confirm: there is nothing to fill in.
    let requested_schema = ElicitationSchema::builder()
        .build()
        .map_err(|error| Failure::host(format!("the question cannot be asked: {error}")))?;
    Ok(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message,
        requested_schema,
    })
}

fn unasked(why: &str) -> Failure {
    Failure::usage(format!("not sent: a person must confirm it, and {why}"))
        .next("confirm it in the client, or have the operator say what else holds")
}

/// What a person is asked.
pub(super) fn question(
    tool: &str,
    request: &Request,
    account: &Account,
    would_send: &[Value],
) -> String {
    let connection = &account.connection;
    let mut text = format!(
        "{tool} would change the Clio account {} ({}). It would begin with:",
        connection.label(),
        connection.account()
    );
    for request in would_send {
        let part = |name: &str| request[name].as_str().unwrap_or_default();
        let _ = write!(text, "\n\n{} {}", part("method"), part("url"));
        if let Some(body) = request.get("body") {
            let _ = write!(text, "\n{}", shown(&body.to_string()));
        }
    }
    for content in &request.contents {
        let place = &content.place;
        let named = request.input.pointer(&format!("{}/source/file", place.at));
        let named = named.and_then(Value::as_str).unwrap_or_default();
        let _ = write!(
            text,
            "\n\nThe file {named}: {} bytes, SHA-256 {}",
            place.length, place.sha256
        );
    }
    if request.input.get("provenance").is_some() {
        text.push_str(
            "\n\nWho confirms this says that a person made or checked exactly these bytes.",
        );
    }
    terminal::lines(&text).into_owned()
}

fn shown(body: &str) -> String {
    match body.char_indices().nth(SHOWN) {
        Some((end, _)) => {
            let more = body[end..].chars().count();
            format!(
                "{} … and {more} characters more, which are not shown",
                &body[..end]
            )
        }
        None => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clio_host::{AccessToken, Connection, Limits, Origin};

    use super::*;

    fn account(id: &str) -> Account {
        let origin = Origin::parse("https://app.clio.com").unwrap();
        let connection = Connection::new(origin, AccessToken::from("x"));
        let connection = connection.named("firm").of_account(id);
        Account {
            scope: connection.account(),
            owner: connection.account(),
            connection,
        }
    }

    fn request(input: Value) -> Request {
        Request {
            ours: true,
            function: Some("sync".to_owned()),
            limits: Limits::default(),
            input,
            contents: Vec::new(),
        }
    }

    #[test]
    fn a_confirmation_is_for_a_function_its_arguments_and_an_account() {
        let of = |function: &str, input: Value, id: &str| {
            Subject::of(function, &request(input), &account(id))
        };
        let one = of("a.b", json!({"x": 1, "y": {"p": 1, "q": 2}}), "7");
        assert_eq!(one, of("a.b", json!({"y": {"q": 2, "p": 1}, "x": 1}), "7"));
        for other in [
            of("a.c", json!({"x": 1, "y": {"p": 1, "q": 2}}), "7"),
            of("a.b", json!({"x": 2, "y": {"p": 1, "q": 2}}), "7"),
            of("a.b", json!({"x": "1", "y": {"p": 1, "q": 2}}), "7"),
            of(
                "a.b",
                json!({"x": 1, "y": {"p": 1, "q": 2}, "z": null}),
                "7",
            ),
            of("a.b", json!({"x": 1, "y": {"p": 1, "q": 2}}), "31"),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_question_is_answered_once_and_the_oldest_goes() {
        let questions = Questions::default();
        let subject = Subject(Digest::of("a"));
        let name = |asked: InputRequiredResult| asked.request_state.unwrap();
        let first = name(questions.ask(subject, "?".to_owned()).unwrap());
        assert_eq!(questions.take("another"), None);
        assert_eq!(questions.take(&first), Some(subject));
        assert_eq!(questions.take(&first), None);
        let oldest = name(questions.ask(subject, "?".to_owned()).unwrap());
        std::thread::sleep(Duration::from_millis(2));
        let next = name(questions.ask(subject, "?".to_owned()).unwrap());
        for _ in 0..MOST - 1 {
            questions.ask(subject, "?".to_owned()).unwrap();
        }
        assert_eq!(questions.take(&oldest), None);
        assert_eq!(questions.take(&next), Some(subject));
    }

    #[test]
    fn only_to_accept_confirms() {
        let answers = |answer: Value| InputResponses::from([(CONFIRM.to_owned(), answer)]);
        assert!(confirmed(Some(&answers(json!({"action": "accept"})))));
        for other in [
            json!({"action": "decline"}),
            json!({"action": "cancel", "content": {"confirm": true}}),
            json!({"action": "Accept"}),
            json!({"confirm": true}),
            json!(true),
            json!("accept"),
        ] {
            assert!(!confirmed(Some(&answers(other.clone()))), "{other}");
        }
        let elsewhere = InputResponses::from([("x".to_owned(), json!({"action": "accept"}))]);
        assert!(!confirmed(Some(&elsewhere)) && !confirmed(None));
    }

    #[test]
    fn what_is_shown_is_whole_or_says_how_much_is_missing_and_hides_nothing() {
        let long = "x".repeat(SHOWN + 5);
        let would_send = [
            json!({"method": "POST", "url": "https://a/b", "body": {"name": "Ann\u{202e}\nLee"}}),
            json!({"method": "PATCH", "url": "https://a/c", "body": long}),
        ];
        let input = json!({"provenance": "from_person"});
        let text = question("sync_contact", &request(input), &account("7"), &would_send);
        assert!(
            text.starts_with("sync_contact would change the Clio account firm ("),
            "{text}"
        );
        assert!(
            text.contains("POST https://a/b\n{\"name\":\"Ann\\u{202e}\\nLee\"}"),
            "{text}"
        );
        // Of the rest the quotation marks, which the limit counts.
        assert!(text.contains("… and 7 characters more"), "{text}");
        assert!(
            text.contains("made or checked exactly these bytes"),
            "{text}"
        );
    }
}
