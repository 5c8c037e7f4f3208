//! What is looked for by itself: case files in folders that are watched, and what is
//! new in accounts.
//!
//! Folders are looked at on an interval, not by the operating system's notices: those
//! get lost, and do not come from network drives, where scanners and exports write.

mod folder;
mod found;
mod poll;
mod result;

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::service::Service;
use folder::Watched;

/// Looks until the process is to end.
pub(crate) async fn run(service: Arc<Service>) {
    let mut tasks = JoinSet::new();
    for (connection, settings) in &service.settings.file.connections {
        if let Some(folder) = &settings.watch {
            let watched = Watched::new(&service, connection, folder);
            tasks.spawn(folder::watch(Arc::clone(&service), watched));
        }
    }
    tasks.spawn(poll::run(Arc::clone(&service)));
    tasks.join_all().await;
}
