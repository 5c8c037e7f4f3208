//! `clio mappings`: begins mappings, lists them, and checks that what they name
//! stands in the account.
//!
//! A name that is misspelt is found here, before a case needs it. The check only
//! reads, through the action that offers a form its choices.

use std::fs;
use std::io::{self, Write as _};

use serde_json::{Value, json};

use crate::args::{
    AccountArguments, MappingsArguments, MappingsCheckArguments, MappingsCommand,
    MappingsInitArguments,
};
use clio_runner::choices::{self, Account};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::mapping::{self, SCHEMA};
use clio_runner::output;
use clio_runner::session::Session;

/// Runs the command.
pub(crate) async fn command(arguments: MappingsArguments) -> Result<Exit, Failure> {
    let home = Home::from_environment()?;
    match arguments.command {
        MappingsCommand::List => list(&home),
        MappingsCommand::Schema => {
            output::text(SCHEMA)?;
            Ok(Exit::Done)
        }
        MappingsCommand::Init(arguments) => init(&home, &arguments).await,
        MappingsCommand::Check(arguments) => check(&home, &arguments).await,
    }
}

fn list(home: &Home) -> Result<Exit, Failure> {
    let names = mapping::names(home).map_err(|error| {
        Failure::host(format!("the mappings cannot be listed: {error}"))
            .next("make the folder mappings in CLIO_HOME readable")
    })?;
    for name in &names {
        output::line(name)?;
    }
    Ok(Exit::Done)
}

async fn init(home: &Home, arguments: &MappingsInitArguments) -> Result<Exit, Failure> {
    let path = mapping::place(home, &arguments.name);
    let cannot = |error: io::Error| {
        Failure::usage(format!("{} cannot be written: {error}", path.display()))
            .next("give another name; a mapping that is there is never overwritten")
    };
    // Before an account is asked for what would fill it.
    if path.exists() {
        return Err(cannot(io::ErrorKind::AlreadyExists.into()));
    }
    let mut begun = mapping::starter();
    if arguments.from_account {
        let account = open(home, &arguments.account).await?;
        account.fill(&mut begun).await?;
    }
    let mut text = serde_json::to_string_pretty(&begun).unwrap_or_default();
    text.push('\n');
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    // Never over one that somebody filled.
    let mut file = fs::File::create_new(&path).map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(cannot)?;
    output::line(&path.display().to_string())?;
    Ok(Exit::Done)
}

async fn check(home: &Home, arguments: &MappingsCheckArguments) -> Result<Exit, Failure> {
    let Some(mapping) = mapping::load(home, Some(&arguments.name))? else {
        return Ok(Exit::Done);
    };
    let account = open(home, &arguments.account).await?;
    let findings = choices::check(&mapping, &account).await?;
    let label = account.connection.label();
    if arguments.json {
        let findings: Vec<Value> = findings
            .iter()
            .map(|found| json!({"at": found.at.as_str(), "what": found.what}))
            .collect();
        output::json(&json!({"connection": label, "findings": findings}))?;
    }
    if findings.is_empty() {
        if !arguments.json {
            output::line(&format!("everything that it names stands in {label}"))?;
        }
        return Ok(Exit::Done);
    }
    let number = match findings.len() {
        1 => "a finding".to_owned(),
        many => format!("{many} findings"),
    };
    let what = format!("{number} in the mapping for {label}");
    Err(Failure::new(Exit::Permanent, what)
        .details(findings.iter().map(|it| it.shown("the mapping")))
        .next("correct the names in the mapping, or make in Clio what is missing"))
}

async fn open(home: &Home, arguments: &AccountArguments) -> Result<Account, Failure> {
    Account::of(&Session::open(home, &arguments.named()).await?)
}
