//! Several processes with one budget: each has a store of its own, which lead to one
//! place.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::super::tests::Counting;
use super::super::window::{Answerer, Signal};
use super::super::{BudgetExhausted, Class, Slot};
use super::*;

const LONG: Duration = Duration::from_secs(20);

/// What all of them reach.
#[derive(Default)]
struct Common {
    states: Mutex<HashMap<String, Vec<u8>>>,
    dead: Mutex<BTreeSet<String>>,
    broken: AtomicBool,
}

struct Process {
    name: String,
    common: Arc<Common>,
}

impl BudgetStore for Process {
    fn change(
        &self,
        name: &str,
        change: &mut dyn FnMut(&[u8]) -> Vec<u8>,
    ) -> Result<(), JournalError> {
        if self.common.broken.load(Ordering::SeqCst) {
            return Err(JournalError("it is broken".to_owned()));
        }
        let mut states = self.common.states.lock().unwrap();
        let state = states.entry(name.to_owned()).or_default();
        *state = change(state);
        Ok(())
    }

    fn holder(&self) -> &str {
        &self.name
    }

    fn is_alive(&self, holder: &str) -> bool {
        !self.common.dead.lock().unwrap().contains(holder)
    }
}

impl Common {
    fn process(self: &Arc<Self>, name: &str) -> Budgets {
        Budgets::kept_in(Arc::new(Process {
            name: name.to_owned(),
            common: Arc::clone(self),
        }))
        .unwrap()
    }

    fn state(&self) -> String {
        String::from_utf8(self.states.lock().unwrap()["x"].clone()).unwrap()
    }

    /// Waits until nobody holds anything.
    async fn idle(&self) {
        let began = Instant::now();
        while !self.state().contains(r#""holders":{}"#) {
            assert!(began.elapsed() < LONG, "{}", self.state());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

async fn one(budget: &RateBudget, class: Class) -> Result<Slot, BudgetExhausted> {
    budget.start(&Mutex::new(None), class, LONG).await
}

fn failed() -> Signal {
    Signal {
        from: Answerer::Instead,
        ..Signal::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_stay_in_one_budget() {
    let common = Arc::new(Common::default());
    let server = Arc::new(Counting::new(30, Duration::from_millis(700)));
    let began = Instant::now();
    let mut calls = Vec::new();
    for name in ["a", "b", "c"] {
        let budgets = common.process(name);
        for _ in 0..15 {
            let (server, budget) = (Arc::clone(&server), budgets.of("x"));
            calls.push(tokio::spawn(async move {
                let reserved = budget.reserve(2, Class::Interactive, LONG).await;
                let reservation = Mutex::new(Some(reserved.unwrap()));
                for _ in 0..2 {
                    let slot = budget.start(&reservation, Class::Interactive, LONG).await;
                    let slot = slot.unwrap();
                    tokio::time::sleep(Duration::from_millis(3)).await;
                    let signal = server.request();
                    tokio::time::sleep(Duration::from_millis(3)).await;
                    slot.settle(&signal);
                }
            }));
        }
    }
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(server.refused.load(Ordering::SeqCst), 0);
    // Ninety requests are three windows, and no more than a few are given away.
    let took = began.elapsed();
    assert!(
        took > Duration::from_millis(1400) && took < LONG,
        "{took:?}"
    );
    common.idle().await;
}

#[tokio::test]
async fn what_another_process_waits_for_goes_first_by_class() {
    let common = Arc::new(Common::default());
    let (a, b) = (common.process("a").of("x"), common.process("b").of("x"));
    let server = Counting::new(10, Duration::from_secs(5));
    one(&a, Class::Bulk)
        .await
        .unwrap()
        .settle(&server.request());
    // All nine that are left are promised, so that both must wait.
    let held = a.reserve(9, Class::Interactive, LONG).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for (budget, class) in [(a.clone(), Class::Bulk), (b.clone(), Class::Interactive)] {
        let order = Arc::clone(&order);
        tasks.push(tokio::spawn(async move {
            let held = budget.reserve(6, class, LONG).await.unwrap();
            order.lock().unwrap().push(class);
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(held);
        }));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [Class::Interactive, Class::Bulk]);
}

#[tokio::test]
async fn what_a_killed_process_held_is_free_again() {
    let common = Arc::new(Common::default());
    let (a, b) = (common.process("a").of("x"), common.process("b").of("x"));
    let server = Counting::new(10, Duration::from_secs(60));
    one(&a, Class::Interactive)
        .await
        .unwrap()
        .settle(&server.request());
    let held = a.reserve(9, Class::Interactive, LONG).await.unwrap();
    let short = Duration::from_millis(300);
    assert!(b.reserve(5, Class::Interactive, short).await.is_err());
    common.dead.lock().unwrap().insert("a".to_owned());
    assert!(b.reserve(5, Class::Interactive, LONG).await.is_ok());
    drop(held);
}

#[tokio::test]
async fn who_stops_waiting_leaves_nothing_behind() {
    let common = Arc::new(Common::default());
    let budget = common.process("a").of("x");
    let server = Counting::new(2, Duration::from_secs(60));
    one(&budget, Class::Interactive)
        .await
        .unwrap()
        .settle(&server.request());
    for wait in 0..60 {
        let reserve = budget.reserve(1, Class::Interactive, LONG);
        let wait = Duration::from_micros(20 * wait);
        let _ended_or_not = tokio::time::timeout(wait, reserve).await;
    }
    common.idle().await;
    assert_eq!(budget.level().left, Some(1));
}

#[tokio::test]
async fn while_clio_is_away_one_asks_for_all_processes() {
    let common = Arc::new(Common::default());
    let budgets = ["a", "b", "c"].map(|name| common.process(name).of("x"));
    let mut sent = 0;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(2500) {
        for budget in &budgets {
            match one(budget, Class::Event).await {
                Ok(slot) => {
                    slot.settle(&failed());
                    sent += 1;
                }
                Err(error) => assert!(error.away, "{error}"),
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Six say that it is away, and it is asked once after a second.
    assert_eq!(sent, 7, "{}", common.state());
    assert!(budgets[0].level().away.is_some());
    let server = Counting::new(50, Duration::from_secs(60));
    let asks = budgets[1]
        .reserve(1, Class::Interactive, LONG)
        .await
        .unwrap();
    let slot = budgets[1]
        .start(&Mutex::new(Some(asks)), Class::Interactive, LONG)
        .await;
    slot.unwrap().settle(&server.request());
    for budget in &budgets {
        let slot = one(budget, Class::Bulk).await.unwrap();
        slot.settle(&server.request());
        assert_eq!(budget.level().away, None);
    }
}

#[tokio::test]
async fn a_store_that_fails_stops_nothing() {
    let common = Arc::new(Common::default());
    let budget = common.process("a").of("x");
    let server = Counting::new(50, Duration::from_secs(60));
    for broken in [false, true, false] {
        common.broken.store(broken, Ordering::SeqCst);
        for _ in 0..5 {
            one(&budget, Class::Interactive)
                .await
                .unwrap()
                .settle(&server.request());
        }
    }
    common.idle().await;
    assert_eq!(budget.level().left, Some(35));
}
