//! Reads the authority of a URL strictly: its host and port.
//!
//! Allow-lists fail where two readers of one URL disagree:
//! `allowed@evil.example`, `allowed.`, `0x7f.1`, `[::ffff:10.0.0.1]`, `%65vil`.
//! So there is one reader here, and what it does not fully understand it
//! refuses. Everything else in egress works on its result, never on text.
//!
//! What must stay true: no userinfo, no percent-encoding, no zone, no trailing
//! dot, no number that only some resolvers take for an address; the port is a
//! plain number.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest host name (RFC 1035), in bytes.
const LONGEST_NAME: usize = 253;
/// The longest label of a host name (RFC 1035), in bytes.
const LONGEST_LABEL: usize = 63;

/// The scheme of a URL that egress speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    /// Plain HTTP: a sandbox on this machine, or local content.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    pub(crate) fn parse(text: &str) -> Result<Self, AuthorityError> {
        if text.eq_ignore_ascii_case("https") {
            Ok(Self::Https)
        } else if text.eq_ignore_ascii_case("http") {
            Ok(Self::Http)
        } else {
            Err(AuthorityError::Scheme)
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(crate) fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A host as a URL names it, before any resolution.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum UrlHost {
    /// A DNS name in lower case, without a trailing dot.
    Name(String),
    /// An IPv4 address in four decimal parts.
    V4(Ipv4Addr),
    /// An IPv6 address, written in brackets.
    V6(Ipv6Addr),
}

impl UrlHost {
    /// The address, where it is none of a name.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some((*address).into()),
            Self::V6(address) => Some((*address).into()),
        }
    }

    /// Whether this names the machine itself. Names are taken by their text:
    /// what they resolve to is checked when dialling.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            Self::V4(address) => address.is_loopback(),
            Self::V6(address) => *address == Ipv6Addr::LOCALHOST,
        }
    }

    /// The host with an IPv4 address that was written as an IPv6 one taken for
    /// what it is.
    pub(crate) fn plain(&self) -> Self {
        match self {
            Self::V6(address) if *address != Ipv6Addr::LOCALHOST => match address.to_ipv4() {
                Some(inside) => Self::V4(inside),
                None => self.clone(),
            },
            other => other.clone(),
        }
    }

    /// Whether a request to it could end on this machine: what
    /// [`Self::is_loopback`] takes, and what is refused as an account's origin
    /// but leads there too.
    pub(crate) fn is_this_machine(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::V4(address) => address.is_loopback() || address.is_unspecified(),
            Self::V6(address) => address.is_loopback() || address.is_unspecified(),
        }
    }
}

impl fmt::Display for UrlHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// Why an authority is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// The scheme is neither `http` nor `https`.
    #[error("the scheme is neither http nor https")]
    Scheme,
    /// There is no host.
    #[error("there is no host")]
    NoHost,
    /// A user name or password stands before the host.
    #[error("a user name stands before the host; remove everything up to the `@`")]
    UserInfo,
    /// The host holds a percent-encoded byte.
    #[error("the host is percent-encoded; write it plainly")]
    PercentEncoded,
    /// The host ends with a dot.
    #[error("the host ends with a dot; remove it")]
    TrailingDot,
    /// The host looks like a number but is no plain IPv4 address.
    #[error("the host is a number that is no plain IPv4 address")]
    Numeric,
    /// The host is no well-formed IPv6 address, or has a zone.
    #[error("the host is no plain IPv6 address")]
    Ipv6,
    /// The host holds a character that no host name has.
    #[error("the host holds a character that no host name has; write it in ASCII (punycode)")]
    Characters,
    /// The host or one of its labels is empty or too long.
    #[error("the host or one of its labels is empty or too long")]
    Length,
    /// The port is no plain number from 1 to 65535.
    #[error("the port is no plain number from 1 to 65535")]
    Port,
}

/// Reads `host` or `host:port`.
pub(crate) fn parse(authority: &str, scheme: Scheme) -> Result<(UrlHost, u16), AuthorityError> {
    if authority.contains('@') {
        return Err(AuthorityError::UserInfo);
    }
    if authority.contains('%') {
        return Err(AuthorityError::PercentEncoded);
    }
    if let Some(rest) = authority.strip_prefix('[') {
        let (inside, after) = rest.split_once(']').ok_or(AuthorityError::Ipv6)?;
        let address: Ipv6Addr = inside.parse().map_err(|_| AuthorityError::Ipv6)?;
        let port = match after.strip_prefix(':') {
            Some(port) => parse_port(port)?,
            None if after.is_empty() => scheme.default_port(),
            None => return Err(AuthorityError::Ipv6),
        };
        return Ok((UrlHost::V6(address), port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, parse_port(port)?),
        None => (authority, scheme.default_port()),
    };
    Ok((parse_name(host)?, port))
}

fn parse_port(port: &str) -> Result<u16, AuthorityError> {
    let plain = !port.is_empty()
        && port.len() <= 5
        && !port.starts_with('0')
        && port.bytes().all(|byte| byte.is_ascii_digit());
    if !plain {
        return Err(AuthorityError::Port);
    }
    port.parse().map_err(|_| AuthorityError::Port)
}

fn parse_name(host: &str) -> Result<UrlHost, AuthorityError> {
    if host.is_empty() {
        return Err(AuthorityError::NoHost);
    }
    if host.ends_with('.') {
        return Err(AuthorityError::TrailingDot);
    }
    // `Ipv4Addr` takes four decimal parts without leading zeros, nothing else.
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Ok(UrlHost::V4(address));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !host.bytes().all(allowed) {
        return Err(AuthorityError::Characters);
    }
    if host.len() > LONGEST_NAME {
        return Err(AuthorityError::Length);
    }
    let mut last = "";
    for label in host.split('.') {
        if label.is_empty() || label.len() > LONGEST_LABEL {
            return Err(AuthorityError::Length);
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(AuthorityError::Characters);
        }
        last = label;
    }
    // The last label decides whether resolvers read a number: `127.1`,
    // `2130706433` and `0x7f000001` are loopback to some of them.
    let hexadecimal = last.len() > 1
        && (last.starts_with("0x") || last.starts_with("0X"))
        && last[2..].bytes().all(|byte| byte.is_ascii_hexdigit());
    if hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AuthorityError::Numeric);
    }
    Ok(UrlHost::Name(host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn plain_authorities_are_read() {
        let table = [
            ("app.clio.com", "app.clio.com", 443),
            ("EU.App.Clio.com", "eu.app.clio.com", 443),
            ("app.clio.com:8443", "app.clio.com", 8443),
            ("127.0.0.1:80", "127.0.0.1", 80),
            ("[::1]:9", "[::1]", 9),
            ("[2001:DB8::1]", "[2001:db8::1]", 443),
            ("a_bucket.s3.example", "a_bucket.s3.example", 443),
            ("xn--bcher-kva.example", "xn--bcher-kva.example", 443),
        ];
        for (text, host, port) in table {
            let (read, read_port) = parse(text, Scheme::Https).unwrap();
            assert_eq!(
                (read.to_string().as_str(), read_port),
                (host, port),
                "{text}"
            );
        }
    }

    #[test]
    fn every_trick_is_refused_with_its_reason() {
        use AuthorityError as E;
        let table = [
            ("", E::NoHost),
            (":443", E::NoHost),
            ("app.clio.com@evil.example", E::UserInfo),
            ("user:pass@app.clio.com", E::UserInfo),
            ("app.clio.com.", E::TrailingDot),
            ("app.clio.com.:443", E::TrailingDot),
            ("app%2eclio.com", E::PercentEncoded),
            ("[fe80::1%25eth0]", E::PercentEncoded),
            ("app..clio.com", E::Length),
            (".clio.com", E::Length),
            ("app.clio.com:", E::Port),
            ("app.clio.com:0", E::Port),
            ("app.clio.com:0443", E::Port),
            ("app.clio.com:+443", E::Port),
            ("app.clio.com:65536", E::Port),
            ("app.clio.com:443:443", E::Port),
            ("127.1", E::Numeric),
            ("2130706433", E::Numeric),
            ("0x7f000001", E::Numeric),
            ("0x7f.0.0.0x1", E::Numeric),
            ("0177.0.0.01", E::Numeric),
            ("1.2.3.4.5", E::Numeric),
            ("256.0.0.1", E::Numeric),
            ("[::1", E::Ipv6),
            ("[::1]x", E::Ipv6),
            ("[127.0.0.1]", E::Ipv6),
            ("::1", E::Port),
            ("bücher.example", E::Characters),
            ("ａpp.clio.com", E::Characters),
            ("app.clio.com\\.evil.example", E::Characters),
            ("app.clio.com evil", E::Characters),
            ("-app.clio.com", E::Characters),
        ];
        for (text, reason) in table {
            assert_eq!(parse(text, Scheme::Https).unwrap_err(), reason, "{text}");
        }
    }
}
