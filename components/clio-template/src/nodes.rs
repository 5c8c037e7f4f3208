//! A template as it is run: what is copied, what is printed, and what repeats.
//!
//! The readers of the formats hand in a row of items, in the order in which they
//! are put out; here it is checked that each block ends, in the right order.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::{self, Vec};
use core::ops::Range;

use crate::expression::{Expression, Statement};
use crate::limits;
use crate::refused::{Refused, Result, quoted};
use crate::unfilled::Why;
use crate::value::Value;

/// Where a value stands, and so what has to be done for it to be text there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Context {
    /// Where text stands.
    #[default]
    Text,
    /// In an attribute, which has no lines.
    Attribute,
    /// At the beginning of an address that a link leads to.
    Link,
    /// Further on in such an address.
    InLink,
}

/// A step of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A piece of the template.
    Copy(Range<usize>),
    /// Something of ours.
    Put(String),
    Print(Box<Print>),
    Statement(Box<(Statement, String)>),
    /// Something that is left as it is: why, if it is not for want of a value.
    Report(Box<Print>, Option<Why>),
    /// What a container has to have.
    Ensure(Filler),
}

impl Item {
    /// Something that stands for a value to another program, and is left as it is.
    pub(crate) fn left(source: String) -> Self {
        let print = Print {
            expression: Expression::Literal(Value::None),
            source,
            context: Context::Text,
        };
        Self::Report(Box::new(print), Some(Why::Unknown))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Print {
    pub(crate) expression: Expression,
    /// As it is listed, and left in place when there is no value.
    pub(crate) source: String,
    pub(crate) context: Context,
}

/// What a reader of Word documents expects at the end of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filler {
    /// A cell ends in a paragraph.
    Paragraph,
    /// A table has a row.
    Row,
}

/// An item with what is within.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Plain(Item),
    If {
        arms: Vec<(Expression, Vec<Node>)>,
        otherwise: Vec<Node>,
        /// As it is listed.
        source: String,
    },
    For(Box<Loop>),
}

/// A block that repeats.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Loop {
    pub(crate) variable: String,
    pub(crate) list: Expression,
    pub(crate) only: Option<Expression>,
    pub(crate) body: Vec<Node>,
    /// Where there is nothing to go through.
    pub(crate) otherwise: Vec<Node>,
    /// As it is listed.
    pub(crate) source: String,
}

/// Makes blocks of items.
pub(crate) fn build(items: Vec<Item>) -> Result<Vec<Node>> {
    let mut builder = Builder {
        items: items.into_iter(),
    };
    match builder.block(0)? {
        (nodes, None) => Ok(nodes),
        (_, Some((_, source))) => Err(Refused::new(format!(
            "`{}` ends or divides what was not begun",
            quoted(&source)
        ))),
    }
}

struct Builder {
    items: vec::IntoIter<Item>,
}

/// What ended a block: its statement, and how it was written.
type End = Option<(Statement, String)>;

impl Builder {
    fn block(&mut self, depth: usize) -> Result<(Vec<Node>, End)> {
        if depth > limits::BLOCK_DEPTH {
            return Err(Refused::new("blocks are nested more than 16 deep"));
        }
        let mut nodes = Vec::new();
        while let Some(item) = self.items.next() {
            let Item::Statement(both) = item else {
                nodes.push(Node::Plain(item));
                continue;
            };
            let (statement, source) = *both;
            match statement {
                Statement::If(condition) => nodes.push(self.choice(condition, &source, depth)?),
                Statement::For {
                    variable,
                    list,
                    only,
                } => {
                    let (body, end) = self.block(depth + 1)?;
                    let (otherwise, end) = match end {
                        Some((Statement::Else, _)) => self.block(depth + 1)?,
                        end => (Vec::new(), end),
                    };
                    expect(&end, &Statement::EndFor, &source)?;
                    nodes.push(Node::For(Box::new(Loop {
                        variable,
                        list,
                        only,
                        body,
                        otherwise,
                        source,
                    })));
                }
                end => return Ok((nodes, Some((end, source)))),
            }
        }
        Ok((nodes, None))
    }

    fn choice(&mut self, condition: Expression, source: &str, depth: usize) -> Result<Node> {
        let mut arms = Vec::new();
        let mut condition = condition;
        loop {
            let (body, end) = self.block(depth + 1)?;
            arms.push((condition, body));
            match end {
                Some((Statement::ElseIf(next), _)) => condition = next,
                Some((Statement::Else, _)) => {
                    let (otherwise, end) = self.block(depth + 1)?;
                    expect(&end, &Statement::EndIf, source)?;
                    return Ok(Node::If {
                        arms,
                        otherwise,
                        source: source.into(),
                    });
                }
                end => {
                    expect(&end, &Statement::EndIf, source)?;
                    let otherwise = Vec::new();
                    return Ok(Node::If {
                        arms,
                        otherwise,
                        source: source.into(),
                    });
                }
            }
        }
    }
}

fn expect(end: &End, wanted: &Statement, source: &str) -> Result<()> {
    let closing = match wanted {
        Statement::EndFor => "{% endfor %}",
        _ => "{% endif %}",
    };
    match end {
        Some((end, _)) if end == wanted => Ok(()),
        Some((_, other)) => Err(Refused::new(format!(
            "`{}` comes before the `{closing}` of `{}`",
            quoted(other),
            quoted(source)
        ))),
        None => Err(Refused::new(format!(
            "`{}` has no `{closing}`",
            quoted(source)
        ))),
    }
}
