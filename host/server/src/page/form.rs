//! Forms that came in.
//!
//! What must stay true: no form of another page, and none of another session, is
//! acted on. The session's cookie does not go with another page's form; the token
//! in the form is what holds where a browser sends it all the same.

use std::sync::Arc;

use axum::extract::{Form, FromRequest, Request};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use subtle::ConstantTimeEq as _;

use super::session::Visitor;
use super::trouble::Trouble;
use crate::service::Service;

/// The member that carries the session's token.
pub(super) const TOKEN: &str = "token";

/// What a form said, in its order.
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first of a name, without space around; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All of a name.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let fields = self.0.iter().filter(move |(known, _)| known == name);
        fields.map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

/// A form of the visitor's own session.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) visitor: Visitor,
    pub(super) fields: Fields,
}

impl FromRequest<Arc<Service>> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::of(&mut parts, service).await?;
        let fields = fields(Request::from_parts(parts, body)).await?;
        if !same(fields.get(TOKEN), &visitor.token()) {
            return Err(not_ours());
        }
        Ok(Self { visitor, fields })
    }
}

/// Reads a form of nobody's session.
pub(super) async fn fields(request: Request) -> Result<Fields, Response> {
    match Form::<Vec<(String, String)>>::from_request(request, &()).await {
        Ok(Form(fields)) => Ok(Fields(fields)),
        Err(error) => Err(Trouble::new(error.status(), "the form cannot be read").into_response()),
    }
}

/// Compares tokens in a time that tells nothing of them.
pub(super) fn same(given: &str, known: &str) -> bool {
    !known.is_empty() && bool::from(given.as_bytes().ct_eq(known.as_bytes()))
}

pub(super) fn not_ours() -> Response {
    Trouble::new(StatusCode::FORBIDDEN, "this form is not of your session")
        .next("go back, load the page anew, and send it again")
        .into_response()
}
