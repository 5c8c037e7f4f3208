//! Custom fields: definitions, and the values on contacts and matters.
//!
//! A value row has an id of its own, such as `text_line-17`, which is not the
//! definition's. A displayed field without a row is shown with a null id. A row
//! may also stand with a null value. The create form onto an existing row is
//! refused, even when its value is null.

use serde_json::{Value, json};

use super::{Contact, Kind, Matter, Member, Record, Resource, Stamp, View, World, record};
use crate::answer::ApiError;
use crate::body::{Body, Reference};
use crate::switches::{CustomFieldAccess, ValueForm};

/// What a custom field belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum ParentType {
    Contact,
    Matter,
}

/// The type of a custom field, as the description spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FieldType {
    Checkbox,
    Contact,
    Currency,
    Date,
    Time,
    Email,
    Matter,
    Numeric,
    Picklist,
    TextArea,
    TextLine,
    Url,
}

impl FieldType {
    const NAMES: [(&'static str, Self); 12] = [
        ("checkbox", Self::Checkbox),
        ("contact", Self::Contact),
        ("currency", Self::Currency),
        ("date", Self::Date),
        ("time", Self::Time),
        ("email", Self::Email),
        ("matter", Self::Matter),
        ("numeric", Self::Numeric),
        ("picklist", Self::Picklist),
        ("text_area", Self::TextArea),
        ("text_line", Self::TextLine),
        ("url", Self::Url),
    ];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, t)| *t)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, t)| *t == self)
            .map_or("", |(n, _)| n)
    }

    /// Whether filters may compare by order.
    pub(crate) fn ordered(self) -> bool {
        matches!(
            self,
            Self::Currency | Self::Date | Self::Time | Self::Numeric
        )
    }

    /// Whether filters take the operator-less text as it stands.
    pub(crate) fn textual(self) -> bool {
        matches!(
            self,
            Self::Email | Self::TextArea | Self::TextLine | Self::Url
        )
    }
}

/// One option of a picklist.
#[derive(Debug, Clone)]
pub(crate) struct PicklistOption {
    pub(crate) stamp: Stamp,
    pub(crate) option: String,
    pub(crate) deleted: Option<jiff::Timestamp>,
}

impl Resource for PicklistOption {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "option" => Member::text(&self.option),
            "deleted_at" => view.instant(self.deleted),
            _ => Member::Absent,
        }
    }
}

/// A definition.
#[derive(Debug, Clone)]
pub(crate) struct CustomField {
    pub(crate) stamp: Stamp,
    pub(crate) name: String,
    pub(crate) parent: ParentType,
    pub(crate) field_type: FieldType,
    pub(crate) displayed: bool,
    pub(crate) required: bool,
    pub(crate) deleted: bool,
    pub(crate) display_order: u32,
    pub(crate) options: Vec<PicklistOption>,
}

record!(CustomField in custom_fields, "Custom field");

impl Resource for CustomField {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, _: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(&self.name),
            "parent_type" => Member::Value(json!(self.parent)),
            "field_type" => Member::text(self.field_type.name()),
            "displayed" => Member::Value(json!(self.displayed)),
            "required" => Member::Value(json!(self.required)),
            "deleted" => Member::Value(json!(self.deleted)),
            "display_order" => Member::Value(self.display_order.into()),
            "picklist_options" => Member::many(self.options.iter().filter(|o| o.deleted.is_none())),
            _ => Member::Absent,
        }
    }
}

/// A value row.
#[derive(Debug, Clone)]
pub(crate) struct CustomValue {
    /// The number in the row's id.
    pub(crate) stamp: Stamp,
    pub(crate) field: u64,
    pub(crate) field_type: FieldType,
    /// The canonical text: an option's or record's id, `true`, a date.
    pub(crate) value: Option<String>,
}

impl CustomValue {
    /// `text_line-17`.
    pub(crate) fn row_id(&self) -> String {
        format!("{}-{}", self.field_type.name(), self.stamp.id)
    }

    /// The value for the search index.
    pub(crate) fn text(&self) -> String {
        match self.field_type {
            t if t.textual() || t.ordered() => self.value.clone().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

/// A value as an answer shows it: a row, or a displayed field without one.
pub(crate) struct ShownValue<'v> {
    row: Option<&'v CustomValue>,
    field: &'v CustomField,
}

/// The values of a record, in the order of the fields.
pub(crate) fn shown_values<'v>(
    view: &View<'v>,
    parent: ParentType,
    values: &'v [CustomValue],
) -> Vec<ShownValue<'v>> {
    let world: &'v World = view.world;
    world
        .custom_fields
        .values()
        .filter(|field| field.parent == parent)
        .filter(|field| {
            view.value_ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&field.stamp.id))
        })
        .filter_map(|field| {
            let row = values.iter().find(|v| v.field == field.stamp.id);
            let empty_shown = field.displayed && !field.deleted;
            (row.is_some() || empty_shown).then_some(ShownValue { row, field })
        })
        .collect()
}

impl Resource for ShownValue<'_> {
    fn stamp(&self) -> Option<&Stamp> {
        self.row.map(|r| &r.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        let world = view.world;
        let text = self.row.and_then(|r| r.value.as_deref());
        let id = text.and_then(|t| t.parse::<u64>().ok());
        let kind = self.field.field_type;
        let access = world.switches.custom_field_access;
        let blank = match name {
            "field_name" | "field_type" | "value" | "picklist_option" => matches!(
                access,
                CustomFieldAccess::ValuesBlank | CustomFieldAccess::ValuesNull
            ),
            "custom_field" => access == CustomFieldAccess::ValuesBlank,
            _ => false,
        };
        match name {
            "id" => Member::Value(json!(self.row.map(CustomValue::row_id))),
            _ if blank => Member::Value(Value::Null),
            "field_name" => Member::text(&self.field.name),
            "field_type" => Member::text(kind.name()),
            "field_required" => Member::Value(json!(self.field.required)),
            "field_displayed" => Member::Value(json!(self.field.displayed)),
            "field_display_order" => Member::Value(self.field.display_order.into()),
            "soft_deleted" => Member::Value(json!(self.field.deleted)),
            "value" => Member::Value(shown_text(world.switches.value_form, kind, text)),
            "custom_field" => Member::one(Some(self.field)),
            "picklist_option" if kind == FieldType::Picklist => {
                Member::one(self.field.options.iter().find(|o| Some(o.stamp.id) == id))
            }
            "contact" if kind == FieldType::Contact => view.record::<Contact>(id),
            "matter" if kind == FieldType::Matter => view.record::<Matter>(id),
            "picklist_option" | "contact" | "matter" => Member::Value(Value::Null),
            _ => Member::Absent,
        }
    }
}

/// The description types every value as a string; live accounts answered
/// booleans and numbers too.
fn shown_text(form: ValueForm, kind: FieldType, text: Option<&str>) -> Value {
    let Some(text) = text else {
        return Value::Null;
    };
    match (form, kind) {
        (ValueForm::Typed, FieldType::Checkbox) => json!(text == "true"),
        (ValueForm::Typed, FieldType::Picklist | FieldType::Contact | FieldType::Matter) => text
            .parse::<u64>()
            .map_or_else(|_| Value::from(text), Value::from),
        _ => Value::from(text),
    }
}

/// Applies the `custom_field_values` of a body to a record's rows.
pub(crate) fn write_values(
    world: &mut World,
    values: &mut Vec<CustomValue>,
    parent: ParentType,
    body: Vec<Body>,
) -> Result<(), ApiError> {
    for mut change in body {
        let row_id = change.text("id").flatten();
        let destroy = change.flag("_destroy").unwrap_or(false);
        let reference = change
            .child("custom_field")
            .and_then(|mut field| field.number("id"));
        let value = change.text("value");
        match row_id {
            Some(row_id) => {
                let at = values
                    .iter()
                    .position(|v| v.row_id() == row_id)
                    .ok_or_else(|| ApiError::not_found("custom field value"))?;
                if destroy {
                    values.remove(at);
                    continue;
                }
                if let Some(value) = value {
                    let value = accept(world, values[at].field, value)?;
                    let mut stamp = values[at].stamp.clone();
                    world.touch(&mut stamp);
                    values[at].stamp = stamp;
                    values[at].value = value;
                }
            }
            None => {
                let field = reference
                    .and_then(|id| world.custom_fields.get(&id))
                    .filter(|f| f.parent == parent && !f.deleted)
                    .ok_or_else(|| ApiError::invalid("custom field is invalid"))?;
                let (id, field_type) = (field.stamp.id, field.field_type);
                if values.iter().any(|v| v.field == id) {
                    return Err(ApiError::new(
                        422,
                        // This one was seen live with its type.
                        "ArgumentError",
                        format!("custom field value for custom field {id} already exists"),
                    ));
                }
                let value = accept(world, id, value.flatten())?;
                values.push(CustomValue {
                    stamp: world.stamp(Kind::Value),
                    field: id,
                    field_type,
                    value,
                });
            }
        }
    }
    Ok(())
}

/// Checks a value against its field. Empty text is no value.
pub(crate) fn accept(
    world: &World,
    field: u64,
    value: Option<String>,
) -> Result<Option<String>, ApiError> {
    let (Some(value), Some(field)) = (value, world.custom_fields.get(&field)) else {
        return Ok(None);
    };
    let id = || value.parse::<u64>().ok();
    let fits = match field.field_type {
        FieldType::Checkbox => matches!(value.as_str(), "true" | "false"),
        FieldType::Contact => id().is_some_and(|id| world.holds::<Contact>(id)),
        FieldType::Matter => id().is_some_and(|id| world.holds::<Matter>(id)),
        FieldType::Picklist => id().is_some_and(|id| {
            field
                .options
                .iter()
                .any(|o| o.stamp.id == id && o.deleted.is_none())
        }),
        FieldType::Currency | FieldType::Numeric => value.parse::<f64>().is_ok(),
        FieldType::Date => value.parse::<jiff::civil::Date>().is_ok(),
        FieldType::Time => value.parse::<jiff::civil::Time>().is_ok(),
        FieldType::Email => value.contains('@'),
        FieldType::TextArea | FieldType::TextLine | FieldType::Url => true,
    };
    if fits {
        Ok(Some(value))
    } else {
        Err(ApiError::invalid(format!(
            "custom field value for {} is invalid",
            field.field_type.name()
        )))
    }
}

/// A reference of a body that must name an existing record or clear.
pub(crate) fn resolve<R: Record>(
    world: &World,
    reference: Reference,
) -> Result<Option<u64>, ApiError> {
    match reference {
        Reference::Is(id) if world.holds::<R>(id) => Ok(Some(id)),
        Reference::Is(_) => Err(ApiError::unknown_reference(R::NAME)),
        Reference::Clear | Reference::Nothing => Ok(None),
    }
}
