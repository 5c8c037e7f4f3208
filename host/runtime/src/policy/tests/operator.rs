//! Policy files: what they bound, and what is refused.

use std::fs;
use std::path::Path;

use crate::digest::{ComponentDigest, Identity};
use crate::limits::Limits;
use crate::origin::Origin;
use crate::policy::*;

fn policy(text: &str) -> OperatorPolicy {
    OperatorPolicy::parse("policy.toml", text).unwrap()
}

fn refused(text: &str) -> String {
    OperatorPolicy::parse("policy.toml", text)
        .unwrap_err()
        .to_string()
}

fn api(policy: &OperatorPolicy, action: &str, request: &str) -> Result<(), String> {
    let (method, path) = request.split_once(' ').unwrap();
    let ours = clio_catalog::action(action).map(|it| Identity::Ours(it.name));
    let identity = ours.unwrap_or_else(|| Identity::Other(ComponentDigest::of(b"theirs")));
    policy
        .check_api(Some(&identity), &method.parse().unwrap(), path)
        .map_err(|(reason, rule)| {
            assert_eq!(reason, DenialReason::Operator);
            rule
        })
}

#[test]
fn an_empty_file_bounds_nothing() {
    let policy = policy("");
    assert_eq!(
        api(&policy, "sync-contact", "DELETE /api/v4/x.json"),
        Ok(())
    );
    let origin = Origin::parse("https://app.clio.com").unwrap();
    assert_eq!(policy.check_origin(&origin), Ok(()));
    assert_eq!(policy.check_content(&origin), Ok(()));
    assert_eq!(policy.check_other_components(), Ok(()));
    assert_eq!(policy.lower(Limits::default()), Limits::default());
}

#[test]
fn each_list_narrows_and_the_refusal_is_the_line_to_change() {
    let policy = policy(
        "allow = ['GET /api/v4/contacts.json', 'GET /api/v4/matters/{id}.json', \
                  'POST /api/v4/contacts.json']\n\
         deny = ['POST /api/v4/contacts.json']\n\
         [actions.sync-contact]\n\
         allow = ['GET /api/v4/contacts.json']\n",
    );
    let ours = "sync-contact";
    assert_eq!(api(&policy, ours, "GET /api/v4/contacts.json"), Ok(()));
    assert_eq!(api(&policy, "other", "GET /api/v4/matters/7.json"), Ok(()));
    let table = [
        (
            ours,
            "POST /api/v4/contacts.json",
            "no \"POST /api/v4/contacts.json\" in deny (in policy.toml)",
        ),
        (
            "other",
            "PATCH /api/v4/matters/7.json",
            "allow = [\"PATCH /api/v4/matters/{id}.json\"] (in policy.toml)",
        ),
        (
            ours,
            "GET /api/v4/matters/7.json",
            "[actions.sync-contact] allow = [\"GET /api/v4/matters/{id}.json\"] (in policy.toml)",
        ),
    ];
    for (action, request, rule) in table {
        assert_eq!(api(&policy, action, request), Err(rule.to_owned()));
    }
}

// CASES S4
#[test]
fn a_component_of_somebody_else_is_bounded_by_its_digest() {
    let digest = ComponentDigest::of(b"theirs");
    let policy = policy(&format!(
        "[components.'{digest}']\nallow = ['GET /api/v4/contacts.json']\ngrants = true\n\
         [actions.sync-contact]\nallow = []\n"
    ));
    let theirs = "what it calls itself does not count";
    assert_eq!(api(&policy, theirs, "GET /api/v4/contacts.json"), Ok(()));
    assert_eq!(
        api(&policy, theirs, "GET /api/v4/matters/7.json"),
        Err(format!(
            "[components.\"{digest}\"] allow = [\"GET /api/v4/matters/{{id}}.json\"] \
             (in policy.toml)"
        ))
    );
    assert_eq!(policy.grants(&digest), Some(true));
    assert_eq!(policy.grants(&ComponentDigest::of(b"another")), None);
}

#[test]
fn accounts_and_content_are_bounded_by_origin() {
    let policy = policy(
        "origins = ['https://eu.app.clio.com', 'sandbox']\n\
         content_origins = ['https://files.example.com']\n",
    );
    let origin = |text: &str| Origin::allow(text).unwrap();
    for inside in ["https://EU.app.clio.com:443", "http://127.0.0.1:7000"] {
        assert_eq!(policy.check_origin(&origin(inside)), Ok(()), "{inside}");
    }
    assert_eq!(
        policy.check_origin(&origin("https://app.clio.com")),
        Err("origins = [\"https://app.clio.com\"] (in policy.toml)".to_owned())
    );
    let only_eu = OperatorPolicy::parse("p", "origins = ['https://eu.app.clio.com']").unwrap();
    assert_eq!(
        only_eu.check_origin(&origin("http://127.0.0.1:7000")),
        Err("origins = [\"sandbox\"] (in p)".to_owned())
    );
    assert_eq!(
        policy.check_content(&origin("https://files.example.com")),
        Ok(())
    );
    assert!(
        policy
            .check_content(&origin("https://files.example.com:444"))
            .is_err()
    );
    let nothing = OperatorPolicy::parse("p", "origins = []").unwrap();
    assert!(
        nothing
            .check_origin(&origin("https://app.clio.com"))
            .is_err()
    );
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    let table = [
        ("\nalow = []\n", "line 2: unknown field `alow`"),
        ("allow = ['GET']\n", "line 1: a rule is a method and a path"),
        ("deny = ['GET /oauth/token']", "outside /oauth"),
        ("deny = ['FETCH /api/v4/x.json']", "in capitals"),
        ("origins = ['clio']", "is neither an origin nor \"sandbox\""),
        ("origins = ['http://app.clio.com']", "must use https"),
        (
            "content_origins = ['https://a.example/b']",
            "no slash, path",
        ),
        (
            "\n\n[actions.sync-contacts]\nallow = []",
            "line 3: there is no action",
        ),
        ("[actions.sync-contact]\ndeny = []", "line 2: unknown field"),
        ("[components.x]\ngrants = true", "named by its digest"),
        (
            "[components.'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08']\n\
             grant = true",
            "unknown field `grant`",
        ),
        ("[limits]\nrequests = -1", "line 2:"),
        ("[limits]\nmemory = 3", "line 2: unknown field `memory`"),
        ("[network]\nproxy = 'proxy'", "line 2: "),
        ("allow = [", "line 1:"),
    ];
    for (text, part) in table {
        let message = refused(text);
        assert!(message.contains(part), "{text:?}: {message}");
        assert!(message.starts_with("the policy file policy.toml is not right"));
    }
}

#[test]
fn a_password_of_the_proxy_is_in_no_message() {
    for text in [
        "[network]\nproxy = 'https://user:hunter2@proxy.example:1'",
        "[network]\nproxy = 'http://user:hunter2@proxy.example'\nx = 1",
        "[network]\nproxy = 'http://user:hunter2@proxy.example:x'",
    ] {
        assert!(!refused(text).contains("hunter2"), "{}", refused(text));
    }
    let taken = policy("[network]\nproxy = 'http://user:hunter2@proxy.example:3128'");
    assert!(!format!("{taken:?}").contains("hunter2"));
}

#[test]
fn a_file_that_is_not_there_stops_everything() {
    let folder = tempfile::tempdir().unwrap();
    let error = OperatorPolicy::read(folder.path().join("absent.toml")).unwrap_err();
    assert!(matches!(error, PolicyFileError::Read { .. }), "{error}");
    let long = folder.path().join("long.toml");
    fs::write(&long, "#".repeat(256 * 1024 + 1)).unwrap();
    let error = OperatorPolicy::read(&long).unwrap_err();
    assert!(matches!(error, PolicyFileError::TooLong { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_holds_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name| folder.path().join(name);
    crate::regular::tests::pipe(&at("policy.toml"));
    let error = OperatorPolicy::read(at("policy.toml")).unwrap_err();
    assert!(matches!(error, PolicyFileError::Read { .. }), "{error}");
    assert!(error.to_string().contains("no regular file"), "{error}");
    // What the file names is told when it is needed.
    crate::regular::tests::pipe(&at("firm.pem"));
    fs::write(at("other.toml"), "[network]\nca_file = 'firm.pem'").unwrap();
    OperatorPolicy::read(at("other.toml")).unwrap();
}

/// CASES S13
#[cfg(unix)]
#[test]
fn what_others_could_have_written_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let folder = tempfile::tempdir().unwrap();
    let (file, roots) = (
        folder.path().join("policy.toml"),
        folder.path().join("firm.pem"),
    );
    fs::write(&file, "[network]\nca_file = 'firm.pem'").unwrap();
    fs::write(&roots, "").unwrap();
    for culprit in [&file, &roots, &folder.path().to_owned()] {
        let before = fs::metadata(culprit).unwrap().permissions().mode();
        OperatorPolicy::read(&file).unwrap();
        mode(culprit, before | 0o002);
        let error = OperatorPolicy::read(&file).unwrap_err();
        assert!(matches!(error, PolicyFileError::NotOurs { .. }), "{error}");
        let told = error.to_string();
        assert!(told.contains(&*culprit.to_string_lossy()), "{told}");
        mode(culprit, before);
    }
}

/// CASES S13
#[cfg(unix)]
#[test]
fn an_absent_file_counts_only_where_nobody_could_have_taken_it_away() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let file = home.join("policy.toml");
    assert!(OperatorPolicy::read_if_any(&file).unwrap().is_none());
    fs::create_dir(&home).unwrap();
    let mode = |mode| {
        fs::set_permissions(&home, fs::Permissions::from_mode(mode)).unwrap();
    };
    for ordinary in [0o700, 0o755, 0o775, 0o1777] {
        mode(ordinary);
        assert!(OperatorPolicy::read_if_any(&file).unwrap().is_none());
    }
    for open in [0o777, 0o757, 0o702] {
        mode(open);
        let error = OperatorPolicy::read_if_any(&file).unwrap_err();
        assert!(
            matches!(error, PolicyFileError::TakenAway { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("chmod"), "{error}");
    }
    mode(0o755);
    fs::write(&file, "origins = []").unwrap();
    assert!(OperatorPolicy::read_if_any(&file).unwrap().is_some());
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("nowhere", &file).unwrap();
    let error = OperatorPolicy::read_if_any(&file).unwrap_err();
    assert!(matches!(error, PolicyFileError::Read { .. }), "{error}");
}

#[test]
fn the_file_of_certificates_lies_beside_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    fs::write(&file, "[network]\nca_file = 'firm.pem'").unwrap();
    let policy = OperatorPolicy::read(&file).unwrap();
    assert_eq!(policy.ca_file(), Some(&*folder.path().join("firm.pem")));
}
