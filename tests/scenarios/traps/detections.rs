//! Documents of one second, and what a poll of a large account costs, also where
//! many documents wait.

use std::time::Duration;

use clio_host::actions::detect_documents::{Start, WatchScope};
use clio_sandbox::{Config, NewDocument, Place, RateLimit, SinceFilter, Switches};
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

/// Trap: polling spends what syncing needs.
/// Take out: `components/clio-api/src/detect_documents/detect.rs`: `let ids = scan.next_in_turn(bounds.asked);`
/// Replace with: `let ids = scan.next_in_turn(usize::MAX);`
/// Trap: of many that wait the last ones are never looked at.
/// Take out: `components/clio-api/src/detect_documents/scan.rs`: `self.cursor.asked = asked.last().copied().unwrap_or(0);`
#[tokio::test]
async fn a_poll_costs_one_request_for_all_that_wait_and_each_has_its_turn() {
    let world = World::with(Config {
        switches: Switches {
            // Then nothing but a look at each tells that it is complete.
            final_patch_touches_updated_at: false,
            ..Switches::default()
        },
        rate_limit: RateLimit {
            limit: 1_000_000,
            window: Duration::from_secs(60),
        },
        ..empty()
    })
    .await;
    let matter = world.add_matter();
    let (_, cursor) = poll(&world, WatchScope::Account, Start::Now).await;
    let waiting: Vec<u64> = (0..1_000)
        .map(|_| world.add(Place::Matter(matter), NewDocument::incomplete("slow.pdf")))
        .collect();
    // Five pages of changes, which show all that wait.
    let mut cursor = costs(&world, cursor, 5).await;

    // The first two hundred had their turn. Their next one is five polls later,
    // and that of the very last is the one before.
    cursor = costs(&world, cursor, 2).await;
    for complete in [waiting[7], waiting[999]] {
        world.control.complete_document(complete, b"its bytes");
    }
    for told in [vec![], vec![], vec![], vec![waiting[999]], vec![waiting[7]]] {
        world.control.advance(Duration::from_secs(1_201));
        world.control.clear_trace();
        let (found, next) = poll(&world, WatchScope::Account, cursor).await;
        assert_eq!((found, world.requests().len()), (told, 2));
        cursor = next;
    }

    // Changes cost a request for each 200, whatever waits.
    for number in 0..250 {
        world.add_document(matter, &format!("{number}.pdf"));
    }
    world.control.clear_trace();
    let (told, _) = poll(&world, WatchScope::Account, cursor).await;
    assert_eq!((told.len(), world.requests().len()), (250, 3));
    world.finish();
}

/// Polls twenty minutes later: nothing is told, for so many requests.
async fn costs(world: &World, cursor: Start, requests: usize) -> Start {
    world.control.advance(Duration::from_secs(1_201));
    world.control.clear_trace();
    let (told, cursor) = poll(world, WatchScope::Account, cursor).await;
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(world.requests().len(), requests);
    cursor
}
