//! The vault as the command uses it.

use std::time::Duration;

use clio_tests::World;

use super::{INPUT, access_token, listed, run};

#[tokio::test]
async fn a_vault_with_another_key_is_an_error_and_stays_as_it_is() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let path = world.home().join("vault/vault");
    let before = std::fs::read(&path).unwrap();
    let wrong = "ab".repeat(32);
    for arguments in [
        vec!["connections"],
        vec![
            "run",
            "sync-contact",
            "--connection",
            "firm",
            "--input",
            INPUT,
        ],
        vec!["vault", "rotate"],
        vec!["disconnect", "firm"],
    ] {
        let output = world
            .clio_with(&arguments, &[("CLIO_VAULT_KEY", &wrong)], None)
            .await
            .expect_code(70);
        assert!(output.stderr.contains("another vault's"), "{output:#?}");
        assert!(!output.stderr.contains(&wrong));
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let no_key = world
        .clio_with(&["connections"], &[("CLIO_VAULT_KEY", "s3cret")], None)
        .await;
    assert!(!no_key.expect_code(64).stderr.contains("s3cret"));
    assert_eq!(world.control.count("POST", "/oauth/deauthorize"), 0);
    world.finish();
}

#[tokio::test]
async fn a_key_change_that_is_killed_at_any_point_leaves_a_vault_that_opens() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let token = access_token(&world, "firm");
    for step in 0..40_u64 {
        let mut child = world.spawn(&["vault", "rotate"]);
        tokio::time::sleep(Duration::from_micros(step * 700)).await;
        child.kill().await.unwrap();
        assert_eq!(access_token(&world, "firm"), token, "step {step}");
    }
    world.clio(&["vault", "rotate"]).await.expect_code(0);
    assert_eq!(listed(&world).await[0]["status"], "connected");
    let left = std::fs::read_dir(world.home().join("vault")).unwrap();
    let unfinished = left
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with('.')
        })
        .count();
    assert_eq!(unfinished, 0);
    run(&world, "firm").await.expect_code(0);
    world.finish();
}
