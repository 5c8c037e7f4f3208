//! What an account offers a mapping to lead to, and whether what one names is
//! among it.

mod check;

use clio_host::actions::lookup::{self, FieldOwner, FindRequest, Kind};
use clio_host::{Connection, Host};
use serde_json::{Map, Value, json};

use crate::call_failure;
use crate::failure::Failure;
use crate::session::Session;
pub use check::check;

/// The most pages of one list: 20,000 rows.
const MOST_PAGES: usize = 100;

/// A connected account.
#[derive(Debug)]
pub struct Account {
    pub host: Host,
    pub connection: Connection,
}

impl Account {
    /// The account of a session.
    pub fn of(session: &Session) -> Result<Self, Failure> {
        Ok(Self {
            host: session.plain_host()?,
            connection: session.account.connection.clone(),
        })
    }

    /// Everything of one kind.
    pub async fn all(&self, kind: Kind) -> Result<Vec<lookup::Entry>, Failure> {
        let mut request = FindRequest {
            kind,
            search: None,
            limit: None,
            cursor: None,
        };
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let call = self.host.call(&self.connection);
            let page = call.run(request.clone()).await;
            let page = page.map_err(|error| call_failure::of_run(&error))?;
            all.extend(page.options);
            request.cursor = page.cursor;
            if request.cursor.is_none() {
                return Ok(all);
            }
        }
        Err(
            Failure::host("the account has more of a kind than is read here")
                .next("name what the mapping leads to by its id in Clio"),
        )
    }

    /// Fills the beginnings of a mapping: each practice area, custom field and
    /// document category under its own name.
    pub async fn fill(&self, mapping: &mut Value) -> Result<(), Failure> {
        let areas = self.all(Kind::PracticeAreas).await?;
        mapping["case_types"] = by_term(&areas, str::to_owned, |name| json!(name));
        for (member, owner) in [
            ("client_fields", FieldOwner::Contact),
            ("matter_fields", FieldOwner::Matter),
        ] {
            let fields = self.all(Kind::CustomFields(owner)).await?;
            mapping[member] = by_term(&fields, term, |name| json!(name));
        }
        let categories = self.all(Kind::DocumentCategories).await?;
        let categories = by_term(&categories, term, |name| json!({ "category": name }));
        if let (Some(kinds), Value::Object(categories)) =
            (mapping["document_kinds"].as_object_mut(), categories)
        {
            for (term, category) in categories {
                let Some(kind) = kinds.get_mut(&term) else {
                    kinds.insert(term, category);
                    continue;
                };
                kind["category"] = category["category"].clone();
            }
        }
        Ok(())
    }
}

fn by_term(
    entries: &[lookup::Entry],
    term: impl Fn(&str) -> String,
    target: impl Fn(&str) -> Value,
) -> Value {
    let mut terms = Map::new();
    for entry in entries {
        // Of several of one name the oldest is taken.
        terms
            .entry(term(&entry.label))
            .or_insert_with(|| target(&entry.label));
    }
    Value::Object(terms)
}

/// A name as platforms write terms: `Statute of limitations` is
/// `statute_of_limitations`.
fn term(name: &str) -> String {
    let mut term = String::with_capacity(name.len());
    let name = clio_text::composed(&clio_text::plain(name));
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            term.push(c);
        } else if !term.ends_with('_') && !term.is_empty() {
            term.push('_');
        }
    }
    term.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_a_name_in_lower_case_with_underscores() {
        assert_eq!(term("Statute of limitations"), "statute_of_limitations");
        assert_eq!(term(" Court / Venue (state) "), "court_venue_state");
        assert_eq!(term("Größe"), "größe");
        assert_eq!(term("Gro\u{308}ße"), "größe");
    }
}
