//! The budget with many who wait. The pure rules are tested beside the window.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicU32, Ordering};

use super::window::{Answerer, WindowView};
use super::*;

const LONG: Duration = Duration::from_secs(20);
const PERSON: Class = Class::Interactive;

/// A server that counts in windows of its own and refuses beyond its limit.
pub(super) struct Counting {
    limit: u32,
    length: Duration,
    state: Mutex<(u64, Instant, u32)>,
    /// What others take as soon as a window begins.
    others: u32,
    pub(super) refused: AtomicU32,
}

impl Counting {
    pub(super) fn new(limit: u32, length: Duration) -> Self {
        Self {
            limit,
            length,
            state: Mutex::new((1, Instant::now(), 0)),
            others: 0,
            refused: AtomicU32::new(0),
        }
    }

    fn with_others(mut self, others: u32) -> Self {
        self.others = others;
        self.state = Mutex::new((1, Instant::now(), others));
        self
    }

    pub(super) fn request(&self) -> Signal {
        let mut state = self.state.lock().unwrap();
        let now = Instant::now();
        if now >= state.1 + self.length {
            *state = (state.0 + 1, now, self.others);
        }
        let limited = state.2 >= self.limit;
        if limited {
            self.refused.fetch_add(1, Ordering::SeqCst);
        } else {
            state.2 += 1;
        }
        let ends_in = state.1 + self.length - now;
        Signal {
            window: Some(WindowView {
                limit: Some(self.limit),
                remaining: self.limit - state.2,
                reset: state.0,
                ends_in,
            }),
            limited,
            retry_after: limited.then_some(ends_in),
            from: Answerer::Clio,
        }
    }
}

fn signal(remaining: u32, ends_in: Duration) -> Signal {
    Signal {
        window: Some(WindowView {
            limit: Some(50),
            remaining,
            reset: 1,
            ends_in,
        }),
        ..Signal::default()
    }
}

/// Makes it known that `remaining` are left.
async fn tell(budget: &RateBudget, remaining: u32, ends_in: Duration) {
    let slot = budget.start(&Mutex::new(None), PERSON, LONG).await.unwrap();
    slot.settle(&signal(remaining, ends_in));
}

#[tokio::test]
async fn what_is_left_and_how_many_wait_can_be_asked() {
    let budget = RateBudget::new();
    let level = |left, waiting| BudgetLevel {
        left,
        waiting,
        away: None,
    };
    assert_eq!(budget.level(), level(None, 0));
    tell(&budget, 3, LONG).await;
    let first = budget.reserve(2, PERSON, LONG).await.unwrap();
    assert_eq!(budget.level(), level(Some(1), 0));
    let second = budget.clone();
    let second = tokio::spawn(async move { second.reserve(2, PERSON, LONG).await });
    while budget.level().waiting == 0 {
        tokio::task::yield_now().await;
    }
    drop(first);
    let second = second.await.unwrap().unwrap();
    assert_eq!(budget.level(), level(Some(1), 0));
    drop(second);
    assert_eq!(budget.level(), level(Some(3), 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_documents_wait_for_the_window_and_meet_no_refusal() {
    let server = Arc::new(Counting::new(50, Duration::from_millis(1500)));
    let budget = RateBudget::new();
    let documents = (0..30).map(|_| {
        let (server, budget) = (Arc::clone(&server), budget.clone());
        tokio::spawn(async move {
            let reservation = Mutex::new(Some(budget.reserve(2, PERSON, LONG).await.unwrap()));
            for _ in 0..2 {
                let slot = budget.start(&reservation, PERSON, LONG).await.unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
                let signal = server.request();
                tokio::time::sleep(Duration::from_millis(5)).await;
                slot.settle(&signal);
            }
        })
    });
    for document in documents.collect::<Vec<_>>() {
        document.await.unwrap();
    }
    assert_eq!(server.refused.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn another_consumer_of_the_token_slows_us_down_and_nothing_is_refused() {
    let server = Counting::new(20, Duration::from_millis(300)).with_others(15);
    let budget = RateBudget::new();
    let began = Instant::now();
    for _ in 0..8 {
        let reservation = Mutex::new(Some(budget.reserve(2, PERSON, LONG).await.unwrap()));
        for _ in 0..2 {
            let slot = budget.start(&reservation, PERSON, LONG).await.unwrap();
            slot.settle(&server.request());
        }
    }
    assert_eq!(server.refused.load(Ordering::SeqCst), 0);
    // Sixteen requests, of which five fit into a window beside the others.
    assert!(began.elapsed() >= Duration::from_millis(900));
}

#[tokio::test]
async fn what_is_not_used_is_given_back() {
    let budget = RateBudget::new();
    tell(&budget, 3, Duration::from_secs(60)).await;
    let held = budget.reserve(3, PERSON, LONG).await.unwrap();
    let short = Duration::from_millis(20);
    assert!(budget.reserve(1, PERSON, short).await.is_err());
    drop(held);
    assert!(budget.reserve(3, PERSON, short).await.is_ok());
}

#[tokio::test]
async fn who_waits_is_woken_by_what_is_given_back() {
    let budget = RateBudget::new();
    tell(&budget, 2, Duration::from_secs(60)).await;
    let held = budget.reserve(2, PERSON, LONG).await.unwrap();
    let waiting = tokio::spawn({
        let budget = budget.clone();
        async move { budget.reserve(2, PERSON, LONG).await }
    });
    tokio::task::yield_now().await;
    drop(held);
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_stops_waiting_does_not_hold_up_the_line() {
    let budget = RateBudget::new();
    tell(&budget, 2, Duration::from_secs(60)).await;
    let held = budget.reserve(2, PERSON, LONG).await.unwrap();
    let first = tokio::spawn({
        let budget = budget.clone();
        async move { budget.reserve(2, PERSON, LONG).await }
    });
    tokio::task::yield_now().await;
    let second = tokio::spawn({
        let budget = budget.clone();
        async move { budget.reserve(1, PERSON, LONG).await }
    });
    tokio::task::yield_now().await;
    first.abort();
    drop(held);
    second.await.unwrap().unwrap();
}

#[tokio::test]
async fn waiting_is_first_come_first_served() {
    let budget = RateBudget::new();
    tell(&budget, 4, Duration::from_secs(60)).await;
    let held = budget.reserve(4, PERSON, LONG).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for number in 0..4 {
        let (budget, order) = (budget.clone(), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let held = budget.reserve(4, PERSON, LONG).await.unwrap();
            order.lock().unwrap().push(number);
            drop(held);
        }));
        tokio::task::yield_now().await;
    }
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_wait_that_is_certain_to_be_too_long_is_told_at_once() {
    let budget = RateBudget::new();
    tell(&budget, 0, Duration::from_secs(40)).await;
    let began = Instant::now();
    let error = budget
        .reserve(1, PERSON, Duration::from_secs(10))
        .await
        .unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!((39..=40).contains(&error.retry_after.as_secs()), "{error}");
}

#[tokio::test]
async fn a_cost_above_the_limit_takes_a_whole_window() {
    let budget = RateBudget::new();
    tell(&budget, 50, Duration::from_secs(60)).await;
    let held = budget.reserve(500, PERSON, LONG).await.unwrap();
    assert_eq!(held.left, 50);
}

#[tokio::test]
async fn a_call_without_cost_does_not_wait() {
    let budget = RateBudget::new();
    tell(&budget, 0, Duration::from_secs(60)).await;
    assert!(budget.reserve(0, PERSON, Duration::ZERO).await.is_ok());
}

#[tokio::test]
async fn who_is_waited_for_goes_before_what_nobody_waits_for() {
    let budget = RateBudget::new();
    tell(&budget, 10, Duration::from_secs(60)).await;
    let held = budget.reserve(10, PERSON, LONG).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for class in Class::ALL.into_iter().rev() {
        let (budget, order) = (budget.clone(), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let held = budget.reserve(5, class, LONG).await.unwrap();
            order.lock().unwrap().push(class);
            drop(held);
        }));
        tokio::task::yield_now().await;
    }
    drop(held);
    for task in tasks {
        // What the last ones leave of a window they get near its end alone.
        let short = Duration::from_millis(500);
        let _ = tokio::time::timeout(short, task).await;
    }
    let order = order.lock().unwrap();
    assert_eq!(order[..], Class::ALL[..order.len()]);
    assert!(order.len() >= 2, "{order:?}");
}

#[tokio::test]
async fn a_request_of_a_call_that_is_dropped_while_it_waits_is_given_back() {
    let budget = RateBudget::new();
    tell(&budget, 2, Duration::from_secs(60)).await;
    let reservation = Mutex::new(Some(budget.reserve(1, PERSON, LONG).await.unwrap()));
    // Somebody else has used up what was left.
    let other = budget.start(&Mutex::new(None), PERSON, LONG).await.unwrap();
    other.settle(&signal(0, Duration::from_secs(60)));
    let short = Duration::from_millis(20);
    let waiting = budget.start(&reservation, PERSON, LONG);
    let _ended = tokio::time::timeout(short, waiting).await;
    assert_eq!(reservation.lock().unwrap().as_ref().unwrap().left, 1);
    drop(reservation);
    assert_eq!(budget.shared.lock().mine.reserved, 0);
}
