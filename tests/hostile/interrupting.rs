//! The thread that interrupts guests wakes for those that compute, and for no
//! other. What is counted is how often it wakes, not how long anything takes.

use std::time::Duration;

use clio_host::{CallError, FailureCause, Host, Limits};
use clio_tests::described;
use serde_json::json;

use crate::server::{Answer, Server};
use crate::trial::ALLOWED;
use crate::{component, fairness};

/// Runs four calls of a guest at once to their end, and returns how often the
/// thread woke.
async fn awakenings(guest: &str, limits: Limits, cause: FailureCause) -> u64 {
    let clio = Server::start(|_| Answer::Nothing).await;
    let host = Host::builder()
        .cache_dir(Some(clio_tests::cache_dir()))
        .workers(1)
        .limits(limits)
        .build()
        .unwrap();
    let rule = format!("GET {ALLOWED}");
    let action = host
        .load(&described(&component(guest), &[&rule], json!([])))
        .unwrap();
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let (host, action) = (host.clone(), action.clone());
            let (connection, target) = (clio.connection(), format!("{}{ALLOWED}", clio.origin()));
            tokio::spawn(async move {
                let call = host.call(&connection);
                call.invoke(&action, None, json!(target)).await
            })
        })
        .collect();
    for call in calls {
        match call.await.unwrap() {
            Err(CallError::Host(failure)) => assert_eq!(failure.cause, cause, "{failure}"),
            other => panic!("`{guest}` ended otherwise: {other:?}"),
        }
    }
    host.interrupter_awakenings()
}

#[test]
fn it_sleeps_while_calls_wait_and_wakes_while_they_compute() {
    let _others_measure = fairness::QUIET.read();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for guest in ["waits_for_answer", "sleeps"] {
            let limits = Limits {
                deadline: Duration::from_millis(1500),
                ..Limits::default()
            };
            let woken = awakenings(guest, limits, FailureCause::Deadline).await;
            // Some for each time that a call is polled. If it ticked while they
            // wait, it would be 1,500.
            assert!(woken < 300, "`{guest}` woke it {woken} times");
        }
        let limits = Limits {
            cpu: Duration::from_millis(200),
            ..Limits::default()
        };
        let woken = awakenings("spins", limits, FailureCause::Cpu).await;
        assert!(woken > 50, "`spins` woke it {woken} times");
    });
}
