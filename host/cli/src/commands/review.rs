//! `clio review`: drafts that a machine made, and a person's decision on them.

use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};

use crate::args::{
    AccountArguments, ReviewAddArguments, ReviewArguments, ReviewCommand, ReviewDecideArguments,
    ReviewListArguments, ReviewShowArguments, ReviewStatus,
};
use clio_runner::aside::aside;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::journal::drafts::{Draft, DraftFilter, Status};
use clio_runner::journal::{Journal, instant};
use clio_runner::output;
use clio_runner::review::{self, NewDraft, Verdict};
use clio_runner::run::place;
use clio_runner::session::Session;
use clio_runner::table::Table;
use clio_runner::{bounded, environment, terminal};

/// How many drafts are listed.
const LISTED: u32 = 1_000;
/// The most bytes of a template.
const TEMPLATE_BYTES: u64 = 32 * 1024 * 1024;

/// How many places without a value are named.
const NAMED: usize = 20;

/// Runs the command.
pub(crate) async fn command(arguments: ReviewArguments) -> Result<Exit, Failure> {
    match arguments.command {
        ReviewCommand::Add(arguments) => add(arguments).await,
        ReviewCommand::List(arguments) => list(arguments).await,
        ReviewCommand::Show(arguments) => show(arguments).await,
        ReviewCommand::Approve(arguments) => decide(arguments, true).await,
        ReviewCommand::Reject(arguments) => decide(arguments, false).await,
        ReviewCommand::Expire => expire(),
    }
}

async fn session(account: &AccountArguments) -> Result<Session, Failure> {
    Session::open(&Home::from_environment()?, &account.named()).await
}

async fn add(arguments: ReviewAddArguments) -> Result<Exit, Failure> {
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => name_of(&arguments.file)?,
    };
    let file = opened(&arguments.file)?;
    let template = arguments.template.as_deref().map(template_text);
    let template = template.transpose()?.flatten();
    let session = session(&arguments.account).await?;
    if let Some(document) = arguments.version_of {
        place::is_there(&session, arguments.matter, document).await?;
    }
    let added = aside(move || {
        let connection = session.account.connection.label();
        let new = NewDraft {
            owner: &session.account.scope,
            connection: &connection,
            matter: arguments.matter,
            version_of: arguments.version_of,
            name: &name,
            media_type: arguments.media_type.as_deref().unwrap_or_default(),
            made_by: &arguments.made_by,
            template: template.as_deref(),
            life: arguments.keep_for,
        };
        review::add(&session.home, &session.journal, &new, file)
    });
    let (draft, is_new) = added.await??;
    if !is_new {
        output::tell("the same bytes are there for the same place: no other draft was made");
    }
    output::json(&review::told(&draft))?;
    Ok(Exit::Done)
}

fn name_of(path: &Path) -> Result<String, Failure> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned)
        .ok_or_else(|| Failure::usage("the file has no name that is a text").next("give --name"))
}

fn opened(path: &Path) -> Result<File, Failure> {
    let unreadable = |why: String| {
        Failure::usage(format!("{} cannot be read: {why}", path.display()))
            .next("name a file that clio may read")
    };
    // Opening a pipe would wait for a writer.
    let is_file = std::fs::metadata(path).map(|data| data.is_file());
    match is_file {
        Ok(true) => File::open(path).map_err(|error| unreadable(error.to_string())),
        Ok(false) => Err(unreadable("it is no regular file".to_owned())),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

/// The text of a template, where it has any.
fn template_text(path: &Path) -> Result<Option<String>, Failure> {
    let bytes = bounded::file(path, TEMPLATE_BYTES).map_err(|error| {
        Failure::usage(format!(
            "the template {} cannot be read: {error}",
            path.display()
        ))
    })?;
    Ok(review::text(&name_of(path)?, "", &bytes))
}

async fn list(arguments: ReviewListArguments) -> Result<Exit, Failure> {
    let session = session(&arguments.account).await?;
    let filter = DraftFilter {
        status: arguments.status.map(Status::from),
        limit: LISTED,
        ..DraftFilter::default()
    };
    let drafts = review::list(&session.journal, &session.account.scope, &filter)?;
    if output::is_json(arguments.json) {
        let drafts: Vec<Value> = drafts.iter().map(review::told).collect();
        output::json(&drafts)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new([
        "id",
        "status",
        "matter",
        "name",
        "made by",
        "added",
        "decided by",
    ]);
    for draft in &drafts {
        let about = &draft.about;
        let by = draft.decision.as_ref().map(|decision| decision.by.clone());
        table.row([
            draft.id.clone(),
            draft.status.word().to_owned(),
            about.matter.to_string(),
            about.name.clone(),
            about.made_by.clone(),
            instant(draft.created),
            by.unwrap_or_default(),
        ]);
    }
    output::text(&table.render())?;
    Ok(Exit::Done)
}

async fn show(arguments: ReviewShowArguments) -> Result<Exit, Failure> {
    let session = session(&arguments.account).await?;
    let (home, journal) = (&session.home, &session.journal);
    let draft = review::found(journal, &session.account.scope, &arguments.id)?;
    let shown = match draft.has_bytes {
        true => Some(review::shown(home, journal, &draft)?),
        false => None,
    };
    if let Some(path) = &arguments.output {
        write_out(home, &session, &draft, path)?;
    }
    let mut told = review::told(&draft);
    if arguments.json {
        if let Some(shown) = shown {
            told["text"] = shown.text.into();
            told["template_text"] = shown.template.into();
            told["difference"] = shown.difference.into();
            told["unfilled"] = shown.unfilled.into();
        }
        output::json(&told)?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    let members = told.as_object().into_iter().flatten();
    for (name, value) in members.filter(|(_, value)| !value.is_null()) {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push_str(
        "\nWhat is approved is the file. This is its text as far as it can be read here; write it \
         out with --output, and open it before you decide.\n\n",
    );
    text.push_str(&match shown {
        None => "Its bytes were taken away.\n".to_owned(),
        Some(shown) => {
            let unfilled = without_value(&shown.unfilled);
            let said = match (shown.difference, shown.text) {
                (Some(difference), _) => difference,
                (None, Some(text)) => text,
                (None, None) => {
                    "No text can be read out of it: write it out with --output.\n".to_owned()
                }
            };
            match unfilled {
                None => said,
                Some(unfilled) => format!("{unfilled}\n\n{said}"),
            }
        }
    });
    output::text(&text)?;
    Ok(Exit::Done)
}

/// Says which places of a draft have no value.
fn without_value(unfilled: &[String]) -> Option<String> {
    let named = unfilled.iter().take(NAMED).map(|name| terminal::line(name));
    let named = named.collect::<Vec<_>>().join(", ");
    match unfilled.len() {
        0 => None,
        1 => Some(format!("One place has no value: {named}")),
        many if many > NAMED => Some(format!("{many} places have no value: {named}, …")),
        many => Some(format!("{many} places have no value: {named}")),
    }
}

/// Writes a draft's bytes into a new file that its owner alone may read.
fn write_out(home: &Home, session: &Session, draft: &Draft, path: &Path) -> Result<(), Failure> {
    let unwritable = |error: std::io::Error| {
        Failure::usage(format!("{} cannot be written: {error}", path.display()))
            .next("name a new file in a folder that clio may write")
    };
    let beside = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let bytes = review::open(home, &session.journal, draft)?;
    let mut part = tempfile::NamedTempFile::new_in(beside).map_err(unwritable)?;
    bytes
        .copy_to(draft, part.as_file_mut())
        .map_err(unwritable)?;
    part.persist_noclobber(path)
        .map_err(|error| unwritable(error.error))?;
    Ok(())
}

async fn decide(arguments: ReviewDecideArguments, approve: bool) -> Result<Exit, Failure> {
    let by = match &arguments.by {
        Some(by) => by.clone(),
        None => login_name()?,
    };
    let session = session(&arguments.account).await?;
    let (journal, owner) = (&session.journal, &session.account.scope);
    let verdict = Verdict {
        approves: approve,
        by: &by,
        seen: arguments.sha256.as_deref(),
        reason: arguments.reason.as_deref().unwrap_or_default(),
    };
    let draft = review::decide(journal, owner, &arguments.id, verdict)?;
    if approve
        && let Ok(shown) = review::shown(&session.home, journal, &draft)
        && let Some(unfilled) = without_value(&shown.unfilled)
    {
        output::tell(&format!(
            "{unfilled}; `clio review reject` takes an approval back"
        ));
    }
    output::json(&review::told(&draft))?;
    Ok(Exit::Done)
}

fn login_name() -> Result<String, Failure> {
    for name in ["LOGNAME", "USER", "USERNAME"] {
        if let Some(name) = environment::text(name)? {
            return Ok(name);
        }
    }
    Err(Failure::usage("who decides is not known").next("give --as NAME"))
}

fn expire() -> Result<Exit, Failure> {
    let home = Home::from_environment()?;
    let expired = review::expire(&home, &Journal::of(&home)?)?;
    output::json(&json!({ "expired": expired.drafts, "files_removed": expired.files }))?;
    Ok(Exit::Done)
}

impl From<ReviewStatus> for Status {
    fn from(status: ReviewStatus) -> Self {
        match status {
            ReviewStatus::Waiting => Self::Waiting,
            ReviewStatus::Approved => Self::Approved,
            ReviewStatus::Rejected => Self::Rejected,
            ReviewStatus::Expired => Self::Expired,
            ReviewStatus::Uploaded => Self::Uploaded,
        }
    }
}
