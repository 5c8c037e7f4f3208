//! One runner for a whole test binary, with a cache of compiled components
//! that outlives it.

use std::path::PathBuf;
use std::sync::OnceLock;

use clio_host::{ComponentDigest, Host, Policy};

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

/// The actions whose memory some scenarios look into. They are not of this
/// project any more, byte for byte, and their grants need somebody's word.
fn looked_into() -> Vec<ComponentDigest> {
    clio_catalog::actions()
        .iter()
        .map(|action| ComponentDigest::of(&with_memory_shown(action.component())))
        .collect()
}
