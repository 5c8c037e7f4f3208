//! `/custom_fields.json`: definitions.

use super::Call;
use super::list::SortKey;
use crate::answer::{Answer, ApiError};
use crate::switches::{CustomFieldAccess, DeletedFields};
use crate::world::{CustomField, FieldType, Kind, ParentType, PicklistOption};

/// The definitions can be closed to a token that may read their values.
fn permitted(call: &Call<'_>) -> Result<(), ApiError> {
    if call.world.switches.custom_field_access == CustomFieldAccess::Granted {
        Ok(())
    } else {
        Err(ApiError::forbidden(
            "The application lacks the permission for custom fields",
        ))
    }
}

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    permitted(call)?;
    let q = &call.query;
    let parent = q.text("parent_type").map(|p| {
        if p.eq_ignore_ascii_case("matter") {
            ParentType::Matter
        } else {
            ParentType::Contact
        }
    });
    let field_type = q.text("field_type").and_then(FieldType::parse);
    let unasked = match call.world.switches.deleted_fields {
        DeletedFields::Listed => None,
        DeletedFields::LeftOut => Some(false),
    };
    let deleted = q.flag("deleted").or(unasked);
    let required = q.flag("visible_and_required");
    let search = q.text("query").map(str::to_lowercase);
    let rows: Vec<&CustomField> = call
        .world
        .custom_fields
        .values()
        .filter(|f| parent.is_none_or(|p| f.parent == p))
        .filter(|f| field_type.is_none_or(|t| f.field_type == t))
        .filter(|f| deleted.is_none_or(|d| f.deleted == d))
        .filter(|f| required.is_none_or(|r| (f.displayed && f.required) == r))
        .filter(|f| {
            search
                .as_ref()
                .is_none_or(|s| f.name.to_lowercase().contains(s))
        })
        .collect();
    call.list(rows, |f, field| match field {
        "name" => SortKey::text(&f.name),
        "display_order" => SortKey::Number(f.display_order.into()),
        _ => SortKey::Nothing,
    })
}

fn find(call: &Call<'_>) -> Result<CustomField, ApiError> {
    permitted(call)?;
    call.find()
}

pub(super) fn show(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let field = find(call)?;
    Ok(call.unless_known(&field))
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    permitted(call)?;
    let parent = match call.body.text("parent_type").flatten().as_deref() {
        Some("Matter") => ParentType::Matter,
        _ => ParentType::Contact,
    };
    let field_type = call
        .body
        .text("field_type")
        .flatten()
        .and_then(|t| FieldType::parse(&t))
        .ok_or_else(|| ApiError::invalid("field_type is invalid"))?;
    let order = call.world.custom_fields.len();
    let mut field = CustomField {
        stamp: call.world.stamp(Kind::CustomField),
        name: String::new(),
        parent,
        field_type,
        displayed: true,
        required: false,
        deleted: false,
        display_order: u32::try_from(order).unwrap_or(u32::MAX),
        options: Vec::new(),
    };
    apply(call, &mut field)?;
    Ok(call.created(field))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut field = find(call)?;
    call.precondition(&field.stamp)?;
    apply(call, &mut field)?;
    Ok(call.changed(field))
}

fn apply(call: &mut Call<'_>, field: &mut CustomField) -> Result<(), ApiError> {
    call.body.set("name", &mut field.name)?;
    field.displayed = call.body.flag("displayed").unwrap_or(field.displayed);
    field.required = call.body.flag("required").unwrap_or(field.required);
    if let Some(order) = call.body.number("display_order") {
        field.display_order = u32::try_from(order).unwrap_or(u32::MAX);
    }
    for mut change in call.body.rows("picklist_options") {
        let deleted = change.flag("_deleted").unwrap_or(false);
        let text = change.text("option").flatten();
        match change.number("id") {
            Some(id) => {
                let now = call.world.now();
                let option = field
                    .options
                    .iter_mut()
                    .find(|o| o.stamp.id == id)
                    .ok_or_else(|| ApiError::not_found("Picklist option"))?;
                if let Some(text) = text {
                    option.option = text;
                }
                if deleted {
                    option.deleted = Some(now);
                }
                call.world.touch(&mut option.stamp);
            }
            None => field.options.push(PicklistOption {
                stamp: call.world.stamp(Kind::PicklistOption),
                option: text.ok_or_else(|| ApiError::invalid("option can't be blank"))?,
                deleted: None,
            }),
        }
    }
    Ok(())
}

/// A definition is only marked as deleted; its values stay.
pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut field = find(call)?;
    if field.deleted {
        return Err(ApiError::not_found("Custom field"));
    }
    field.deleted = true;
    call.world.touch(&mut field.stamp);
    call.world.put(field);
    Ok(Answer::empty(204))
}
