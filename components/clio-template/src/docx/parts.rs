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

/// Where it stands which part is the document.
const RELATIONSHIPS: &str = "_rels/.rels";

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

/// What parts are looked for for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is handed on, to be opened in Word.
    Fill,
    /// Its text is read, and nothing of it is opened.
    Inspect,
}

impl Parts {
    /// Finds the parts, and refuses what is in bad faith.
    pub(crate) fn find(package: &Package<'_>, purpose: Purpose) -> Result<Self> {
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
                relationships(text_of(&text).map_err(|it| it.at(&member.name))?, purpose)
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
    let document = document(package)?;
    let (mut main, mut default, mut filled) = (None, None, Vec::new());
    let mut properties = None;
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
        if kind.value.contains('&') {
            return Err(Refused::new("it writes the type of a part with references"));
        }
        let is_main = kind.value == MAIN || kind.value == TEMPLATE;
        let range = kind.at..kind.at + kind.value.len();
        let template_type = (kind.value == TEMPLATE).then_some(range);
        let part = kind.value.strip_prefix(OTHERS).unwrap_or_default();
        let holds_text = matches!(
            part,
            "header+xml" | "footer+xml" | "footnotes+xml" | "endnotes+xml" | "comments+xml"
        );
        if let Some(extension) = start.value("Extension") {
            if holds_text {
                return Err(Refused::new(
                    "it tells headers or notes by their extension; save it again in Word",
                ));
            }
            if is_main {
                default = Some((extension.to_lowercase(), template_type));
            }
            return Ok(());
        }
        let Some(name) = start.value("PartName") else {
            return Ok(());
        };
        let name = name.strip_prefix('/').unwrap_or(&name);
        // Capitals do not tell parts apart.
        let Some(name) = package.member_like(name).map(|it| it.name.clone()) else {
            return Ok(());
        };
        if is_main {
            if main.replace((name, template_type)).is_some() {
                return Err(Refused::new(
                    "it is no Word document: it has two main parts",
                ));
            }
            return Ok(());
        }
        if kind.value == PROPERTIES {
            properties = Some(name);
            return Ok(());
        }
        if holds_text {
            filled.push(name);
        }
        if filled.len() > limits::MEMBERS {
            return Err(Refused::new("it names more than 2,000 parts"));
        }
        Ok(())
    })
    .map_err(|it| it.at(TYPES))?;
    // Word goes by the relationship, whatever else has the type of a document.
    let (main, template_type) = match (document, main, default) {
        (None, Some(main), _) => main,
        (Some(document), Some((main, kind)), _) if main == document => (main, kind),
        (Some(document), None, Some((extension, kind)))
            if document.to_lowercase().ends_with(&format!(".{extension}")) =>
        {
            (document, kind)
        }
        _ => {
            return Err(Refused::new(
                "it is no Word document: it has no main part; save it as .docx",
            ));
        }
    };
    filled.sort();
    filled.dedup();
    filled.insert(0, main);
    Ok(Parts {
        filled,
        properties,
        template_type,
    })
}

/// The part that is the document. None: no relationship is there at all.
fn document(package: &Package<'_>) -> Result<Option<String>> {
    let Some(member) = package.member(RELATIONSHIPS) else {
        return Ok(None);
    };
    let bytes = member.read(limits::PART)?;
    let mut found = None;
    let text = text_of(&bytes).map_err(|it| it.at(RELATIONSHIPS))?;
    walk(text, |event| {
        let Event::Start(start) = event else {
            return Ok(());
        };
        let kind = start.value("Type").unwrap_or_default();
        if start.local != "Relationship" || !kind.ends_with("/officeDocument") {
            return Ok(());
        }
        let target = start.value("Target").unwrap_or_default();
        let name = target.trim_start_matches("./").trim_start_matches('/');
        let part = package.member_like(name).map(|it| it.name.clone());
        match found.replace(part.unwrap_or_default()) {
            None => Ok(()),
            Some(_) => Err(Refused::new(
                "it is no Word document: it has two main parts",
            )),
        }
    })
    .map_err(|it| it.at(RELATIONSHIPS))?;
    Ok(Some(found.unwrap_or_default()))
}

/// What another part or place is to a part, by the last word of its type.
fn relationships(text: &str, purpose: Purpose) -> Result<()> {
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
            // Usual, and harmless to who reads.
            "attachedtemplate" if purpose == Purpose::Inspect => return Ok(()),
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
