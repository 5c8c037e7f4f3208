//! From the error codes of `wasi:http` to what an action can do about them.
//!
//! A host's code is its word, and no more: of a write that was handed to it,
//! [`crate::flow::after_write`] has the last one.

use clio_api::TransportError;
use wasip2::http::types::ErrorCode;

/// What an error code means for the request.
pub(crate) fn of_code(code: &ErrorCode) -> TransportError {
    use TransportError::{Denied, Lost, NotSent, TooLarge, Unfit, Url};
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => Denied,
        ErrorCode::DnsTimeout => NotSent("the name lookup timed out"),
        ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
            NotSent("the host name was not found")
        }
        ErrorCode::DestinationUnavailable | ErrorCode::DestinationIpUnroutable => {
            NotSent("the host cannot be reached")
        }
        ErrorCode::ConnectionRefused => NotSent("the connection was refused"),
        ErrorCode::ConnectionTimeout => NotSent("the connection timed out"),
        ErrorCode::ConnectionLimitReached => NotSent("too many connections"),
        ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_) => NotSent("no secure connection could be made"),
        ErrorCode::HttpRequestUriInvalid | ErrorCode::HttpRequestUriTooLong => Url,
        ErrorCode::HttpRequestLengthRequired
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestHeaderSectionSize(_)
        | ErrorCode::HttpRequestHeaderSize(_) => Unfit("it refuses a part of it"),
        ErrorCode::HttpResponseBodySize(_)
        | ErrorCode::HttpResponseHeaderSectionSize(_)
        | ErrorCode::HttpResponseHeaderSize(_) => TooLarge,
        ErrorCode::HttpResponseTimeout | ErrorCode::ConnectionReadTimeout => {
            Lost("no answer came in time")
        }
        ErrorCode::ConnectionWriteTimeout => Lost("the request could not be written in time"),
        ErrorCode::ConnectionTerminated => Lost("the connection broke"),
        ErrorCode::HttpResponseIncomplete => Lost("the answer was cut short"),
        _ => Lost("the exchange failed"),
    }
}
