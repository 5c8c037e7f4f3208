//! The actions of the contract, typed.
//!
//! One method an action, so that an embedder in Rust writes no JSON. The types
//! are those that the contract in `wit/` says, with its documentation.

use wasmtime::component::Instance;
use wasmtime::{Error, Result, Store};

use crate::bindings::exports::clio::actions as wit;
use crate::call::Call;
use crate::component::Action;
use crate::error::CallError;
use crate::invoke::Invocation;
use crate::wasi::State;

pub use values::{
    connections, contacts, custom_fields, document_automations, document_contents, document_states,
    documents, markers, matter_changes, matters, new_documents, types, webhook_events, webhooks,
};

mod values;

/// How a request is passed: one that holds only numbers as itself.
macro_rules! argument {
    ($request:expr) => {
        &$request
    };
    ($request:expr, copy) => {
        $request
    };
}

/// A function of the contract, called by its Rust types.
macro_rules! invocation {
    ($name:ident, $interface:ident, $call:ident, $request:ty, $outcome:ty $(, $copy:ident)?) => {
        struct $name($request);

        impl Invocation for $name {
            type Output = std::result::Result<$outcome, types::Error>;

            fn function<'a>(&'a self, _: &'a Action) -> &'a str {
                stringify!($call).trim_start_matches("call_")
            }

            async fn run(
                self,
                action: &Action,
                instance: &Instance,
                store: &mut Store<State>,
            ) -> Result<Self::Output> {
                let indices = action.typed().$interface.as_ref().ok_or_else(|| {
                    Error::msg(concat!(
                        "the component does not export ",
                        stringify!($interface)
                    ))
                })?;
                let guest: wit::$interface::Guest = indices.load(&mut *store, instance)?;
                guest.$call(store, argument!(self.0 $(, $copy)?)).await
            }
        }
    };
}

// Here, because it uses the macros above.
mod reading;
mod recorded;

pub use reading::{matter_pages, options};

invocation!(
    Sync,
    contacts,
    call_sync,
    contacts::SyncRequest,
    contacts::SyncOutcome
);
invocation!(
    Create,
    matters,
    call_create,
    matters::CreateRequest,
    matters::CreateOutcome
);
invocation!(
    Resolve,
    matters,
    call_resolve,
    matters::ResolveRequest,
    matters::ResolveOutcome
);
invocation!(
    Upload,
    documents,
    call_upload,
    documents::UploadRequest,
    documents::UploadOutcome
);
invocation!(
    Find,
    document_states,
    call_find,
    document_states::FindRequest,
    Vec<types::DocumentState>
);
invocation!(
    Detect,
    new_documents,
    call_detect,
    new_documents::DetectRequest,
    new_documents::DetectOutcome
);
invocation!(
    Ensure,
    markers,
    call_ensure,
    markers::EnsureRequest,
    markers::EnsureOutcome
);
invocation!(
    Check,
    connections,
    call_check,
    connections::CheckRequest,
    connections::CheckOutcome
);
invocation!(
    ReadFields,
    custom_fields,
    call_read,
    custom_fields::ReadRequest,
    custom_fields::ReadOutcome,
    copy
);
invocation!(
    WriteFields,
    custom_fields,
    call_write,
    custom_fields::WriteRequest,
    custom_fields::WriteOutcome
);
invocation!(
    Update,
    matter_changes,
    call_update,
    matter_changes::UpdateRequest,
    matter_changes::UpdateOutcome
);

invocation!(
    EnsureWebhook,
    webhooks,
    call_ensure,
    webhooks::EnsureRequest,
    webhooks::EnsureOutcome
);
invocation!(
    ListWebhooks,
    webhooks,
    call_list,
    webhooks::ListRequest,
    webhooks::ListOutcome
);
invocation!(
    RemoveWebhook,
    webhooks,
    call_remove,
    webhooks::RemoveRequest,
    webhooks::RemoveOutcome,
    copy
);
invocation!(
    Receive,
    webhook_events,
    call_receive,
    webhook_events::ReceiveRequest,
    webhook_events::Receipt
);
invocation!(
    ReadContents,
    document_contents,
    call_read,
    document_contents::ReadRequest,
    document_contents::ReadOutcome,
    copy
);
invocation!(
    ListTemplates,
    document_automations,
    call_templates,
    document_automations::TemplatesRequest,
    document_automations::TemplatesOutcome
);
invocation!(
    StartAutomation,
    document_automations,
    call_start,
    document_automations::StartRequest,
    document_automations::StartOutcome
);
invocation!(
    FollowAutomation,
    document_automations,
    call_follow,
    document_automations::FollowRequest,
    document_automations::FollowOutcome,
    copy
);

impl Call {
    /// Makes sure that one contact stands in Clio, and returns it.
    ///
    /// # Errors
    /// As the contract says for `contacts.sync`, and the host's own failures.
    pub async fn sync_contact(
        self,
        request: contacts::SyncRequest,
    ) -> std::result::Result<contacts::SyncOutcome, CallError> {
        self.typed("sync-contact", Sync(request)).await
    }

    /// Makes sure that one matter stands in Clio, and returns it.
    ///
    /// # Errors
    /// As the contract says for `matters.create`, and the host's own failures.
    pub async fn create_matter(
        self,
        request: matters::CreateRequest,
    ) -> std::result::Result<matters::CreateOutcome, CallError> {
        self.typed("create-matter", Create(request)).await
    }

    /// Finds the practice area and the stage that a matter would get, and checks
    /// that they belong together. It changes nothing.
    ///
    /// # Errors
    /// As the contract says for `matters.resolve`, and the host's own failures.
    pub async fn resolve_matter(
        self,
        request: matters::ResolveRequest,
    ) -> std::result::Result<matters::ResolveOutcome, CallError> {
        self.typed("create-matter", Resolve(request)).await
    }

    /// Makes sure that one document stands in Clio with the given content.
    /// Local content is lent with [`Call::add_content`].
    ///
    /// # Errors
    /// As the contract says for `documents.upload`, and the host's own
    /// failures.
    pub async fn upload_document(
        self,
        request: documents::UploadRequest,
    ) -> std::result::Result<documents::UploadOutcome, CallError> {
        let call = match &request.content.source {
            documents::ContentSource::Url(url) => self.noting_url(url),
            documents::ContentSource::Inline(_) => self,
        };
        call.typed("upload-document", Upload(request)).await
    }

    /// Tells what stands in Clio of a set of documents, in the order asked for.
    ///
    /// # Errors
    /// As the contract says for `document-states.find`, and the host's own
    /// failures.
    pub async fn find_documents(
        self,
        request: document_states::FindRequest,
    ) -> std::result::Result<Vec<types::DocumentState>, CallError> {
        self.typed("find-documents", Find(request)).await
    }

    /// Tells the documents that became new in a scope since the last call.
    ///
    /// # Errors
    /// As the contract says for `new-documents.detect`, and the host's own
    /// failures.
    pub async fn detect_documents(
        self,
        request: new_documents::DetectRequest,
    ) -> std::result::Result<new_documents::DetectOutcome, CallError> {
        self.typed("detect-documents", Detect(request)).await
    }

    /// Makes sure that the fields for markers stand in Clio, and returns them.
    ///
    /// # Errors
    /// As the contract says for `markers.ensure`, and the host's own failures.
    pub async fn setup_markers(
        self,
        request: markers::EnsureRequest,
    ) -> std::result::Result<markers::EnsureOutcome, CallError> {
        self.typed("setup-markers", Ensure(request)).await
    }

    /// Tells who the connection acts for, and which areas it may read. No areas:
    /// every one that an action needs.
    ///
    /// # Errors
    /// As the contract says for `connections.check`, and the host's own failures.
    pub async fn check_connection(
        self,
        areas: Vec<connections::Area>,
    ) -> std::result::Result<connections::CheckOutcome, CallError> {
        let request = connections::CheckRequest { areas };
        self.typed("check-connection", Check(request)).await
    }

    /// Returns the custom field values of one contact or matter.
    ///
    /// # Errors
    /// As the contract says for `custom-fields.read`, and the host's own
    /// failures.
    pub async fn read_custom_fields(
        self,
        request: custom_fields::ReadRequest,
    ) -> std::result::Result<custom_fields::ReadOutcome, CallError> {
        self.typed("custom-fields", ReadFields(request)).await
    }

    /// Makes sure that custom fields of one contact or matter hold the given
    /// values.
    ///
    /// # Errors
    /// As the contract says for `custom-fields.write`, and the host's own
    /// failures.
    pub async fn write_custom_fields(
        self,
        request: custom_fields::WriteRequest,
    ) -> std::result::Result<custom_fields::WriteOutcome, CallError> {
        self.typed("custom-fields", WriteFields(request)).await
    }

    /// Changes one matter, unless it was edited in Clio meanwhile.
    ///
    /// # Errors
    /// As the contract says for `matter-changes.update`, and the host's own
    /// failures.
    pub async fn update_matter(
        self,
        request: matter_changes::UpdateRequest,
    ) -> std::result::Result<matter_changes::UpdateOutcome, CallError> {
        self.typed("update-matter", Update(request)).await
    }

    /// Makes sure that one webhook stands in Clio and stays alive, and returns
    /// it.
    ///
    /// # Errors
    /// As the contract says for `webhooks.ensure`, and the host's own failures.
    pub async fn ensure_webhook(
        self,
        request: webhooks::EnsureRequest,
    ) -> std::result::Result<webhooks::EnsureOutcome, CallError> {
        self.typed("webhooks", EnsureWebhook(request)).await
    }

    /// Lists the webhooks of the connection.
    ///
    /// # Errors
    /// As the contract says for `webhooks.list`, and the host's own failures.
    pub async fn list_webhooks(
        self,
        request: webhooks::ListRequest,
    ) -> std::result::Result<webhooks::ListOutcome, CallError> {
        self.typed("webhooks", ListWebhooks(request)).await
    }

    /// Makes sure that a webhook is gone.
    ///
    /// # Errors
    /// As the contract says for `webhooks.remove`, and the host's own failures.
    pub async fn remove_webhook(
        self,
        request: webhooks::RemoveRequest,
    ) -> std::result::Result<webhooks::RemoveOutcome, CallError> {
        self.typed("webhooks", RemoveWebhook(request)).await
    }

    /// Checks a delivery that a receiver was sent, and reads it. No request is
    /// made.
    ///
    /// # Errors
    /// As the contract says for `webhook-events.receive`, and the host's own
    /// failures.
    pub async fn receive_webhook(
        self,
        request: webhook_events::ReceiveRequest,
    ) -> std::result::Result<webhook_events::Receipt, CallError> {
        self.typed("receive-webhook", Receive(request)).await
    }

    /// Reads what is said of a document, a version of one or a template, and its
    /// bytes: inline up to 1 MiB, by a URL of Clio's storage beyond.
    ///
    /// # Errors
    /// As the contract says for `document-contents.read`, and the host's own
    /// failures.
    pub async fn read_document(
        self,
        request: document_contents::ReadRequest,
    ) -> std::result::Result<document_contents::ReadOutcome, CallError> {
        self.typed("read-document", ReadContents(request)).await
    }

    /// Lists templates of document automation, a page a call.
    ///
    /// # Errors
    /// As the contract says for `document-automations.templates`, and the host's
    /// own failures.
    pub async fn list_templates(
        self,
        request: document_automations::TemplatesRequest,
    ) -> std::result::Result<document_automations::TemplatesOutcome, CallError> {
        self.typed("generate-document", ListTemplates(request))
            .await
    }

    /// Makes sure that one document automation was started, and returns it.
    ///
    /// # Errors
    /// As the contract says for `document-automations.start`, and the host's own
    /// failures.
    pub async fn start_automation(
        self,
        request: document_automations::StartRequest,
    ) -> std::result::Result<document_automations::StartOutcome, CallError> {
        self.typed("generate-document", StartAutomation(request))
            .await
    }

    /// Tells how far a document automation is, and what it made.
    ///
    /// # Errors
    /// As the contract says for `document-automations.follow`, and the host's
    /// own failures.
    pub async fn follow_automation(
        self,
        request: document_automations::FollowRequest,
    ) -> std::result::Result<document_automations::FollowOutcome, CallError> {
        self.typed("generate-document", FollowAutomation(request))
            .await
    }
}
