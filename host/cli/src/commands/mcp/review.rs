//! The tool that asks for a review: it adds a draft, and decides nothing.

use std::io::{Cursor, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clio_runner::failure::Failure;
use clio_runner::files::Roots;
use clio_runner::home::Home;
use clio_runner::journal::Journal;
use clio_runner::review::{self, NewDraft};
use serde::Deserialize;
use serde_json::{Value, json};

/// What made it, as far as is known here.
const MADE_BY: &str = "an MCP client";
/// As of an action's inline content.
const INLINE_BYTES: usize = 1024 * 1024;
/// The most bytes of a template.
const TEMPLATE_BYTES: u64 = 32 * 1024 * 1024;

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    matter: Value,
    #[serde(default)]
    version_of: Value,
    name: String,
    source: Source,
    /// What it was filled from.
    #[serde(default)]
    template: Option<Source>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Inline(String),
    File(String),
}

impl Source {
    /// Its bytes. `what` is the argument that names it.
    fn bytes(&self, what: &str, roots: &Roots) -> Result<Box<dyn Read>, Failure> {
        match self {
            Self::File(name) => {
                let file = roots.file(name).map_err(|error| {
                    Failure::usage(format!("{what}.file {error}"))
                        .next("name a file by its path inside a folder of the server")
                })?;
                Ok(Box::new(file.into_handle()))
            }
            Self::Inline(text) => {
                let bytes = STANDARD.decode(text).ok();
                let bytes = bytes.filter(|bytes| bytes.len() <= INLINE_BYTES);
                let bytes = bytes.ok_or_else(|| {
                    Failure::usage(format!("{what}.inline is no base64 of at most 1 MiB"))
                })?;
                Ok(Box::new(Cursor::new(bytes)))
            }
        }
    }
}

impl Asked {
    pub(super) fn of(arguments: Value) -> Result<Self, Failure> {
        serde_json::from_value(arguments).map_err(|error| {
            Failure::usage(format!("the arguments are not right: {error}"))
                .next("give matter, name and source, as the tool's schema says")
        })
    }

    pub(super) fn matter(&self) -> Result<u64, Failure> {
        id(&self.matter, "matter")
    }

    pub(super) fn version_of(&self) -> Result<Option<u64>, Failure> {
        match &self.version_of {
            Value::Null => Ok(None),
            value => id(value, "version_of").map(Some),
        }
    }

    /// Adds it. This reads and writes files.
    pub(super) fn add(
        &self,
        home: &Home,
        journal: &Journal,
        owner: &str,
        connection: &str,
        roots: &Roots,
    ) -> Result<Value, Failure> {
        let template = self.template_text(roots)?;
        let new = NewDraft {
            owner,
            connection,
            matter: self.matter()?,
            version_of: self.version_of()?,
            name: &self.name,
            media_type: "",
            made_by: MADE_BY,
            template: template.as_deref(),
            life: None,
        };
        let bytes = self.source.bytes("source", roots)?;
        let (draft, _) = review::add(home, journal, &new, bytes)?;
        let about = &draft.about;
        let mut told = json!({"id": draft.id, "status": draft.status, "sha256": about.sha256,
            "matter": about.matter, "name": about.name});
        if let Some(document) = draft.document {
            told["document"] = document.into();
        }
        Ok(told)
    }

    /// The template's text, which the person sees beside the draft's.
    fn template_text(&self, roots: &Roots) -> Result<Option<String>, Failure> {
        let Some(template) = &self.template else {
            return Ok(None);
        };
        let unread = |why: &str| {
            Failure::usage(format!("the template {why}")).next(
                "give the DOCX, PDF or UTF-8 text that the draft was made of, or leave it out",
            )
        };
        let mut bytes = Vec::new();
        let mut reader = template.bytes("template", roots)?.take(TEMPLATE_BYTES + 1);
        let read = reader.read_to_end(&mut bytes);
        if read.is_err() || bytes.len() as u64 > TEMPLATE_BYTES {
            return Err(unread("cannot be read, or has more than 32 MiB"));
        }
        let text = review::template_text(&bytes);
        text.map(Some)
            .ok_or_else(|| unread("has no text that can be read"))
    }
}

fn id(value: &Value, what: &str) -> Result<u64, Failure> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| Failure::usage(format!("{what} is the id of a record in Clio")))
}
