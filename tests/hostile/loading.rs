//! Guests that ask for what is not given, which do not run at all, and for what
//! is given empty.

use std::time::{Duration, Instant};

use clio_host::{CompileLimits, FailureCause, Host, InspectError, LoadError};
use clio_tests::clio_binary;
use clio_tests::components::{altered, many_functions, nested_branches, of_module};
use serde_json::json;

use crate::component;
use crate::fairness::QUIET;
use crate::server::{Server, TOKEN};
use crate::trial::Trial;

fn wants(guest: Trial, import: &str) {
    let error = guest.refused_at_load();
    let LoadError::Inspect(InspectError::Import(name)) = &error else {
        panic!("{error}")
    };
    assert!(name.starts_with(import), "{name}");
    assert!(error.to_string().contains(name.as_str()), "{error}");
}

pub(crate) async fn asks_for_sockets(guest: Trial) {
    wants(guest, "wasi:sockets/");
}

pub(crate) async fn asks_under_types(guest: Trial) {
    wants(guest, "clio:actions/types@0.1.0");
}

/// The standard libraries import files, so that they are there to be asked for.
pub(crate) async fn asks_for_files(guest: Trial) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a secret");
    std::fs::write(&file, "kept").unwrap();
    let ended = guest.target(file.to_str().unwrap()).ends().await;
    ended.was_refused("6: No such file");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// So is what is around a process.
pub(crate) async fn looks_around(guest: Trial) {
    guest.ends().await.was_refused("there is nothing");
}

pub(crate) async fn asks_for_random(guest: Trial) {
    for target in ["often", "often, of the cheap"] {
        let guest = guest.again().target(target);
        let guest = guest.limits(|limits| limits.cpu = Duration::from_millis(300));
        guest
            .ends()
            .await
            .by_the_host(&FailureCause::Cpu, "computed for longer");
    }
    for target in ["much", "much, of the cheap"] {
        let ended = guest.again().target(target).ends().await;
        ended.by_the_host(&FailureCause::Trap, "65536 random bytes at once");
    }
}

// CASES S5
#[test]
fn a_component_that_would_compile_for_minutes_is_refused_at_once() {
    let _others_measure = QUIET.read();
    let host = Host::builder().workers(1).build().unwrap();
    let mebibyte = nested_branches(990, 200);
    assert!(
        (800_000..1_100_000).contains(&mebibyte.len()),
        "{}",
        mebibyte.len()
    );
    let began = Instant::now();
    let error = host.load(&mebibyte).unwrap_err();
    assert!(matches!(error, LoadError::TooCostly(_)), "{error}");
    assert!(error.to_string().contains("1024 MiB"), "{error}");
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    // The same with less in it is a component like others.
    let error = host.load(&nested_branches(100, 20)).unwrap_err();
    assert!(matches!(error, LoadError::NoFunction), "{error}");
}

// CASES S5
#[test]
fn a_process_of_its_own_is_bounded_by_the_system() {
    let _others_measure = QUIET.read();
    let host = |limits: CompileLimits| {
        Host::builder()
            .workers(1)
            .compile_with(clio_binary())
            .compile_limits(limits)
            .build()
            .unwrap()
    };
    let bomb = nested_branches(990, 200);
    let mut short = CompileLimits::default();
    (short.time, short.memory_bytes) = (Duration::from_secs(2), 4 << 30);
    let began = Instant::now();
    let error = host(short).load(&bomb).unwrap_err();
    assert!(matches!(error, LoadError::TooCostly(_)), "{error}");
    assert!(error.to_string().contains("longer than 2s"), "{error}");
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    let mut narrow = CompileLimits::default();
    (narrow.time, narrow.memory_bytes) = (Duration::from_secs(60), 256 << 20);
    let error = host(narrow).load(&many_functions(200_000)).unwrap_err();
    assert!(matches!(error, LoadError::TooCostly(_)), "{error}");
    assert!(error.to_string().contains("256 MiB"), "{error}");
    // An honest component is compiled there, and what is none is told.
    let host = host(CompileLimits::default());
    host.load(&component("asks_once")).unwrap();
    let error = host.load(&of_module(b"\0asm\x01\0\0\0\x0a")).unwrap_err();
    assert!(!matches!(error, LoadError::TooCostly(_)), "{error}");
}

// CASES A9
#[tokio::test]
async fn a_portable_build_runs_with_the_credential_outside() {
    let host = clio_tests::host();
    for action in clio_catalog::actions() {
        // As ours, and as somebody else's who changed a byte that says nothing.
        for bytes in [action.portable().to_vec(), altered(action.portable())] {
            let loaded = host.load(&bytes);
            assert!(loaded.is_ok(), "{}: {:?}", action.name, loaded.err());
        }
    }
    let clio = Server::polite().await;
    let portable = clio_catalog::action("check-connection").unwrap().portable();
    for bytes in [portable.to_vec(), altered(portable)] {
        let action = host.load(&bytes).unwrap();
        let call = host.call(&clio.connection());
        // The server is polite, and no Clio: the action does not like its answers.
        let asked = clio.received().len();
        let _ = call.invoke(&action, None, json!({"areas": []})).await;
        assert!(clio.received().len() > asked);
    }
    for request in clio.received() {
        assert_eq!(request.field("authorization"), [format!("Bearer {TOKEN}")]);
    }
}

// CASES A9
/// Whatever the bytes are, the engine takes them or the host says why not.
#[test]
fn no_bytes_bring_the_engine_down() {
    let _others_measure = QUIET.read();
    let host = Host::builder().workers(1).build().unwrap();
    let seeds: Vec<Vec<u8>> = ["asks_once", "many_memories", "opens_own_resources"]
        .map(component)
        .into_iter()
        .chain([clio_catalog::action("receive-webhook")
            .unwrap()
            .portable()
            .to_vec()])
        .chain([clio_catalog::action("check-connection")
            .unwrap()
            .portable()
            .to_vec()])
        .collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for seed in &seeds {
        for round in 0..24 {
            let mut bytes = seed.clone();
            match round % 3 {
                0 => bytes.truncate(next(bytes.len())),
                1 => {
                    let at = next(bytes.len());
                    bytes[at] ^= 1 << next(8);
                }
                _ => {
                    let (from, to) = (next(bytes.len()), next(bytes.len()));
                    let piece = bytes[from..(from + 16).min(bytes.len())].to_vec();
                    drop(bytes.splice(to..to, piece));
                }
            }
            // A panic within is caught, told as the engine's fault, and is one.
            if let Err(LoadError::Compile(words)) = host.load(&bytes) {
                assert!(!words.contains("fault of the engine"), "{round}");
            }
        }
    }
}

/// What the actions do not need is refused, and is no panic.
#[test]
fn what_the_engine_does_not_take_is_told() {
    let host = Host::builder().workers(1).build().unwrap();
    let proposals = [
        "(memory i64 1)",
        "(func (return_call 0))",
        "(func (drop (i8x16.relaxed_swizzle (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0))))",
        "(memory 1 1 shared)",
        "(tag)",
        "(type (struct))",
        "(func (param funcref) (drop (ref.as_non_null (local.get 0))))",
    ];
    for proposal in proposals {
        let text = format!("(component (core module {proposal}))");
        let error = host.load(&wat::parse_str(text).unwrap()).unwrap_err();
        assert!(
            matches!(
                error,
                LoadError::Compile(_) | LoadError::NoFunction | LoadError::Inspect(_)
            ),
            "{proposal}: {error}"
        );
        assert!(
            !error.to_string().contains("fault of the engine"),
            "{proposal}"
        );
    }
}
