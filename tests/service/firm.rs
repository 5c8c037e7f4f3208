//! A firm whose webhooks lead to a service, as the tests of them need it.

use std::time::Duration;

use clio_host::Connection;
use clio_host::actions::webhooks::{ListRequest, Webhook};
use clio_runner::home::Home;
use clio_runner::journal::Journal;
use clio_runner::journal::runs::{Run, RunFilter};
use clio_sandbox::{RateLimit, Switches, TokenSpec};
use clio_tests::{Serving, World};
use serde_json::Value;

use crate::proxy::Proxy;

const DAY: Duration = Duration::from_secs(86_400);
/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A firm whose webhooks lead to a service.
pub(crate) struct Firm {
    pub(crate) world: World,
    pub(crate) proxy: Proxy,
    key: String,
    pub(crate) journal: Journal,
    /// With which the test looks into the account, whatever day it is there.
    looks: Connection,
}

impl Firm {
    /// A firm that is connected, and not served yet.
    pub(crate) async fn under(switches: Switches) -> Self {
        let world = World::under(switches).await;
        world.connect_as("firm", &[]).await.expect_code(0);
        let key = world.key(&["read", "admin"], &[]).await;
        // Days pass in seconds here, and a budget comes back by a clock that does not.
        world.control.set_rate_limit(RateLimit {
            limit: 100_000,
            ..RateLimit::default()
        });
        let looks = world.control.issue_token(TokenSpec {
            expires_in: Some(1000 * DAY),
            ..TokenSpec::default()
        });
        Self {
            proxy: Proxy::start().await,
            key,
            journal: Journal::of(&Home::at(world.home())).unwrap(),
            looks: world.connect(&looks),
            world,
        }
    }

    pub(crate) async fn new() -> Self {
        Self::under(Switches::default()).await
    }

    pub(crate) async fn serve(&self) -> Serving {
        let serving = self.world.serve(&["--public-url", &self.proxy.url]).await;
        self.proxy.lead_to(&serving);
        serving
    }

    /// Starts a service, and waits until all subscriptions deliver.
    pub(crate) async fn serve_and_subscribe(&self) -> Serving {
        let serving = self.serve().await;
        let stands = |it: &Value| {
            ["enabled", "unavailable"]
                .map(Value::from)
                .contains(&it["status"])
        };
        self.wait("all subscriptions stand as they can", || async {
            let shown = self.shown(&serving).await;
            shown.len() == 3 && shown.iter().all(stands)
        })
        .await;
        serving
    }

    /// How the service says that its subscriptions stand.
    pub(crate) async fn shown(&self, serving: &Serving) -> Vec<Value> {
        self.listed(serving, "webhooks").await
    }

    /// What the service lists for the firm, such as `inbox?limit=500`.
    pub(crate) async fn listed(&self, serving: &Serving, what: &str) -> Vec<Value> {
        let path = format!("/v1/connections/firm/{what}");
        let answer = serving.ask("GET", &path, &self.key, None).await;
        let member = what.split('?').next().unwrap();
        let shown = answer.expect_status(200).json()[member].take();
        serde_json::from_value(shown).unwrap()
    }

    /// Lets the service look after its subscriptions, and waits for the end of it.
    pub(crate) async fn look(&self, serving: &Serving) {
        let path = "/v1/connections/firm/webhooks";
        let before = self.runs("webhook").len();
        // Twice in a second is once.
        tokio::time::sleep(Duration::from_millis(1001)).await;
        let answer = serving.ask("POST", path, &self.key, None).await;
        answer.expect_status(202);
        self.wait("the looks end", || async {
            let runs = self.runs("webhook");
            let now = jiff::Timestamp::now().as_millisecond();
            runs.len() >= before + 3
                && runs
                    .iter()
                    .all(|run| run.status.has_ended() || run.due > now)
        })
        .await;
    }

    /// The subscriptions as Clio has them.
    pub(crate) async fn in_clio(&self) -> Vec<Webhook> {
        let call = clio_tests::host().call(&self.looks);
        let listed = call.run(ListRequest { url: None }).await;
        listed.unwrap().webhooks
    }

    /// The runs of a kind, newest first.
    pub(crate) fn runs(&self, kind: &str) -> Vec<Run> {
        let filter = RunFilter {
            kinds: vec![kind.to_owned()],
            limit: 1_000_000,
            ..RunFilter::default()
        };
        self.journal.runs(&filter).unwrap()
    }

    /// How often it was looked for what was told to nobody.
    pub(crate) fn missed(&self) -> usize {
        let looks = self.runs("detection");
        let missed = |run: &&Run| run.what == "what webhooks did not tell";
        looks.iter().filter(missed).count()
    }

    /// Waits until something is so.
    #[track_caller]
    pub(crate) fn wait<F: Future<Output = bool>>(
        &self,
        what: &str,
        is_so: impl Fn() -> F,
    ) -> impl Future<Output = ()> {
        let waited = async move {
            while !is_so().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        async move {
            let waited = tokio::time::timeout(PATIENCE, waited).await;
            waited.unwrap_or_else(|_| panic!("waited in vain: {what}"));
        }
    }

    /// Waits until Clio has nothing to tell.
    pub(crate) async fn settle(&self) {
        let control = self.world.control.clone();
        let settled = move || control.webhooks_settled(PATIENCE);
        let settled = tokio::task::spawn_blocking(settled).await.unwrap();
        assert!(settled, "the deliveries end");
    }
}
