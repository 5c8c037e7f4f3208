//! The vault as the command uses it.

use std::time::Duration;

use clio_tests::World;

use super::{INPUT, access_token, files, listed, run};

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

/// CASES S12
#[tokio::test]
async fn a_key_that_is_held_elsewhere_is_never_written_to_a_file() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let (held, next) = ("ab".repeat(32), "cd".repeat(32));
    let rotate = ["vault", "rotate"];
    world
        .clio_with(&rotate, &[("CLIO_VAULT_NEW_KEY", &held)], None)
        .await
        .expect_code(0);
    let key = world.home().join("vault/key");
    assert!(!key.exists());
    let refused = world
        .clio_with(&rotate, &[("CLIO_VAULT_KEY", &held)], None)
        .await
        .expect_code(64);
    assert!(
        refused.stderr.contains("CLIO_VAULT_NEW_KEY"),
        "{refused:#?}"
    );
    // Nor is one taken that changes nothing.
    let same = [("CLIO_VAULT_KEY", &*held), ("CLIO_VAULT_NEW_KEY", &*held)];
    world.clio_with(&rotate, &same, None).await.expect_code(64);
    let both = [("CLIO_VAULT_KEY", &*held), ("CLIO_VAULT_NEW_KEY", &*next)];
    world.clio_with(&rotate, &both, None).await.expect_code(0);
    assert!(!key.exists());
    let with_next = [("CLIO_VAULT_KEY", &*next)];
    let listed = world.clio_with(&["connections"], &with_next, None).await;
    assert!(listed.expect_code(0).stdout.contains("firm"));
    for path in files(&world) {
        let bytes = std::fs::read(&path).unwrap();
        for key in [&held, &next] {
            let found = bytes.windows(64).any(|part| part == key.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    let verified = world
        .clio_with(&["log", "--verify"], &with_next, None)
        .await;
    verified.expect_code(0);
    let log = world.clio_with(&["log", "--json"], &with_next, None).await;
    let rows = log.json();
    let rotations: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["action"] == "vault-rotate")
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    assert_eq!(rotations, ["done", "failed", "failed", "done"], "{rows:#}");
    world.finish();
}

/// CASES S12: who may have read the key may have the refresh token.
#[cfg(unix)]
#[tokio::test]
async fn of_an_exposed_key_it_is_said_what_ends_the_tokens() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let key = world.home().join("vault/key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    for arguments in [["vault", "rotate"], ["doctor", "firm"]] {
        let told = world.clio(&arguments).await.expect_code(70);
        for step in ["chmod 600", "clio disconnect NAME", "clio connect NAME"] {
            assert!(told.stderr.contains(step), "{told:#?}");
        }
    }
    world.finish();
}
