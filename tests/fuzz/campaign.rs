//! Runs a target: its corpus, then mutations of it, then what is left small.
//!
//! What must stay true: without a variable in the environment every run is the
//! same and short; every file of the corpus runs before anything random.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};
use std::{env, fs};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::mutation::{Mutation, mutated, mutations};

/// What a target says of one input: nothing, or what does not hold.
pub(crate) type Verdict = Result<(), String>;

/// One target.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    /// Its name, and that of its folder in the corpus.
    pub(crate) name: &'static str,
    /// Texts that open doors: names, edges, and what was wrong once.
    pub(crate) dictionary: &'static [&'static str],
    /// How many inputs an ordinary run has.
    pub(crate) inputs: u32,
    /// Runs one input.
    pub(crate) run: fn(&[u8]) -> Verdict,
}

/// The longest that an ordinary run looks for more, however slow the machine.
const PATIENCE: Duration = Duration::from_secs(15);

/// How many inputs run between two looks at the clock.
const BATCH: u32 = 500;

impl Target {
    /// Runs the corpus and then mutations of it.
    pub(crate) fn run(&self) {
        let corpus = corpus(self.name);
        assert!(!corpus.is_empty(), "{} has no corpus", self.name);
        for (path, input) in &corpus {
            if let Err(what) = self.judge(input) {
                panic!("{}: {what}", path.display());
            }
        }
        let seeds: Vec<Vec<u8>> = corpus.into_iter().map(|(_, input)| input).collect();
        let strategy = mutations(seeds.len());
        self.explore(&strategy, |(seed, mutations): &(usize, Vec<Mutation>)| {
            mutated(&seeds, *seed, mutations, self.dictionary)
        });
    }

    /// Runs inputs that `make` makes of random values, until the run is over.
    pub(crate) fn explore<S: Strategy>(&self, strategy: &S, make: impl Fn(&S::Value) -> Vec<u8>) {
        let began = Instant::now();
        let told: Option<u64> = env::var("CLIO_FUZZ_SECONDS")
            .ok()
            .map(|seconds| seconds.parse().expect("CLIO_FUZZ_SECONDS is a number"));
        let seed: u64 = env::var("CLIO_FUZZ_SEED")
            .map_or(0, |seed| seed.parse().expect("CLIO_FUZZ_SEED is a number"));
        let most = told.map_or(self.inputs, |_| u32::MAX);
        let patience = told.map_or(PATIENCE, Duration::from_secs);
        let mut run = 0_u32;
        while run < most && began.elapsed() < patience {
            let batch = BATCH.min(most - run);
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&seed.to_le_bytes());
            bytes[8..12].copy_from_slice(&run.to_le_bytes());
            let config = Config {
                cases: batch,
                failure_persistence: None,
                max_shrink_iters: 20_000,
                max_shrink_time: 30_000,
                ..Config::default()
            };
            let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
            let ended = TestRunner::new_with_rng(config, rng).run(strategy, |value| {
                self.judge(&make(&value)).map_err(TestCaseError::fail)
            });
            match ended {
                Ok(()) => run += batch,
                Err(TestError::Fail(what, value)) => {
                    let input = make(&value);
                    let kept = keep(self.name, &input);
                    panic!(
                        "{what}\nThe input is kept in {}:\n{}",
                        kept.display(),
                        String::from_utf8_lossy(&input)
                    );
                }
                Err(TestError::Abort(why)) => panic!("the run broke off: {why}"),
            }
        }
        eprintln!("{}: {run} inputs in {:?}", self.name, began.elapsed());
    }

    fn judge(&self, input: &[u8]) -> Verdict {
        quiet_panics();
        QUIET.set(true);
        let ended = panic::catch_unwind(AssertUnwindSafe(|| (self.run)(input)));
        QUIET.set(false);
        ended.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Err(format!("it panicked: {}", text.unwrap_or_default()))
        })
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// While an input is made small, the same panic comes a thousand times.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                hook(info);
            }
        }));
    });
}

/// The files of a target's corpus, in the order of their names.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let paths: BTreeSet<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    let read = |path: PathBuf| {
        let input = fs::read(&path).unwrap();
        (path, input)
    };
    paths.into_iter().map(read).collect()
}

/// Keeps a failing input where cargo keeps what tests leave behind.
fn keep(target: &str, input: &[u8]) -> PathBuf {
    use sha2::{Digest as _, Sha256};
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).unwrap();
    let digest = Sha256::digest(input);
    let path = folder.join(format!(
        "{target}-{:02x}{:02x}{:02x}",
        digest[0], digest[1], digest[2]
    ));
    fs::write(&path, input).unwrap();
    path
}
