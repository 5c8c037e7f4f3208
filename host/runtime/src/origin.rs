//! Origins: the scheme, host and port that a connection belongs to.
//!
//! A token belongs to one of Clio's four regions and to no other host. A free
//! text base URL would send it wherever the text points, so an origin is read
//! strictly, and only Clio's own regions and a sandbox on this machine are
//! taken without being asked for by name.
//!
//! What must stay true: two origins are equal exactly when a request to one may
//! carry the other's credential.

pub(crate) mod authority;
mod destination;

use std::fmt;
use std::str::FromStr;

pub use self::authority::AuthorityError;
pub(crate) use self::authority::{Scheme, UrlHost};
pub(crate) use self::destination::Destination;

/// The origins of Clio Manage: one a region, each with its own accounts and
/// tokens. Source: Clio's API documentation.
pub const CLIO_ORIGINS: [&str; 4] = [
    "https://app.clio.com",
    "https://eu.app.clio.com",
    "https://ca.app.clio.com",
    "https://au.app.clio.com",
];

/// A scheme, a host and a port, such as `https://eu.app.clio.com`.
///
/// Its text has no trailing slash, and no port where that is the scheme's own.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: UrlHost,
    port: u16,
}

impl Origin {
    /// Reads the origin of a connection: one of Clio's four regions
    /// ([`CLIO_ORIGINS`]), or a sandbox on this machine (`127.0.0.0/8`, `[::1]`
    /// or `localhost`, with or without TLS).
    ///
    /// # Errors
    /// When the text is no plain origin, or another one: [`Origin::allow`]
    /// takes others.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let origin = Self::read(text)?;
        if origin.is_loopback() || CLIO_ORIGINS.contains(&origin.to_string().as_str()) {
            Ok(origin)
        } else {
            Err(OriginError::NotClio(origin.to_string()))
        }
    }

    /// Takes an origin that is not Clio's, because the operator says so: a
    /// gateway in front of Clio, for one. It must use TLS and have a public
    /// address, unless it is on this machine. Whoever answers there receives the
    /// connection's token.
    ///
    /// # Errors
    /// When the text is no plain origin, or names another machine without TLS.
    pub fn allow(text: &str) -> Result<Self, OriginError> {
        let origin = Self::read(text)?;
        if origin.scheme == Scheme::Http && !origin.is_loopback() {
            return Err(OriginError::NoTls);
        }
        Ok(origin)
    }

    fn read(text: &str) -> Result<Self, OriginError> {
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::NoScheme)?;
        let scheme = Scheme::parse(scheme)?;
        if rest.contains(['/', '\\', '?', '#']) {
            return Err(OriginError::NotOnlyAnOrigin);
        }
        let (host, port) = authority::parse(rest, scheme)?;
        Ok(Self { scheme, host, port })
    }

    pub(crate) fn from_parts(scheme: Scheme, host: UrlHost, port: u16) -> Self {
        Self { scheme, host, port }
    }

    /// Whether this is a sandbox on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host.is_loopback()
    }

    /// Whether requests to it are encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether the other origin is on the same server, however it is written:
    /// with or without TLS, at another port of the same name, and on this
    /// machine by any of its names at the same port. What stands there may be
    /// what stands here.
    pub(crate) fn shares_server(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.host.plain(), other.host.plain());
        match ours.is_this_machine() && theirs.is_this_machine() {
            true => self.port == other.port,
            false => ours == theirs,
        }
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(crate) fn host(&self) -> &UrlHost {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `host` or `host:port`, as the `Host` field wants it.
    pub(crate) fn authority(&self) -> String {
        match self.written_port() {
            None => self.host.to_string(),
            Some(port) => format!("{}:{port}", self.host),
        }
    }

    /// The port, where it is not the scheme's own.
    fn written_port(&self) -> Option<u16> {
        (self.port != self.scheme.default_port()).then_some(self.port)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        match self.written_port() {
            None => Ok(()),
            Some(port) => write!(f, ":{port}"),
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        Self::parse(text)
    }
}

/// Why a text is not taken as the origin of a connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// It does not begin with a scheme.
    #[error("an origin begins with a scheme, such as https://app.clio.com")]
    NoScheme,
    /// It holds more than scheme, host and port.
    #[error(
        "an origin ends after the host and port: no slash, path or query; write https://app.clio.com"
    )]
    NotOnlyAnOrigin,
    /// Its host or port is not plain.
    #[error("the origin is not plain: {0}")]
    Authority(#[from] AuthorityError),
    /// Another machine without TLS.
    #[error("an origin on another machine must use https")]
    NoTls,
    /// Neither Clio's nor on this machine.
    #[error(
        "{0} is none of Clio's regions (https://app.clio.com, https://eu.app.clio.com, \
         https://ca.app.clio.com, https://au.app.clio.com) and not on this machine; \
         to send a token there all the same, allow the origin explicitly"
    )]
    NotClio(String),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    // CASES S1
    #[test]
    fn one_server_is_one_in_every_spelling() {
        let same = [
            ("https://app.clio.com", "https://APP.clio.com:443"),
            ("https://app.clio.com", "http://app.clio.com"),
            ("https://app.clio.com", "https://app.clio.com:8443"),
            ("https://203.0.113.7", "https://[::ffff:203.0.113.7]"),
            ("https://203.0.113.7", "https://[::203.0.113.7]"),
            ("http://127.0.0.1:4000", "http://localhost:4000"),
            ("http://127.0.0.1:4000", "https://[::1]:4000"),
            ("http://127.0.0.1:4000", "http://127.0.0.2:4000"),
            ("http://localhost:4000", "http://[::ffff:127.0.0.1]:4000"),
            ("http://127.0.0.1:4000", "http://0.0.0.0:4000"),
            ("http://127.0.0.1:4000", "http://sandbox.localhost:4000"),
        ];
        let read = |text: &str| Origin::read(text).unwrap();
        for (one, other) in same {
            assert!(read(one).shares_server(&read(other)), "{one} {other}");
            assert!(read(other).shares_server(&read(one)), "{other} {one}");
        }
        let others = [
            ("https://app.clio.com", "https://eu.app.clio.com"),
            ("https://app.clio.com", "https://clio.com"),
            ("https://app.clio.com", "https://app.clio.com.example"),
            // The sandbox's storage is another server on this machine.
            ("http://127.0.0.1:4000", "http://127.0.0.1:4001"),
            ("https://203.0.113.7", "https://203.0.113.8"),
        ];
        for (one, other) in others {
            assert!(!read(one).shares_server(&read(other)), "{one} {other}");
        }
    }

    #[test]
    fn clios_regions_and_this_machine_are_taken() {
        let table = [
            "https://app.clio.com",
            "https://eu.app.clio.com",
            "https://ca.app.clio.com",
            "https://au.app.clio.com",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:1",
            "https://localhost:8443",
        ];
        for text in table {
            assert_eq!(Origin::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Origin::parse("HTTPS://APP.clio.com:443").unwrap(),
            Origin::parse("https://app.clio.com").unwrap()
        );
    }

    #[test]
    fn other_origins_are_refused_with_the_next_step() {
        let table = [
            "https://clio.com",
            "https://app.clio.com.evil.example",
            "https://us.app.clio.com",
            "http://app.clio.com",
            "https://app.clio.com:444",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://[::ffff:127.0.0.1]",
        ];
        for text in table {
            let error = Origin::parse(text).unwrap_err();
            assert!(matches!(error, OriginError::NotClio(_)), "{text}: {error}");
            assert!(error.to_string().contains("allow the origin"), "{error}");
        }
    }

    #[test]
    fn what_is_no_plain_origin_is_refused_before_anything_else() {
        let table = [
            "app.clio.com",
            "https://app.clio.com/",
            "https://app.clio.com/api/v4",
            "https://app.clio.com?x",
            "https://app.clio.com#x",
            "https://app.clio.com\\@evil.example",
            "https://app.clio.com@evil.example",
            "https://app.clio.com.",
            "https:app.clio.com",
            " https://app.clio.com",
            "",
        ];
        for text in table {
            assert!(Origin::parse(text).is_err(), "{text}");
            assert!(Origin::allow(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_explicitly_allowed_origin_uses_tls() {
        assert!(Origin::allow("https://clio.gateway.example").is_ok());
        assert_eq!(
            Origin::allow("http://clio.gateway.example"),
            Err(OriginError::NoTls)
        );
    }
}
