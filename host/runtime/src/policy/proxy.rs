//! A proxy for HTTPS, where the operator names one.
//!
//! A proxy named in the environment would see where everything goes without
//! anybody having decided it, so the environment counts only when that is asked
//! for. The proxy is asked for a tunnel (`CONNECT`): TLS stays between this host
//! and the server, and the proxy sees names and ports.
//!
//! What must stay true: a request to this machine never goes through a proxy;
//! the proxy's password is in no message.

use std::fmt;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::origin::{AuthorityError, Scheme, authority};

/// The way to HTTPS servers through a proxy.
#[derive(Clone)]
pub struct Proxy {
    matcher: Arc<Matcher>,
    /// How messages call it: without user and password.
    shown: String,
}

/// Why a text names no proxy. Its own text is not repeated: it may hold a
/// password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// It is not of the right form.
    #[error("a proxy looks like http://proxy.example.com:3128, with user:password@ where it asks")]
    Form,
    /// Its host or port is not plain.
    #[error("the proxy's address is not plain: {0}")]
    Authority(#[from] AuthorityError),
}

impl Proxy {
    /// Reads the URL of a proxy that is spoken to in plain HTTP, such as
    /// `http://user:password@proxy.example.com:3128`. What passes is encrypted
    /// from end to end; user and password are not.
    ///
    /// # Errors
    /// When it is of another form.
    pub fn parse(url: &str) -> Result<Self, ProxyError> {
        let (scheme, rest) = url.split_once("://").ok_or(ProxyError::Form)?;
        if !scheme.eq_ignore_ascii_case("http") {
            return Err(ProxyError::Form);
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '\\']) || rest.contains(char::is_whitespace) {
            return Err(ProxyError::Form);
        }
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        let (host, port) = authority::parse(place, Scheme::Http)?;
        let matcher = Matcher::builder().https(format!("http://{rest}")).build();
        let proxy = Self {
            matcher: Arc::new(matcher),
            shown: format!("http://{host}:{port}"),
        };
        // What the matcher cannot read it would leave out, and go direct.
        match proxy.for_url(&Uri::from_static("https://app.clio.com/")) {
            Some(_) => Ok(proxy),
            None => Err(ProxyError::Form),
        }
    }

    /// The proxy that `HTTPS_PROXY` (or `ALL_PROXY`) names, but for the hosts in
    /// `NO_PROXY`. Read now.
    #[must_use]
    pub fn from_environment() -> Self {
        Self {
            matcher: Arc::new(Matcher::from_env()),
            shown: "environment".to_owned(),
        }
    }

    /// The proxy for a URL, where there is one for it.
    pub(crate) fn for_url(&self, url: &Uri) -> Option<Intercept> {
        self.matcher.intercept(url)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.shown)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_proxy_is_a_plain_http_url() {
        let proxy = Proxy::parse("http://us%65r:p%40ss@Proxy.example:3128/").unwrap();
        let target = Uri::from_static("https://app.clio.com/api/v4/contacts.json");
        let way = proxy.for_url(&target).unwrap();
        assert_eq!(way.uri().host(), Some("Proxy.example"));
        assert_eq!(way.uri().port_u16(), Some(3128));
        // user:p@ss
        assert_eq!(way.basic_auth().unwrap(), "Basic dXNlcjpwQHNz");
        assert_eq!(format!("{proxy:?}"), "Proxy(http://proxy.example:3128)");
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        for wrong in [
            "",
            "proxy",
            "proxy:3128",
            "https://proxy.example",
            "socks5://proxy.example",
            "http://",
            "http://proxy.example/path",
            "http://proxy.example?x",
            "http://pro xy.example",
            "http://proxy.example:99999",
            "http://proxy.example.:1",
        ] {
            assert!(Proxy::parse(wrong).is_err(), "{wrong}");
        }
    }
}
