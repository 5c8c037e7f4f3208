//! Clio is away for a while: it is left alone but for a request now and then, and
//! what waited is done in its order once it is back.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, Origin, Times};

use crate::budget::{ask_for, count, limited, wait_for};

const RUNS: usize = 30;

fn maintenance() -> Fault {
    Fault {
        origin: Origin::Api,
        method: None,
        path: None,
        skip: 0,
        times: Times::Forever,
        effect: Effect::Maintenance,
    }
}

/// Trap: each run that waits asks for itself.
#[tokio::test]
async fn clio_is_left_alone_while_it_is_away_and_all_is_done_in_order_when_it_is_back() {
    let world = limited(1000, 60).await;
    let key = world.key(&["read", "write"], &["firm"]).await;
    // Two at once are one of each connection, so that the order can be seen.
    let serving = world.serve(&["--at-once", "2"]).await;
    let other = world.serve(&["--at-once", "2"]).await;
    world.control.fault(maintenance());
    for number in 0..RUNS {
        ask_for(&serving, &key, number).await;
    }
    // Six say that it is away; it is asked after 1, 2 and 4 seconds.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let while_away = world.api().len();
    assert!((7..=12).contains(&while_away), "{while_away} requests");
    assert_eq!(count(&serving, &key, "done").await, 0);
    assert_eq!(count(&serving, &key, "failed").await, 0);

    world.control.clear_faults();
    wait_for(&serving, &key, RUNS).await;
    let order: Vec<String> = world.api()[while_away..]
        .iter()
        .filter(|exchange| exchange.status == Some(200))
        .filter_map(|exchange| {
            let mut query = exchange.query.iter();
            let look = query.find(|(name, _)| name == "query")?;
            Some(look.1.clone())
        })
        .collect();
    assert_eq!(order.len(), RUNS, "{order:?}");
    let place = |number: usize| {
        let look = format!("look-{number:03}");
        order.iter().position(|asked| *asked == look).unwrap()
    };
    // Two processes take in turn, so neighbours may change places.
    for number in 0..RUNS {
        let moved = place(number).abs_diff(number);
        assert!(moved <= 2, "{order:?}");
    }
    drop(other);
}
