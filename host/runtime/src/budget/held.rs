//! What somebody holds of a budget. Dropped, it is given back, or counted where Clio
//! has counted it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::class::Class;
use super::line::Shared;
use super::window::{Signal, Take};

/// What was taken, for who asked for it. Dropped, it is put back.
pub(super) struct Taken {
    shared: Option<Arc<Shared>>,
    take: Take,
}

impl Taken {
    pub(super) fn new(shared: &Arc<Shared>, take: Take) -> Self {
        Self {
            shared: Some(Arc::clone(shared)),
            take,
        }
    }

    /// It is somebody else's to put back from now on.
    pub(super) fn keep(mut self) {
        self.shared = None;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            let take = self.take;
            shared.change(move |window, _| window.undo(take));
        }
    }
}

/// One request of a reservation that is to be sent. Dropped, it is given back.
pub(super) struct Drawn<'a> {
    reservation: &'a Mutex<Option<Reservation>>,
    shared: Option<Arc<Shared>>,
}

impl<'a> Drawn<'a> {
    pub(super) fn of(reservation: &'a Mutex<Option<Reservation>>) -> Option<Self> {
        let mut held = reservation.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_mut().filter(|held| held.left > 0)?;
        held.left -= 1;
        Some(Self {
            reservation,
            shared: Some(Arc::clone(&held.shared)),
        })
    }

    pub(super) fn used(mut self) {
        self.shared = None;
    }
}

impl Drop for Drawn<'_> {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else {
            return;
        };
        let mut held = self
            .reservation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.as_mut() {
            held.left += 1;
            return;
        }
        drop(held);
        // The call has ended meanwhile, and gave the rest back.
        shared.change(|window, _| window.release(1));
    }
}

/// One that waits, until this is dropped.
pub(super) struct Waits<'a> {
    shared: &'a Arc<Shared>,
    class: Class,
}

impl<'a> Waits<'a> {
    pub(super) fn begin(shared: &'a Arc<Shared>, class: Class) -> Self {
        shared.waiting[class as usize].fetch_add(1, Ordering::SeqCst);
        Self { shared, class }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let before = self.shared.waiting[self.class as usize].fetch_sub(1, Ordering::SeqCst);
        if before == 1 {
            // It was the last of its class: those after it may go, elsewhere as well.
            self.shared.change(|_, _| {});
        }
    }
}

/// Requests that were set aside for one call. What is left of it is given back
/// when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    shared: Arc<Shared>,
    pub(super) left: u32,
}

impl Reservation {
    pub(super) fn new(shared: &Arc<Shared>, left: u32) -> Self {
        Self {
            shared: Arc::clone(shared),
            left,
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.left > 0 {
            let left = self.left;
            self.shared.change(move |window, _| window.release(left));
        }
    }
}

/// One request that is on its way.
#[derive(Debug)]
pub(crate) struct Slot {
    shared: Option<Arc<Shared>>,
}

impl Slot {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Some(Arc::clone(shared)),
        }
    }

    /// Takes in what the answer said.
    pub(crate) fn settle(mut self, signal: &Signal) {
        if let Some(shared) = self.shared.take() {
            let signal = *signal;
            shared.change(move |window, now| window.settle(&signal, now));
        }
    }

    /// Says that Clio could not be reached for it.
    pub(crate) fn unreached(mut self) {
        if let Some(shared) = self.shared.take() {
            shared.change(|window, now| window.unreached(now));
        }
    }

    /// Says that no byte of the request was written.
    pub(crate) fn unsent(mut self) {
        if let Some(shared) = self.shared.take() {
            shared.change(|window, _| window.unsent());
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // The call was dropped with its request on the way: Clio counts it.
        if let Some(shared) = self.shared.take() {
            shared.change(|window, now| window.settle(&Signal::default(), now));
        }
    }
}
