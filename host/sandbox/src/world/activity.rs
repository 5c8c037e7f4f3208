//! Time and expense entries, as far as is told of them what surprises: hours are
//! seconds, and those of a billed line do not change, whatever is answered.

use serde_json::json;

use super::{Matter, Member, Resource, Stamp, View, World, record};

/// A time or expense entry.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    pub(crate) stamp: Stamp,
    /// `TimeEntry`, `ExpenseEntry`, …
    pub(crate) kind: String,
    pub(crate) matter: Option<u64>,
    /// `YYYY-MM-DD`.
    pub(crate) date: String,
    /// Of a time entry in seconds.
    pub(crate) quantity: f64,
    pub(crate) note: String,
    /// Whether it stands on a bill that was issued.
    pub(crate) billed: bool,
    pub(crate) non_billable: bool,
}

record!(Activity in activities, "Activity");

impl Resource for Activity {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "type" => Member::text(&self.kind),
            "date" => Member::text(&self.date),
            "quantity" | "rounded_quantity" => Member::Value(json!(self.quantity)),
            "quantity_in_hours" | "rounded_quantity_in_hours" => {
                Member::Value(json!(self.quantity / 3600.0))
            }
            "note" => Member::text(&self.note),
            "billed" | "on_bill" => Member::Value(json!(self.billed)),
            "non_billable" => Member::Value(json!(self.non_billable)),
            "quantity_redacted" | "flat_rate" | "contingency_fee" | "no_charge" => {
                Member::Value(json!(false))
            }
            "matter" => view.record::<Matter>(self.matter),
            "user" => view.me(),
            _ => Member::Absent,
        }
    }
}
