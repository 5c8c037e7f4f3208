//! The checks of a change before the first request.

use clio_types::update_matter::{Attorney, UpdateRequest};

use crate::create_matter::check::record;
use crate::ids::UserId;
use crate::input;
use crate::prelude::*;
use crate::problem::Failure;

/// Checks the request, and returns the attorneys.
pub(super) fn check(request: &UpdateRequest) -> Result<(Option<UserId>, Option<UserId>), Failure> {
    input::id("/matter", request.matter)?;
    if let Some(etag) = &request.etag {
        let plain = etag.trim().bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || etag.trim().is_empty() || etag.len() > 255 {
            return Err(Failure::input("/etag", "The tag is none that Clio gives."));
        }
    }
    if let Some(description) = &request.description
        && clio_text::is_blank(description)
    {
        return Err(Failure::input("/description", "The description is blank."));
    }
    if let Some(description) = &request.description
        && description
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(Failure::input(
            "/description",
            "The description holds a control character.",
        ));
    }
    for (pointer, named) in [
        ("/practice_area", &request.practice_area),
        ("/matter_stage", &request.matter_stage),
    ] {
        record(pointer, named.as_ref())?;
    }
    let attorney = |pointer: &str, attorney: Option<Attorney>| match attorney {
        None => Ok(None),
        Some(Attorney::Id(id)) => {
            input::id(&format!("{pointer}/id"), id)?;
            Ok(Some(UserId(id)))
        }
        // Clio answers 200 to such a request, and changes nothing.
        Some(Attorney::Clear) => Err(Failure::input(
            pointer,
            "Clio's API cannot take an attorney away, only put another in the place. Give the id \
             of a user, or do it in Clio.",
        )),
    };
    let attorneys = (
        attorney("/responsible_attorney", request.responsible_attorney)?,
        attorney("/originating_attorney", request.originating_attorney)?,
    );
    let nothing = request.status.is_none()
        && request.description.is_none()
        && request.practice_area.is_none()
        && request.matter_stage.is_none()
        && attorneys == (None, None);
    if nothing {
        return Err(Failure::input("", "The request names nothing to change."));
    }
    Ok(attorneys)
}
