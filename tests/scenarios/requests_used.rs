//! An action's description lists the requests that it makes: no more leave, for
//! egress lets no others out, and here, no fewer are made.
//!
//! A request that is listed and never made would be a permission for nothing. So
//! each action has a story that makes all of its requests, and an action without a
//! story fails.

use std::collections::BTreeSet;

use clio_host::Description;
use clio_tests::{World, host};

use crate::stories::story;

#[tokio::test]
async fn every_action_makes_exactly_the_requests_that_it_lists() {
    for action in clio_catalog::actions() {
        let world = World::new().await;
        let loaded = host().load_action(action.name).unwrap();
        let run = async |function: Option<&str>, input| {
            world.call().invoke(&loaded, function, input).await.unwrap()
        };
        story(&world, action.name, run).await;
        let made: BTreeSet<String> = world
            .api()
            .iter()
            .map(|exchange| format!("{} {}", exchange.method, general(&exchange.path)))
            .collect();
        let description = Description::parse(action.description.as_bytes()).unwrap();
        let listed: BTreeSet<String> = description
            .requests
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(made, listed, "{}", action.name);
        world.finish();
    }
}

/// The path with `{id}` for numbers.
fn general(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let segments = path.split('/').map(|segment| {
        let (stem, extension) = segment.split_once('.').unwrap_or((segment, ""));
        match stem.parse::<u64>() {
            Ok(_) if extension.is_empty() => "{id}".to_owned(),
            Ok(_) => format!("{{id}}.{extension}"),
            Err(_) => segment.to_owned(),
        }
    });
    segments.collect::<Vec<_>>().join("/")
}
