//! A firm's mapping in a form: its terms, and what the account offers for each.
//!
//! What is saved was checked first: its form, and that everything it names stands
//! in the account. Somebody who edits the same file meanwhile is not overwritten.

mod choices;
mod draft;
mod rows;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use clio_runner::case::Mistake;
use clio_runner::choices::{self as account, Account};
use clio_runner::journal::api_keys::Right;
use clio_runner::mapping::{self, Stored};
use clio_runner::vault;
use http::StatusCode;
use maud::{Markup, html};

use super::form::Posted;
use super::layout::{self, Here};
use super::overview;
use super::session::Visitor;
use super::state::State as Remembered;
use super::trouble::Trouble;
use crate::service::Service;
pub(super) use choices::Choices;
use draft::Draft;

/// The connections whose mappings the visitor may see.
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let (_, contents) = vault::read(&service.home).await?;
    let names = overview::names(&visitor, &contents);
    let content = html! {
        p {
            "A mapping says what a platform’s words are in Clio: its case types, its fields, and \
             its kinds of documents. What it lacks is reported, and left out."
        }
        @if names.is_empty() { p { "Nothing is connected yet." } }
        ul.rows {
            @for name in names {
                li {
                    a.what href={ "/connections/" (name) "/mapping" } { "Mapping of " (name) }
                    span.of { (says(&service, name)) }
                }
            }
        }
    };
    Ok(layout::page(&visitor, Here::Mappings, "Mappings", &content))
}

fn says(service: &Service, connection: &str) -> &'static str {
    if service.own_mapping(connection).exists() {
        "its own"
    } else if mapping::place(&service.home, mapping::DEFAULT).exists() {
        "none of its own: the default is used"
    } else {
        "none: each word is taken as the name in Clio"
    }
}

/// The form of one.
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Extension(remembered): Extension<Arc<Remembered>>,
    Path(connection): Path<String>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    visitor.may(Right::Read, &connection)?;
    let path = service.own_mapping(&connection);
    let stored = Stored::read(&path)?;
    let began = match stored.value.is_null() {
        // What is used until it has its own.
        true => Stored::read(&mapping::place(&service.home, mapping::DEFAULT))?.value,
        false => stored.value.clone(),
    };
    let mut form = Form {
        draft: Draft::of(&began),
        version: stored.version,
        wrong: Vec::new(),
        choices: None,
        unread: None,
        may_save: visitor.has(Right::Admin) && is_theirs(&service, &visitor, &path).await?,
    };
    form.read_choices(&service, &remembered, &connection).await;
    form.with_room();
    Ok(form.page(&visitor, &connection))
}

/// Whether all connections whose cases a change of a mapping would change are the
/// visitor's: those whose own it is, there or not yet, and those that use it for they
/// have none of their own.
async fn is_theirs(
    service: &Service,
    visitor: &Visitor,
    path: &std::path::Path,
) -> Result<bool, Trouble> {
    let (_, contents) = vault::read(&service.home).await?;
    let path = real(path);
    let mut sharing = contents
        .connections
        .keys()
        .chain(service.settings.file.connections.keys())
        .filter(|name| {
            let used = service.mapping(name).map(PathBuf::from);
            let used = used.unwrap_or_else(|| mapping::place(&service.home, mapping::DEFAULT));
            real(&used) == path || real(&service.own_mapping(name)) == path
        });
    Ok(sharing.all(|name| visitor.holds(name)))
}

/// The path of a file, whatever it was written as. The file need not be there.
fn real(path: &std::path::Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}

/// What a sent form asks for: another row, other choices, or to be saved.
pub(super) async fn save(
    State(service): State<Arc<Service>>,
    Extension(remembered): Extension<Arc<Remembered>>,
    Path(connection): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Trouble> {
    visitor.may(Right::Admin, &connection)?;
    let path = service.own_mapping(&connection);
    if !is_theirs(&service, &visitor, &path).await? {
        let what = "others use this mapping as well, and your key does not reach them";
        return Err(Trouble::new(StatusCode::FORBIDDEN, what).next(
            "ask whoever runs the service to change it, or to name a mapping for this connection \
             alone in serve.toml",
        ));
    }
    let mut form = Form {
        draft: Draft::posted(&fields),
        version: fields.get("version").to_owned(),
        wrong: Vec::new(),
        choices: None,
        unread: None,
        may_save: true,
    };
    match fields.get("do") {
        "save" => {
            if form.saved(&service, &connection, path).await? {
                let to = format!("/connections/{connection}/mapping?said=saved");
                return Ok(layout::to(&to));
            }
        }
        "anew" => {
            let session = service.session(&connection).await?;
            remembered.forget_choices(&session.account.scope);
        }
        other => {
            if let Some(section) = other.strip_prefix("more:") {
                form.draft.more(section);
            }
        }
    }
    form.read_choices(&service, &remembered, &connection).await;
    form.with_room();
    Ok(form.page(&visitor, &connection))
}

/// The form, on its way to a page.
struct Form {
    draft: Draft,
    /// The version of the file that it began with.
    version: String,
    wrong: Vec<Mistake>,
    choices: Option<Arc<Choices>>,
    /// Why there are no choices.
    unread: Option<String>,
    may_save: bool,
}

impl Form {
    /// Room for something new in each section.
    fn with_room(&mut self) {
        for section in [draft::TYPES, draft::CLIENT, draft::MATTER, draft::KINDS] {
            self.draft.more(section);
        }
    }

    async fn read_choices(&mut self, service: &Service, remembered: &Remembered, of: &str) {
        let read = async {
            let session = service.session(of).await?;
            let account = Account::of(&session)?;
            let areas: Vec<&str> = self
                .draft
                .types
                .iter()
                .map(|row| row.area.as_str())
                .collect();
            Choices::of(&account, &session.account.scope, remembered, &areas).await
        };
        match read.await {
            Ok(choices) => self.choices = Some(choices),
            Err(failure) => self.unread = Some(failure.what().to_owned()),
        }
    }

    /// Checks and saves it. False: something is wrong.
    async fn saved(
        &mut self,
        service: &Service,
        connection: &str,
        path: PathBuf,
    ) -> Result<bool, Trouble> {
        let was = Stored::read(&path)?.value;
        let value = match self.draft.mapping(&was) {
            Ok(value) => value,
            Err(wrong) => {
                self.wrong = wrong;
                return Ok(false);
            }
        };
        let checked = match mapping::checked(value.clone()) {
            Ok(mapping) => mapping,
            Err(wrong) => {
                self.wrong = wrong;
                return Ok(false);
            }
        };
        let session = service.session(connection).await?;
        self.wrong = account::check(&checked, &Account::of(&session)?).await?;
        if !self.wrong.is_empty() {
            return Ok(false);
        }
        if !mapping::save(&service.home, &path, &value, &self.version)? {
            let root = clio_runner::case::Pointer::root();
            let what = "was changed by somebody else meanwhile: load the page anew to see it";
            self.wrong.push(Mistake::new(root, what));
            return Ok(false);
        }
        Ok(true)
    }

    fn page(&self, visitor: &Visitor, connection: &str) -> Response {
        let title = format!("Mapping of {connection}");
        let content = html! {
            @if let Some(why) = &self.unread {
                p.notice.bad role="alert" {
                    "What the account offers cannot be read, so nothing can be saved: " (why)
                }
            }
            (self.summary())
            form method="post" action={ "/connections/" (connection) "/mapping" } {
                (layout::token(visitor))
                input type="hidden" name="version" value=(self.version);
                // Enter in a field presses the first button of a form.
                @if self.may_save {
                    button.visually-hidden name="do" value="save" tabindex="-1" aria-hidden="true" {
                        "Save"
                    }
                }
                (rows::sections(&self.draft, self.choices.as_deref(), &self.wrong))
                @if self.may_save {
                    p.buttons {
                        button name="do" value="save" { "Check and save" }
                        " "
                        button.other name="do" value="choices" { "Show the choices that follow" }
                        " "
                        button.other name="do" value="anew" { "Read the choices from Clio anew" }
                    }
                    p.hint {
                        "Stages follow from the practice area, and options from the field: choose \
                         those first, and then show what follows."
                    }
                } @else {
                    p { "Your key may look at this mapping, and not change it." }
                }
            }
        };
        layout::page(visitor, Here::Mappings, &title, &content)
    }

    /// All that is wrong, with a way to each.
    fn summary(&self) -> Markup {
        html! {
            @if !self.wrong.is_empty() {
                div.notice.bad role="alert" tabindex="-1" id="wrong" {
                    p { strong { "Nothing was saved." } }
                    ul {
                        @for mistake in &self.wrong {
                            li {
                                @match rows::anchor(&self.draft, mistake) {
                                    Some(anchor) => { a href={ "#" (anchor) } { (mistake.shown("the mapping")) } }
                                    None => { (mistake.shown("The mapping")) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
