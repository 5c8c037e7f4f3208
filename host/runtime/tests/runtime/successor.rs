//! The contract against its last release: a host that was written for that runs
//! what is built now, or the version says that it does not. `wit/README.md` is the
//! policy.

use std::fs;
use std::path::{Path, PathBuf};

use clio_host::{Host, LoadError};
use semver::Version;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, PackageId, Resolve, WorldId};

use crate::components::host;

/// One state of the contract.
struct Contract {
    version: Version,
    resolve: Resolve,
    package: PackageId,
}

fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")
}

impl Contract {
    /// Reads a folder, after `edit` of each of its files. `called` is the version
    /// that its package has while it is looked at.
    fn read(
        folder: &Path,
        called: impl Fn(&Version) -> String,
        edit: impl Fn(String) -> String,
    ) -> Self {
        let edited = tempfile::tempdir().unwrap();
        let mut version = None;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|it| it != "wit") {
                continue;
            }
            let text = edit(fs::read_to_string(&path).unwrap());
            let (package, rest) = text.split_once(";\n").unwrap();
            let this = package.strip_prefix("package clio:actions@").unwrap();
            let this: Version = this.parse().unwrap();
            assert_eq!(*version.get_or_insert(this.clone()), this, "{path:?}");
            let text = format!("package clio:actions@{};\n{rest}", called(&this));
            fs::write(edited.path().join(path.file_name().unwrap()), text).unwrap();
        }
        // Of WASI's packages a release has its own where they have changed since.
        let deps = [folder.join("deps"), wit().join("deps")];
        let deps = deps.iter().find(|it| it.is_dir()).unwrap();
        fs::create_dir(edited.path().join("deps")).unwrap();
        for entry in fs::read_dir(deps).unwrap() {
            let path = entry.unwrap().path();
            let to = edited.path().join("deps").join(path.file_name().unwrap());
            fs::copy(path, to).unwrap();
        }
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(edited.path()).unwrap();
        Self {
            version: version.unwrap(),
            resolve,
            package,
        }
    }

    fn present(edit: impl Fn(String) -> String) -> Self {
        // Two of one version would be taken for one.
        Self::read(&wit(), |version| format!("{version}-present"), edit)
    }

    fn released() -> Self {
        let called = |version: &Version| format!("{version}-released");
        Self::read(&wit().join("released"), called, |text| text)
    }

    fn worlds(&self) -> impl Iterator<Item = (&String, &WorldId)> {
        self.resolve.packages[self.package].worlds.iter()
    }
}

/// Whether one version may stand for another: by the number of the left that is
/// not zero.
fn same_range(one: &Version, other: &Version) -> bool {
    let range = |it: &Version| (it.major, if it.major == 0 { it.minor } else { 0 });
    range(one) == range(other)
}

/// Whether a contract may follow a released one.
fn succeeds(present: &Contract, released: &Contract) -> Result<(), String> {
    let (now, then) = (&present.version, &released.version);
    if now < then {
        return Err(format!("{now} is lower than {then}, which was released"));
    }
    if !same_range(now, then) {
        return Ok(());
    }
    for (name, old) in released.worlds() {
        let refused = |why: &str| {
            format!(
                "the world `{name}` {why}; keep to what {then} promises, or raise {now} out of its \
                 range, as wit/README.md says"
            )
        };
        let Some((_, new)) = present.worlds().find(|(it, _)| *it == name) else {
            return Err(refused("is gone"));
        };
        let mut both = present.resolve.clone();
        let moved = both.merge(released.resolve.clone()).unwrap();
        let old = moved.map_world(*old, Default::default()).unwrap();
        // What is asked is whether a component of the new world may stand where one
        // of the old is expected. The check calls the first `prev`.
        wit_component::semver_check(both, *new, old)
            .map_err(|error| refused(&format!("does not fit the released one ({error:#})")))?;
    }
    Ok(())
}

#[test]
fn the_contract_follows_its_last_release() {
    let (present, released) = (Contract::present(|text| text), Contract::released());
    assert!(present.worlds().count() > 10);
    assert_eq!(present.version.to_string(), env!("CARGO_PKG_VERSION"));
    succeeds(&present, &released).unwrap();
}

#[test]
fn what_the_policy_calls_breaking_is_found_and_what_it_allows_is_not() {
    let released = Contract::released();
    let changed = |from: &str, to: &str| {
        let mut found = false;
        for entry in fs::read_dir(wit()).unwrap() {
            let path = entry.unwrap().path();
            found |= path.is_file() && fs::read_to_string(path).unwrap().contains(from);
        }
        assert!(found, "no file has {from}");
        succeeds(&Contract::present(|text| text.replace(from, to)), &released)
    };
    let sync = "sync: func(request: sync-request) -> result<sync-outcome, error>;";
    let account = "get-account: func() -> result<account, unavailable>;";
    for (from, to) in [
        (
            "/// No account is connected, or its connection was revoked.\n        not-connected,\n",
            "",
        ),
        (sync, ""),
        (
            sync,
            "synced: func(request: sync-request) -> result<sync-outcome, error>;",
        ),
        (
            sync,
            "sync: func(request: sync-request) -> result<option<sync-outcome>, error>;",
        ),
        ("type matter-id = u64;", "type matter-id = u32;"),
        (
            "record sync-request {\n",
            "record sync-request {\n/// More.\nmore: option<bool>,\n",
        ),
        (
            "enum problem-code {\n",
            "enum problem-code {\n/// More.\nmore,\n",
        ),
        (
            "import credentials;\n",
            "import credentials;\nimport wasi:random/random@0.2.12;\n",
        ),
        (account, &format!("{account}\n/// More.\nmore: func();\n")),
        ("world sync-contact-action", "world sync-contacts-action"),
    ] {
        let error = changed(from, to).expect_err(to);
        assert!(error.contains("wit/README.md"), "{error}");
    }
    let more = format!(
        "{sync}\n/// More.\nmore: func(request: sync-request) -> result<sync-outcome, error>;\n"
    );
    changed(sync, &more).unwrap();
    changed(
        "type matter-id = u64;",
        "type matter-id = u64;\n/// More.\ntype more = u64;",
    )
    .unwrap();
    changed(
        "/// The id of a matter in Clio.",
        "/// The id of a matter there.",
    )
    .unwrap();
}

#[test]
fn a_raised_version_may_break_and_a_lower_one_is_none() {
    let released = Contract::released();
    let at = |version: &str, text: &str| {
        let stands = format!("@{};", env!("CARGO_PKG_VERSION"));
        let text = text.replacen(&stands, &format!("@{version};"), 1);
        text.replace("type matter-id = u64;", "type matter-id = u32;")
    };
    let then = &released.version;
    let patch = Version::new(then.major, then.minor, then.patch + 1);
    let minor = Version::new(then.major, then.minor + 1, 0);
    let major = Version::new(then.major + 1, 0, 0);
    for (version, may) in [(&patch, false), (&minor, then.major == 0), (&major, true)] {
        let text = version.to_string();
        let present = Contract::present(|it| at(&text, &it));
        assert_eq!(succeeds(&present, &released).is_ok(), may, "{version}");
    }
    let present = Contract::present(|it| at("0.0.9", &it));
    assert!(succeeds(&present, &released).unwrap_err().contains("lower"));
}

/// Loads a component of the contract as it stands, but with another version.
fn load(host: &Host, version: &str) -> Result<clio_host::Action, LoadError> {
    let contract = Contract::read(&wit(), |_| version.to_owned(), |text| text);
    let resolve = contract.resolve;
    let packages = [contract.package];
    let world = resolve
        .select_world(&packages, Some("sync-contact-action"))
        .unwrap();
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    let component = ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .encode()
        .unwrap();
    host.load(&component)
}

#[test]
fn this_host_loads_later_components_of_its_range_and_names_what_it_lacks_of_others() {
    let host = host();
    let this: Version = env!("CARGO_PKG_VERSION").parse().unwrap();
    let later = Version::new(this.major, this.minor, this.patch + 7);
    for version in [&this, &later] {
        let action = load(&host, &version.to_string()).unwrap();
        let credentials = format!("clio:actions/credentials@{version}");
        assert!(action.imports().contains(&credentials), "{version}");
        assert!(action.functions().any(|it| it == "sync"), "{version}");
    }
    let other = Version::new(this.major, this.minor + 1, 0);
    let error = load(&host, &other.to_string()).unwrap_err().to_string();
    assert!(error.contains(&format!("credentials@{other}")), "{error}");
}
