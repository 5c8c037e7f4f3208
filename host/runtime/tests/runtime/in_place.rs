//! Calls that run where they are awaited, in place of on the host's workers.

use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use clio_host::{CallError, FailureCause, Host};
use serde_json::Value;

use crate::cancelling::waiting;
use crate::components::{builder, call, connection, running};

fn cause(result: Result<Value, CallError>) -> FailureCause {
    match result.unwrap_err() {
        CallError::Host(failure) => failure.cause,
        other => panic!("{other:?}"),
    }
}

/// The thread on which a guest of this host runs.
async fn thread_of(host: &Host) -> ThreadId {
    let action = host.load(&waiting()).unwrap();
    let (sender, receiver) = mpsc::channel();
    let call = call(host, |limits| limits.deadline = Duration::from_millis(50))
        .on_log(move |_| sender.send(thread::current().id()).unwrap());
    let result = call.invoke(&action, None, Value::Null).await;
    assert_eq!(cause(result), FailureCause::Deadline);
    receiver.recv().unwrap()
}

#[tokio::test]
async fn a_call_runs_on_its_callers_thread_where_that_is_asked_for() {
    let here = thread::current().id();
    assert_ne!(thread_of(&builder().build().unwrap()).await, here);
    assert_eq!(
        thread_of(&builder().in_place().build().unwrap()).await,
        here
    );
}

#[tokio::test]
async fn what_computes_for_long_is_moved_from_there_and_stopped() {
    let host = builder().in_place().build().unwrap();
    let spin = host.load(&running("(loop (br 0))")).unwrap();
    let (sender, stats) = mpsc::channel();
    let spinning = call(&host, |limits| limits.cpu = Duration::from_millis(100))
        .on_stats(move |stats| sender.send(stats).unwrap())
        .invoke(&spin, None, Value::Null);
    // What else the thread has to do goes on beside it.
    let short = host.load(&running("")).unwrap();
    let mut beside = 0;
    tokio::pin!(spinning);
    let result = loop {
        tokio::select! {
            biased;
            result = &mut spinning => break result,
            done = call(&host, |_| {}).invoke(&short, None, Value::Null) => {
                done.unwrap();
                beside += 1;
            }
        }
    };
    assert_eq!(cause(result), FailureCause::Cpu);
    assert!(beside > 10, "{beside} calls beside it");
    let stats = stats.recv().unwrap();
    assert!(stats.left_fast_lane, "{stats:?}");
}

#[tokio::test]
async fn dropping_it_ends_it_there() {
    let host = builder().in_place().build().unwrap();
    let action = host.load(&waiting()).unwrap();
    let (kept, ended) = mpsc::channel::<()>();
    let (here, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let waiting = host.call(&connection()).on_log(move |_| {
        let _kept = &kept;
        here.send(()).unwrap();
    });
    tokio::select! {
        result = waiting.invoke(&action, None, Value::Null) => panic!("{result:?}"),
        begun = begun.recv() => assert!(begun.is_some()),
    }
    // Nobody holds the observer any more: the store is gone.
    assert_eq!(ended.try_recv(), Err(mpsc::TryRecvError::Disconnected));
}
