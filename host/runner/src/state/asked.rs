//! What was asked for, in digests, to tell what a case file has changed since.
//!
//! What stands in Clio is linked as it is and never overwritten. So a phone
//! number or a title that is edited in the case file does not come to Clio, and
//! that is told: once for each edit, as of the first run that found the record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One member of the case file, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What it is remembered under, such as `phones`.
    pub name: String,
    /// Where it stands in the case file: a JSON Pointer.
    pub at: String,
    /// The digest of what it asks for.
    pub digest: String,
}

/// What was asked of several records, each by a name of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked(BTreeMap<String, Record>);

/// What was asked of one record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// When the record was first found or made.
    first: BTreeMap<String, String>,
    /// The last edits that were told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    told: BTreeMap<String, String>,
}

impl Asked {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The members that ask for something else than at first, and of which that
    /// was not told yet. A member that is no longer given asks for nothing.
    pub fn edited<'m>(
        &self,
        record: &str,
        members: &'m [Member],
    ) -> impl Iterator<Item = &'m Member> {
        let known = self.0.get(record);
        members.iter().filter(move |member| {
            known.is_some_and(|known| {
                let digest = Some(&member.digest);
                known.first.get(&member.name) != digest && known.told.get(&member.name) != digest
            })
        })
    }

    /// Remembers what was asked of a record that was just found or made. With
    /// `anew` it was made, whatever was known of another in its place.
    pub fn begin(&mut self, record: &str, members: &[Member], anew: bool) {
        if anew {
            self.0.remove(record);
        }
        self.0.entry(record.to_owned()).or_insert_with(|| {
            let first = members
                .iter()
                .map(|it| (it.name.clone(), it.digest.clone()));
            Record {
                first: first.collect(),
                told: BTreeMap::new(),
            }
        });
    }

    /// Remembers that edits were told.
    pub fn tell(&mut self, record: &str, edited: &[Member]) {
        if let Some(known) = self.0.get_mut(record) {
            for member in edited {
                known
                    .told
                    .insert(member.name.clone(), member.digest.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(phone: &str) -> Vec<Member> {
        let member = |name: &str, digest: &str| Member {
            name: name.to_owned(),
            at: format!("/client/{name}"),
            digest: digest.to_owned(),
        };
        vec![member("name", "n"), member("phones", phone)]
    }

    fn edited(asked: &Asked, members: &[Member]) -> Vec<String> {
        asked.edited("c", members).map(|it| it.at.clone()).collect()
    }

    #[test]
    fn an_edit_is_told_once_and_taken_back_it_is_none() {
        let mut asked = Asked::default();
        assert_eq!(edited(&asked, &members("1")), [""; 0]);
        asked.begin("c", &members("1"), false);
        assert_eq!(edited(&asked, &members("1")), [""; 0]);
        assert_eq!(edited(&asked, &members("2")), ["/client/phones"]);
        asked.tell("c", &members("2")[1..]);
        assert_eq!(edited(&asked, &members("2")), [""; 0]);
        // Two cases of one client, one of them edited: neither tells it again.
        assert_eq!(edited(&asked, &members("1")), [""; 0]);
        assert_eq!(edited(&asked, &members("2")), [""; 0]);
        assert_eq!(edited(&asked, &members("3")), ["/client/phones"]);
    }

    #[test]
    fn what_was_not_given_at_first_is_an_edit_and_what_is_gone_is_none() {
        let mut asked = Asked::default();
        asked.begin("c", &members("1")[..1], false);
        assert_eq!(edited(&asked, &members("1")), ["/client/phones"]);
        assert_eq!(edited(&asked, &[]), [""; 0]);
        asked.begin("c", &members("1"), true);
        assert_eq!(edited(&asked, &members("1")), [""; 0]);
    }
}
