//! The handle with which a test looks into the sandbox and steers it.
//!
//! Every call is synchronous and takes effect before it returns. The same is
//! offered over HTTP under `/sandbox`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::config::Seed;
use crate::credentials::App;
use crate::fault::Fault;
use crate::new::{
    NewActivity, NewAutomation, NewContact, NewCustomField, NewDocument, NewMatter, Place,
};
use crate::snapshot::{self, Snapshot};
use crate::state::{Held, Shared, State};
use crate::switches::Switches;
use crate::token::{RateLimit, TokenSpec};
use crate::trace::{Exchange, Ignored, Origin, path_matches};
use crate::webhooks::{WebhookAttempt, WebhookStatus};
use crate::world::{Account, Activity, Automation, GenerationEnd, Kind};

/// Looks into a sandbox and steers it. Cheap to clone; outlives the sandbox.
#[derive(Clone)]
pub struct Control {
    pub(crate) shared: Arc<Shared>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Control {
    fn state(&self) -> Held<'_> {
        self.shared.present()
    }

    // --- What happened ---------------------------------------------------

    /// Every request in the order of arrival.
    pub fn trace(&self) -> Vec<Exchange> {
        self.state().trace.exchanges.clone()
    }

    /// Forgets the trace and what was ignored.
    pub fn clear_trace(&self) {
        self.state().trace.clear();
    }

    /// What Clio would have ignored without a word.
    pub fn ignored(&self) -> Vec<Ignored> {
        self.state().trace.ignored.clone()
    }

    /// The account's state.
    pub fn snapshot(&self) -> Snapshot {
        snapshot::take(&self.state().world)
    }

    /// How many requests the API received.
    pub fn requests(&self) -> usize {
        self.count_where(|e| e.origin == Origin::Api)
    }

    /// How many writes of the API took effect.
    pub fn writes(&self) -> usize {
        self.count_where(|e| e.origin == Origin::Api && e.applied)
    }

    /// How many requests of a method the API received under a path: `*` stands
    /// for one segment or a part of it, `**` at the end for any rest;
    /// `/api/v4` and `.json` may be left out.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.count_where(|e| {
            e.origin == Origin::Api && e.method == method && path_matches(path, &e.path)
        })
    }

    fn count_where(&self, wanted: impl Fn(&Exchange) -> bool) -> usize {
        self.state()
            .trace
            .exchanges
            .iter()
            .filter(|e| wanted(e))
            .count()
    }

    // --- Faults, time, readings ------------------------------------------

    /// Queues a fault.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// The faults that still wait.
    pub fn faults(&self) -> Vec<Fault> {
        self.state().faults.waiting().to_vec()
    }

    /// Drops all faults.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// The sandbox's present.
    pub fn now(&self) -> Timestamp {
        self.state().world.clock.now()
    }

    /// Lets time pass at once; what is due meanwhile happens.
    pub fn advance(&self, by: Duration) {
        self.state().world.clock.advance(by);
        // Run what has become due.
        drop(self.state());
    }

    /// Stops the clock, at an instant or where it is.
    pub fn freeze(&self, at: Option<Timestamp>) {
        self.state().world.clock.freeze(at);
    }

    /// Lets a stopped clock run again.
    pub fn run_clock(&self) {
        self.state().world.clock.run();
    }

    /// The present readings.
    pub fn switches(&self) -> Switches {
        self.state().world.switches.clone()
    }

    /// Changes the readings.
    pub fn set_switches(&self, switches: Switches) {
        self.state().world.switches = switches;
    }

    /// Changes the rate limit, and forgets what tokens have used.
    pub fn set_rate_limit(&self, rate: RateLimit) {
        self.state().credentials.set_rate(rate);
    }

    // --- Tokens -----------------------------------------------------------

    /// Issues a token. Empty when the system has no randomness to give, which
    /// no valid token is.
    pub fn issue_token(&self, spec: TokenSpec) -> String {
        let State {
            credentials, world, ..
        } = &mut *self.state();
        let issued = credentials.issue(spec, world.now(), &world.switches);
        issued.unwrap_or_default()
    }

    /// Revokes a token.
    pub fn revoke(&self, token: &str) {
        self.state().credentials.revoke(&[token.to_owned()]);
    }

    // --- OAuth ------------------------------------------------------------

    /// Registers an application, in place of one with the same client id.
    pub fn register_app(&self, app: App) {
        self.state().credentials.register(app);
    }

    /// A person takes back every consent in Clio's settings: all tokens that
    /// came from one end, and refreshing answers `invalid_grant`.
    pub fn revoke_grants(&self) {
        self.state().credentials.revoke_grants(|_| true);
    }

    /// Makes the account another firm's: its id and name, as who-am-i tells
    /// them.
    pub fn set_account(&self, id: u64, name: &str) {
        self.state().world.account = Account::new(id, name);
    }

    // --- Webhooks ----------------------------------------------------------

    /// Every attempt to reach a receiver, in order.
    pub fn webhook_attempts(&self) -> Vec<WebhookAttempt> {
        self.state().webhooks.attempts.clone()
    }

    /// Waits until no message is due or on its way; false when that takes
    /// longer than `most`, in real time. Messages that wait for a later attempt
    /// are not waited for.
    pub fn webhooks_settled(&self, most: Duration) -> bool {
        let start = std::time::Instant::now();
        loop {
            {
                let state = self.state();
                if !state.webhooks.busy(state.world.clock.now()) {
                    return true;
                }
            }
            if start.elapsed() > most {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Enables a subscription, as if its receiver had confirmed.
    pub fn confirm_webhook(&self, webhook: u64) {
        self.set_webhook_status(webhook, WebhookStatus::Enabled);
    }

    /// Suspends a subscription, as if its receiver had kept failing.
    pub fn suspend_webhook(&self, webhook: u64) {
        self.set_webhook_status(webhook, WebhookStatus::Suspended);
    }

    fn set_webhook_status(&self, webhook: u64, status: WebhookStatus) {
        let State {
            webhooks, world, ..
        } = &mut *self.state();
        webhooks.set_status(world, webhook, status);
    }

    // --- What people do in Clio -------------------------------------------

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
