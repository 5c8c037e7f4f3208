//! What is reviewed is the queue's own, and what a person decided cannot be made
//! without the key.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::journal::audit::Filter;

const FIRM: &str = "https://app.clio.com#31";

struct Desk {
    _folder: tempfile::TempDir,
    home: Home,
    journal: Arc<Journal>,
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    let journal = Arc::new(Journal::open(&home.journal().unwrap()).unwrap());
    Desk {
        _folder: folder,
        home,
        journal,
    }
}

fn new() -> NewDraft<'static> {
    NewDraft {
        owner: FIRM,
        connection: "firm",
        matter: 17,
        version_of: None,
        name: "Petition.txt",
        media_type: "",
        made_by: "fill-document",
        template: Some("Dear {{ client.name }}"),
        life: None,
    }
}

impl Desk {
    fn add(&self, bytes: &[u8]) -> Draft {
        let (draft, is_new) = add(&self.home, &self.journal, &new(), bytes).unwrap();
        assert!(is_new);
        draft
    }

    fn edit(&self, sql: &str) {
        let path = self.home.journal().unwrap().join("journal.db");
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    fn file(&self, draft: &Draft) -> std::path::PathBuf {
        self.home.drafts().unwrap().join(&draft.id)
    }
}

#[test]
fn a_draft_is_kept_sealed_and_read_from_any_place() {
    let desk = desk();
    let bytes: Vec<u8> = (0..700_001_u32).map(|n| (n % 251) as u8).collect();
    let draft = desk.add(&bytes);
    assert_eq!(draft.about.sha256, Digest::of(&bytes).to_string());
    assert_eq!(draft.about.media_type, "text/plain");
    let opened = open(&desk.home, &desk.journal, &draft).unwrap();
    assert_eq!(opened.whole(&draft).unwrap(), bytes);
    for from in [0, 1, 262_143, 262_144, 600_000, 700_000] {
        let read = opened.read_at(from, 10).unwrap();
        assert!(!read.is_empty());
        let from = usize::try_from(from).unwrap();
        assert_eq!(read, bytes[from..from + read.len()]);
    }
    assert!(opened.read_at(700_001, 10).unwrap().is_empty());
    let template = desk.journal.draft_template(&draft.id).unwrap();
    assert_eq!(template.as_deref(), Some("Dear {{ client.name }}"));
    let sealed = std::fs::read(desk.file(&draft)).unwrap();
    assert!(!sealed.windows(16).any(|part| part == &bytes[..16]));
}

#[test]
fn bytes_that_were_changed_on_the_disk_are_not_read() {
    let desk = desk();
    let draft = desk.add(b"one page");
    let other = desk.add(b"two page");
    let path = desk.file(&draft);
    // Another draft's bytes of the same length, each sealed by us.
    std::fs::copy(desk.file(&other), &path).unwrap();
    let opened = open(&desk.home, &desk.journal, &draft).unwrap();
    assert!(opened.whole(&draft).is_err());
    assert!(opened.read_at(0, 8).is_err());
    std::fs::write(&path, b"").unwrap();
    assert!(
        open(&desk.home, &desk.journal, &draft)
            .unwrap()
            .whole(&draft)
            .is_err()
    );
}

#[test]
fn the_same_bytes_for_the_same_place_are_one_draft() {
    let desk = desk();
    let draft = desk.add(b"page");
    let again = add(&desk.home, &desk.journal, &new(), &b"page"[..]).unwrap();
    assert_eq!((again.0.id.as_str(), again.1), (draft.id.as_str(), false));
    let elsewhere = NewDraft {
        matter: 18,
        ..new()
    };
    assert!(
        add(&desk.home, &desk.journal, &elsewhere, &b"page"[..])
            .unwrap()
            .1
    );
    reject(&desk.journal, FIRM, &draft.id, "A. Lee").unwrap();
    assert!(
        add(&desk.home, &desk.journal, &new(), &b"page"[..])
            .unwrap()
            .1
    );
}

#[test]
fn added_at_once_the_same_bytes_are_one_draft() {
    let desk = desk();
    let added = std::thread::scope(|scope| {
        let add = || add(&desk.home, &desk.journal, &new(), &b"page"[..]).unwrap();
        let adding: Vec<_> = (0..16).map(|_| scope.spawn(add)).collect();
        let added = adding.into_iter().map(|it| it.join().unwrap());
        added.collect::<Vec<_>>()
    });
    assert_eq!(added.iter().filter(|(_, is_new)| *is_new).count(), 1);
    assert!(added.iter().all(|(draft, _)| draft.id == added[0].0.id));
    let files = std::fs::read_dir(desk.home.drafts().unwrap()).unwrap();
    assert_eq!(files.count(), 1);
}

#[test]
fn an_account_keeps_so_many_drafts_and_no_more() {
    let desk = desk();
    desk.add(b"page");
    for (kept, is) in [("length = 3000000000", false), ("length = 4", true)] {
        desk.edit(&format!("UPDATE drafts SET {kept}"));
        let more = add(&desk.home, &desk.journal, &new(), &b"more"[..]);
        assert_eq!(more.is_ok(), is, "{kept}");
    }
    let another = NewDraft {
        owner: "https://app.clio.com#32",
        ..new()
    };
    desk.edit("UPDATE drafts SET length = 3000000000");
    assert!(add(&desk.home, &desk.journal, &another, &b"page"[..]).is_ok());
}

#[test]
fn who_made_it_is_not_the_callers_to_say_where_it_is_known() {
    let desk = desk();
    let made = Made::Bytes(Digest::of(b"page").0);
    desk.journal
        .remember_made(FIRM, made, "generate-document")
        .unwrap();
    assert_eq!(desk.add(b"page").about.made_by, "generate-document");
}

#[test]
fn an_account_without_an_id_may_be_any_of_its_origin() {
    let desk = desk();
    let made = |bytes: &[u8]| Made::Bytes(Digest::of(bytes).0);
    let known =
        |owner: &str, bytes: &[u8]| desk.journal.made_by(owner, made(bytes)).unwrap().is_some();
    let remember = |owner: &str, bytes: &[u8]| {
        desk.journal
            .remember_made(owner, made(bytes), "fill-document")
            .unwrap();
    };
    remember(FIRM, b"firm's");
    remember("https://app.clio.com", b"the environment's");
    assert!(known("https://app.clio.com", b"firm's"));
    assert!(known(FIRM, b"the environment's"));
    assert!(!known("https://app.clio.com#32", b"firm's"));
    assert!(!known("https://app.clio", b"firm's"));
    assert!(!known("https://eu.app.clio.com", b"firm's"));
    assert!(!known("https://eu.app.clio.com#31", b"the environment's"));
}

#[test]
fn a_decision_names_who_and_stands_in_the_audit_with_the_digest() {
    let desk = desk();
    let draft = desk.add(b"page");
    assert!(approve(&desk.journal, FIRM, &draft.id, " ", None).is_err());
    assert!(
        approve(
            &desk.journal,
            FIRM,
            &draft.id,
            "A. Lee",
            Some(&"0".repeat(64))
        )
        .is_err()
    );
    let seen = Some(draft.about.sha256.as_str());
    let approved = approve(&desk.journal, FIRM, &draft.id, "A. Lee", seen).unwrap();
    assert_eq!(approved.status, Status::Approved);
    assert_eq!(approved.decision.unwrap().by, "A. Lee");
    let rejected = reject(&desk.journal, FIRM, &draft.id, "B. Moe").unwrap();
    assert_eq!(rejected.status, Status::Rejected);
    let failure = approve(&desk.journal, FIRM, &draft.id, "A. Lee", None).unwrap_err();
    assert!(failure.to_string().contains("B. Moe decided"), "{failure}");
    let rows = desk.journal.rows(&Filter::default()).unwrap();
    let told: Vec<(String, String)> = rows
        .iter()
        .map(|row| (row.action.clone(), row.more().by))
        .collect();
    assert_eq!(
        told,
        [
            ("draft-add".to_owned(), String::new()),
            ("draft-approve".to_owned(), "A. Lee".to_owned()),
            ("draft-reject".to_owned(), "B. Moe".to_owned()),
        ]
    );
    assert!(
        rows.iter()
            .all(|row| row.more().digests == [draft.about.sha256.clone()])
    );
}

#[test]
fn another_accounts_draft_is_not_there() {
    let desk = desk();
    let draft = desk.add(b"page");
    let other = "https://app.clio.com#7";
    assert!(found(&desk.journal, other, &draft.id).is_err());
    assert!(approve(&desk.journal, other, &draft.id, "A. Lee", None).is_err());
    let all = DraftFilter {
        limit: 9,
        ..DraftFilter::default()
    };
    assert!(list(&desk.journal, other, &all).unwrap().is_empty());
    // Not with the column alone, either.
    desk.edit("UPDATE drafts SET owner = 'https://app.clio.com#7'");
    assert!(found(&desk.journal, other, &draft.id).is_err());
}

#[test]
fn nobody_approves_with_the_file_and_without_the_key() {
    let desk = desk();
    let (draft, other) = (desk.add(b"page"), desk.add(b"another"));
    desk.edit("UPDATE drafts SET status = 'approved'");
    assert!(found(&desk.journal, FIRM, &draft.id).is_err());
    desk.edit("UPDATE drafts SET status = 'waiting'");
    approve(&desk.journal, FIRM, &other.id, "A. Lee", None).unwrap();
    desk.edit(
        "UPDATE drafts SET status = 'approved',
         decision = (SELECT decision FROM drafts WHERE decision IS NOT NULL)",
    );
    assert!(found(&desk.journal, FIRM, &draft.id).is_err());
    assert!(found(&desk.journal, FIRM, &other.id).is_ok());
}

#[test]
fn what_is_over_goes_and_stays_known_as_a_machines_work() {
    let desk = desk();
    let (over, kept) = (desk.add(b"page"), desk.add(b"kept"));
    reject(&desk.journal, FIRM, &over.id, "A. Lee").unwrap();
    let none = Expired::default();
    assert_eq!(
        expire(&desk.home, &desk.journal).unwrap(),
        Expired { files: 1, ..none }
    );
    assert_eq!(expire(&desk.home, &desk.journal).unwrap(), none);
    assert!(!desk.file(&over).exists() && desk.file(&kept).exists());
    let over = found(&desk.journal, FIRM, &over.id).unwrap();
    assert!(open(&desk.home, &desk.journal, &over).is_err());
    assert_eq!(desk.journal.draft_template(&over.id).unwrap(), None);
    let digest = digest(&over.about.sha256).unwrap();
    let made = desk.journal.made_by(FIRM, Made::Bytes(digest.0)).unwrap();
    assert_eq!(made.as_deref(), Some("fill-document"));
    assert_eq!(
        desk.journal
            .made_by("other", Made::Bytes(digest.0))
            .unwrap(),
        None
    );
}

#[test]
fn a_draft_whose_time_is_over_is_expired_before_anybody_sweeps() {
    let desk = desk();
    let short = NewDraft {
        life: Some(Duration::ZERO),
        ..new()
    };
    let (draft, _) = add(&desk.home, &desk.journal, &short, &b"page"[..]).unwrap();
    assert_eq!(draft.status, Status::Expired);
    assert!(approve(&desk.journal, FIRM, &draft.id, "A. Lee", None).is_err());
    let of = |status| {
        let filter = DraftFilter {
            status: Some(status),
            limit: 9,
            ..DraftFilter::default()
        };
        list(&desk.journal, FIRM, &filter).unwrap().len()
    };
    assert_eq!((of(Status::Expired), of(Status::Waiting)), (1, 0));
    // The same bytes may be added once more.
    desk.add(b"page");
    let expired = expire(&desk.home, &desk.journal).unwrap();
    assert_eq!((expired.drafts, expired.files), (1, 1));
    assert_eq!((of(Status::Expired), of(Status::Waiting)), (1, 1));
    let rows = desk.journal.rows(&Filter::default()).unwrap();
    assert!(rows.iter().any(|row| row.action == "draft-expire"));
}
