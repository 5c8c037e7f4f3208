//! The request limit: a wait that is told in an unusual form, and a budget that
//! several workers share.

use std::time::{Duration, SystemTime};

use clio_host::Limits;
use clio_host::actions::detect_documents::{DetectRequest, Start, WatchScope};
use clio_host::actions::types::{Disposition, ProblemCode};
use clio_sandbox::{Config, Effect, Fault, FaultAnswer, FaultBody, RateLimit, Times};
use clio_tests::{World, ann, empty, person};

use crate::rate_budget::httpdate;

/// A 429 that tells its wait as an HTTP date alone.
fn by_date(wait: Duration) -> FaultAnswer {
    let date = httpdate(SystemTime::now() + wait);
    FaultAnswer::status(429)
        .header("Retry-After", &date)
        .body(FaultBody::Empty)
}

/// A 429 that tells its wait in the words of its body alone.
fn by_words(wait: Duration) -> FaultAnswer {
    let seconds = wait.as_secs();
    let body = format!(
        r#"{{"error":{{"type":"RateLimited","message":"Rate limit exceeded. Retry in {seconds} seconds."}}}}"#
    );
    FaultAnswer::status(429).body(FaultBody::Text(body))
}

/// Asserts that a creation that was refused so is sent once more, and when.
async fn is_waited_out(refusal: impl Fn(Duration) -> FaultAnswer) {
    let world = World::new().await;
    let answer = refusal(Duration::from_secs(5));
    let fault = Fault::next("POST", "/contacts", Effect::Answer(answer));
    world.control.fault(fault);
    let request = ann(world.control.now());
    world.call().run(request).await.unwrap();
    let posts: Vec<_> = world
        .api()
        .into_iter()
        .filter(|exchange| exchange.method == "POST")
        .map(|exchange| exchange.at)
        .collect();
    let [refused, taken] = posts[..] else {
        panic!("{} creations were sent", posts.len());
    };
    let pause = refused.duration_until(taken).as_secs_f64();
    // Neither at once, nor when the window of a minute is over.
    assert!((2.0..20.0).contains(&pause), "sent again after {pause} s");
    world.finish();
}

/// Trap: a wait that is told as a date becomes a storm.
/// Take out: `host/runtime/src/budget/retry_after.rs`: `Err(_) => httpdate::parse_http_date(value)`
/// Replace with: `Err(_) if !value.is_empty() => Duration::ZERO, Err(_) => httpdate::parse_http_date(value)`
#[tokio::test]
async fn a_wait_that_is_told_as_a_date_is_waited_out() {
    is_waited_out(by_date).await;
}

/// Trap: the wait stands in the words of the answer alone.
/// Take out: `host/runtime/src/budget/retry_after.rs`: `.or_else(|| in_words(body))`
#[tokio::test]
async fn a_wait_that_is_told_in_words_is_waited_out() {
    is_waited_out(by_words).await;
}

/// Asserts that a wait of an hour is no wait here, and is told to the caller.
async fn is_told(refusal: impl Fn(Duration) -> FaultAnswer) {
    let world = World::new().await;
    let answer = refusal(Duration::from_secs(3600));
    let fault = Fault::next("GET", "/contacts", Effect::Answer(answer));
    world.control.fault(fault.times(Times::Forever));
    let request = ann(world.control.now());
    let error = world.call().run(request).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::RateLimited, "{problem:?}");
    let wait = problem.retry_after_ms.unwrap_or(0);
    assert!((3_500_000..=3_600_000).contains(&wait), "{wait} ms");
    assert_eq!(world.api().len(), 1, "no storm of repetitions");
    world.finish();
}

/// Trap: a wait that is told as a date becomes a storm.
/// Take out: `components/clio-api/src/retry_after.rs`: `let until = Instant::of_http_date(value)?;`
/// Replace with: `let until = None::<Instant>?;`
#[tokio::test]
async fn a_long_wait_that_is_told_as_a_date_is_told_to_the_caller() {
    is_told(by_date).await;
}

/// Trap: the wait stands in the words of the answer alone.
/// Take out: `components/clio-api/src/retry_after.rs`: `let wait = from_header(response, now).or_else(|| from_text(&response.body))?;`
/// Replace with: `let wait = from_header(response, now)?;`
#[tokio::test]
async fn a_long_wait_that_is_told_in_words_is_told_to_the_caller() {
    is_told(by_words).await;
}

/// Trap: two workers with a counter each overrun one token.
/// Take out: `host/runtime/src/connection.rs`: `&self.budget`
/// Replace with: `Box::leak(Box::new(RateBudget::new()))`
#[tokio::test]
async fn two_workers_with_many_calls_keep_to_one_tokens_limit() {
    let world = World::with(Config {
        rate_limit: RateLimit {
            limit: 20,
            window: Duration::from_secs(3),
        },
        ..empty()
    })
    .await;
    let began = world.control.now();
    let calls: Vec<_> = (0..12)
        .map(|n| {
            let address = format!("client{n}@example.com");
            let (source, last) = (format!("intake:{n}"), format!("Lee{n}"));
            let request = person(&source, "Ann", &last, Some(&address), began);
            tokio::spawn(world.call().run(request))
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let api = world.api();
    assert!(api.len() > 20, "the window was never full");
    let refused = api.iter().filter(|it| it.status == Some(429)).count();
    assert_eq!(refused, 0, "of {} requests", api.len());
    world.finish();
}

/// An account with a limit of twenty requests in a window longer than a test.
async fn world_of_twenty_requests() -> World {
    World::with(Config {
        rate_limit: RateLimit {
            limit: 20,
            window: Duration::from_secs(60),
        },
        ..empty()
    })
    .await
}

/// Does not wait for the next window.
fn impatient() -> Limits {
    Limits {
        wait: Duration::from_secs(1),
        ..Limits::default()
    }
}

/// Trap: another program uses up the same token.
/// Take out: `host/runtime/src/budget/window.rs`: `Some(view) => self.see(view, now),`
/// Replace with: `Some(_) => {}`
#[tokio::test]
async fn what_another_program_has_spent_of_the_token_is_not_asked_for() {
    let world = world_of_twenty_requests().await;
    let request = ann(world.control.now());
    world.call().run(request.clone()).await.unwrap();
    // Three are spent. The other program leaves one, and only an answer tells.
    world.spend(16).await;
    let call = world.call().limits(impatient());
    let error = call.run(request).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::RateLimited, "{problem:?}");
    let statuses: Vec<_> = world.api().iter().map(|it| it.status).collect();
    assert_eq!(statuses.len(), 20, "the last one is used");
    assert!(!statuses.contains(&Some(429)), "{statuses:?}");
    world.finish();
}

/// Trap: polling spends what syncing needs.
/// Take out: `host/runtime/src/budget/window.rs`: `self.room(Taker::Reservation, cost, self.promised(), class, now)?;`
/// Replace with: `self.room(Taker::Reservation, cost, self.in_flight(), class, now)?;`
#[tokio::test]
async fn polls_in_the_middle_of_a_sync_leave_it_what_it_needs() {
    let world = world_of_twenty_requests().await;
    let began = world.control.now();
    world.call().run(ann(began)).await.unwrap();
    // The first of the three requests of this one takes its time.
    let by = Duration::from_secs(2);
    let held = Fault::next("GET", "/contacts", Effect::HoldAnswer { by });
    world.control.fault(held);
    let before = world.control.trace().len();
    let bo = person("intake:bo", "Bo", "Chan", Some("bo@example.com"), began);
    let call = world.call().limits(impatient());
    let sync = tokio::spawn(call.run(bo));
    world.wait_for_requests(before + 1).await;
    // Far more polls than there is budget for.
    let polls: Vec<_> = (0..30)
        .map(|_| {
            let call = world.call().limits(impatient());
            tokio::spawn(call.run(DetectRequest {
                scope: WatchScope::Account,
                start: Start::Now,
                max_pages: None,
                hint: None,
            }))
        })
        .collect();
    let mut served = 0;
    for poll in polls {
        match poll.await.unwrap() {
            Ok(_) => served += 1,
            Err(error) => assert!(error.is_transient(), "{error:?}"),
        }
    }
    assert!((1..20).contains(&served), "{served} polls were served");
    let outcome = sync.await.unwrap().unwrap();
    assert_eq!(outcome.disposition, Disposition::Created);
    let api = world.api();
    let refused = api.iter().filter(|it| it.status == Some(429));
    assert_eq!(refused.count(), 0);
    world.finish();
}
