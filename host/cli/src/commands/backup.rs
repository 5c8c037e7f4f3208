//! `clio backup` and `clio restore`: a home in one file, and back.

use clio_host::vault::KeyPlace;
use clio_runner::aside::aside;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::{backup, output, vault};

use crate::args::{BackupArguments, RestoreArguments};

/// Runs `clio backup`.
pub(crate) async fn back_up(arguments: BackupArguments) -> Result<Exit, Failure> {
    let home = Home::from_environment()?.absolute()?;
    let BackupArguments { file, with_key } = arguments;
    let shown = file.display().to_string();
    let done = aside(move || backup::back_up(&home, &file, with_key)).await??;
    output::line(&format!("{shown}: {} bytes", done.bytes))?;
    match done.key {
        Some((KeyPlace::File, path)) => output::tell(&format!(
            "the vault's key is not in it: keep a copy of {} apart, which a restore needs",
            path.display()
        )),
        Some((KeyPlace::Environment, _)) => output::tell(&format!(
            "the vault's key is not in it: a restore needs {} as it is now",
            vault::KEY
        )),
        Some((place, _)) => output::tell(&format!(
            "the vault's key is not in it, but in {place}: a restore elsewhere needs it"
        )),
        None => {}
    }
    Ok(Exit::Done)
}

/// Runs `clio restore`.
pub(crate) async fn restore(arguments: RestoreArguments) -> Result<Exit, Failure> {
    let home = Home::from_environment()?.absolute()?;
    let RestoreArguments { file, vault_key } = arguments;
    let done = aside(move || backup::restore(&home, &file, vault_key.as_deref())).await??;
    output::line(&format!("restored as it was at {}", done.made))?;
    if done.verdict.findings.is_empty() {
        return Ok(Exit::Done);
    }
    Err(
        Failure::new(Exit::Permanent, "the audit in it is not as it was written")
            .details(done.verdict.findings.iter().map(ToString::to_string))
            .next("it was restored; what is left of the audit is still true"),
    )
}
