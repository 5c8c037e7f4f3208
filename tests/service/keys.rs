//! A key works from the moment it is made until it is ended, for what it is bound to;
//! a wrong one is answered later each time.

use std::time::{Duration, Instant};

use clio_tests::World;
use futures_util::future::join_all;

#[tokio::test]
async fn a_key_works_until_it_is_ended_and_stands_nowhere() {
    let world = World::new().await;
    let serving = world.serve(&[]).await;
    let key = world.key(&["read"], &[]).await;
    serving
        .ask("GET", "/metrics", &key, None)
        .await
        .expect_status(200);

    let listed = world.clio(&["key", "list", "--json"]).await.expect_code(0);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(listed[0]["rights"], serde_json::json!(["read"]));
    assert!(listed[0]["used"].is_string(), "{listed}");

    world.clio(&["key", "remove", id]).await.expect_code(0);
    serving
        .ask("GET", "/metrics", &key, None)
        .await
        .expect_status(401);
    world.clio(&["key", "remove", id]).await.expect_code(64);

    // Both ends of it are in the audit, under its id.
    let log = world.clio(&["log", "--json"]).await.expect_code(0);
    for action in ["key-add", "key-remove"] {
        assert!(log.stdout.contains(action), "{}", log.stdout);
    }
    assert_eq!(log.stdout.matches(id).count(), 2, "{}", log.stdout);
    world.clio(&["log", "--verify"]).await.expect_code(0);

    // Neither the key nor its digits.
    let digits = key.trim_start_matches("clio_").as_bytes();
    let mut files = 0;
    for file in std::fs::read_dir(world.home().join("journal")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(digits.len()).any(|part| part == digits));
        files += 1;
    }
    assert!(files > 0);
}

#[tokio::test]
async fn wrong_keys_are_slowed_down_and_right_ones_are_not() {
    let world = World::new().await;
    let key = world.key(&["read"], &[]).await;
    let serving = world.serve(&[]).await;
    let wrong = format!("clio_{}", "0".repeat(64));
    let ask = |key: &str| {
        let (serving, key) = (&serving, key.to_owned());
        async move {
            let began = Instant::now();
            let answer = serving.ask("GET", "/metrics", &key, None).await;
            (answer, began.elapsed())
        }
    };

    let mut last = Duration::ZERO;
    for at_least in [250, 500, 1000] {
        let (answer, took) = ask(&wrong).await;
        answer.expect_status(401);
        assert!(took >= Duration::from_millis(at_least), "{took:?}");
        assert!(took > last, "{took:?} after {last:?}");
        last = took;
    }

    // Many at once gain nothing, and a right key among them waits for none.
    let flood = async { join_all((0..30).map(|_| ask(&wrong))).await };
    let right = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        ask(&key).await
    };
    let (flood, (answer, took)) = tokio::join!(flood, right);
    answer.expect_status(200);
    assert!(took < Duration::from_secs(1), "{took:?}");
    let mut tried = 0;
    for (answer, took) in flood {
        match answer.status {
            401 => {
                assert!(took >= Duration::from_secs(2), "{took:?}");
                tried += 1;
            }
            _ => {
                let answer = answer.expect_status(429);
                assert_eq!(answer.header("retry-after"), Some("4"), "{}", answer.head);
            }
        }
    }
    assert_eq!(tried, 4, "so many are held at once");
}
