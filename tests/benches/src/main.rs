//! What an action costs, by each path that can run it, and a guard on it.
//!
//! Every path is a process of its own, and so is the sandbox it talks to:
//! `peer DOCUMENTS CHANGED` starts that one, and `path SPEC` measures.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a bench that cannot go on ends

mod jobs;
mod measure;
mod native;
mod ours;
mod peer;
mod process;
mod spec;

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::jobs::Story;
use crate::spec::{Figures, Spec};

fn main() -> Result<()> {
    // Cargo says `--bench` to whatever it runs.
    let arguments: Vec<String> = env::args().skip(1).filter(|it| it != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
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
        _ => bail!("what is {arguments:?}?"),
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
