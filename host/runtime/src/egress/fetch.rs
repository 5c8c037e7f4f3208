//! Content behind a URL that a call was granted, for the call's caller: the
//! bytes stream past the guest.
//!
//! What must stay true: nothing is fetched but a URL that an answer granted to
//! this very call, by the one way out and within the call's bounds; what is
//! fetched is whole, or an error.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::BodyExt as _;
use tokio::sync::mpsc;
use wasmtime_wasi_http::Error as WasiError;

use super::api::USER_AGENT;
use super::body::whole;
use super::grants::Grants;
use super::{CallEgress, lock};
use crate::origin::Destination;

/// Why content is not fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// Nobody but the result named the URL.
    #[error("the result names a URL for its content that no answer of Clio granted to this call")]
    NotGranted,
    /// Storage refused it.
    #[error("storage did not hand out the content (HTTP {0}); try again later")]
    Refused(u16),
    /// The bytes did not all arrive.
    #[error("the content did not arrive whole ({0}); try again later")]
    Broken(String),
}

impl CallEgress {
    /// Gives what an ended call was granted to the one that fetches for it.
    pub(crate) fn with_grants(self: Arc<Self>, grants: Grants) -> Arc<Self> {
        *lock(&self.grants) = grants;
        self
    }

    /// Takes what the call was granted, once it has ended.
    pub(crate) fn take_grants(&self) -> Grants {
        std::mem::take(&mut lock(&self.grants))
    }

    /// Sends the content behind a granted URL in pieces, until it ends or
    /// nobody listens.
    pub(crate) async fn fetch(
        self: Arc<Self>,
        url: &str,
        pieces: &mpsc::Sender<Result<Bytes, FetchError>>,
    ) -> Result<(), FetchError> {
        let uri: Uri = url.parse().map_err(|_| FetchError::NotGranted)?;
        let granted = Destination::of(&uri)
            .is_ok_and(|destination| lock(&self.grants).allows(&Method::GET, &destination));
        if !granted {
            return Err(FetchError::NotGranted);
        }
        let mut request = Request::new(whole(Bytes::new()));
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        let identity = header::HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, identity);
        headers.insert(header::USER_AGENT, USER_AGENT);
        let broken = |error: WasiError| FetchError::Broken(error.to_string());
        let answer = self.send(request, None).await.map_err(broken)?;
        if answer.status() != http::StatusCode::OK {
            return Err(FetchError::Refused(answer.status().as_u16()));
        }
        let mut body = answer.into_body();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(broken)?;
            if let Ok(data) = frame.into_data()
                && pieces.send(Ok(data)).await.is_err()
            {
                break;
            }
        }
        Ok(())
    }
}
