//! Where a URL leads, read so strictly that no host can read it otherwise.
//!
//! It exists because content is fetched without a credential, and a URL of the
//! account's own origin would be fetched with one by a host that adds it there.
//! What two readers of URLs may understand differently is refused: user
//! information, escapes, backslashes, white space, hosts that are not plain
//! ASCII, numbers that only some take for an address.

use crate::prelude::*;

/// A host and a port, normalised.
#[derive(Debug, PartialEq, Eq)]
struct Authority {
    host: String,
    port: u16,
}

/// Where a URL leads, as seen from an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leads {
    /// To another server.
    Elsewhere,
    /// To the account's own server, whatever the scheme.
    ToTheAccount,
    /// Nobody can be sure.
    Malformed,
}

/// Where a URL leads, as seen from the account at `origin`.
pub(crate) fn leads(origin: &str, url: &str) -> Leads {
    match (authority(origin), authority(url)) {
        (_, None) => Leads::Malformed,
        (Some(own), Some(other)) if own != other => Leads::Elsewhere,
        // An account without a readable origin is not left to chance.
        _ => Leads::ToTheAccount,
    }
}

/// Whether bytes may go to, or come from, a URL that Clio handed out: nobody
/// can read along, unless the account itself is reached so.
pub(crate) fn is_private(origin: &str, url: &str) -> bool {
    url.starts_with("https://") || (url.starts_with("http://") && origin.starts_with("http://"))
}

fn authority(url: &str) -> Option<Authority> {
    if url
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return None;
    }
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let text = rest[..end].to_ascii_lowercase();
    // An address in brackets is no plain host: few hosts take one, and it has many
    // spellings.
    let end = text.find(':').unwrap_or(text.len());
    let (host, port) = (name(&text[..end])?, &text[end..]);
    // One server answers on both schemes, so their own ports count as one.
    let port = match port.strip_prefix(':') {
        None if !port.is_empty() => return None,
        None | Some("") => 443,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.parse().ok()? {
            80 => 443,
            port => port,
        },
        Some(_) => return None,
    };
    Some(Authority { host, port })
}

/// This machine has many names and addresses, which are one server.
const LOOPBACK: &str = "localhost";

/// An address in its one plain form: four numbers without leading zeros.
fn is_ipv4(host: &str) -> bool {
    let plain = |part: &str| (part == "0" || !part.starts_with('0')) && part.parse::<u8>().is_ok();
    host.split('.').count() == 4 && host.split('.').all(plain)
}

fn name(text: &str) -> Option<String> {
    let host = text.strip_suffix('.').unwrap_or(text);
    let is_plain = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if host.len() > 253 || !host.split('.').all(is_plain) {
        return None;
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    // Some read 127.1, 0x7f.1 and 2130706433 as addresses, and some do not.
    let numeric = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    if numeric && !is_ipv4(host) {
        return None;
    }
    let own = match numeric {
        true => host.starts_with("127.") || host == "0.0.0.0",
        false => host == LOOPBACK || host.ends_with(".localhost"),
    };
    Some(if own { LOOPBACK } else { host }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIO: &str = "https://app.clio.com";

    // CASES S1
    #[test]
    fn every_way_of_writing_the_accounts_server_leads_to_the_account() {
        for url in [
            "https://app.clio.com/api/v4/contacts/17.json?fields=id",
            "https://APP.Clio.COM/api/v4/contacts/17.json",
            "https://app.clio.com:443/api/v4/contacts/17.json",
            "https://app.clio.com:0443/",
            "https://app.clio.com:/",
            "https://app.clio.com./api/v4/contacts/17.json",
            "https://app.clio.com",
            "https://app.clio.com?x",
            "https://app.clio.com#x",
            "http://app.clio.com/api/v4/contacts/17.json",
            "http://app.clio.com:80/",
            "http://app.clio.com:443/",
            "https://app.clio.com:80/",
        ] {
            assert_eq!(leads(CLIO, url), Leads::ToTheAccount, "{url}");
        }
        let sandbox = "http://127.0.0.1:4711";
        for url in [
            "http://127.0.0.1:4711/api/v4/contacts/17.json",
            "http://localhost:4711/",
            "http://LOCALHOST.:4711/",
            "http://clio.localhost:4711/",
            "http://127.255.0.1:4711/",
            "http://0.0.0.0:4711/",
            "https://127.0.0.1:4711/",
        ] {
            assert_eq!(leads(sandbox, url), Leads::ToTheAccount, "{url}");
        }
        // What cannot be compared is not let through.
        assert_eq!(leads("", "https://files.example/"), Leads::ToTheAccount);
    }

    // CASES S1
    #[test]
    fn what_two_readers_may_read_differently_is_malformed() {
        for url in [
            "https://user@app.clio.com/",
            "https://app.clio.com@files.example/",
            "https://files.example\\@app.clio.com/",
            "https:\\\\app.clio.com/",
            "https://app.clio.com\t/",
            "https://app\t.clio.com/",
            "https://app.clio.com\n/",
            " https://app.clio.com/",
            "https://%61pp.clio.com/",
            "https://app%2eclio.com/",
            "https://app。clio.com/",
            "https://ａpp.clio.com/",
            "https://app.cliö.com/",
            "https://app.clio.com../",
            "https://.app.clio.com/",
            "https://app..clio.com/",
            "https:///app.clio.com/",
            "https:/app.clio.com/",
            "https:app.clio.com/",
            "//app.clio.com/",
            "HTTPS://app.clio.com/",
            "https://app.clio.com:443:443/",
            "https://app.clio.com:+443/",
            "https://app.clio.com:99999/",
            "https://app.clio.com:4 43/",
            "https://127.1/",
            "https://0x7f.0.0.1/",
            "https://127.0.0.0x1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]:443/",
            "https://[2606:2800:220:1:248:1893:25c8:1946]/",
            "https://1.2.3/",
            "https://1.2.3.4.5/",
            "https://1.2.3.256/",
            "https://1.2.3.04/",
            "https://[::1/",
            "https://[::1]x/",
            "https://[fe80::1%25eth0]/",
            "https://",
            "ftp://files.example/",
            "",
        ] {
            assert_eq!(leads(CLIO, url), Leads::Malformed, "{url}");
        }
    }

    #[test]
    fn others_lead_elsewhere() {
        for url in [
            "https://files.example/app.clio.com/",
            "https://app.clio.com.files.example/",
            "https://eu.app.clio.com/",
            "https://app.clio.com:8443/",
            "https://s3.us-west-2.amazonaws.com/iris-production/x?X-Amz-Signature=1",
            "https://a_b.files.example/é",
            "https://93.184.216.34/",
            "https://files.example/?u=@app.clio.com",
            "https://files.example#@app.clio.com/",
            "http://content.invalid/4d5e",
        ] {
            assert_eq!(leads(CLIO, url), Leads::Elsewhere, "{url}");
        }
        // The sandbox's storage lies beside its account.
        let sandbox = "http://127.0.0.1:4711";
        assert_eq!(leads(sandbox, "http://127.0.0.1:4712/x"), Leads::Elsewhere);
    }
}
