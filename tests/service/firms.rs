//! Many firms in one process: nobody waits for another's backlog, and a firm that has
//! nothing to do costs little.

use std::time::{Duration, Instant};

use clio_host::vault::{SavedAccount, Vault, VaultSettings};
use clio_sandbox::{Effect, Fault, Times};
use clio_tests::{Serving, World, case_of};

const LATER: [(&str, &str); 1] = [("Prefer", "respond-async")];

/// So many firms, each an account of its own. They share the sandbox's.
async fn world_of(firms: usize) -> World {
    let world = World::without_rate_limit().await;
    world.connect_as("firm-0", &[]).await.expect_code(0);
    let mut settings = VaultSettings::in_folder(&world.home().join("vault"));
    settings.keyring = false;
    let vault = Vault::new(settings).unwrap();
    vault
        .update(|contents| {
            let first = contents.connections["firm-0"].clone();
            for firm in 1..firms {
                let mut connection = first.clone();
                connection.account = Some(SavedAccount {
                    id: format!("9{firm:05}"),
                    name: Some(format!("Firm {firm}")),
                });
                contents
                    .connections
                    .insert(format!("firm-{firm}"), connection);
            }
        })
        .unwrap();
    world
}

fn slow(world: &World, by: Duration) {
    world.control.fault(Fault {
        times: Times::Forever,
        method: None,
        path: None,
        ..Fault::next("", "", Effect::Delay { by })
    });
}

async fn post(serving: &Serving, key: &str, firm: usize, number: usize) {
    let name = format!("Name{firm}x{number}");
    let case = case_of(&format!("intake:{firm}:{number}"), &name, &[]);
    let connection = format!("firm-{firm}");
    let answer = serving.post_case(&connection, key, &case, &[], &LATER);
    answer.await.expect_status(202);
}

#[tokio::test]
async fn no_firm_waits_for_anothers_backlog() {
    let world = world_of(4).await;
    let key = world.key(&["read", "write"], &[]).await;
    // Two places, for firms whose cases take a second each.
    slow(&world, Duration::from_millis(100));
    let serving = world.serve(&["--at-once", "2"]).await;
    for number in 0..12 {
        post(&serving, &key, 0, number).await;
    }
    let began = Instant::now();
    for firm in 1..4 {
        post(&serving, &key, firm, 0).await;
    }
    for firm in 1..4 {
        serving
            .wait_for_cases(&format!("firm-{firm}"), &key, 1)
            .await;
    }
    let waited = began.elapsed();
    let backlog = serving.cases("firm-0", &key).await;
    let left = backlog
        .iter()
        .filter(|case| case["status"] == "waiting")
        .count();
    assert!(left >= 4, "{left} of the backlog are left after {waited:?}");
}

#[tokio::test]
async fn a_firm_whose_clio_hangs_holds_up_no_other() {
    let world = world_of(2).await;
    let key = world.key(&["read", "write"], &[]).await;
    world.control.clear_trace();
    world.control.fault(Fault {
        method: None,
        path: None,
        ..Fault::next(
            "",
            "",
            Effect::Delay {
                by: Duration::from_secs(15),
            },
        )
    });
    let serving = world.serve(&["--at-once", "2"]).await;
    for number in 0..3 {
        post(&serving, &key, 0, number).await;
    }
    world.wait_for_requests(1).await;
    let began = Instant::now();
    post(&serving, &key, 1, 0).await;
    serving.wait_for_cases("firm-1", &key, 1).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    let hangs = serving.cases("firm-0", &key).await;
    assert!(
        hangs.iter().all(|case| case["status"] != "done"),
        "{hangs:#?}"
    );
}

/// The bytes that a process holds just now.
#[cfg(target_os = "linux")]
fn held(serving: &Serving) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.pid())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 1024
}

/// Prints what is said in the service's README.
#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "takes a minute; its figures are in the service's README"]
async fn two_hundred_firms_in_one_process() {
    let firms = 200;
    let world = world_of(firms).await;
    let key = world.key(&["read", "write"], &[]).await;
    let folder = world.home().join("intake");
    let alone = world.serve(&[]).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = held(&alone);
    alone.end().await;
    let mut settings = String::new();
    for firm in 0..firms {
        let own = folder.join(format!("firm-{firm}"));
        std::fs::create_dir_all(&own).unwrap();
        settings.push_str(&format!(
            "[connections.firm-{firm}]\nwatch = {:?}\npoll_minutes = 60\n",
            own.to_str().unwrap()
        ));
    }
    std::fs::write(world.home().join("serve.toml"), settings).unwrap();
    let serving = world.serve(&[]).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let idle = held(&serving);
    let ticks = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", serving.pid())).unwrap();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let (from, began) = (ticks(), Instant::now());
    tokio::time::sleep(Duration::from_secs(20)).await;
    let busy = (ticks() - from) as f64 / 100.0 / began.elapsed().as_secs_f64();
    println!(
        "{firms} idle firms: {} KiB each, {:.1} MiB in all, {:.1} % of a core",
        idle.saturating_sub(before) / 1024 / firms as u64,
        idle as f64 / 1024.0 / 1024.0,
        busy * 100.0
    );
    // One has a backlog of 200; each of the others one case.
    for number in 0..200 {
        post(&serving, &key, 0, number).await;
    }
    let began = Instant::now();
    for firm in 1..firms {
        post(&serving, &key, firm, 0).await;
    }
    for firm in 1..firms {
        serving
            .wait_for_cases(&format!("firm-{firm}"), &key, 1)
            .await;
    }
    let others = began.elapsed();
    let backlog = serving.cases("firm-0", &key).await;
    let left = backlog
        .iter()
        .filter(|case| case["status"] != "done")
        .count();
    println!(
        "199 firms have their case after {others:?}; {left} of the first one's 200 are left; \
         {:.1} MiB",
        held(&serving) as f64 / 1024.0 / 1024.0
    );
    assert!(left > 0);
}
