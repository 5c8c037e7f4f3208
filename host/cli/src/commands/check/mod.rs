//! `clio check`: whether a file is a component that runs here, and what it would
//! ask for.
//!
//! Nothing of it is run, so no account and no home are needed. All that is not
//! right is told at once, and the exit code says whether it would run.

mod agreement;

use std::fmt::Write as _;

use clio_host::{Inspected, Limits, LoadError, Policy};
use serde::Serialize;

use crate::args::CheckArguments;
use clio_runner::aside::aside;
use clio_runner::component_file;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::output;
use clio_runner::runner;

/// What answers which account a call is for.
const CREDENTIALS: &str = "clio:actions/credentials@";

/// Everything that is said of a file.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Whether this runner would run it.
    runs: bool,
    /// What is not right, a line each.
    problems: Vec<String>,
    bytes: usize,
    /// An action of this project by its name, any other component by its digest.
    component: Option<String>,
    build: Option<Build>,
    imports: Vec<Import>,
    functions: Vec<Function>,
    description: Option<Described>,
    /// The requests that its description asks for.
    requests: Vec<String>,
}

/// How it learns of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Build {
    /// From a host that provides `clio:actions/credentials`.
    Base,
    /// From its environment, or it needs none: any host of WASI 0.2 will do.
    Portable,
}

#[derive(Debug, Serialize)]
struct Import {
    name: String,
    given: bool,
}

#[derive(Debug, Serialize)]
struct Function {
    interface: String,
    name: String,
    /// Whether it can be called with JSON.
    callable: bool,
}

#[derive(Debug, Serialize)]
struct Described {
    name: String,
    version: String,
    /// Whether it says what the component's types say.
    agrees: bool,
}

/// Checks a file.
pub(crate) async fn command(arguments: &CheckArguments) -> Result<Exit, Failure> {
    let bytes = component_file::read(&arguments.file)?;
    let host = runner::host(None, Policy::default(), Limits::default(), None)?;
    let report = aside(move || {
        let inspected = host.inspect(&bytes);
        Report::of(bytes.len(), inspected)
    })
    .await?;
    if output::is_json(arguments.json) {
        output::json(&report)?;
    } else {
        output::text(&report.text())?;
    }
    if report.runs && report.problems.is_empty() {
        return Ok(Exit::Done);
    }
    let file = arguments.file.display();
    let what = if report.runs {
        format!("{file} would run, but is not as it says")
    } else {
        format!("{file} would not run")
    };
    Err(Failure::new(Exit::Permanent, what)
        .details(report.problems)
        .next("mend what is listed where the component is built, and check it again"))
}

impl Report {
    fn of(bytes: usize, inspected: Result<Inspected, LoadError>) -> Self {
        let mut report = Self {
            bytes,
            ..Self::default()
        };
        match inspected {
            Ok(inspected) => report.fill(inspected),
            Err(error) => report.problems.push(error.to_string()),
        }
        report
    }

    fn fill(&mut self, inspected: Inspected) {
        match &inspected.fits {
            Ok(()) => self.runs = true,
            Err(error) => self.problems.push(error.to_string()),
        }
        let functions = inspected
            .interfaces
            .iter()
            .zip(&inspected.reflected.functions);
        for (interface, function) in functions {
            let (interface, name) = (interface.clone(), function.name.clone());
            // No value fits what cannot be written as JSON.
            let callable = function.input != false;
            if !callable {
                let why = function.documentation.trim_end_matches('.');
                self.problems
                    .push(format!("`{name}` of {interface}: {why}"));
            }
            self.functions.push(Function {
                interface,
                name,
                callable,
            });
        }
        if let Some(Ok(described)) = &inspected.described {
            let differences = agreement::differences(described, &inspected);
            self.description = Some(Described {
                name: described.name.clone(),
                version: described.version.clone(),
                agrees: differences.is_empty(),
            });
            self.requests = described.requests.iter().map(ToString::to_string).collect();
            let differences = differences.into_iter();
            self.problems
                .extend(differences.map(|it| format!("its description: {it}")));
        }
        let imports = || inspected.imports.iter().map(|import| import.name.as_str());
        self.build = if imports().any(|name| name.starts_with(CREDENTIALS)) {
            Some(Build::Base)
        } else {
            // What needs another interface still is neither.
            let wasi = imports().all(|name| name.starts_with("wasi:"));
            wasi.then_some(Build::Portable)
        };
        self.component = Some(inspected.label);
        let imports = inspected.imports.into_iter();
        self.imports = imports
            .map(|it| Import {
                name: it.name,
                given: it.given,
            })
            .collect();
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let verdict = if self.runs {
            "runs here"
        } else {
            "does not run here"
        };
        let component = self.component.as_deref().unwrap_or("no component");
        let _ = writeln!(text, "{component}: {verdict}");
        let _ = writeln!(text, "size: {} bytes", self.bytes);
        match self.build {
            Some(Build::Base) => text.push_str("build: base, its host provides the account\n"),
            Some(Build::Portable) => {
                text.push_str("build: portable, needs nothing of a host but WASI\n");
            }
            None => {}
        }
        let given = |it: &Import| match it.given {
            true => it.name.clone(),
            false => format!("{}: not given here", it.name),
        };
        list(&mut text, "imports", self.imports.iter().map(given));
        let callable = |it: &Function| match it.callable {
            true => format!("{} of {}", it.name, it.interface),
            false => format!("{} of {}: cannot be called", it.name, it.interface),
        };
        list(&mut text, "exports", self.functions.iter().map(callable));
        match &self.description {
            Some(Described {
                name,
                version,
                agrees,
            }) => {
                let agrees = if *agrees { "agrees" } else { "does not agree" };
                let _ = writeln!(
                    text,
                    "description: {name} {version}, {agrees} with its types"
                );
            }
            None if self.component.is_some() => {
                text.push_str("description: none, so no request is allowed by itself\n");
            }
            None => {}
        }
        list(&mut text, "requests", self.requests.iter().cloned());
        text
    }
}

fn list(text: &mut String, title: &str, items: impl ExactSizeIterator<Item = String>) {
    if items.len() > 0 {
        let _ = writeln!(text, "{title}:");
        for item in items {
            let _ = writeln!(text, "  {item}");
        }
    }
}
