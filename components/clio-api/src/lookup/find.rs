//! `lookup.find`: one page of options.

use clio_types::lookup::{Entry, FindOutcome, FindRequest, Kind};
use clio_types::types::ProblemCode;

use super::plan::{Plan, belongs, plan};
use super::wire::Row;
use crate::answer::ApiError;
use crate::client::Client;
use crate::cursor::{self, Bound as _, PageCursor};
use crate::paging::Page;
use crate::prelude::*;
use crate::problem::Failure;
use crate::transport::Transport;

const WHAT: &str = "list the options";

/// How many pages a call reads until one holds what is looked for.
const PAGES: u32 = 5;

/// Returns one page of options.
///
/// # Errors
/// When the request is malformed, the cursor belongs to another one, the
/// permission is missing, or Clio does not answer.
pub fn find<T: Transport>(
    transport: &mut T,
    request: &FindRequest,
) -> Result<FindOutcome, Failure> {
    let plan = plan(request)?;
    let mut client = Client::new(transport);
    let origin = client.transport.origin();
    let mark = match &request.cursor {
        Some(text) => PageCursor::read(text, origin, &plan.asked)?,
        None => PageCursor::new(origin, &plan.asked, plan.asked.clone(), [0; 3]),
    };
    // Rows of the first page that an earlier answer held.
    let mut skip = mark.counts[0];
    let mut options = Vec::new();
    let mut orders = Vec::new();
    let mut at = Some(mark.at);
    let mut read = 0;
    while let Some(here) = at {
        if read == PAGES {
            at = Some(here);
            break;
        }
        let page: Page<Row> = client
            .page(WHAT, here.clone())
            .map_err(|error| explained(error, &plan, request.cursor.is_some()))?;
        read += 1;
        let held = core::mem::take(&mut skip);
        let mut full = None;
        for (row, index) in page.rows.into_iter().zip(0..) {
            if index < held || !belongs(&request.kind, &row) {
                continue;
            }
            let order = row.order.unwrap_or(0);
            let entry = row.entry();
            if !plan.wants(&entry) {
                continue;
            }
            if options.len() == plan.limit {
                full = Some(index);
                break;
            }
            let place = match request.kind {
                // The firm's order, where ids say nothing.
                Kind::Stages(_) => orders.partition_point(|other| *other <= order),
                _ => options.len(),
            };
            orders.insert(place, order);
            options.insert(place, entry);
        }
        if let Some(index) = full {
            skip = index;
            at = Some(here);
            break;
        }
        at = page.next;
        if plan.needle.is_none() || !options.is_empty() {
            break;
        }
    }
    let cursor = at.map(|at| {
        let origin = client.transport.origin();
        PageCursor::new(origin, &plan.asked, at, [skip, 0, 0]).encode()
    });
    Ok(FindOutcome {
        options,
        cursor,
        may_lag: plan.searched,
    })
}

impl Plan {
    /// Whether an option is what is looked for on this side.
    fn wants(&self, entry: &Entry) -> bool {
        let Some(needle) = &self.needle else {
            return true;
        };
        let holds = |text: &str| clio_text::name_key(text).contains(needle.as_str());
        holds(&entry.label) || entry.detail.as_deref().is_some_and(holds)
    }
}

/// Says which permission is missing, and which input member is at fault.
fn explained(error: ApiError, plan: &Plan, later: bool) -> Failure {
    if error.failure.problem.code == ProblemCode::Forbidden {
        let mut failure = error.failure;
        failure.problem.message = format!(
            "These options may not be read. Give the application “{}” for reading in Clio's \
             developer portal, let a user who may see them consent, and connect again.",
            plan.permission
        );
        return failure;
    }
    if later {
        cursor::refused(error)
    } else {
        error.at(plan.field).failure
    }
}
