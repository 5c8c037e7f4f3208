//! Who a client is, in digests.
//!
//! A source id stands for one client. Whom it stood for is remembered, so that
//! the same identifier for somebody else is a mistake that is told before
//! anything is written, and not another's document in a client's matter. Names,
//! addresses and numbers are kept as digests under the journal's key: they can
//! be compared, and not read.

use serde::{Deserialize, Serialize};

use super::Memory;
use crate::case::Client;

/// The version of the keys under which names, addresses and numbers are the
/// same. Digests of other keys cannot be compared: raise it with them, and what
/// an older version remembered counts as unknown.
const KEYS: u32 = 2;

/// How many names, addresses and numbers of a client are remembered, the newest
/// last.
const MOST: usize = 20;

/// A client's names, e-mail addresses and phone numbers, as digests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// The version of the keys.
    #[serde(default)]
    keys: u32,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    emails: Vec<String>,
    #[serde(default)]
    phones: Vec<String>,
}

impl Who {
    pub fn of(memory: &Memory, client: &Client) -> Self {
        // A person is never a company, whatever they share.
        let (kind, name) = match &client.company_name {
            Some(name) => ("company", clio_text::name_key(name)),
            None => {
                let part = |name: &Option<String>| {
                    clio_text::name_key(name.as_deref().unwrap_or_default())
                };
                let name = part(&client.first_name) + &part(&client.last_name);
                ("person", name)
            }
        };
        let digest = |what: &str, value: String| memory.digest(&format!("{kind} {what}"), &value);
        let some = |key: &String| !key.is_empty();
        let emails = client.emails().into_iter();
        let phones = client.phones().into_iter();
        Self {
            keys: KEYS,
            names: Some(name)
                .filter(some)
                .map(|name| digest("name", name))
                .into_iter()
                .collect(),
            emails: emails
                .map(|email| clio_text::email_key(&email.address))
                .filter(some)
                .map(|email| digest("email", email))
                .collect(),
            phones: phones
                .filter_map(|phone| clio_text::phone_key(&phone.number))
                .map(|phone| digest("phone", phone))
                .collect(),
        }
    }

    /// Whether nothing is known of them.
    pub fn is_unknown(&self) -> bool {
        let nothing = self.names.is_empty() && self.emails.is_empty() && self.phones.is_empty();
        nothing || self.keys != KEYS
    }

    /// Whether the two can be the same: a name, an address or a number agrees.
    /// That nothing is said of one of these is no agreement.
    pub fn fits(&self, other: &Self) -> bool {
        let share = |a: &[String], b: &[String]| a.iter().any(|one| b.contains(one));
        share(&self.names, &other.names)
            || share(&self.emails, &other.emails)
            || share(&self.phones, &other.phones)
    }

    /// Adds what else they are known by. A name that a case of last year gives
    /// stays theirs.
    pub fn add(&mut self, other: &Self) {
        if self.keys != other.keys {
            *self = other.clone();
        }
        for (ours, theirs) in [
            (&mut self.names, &other.names),
            (&mut self.emails, &other.emails),
            (&mut self.phones, &other.phones),
        ] {
            ours.retain(|one| !theirs.contains(one));
            ours.extend_from_slice(theirs);
            let many = ours.len().saturating_sub(MOST);
            ours.drain(..many);
        }
    }

    /// The digests of their names.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// What two runs for one client have in common, where they know of each
    /// other by what Clio can be asked for: addresses, and names.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.names.iter().chain(&self.emails).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(names: &[&str], emails: &[&str], phones: &[&str]) -> Who {
        let all = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
        Who {
            keys: KEYS,
            names: all(names),
            emails: all(emails),
            phones: all(phones),
        }
    }

    #[test]
    fn one_thing_that_agrees_is_enough_and_nothing_is_no_agreement() {
        let gail = who(&["gail"], &["g@"], &["1"]);
        assert!(gail.fits(&who(&["gail"], &[], &[])));
        assert!(gail.fits(&who(&["married"], &["g@"], &[])));
        assert!(gail.fits(&who(&["married"], &["new@"], &["1"])));
        assert!(!gail.fits(&who(&["bob"], &["b@"], &["2"])));
        assert!(!who(&["gail"], &[], &[]).fits(&who(&["bob"], &[], &[])));
        assert!(!Who::default().fits(&Who::default()));
    }

    #[test]
    fn what_an_older_case_says_of_a_client_still_fits_after_a_newer_one() {
        let mut known = who(&["old"], &["old@"], &[]);
        known.add(&who(&["new"], &["old@"], &[]));
        assert!(known.fits(&who(&["old"], &[], &[])));
        assert!(known.fits(&who(&["new"], &[], &[])));
        // A client of whom much was said is known by the newest of it.
        for n in 0..MOST {
            known.add(&who(&[&format!("n{n}")], &[], &[]));
        }
        assert_eq!(known.names.len(), MOST);
        assert!(known.fits(&who(&[], &["old@"], &[])));
    }

    #[test]
    fn what_was_remembered_under_other_keys_is_unknown() {
        let mut old = who(&["gail"], &[], &[]);
        old.keys = 0;
        assert!(old.is_unknown());
        old.add(&who(&["bob"], &[], &[]));
        assert_eq!(old, who(&["bob"], &[], &[]));
    }

    /// Where this fails, the keys have changed: raise [`KEYS`].
    #[test]
    fn the_keys_are_those_of_their_version() {
        assert_eq!(KEYS, 2);
        let name = clio_text::name_key("Zoë  O\u{2019}Brien-Straße");
        assert_eq!(name, "zoeobrienstrasse");
        let email = clio_text::email_key(" Zoe.Weir@Bücher.example");
        assert_eq!(email, "zoe.weir@bu\u{308}cher.example");
        let phone = clio_text::phone_key("(305) 555-0147");
        assert_eq!(phone.as_deref(), Some("+13055550147"));
        assert_eq!(clio_text::phone_key("555-555-5555"), None);
    }
}
