//! What an import of matters meets that is not as it should be: answers that
//! break off, links that lead elsewhere, and what a connection may not see.

use base64::Engine as _;
use clio_host::actions::pull_matters::{CountRequest, Link, Part, PullRequest};
use clio_host::actions::types::{Problem, ProblemCode};
use clio_sandbox::{
    Access, Area, CustomFieldAccess, Effect, Fault, FaultAnswer, Permissions, Switches, TokenSpec,
};
use clio_tests::World;

use crate::pull_matters::{Firm, ids, pull};

/// A page that has to fail.
async fn refused(world: &World, request: PullRequest) -> Problem {
    let error = world.call().run(request).await.unwrap_err();
    error.problem().unwrap().clone()
}

#[tokio::test]
async fn a_page_that_fails_is_asked_for_again_with_the_same_cursor() {
    let world = World::new().await;
    let firm = Firm::new(&world);
    let request = PullRequest {
        limit: Some(4),
        ..firm.by_marker()
    };
    let first = pull(&world, request.clone()).await;
    let second = PullRequest {
        cursor: first.cursor,
        ..request
    };
    for effect in [
        Effect::CutAfter { bytes: 100 },
        Effect::MalformedJson,
        Effect::Maintenance,
        Effect::Reset,
        Effect::AnswerLost,
        Effect::Answer(FaultAnswer::status(502)),
    ] {
        let fault = Fault::next("GET", "/matters", effect.clone());
        let times = clio_sandbox::Times::Forever;
        world.control.fault(fault.times(times));
        let error = world.call().run(second.clone()).await.unwrap_err();
        assert!(error.is_transient(), "{effect:?}: {error}");
        world.control.clear_faults();
        let page = pull(&world, second.clone()).await;
        assert_eq!(ids(&page.matters), firm.matters[4..], "{effect:?}");
    }
    world.finish();
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_followed_and_a_forged_cursor_neither() {
    let world = World::new().await;
    let firm = Firm::new(&world);
    let request = PullRequest {
        limit: Some(4),
        ..firm.by_marker()
    };
    let cursor = pull(&world, request.clone()).await.cursor.unwrap();
    let before = world.api().len();

    // Bound to its filters.
    let other = PullRequest {
        cursor: Some(cursor.clone()),
        ..firm.by_marker()
    };
    let problem = refused(&world, other).await;
    assert_eq!(problem.code, ProblemCode::InvalidInput);
    assert_eq!(problem.field.as_deref(), Some("/cursor"));

    // Bound to the list: take out the check of the path in `Bookmark::read`,
    // and these requests leave.
    let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let text = String::from_utf8(base64.decode(&cursor).unwrap()).unwrap();
    let (head, rest) = text.split_once("\"n\":\"").unwrap();
    let (_, tail) = rest.split_once('"').unwrap();
    for at in [
        "/api/v4/contacts.json?limit=200",
        "//evil.example/api/v4/matters.json",
        "https://evil.example/api/v4/matters.json",
        "@evil.example/api/v4/matters.json",
    ] {
        let forged = base64.encode(format!("{head}\"n\":\"{at}\"{tail}"));
        let request = PullRequest {
            cursor: Some(forged),
            ..request.clone()
        };
        let problem = refused(&world, request).await;
        assert_eq!(problem.code, ProblemCode::InvalidInput, "{at}");
        assert_eq!(problem.field.as_deref(), Some("/cursor"), "{at}");
    }
    assert_eq!(world.api().len(), before, "a forged cursor costs nothing");
    world.finish();

    // Clio's own answer that leads elsewhere: `paging::same_list` compares the
    // origin, or a cursor to there would be returned.
    let world = World::under(Switches {
        next_page_origin: Some("https://evil.example".into()),
        ..Switches::default()
    })
    .await;
    let firm = Firm::new(&world);
    let request = PullRequest {
        limit: Some(4),
        ..firm.by_marker()
    };
    let problem = refused(&world, request).await;
    assert_eq!(problem.code, ProblemCode::UnexpectedAnswer);
    assert_eq!(world.api().len(), 1);
    world.finish();
}

#[tokio::test]
async fn what_the_connection_may_not_see_is_told() {
    let world = World::new().await;
    let firm = Firm::new(&world);
    let token = |areas: &[Area]| {
        world.control.issue_token(TokenSpec {
            permissions: Permissions::only(areas.iter().map(|area| (*area, Access::Read))),
            ..TokenSpec::default()
        })
    };
    let blind = world.connect(&token(&[Area::Matters]));
    let call = clio_tests::host().call(&blind);
    let page = call.run(firm.by_marker()).await.unwrap();
    for matter in &page.matters {
        assert_eq!(matter.client, None);
        assert_eq!(matter.hidden, [Part::Client]);
        // Values can be read without their definitions.
        assert!(!matter.custom_fields.is_empty());
    }
    assert_eq!(page.matters[0].source_id.as_deref(), Some("intake:0"));

    let none = world.connect(&token(&[Area::Contacts]));
    let call = clio_tests::host().call(&none);
    let error = call.run(firm.by_marker()).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::Forbidden);
    world.finish();
}

#[tokio::test]
async fn values_that_may_not_be_seen_are_told_from_absent_ones() {
    // CASES A1
    for (access, hidden) in [
        (CustomFieldAccess::DefinitionsForbidden, false),
        (CustomFieldAccess::ValuesBlank, true),
        (CustomFieldAccess::ValuesNull, true),
    ] {
        let world = World::under(Switches {
            custom_field_access: access,
            ..Switches::default()
        })
        .await;
        let firm = Firm::new(&world);
        let page = pull(&world, firm.by_marker()).await;
        for (n, matter) in page.matters.iter().enumerate() {
            let told = matter.hidden == [Part::CustomFields];
            assert_eq!(told, hidden, "{access:?}");
            let linked = n.is_multiple_of(2) && !hidden;
            assert_eq!(matter.source_id.is_some(), linked, "{access:?}");
            assert_eq!(matter.custom_fields.is_empty(), hidden, "{access:?}");
        }
        let count = world.call().run(CountRequest {
            link: Some(Link::MarkerField(firm.marker)),
            ..CountRequest::default()
        });
        let count = count.await.unwrap();
        let (linked, unseen) = match access {
            CustomFieldAccess::ValuesBlank => (0, 7),
            // The marker of the others never had a value, which is seen.
            CustomFieldAccess::ValuesNull => (0, 4),
            _ => (4, 0),
        };
        assert_eq!(count.linked, Some(linked), "{access:?}");
        assert_eq!(count.hidden, unseen, "{access:?}");
        world.finish();
    }
}
