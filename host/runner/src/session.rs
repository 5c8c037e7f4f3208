//! What a verb that reaches an account works with, opened in one place and one
//! order: the operator's policy, the account, the journal. So who has no account
//! is told before a journal is made.
//!
//! A verb checks its arguments first, and opens a session only then.

use std::sync::Arc;

use clio_host::{Host, Limits, Policy};

use crate::account::{self, Account, Named};
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::Journal;
use crate::runner;

/// An account, and the journal of what is done to it.
#[derive(Debug)]
pub struct Session {
    pub home: Home,
    pub account: Account,
    pub journal: Arc<Journal>,
    /// The host of a process that runs for many accounts.
    shared: Option<Host>,
}

impl Session {
    /// Opens the account that is named, and the journal of the home.
    pub async fn open(home: &Home, named: &Named) -> Result<Self, Failure> {
        let network = runner::network(home)?;
        let mut session = Self::of(home, account::open(named, home, &network).await?)?;
        session.share()?;
        Ok(session)
    }

    /// The same without an account, for what makes no requests.
    pub fn without_account(home: &Home) -> Result<Self, Failure> {
        Self::of(home, Account::none()?)
    }

    /// Opens an account in a process that runs for many: they share its journal
    /// and its host.
    pub async fn shared(
        home: &Home,
        named: &Named,
        journal: &Arc<Journal>,
        host: &Host,
    ) -> Result<Self, Failure> {
        let network = runner::network(home)?;
        let mut session = Self {
            home: home.clone(),
            account: account::open(named, home, &network).await?,
            journal: Arc::clone(journal),
            shared: Some(host.clone()),
        };
        session.share()?;
        Ok(session)
    }

    /// Shares the account's rate budget with everybody who works in this home.
    fn share(&mut self) -> Result<(), Failure> {
        let budgets = self.journal.budgets()?;
        let Account {
            connection, budget, ..
        } = &mut self.account;
        *connection = connection.clone().sharing(budgets, budget);
        Ok(())
    }

    fn of(home: &Home, account: Account) -> Result<Self, Failure> {
        Ok(Self {
            home: home.clone(),
            account,
            journal: Arc::new(Journal::of(home)?),
            shared: None,
        })
    }

    /// A host whose calls the journal writes down.
    pub fn host(&self, policy: Policy, limits: Limits) -> Result<Host, Failure> {
        let journal = Some(Arc::clone(&self.journal));
        runner::host(Some(&self.home), policy, limits, journal)
    }

    /// The same as it is for our own actions.
    pub fn plain_host(&self) -> Result<Host, Failure> {
        match &self.shared {
            Some(host) => Ok(host.clone()),
            None => self.host(Policy::default(), Limits::default()),
        }
    }
}
