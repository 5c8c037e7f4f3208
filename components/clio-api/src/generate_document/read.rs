//! `generate-document.templates` and `.follow`: one request each.

use super::wire::{AUTOMATION, Row, TEMPLATE, TemplateRow};
use super::{FollowOutcome, FollowRequest, TemplatesOutcome, TemplatesRequest};
use crate::client::Client;
use crate::input;
use crate::paging::is_plain;
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// Lists templates, up to 200 of them: the first page, or the one at a cursor.
pub fn templates<T: Transport>(
    transport: &mut T,
    request: &TemplatesRequest,
) -> Result<TemplatesOutcome, Failure> {
    const LIST: &str = "document_templates.json";
    let cursor = request.cursor.as_deref();
    let path_and_query = match cursor {
        None => Query::new(LIST).fields(TEMPLATE).by_id().into_string(),
        // A cursor is the query of a page that Clio named. The path is not
        // the caller's to say.
        Some(cursor) => {
            let path_and_query = format!("{}?{cursor}", Query::new(LIST).into_string());
            if cursor.is_empty() || !is_plain(&path_and_query) {
                return Err(Failure::input(
                    "/cursor",
                    "The cursor is none that this function returned.",
                ));
            }
            path_and_query
        }
    };
    let page = Client::new(transport)
        .page::<TemplateRow>("list the templates", path_and_query)
        .map_err(|error| match cursor {
            Some(_) => error.at("/cursor"),
            None => error,
        })?;
    let next = page.next.as_deref().and_then(|next| next.split_once('?'));
    Ok(TemplatesOutcome {
        templates: page.rows.into_iter().map(Into::into).collect(),
        cursor: next.map(|(_, query)| query.to_owned()),
    })
}

/// Tells how far an automation is, and what it made.
pub fn follow<T: Transport>(
    transport: &mut T,
    request: &FollowRequest,
) -> Result<FollowOutcome, Failure> {
    let id = request.id;
    input::id("/id", id)?;
    let query = Query::new(&format!("document_automations/{id}.json")).fields(AUTOMATION);
    Client::new(transport)
        .get::<Row>("read the automation", query)
        .map_err(|error| error.at("/id"))?
        .into_automation()
}
