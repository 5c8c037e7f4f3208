//! Target `urls`: the URLs that components and Clio's answers name, the paths,
//! and the rules that they are held against.
//!
//! An input is one line, a URL or an origin, and a second one, a rule. What
//! must hold of a URL that is taken: what goes out names, to another reader of
//! URLs, exactly the host and port that the rules compared, with nothing odd in
//! it. What must hold of a rule: it fits what an independent reading of it
//! fits, and the rule that a denial names allows the request.

use std::net::IpAddr;

use clio_host::fuzzing::{Understood, rule_to_add, understood};
use clio_host::{Origin, RequestRule};
use url::{Host, Url};

use crate::campaign::{Target, Verdict};

const TARGET: Target = Target {
    name: "urls",
    dictionary: &[
        "https://",
        "http://",
        "HTTPS://",
        "//",
        "@",
        ":",
        ":443",
        ":80",
        ":0443",
        ":65536",
        ":4294967739",
        ".",
        "..",
        "%2e",
        "%00",
        "%",
        "\\",
        "#",
        "?",
        "[",
        "]",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[fe80::1%25eth0]",
        "127.0.0.1",
        "0x7f.1",
        "0x",
        "2130706433",
        "017700000001",
        "localhost",
        "app.clio.com",
        "xn--",
        "xn--a",
        "_",
        "-",
        "\t",
        "\r\n",
        " ",
        "\u{3002}",
        "\u{ff0e}",
        "ß",
        "/oauth/token",
        "/api/v4/contacts/17.json",
        "{id}",
        "GET ",
        "\n",
        "00000000000000000017",
        "184467440737095516150",
        "~",
    ],
    inputs: 40_000,
    run,
};

fn run(input: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else {
        return Ok(());
    };
    let (url, rule) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(Ok(taken)) = understood(url) {
        names_what_was_compared(&taken, url)?;
        the_rule_to_add_fits(&taken.path)?;
        if let Ok(rule) = rule.parse::<RequestRule>() {
            fits_as_read(&rule, &taken.path)?;
        }
    }
    for taken in [Origin::parse(url), Origin::allow(url)]
        .into_iter()
        .flatten()
    {
        let shown = taken.to_string();
        if Origin::allow(&shown).as_ref() != Ok(&taken) {
            return Err(format!("the origin {shown} is read back as another"));
        }
        match understood(&shown) {
            Some(Ok(taken)) => names_what_was_compared(&taken, &shown)?,
            other => return Err(format!("the origin {shown} is no URL: {other:?}")),
        }
    }
    if let Ok(rule) = rule.parse::<RequestRule>() {
        let again: RequestRule = rule
            .to_string()
            .parse()
            .map_err(|_| "a rule is not read back")?;
        if again != rule {
            return Err("a rule is read back as another".into());
        }
        let path = rule.path.to_string();
        let first = path
            .split('/')
            .nth(1)
            .unwrap_or_default()
            .to_ascii_lowercase();
        if first == "oauth" || first.starts_with("oauth.") {
            return Err("a rule allows what is never allowed".into());
        }
        let one = path.replace("{id}", "7");
        if !rule.path.matches(&one) {
            return Err(format!("the rule {path} does not fit {one}"));
        }
    }
    Ok(())
}

fn names_what_was_compared(taken: &Understood, given: &str) -> Verdict {
    let sent = &taken.sent;
    if sent.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
        return Err(format!("{sent:?} goes out with odd bytes"));
    }
    if taken.host.ends_with('.') || taken.host.is_empty() || taken.port == 0 {
        return Err(format!("the host or port of {sent} is not plain"));
    }
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_:".contains(&byte);
    if !taken.host.bytes().all(plain) {
        return Err(format!("the host {:?} has odd bytes", taken.host));
    }
    let with_query = taken.query.as_ref().map_or(taken.path.clone(), |query| {
        format!("{}?{query}", taken.path)
    });
    let after_scheme = sent.split_once("://").map_or("", |(_, rest)| rest);
    if after_scheme.find('/').map(|at| &after_scheme[at..]) != Some(with_query.as_str()) {
        return Err(format!(
            "{sent} has another path or query than {with_query}"
        ));
    }
    if understood(sent) != Some(Ok(taken.clone())) {
        return Err(format!("{sent} is read back as {:?}", understood(sent)));
    }
    // Both the text that came and the text that goes.
    for text in [given, sent.as_str()] {
        let other = match Url::parse(text) {
            Ok(other) => other,
            // A label that claims to be punycode and is none: nothing resolves
            // it to another host.
            Err(_) if taken.host.split('.').any(|label| label.starts_with("xn--")) => continue,
            Err(error) => return Err(format!("{text} is no URL to others: {error}")),
        };
        let host = match other.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => IpAddr::from(address).to_string(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).to_string(),
            None => String::new(),
        };
        let is_address = !matches!(other.host(), Some(Host::Domain(_)));
        if host != taken.host || is_address != taken.host.parse::<IpAddr>().is_ok() {
            return Err(format!(
                "{text}: others read the host {host}, not {}",
                taken.host
            ));
        }
        if other.port_or_known_default() != Some(taken.port) || other.scheme() != taken.scheme {
            return Err(format!("{text}: others read another port or scheme"));
        }
        if !other.username().is_empty() || other.password().is_some() {
            return Err(format!("{text}: others read a user name"));
        }
    }
    Ok(())
}

fn the_rule_to_add_fits(path: &str) -> Verdict {
    let Some(rule) = rule_to_add(&http::Method::GET, path) else {
        return Ok(());
    };
    // requests = [{ method = "GET", path = "…" }]
    let pattern = rule.split('"').nth(3).unwrap_or_default();
    let read: RequestRule = format!("GET {pattern}")
        .parse()
        .map_err(|_| format!("the rule to add for {path} cannot be read: {rule}"))?;
    if !read.path.matches(path) {
        return Err(format!(
            "the rule to add for {path} does not fit it: {rule}"
        ));
    }
    // What passes the rules is one path to every server.
    let url = Url::parse(&format!("https://app.clio.com{path}")).map_err(|e| e.to_string())?;
    if url.path() != path {
        return Err(format!("{path} is {} to others", url.path()));
    }
    Ok(())
}

/// Compares a rule with a reading that tries every way to fill `{id}`.
fn fits_as_read(rule: &RequestRule, path: &str) -> Verdict {
    fn fits(pattern: &str, path: &str) -> bool {
        match pattern.split_once("{id}") {
            None => pattern == path,
            Some((before, after)) => path.strip_prefix(before).is_some_and(|rest| {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                (1..=digits.min(20)).any(|count| fits(after, &rest[count..]))
            }),
        }
    }
    let pattern = rule.path.to_string();
    if rule.path.matches(path) == fits(&pattern, path) {
        Ok(())
    } else {
        Err(format!("whether {pattern} fits {path} is read in two ways"))
    }
}

#[test]
fn a_url_that_is_taken_names_what_the_rules_compared() {
    TARGET.run();
}
