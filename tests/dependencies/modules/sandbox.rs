//! The layers of the sandbox.

use super::{House, check};

const SANDBOX: House<'_> = House {
    layers: &[
        (
            "plain data and its forms",
            &[
                "answer",
                "body",
                "clock",
                "description",
                "digest",
                "guard",
                "new",
                "presigned",
                "query",
                "readings",
                "switches",
            ],
        ),
        (
            "who may use the account, what was asked, and what is to fail",
            &["config", "credentials", "fault", "token", "trace"],
        ),
        ("the account", &["office", "world"]),
        ("what is shown of it", &["fields", "snapshot"]),
        ("who is told of its changes", &["webhooks"]),
        ("all that stands behind the lock", &["state"]),
        ("what is served", &["api", "oauth", "storage"]),
        ("what a test holds", &["control", "control_http"]),
        ("the sockets", &["deliver", "exchange", "server"]),
    ],
    forbidden: &[
        // An account stands whoever looks at it, and is told of nothing.
        ("world", "oauth"),
        ("world", "storage"),
        ("world", "webhooks"),
    ],
};

#[test]
fn the_sandboxs_modules_point_one_way() {
    check("host/sandbox/src", &SANDBOX);
}
