//! What the actions say of a case before anything is sent.
//!
//! Each action checks its input before its first request. So each call of a
//! sync is made once without a way out: what an action refuses then is a mistake
//! of the case file, and is told with the others. The case file's own check
//! ([`crate::case`]) tells most of it in better words; this one keeps the two
//! from ever disagreeing.
//!
//! What must stay true: no request can leave, nothing is written down, and no
//! credential is at hand.

use clio_host::actions::types::ProblemCode;
use clio_host::{CallError, Connection, Host, Limits, Policy};
use jiff::Timestamp;

use super::OnChange;
use super::fields::{self, FieldsOf};
use super::requests::{self, Lookup, MatterClient, Offered};
use super::words;
use crate::account::Account;
use crate::case::{Case, Mistake, Pointer};
use crate::failure::Failure;
use crate::home::Home;
use crate::runner;
use crate::session::Session;
use crate::state::{CaseRecord, Markers};

/// The id of a record that is not there yet.
const SOME: u64 = 1;

/// Calls without a way out.
#[derive(Debug)]
pub struct Rehearsal {
    host: Host,
    connection: Connection,
}

impl Rehearsal {
    // No literal makes limits outside of their crate: there may be more of them.
    #[allow(clippy::field_reassign_with_default)]
    pub fn new(home: &Home) -> Result<Self, Failure> {
        let mut limits = Limits::default();
        limits.requests = 0;
        Ok(Self {
            host: runner::host(Some(home), Policy::default(), limits, None)?,
            connection: Account::none()?.connection,
        })
    }

    /// Everything in `case` that an action would refuse as input.
    pub async fn mistakes(&self, case: &Case, markers: Option<Markers>) -> Vec<Mistake> {
        let record = CaseRecord::new("none", &case.source_id, Timestamp::now());
        let mut found = Vec::new();
        let lookup = Lookup {
            known: case.client.id,
            known_others: Vec::new(),
            find_others: false,
            began: record.began,
        };
        let contact = requests::contact(case, &lookup, markers);
        let refused = self.call().run(contact).await;
        found.extend(mistake(refused, |at| case.at_contact(at)));

        let client = MatterClient {
            id: SOME,
            others: Vec::new(),
            is_new: true,
        };
        let matter = requests::matter(case, &record, client, None, markers);
        let refused = self.call().run(matter).await;
        found.extend(mistake(refused, |at| case.at_matter(at)));

        for of in [FieldsOf::Client(SOME), FieldsOf::Matter(SOME)] {
            if let Some(request) = fields::request(case, of) {
                let refused = self.call().run(request).await;
                found.extend(mistake(refused, |at| words::at_field(case, of, at)));
            }
        }

        for document in &case.documents {
            let offered = Offered {
                url: "http://content.invalid/0".to_owned(),
                length: 1,
                media_type: document.media_type.clone(),
                // The bytes are looked at when they are sent, and who approved them.
                sha256: "0".repeat(64),
                approval: None,
            };
            let request = requests::upload(
                case,
                document,
                &record,
                SOME,
                offered,
                None,
                OnChange::Report,
            );
            let refused = self.call().run(request).await;
            found.extend(mistake(refused, |at| case.at_document(document, at)));
        }
        found
    }

    fn call(&self) -> clio_host::Call {
        self.host.call(&self.connection)
    }
}

/// The drafts that `case` names and that are none of the account's. Whether each is
/// approved is told when it is uploaded: a person may approve it meanwhile.
pub fn drafts(case: &Case, session: &Session) -> Result<Vec<Mistake>, Failure> {
    let (journal, scope) = (&session.journal, &session.account.scope);
    let mut found = Vec::new();
    for (index, document) in case.documents.iter().enumerate() {
        if let Some(id) = &document.draft
            && journal.draft(scope, id)?.is_none()
        {
            let at = Pointer::root().then("documents").then(index);
            let what = "names no draft of this account; `clio review list` shows them";
            found.push(Mistake::new(at.then("draft"), what));
        }
    }
    Ok(found)
}

/// What the action refused. That it got no further than its check is no mistake.
fn mistake<T>(
    outcome: Result<T, CallError>,
    place: impl FnOnce(&str) -> Option<Pointer>,
) -> Option<Mistake> {
    let error = outcome.err()?;
    let problem = error.problem()?;
    let input = matches!(
        problem.code,
        ProblemCode::InvalidInput | ProblemCode::ReviewRequired
    );
    let field = problem.field.as_deref().filter(|_| input)?;
    let what = problem.message.trim_end_matches('.');
    Some(Mistake::new(place(field).unwrap_or(Pointer::root()), what))
}
