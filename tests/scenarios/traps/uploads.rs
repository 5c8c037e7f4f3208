//! Upload URLs live for ten minutes. What Clio answers when a version is read
//! again is not known: the same URL, another one, or none.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, NewContact, NewMatter, PutUrlOnRead, Switches, Times};
use clio_tests::World;

use crate::upload_document::retainer;

/// Trap: an upload URL is used after its ten minutes.
/// Take out: `components/clio-api/src/upload_document/storage.rs`: `(403, Some("AccessDenied")) if says_expired(&response.body) => Ok(Put::Expired),`
#[tokio::test]
async fn an_upload_url_whose_ten_minutes_are_over_is_not_the_end() {
    for put_url_on_read in [
        PutUrlOnRead::Fresh,
        PutUrlOnRead::AsIssued,
        PutUrlOnRead::Absent,
    ] {
        let world = World::under(Switches {
            put_url_on_read,
            ..Switches::default()
        })
        .await;
        let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
        let matter = world.control.add_matter(NewMatter::of(client, "Lee"));
        let broken = Fault::storage("PUT", Effect::Reset).times(Times::Forever);
        world.control.fault(broken);
        let result = world.call().run(retainer(matter)).await;
        assert!(result.unwrap_err().is_transient());
        world.control.clear_faults();
        world.control.advance(Duration::from_secs(601));

        let outcome = world.call().run(retainer(matter)).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{put_url_on_read:?}: {error}"));
        let snapshot = world.control.snapshot();
        assert_eq!(snapshot.documents.len(), 1, "{put_url_on_read:?}");
        let document = &snapshot.documents[0];
        assert_eq!(document.id, outcome.id);
        let latest = document.latest().unwrap();
        assert!(latest.fully_uploaded, "{put_url_on_read:?}");
        world.finish();
    }
}
