//! When two texts mean the same thing.
//!
//! One client is typed by several people, programs and keyboards: composed or
//! decomposed, in capitals, with a curly apostrophe, in full width, with a zero
//! width space that came along from a web page. Here, and nowhere else, it is
//! said which of that tells two names, labels, addresses, numbers or
//! identifiers apart. What Clio holds and what a caller asks for are compared
//! by the same key, so that a look finds what a write made.
//!
//! What must stay true:
//! - Two texts that Unicode calls canonically equivalent are never told apart.
//! - A key is for comparing, and is never sent. What is sent is what the caller
//!   wrote, less what nobody can see ([`plain`], [`email`], [`document_name`]).
//! - Character data comes from libraries. The lists here are decisions, and
//!   tests hold them against the libraries' data.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod checks;
mod email;
mod folding;
mod keys;
mod phone;

pub use checks::{Refused, composed, document_name, has_format_char, plain, source_id};
pub use email::{email, email_key, email_query};
pub use keys::{file_key, is_blank, label_key, name_key};
pub use phone::{phone_key, same_phone};
