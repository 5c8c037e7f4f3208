//! Reviews: drafts that machines made, and what a person decided on them.
//!
//! The command and the service add, list, show and decide here alike. An approval
//! names a person; no input of a call brings one.
//!
//! What must stay true: the bytes that are approved are the queue's own sealed copy,
//! and they are what is uploaded; whatever a draft's end, its digest stays known as
//! a machine's work.

mod bytes;
mod ready;
mod text;

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clio_host::Made;
use serde_json::{Value, json};

use self::bytes::Written;
pub use self::bytes::{DraftBytes, MOST_BYTES};
pub use self::ready::{NotReady, Ready, ready};
pub use self::text::{Shown, shown, template_text, text};
use crate::digest::Digest;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::drafts::{About, Draft, DraftFilter, Status};
use crate::journal::{Journal, instant};

/// A file without a row is no draft any more after so long: its process ended.
const LEFT: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest name of a person or of a drafter, in characters.
const LONGEST_NAME: usize = 200;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 2000;
/// The most bytes of a file's name, as Clio takes it.
const LONGEST_FILE_NAME: usize = 255;
/// The most bytes of a template's text.
const LONGEST_TEMPLATE: usize = 4 * 1024 * 1024;

/// A draft to be.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    /// The account: `Account::scope`, which is what `Connection::account` says.
    pub owner: &'a str,
    /// The connection's name, or its origin where it has none.
    pub connection: &'a str,
    pub matter: u64,
    /// The document of the matter of which it is to become a version.
    pub version_of: Option<u64>,
    /// Its file name.
    pub name: &'a str,
    /// Empty: by the name.
    pub media_type: &'a str,
    /// What made it: an action's name, or what a person calls the drafter.
    pub made_by: &'a str,
    /// The text of the template that it was filled from, where it is known.
    pub template: Option<&'a str>,
    /// How long it waits for its review, and its bytes for their upload. None:
    /// [`LIFE`].
    pub life: Option<Duration>,
}

/// How many drafts of an account are kept, and how many bytes of them.
const MOST_KEPT: u64 = 2_000;
const MOST_BYTES_KEPT: u64 = 2 << 30;

/// How long a draft lives at most, and where nothing else is said.
pub const LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Adds a draft. The same bytes for the same place are one draft, as long as it
/// waits, is approved or stands in Clio. Returns whether it is new. This reads and
/// writes files.
pub fn add(
    home: &Home,
    journal: &Journal,
    new: &NewDraft<'_>,
    bytes: impl Read,
) -> Result<(Draft, bool), Failure> {
    check(new)?;
    let id = journal.new_draft_id()?;
    let written = Written::of(home, journal, &id, bytes)?;
    if written.length == 0 {
        return Err(Failure::usage("the draft is empty"));
    }
    let media_type = match new.media_type {
        "" => mime_guess::from_path(new.name)
            .first_raw()
            .unwrap_or_default(),
        given => given,
    };
    // First of all: from now on nobody passes it off as a person's. Who made it is not
    // this caller's to say where it is known.
    let bytes = Made::Bytes(written.sha256.0);
    let made_by = match journal.made_by(new.owner, bytes)? {
        Some(known) => known,
        None => new.made_by.to_owned(),
    };
    journal.remember_made(new.owner, bytes, &made_by)?;
    let about = About {
        owner: new.owner.to_owned(),
        matter: new.matter,
        version_of: new.version_of,
        sha256: written.sha256.to_string(),
        length: written.length,
        expires: expires(new.life),
        name: new.name.to_owned(),
        media_type: media_type.to_owned(),
        made_by,
    };
    let _adding = journal.adding_drafts()?;
    if let Some(same) = journal.same_draft(new.connection, &about)? {
        return Ok((same, false));
    }
    let (drafts, bytes) = journal.kept_drafts(new.owner)?;
    if drafts >= MOST_KEPT || bytes + about.length > MOST_BYTES_KEPT {
        let what =
            format!("the account has {drafts} drafts of {bytes} bytes, and no more are kept");
        return Err(Failure::new(Exit::Transient, what).next(
            "decide on those that wait; what is rejected, or was uploaded and is over, goes",
        ));
    }
    written.keep(home, &id)?;
    journal.add_draft(&id, new.connection, &about, new.template)?;
    Ok((found(journal, new.owner, &id)?, true))
}

fn expires(life: Option<Duration>) -> i64 {
    let life = life.unwrap_or(LIFE).min(LIFE).as_millis();
    jiff::Timestamp::now().as_millisecond() + i64::try_from(life).unwrap_or(0)
}

fn check(new: &NewDraft<'_>) -> Result<(), Failure> {
    let wrong = |what: &str| Err(Failure::usage(what));
    let plain = |text: &str| !text.chars().any(char::is_control);
    if new.matter == 0 || new.version_of == Some(0) {
        return wrong("an id in Clio is a number from 1 on");
    }
    let name = new.name.trim();
    if name.is_empty()
        || name.len() > LONGEST_FILE_NAME
        || !plain(name)
        || name.contains(['/', '\\'])
    {
        return wrong("the draft's name is a file name of at most 255 bytes, without slashes");
    }
    if !plain(new.media_type) || new.media_type.len() > 255 {
        return wrong("the media type is one such as application/pdf");
    }
    person(new.made_by, "what made the draft")?;
    if new
        .template
        .is_some_and(|text| text.len() > LONGEST_TEMPLATE)
    {
        return wrong("the template's text has at most 4 MiB");
    }
    Ok(())
}

/// A name that stands in the audit and is shown.
fn person<'n>(name: &'n str, what: &str) -> Result<&'n str, Failure> {
    let name = name.trim();
    let plain = !name.chars().any(char::is_control);
    if name.is_empty() || name.chars().count() > LONGEST_NAME || !plain {
        return Err(Failure::usage(format!(
            "{what} is a name of at most {LONGEST_NAME} characters, in one line"
        )));
    }
    Ok(name)
}

/// An account's drafts, newest first.
pub fn list(journal: &Journal, owner: &str, filter: &DraftFilter) -> Result<Vec<Draft>, Failure> {
    Ok(journal.drafts(owner, filter)?)
}

/// An account's draft.
pub fn found(journal: &Journal, owner: &str, id: &str) -> Result<Draft, Failure> {
    journal.draft(owner, id)?.ok_or_else(|| {
        Failure::usage("there is no draft of that id for this account")
            .next("`clio review list` lists them")
    })
}

/// A draft as it is told to programs.
pub fn told(draft: &Draft) -> Value {
    let about = &draft.about;
    json!({
        "id": draft.id, "status": draft.status, "matter": about.matter,
        "version_of": about.version_of, "name": about.name,
        "media_type": Some(&about.media_type).filter(|it| !it.is_empty()),
        "length": about.length, "sha256": about.sha256, "made_by": about.made_by,
        "connection": draft.connection, "created": instant(draft.created),
        "expires": instant(about.expires),
        "decided_by": draft.decision.as_ref().map(|it| it.by.clone()),
        "decided_at": draft.decision.as_ref().map(|it| instant(it.at)),
        "reason": draft.decision.as_ref().map(|it| &it.reason).filter(|it| !it.is_empty()),
        "document": draft.document, "has_content": draft.has_bytes,
    })
}

/// Opens a draft's bytes: the queue's own sealed copy.
pub fn open(home: &Home, journal: &Arc<Journal>, draft: &Draft) -> Result<DraftBytes, Failure> {
    if !draft.has_bytes {
        return Err(Failure::new(
            Exit::Permanent,
            format!(
                "the draft is {}, and its bytes were taken away",
                draft.status.word()
            ),
        )
        .next("add it anew"));
    }
    DraftBytes::open(home, journal, draft)
}

/// What a person decided.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'a> {
    pub approves: bool,
    pub by: &'a str,
    /// The digest of the bytes that they saw. None takes their word for what the
    /// queue holds.
    pub seen: Option<&'a str>,
    /// Empty: none was given.
    pub reason: &'a str,
}

/// Approves a draft that waits, in a person's name.
pub fn approve(
    journal: &Journal,
    owner: &str,
    id: &str,
    by: &str,
    seen: Option<&str>,
) -> Result<Draft, Failure> {
    let verdict = Verdict {
        approves: true,
        by,
        seen,
        reason: "",
    };
    decide(journal, owner, id, verdict)
}

/// Rejects a draft that waits, or takes an approval back.
pub fn reject(journal: &Journal, owner: &str, id: &str, by: &str) -> Result<Draft, Failure> {
    let verdict = Verdict {
        approves: false,
        by,
        seen: None,
        reason: "",
    };
    decide(journal, owner, id, verdict)
}

/// Writes what a person decided on a draft that waits; of one that is approved, that
/// they reject it after all.
pub fn decide(
    journal: &Journal,
    owner: &str,
    id: &str,
    verdict: Verdict<'_>,
) -> Result<Draft, Failure> {
    let approves = verdict.approves;
    let by = person(verdict.by, "who decides")?;
    if verdict.reason.chars().count() > LONGEST_REASON {
        return Err(Failure::usage(format!(
            "the reason has at most {LONGEST_REASON} characters"
        )));
    }
    let draft = found(journal, owner, id)?;
    if verdict.seen.is_some_and(|seen| seen != draft.about.sha256) {
        return Err(
            Failure::usage("the draft has another SHA-256 than the one that was seen")
                .next("look at the draft once more"),
        );
    }
    let wanted = if approves {
        Status::Approved
    } else {
        Status::Rejected
    };
    if draft.status == wanted {
        return Ok(draft);
    }
    let open = draft.status == Status::Waiting || (!approves && draft.status == Status::Approved);
    if !open || !journal.decide(&draft, approves, by, verdict.reason.trim())? {
        let draft = found(journal, owner, id)?;
        return Err(
            Failure::new(Exit::Permanent, decided(&draft)).next(match draft.status {
                // The same bytes would be this draft.
                Status::Uploaded => "it stands in Clio: change or remove the document there",
                _ => "add the bytes anew, where they are to be reviewed once more",
            }),
        );
    }
    found(journal, owner, id)
}

/// Why nothing can be decided on a draft.
fn decided(draft: &Draft) -> String {
    let status = draft.status.word();
    match &draft.decision {
        Some(decision) => format!(
            "the draft is {status}: {} decided on it at {}",
            decision.by,
            instant(decision.at)
        ),
        None => format!("the draft is {status}"),
    }
}

/// How many drafts came to their end, and of how many the bytes were taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    pub drafts: usize,
    pub files: usize,
}

/// Ends the drafts whose time is over, and takes away the bytes that nobody needs
/// any more. What a machine made stays known. This works on files.
pub fn expire(home: &Home, journal: &Journal) -> Result<Expired, Failure> {
    let folder = home.drafts()?;
    let cannot = |error: std::io::Error| Failure::host(format!("{}: {error}", folder.display()));
    let (drafts, ended) = journal.expire_drafts()?;
    let mut files = 0;
    for id in ended {
        bytes::remove(&folder, &id).map_err(cannot)?;
        journal.draft_bytes_gone(&id)?;
        files += 1;
    }
    let now = SystemTime::now();
    for entry in std::fs::read_dir(&folder).map_err(cannot)?.flatten() {
        let age = entry.metadata().and_then(|it| it.modified());
        let age = age.ok().and_then(|at| now.duration_since(at).ok());
        if age.is_none_or(|age| age < LEFT) {
            continue;
        }
        let name = entry.file_name();
        let known = name.to_str().map(|name| journal.is_draft(name));
        if !known.transpose()?.unwrap_or(false) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(Expired { drafts, files })
}

/// The digest that a text is.
pub fn digest(hexadecimal: &str) -> Option<Digest> {
    let mut bytes = [0; 32];
    if hexadecimal.len() != 64 || !hexadecimal.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hexadecimal.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(Digest(bytes))
}

#[cfg(test)]
mod tests;
