//! What a host tells whoever measures it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use clio_host::{
    AccessToken, CallEnd, CallStats, Connection, HttpBody, HttpClient, HttpClientError,
    ObservedCall, ObservedRequest, Observer, Origin, Reach, RequestEnd,
};
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};

use crate::cancelling::waiting;
use crate::components::{builder, connection, running};

#[derive(Default)]
struct Seen(Mutex<Vec<(ObservedCall, Option<CallEnd>)>>);

impl Seen {
    fn taken(&self) -> Vec<(ObservedCall, Option<CallEnd>)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Seen {
    fn started(&self, call: &ObservedCall) {
        self.0.lock().unwrap().push((call.clone(), None));
    }

    fn finished(&self, call: &ObservedCall, end: &CallEnd, cost: &CallStats) {
        let ran = cost.ran > Duration::ZERO;
        assert_eq!(ran, *end != CallEnd::Cancelled, "{end:?} {cost:?}");
        let entry = (call.clone(), Some(end.clone()));
        self.0.lock().unwrap().push(entry);
    }
}

#[tokio::test]
async fn every_call_is_told_to_begin_and_to_end_once() {
    let seen = Arc::new(Seen::default());
    let observer = Arc::clone(&seen) as Arc<dyn Observer>;
    let host = builder().observer(observer).build().unwrap();
    let done = (running(""), CallEnd::Done);
    let trap = "execution_failed:trap".to_owned();
    let failed = (running("unreachable"), CallEnd::Failed(trap));
    for (component, end) in [done, failed] {
        let action = host.load(&component).unwrap();
        let call = host.call(&connection()).correlation("job-7");
        let _ = call.invoke(&action, None, Value::Null).await;
        let seen = seen.taken();
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert_eq!((&seen[0].0, &seen[0].1), (&seen[1].0, &None));
        assert_eq!(seen[1].1.as_ref(), Some(&end));
        let call = &seen[0].0;
        assert_eq!(call.action, action.label());
        assert_eq!((&*call.function, &*call.correlation), ("run", "job-7"));
        assert_eq!(call.connection, connection().label());
        assert!(!call.dry_run);
    }
    // An input that does not fit begins no call.
    let action = host.load(&running("")).unwrap();
    let call = host.call(&connection());
    call.invoke(&action, None, json!([1])).await.unwrap_err();
    assert_eq!(seen.taken(), []);
}

#[tokio::test]
async fn a_dropped_call_is_told_to_end_and_its_slot_comes_free() {
    let seen = Arc::new(Seen::default());
    let observer = Arc::clone(&seen) as Arc<dyn Observer>;
    let host = builder()
        .concurrent_calls(3)
        .observer(observer)
        .build()
        .unwrap();
    let slots = || (host.slots().all, host.slots().free);
    assert_eq!(slots(), (3, 3));
    let action = host.load(&waiting()).unwrap();
    let (here, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let call = host.call(&connection()).on_log(move |_| {
        let _ = here.send(());
    });
    let task = tokio::spawn(async move { call.invoke(&action, None, Value::Null).await });
    begun.recv().await.unwrap();
    assert_eq!(slots(), (3, 2));
    task.abort();
    task.await.unwrap_err();
    let ends: Vec<_> = seen.taken().into_iter().map(|(_, end)| end).collect();
    assert_eq!(ends, [None, Some(CallEnd::Cancelled)]);
    while slots() != (3, 3) {
        tokio::task::yield_now().await;
    }
}

/// Gives each request a number to take along, and keeps what is told.
#[derive(Default)]
struct Requests(Mutex<Vec<(ObservedRequest, Option<RequestEnd>)>>);

impl Observer for Requests {
    fn started(&self, _: &ObservedCall) {}

    fn finished(&self, _: &ObservedCall, _: &CallEnd, _: &CallStats) {}

    fn sending(&self, call: &ObservedCall, request: &ObservedRequest) -> Option<HeaderValue> {
        self.0.lock().unwrap().push((request.clone(), None));
        let text = format!("{}-{}", call.correlation, request.number);
        Some(text.parse().unwrap())
    }

    fn answered(&self, _: &ObservedCall, request: &ObservedRequest, end: &RequestEnd, _: Duration) {
        let entry = (request.clone(), Some(end.clone()));
        self.0.lock().unwrap().push(entry);
    }
}

/// Answers the first request with 503 and the others with a user, and keeps the
/// `traceparent` of each.
#[derive(Default)]
struct Busy(Mutex<Vec<String>>);

impl HttpClient for Busy {
    fn send(
        &self,
        request: Request<HttpBody>,
        _: Reach,
    ) -> BoxFuture<'_, Result<Response<HttpBody>, HttpClientError>> {
        let traceparent = &request.headers()["traceparent"];
        let mut seen = self.0.lock().unwrap();
        seen.push(traceparent.to_str().unwrap().to_owned());
        let data = match request.uri().path().ends_with("who_am_i.json") {
            true => json!({"id": 7, "name": "Ann Example"}),
            false => json!([]),
        };
        let body =
            Full::new(json!({ "data": data }).to_string().into()).map_err(|never| match never {});
        let mut answer = Response::new(body.boxed_unsync());
        if seen.len() == 1 {
            *answer.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        }
        Box::pin(std::future::ready(Ok(answer)))
    }
}

#[tokio::test]
async fn each_request_is_told_as_it_leaves_and_as_it_ends() {
    let (told, clio) = (Arc::new(Requests::default()), Arc::new(Busy::default()));
    let host = builder()
        .observer(Arc::clone(&told) as Arc<dyn Observer>)
        .http_client(Arc::clone(&clio) as Arc<dyn HttpClient>)
        .build()
        .unwrap();
    let origin = Origin::parse("https://app.clio.com").unwrap();
    let connection = Connection::new(origin, AccessToken::from("t0ken"));
    let action = host.load_action("check-connection").unwrap();
    let call = host.call(&connection).correlation("job-8");
    let input = json!({"areas": ["contacts"]});
    call.invoke(&action, None, input).await.unwrap();
    let told = std::mem::take(&mut *told.0.lock().unwrap());
    let ends: Vec<_> = told.iter().map(|(_, end)| end.clone()).collect();
    let answered = |status| Some(RequestEnd::Answered(status));
    let expected = [503, 200, 200].map(|status| [None, answered(status)]);
    assert_eq!(ends, expected.concat());
    let repeated: Vec<u32> = told.iter().map(|(request, _)| request.repeated).collect();
    assert_eq!(repeated, [0, 0, 1, 1, 0, 0]);
    let first = &told[0].0;
    assert_eq!(
        (&*first.method, &*first.origin, &*first.path),
        ("GET", "https://app.clio.com", "/api/v4/users/who_am_i.json")
    );
    // What was answered to each went with it, and with no other.
    let numbers: Vec<String> = told
        .iter()
        .step_by(2)
        .map(|(request, _)| format!("job-8-{}", request.number))
        .collect();
    assert_eq!(*clio.0.lock().unwrap(), numbers);
    assert_ne!(numbers[0], numbers[1]);
}
