#![allow(clippy::unwrap_used, clippy::expect_used)] // a table that cannot be told fails
//! Every function does the same on every platform.
//!
//! One table says what a call in an account comes to and which requests it makes:
//! see `table`. It is told by the Rust library, by `clio run`, by Node.js in each
//! engine, by Python and over MCP, each against a sandbox of its own that is the
//! same at each start. Outputs are compared as JSON text, requests as the sandbox
//! received them: their order, URLs and bodies, and of their headers the names. Left
//! out is `Connection`, which belongs to the HTTP client of a platform, and what
//! `fetch` sets of its own accord.
//!
//! ```sh
//! cargo test --release --test conformance             # what is at hand
//! CONFORMANCE=all cargo test --release --test conformance
//! CONFORMANCE_RECORD=1 cargo test --release --test conformance -- every_platform
//! ```
//!
//! The last one writes into the table what the Rust library does now. Nothing is
//! right because it was recorded: read what changed against `wit/` and Clio's
//! description.

mod account;
mod coverage;
mod figures;
mod plain;
mod platform;
mod process;
mod record;
mod table;
mod typed;

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use self::account::{Told, tell};
use self::platform::{Platform, demanded, platforms};
use self::table::{Answer, Call, Case, cases};

/// What a platform made of the table.
struct Finished {
    platform: Platform,
    told: Vec<Result<Vec<Told>, String>>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_platform_does_what_the_table_says() {
    if std::env::var_os("CONFORMANCE_RECORD").is_some() {
        assert!(
            std::env::var_os("CI").is_none() && !demanded("all"),
            "nothing is recorded where it is to be compared"
        );
        return record::all().await;
    }
    let (mut at_hand, mut missing) = (Vec::new(), Vec::new());
    for platform in platforms().await {
        match platform {
            Ok(platform) => at_hand.push(platform),
            Err(absent) => missing.push(absent),
        }
    }
    let mut wrong: Vec<String> = missing
        .iter()
        .filter(|absent| demanded(absent.name))
        .map(|absent| format!("{} must be there: {}", absent.name, absent.why))
        .collect();

    let cases = Arc::new(cases());
    let mut running = JoinSet::new();
    for platform in at_hand {
        running.spawn(told_by(platform, Arc::clone(&cases)));
    }
    let mut all = running.join_all().await;
    all.sort_by_key(|it| platform::place(it.platform.name));

    let baseline = all.iter().find(|it| it.platform.name == "rust-json");
    let baseline = baseline.expect("the Rust library is always at hand");
    let mut passed = Vec::new();
    for Finished { platform, told } in &all {
        let mut right = 0;
        for ((case, told), base) in cases.iter().zip(told).zip(&baseline.told) {
            let differences = match (told, base) {
                (Ok(told), Ok(base)) => differences(case, told, base, platform),
                (Err(why), _) | (_, Err(why)) => vec![why.clone()],
            };
            right += usize::from(differences.is_empty());
            let of = |it| format!("{}: {}: {it}", platform.name, case.name);
            wrong.extend(differences.into_iter().map(of));
        }
        passed.push(right);
    }
    let mut out = io::stdout().lock();
    for absent in &missing {
        writeln!(out, "not at hand: {}: {}", absent.name, absent.why).unwrap();
    }
    drop(out);
    let platforms = all.into_iter().map(|it| it.platform).zip(passed);
    figures::print(platforms.collect(), cases.len()).await;
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Has a platform tell all cases, several at the same time where it can.
async fn told_by(platform: Platform, cases: Arc<Vec<Case>>) -> Finished {
    let platform = Arc::new(platform);
    let next = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    for _ in 0..platform.lanes() {
        let (platform, cases, next) =
            (Arc::clone(&platform), Arc::clone(&cases), Arc::clone(&next));
        running.spawn(async move {
            let mut told = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(case) = cases.get(number) else {
                    break told;
                };
                told.push((number, tell(case, &platform).await));
            }
        });
    }
    let mut told: Vec<_> = running.join_all().await.into_iter().flatten().collect();
    told.sort_by_key(|(number, _)| *number);
    Finished {
        platform: Arc::into_inner(platform).expect("its lanes have ended"),
        told: told.into_iter().map(|(_, told)| told).collect(),
    }
}

/// In what a told case differs from the table, and its headers from those of the
/// Rust library.
fn differences(case: &Case, told: &[Told], base: &[Told], platform: &Platform) -> Vec<String> {
    let mut differences = Vec::new();
    for (number, ((call, told), base)) in case.calls.iter().zip(told).zip(base).enumerate() {
        let mut differs = |what: &str, expected: String, found: String| {
            if expected != found {
                let number = number + 1;
                differences.push(format!(
                    "{what} of call {number}\n  expected {expected}\n  found    {found}"
                ));
            }
        };
        let Some(answer) = &told.answer else {
            differs("a refusal", "true".into(), refused(call).to_string());
            continue;
        };
        if platform.takes_no_approval() && call.input.pointer("/provenance/draft").is_some() {
            let told = format!(
                "{} {}",
                answer.json()["permanent"]["code"],
                told.requests.len()
            );
            differs("a draft", r#""review_required" 0"#.to_owned(), told);
            continue;
        }
        let expected = call.expected().map(|it| text(&it)).unwrap_or_default();
        if !(platform.is_typed() && refused(call) && refuses_too(call, answer)) {
            differs("the answer", expected, text(answer));
        }
        let lines = |sent: &[table::Sent]| {
            let line = |it: &table::Sent| format!("\n    {}", serde_json::to_string(it).unwrap());
            sent.iter().map(line).collect::<String>()
        };
        differs("the requests", lines(&call.requests), lines(&told.requests));
        let headers = |it: &Told| {
            let own = platform.own_headers();
            let theirs = it.headers.iter().map(|names| {
                let names = names.iter().filter(|name| !own.contains(&name.as_str()));
                names.collect::<Vec<_>>()
            });
            format!("{:?}", theirs.collect::<Vec<_>>())
        };
        differs("the headers", headers(base), headers(told));
    }
    differences
}

/// What came of a call as canonical JSON text.
fn text(answer: &Answer) -> String {
    let kind = match answer {
        Answer::Ok(_) => "output",
        Answer::Err(_) => "error",
        Answer::Failure(_) => "failure",
    };
    format!("{kind} {}", answer.json())
}

/// Whether the table says that the input is refused before anything is sent. So do
/// Rust's types, which have no word for it, and the command, which says in words of
/// its own that a content belongs into a file.
fn refused(call: &Call) -> bool {
    let code = call.error.as_ref().map(|it| &it["permanent"]["code"]);
    code.is_some_and(|code| code == "invalid_input") && call.requests.is_empty()
}

/// Whether the action refuses by itself the very member that JSON was refused for:
/// a typed call has no JSON.
fn refuses_too(call: &Call, answer: &Answer) -> bool {
    let expected = call.error.as_ref().map(|it| &it["permanent"]);
    let found = &answer.json()["permanent"];
    expected.is_some_and(|it| it["field"] == found["field"] && it["code"] == found["code"])
}
