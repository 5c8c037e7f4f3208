//! Which parts of a Word document there are, and what none may have.
//!
//! What is filled here is opened by a person in Word. So what would run there, or
//! would fetch something from elsewhere, is refused and not handed on.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::limits;
use crate::package::{Member, Package};
use crate::refused::{Refused, Result};
use crate::xml::{Event, no_declarations, text_of, walk};

/// Where the types of the parts stand.
pub(crate) const TYPES: &str = "[Content_Types].xml";

pub(crate) const MAIN: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const TEMPLATE: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml";
pub(super) const PROPERTIES: &str = "application/vnd.openxmlformats-package.core-properties+xml";
const OTHERS: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.";

/// The parts that hold text, the document before all others.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) filled: Vec<String>,
    /// The part with the document's title, subject and keywords.
    pub(crate) properties: Option<String>,
    /// Where the types of the parts name a template; what is filled is none.
    pub(crate) template_type: Option<core::ops::Range<usize>>,
}

impl Parts {
    /// Finds the parts, and refuses what is in bad faith.
    pub(crate) fn find(package: &Package<'_>) -> Result<Self> {
        let Some(types) = package.member(TYPES) else {
            return Err(Refused::new(
                "it is no Word document: it has no content types; save it as .docx",
            ));
        };
        let parts = content_types(package, types)?;
        for member in &package.members {
            let name = member.name.to_lowercase();
            if name.ends_with(".rels") {
                let text = member.read(limits::PART)?;
                relationships(text_of(&text).map_err(|it| it.at(&member.name))?)
                    .map_err(|it| it.at(&member.name))?;
            } else if name.ends_with(".xml") && member.name != TYPES {
                if !parts.filled.contains(&member.name) {
                    no_declarations(&member.name, &member.read(limits::PART)?)?;
                }
            } else {
                refuse_by_name(&name)?;
                member.check()?;
            }
        }
        Ok(parts)
    }
}

fn refuse_by_name(name: &str) -> Result<()> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let macros = file.starts_with("vbaproject") || file.starts_with("vbadata");
    if macros || name.contains("/activex/") {
        return Err(macros_refused());
    }
    Ok(())
}

fn macros_refused() -> Refused {
    Refused::new("it holds macros or controls that run code; save it without them, as .docx")
}

fn content_types(package: &Package<'_>, types: &Member<'_>) -> Result<Parts> {
    let bytes = types.read(limits::PART)?;
    let text = text_of(&bytes).map_err(|it| it.at(TYPES))?;
    let (mut main, mut filled) = (None, Vec::new());
    let (mut template_type, mut properties) = (None, None);
    walk(text, |event| {
        let Event::Start(start) = event else {
            return Ok(());
        };
        let Some(kind) = start.attribute("ContentType") else {
            return Ok(());
        };
        let lower = kind.value.to_lowercase();
        if lower.contains("macroenabled")
            || lower.contains("vbaproject")
            || lower.contains("activex")
        {
            return Err(macros_refused());
        }
        let Some(name) = start.value("PartName") else {
            return Ok(());
        };
        let name = name.strip_prefix('/').unwrap_or(&name);
        if kind.value == MAIN || kind.value == TEMPLATE {
            if main.replace(String::from(name)).is_some() {
                return Err(Refused::new(
                    "it is no Word document: it has two main parts",
                ));
            }
            let range = kind.at..kind.at + kind.value.len();
            template_type = (kind.value == TEMPLATE).then_some(range);
            return Ok(());
        }
        if kind.value == PROPERTIES {
            properties = Some(String::from(name));
            return Ok(());
        }
        let part = kind.value.strip_prefix(OTHERS).unwrap_or_default();
        let holds_text = matches!(
            part,
            "header+xml" | "footer+xml" | "footnotes+xml" | "endnotes+xml" | "comments+xml"
        );
        if holds_text {
            filled.push(String::from(name));
        }
        if filled.len() > limits::MEMBERS {
            return Err(Refused::new("it names more than 2,000 parts"));
        }
        Ok(())
    })
    .map_err(|it| it.at(TYPES))?;
    let Some(main) = main else {
        return Err(Refused::new(
            "it is no Word document: it has no main part; save it as .docx",
        ));
    };
    filled.sort();
    filled.dedup();
    filled.insert(0, main);
    filled.retain(|name| package.member(name).is_some());
    if filled.is_empty() {
        return Err(Refused::new(
            "it is no Word document: its main part is missing",
        ));
    }
    Ok(Parts {
        filled,
        properties,
        template_type,
    })
}

/// What another part or place is to a part, by the last word of its type.
fn relationships(text: &str) -> Result<()> {
    walk(text, |event| {
        let Event::Start(start) = event else {
            return Ok(());
        };
        if start.local != "Relationship" {
            return Ok(());
        }
        let kind = start.value("Type").unwrap_or_default();
        let kind = kind.rsplit('/').next().unwrap_or_default().to_lowercase();
        let mode = start.value("TargetMode").unwrap_or_default();
        match &*kind {
            "vbaproject" | "wordvbadata" | "control" | "activexcontrolbinary" => {
                return Err(macros_refused());
            }
            "attachedtemplate" => {
                return Err(Refused::new(
                    "it has a template attached, which Word would open with it; \
                     detach it under Developer, Document Template",
                ));
            }
            "afchunk"
            | "subdocument"
            | "frame"
            | "oleobject"
            | "mailmergesource"
            | "mailmergeheadersource" => {
                return Err(Refused::new(format!(
                    "it takes in another file (`{kind}`); put its content into the document itself"
                )));
            }
            _ => {}
        }
        let target = start.value("Target").unwrap_or_default().to_lowercase();
        let elsewhere = target.contains(':') || target.starts_with("//") || target.contains('\\');
        if (mode.eq_ignore_ascii_case("external") || elsewhere) && kind != "hyperlink" {
            return Err(Refused::new(
                "it refers to a file outside of it, which Word would fetch; embed it, or take it out",
            ));
        }
        if kind == "hyperlink" {
            let scheme = target.split_once(':').map(|it| it.0.trim());
            let runs = matches!(
                scheme,
                Some("javascript" | "vbscript" | "data" | "ms-msdt" | "search-ms")
            );
            if runs {
                return Err(Refused::new("a link in it runs a script"));
            }
        }
        Ok(())
    })
}
