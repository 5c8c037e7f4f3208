//! What is sent to ask for consent, and what counts as its answer.

#![allow(clippy::unwrap_used)]
use super::error::code_name;
use super::*;

fn oauth() -> OAuth {
    let client = ClientCredentials {
        id: "app".to_owned(),
        secret: "s3cretOfTheApp".to_owned().into(),
    };
    let origin = Origin::parse("https://eu.app.clio.com").unwrap();
    OAuth::new(origin, client, Network::default())
}

fn attempt() -> Authorization {
    oauth()
        .authorize("http://127.0.0.1:17177/callback")
        .unwrap()
}

#[test]
fn the_address_is_the_regions_and_holds_no_secret() {
    let attempt = attempt();
    let url = attempt.url();
    let begins = "https://eu.app.clio.com/oauth/authorize?";
    assert!(url.starts_with(begins), "{url}");
    for part in [
        "response_type=code",
        "client_id=app",
        "redirect_uri=http%3A%2F%2F127.0.0.1%3A17177%2Fcallback",
        "redirect_on_decline=true",
        "code_challenge_method=S256",
    ] {
        assert!(url.contains(part), "{part}: {url}");
    }
    assert!(!url.contains("s3cret") && !url.contains(attempt.verifier.secret()));
    let printed = format!("{:?} {attempt:?}", oauth());
    assert!(!printed.contains("s3cret"), "{printed}");
    assert!(!printed.contains(attempt.state.secret()), "{printed}");
}

#[test]
fn only_the_state_that_was_sent_makes_a_code() {
    let attempt = attempt();
    let state = attempt.state.secret().clone();
    let code = attempt.code_of_query(&format!("code=a%2Db&state={state}"));
    let code = code.unwrap();
    assert_eq!(code.0.expose_secret(), "a-b");
    assert!(!format!("{code:?}").contains("a-b"));
    let longer = format!("code=x&state={state}x");
    for wrong in ["", "code=x", "code=x&state=", "code=x&state=other", &longer] {
        let error = attempt.code_of_query(wrong).unwrap_err();
        assert!(matches!(error, OAuthError::State), "{wrong}: {error}");
    }
    let declined = attempt.code_of_query(&format!("error=access_denied&state={state}"));
    assert!(matches!(declined, Err(OAuthError::Declined)));
    let odd = attempt.code_of_query(&format!("error=<b>Ann+Lee</b>&state={state}"));
    assert!(!odd.unwrap_err().to_string().contains("Ann"));
    let none = attempt.code_of_query(&format!("state={state}"));
    assert!(matches!(none, Err(OAuthError::NoCode)));
}

#[test]
fn a_code_may_be_pasted_alone_or_with_its_address() {
    let attempt = attempt();
    let state = attempt.state.secret().clone();
    let address = format!("https://eu.app.clio.com/oauth/approval?code=abc&state={state}#x");
    for pasted in [" abc\n", "code=abc", address.as_str()] {
        let code = attempt.code_of_paste(pasted).unwrap();
        assert_eq!(code.0.expose_secret(), "abc", "{pasted}");
    }
    let foreign = "https://x.example/?code=abc&state=other";
    for wrong in ["", " ", "two words", foreign] {
        assert!(attempt.code_of_paste(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_error_code_is_shown_only_as_oauth_writes_them() {
    let code = "temporarily_unavailable";
    assert_eq!(code_name(code), code);
    for odd in ["", "Ann Lee", "<script>", &"x".repeat(41)] {
        assert_eq!(code_name(odd), "an error without a known code");
    }
}

/// Asks for a consent to be taken back, of a server with one answer.
async fn deauthorized(answer: String) -> Result<bool, OAuthError> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut peer, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"token=t0ken") {
            assert_ne!(peer.read_buf(&mut request).await.unwrap(), 0);
        }
        peer.write_all(answer.as_bytes()).await.unwrap();
    });
    let mut oauth = oauth();
    oauth.origin = Origin::allow(&origin).unwrap();
    let told = oauth.deauthorize(&"t0ken".to_owned().into()).await;
    server.await.unwrap();
    told
}

#[tokio::test]
async fn a_page_of_something_in_between_takes_no_consent_back() {
    let answer = |status: &str, kind: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{body}"
        )
    };
    let (json, html) = ("application/json", "text/html; charset=utf-8");
    for (kind, body) in [(json, ""), (json, "{}"), (html, ""), (html, " ")] {
        let told = deauthorized(answer("200 OK", kind, body)).await;
        assert!(told.unwrap(), "{kind} {body}");
    }
    let page = "<html>Sign in</html>";
    for (kind, body) in [
        (html, page),
        (json, page),
        ("Text/HTML", "1"),
        ("text/plain", "welcome"),
    ] {
        let error = deauthorized(answer("200 OK", kind, body)).await;
        let error = error.unwrap_err();
        assert!(matches!(error, OAuthError::Unexpected(200)), "{error}");
    }
    let gone = deauthorized(answer("401 Unauthorized", json, "{}")).await;
    assert!(!gone.unwrap());
}
