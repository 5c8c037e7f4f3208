//! Traces: who asked, the runs, their calls and requests to Clio, and what goes out
//! are one, and hold nothing that a client said.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use clio_runner::traced::within;
use clio_tests::World;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::office::Office;
use crate::receiver::{Receiver, Reply};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// A collector on loopback, which keeps what it is sent.
struct Collector {
    url: String,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(taken(socket, Arc::clone(&kept)));
            }
        });
        Self { url, bodies }
    }

    fn spans(&self) -> Vec<Span> {
        let bodies = self.bodies.lock().unwrap();
        let told = bodies.iter().map(|body| {
            let told = ExportTraceServiceRequest::decode(&**body).expect("OTLP");
            told.resource_spans.into_iter()
        });
        let scopes = told.flatten().flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    fn everything(&self) -> String {
        let bodies = self.bodies.lock().unwrap();
        String::from_utf8_lossy(&bodies.concat()).into_owned()
    }
}

/// Answers each request on a connection with 200, and keeps its body.
async fn taken(mut socket: TcpStream, kept: Arc<Mutex<Vec<Vec<u8>>>>) {
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if socket.read_buf(&mut read).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
        assert!(head.starts_with("post /v1/traces "), "{head}");
        assert!(head.contains("application/x-protobuf"), "{head}");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.expect("a length").trim().parse().unwrap();
        while read.len() < end + length {
            assert_ne!(socket.read_buf(&mut read).await.unwrap(), 0);
        }
        kept.lock().unwrap().push(read[end..end + length].to_vec());
        read.drain(..end + length);
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        socket.write_all(answer).await.unwrap();
    }
}

/// Has the firm's service send its spans to `url`, and what is new to `receiver`.
fn traced_to(office: &Office, url: &str, receiver: &Receiver) {
    office.events_go(&office.post(&receiver.url));
    let path = office.world.home().join("serve.toml");
    let settings = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("otlp = \"{url}\"\n{settings}")).unwrap();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    let found = span.attributes.iter().find(|it| it.key == name)?;
    match found.value.clone()?.value? {
        Any::StringValue(text) => Some(text),
        Any::IntValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_done_is_one_trace_and_says_nothing_of_a_client() {
    let (office, collector) = (Office::new().await, Collector::start().await);
    let receiver = Receiver::start().await;
    traced_to(&office, &collector.url, &receiver);
    let matter = office.world.add_matter();
    let serving = office.serve().await;
    office.world.add_document(matter, "Quartermain divorce.pdf");
    office.world.control.clear_trace();
    // Somebody adds a run in a trace of theirs, in another process.
    let run = within(format!("00-{TRACE}-{PARENT}-01"), office.look()).await;
    let received = receiver.wait(1).await.remove(0);
    office
        .wait("it is known to be taken", || {
            let runs = office.runs("event");
            runs.iter().all(|run| run.status.has_ended())
        })
        .await;
    let api = office.world.api();
    // What has ended is sent before the process ends.
    assert_eq!(serving.end().await, Some(0));

    let spans = collector.spans();
    let spans: Vec<&Span> = spans
        .iter()
        .filter(|span| hex(&span.trace_id) == TRACE)
        .collect();
    let under = |parent: &str| -> Vec<&Span> {
        let of = spans.iter().filter(|it| hex(&it.parent_span_id) == parent);
        of.copied().collect()
    };
    assert_eq!(under(PARENT).len(), 1, "{spans:#?}");
    let looked = under(PARENT)[0];
    assert_eq!(looked.name, "run detection");
    assert_eq!(attribute(looked, "clio.run.id").unwrap(), run.id);
    let below = under(&hex(&looked.span_id));
    let (runs, calls): (Vec<&Span>, Vec<&Span>) = below
        .iter()
        .copied()
        .partition(|span| span.name.starts_with("run "));
    // What was found goes out as a part of the same trace.
    assert_eq!(runs.len(), 1, "{below:#?}");
    let out = runs[0];
    assert_eq!(out.name, "run event");
    let sent = received.header("traceparent").to_owned();
    assert_eq!(sent, format!("00-{TRACE}-{}-01", hex(&out.span_id)));
    // A span a call, and one a request, which took its trace along.
    assert!(!calls.is_empty());
    let mut requests = Vec::new();
    for call in calls {
        let action = attribute(call, "clio.action").unwrap();
        assert!(["detect-documents", "pull-matters"].contains(&&*action));
        assert_eq!(attribute(call, "clio.connection").unwrap(), "firm");
        let correlation = attribute(call, "clio.correlation_id").unwrap();
        assert!(correlation.starts_with(&run.id), "{correlation}");
        let made = under(&hex(&call.span_id));
        let counted = attribute(call, "clio.requests").unwrap();
        assert_eq!(counted, made.len().to_string());
        requests.extend(made);
    }
    assert!(!requests.is_empty());
    for span in requests {
        let method = attribute(span, "http.request.method").unwrap();
        let status = attribute(span, "http.response.status_code").unwrap();
        assert!(span.name.starts_with(&method), "{}", span.name);
        assert!(
            api.iter().any(|exchange| exchange.method == method
                && exchange.status.map(|status| status.to_string()) == Some(status.clone())),
            "{span:#?}"
        );
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
    }
    for exchange in api {
        assert!(exchange.headers.contains(&"traceparent".to_owned()));
    }
    let everything = collector.everything();
    assert!(everything.contains("/api/v4/documents.json"));
    for said in [
        "Quartermain",
        "Harbor",
        "Chan",
        office.world.sandbox.token(),
    ] {
        assert!(!everything.contains(said), "{said}");
    }
}

#[tokio::test]
async fn what_fails_says_so_by_its_code() {
    let (office, collector) = (Office::new().await, Collector::start().await);
    let receiver = Receiver::start().await;
    traced_to(&office, &collector.url, &receiver);
    let matter = office.world.add_matter();
    let serving = office.serve().await;
    receiver.reply([Reply::Status(400)]);
    office.world.add_document(matter, "deed.pdf");
    office.look().await;
    receiver.wait(1).await;
    office
        .wait("it is known to be refused", || {
            office.runs("event").iter().all(|run| !run.code.is_empty())
        })
        .await;
    assert_eq!(serving.end().await, Some(0));
    let spans = collector.spans();
    let out = spans.iter().find(|span| span.name == "run event").unwrap();
    assert_eq!(attribute(out, "error.type").unwrap(), "refused");
    // Nobody named a trace: it is one of its own.
    let looked = spans
        .iter()
        .find(|span| span.span_id == out.parent_span_id)
        .unwrap();
    assert!(looked.parent_span_id.is_empty());
}

#[tokio::test]
async fn unless_a_collector_is_named_nothing_is_sent_along() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let matter = office.world.add_matter();
    let serving = office.serve().await;
    office.world.add_document(matter, "deed.pdf");
    office.world.control.clear_trace();
    office.look().await;
    let received = receiver.wait(1).await.remove(0);
    assert!(!received.head.to_ascii_lowercase().contains("traceparent"));
    let api = office.world.api();
    assert!(!api.is_empty());
    for exchange in api {
        assert!(!exchange.headers.contains(&"traceparent".to_owned()));
    }
    assert_eq!(serving.end().await, Some(0));
}

#[tokio::test]
async fn a_collector_that_never_answers_holds_nothing_up() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    traced_to(&office, &url, &receiver);
    let matter = office.world.add_matter();
    let serving = office.serve().await;
    office.world.add_document(matter, "deed.pdf");
    office.look().await;
    receiver.wait(1).await;
    let ended = tokio::time::timeout(Duration::from_secs(15), serving.end()).await;
    assert_eq!(ended.expect("it ends"), Some(0));
}

#[tokio::test]
async fn a_collector_that_is_none_is_told_before_anything_is_served() {
    let world = World::new().await;
    for (url, what) in [
        ("collector:4318", "no http or https URL"),
        ("ftp://127.0.0.1", "no http or https URL"),
        (
            "http://me:secret@127.0.0.1:4318",
            "OTEL_EXPORTER_OTLP_HEADERS",
        ),
    ] {
        let settings = format!("otlp = \"{url}\"\n");
        std::fs::write(world.home().join("serve.toml"), settings).unwrap();
        let refused = world.clio(&["serve", "--listen", "127.0.0.1:0"]).await;
        let told = refused.expect_code(64).stderr;
        assert!(told.contains(what) && !told.contains("secret"), "{told}");
    }
}
