//! An action of somebody else's: made by the command, built outside of this
//! workspace with cargo alone, and run.
//!
//! The builds share the folder and the profile of the hostile guests, so that what
//! makes bindings is built once for them all. What they take is on this machine:
//! they ask no registry.

use std::path::{Path, PathBuf};
use std::process::Command;

use clio_host::Host;
use clio_sandbox::{Effect, Fault};
use clio_tests::World;
use serde_json::json;

use crate::policy::policy;

const NAME: &str = "list-tasks";

/// The profile that the hostile guests are built with, setting for setting.
const PROFILE: [&str; 7] = [
    "inherits='release'",
    "opt-level=1",
    "lto=false",
    "codegen-units=16",
    "strip=true",
    "panic='abort'",
    "debug=false",
];

const WASM: [&str; 2] = ["--target", "wasm32-wasip2"];

/// Where the build scripts of this workspace build what is not for this machine.
fn target() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let mut folders = test.ancestors();
    let target = folders.find(|it| it.join("CACHEDIR.TAG").is_file());
    target.unwrap().join("components")
}

/// Runs cargo on the crate, as from a shell.
fn cargo(krate: &Path, verb: &str, arguments: &[&str]) {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let kept = ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR"];
        let of_cargo = name.starts_with("CARGO") && !kept.iter().any(|it| name.starts_with(it));
        if of_cargo || name.starts_with("RUSTC") || name == "RUSTFLAGS" {
            command.env_remove(name);
        }
    }
    command.current_dir(krate).arg(verb);
    for setting in PROFILE {
        command.args(["--config", &format!("profile.hostile.{setting}")]);
    }
    command
        .args(["--offline", "--profile", "hostile", "--target-dir"])
        .arg(target())
        .args(arguments);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "cargo {verb} {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Makes the crate, and builds its component.
async fn built(world: &World) -> PathBuf {
    let folder = world.file("made", "").parent().unwrap().to_owned();
    let made = ["new-action", NAME, "--dir", folder.to_str().unwrap()];
    let told = world.clio(&made).await.expect_code(0).stdout;
    assert!(told.contains("list_tasks.wasm"), "{told}");
    let again = world.clio(&made).await.expect_code(64).stderr;
    assert!(again.contains("list-tasks"), "{again}");

    let krate = folder.join(NAME);
    // The versions that are on this machine.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::copy(workspace.join("Cargo.lock"), krate.join("Cargo.lock")).unwrap();
    cargo(&krate, "build", &WASM);
    let lints = ["--", "-D", "warnings"];
    let of_component = [&WASM[..], &["--lib"], &lints].concat();
    cargo(&krate, "clippy", &of_component);
    cargo(&krate, "clippy", &[&["--all-targets"], &lints[..]].concat());
    cargo(&krate, "test", &[]);
    target().join("wasm32-wasip2/hostile/list_tasks.wasm")
}

#[tokio::test]
async fn a_new_action_is_built_elsewhere_and_is_run_like_ours() {
    let world = World::new().await;
    let component = built(&world).await;

    // It carries what it does, and what its types say of it.
    let host = Host::builder().workers(1).build().unwrap();
    let action = host.load(&std::fs::read(&component).unwrap()).unwrap();
    assert!(action.is_described());
    let description = action.description();
    assert_eq!(description.name, NAME);
    let requests: Vec<String> = description
        .requests
        .iter()
        .map(|it| it.to_string())
        .collect();
    let described = [
        "GET /api/v4/practice_areas.json",
        "POST /api/v4/practice_areas.json",
    ];
    assert_eq!(requests, described);
    let ensure = &description.functions[0];
    assert_eq!(ensure.input["required"], json!(["name"]));
    assert!(ensure.output.to_string().contains("disposition"));
    assert!(ensure.error.to_string().contains("denied_by_policy"));
    let file = component.to_str().unwrap();
    let told = world
        .clio(&["describe", "--component", file, "--json"])
        .await;
    assert_eq!(told.expect_code(0).json(), json!(description));
    let checked = world.clio(&["check", file]).await.expect_code(0).json();
    assert_eq!(checked["description"]["agrees"], true);
    assert_eq!(checked["build"], "base");
    // It exports its own interface alone, and so imports the contract's types.
    let imports = action.imports();
    assert!(imports.iter().any(|it| it == "clio:actions/types@0.1.0"));

    let run = async |name: &str| {
        let input = json!({"name": name}).to_string();
        let file = component.to_str().unwrap();
        world
            .clio(&["run", "--component", file, "--input", &input])
            .await
    };
    let standing = || world.control.snapshot().practice_areas.len();
    let before = standing();
    let created = run("Immigration").await.expect_code(0).json();
    assert_eq!(created["disposition"], "created");
    let linked = run(" IMMIGRATION").await.expect_code(0).json();
    assert_eq!(
        linked,
        json!({"id": created["id"], "disposition": "linked"})
    );
    assert_eq!((standing(), world.writes()), (before + 1, 1));

    let lost = Fault::next("POST", "/practice_areas", Effect::AnswerLost);
    world.control.fault(lost);
    let found = run("Estates").await.expect_code(0).json();
    assert_eq!(found["disposition"], "created");
    assert_eq!((standing(), world.writes()), (before + 2, 2));

    // Errors are the contract's, and policies bound it like any other.
    let unfit = run(" ").await.expect_code(64).json();
    assert_eq!(unfit["error"]["permanent"]["field"], "/name");
    policy(&world, "deny = [\"POST /api/v4/practice_areas.json\"]\n");
    let denied = run("Tax").await.expect_code(1).json();
    assert_eq!(denied["error"]["permanent"]["code"], "denied_by_policy");
    assert_eq!((standing(), world.writes()), (before + 2, 2));
    world.finish();
}
