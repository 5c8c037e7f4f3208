//! The page, as what is no browser of the firm's meets it: without a session, with
//! another firm's, with a form that is not of the session.

use clio_tests::{Answer, Serving, World};

/// What a browser holds.
pub(crate) struct Session {
    cookie: String,
    token: String,
}

impl Session {
    pub(crate) async fn begin(serving: &Serving, key: &str) -> Self {
        let asked = serving
            .send("GET", "/sign-in", &[], b"")
            .await
            .expect_status(200);
        let form = format!("token={}&key={key}&next=/", token(&asked));
        let cookie = cookie(&asked);
        let answer = form_of(serving, "/sign-in", &cookie, &form)
            .await
            .expect_status(303);
        assert_eq!(answer.header("location"), Some("/"));
        let cookie = self::cookie(&answer);
        let page = get(serving, "/", &cookie).await.expect_status(200);
        let token = token(&page);
        Self { cookie, token }
    }

    pub(crate) async fn get(&self, serving: &Serving, path: &str) -> Answer {
        get(serving, path, &self.cookie).await
    }

    pub(crate) async fn post(&self, serving: &Serving, path: &str, more: &str) -> Answer {
        let form = format!("token={}&{more}", self.token);
        form_of(serving, path, &self.cookie, &form).await
    }
}

async fn get(serving: &Serving, path: &str, cookie: &str) -> Answer {
    serving.send("GET", path, &[("Cookie", cookie)], b"").await
}

async fn form_of(serving: &Serving, path: &str, cookie: &str, form: &str) -> Answer {
    let headers = [
        ("Cookie", cookie),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    serving.send("POST", path, &headers, form.as_bytes()).await
}

/// The cookie that an answer sets, as a browser sends it.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").expect("a cookie");
    assert!(set.contains("; HttpOnly; SameSite=Lax"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

/// The token of the first form of a page.
fn token(page: &Answer) -> String {
    let text = String::from_utf8_lossy(&page.body);
    let (_, rest) = text.split_once("name=\"token\" value=\"").expect("a form");
    rest.split('"').next().unwrap().to_owned()
}

const ALL: [&str; 4] = ["read", "write", "approve", "admin"];

#[tokio::test]
async fn nothing_is_shown_or_done_without_a_session_and_its_token() {
    let world = World::new().await;
    let key = world.key(&ALL, &["harbor"]).await;
    let serving = world.serve(&[]).await;
    for path in [
        "/",
        "/history",
        "/failed",
        "/keys",
        "/connect",
        "/mappings",
        "/runs/abc",
        "/review",
        "/connections/harbor/review/abc",
    ] {
        for cookie in ["", "clio_session=", "clio_session=00"] {
            let answer = get(&serving, path, cookie).await.expect_status(303);
            let location = answer.header("location").unwrap();
            assert!(location.starts_with("/sign-in"), "{path}: {location}");
        }
    }
    let wrong = serving.send("GET", "/sign-in", &[], b"").await;
    let form = format!("token={}&key=clio_00", token(&wrong));
    form_of(&serving, "/sign-in", &cookie(&wrong), &form)
        .await
        .expect_status(403);
    // A page that signs somebody in as another has no such cookie.
    let form = format!("token={}&key={key}", token(&wrong));
    form_of(&serving, "/sign-in", "", &form)
        .await
        .expect_status(403);

    let session = Session::begin(&serving, &key).await;
    let other = Session::begin(&serving, &key).await;
    for form in [
        "name=x&right=read&connection=harbor".to_owned(),
        format!("token={}&name=x&right=read&connection=harbor", other.token),
    ] {
        let answer = form_of(&serving, "/keys", &session.cookie, &form).await;
        answer.expect_status(403);
    }
    let page = session.get(&serving, "/").await.expect_status(200);
    let policy = page.header("content-security-policy").unwrap();
    for rule in [
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");

    session
        .post(&serving, "/sign-out", "")
        .await
        .expect_status(303);
    session.get(&serving, "/").await.expect_status(303);
    other.get(&serving, "/").await.expect_status(200);
}

#[tokio::test]
async fn a_key_that_may_not_read_opens_no_session() {
    let world = World::new().await;
    let key = world.key(&["write", "admin"], &[]).await;
    let serving = world.serve(&[]).await;
    let asked = serving.send("GET", "/sign-in", &[], b"").await;
    let form = format!("token={}&key={key}&next=/", token(&asked));
    let answer = form_of(&serving, "/sign-in", &cookie(&asked), &form).await;
    let answer = answer.expect_status(403);
    assert!(String::from_utf8_lossy(&answer.body).contains("may not read"));
}

#[tokio::test]
async fn a_firm_sees_and_touches_its_own_alone() {
    let world = World::new().await;
    world.connect_as("harbor", &[]).await.expect_code(0);
    world.connect_as("quay", &[]).await.expect_code(0);
    let key = world.key(&ALL, &["harbor"]).await;
    let foreign = world.key(&ALL, &["quay"]).await;
    let serving = world.serve(&[]).await;
    let session = Session::begin(&serving, &key).await;
    session
        .get(&serving, "/connections/harbor")
        .await
        .expect_status(200);
    for path in [
        "/connections/quay",
        "/connections/quay/mapping",
        "/connections/nobody",
    ] {
        session.get(&serving, path).await.expect_status(404);
    }
    for path in [
        "/",
        "/history?connection=quay",
        "/keys",
        "/mappings",
        "/connect?name=quay",
    ] {
        let page = session.get(&serving, path).await.expect_status(200);
        let text = String::from_utf8_lossy(&page.body);
        assert!(!text.contains("/connections/quay"), "{path}: {text}");
        assert!(!text.contains(">quay<"), "{path}: {text}");
    }
    for (path, form) in [
        ("/connections/quay/check", ""),
        ("/connections/quay/disconnect", "meant=yes"),
        ("/connections/quay/mapping", "do=save"),
        ("/connect", "name=quay&region=us"),
        ("/failed/retry", "connection=quay"),
        ("/keys/unknown/remove", ""),
    ] {
        session.post(&serving, path, form).await.expect_status(404);
    }
    let listed = world.clio(&["connections", "--json"]).await.expect_code(0);
    assert_eq!(
        listed.stdout.matches("\"connected\"").count(),
        2,
        "{}",
        listed.stdout
    );

    let foreign = Session::begin(&serving, &foreign).await;
    let keys = foreign.get(&serving, "/keys").await.expect_status(200);
    let text = String::from_utf8_lossy(&keys.body).into_owned();
    assert_eq!(
        text.matches(">a test<").count(),
        1 + 1,
        "its own, and who is signed in: {text}"
    );
}

#[tokio::test]
async fn nobody_gives_a_right_or_a_connection_that_they_do_not_have() {
    let world = World::new().await;
    let key = world.key(&["read", "admin"], &["harbor"]).await;
    let reader = world.key(&["read"], &["harbor"]).await;
    let serving = world.serve(&[]).await;
    let session = Session::begin(&serving, &key).await;
    for form in [
        "name=x&right=write&connection=harbor",
        "name=x&right=read&right=write&connection=harbor",
        "name=x&right=read&connection=quay",
        "name=x&right=read&connection=harbor&connection=quay",
        "name=x&right=read&all=yes",
        "name=x&connection=harbor",
        "right=read&connection=harbor",
    ] {
        session
            .post(&serving, "/keys", form)
            .await
            .expect_status(422);
    }
    let made = session
        .post(&serving, "/keys", "name=x&right=read&connection=harbor")
        .await;
    made.expect_status(200);

    let reader = Session::begin(&serving, &reader).await;
    for path in ["/keys", "/connect"] {
        reader.get(&serving, path).await.expect_status(403);
    }
    for (path, form) in [
        ("/keys", "name=x&right=read&connection=harbor"),
        ("/connections/harbor/disconnect", "meant=yes"),
        ("/connections/harbor/mapping", "do=save"),
        ("/connect", "name=harbor&region=us"),
        ("/failed/retry", "connection=harbor"),
    ] {
        reader.post(&serving, path, form).await.expect_status(403);
    }
    // A session ends with its key.
    let listed = world.clio(&["key", "list", "--json"]).await.expect_code(0);
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed.stdout).unwrap();
    for key in &listed {
        let id = key["id"].as_str().unwrap();
        world.clio(&["key", "remove", id]).await.expect_code(0);
    }
    for session in [&session, &reader] {
        session.get(&serving, "/").await.expect_status(303);
    }
}

/// Trap: who changes a mapping changes what becomes of another firm's cases.
#[tokio::test]
async fn a_mapping_is_changed_by_who_has_all_whose_cases_it_is_for() {
    let world = World::new().await;
    for name in ["smith", "jones", "default", "quay", "apart"] {
        world.connect_as(name, &[]).await.expect_code(0);
    }
    let mappings = world.home().join("mappings");
    std::fs::create_dir_all(&mappings).unwrap();
    // The same file by another path, and of it smith's settings say nothing.
    let settings = format!(
        "[connections.jones]\nmapping = \"smith\"\n[connections.pier]\nmapping = \"{}\"\n",
        mappings.join("../mappings/smith.json").display()
    );
    std::fs::write(world.home().join("serve.toml"), settings).unwrap();
    std::fs::write(mappings.join("apart.json"), "{\"version\": 1}").unwrap();
    let serving = world.serve(&[]).await;
    let save = async |of: &[&str], connection: &str| {
        let key = world.key(&ALL, of).await;
        let session = Session::begin(&serving, &key).await;
        let path = format!("/connections/{connection}/mapping");
        // It began with no file; of one that is there it is another's version.
        session
            .post(&serving, &path, "do=save&version=")
            .await
            .status
    };
    let theirs = [
        (&["jones"][..], "jones"),
        (&["smith"], "smith"),
        (&["jones", "smith"], "smith"),
        (&["pier"], "pier"),
        (&["default"], "default"),
    ];
    for (of, connection) in theirs {
        assert_eq!(save(of, connection).await, 403, "{of:?}");
    }
    let files = || std::fs::read_dir(&mappings).unwrap().count();
    assert_eq!(files(), 1);
    // Their own, and what a key for all of them changes.
    assert_eq!(save(&["quay"], "quay").await, 303);
    assert_eq!(save(&["smith", "jones", "pier"], "jones").await, 303);
    assert!(mappings.join("smith.json").exists());
    assert_eq!(save(&["apart"], "apart").await, 200);
    // By now nobody else is without one of their own.
    assert_eq!(save(&["default"], "default").await, 303);
    assert_eq!(files(), 4);
}
