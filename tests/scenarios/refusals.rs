//! What the account or the network refuses: one clear typed error, the next
//! step, the right exit code, and nothing half-made.

use clio_host::actions::types::ProblemCode;
use clio_sandbox::{
    Effect, Fault, FaultAnswer, FaultBody, Region, Switches, Times, TokenSpec, UnauthorizedBody,
};
use clio_tests::{World, ann};
use serde_json::{Value, json};

fn run_args() -> [String; 4] {
    let input = json!({
        "source_id": "intake:ann",
        "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        "emails": [{"address": "ann@example.com"}],
    });
    [
        "run".into(),
        "sync-contact".into(),
        "--input".into(),
        input.to_string(),
    ]
}

fn problem(envelope: &Value) -> &Value {
    let error = &envelope["error"];
    error
        .get("permanent")
        .or_else(|| error.get("transient"))
        .unwrap_or_else(|| panic!("{envelope}"))
}

#[tokio::test]
async fn a_revoked_token_names_both_next_steps() {
    for body in [
        UnauthorizedBody::Envelope,
        UnauthorizedBody::OAuth,
        UnauthorizedBody::Html,
        UnauthorizedBody::Empty,
    ] {
        let world = World::under(Switches {
            unauthorized_body: body,
            ..Switches::default()
        })
        .await;
        world.control.revoke(world.sandbox.token());
        let output = world.clio(&run_args()).await.expect_code(77);
        let envelope = output.json();
        let problem = problem(&envelope);
        assert_eq!(problem["code"], "not_connected");
        assert_eq!(problem["status"], 401);
        let message = problem["message"].as_str().unwrap();
        assert!(
            message.contains("connect") && message.contains("region"),
            "{message}"
        );
        assert!(output.stderr.contains("region"), "{}", output.stderr);
        assert_eq!(world.writes(), 0);
        world.finish();
    }
}

#[tokio::test]
async fn a_token_of_another_region_is_not_authorized() {
    let world = World::new().await;
    let token = world.control.issue_token(TokenSpec {
        region: Some(Region::Eu),
        ..TokenSpec::default()
    });
    let output = world
        .clio_with(&run_args(), &[("CLIO_ACCESS_TOKEN", &token)], None)
        .await
        .expect_code(77);
    assert!(
        problem(&output.json())["message"]
            .as_str()
            .unwrap()
            .contains("region")
    );
    assert!(!output.stderr.contains(&token) && !output.stdout.contains(&token));
    world.finish();
}

#[tokio::test]
async fn a_plan_without_api_access_is_forbidden_and_said_so() {
    let world = World::under(Switches {
        api_access: false,
        ..Switches::default()
    })
    .await;
    let output = world.clio(&run_args()).await.expect_code(77);
    let envelope = output.json();
    assert_eq!(problem(&envelope)["code"], "forbidden");
    assert!(
        problem(&envelope)["message"]
            .as_str()
            .unwrap()
            .contains("plan")
    );
    world.finish();
}

#[tokio::test]
async fn a_missing_permission_is_forbidden() {
    let world = World::new().await;
    let token = world.control.issue_token(TokenSpec {
        permissions: clio_sandbox::Permissions::only([]),
        ..TokenSpec::default()
    });
    let output = world
        .clio_with(&run_args(), &[("CLIO_ACCESS_TOKEN", &token)], None)
        .await
        .expect_code(77);
    assert_eq!(problem(&output.json())["code"], "forbidden");
    world.finish();
}

/// Trap: the token goes wherever a free text points.
/// Take out: `host/runtime/src/origin.rs`: `if origin.is_loopback() || CLIO_ORIGINS.contains(&origin.to_string().as_str()) {`
/// Replace with: `if true {`
#[tokio::test]
async fn a_host_that_is_not_clio_gets_no_token() {
    let world = World::new().await;
    for origin in [
        "https://clio.example.com",
        "https://app.clio.com.example.com",
        "https://app.clio.com@example.com",
        "http://app.clio.com",
        "https://app.clio.com:8443",
        "https://app.clio.com.",
        "not an origin",
    ] {
        let output = world
            .clio_with(&run_args(), &[("CLIO_ORIGIN", origin)], None)
            .await;
        assert!(matches!(output.code, 64 | 77), "{origin}: {output:#?}");
        assert!(
            output.stderr.contains("app.clio.com") || output.stderr.contains("--allow-origin"),
            "{origin}: {output:#?}"
        );
    }
    assert!(world.control.trace().is_empty());
    world.finish();
}

#[tokio::test]
async fn without_an_account_the_next_step_is_said() {
    let world = World::new().await;
    for missing in ["CLIO_ORIGIN", "CLIO_ACCESS_TOKEN"] {
        let output = world
            .clio_with(&run_args(), &[(missing, "")], None)
            .await
            .expect_code(77);
        assert!(output.stderr.contains(missing), "{output:#?}");
    }
    world.finish();
}

#[tokio::test]
async fn an_account_that_cannot_be_reached_is_transient() {
    let world = World::new().await;
    // A port on which nothing listens: bound, and closed again.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let origin = format!("http://127.0.0.1:{port}");
    let output = world
        .clio_with(&run_args(), &[("CLIO_ORIGIN", &origin)], None)
        .await
        .expect_code(75);
    assert_eq!(problem(&output.json())["code"], "unavailable");
    world.finish();
}

/// Trap: a 200 is cut short.
/// Take out: `components/clio-api/src/answer.rs`: `.map_err(|error| undecodable(what, response, error.is_data()))`
/// Replace with: `.map_err(|_| undecodable(what, response, true))`
#[tokio::test]
async fn answers_that_are_not_json_are_typed_errors() {
    for (answer, code) in [
        (
            FaultAnswer {
                body: FaultBody::Html,
                ..FaultAnswer::status(403)
            },
            ProblemCode::UnexpectedAnswer,
        ),
        (
            FaultAnswer {
                body: FaultBody::Empty,
                ..FaultAnswer::status(400)
            },
            ProblemCode::RejectedByClio,
        ),
        (
            FaultAnswer {
                body: FaultBody::Html,
                ..FaultAnswer::status(503)
            },
            ProblemCode::Unavailable,
        ),
        (
            FaultAnswer {
                body: FaultBody::Text("{\"data\":[{\"id\":".into()),
                ..FaultAnswer::status(200)
            },
            ProblemCode::Unavailable,
        ),
        (
            FaultAnswer {
                body: FaultBody::Text("[]".into()),
                ..FaultAnswer::status(200)
            },
            ProblemCode::UnexpectedAnswer,
        ),
        (
            FaultAnswer {
                body: FaultBody::Html,
                ..FaultAnswer::status(200)
            },
            ProblemCode::Unavailable,
        ),
    ] {
        let world = World::new().await;
        let fault = Fault::next("GET", "/contacts", Effect::Answer(answer.clone()));
        world.control.fault(fault.times(Times::Forever));
        let error = world
            .call()
            .run(ann(world.control.now()))
            .await
            .unwrap_err();
        let problem = error
            .problem()
            .unwrap_or_else(|| panic!("{answer:?}: {error:?}"));
        assert_eq!(problem.code, code, "{answer:?}: {problem:?}");
        assert_eq!(world.writes(), 0);
        world.finish();
    }
}

#[tokio::test]
async fn clio_never_sees_an_anonymous_client_or_one_with_a_url() {
    let world = World::under(Switches {
        firewall: true,
        ..Switches::default()
    })
    .await;
    world.call().run(ann(world.control.now())).await.unwrap();
    world.finish();
}
