//! Where the documents of one run go, once it is known.
//!
//! The first document of a folder finds or makes it, alone, so that two uploads
//! at once do not make it twice. The others go there without looking.

use std::collections::BTreeMap;

use clio_host::actions::upload_document;

use crate::case::Document;

/// What paths of folders and names of categories led to.
#[derive(Debug, Default)]
pub struct Places {
    folders: BTreeMap<Vec<String>, u64>,
    categories: BTreeMap<String, u64>,
}

impl Places {
    /// Puts what is known into a request. Returns whether all of it is: if not,
    /// nobody else may look until this upload has ended.
    pub fn fill(&self, request: &mut upload_document::UploadRequest) -> bool {
        if let Some(path) = &request.folder_path
            && let Some(id) = self.folders.get(path)
        {
            request.parent = upload_document::Parent::Folder(*id);
            request.folder_path = None;
        }
        if let Some(upload_document::Category::Name(name)) = &request.category
            && let Some(id) = self.categories.get(name)
        {
            request.category = Some(upload_document::Category::Id(*id));
        }
        let named = matches!(request.category, Some(upload_document::Category::Name(_)));
        request.folder_path.is_none() && !named
    }

    /// Keeps what an upload learned.
    pub fn learn(&mut self, document: &Document, outcome: &upload_document::UploadOutcome) {
        if let Some(id) = outcome.folder {
            self.folders.insert(document.folder_path.clone(), id);
        }
        if let (Some(id), Some(upload_document::Category::Name(name))) =
            (outcome.category, &document.category_target)
        {
            self.categories.insert(name.clone(), id);
        }
    }
}
