//! Whether a case's identifiers still stand for whom and what they stood for.
//!
//! What this home remembers is compared before anything is sent. An identifier
//! that stood for Gail and is given to Bob would lead to Gail's contact, and
//! Bob's documents into her matter. The actions compare again with what stands
//! in Clio; here it costs no request, and nothing is half made.

use super::line::Refusal;
use crate::case::Case;
use crate::state::{CaseRecord, ClientRecord, Memory, StateError, Who};

/// Why nothing may be done for a client or a matter.
#[derive(Debug)]
pub enum Refused {
    Client(Refusal),
    Matter(Refusal),
}

/// Looks at a case before its first request.
pub(crate) fn check(
    case: &Case,
    record: &CaseRecord,
    memory: &Memory,
) -> Result<Option<Refused>, StateError> {
    let who = Who::of(memory, &case.client);
    if let Some(known) = ClientRecord::glance(memory, &case.client_source_id())?
        && let Some(refusal) = client(case, &known, &who)
    {
        return Ok(Some(Refused::Client(refusal)));
    }
    Ok(matter(case, record, memory, &who)?.map(Refused::Matter))
}

/// Refuses a client whose identifier stood for somebody else. A case file that
/// says by id which contact is meant is compared in Clio alone.
pub(crate) fn client(case: &Case, known: &ClientRecord, who: &Who) -> Option<Refusal> {
    if case.client.id.is_some() || known.who.is_unknown() || known.who.fits(who) {
        return None;
    }
    Some(Refusal {
        at: case.client_source_id_at(),
        message: "The source id stood for somebody else: neither the name, nor an e-mail address, \
                  nor a phone number is one of theirs. Nothing was sent.",
        next: other_client(case, known.contact),
        candidates: known.contact.into_iter().collect(),
    })
}

/// What a person does about an identifier that stood for somebody else.
pub(crate) fn other_client(case: &Case, contact: Option<u64>) -> String {
    let id = contact.map_or_else(|| "ID".to_owned(), |id| id.to_string());
    let own = if case.client_has_own_source_id() {
        "the client"
    } else {
        "the case"
    };
    format!(
        "if it is another client, give {own} a source_id of its own; if it is the same one, say \
         which contact is meant with \"client\": {{\"id\": {id}}}; with --forget the source id \
         stands for nobody, and the client is looked for anew"
    )
}

/// Refuses a matter whose client was somebody else, whatever its title: many
/// matters are called "Divorce". It is found out here, because a client with
/// another identifier would be made before the matter is looked at, and because
/// an action knows the contacts alone, and not who changed in the case file.
fn matter(
    case: &Case,
    record: &CaseRecord,
    memory: &Memory,
    who: &Who,
) -> Result<Option<Refusal>, StateError> {
    let (Some(id), Some(contact), None) = (record.matter, &record.contact, case.matter.id) else {
        return Ok(None);
    };
    let same_client = match case.client.id {
        Some(id) if id == contact.id => true,
        None if contact.source_id == case.client_source_id() => true,
        _ => match ClientRecord::glance(memory, &contact.source_id)? {
            Some(known) if !known.who.is_unknown() => known.who.fits(who),
            // Nothing is known of them: Clio is asked.
            _ => true,
        },
    };
    if same_client {
        return Ok(None);
    }
    Ok(Some(Refusal {
        at: crate::case::Pointer::root().then("source_id"),
        message: "The source id stood for a matter of somebody else: neither the name, nor an \
                  e-mail address, nor a phone number of the client is one of theirs. Nothing was \
                  sent.",
        next: other_matter(Some(id)),
        candidates: vec![id],
    }))
}

/// What a person does about an identifier that stood for another matter.
pub(crate) fn other_matter(matter: Option<u64>) -> String {
    let id = matter.map_or_else(|| "ID".to_owned(), |id| id.to_string());
    format!(
        "if it is another case, give it a source_id of its own; if it is the same one, say which \
         matter is meant with \"matter\": {{\"id\": {id}}}; with --forget the source id stands for \
         none, and the matter is looked for anew"
    )
}
