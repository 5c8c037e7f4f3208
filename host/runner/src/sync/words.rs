//! A failure in the words of a case file.
//!
//! An action speaks of its own request: `known_id`, `/emails/0/address`. Who
//! syncs a case has a case file and a command line, and is told what to change
//! in those.

use clio_host::CallError;
use clio_host::actions::types::{Problem, ProblemCode};

use super::fields::FieldsOf;
use super::identity;
use crate::call_failure;
use crate::case::{Case, Document, Pointer};

/// What a call was for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of<'c> {
    Contact,
    Matter,
    Document(&'c Document),
    Fields(FieldsOf),
}

/// A failure as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub message: String,
    /// The place in the case file, a JSON Pointer.
    pub field: Option<String>,
    pub next: String,
}

/// Tells a failed call in the words of the case file.
pub(crate) fn of(case: &Case, of: Of<'_>, error: &CallError) -> Told {
    let Some(problem) = error.problem() else {
        return Told {
            message: error.to_string(),
            field: None,
            next: call_failure::next(error).to_owned(),
        };
    };
    let field = problem.field.as_deref();
    let at = match (of, field) {
        (_, None) => None,
        (Of::Contact, Some(field)) => case.at_contact(field),
        (Of::Matter, Some(field)) => case.at_matter(field),
        (Of::Document(document), Some(field)) => case.at_document(document, field),
        (Of::Fields(of), Some(field)) => at_field(case, of, field),
    };
    let (message, next) = match of {
        Of::Contact => of_contact(case, problem),
        Of::Matter => of_matter(case, problem),
        Of::Document(_) => of_document(problem),
        Of::Fields(_) => None,
    }
    .unwrap_or((None, None));
    Told {
        message: message.map_or_else(|| translated(of, &problem.message), str::to_owned),
        field: at.map(|at| at.as_str().to_owned()),
        next: next.unwrap_or_else(|| next_of(error, problem)),
    }
}

/// A sentence of our own, and a next step of our own; each where there is one.
type Own = Option<(Option<&'static str>, Option<String>)>;

fn of_contact(case: &Case, problem: &Problem) -> Own {
    let field = problem.field.as_deref().unwrap_or_default();
    let candidate = problem.candidates.first().copied();
    match problem.code {
        ProblemCode::Removed if case.client.id.is_some() => Some((
            Some("The contact that `client.id` names is not in Clio, or may not be seen."),
            Some("restore it in Clio, name another one, or leave the id out".to_owned()),
        )),
        ProblemCode::Removed => Some((
            Some("The contact that an earlier run left is no longer in Clio, or may not be seen."),
            Some(
                "restore it in Clio; or say \"on_removed\": \"create\" under client, or run with \
                 --forget: the client is then looked for, and made again where nobody is found; \
                 or name the contact that is meant with \"client\": {\"id\": ID}"
                    .to_owned(),
            ),
        )),
        ProblemCode::Ambiguous if field == "/known_id" && case.client.id.is_some() => Some((
            Some(
                "The contact that `client.id` names has neither the client's name, nor one of \
                 their e-mail addresses or phone numbers.",
            ),
            Some(
                "name the right contact; or, if it is this one, give the client a name, an \
                 address or a number that stands in Clio"
                    .to_owned(),
            ),
        )),
        ProblemCode::Ambiguous if field == "/known_id" => Some((
            Some(
                "The source id stood for a contact that has neither the client's name, nor one of \
                 their e-mail addresses or phone numbers.",
            ),
            Some(identity::other_client(case, candidate)),
        )),
        ProblemCode::Ambiguous if matches!(field, "/marker_field" | "/source_id") => Some((
            Some(
                "The source id stands in Clio at a contact that has neither the client's name, nor \
                 one of their e-mail addresses or phone numbers.",
            ),
            Some(identity::other_client(case, candidate)),
        )),
        ProblemCode::Ambiguous => {
            let id = candidate.map_or_else(|| "ID".to_owned(), |id| id.to_string());
            Some((
                (field == "/emails").then_some(
                    "An e-mail address of the client stands in Clio under another name. A person \
                     must decide who is meant.",
                ),
                Some(format!(
                    "put the contact that is meant into the case file, such as \"client\": \
                     {{\"id\": {id}}}; or say \"on_name_conflict\": \"create\" under client to \
                     make another contact with the same address"
                )),
            ))
        }
        _ => None,
    }
}

fn of_matter(case: &Case, problem: &Problem) -> Own {
    let candidate = problem.candidates.first().copied();
    // A practice area or a stage may be ambiguous or gone as well.
    let field = problem.field.as_deref().unwrap_or_default();
    if !matches!(field, "" | "/known_id" | "/marker_field" | "/source_id") {
        return None;
    }
    match problem.code {
        ProblemCode::Removed if case.matter.id.is_some() => Some((
            Some("The matter that `matter.id` names is not in Clio, or may not be seen."),
            Some("restore it in Clio, name another one, or leave the id out".to_owned()),
        )),
        ProblemCode::Removed => Some((
            Some("The matter that an earlier run left is no longer in Clio, or may not be seen."),
            Some(
                "restore it in Clio; or say \"on_removed\": \"create\" under matter to make it \
                 again; or name the matter that is meant with \"matter\": {\"id\": ID}"
                    .to_owned(),
            ),
        )),
        ProblemCode::Ambiguous if case.matter.id.is_some() => Some((
            Some("The matter that `matter.id` names has another client and another title."),
            Some("name the right matter, or leave the id out".to_owned()),
        )),
        ProblemCode::Ambiguous => Some((
            Some("The source id stands for a matter that has another client and another title."),
            Some(identity::other_matter(candidate)),
        )),
        _ => None,
    }
}

fn of_document(problem: &Problem) -> Own {
    let next = match problem.code {
        ProblemCode::Removed => {
            "restore the document in Clio, or give it another source_id in the case file to upload \
             it anew"
        }
        _ => return None,
    };
    Some((None, Some(next.to_owned())))
}

/// The next step, where the case file is what may be mended.
fn next_of(error: &CallError, problem: &Problem) -> String {
    match problem.code {
        ProblemCode::InvalidInput => {
            "mend the case file; `clio sync --schema` prints its schema".to_owned()
        }
        _ => call_failure::next(error).to_owned(),
    }
}

/// The name in the case file of the field that a write refused.
pub(super) fn at_field(case: &Case, of: FieldsOf, field: &str) -> Option<Pointer> {
    let (owner, values) = match of {
        FieldsOf::Client(_) => ("client", &case.client.values),
        FieldsOf::Matter(_) => ("matter", &case.matter.values),
    };
    let fields = Pointer::root().then(owner).then("fields");
    let index = field.strip_prefix("/values/");
    let index = index.and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
    match index.and_then(|index| values.get(index)) {
        Some((term, _)) => Some(fields.then(term)),
        None => Some(fields),
    }
}

/// What a request calls a member, and what a case file does.
const OF_CONTACT: &[(&str, &str)] = &[
    ("known_id", "client.id"),
    ("on_name_conflict", "client.on_name_conflict"),
    ("marker_field", "client.marker_field"),
    ("emails", "client.emails"),
    ("phones", "client.phones"),
    ("addresses", "client.addresses"),
];
const OF_MATTER: &[(&str, &str)] = &[
    ("known_id", "matter.id"),
    ("on_removed", "matter.on_removed"),
    ("marker_field", "matter.marker_field"),
    ("practice_area", "matter.case_type"),
    ("matter_stage", "matter.stage"),
    ("numbering", "matter.numbering"),
    ("title", "matter.title"),
];
const OF_DOCUMENT: &[(&str, &str)] = &[
    ("on_change", "--on-change"),
    ("folder_path", "kind"),
    ("content", "file"),
    ("parent", "folder"),
];

/// An action's message with the case file's names in it. Names stand in
/// backquotes.
fn translated(of: Of<'_>, message: &str) -> String {
    let names = match of {
        Of::Contact => OF_CONTACT,
        Of::Matter => OF_MATTER,
        Of::Document(_) => OF_DOCUMENT,
        Of::Fields(_) => &[],
    };
    let mut text = message.to_owned();
    for (theirs, ours) in names {
        text = text.replace(&format!("`{theirs}`"), &format!("`{ours}`"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_what_stands_in_a_case_file() {
        let told = |of: Of<'_>, message: &str| translated(of, message);
        assert_eq!(
            told(Of::Contact, "Set `on_name_conflict`, or pass `known_id`."),
            "Set `client.on_name_conflict`, or pass `client.id`."
        );
        assert_eq!(
            told(Of::Matter, "Leave `numbering` out, or `known_id`."),
            "Leave `matter.numbering` out, or `matter.id`."
        );
        let fields = Of::Fields(FieldsOf::Client(1));
        assert_eq!(told(fields, "Give `clear`."), "Give `clear`.");
    }
}
