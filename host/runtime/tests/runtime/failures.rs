//! A guest that fails ends its own call, with a cause that a program can read,
//! and nothing else.

use std::time::{Duration, Instant};

use clio_host::{CallError, FailureCause, Host, Limits};
use serde_json::{Value, json};

use crate::components::{self, MEMORY, call, component, component_importing, host, running};

async fn run(
    host: &Host,
    bytes: &[u8],
    change: impl FnOnce(&mut Limits),
) -> Result<Value, CallError> {
    let action = host.load(bytes).unwrap();
    call(host, change).invoke(&action, None, json!({})).await
}

fn cause(error: &CallError) -> &FailureCause {
    match error {
        CallError::Host(failure) => &failure.cause,
        other => panic!("the host did not fail: {other:?}"),
    }
}

#[tokio::test]
async fn a_trap_is_told_by_kind() {
    let host = host();
    let table = [
        ("unreachable", "gave up by itself"),
        ("(drop (i32.load (i32.const 1000000)))", "beyond its memory"),
        (
            "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
            "divided by zero",
        ),
    ];
    for (body, meaning) in table {
        let error = run(&host, &running(body), |_| {}).await.unwrap_err();
        assert_eq!(cause(&error), &FailureCause::Trap, "{body}");
        assert!(error.to_string().contains(meaning), "{body}: {error}");
        assert_eq!(
            error.to_json()["error"]["execution_failed"]["cause"],
            "trap"
        );
    }
}

#[tokio::test]
async fn endless_recursion_is_a_trap() {
    let bytes = component(
        "run: func();",
        r#"(func $again (export "test:guest/guest@0.1.0#run") (call $again))"#,
    );
    let error = run(&host(), &bytes, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("stack overflowed"), "{error}");
}

#[tokio::test]
async fn exit_is_a_trap_and_not_the_hosts_end() {
    let bytes = component_importing(
        "import wasi:cli/exit@0.2.12;",
        "run: func();",
        r#"(import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))
           (func (export "test:guest/guest@0.1.0#run") (call $exit (i32.const 1)))"#,
    );
    let error = run(&host(), &bytes, |_| {}).await.unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Trap);
    assert!(error.to_string().contains("called exit with 1"), "{error}");
}

#[tokio::test]
async fn a_spinning_guest_ends_at_its_cpu_allowance() {
    let begin = Instant::now();
    let error = run(&host(), &running("(loop (br 0))"), |limits| {
        limits.cpu = Duration::from_millis(50);
    })
    .await
    .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Cpu);
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "took {:?}",
        begin.elapsed()
    );
}

#[tokio::test]
async fn a_spinning_guest_ends_at_the_deadline_too() {
    let error = run(&host(), &running("(loop (br 0))"), |limits| {
        limits.deadline = Duration::from_millis(30);
        limits.cpu = Duration::from_secs(60);
    })
    .await
    .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Deadline);
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_guest_that_waits_ends_at_the_deadline() {
    let bytes = component_importing(
        "import wasi:clocks/monotonic-clock@0.2.12; import wasi:io/poll@0.2.12;",
        "run: func();",
        r#"(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
               (func $sleep (param i64) (result i32)))
           (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
           (func (export "test:guest/guest@0.1.0#run")
               (call $block (call $sleep (i64.const 3600000000000))))"#,
    );
    let begin = Instant::now();
    let error = run(&host(), &bytes, |limits| {
        limits.deadline = Duration::from_millis(50)
    })
    .await
    .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Deadline);
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "took {:?}",
        begin.elapsed()
    );
}

#[tokio::test]
async fn times_beyond_all_reason_do_no_harm() {
    run(&host(), &running(""), |limits| {
        limits.deadline = Duration::MAX;
        limits.cpu = Duration::MAX;
        limits.wait = Duration::MAX;
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_guest_that_spins_while_it_starts_is_interrupted() {
    let bytes = component(
        "run: func();",
        r#"(func $spin (loop (br 0))) (start $spin)
           (func (export "test:guest/guest@0.1.0#run"))"#,
    );
    let error = run(&host(), &bytes, |limits| {
        limits.cpu = Duration::from_millis(30)
    })
    .await
    .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Cpu);
}

#[tokio::test]
async fn a_trap_at_the_start_is_a_failed_instantiation() {
    let bytes = component(
        "run: func();",
        r#"(func $bad unreachable) (start $bad) (func (export "test:guest/guest@0.1.0#run"))"#,
    );
    let error = run(&host(), &bytes, |_| {}).await.unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Instantiation);
}

/// Grows by a page at a time until it is refused, and then traps, as an
/// allocator does.
const GREEDY: &str = "(loop
    (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
    unreachable)";

#[tokio::test]
async fn a_guest_that_takes_too_much_memory_is_told_so() {
    let host = host();
    let action = host.load(&running(GREEDY)).unwrap();
    let (sender, stats) = std::sync::mpsc::channel();
    let error = call(&host, |limits| limits.memory_bytes = 4 << 20)
        .on_stats(move |stats| sender.send(stats).unwrap())
        .invoke(&action, None, Value::Null)
        .await
        .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Memory);
    assert!(error.to_string().contains("4194304 bytes"), "{error}");
    let peak = stats.recv().unwrap().peak_memory_bytes;
    assert!((3 << 20..=4 << 20).contains(&peak), "peak {peak}");
}

#[tokio::test]
async fn a_guest_that_copes_with_a_refusal_may_go_on() {
    let copes = "(drop (memory.grow (i32.const 60000)))";
    run(&host(), &running(copes), |limits| {
        limits.memory_bytes = 1 << 20
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_table_has_its_limit() {
    let bytes = component(
        "run: func();",
        r#"(table $t 1 funcref)
           (func (export "test:guest/guest@0.1.0#run")
               (if (i32.eq (table.grow $t (ref.null func) (i32.const 5000)) (i32.const -1))
                   (then unreachable)))"#,
    );
    let host = host();
    run(&host, &bytes, |_| {}).await.unwrap();
    let error = run(&host, &bytes, |limits| limits.table_elements = 100)
        .await
        .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Limit("table_elements"));
}

#[tokio::test]
async fn open_handles_have_their_limit() {
    let bytes = component_importing(
        "import wasi:clocks/monotonic-clock@0.2.12;",
        "run: func();",
        r#"(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
               (func $sleep (param i64) (result i32)))
           (func (export "test:guest/guest@0.1.0#run")
               (loop (drop (call $sleep (i64.const 1))) (br 0)))"#,
    );
    let error = run(&host(), &bytes, |limits| limits.handles = 100)
        .await
        .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Limit("handles"));
    assert!(error.to_string().contains("100"), "{error}");
}

#[tokio::test]
async fn what_a_guest_hands_over_at_once_has_its_limit() {
    // A string of 1 MiB: the length is all that the guest has to write.
    let bytes = component(
        "run: func() -> string;",
        &format!(
            r#"{MEMORY}
            (func (export "test:guest/guest@0.1.0#run") (result i32)
                (drop (memory.grow (i32.const 32)))
                (i32.store (i32.const 0) (i32.const 65536))
                (i32.store (i32.const 4) (i32.const 1048576))
                (i32.const 0))"#
        ),
    );
    let host = host();
    let all = run(&host, &bytes, |_| {}).await.unwrap();
    assert_eq!(all.as_str().unwrap().len(), 1 << 20);
    let error = run(&host, &bytes, |limits| limits.hostcall_bytes = 1 << 19)
        .await
        .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Limit("hostcall_bytes"));
}

#[tokio::test]
async fn instances_have_their_limit() {
    let error = run(&host(), &running(""), |limits| limits.instances = 0)
        .await
        .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Limit("instances"));
    let error = run(&host(), &running(""), |limits| limits.memories = 0)
        .await
        .unwrap_err();
    assert_eq!(cause(&error), &FailureCause::Limit("memories"));
}

#[tokio::test]
async fn a_failure_leaves_no_trace_in_the_next_call() {
    // Each call counts in its own memory: a store that were used again would
    // answer 2.
    let bytes = component(
        "count: func(fail: bool) -> u32;",
        r#"(global $n (mut i32) (i32.const 0))
           (func (export "test:guest/guest@0.1.0#count") (param i32) (result i32)
               (global.set $n (i32.add (global.get $n) (i32.const 1)))
               (if (local.get 0) (then unreachable))
               (global.get $n))"#,
    );
    let host = host();
    let action = host.load(&bytes).unwrap();
    for _ in 0..3 {
        let call = || host.call(&components::connection());
        call()
            .invoke(&action, Some("count"), json!(true))
            .await
            .unwrap_err();
        let n = call()
            .invoke(&action, Some("count"), json!(false))
            .await
            .unwrap();
        assert_eq!(n, json!(1));
    }
}

#[tokio::test]
async fn a_thousand_failures_leave_room_for_the_next_call() {
    // More calls than the pool has slots: each must give its own back.
    let host = host();
    let trap = host.load(&running("unreachable")).unwrap();
    let fine = host.load(&running("")).unwrap();
    for _ in 0..1_000 {
        call(&host, |_| {})
            .invoke(&trap, None, Value::Null)
            .await
            .unwrap_err();
    }
    call(&host, |_| {})
        .invoke(&fine, None, Value::Null)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_a_guest_prints_goes_to_the_observer_and_has_its_limit() {
    let bytes = component_importing(
        "import wasi:cli/stdout@0.2.12; import wasi:io/streams@0.2.12;",
        "run: func();",
        &format!(
            r#"(import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
            (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
                (func $write (param i32 i32 i32 i32)))
            {MEMORY}
            (data (i32.const 64) "hello\n")
            (func (export "test:guest/guest@0.1.0#run") (local $out i32) (local $n i32)
                (local.set $out (call $stdout))
                (loop
                    (call $write (local.get $out) (i32.const 64) (i32.const 6) (i32.const 0))
                    (local.set $n (i32.add (local.get $n) (i32.const 1)))
                    (br_if 0 (i32.lt_u (local.get $n) (i32.const 1000)))))"#
        ),
    );
    let host = host();
    let action = host.load(&bytes).unwrap();
    let (lines, heard) = std::sync::mpsc::channel();
    let (sender, stats) = std::sync::mpsc::channel();
    call(&host, |limits| limits.log_bytes = 60)
        .on_log(move |line| lines.send(line.text).unwrap())
        .on_stats(move |stats| sender.send(stats).unwrap())
        .invoke(&action, None, Value::Null)
        .await
        .unwrap();
    let heard: Vec<String> = heard.iter().collect();
    assert_eq!(heard, vec!["hello"; 10]);
    assert_eq!(stats.recv().unwrap().log_bytes_dropped, 5_940);
}
