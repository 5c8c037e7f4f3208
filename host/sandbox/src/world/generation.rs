//! Document automation by request: a template and a matter become documents,
//! later, on the sandbox's clock.
//!
//! The documents are made by what stage automations make theirs with.

use bytes::Bytes;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::automation::Work;
use super::{Generation, GenerationState, Kind, Object, Template, World, content_type_of};

/// How long after the step before a state is reached.
const QUEUED: SignedDuration = SignedDuration::from_secs(2);
const IN_PROGRESS: SignedDuration = SignedDuration::from_secs(3);
const ENDED: SignedDuration = SignedDuration::from_secs(10);

/// How an automation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GenerationEnd {
    /// With its documents.
    #[default]
    Completed,
    /// Without any: nothing was to be put in.
    Empty,
    /// Without any.
    Failed,
}

impl World {
    pub(crate) fn add_template(
        &mut self,
        filename: &str,
        content: Vec<u8>,
        category: Option<u64>,
    ) -> u64 {
        let stamp = self.stamp(Kind::Template);
        let key = self.uuid(stamp.id);
        self.put_object(&key, Object::of(Bytes::from(content)));
        let content_type = content_type_of(filename).unwrap_or("application/octet-stream");
        self.put(Template {
            stamp,
            filename: filename.to_owned(),
            content_type: content_type.to_owned(),
            category,
            key,
        })
    }

    /// Begins an automation. It is queued, runs and ends by the clock.
    pub(crate) fn start_generation(
        &mut self,
        matter: u64,
        template: u64,
        filename: String,
        formats: Vec<String>,
    ) -> Generation {
        let generation = Generation {
            stamp: self.stamp(Kind::Generation),
            matter,
            template,
            filename,
            formats,
            state: GenerationState::NotStarted,
            documents: Vec::new(),
        };
        let id = self.put(generation.clone());
        self.schedule(QUEUED, Work::Advance { generation: id });
        generation
    }

    /// Takes an automation to its next state.
    pub(crate) fn advance_generation(&mut self, id: u64) {
        let Some(mut generation) = self.generations.get(&id).cloned() else {
            return;
        };
        let (state, then) = match generation.state {
            GenerationState::NotStarted => (GenerationState::Queued, Some(IN_PROGRESS)),
            GenerationState::Queued => (GenerationState::InProgress, Some(ENDED)),
            GenerationState::InProgress => (self.end_generation(&mut generation), None),
            _ => return,
        };
        generation.state = state;
        self.touch(&mut generation.stamp);
        self.put(generation);
        if let Some(after) = then {
            self.schedule(after, Work::Advance { generation: id });
        }
    }

    fn end_generation(&mut self, generation: &mut Generation) -> GenerationState {
        match self.generation_ends.pop_front().unwrap_or_default() {
            GenerationEnd::Empty => return GenerationState::Empty,
            GenerationEnd::Failed => return GenerationState::Failed,
            GenerationEnd::Completed => {}
        }
        let Some(template) = self.templates.get(&generation.template).cloned() else {
            return GenerationState::Failed;
        };
        let content = self
            .objects
            .get(&template.key)
            .and_then(|object| object.content.clone())
            .unwrap_or_default();
        let extension = template.filename.rsplit_once('.').map_or("", |(_, e)| e);
        for format in generation.formats.clone() {
            let (extension, content) = match format.as_str() {
                "pdf" => ("pdf", [b"%PDF-1.4 ", &content[..]].concat().into()),
                _ => (extension, content.clone()),
            };
            let name = format!("{}.{extension}", generation.filename);
            match self.generate(generation.matter, &name, content) {
                Some(document) => generation.documents.push(document),
                // The matter is gone.
                None => return GenerationState::Failed,
            }
        }
        GenerationState::Completed
    }
}
