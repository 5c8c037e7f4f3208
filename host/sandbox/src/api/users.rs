//! `/users.json` and `/users/who_am_i.json`.

use super::Call;
use super::list::SortKey;
use crate::answer::{Answer, ApiError};
use crate::world::User;

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let q = &call.query;
    let enabled = q.flag("enabled");
    let name = q.text("name").map(str::to_lowercase);
    // Lower case in the filter, capitalised in the field.
    let attorney = q.text("subscription_type").map(|t| t == "attorney");
    let rows: Vec<&User> = call
        .world
        .users
        .values()
        .filter(|u| enabled.is_none_or(|e| u.enabled == e))
        .filter(|u| attorney.is_none_or(|a| u.attorney == a))
        .filter(|u| {
            name.as_ref()
                .is_none_or(|n| u.name().to_lowercase().contains(n))
        })
        .collect();
    call.list(rows, |u, field| match field {
        "name" | "first_name" => SortKey::text(&u.name()),
        "last_name" => SortKey::text(&u.last_name),
        "email" => SortKey::text(&u.email),
        _ => SortKey::Nothing,
    })
}

pub(super) fn who_am_i(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let user = call
        .world
        .me()
        .cloned()
        .ok_or_else(|| ApiError::not_found("User"))?;
    Ok(call.unless_known(&user))
}
