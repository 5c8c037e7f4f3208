//! What a form offers to choose from, out of the account. It is remembered for a
//! while, so that a form that is sent back and forth does not use up the account's
//! budget.

use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clio_host::actions::lookup::{Entry, FieldOwner, Kind};
use clio_runner::choices::Account;
use clio_runner::failure::Failure;
use clio_text::label_key;

use super::super::state::State;

/// How long they are taken for what stands there. What is saved is checked anew.
const FRESH: Duration = Duration::from_secs(300);

/// The lists of one account.
#[derive(Debug, Clone)]
pub(in crate::page) struct Choices {
    pub(super) areas: Vec<Entry>,
    /// By the practice area.
    pub(super) stages: BTreeMap<u64, Vec<Entry>>,
    pub(super) client: Vec<Entry>,
    pub(super) matter: Vec<Entry>,
    pub(super) categories: Vec<Entry>,
    read: Instant,
}

impl Choices {
    /// The lists of an account, with the stages of these practice areas.
    pub(super) async fn of(
        account: &Account,
        scope: &str,
        remembered: &State,
        areas: &[&str],
    ) -> Result<Arc<Self>, Failure> {
        let known = remembered
            .choices(scope)
            .filter(|known| known.read.elapsed() < FRESH);
        let mut all = match known {
            Some(known) => Arc::unwrap_or_clone(known),
            None => Self {
                areas: account.all(Kind::PracticeAreas).await?,
                stages: BTreeMap::new(),
                client: account.all(Kind::CustomFields(FieldOwner::Contact)).await?,
                matter: account.all(Kind::CustomFields(FieldOwner::Matter)).await?,
                categories: account.all(Kind::DocumentCategories).await?,
                read: Instant::now(),
            },
        };
        for chosen in areas {
            let Some(id) = find(&all.areas, chosen).map(|area| area.id) else {
                continue;
            };
            if let btree_map::Entry::Vacant(unread) = all.stages.entry(id) {
                unread.insert(account.all(Kind::Stages(id)).await?);
            }
        }
        let all = Arc::new(all);
        remembered.set_choices(scope.to_owned(), Arc::clone(&all));
        Ok(all)
    }

    /// The stages of a practice area.
    pub(super) fn stages_of(&self, chosen: &str) -> &[Entry] {
        let area = find(&self.areas, chosen);
        let stages = area.and_then(|area| self.stages.get(&area.id));
        stages.map_or(&[], Vec::as_slice)
    }
}

/// The entry that a form's choice means.
pub(super) fn find<'e>(entries: &'e [Entry], chosen: &str) -> Option<&'e Entry> {
    let (kind, what) = chosen.split_once(':')?;
    let id = (kind == "i").then(|| what.parse::<u64>().ok()).flatten();
    let key = label_key(what);
    entries.iter().find(|entry| match id {
        Some(id) => entry.id == id,
        None => label_key(&entry.label) == key,
    })
}

/// How a form names an entry: by its name where no other has it.
pub(super) fn named(entries: &[Entry], entry: &Entry) -> String {
    let key = label_key(&entry.label);
    let same = entries
        .iter()
        .filter(|other| label_key(&other.label) == key);
    if same.count() == 1 {
        format!("n:{}", entry.label)
    } else {
        format!("i:{}", entry.id)
    }
}
