//! The case file's reader, handed out to the tests that feed it random text. No
//! part of any interface: it changes without notice.

use std::io;
use std::path::Path;

use crate::case::Case;
use crate::files::Folder;
use crate::home::Home;
use crate::mapping;

/// Where the files of a case lie.
#[derive(Debug)]
pub struct Files(Folder);

impl Files {
    /// Opens a folder.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Folder::open(path).map(Self)
    }
}

/// What a case file that was taken says.
#[derive(Debug)]
pub struct Taken {
    /// The identifiers under which its records go into Clio: the matter's, the
    /// client's, then the documents'.
    pub source_ids: Vec<String>,
    /// The names of its documents in Clio.
    pub names: Vec<String>,
    /// The client's e-mail addresses and phone numbers.
    pub reached_by: Vec<String>,
}

/// What is wrong where.
#[derive(Debug)]
pub struct Mistake {
    /// The JSON Pointer of the member.
    pub pointer: String,
    /// What is wrong with it.
    pub what: String,
    /// Both, as a person is told.
    pub shown: String,
}

/// Reads and checks a case file as `clio sync` does.
///
/// # Errors
/// All its mistakes.
pub fn case(text: &[u8], files: &Files) -> Result<Taken, Vec<Mistake>> {
    let case = Case::parse(text, &files.0).map_err(|mistakes| all(&mistakes))?;
    let documents = case.documents.iter();
    let emails = case.client.emails().into_iter().map(|email| email.address);
    let phones = case.client.phones().into_iter().map(|phone| phone.number);
    Ok(Taken {
        source_ids: [case.source_id.clone(), case.client_source_id()]
            .into_iter()
            .chain(
                documents
                    .clone()
                    .map(|document| case.document_source_id(document)),
            )
            .collect(),
        names: documents
            .map(|document| document.name().to_owned())
            .collect(),
        reached_by: emails.chain(phones).collect(),
    })
}

/// The JSON Schema of case files.
pub const CASE_SCHEMA: &str = crate::case::SCHEMA;

/// The actions' own checks, for case files.
#[derive(Debug)]
pub struct Rehearsal(crate::sync::rehearsal::Rehearsal);

impl Rehearsal {
    /// With a folder for compiled components.
    ///
    /// # Errors
    /// When the runner does not start.
    pub fn new(home: &Path) -> Result<Self, String> {
        let rehearsal = crate::sync::rehearsal::Rehearsal::new(&Home::at(home));
        rehearsal.map(Self).map_err(|failure| failure.to_string())
    }

    /// What the actions refuse of a case that the check took.
    ///
    /// # Errors
    /// All that the check does not take.
    pub async fn refused(&self, text: &[u8], files: &Files) -> Result<Vec<Mistake>, Vec<Mistake>> {
        let mut case = Case::parse(text, &files.0).map_err(|mistakes| all(&mistakes))?;
        mapping::apply(None, &mut case);
        let twice = mapping::twice(&case);
        if !twice.is_empty() {
            return Err(all(&twice));
        }
        Ok(all(&self.0.mistakes(&case, None).await))
    }
}

fn all(mistakes: &[crate::case::Mistake]) -> Vec<Mistake> {
    mistakes
        .iter()
        .map(|mistake| Mistake {
            pointer: mistake.at.as_str().to_owned(),
            what: mistake.what.clone(),
            shown: mistake.to_string(),
        })
        .collect()
}
