//! The layers of the service.

use super::{House, check};

const SERVER: House<'_> = House {
    layers: &[
        (
            "what a run comes to, where spans go, and who may read a secret",
            &["closed", "outcome", "traces"],
        ),
        (
            "what it is told, and what it works with",
            &["metrics", "outgoing", "service", "settings"],
        ),
        (
            "what was uploaded to it, what waits for a review, and how both go out",
            &["attachment", "drafts", "uploads"],
        ),
        ("who may come in", &["http"]),
        (
            "what it does",
            &["api", "events", "hooks", "keep", "page", "watch", "work"],
        ),
    ],
    forbidden: &[],
};

#[test]
fn the_services_modules_point_one_way() {
    check("host/server/src", &SERVER);
}
