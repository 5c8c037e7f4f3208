//! When a host waits for the disk of its journal: before a call's first write
//! leaves and at its end, and for nothing else.

use std::sync::{Arc, Mutex};

use clio_host::actions::find_documents::{FindRequest, Scope};
use clio_host::actions::types::Disposition;
use clio_host::{AuditEntry, CallError, FailureCause, Host, Journal, JournalError};
use clio_sandbox::Control;
use clio_tests::{World, ann, cache_dir};

use crate::upload_document::{retainer, world_with_matter};

/// Keeps what it was told, each sync with the number of writes that had arrived
/// by then.
struct Told {
    control: Control,
    events: Mutex<Vec<String>>,
    full: bool,
}

impl Told {
    fn of(world: &World) -> Self {
        Self {
            control: world.control.clone(),
            events: Mutex::default(),
            full: false,
        }
    }

    fn note(&self, event: String) {
        self.events.lock().unwrap().push(event);
    }

    fn events(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

impl Journal for Told {
    fn append(&self, entry: &AuditEntry) -> Result<(), JournalError> {
        self.note(entry.status.name().to_owned());
        Ok(())
    }

    fn sync(&self) -> Result<(), JournalError> {
        let trace = self.control.trace();
        let writes = trace.iter().filter(|exchange| exchange.method != "GET");
        self.note(format!("sync after {}", writes.count()));
        match self.full {
            true => Err(JournalError("the disk is full".to_owned())),
            false => Ok(()),
        }
    }
}

fn host(journal: &Arc<Told>) -> Host {
    let journal: Arc<dyn Journal> = Arc::clone(journal) as _;
    Host::builder()
        .cache_dir(Some(cache_dir()))
        .journal(journal)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_read_waits_for_no_disk_before_it_leaves() {
    let (world, matter) = world_with_matter().await;
    let journal = Arc::new(Told::of(&world));
    let request = FindRequest {
        scope: Scope::Matter(matter),
        source_ids: vec!["a".to_owned()],
    };
    let call = host(&journal).call(&world.connection);
    call.run(request).await.unwrap();
    assert_eq!(journal.events(), ["begun", "done", "sync after 0"]);
    world.finish();
}

#[tokio::test]
async fn a_write_leaves_once_its_beginning_is_durable() {
    let (world, matter) = world_with_matter().await;
    let journal = Arc::new(Told::of(&world));
    let host = host(&journal);
    let new = ann(world.control.now());
    let outcome = host.call(&world.connection).run(new.clone()).await.unwrap();
    assert_eq!(outcome.disposition, Disposition::Created);
    assert_eq!(
        journal.events(),
        ["begun", "sync after 0", "done", "sync after 1"]
    );
    // Found, there is nothing to write.
    host.call(&world.connection).run(new).await.unwrap();
    assert_eq!(journal.events(), ["begun", "done", "sync after 1"]);
    // Once a call, however many writes it makes: here to Clio, to storage and to
    // Clio again.
    let upload = retainer(matter);
    host.call(&world.connection).run(upload).await.unwrap();
    assert_eq!(
        journal.events(),
        ["begun", "sync after 1", "done", "sync after 4"]
    );
    world.finish();
}

#[tokio::test]
async fn a_write_whose_beginning_is_not_durable_does_not_leave() {
    let world = World::new().await;
    let journal = Arc::new(Told {
        full: true,
        ..Told::of(&world)
    });
    let call = host(&journal).call(&world.connection);
    let error = call.run(ann(world.control.now())).await.unwrap_err();
    let CallError::Host(failure) = &error else {
        panic!("{error}");
    };
    assert_eq!(failure.cause, FailureCause::Internal);
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert!(!world.requests().is_empty());
    assert_eq!(world.writes(), 0);
    world.finish();
}
