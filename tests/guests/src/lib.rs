//! What the hostile guests share: the function they export, and HTTP without
//! manners.
//!
//! A guest is one file in `examples/`, one attack long. It exports
//! `clio:hostile/attack`, whose `run` takes a text (mostly the address to
//! attack) and has the contract's error type, as an action has. What the host
//! refuses comes back as that error; what gets through comes back as a success,
//! which fails the test.
//!
//! A guest that no safe Rust can be is written in WebAssembly text, in `wat/`.
#![cfg(target_family = "wasm")]

mod http;

pub use http::{Attempt, Body, Reply, Url, Way, account, ask, fields, given, request, url};
pub use wasip2;

pub use bindings::exports::clio::actions::types::{Error, Problem, ProblemCode};
pub use bindings::exports::clio::hostile::attack::Guest;

/// How an attack ends: with what it achieved, or with what stopped it.
pub type End = Result<String, Error>;

#[allow(missing_docs)]
pub mod bindings {
    wit_bindgen::generate!({
        inline: "
            package clio:hostile@0.1.0;

            interface attack {
                use clio:actions/types@0.1.0.{error};
                run: func(target: string) -> result<string, error>;
            }

            world guest {
                import clio:actions/credentials@0.1.0;
                export clio:actions/types@0.1.0;
                export attack;
            }
        ",
        path: "../../wit",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "hostile_guests::bindings",
    });
}

/// Makes a component of one function, `fn(&str) -> End`.
#[macro_export]
macro_rules! guest {
    ($run:path) => {
        struct Attack;

        impl $crate::Guest for Attack {
            fn run(target: String) -> $crate::End {
                $run(&target)
            }
        }

        $crate::bindings::export!(Attack with_types_in $crate::bindings);
    };
}

/// A permanent problem, in the guest's own words.
#[must_use]
pub fn problem(code: ProblemCode, message: impl Into<String>) -> Error {
    Error::Permanent(Problem {
        code,
        message: message.into(),
        field: None,
        status: None,
        clio_type: None,
        retry_after_ms: None,
        candidates: Vec::new(),
    })
}

/// The host did not let the guest do something: told as an action tells it.
#[must_use]
pub fn refused(what: impl Into<String>) -> Error {
    problem(ProblemCode::DeniedByPolicy, what)
}

/// Tries each form of an attack. One that gets through is the achievement; when
/// none does, the error tells what stopped each.
///
/// # Errors
/// When the host refused all of them.
pub fn every<T>(forms: impl IntoIterator<Item = T>, attack: impl Fn(T) -> End) -> End {
    let mut stopped = Vec::new();
    for (n, form) in forms.into_iter().enumerate() {
        match attack(form) {
            Ok(achieved) => return Ok(format!("form {n}: {achieved}")),
            Err(Error::Permanent(problem) | Error::Transient(problem)) => {
                stopped.push(format!("{n}: {}", problem.message));
            }
            Err(Error::ExecutionFailed) => stopped.push(format!("{n}: failed")),
        }
    }
    Err(refused(stopped.join("; ")))
}
