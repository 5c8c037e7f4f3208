//! What an action costs, by each path that can run it, and a guard on it.
//!
//! ```sh
//! cargo build --release --locked && cargo bench --locked --bench performance          # about 3 minutes
//! cargo build --release --locked && cargo bench --locked --bench performance -- full  # about 15 minutes
//! cargo bench --locked --bench performance -- guard           # instructions against instructions.json
//! cargo bench --locked --bench performance -- guard --renew   # writes that file anew
//! ```
//!
//! The first two print tables and write `target/performance.json`. Every path is
//! a process of its own, and so is the sandbox it talks to. What is compared ran
//! in turns in one run: on a shared machine only ratios hold, and the guard looks
//! at instruction counts alone.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a bench that cannot go on ends

mod command;
mod goals;
mod guard;
mod jobs;
mod measure;
mod native;
mod others;
mod ours;
mod peer;
mod process;
mod report;
mod spec;
mod suite;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::jobs::Story;
use crate::spec::{Figures, Spec};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    // Cargo says `--bench` to whatever it runs.
    let arguments: Vec<String> = env::args().skip(1).filter(|it| it != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] | ["quick"] => suite::run(false),
        ["full"] => suite::run(true),
        ["guard"] => guard::run(false),
        ["guard", "--renew"] => guard::run(true),
        ["peer", documents, changed] => peer::serve(documents.parse()?, changed.parse()?),
        ["path", spec] => {
            let figures = path(&serde_json::from_str(spec)?)?;
            println!("{}", serde_json::to_string(&figures)?);
            Ok(())
        }
        ["compile"] => ours::compile(),
        ["spin"] => {
            process::spin();
            Ok(())
        }
        _ => bail!("what is {arguments:?}? Say quick, full, guard or guard --renew"),
    }
}

/// A file in the build's folder.
fn beside(name: &str) -> Result<PathBuf> {
    let mut path = env::current_exe()?;
    path.pop(); // deps/
    path.set_file_name(name);
    Ok(path)
}

/// Where compiled components are kept between runs: beside this program.
fn cache() -> PathBuf {
    beside("performance-cache").expect("a program knows its path")
}

/// Measures one path in this process.
fn path(spec: &Spec) -> Result<Figures> {
    let story = Story::new(spec);
    if spec.path == "native" {
        let native = native::Native::new(&spec.peer)?;
        return Ok(native::Native::block_on(measure::run(spec, |i| {
            story.act(&native, i)
        })));
    }
    process::open_many_files()?;
    let ours = ours::Ours::new(spec, &cache())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(measure::run(spec, |i| story.act(&ours, i))))
}
