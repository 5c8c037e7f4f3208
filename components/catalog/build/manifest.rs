//! `action.toml`: what an action says of itself that WIT cannot say.
//!
//! The runner enforces `requests` and `grants`: a request that is not listed
//! here does not leave. So a mistake in this file must stop the build rather
//! than become a rule that allows nothing, or too much.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

/// The file, as it stands in an action's folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The action's name, which is also its folder's and its package's.
    pub(crate) name: String,
    /// A sentence or two for people who look for an action.
    pub(crate) summary: String,
    /// Where it is listed: as a case goes.
    pub(crate) place: u32,
    /// How many requests one call makes typically. The runner reserves as many
    /// of the account's budget before it begins a call.
    pub(crate) cost: u32,
    /// How many requests a call makes, for people who choose an action: the last
    /// column of README's table.
    pub(crate) usual_requests: String,
    /// Whether a call may fetch content from URLs in its input.
    pub(crate) content: bool,
    /// What a call does to the account.
    pub(crate) hints: Hints,
    /// Where the outcome of a function names ids of Clio's: JSON Pointers (RFC
    /// 6901) in which `*` stands for every element of an array. The audit holds
    /// these.
    #[serde(default)]
    pub(crate) ids: BTreeMap<String, Vec<String>>,
    /// What a value must be beyond its type, as in `bounds.toml`.
    #[serde(default)]
    pub(crate) bounds: toml::Table,
    /// The permissions that the connection needs, such as `contacts:write`.
    pub(crate) permissions: Vec<String>,
    /// Every request that a call may make to the account's own origin.
    pub(crate) requests: Vec<Request>,
    /// The places in answers that grant a URL elsewhere.
    #[serde(default)]
    pub(crate) grants: Vec<Grant>,
}

/// What a call does to the account.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hints {
    /// Nothing is changed.
    pub(crate) read_only: bool,
    /// Something may be overwritten or removed.
    pub(crate) destructive: bool,
    /// A repetition changes nothing more.
    pub(crate) idempotent: bool,
}

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

/// A request to the account's own origin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path without query. `{id}` stands for one or more ASCII digits.
    pub(crate) path: String,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = format!("{:?}", self.method).to_uppercase();
        write!(f, "{method} {}", self.path)
    }
}

/// A place in an answer, a member or the header `location`, where a URL stands
/// that the call may then use with one method and without a credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// A JSON Pointer (RFC 6901) into the answer, in which `*` stands for every
    /// element of an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) member: Option<String>,
    /// `location`, of a redirect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) header: Option<String>,
    /// The method that may be used on the URL.
    pub(crate) allows: Method,
}

impl Manifest {
    /// Parses and checks a file. `folder` is the name of the folder it lies in.
    pub(crate) fn parse(text: &str, folder: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        ensure!(
            manifest.name == folder,
            "`name` is `{}`, but the folder is `{folder}`: they must be the same",
            manifest.name
        );
        ensure!(
            !manifest.summary.trim().is_empty(),
            "`summary` is empty: say in one sentence what the action does"
        );
        ensure!(
            !manifest.usual_requests.trim().is_empty(),
            "`usual_requests` is empty: say how many requests a call makes"
        );
        // An action that asks Clio nothing costs nothing of its budget.
        ensure!(
            manifest.cost >= 1 || manifest.requests.is_empty(),
            "`cost` is 0, but `requests` is not empty: every call makes at least one request"
        );
        ensure!(
            !manifest.requests.is_empty() || manifest.cost == 0,
            "`requests` is empty: list every method and path that a call uses"
        );
        for permission in &manifest.permissions {
            check_permission(permission)?;
        }
        for request in &manifest.requests {
            check_path(&request.path)
                .with_context(|| format!("`requests`: path `{}`", request.path))?;
        }
        for grant in &manifest.grants {
            manifest
                .check_grant(grant)
                .with_context(|| format!("`grants`: {:?} {}", grant.method, grant.path))?;
        }
        refuse_repetition("permissions", &manifest.permissions)?;
        refuse_repetition("requests", &manifest.requests)?;
        refuse_repetition("grants", &manifest.grants)?;
        manifest.check_hints()?;
        Ok(manifest)
    }

    /// Whether a call makes no request at all. Such an action imports nothing.
    pub(crate) fn is_offline(&self) -> bool {
        self.requests.is_empty() && !self.content
    }

    fn check_grant(&self, grant: &Grant) -> Result<()> {
        let listed = self
            .requests
            .iter()
            .any(|request| request.method == grant.method && request.path == grant.path);
        ensure!(
            listed,
            "{:?} {} is not listed in `requests`: a grant comes from the answer to a listed request",
            grant.method,
            grant.path
        );
        match (&grant.member, &grant.header) {
            (Some(member), None) => ensure!(
                member.starts_with('/') && !member.ends_with('/'),
                "member `{member}` is no JSON Pointer: write it like \
                 `/data/latest_document_version/put_url`"
            ),
            (None, Some(header)) => ensure!(
                header == "location",
                "header `{header}` names no URL: write `location`"
            ),
            _ => bail!("names either a `member` of the body or the header `location`"),
        }
        ensure!(
            matches!(grant.allows, Method::Get | Method::Put),
            "`allows` is {:?}: presigned URLs take GET or PUT",
            grant.allows
        );
        Ok(())
    }

    fn check_hints(&self) -> Result<()> {
        let writes = self
            .requests
            .iter()
            .find(|request| !matches!(request.method, Method::Get | Method::Head));
        if let (true, Some(write)) = (self.hints.read_only, writes) {
            bail!(
                "`hints.read_only` is true, but `requests` lists {:?} {}",
                write.method,
                write.path
            );
        }
        ensure!(
            !(self.hints.read_only && self.hints.destructive),
            "`hints` says both read_only and destructive"
        );
        Ok(())
    }
}

/// Checks the path of a request: absolute, below `/api/v4/`, plain characters,
/// and no placeholder but `{id}`. Below `/api/v4/` there are no tokens to get
/// or to revoke: those are below `/oauth/`.
fn check_path(path: &str) -> Result<()> {
    let Some(rest) = path.strip_prefix("/api/v4/") else {
        bail!("does not begin with `/api/v4/`");
    };
    for segment in rest.split('/') {
        ensure!(!segment.is_empty(), "has an empty segment");
        ensure!(segment != "." && segment != "..", "has a dot segment");
        let plain = segment.replacen("{id}", "", 1);
        ensure!(
            plain
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')),
            "may hold letters, digits, `_`, `-`, `.`, and one `{{id}}` a segment"
        );
    }
    Ok(())
}

/// Checks a permission: the name of a kind of record, and `read` or `write`, as
/// Clio's developer portal lists them for an application.
fn check_permission(permission: &str) -> Result<()> {
    let known = permission.split_once(':').is_some_and(|(kind, right)| {
        !kind.is_empty()
            && kind
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && matches!(right, "read" | "write")
    });
    ensure!(
        known,
        "`permissions`: `{permission}` is none: write them like `contacts:read` or `contacts:write`"
    );
    Ok(())
}

fn refuse_repetition<T: Ord + std::fmt::Debug>(member: &str, items: &[T]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for item in items {
        ensure!(seen.insert(item), "`{member}` lists {item:?} twice");
    }
    Ok(())
}
