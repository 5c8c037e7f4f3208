//! A person's consent becomes a connection, and nothing else does.

use clio_sandbox::App;
use clio_tests::{World, browse, decide};
use serde_json::json;

use super::{INPUT, listed, nowhere, run, saved, token_requests};

#[tokio::test]
async fn a_pasted_code_becomes_a_connection_that_works() {
    let world = World::new().await;
    let connected = world.connect_as("firm", &[]).await.expect_code(0);
    assert!(
        connected.stdout.contains("connected firm to Sandbox LLP"),
        "{connected:#?}"
    );
    let ran = world
        .clio_with(
            &[
                "run",
                "sync-contact",
                "--connection",
                "firm",
                "--input",
                INPUT,
            ],
            &[
                ("CLIO_ORIGIN", ""),
                ("CLIO_ACCESS_TOKEN", ""),
                ("RUST_LOG", "trace"),
            ],
            None,
        )
        .await
        .expect_code(0);
    assert_eq!(ran.json()["disposition"], "created");

    let rows = listed(&world).await;
    assert_eq!(rows[0]["name"], "firm");
    assert_eq!(rows[0]["status"], "connected");
    assert_eq!(rows[0]["account"]["name"], "Sandbox LLP");
    let credentials = saved(&world, "firm").credentials.unwrap();
    let refresh = credentials.refresh_token.unwrap();
    let secrets = [
        credentials.access_token.expose(),
        refresh.expose(),
        credentials.client_secret.expose(),
    ];
    nowhere(&world, &secrets, &[&connected, &ran]);
    assert_eq!(token_requests(&world), 1);
    world.finish();
}

#[tokio::test]
async fn the_code_alone_may_be_pasted_as_clios_page_shows_it() {
    let world = World::new().await;
    let connecting = world.connecting("firm", &["--no-browser"]).await;
    let shown = browse(&decide(&connecting.url, "approve").await, None).await;
    let (_, code) = shown.text.split_once("<code>").unwrap();
    let (code, _) = code.split_once("</code>").unwrap();
    connecting.paste(code).await.expect_code(0);
    world.finish();
}

/// A free port, and the application registered for it.
fn register(world: &World) -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let app = world.sandbox.app();
    let registered = App::new(&app.client_id, &app.client_secret)
        .redirect_uri(&format!("http://127.0.0.1:{port}/callback"));
    world.control.register_app(registered);
    port.to_string()
}

#[tokio::test]
async fn the_browser_comes_back_and_only_its_own_answer_counts() {
    let world = World::new().await;
    let port = register(&world);
    let connecting = world.connecting("firm", &["--port", &port]).await;
    let back = format!("http://127.0.0.1:{port}");
    assert_eq!(
        browse(&format!("{back}/favicon.ico"), None).await.status,
        404
    );
    let forged = browse(&format!("{back}/callback?code=stolen&state=guessed"), None).await;
    assert_eq!(forged.status, 400);
    let stateless = browse(&format!("{back}/callback?code=stolen"), None).await;
    assert_eq!(stateless.status, 400);
    assert_eq!(token_requests(&world), 0);
    // A browser opens a connection ahead and says nothing on it.
    let _silent = tokio::net::TcpStream::connect(("127.0.0.1", port.parse::<u16>().unwrap()))
        .await
        .unwrap();

    let location = decide(&connecting.url, "approve").await;
    assert!(location.starts_with(&back), "{location}");
    let page = browse(&location, None).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Done"), "{}", page.text);
    connecting.end().await.expect_code(0);
    run(&world, "firm").await.expect_code(0);
    world.finish();
}

/// CASES S8
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_browser_gets_neither_our_environment_nor_the_state() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new().await;
    let bin = world.home().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let script = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\nenv > environment\n\
                  printf '%s\\n' \"$@\" > begun\nmv begun arguments\n";
    let browser = bin.join("xdg-open");
    std::fs::write(&browser, script).unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let key = "ab".repeat(32);
    let environment = [
        ("PATH", path.as_str()),
        ("CLIO_VAULT_KEY", key.as_str()),
        ("clio_lower", "kept in any case"),
    ];
    for snooped in [true, false] {
        let port = register(&world);
        let arguments = ["--port", port.as_str()];
        let connecting = world
            .connecting_at(&world.sandbox, "firm", &arguments, &environment)
            .await;
        let given = bin.join("arguments");
        while !given.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let arguments = std::fs::read_to_string(&given).unwrap();
        std::fs::remove_file(&given).unwrap();
        let inherited = std::fs::read_to_string(bin.join("environment")).unwrap();
        assert!(inherited.contains("PATH="), "{inherited}");
        assert!(!inherited.to_uppercase().contains("CLIO_"), "{inherited}");
        assert!(!inherited.contains(&key));
        let (_, state) = connecting.url.split_once("state=").unwrap();
        let state = state.split('&').next().unwrap();
        assert!(!arguments.contains(state), "{arguments}");
        assert!(!arguments.contains("code_challenge"), "{arguments}");

        // It leads to Clio, once: who looked on may have been the first.
        let way = arguments.trim();
        let page = browse(way, None).await;
        assert_eq!(page.status, 302);
        assert_eq!(page.location.as_deref(), Some(connecting.url.as_str()));
        if snooped {
            assert_eq!(browse(way, None).await.status, 410);
            let ended = connecting.end().await.expect_code(77);
            assert!(ended.stderr.contains("opened twice"), "{ended:#?}");
        } else {
            let location = decide(&page.location.unwrap(), "approve").await;
            assert_eq!(browse(&location, None).await.status, 200);
            connecting.end().await.expect_code(0);
        }
    }
    world.finish();
}

#[tokio::test]
async fn declining_and_a_wrong_application_keep_nothing() {
    let world = World::new().await;
    let port = register(&world);
    let connecting = world.connecting("firm", &["--port", &port]).await;
    let location = decide(&connecting.url, "decline").await;
    browse(&location, None).await;
    let output = connecting.end().await.expect_code(77);
    assert!(output.stderr.contains("declined"), "{output:#?}");
    assert_eq!(listed(&world).await, json!([]));

    let app = App::new(&world.sandbox.app().client_id, "another secret");
    let connecting = world.connecting("firm", &["--no-browser"]).await;
    let location = decide(&connecting.url, "approve").await;
    world.control.register_app(app);
    let output = connecting.paste(&location).await.expect_code(77);
    assert!(output.stderr.contains("CLIO_CLIENT_SECRET"), "{output:#?}");

    // A code of another attempt: its state is not this one's.
    let one = world.connecting("firm", &["--no-browser"]).await;
    let other = world.connecting("firm", &["--no-browser"]).await;
    let location = decide(&other.url, "approve").await;
    let output = one.paste(&location).await.expect_code(77);
    assert!(output.stderr.contains("another attempt"), "{output:#?}");
    assert_eq!(listed(&world).await, json!([]));
    world.finish();
}
