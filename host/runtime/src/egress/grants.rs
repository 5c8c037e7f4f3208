//! URLs that Clio gave to one call, and what may be done with them.
//!
//! Uploads go to presigned URLs on the storage of Clio's cloud. A rule for that
//! host would fit the presigned URLs of all its customers, so there is none:
//! the answer that named the URL grants exactly this URL, with one method, to
//! the call that received it.
//!
//! What must stay true: a grant comes only from an answer to an allowed request
//! that carried the credential; it is compared byte for byte; it ends with the
//! call; nothing sent under it carries a credential.

use std::collections::VecDeque;

use http::{HeaderMap, Method, Uri, header};

use crate::origin::{Destination, Origin};
use crate::policy::{GrantPlace, GrantRule};

/// The most URLs that one answer may grant: a page of documents, or all parts
/// of one upload.
const MOST_OF_ONE_ANSWER: usize = 1024;
/// The most URLs that one call may hold. Each answer about an upload in parts
/// may sign all of them anew, so the oldest make room.
const MOST: usize = 4096;

/// The granted URLs of one call.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    granted: VecDeque<(Method, Destination)>,
}

impl Grants {
    /// Whether exactly this URL and method was granted.
    pub(crate) fn allows(&self, method: &Method, destination: &Destination) -> bool {
        self.granted
            .iter()
            .any(|(allowed, granted)| allowed == method && granted == destination)
    }

    /// Takes in what an answer of the account grants by the given rules.
    pub(crate) fn learn<'a>(
        &mut self,
        rules: impl Iterator<Item = &'a GrantRule>,
        account: &Origin,
        headers: &HeaderMap,
        body: &[u8],
    ) {
        for rule in rules {
            match &rule.place {
                GrantPlace::Location => {
                    let location = headers.get(header::LOCATION);
                    let url = location.and_then(|value| value.to_str().ok());
                    self.add(&rule.allows, url, account);
                }
                GrantPlace::Member(member) => {
                    // An answer that is no JSON grants nothing; the action will
                    // say what is wrong with it.
                    for url in member.texts(body, MOST_OF_ONE_ANSWER) {
                        self.add(&rule.allows, Some(&url), account);
                    }
                }
            }
        }
    }

    fn add(&mut self, method: &Method, url: Option<&str>, account: &Origin) {
        let Some(destination) = url.and_then(|url| grantable(url, account)) else {
            return;
        };
        if self.allows(method, &destination) {
            return;
        }
        if self.granted.len() == MOST {
            self.granted.pop_front();
        }
        self.granted.push_back((method.clone(), destination));
    }
}

/// Reads a URL that may be granted: one that uses TLS, or one on this machine
/// when the account itself is a sandbox on this machine. None on the account's
/// own server: what stands there goes by the rules.
fn grantable(url: &str, account: &Origin) -> Option<Destination> {
    let uri: Uri = url.parse().ok()?;
    let destination = Destination::of(&uri).ok()?;
    // A fragment would be dropped silently; a presigned URL has none.
    if url.contains('#') {
        return None;
    }
    if account.shares_server(&destination.origin) {
        return None;
    }
    let local = destination.origin.is_loopback();
    let fits = match account.is_loopback() {
        true => local || destination.origin.is_tls(),
        false => !local && destination.origin.is_tls(),
    };
    fits.then_some(destination)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    const URL: &str = "https://s3.us-west-2.amazonaws.example/bucket/a%20b.pdf?X-Amz-Signature=ab%2Fc&X-Amz-Expires=600";

    fn put_url() -> GrantRule {
        serde_json::from_value(json!({"method": "POST", "path": "/api/v4/documents.json",
            "member": "/data/latest_document_version/put_url", "allows": "PUT"}))
        .unwrap()
    }

    fn learned(url: &str, account: &str) -> Grants {
        let mut grants = Grants::default();
        let body = json!({"data": {"latest_document_version": {"put_url": url}}}).to_string();
        let account = Origin::parse(account).unwrap();
        let rules = [put_url()];
        grants.learn(rules.iter(), &account, &HeaderMap::new(), body.as_bytes());
        grants
    }

    fn destination(url: &str) -> Destination {
        Destination::of(&url.parse().unwrap()).unwrap()
    }

    #[test]
    fn exactly_the_url_and_the_method_are_granted() {
        let grants = learned(URL, "https://app.clio.com");
        assert!(grants.allows(&Method::PUT, &destination(URL)));
        assert!(!grants.allows(&Method::GET, &destination(URL)));
        assert!(!grants.allows(&Method::DELETE, &destination(URL)));
        let others = [
            URL.replace("a%20b", "a b").replace(' ', "+"),
            URL.replace("%2F", "/"),
            URL.replace("bucket", "Bucket"),
            URL.replace("us-west-2", "us-east-1"),
            URL.replace("example/", "example:444/"),
            URL.replace("https", "http"),
            URL.replace("Expires=600", "Expires=6000"),
            format!("{URL}&x-id=PutObject"),
            URL.split('?').next().unwrap().to_owned(),
        ];
        for other in others {
            assert!(
                !grants.allows(&Method::PUT, &destination(&other)),
                "{other}"
            );
        }
        // The host is compared as DNS does, and the default port is no port.
        let same = URL
            .replace("s3.", "S3.")
            .replace("example/", "example:443/");
        assert!(grants.allows(&Method::PUT, &destination(&same)));
    }

    #[test]
    fn a_url_that_may_not_be_granted_is_passed_over() {
        for url in [
            "http://s3.example/x",
            "http://127.0.0.1:9/x",
            "https://127.0.0.1:9/x",
            "https://localhost/x",
            // CASES S1
            "https://app.clio.com/api/v4/contacts/17.json",
            "https://APP.clio.com:443/x",
            "https://app.clio.com:8443/x",
            "https://user@s3.example/x",
            "https://s3.example./x",
            "https://s3.example/x#y",
            "ftp://s3.example/x",
            "/relative",
            "",
        ] {
            let grants = learned(url, "https://app.clio.com");
            assert!(grants.granted.is_empty(), "{url}");
        }
    }

    #[test]
    fn a_sandbox_grants_its_own_storage_on_this_machine() {
        let url = "http://127.0.0.1:4001/bucket/x?sig=1";
        let grants = learned(url, "http://127.0.0.1:4000");
        assert!(grants.allows(&Method::PUT, &destination(url)));
        for url in [
            "http://s3.example/x",
            "http://127.0.0.1:4000/api/v4/contacts/17.json",
            "http://localhost:4000/x",
            "https://[::1]:4000/x",
        ] {
            let grants = learned(url, "http://127.0.0.1:4000");
            assert!(grants.granted.is_empty(), "{url}");
        }
    }

    #[test]
    fn parts_are_granted_and_the_oldest_grants_make_room() {
        let rule: GrantRule = serde_json::from_value(json!({"method": "PATCH",
            "path": "/api/v4/documents/{id}.json",
            "member": "/data/latest_document_version/multiparts/*/put_url", "allows": "PUT"}))
        .unwrap();
        let account = Origin::parse("https://app.clio.com").unwrap();
        let part = |answer: usize, part: usize| format!("https://s3.example/{answer}/{part}");
        let mut grants = Grants::default();
        for answer in 0..9 {
            let parts: Vec<_> = (0..1000)
                .map(|n| json!({"part_number": n, "put_url": part(answer, n)}))
                .collect();
            let body = json!({"data": {"latest_document_version": {"multiparts": parts}}});
            let body = body.to_string();
            let rules = [&rule];
            grants.learn(
                rules.into_iter(),
                &account,
                &HeaderMap::new(),
                body.as_bytes(),
            );
        }
        assert_eq!(grants.granted.len(), MOST);
        assert!(grants.allows(&Method::PUT, &destination(&part(8, 999))));
        assert!(!grants.allows(&Method::PUT, &destination(&part(0, 0))));
    }

    #[test]
    fn a_redirect_grants_its_location() {
        let rule: GrantRule = serde_json::from_value(json!({"method": "GET",
            "path": "/api/v4/documents/{id}/download.json", "header": "location", "allows": "GET"}))
        .unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, URL.parse().unwrap());
        let mut grants = Grants::default();
        let account = Origin::parse("https://app.clio.com").unwrap();
        grants.learn([rule].iter(), &account, &headers, b"");
        assert!(grants.allows(&Method::GET, &destination(URL)));
    }

    #[test]
    fn an_answer_that_is_no_json_grants_nothing() {
        let mut grants = Grants::default();
        let account = Origin::parse("https://app.clio.com").unwrap();
        for body in [&b"<html>"[..], b"", b"{\"data\":", b"[]", b"\xff"] {
            grants.learn([put_url()].iter(), &account, &HeaderMap::new(), body);
        }
        assert!(grants.granted.is_empty());
    }
}
