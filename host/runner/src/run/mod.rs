//! One call of an action, from its checked input to its end.

pub mod call;
mod cursor;
pub mod drafter;
mod drafts;
mod left_out;
pub mod output_file;
pub mod place;
