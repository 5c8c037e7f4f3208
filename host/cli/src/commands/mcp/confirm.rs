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

use clio_runner::account::Account;
use clio_runner::correlation;
use clio_runner::digest::Digest;
use clio_runner::failure::Failure;
use clio_runner::run::call::Request;
use clio_runner::terminal;

/// How long a question stands. A person may be at lunch; the account goes on.
const LIFE: Duration = Duration::from_secs(30 * 60);
/// How many questions stand at once. The oldest goes.
const MOST: usize = 64;
/// What the client answers under.
const CONFIRM: &str = "confirm";
/// The most characters of one text in a body that are shown.
const SHOWN: usize = 1_000;
/// The most characters of a question. What is longer nobody reads to its end.
const QUESTION: usize = 24_000;

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
    let answered = tokio::time::timeout(LIFE, context.peer.send_request(request));
    match answered.await {
        Ok(Ok(ClientResult::ElicitResult(answer))) => Ok(accepts(&answer)),
        Ok(Ok(_)) => Err(unasked("the client answered something else")),
        // Its words may be anybody's.
        Ok(Err(_)) => Err(unasked("the client could not ask")),
        Err(_) => Err(unasked("nobody answered within 30 minutes")),
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

/// What a person is asked: each member of each request, and of a long text how much
/// is missing.
pub(super) fn question(
    tool: &str,
    request: &Request,
    account: &Account,
    would_send: &[Value],
) -> Result<String, Failure> {
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
            let _ = write!(text, "\n{}", shown(body));
        }
    }
    for content in &request.contents {
        let place = &content.place;
        let named = request.input.pointer(&format!("{}/source/file", place.at));
        let named = named.and_then(Value::as_str).unwrap_or_default();
        let _ = write!(
            text,
            "\n\nThe file {}: {} bytes, SHA-256 {}",
            Value::from(named),
            place.length,
            place.sha256
        );
    }
    let draft = request.input.pointer("/content/source/draft");
    if let Some(draft) = draft.and_then(Value::as_str) {
        let _ = write!(
            text,
            "\n\nThe draft {}, which a person approved.",
            Value::from(draft)
        );
    }
    if request.input.get("provenance").is_some() {
        text.push_str(
            "\n\nWho confirms this says that a person made or checked exactly these bytes.",
        );
    }
    // Cut at its end, it would hide what a person has to see.
    if text.chars().count() > QUESTION {
        return Err(unasked(
            "what it would send is too long to be read in a question",
        ));
    }
    Ok(terminal::lines(&text).into_owned())
}

/// A body with its long texts shortened.
fn shown(body: &Value) -> Value {
    match body {
        Value::String(text) => match text.char_indices().nth(SHOWN) {
            Some((end, _)) => {
                let more = text[end..].chars().count();
                let begun = &text[..end];
                format!("{begun} … and {more} characters more, which are not shown").into()
            }
            None => body.clone(),
        },
        Value::Array(items) => items.iter().map(shown).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), shown(value)))
            .collect(),
        _ => body.clone(),
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
            budget: connection.account(),
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
    fn each_member_is_shown_and_nothing_is_hidden() {
        let long = format!("{} end", "x".repeat(SHOWN + 6_000));
        let would_send = [
            json!({"method": "POST", "url": "https://a/b", "body": {"name": "Ann\u{202e}\nLee"}}),
            json!({"method": "PATCH", "url": "https://a/c", "body": {"data": [{
                "description": long, "status": "closed",
            }]}}),
        ];
        let input = json!({"provenance": "from_person"});
        let told = question("sync_contact", &request(input), &account("7"), &would_send);
        let text = told.unwrap();
        for shown in [
            "sync_contact would change the Clio account firm (",
            "POST https://a/b\n{\"name\":\"Ann\\u{202e}\\nLee\"}",
            "… and 6004 characters more, which are not shown\",\"status\":\"closed\"",
            "made or checked exactly these bytes",
        ] {
            assert!(text.contains(shown), "{text}");
        }
        assert!(!text.contains("end"), "{text}");
    }

    #[test]
    fn what_nobody_would_read_to_its_end_is_not_asked() {
        let emails = vec![json!({"address": "ann@example.com"}); 1_000];
        let would_send = [json!({"method": "POST", "url": "https://a/b", "body": emails})];
        let asked = question(
            "sync_contact",
            &request(json!({})),
            &account("7"),
            &would_send,
        );
        assert!(asked.unwrap_err().to_string().contains("too long"));
    }
}
