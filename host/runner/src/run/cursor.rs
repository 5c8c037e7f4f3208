//! The cursor of a list belongs to the account that it was read from.
//!
//! An action knows its account by the origin alone, and binds its cursors to
//! that. Here the account is known, so a cursor that leaves says which one it is
//! of, and one that comes back for another is refused: read on there it would
//! lose rows silently, and ask another firm's account for this one's ids. What a
//! token of the environment opens is not known: its cursors stay the origin's.

use serde_json::Value;

use crate::account::Account;
use crate::digest::Digest;

/// Where inputs hold one: of a list, and of new documents.
const INPUTS: [&str; 2] = ["/cursor", "/start/cursor"];
/// Where results hold one.
const RESULT: &str = "/cursor";
/// Stands behind the account's part. No cursor of an action has it.
const END: char = '.';

/// Writes into the result's cursor which account it is of.
pub(super) fn bind(result: &mut Value, account: &Account) {
    if let (Some(mark), Some(Value::String(cursor))) = (mark(account), result.pointer_mut(RESULT)) {
        cursor.insert_str(0, &format!("{mark}{END}"));
    }
}

/// Gives the action its own cursor back.
///
/// # Errors
/// The place of a cursor of another account.
pub(super) fn unbind(input: &mut Value, account: &Account) -> Result<(), &'static str> {
    let mark = mark(account);
    for at in INPUTS {
        let Some(Value::String(cursor)) = input.pointer_mut(at) else {
            continue;
        };
        let (found, rest) = match cursor.split_once(END) {
            Some((found, rest)) => (Some(found), rest),
            None => (None, cursor.as_str()),
        };
        if found != mark.as_deref() {
            return Err(at);
        }
        *cursor = rest.to_owned();
    }
    Ok(())
}

/// What stands for the account, where it is known.
fn mark(account: &Account) -> Option<String> {
    let scope = &account.scope;
    if *scope == account.connection.origin().to_string() {
        return None;
    }
    Some(Digest::of(format!("cursor of {scope}")).short())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clio_host::{AccessToken, Connection, Origin};
    use serde_json::json;

    use super::*;

    fn account(id: Option<&str>) -> Account {
        let origin = Origin::parse("https://app.clio.com").unwrap();
        let connection = Connection::new(origin, AccessToken::from("x"));
        let connection = match id {
            Some(id) => connection.of_account(id),
            None => connection,
        };
        Account {
            scope: connection.account(),
            owner: connection.account(),
            budget: connection.account(),
            connection,
        }
    }

    /// CASES S2
    #[test]
    fn a_cursor_goes_on_in_its_own_account_alone() {
        let accounts = [account(Some("7")), account(Some("31")), account(None)];
        for (number, one) in accounts.iter().enumerate() {
            let mut result = json!({"cursor": "eyJ2Ijox", "matters": []});
            bind(&mut result, one);
            let cursor = result["cursor"].clone();
            for (other_number, other) in accounts.iter().enumerate() {
                for input in [
                    json!({"cursor": cursor}),
                    json!({"start": {"cursor": cursor}}),
                ] {
                    let mut read = input.clone();
                    let unbound = unbind(&mut read, other);
                    if number == other_number {
                        unbound.unwrap();
                        let text = read.to_string();
                        assert!(text.contains("\"eyJ2Ijox\""), "{text}");
                    } else {
                        assert!(unbound.is_err(), "{input}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_holds_no_cursor_stays_as_it_is() {
        for input in [
            json!({}),
            json!([]),
            json!({"cursor": null}),
            json!({"start": "now"}),
        ] {
            let mut read = input.clone();
            bind(&mut read, &account(Some("7")));
            unbind(&mut read, &account(Some("7"))).unwrap();
            assert_eq!(read, input);
        }
    }
}
