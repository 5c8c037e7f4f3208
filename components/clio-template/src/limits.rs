//! What a template may take, so that one in bad faith ends in a refusal.
//!
//! A component has 64 MiB of memory. What it holds at once is the template, one
//! part of it inflated, and the filled document.

/// The longest template or document, in bytes.
pub const TEMPLATE: usize = 16 << 20;

/// The longest filled document, in bytes.
pub(crate) const OUTPUT: usize = 20 << 20;

/// How deep parentheses and the like may nest in an expression.
pub(crate) const EXPRESSION_DEPTH: usize = 24;

/// The longest placeholder, in bytes.
pub(crate) const EXPRESSION: usize = 2_000;

/// How deep blocks may nest.
pub(crate) const BLOCK_DEPTH: usize = 16;

/// How many steps filling one template may take: an expression's node, a turn of
/// a loop, a piece put out.
pub(crate) const FUEL: u32 = 2_000_000;

/// The longest text that an expression may make, in bytes.
pub(crate) const TEXT: usize = 1 << 20;

/// How many placeholders are listed as not filled.
pub(crate) const UNFILLED: usize = 2_000;
