//! What the service is told: by its arguments, and by `serve.toml` in the home.
//!
//! The file says what belongs to each connection. It holds no secret: it names the
//! file that one lies in.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clio_host::Origin;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use serde::{Deserialize, Deserializer};

/// The most bytes of `serve.toml`.
const FILE_BYTES: u64 = 1024 * 1024;

/// The fewest days that may be kept: what Clio or a caller sends once more is known
/// as a repeat as long as what it was taken for is kept.
const KEPT_AT_LEAST: u32 = 7;

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub listen: Option<SocketAddr>,
    /// Where Clio and browsers reach it, such as `https://clio.firm.example`.
    pub public_url: Option<String>,
    /// Certificate chain and key, as PEM files.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// A proxy in front serves TLS.
    pub tls_in_front: bool,
    /// How many runs at once.
    pub at_once: Option<usize>,
}

/// All that the service is told.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    pub(crate) tls_in_front: bool,
    pub(crate) at_once: usize,
    pub(crate) file: FileSettings,
}

/// What `serve.toml` says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileSettings {
    /// By the connection's name.
    pub(crate) connections: BTreeMap<String, ConnectionSettings>,
    /// Further names that it is asked for by: `clio.internal:7171`. A name that is
    /// not known is refused, so that no page's name leads here.
    pub(crate) hosts: Vec<String>,
    /// For how many seconds a peer may say nothing, or take too long to say it.
    pub(crate) wait_seconds: Option<u16>,
    /// Where spans go (OTLP over HTTP), such as `http://127.0.0.1:4318`. Absent:
    /// nowhere.
    pub(crate) otlp: Option<String>,
    /// The most MiB of one upload. Absent: 4096.
    pub(crate) most_upload_mib: Option<u64>,
    /// For how many days the audit, and what has ended, are kept: at least
    /// [`KEPT_AT_LEAST`]. Absent: for ever.
    pub(crate) keep_days: Option<u32>,
}

/// What belongs to one connection.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConnectionSettings {
    /// The origin of its account, where it is none of Clio's regions: a sandbox of
    /// this machine, or a gateway.
    #[serde(deserialize_with = "origin")]
    pub(crate) origin: Option<Origin>,
    /// The application that it is connected with: a file of `client_id` and
    /// `client_secret`, as JSON. Absent: what the environment names.
    pub(crate) client_file: Option<PathBuf>,
    /// A folder whose case files are synced.
    pub(crate) watch: Option<PathBuf>,
    /// The mapping of its cases.
    pub(crate) mapping: Option<String>,
    /// Minutes between two looks for new documents, where webhooks do not tell.
    pub(crate) poll_minutes: Option<u32>,
    /// Where its events go.
    pub(crate) events: Vec<Destination>,
}

fn origin<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Origin>, D::Error> {
    let text = String::deserialize(from)?;
    let read = Origin::allow(&text)
        .map_err(|error| serde::de::Error::custom(format!("`origin`: {error}")))?;
    Ok(Some(read))
}

/// Where events go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Destination {
    /// A signed POST.
    Post { url: String, secret_file: PathBuf },
    /// The standard input of a command.
    Command { run: Vec<String> },
}

impl Settings {
    /// Reads what the home says, and puts what the command line says before it.
    pub(crate) fn read(home: &Home, options: Options) -> Result<Self, Failure> {
        let path = home.serve_settings();
        let file = match clio_runner::bounded::file(&path, FILE_BYTES) {
            Ok(text) => parse(&text).map_err(|what| {
                Failure::usage(format!("{} is not right: {what}", path.display()))
                    .next("mend it; nothing was started")
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => FileSettings::default(),
            Err(error) => {
                return Err(
                    Failure::usage(format!("{} cannot be read: {error}", path.display()))
                        .next("make the file readable, or take it away"),
                );
            }
        };
        Ok(Self {
            listen: options
                .listen
                .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 7171))),
            public_url: options.public_url.as_deref().map(public).transpose()?,
            tls: options.tls,
            tls_in_front: options.tls_in_front,
            at_once: options.at_once.unwrap_or(32),
            file,
        })
    }

    /// Whether browsers reach it by TLS alone.
    pub(crate) fn is_secure(&self) -> bool {
        let public = self.public_url.as_deref();
        self.tls.is_some()
            || self.tls_in_front
            || public.is_some_and(|url| url.starts_with("https://"))
    }

    /// For how long a peer may say nothing.
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_secs(u64::from(self.file.wait_seconds.unwrap_or(20).max(1)))
    }

    pub(crate) fn of(&self, connection: &str) -> ConnectionSettings {
        let known = self.file.connections.get(connection);
        known.cloned().unwrap_or_default()
    }
}

impl FileSettings {
    /// The most bytes of one upload.
    pub(crate) fn most_upload(&self) -> u64 {
        let bytes = self.most_upload_mib.unwrap_or(4096).saturating_mul(1 << 20);
        bytes.min(clio_runner::files::MOST_BYTES)
    }
}

impl ConnectionSettings {
    pub(crate) fn poll(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.poll_minutes.unwrap_or(5).max(1)))
    }
}

/// The public URL, without a slash at its end. Clio delivers to `https` alone, and a
/// sandbox to this machine as well.
fn public(text: &str) -> Result<String, Failure> {
    let wrong = |what: &str| {
        Failure::usage(format!("--public-url is not right: {what}"))
            .next("give the address that Clio reaches, such as https://clio.firm.example")
    };
    let url: http::Uri = text.parse().map_err(|_| wrong("it is no URL"))?;
    let host = url.host().ok_or_else(|| wrong("it names no host"))?;
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let local = host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback());
    match url.scheme_str() {
        Some("https") => {}
        Some("http") if local => {}
        _ => return Err(wrong("it is not https")),
    }
    if url.query().is_some() || url.authority().is_some_and(|it| it.as_str().contains('@')) {
        return Err(wrong("it has more than a host and a path"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn parse(text: &[u8]) -> Result<FileSettings, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is no UTF-8".to_owned())?;
    let said: FileSettings = toml::from_str(text).map_err(|error| {
        // The line's text is not quoted: somebody may have put a secret there.
        let at = error.span().and_then(|span| text.get(..span.start));
        match at {
            Some(before) => format!(
                "line {}: {}",
                before.matches('\n').count() + 1,
                error.message()
            ),
            None => error.message().to_owned(),
        }
    })?;
    match said.keep_days {
        Some(days) if days < KEPT_AT_LEAST => Err(format!(
            "`keep_days` is at least {KEPT_AT_LEAST}, and absent for ever"
        )),
        _ => Ok(said),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let wrong = parse(b"keep_days = 9\n\n[connections.smith]\nwath = \"/srv\"\n").unwrap_err();
        assert!(wrong.starts_with("line 4: unknown field `wath`"), "{wrong}");
        let wrong = parse(b"otlp = 7\n").unwrap_err();
        assert!(wrong.starts_with("line 1: "), "{wrong}");
    }

    /// A variable that was not set leaves it empty.
    #[test]
    fn an_origin_that_leads_nowhere_is_a_mistake() {
        for (given, why) in [
            ("", "an origin begins with a scheme"),
            ("app.clio.com", "an origin begins with a scheme"),
            ("https://app.clio.com/", "ends after the host"),
            ("http://clio.firm.example", "must use https"),
        ] {
            let text = format!("[connections.firm]\nmapping = \"firm\"\norigin = \"{given}\"\n");
            let wrong = parse(text.as_bytes()).unwrap_err();
            assert!(wrong.starts_with("line 3: `origin`: "), "{wrong}");
            assert!(wrong.contains(why), "{wrong}");
        }
        for given in ["http://127.0.0.1:8080", "https://clio.gateway.example"] {
            let text = format!("[connections.firm]\norigin = \"{given}\"\n");
            let read = parse(text.as_bytes()).unwrap();
            let origin = read.connections["firm"].origin.as_ref().unwrap();
            assert_eq!(origin.to_string(), given);
        }
    }

    #[test]
    fn the_public_url_is_one_that_clio_delivers_to() {
        let taken = |text| public(text).ok();
        let firm = Some("https://clio.firm.example".to_owned());
        assert_eq!(taken("https://clio.firm.example"), firm);
        assert_eq!(taken("https://clio.firm.example/"), firm);
        assert!(taken("https://firm.example:8443/clio").is_some());
        assert!(taken("http://127.0.0.1:7171").is_some());
        for wrong in [
            "clio.firm.example",
            "http://clio.firm.example",
            "https://clio.firm.example/?a=b",
            "https://someone@clio.firm.example",
            "https://",
            "",
        ] {
            assert_eq!(taken(wrong), None, "{wrong}");
        }
    }
}
