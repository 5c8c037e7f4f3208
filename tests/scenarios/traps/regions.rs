//! Each of Clio's regions has a host of its own. A proxy writes down who is
//! asked, and lets nothing through.

use clio_tests::World;

use crate::policy::{policy, proxy, run};

const REGIONS: [(&str, &str); 4] = [
    ("us", "app.clio.com"),
    ("eu", "eu.app.clio.com"),
    ("ca", "ca.app.clio.com"),
    ("au", "au.app.clio.com"),
];

/// Trap: one region is built in.
/// Take out: `host/cli/src/commands/connect/mod.rs`: `let text = CLIO_ORIGINS[region as usize];`
/// Replace with: `let text = CLIO_ORIGINS[region as usize & 0];`
#[tokio::test]
async fn a_consent_is_asked_for_in_the_firms_own_region() {
    let world = World::new().await;
    let (address, asked) = proxy();
    policy(&world, &format!("[network]\nproxy = 'http://{address}'\n"));
    let keys = [("CLIO_CLIENT_ID", "id"), ("CLIO_CLIENT_SECRET", "secret")];
    for (region, host) in REGIONS {
        let arguments = ["connect", "firm", "--region", region, "--no-browser"];
        let ended = world.clio_with(&arguments, &keys, Some("a-code\n")).await;
        assert_ne!(ended.code, 0, "{ended:?}");
        let page = format!("https://{host}/oauth/authorize?");
        assert!(ended.stderr.contains(&page), "{region}: {}", ended.stderr);
        let asked = std::mem::take(&mut *asked.lock().unwrap());
        assert!(!asked.is_empty(), "{region}: {ended:?}");
        let tunnel = format!("CONNECT {host}:443 HTTP/1.1");
        assert!(asked.iter().all(|line| *line == tunnel), "{asked:?}");
    }
    world.finish();
}

/// Trap: one region is built in.
/// Take out: `host/runner/src/account.rs`: `let origin = origin(&variable(ORIGIN)?, arguments.allow_origin.as_ref())?;`
/// Replace with: `let origin = origin("https://app.clio.com", arguments.allow_origin.as_ref())?;`
#[tokio::test]
async fn a_token_goes_to_the_region_that_stands_beside_it() {
    let world = World::new().await;
    let (address, asked) = proxy();
    policy(&world, &format!("[network]\nproxy = 'http://{address}'\n"));
    for (region, host) in REGIONS {
        let origin = format!("https://{host}");
        let ended = run(&world, &[("CLIO_ORIGIN", &origin)]).await;
        assert_ne!(ended.code, 0, "{ended:?}");
        let asked = std::mem::take(&mut *asked.lock().unwrap());
        assert!(!asked.is_empty(), "{region}: {ended:?}");
        let tunnel = format!("CONNECT {host}:443 HTTP/1.1");
        assert!(asked.iter().all(|line| *line == tunnel), "{asked:?}");
    }
    world.finish();
}
