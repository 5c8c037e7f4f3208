//! All matters of an account, page by page: `pull-matters.pull` and
//! `pull-matters.count`.
//!
//! A page is one request, and the cursor all that is remembered, so that memory
//! does not grow with the account. What must stay true: pages go by id, the one
//! order that Clio pages without an end; and what the connection may not see is
//! told apart from what there is not.

mod check;
mod count;
mod pull;
#[cfg(test)]
mod tests;
mod wire;

pub use count::count;
pub use pull::pull;
