//! One runner for a whole test binary, with a cache of compiled components
//! that outlives it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use clio_host::actions::upload_document::Approval;
use clio_host::{ComponentDigest, DraftUpload, Host, Made, Policy, Reviews, ReviewsError};

use crate::memory::with_memory_shown;

/// Where test runs keep compiled components, beside the test binaries.
pub fn cache_dir() -> PathBuf {
    let mut path = std::env::current_exe().expect("a test knows its own path");
    path.pop(); // deps/
    path.pop(); // the profile's folder
    path.join("test-cache")
}

/// The runner that all scenarios of a test binary share.
pub fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let mut policy = Policy::default();
        policy.grants = looked_into();
        Host::builder()
            .cache_dir(Some(cache_dir()))
            .workers(2)
            .policy(policy)
            .build()
            .expect("the runner starts")
    })
}

/// The same, which knows that Ann approved any draft that it is asked about, and of no
/// machine's work.
pub fn reviewing_host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        Host::builder()
            .cache_dir(Some(cache_dir()))
            .workers(2)
            .reviews(Arc::new(Ann))
            .build()
            .expect("the runner starts")
    })
}

/// Ann's approval of bytes.
pub fn anns_approval(sha256: String) -> Approval {
    Approval {
        approver: "Ann".to_owned(),
        at: "2025-06-02T09:00:00Z".to_owned(),
        sha256,
    }
}

struct Ann;

impl Reviews for Ann {
    fn is_machine_made(&self, _: &str, _: Made) -> Result<bool, ReviewsError> {
        Ok(false)
    }

    fn remember(&self, _: &str, _: Made, _: &str) -> Result<(), ReviewsError> {
        Ok(())
    }

    fn approval(&self, draft: &DraftUpload<'_>) -> Result<Option<Approval>, ReviewsError> {
        let sha256 = draft.sha256.iter().map(|byte| format!("{byte:02x}"));
        Ok(Some(anns_approval(sha256.collect())))
    }

    fn uploaded(&self, _: &DraftUpload<'_>, _: u64) -> Result<(), ReviewsError> {
        Ok(())
    }
}

/// The actions whose memory some scenarios look into. They are not of this
/// project any more, byte for byte, and their grants need somebody's word.
fn looked_into() -> Vec<ComponentDigest> {
    clio_catalog::actions()
        .iter()
        .map(|action| ComponentDigest::of(&with_memory_shown(action.component())))
        .collect()
}
