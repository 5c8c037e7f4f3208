//! Tokens, permissions, the rate limit, versions.

use std::time::Duration;

use clio_sandbox::{
    Access, Area, Permissions, RateLimit, Region, RetryAfter, TokenSpec, UnauthorizedBody,
};

use crate::client::{send, start, start_with};

#[tokio::test]
async fn absent_unknown_expired_revoked_and_foreign_tokens_are_401_without_rate_headers() {
    let mut clio = start().await;
    let expired = clio.control.issue_token(TokenSpec {
        expires_in: Some(Duration::from_secs(60)),
        ..TokenSpec::default()
    });
    let revoked = clio.control.issue_token(TokenSpec::default());
    clio.control.revoke(&revoked);
    let foreign = clio.control.issue_token(TokenSpec {
        region: Some(Region::Eu),
        ..TokenSpec::default()
    });
    clio.control.advance(Duration::from_secs(61));
    assert_eq!(clio.get("/users/who_am_i").await.status, 200);
    for token in [
        String::new(),
        "nonsense".to_owned(),
        expired,
        revoked,
        foreign,
    ] {
        clio.token = token;
        let answer = clio.get("/contacts").await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("x-ratelimit-limit"), None);
        assert!(answer.header("date").is_some());
    }
    let url = format!("{}/api/v4/contacts", clio.sandbox.origin());
    let absent = send("GET", &url, &[], "".into()).await.unwrap();
    assert_eq!(absent.status, 401);
}

#[tokio::test]
async fn the_body_of_a_401_may_be_html() {
    let mut clio = start_with(|c| c.switches.unauthorized_body = UnauthorizedBody::Html).await;
    clio.token = "nonsense".to_owned();
    let answer = clio.get("/contacts").await;
    assert_eq!(answer.header("content-type"), Some("text/html"));
}

#[tokio::test]
async fn a_missing_permission_and_a_plan_without_api_access_are_403() {
    let mut clio = start().await;
    clio.token = clio.control.issue_token(TokenSpec {
        permissions: Permissions::only([(Area::Contacts, Access::Read)]),
        ..TokenSpec::default()
    });
    assert_eq!(clio.get("/contacts").await.status, 200);
    let write = clio
        .post(
            "/contacts",
            serde_json::json!({"type": "Company", "name": "A"}),
        )
        .await;
    assert_eq!(write.error().1, "ForbiddenError");
    assert_eq!(clio.get("/matters").await.status, 403);
    assert_eq!(clio.control.writes(), 0);

    let plan = start_with(|c| c.switches.api_access = false).await;
    assert_eq!(plan.get("/contacts").await.error().1, "ForbiddenError");
}

#[tokio::test]
async fn options_is_404_and_so_is_every_path_that_is_not_served() {
    let clio = start().await;
    assert_eq!(
        clio.call("OPTIONS", "/contacts", &[], None)
            .await
            .unwrap()
            .status,
        404
    );
    assert_eq!(clio.get("/nothing.json").await.status, 404);
    // Stages can only be listed.
    assert_eq!(clio.get("/matter_stages/500001").await.status, 404);
    assert_eq!(clio.get("/contacts/1.json").await.status, 404);
}

#[tokio::test]
async fn every_authenticated_answer_counts_the_rate_and_the_fifty_first_is_429() {
    let clio = start_with(|c| c.rate_limit = RateLimit::default()).await;
    clio.control.freeze(None);
    let first = clio.get("/contacts").await;
    assert_eq!(first.header("x-ratelimit-limit"), Some("50"));
    assert_eq!(first.header("x-ratelimit-remaining"), Some("49"));
    // An error counts as well.
    assert_eq!(
        clio.get("/contacts/1")
            .await
            .header("x-ratelimit-remaining"),
        Some("48")
    );
    for _ in 2..50 {
        assert_eq!(clio.get("/users/who_am_i").await.status, 200);
    }
    let refused = clio.get("/contacts").await;
    let (status, kind, message) = refused.error();
    assert_eq!((status, kind.as_str()), (429, "RateLimited"));
    assert!(message.contains("Retry in 60 seconds"), "{message}");
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    let reset: i64 = refused
        .header("x-ratelimit-reset")
        .unwrap()
        .parse()
        .unwrap();
    // Waiting until the reset is enough, and another token is not concerned.
    let mut other = clio;
    let mine = std::mem::replace(
        &mut other.token,
        other.control.issue_token(TokenSpec::default()),
    );
    assert_eq!(other.get("/contacts").await.status, 200);
    other.token = mine;
    let wait = reset - other.control.now().as_second();
    other
        .control
        .advance(Duration::from_secs(wait.try_into().unwrap()));
    assert_eq!(other.get("/contacts").await.status, 200);
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let clio = start_with(|c| {
        c.rate_limit.limit = 1;
        c.switches.retry_after = RetryAfter::HttpDate;
    })
    .await;
    clio.get("/contacts").await;
    let refused = clio.get("/contacts").await;
    let date = refused.header("retry-after").unwrap();
    assert!(httpdate::parse_http_date(date).is_ok(), "{date}");
}

#[tokio::test]
async fn a_version_can_be_pinned_and_a_retired_one_is_gone() {
    let clio = start().await;
    let default = clio.get("/contacts").await;
    assert_eq!(default.header("x-api-version"), Some("4.0.13"));
    let pinned = clio
        .call("GET", "/contacts", &[("x-api-version", "4.0.9")], None)
        .await
        .unwrap();
    assert_eq!(pinned.header("x-api-version"), Some("4.0.9"));
    let gone = clio
        .call("GET", "/contacts", &[("x-api-version", "4.0.1")], None)
        .await
        .unwrap();
    assert_eq!(gone.status, 410);
}

#[tokio::test]
async fn a_firewall_turns_away_names_with_a_url_in_html() {
    let clio = start_with(|c| c.switches.firewall = true).await;
    assert_eq!(clio.get("/contacts").await.status, 200);
    let url = format!("{}/api/v4/contacts", clio.sandbox.origin());
    let bearer = format!("Bearer {}", clio.token);
    for agent in ["node", "thing (+https://x.example)"] {
        let headers = [("authorization", bearer.as_str()), ("user-agent", agent)];
        let answer = send("GET", &url, &headers, "".into()).await.unwrap();
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("<html>"));
    }
}
