//! What a form offers to choose from: `lookup.find`.
//!
//! One request brings one page of any kind of option. What must stay true: a
//! list that Clio cannot search, or whose search lags, is compared here, a
//! bounded number of pages a call.

mod find;
mod plan;
#[cfg(test)]
mod tests;
mod wire;

pub use find::find;
