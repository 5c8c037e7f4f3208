//! Random histories of an account, and what detection tells of them.
//!
//! The account is a model with Clio's list semantics: pages by id, an index
//! that lags, incomplete and trashed rows on demand. Whatever happens between
//! two calls, each document is told once.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::detect::detect_asking;
use super::{DetectRequest, Hint, Hinted, Start, WatchScope};
use crate::instant::{Instant, OVERLAP};
use crate::scripted::{Memory, ORIGIN, parameters};
use crate::transport::{
    Body, Headers, Opened, PutError, Request, Response, Transport, TransportError,
};

#[derive(Debug, Clone)]
struct Document {
    matter: u64,
    created: i64,
    updated: i64,
    visible: i64,
    complete: bool,
    trashed: bool,
}

/// A model of an account.
#[derive(Debug)]
struct Account {
    now: i64,
    documents: BTreeMap<u64, Document>,
    next_id: u64,
    /// Whether the last step of an upload moves `updated_at`. Not documented.
    completion_is_a_change: bool,
    /// Whether `updated_since` includes the instant itself. Not documented.
    since_includes: bool,
    /// How far the local clock is off.
    skew: i64,
    /// Tokens of pages carry it. Another one is refused.
    tokens: u64,
    /// Requests that named ids.
    asked: usize,
    /// Other requests that were answered.
    listed: usize,
}

const PAGE: usize = 3;

impl Transport for Account {
    type Content = Memory;

    fn origin(&self) -> &str {
        ORIGIN
    }

    fn send(&mut self, request: &Request) -> Result<Response, TransportError> {
        let (path, query) = parameters(&request.path_and_query);
        assert_eq!(path, "/api/v4/documents.json");
        let param = |name: &str| {
            query
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, v)| v.as_str())
        };
        assert_eq!(param("order"), Some("id(asc)"));
        assert_eq!(param("show_uncompleted"), Some("true"));
        assert_eq!(param("include_deleted"), Some("true"));
        let token = param("page_token").map(|token| {
            let (tokens, after) = token.split_once('-').unwrap();
            (
                tokens.parse::<u64>().unwrap(),
                after.parse::<u64>().unwrap(),
            )
        });
        if token.is_some_and(|(tokens, _)| tokens != self.tokens) {
            let body = br#"{"error":{"type":"ArgumentError","message":"page_token is invalid"}}"#;
            let headers = Headers::default();
            return Ok(Response {
                status: 422,
                headers,
                body: body.to_vec(),
            });
        }
        let after = token.map_or(0, |(_, after)| after);
        let since = param("updated_since").map(|since| Instant::parse(since).unwrap().0);
        let matter = param("matter_id").map(|id| id.parse::<u64>().unwrap());
        let ids: Vec<u64> = query
            .iter()
            .filter(|(name, _)| name == "ids[]")
            .map(|(_, id)| id.parse().unwrap())
            .collect();
        match ids.as_slice() {
            [] => self.listed += 1,
            ids => {
                assert!(
                    ids.len() <= PAGE,
                    "a request names no more than a page holds"
                );
                self.asked += 1;
            }
        }
        let mut rows = self.documents.range(after + 1..).filter(|(id, document)| {
            let changed = since.is_none_or(|since| {
                document.updated > since || (self.since_includes && document.updated == since)
            });
            let asked = ids.is_empty() || ids.contains(id);
            let inside = matter.is_none_or(|matter| document.matter == matter);
            changed && asked && inside && document.visible <= self.now
        });
        let page: Vec<_> = rows.by_ref().take(PAGE).collect();
        let mut meta = json!({});
        if rows.next().is_some() {
            let mut next = format!(
                "{ORIGIN}{path}?page_token={}-{}",
                self.tokens,
                page[PAGE - 1].0
            );
            for (name, value) in query.iter().filter(|(name, _)| name != "page_token") {
                let value = value.replace('{', "%7B").replace('}', "%7D");
                next.push_str(&format!("&{name}={value}"));
            }
            meta = json!({ "paging": { "next": next } });
        }
        let data: Vec<_> = page
            .into_iter()
            .map(|(id, document)| {
                json!({
                    "id": id, "name": format!("{id}.pdf"),
                    "created_at": Instant(document.created).to_string(),
                    "deleted_at": document.trashed.then(|| Instant(self.now).to_string()),
                    "latest_document_version": { "fully_uploaded": document.complete },
                })
            })
            .collect();
        let time = jiff::Timestamp::from_second(self.now).unwrap();
        let date = time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        Ok(Response {
            status: 200,
            headers: Headers::new(vec![("Date".into(), date)]),
            body: json!({ "data": data, "meta": meta })
                .to_string()
                .into_bytes(),
        })
    }

    fn open(&mut self, _: &str) -> Result<Opened<Memory>, TransportError> {
        unreachable!("detection opens nothing")
    }

    fn put(
        &mut self,
        _: &str,
        _: &[(String, String)],
        _: u64,
        _: Body<'_>,
    ) -> Result<Response, PutError> {
        unreachable!("detection writes nothing")
    }

    fn now(&self) -> Instant {
        Instant(self.now + self.skew)
    }

    fn sleep(&mut self, _: Duration) {
        unreachable!("detection waits for nothing")
    }
}

/// What happens between two calls. A document is named by its place.
#[derive(Debug, Clone)]
enum Event {
    Create {
        complete: bool,
        hidden_for: i64,
    },
    Complete(usize),
    Edit(usize),
    Trash(usize),
    Restore(usize),
    Purge(usize),
    Pass(i64),
    LoseTokens,
    Poll {
        pages: u32,
    },
    /// A delivery about a document, or about its matter.
    Deliver {
        place: usize,
        matter: bool,
        pages: u32,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let place = 0..64_usize;
    prop_oneof![
        6 => (any::<bool>(), prop_oneof![Just(0), 0..OVERLAP - 30])
            .prop_map(|(complete, hidden_for)| Event::Create { complete, hidden_for }),
        4 => place.clone().prop_map(Event::Complete),
        3 => place.clone().prop_map(Event::Edit),
        1 => place.clone().prop_map(Event::Trash),
        1 => place.clone().prop_map(Event::Restore),
        1 => place.clone().prop_map(Event::Purge),
        4 => (place, any::<bool>(), 1..3_u32)
            .prop_map(|(place, matter, pages)| Event::Deliver { place, matter, pages }),
        5 => prop_oneof![0..3_i64, 0..700_i64, 0..5000_i64].prop_map(Event::Pass),
        1 => Just(Event::LoseTokens),
        6 => (1..4_u32).prop_map(|pages| Event::Poll { pages }),
    ]
}

impl Account {
    fn apply(&mut self, event: &Event) {
        let now = self.now;
        let completion = self.completion_is_a_change;
        let mut at = |place: &usize, change: &dyn Fn(&mut Document)| {
            let count = self.documents.len().max(1);
            if let Some(document) = self.documents.values_mut().nth(place % count) {
                change(document);
            }
        };
        match event {
            Event::Create {
                complete,
                hidden_for,
            } => {
                let document = Document {
                    matter: 1 + self.next_id % 3,
                    created: now,
                    updated: now,
                    visible: now + hidden_for,
                    complete: *complete,
                    trashed: false,
                };
                self.documents.insert(self.next_id, document);
                self.next_id += 1;
            }
            Event::Complete(place) => at(place, &|document| {
                document.complete = true;
                if completion {
                    document.updated = now;
                }
            }),
            Event::Edit(place) => at(place, &|document| document.updated = now),
            Event::Trash(place) => at(place, &|document| {
                document.trashed = true;
                document.updated = now;
            }),
            Event::Restore(place) => at(place, &|document| {
                document.trashed = false;
                document.updated = now;
            }),
            Event::Purge(place) => {
                let count = self.documents.len().max(1);
                let id = self.documents.iter().nth(place % count);
                if let Some(id) = id.filter(|(_, d)| d.trashed).map(|(id, _)| *id) {
                    self.documents.remove(&id);
                }
            }
            Event::Pass(seconds) => self.now += seconds,
            Event::LoseTokens => self.tokens += 1,
            Event::Poll { .. } | Event::Deliver { .. } => {}
        }
    }
}

/// Calls, and what they told.
struct Watcher {
    start: Start,
    told: BTreeSet<u64>,
    more: bool,
}

impl Watcher {
    fn poll(&mut self, account: &mut Account, pages: u32) -> Result<(), TestCaseError> {
        self.call(account, pages, None)
    }

    /// Passes a delivery on, once there is a cursor to go with it.
    fn deliver(
        &mut self,
        account: &mut Account,
        place: usize,
        matter: bool,
        pages: u32,
    ) -> Result<(), TestCaseError> {
        let count = account.documents.len().max(1);
        let document = account.documents.iter().nth(place % count);
        let about = match (document, matter) {
            (Some((_, document)), true) => Hinted::Matter(document.matter),
            (Some((id, _)), false) => Hinted::Document(*id),
            // Deliveries can be made up.
            (None, _) => Hinted::Document(17),
        };
        match self.start {
            Start::Cursor(_) => self.call(
                account,
                pages,
                Some(Hint {
                    about,
                    look: Some(0),
                }),
            ),
            _ => Ok(()),
        }
    }

    fn call(
        &mut self,
        account: &mut Account,
        pages: u32,
        hint: Option<Hint>,
    ) -> Result<(), TestCaseError> {
        let request = DetectRequest {
            scope: WatchScope::Account,
            start: self.start.clone(),
            max_pages: Some(pages),
            hint,
        };
        let (listed, asked) = (account.listed, account.asked);
        let outcome = detect_asking(account, &request, PAGE).expect("the model answers");
        if request.hint.is_none() {
            // A first look by a clock that is off is repeated.
            let listed = account.listed - listed;
            prop_assert!(
                listed <= pages as usize + 1,
                "{listed} requests for {pages} pages"
            );
            let asked = account.asked - asked;
            prop_assert!(
                asked <= usize::from(!outcome.more),
                "{asked} for what waits"
            );
        }
        for document in outcome.documents {
            let id = document.id;
            let row = &account.documents[&id];
            prop_assert!(row.complete && !row.trashed, "{id} was told too early");
            prop_assert!(self.told.insert(id), "{id} was told twice");
        }
        self.start = Start::Cursor(outcome.cursor);
        self.more = outcome.more;
        Ok(())
    }

    /// Lets everything become visible, and polls until each that waits had its
    /// turn.
    fn settle(&mut self, account: &mut Account) -> Result<(), TestCaseError> {
        let turns = account.documents.len().div_ceil(PAGE);
        for _ in 0..turns + 3 {
            account.now += OVERLAP;
            for _ in 0..200 {
                self.poll(account, 5)?;
                if !self.more {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn account(flags: (bool, bool), skew: i64) -> Account {
    Account {
        now: 1_772_000_000,
        documents: BTreeMap::new(),
        next_id: 1,
        completion_is_a_change: flags.0,
        since_includes: flags.1,
        skew,
        tokens: 0,
        asked: 0,
        listed: 0,
    }
}

fn play(
    account: &mut Account,
    watcher: &mut Watcher,
    events: &[Event],
) -> Result<(), TestCaseError> {
    for event in events {
        account.apply(event);
        if let Event::Poll { pages } = event {
            watcher.poll(account, *pages)?;
        }
        if let Event::Deliver {
            place,
            matter,
            pages,
        } = event
        {
            watcher.deliver(account, *place, *matter, *pages)?;
        }
    }
    watcher.settle(account)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn from_the_beginning_each_document_is_told_once(
        flags in any::<(bool, bool)>(),
        events in prop::collection::vec(event(), 0..90),
    ) {
        let mut account = account(flags, 0);
        let mut watcher = Watcher { start: Start::Beginning, told: BTreeSet::new(), more: false };
        play(&mut account, &mut watcher, &events)?;
        for (id, document) in &account.documents {
            if document.complete && !document.trashed {
                prop_assert!(watcher.told.contains(id), "{} was never told", id);
            }
        }
    }

    #[test]
    fn from_now_on_only_what_comes_is_told(
        flags in any::<(bool, bool)>(),
        skew in prop_oneof![Just(0), -200_000..200_000_i64],
        before in prop::collection::vec(event(), 0..30),
        pages in 1..4_u32,
        events in prop::collection::vec(event(), 0..60),
    ) {
        let mut account = account(flags, skew);
        for event in &before {
            account.apply(event);
        }
        let stood = account.documents.clone();
        let began = account.now;
        let mut watcher = Watcher { start: Start::Now, told: BTreeSet::new(), more: false };
        watcher.poll(&mut account, pages)?;
        let whole = !watcher.more;
        play(&mut account, &mut watcher, &events)?;
        for (id, document) in &account.documents {
            let told = watcher.told.contains(id);
            let due = document.complete && !document.trashed;
            match stood.get(id) {
                Some(before) if before.complete && document.created < began => {
                    prop_assert!(!told, "{} stood there, and was told", id);
                }
                // CASES A4: what the contract says of uploads that are unfinished.
                Some(before) if !before.complete && before.visible <= began => {
                    let lately = before.updated > began - OVERLAP;
                    prop_assert!(
                        told || !due || !lately || !whole,
                        "{} was unfinished, and was never told", id
                    );
                    let long_ago = before.updated < began - 2 * OVERLAP;
                    prop_assert!(
                        !told || !long_ago || before.created >= began,
                        "{} was read in the first look: the contract says that it is not", id
                    );
                }
                Some(_) => {}
                None => prop_assert!(told || !due, "{} came, and was never told", id),
            }
        }
    }

    #[test]
    fn since_an_instant_what_was_created_from_then_on_is_told(
        flags in any::<(bool, bool)>(),
        before in prop::collection::vec(event(), 0..40),
        back in 0..3000_i64,
        events in prop::collection::vec(event(), 0..40),
    ) {
        let mut account = account(flags, 0);
        for event in &before {
            account.apply(event);
        }
        let since = account.now - back;
        let start = Start::Since(Instant(since).to_string());
        let mut watcher = Watcher { start, told: BTreeSet::new(), more: false };
        play(&mut account, &mut watcher, &events)?;
        for (id, document) in &account.documents {
            let told = watcher.told.contains(id);
            let due = document.complete && !document.trashed && document.created >= since;
            prop_assert_eq!(told, due || (told && document.created >= since), "{}", id);
        }
    }
}
