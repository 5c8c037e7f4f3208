//! What Clio is asked to tell, and until when it does.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use clio_runner::account;
use clio_runner::journal::subscriptions::{Standing, Subscription};
use clio_runner::vault;
use maud::{Markup, html};

use super::layout::{self, Here};
use super::overview;
use super::session::Visitor;
use super::trouble::Trouble;
use crate::service::Service;

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let (_, contents) = vault::read(&service.home).await?;
    let mut all = Vec::new();
    for name in overview::names(&visitor, &contents) {
        let Some(saved) = contents.connections.get(name) else {
            continue;
        };
        let mut of = service.journal.subscriptions(name)?;
        // What a former account left is not this one's.
        of.retain(|subscription| subscription.owner == account::of(name, saved));
        all.extend(of);
    }
    let content = html! {
        p {
            "Clio tells what is new by webhooks. Each has an end, and is renewed a week before it. \
             Where there are none, it is looked for every few minutes."
        }
        @if service.settings.public_url.is_none() {
            p.notice.bad {
                "Clio cannot reach this service: whoever runs it starts it with "
                code { "--public-url" } "."
            }
        } @else if all.is_empty() { p { "There are none yet." } }
        ul.rows { @for subscription in &all { (row(subscription)) } }
    };
    Ok(layout::page(&visitor, Here::Webhooks, "Webhooks", &content))
}

fn row(subscription: &Subscription) -> Markup {
    let class = match subscription.standing {
        Standing::Enabled => "done",
        Standing::Pending => "again",
        Standing::Unavailable => "waiting",
    };
    html! {
        li {
            strong { (subscription.model) }
            span class={ "badge " (class) } { (subscription.standing.word()) }
            span.of { (subscription.connection) }
            @if let Some(expires) = subscription.expires { span { "ends " (layout::time(expires)) } }
            @if let Some(id) = subscription.webhook { span { "id " (id) } }
            @if subscription.checked > 0 { span { "looked after " (layout::time(subscription.checked)) } }
            @if !subscription.code.is_empty() { span.badge.failed { (subscription.code) } }
        }
    }
}
