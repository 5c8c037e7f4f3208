//! What a template may take, so that one in bad faith ends in a refusal.
//!
//! A component has 64 MiB of memory. What it holds at once is the template, one
//! part of it inflated, and the filled document as it grows.

/// The longest template or document, in bytes.
pub const TEMPLATE: usize = 10 << 20;

/// The longest filled document, in bytes.
pub(crate) const OUTPUT: usize = 12 << 20;

/// How many members a Word document has at most.
pub(crate) const MEMBERS: usize = 2_000;

/// How much all members of a Word document inflate to, in bytes.
pub(crate) const INFLATED: usize = 128 << 20;

/// The longest part of a Word document that is filled, inflated, in bytes. The
/// text of 300 pages takes 2 to 5 MiB.
pub(crate) const PART: usize = 20 << 20;

/// The longest part of a filled Word document, inflated, in bytes. It is
/// compressed as it grows, and never held.
pub(crate) const FILLED_PART: usize = 64 << 20;

/// How many times as long a member may become. Real text becomes 5 to 50 times.
pub(crate) const RATIO: usize = 200;

/// From which size on that counts, in bytes.
pub(crate) const RATIO_FROM: usize = 4 << 20;

/// How deep elements of XML may nest. Word itself stops at some hundred.
pub(crate) const ELEMENT_DEPTH: usize = 400;

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

/// The longest text that a document says, in bytes. 300 pages say 1 MiB.
pub(crate) const SAID: usize = 8 << 20;

/// How many runs and texts a paragraph may have, with those of text boxes in it.
pub(crate) const PIECES: usize = 200_000;

/// How many placeholders are listed as not filled.
pub(crate) const UNFILLED: usize = 5_000;

/// How many placeholders, controls and fields a part may have.
pub(crate) const MARKS: usize = 20_000;
