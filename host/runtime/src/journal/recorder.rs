//! The two entries of one call.

use std::time::SystemTime;

use serde_json::Value;

use super::{AuditEntry, AuditStatus, JournalError, Write};
use crate::actions::{
    connections, contacts, custom_fields, document_automations, document_contents, documents,
    markers, matter_changes, matter_pages, matters, new_documents, options, types, webhook_events,
    webhooks,
};
use crate::connection::Connection;
use crate::error::CallError;
use crate::fetch::NamedContent;
use crate::host::Host;
use crate::stats::CallStats;

/// A result, as far as an audit holds it.
pub(crate) trait Recorded {
    /// The ids in Clio that it names, the record itself first.
    fn ids(&self) -> Vec<u64>;

    /// The content that it names by URL.
    fn content(&self) -> Option<NamedContent> {
        None
    }
}

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

impl Recorded for Value {
    /// By the names that the contract gives to ids: `id` and `others`.
    fn ids(&self) -> Vec<u64> {
        let others = self.get("others").and_then(Value::as_array);
        let own = self.get("id").and_then(number);
        own.into_iter()
            .chain(others.into_iter().flatten().filter_map(number))
            .collect()
    }

    /// By the names that the contract gives to content: `content.url`, `size`.
    fn content(&self) -> Option<NamedContent> {
        let url = self.get("content")?.get("url")?.as_str()?;
        Some(NamedContent {
            url: url.to_owned(),
            size: self.get("size").and_then(number),
        })
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn with_others(id: u64, others: &[u64]) -> Vec<u64> {
    std::iter::once(id).chain(others.iter().copied()).collect()
}

/// The most ids of one entry: a component of someone else decides how many its
/// result names.
const MOST_IDS: usize = 1000;

/// Writes the entries of one call; where the call is dropped in between, says
/// so. Does nothing in a host without a journal.
pub(crate) struct Recorder {
    host: Host,
    /// The entry to come, until it is written.
    entry: Option<AuditEntry>,
    dry: bool,
}

impl Recorder {
    /// Writes that a call is about to begin.
    ///
    /// # Errors
    /// When that cannot be kept: then the call must not begin.
    pub(crate) async fn begin(
        host: &Host,
        action: &str,
        connection: &Connection,
        correlation: &str,
        digests: Vec<[u8; 32]>,
        dry: bool,
    ) -> Result<Self, JournalError> {
        let Some(writer) = host.journal() else {
            return Ok(Self {
                host: host.clone(),
                entry: None,
                dry,
            });
        };
        let entry = AuditEntry {
            at: SystemTime::now(),
            correlation: correlation.to_owned(),
            action: action.to_owned(),
            connection: connection.label(),
            account: connection.account(),
            status: AuditStatus::Begun,
            code: None,
            ids: Vec::new(),
            writes: Vec::new(),
            digests,
            requests: 0,
            sent: 0,
            received: 0,
            denied: 0,
        };
        writer.append(entry.clone()).await?;
        Ok(Self {
            host: host.clone(),
            entry: Some(entry),
            dry,
        })
    }

    /// Writes how the call ended. That it cannot be kept is logged and does not
    /// change the result: what was written stands in Clio all the same.
    pub(crate) async fn end<T: Recorded>(
        mut self,
        result: &Result<T, CallError>,
        stats: &CallStats,
        writes: Vec<Write>,
        withheld: bool,
    ) {
        let Some(mut entry) = self.entry.take() else {
            return;
        };
        entry.at = SystemTime::now();
        entry.writes = writes;
        entry.requests = stats.traffic.api_requests;
        entry.sent = stats.traffic.sent;
        entry.received = stats.traffic.received;
        match result {
            Ok(result) => {
                entry.status = AuditStatus::Done;
                entry.ids = result.ids();
                entry.ids.truncate(MOST_IDS);
            }
            Err(error) => {
                entry.status = AuditStatus::Failed;
                entry.code = Some(error.code());
                entry.denied = u32::try_from(error.denied().len()).unwrap_or(u32::MAX);
            }
        }
        if self.dry {
            entry.status = AuditStatus::DryRun;
            // That a write was held back is what a dry run is for.
            if withheld {
                entry.code = None;
            }
        }
        if let Some(writer) = self.host.journal() {
            let _ = writer.append(entry).await;
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(mut entry) = self.entry.take() {
            entry.at = SystemTime::now();
            entry.status = AuditStatus::Cancelled;
            if let Some(writer) = self.host.journal() {
                writer.append_later(entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_json_result_names_its_ids_as_the_contract_does() {
        assert_eq!(
            json!({"id": 4, "others": [5, "6"], "name": 7}).ids(),
            [4, 5, 6]
        );
        assert_eq!(json!({"id": "x"}).ids(), [0; 0]);
        let named = json!({"content": {"url": "u"}, "size": 7}).content();
        assert_eq!(
            named.map(|it| (it.url, it.size)),
            Some(("u".into(), Some(7)))
        );
        assert_eq!(json!({"content": "withheld"}).content(), None);
        assert_eq!(json!(null).ids(), [0; 0]);
    }
}
