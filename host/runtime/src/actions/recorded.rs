//! What the audit holds of each typed result.

use super::{
    connections, contacts, custom_fields, document_automations, document_contents, documents,
    markers, matter_changes, matter_pages, matters, new_documents, options, types, webhook_events,
    webhooks,
};
use crate::audit::Recorded;
use crate::fetch::NamedContent;

impl Recorded for contacts::SyncOutcome {
    fn ids(&self) -> Vec<u64> {
        with_others(self.id, &self.others)
    }
}

impl Recorded for matters::CreateOutcome {
    fn ids(&self) -> Vec<u64> {
        with_others(self.id, &self.others)
    }
}

impl Recorded for documents::UploadOutcome {
    fn ids(&self) -> Vec<u64> {
        with_others(self.id, &self.others)
    }
}

impl Recorded for matters::ResolveOutcome {
    fn ids(&self) -> Vec<u64> {
        Vec::new()
    }
}

impl Recorded for Vec<types::DocumentState> {
    fn ids(&self) -> Vec<u64> {
        self.iter().filter_map(|state| state.id).collect()
    }
}

impl Recorded for new_documents::DetectOutcome {
    fn ids(&self) -> Vec<u64> {
        self.documents.iter().map(|document| document.id).collect()
    }
}

impl Recorded for markers::EnsureOutcome {
    fn ids(&self) -> Vec<u64> {
        let fields = self.contact.iter().chain(&self.matter);
        fields.map(|field| field.id).collect()
    }
}

impl Recorded for connections::CheckOutcome {
    fn ids(&self) -> Vec<u64> {
        Vec::new()
    }
}

impl Recorded for custom_fields::ReadOutcome {
    /// It names definitions, and no record.
    fn ids(&self) -> Vec<u64> {
        Vec::new()
    }
}

impl Recorded for custom_fields::WriteOutcome {
    fn ids(&self) -> Vec<u64> {
        self.values.iter().map(|written| written.field).collect()
    }
}

impl Recorded for matter_changes::UpdateOutcome {
    /// The request named the matter; the result names nothing.
    fn ids(&self) -> Vec<u64> {
        Vec::new()
    }
}

impl Recorded for matter_pages::PullOutcome {
    fn ids(&self) -> Vec<u64> {
        self.matters.iter().map(|matter| matter.id).collect()
    }
}

impl Recorded for matter_pages::CountOutcome {
    fn ids(&self) -> Vec<u64> {
        Vec::new()
    }
}

impl Recorded for options::FindOutcome {
    /// What was offered, and not what was chosen.
    fn ids(&self) -> Vec<u64> {
        Vec::new()
    }
}

impl Recorded for webhooks::EnsureOutcome {
    fn ids(&self) -> Vec<u64> {
        match self {
            Self::Subscribed(it) => with_others(it.id, &it.others),
            Self::Unavailable(_) => Vec::new(),
        }
    }
}

impl Recorded for webhooks::ListOutcome {
    fn ids(&self) -> Vec<u64> {
        self.webhooks.iter().map(|webhook| webhook.id).collect()
    }
}

impl Recorded for webhooks::RemoveOutcome {
    fn ids(&self) -> Vec<u64> {
        Vec::new()
    }
}

impl Recorded for webhook_events::Receipt {
    fn ids(&self) -> Vec<u64> {
        match self {
            Self::Handshake(_) => Vec::new(),
            Self::Event(event) => vec![event.id],
        }
    }
}

impl Recorded for document_contents::ReadOutcome {
    fn ids(&self) -> Vec<u64> {
        vec![self.id]
    }

    fn content(&self) -> Option<NamedContent> {
        let document_contents::Content::Url(url) = &self.content else {
            return None;
        };
        Some(NamedContent {
            url: url.clone(),
            size: self.size,
        })
    }
}

impl Recorded for document_automations::TemplatesOutcome {
    fn ids(&self) -> Vec<u64> {
        self.templates.iter().map(|template| template.id).collect()
    }
}

impl Recorded for document_automations::StartOutcome {
    fn ids(&self) -> Vec<u64> {
        with_others(self.id, &self.others)
    }
}

impl Recorded for document_automations::FollowOutcome {
    fn ids(&self) -> Vec<u64> {
        let documents = self.documents.iter().map(|document| document.id);
        std::iter::once(self.id).chain(documents).collect()
    }
}

fn with_others(id: u64, others: &[u64]) -> Vec<u64> {
    std::iter::once(id).chain(others.iter().copied()).collect()
}
