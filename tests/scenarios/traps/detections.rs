//! Documents of one second, and what a poll of a large account costs.

use std::time::Duration;

use clio_host::actions::detect_documents::{Start, WatchScope};
use clio_sandbox::{Config, SinceFilter, Switches};
use clio_tests::{World, empty};

use crate::detect_documents::poll;

/// An account whose lists have pages of two rows.
async fn world_of_small_pages(since: SinceFilter) -> World {
    World::with(Config {
        switches: Switches {
            since,
            ..Switches::default()
        },
        page_cap: Some(2),
        ..empty()
    })
    .await
}

/// Trap: the second document of one second is lost at a page's edge.
/// Take out: `components/clio-api/src/detect_documents/detect.rs`: `.map(|since| Instant(since).before(OVERLAP));`
/// Replace with: `.map(Instant);`
#[tokio::test]
async fn documents_of_one_second_are_all_told_wherever_a_page_or_a_poll_ends() {
    for since in [SinceFilter::Inclusive, SinceFilter::Exclusive] {
        let world = world_of_small_pages(since).await;
        world.control.freeze(None);
        let matter = world.add_matter();
        let (_, cursor) = poll(&world, WatchScope::Account, Start::Now).await;
        // More than a page of one second, then more of the same second.
        let mut cursor = cursor;
        for _ in 0..2 {
            let added: Vec<u64> = (0..5)
                .map(|n| world.add_document(matter, &format!("{n}.pdf")))
                .collect();
            let (told, next) = poll(&world, WatchScope::Account, cursor).await;
            assert_eq!(told, added, "{since:?}");
            cursor = next;
        }
        let snapshot = world.control.snapshot();
        let first = snapshot.documents[0].created_at;
        assert!(snapshot.documents.iter().all(|it| it.created_at == first));
        world.finish();
    }
}

/// Trap: polling spends what syncing needs.
/// Take out: `components/clio-api/src/detect_documents/detect.rs`: `Some(since) => scoped(scope).with("updated_since", &since.to_string()),`
/// Replace with: `Some(_) => scoped(scope),`
#[tokio::test]
async fn a_poll_of_an_account_with_many_documents_costs_one_request() {
    let world = world_of_small_pages(SinceFilter::Inclusive).await;
    let matter = world.add_matter();
    for n in 0..30 {
        world.add_document(matter, &format!("{n}.pdf"));
    }
    world.control.advance(Duration::from_secs(3600));
    let (_, mut cursor) = poll(&world, WatchScope::Account, Start::Now).await;
    for _ in 0..3 {
        world.control.clear_trace();
        world.control.advance(Duration::from_secs(60));
        let (told, next) = poll(&world, WatchScope::Account, cursor).await;
        assert!(told.is_empty());
        assert_eq!(world.requests(), ["GET /documents"]);
        cursor = next;
    }
    world.finish();
}
