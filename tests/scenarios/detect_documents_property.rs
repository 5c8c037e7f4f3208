//! Random histories of an account against a plain model: every document that
//! became complete is told, and none twice, wherever a scan is cut, and whether
//! a poll, a matter's delivery or a document's delivery comes first.
//!
//! The model keeps no cursor and no overlap. It only knows which documents were
//! complete and out of the trash when a scan ended.

use std::collections::BTreeMap;
use std::time::Duration;

use clio_host::actions::detect_documents::{DetectRequest, Hint, Hinted, Start, WatchScope};
use clio_sandbox::{Config, NewDocument, Place, RateLimit, Switches};
use clio_tests::{World, empty};
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, TestCaseError, TestRunner};

/// What happens in an account.
#[derive(Debug, Clone)]
enum Step {
    Add,
    AddIncomplete,
    Complete(usize),
    Trash(usize),
    Restore(usize),
    Edit(usize),
    AddVersion(usize),
    Wait(u32),
    /// One call of the component that reads at most one page.
    Poll,
    /// A webhook's delivery about a document, or about its matter.
    Deliver {
        index: usize,
        matter: bool,
    },
}

/// What the model knows of a document.
#[derive(Debug, Clone, Default)]
struct Known {
    complete: bool,
    trashed: bool,
    told: u32,
    /// It stood there complete when watching began.
    before: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Add),
        3 => Just(Step::AddIncomplete),
        4 => any::<usize>().prop_map(Step::Complete),
        2 => any::<usize>().prop_map(Step::Trash),
        2 => any::<usize>().prop_map(Step::Restore),
        2 => any::<usize>().prop_map(Step::Edit),
        1 => any::<usize>().prop_map(Step::AddVersion),
        // From within one second to a day: ids, overlaps and floors all move.
        4 => prop_oneof![Just(0_u32), 1..5_u32, 5..900_u32, 900..86_400_u32].prop_map(Step::Wait),
        6 => Just(Step::Poll),
        4 => (any::<usize>(), any::<bool>())
            .prop_map(|(index, matter)| Step::Deliver { index, matter }),
    ];
    proptest::collection::vec(step, 1..60)
}

struct History {
    world: World,
    matter: u64,
    documents: BTreeMap<u64, Known>,
    start: Start,
}

impl History {
    async fn begin(switches: Switches, before: usize) -> Self {
        let world = World::with(Config {
            switches,
            rate_limit: RateLimit {
                limit: 1_000_000,
                window: Duration::from_secs(60),
            },
            page_cap: Some(3),
            ..empty()
        })
        .await;
        let matter = world.add_matter();
        let mut documents = BTreeMap::new();
        for _ in 0..before {
            let id = world.add_document(matter, "before.pdf");
            documents.insert(
                id,
                Known {
                    complete: true,
                    before: true,
                    ..Known::default()
                },
            );
        }
        let mut history = Self {
            world,
            matter,
            documents,
            start: Start::Now,
        };
        history.scan(None).await;
        assert!(history.documents.values().all(|known| known.told == 0));
        history
    }

    fn pick(&self, index: usize) -> Option<u64> {
        let count = self.documents.len();
        (count > 0).then(|| *self.documents.keys().nth(index % count).unwrap())
    }

    /// One call; returns whether more waits.
    async fn poll(&mut self, max_pages: Option<u32>) -> bool {
        self.call(max_pages, None).await
    }

    async fn call(&mut self, max_pages: Option<u32>, hint: Option<Hint>) -> bool {
        let outcome = self
            .world
            .call()
            .run(DetectRequest {
                scope: WatchScope::Account,
                start: self.start.clone(),
                max_pages,
                hint,
            })
            .await
            .unwrap();
        for document in &outcome.documents {
            let known = self
                .documents
                .get_mut(&document.id)
                .expect("a document of this account");
            known.told += 1;
        }
        self.start = Start::Cursor(outcome.cursor);
        outcome.more
    }

    async fn scan(&mut self, max_pages: Option<u32>) {
        for _ in 0..1000 {
            if !self.poll(max_pages).await {
                return;
            }
        }
        panic!("a scan does not end");
    }

    async fn take(&mut self, step: &Step) {
        let control = self.world.control.clone();
        match *step {
            Step::Add => {
                let id = self.world.add_document(self.matter, "a.pdf");
                self.documents.insert(
                    id,
                    Known {
                        complete: true,
                        ..Known::default()
                    },
                );
            }
            Step::AddIncomplete => {
                let document = NewDocument::incomplete("b.pdf");
                let id = self.world.add(Place::Matter(self.matter), document);
                self.documents.insert(id, Known::default());
            }
            Step::Complete(index) => {
                if let Some(id) = self.pick(index).filter(|id| !self.documents[id].complete) {
                    control.complete_document(id, b"its bytes");
                    self.documents.get_mut(&id).unwrap().complete = true;
                }
            }
            Step::Trash(index) => {
                if let Some(id) = self.pick(index).filter(|id| !self.documents[id].trashed) {
                    control.trash_document(id);
                    self.documents.get_mut(&id).unwrap().trashed = true;
                }
            }
            Step::Restore(index) => {
                if let Some(id) = self.pick(index).filter(|id| self.documents[id].trashed) {
                    control.restore_document(id);
                    self.documents.get_mut(&id).unwrap().trashed = false;
                }
            }
            Step::Edit(index) => {
                if let Some(id) = self.pick(index) {
                    control.edit_document(id, "renamed.pdf");
                }
            }
            Step::AddVersion(index) => {
                let whole = |known: &Known| known.complete && !known.trashed;
                if let Some(id) = self.pick(index).filter(|id| whole(&self.documents[id])) {
                    control.add_version(id, Some(b"another version".to_vec()));
                }
            }
            Step::Wait(seconds) => control.advance(Duration::from_secs(seconds.into())),
            Step::Poll => {
                self.poll(Some(1)).await;
            }
            Step::Deliver { index, matter } => {
                let about = match self.pick(index) {
                    Some(_) if matter => Hinted::Matter(self.matter),
                    Some(id) => Hinted::Document(id),
                    None => return,
                };
                let hint = Hint { about, look: None };
                self.call(Some(1), Some(hint)).await;
            }
        }
    }
}

async fn every_document_is_told_once(
    switches: Switches,
    before: usize,
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let mut history = History::begin(switches, before).await;
    for step in steps {
        history.take(step).await;
        for (id, known) in &history.documents {
            prop_assert!(known.told <= 1, "document {id} was told twice");
            prop_assert!(
                !(known.before && known.told > 0),
                "document {id} was there before"
            );
            prop_assert!(
                known.complete || known.told == 0,
                "document {id} is not complete"
            );
        }
    }
    // Whatever page the last poll stopped at, two whole scans see the rest: one
    // may only end the scan that was under way.
    history.scan(Some(1)).await;
    history.scan(Some(1)).await;
    for (id, known) in &history.documents {
        let due = known.complete && !known.trashed && !known.before;
        prop_assert!(
            !due || known.told == 1,
            "document {id} was told {} times",
            known.told
        );
        prop_assert!(known.told <= 1, "document {id} was told twice");
    }
    history.world.finish();
    Ok(())
}

#[test]
fn every_document_is_told_once_whatever_happens_around_it() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for (touches, since) in [
        (true, clio_sandbox::SinceFilter::Inclusive),
        (false, clio_sandbox::SinceFilter::Inclusive),
        (true, clio_sandbox::SinceFilter::Exclusive),
        (false, clio_sandbox::SinceFilter::Exclusive),
    ] {
        let switches = Switches {
            final_patch_touches_updated_at: touches,
            since,
            ..Switches::default()
        };
        let mut runner = TestRunner::new(Runs {
            cases: 60,
            ..Runs::default()
        });
        runner
            .run(&(0..4_usize, steps()), |(before, steps)| {
                runtime.block_on(every_document_is_told_once(
                    switches.clone(),
                    before,
                    &steps,
                ))
            })
            .unwrap_or_else(|failure| panic!("{failure}"));
    }
}
