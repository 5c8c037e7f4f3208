//! The layers of what a firm's work runs on.

use super::{House, check};

const RUNNER: House<'_> = House {
    layers: &[
        (
            "texts, bytes and what a terminal is shown",
            &[
                "bounded", "digest", "dry_run", "encoding", "exit", "program", "table", "terminal",
                "traced",
            ],
        ),
        (
            "what is written, and how it fails",
            &[
                "aside",
                "call_failure",
                "catalog",
                "connections",
                "correlation",
                "environment",
                "failure",
                "output",
                "whoami",
            ],
        ),
        (
            "where things lie, and files that a person names",
            &[
                "case",
                "component_file",
                "content",
                "files",
                "home",
                "lock",
                "mapping",
                "operator",
            ],
        ),
        ("the vault", &["vault"]),
        ("the journal", &["journal"]),
        ("what is kept beside a home", &["backup", "review"]),
        (
            "an account, what is remembered of it, and what runs there",
            &["account", "pending", "runner", "session", "state"],
        ),
        (
            "what is done with an account",
            &["choices", "connect", "doctor", "run", "sync"],
        ),
        ("tests' way in", &["fuzzing"]),
    ],
    forbidden: &[
        // A case file is read without knowing where it goes.
        ("case", "home"),
        ("mapping", "operator"),
    ],
};

#[test]
fn the_runners_modules_point_one_way() {
    check("host/runner/src", &RUNNER);
}
