//! Who may steer the sandbox and ask for its consent: programs of this machine,
//! and no page that its browser shows.
//!
//! The control hands out the token, and a page of the web reaches every port of
//! the machine that shows it. Two ways lead in. A form or a script posts across
//! origins what needs no leave of the other side, such as `text/plain`. And a
//! name of the page's own that is made to point here (DNS rebinding) makes this
//! the same origin, so that the page reads the answers. So: the host that is
//! asked for must be the sandbox's own, a browser must not say that another page
//! asked, and what is told must be JSON by its type, which no form can send.

use http::request::Parts;
use http::{HeaderMap, HeaderName, header};

use crate::answer::Answer;

/// The authorities under which a sandbox is asked for: where it listens, and the
/// names of this machine, which no other name can take.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    own: Vec<String>,
}

impl Guard {
    /// Of an origin such as `http://127.0.0.1:8080`.
    pub(crate) fn of(origin: &str) -> Self {
        let authority = origin.strip_prefix("http://").unwrap_or(origin);
        let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
        let names = ["127.0.0.1", "localhost", "[::1]"];
        let mut own = vec![authority.to_ascii_lowercase()];
        own.extend(names.map(|name| format!("{name}:{port}")));
        Self { own }
    }

    /// Why a request to the control is refused. `body`: whether it has one.
    pub(crate) fn control(&self, head: &Parts, body: bool) -> Option<Answer> {
        let json = content_type(&head.headers) == Some("application/json");
        let elsewhere = one(&head.headers, &SEC_FETCH_SITE)
            .is_some_and(|site| !matches!(site, Ok("same-origin" | "none")));
        if elsewhere {
            return Some(Answer::refusal(
                403,
                "another page's request steers no sandbox",
            ));
        }
        self.page(head).or_else(|| {
            (body && !json).then(|| Answer::refusal(415, "send the body as `application/json`"))
        })
    }

    /// Why a request to the consent page and the tokens behind it is refused. A
    /// link of another page leads there, which is how people come to it.
    pub(crate) fn page(&self, head: &Parts) -> Option<Answer> {
        let asked = head.uri.authority().map(|authority| authority.as_str());
        if asked.is_some_and(|asked| !self.is_own(asked)) || !self.is_asked_for(&head.headers) {
            return Some(Answer::refusal(421, "this host is not the sandbox's own"));
        }
        let origin = one(&head.headers, &header::ORIGIN);
        let foreign = origin.is_some_and(|origin| {
            let authority = origin.ok().and_then(|o| o.strip_prefix("http://"));
            !authority.is_some_and(|authority| self.is_own(authority))
        });
        foreign.then(|| Answer::refusal(403, "another page's request steers no sandbox"))
    }

    fn is_asked_for(&self, headers: &HeaderMap) -> bool {
        matches!(one(headers, &header::HOST), Some(Ok(host)) if self.is_own(host))
    }

    fn is_own(&self, authority: &str) -> bool {
        self.own
            .iter()
            .any(|own| own.eq_ignore_ascii_case(authority))
    }
}

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The one value of a header; an error when there are several, or it is no text.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<Result<&'h str, ()>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    Some(match values.next() {
        None => first.to_str().map(str::trim).map_err(|_| ()),
        Some(_) => Err(()),
    })
}

/// The media type of a body, without its parameters.
fn content_type(headers: &HeaderMap) -> Option<&str> {
    let value = one(headers, &header::CONTENT_TYPE)?.ok()?;
    value.split(';').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn status(headers: &[(&str, &str)], body: bool) -> Option<u16> {
        let mut request = http::Request::builder().uri("/sandbox");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let guard = Guard::of("http://127.0.0.1:8080");
        let refused = guard.control(&head, body);
        refused.map(|answer| answer.status.as_u16())
    }

    // CASES S11
    #[test]
    fn what_a_page_can_send_is_refused() {
        let own = ("host", "127.0.0.1:8080");
        let json = ("content-type", "application/json; charset=utf-8");
        assert_eq!(status(&[own], false), None);
        assert_eq!(status(&[own, json], true), None);
        assert_eq!(status(&[("host", "LocalHost:8080"), json], true), None);
        assert_eq!(status(&[("host", "[::1]:8080")], false), None);
        let same = ("origin", "http://localhost:8080");
        assert_eq!(status(&[own, same, json], true), None);

        for host in [
            "evil.example:8080",
            "127.0.0.1",
            "127.0.0.1:8081",
            "127.0.0.1:8080.evil.example",
            "localhost.:8080",
            "",
        ] {
            assert_eq!(status(&[("host", host)], false), Some(421), "{host}");
        }
        assert_eq!(status(&[], false), Some(421), "no host");
        assert_eq!(status(&[own, own], false), Some(421), "two hosts");
        for origin in [
            "null",
            "https://evil.example",
            "http://evil.example:8080",
            "https://127.0.0.1:8080",
            "http://127.0.0.1:9090",
        ] {
            let foreign = ("origin", origin);
            assert_eq!(status(&[own, foreign, json], true), Some(403), "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            let site = ("sec-fetch-site", site);
            assert_eq!(status(&[own, site], false), Some(403));
        }
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain; application/json",
        ] {
            let kind = ("content-type", kind);
            assert_eq!(status(&[own, kind], true), Some(415));
        }
        assert_eq!(status(&[own], true), Some(415), "no type");
    }
}
