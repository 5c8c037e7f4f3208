//! `pull-matters.count`: ids alone, a bounded number of pages a call.

use clio_types::pull_matters::{CountOutcome, CountRequest};

use super::check;
use super::pull::{WHAT, first, later};
use super::wire::{Linkage, Row};
use crate::client::Client;
use crate::cursor::{Bound as _, PageCursor};
use crate::paging::Page;
use crate::problem::Failure;
use crate::transport::Transport;

/// Counts matters, and those that are linked to a source id.
///
/// A page that fails after others were read ends the call, with a cursor that
/// goes on at it.
///
/// # Errors
/// When the request is malformed, the cursor belongs to another one, or Clio
/// does not answer the first page of the call.
pub fn count<T: Transport>(
    transport: &mut T,
    request: &CountRequest,
) -> Result<CountOutcome, Failure> {
    let (query, pages) = check::count(request, transport.now())?;
    let asked = query.into_string();
    let mut client = Client::new(transport);
    let mark = match &request.cursor {
        Some(text) => PageCursor::read(text, client.transport.origin(), &asked)?,
        None => PageCursor::new(client.transport.origin(), &asked, asked.clone(), [0; 3]),
    };
    let [mut matters, mut linked, mut hidden] = mark.counts;
    let mut at = Some(mark.at);
    let mut read = 0;
    while let Some(here) = at {
        if read == pages {
            at = Some(here);
            break;
        }
        let page: Page<Row> = match client.page(WHAT, here.clone()) {
            Ok(page) => page,
            Err(_) if read > 0 => {
                at = Some(here);
                break;
            }
            Err(error) if request.cursor.is_some() => return Err(later(error)),
            Err(error) => return Err(first(error)),
        };
        read += 1;
        for row in page.rows {
            matters = matters.saturating_add(1);
            match request.link.as_ref().map(|link| row.linkage(link)) {
                Some(Linkage::Linked(_)) => linked = linked.saturating_add(1),
                Some(Linkage::Hidden) => hidden = hidden.saturating_add(1),
                Some(Linkage::Not) | None => {}
            }
        }
        at = page.next;
    }
    let cursor = at.map(|at| {
        let counts = [matters, linked, hidden];
        PageCursor::new(client.transport.origin(), &asked, at, counts).encode()
    });
    Ok(CountOutcome {
        matters,
        linked: request.link.as_ref().map(|_| linked),
        hidden,
        cursor,
    })
}
