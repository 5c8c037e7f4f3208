//! The layers of the runtime.

use super::{House, check};

const RUNTIME: House<'_> = House {
    layers: &[
        (
            "plain data, and what the machine gives",
            &[
                "bindings",
                "cache",
                "cpu",
                "digest",
                "json",
                "lane",
                "limits",
                "log",
                "origin",
                "ownership",
                "regular",
                "ticker",
            ],
        ),
        ("policy", &["policy"]),
        (
            "what an action is, what a call ends in, and what is kept of it",
            &[
                "budget",
                "connection",
                "deadline",
                "description",
                "engine",
                "error",
                "inspect",
                "journal",
                "limiter",
                "load_error",
                "reflect",
                "reviews",
                "stop",
                "watch",
            ],
        ),
        ("the way out", &["egress"]),
        ("connections and their tokens", &["oauth", "vault"]),
        (
            "what runs a call",
            &[
                "audit",
                "compile",
                "component",
                "fetch",
                "gate",
                "inspected",
                "invoke",
                "machine_work",
                "observer",
                "stats",
                "wasi",
                "worker",
            ],
        ),
        ("the host", &["host"]),
        ("what a caller calls", &["call"]),
        ("tests' way in", &["fuzzing"]),
    ],
    forbidden: &[
        // Who reads a policy file needs no network.
        ("policy", "egress"),
    ],
};

#[test]
fn the_runtimes_modules_point_one_way() {
    check("host/runtime/src", &RUNTIME);
}
