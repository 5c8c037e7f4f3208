//! The OAuth endpoints: what Clio documents, and what clients have seen.

use std::time::Duration;

use clio_sandbox::App;
use serde_json::{Value, json};

use crate::client::{Answer, Clio, send, start, start_with};

const BACK: &str = "http://127.0.0.1:17177/callback";

impl Clio {
    async fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.form_with(path, pairs, &[]).await
    }

    async fn form_with(
        &self,
        path: &str,
        pairs: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let escape = |text: &str| {
            text.replace('%', "%25")
                .replace('&', "%26")
                .replace('=', "%3D")
        };
        let body: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        let url = format!("{}/oauth{path}", self.sandbox.origin());
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        send("POST", &url, &all, body.join("&").into())
            .await
            .unwrap()
    }

    /// What a person's decision leads to.
    async fn decide(&self, decision: &str, more: &[(&str, &str)]) -> Answer {
        let app = self.sandbox.app();
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", app.client_id.as_str()),
            ("redirect_uri", BACK),
            ("state", "st&te"),
            ("decision", decision),
        ];
        pairs.extend_from_slice(more);
        self.form("/authorize", &pairs).await
    }

    async fn code(&self, more: &[(&str, &str)]) -> String {
        let answer = self.decide("approve", more).await;
        assert_eq!(answer.status, 302);
        let location = answer.header("location").unwrap().to_owned();
        let query = location.strip_prefix(&format!("{BACK}?code=")).unwrap();
        let (code, state) = query.split_once("&state=").unwrap();
        assert_eq!(state, "st%26te");
        code.to_owned()
    }

    async fn exchange(&self, code: &str, more: &[(&str, &str)]) -> Answer {
        let mut pairs = vec![("grant_type", "authorization_code"), ("code", code)];
        if !more.iter().any(|(name, _)| *name == "redirect_uri") {
            pairs.push(("redirect_uri", BACK));
        }
        self.token_request(&pairs, more).await
    }

    async fn refresh(&self, token: &Value) -> Answer {
        let token = token.as_str().unwrap();
        self.token_request(
            &[("grant_type", "refresh_token"), ("refresh_token", token)],
            &[],
        )
        .await
    }

    async fn token_request(&self, pairs: &[(&str, &str)], more: &[(&str, &str)]) -> Answer {
        let app = self.sandbox.app();
        let mut all = vec![
            ("client_id", app.client_id.as_str()),
            ("client_secret", app.client_secret.as_str()),
        ];
        all.extend_from_slice(pairs);
        all.extend_from_slice(more);
        self.form("/token", &all).await
    }

    /// The status of a request with an access token.
    async fn status_with(&self, token: &Value) -> u16 {
        let bearer = format!("Bearer {}", token.as_str().unwrap());
        let url = format!("{}/api/v4/users/who_am_i.json", self.sandbox.origin());
        let headers = [("authorization", bearer.as_str())];
        let answer = send("GET", &url, &headers, "".into()).await.unwrap();
        answer.status.as_u16()
    }
}

#[tokio::test]
async fn a_consent_becomes_a_code_and_a_code_becomes_tokens_once() {
    let clio = start().await;
    let code = clio.code(&[]).await;
    let answer = clio.exchange(&code, &[]).await;
    assert_eq!(answer.status, 200);
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["expires_in"], 2_592_000);
    assert_eq!(clio.status_with(&tokens["access_token"]).await, 200);

    let again = clio.exchange(&code, &[]).await;
    assert_eq!(
        (again.status.as_u16(), again.json()),
        (400, json!({"error": "invalid_grant"}))
    );
}

#[tokio::test]
async fn a_code_lives_for_ten_minutes_and_fits_its_address_and_application() {
    let clio = start().await;
    let late = clio.code(&[]).await;
    clio.control.advance(Duration::from_secs(601));
    assert_eq!(clio.exchange(&late, &[]).await.status, 400);

    let code = clio.code(&[]).await;
    let elsewhere = [("redirect_uri", "http://127.0.0.1:17177/callback/")];
    assert_eq!(clio.exchange(&code, &elsewhere).await.status, 400);

    let code = clio.code(&[]).await;
    clio.control.register_app(App::new("other", "secret"));
    let other = [("client_id", "other"), ("client_secret", "secret")];
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", BACK),
    ];
    let answer = clio.form("/token", &[&other[..], &pairs].concat()).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
    let wrong = [("client_id", "other"), ("client_secret", "wrong")];
    let answer = clio.form("/token", &[&wrong[..], &pairs].concat()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (401, json!({"error": "invalid_client"}))
    );
}

#[tokio::test]
async fn nothing_is_redirected_to_an_address_that_is_not_registered() {
    let clio = start().await;
    for address in [
        "http://evil.example/callback",
        "http://127.0.0.1:17177/callback/",
        "http://127.0.0.1:17177/callback?x=1",
        "http://127.0.0.1:17178/callback",
        "",
    ] {
        for decision in ["approve", "decline"] {
            let app = &clio.sandbox.app().client_id;
            let pairs = [
                ("response_type", "code"),
                ("client_id", app),
                ("redirect_uri", address),
                ("redirect_on_decline", "true"),
                ("decision", decision),
            ];
            let answer = clio.form("/authorize", &pairs).await;
            assert_eq!(answer.status, 400, "{address}");
            assert_eq!(answer.header("location"), None);
        }
    }
}

#[tokio::test]
async fn declining_returns_only_where_it_was_asked_to() {
    let clio = start().await;
    let stays = clio.decide("decline", &[]).await;
    assert_eq!(
        (stays.status.as_u16(), stays.header("location")),
        (200, None)
    );
    let returns = clio
        .decide("decline", &[("redirect_on_decline", "true")])
        .await;
    let location = returns.header("location").unwrap();
    assert_eq!(
        location,
        format!("{BACK}?error=access_denied&state=st%26te")
    );
}

#[tokio::test]
async fn the_page_carries_the_question_on_and_lets_nothing_through_unescaped() {
    let clio = start().await;
    let query = format!(
        "response_type=code&client_id={}&redirect_uri={BACK}&state=%22%3E%3Cscript%3E",
        clio.sandbox.app().client_id
    );
    let url = format!("{}/oauth/authorize?{query}", clio.sandbox.origin());
    let page = send("GET", &url, &[], "".into()).await.unwrap();
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("value=\"&quot;&gt;&lt;script&gt;\""),
        "{}",
        page.text()
    );
    let url = format!("{}/oauth/approval?code=abc", clio.sandbox.origin());
    let page = send("GET", &url, &[], "".into()).await.unwrap();
    assert!(page.text().contains("<title>code=abc</title>"));
}

#[tokio::test]
async fn a_verifier_must_match_the_challenge_that_was_sent() {
    let clio = start().await;
    // The example of RFC 7636, appendix B.
    let challenge = [
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ];
    for (verifier, status) in [
        (None, 400),
        (Some("wrong"), 400),
        (Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), 200),
    ] {
        let code = clio.code(&challenge).await;
        let more: Vec<_> = verifier.map(|v| ("code_verifier", v)).into_iter().collect();
        assert_eq!(
            clio.exchange(&code, &more).await.status,
            status,
            "{verifier:?}"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_may_be_used_again_and_the_answer_carries_none() {
    let clio = start().await;
    let tokens = clio.exchange(&clio.code(&[]).await, &[]).await.json();
    let first = clio.refresh(&tokens["refresh_token"]).await.json();
    let second = clio.refresh(&tokens["refresh_token"]).await.json();
    assert_ne!(first["access_token"], second["access_token"]);
    assert!(first.get("refresh_token").is_none(), "{first}");
    for token in [&tokens, &first, &second] {
        assert_eq!(clio.status_with(&token["access_token"]).await, 200);
    }
}

#[tokio::test]
async fn where_refresh_tokens_are_replaced_the_old_one_ends() {
    let clio = start_with(|config| config.switches.rotate_refresh_tokens = true).await;
    let tokens = clio.exchange(&clio.code(&[]).await, &[]).await.json();
    let other = clio.refresh(&tokens["refresh_token"]).await.json();
    assert_eq!(clio.refresh(&tokens["refresh_token"]).await.status, 400);
    assert_eq!(clio.refresh(&other["refresh_token"]).await.status, 200);
}

#[tokio::test]
async fn deauthorizing_ends_every_token_of_the_consent_and_no_other() {
    let clio = start().await;
    let one = clio.exchange(&clio.code(&[]).await, &[]).await.json();
    let other = clio.exchange(&clio.code(&[]).await, &[]).await.json();
    let renewed = clio.refresh(&one["refresh_token"]).await.json();
    let token = renewed["access_token"].as_str().unwrap();
    let bearer = format!("Bearer {token}");
    let answer = clio
        .form_with(
            "/deauthorize",
            &[("token", token)],
            &[("authorization", &bearer)],
        )
        .await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, ""));
    assert_eq!(clio.status_with(&one["access_token"]).await, 401);
    assert_eq!(clio.status_with(&renewed["access_token"]).await, 401);
    assert_eq!(clio.refresh(&one["refresh_token"]).await.status, 400);
    assert_eq!(clio.status_with(&other["access_token"]).await, 200);
    let again = clio
        .form_with(
            "/deauthorize",
            &[("token", token)],
            &[("authorization", &bearer)],
        )
        .await;
    assert_eq!(again.status, 401);
}

#[tokio::test]
async fn a_consent_that_is_taken_back_is_invalid_grant() {
    let clio = start().await;
    let tokens = clio.exchange(&clio.code(&[]).await, &[]).await.json();
    assert_eq!(
        clio.sandbox("POST", "/grants/revoke", Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(clio.status_with(&tokens["access_token"]).await, 401);
    let refused = clio.refresh(&tokens["refresh_token"]).await;
    assert_eq!(refused.json(), json!({"error": "invalid_grant"}));
}

#[tokio::test]
async fn who_am_i_names_the_firm() {
    let clio = start().await;
    let path = "/users/who_am_i?fields=id,account{id,name}";
    let path = path.replace('{', "%7B").replace('}', "%7D");
    let account = clio.get(&path).await.data()["account"].clone();
    assert_eq!(account, json!({"id": 200_001, "name": "Sandbox LLP"}));
    let firm = json!({"id": 31, "name": "Other LLP"});
    clio.sandbox("POST", "/account", firm.clone()).await;
    assert_eq!(clio.get(&path).await.data()["account"], firm);
}

// CASES S11
#[tokio::test]
async fn consent_is_given_to_no_page_of_the_web() {
    let clio = start().await;
    let app = clio.sandbox.app();
    let pairs = [
        ("response_type", "code"),
        ("client_id", app.client_id.as_str()),
        ("redirect_uri", BACK),
        ("decision", "approve"),
    ];
    for (header, status) in [
        (("host", "evil.example"), 421),
        (("origin", "https://evil.example"), 403),
        (("origin", "null"), 403),
    ] {
        for path in ["/authorize", "/token"] {
            let answer = clio.form_with(path, &pairs, &[header]).await;
            assert_eq!(answer.status, status, "{path} {header:?}");
            assert_eq!(answer.header("location"), None);
        }
    }
    // The sandbox's own page posts from its own origin.
    let own = ("origin", clio.sandbox.origin());
    let answer = clio.form_with("/authorize", &pairs, &[own]).await;
    assert_eq!(answer.status, 302);
}
