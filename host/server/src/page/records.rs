//! Records of Clio, as links into its own pages, where it has one for the kind.

use clio_runner::journal::Details;
use maud::{Markup, html};

/// The kinds of records that Clio shows at an address of their own.
const KINDS: [&str; 2] = ["contacts", "matters"];

/// A record's id, as a link where it can be one. `origin`: Clio's, as the journal
/// has it.
pub(super) fn link(origin: &str, kind: &str, id: u64) -> Markup {
    let known =
        KINDS.contains(&kind) && (origin.starts_with("https://") || origin.starts_with("http://"));
    html! {
        @if known {
            a href={ (origin) "/nc/#/" (kind) "/" (id) } rel="noreferrer" { (id) }
        } @else { (id) }
    }
}

/// The origin of the account that a row of the audit is of.
pub(super) fn origin(details: &Details) -> &str {
    details.account.split('#').next().unwrap_or_default()
}

/// The kind of record that a path of Clio's API is of: `contacts` of
/// `/api/v4/contacts/7.json`.
pub(super) fn kind(path: &str) -> &str {
    let path = path.trim_start_matches("/api/v4").trim_start_matches('/');
    let kind = path.split('/').next().unwrap_or_default();
    kind.trim_end_matches(".json")
}

/// The kind of record that an action's ids are of, where they are of one alone.
pub(super) fn of_action(action: &str) -> &str {
    let action = action.split('.').next().unwrap_or_default();
    match action {
        _ if action.ends_with("-contact") => "contacts",
        _ if action.ends_with("-matter") => "matters",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clio_shows_is_linked_and_nothing_else() {
        let linked = link("https://eu.app.clio.com", kind("/api/v4/matters/7.json"), 7);
        assert_eq!(
            linked.into_string(),
            "<a href=\"https://eu.app.clio.com/nc/#/matters/7\" rel=\"noreferrer\">7</a>"
        );
        assert_eq!(kind("/api/v4/contacts.json"), "contacts");
        assert_eq!(
            link("https://app.clio.com", kind("/api/v4/webhooks.json"), 7).into_string(),
            "7"
        );
        assert_eq!(
            link("javascript:alert(1)//", "matters", 7).into_string(),
            "7"
        );
        assert_eq!(of_action("sync-contact.sync"), "contacts");
        assert_eq!(of_action("upload-document.upload"), "");
    }
}
