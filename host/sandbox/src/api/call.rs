//! What handlers share: answers of one record, tags, preconditions, and the
//! note of what is ignored.

use super::Call;
use crate::answer::{Answer, ApiError};
use crate::clock::http_date;
use crate::trace::{Ignored, IgnoredKind};
use crate::world::{Record, Resource, Stamp, View};

impl Call<'_> {
    /// The first id of the path.
    pub(crate) fn id(&self) -> u64 {
        self.ids.first().copied().unwrap_or(0)
    }

    pub(crate) fn view(&self) -> View<'_> {
        View {
            world: &*self.world,
            token: &self.token,
            value_ids: self.query.ids("custom_field_ids[]"),
            issuing: false,
        }
    }

    /// Records something Clio would drop without a word.
    pub(crate) fn ignore(&mut self, what: IgnoredKind, place: &str) {
        self.trace.ignored.push(Ignored {
            exchange: self.request.exchange,
            operation: self.operation.id.clone(),
            what,
            place: place.to_owned(),
        });
    }

    /// The record that the path names.
    pub(crate) fn find<R: Record>(&self) -> Result<R, ApiError> {
        let record = self.world.get::<R>(self.id()).cloned();
        record.ok_or_else(|| ApiError::not_found(R::NAME))
    }

    /// The same, to be changed.
    pub(crate) fn find_to_change<R: Record>(&self) -> Result<R, ApiError> {
        let mut record = self.find::<R>()?;
        self.precondition(record.stamp_mut())?;
        Ok(record)
    }

    /// Refuses a reference to a record that is not there.
    pub(crate) fn refer<R: Record>(&self, id: u64) -> Result<(), ApiError> {
        if self.world.holds::<R>(id) {
            Ok(())
        } else {
            Err(ApiError::unknown_reference(R::NAME))
        }
    }

    /// Puts a new record into the account, and answers it.
    pub(crate) fn created<R: Record>(&mut self, record: R) -> Answer {
        self.world.put(record.clone());
        self.single(201, &record)
    }

    /// Puts a record back as changed now, and answers it.
    pub(crate) fn changed<R: Record>(&mut self, mut record: R) -> Answer {
        self.world.touch(record.stamp_mut());
        self.world.put(record.clone());
        self.single(200, &record)
    }

    /// Answers one record, with its `ETag` and `Last-Modified`.
    pub(crate) fn single(&self, status: u16, resource: &dyn Resource) -> Answer {
        self.single_in(status, resource, &self.view())
    }

    pub(crate) fn single_in(
        &self,
        status: u16,
        resource: &dyn Resource,
        view: &View<'_>,
    ) -> Answer {
        let data = self.selection.project(view, resource);
        let answer = Answer::json(status, &serde_json::json!({"data": data}));
        match resource.stamp() {
            Some(stamp) => answer
                .with("ETag", &stamp.etag())
                .with("Last-Modified", &http_date(stamp.updated)),
            None => answer,
        }
    }

    /// Answers a GET of one record; 304 when the caller has it already.
    pub(crate) fn unless_known(&self, resource: &dyn Resource) -> Answer {
        let header = |name| {
            self.request
                .headers
                .get(name)
                .and_then(|v: &http::HeaderValue| v.to_str().ok())
        };
        let Some(stamp) = resource.stamp() else {
            return self.single(200, resource);
        };
        let known = match header(http::header::IF_NONE_MATCH) {
            Some(tags) => tags.split(',').any(|tag| {
                let tag = tag.trim();
                tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == stamp.etag()
            }),
            None => header(http::header::IF_MODIFIED_SINCE)
                .and_then(|v| httpdate::parse_http_date(v).ok())
                .and_then(|at| jiff::Timestamp::try_from(at).ok())
                .is_some_and(|at| stamp.updated <= at),
        };
        if known {
            Answer::empty(304)
                .with("ETag", &stamp.etag())
                .with("Last-Modified", &http_date(stamp.updated))
        } else {
            self.single(200, resource)
        }
    }

    /// `If-Match` on a write: 412 when the record has changed since. Without
    /// the header a write is unconditional.
    pub(crate) fn precondition(&self, stamp: &Stamp) -> Result<(), ApiError> {
        let Some(wanted) = self.request.headers.get(http::header::IF_MATCH) else {
            return Ok(());
        };
        let etag = stamp.etag();
        let fits = wanted
            .to_str()
            .is_ok_and(|tags| tags.split(',').any(|t| t.trim() == "*" || t.trim() == etag));
        if fits {
            Ok(())
        } else {
            Err(ApiError::new(
                412,
                "PreconditionFailedError",
                "The record has changed since it was read",
            ))
        }
    }
}

/// Answers the record that the path names.
pub(super) fn show<R: Record>(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let record = call.find::<R>()?;
    Ok(call.unless_known(&record))
}
