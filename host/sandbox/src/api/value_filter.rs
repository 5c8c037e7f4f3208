//! The filter `custom_field_values[ID]=…` of contacts and matters.
//!
//! Ordered types take `=`, `<`, `>`, `<=`, `>=`, several in brackets; the others
//! take equality, and an operator they do not support is a 400. Text is
//! compared without regard to case, as the database under Clio is assumed to:
//! a client must compare again.

use std::cmp::Ordering;

use super::Call;
use crate::answer::ApiError;
use crate::switches::TextFilter;
use crate::world::{CustomValue, FieldType, ParentType};

/// One comparison with one field.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    field: u64,
    kind: FieldType,
    operator: Operator,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// All comparisons of a request.
#[derive(Debug, Default)]
pub(crate) struct ValueFilter(Vec<Condition>);

impl ValueFilter {
    pub(crate) fn read(call: &Call<'_>, parent: ParentType) -> Result<Self, ApiError> {
        let mut conditions = Vec::new();
        for (key, text) in call.query.keyed("custom_field_values") {
            let field = key
                .parse::<u64>()
                .ok()
                .and_then(|id| call.world.custom_fields.get(&id))
                .filter(|f| f.parent == parent)
                .ok_or_else(|| ApiError::bad_request("custom_field_values is invalid"))?;
            let literal = call.world.switches.text_filter == TextFilter::Literal;
            for (operator, value) in parse(field.field_type, text, literal)? {
                conditions.push(Condition {
                    field: field.stamp.id,
                    kind: field.field_type,
                    operator,
                    value,
                });
            }
        }
        Ok(Self(conditions))
    }

    pub(crate) fn accepts(&self, values: &[CustomValue]) -> bool {
        self.0.iter().all(|condition| {
            values
                .iter()
                .find(|v| v.field == condition.field)
                .and_then(|v| v.value.as_deref())
                .is_some_and(|have| condition.holds(have))
        })
    }
}

impl Condition {
    fn holds(&self, have: &str) -> bool {
        let order = match self.kind {
            FieldType::Currency | FieldType::Numeric => {
                match (have.parse::<f64>(), self.value.parse::<f64>()) {
                    (Ok(have), Ok(want)) => have.partial_cmp(&want),
                    _ => None,
                }
            }
            // ISO dates and times order as text.
            _ => Some(have.to_lowercase().cmp(&self.value.to_lowercase())),
        };
        order.is_some_and(|order| match self.operator {
            Operator::Equal => order == Ordering::Equal,
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            Operator::GreaterOrEqual => order != Ordering::Less,
        })
    }
}

fn parse(kind: FieldType, text: &str, literal: bool) -> Result<Vec<(Operator, String)>, ApiError> {
    if kind.textual() {
        // One operator only: the text is not looked into.
        let value = match text.strip_prefix('=') {
            Some(rest) if !literal => rest,
            _ => text,
        };
        return Ok(vec![(Operator::Equal, value.to_owned())]);
    }
    let several = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    several
        .map_or_else(|| vec![text], |inner| inner.split(',').collect())
        .into_iter()
        .map(|one| {
            let (operator, value) = operator(one.trim());
            if operator != Operator::Equal && !kind.ordered() {
                return Err(ApiError::bad_request(format!(
                    "operator is not supported for custom fields of type {}",
                    kind.name()
                )));
            }
            Ok((operator, value.trim().to_owned()))
        })
        .collect()
}

fn operator(text: &str) -> (Operator, &str) {
    for (sign, operator) in [
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("=", Operator::Equal),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (operator, rest);
        }
    }
    (Operator::Equal, text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn holds(kind: FieldType, filter: &str, have: &str) -> bool {
        parse(kind, filter, false)
            .unwrap()
            .into_iter()
            .all(|(operator, value)| {
                Condition {
                    field: 1,
                    kind,
                    operator,
                    value,
                }
                .holds(have)
            })
    }

    #[test]
    fn ordered_types_compare_and_others_only_equal() {
        assert!(holds(FieldType::Numeric, ">=105.4", "105.40"));
        assert!(holds(FieldType::Numeric, "[<=50, >=45]", "47"));
        assert!(!holds(FieldType::Numeric, "[<=50, >=45]", "51"));
        assert!(holds(FieldType::Date, "<2026-02-01", "2026-01-31"));
        assert!(holds(FieldType::TextLine, "=n8n:7", "n8n:7"));
        assert!(holds(FieldType::TextLine, "n8n:7", "N8N:7"));
        assert!(!holds(FieldType::TextLine, "n8n:7", "n8n:77"));
        assert_eq!(
            parse(FieldType::Picklist, ">5", false).unwrap_err().status,
            400
        );
    }

    #[test]
    fn text_may_be_taken_literally() {
        let parsed = parse(FieldType::TextLine, "=x", true).unwrap();
        assert_eq!(parsed, [(Operator::Equal, "=x".to_owned())]);
    }
}
