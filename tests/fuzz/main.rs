//! Random input for everything that reads foreign text.
//!
//! | Target | What reads | Where the text comes from |
//! | --- | --- | --- |
//! | `values` | JSON into component values | callers |
//! | `answers` | the actions, over a transport | Clio, storage, whatever stands between |
//! | `urls` | the URLs, paths and rules of egress | components, and Clio's answers |
//! | `cases` | the case file | other programs |
//! | `documents` | the filling and reading of documents | a firm's templates, what Clio generated |
//!
//! Each target is one function that runs an input and says what does not hold;
//! a panic is a finding as well. Inputs are text, and mostly JSON: a mutation
//! changes a node of one, so that it gets past the first reader. The files in
//! `corpus/TARGET/` are where mutations begin. All of them run first, every
//! time, and each defect that was found has left one there.
//!
//! `cargo test --release --test fuzz` runs some thousand inputs a target, the
//! same ones every time. A campaign runs others, for as long as it is told:
//!
//! ```sh
//! CLIO_FUZZ_SECONDS=600 CLIO_FUZZ_SEED=$RANDOM cargo test --release --test fuzz -- --nocapture
//! ```
//!
//! What fails is made small, printed, and kept in a file. To keep it for good,
//! copy that file into the corpus.
#![allow(clippy::unwrap_used, clippy::expect_used)] // what a test cannot set up fails it

mod answers;
mod campaign;
mod cases;
mod documents;
mod mutation;
mod pointers;
mod urls;
mod values;
