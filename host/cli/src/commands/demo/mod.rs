//! `clio demo`: a whole story on a local Clio, verified step by step.
//!
//! In the first a case goes in, goes in again, a stage change generates a document
//! late, and it is detected once. In the other a document that Clio generated blank
//! is filled, approved by a person and put back. Nothing is acted: the actions, the
//! runner and the requests are those of every other command, and each claim is
//! checked against the sandbox's own account and trace before it is printed. A claim
//! that does not hold ends the demo as a failure.

mod case;
mod files;
mod litigation;
mod narrator;

use std::time::Instant;

use clio_host::{AccessToken, Connection, Limits, Origin, Policy};
use clio_sandbox::{Config, Seed, SeedPracticeArea};

use crate::args::{DemoArguments, DemoStory};
use crate::commands::sandbox;
use case::Story;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::runner;
use narrator::Narrator;

/// What a token may send within a minute, in Clio's peak hours.
const BUDGET: usize = 50;

/// Runs the command.
pub(crate) async fn command(arguments: &DemoArguments) -> Result<Exit, Failure> {
    let began = Instant::now();
    match arguments.story {
        DemoStory::Case => case().await?,
        DemoStory::Litigation => litigation::told().await?,
    }
    Narrator.text(&format!("Done in {:.1} s.", began.elapsed().as_secs_f64()))?;
    Ok(Exit::Done)
}

/// Tells the story of a case.
async fn case() -> Result<(), Failure> {
    let tell = Narrator;
    tell.text("One case into a local Clio, and a new document out of it.")?;
    tell.text("Everything runs inside this command: no account, no network.")?;

    let work = tempfile::tempdir()
        .map_err(|error| Failure::host(format!("no temporary folder can be made: {error}")))?;
    let case_folder = work.path().join("case");
    files::write(&case_folder)
        .map_err(|error| Failure::host(format!("the demo's files cannot be written: {error}")))?;

    let sandbox = sandbox::start(Config {
        seed: firm(),
        ..Config::default()
    })
    .await?;
    let origin = Origin::parse(sandbox.origin())
        .map_err(|error| Failure::host(format!("the sandbox's origin is not right: {error}")))?;
    let connection = Connection::new(origin, AccessToken::from(sandbox.token()));
    // The person's own cache, so that a second demo starts at once; the memory of
    // cases is the demo's own.
    let home = Home::from_environment().ok();
    let host = runner::host(home.as_ref(), Policy::default(), Limits::default(), None)?;
    let story = Story {
        tell,
        control: sandbox.control(),
        host,
        connection,
        case_folder,
        home: Home::at(&work.path().join("home")),
    };
    story.told().await?;
    let used = story.requests();
    story.tell.claim(
        &format!("{used} requests, of the {BUDGET} that Clio allows in one minute"),
        used <= BUDGET,
    )
}

/// A small firm without any clients yet.
fn firm() -> Seed {
    let area = |name: &str| SeedPracticeArea {
        name: name.to_owned(),
        code: None,
        category: None,
        stages: ["Intake", "Retained", "Closing"]
            .map(str::to_owned)
            .to_vec(),
    };
    Seed {
        practice_areas: vec![area("Estate Planning"), area("Family")],
        ..Seed::default()
    }
}
