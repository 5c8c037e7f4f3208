//! The server: what a client asks, and how a tool's call goes.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser as _;
use clio_host::Host;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool as Listed,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::answer;
use super::confirm::{self, Questions, Subject, Way};
use super::review::Asked;
use super::tools::{REQUEST_REVIEW, SAVE_AS, Tool, Tools};
use crate::args::{Arguments, Command, Writes};
use crate::commands::run::checked::Checked;
use clio_runner::aside::aside;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::files::Roots;
use clio_runner::run::call::{self, How, Request};
use clio_runner::run::output_file::OutputFile;
use clio_runner::run::place;
use clio_runner::session::Session;

const INSTRUCTIONS: &str = "Actions on one Clio Manage account. A source_id is your own lasting \
    name for a thing: call again with the same one, and nothing is made twice. A call that would \
    write is first shown to a person, who confirms it; nothing that you say confirms it. A failure \
    says what to do next. Ids may be numbers or texts of digits: pass them on as they came.";

/// What serves one client.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) session: Session,
    pub(super) host: Host,
    pub(super) tools: Tools,
    pub(super) writes: Writes,
    pub(super) roots: Vec<PathBuf>,
    /// The options of the `clio run` that each call is.
    pub(super) options: Vec<String>,
    pub(super) questions: Questions,
    /// One for each call that runs at once.
    pub(super) slots: Arc<Semaphore>,
    /// Goes with the server, after all above: the journal is written to its end by
    /// then.
    pub(super) _alive: mpsc::Sender<Infallible>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("clio", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.listed()))
    }

    fn get_tool(&self, name: &str) -> Option<Listed> {
        self.tools.named(name).map(|tool| tool.listed.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.tools.named(&request.name) else {
            return Err(ErrorData::invalid_params("there is no such tool", None));
        };
        let ended = async {
            let called = self.called(tool, request, &context).await;
            Ok(called.unwrap_or_else(|failure| answer::failed(Value::Null, &failure).into()))
        };
        // A cancelled call is dropped as ctrl-c drops that of a command.
        tokio::select! {
            ended = ended => ended,
            () = context.ct.cancelled() => Err(ErrorData::internal_error("cancelled", None)),
        }
    }
}

impl Server {
    async fn called(
        &self,
        tool: &Tool,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, Failure> {
        let mut arguments = request.arguments.unwrap_or_default();
        if tool.function == REQUEST_REVIEW {
            let _slot = self.slot().await?;
            return Ok(answer::done(self.request_review(arguments).await?).into());
        }
        let output = self.output(tool, &mut arguments)?;
        if let Some(refused) = approval(&arguments) {
            return Ok(refused.into());
        }
        let input = Value::Object(arguments).to_string();
        let slot = self.slot().await?;
        let asked = self.checked(tool, &input).await?;
        if tool.reads || self.writes == Writes::Allow {
            return Ok(self.made(tool, asked, false, output).await?.into());
        }
        let account = &self.session.account;
        let subject = Subject::of(&tool.function, &asked, account);
        let answered = request.request_state.as_deref();
        if answered.and_then(|name| self.questions.take(name)) == Some(subject) {
            if !confirm::confirmed(request.input_responses.as_ref()) {
                return Err(declined());
            }
            return Ok(self.made(tool, asked, false, None).await?.into());
        }
        let shown = self.checked(tool, &input).await?;
        let preview = self.made(tool, asked, true, None).await?;
        let told = preview.structured_content.as_ref().unwrap_or(&Value::Null);
        let would_send = match told["would_send"].as_array() {
            Some(would_send) if preview.is_error != Some(true) => would_send,
            _ => return Ok(preview.into()),
        };
        if would_send.is_empty() {
            // What writes nothing is done: there is nothing to confirm.
            return Ok(answer::done(told["result"].clone()).into());
        }
        let text = confirm::question(&tool.listed.name, &shown, account, would_send)?;
        // While a person reads, others call.
        drop(slot);
        match Way::of(context) {
            None => return Err(cannot_ask(&text)),
            Some(Way::InputRequired) => return Ok(self.questions.ask(subject, text)?.into()),
            Some(Way::Elicitation) if !confirm::elicited(context, text).await? => {
                return Err(declined());
            }
            Some(Way::Elicitation) => {}
        }
        let _slot = self.slot().await?;
        // A file may have changed while somebody read.
        let asked = self.checked(tool, &input).await?;
        if Subject::of(&tool.function, &asked, account) != subject {
            return Err(
                Failure::usage("not sent: a file changed after it was shown")
                    .next("call again, for another confirmation"),
            );
        }
        Ok(self.made(tool, asked, false, None).await?.into())
    }

    /// Adds a draft to those that a person reviews.
    async fn request_review(&self, arguments: Map<String, Value>) -> Result<Value, Failure> {
        let asked = Asked::of(Value::Object(arguments))?;
        if let Some(document) = asked.version_of()? {
            place::is_there(&self.session, asked.matter()?, document).await?;
        }
        let roots = Roots::open(&self.roots, false)?;
        let (home, journal) = (self.session.home.clone(), Arc::clone(&self.session.journal));
        let account = &self.session.account;
        let (owner, connection) = (account.scope.clone(), account.connection.label());
        aside(move || asked.add(&home, &journal, &owner, &connection, &roots)).await?
    }

    /// A place among the calls that run at once.
    async fn slot(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        slot.map_err(|_| Failure::host("the server ends"))
    }

    /// The arguments of the `clio run` that a call is.
    fn typed(&self, tool: &Tool) -> Vec<String> {
        let mut typed = ["run", &tool.function, "--input", "-"]
            .map(str::to_owned)
            .to_vec();
        typed.extend(self.options.iter().cloned());
        typed
    }

    /// What a tool is given, checked as what is typed.
    async fn checked(&self, tool: &Tool, input: &str) -> Result<Request, Failure> {
        let typed = std::iter::once("clio".to_owned()).chain(self.typed(tool));
        let parsed = Arguments::try_parse_from(typed);
        let Ok(Arguments {
            command: Command::Run(mut arguments),
        }) = parsed
        else {
            return Err(Failure::host(
                "the options of clio mcp are none of clio run",
            ));
        };
        input.clone_into(&mut arguments.input);
        Ok(Checked::of(&arguments).await?.request)
    }

    async fn made(
        &self,
        tool: &Tool,
        request: Request,
        dry_run: bool,
        output: Option<OutputFile>,
    ) -> Result<CallToolResult, Failure> {
        let (host, name) = (self.host.clone(), tool.action.clone());
        let action = aside(move || host.load_action(&name)).await?;
        let ended = match action {
            Ok(action) => {
                let how = How {
                    dry_run,
                    output,
                    typed: self.typed(tool),
                    ..How::default()
                };
                call::made(&self.session, &self.host, &action, request, how).await?
            }
            Err(error) => call::not_loaded(&error),
        };
        let told = ended.told.clone();
        Ok(match ended.settle() {
            Ok(()) => answer::done(told),
            Err(failure) => answer::failed(told, &failure),
        })
    }

    /// The file that a result goes into, where the call names one.
    fn output(
        &self,
        tool: &Tool,
        arguments: &mut Map<String, Value>,
    ) -> Result<Option<OutputFile>, Failure> {
        if !tool.saves {
            return Ok(None);
        }
        let name = match arguments.remove(SAVE_AS) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(name)) => name,
            Some(_) => return Err(Failure::usage(format!("{SAVE_AS} must be a string"))),
        };
        let begun = Roots::open(&self.roots, false)?.create(&name);
        let file = begun.map_err(|error| {
            Failure::usage(format!("{SAVE_AS} {error}"))
                .next("name a new file, by its path inside a folder of the server")
        })?;
        Ok(Some(OutputFile::inside(file)))
    }
}

/// Refuses an approval as the action refuses one that does not fit: whoever calls a
/// tool is no person.
fn approval(arguments: &Map<String, Value>) -> Option<CallToolResult> {
    arguments.get("provenance")?.get("draft")?;
    let what = "A draft is approved by a person, and an approval that a tool is given is none. \
                Nothing was sent.";
    let failure = Failure::new(Exit::Permanent, what).next(
        "ask for a review with request_review; once a person has approved the draft with `clio \
         review approve`, name it as {\"source\": {\"draft\": ID}} and leave `provenance` out",
    );
    let envelope = json!({"error": {"permanent":
        {"code": "review_required", "message": what, "field": "/provenance/draft"}}});
    Some(answer::failed(envelope, &failure))
}

fn declined() -> Failure {
    Failure::new(Exit::Permanent, "not sent: the person did not confirm it")
        .next("ask the person what to change; call again only if they want it")
}

fn cannot_ask(text: &str) -> Failure {
    let what = "not sent: a person must confirm it, and this client cannot ask";
    Failure::usage(what).details([text.to_owned()]).next(
        "use a client with elicitation, have a person run it with `clio run`, or have the operator \
         start `clio mcp --writes allow`",
    )
}
