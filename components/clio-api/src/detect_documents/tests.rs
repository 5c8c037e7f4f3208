//! What detection sends, and what it makes of answers, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use clio_types::types::ProblemCode;
use serde_json::{Value, json};

use super::*;
use crate::cursor::Bound as _;
use crate::scripted::{ORIGIN, Reply, Script, lost, page, raw, refused, rows};
use crate::{Failure, Remedy};

const LIST: &str = "GET documents.json";
const NEXT: &str = "https://app.clio.com/api/v4/documents.json?page_token=abc&limit=200";

fn ask(start: Start) -> DetectRequest {
    DetectRequest {
        scope: WatchScope::Matter(3),
        start,
        max_pages: None,
        hint: None,
    }
}

fn row(id: u64, created: &str, uploaded: bool) -> Value {
    json!({
        "id": id, "name": format!("{id}.pdf"), "created_at": created,
        "content_type": "application/pdf", "size": 17,
        "matter": { "id": 3 }, "contact": { "redacted": true }, "parent": { "id": 8 },
        "document_category": null,
        "external_properties": [{ "name": "source-id", "value": format!("intake:{id}") }],
        "latest_document_version": { "fully_uploaded": uploaded },
    })
}

const OLD: &str = "2026-01-01T00:00:00+02:00";

fn run(clio: &mut Script, request: &DetectRequest) -> Result<DetectOutcome, Failure> {
    let outcome = detect(clio, request);
    clio.done();
    outcome
}

fn ids(outcome: &DetectOutcome) -> Vec<u64> {
    outcome
        .documents
        .iter()
        .map(|document| document.id)
        .collect()
}

fn cursor(documents: &Value) -> String {
    let mut clio = Script::default();
    clio.on(LIST, rows(documents));
    run(&mut clio, &ask(Start::Beginning)).unwrap().cursor
}

#[test]
fn a_new_document_is_described() {
    let mut clio = Script::default();
    let mut second = row(2, "2026-02-01T00:00:00Z", true);
    second["size"] = json!(2_147_483_647);
    clio.on(LIST, rows(&json!([row(1, OLD, true), second])));
    let outcome = run(&mut clio, &ask(Start::Beginning)).unwrap();
    assert_eq!(
        outcome.documents[0],
        NewDocument {
            id: 1,
            name: "1.pdf".into(),
            matter: Some(3),
            contact: None,
            folder: Some(8),
            category: None,
            media_type: Some("application/pdf".into()),
            size: Some(17),
            created_at: "2025-12-31T22:00:00Z".into(),
            source_id: Some("intake:1".into()),
        }
    );
    // Clio's size is a 32-bit number.
    assert_eq!(outcome.documents[1].size, None);
    assert!(!outcome.more);
    assert_eq!(clio.sent[0].param("matter_id"), Some("3"));
    assert_eq!(clio.sent[0].param("updated_since"), None);
}

#[test]
fn a_poll_without_changes_costs_one_request() {
    let cursor = cursor(&json!([row(1, OLD, true)]));
    let mut clio = Script::default();
    // An edit shows the document again.
    clio.on(LIST, rows(&json!([row(1, OLD, true)])));
    let outcome = run(&mut clio, &ask(Start::Cursor(cursor))).unwrap();
    assert_eq!(ids(&outcome), [0; 0]);
    // Ten minutes before the last scan began, by Clio's clock.
    assert_eq!(
        clio.sent[0].param("updated_since"),
        Some("2026-03-01T09:20:00Z")
    );
}

#[test]
fn an_unfinished_upload_is_told_once_it_is_complete() {
    let cursor = cursor(&json!([row(1, OLD, false), row(2, OLD, true)]));

    // The last step did not move `updated_at`: it is asked for.
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([row(1, OLD, true)])));
    let outcome = run(&mut clio, &ask(Start::Cursor(cursor.clone()))).unwrap();
    assert_eq!((ids(&outcome), outcome.waiting), (vec![1], 0));
    assert_eq!(clio.sent[1].param("ids[]"), Some("1"));

    // It did.
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([row(1, OLD, true)])));
    let outcome = run(&mut clio, &ask(Start::Cursor(cursor.clone()))).unwrap();
    assert_eq!(ids(&outcome), [1]);

    // It was purged.
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([]))).on(LIST, rows(&json!([])));
    let outcome = run(&mut clio, &ask(Start::Cursor(cursor))).unwrap();
    assert_eq!((outcome.waiting, outcome.dropped), (0, 1));
}

#[test]
fn an_upload_is_given_up_after_31_days() {
    for (created, dropped) in [("2026-01-29T09:29:59Z", 1), ("2026-01-29T09:30:01Z", 0)] {
        let cursor = cursor(&json!([row(1, created, false)]));
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(LIST, rows(&json!([row(1, created, false)])));
        let outcome = run(&mut clio, &ask(Start::Cursor(cursor))).unwrap();
        assert_eq!((outcome.dropped, outcome.waiting), (dropped, 1 - dropped));
    }
}

#[test]
fn now_costs_one_request_and_tells_nothing_that_stands_there() {
    let recent = "2026-03-01T09:29:00Z";
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([
            row(4, OLD, true),
            row(9, recent, true),
            row(10, recent, false)
        ])),
    );
    let outcome = run(&mut clio, &ask(Start::Now)).unwrap();
    assert_eq!((ids(&outcome), outcome.waiting), (vec![], 1));

    let mut clio = Script::default();
    let later = "2026-03-01T09:31:00Z";
    clio.on(
        LIST,
        rows(&json!([
            row(9, recent, true),
            row(10, recent, true),
            row(11, later, true)
        ])),
    );
    let outcome = run(&mut clio, &ask(Start::Cursor(outcome.cursor))).unwrap();
    assert_eq!(ids(&outcome), [10, 11]);
}

#[test]
fn now_goes_by_clios_clock() {
    let mut clio = Script::default();
    let ahead = |reply: Reply| match reply {
        Reply::Answer { status, body, .. } => Reply::Answer {
            status,
            headers: vec![],
            body,
        }
        .header("Date", "Sun, 01 Mar 2026 12:00:00 GMT"),
        other => other,
    };
    clio.on(LIST, ahead(rows(&json!([]))))
        .on(LIST, ahead(rows(&json!([]))));
    run(&mut clio, &ask(Start::Now)).unwrap();
    assert_eq!(
        clio.sent[1].param("updated_since"),
        Some("2026-03-01T11:50:00Z")
    );
}

#[test]
fn a_scan_stops_at_the_page_limit_and_goes_on_there() {
    let mut request = ask(Start::Beginning);
    request.max_pages = Some(1);
    let mut clio = Script::default();
    clio.on(LIST, page(&json!([row(1, OLD, true)]), NEXT));
    let outcome = run(&mut clio, &request).unwrap();
    assert_eq!((ids(&outcome), outcome.more), (vec![1], true));

    request.start = Start::Cursor(outcome.cursor);
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([row(2, OLD, true)])));
    let second = run(&mut clio, &request).unwrap();
    assert_eq!((ids(&second), second.more), (vec![2], false));
    assert_eq!(clio.sent[0].param("page_token"), Some("abc"));

    // The token may not live as long as the cursor: the scan begins again, and
    // tells nothing twice.
    let mut clio = Script::default();
    clio.on(LIST, refused(422, "ArgumentError", "page_token is invalid"))
        .on(LIST, rows(&json!([row(1, OLD, true), row(2, OLD, true)])));
    let second = run(&mut clio, &request).unwrap();
    assert_eq!(ids(&second), [2]);
}

#[test]
fn what_was_read_before_a_fault_is_told() {
    let mut clio = Script::default();
    clio.on(LIST, page(&json!([row(1, OLD, true)]), NEXT))
        .on(LIST, lost());
    let outcome = run(&mut clio, &ask(Start::Beginning)).unwrap();
    assert_eq!((ids(&outcome), outcome.more), (vec![1], true));

    let mut clio = Script::default();
    clio.on(LIST, lost());
    let failure = run(&mut clio, &ask(Start::Beginning)).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Transient, ProblemCode::Unavailable)
    );
}

#[test]
fn a_long_account_leaves_a_short_cursor() {
    let mut request = ask(Start::Beginning);
    request.max_pages = Some(1);
    let all: Vec<_> = (1..=200).map(|id| row(id, OLD, true)).collect();
    let mut clio = Script::default();
    clio.on(LIST, page(&json!(all), NEXT));
    let outcome = run(&mut clio, &request).unwrap();
    assert_eq!(outcome.documents.len(), 200);
    assert!(outcome.cursor.len() < 500, "{}", outcome.cursor.len());
}

/// A cursor with another text in it.
fn edited(cursor: &str, from: &str, to: &str) -> String {
    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let text = String::from_utf8(engine.decode(cursor).unwrap()).unwrap();
    assert!(text.contains(from), "{text}");
    engine.encode(text.replace(from, to))
}

#[test]
fn many_that_wait_cost_one_request_and_take_turns() {
    let waits = |ids: &[u64]| {
        ids.iter()
            .map(|id| row(*id, "2026-02-20T00:00:00Z", false))
            .collect::<Vec<_>>()
    };
    let all: Vec<u64> = (1..=450).collect();
    let mut start = cursor(&json!(waits(&all)));
    let turns: [Vec<u64>; 4] = [
        (1..=200).collect(),
        (201..=400).collect(),
        (401..=450).chain(1..=150).collect(),
        (151..=350).collect(),
    ];
    for turn in turns {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(LIST, rows(&json!(waits(&turn))));
        let outcome = run(&mut clio, &ask(Start::Cursor(start))).unwrap();
        let asked = clio.sent[1]
            .query
            .iter()
            .filter(|(name, _)| name == "ids[]");
        let asked: Vec<u64> = asked.map(|(_, id)| id.parse().unwrap()).collect();
        assert_eq!(asked, turn);
        assert_eq!((outcome.waiting, outcome.dropped), (450, 0));
        start = outcome.cursor;
    }

    // What the scan shows needs no turn, and one that has left gives its up.
    let shown: Vec<u64> = (351..=449).collect();
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!(waits(&shown))))
        .on(LIST, rows(&json!(waits(&[1]))));
    let outcome = run(&mut clio, &ask(Start::Cursor(start))).unwrap();
    assert_eq!(clio.sent[1].param("ids[]"), Some("450"));
    assert_eq!((outcome.waiting, outcome.dropped), (251, 199));
}

#[test]
fn ten_thousand_that_wait_leave_a_short_cursor() {
    // The account of a busy region: other firms' documents lie between.
    let row = |n: u64| {
        let created = crate::Instant(1_770_000_000 + 250 * n as i64).to_string();
        row(2_000_000_000 + n * 900, &created, false)
    };
    let all: Vec<_> = (0..10_000).map(row).collect();
    let cursor = cursor(&json!(all));
    assert!(cursor.len() < 55_000, "{}", cursor.len());
    let read = super::cursor::Cursor::read(&cursor, ORIGIN, WatchScope::Matter(3)).unwrap();
    assert_eq!(read.waiting.len(), 10_000);
    let last = (2_000_000_000 + 9_999 * 900, 1_770_000_000 + 250 * 9_999);
    assert_eq!(read.waiting.into_iter().next_back(), Some(last));
}

#[test]
fn a_cursor_belongs_to_its_scope_and_origin() {
    let good = cursor(&json!([]));
    let mut other = ask(Start::Cursor(good.clone()));
    other.scope = WatchScope::Folder(3);
    let foreign = {
        let swap = |from: &str, to: &str| edited(&good, from, to);
        let place = |place: &str| swap("\"a\":0", &format!("\"a\":0,\"p\":{place}"));
        let holding = |id: u64, at: i64| {
            let mut cursor = super::cursor::Cursor::new(ORIGIN, WatchScope::Matter(3));
            cursor.waiting.insert(id, at);
            cursor.encode()
        };
        [
            swap("https://app.clio.com", "https://eu.app.clio.com"),
            swap("\"v\":2", "\"v\":1"),
            place("{\"n\":\"/oauth/x\",\"b\":1}"),
            place("{\"n\":\"/api/v4/documents.json?a b\",\"b\":1}"),
            // Ids and times that overflow.
            place("{\"n\":\"/api/v4/documents.json\",\"b\":9223372036854775807}"),
            swap("\"a\":0", "\"a\":18446744073709551615"),
            holding(u64::MAX, 1),
            holding(7, i64::MIN),
            // What is packed is cut short, gone, or goes on.
            swap("\0\0\0", "\0\0"),
            swap("\0\0\0", "\0"),
            swap("\0\0\0", ""),
            swap("\0\0\0", "\0\0\0\0"),
            swap("\0\0\0", "\0\u{1}\u{7}"),
        ]
    };
    let malformed = ["", "x", "!!!", "e30"].map(str::to_owned);
    let requests = foreign
        .into_iter()
        .chain(malformed)
        .map(|text| ask(Start::Cursor(text)));
    for request in requests.chain([other]) {
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput, "{request:?}");
        assert_eq!(failure.problem.field.as_deref(), Some("/start/cursor"));
    }
}

#[test]
fn an_answer_without_clios_time_is_not_used() {
    let mut clio = Script::default();
    let body = br#"{"data":[],"meta":{}}"#.to_vec();
    clio.on(
        LIST,
        Reply::Answer {
            status: 200,
            headers: vec![],
            body,
        },
    );
    let failure = run(&mut clio, &ask(Start::Beginning)).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
}

#[test]
fn scopes_are_named_and_narrow_the_list() {
    for (scope, field, params) in [
        (WatchScope::Account, "/scope", vec![]),
        (
            WatchScope::Matter(3),
            "/scope/matter",
            vec![("matter_id", "3")],
        ),
        (
            WatchScope::Folder(4),
            "/scope/folder",
            vec![("parent_id", "4"), ("scope", "descendants")],
        ),
        (
            WatchScope::Category(5),
            "/scope/category",
            vec![("document_category_id", "5")],
        ),
    ] {
        let mut clio = Script::default();
        clio.on(LIST, raw(404, ""));
        let request = DetectRequest {
            scope,
            start: Start::Beginning,
            max_pages: None,
            hint: None,
        };
        let failure = run(&mut clio, &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::NotFound);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
        for (name, value) in params {
            assert_eq!(clio.sent[0].param(name), Some(value));
        }
    }
}

#[test]
fn a_malformed_input_costs_no_request() {
    let none = DetectRequest {
        max_pages: Some(0),
        ..ask(Start::Now)
    };
    let nowhere = DetectRequest {
        scope: WatchScope::Matter(0),
        ..ask(Start::Now)
    };
    for (request, field) in [
        (none, "/max_pages"),
        (nowhere, "/scope/matter"),
        (ask(Start::Since("last week".into())), "/start/since"),
        (
            ask(Start::Since("2031-01-01T00:00:00Z".into())),
            "/start/since",
        ),
    ] {
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}

fn hint(about: Hinted, look: u32) -> Option<Hint> {
    Some(Hint {
        about,
        look: Some(look),
    })
}

#[test]
fn a_delivery_is_looked_at_in_one_request_and_not_told_again() {
    let start = cursor(&json!([row(1, OLD, true)]));
    let scope = WatchScope::Matter(3);
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([row(2, "2026-03-01T09:29:00Z", true)])));
    let mut request = ask(Start::Cursor(start));
    request.hint = hint(Hinted::Matter(3), 0);
    let told = run(&mut clio, &request).unwrap();
    assert_eq!((ids(&told), told.look_again_ms), (vec![2], Some(5_000)));
    assert!(clio.sent[0].param("updated_since").is_some());

    // The scan that follows reads from where it would have read without it.
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([row(2, "2026-03-01T09:29:00Z", true)])));
    let again = run(&mut clio, &ask(Start::Cursor(told.cursor))).unwrap();
    assert_eq!(ids(&again), Vec::<u64>::new());
    assert_eq!(scope, request.scope);
}

#[test]
fn looks_end_ten_minutes_after_the_delivery() {
    let start = cursor(&json!([]));
    let waits: Vec<_> = (0..6)
        .map(|look| {
            let mut clio = Script::default();
            clio.on(LIST, rows(&json!([])));
            let mut request = ask(Start::Cursor(start.clone()));
            request.hint = hint(Hinted::Document(7), look);
            run(&mut clio, &request).unwrap().look_again_ms
        })
        .collect();
    let expected = [
        Some(5_000),
        Some(25_000),
        Some(90_000),
        Some(480_000),
        None,
        None,
    ];
    assert_eq!(waits, expected);
    assert_eq!(expected.iter().flatten().sum::<u32>(), 600_000);
}

#[test]
fn a_delivery_of_another_matter_costs_no_request_and_one_of_nothing_is_no_failure() {
    let start = cursor(&json!([]));
    let mut request = ask(Start::Cursor(start));
    request.hint = hint(Hinted::Matter(4), 0);
    assert_eq!(
        ids(&run(&mut Script::default(), &request).unwrap()),
        Vec::<u64>::new()
    );

    request.hint = hint(Hinted::Document(9), 0);
    let mut clio = Script::default();
    clio.on(LIST, raw(404, ""));
    assert_eq!(ids(&run(&mut clio, &request).unwrap()), Vec::<u64>::new());
}

#[test]
fn a_hint_goes_with_a_cursor_and_an_id() {
    let mut without = ask(Start::Now);
    without.hint = hint(Hinted::Matter(3), 0);
    let mut nobody = ask(Start::Cursor(cursor(&json!([]))));
    nobody.hint = hint(Hinted::Document(0), 0);
    for (request, field) in [(without, "/hint"), (nobody, "/hint/about/document")] {
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}
