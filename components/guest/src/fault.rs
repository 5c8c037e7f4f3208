//! From the error codes of `wasi:http` to what an action can do about them.
//!
//! The line between "nothing was sent" and "nobody knows" is drawn here. What
//! is doubtful counts as sent, because then the action looks before it writes
//! again.

use clio_api::TransportError;
use wasip2::http::types::{ErrorCode, http_error_code};
use wasip2::io::streams::StreamError;

/// What an error code means for the request.
pub(crate) fn of_code(code: &ErrorCode) -> TransportError {
    use TransportError::{Denied, Lost, NotSent, TooLarge, Url};
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
        | ErrorCode::HttpRequestHeaderSize(_) => NotSent("the host does not take the request"),
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

/// What a broken stream of an answer means.
pub(crate) fn of_stream(error: &StreamError) -> TransportError {
    match error {
        StreamError::Closed => TransportError::Lost("the answer was cut short"),
        StreamError::LastOperationFailed(error) => http_error_code(error)
            .as_ref()
            .map_or(TransportError::Lost("the answer was cut short"), of_code),
    }
}
