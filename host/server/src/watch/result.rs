//! What became of a case that lay in a watched folder, written beside its file.
//!
//! Nothing that somebody put there is moved or removed: a case's documents may be
//! several cases', and who wrote them may look for them where they were. So
//! `intake-17.json` stays, and `intake-17.result.json` beside it says how it stands,
//! as `clio sync --json` tells it.

use std::io::{self, Write as _};

use clio_host::read_at_most;
use clio_runner::failure::Failure;
use clio_runner::files::Folder;
use clio_runner::journal::instant;
use clio_runner::journal::runs::{Run, Status};
use serde_json::{Value, json};

/// The most bytes of one that is read.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// How a case stands that was taken.
pub(super) fn of_run(run: &Run, told: Option<&[u8]>, mark: &str) -> Value {
    let told = told.and_then(|told| serde_json::from_slice::<Value>(told).ok());
    let mut result = json!({
        "status": run.status.word(), "run": run.id, "attempts": run.attempts,
        "updated": instant(run.updated), "mark": mark,
    });
    if !run.code.is_empty() {
        result["code"] = run.code.clone().into();
    }
    if run.status == Status::Waiting && run.attempts > 0 {
        result["due"] = instant(run.due).into();
    }
    match (run.status, told) {
        (Status::Done, Some(told)) => result["result"] = told,
        (_, Some(told)) if run.attempts > 0 => result["error"] = told,
        _ => {}
    }
    result
}

/// How a case stands that was not taken.
pub(super) fn not_taken(failure: &Failure) -> Value {
    json!({
        "status": "not_taken",
        "error": {
            "message": failure.what(), "details": failure.all_details(),
            "next": failure.next_step(),
        },
    })
}

/// Writes it, unless it stands there already.
pub(super) fn write(folder: &Folder, name: &str, result: &Value) -> io::Result<()> {
    if read(folder, name).as_ref() == Some(result) {
        return Ok(());
    }
    let new = folder.begin(name).map_err(io::Error::other)?;
    let mut text = serde_json::to_vec_pretty(result)?;
    text.push(b'\n');
    let mut handle = new.handle();
    handle.write_all(&text)?;
    folder.open_to_its_readers(handle)?;
    handle.sync_all()?;
    new.replace()
}

/// What stands there, if it can be read.
fn read(folder: &Folder, name: &str) -> Option<Value> {
    let file = folder.file(name).ok()?;
    let text = read_at_most(file.into_handle(), MOST_BYTES).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Whether it says that what has this mark is in Clio.
pub(super) fn says_done(folder: &Folder, name: &str, mark: &str) -> bool {
    read(folder, name)
        .is_some_and(|told| told["status"] == Status::Done.word() && told["mark"] == mark)
}
