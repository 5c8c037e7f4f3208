//! A hundred days of Clio's clock, with the service killed again and again: no event
//! is lost, none is stored twice, and no subscription ends.
//!
//! It is killed on every eighth day; `CLIO_DAYS_KILLED=1` kills it on each.
//! `CLIO_DAYS_SEED` gives other moments.

use std::collections::BTreeMap;
use std::time::Duration;

use clio_host::actions::webhooks::WebhookStatus;
use clio_runner::journal::runs::Status;
use clio_sandbox::NewContact;
use clio_tests::Serving;
use jiff::{SignedDuration, Timestamp};

use crate::firm::Firm;

const DAYS: u64 = 100;
const DAY: Duration = Duration::from_secs(86_400);
/// Clio tells what was not heard again after two minutes, and doubles that.
const AGAIN: Duration = Duration::from_secs(120);

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    /// A moment of the first so many milliseconds.
    async fn moment(&mut self, within: u64) {
        tokio::time::sleep(Duration::from_millis(self.below(within))).await;
    }
}

/// What happens in the account, and what Clio is to tell of it.
struct Account<'a> {
    firm: &'a Firm,
    matter: u64,
    stages: [u64; 2],
    happened: u64,
    to_be_told: BTreeMap<&'static str, usize>,
}

impl<'a> Account<'a> {
    fn of(firm: &'a Firm) -> Self {
        let control = &firm.world.control;
        let area = control.add_practice_area("Estate");
        let stages = ["Intake", "Retained"].map(|name| control.add_stage(area, name));
        let matter = firm.world.add_matter();
        control.set_stage(matter, stages[0]);
        Self {
            firm,
            matter,
            stages,
            happened: 0,
            to_be_told: BTreeMap::new(),
        }
    }

    fn something_happens(&mut self) {
        let number = self.happened;
        self.happened += 1;
        let control = &self.firm.world.control;
        let told = match number % 3 {
            0 => {
                control.add_contact(NewContact::company(&format!("Firm {number}")));
                "contact created"
            }
            1 => {
                let name = format!("Paper {number}.pdf");
                self.firm.world.add_document(self.matter, &name);
                "document created"
            }
            _ => {
                let next = self.stages[usize::from((number / 3).is_multiple_of(2))];
                control.set_stage(self.matter, next);
                "matter updated"
            }
        };
        *self.to_be_told.entry(told).or_default() += 1;
    }

    /// Lets Clio tell until all was heard, and asserts that nothing was heard that
    /// did not happen, or twice.
    async fn all_is_heard(&self, day: u64) {
        for again in 0..4 {
            self.firm.settle().await;
            let heard = self.heard();
            let in_clio = self.firm.in_clio().await;
            let enabled = |status| status == WebhookStatus::Enabled;
            let all_enabled = in_clio.iter().all(|it| enabled(it.status));
            if heard == self.to_be_told && all_enabled && self.all_is_answered() {
                return;
            }
            self.firm.world.control.advance(AGAIN * (1 << again));
        }
        let attempts = self.firm.world.control.webhook_attempts();
        let last = attempts.iter().rev().take(8).collect::<Vec<_>>();
        panic!(
            "day {day}: heard {:?}, and {:?} happened\nthe last attempts: {last:#?}\n{:#?}",
            self.heard(),
            self.to_be_told,
            self.firm.runs("webhook"),
        );
    }

    /// Whether Clio tells nothing again. What was stored, and its answer lost, is told
    /// until it is answered; five times in vain, and Clio suspends the subscription.
    fn all_is_answered(&self) -> bool {
        let mut last = BTreeMap::new();
        for attempt in self.firm.world.control.webhook_attempts() {
            last.insert((attempt.webhook, attempt.body.to_string()), attempt.status);
        }
        last.values().all(|status| *status == Some(200))
    }

    fn heard(&self) -> BTreeMap<&'static str, usize> {
        let mut heard = BTreeMap::new();
        for run in self.firm.runs("delivery") {
            let known = ["contact created", "document created", "matter updated"];
            let what = known.into_iter().find(|known| *known == run.what);
            *heard.entry(what.unwrap_or("something else")).or_default() += 1;
        }
        heard
    }
}

/// Kills the service at some moment, and starts it again.
async fn killed(serving: Serving, account: &mut Account<'_>, dice: &mut Dice) -> Serving {
    let firm = account.firm;
    match dice.below(3) {
        // While it is told, before or after it has stored it.
        0 => {
            account.something_happens();
            dice.moment(60).await;
            serving.kill().await;
        }
        // While it was down.
        1 => {
            serving.kill().await;
            account.something_happens();
        }
        // While it begins, and looks after its subscriptions.
        _ => {
            serving.kill().await;
            for _ in 0..2 {
                let serving = firm.serve().await;
                dice.moment(250).await;
                serving.kill().await;
            }
        }
    }
    let looks = firm.runs("webhook").len();
    let serving = firm.serve().await;
    firm.wait("it has looked after its subscriptions", || async {
        let now = Timestamp::now().as_millisecond();
        let runs = firm.runs("webhook");
        let idle = |status: Status, due: i64| status.has_ended() || due > now;
        runs.len() >= looks + 3 && runs.iter().all(|run| idle(run.status, run.due))
    })
    .await;
    serving
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_over_a_hundred_days_it_hears_all_once_and_is_told_on() {
    let every = setting("CLIO_DAYS_KILLED", 8);
    let mut dice = Dice(setting("CLIO_DAYS_SEED", 0x9e37_79b9_7f4a_7c15).max(1));
    let firm = Firm::new().await;
    let mut account = Account::of(&firm);
    let mut serving = firm.serve_and_subscribe().await;
    for day in 1..=DAYS {
        firm.world.control.advance(DAY);
        account.something_happens();
        let was_killed = day % every == 0;
        if was_killed {
            serving = killed(serving, &mut account, &mut dice).await;
        }
        account.all_is_heard(day).await;
        // A week ahead, as soon as it looks; none ends before that.
        let least = if was_killed { 7 * 24 } else { 0 };
        let least = SignedDuration::from_hours(least);
        let now = firm.world.control.now();
        let in_clio = firm.in_clio().await;
        assert_eq!(in_clio.len(), 3, "day {day}: {in_clio:#?}");
        for webhook in in_clio {
            let ends: Timestamp = webhook.expires_at.unwrap().parse().unwrap();
            let left = now.duration_until(ends);
            assert!(
                left > least,
                "day {day}: {} ends in {left:#}",
                webhook.model
            );
        }
    }
    firm.wait("all that was heard is acted on", || async {
        let heard = firm.runs("delivery");
        heard.iter().all(|run| run.status == Status::Done)
    })
    .await;
    assert_eq!(account.heard(), account.to_be_told);
    // And what it told of is told on, and waits for a person, once.
    let happened = |what: &str| account.to_be_told.get(what).copied();
    let inbox = firm.listed(&serving, "inbox?limit=500").await;
    assert_eq!(Some(inbox.len()), happened("contact created"));
    firm.wait("each new document goes out", || async {
        let events = firm.listed(&serving, "events?limit=500").await;
        let new = events.iter().filter(|it| it["type"] == "document.new");
        Some(new.count()) == happened("document created")
    })
    .await;
    serving.kill().await;
    firm.world.finish();
}
