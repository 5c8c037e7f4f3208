//! Whether the fields that hold an account's markers stand in Clio.
//!
//! Not being set up is no fault: everything works without markers, and finds
//! less. A field that was renamed works on, for its id counts.

use clio_host::oauth::read_account;
use clio_host::{Connection, Network};
use serde_json::Value;

use super::Finding;
use crate::commands::connect::whoami;
use crate::exit::Exit;
use crate::home::Home;
use crate::journal::Journal;
use crate::state::Markers;

const WHAT: &str = "markers";

/// Looks at the fields that are remembered for an account.
pub(super) async fn look(
    name: &str,
    home: &Home,
    connection: &Connection,
    network: &Network,
) -> Finding {
    let set_up = format!("run `clio setup {name}`");
    let scope = connection.account();
    let remembered = Journal::of(home).and_then(|journal| Ok(Markers::read(&journal, &scope)?));
    let markers = match remembered {
        Ok(Some(markers)) => markers,
        Ok(None) => {
            let mut finding = Finding::fine(
                WHAT,
                "not set up; without them a person who has no e-mail address is not found again \
                 on another day",
            );
            finding.next = Some(format!("{set_up} if you want them"));
            return finding;
        }
        Err(failure) => {
            let next = failure.next_step().unwrap_or(&set_up).to_owned();
            return Finding::wrong(WHAT, failure.exit(), failure.what(), next);
        }
    };
    // Brackets are no part of a query as URLs are written.
    let path = format!(
        "/api/v4/custom_fields.json?ids%5B%5D={}&ids%5B%5D={}\
         &fields=id,parent_type,field_type,deleted",
        markers.contact, markers.matter
    );
    let answer = match read_account(network, connection, &path).await {
        Ok(answer) => answer,
        Err(error) => {
            let says = format!("could not be looked at: {error}");
            let exit = whoami::unread(&error).exit();
            return Finding::wrong(WHAT, exit, says, "run the same again later");
        }
    };
    let rows = answer
        .json
        .as_ref()
        .and_then(|json| json["data"].as_array());
    match (answer.status, rows) {
        (200, Some(rows)) => judged(rows, markers, set_up),
        (403, _) => Finding::wrong(
            WHAT,
            Exit::NotAuthorized,
            "are set up and cannot be looked at: the permission custom_fields is missing",
            "see there",
        ),
        (status, _) => Finding::wrong(
            WHAT,
            Exit::Transient,
            format!("could not be looked at (HTTP {status})"),
            "run the same again later",
        ),
    }
}

fn judged(rows: &[Value], markers: Markers, set_up: String) -> Finding {
    let gone: Vec<String> = [("Contact", markers.contact), ("Matter", markers.matter)]
        .into_iter()
        .filter(|(parent, id)| !rows.iter().any(|row| stands(row, *id, parent)))
        .map(|(parent, id)| format!("{id} for {}s", parent.to_lowercase()))
        .collect();
    if gone.is_empty() {
        let (contact, matter) = (markers.contact, markers.matter);
        let says = format!("the fields {contact} for contacts and {matter} for matters stand");
        return Finding::fine(WHAT, says);
    }
    let says = format!(
        "deleted in Clio: the field {}",
        gone.join(", and the field ")
    );
    let next = format!("{set_up}, which makes what is missing");
    Finding::wrong(WHAT, Exit::Permanent, says, next)
}

/// Whether a definition still takes markers of a kind of record.
fn stands(row: &Value, id: u64, parent: &str) -> bool {
    row["id"] == id
        && row["parent_type"] == parent
        && row["field_type"] == "text_line"
        && row["deleted"] != true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_that_takes_no_markers_any_more_is_named_with_the_next_step() {
        let markers = Markers {
            contact: 7,
            matter: 8,
        };
        let contact = json!({"id": 7, "parent_type": "Contact", "field_type": "text_line",
            "deleted": false});
        let matter = json!({"id": 8, "parent_type": "Matter", "field_type": "text_line"});
        let rows = [contact.clone(), matter.clone()];
        assert!(judged(&rows, markers, String::new()).ok);

        let mut deleted = matter;
        deleted["deleted"] = true.into();
        for rows in [vec![contact.clone()], vec![contact.clone(), deleted]] {
            let finding = judged(&rows, markers, "run `clio setup firm`".to_owned());
            assert!(!finding.ok && finding.says.contains("8 for matters"));
            assert!(!finding.says.contains('7'), "{}", finding.says);
            assert!(
                finding
                    .next
                    .is_some_and(|next| next.contains("clio setup firm"))
            );
        }
    }
}
