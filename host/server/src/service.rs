//! What all parts of the service work with.

use std::path::PathBuf;
use std::sync::Arc;

use clio_host::{BudgetLevel, Host, Limits, Observer, Policy};
use clio_runner::account::{self, Named, budget_of};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::journal::runs::{Class, Holder, NewRun, Run, RunFilter};
use clio_runner::journal::{Journal, outbox};
use clio_runner::mapping;
use clio_runner::runner;
use clio_runner::session::Session;
use clio_runner::sync::rehearsal::Rehearsal;
use clio_runner::vault;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use crate::metrics::{Counted, Metrics};
use crate::outcome::{self, Outcome};
use crate::outgoing::Outgoing;
use crate::settings::Settings;
use crate::traces::Traces;

/// What changed of a run, for who follows it in this process.
#[derive(Debug, Clone)]
pub(crate) struct RunNews {
    pub(crate) id: String,
    pub(crate) connection: String,
    /// A line for a person, without client data; empty: its status changed.
    pub(crate) says: String,
}

/// The open service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) home: Home,
    pub(crate) journal: Arc<Journal>,
    pub(crate) host: Host,
    pub(crate) settings: Settings,
    /// Where spans go. None: nowhere.
    pub(crate) traces: Option<Arc<Traces>>,
    /// The way out to a firm's own destinations.
    pub(crate) outgoing: Outgoing,
    pub(crate) metrics: Arc<Metrics>,
    /// Checks cases, without a way out.
    pub(crate) rehearsal: Rehearsal,
    /// This process, as what runs things.
    pub(crate) holder: Holder,
    /// Something is due, or may be.
    pub(crate) wake: Notify,
    pub(crate) news: broadcast::Sender<RunNews>,
    /// The process is to end.
    pub(crate) stop: CancellationToken,
}

impl Service {
    pub(crate) fn open(home: &Home, settings: Settings) -> Result<Arc<Self>, Failure> {
        let journal = Arc::new(Journal::of(home)?);
        let traces = match &settings.file.otlp {
            Some(url) => Some(Traces::to(url, &runner::network(home)?)?),
            None => None,
        };
        let metrics = Arc::new(Metrics::new());
        let host = runner::observed_host(
            Some(home),
            Policy::default(),
            Limits::default(),
            Some(Arc::clone(&journal)),
            Some(Arc::new(Counted {
                metrics: Arc::clone(&metrics),
                next: traces.clone().map(|traces| traces as Arc<dyn Observer>),
            })),
        )?;
        Ok(Arc::new(Self {
            home: home.clone(),
            rehearsal: Rehearsal::new(home)?,
            holder: journal.holder()?,
            journal,
            host,
            outgoing: Outgoing::open(home, &settings)?,
            settings,
            traces,
            metrics,
            wake: Notify::new(),
            news: broadcast::channel(1024).0,
            stop: CancellationToken::new(),
        }))
    }

    /// Opens a connection's account, for somebody who waits.
    pub(crate) async fn session(&self, connection: &str) -> Result<Session, Failure> {
        self.session_in(connection, Class::Interactive).await
    }

    /// Opens a connection's account for what is of this class; of a run, its own.
    pub(crate) async fn session_in(
        &self,
        connection: &str,
        class: Class,
    ) -> Result<Session, Failure> {
        let named = Named::connection(connection);
        let shared = Session::shared(&self.home, &named, &self.journal, &self.host);
        let mut session = shared.await?;
        session.account.connection = session.account.connection.in_class(class);
        Ok(session)
    }

    /// How much is left of a connection's rate budget, as this process saw it last.
    pub(crate) fn budget(&self, connection: &str) -> Result<BudgetLevel, Failure> {
        Ok(self.journal.budgets()?.level(&budget_of(connection)))
    }

    /// Whether a run of a connection may begin of which so many run here. While Clio
    /// is away, one at a time asks whether it is back.
    pub(crate) fn may_begin(&self, connection: &str, running: usize) -> Result<bool, Failure> {
        Ok(match self.budget(connection)?.away {
            None => true,
            Some(pause) => pause.is_zero() && running == 0,
        })
    }

    /// Whether a connection's account is left alone just now, for Clio is away.
    pub(crate) fn is_left_alone(&self, connection: &str) -> bool {
        let away = self.budget(connection).ok().and_then(|level| level.away);
        away.is_some_and(|pause| !pause.is_zero())
    }

    /// Where the mapping of a connection's cases lies, or is to: the one that the
    /// settings name, else one of the connection's own name.
    pub(crate) fn own_mapping(&self, connection: &str) -> PathBuf {
        match self.settings.of(connection).mapping {
            Some(named) => mapping::place(&self.home, &named),
            None => self.home.mappings().join(format!("{connection}.json")),
        }
    }

    /// The mapping that a connection's cases are synced with. None: the default.
    pub(crate) fn mapping(&self, connection: &str) -> Option<String> {
        let own = self.own_mapping(connection);
        let named = self.settings.of(connection).mapping.is_some();
        (named || own.exists()).then(|| own.display().to_string())
    }

    /// The account that a connection's name leads to, connected or not. No session is
    /// opened, for what asks nothing of Clio.
    pub(crate) async fn owner(&self, connection: &str) -> Result<Option<String>, Failure> {
        let (_, contents) = vault::read(&self.home).await?;
        let saved = contents.connections.get(connection);
        Ok(saved.map(|saved| account::of(connection, saved)))
    }

    /// A run, where its connection does not lead to another account by now: what was
    /// known of the former is shown to nobody there.
    pub(crate) async fn run(&self, id: &str) -> Result<Option<Run>, Failure> {
        let Some(run) = self.journal.run(id)? else {
            return Ok(None);
        };
        let owner = self.owner(&run.connection).await?;
        Ok(Some(run).filter(|run| owner.is_none_or(|owner| owner == run.owner)))
    }

    /// Runs, newest first, but for those of accounts that a connection led to before.
    pub(crate) async fn runs(&self, mut filter: RunFilter) -> Result<Vec<Run>, Failure> {
        let (_, contents) = vault::read(&self.home).await?;
        let saved = contents.connections.iter();
        filter.lead_to = saved
            .map(|(name, saved)| (name.clone(), account::of(name, saved)))
            .collect();
        Ok(self.journal.runs(&filter)?)
    }

    /// What a run comes to whose connection leads to the account `owner` by now, where
    /// that is another one than it is for. Nothing is sent, and the audit says so.
    pub(crate) fn another_account(
        &self,
        run: &Run,
        owner: &str,
    ) -> Result<Option<Outcome>, Failure> {
        if run.owner == owner {
            return Ok(None);
        }
        let refused = self.journal.begin("retry", &run.connection, &run.owner)?;
        refused.end(&self.journal, "failed", "another_account")?;
        let what = format!(
            "it is for the account {}, and {} leads to another one now",
            outbox::account_of(&run.owner),
            run.connection
        );
        let next = "nothing was sent; connect the account that it is for under that name and try \
                    again, or ask for it anew";
        Ok(Some(Outcome::Failed {
            code: "another_account".to_owned(),
            told: outcome::told(&Failure::new(Exit::Permanent, what).next(next)),
        }))
    }

    /// Adds a run, durably, and lets it be taken. Returns its id, and whether it
    /// is new.
    pub(crate) async fn add(self: &Arc<Self>, run: NewRun<'_>) -> Result<(String, bool), Failure> {
        let mut added = self.journal.add_runs(&[run])?;
        self.wake.notify_one();
        added
            .pop()
            .ok_or_else(|| Failure::host("the run was not added"))
    }

    /// Tells who follows a run in this process.
    pub(crate) fn tell(&self, id: &str, connection: &str, says: &str) {
        // That nobody listens is no failure.
        let _ = self.news.send(RunNews {
            id: id.to_owned(),
            connection: connection.to_owned(),
            says: says.to_owned(),
        });
    }
}
