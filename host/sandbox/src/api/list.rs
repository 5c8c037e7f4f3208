//! Lists: the filters every list has, order, and pages.
//!
//! Two modes. By cursor: `order=id(asc)` and no `offset`; unlimited. By offset:
//! any order, at most 10,000 records. The next page is a whole URL with every
//! parameter and an opaque `page_token`; only that URL is to be followed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Call, with_query};
use crate::answer::{Answer, ApiError};
use crate::clock::whole_second;
use crate::digest::hmac;
use crate::switches::SinceFilter;
use crate::world::{Resource, Stamp};

/// How many records paging by offset reaches.
const OFFSET_CAP: u64 = 10_000;

/// What a record is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortKey {
    Nothing,
    Number(i64),
    Text(String),
}

impl SortKey {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }

    /// The name of another record, if there is one.
    pub(crate) fn name<R>(record: Option<&R>, name: impl Fn(&R) -> String) -> Self {
        record.map_or(Self::Nothing, |record| Self::text(&name(record)))
    }

    pub(crate) fn time(at: Option<jiff::Timestamp>) -> Self {
        at.map_or(Self::Nothing, |at| Self::Number(at.as_second()))
    }
}

/// The content of a page token.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    After(u64),
    Before(u64),
    Offset(u64),
}

impl Call<'_> {
    /// Whether a record passes the filters every list has.
    fn common(&self, stamp: &Stamp, filters: &Common) -> bool {
        let since = |at: jiff::Timestamp, since: Option<jiff::Timestamp>| {
            since.is_none_or(|since| match self.world.switches.since {
                SinceFilter::Inclusive => whole_second(at) >= whole_second(since),
                SinceFilter::Exclusive => whole_second(at) > whole_second(since),
            })
        };
        filters
            .ids
            .as_ref()
            .is_none_or(|ids| ids.contains(&stamp.id))
            && since(stamp.created, filters.created_since)
            && since(stamp.updated, filters.updated_since)
    }

    /// Answers a list. `key` gives the sort key of a record for the fields of
    /// `order` other than the common ones.
    pub(crate) fn list<R: Resource>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R, &str) -> SortKey,
    ) -> Result<Answer, ApiError> {
        let filters = Common {
            ids: self.query.ids("ids[]"),
            created_since: self.query.instant("created_since"),
            updated_since: self.query.instant("updated_since"),
        };
        rows.retain(|r| r.stamp().is_none_or(|s| self.common(s, &filters)));

        let order = self.query.text("order");
        let (field, descending) = match order {
            Some(order) => match order.split_once('(') {
                Some((field, direction)) => (field, direction.starts_with("desc")),
                None => (order, false),
            },
            None => ("id", false),
        };
        let id = |r: &R| r.stamp().map_or(0, |s| s.id);
        // Records stand by id mostly: sorting a hundred thousand of them again
        // for each page would cost more than all else.
        if field != "id" || !rows.is_sorted_by_key(id) {
            rows.sort_by_cached_key(|r| {
                let key = match (field, r.stamp()) {
                    ("id", _) => SortKey::Nothing,
                    ("created_at", Some(s)) => SortKey::time(Some(s.created)),
                    ("updated_at", Some(s)) => SortKey::time(Some(s.updated)),
                    _ => key(r, field),
                };
                (key, id(r))
            });
        }
        if descending {
            rows.reverse();
        }

        let most = if self.operation.id == "User#index" {
            2000
        } else {
            200
        };
        let limit = match self.query.text("limit").map(str::parse::<usize>) {
            None => most,
            Some(Ok(limit)) if (1..=most).contains(&limit) => limit,
            Some(_) => {
                return Err(ApiError::bad_request(format!(
                    "limit must be from 1 to {most}"
                )));
            }
        };
        let limit = self
            .world
            .page_cap
            .map_or(limit, |cap| limit.min(cap.max(1)));
        let by_id = match order {
            Some(order) => order == "id(asc)",
            None => self.world.switches.cursor_without_order,
        };
        let place = match (self.query.text("page_token"), self.query.number("offset")) {
            (Some(token), _) => self.open(token)?,
            (None, Some(offset)) => Place::Offset(offset),
            (None, None) if by_id => Place::After(0),
            (None, None) => Place::Offset(0),
        };
        let start = match place {
            Place::After(after) => rows.partition_point(|r| id(r) <= after),
            Place::Before(before) => rows
                .partition_point(|r| id(r) < before)
                .saturating_sub(limit),
            Place::Offset(offset) if offset >= OFFSET_CAP => {
                return Err(ApiError::bad_request(
                    "offset must be below 10000; page by cursor with order=id(asc)",
                ));
            }
            Place::Offset(offset) => usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(rows.len()),
        };
        let mut end = (start + limit).min(rows.len());
        let mut paging = Map::new();
        let mut link = |name: &str, place: Place| {
            paging.insert(name.to_owned(), Value::String(self.page_url(place)));
        };
        if let Place::Offset(_) = place {
            let cap = usize::try_from(OFFSET_CAP).unwrap_or(usize::MAX);
            end = end.min(cap);
            if end < rows.len().min(cap) {
                link("next", Place::Offset(end as u64));
            }
            if start > 0 {
                link(
                    "previous",
                    Place::Offset(start.saturating_sub(limit) as u64),
                );
            }
        } else if start < end {
            if end < rows.len() {
                link("next", Place::After(id(&rows[end - 1])));
            }
            if start > 0 {
                link("previous", Place::Before(id(&rows[start])));
            }
        }

        let view = self.view();
        let data: Vec<Value> = rows[start..end.max(start)]
            .iter()
            .map(|row| self.selection.project(&view, row))
            .collect();
        let meta = if paging.is_empty() {
            json!({})
        } else {
            json!({"paging": paging})
        };
        Ok(Answer::json(200, &json!({"data": data, "meta": meta})))
    }

    /// The URL of another page.
    fn page_url(&self, place: Place) -> String {
        let mut pairs: Vec<(String, String)> = self
            .query
            .pairs()
            .iter()
            .filter(|(name, _)| name != "page_token" && name != "offset")
            .cloned()
            .collect();
        pairs.push(("page_token".to_owned(), self.seal(place)));
        let origin = self
            .world
            .switches
            .next_page_origin
            .as_deref()
            .unwrap_or(&self.world.origin);
        with_query(&format!("{origin}{}", self.request.path), &pairs)
    }

    fn seal(&self, place: Place) -> String {
        let text = URL_SAFE_NO_PAD.encode(json!(place).to_string());
        let mac = self.mac(&text);
        format!("{text}--{mac}")
    }

    fn open(&self, token: &str) -> Result<Place, ApiError> {
        // Putting the whole next URL in as the token is a known mistake.
        let invalid = || ApiError::bad_request("page_token is invalid");
        let (text, mac) = token.split_once("--").ok_or_else(invalid)?;
        if self.mac(text) != mac {
            return Err(invalid());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        serde_json::from_slice(&bytes).map_err(|_| invalid())
    }

    fn mac(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(&hmac(&self.world.secret, text.as_bytes())[..12])
    }
}

struct Common {
    ids: Option<std::collections::BTreeSet<u64>>,
    created_since: Option<jiff::Timestamp>,
    updated_since: Option<jiff::Timestamp>,
}
