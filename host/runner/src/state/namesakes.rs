//! Which contacts are known under one name, and for whom.
//!
//! A contact without address and marker is recognised by what it holds. One that
//! this home knows under another source id is somebody else of the same name,
//! however much agrees.

use serde::{Deserialize, Serialize};

use super::{Memory, Remembered, StateError, written};

/// How many contacts are remembered under one name, the newest last. Only those
/// that were created lately are ever taken for a new one.
const MOST: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Namesakes {
    format: u32,
    scope: String,
    /// The digest of the name.
    name: String,
    contacts: Vec<Namesake>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Namesake {
    source_id: String,
    id: u64,
}

impl Remembered for Namesakes {
    const WHAT: &'static str = "client";
    const KIND: &'static str = "namesakes";
    const FORMATS: &'static [u32] = &[1];

    fn is_of(&self, scope: &str, name: &str) -> bool {
        self.scope == scope && self.name == name
    }
}

/// The contacts that carry one of these names and are known for somebody else.
pub(super) fn others(
    memory: &Memory,
    names: &[String],
    source_id: &str,
) -> Result<Vec<u64>, StateError> {
    let mut others = Vec::new();
    for name in names {
        let known = memory.read::<Namesakes>(name)?;
        for contact in known.into_iter().flat_map(|(_, known)| known.contacts) {
            if contact.source_id != source_id && !others.contains(&contact.id) {
                others.push(contact.id);
            }
        }
    }
    Ok(others)
}

/// Remembers that a contact of these names stands for a source id. The names'
/// locks are held.
pub(super) fn remember(
    memory: &Memory,
    names: &[String],
    source_id: &str,
    id: u64,
) -> Result<(), StateError> {
    for name in names {
        let (version, mut known) = match memory.read::<Namesakes>(name)? {
            Some(known) => known,
            None => (
                0,
                Namesakes {
                    format: written(Namesakes::FORMATS),
                    scope: memory.scope.clone(),
                    name: name.clone(),
                    contacts: Vec::new(),
                },
            ),
        };
        let is_there = |known: &Namesake| known.source_id == source_id && known.id == id;
        if known.contacts.iter().any(is_there) {
            continue;
        }
        known.contacts.retain(|known| known.source_id != source_id);
        known.contacts.push(Namesake {
            source_id: source_id.to_owned(),
            id,
        });
        let many = known.contacts.len().saturating_sub(MOST);
        known.contacts.drain(..many);
        memory.write(name, version, &known)?;
    }
    Ok(())
}

/// Forgets for whom a source id stood under these names. What cannot be read is
/// left out: it names others, too.
pub(super) fn forget(memory: &Memory, names: &[String], source_id: &str) -> Result<(), StateError> {
    for name in names {
        let Ok(Some((version, mut known))) = memory.read::<Namesakes>(name) else {
            continue;
        };
        known.contacts.retain(|known| known.source_id != source_id);
        memory.write(name, version, &known)?;
    }
    Ok(())
}
