//! The operator's policy file: it bounds whatever the command is asked to do.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use clio_tests::{CommandOutput, World};
use serde_json::json;

fn contact() -> String {
    json!({
        "source_id": "intake:case-17/client",
        "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        "emails": [{"address": "ann@example.com"}],
    })
    .to_string()
}

/// Writes the policy of the command's home.
pub(crate) fn policy(world: &World, text: &str) -> PathBuf {
    let file = world.home().join("policy.toml");
    std::fs::write(&file, text).unwrap();
    file
}

pub(crate) async fn run(world: &World, environment: &[(&str, &str)]) -> CommandOutput {
    let arguments = ["run", "sync-contact", "--input", "-"];
    world
        .clio_with(&arguments, environment, Some(&contact()))
        .await
}

#[tokio::test]
async fn what_the_policy_denies_is_not_sent_and_the_line_is_named() {
    let world = World::new().await;
    let file = policy(&world, "deny = ['POST /api/v4/contacts.json']\n");
    let failed = run(&world, &[]).await.expect_code(1);
    let denied = failed.json()["denied"][0].clone();
    assert!(
        denied["request"].as_str().unwrap().starts_with("POST "),
        "{denied}"
    );
    let rule = denied["rule"].as_str().unwrap();
    assert!(
        rule.starts_with("no \"POST /api/v4/contacts.json\" in deny (in "),
        "{rule}"
    );
    assert!(rule.ends_with("policy.toml)"), "{rule}");
    assert!(failed.stderr.contains("deny"), "{}", failed.stderr);
    let sent = world.requests();
    assert!(
        sent.iter().all(|request| request.starts_with("GET ")),
        "{sent:?}"
    );

    // The line taken out, the same goes through.
    std::fs::write(&file, "").unwrap();
    run(&world, &[]).await.expect_code(0);
    world.finish();
}

#[tokio::test]
async fn a_further_policy_narrows_and_does_not_widen() {
    let world = World::new().await;
    policy(&world, "allow = ['GET /api/v4/contacts.json']\n");
    let wide = world.file(
        "wide.toml",
        "allow = ['GET /api/v4/contacts.json', 'POST /api/v4/contacts.json']\n",
    );
    let failed = run(&world, &[("CLIO_POLICY", wide.to_str().unwrap())])
        .await
        .expect_code(1);
    let rule = failed.json()["denied"][0]["rule"].to_string();
    assert!(rule.contains("policy.toml"), "{rule}");
    assert!(world.control.snapshot().contacts.is_empty());
    world.finish();
}

#[tokio::test]
async fn a_policy_that_cannot_be_understood_ends_everything() {
    let world = World::new().await;
    let named = |world: &World| world.home().join("absent.toml").display().to_string();
    let absent = run(&world, &[("CLIO_POLICY", &named(&world))]).await;
    assert!(absent.expect_code(64).stderr.contains("absent.toml"));

    policy(&world, "\n\ndenny = ['POST /api/v4/contacts.json']\n");
    for arguments in [
        &["run", "sync-contact", "--input", "{}"][..],
        &["doctor", "firm"],
        &["connect", "firm", "--region", "eu", "--no-browser"],
    ] {
        let keys = [("CLIO_CLIENT_ID", "id"), ("CLIO_CLIENT_SECRET", "secret")];
        let ended = world
            .clio_with(arguments, &keys, None)
            .await
            .expect_code(64);
        assert!(
            ended.stderr.contains("line 3: unknown field `denny`"),
            "{}",
            ended.stderr
        );
    }
    assert_eq!(world.requests(), Vec::<String>::new());
    world.finish();
}

#[tokio::test]
async fn a_connection_leads_only_where_the_policy_says() {
    let world = World::new().await;
    let file = policy(&world, "origins = ['https://eu.app.clio.com']\n");
    let refused = run(&world, &[]).await.expect_code(77);
    assert!(
        refused.stderr.contains("origins = [\"sandbox\"]"),
        "{}",
        refused.stderr
    );
    let keys = [("CLIO_CLIENT_ID", "id"), ("CLIO_CLIENT_SECRET", "secret")];
    let connect = ["connect", "firm", "--region", "us", "--no-browser"];
    let refused = world.clio_with(&connect, &keys, None).await.expect_code(77);
    assert!(
        refused.stderr.contains("https://app.clio.com"),
        "{}",
        refused.stderr
    );
    assert_eq!(world.requests(), Vec::<String>::new());

    std::fs::write(&file, "origins = ['sandbox']\n").unwrap();
    run(&world, &[]).await.expect_code(0);
    world.finish();
}

#[tokio::test]
async fn the_policys_bounds_hold_against_higher_options() {
    let world = World::new().await;
    policy(&world, "[limits]\nrequests = 1\n");
    let arguments = [
        "run",
        "sync-contact",
        "--input",
        "-",
        "--max-requests",
        "50",
    ];
    let ended = world
        .clio_with(&arguments, &[], Some(&contact()))
        .await
        .expect_code(70);
    assert_eq!(
        ended.json()["error"]["execution_failed"]["cause"],
        "limit:requests"
    );
    assert_eq!(world.api().len(), 1);
    world.finish();
}

#[tokio::test]
async fn other_components_run_only_where_the_policy_lets_them() {
    let world = World::new().await;
    let ours = world.home().join("ours.wasm");
    let action = clio_catalog::action("sync-contact").unwrap();
    std::fs::write(&ours, action.component()).unwrap();
    // A custom section more, and it is another component.
    let other = world.home().join("other.wasm");
    let mut bytes = action.component().to_vec();
    bytes.extend_from_slice(&[0, 2, 1, b'x']);
    std::fs::write(&other, &bytes).unwrap();
    let run = async |component: &std::path::Path| {
        let component = component.to_str().unwrap();
        let arguments = ["run", "sync", "--component", component, "--input", "-"];
        world.clio_with(&arguments, &[], Some(&contact())).await
    };
    run(&other).await.expect_code(0);
    policy(&world, "other_components = false\n");
    run(&ours).await.expect_code(0);
    let refused = run(&other).await.expect_code(70);
    assert_eq!(
        refused.json()["error"]["execution_failed"]["cause"],
        "instantiation"
    );
    assert!(
        refused.stderr.contains("other_components = true"),
        "{}",
        refused.stderr
    );
    world.finish();
}

/// A proxy that writes down what it is asked for, and gives no tunnel.
pub(crate) fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 1024];
            let read = stream.read(&mut head).unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            kept.lock()
                .unwrap()
                .push(head.lines().next().unwrap_or("").to_owned());
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n");
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_proxy_is_used_only_when_the_policy_names_it() {
    let world = World::new().await;
    let (address, asked) = proxy();
    let url = format!("http://{address}");
    // No such name exists (RFC 2606), so nothing leaves this machine.
    let account = "https://clio.invalid";
    let run = async || {
        let arguments = [
            "run",
            "sync-contact",
            "--input",
            "-",
            "--allow-origin",
            account,
            "--deadline",
            "20s",
        ];
        let environment = [
            ("CLIO_ORIGIN", account),
            ("HTTPS_PROXY", url.as_str()),
            ("ALL_PROXY", url.as_str()),
        ];
        let ended = world
            .clio_with(&arguments, &environment, Some(&contact()))
            .await;
        assert_ne!(ended.code, 0, "{ended:?}");
        std::mem::take(&mut *asked.lock().unwrap())
    };
    assert_eq!(
        run().await,
        Vec::<String>::new(),
        "the environment does not count"
    );
    for text in [
        "[network]\nproxy = 'environment'\n".to_owned(),
        format!("[network]\nproxy = '{url}'\n"),
    ] {
        policy(&world, &text);
        let asked = run().await;
        assert!(!asked.is_empty(), "{text}");
        let tunnels = asked
            .iter()
            .all(|line| line == "CONNECT clio.invalid:443 HTTP/1.1");
        assert!(tunnels, "{asked:?}");
    }
    world.finish();
}

/// CASES S13
#[cfg(unix)]
#[tokio::test]
async fn a_policy_that_others_may_write_is_refused_before_anything_is_sent() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let world = World::new().await;
    let file = policy(&world, "[network]\nca_file = 'firm.pem'\n");
    let roots = world.home().join("firm.pem");
    let certificate = "-----BEGIN CERTIFICATE-----\nTWFkZSB1cA==\n-----END CERTIFICATE-----\n";
    std::fs::write(&roots, certificate).unwrap();
    let further = world.file("further.toml", "");
    let named = further.to_str().unwrap();
    for (culprit, before) in [
        (&*file, 0o600),
        (&*roots, 0o644),
        (&*further, 0o644),
        (further.parent().unwrap(), 0o755),
        (world.home(), 0o700),
    ] {
        mode(culprit, before | 0o022);
        let refused = run(&world, &[("CLIO_POLICY", named)]).await;
        let refused = refused.expect_code(64);
        let told = culprit.display().to_string();
        assert!(refused.stderr.contains(&told), "{refused:#?}");
        mode(culprit, before);
    }
    assert_eq!(world.requests(), Vec::<String>::new());
    world.finish();
}

/// It is no fault of the server's, and no attempt: nothing is asked twice, nothing
/// is counted, and no certificate is spoken of that nobody has seen.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_machine_without_certificates_says_so_before_anything_is_sent() {
    let world = World::new().await;
    let account = "https://clio.invalid";
    let nowhere = world.home().join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let arguments = ["run", "lookup", "--input", "-", "--allow-origin", account];
    let environment = [
        ("CLIO_ORIGIN", account),
        ("SSL_CERT_FILE", nowhere),
        ("SSL_CERT_DIR", nowhere),
        ("RUST_LOG", "clio_host=debug"),
    ];
    let input = r#"{"kind": {"users": {}}}"#;
    let ended = world
        .clio_with(&arguments, &environment, Some(input))
        .await
        .expect_code(70);
    assert!(ended.stderr.contains("ca-certificates"), "{ended:?}");
    assert!(!ended.stderr.contains("is not accepted"), "{ended:?}");
    assert_eq!(
        ended.stderr.matches("egress failed").count(),
        1,
        "{ended:?}"
    );
    // Without TLS none are needed.
    let environment = [("SSL_CERT_FILE", nowhere), ("SSL_CERT_DIR", nowhere)];
    world
        .clio_with(&arguments[..4], &environment, Some(input))
        .await
        .expect_code(0);
}
