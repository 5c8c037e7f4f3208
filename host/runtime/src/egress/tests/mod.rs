//! Egress against servers on this machine, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod account;
mod bounds;
mod cases;
mod fetch;
mod proxy;
mod route;
mod server;
mod storage;
mod tls;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use rustls::ClientConfig;
use serde_json::json;
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use self::server::Server;
use super::body::whole;
use super::client::Timeouts;
use super::connector::Resolve;
use super::*;
use crate::connection::AccessToken;
use crate::origin::Origin;
use crate::policy::{Denial, DenialReason, GrantRule, RequestRule};

const TOKEN: &str = "1-t0ken";

/// A resolver for which every name is this machine.
struct Here;

impl Resolve for Here {
    fn resolve(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(std::future::ready(Ok(vec![[127, 0, 0, 1].into()])))
    }
}

/// Settings that wait for little, and that trust no certificate.
fn settings() -> EgressSettings {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    EgressSettings {
        timeouts: Timeouts {
            connect: Duration::from_millis(500),
            first_byte: Duration::from_millis(500),
            between_bytes: Duration::from_millis(500),
        },
        retry: RetrySettings {
            first_pause: Duration::from_millis(1),
            jitter: || 0.0,
            ..RetrySettings::default()
        },
        tls: Tls::with_config(tls),
        resolver: Arc::new(Here),
        ..EgressSettings::default()
    }
}

fn limits() -> Limits {
    Limits {
        requests: 100,
        request_bytes: 1 << 30,
        response_bytes: 1 << 30,
        wait: Duration::from_secs(5),
        ..Limits::default()
    }
}

/// What an uploading action may do.
fn rules() -> Rules {
    let requests: Vec<RequestRule> = [
        "GET /api/v4/contacts.json",
        "HEAD /api/v4/contacts.json",
        "POST /api/v4/contacts.json",
        "PATCH /api/v4/documents/{id}.json",
        "POST /api/v4/documents.json",
        "GET /api/v4/documents/{id}/download.json",
    ]
    .map(|text| text.parse().unwrap())
    .into();
    let grants: Vec<GrantRule> = serde_json::from_value(json!([
        {"method": "POST", "path": "/api/v4/documents.json",
         "member": "/data/put_url", "allows": "PUT"},
        {"method": "GET", "path": "/api/v4/documents/{id}/download.json",
         "header": "location", "allows": "GET"},
    ]))
    .unwrap();
    Rules::described(&requests, &grants, true)
}

fn connection(origin: &str) -> Connection {
    let origin = Origin::parse(origin)
        .or_else(|_| Origin::allow(origin))
        .unwrap();
    Connection::new(origin, AccessToken::from(TOKEN))
}

fn call_with(
    connection: Connection,
    rules: Rules,
    limits: Limits,
    settings: EgressSettings,
) -> Arc<CallEgress> {
    let egress = Arc::new(Egress::new(settings).unwrap());
    let rules = Arc::new(rules);
    CallEgress::new(
        egress,
        connection,
        rules,
        CallContent::default(),
        limits,
        Arc::default(),
        false,
    )
}

fn call(server: &Server) -> Arc<CallEgress> {
    call_with(connection(&server.origin()), rules(), limits(), settings())
}

fn request(method: &str, url: &str, body: &'static str) -> Request<WasiBody> {
    Request::builder()
        .method(method)
        .uri(url)
        .body(whole(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

async fn send(
    call: &Arc<CallEgress>,
    request: Request<WasiBody>,
) -> Result<Response<WasiBody>, WasiError> {
    Arc::clone(call).send(request, None).await
}

async fn text(response: Response<WasiBody>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The name of an error, which is all that a guest learns of it.
fn name(error: &WasiError) -> String {
    let text = format!("{error:?}");
    text.split(['(', ' ']).next().unwrap().to_owned()
}
