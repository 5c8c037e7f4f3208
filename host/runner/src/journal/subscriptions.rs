//! The addresses that Clio delivers to, and how the subscription behind each
//! stands: one a connection and model.
//!
//! An address stands here before Clio is asked to deliver to it, so that whoever
//! is killed in between asks for the same one again. Its nonce is what makes it
//! unguessable. The secret that signs deliveries lies in the vault.
//!
//! What must stay true: an address belongs to one account. Where a connection
//! comes to lead to another, the address before is no more.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Journal, JournalError, now};
use crate::digest::hex;

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not made yet, or its handshake is not confirmed.
    Pending,
    /// It delivers.
    Enabled,
    /// The account has no webhooks for the model.
    Unavailable,
}

impl Standing {
    const ALL: [Self; 3] = [Self::Pending, Self::Enabled, Self::Unavailable];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Enabled => "enabled",
            Self::Unavailable => "unavailable",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.word() == word)
    }
}

/// An address, and what is known of the subscription behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub connection: String,
    /// By Clio's name, such as `matter`.
    pub model: String,
    /// The account that it belongs to: see [`super::outbox::Whose`].
    pub owner: String,
    /// 32 hexadecimal digits.
    pub nonce: String,
    /// Where Clio was asked to deliver the last time; empty: nowhere yet.
    pub url: String,
    /// Its id in Clio, once that is known.
    pub webhook: Option<u64>,
    /// When that id was first seen, in milliseconds since 1970, as those below.
    pub since: Option<i64>,
    pub standing: Standing,
    /// When Clio ends it. None: Clio does not say.
    pub expires: Option<i64>,
    /// When a look after it last began; 0: never.
    pub asked: i64,
    /// When one last ended; 0: never.
    pub checked: i64,
    /// Why that failed; empty: it did not.
    pub code: String,
}

impl Subscription {
    /// Whether a look after it is on its way, or was when its process ended. Clio
    /// may have made another one then.
    pub fn is_asked_for(&self) -> bool {
        self.asked > self.checked
    }
}

impl Journal {
    /// The address for a model of a connection, made where there is none for this
    /// account.
    pub fn address(
        &self,
        connection: &str,
        model: &str,
        owner: &str,
    ) -> Result<Subscription, JournalError> {
        if let Some(known) = self.subscription(connection, model)?
            && known.owner == owner
        {
            return Ok(known);
        }
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|_| JournalError::Sealed)?;
        self.write_durably(|transaction| {
            // Two at once: the first one's stays.
            transaction.execute(
                "INSERT INTO subscriptions (connection, model, owner, nonce, url, status, asked,
                     checked)
                 VALUES (?, ?, ?, ?, '', 'pending', 0, 0)
                 ON CONFLICT (connection, model) DO UPDATE SET owner = excluded.owner,
                     nonce = excluded.nonce, url = '', webhook = NULL, since = NULL,
                     status = 'pending', expires = NULL, asked = 0, checked = 0, code = ''
                 WHERE owner <> excluded.owner",
                params![connection, model, owner, hex(&nonce)],
            )
        })?;
        let made = self.subscription(connection, model)?;
        made.ok_or(JournalError::Conflict)
    }

    pub fn subscription(
        &self,
        connection: &str,
        model: &str,
    ) -> Result<Option<Subscription>, JournalError> {
        self.read(|sqlite| {
            sqlite
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM subscriptions WHERE connection = ? AND model = ?"
                ))?
                .query_row([connection, model], from_sql)
                .optional()
        })
    }

    /// The one whose address has this nonce.
    pub fn subscription_at(&self, nonce: &str) -> Result<Option<Subscription>, JournalError> {
        self.read(|sqlite| {
            sqlite
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM subscriptions WHERE nonce = ?"
                ))?
                .query_row([nonce], from_sql)
                .optional()
        })
    }

    /// Those of a connection, by model.
    pub fn subscriptions(&self, connection: &str) -> Result<Vec<Subscription>, JournalError> {
        self.read(|sqlite| {
            sqlite
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM subscriptions WHERE connection = ? ORDER BY model"
                ))?
                .query_map([connection], from_sql)?
                .collect()
        })
    }

    /// Writes that Clio is about to be asked for one, durably.
    pub fn ask_for(&self, subscription: &Subscription) -> Result<(), JournalError> {
        // Later than the last look, whatever the clock says.
        let at = now().max(subscription.checked.saturating_add(1));
        self.write_durably(|transaction| {
            transaction.execute(
                "UPDATE subscriptions SET asked = ? WHERE nonce = ?",
                params![at, subscription.nonce],
            )
        })?;
        Ok(())
    }

    /// Writes how one stands that was looked after now, durably. False: its address
    /// is no more.
    pub fn looked_after(&self, subscription: &Subscription) -> Result<bool, JournalError> {
        let webhook = subscription
            .webhook
            .map(|id| i64::try_from(id).unwrap_or(0));
        let changed = self.write_durably(|transaction| {
            transaction.execute(
                "UPDATE subscriptions SET url = ?, webhook = ?, since = ?, status = ?,
                 expires = ?, checked = max(?, asked), code = ? WHERE nonce = ?",
                params![
                    subscription.url,
                    webhook,
                    subscription.since,
                    subscription.standing.word(),
                    subscription.expires,
                    now(),
                    subscription.code,
                    subscription.nonce
                ],
            )
        })?;
        Ok(changed == 1)
    }
}

const COLUMNS: &str = "connection, model, owner, nonce, url, webhook, since, status, expires, \
     asked, checked, code";

fn from_sql(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    let standing: String = row.get(7)?;
    Ok(Subscription {
        connection: row.get(0)?,
        model: row.get(1)?,
        owner: row.get(2)?,
        nonce: row.get(3)?,
        url: row.get(4)?,
        webhook: row
            .get::<_, Option<i64>>(5)?
            .and_then(|id| u64::try_from(id).ok()),
        since: row.get(6)?,
        // Written by us alone.
        standing: Standing::of(&standing).unwrap_or(Standing::Pending),
        expires: row.get(8)?,
        asked: row.get(9)?,
        checked: row.get(10)?,
        code: row.get(11)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_stays_until_the_connection_leads_to_another_account() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let mut first = journal.address("firm", "matter", "us#1").unwrap();
        first.url = "https://clio.firm.example/hooks/firm/1".to_owned();
        first.webhook = Some(17);
        first.standing = Standing::Enabled;
        journal.ask_for(&first).unwrap();
        let asked = journal.address("firm", "matter", "us#1").unwrap();
        assert!(asked.is_asked_for());
        assert!(journal.looked_after(&first).unwrap());
        let again = journal.address("firm", "matter", "us#1").unwrap();
        assert_eq!((&again.nonce, again.webhook), (&first.nonce, Some(17)));
        assert!(again.checked > 0 && !again.is_asked_for());

        let other = journal.address("firm", "matter", "us#2").unwrap();
        assert_ne!(other.nonce, first.nonce);
        assert_eq!((other.webhook, other.standing), (None, Standing::Pending));
        assert_eq!(journal.subscription_at(&first.nonce).unwrap(), None);
        // What was found out of the former one is not written to the new one.
        assert!(!journal.looked_after(&first).unwrap());
        let listed = journal.subscriptions("firm").unwrap();
        assert_eq!(listed, [other]);
    }
}
