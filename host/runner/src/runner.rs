//! The runner of this process: one worker, one cache of compiled components;
//! and the files of this process, as its calls take them.

use std::io;
use std::sync::Arc;

use clio_host::{Host, Limits, LocalContent, Network, Observer, Policy};

use crate::digest::Digest;
use crate::failure::Failure;
use crate::files::LocalFile;
use crate::home::Home;
use crate::journal::Journal;
use crate::operator;

/// How this process reaches the network.
pub fn network(home: &Home) -> Result<Network, Failure> {
    Ok(operator::bound(Host::builder(), home)?.network())
}

/// A host for this process, with an audit of every call where there is a journal.
/// Without a home nothing is cached on disk.
pub fn host(
    home: Option<&Home>,
    policy: Policy,
    limits: Limits,
    journal: Option<Arc<Journal>>,
) -> Result<Host, Failure> {
    observed_host(home, policy, limits, journal, None)
}

/// The same, whose calls somebody is told of.
pub fn observed_host(
    home: Option<&Home>,
    policy: Policy,
    limits: Limits,
    journal: Option<Arc<Journal>>,
    observer: Option<Arc<dyn Observer>>,
) -> Result<Host, Failure> {
    let cache = home.map(Home::cache).transpose()?;
    let mut builder = Host::builder()
        .workers(1)
        .policy(policy)
        .limits(limits)
        .cache_dir(cache);
    // A stranger's component is compiled by this program in a process of its
    // own. Without one it is compiled here, after an estimate.
    if let Ok(program) = std::env::current_exe() {
        builder = builder.compile_with(program);
    }
    if let Some(home) = home {
        builder = operator::bound(builder, home)?;
    }
    if let Some(journal) = journal {
        builder = builder.reviews(Arc::clone(&journal) as _).journal(journal);
    }
    if let Some(observer) = observer {
        builder = builder.observer(observer);
    }
    builder.build().map_err(|error| {
        Failure::host(format!("the runner cannot start: {error}"))
            .next("if it is the cache, remove the folder that is named, or set CLIO_HOME")
    })
}

/// A file as content of a call. A file that changes after it was digested is an
/// error of the upload, not another document.
pub fn content(
    file: LocalFile,
    media_type: Option<&str>,
    sha256: Digest,
) -> io::Result<LocalContent> {
    let content = LocalContent::from_file(file.into_handle())?.with_sha256(sha256.0);
    Ok(match media_type {
        Some(media_type) => content.with_media_type(media_type),
        None => content,
    })
}
