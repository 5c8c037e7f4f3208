//! A firm that is served, and hears of what is new.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use clio_host::actions::types::MatterStatus;
use clio_host::actions::update_matter::UpdateRequest;
use clio_runner::home::Home;
use clio_runner::journal::Journal;
use clio_runner::journal::runs::{Class, NewRun, Run, RunFilter};
use clio_tests::{Serving, World};
use serde_json::Value;

use crate::receiver::PATIENCE;

/// What signs what goes out.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) struct Office {
    pub(crate) world: World,
    /// May read and write.
    pub(crate) key: String,
}

impl Office {
    /// A firm that is connected as "firm".
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        world.connect_as("firm", &[]).await.expect_code(0);
        let key = world.key(&["read", "write"], &["firm"]).await;
        Self { world, key }
    }

    /// Writes `serve.toml`: where the firm's events go.
    pub(crate) fn events_go(&self, destinations: &str) {
        let secret = self.world.home().join("secret");
        std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
        std::fs::set_permissions(secret, Permissions::from_mode(0o600)).unwrap();
        let settings = format!("[connections.firm]\nevents = [{destinations}]\n");
        std::fs::write(self.world.home().join("serve.toml"), settings).unwrap();
    }

    /// A signed POST, as `serve.toml` has it.
    pub(crate) fn post(&self, url: &str) -> String {
        let secret = self.world.home().join("secret");
        format!(
            "{{ post = {{ url = \"{url}\", secret_file = \"{}\" }} }}",
            secret.display()
        )
    }

    /// Serves, and waits until the account was looked at once.
    pub(crate) async fn serve(&self) -> Serving {
        let serving = self.world.serve(&[]).await;
        self.wait("the first look ends", || {
            self.runs("detection")
                .iter()
                .any(|run| run.status.has_ended())
        })
        .await;
        serving
    }

    pub(crate) fn journal(&self) -> Journal {
        Journal::of(&Home::at(self.world.home())).unwrap()
    }

    /// The runs of a kind, oldest first.
    pub(crate) fn runs(&self, kind: &str) -> Vec<Run> {
        let filter = RunFilter {
            kinds: vec![kind.to_owned()],
            limit: 10_000,
            ..RunFilter::default()
        };
        let mut runs = self.journal().runs(&filter).unwrap();
        runs.reverse();
        runs
    }

    /// Adds a look as another process does, and waits for its end.
    pub(crate) async fn look(&self) -> Run {
        let journal = self.journal();
        let owner = self.runs("detection")[0].owner.clone();
        let added = journal.add_runs(&[NewRun {
            connection: "firm",
            owner: &owner,
            kind: "detection",
            what: "a look of the test's",
            class: Class::Polling,
            lane: &["detection", &owner],
            ordered: false,
            once: &[],
            due: 0,
            asked: b"{}",
        }]);
        let (id, _) = added.unwrap().remove(0);
        let run = || journal.run(&id).unwrap().unwrap();
        self.wait("the look ends", || run().status.has_ended())
            .await;
        run()
    }

    /// Changes a matter's status in Clio.
    pub(crate) async fn set_status(&self, matter: u64, status: MatterStatus) {
        let mut request = UpdateRequest::new(matter);
        request.status = Some(status);
        self.world.call().run(request).await.unwrap();
    }

    /// The events of the firm, as the API lists them.
    pub(crate) async fn events(&self, serving: &Serving) -> Vec<Value> {
        let path = "/v1/connections/firm/events";
        let answer = serving.ask("GET", path, &self.key, None).await;
        let events = answer.expect_status(200).json()["events"].take();
        serde_json::from_value(events).unwrap()
    }

    /// Waits until something is so.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, is_so: impl Fn() -> bool) -> impl Future<Output = ()> {
        let waited = async move {
            while !is_so() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        async move {
            let waited = tokio::time::timeout(PATIENCE, waited).await;
            waited.unwrap_or_else(|_| panic!("waited in vain: {what}"));
        }
    }
}
