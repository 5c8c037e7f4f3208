//! The policy file of a machine's operator, as it bounds every call.
//!
//! It exists so that whoever answers for a machine can say what leaves it,
//! whatever the programs and people on it ask for.
//!
//! What must stay true: a file only narrows, and several narrow one after the
//! other; a file that cannot be read or understood stops everything.

use std::io;
use std::path::Path;
use std::sync::Arc;

use http::Method;

use super::denial::DenialReason;
use super::file::{ActionName, PolicyForm};
use super::pattern::PathPattern;
use super::proxy::Proxy;
use super::request_rule::RequestRule;
use crate::digest::{ComponentDigest, Identity};
use crate::limits::{CompileLimits, Limits};
use crate::origin::Origin;
use crate::ownership::{self, NotOurs};
use crate::regular;

/// A policy file is some lines; a list of every path of Clio's API is far below.
const MOST_BYTES: u64 = 256 * 1024;

/// What the operator of a machine allows at most, read from a file.
///
/// The file is TOML. Every member may be left out, and then bounds nothing:
///
/// ```toml
/// # Requests to Clio's API, for all actions: only these, and never those.
/// # `{id}` stands for one or more digits.
/// allow = ["GET /api/v4/contacts.json", "POST /api/v4/contacts.json"]
/// deny = ["POST /api/v4/matters.json"]
/// # The accounts that a connection may lead to; "sandbox" is any on this machine.
/// origins = ["https://eu.app.clio.com", "sandbox"]
/// # What a caller may name as an origin of content.
/// content_origins = ["https://files.example.com"]
/// # Whether components that are not of this project may run.
/// other_components = false
///
/// # One action, in addition to what holds for all.
/// [actions.sync-contact]
/// allow = ["GET /api/v4/contacts.json"]
///
/// # One component that is not of this project, by the digest of its file: what
/// # it may request, and whether its own description may grant URLs. Without
/// # such a line no description but our own grants any.
/// [components."sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
/// allow = ["GET /api/v4/documents.json"]
/// grants = true
///
/// # The most that any call may use.
/// [limits]
/// memory_mib = 32
/// cpu_seconds = 5
/// deadline_seconds = 120
/// wait_seconds = 60
/// requests = 100
/// request_mib = 1024
/// response_mib = 1024
/// log_kib = 16
/// # What it may take to load a component that is not of this project.
/// component_mib = 4
/// compile_seconds = 10
/// compile_mib = 512
///
/// # How the network is reached: a proxy for HTTPS (or "environment", for
/// # HTTPS_PROXY and NO_PROXY), and a file of further CA certificates (PEM).
/// [network]
/// proxy = "http://proxy.example.com:3128"
/// ca_file = "firm-ca.pem"
/// ```
///
/// `ca_file` is relative to the file's own folder.
#[derive(Debug, Clone)]
pub struct OperatorPolicy {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// How messages call the file.
    name: String,
    form: PolicyForm,
}

/// Why a policy file is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFileError {
    /// It cannot be read.
    #[error("the policy file {name} cannot be read: {cause}")]
    Read {
        /// The file.
        name: String,
        /// What the system says.
        cause: io::Error,
    },
    /// Others could have written it, or the file of certificates that it names.
    #[error(
        "the policy file {name} is not used: {cause}; {}, and check what stands in the file",
        .cause.remedy()
    )]
    NotOurs {
        /// The policy file.
        name: String,
        /// Which file or folder it is, and why.
        cause: NotOurs,
    },
    /// It is not there, and others could have taken it away.
    #[error(
        "there is no policy file {name}, and others could have taken it away: {cause}; {}, and \
         check whether there should be one",
        .cause.remedy()
    )]
    TakenAway {
        /// The policy file.
        name: String,
        /// Which folder it is, and why.
        cause: NotOurs,
    },
    /// It is longer than any policy.
    #[error("the policy file {name} is longer than 256 KiB")]
    TooLong {
        /// The file.
        name: String,
    },
    /// It is not what a policy file looks like.
    #[error("the policy file {name} is not right: {message}")]
    Content {
        /// The file.
        name: String,
        /// The line, and what is wrong there.
        message: String,
    },
}

impl OperatorPolicy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// When it cannot be read, anything in it is unknown or malformed, or others
    /// than this user and root could have written it or the file of certificates
    /// that it names: a file is refused for its own rights, for those of every
    /// folder on the way to it, and for a link on that way that is another user's.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, PolicyFileError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let unreadable = |cause| PolicyFileError::Read {
            name: name.clone(),
            cause,
        };
        let not_ours = |cause| PolicyFileError::NotOurs {
            name: name.clone(),
            cause,
        };
        let file = regular::open(path).map_err(unreadable)?;
        ownership::check(&file, path).map_err(not_ours)?;
        let text = regular::read_at_most(file, MOST_BYTES)
            .and_then(|text| io::read_to_string(&*text))
            .map_err(|cause| match cause.kind() {
                io::ErrorKind::FileTooLarge => PolicyFileError::TooLong { name: name.clone() },
                _ => unreadable(cause),
            })?;
        let policy = Self::parse_in(&name, &text, path.parent().unwrap_or(Path::new("")))?;
        // One that cannot be opened is told when it is needed.
        if let Some((path, file)) = policy
            .ca_file()
            .and_then(|path| Some((path, regular::open(path).ok()?)))
        {
            ownership::check(&file, path).map_err(not_ours)?;
        }
        Ok(policy)
    }

    /// Reads the policy file of a folder, which may have none.
    ///
    /// # Errors
    /// As for [`OperatorPolicy::read`]; and when there is none, but everybody may
    /// write to the folder and so could have taken it away.
    pub fn read_if_any(path: impl AsRef<Path>) -> Result<Option<Self>, PolicyFileError> {
        let path = path.as_ref();
        // A link that leads nowhere is a file that cannot be read, and no absent one.
        match path.symlink_metadata() {
            Err(error) if ownership::tells_absence(&error) => {}
            _ => return Self::read(path).map(Some),
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        ownership::check_open(folder).map_err(|cause| PolicyFileError::TakenAway {
            name: path.display().to_string(),
            cause,
        })?;
        Ok(None)
    }

    /// Takes the text of a policy file; messages call it `name`.
    ///
    /// # Errors
    /// When anything in it is unknown or malformed.
    pub fn parse(name: &str, text: &str) -> Result<Self, PolicyFileError> {
        Self::parse_in(name, text, Path::new(""))
    }

    fn parse_in(name: &str, text: &str, folder: &Path) -> Result<Self, PolicyFileError> {
        let mut form: PolicyForm = toml::from_str(text).map_err(|error| {
            // The line by number alone: it may hold the proxy's password.
            let line = error.span().map_or(1, |span| {
                let before = text.as_bytes().get(..span.start).unwrap_or_default();
                before.iter().filter(|byte| **byte == b'\n').count() + 1
            });
            PolicyFileError::Content {
                name: name.to_owned(),
                message: format!("line {line}: {}", error.message()),
            }
        })?;
        if let Some(file) = &mut form.network.ca_file {
            *file = folder.join(&*file);
        }
        let name = name.to_owned();
        Ok(Self {
            inner: Arc::new(Inner { name, form }),
        })
    }

    /// The way to HTTPS servers, where the file names one.
    pub(crate) fn proxy(&self) -> Option<&Proxy> {
        self.inner.form.network.proxy.as_ref().map(|proxy| &proxy.0)
    }

    /// The file of further CA certificates, where one is named.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.inner.form.network.ca_file.as_deref()
    }

    /// The limits, none higher than the file's bounds.
    pub(crate) fn lower(&self, limits: Limits) -> Limits {
        self.inner.form.limits.lower(limits)
    }

    /// The same for what it may take to load a component that is not ours.
    pub(crate) fn lower_compiling(&self, limits: CompileLimits) -> CompileLimits {
        self.inner.form.limits.lower_compiling(limits)
    }

    /// Whether components beside our actions may run. The error is the rule
    /// that would let them.
    pub(crate) fn check_other_components(&self) -> Result<(), String> {
        if self.inner.form.other_components.unwrap_or(true) {
            return Ok(());
        }
        Err(self.rule("other_components = true"))
    }

    /// Whether a connection may lead to an origin. The error is the rule that
    /// would let it.
    pub(crate) fn check_origin(&self, origin: &Origin) -> Result<(), String> {
        let Some(places) = &self.inner.form.origins else {
            return Ok(());
        };
        if places.iter().any(|place| place.holds(origin)) {
            return Ok(());
        }
        let place = match origin.is_loopback() {
            true => "sandbox".to_owned(),
            false => origin.to_string(),
        };
        Err(self.rule(&format!("origins = [\"{place}\"]")))
    }

    /// Whether an action may make a request to Clio's API. The error carries
    /// what to change.
    pub(crate) fn check_api(
        &self,
        component: Option<&Identity>,
        method: &Method,
        path: &str,
    ) -> Result<(), (DenialReason, String)> {
        let form = &self.inner.form;
        let fits = |rules: &[RequestRule]| rules.iter().any(|rule| rule.matches(method, path));
        let refused = |rule: &str| Err((DenialReason::Operator, self.rule(rule)));
        if let Some(rule) = form.deny.iter().find(|rule| rule.matches(method, path)) {
            return refused(&format!("no \"{rule}\" in deny"));
        }
        let wanted = format!("allow = [\"{method} {}\"]", PathPattern::generalised(path));
        if form.allow.as_deref().is_some_and(|allow| !fits(allow)) {
            return refused(&wanted);
        }
        // A component of somebody else may take the name of any action: what
        // holds for it stands under its digest.
        let (bounds, table) = match component {
            Some(Identity::Ours(name)) => {
                let bounds = form.actions.get(&ActionName((*name).to_owned()));
                (bounds.map(|it| &it.allow), format!("[actions.{name}]"))
            }
            Some(Identity::Other(digest)) => {
                let bounds = form.components.get(digest);
                let bounds = bounds.and_then(|it| it.allow.as_ref());
                (bounds, format!("[components.\"{digest}\"]"))
            }
            None => (None, String::new()),
        };
        match bounds {
            Some(allow) if !fits(allow) => refused(&format!("{table} {wanted}")),
            _ => Ok(()),
        }
    }

    /// What the file says of the grants in a component's own description.
    pub(crate) fn grants(&self, component: &ComponentDigest) -> Option<bool> {
        self.inner.form.components.get(component)?.grants
    }

    /// Whether content may be fetched from an origin that the caller named.
    pub(crate) fn check_content(&self, origin: &Origin) -> Result<(), (DenialReason, String)> {
        let Some(origins) = &self.inner.form.content_origins else {
            return Ok(());
        };
        if origins.iter().any(|known| known.0 == *origin) {
            return Ok(());
        }
        let rule = format!("content_origins = [\"{origin}\"]");
        Err((DenialReason::Operator, self.rule(&rule)))
    }

    fn rule(&self, rule: &str) -> String {
        format!("{rule} (in {})", self.inner.name)
    }
}
