//! Which requests are meant for this service, and which a foreign page had sent.
//!
//! A page of the web reaches whatever the machine that shows it reaches. Two ways
//! lead in. A form or a script posts across origins what needs no leave of the other
//! side. And a name of the page's own that is made to point here (DNS rebinding)
//! makes this the same origin, so that the page reads the answers. So: the host that
//! is asked for must be one of ours, and a browser must not say that another page
//! asks. A link that leads a person to a page of ours is let in.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};

use super::peer::Peer;
use super::problem::Problem;
use crate::settings::Settings;

/// Under which names the service is asked for.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    /// `https` where TLS is served.
    scheme: &'static str,
    /// Where Clio and browsers reach it: scheme and authority.
    public: Option<(String, String)>,
    /// The operator's further names.
    hosts: Vec<String>,
}

impl Guard {
    pub(super) fn of(settings: &Settings) -> Self {
        let public = settings.public_url.as_deref();
        let public = public.and_then(|url| url.parse::<Uri>().ok());
        let public = public.and_then(|url| {
            let scheme = url.scheme_str()?.to_ascii_lowercase();
            let authority = plain(&scheme, url.authority()?);
            Some((scheme, authority))
        });
        Self {
            scheme: match settings.tls {
                Some(_) => "https",
                None => "http",
            },
            public,
            hosts: settings
                .file
                .hosts
                .iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
        }
    }

    /// Why a request is refused.
    fn refuse(&self, head: &Parts, local: SocketAddr) -> Option<Problem> {
        let asked = head.uri.authority();
        let host = one(&head.headers, &header::HOST);
        let host = host.and_then(|host| host.ok()?.parse::<Authority>().ok());
        let own = |authority: &Authority| self.is_own(authority, local);
        if !host.as_ref().is_some_and(own) || asked.is_some_and(|asked| !own(asked)) {
            return Some(
                Problem::new(
                    StatusCode::MISDIRECTED_REQUEST,
                    "wrong_host",
                    "the host that was asked for is not the service's own",
                )
                .with(
                    "next",
                    "ask by the address that it listens on; other names are told to it with \
                     --public-url, or as `hosts` in serve.toml",
                ),
            );
        }
        let foreign = match one(&head.headers, &header::ORIGIN) {
            None => false,
            Some(origin) => !origin.is_ok_and(|origin| self.is_own_origin(origin, local)),
        };
        (foreign || (from_elsewhere(head) && !follows_link(head))).then(|| {
            Problem::new(
                StatusCode::FORBIDDEN,
                "foreign_page",
                "another page's requests are not taken",
            )
        })
    }

    fn is_own(&self, authority: &Authority, local: SocketAddr) -> bool {
        let asked = plain(self.scheme, authority);
        let public = self.public.as_ref().is_some_and(|(scheme, own)| {
            // A proxy may name the port that it was asked at.
            *own == asked || *own == plain(scheme, authority)
        });
        public || self.hosts.contains(&asked) || names_of(self.scheme, local).contains(&asked)
    }

    fn is_own_origin(&self, origin: &str, local: SocketAddr) -> bool {
        let Some((scheme, authority)) = origin.split_once("://") else {
            return false;
        };
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        let asked = plain(scheme, &authority);
        let public = self.public.as_ref();
        public.is_some_and(|(own, at)| own == scheme && *at == asked)
            // TLS may be put in front of these.
            || (matches!(scheme, "http" | "https") && self.hosts.contains(&asked))
            || (scheme == self.scheme && names_of(scheme, local).contains(&asked))
    }
}

/// Lets pass what is meant for the service.
pub(super) async fn layer(
    State(guard): State<std::sync::Arc<Guard>>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    match guard.refuse(&head, peer.local) {
        Some(problem) => problem.into_response(),
        None => next.run(Request::from_parts(head, body)).await,
    }
}

/// The names that nobody else's can be: the address that was reached, as a number,
/// and this machine's own.
fn names_of(scheme: &str, local: SocketAddr) -> Vec<String> {
    let address = match local.ip().to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    let names = [&*address, "127.0.0.1", "localhost", "[::1]"];
    let port = local.port();
    let named = names.iter().map(|name| format!("{name}:{port}"));
    let named = named.filter_map(|name| name.parse::<Authority>().ok());
    named.map(|name| plain(scheme, &name)).collect()
}

/// An authority as it is compared: without the port that its scheme has anyhow, and
/// without what stands before an `@`, which makes it nobody's.
fn plain(scheme: &str, authority: &Authority) -> String {
    if authority.as_str().contains('@') {
        return String::new();
    }
    let host = authority.host().to_ascii_lowercase();
    let usual = match scheme {
        "https" => 443,
        _ => 80,
    };
    match authority.port_u16() {
        Some(port) if port != usual => format!("{host}:{port}"),
        // A port that is no number.
        None if authority.as_str().len() != authority.host().len() => String::new(),
        _ => host,
    }
}

/// Whether a browser says that another site's page asks.
fn from_elsewhere(head: &Parts) -> bool {
    one(&head.headers, &SEC_FETCH_SITE)
        .is_some_and(|site| !matches!(site, Ok("same-origin" | "none")))
}

/// Whether a person follows a link to a page. The API has no pages.
fn follows_link(head: &Parts) -> bool {
    let says = |name, value| one(&head.headers, name) == Some(Ok(value));
    head.method == Method::GET
        && says(&SEC_FETCH_MODE, "navigate")
        && says(&SEC_FETCH_DEST, "document")
        && !head.uri.path().starts_with("/v1")
}

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
static SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The one value of a field; an error when there are several, or it is no text.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<Result<&'h str, ()>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    Some(match values.next() {
        None => first.to_str().map(str::trim).map_err(|_| ()),
        Some(_) => Err(()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn guard(scheme: &'static str) -> Guard {
        let public = ("https".to_owned(), "clio.firm.example".to_owned());
        Guard {
            scheme,
            public: Some(public),
            hosts: vec!["clio:7171".to_owned()],
        }
    }

    fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn refused(headers: &[(&str, &str)]) -> Option<u16> {
        let local = "10.1.2.3:7171".parse().unwrap();
        let head = head("POST", "/v1/runs", headers);
        let problem = guard("http").refuse(&head, local);
        problem.map(|problem| problem.into_response().status().as_u16())
    }

    #[test]
    fn the_host_is_one_of_ours() {
        for host in [
            "10.1.2.3:7171",
            "127.0.0.1:7171",
            "LocalHost:7171",
            "[::1]:7171",
            "clio.firm.example",
            "clio.firm.example:443",
            "CLIO:7171",
        ] {
            assert_eq!(refused(&[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:7171",
            "10.1.2.3",
            "10.1.2.4:7171",
            "127.0.0.1:7172",
            "127.0.0.1:7171.evil.example",
            "clio.firm.example.evil.example",
            "evil.example@127.0.0.1:7171",
            "localhost.:7171",
            "clio",
            "clio.firm.example:8443",
            "clio.firm.example:",
            "",
        ] {
            assert_eq!(refused(&[("host", host)]), Some(421), "{host}");
        }
        let own = ("host", "127.0.0.1:7171");
        assert_eq!(refused(&[]), Some(421), "no host");
        assert_eq!(refused(&[own, own]), Some(421), "two hosts");
        let local = "127.0.0.1:7171".parse().unwrap();
        let absolute = head("GET", "http://evil.example/v1/runs", &[own]);
        assert!(guard("http").refuse(&absolute, local).is_some());
    }

    #[test]
    fn another_pages_requests_are_refused() {
        let own = ("host", "127.0.0.1:7171");
        for origin in [
            "http://127.0.0.1:7171",
            "http://localhost:7171",
            "https://clio.firm.example",
            "https://clio:7171",
        ] {
            assert_eq!(refused(&[own, ("origin", origin)]), None, "{origin}");
        }
        for origin in [
            "null",
            "https://evil.example",
            "http://evil.example:7171",
            "https://127.0.0.1:7171",
            "http://127.0.0.1:7172",
            "http://clio.firm.example",
            "https://clio.firm.example.evil.example",
            "https://evil.example@clio.firm.example",
            "file://clio:7171",
        ] {
            assert_eq!(refused(&[own, ("origin", origin)]), Some(403), "{origin}");
        }
        for site in ["cross-site", "same-site", "odd"] {
            assert_eq!(
                refused(&[own, ("sec-fetch-site", site)]),
                Some(403),
                "{site}"
            );
        }
        for site in ["same-origin", "none"] {
            assert_eq!(refused(&[own, ("sec-fetch-site", site)]), None, "{site}");
        }
    }

    #[test]
    fn a_link_leads_to_a_page_and_to_nothing_else() {
        let local = "127.0.0.1:7171".parse().unwrap();
        let link = [
            ("host", "127.0.0.1:7171"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        let refused = |method, uri, headers: &[(&str, &str)]| {
            let head = head(method, uri, headers);
            guard("http").refuse(&head, local).is_some()
        };
        assert!(!refused("GET", "/connect/callback?code=1", &link));
        assert!(refused("POST", "/", &link));
        assert!(refused("GET", "/v1/runs", &link));
        assert!(refused("GET", "/", &link[..2]), "a picture, a script");
        let frame = [&link[..3], &[("sec-fetch-dest", "iframe")]].concat();
        assert!(refused("GET", "/", &frame));
    }
}
