//! `check-connection.check`: who a connection acts for, and what it may read.

use clio_host::actions::check_connection::{Access, Area};
use clio_host::actions::types::ProblemCode;
use clio_sandbox::{Permissions, TokenSpec};
use clio_tests::World;

#[tokio::test]
async fn a_connection_is_told_with_the_areas_it_may_read() {
    let world = World::new().await;
    let outcome = world
        .call()
        .run(clio_host::actions::check_connection::CheckRequest { areas: Vec::new() })
        .await
        .unwrap();
    assert!(
        outcome
            .account
            .is_some_and(|account| account.name.is_some())
    );
    assert_eq!(outcome.areas.len(), 6);
    let granted = outcome
        .areas
        .iter()
        .all(|area| area.access == Access::Granted);
    assert!(granted, "{:?}", outcome.areas);
    assert_eq!(world.api().len(), 7);

    let one = world
        .call()
        .run(clio_host::actions::check_connection::CheckRequest {
            areas: vec![Area::Matters],
        })
        .await
        .unwrap();
    assert_eq!(one.areas.len(), 1);
    assert_eq!(world.api().len(), 9);
    world.finish();
}

#[tokio::test]
async fn what_may_not_be_read_is_an_answer() {
    let world = World::new().await;
    let narrow = Permissions::only([(clio_sandbox::Area::Contacts, clio_sandbox::Access::Read)]);
    let token = world.control.issue_token(TokenSpec {
        permissions: narrow,
        ..TokenSpec::default()
    });
    let call = clio_tests::host().call(&world.connect(&token));
    let outcome = call
        .run(clio_host::actions::check_connection::CheckRequest { areas: Vec::new() })
        .await
        .unwrap();
    let refused: Vec<Area> = outcome
        .areas
        .iter()
        .filter(|area| area.access == Access::Refused)
        .map(|area| area.area)
        .collect();
    assert_eq!(
        refused,
        [
            Area::Matters,
            Area::Documents,
            Area::CustomFields,
            Area::Webhooks,
            Area::Users
        ]
    );
    world.finish();
}

#[tokio::test]
async fn a_token_and_a_plan_that_clio_refuses_are_told_apart() {
    let world = World::new().await;
    let stranger = world.connect("not-a-token");
    let call = clio_tests::host().call(&stranger);
    let error = call
        .run(clio_host::actions::check_connection::CheckRequest { areas: Vec::new() })
        .await
        .unwrap_err();
    assert_eq!(error.problem().unwrap().code, ProblemCode::NotConnected);

    let mut switches = world.control.switches();
    switches.api_access = false;
    world.control.set_switches(switches);
    let error = world
        .call()
        .run(clio_host::actions::check_connection::CheckRequest { areas: Vec::new() })
        .await
        .unwrap_err();
    assert_eq!(error.problem().unwrap().code, ProblemCode::Forbidden);
    world.finish();
}
