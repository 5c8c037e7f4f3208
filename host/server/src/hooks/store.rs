//! Stores deliveries, many at once.
//!
//! A delivery is answered when it is durable, and to make one durable takes a disk
//! some milliseconds. So one thread writes all those that came meanwhile in one
//! transaction: the more come, the more share it. What waits for it is bounded, and
//! so is the memory that a flood takes.

use std::sync::Arc;
use std::thread;

use clio_runner::journal::runs::{Class, NewRun};
use tokio::sync::{mpsc, oneshot};

use crate::service::Service;

/// How many may wait to be written.
const WAITING: usize = 1024;
/// How many are written in one transaction.
const AT_ONCE: usize = 256;

/// An event that was told and verified.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) connection: String,
    pub(super) owner: String,
    /// For people, without client data: `matter updated`.
    pub(super) what: String,
    /// The record whose events are acted on in order: its model and id.
    pub(super) record: (String, String),
    /// Of the body. Repeats have the same.
    pub(super) digest: String,
    /// The receipt, as JSON.
    pub(super) receipt: Vec<u8>,
}

/// Why a delivery was not stored. Clio tells it again.
#[derive(Debug)]
pub(super) struct NotStored;

type Waiting = (Delivery, oneshot::Sender<bool>);

/// Where deliveries go to be stored. The thread behind it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Store {
    sender: mpsc::Sender<Waiting>,
}

impl Store {
    pub(super) fn begin(service: &Arc<Service>) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let service = Arc::clone(service);
        thread::Builder::new()
            .name("clio-deliveries".to_owned())
            .spawn(move || write_all(&service, receiver))?;
        Ok(Self { sender })
    }

    /// Returns when it is durable, whether it is new or was told before.
    pub(super) async fn keep(&self, delivery: Delivery) -> Result<(), NotStored> {
        let (sender, stored) = oneshot::channel();
        let sent = self.sender.send((delivery, sender)).await;
        sent.map_err(|_| NotStored)?;
        match stored.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(NotStored),
        }
    }
}

fn write_all(service: &Service, mut receiver: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(AT_ONCE);
    while let Some(first) = receiver.blocking_recv() {
        batch.push(first);
        while batch.len() < AT_ONCE
            && let Ok(next) = receiver.try_recv()
        {
            batch.push(next);
        }
        let stored = write(service, &batch);
        for (_, sender) in batch.drain(..) {
            // Who asked may be gone: Clio tells it again, and it is dropped then.
            let _ = sender.send(stored);
        }
    }
}

fn write(service: &Service, batch: &[Waiting]) -> bool {
    let names: Vec<([&str; 4], [&str; 3])> = batch
        .iter()
        .map(|(delivery, _)| {
            let (model, id) = &delivery.record;
            (
                ["delivery", &delivery.owner, model, id],
                ["delivery", &delivery.owner, &delivery.digest],
            )
        })
        .collect();
    let runs: Vec<NewRun<'_>> = batch
        .iter()
        .zip(&names)
        .map(|((delivery, _), (lane, once))| NewRun {
            connection: &delivery.connection,
            owner: &delivery.owner,
            kind: "delivery",
            what: &delivery.what,
            class: Class::Event,
            lane,
            ordered: true,
            once,
            due: 0,
            asked: &delivery.receipt,
        })
        .collect();
    match service.journal.add_runs(&runs) {
        Ok(added) => {
            service.wake.notify_one();
            for ((id, new), run) in added.iter().zip(&runs) {
                if *new {
                    service.tell(id, run.connection, "");
                }
            }
            true
        }
        Err(error) => {
            tracing::error!(%error, "deliveries were not stored; Clio tells them again");
            false
        }
    }
}
