//! What the action does: it looks, and writes only what is missing.
//!
//! Clio has no idempotency keys, and any answer can be lost. So a call may be
//! repeated at any time, and must end the same: look before you write, and look
//! again after a write whose outcome is not known.

use serde::{Deserialize, Serialize};

use crate::api::{self, Api, Row};
use crate::clio::actions::types::{Disposition, Error};
use crate::exports::example::new_action::new_action::{EnsureOutcome, EnsureRequest};

const AREAS: &str = "/api/v4/practice_areas.json";

#[derive(Deserialize)]
struct Area {
    id: u64,
    // Clio may leave a member out, or answer null.
    name: Option<String>,
}

#[derive(Serialize)]
struct NewArea<'r> {
    name: &'r str,
}

/// Makes sure that a practice area of this name stands in Clio.
///
/// # Errors
/// When the name is not usable, or Clio did not do it.
pub fn ensure(api: &mut impl Api, request: &EnsureRequest) -> Result<EnsureOutcome, Error> {
    let name = request.name.trim();
    if name.is_empty() || name.chars().count() > 255 {
        return Err(api::invalid_input(
            "/name",
            "The name has 1 to 255 characters.",
        ));
    }
    if let Some(id) = find(api, name)? {
        return Ok(stands(id, Disposition::Linked));
    }
    let created = format!("{AREAS}?fields=id,name");
    match api::post::<_, Row<Area>>(api, &created, &NewArea { name }) {
        Ok(area) => Ok(stands(area.data.id, Disposition::Created)),
        Err(error) if api::may_be_done(&error) => match find(api, name)? {
            Some(id) => Ok(stands(id, Disposition::Created)),
            None => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// The oldest practice area of this name.
fn find(api: &mut impl Api, name: &str) -> Result<Option<u64>, Error> {
    let same = |area: &Area| {
        let found = area.name.as_deref().unwrap_or_default().trim();
        found.to_lowercase() == name.to_lowercase()
    };
    let first = format!("{AREAS}?fields=id,name&order=id(asc)&limit=200");
    let areas: Vec<Area> = api::list(api, &first)?;
    Ok(areas.iter().find(|area| same(area)).map(|area| area.id))
}

fn stands(id: u64, disposition: Disposition) -> EnsureOutcome {
    EnsureOutcome { id, disposition }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::VecDeque;

    use serde_json::{Value, json};

    use super::*;
    use crate::api::{Answer, Method, NoAnswer};
    use crate::clio::actions::types::ProblemCode;

    /// A Clio that answers what it is told to, in this order.
    #[derive(Default)]
    struct Script {
        answers: VecDeque<Result<Answer, NoAnswer>>,
        /// What was sent: method, path and body.
        sent: Vec<String>,
    }

    impl Script {
        fn answers(mut self, status: u16, body: Value) -> Self {
            let body = body.to_string().into_bytes();
            let retry_after = None;
            self.answers.push_back(Ok(Answer {
                status,
                retry_after,
                body,
            }));
            self
        }

        fn without_answer(mut self, why: NoAnswer) -> Self {
            self.answers.push_back(Err(why));
            self
        }

        fn run(&mut self, name: &str) -> Result<EnsureOutcome, Error> {
            ensure(self, &EnsureRequest { name: name.into() })
        }
    }

    impl Api for Script {
        fn send(
            &mut self,
            method: Method,
            path: &str,
            body: Option<&[u8]>,
        ) -> Result<Answer, NoAnswer> {
            let body = String::from_utf8_lossy(body.unwrap_or_default()).into_owned();
            let method = format!("{method:?}").to_uppercase();
            self.sent.push(format!("{method} {path} {body}"));
            self.answers.pop_front().unwrap()
        }
    }

    fn areas() -> Value {
        json!({"data": [{"id": 5, "name": null}, {"id": 7, "name": "Family"}], "meta": {}})
    }

    fn code(error: Error) -> (bool, ProblemCode) {
        match error {
            Error::Permanent(problem) => (false, problem.code),
            Error::Transient(problem) => (true, problem.code),
            Error::ExecutionFailed => panic!("only hosts report this"),
        }
    }

    #[test]
    fn what_stands_there_is_linked_and_nothing_is_written() {
        let mut clio = Script::default().answers(200, areas());
        let outcome = clio.run(" family ").unwrap();
        assert_eq!((outcome.id, outcome.disposition), (7, Disposition::Linked));
        assert_eq!(clio.sent.len(), 1);
    }

    #[test]
    fn what_is_missing_is_created_once_every_page_was_read() {
        let next = format!("https://app.clio.com{AREAS}?page_token=2");
        let mut clio = Script::default()
            .answers(200, json!({"data": [], "meta": {"paging": {"next": next}}}))
            .answers(200, areas())
            .answers(201, json!({"data": {"id": 9, "name": "Estates"}}));
        let outcome = clio.run("Estates").unwrap();
        assert_eq!((outcome.id, outcome.disposition), (9, Disposition::Created));
        assert_eq!(clio.sent[1], format!("GET {AREAS}?page_token=2 "));
        assert!(clio.sent[2].ends_with(r#"{"data":{"name":"Estates"}}"#));
    }

    #[test]
    fn after_a_lost_answer_it_looks_again_and_writes_no_more() {
        let standing = json!({"data": [{"id": 9, "name": "Estates"}]});
        let mut clio = Script::default()
            .answers(200, areas())
            .without_answer(NoAnswer::Lost)
            .answers(200, standing);
        assert_eq!(clio.run("Estates").unwrap().id, 9);
        assert_eq!(clio.sent.len(), 3);
        // Where it does not stand there either, the caller is told to repeat.
        let mut clio = Script::default()
            .answers(200, areas())
            .without_answer(NoAnswer::Lost)
            .answers(200, areas());
        let error = clio.run("Estates").unwrap_err();
        assert_eq!(code(error), (true, ProblemCode::Unavailable));
    }

    #[test]
    fn a_refusal_is_told_as_what_it_is() {
        let unfit = Script::default().run("  ").unwrap_err();
        assert_eq!(code(unfit), (false, ProblemCode::InvalidInput));
        for (status, transient, expected) in [
            (401, false, ProblemCode::NotConnected),
            (403, false, ProblemCode::Forbidden),
            (404, false, ProblemCode::NotFound),
            (422, false, ProblemCode::RejectedByClio),
            (429, true, ProblemCode::RateLimited),
            (503, true, ProblemCode::Unavailable),
        ] {
            let refusal = json!({"error": {"type": "Some", "message": "Not told on."}});
            let error = Script::default().answers(status, refusal).run("Estates");
            assert_eq!(code(error.unwrap_err()), (transient, expected), "{status}");
        }
        let error = Script::default()
            .answers(200, json!("a proxy's page"))
            .run("Estates");
        assert_eq!(
            code(error.unwrap_err()),
            (true, ProblemCode::UnexpectedAnswer)
        );
    }

    #[test]
    fn what_the_host_does_not_let_out_is_told_as_such() {
        let clio = Script::default().without_answer(NoAnswer::Denied);
        let error = { clio }.run("Estates").unwrap_err();
        assert_eq!(code(error), (false, ProblemCode::DeniedByPolicy));
    }

    #[test]
    fn the_description_lists_what_is_sent() {
        let description: Value = serde_json::from_str(include_str!("../action.json")).unwrap();
        assert_eq!(description["name"], env!("CARGO_PKG_NAME"));
        assert_eq!(description["version"], env!("CARGO_PKG_VERSION"));
        let mut clio = Script::default()
            .answers(200, areas())
            .answers(201, json!({"data": {"id": 9, "name": "Estates"}}));
        clio.run("Estates").unwrap();
        for sent in &clio.sent {
            let listed = description["requests"]
                .as_array()
                .unwrap()
                .iter()
                .any(|rule| {
                    let rule = format!("{} {}?", rule["method"], rule["path"]).replace('"', "");
                    sent.starts_with(&rule)
                });
            assert!(listed, "action.json does not list {sent}");
        }
    }
}
