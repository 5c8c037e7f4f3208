//! Users of the account. The first one is whom every token acts for.

use serde_json::json;

use super::{Member, Resource, Stamp, View, World, record};

/// A user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) stamp: Stamp,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) attorney: bool,
    pub(crate) enabled: bool,
    pub(crate) owner: bool,
}

impl User {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

record!(User in users, "User");

impl Resource for User {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(self.name()),
            "first_name" => Member::text(&self.first_name),
            "last_name" => Member::text(&self.last_name),
            "initials" => Member::text(
                [&self.first_name, &self.last_name]
                    .iter()
                    .filter_map(|n| n.chars().next())
                    .collect::<String>(),
            ),
            "account" => Member::one(Some(&view.world.account)),
            "email" => Member::text(&self.email),
            "enabled" => Member::Value(json!(self.enabled)),
            "account_owner" => Member::Value(json!(self.owner)),
            // Capitalised in answers, lower case in the filter.
            "subscription_type" => Member::text(if self.attorney {
                "Attorney"
            } else {
                "NonAttorney"
            }),
            "time_zone" => Member::text("UTC"),
            "roles" => Member::Value(if self.owner {
                json!(["Admin", "Billing"])
            } else {
                json!([])
            }),
            // Documents name their creator by type: a user of the firm, not of
            // its client portal.
            "type" => Member::text("ManageUser"),
            _ => Member::Absent,
        }
    }
}
