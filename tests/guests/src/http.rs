//! HTTP without manners: every part of a request is sent as the attack has it,
//! and what the host refuses is told with its place.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, HeaderError, IncomingBody, IncomingResponse, Method,
    OutgoingBody, OutgoingRequest, Scheme,
};
use wasip2::io::streams::{InputStream, StreamError};

use crate::bindings::clio::actions::credentials::get_account;
use crate::{Error, ProblemCode, problem, refused};

/// An address in the parts that `wasi:http` takes.
#[derive(Debug, Clone)]
pub struct Url {
    /// `http` or `https`.
    pub scheme: String,
    /// Host and port.
    pub authority: String,
    /// Path and query.
    pub path: String,
}

/// Takes an address apart, without judging it.
#[must_use]
pub fn url(text: &str) -> Url {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    Url {
        scheme: scheme.to_owned(),
        authority: authority.to_owned(),
        path: if path.is_empty() { "/" } else { path }.to_owned(),
    }
}

/// The account that the host names, at a path.
///
/// # Errors
/// When there is none.
pub fn account(path: &str) -> Result<Url, Error> {
    let account =
        get_account().map_err(|_| problem(ProblemCode::NotConnected, "there is no account"))?;
    Ok(Url {
        path: path.to_owned(),
        ..url(&account.origin)
    })
}

/// Header fields, as they come.
///
/// # Errors
/// When the host refuses one: with its name and why.
pub fn fields(list: &[(&str, &[u8])]) -> Result<Fields, Error> {
    let fields = Fields::new();
    for (name, value) in list {
        fields
            .append(name, value)
            .map_err(|error| refused(format!("the field `{name}`: {}", told(error))))?;
    }
    Ok(fields)
}

fn told(error: HeaderError) -> &'static str {
    match error {
        HeaderError::InvalidSyntax => "no valid syntax",
        HeaderError::Forbidden => "forbidden",
        HeaderError::Immutable => "immutable",
    }
}

/// What a request carries.
#[derive(Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, and trailers.
    WithTrailers(Vec<u8>, Fields),
}

/// One request, on its way.
#[derive(Debug)]
pub struct Attempt {
    future: FutureIncomingResponse,
}

/// The head of an answer, and its body still to be read. The stream stands
/// before the body: a child is dropped before its parent.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    stream: InputStream,
    _body: IncomingBody,
    response: IncomingResponse,
}

impl Attempt {
    /// Sends a request.
    ///
    /// # Errors
    /// When the host refuses a part of it, or all.
    pub fn send(method: &Method, url: &Url, fields: Fields, body: Body) -> Result<Self, Error> {
        let request = request(method, url, fields)?;
        let out = request.body().map_err(|()| refused("the body"))?;
        let future = handle(request, None).map_err(|code| failed(&code))?;
        let (bytes, trailers) = match body {
            Body::None => (Vec::new(), None),
            Body::Bytes(bytes) => (bytes, None),
            Body::WithTrailers(bytes, trailers) => (bytes, Some(trailers)),
        };
        if !bytes.is_empty() {
            let stream = out.write().map_err(|()| refused("the body's stream"))?;
            for piece in bytes.chunks(4096) {
                // A host that has refused the request closes the stream; the
                // answer tells why.
                if stream.blocking_write_and_flush(piece).is_err() {
                    break;
                }
            }
        }
        match OutgoingBody::finish(out, trailers) {
            Ok(()) | Err(ErrorCode::HttpProtocolError | ErrorCode::InternalError(_)) => {}
            Err(code) => return Err(failed(&code)),
        }
        Ok(Self { future })
    }

    /// Waits for the head of the answer.
    ///
    /// # Errors
    /// When the host refuses the request, or it fails.
    pub fn wait(self) -> Result<Reply, Error> {
        self.future.subscribe().block();
        let answer = match self.future.get() {
            Some(Ok(Ok(response))) => Ok(response),
            Some(Ok(Err(code))) => Err(failed(&code)),
            _ => Err(problem(ProblemCode::UnexpectedAnswer, "no answer")),
        };
        let response = answer?;
        let gone = |()| problem(ProblemCode::UnexpectedAnswer, "no body");
        let body = response.consume().map_err(gone)?;
        Ok(Reply {
            status: response.status(),
            stream: body.stream().map_err(gone)?,
            _body: body,
            response,
        })
    }
}

/// A request that has not been sent.
///
/// # Errors
/// When the host refuses a part of it: with its name.
pub fn request(method: &Method, url: &Url, fields: Fields) -> Result<OutgoingRequest, Error> {
    let request = OutgoingRequest::new(fields);
    let scheme = match url.scheme.as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    let part = |name: &'static str| move |()| refused(format!("the {name} of the request"));
    request.set_method(method).map_err(part("method"))?;
    request.set_scheme(Some(&scheme)).map_err(part("scheme"))?;
    request
        .set_authority(Some(&url.authority))
        .map_err(part("authority"))?;
    request
        .set_path_with_query(Some(&url.path))
        .map_err(part("path"))?;
    Ok(request)
}

impl Reply {
    /// The body as a stream.
    #[must_use]
    pub fn stream(&self) -> &InputStream {
        &self.stream
    }

    /// A field of the answer.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        let values = self.response.headers().get(name);
        let value = values.into_iter().next()?;
        String::from_utf8(value).ok()
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// When it breaks off.
    pub fn piece(&self) -> Result<Option<Vec<u8>>, Error> {
        match self.stream.blocking_read(64 << 10) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(StreamError::Closed) => Ok(None),
            Err(StreamError::LastOperationFailed(error)) => {
                match wasip2::http::types::http_error_code(&error) {
                    Some(code) => Err(failed(&code)),
                    None => Err(problem(ProblemCode::UnexpectedAnswer, "the body broke off")),
                }
            }
        }
    }

    /// The whole body as text.
    ///
    /// # Errors
    /// When it breaks off.
    pub fn text(&self) -> Result<String, Error> {
        let mut all = Vec::new();
        while let Some(piece) = self.piece()? {
            all.extend_from_slice(&piece);
        }
        Ok(String::from_utf8_lossy(&all).into_owned())
    }
}

/// Sends a request without a body and waits for all of the answer. What came
/// back is the achievement.
///
/// # Errors
/// When the host refuses the request, or it fails.
pub fn ask(method: &Method, url: &Url, list: &[(&str, &[u8])]) -> Result<String, Error> {
    let reply = Attempt::send(method, url, fields(list)?, Body::None)?.wait()?;
    let text = reply.text()?;
    Ok(format!("answered {}: {text}", reply.status))
}

/// What an error code of `wasi:http` comes to: denials as an action tells them.
fn failed(code: &ErrorCode) -> Error {
    match code {
        ErrorCode::HttpRequestDenied
        | ErrorCode::DestinationIpProhibited
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpProtocolError => refused(format!("{code:?}")),
        _ => problem(ProblemCode::Unavailable, format!("{code:?}")),
    }
}

/// The first URL in the account's answer at `path`: what it may do with that is
/// the host's to decide.
///
/// # Errors
/// When the host refuses the request, or there is no URL.
pub fn given(path: &str) -> Result<Url, Error> {
    let text = ask(&Method::Get, &account(path)?, &[])?;
    let found = text
        .find("http")
        .and_then(|at| text[at..].split('"').next());
    found
        .map(url)
        .ok_or_else(|| problem(ProblemCode::UnexpectedAnswer, "no URL was given"))
}

/// The ways to set a field.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// `fields.append`
    Append,
    /// `fields.set`
    Set,
    /// `fields.from-list`
    List,
}

impl Way {
    /// Fields with this one.
    ///
    /// # Errors
    /// When the host refuses it.
    pub fn fields(self, name: &str, value: &[u8]) -> Result<Fields, Error> {
        let fields = Fields::new();
        let made = match self {
            Self::Append => fields.append(name, value).map(|()| fields),
            Self::Set => fields.set(name, &[value.to_vec()]).map(|()| fields),
            Self::List => Fields::from_list(&[(name.to_owned(), value.to_vec())]),
        };
        made.map_err(|error| refused(format!("the field `{name}`: {}", told(error))))
    }
}
