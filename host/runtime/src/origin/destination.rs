//! Where a request goes: an origin, a path and a query.
//!
//! What must stay true: path and query are the request's own, byte for byte.

use http::Uri;

use super::Origin;
use super::authority::{AuthorityError, Scheme, parse};

/// Where one request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Scheme, host and port.
    pub(crate) origin: Origin,
    /// The path, which begins with a slash, byte for byte.
    pub(crate) path: String,
    /// What follows the first `?`, byte for byte.
    pub(crate) query: Option<String>,
}

impl Destination {
    /// Reads the URL of an outgoing request.
    pub(crate) fn of(uri: &Uri) -> Result<Self, AuthorityError> {
        let scheme = Scheme::parse(uri.scheme_str().unwrap_or_default())?;
        let authority = uri.authority().ok_or(AuthorityError::NoHost)?;
        let (host, port) = parse(authority.as_str(), scheme)?;
        let path = match uri.path() {
            "" => "/",
            path => path,
        };
        Ok(Self {
            origin: Origin::from_parts(scheme, host, port),
            path: path.to_owned(),
            query: uri.query().map(str::to_owned),
        })
    }

    /// The URL as it is sent: with the authority that was understood, so that
    /// nobody further down reads another one from the guest's text.
    pub(crate) fn uri(&self) -> Result<Uri, http::Error> {
        let mut path_and_query = self.path.clone();
        if let Some(query) = &self.query {
            path_and_query.push('?');
            path_and_query.push_str(query);
        }
        Uri::builder()
            .scheme(self.origin.scheme().as_str())
            .authority(self.origin.authority())
            .path_and_query(path_and_query)
            .build()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_destination_keeps_path_and_query_byte_for_byte() {
        let uri = Uri::from_static("https://S3.example:443/a%20b/c?X-Sig=a%2Fb&x");
        let destination = Destination::of(&uri).unwrap();
        assert_eq!(destination.origin.to_string(), "https://s3.example");
        assert_eq!(destination.path, "/a%20b/c");
        assert_eq!(destination.query.as_deref(), Some("X-Sig=a%2Fb&x"));
        assert_eq!(
            destination.uri().unwrap().to_string(),
            "https://s3.example/a%20b/c?X-Sig=a%2Fb&x"
        );
    }

    #[test]
    fn a_destination_needs_a_scheme_and_a_host() {
        let no_host = Uri::from_static("/api/v4/contacts.json");
        assert!(Destination::of(&no_host).is_err());
        let scheme = Uri::from_static("ftp://app.clio.com/");
        assert_eq!(Destination::of(&scheme), Err(AuthorityError::Scheme));
        let empty_path = Uri::from_static("https://app.clio.com");
        assert_eq!(Destination::of(&empty_path).unwrap().path, "/");
    }
}
