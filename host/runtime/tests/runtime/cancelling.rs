//! Dropping a call ends it, and a host that is gone ends its calls.

use std::sync::mpsc;
use std::time::Duration;

use clio_host::{CallError, FailureCause, Host};
use serde_json::Value;

use crate::components::{MEMORY, builder, call, component_importing, connection, running};

/// Says one line, then waits for an hour.
pub(crate) fn waiting() -> Vec<u8> {
    component_importing(
        "import wasi:cli/stdout@0.2.12; import wasi:io/streams@0.2.12;
         import wasi:clocks/monotonic-clock@0.2.12; import wasi:io/poll@0.2.12;",
        "run: func();",
        &format!(
            r#"(import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
            (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
                (func $write (param i32 i32 i32 i32)))
            (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
                (func $sleep (param i64) (result i32)))
            (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
            {MEMORY}
            (data (i32.const 64) "here\n")
            (func (export "test:guest/guest@0.1.0#run")
                (call $write (call $stdout) (i32.const 64) (i32.const 5) (i32.const 0))
                (call $block (call $sleep (i64.const 3600000000000))))"#
        ),
    )
}

/// Sends when it is dropped: it lives as long as the call's store.
struct Gone(mpsc::Sender<()>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

fn begin(
    host: &Host,
) -> (
    impl Future<Output = Result<Value, CallError>> + use<>,
    mpsc::Receiver<()>,
    tokio::sync::mpsc::UnboundedReceiver<()>,
) {
    let action = host.load(&waiting()).unwrap();
    let (gone, ended) = mpsc::channel();
    let gone = Gone(gone);
    let (here, begun) = tokio::sync::mpsc::unbounded_channel();
    let call = host.call(&connection()).on_log(move |_| {
        let _kept = &gone;
        let _ = here.send(());
    });
    (
        async move { call.invoke(&action, None, Value::Null).await },
        ended,
        begun,
    )
}

#[tokio::test]
async fn dropping_the_future_ends_the_call() {
    let host = builder().concurrent_calls(1).build().unwrap();
    let (future, ended, mut begun) = begin(&host);
    let task = tokio::spawn(future);
    begun.recv().await.unwrap();
    task.abort();
    tokio::task::spawn_blocking(move || ended.recv_timeout(Duration::from_secs(10)))
        .await
        .unwrap()
        .expect("the call went on");
    // Its slot is free again: there is only one.
    let action = host.load(&running("")).unwrap();
    call(&host, |limits| limits.wait = Duration::from_secs(5))
        .invoke(&action, None, Value::Null)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_call_that_finds_no_slot_in_time_is_transient() {
    let host = builder().concurrent_calls(1).build().unwrap();
    let (future, _ended, mut begun) = begin(&host);
    let task = tokio::spawn(future);
    begun.recv().await.unwrap();
    let action = host.load(&running("")).unwrap();
    let error = call(&host, |limits| limits.wait = Duration::from_millis(20))
        .invoke(&action, None, Value::Null)
        .await
        .unwrap_err();
    assert!(error.is_transient());
    assert_eq!(error.code(), "unavailable");
    task.abort();
}

#[tokio::test]
async fn a_panic_of_the_caller_s_own_code_ends_one_call() {
    let host = builder().build().unwrap();
    let action = host.load(&waiting()).unwrap();
    let error = host
        .call(&connection())
        .on_log(|_| panic!("an observer that fails"))
        .invoke(&action, None, Value::Null)
        .await
        .unwrap_err();
    let CallError::Host(failure) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(failure.cause, FailureCause::Internal);
    let fine = host.load(&running("")).unwrap();
    host.call(&connection())
        .invoke(&fine, None, Value::Null)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_action_of_another_host_is_refused() {
    let (one, other) = (builder().build().unwrap(), builder().build().unwrap());
    let action = one.load(&running("")).unwrap();
    let error = other
        .call(&connection())
        .invoke(&action, None, Value::Null)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("another host"), "{error}");
}

#[test]
fn a_call_needs_no_particular_executor() {
    let host = builder().build().unwrap();
    let action = host.load(&running("")).unwrap();
    let call = host.call(&connection());
    let answer = block_on(call.invoke(&action, None, Value::Null));
    assert_eq!(answer.unwrap(), Value::Null);
}

/// The smallest executor there is: polls, and parks the thread between polls.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}
