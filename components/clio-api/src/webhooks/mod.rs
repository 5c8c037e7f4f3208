//! Webhooks: `webhooks.ensure`, `webhooks.list` and `webhooks.remove`.
//!
//! Subscriptions die silently: after three days unless a later end is asked
//! for, after 31 in any case, and after repeated failures of the receiver. So
//! `ensure` is called again and again, and looks before it makes another.

mod check;
mod ensure;
mod list;
#[cfg(test)]
mod tests;
mod wire;

pub use ensure::ensure;
pub use list::{list, remove};
