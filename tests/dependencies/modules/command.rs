//! The layers of the command.

use super::{House, check};

const COMMAND: House<'_> = House {
    layers: &[
        (
            "texts, bytes and what a terminal is shown",
            &[
                "bounded", "digest", "dry_run", "encoding", "exit", "table", "terminal",
            ],
        ),
        (
            "what is written, and how it fails",
            &[
                "aside",
                "call_failure",
                "catalog",
                "correlation",
                "environment",
                "failure",
                "logging",
                "output",
                "whoami",
            ],
        ),
        ("what is typed", &["args"]),
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
        (
            "an account, what is remembered of it, and what runs there",
            &["account", "pending", "runner", "session", "state"],
        ),
        ("the verbs", &["commands"]),
        ("tests' way in", &["fuzzing"]),
    ],
    forbidden: &[
        // A case file is read without knowing where it goes.
        ("case", "home"),
        ("mapping", "operator"),
    ],
};

#[test]
fn the_commands_modules_point_one_way() {
    check("host/cli/src", &COMMAND);
}
