//! A hundred thousand matters are imported, and neither a component's memory nor
//! its host's grows on the way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clio_host::actions::pull_matters::{Link, PullRequest};
use clio_sandbox::{NewContact, NewCustomField, NewMatter, RateLimit};
use clio_tests::World;

/// How many matters the firm has: 500 pages.
const MATTERS: usize = 100_000;

/// A firm of that size, and the field that marks its matters.
async fn firm() -> (World, u64) {
    let world = World::new().await;
    world.control.set_rate_limit(RateLimit {
        limit: 10_000,
        window: Duration::from_secs(60),
    });
    let client = world.control.add_contact(NewContact::person("Bo", "Chan"));
    let area = world.control.add_practice_area("Estate Planning");
    let stage = world.control.add_stage(area, "Intake");
    let field = |name: &str| NewCustomField::new(name, "Matter", "text_line");
    let marker = world.control.add_custom_field(field("Source"));
    let note = world.control.add_custom_field(field("Note"));
    let like = NewMatter {
        practice_area: Some(area),
        stage: Some(stage),
        client_reference: Some("intake:many".into()),
        values: vec![
            (marker, Some("intake:many".into())),
            (
                note,
                Some("a note of some length, as people write them".into()),
            ),
        ],
        ..NewMatter::of(client, "Chan v. Harbor, one of very many")
    };
    world.control.add_matters(MATTERS, &like);
    (world, marker)
}

#[tokio::test]
async fn a_hundred_thousand_matters_are_pulled_in_flat_memory() {
    let (world, marker) = firm().await;
    let mut cursor = None;
    let (mut last, mut seen) = (0, 0);
    // Guest memory by page.
    let peaks = Arc::new(Mutex::new(Vec::new()));
    // What a page weighs with the cursor of the first, the middle and the last.
    let mut marks = BTreeMap::new();
    loop {
        let request = PullRequest {
            link: Some(Link::MarkerField(marker)),
            cursor: cursor.clone(),
            ..PullRequest::default()
        };
        let page = peaks.lock().unwrap().len();
        if matches!(page, 0 | 250 | 499) {
            marks.insert(page, request.cursor.clone());
        }
        let told = Arc::clone(&peaks);
        let outcome = world
            .call()
            .on_stats(move |stats| told.lock().unwrap().push(stats.peak_memory_bytes))
            .run(request)
            .await
            .unwrap();
        for matter in &outcome.matters {
            assert!(matter.id > last, "each once, and in order");
            assert!(matter.source_id.is_some());
            last = matter.id;
            seen += 1;
        }
        cursor = outcome.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, MATTERS);
    assert_eq!(world.api().len(), MATTERS / 200);
    let peaks = peaks.lock().unwrap().clone();
    assert_eq!(peaks.len(), MATTERS / 200);
    let (first, most) = (peaks[0], peaks.iter().copied().max().unwrap());
    eprintln!("guest memory: first page {first}, most {most} bytes");
    assert!(first > 0, "nothing was measured");
    // A page of memory has 64 KiB.
    assert!(most <= first + (64 << 10), "{first} grew to {most}");

    #[cfg(target_os = "linux")]
    {
        let mut runners = Vec::new();
        for (page, cursor) in &marks {
            let peak = runner_peak(&world, marker, cursor.as_deref()).await;
            eprintln!("runner at page {page}: {} KiB", peak >> 10);
            runners.push(peak);
        }
        assert_eq!(runners.len(), 3);
        let (first, most) = (runners[0], runners.iter().copied().max().unwrap());
        assert!(first > 1 << 20, "nothing was measured");
        assert!(most < first + (8 << 20), "{first} grew to {most}");
    }
    world.finish();
}

#[tokio::test]
async fn a_page_of_large_values_fits_or_is_pulled_with_a_lower_limit() {
    let world = World::new().await;
    let client = world.control.add_contact(NewContact::person("Bo", "Chan"));
    let story = NewCustomField::new("Story", "Matter", "text_area");
    let story = world.control.add_custom_field(story);
    let long = |bytes: usize| NewMatter {
        values: vec![(story, Some("x".repeat(bytes)))],
        ..NewMatter::of(client, "Chan v. Harbor")
    };
    // Seven and a half mebibytes: just below the most that is read.
    world.control.add_matters(200, &long(39_000));
    world.control.add_matters(200, &long(50_000));
    let pull = async |limit, cursor| {
        let request = PullRequest {
            limit,
            cursor,
            ..PullRequest::default()
        };
        world.call().run(request).await
    };
    let first = pull(None, None).await.unwrap();
    assert_eq!(first.matters.len(), 200);
    let error = pull(None, first.cursor).await.unwrap_err();
    // The host stops it before the component does.
    assert!(error.to_string().contains("8388608 bytes"), "{error}");
    let (mut cursor, mut seen) = (None, 0);
    loop {
        let page = pull(Some(100), cursor).await.unwrap();
        seen += page.matters.len();
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, 400);
    world.finish();
}

/// The most memory that the command holds while it pulls one page, in bytes.
#[cfg(target_os = "linux")]
async fn runner_peak(world: &World, marker: u64, cursor: Option<&str>) -> u64 {
    let input = serde_json::json!({"link": {"marker_field": marker}, "cursor": cursor});
    let args = ["run", "pull-matters", "--input", &input.to_string()];
    world.peak_memory(&args).await
}
