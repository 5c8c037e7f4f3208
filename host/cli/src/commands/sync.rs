//! `clio sync`: one case into Clio, and again without making anything twice.

use std::path::{Path, PathBuf};

use clio_runner::bounded;
use clio_runner::case::{Mistake, SCHEMA};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::files::Folder;
use clio_runner::home::Home;
use clio_runner::output;
use clio_runner::pending::{self, Again};
use clio_runner::session::Session;
use clio_runner::sync::progress::Progress;
use clio_runner::sync::rehearsal::Rehearsal;
use clio_runner::sync::report::Report;
use clio_runner::sync::{self, CASE_FILE_BYTES, How, Mapped};

use crate::args::SyncArguments;

/// Prints the schema of case files.
pub(crate) fn schema() -> Result<Exit, Failure> {
    output::text(SCHEMA)?;
    Ok(Exit::Done)
}

/// Runs the command; with `again`, once more what has not succeeded.
pub(crate) async fn command(
    arguments: SyncArguments,
    again: Option<Again>,
    home: &Home,
) -> Result<Exit, Failure> {
    let Some(path) = &arguments.case else {
        return Err(Failure::usage("no case file is named").next("run clio sync CASE.json"));
    };
    let folder = folder(path, arguments.files.as_deref())?.with_hidden(arguments.hidden_files);
    let text = bounded::file(path, CASE_FILE_BYTES).map_err(|error| {
        let what = format!("the case file {} cannot be read: {error}", path.display());
        Failure::usage(what).next("run clio sync CASE.json with the path of a case file")
    })?;
    let mapped = Mapped::of(&text, &folder, home, arguments.mapping.as_deref())?;
    let mapped = mapped.map_err(|mistakes| wrong(path, &mistakes))?;
    let session = Session::open(home, &arguments.account.named()).await?;
    let rehearsal = Rehearsal::new(home)?;
    let mistakes = mapped.mistakes(&session, &rehearsal).await?;
    drop(rehearsal);
    if !mistakes.is_empty() {
        return Err(wrong(path, &mistakes));
    }
    let how = How {
        on_change: arguments.on_change.into(),
        forget: arguments.forget,
        no_wait: arguments.no_wait,
        at_once: arguments.at_once.into(),
        dry_run: arguments.dry_run,
        correlation: arguments.correlation,
        quiet: arguments.quiet,
    };
    let progress = Progress::of_stderr(arguments.quiet, mapped.case().documents.len() + 2);
    let queued = |digests| pending::command(pending::typed(), None, digests);
    let queued = Some(&queued as sync::Queued<'_>);
    let ended = sync::case(&session, &mapped, &folder, how, progress, again, queued).await?;
    tell(&ended.report, arguments.json)?;
    ended.settle().await?;
    Ok(Exit::Done)
}

/// The folder that the case's files lie in.
fn folder(case: &Path, files: Option<&Path>) -> Result<Folder, Failure> {
    let path: PathBuf = match (files, case.parent()) {
        (Some(files), _) => files.to_owned(),
        (None, Some(parent)) if !parent.as_os_str().is_empty() => parent.to_owned(),
        (None, _) => PathBuf::from("."),
    };
    Folder::open(&path).map_err(|error| {
        Failure::usage(format!(
            "the folder {} cannot be opened: {error}",
            path.display()
        ))
        .next("name the case file, or the folder of its documents with --files DIR")
    })
}

fn wrong(path: &Path, mistakes: &[Mistake]) -> Failure {
    let number = match mistakes.len() {
        1 => "a mistake".to_owned(),
        many => format!("{many} mistakes"),
    };
    Failure::usage(format!("{} has {number}; nothing was sent", path.display()))
        .details(mistakes.iter().map(ToString::to_string))
        .next("mend the case file and run it again; `clio sync --schema` prints its schema")
}

fn tell(report: &Report, json: bool) -> Result<(), Failure> {
    if json {
        output::json(report)
    } else {
        output::text(&report.render())
    }
}
