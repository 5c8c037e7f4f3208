//! The account of a case: a sandbox that is the same at each start, and what a
//! call did in it.

use clio_sandbox::{Config, Fault, RateLimit};
use clio_tests::{World, empty};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::plain::{cursor, in_short, input_for, json_of, request_of, step_of};
use crate::platform::Platform;
use crate::table::{Answer, Case, Sent, Step};

/// When everything happens: long ago, so that no machine's clock is before it.
const PRESENT: &str = "2025-06-02T09:30:00Z";
/// How much of it passes after what happens in the account: its search knows it
/// then.
const LATER: &str = r#"{"advance_ms": 60000}"#;

/// What came of one call of a case.
pub(crate) struct Told {
    /// `None`: the platform has no word for the input, and refused it.
    pub(crate) answer: Option<Answer>,
    /// The requests.
    pub(crate) requests: Vec<Sent>,
    /// The names of the headers of each, without those of a connection.
    pub(crate) headers: Vec<Vec<String>>,
}

/// An account that holds nothing yet.
pub(crate) async fn account() -> World {
    let world = World::with(Config {
        secret: Some([7; 32]),
        // Nobody waits for a minute to pass whose clock stands.
        rate_limit: RateLimit {
            limit: 100_000,
            ..RateLimit::default()
        },
        ..empty()
    })
    .await;
    world
        .control
        .freeze(Some(PRESENT.parse().expect("an instant")));
    world
}

/// Tells a case on a platform.
///
/// # Errors
/// When the platform's runner does not work.
pub(crate) async fn tell(case: &Case, platform: &Platform) -> Result<Vec<Told>, String> {
    let world = account().await;
    happen(&world, &case.account).await;
    let mut told = Vec::new();
    let mut last = None;
    for call in &case.calls {
        happen(&world, &call.meanwhile).await;
        for fault in &call.faults {
            let fault: Fault = serde_json::from_value(fault.clone())
                .unwrap_or_else(|error| panic!("{}: {fault}: {error}", case.name));
            world.control.fault(fault);
        }
        world.control.clear_trace();
        let input = input_for(&world.sandbox, &call.input, last.as_deref());
        let answer = platform.call(&world, &call.function, &input).await?;
        if let Some(Answer::Ok(output)) = &answer {
            last = cursor(output).map(str::to_owned);
        }
        let exchanges = world.control.trace();
        let ignored = world.control.ignored();
        assert!(
            ignored.is_empty(),
            "{}: Clio ignores {ignored:#?}",
            case.name
        );
        world.control.clear_faults();
        for exchange in &exchanges {
            let to_account = exchange.origin == clio_sandbox::Origin::Api;
            assert_eq!(
                exchange.authorization, to_account,
                "{}: the credential is for the account alone: {exchange:#?}",
                case.name
            );
        }
        let request = |it| request_of(&world.sandbox, it);
        let requests: Vec<Sent> = exchanges.iter().map(request).collect();
        told.push(Told {
            answer: answer.map(|it| it.with(json_of(&world.sandbox, it.json()))),
            requests: in_short(requests),
            headers: exchanges
                .into_iter()
                .map(|it| of_the_request(it.headers))
                .collect(),
        });
    }
    Ok(told)
}

/// Without what an HTTP client says of its own connection.
fn of_the_request(mut headers: Vec<String>) -> Vec<String> {
    headers.retain(|name| name != "connection");
    headers
}

async fn happen(world: &World, steps: &[Step]) {
    for (what, body) in steps.iter().flatten() {
        control(world, what, &step_of(body).to_string()).await;
    }
    if !steps.is_empty() {
        control(world, "clock", LATER).await;
    }
}

/// Has the sandbox do something, as a test in another language would.
async fn control(world: &World, what: &str, body: &str) {
    let (method, path) = what.split_once(' ').unwrap_or(("POST", what));
    let host = world.sandbox.origin().trim_start_matches("http://");
    let request = format!(
        "{method} /sandbox/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = TcpStream::connect(host).await.expect("it connects");
    socket
        .write_all(request.as_bytes())
        .await
        .expect("it takes the request");
    let mut answer = String::new();
    socket
        .read_to_string(&mut answer)
        .await
        .expect("it answers");
    let fine = answer.starts_with("HTTP/1.1 20") && !answer.ends_with(r#"{"id":null}"#);
    assert!(fine, "{what} {body}: {answer}");
}
