//! The guard: how many instructions, and allocations, an action takes of this
//! process, host and guest together, against committed figures.
//!
//! Callgrind counts them, so the machine's speed and load do not matter. A count
//! that grew past the tolerance fails, and so does one that shrank past it: the
//! figures are then renewed with `guard --renew`, or the gain would be given
//! away unnoticed later.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::process::{self, PeerProcess};
use crate::spec::Spec;

/// How far a count may be from the committed one.
const TOLERANCE: f64 = 0.05;

/// What an action takes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Counts {
    instructions: u64,
    allocations: u64,
}

/// The jobs, with the actions of the short and of the long run whose difference
/// counts, so that start-up does not.
const JOBS: [(&str, usize, usize); 4] = [
    ("nothing", 50, 450),
    ("find", 30, 180),
    ("case", 1, 9),
    ("detect", 2, 12),
];

pub(crate) fn run(renew: bool) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json");
    let text = fs::read_to_string(&file).context("tests/benches/instructions.json")?;
    let mut committed: ByJob = serde_json::from_str(&text)?;
    prepare()?;
    let mut peers = [PeerProcess::start(0, 0)?, PeerProcess::start(1_000, 200)?];
    let mut counted = BTreeMap::new();
    for (job, few, many) in JOBS {
        let peer = &mut peers[usize::from(job == "detect")];
        let mut counts = count("typed", job, few, many, peer)?;
        // Once more, if it looks wrong: where callgrind is so slow that an action
        // thinks of time, it asks more, never less.
        let then = committed.get(job).filter(|_| !renew);
        if then.is_some_and(|then| change(then, &counts).abs() > TOLERANCE) {
            let again = count("typed", job, few, many, peer)?;
            counts = if again.instructions < counts.instructions {
                again
            } else {
                counts
            };
        }
        counted.insert(job.to_owned(), counts);
    }
    if renew {
        fs::write(&file, serde_json::to_string_pretty(&counted)? + "\n")?;
        committed = counted.clone();
    }
    print(&committed, &counted);
    // A guard that lets anything pass is none: it must find these wrong.
    for factor in [1.0 - 2.0 * TOLERANCE, 1.0 + 2.0 * TOLERANCE] {
        let mut doctored = counted.clone();
        for counts in doctored.values_mut() {
            counts.instructions = (counts.instructions as f64 * factor) as u64;
        }
        ensure!(
            judge(&doctored, &counted).len() == JOBS.len(),
            "the guard is blind"
        );
    }
    let faults = judge(&committed, &counted);
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

type ByJob = BTreeMap<String, Counts>;

/// How far the instructions are from the committed ones, as a part of these.
fn change(then: &Counts, now: &Counts) -> f64 {
    now.instructions as f64 / then.instructions as f64 - 1.0
}

/// Each job's counts beside the committed ones.
fn print(committed: &ByJob, counted: &ByJob) {
    println!("| Job | Instructions | Committed | Change | Allocations | Committed |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (job, now) in counted {
        let Some(then) = committed.get(job) else {
            continue;
        };
        println!(
            "| {job} | {} | {} | {:+.1} % | {} | {} |",
            now.instructions,
            then.instructions,
            change(then, now) * 100.0,
            now.allocations,
            then.allocations
        );
    }
}

/// What is wrong with the counts. Allocations are told, not judged: they are
/// among the instructions.
fn judge(committed: &ByJob, counted: &ByJob) -> Vec<String> {
    let renew = "cargo bench --locked --bench performance -- guard --renew";
    let mut faults = Vec::new();
    for (job, now) in counted {
        let Some(then) = committed.get(job) else {
            faults.push(format!("{job} has no committed figures: {renew}"));
            continue;
        };
        let change = change(then, now);
        if change.abs() > TOLERANCE {
            let verdict = if change > 0.0 { "more" } else { "fewer" };
            faults.push(format!(
                "{job} takes {:.1} % {verdict} instructions than tests/benches/instructions.json \
                 says. Where that is meant, renew the file: {renew}",
                change.abs() * 100.0
            ));
        }
    }
    faults
}

/// Makes callgrind ready for this process's children.
fn prepare() -> Result<()> {
    let installed = Command::new("valgrind").arg("--version").output();
    ensure!(
        installed.is_ok(),
        "there is no `valgrind`: `apt-get install valgrind`"
    );
    hide_vdso()?;
    // For the processor that valgrind shows, which lacks what this one has.
    let mut compile = Command::new("valgrind");
    compile.args(["--quiet", "--tool=none"]);
    compile.arg(std::env::current_exe()?).arg("compile");
    process::run(compile, Duration::from_secs(240))?;
    Ok(())
}

/// One exchange by each path of this program, for the report.
pub(crate) fn exchanges() -> Result<Vec<[String; 3]>> {
    prepare()?;
    let mut peer = PeerProcess::start(0, 0)?;
    let mut rows = Vec::new();
    for (job, few, many) in &JOBS[..2] {
        for path in ["native", "typed", "json"] {
            let counts = count(path, job, *few, *many, &mut peer)?;
            let (instructions, allocations) = (counts.instructions, counts.allocations);
            let name = format!("{job}, {path}");
            rows.push([name, instructions.to_string(), allocations.to_string()]);
        }
    }
    Ok(rows)
}

/// An action's counts: a long run's less a short one's.
fn count(path: &str, job: &str, few: usize, many: usize, peer: &mut PeerProcess) -> Result<Counts> {
    let less = profile(path, job, few, peer)?;
    let more = profile(path, job, many, peer)?;
    let each = |less: u64, more: u64| more.saturating_sub(less) / (many - few) as u64;
    Ok(Counts {
        instructions: each(less.instructions, more.instructions),
        allocations: each(less.allocations, more.allocations),
    })
}

/// Runs one job under callgrind.
fn profile(path: &str, job: &str, actions: usize, peer: &mut PeerProcess) -> Result<Counts> {
    let out = tempfile::NamedTempFile::new()?;
    let mut spec = Spec::new(path, job, actions);
    spec.warm = 2;
    // Callgrind has no room for the memory of more calls.
    spec.calls = 1;
    spec.documents = 2;
    spec.peer = peer.place.clone();
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", out.path().display()))
        .arg(std::env::current_exe()?)
        .args(["path", &serde_json::to_string(&spec)?]);
    process::run(command, Duration::from_secs(240))?;
    read(&fs::read_to_string(out.path())?)
}

/// Reads callgrind's file: the total, and the calls of the allocator.
fn read(profile: &str) -> Result<Counts> {
    let mut counts = Counts {
        instructions: 0,
        allocations: 0,
    };
    let mut names = BTreeMap::new();
    let mut allocates = false;
    for line in profile.lines() {
        if let Some(total) = line.strip_prefix("totals: ") {
            counts.instructions = total.trim().parse()?;
        } else if let Some(called) = line.strip_prefix("cfn=") {
            allocates = is_allocator(called, &mut names);
        } else if let Some(function) = line.strip_prefix("fn=") {
            // Names stand where a number occurs first.
            is_allocator(function, &mut names);
        } else if allocates && let Some(calls) = line.strip_prefix("calls=") {
            let calls = calls.split(' ').next().unwrap_or_default();
            counts.allocations += calls.parse::<u64>()?;
        }
    }
    ensure!(counts.instructions > 0, "callgrind told no total");
    Ok(counts)
}

/// Whether `(17) malloc`, or `(17)` after that, names the allocator.
fn is_allocator(text: &str, names: &mut BTreeMap<String, bool>) -> bool {
    match text.split_once(' ') {
        Some((number, name)) => {
            let is = matches!(
                name,
                "malloc" | "calloc" | "realloc" | "posix_memalign" | "aligned_alloc"
            );
            names.insert(number.to_owned(), is);
            is
        }
        None => names.get(text).copied().unwrap_or(false),
    }
}

/// Refuses `prctl(PR_GET_AUXV)` to this process and those that it starts.
///
/// By it, rustix asks the kernel where the vDSO is, and would call into a page
/// that valgrind does not let run. Refused, it reads `/proc/self/auxv`, which
/// valgrind answers itself, without a vDSO.
fn hide_vdso() -> Result<()> {
    const PR_GET_AUXV: u32 = 0x4155_5856;
    let load = |offset| libc::sock_filter {
        code: (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16,
        jt: 0,
        jf: 0,
        k: offset,
    };
    let unless = |value: u32, skip| libc::sock_filter {
        code: (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16,
        jt: 0,
        jf: skip,
        k: value,
    };
    let answer = |value| libc::sock_filter {
        code: (libc::BPF_RET | libc::BPF_K) as u16,
        jt: 0,
        jf: 0,
        k: value,
    };
    // Offsets into `seccomp_data`: the call's number, and its first argument.
    let mut filter = [
        load(0),
        unless(libc::SYS_prctl as u32, 3),
        load(16),
        unless(PR_GET_AUXV, 1),
        answer(libc::SECCOMP_RET_ERRNO | libc::EINVAL as u32),
        answer(libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the program and its filter live until the kernel has copied them.
    let refused = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) != 0
    };
    if refused {
        bail!(
            "no seccomp filter here: {}",
            std::io::Error::last_os_error()
        );
    }
    Ok(())
}
