//! What is measured in a run: which job by which paths, how often, and for how
//! long at the most. Paths that are compared take turns.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use tempfile::TempDir;

use crate::process::{self, Busy, PeerProcess};
use crate::report::{Report, Row};
use crate::spec::{Figures, Spec};
use crate::{command, others};

/// The jobs of the first table, with about how many actions take half a second
/// of ours.
const JOBS: [(&str, usize); 6] = [
    ("nothing", 5_000),
    ("find", 1_500),
    ("found", 1_200),
    ("new", 32),
    ("case", 16),
    ("detect", 40),
];

/// Documents of the account of `detect`, and how many of them changed lately.
const ACCOUNT: (usize, usize) = (100_000, 500);

/// One run.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) full: bool,
    until: Instant,
    pub(crate) report: Report,
    /// Files of the run: portable builds, contents, homes.
    pub(crate) folder: TempDir,
    others: others::Programs,
}

/// A part of the run.
type Section = fn(&mut Suite) -> Result<()>;

pub(crate) fn run(full: bool) -> Result<()> {
    let minutes = if full { 15 } else { 3 };
    let folder = tempfile::tempdir()?;
    let others = others::Programs::find(folder.path())?;
    crate::ours::compile()?;
    let mut suite = Suite {
        full,
        until: Instant::now(),
        report: Report::new(full),
        folder,
        others,
    };
    let missing = suite.others.missing.clone();
    suite.report.left_out.extend(missing);
    // With its share of the time: what one leaves, the next ones have.
    let sections: [(&str, u32, Section); 9] = [
        ("jobs", 7, jobs),
        ("in flight", 2, in_flight),
        ("start", 1, command::start),
        ("waiting", 3, waiting),
        ("upload", 2, upload),
        ("many", 3, many),
        ("what each adds", 1, adds),
        ("a loaded machine", 1, loaded),
        ("sync", 1, command::sync),
    ];
    // The last share is for the instructions.
    let shares: u32 = sections.iter().map(|(_, share, _)| share).sum::<u32>() + 1;
    let (part, began) = (Duration::from_secs(60 * minutes) / shares, Instant::now());
    let mut parts = 0;
    for (name, share, section) in sections {
        parts += share;
        suite.until = began + part * parts;
        eprintln!("== {name}");
        if let Err(error) = section(&mut suite) {
            suite.report.left_out.push(format!("{name}: {error:#}"));
        }
    }
    // Last, for what it sets up for callgrind stays set.
    suite.until = began + part * shares;
    if suite.has_time("instructions") {
        match crate::guard::exchanges() {
            Ok(rows) => suite.report.counted = rows,
            Err(error) => suite
                .report
                .left_out
                .push(format!("instructions: {error:#}")),
        }
    }
    suite.report.print_and_write()
}

impl Suite {
    /// Whether there is time for more; what is left out is reported.
    pub(crate) fn has_time(&mut self, what: &str) -> bool {
        let has = Instant::now() < self.until;
        if !has {
            let line = format!("{what}: the run's time was over");
            if !self.report.left_out.contains(&line) {
                self.report.left_out.push(line);
            }
        }
        has
    }

    /// Keeps figures in the row of what they are of.
    pub(crate) fn keep(&mut self, spec: &Spec, note: &str, figures: Figures) {
        let row = Row::new(&spec.job, &spec.path, spec.at_once, note);
        self.report.keep(row, figures);
    }

    /// Measures each spec in turn, so many rounds, every second one backwards.
    pub(crate) fn compare(
        &mut self,
        peer: &mut PeerProcess,
        rounds: usize,
        note: &str,
        mut specs: Vec<Spec>,
    ) {
        for _ in 0..rounds {
            for spec in &specs {
                let what = format!("{} by {}", spec.job, spec.path);
                if !self.has_time(&what) {
                    continue;
                }
                let measured = self
                    .program(spec)
                    .and_then(|it| process::measure(it, spec, peer));
                match measured {
                    Ok(figures) => self.keep(spec, note, figures),
                    Err(error) => self.report.left_out.push(format!("{what}: {error:#}")),
                }
            }
            specs.reverse();
        }
    }

    fn program(&self, spec: &Spec) -> Result<Command> {
        match spec.path.as_str() {
            "native" | "typed" | "in-place" | "json" => process::myself("path"),
            other => self.others.program(other),
        }
    }

    fn rounds(&self) -> usize {
        if self.full { 7 } else { 3 }
    }

    /// A job by a path, about as long by each.
    fn spec(&self, path: &str, job: &str, of_ours: usize) -> Spec {
        let mut spec = Spec::new(path, job, count(path, job, of_ours));
        spec.most_ms = match (self.full, is_node(path)) {
            (true, _) => 3_000,
            (false, true) => 1_500,
            (false, false) => 700,
        };
        spec.components = self.folder.path().to_owned();
        spec
    }

    /// Those of the paths that can be run here.
    fn paths<'a>(&self, paths: &[&'a str]) -> Vec<&'a str> {
        let can = |path: &&&str| self.others.can(path);
        paths.iter().filter(can).copied().collect()
    }
}

/// Actions of a run: fewer of what is slower than ours.
fn count(path: &str, job: &str, of_ours: usize) -> usize {
    match (path, job) {
        // Each of these reads those before it: as many for all.
        (_, "new") => of_ours,
        ("jco", _) => 12,
        ("jco-reused", _) => 100,
        ("fetch" | "undici", _) => of_ours.min(600),
        ("native", _) => of_ours * 2,
        _ => of_ours,
    }
}

/// Node is slow to start and to warm, and fast enough to tell: fewer rounds.
fn is_node(path: &str) -> bool {
    matches!(path, "jco" | "jco-reused" | "fetch" | "undici")
}

fn jobs(suite: &mut Suite) -> Result<()> {
    let mut quiet = PeerProcess::start(0, 0)?;
    let mut large = PeerProcess::start(ACCOUNT.0, ACCOUNT.1)?;
    for (job, of_ours) in JOBS {
        let peer = if job == "detect" {
            &mut large
        } else {
            &mut quiet
        };
        let (node, rust): (Vec<&str>, Vec<&str>) = suite
            .paths(&[
                "native",
                "typed",
                "in-place",
                "json",
                "stock",
                "jco",
                "jco-reused",
                "fetch",
                "undici",
            ])
            .into_iter()
            .filter(|path| !(*path == "fetch" || *path == "undici") || job != "nothing")
            // A case takes a fresh jco seconds, and says nothing new.
            .filter(|path| {
                let one = job == "find" || suite.full && !matches!(job, "case" | "detect");
                one || !path.starts_with("jco")
            })
            .partition(|path| is_node(path));
        let spec = |path: &str| suite.spec(path, job, of_ours);
        let rust = rust.into_iter().map(spec).collect();
        let node = node.into_iter().map(spec).collect();
        suite.compare(peer, suite.rounds(), "", rust);
        suite.compare(peer, if suite.full { 3 } else { 1 }, "", node);
    }
    Ok(())
}

fn in_flight(suite: &mut Suite) -> Result<()> {
    let mut peer = PeerProcess::start(0, 0)?;
    let mut specs = Vec::new();
    for path in suite.paths(&["typed", "in-place", "stock", "fetch", "undici"]) {
        let mut spec = suite.spec(path, "find", 2_000);
        spec.at_once = 32;
        specs.push(spec);
    }
    suite.compare(&mut peer, suite.rounds(), "", specs);
    let specs = [1, 32].map(|at_once| {
        let mut spec = suite.spec("typed", "find", 1_500);
        (spec.at_once, spec.workers) = (at_once, 2);
        spec
    });
    suite.compare(&mut peer, suite.rounds(), "two workers", specs.into());
    Ok(())
}

fn waiting(suite: &mut Suite) -> Result<()> {
    let mut peer = PeerProcess::start(0, 0)?;
    let all = suite.paths(&["native", "typed", "in-place", "stock"]);
    // Six seconds cost a native call what 200 ms do.
    let longest = if suite.full { &all[..] } else { &all[1..] };
    for (milliseconds, count, paths) in [(200, 5, &all[..]), (6_000, 1, longest)] {
        peer.ask(&format!("delay {milliseconds}"))?;
        let specs = paths.iter().map(|path| {
            let mut spec = suite.spec(path, "find", count);
            (spec.count, spec.warm, spec.most_ms) = (count, usize::from(count > 1), 60_000);
            spec
        });
        let (specs, rounds) = (specs.collect(), if count > 1 { 3 } else { 1 });
        let note = format!("answers after {milliseconds} ms");
        suite.compare(&mut peer, rounds, &note, specs);
        peer.ask("clear")?;
    }
    Ok(())
}

fn upload(suite: &mut Suite) -> Result<()> {
    let mut peer = PeerProcess::start(0, 0)?;
    let mebibytes: u64 = if suite.full { 1_024 } else { 256 };
    let small = sparse(suite.folder.path(), 128)?;
    let large = sparse(suite.folder.path(), mebibytes)?;
    for busy in [false, true] {
        let _busy = busy.then(Busy::start).transpose()?;
        for (mebibytes, file) in [(128, &small), (mebibytes, &large)] {
            let spec = |path: &str| {
                let mut spec = Spec::new(path, "upload", 1);
                spec.warm = 0;
                spec.file = Some(file.clone());
                spec
            };
            let note = format!("{mebibytes} MiB{}", if busy { ", loaded" } else { "" });
            let specs = ["native", "typed"].map(spec).into();
            suite.compare(&mut peer, if suite.full { 3 } else { 1 }, &note, specs);
        }
    }
    Ok(())
}

/// A file of so many MiB of zeros that takes no room.
fn sparse(folder: &Path, mebibytes: u64) -> Result<PathBuf> {
    let path = folder.join(format!("{mebibytes}.bin"));
    std::fs::File::create(&path)?.set_len(mebibytes << 20)?;
    Ok(path)
}

fn many(suite: &mut Suite) -> Result<()> {
    let mut peer = PeerProcess::start(0, 0)?;
    let many = |at_once: usize, calls| {
        let mut spec = Spec::new("typed", "wait", at_once);
        (spec.warm, spec.at_once, spec.calls, spec.wait) = (0, at_once, calls, 6);
        spec
    };
    peer.ask("delay 4000")?;
    suite.compare(
        &mut peer,
        1,
        "in flight",
        vec![many(1, 1_000), many(1_000, 1_000)],
    );
    peer.ask("clear")?;
    peer.ask("limit 50")?;
    suite.compare(
        &mut peer,
        1,
        "waiting for budget",
        vec![many(1, 128), many(10_000, 128)],
    );
    Ok(())
}

/// What the parts of ours cost that something turns off or on.
fn adds(suite: &mut Suite) -> Result<()> {
    let mut peer = PeerProcess::start(0, 0)?;
    for round in 0..suite.rounds() {
        let mut variants = [
            ("as ever", true, false, "typed"),
            ("without a journal", false, false, "typed"),
            ("an operator's policy", true, true, "typed"),
            ("by JSON", true, false, "json"),
        ];
        if round % 2 == 1 {
            variants.reverse();
        }
        for (note, journal, operator, path) in variants {
            let mut spec = suite.spec(path, "find", 1_500);
            (spec.journal, spec.operator) = (journal, operator);
            suite.compare(&mut peer, 1, note, vec![spec]);
        }
    }
    Ok(())
}

fn loaded(suite: &mut Suite) -> Result<()> {
    let mut peer = PeerProcess::start(0, 0)?;
    let _busy = Busy::start()?;
    let paths = suite
        .paths(&["native", "typed", "in-place", "stock"])
        .into_iter();
    let specs = paths.map(|path| suite.spec(path, "find", 400));
    let specs = specs.collect();
    suite.compare(&mut peer, if suite.full { 3 } else { 1 }, "loaded", specs);
    Ok(())
}
