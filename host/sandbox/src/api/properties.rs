//! External properties of documents and folders: in bodies and in filters.

use super::Call;
use crate::answer::ApiError;
use crate::switches::ExternalProperties;
use crate::trace::IgnoredKind;
use crate::world::{Kind, Property};

/// How many a record may have.
const MOST: usize = 5;

/// Applies the `external_properties` of a body.
pub(super) fn write_properties(
    call: &mut Call<'_>,
    properties: &mut Vec<Property>,
) -> Result<(), ApiError> {
    for mut change in call.body.rows("external_properties") {
        let name = change.text("name").flatten();
        let value = change.text("value");
        let destroy = change.flag("_destroy").unwrap_or(false);
        match change.number("id") {
            Some(id) => {
                let at = properties
                    .iter()
                    .position(|p| p.stamp.id == id)
                    .ok_or_else(|| ApiError::not_found("External property"))?;
                if destroy {
                    properties.remove(at);
                    continue;
                }
                let mut stamp = properties[at].stamp.clone();
                call.world.touch(&mut stamp);
                let property = &mut properties[at];
                property.stamp = stamp;
                if let Some(name) = name {
                    property.name = name;
                }
                if let Some(value) = value {
                    property.value = value.unwrap_or_default();
                }
            }
            None => properties.push(Property {
                stamp: call.world.stamp(Kind::Property),
                name: name
                    .ok_or_else(|| ApiError::invalid("external_properties name can't be blank"))?,
                value: value.flatten().unwrap_or_default(),
                app: call.token.app.clone(),
            }),
        }
    }
    if properties.len() > MOST {
        return Err(ApiError::invalid(format!(
            "external_properties may hold at most {MOST} entries"
        )));
    }
    Ok(())
}

/// The filter `external_property_name`, with or without
/// `external_property_value`.
pub(super) struct PropertyFilter {
    name: Option<String>,
    value: Option<String>,
    app: Option<String>,
}

impl PropertyFilter {
    pub(super) fn read(call: &mut Call<'_>) -> Self {
        let name = call.query.text("external_property_name").map(str::to_owned);
        let value = call
            .query
            .text("external_property_value")
            .map(str::to_owned);
        if name.is_none() && value.is_some() {
            // The value needs the name beside it.
            call.ignore(IgnoredKind::IncompleteFilter, "external_property_value");
        }
        let app = match call.world.switches.external_properties {
            ExternalProperties::Shared => None,
            ExternalProperties::PerApp => Some(call.token.app.clone()),
        };
        Self { name, value, app }
    }

    pub(super) fn accepts(&self, properties: &[Property]) -> bool {
        let Some(name) = &self.name else {
            return true;
        };
        properties.iter().any(|p| {
            p.name == *name
                && self.value.as_ref().is_none_or(|v| p.value == *v)
                && self.app.as_ref().is_none_or(|a| p.app == *a)
        })
    }
}
