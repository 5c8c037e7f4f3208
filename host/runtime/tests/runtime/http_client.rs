//! An HTTP client of the embedder's in place of the host's own.

use std::sync::{Arc, Mutex};

use clio_host::{
    AccessToken, Connection, Host, HttpBody, HttpClient, HttpClientError, Origin, Policy, Proxy,
    Reach,
};
use futures_util::future::BoxFuture;
use http::{Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};

use crate::components::builder;

/// Answers out of memory, and remembers what it was asked.
#[derive(Default)]
struct Clio(Mutex<Vec<String>>);

impl HttpClient for Clio {
    fn send(
        &self,
        request: Request<HttpBody>,
        reach: Reach,
    ) -> BoxFuture<'_, Result<Response<HttpBody>, HttpClientError>> {
        assert_eq!(reach, Reach::World);
        assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer t0ken");
        let uri = request.uri();
        let (method, host) = (request.method(), uri.host().unwrap());
        let asked = format!("{method} {host} {}", uri.path());
        self.0.lock().unwrap().push(asked);
        let data = match uri.path().ends_with("who_am_i.json") {
            true => json!({"id": 7, "name": "Ann Example"}),
            false => json!([]),
        };
        let body = Full::new(json!({ "data": data }).to_string().into());
        let body = body.map_err(|never| match never {}).boxed_unsync();
        let mut answer = Response::new(body);
        let json = header::HeaderValue::from_static("application/json");
        answer.headers_mut().insert(header::CONTENT_TYPE, json);
        Box::pin(std::future::ready(Ok(answer)))
    }
}

async fn checked(host: &Host) -> Result<Value, clio_host::CallError> {
    let origin = Origin::parse("https://app.clio.com").unwrap();
    let connection = Connection::new(origin, AccessToken::from("t0ken"));
    let action = host.load_action("check-connection").unwrap();
    let input = json!({"areas": ["contacts"]});
    host.call(&connection).invoke(&action, None, input).await
}

#[tokio::test]
async fn what_the_rules_let_out_goes_through_it_and_nothing_else() {
    let clio = Arc::new(Clio::default());
    let through = || builder().http_client(Arc::clone(&clio) as Arc<dyn HttpClient>);
    let checked_once = checked(&through().build().unwrap()).await.unwrap();
    assert_eq!(checked_once["user"]["id"], 7);
    let asked = std::mem::take(&mut *clio.0.lock().unwrap());
    let expected = [
        "GET app.clio.com /api/v4/users/who_am_i.json",
        "GET app.clio.com /api/v4/contacts.json",
    ];
    assert_eq!(asked, expected);

    let mut nothing = Policy::default();
    nothing.allow = Some(Vec::new());
    let host = through().policy(nothing).build().unwrap();
    let error = checked(&host).await.unwrap_err();
    assert!(!error.denied().is_empty(), "{error:?}");
    assert_eq!(*clio.0.lock().unwrap(), [""; 0]);
}

#[test]
fn it_cannot_be_held_to_a_proxy() {
    let proxy = Proxy::parse("http://proxy.example:3128").unwrap();
    let host = builder()
        .http_client(Arc::new(Clio::default()))
        .proxy(proxy);
    let error = host.build().unwrap_err().to_string();
    assert!(
        error.contains("names a proxy or CA certificates"),
        "{error}"
    );
}
