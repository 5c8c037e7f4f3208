//! Every knob of the limits is set for one call, is exceeded, and is told apart
//! from all others, from a trap and from a denial.
//!
//! A knob that is added without a guest that exceeds it does not compile: the
//! limits are taken apart here without a rest, and no part may go unused.
#![deny(unused_variables)]

use std::collections::BTreeMap;
use std::time::Duration;

use clio_host::{Host, Limits};
use serde_json::json;

use crate::component;
use crate::server::{Answer, Server};
use crate::traffic::{DOCUMENT, clio_giving, grant};
use crate::trial::{ALLOWED, Trial};

/// A value of each knob that its guest exceeds.
fn low() -> Limits {
    Limits {
        memory_bytes: 4 << 20,
        memories: 2,
        tables: 4,
        table_elements: 100,
        instances: 3,
        handles: 50,
        header_bytes: 4_000,
        hostcall_bytes: 1 << 20,
        log_bytes: 100,
        cpu: Duration::from_millis(50),
        deadline: Duration::from_millis(100),
        wait: Duration::from_millis(100),
        requests: 3,
        request_bytes: 10_000,
        response_bytes: 10_000,
    }
}

/// The code of the error that a guest ends with when one knob is lowered.
async fn code(guest: &str, lower: impl FnOnce(&mut Limits)) -> String {
    Trial::of(guest).limits(lower).ends().await.error.code()
}

/// The same, of a guest that exchanges something with its account and with a
/// storage that never ends.
async fn exchanging(guest: &str, method: &str, lower: impl FnOnce(&mut Limits)) -> String {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\n";
    let storage = Server::start(|_| Answer::Endless(head.into())).await;
    let clio = clio_giving(format!("{}/big", storage.origin())).await;
    let guest = Trial::of(guest)
        .described(&[DOCUMENT, &format!("GET {ALLOWED}")], grant(method))
        .on(&clio)
        .target(format!("{}{ALLOWED}", clio.origin()));
    guest.limits(lower).ends().await.error.code()
}

/// The code of a call that finds the only slot taken for longer than it waits.
async fn waiting(lower: impl FnOnce(&mut Limits)) -> String {
    let clio = Server::polite().await;
    let host = Host::builder()
        .workers(1)
        .concurrent_calls(1)
        .build()
        .unwrap();
    let sleeper = host.load(&component("sleeps")).unwrap();
    let call = |limits| host.call(&clio.connection()).limits(limits);
    let (here, begun) = std::sync::mpsc::channel();
    let printer = host.load(&component("floods_stdout")).unwrap();
    let first = call(Limits::default()).on_log(move |_| {
        let _ = here.send(());
    });
    let first = tokio::spawn(async move { first.invoke(&printer, None, json!("")).await });
    tokio::task::spawn_blocking(move || begun.recv_timeout(Duration::from_secs(20)))
        .await
        .unwrap()
        .unwrap();
    let mut limits = Limits::default();
    lower(&mut limits);
    let error = call(limits).invoke(&sleeper, None, json!("")).await;
    first.abort();
    let error = error.unwrap_err();
    assert!(error.is_transient());
    error.code()
}

async fn codes() -> BTreeMap<&'static str, String> {
    let Limits {
        memory_bytes,
        memories,
        tables,
        table_elements,
        instances,
        handles,
        header_bytes,
        hostcall_bytes,
        log_bytes,
        cpu,
        deadline,
        wait,
        requests,
        request_bytes,
        response_bytes,
    } = low();

    // What is printed beyond its limit is dropped and counted: no failure.
    let chatty = Trial::of("floods_stdout").limits(|l| (l.log_bytes, l.cpu) = (log_bytes, cpu));
    let ended = chatty.ends().await;
    assert_eq!(ended.printed.len(), log_bytes);
    assert!(ended.stats.log_bytes_dropped > 0);

    BTreeMap::from([
        (
            "memory_bytes",
            code("allocates", |l| l.memory_bytes = memory_bytes).await,
        ),
        (
            "memories",
            code("many_memories", |l| l.memories = memories).await,
        ),
        ("tables", code("many_tables", |l| l.tables = tables).await),
        (
            "table_elements",
            code("grows_tables", |l| l.table_elements = table_elements).await,
        ),
        (
            "instances",
            code("many_instances", |l| l.instances = instances).await,
        ),
        (
            "handles",
            code("opens_fields", |l| l.handles = handles).await,
        ),
        (
            "header_bytes",
            code("huge_header", |l| l.header_bytes = header_bytes).await,
        ),
        (
            "hostcall_bytes",
            code("returns_too_much", |l| l.hostcall_bytes = hostcall_bytes).await,
        ),
        ("cpu", code("spins", |l| l.cpu = cpu).await),
        ("deadline", code("sleeps", |l| l.deadline = deadline).await),
        ("wait", waiting(|l| l.wait = wait).await),
        (
            "requests",
            exchanging("floods_requests", "GET", |l| l.requests = requests).await,
        ),
        (
            "request_bytes",
            exchanging("pushes_gigabytes", "PUT", |l| {
                l.request_bytes = request_bytes
            })
            .await,
        ),
        (
            "response_bytes",
            exchanging("pulls_gigabytes", "GET", |l| {
                l.response_bytes = response_bytes
            })
            .await,
        ),
        // What is no limit, for comparison.
        ("a trap", code("traps", |_| {}).await),
        ("a denial", exchanging("other_host", "GET", |_| {}).await),
    ])
}

#[test]
fn every_limit_is_exceeded_and_told_apart() {
    let _others_measure = crate::fairness::QUIET.read();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let codes = runtime.block_on(codes());
    let limit = |name: &str| format!("execution_failed:limit:{name}");
    let expected = BTreeMap::from([
        ("memory_bytes", "execution_failed:memory".to_owned()),
        ("memories", limit("memories")),
        ("tables", limit("tables")),
        ("table_elements", limit("table_elements")),
        ("instances", limit("instances")),
        ("handles", limit("handles")),
        ("header_bytes", limit("header_bytes")),
        ("hostcall_bytes", limit("hostcall_bytes")),
        ("cpu", "execution_failed:cpu".to_owned()),
        ("deadline", "execution_failed:deadline".to_owned()),
        ("wait", "unavailable".to_owned()),
        ("requests", limit("requests")),
        ("request_bytes", limit("request_bytes")),
        ("response_bytes", limit("response_bytes")),
        ("a trap", "execution_failed:trap".to_owned()),
        ("a denial", "denied_by_policy".to_owned()),
    ]);
    assert_eq!(codes, expected);
    let mut different: Vec<_> = codes.values().collect();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), codes.len(), "{codes:#?}");
}
