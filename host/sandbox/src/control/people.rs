//! What people do in Clio's own pages.

use bytes::Bytes;

use super::Control;
use crate::config::Seed;
use crate::new::{
    NewActivity, NewAutomation, NewContact, NewCustomField, NewDocument, NewMatter,
    NewRelationship, Place,
};
use crate::world::{Activity, Automation, GenerationEnd, Kind, Relationship};

impl Control {
    /// Adds a seed to the account.
    pub fn seed(&self, seed: Seed) {
        self.state().world.plant(seed);
    }

    /// Adds a contact and returns its id.
    pub fn add_contact(&self, contact: NewContact) -> u64 {
        self.state().world.add_contact(contact)
    }

    /// Merges two contacts: rows, values and matters of `from` go to `into`,
    /// and `from` is gone.
    pub fn merge_contacts(&self, into: u64, from: u64) {
        self.state().world.merge_contacts(into, from);
    }

    /// Deletes a contact, whatever depends on it.
    pub fn delete_contact(&self, contact: u64) {
        self.state().world.contacts.remove(&contact);
    }

    /// Adds a matter and returns its id.
    pub fn add_matter(&self, matter: NewMatter) -> u64 {
        self.state().world.add_matter(matter)
    }

    /// Adds as many matters like one and returns their ids: fast, since they
    /// get no folders and are not found by a search.
    pub fn add_matters(&self, count: usize, matter: &NewMatter) -> Vec<u64> {
        self.state().world.add_matters(count, matter)
    }

    /// Deletes a matter.
    pub fn delete_matter(&self, matter: u64) {
        self.state().world.matters.remove(&matter);
    }

    /// Moves a matter to a stage and its practice area, as a person would; its
    /// automations run.
    pub fn set_stage(&self, matter: u64, stage: u64) {
        self.state().world.set_stage(matter, stage);
    }

    /// Adds a practice area and returns its id.
    pub fn add_practice_area(&self, name: &str) -> u64 {
        self.state().world.add_practice_area(name, None, None)
    }

    /// Adds a stage at the end of a practice area and returns its id.
    pub fn add_stage(&self, practice_area: u64, name: &str) -> u64 {
        self.state().world.add_stage(practice_area, name)
    }

    /// Adds a document category and returns its id.
    pub fn add_document_category(&self, name: &str) -> u64 {
        self.state().world.add_category(name)
    }

    /// Enables or disables a user, as an administrator does.
    pub fn enable_user(&self, user: u64, enabled: bool) {
        if let Some(user) = self.state().world.users.get_mut(&user) {
            user.enabled = enabled;
        }
    }

    /// Adds a custom field definition and returns its id. An unknown parent
    /// type counts as `Contact`, an unknown field type as `text_line`.
    pub fn add_custom_field(&self, field: NewCustomField) -> u64 {
        self.state().world.add_custom_field(field)
    }

    /// Deletes a custom field definition, as a person does in the settings: it
    /// takes no new values, and those that stand there stay.
    pub fn delete_custom_field(&self, field: u64) {
        if let Some(field) = self.state().world.custom_fields.get_mut(&field) {
            field.deleted = true;
        }
    }

    /// Renames a custom field definition.
    pub fn rename_custom_field(&self, field: u64, name: &str) {
        if let Some(field) = self.state().world.custom_fields.get_mut(&field) {
            name.clone_into(&mut field.name);
        }
    }

    /// Adds a folder in a place and returns its id, or `None` when the place is
    /// not there.
    pub fn add_folder(&self, place: Place, name: &str) -> Option<u64> {
        self.state().world.add_folder(place, name)
    }

    /// Adds a document and returns its id, or `None` when the place is not
    /// there.
    pub fn add_document(&self, place: Place, document: NewDocument) -> Option<u64> {
        self.state().world.add_document(place, document)
    }

    /// Completes the newest version of a document with these bytes.
    pub fn complete_document(&self, document: u64, content: &[u8]) {
        self.state()
            .world
            .fill_document(document, Bytes::copy_from_slice(content));
    }

    /// Puts a document into the trash; thirty days later it is gone.
    pub fn trash_document(&self, document: u64) {
        self.state().world.trash_document(document);
    }

    /// Takes a document out of the trash.
    pub fn restore_document(&self, document: u64) {
        self.state().world.restore_document(document);
    }

    /// Renames a document.
    pub fn edit_document(&self, document: u64, name: &str) {
        self.state().world.edit_document(document, name);
    }

    /// Moves a document.
    pub fn move_document(&self, document: u64, place: Place) {
        self.state().world.move_document(document, place);
    }

    /// Adds a version to a document; without content it is unfinished.
    pub fn add_version(&self, document: u64, content: Option<Vec<u8>>) {
        self.state().world.add_version(document, content);
    }

    /// The bytes of a document's newest finished version, if they were kept.
    pub fn content(&self, document: u64) -> Option<Bytes> {
        let world = &self.state().world;
        let version = world.documents.get(&document)?.current()?;
        world.objects.get(&version.uuid)?.content.clone()
    }

    /// Adds a time entry of today and returns its id.
    pub fn add_activity(&self, new: &NewActivity) -> u64 {
        let world = &mut self.state().world;
        let stamp = world.stamp(Kind::Activity);
        let activity = Activity {
            kind: "TimeEntry".to_owned(),
            matter: Some(new.matter),
            date: world.now().strftime("%Y-%m-%d").to_string(),
            quantity: new.quantity,
            note: String::new(),
            billed: new.billed,
            non_billable: false,
            stamp,
        };
        world.put(activity)
    }

    /// Relates a contact to a matter and returns the relationship's id.
    pub fn add_relationship(&self, new: &NewRelationship) -> u64 {
        let world = &mut self.state().world;
        let stamp = world.stamp(Kind::Relationship);
        world.put(Relationship {
            stamp,
            matter: new.matter,
            contact: new.contact,
            description: new.description.clone(),
        })
    }

    /// Adds a stage automation: a matter that comes to the stage gets the
    /// document, so much later by the sandbox's clock.
    pub fn add_stage_automation(&self, automation: NewAutomation) {
        self.state().world.automations.push(Automation {
            stage: automation.stage,
            name: automation.name,
            content: Bytes::from(automation.content.unwrap_or_default()),
            after: automation.after,
        });
    }

    /// The id of a stage by the names of its practice area and itself.
    pub fn stage_named(&self, practice_area: &str, stage: &str) -> Option<u64> {
        let world = &self.state().world;
        let area = world
            .practice_areas
            .values()
            .find(|p| p.name == practice_area)?
            .stamp
            .id;
        let found = world
            .stages
            .values()
            .find(|s| s.practice_area == area && s.name == stage)?;
        Some(found.stamp.id)
    }

    /// The id of a practice area by its name.
    pub fn practice_area_named(&self, name: &str) -> Option<u64> {
        let world = &self.state().world;
        let found = world.practice_areas.values().find(|p| p.name == name)?;
        Some(found.stamp.id)
    }

    /// Adds a template of document automation and returns its id.
    pub fn add_template(&self, filename: &str, content: &[u8]) -> u64 {
        self.state()
            .world
            .add_template(filename, content.to_vec(), None)
    }

    /// Adds an empty template in a category and returns its id.
    pub fn add_template_in(&self, category: u64, filename: &str) -> u64 {
        self.state()
            .world
            .add_template(filename, Vec::new(), Some(category))
    }

    /// How the next automation ends; called again, the one after it.
    pub fn next_generation(&self, end: GenerationEnd) {
        self.state().world.generation_ends.push_back(end);
    }
}
