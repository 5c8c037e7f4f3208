//! What the firm's people do in Clio's own pages: set up practice areas, stages
//! and custom fields, add and merge contacts, open matters, move them to a stage.
//! What they do with documents stands in `filing`.

use serde_json::{Map, Value};

use crate::config::Seed;
use crate::new::{NewContact, NewCustomField, NewMatter, NewRow, Place};
use crate::world::{
    Contact, ContactKind, CustomField, CustomValue, DocumentCategory, FieldType, FolderOwner, Kind,
    Matter, MatterStatus, ParentType, PicklistOption, PracticeArea, Row, RowKind, Stage, User,
    World,
};

impl World {
    /// Adds a seed to the account. Names that are not there are left out.
    pub(crate) fn plant(&mut self, seed: Seed) {
        for user in seed.users {
            let stamp = self.stamp(Kind::User);
            let owner = self.users.is_empty();
            self.put(User {
                stamp,
                first_name: user.first_name,
                last_name: user.last_name,
                email: user.email,
                attorney: user.attorney,
                enabled: true,
                owner,
            });
        }
        for area in seed.practice_areas {
            let id = self.add_practice_area(&area.name, area.code, area.category);
            for stage in area.stages {
                self.add_stage(id, &stage);
            }
        }
        for name in seed.document_categories {
            self.add_category(&name);
        }
        for field in seed.custom_fields {
            self.add_custom_field(field);
        }
        for planted in seed.contacts {
            let client = self.add_contact(planted.contact);
            for matter in planted.matters {
                let area = self
                    .practice_areas
                    .values()
                    .find(|p| Some(&p.name) == matter.practice_area.as_ref())
                    .map(|p| p.stamp.id);
                let stage = self
                    .stages
                    .values()
                    .find(|s| {
                        Some(s.practice_area) == area && Some(&s.name) == matter.stage.as_ref()
                    })
                    .map(|s| s.stamp.id);
                let id = self.add_matter(NewMatter {
                    practice_area: area,
                    stage,
                    client_reference: matter.client_reference,
                    ..NewMatter::of(client, &matter.description)
                });
                for document in matter.documents {
                    self.add_document(Place::Matter(id), document);
                }
            }
        }
    }

    pub(crate) fn add_practice_area(
        &mut self,
        name: &str,
        code: Option<String>,
        category: Option<String>,
    ) -> u64 {
        let stamp = self.stamp(Kind::PracticeArea);
        self.put(PracticeArea {
            stamp,
            name: name.to_owned(),
            code,
            category,
        })
    }

    pub(crate) fn add_stage(&mut self, practice_area: u64, name: &str) -> u64 {
        let before = self
            .stages
            .values()
            .filter(|s| s.practice_area == practice_area)
            .count();
        let stamp = self.stamp(Kind::Stage);
        self.put(Stage {
            stamp,
            name: name.to_owned(),
            practice_area,
            order: u32::try_from(before).unwrap_or(u32::MAX),
        })
    }

    pub(crate) fn add_category(&mut self, name: &str) -> u64 {
        let stamp = self.stamp(Kind::Category);
        let name = name.to_owned();
        self.put(DocumentCategory { stamp, name })
    }

    /// An unknown parent type counts as Contact, an unknown field type as text.
    pub(crate) fn add_custom_field(&mut self, new: NewCustomField) -> u64 {
        let options = new
            .options
            .into_iter()
            .map(|option| PicklistOption {
                stamp: self.stamp(Kind::PicklistOption),
                option,
                deleted: None,
            })
            .collect();
        let stamp = self.stamp(Kind::CustomField);
        self.put(CustomField {
            stamp,
            name: new.name,
            parent: if new.parent_type.eq_ignore_ascii_case("matter") {
                ParentType::Matter
            } else {
                ParentType::Contact
            },
            field_type: FieldType::parse(&new.field_type).unwrap_or(FieldType::TextLine),
            displayed: new.displayed,
            required: false,
            deleted: false,
            display_order: u32::try_from(self.custom_fields.len()).unwrap_or(u32::MAX),
            options,
        })
    }

    fn values(&mut self, values: Vec<(u64, Option<String>)>) -> Vec<CustomValue> {
        values
            .into_iter()
            .filter_map(|(field, value)| {
                let field_type = self.custom_fields.get(&field)?.field_type;
                Some(CustomValue {
                    stamp: self.stamp(Kind::Value),
                    field,
                    field_type,
                    value,
                })
            })
            .collect()
    }

    fn labelled_rows(&mut self, kind: RowKind, cell: &str, rows: Vec<NewRow>) -> Vec<Row> {
        rows.into_iter()
            .enumerate()
            .map(|(i, row)| {
                let mut cells = Map::new();
                cells.insert("name".to_owned(), row.label.into());
                cells.insert(cell.to_owned(), row.value.into());
                Row {
                    stamp: self.stamp(Kind::Row),
                    kind,
                    cells,
                    primary: i == 0,
                }
            })
            .collect()
    }

    pub(crate) fn add_contact(&mut self, new: NewContact) -> u64 {
        // As if it had been done then: the job time is the time of everything
        // that happens meanwhile.
        let outer = self.job_time;
        self.job_time = new.created_at.or(outer);
        let stamp = self.stamp(Kind::Contact);
        let mut cells = Map::new();
        let kind = match new.company_name {
            Some(name) => {
                cells.insert("name".to_owned(), name.into());
                ContactKind::Company
            }
            None => {
                cells.insert("first_name".to_owned(), new.first_name.into());
                cells.insert("last_name".to_owned(), new.last_name.into());
                ContactKind::Person
            }
        };
        let mut rows = self.labelled_rows(RowKind::Email, "address", new.emails);
        rows.extend(self.labelled_rows(RowKind::Phone, "number", new.phones));
        let values = self.values(new.values);
        let id = self.put(Contact {
            cells,
            rows,
            company: new.company,
            values,
            ..Contact::new(stamp, kind)
        });
        self.job_time = outer;
        id
    }

    /// Merges two contacts: what the second has goes to the first, and the
    /// second is gone.
    pub(crate) fn merge_contacts(&mut self, into: u64, from: u64) {
        if into == from || !self.contacts.contains_key(&into) {
            return;
        }
        let Some(gone) = self.contacts.remove(&from) else {
            return;
        };
        let Some(mut kept) = self.contacts.get(&into).cloned() else {
            return;
        };
        for mut row in gone.rows {
            let known = kept
                .rows
                .iter()
                .any(|r| r.kind == row.kind && r.text() == row.text());
            if !known {
                row.primary = row.primary && kept.rows(row.kind).next().is_none();
                kept.rows.push(row);
            }
        }
        for value in gone.values {
            if kept.values.iter().all(|v| v.field != value.field) {
                kept.values.push(value);
            }
        }
        self.touch(&mut kept.stamp);
        self.put(kept);
        let matters: Vec<Matter> = self
            .matters
            .values()
            .filter(|m| m.client == from)
            .cloned()
            .collect();
        for mut matter in matters {
            matter.client = into;
            self.put(matter);
        }
    }

    pub(crate) fn add_matter(&mut self, new: NewMatter) -> u64 {
        let outer = self.job_time;
        self.job_time = new.created_at.or(outer);
        let matter = self.opened(new);
        let id = self.put(matter);
        self.root_folder(FolderOwner::Matter(id));
        self.job_time = outer;
        id
    }

    /// A new matter, which does not stand in the account yet.
    fn opened(&mut self, new: NewMatter) -> Matter {
        let number = self.next_matter_number();
        let display_number = new
            .display_number
            .unwrap_or_else(|| self.display_number(number, new.client));
        let stamp = self.stamp(Kind::Matter);
        let status = new
            .status
            .as_deref()
            .and_then(|s| MatterStatus::parse(&s.to_lowercase()))
            .unwrap_or(MatterStatus::Open);
        let mut cells = Map::new();
        if let Some(reference) = new.client_reference {
            cells.insert("client_reference".to_owned(), reference.into());
        }
        let today = stamp.created.strftime("%Y-%m-%d").to_string();
        cells.insert("open_date".to_owned(), Value::String(today));
        let stage_changed = new.stage.map(|_| stamp.created);
        Matter {
            number,
            display_number,
            description: new.description,
            cells,
            practice_area: new.practice_area,
            stage: new.stage,
            stage_changed,
            responsible_attorney: new.responsible_attorney,
            values: self.values(new.values),
            ..Matter::new(stamp, new.client, status)
        }
    }

    /// Adds as many matters like one, each with its own number. They get no
    /// folders yet, and the client is not indexed anew for each, so that a
    /// hundred thousand are there in a moment.
    pub(crate) fn add_matters(&mut self, count: usize, new: &NewMatter) -> Vec<u64> {
        let mut ids = Vec::with_capacity(count);
        for _ in 0..count {
            let matter = self.opened(new.clone());
            ids.push(matter.stamp.id);
            self.matters.insert(matter.stamp.id, matter);
        }
        ids
    }

    /// Moves a matter to a stage by hand; its automations run.
    pub(crate) fn set_stage(&mut self, matter: u64, stage: u64) {
        let practice_area = self.stages.get(&stage).map(|s| s.practice_area);
        let Some(mut moved) = self.matters.get(&matter).cloned() else {
            return;
        };
        moved.practice_area = practice_area.or(moved.practice_area);
        moved.stage = Some(stage);
        moved.stage_changed = Some(self.now());
        self.touch(&mut moved.stamp);
        self.put(moved);
        self.stage_reached(matter, stage);
    }
}
