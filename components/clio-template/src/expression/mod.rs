//! The language inside of braces: a small part of Jinja's.
//!
//! What Word makes of what is typed is understood as well: curly quotes, and
//! blanks that do not break.

mod lexer;
mod parser;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::filters::Filter;
use crate::refused::Result;
use crate::value::Value;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Literal(Value),
    /// `[a, b]`
    List(Vec<Expression>),
    /// The first name of a path.
    Name(String),
    /// What a name of Word's leads to: `client.name`, `Client_Name`. Nothing that is
    /// typed between braces becomes one.
    Named(String),
    /// `of.name`, `of["name"]`, `of[0]`
    Member(Box<Expression>, Box<Expression>),
    Filtered {
        of: Box<Expression>,
        filter: Filter,
        arguments: Vec<Argument>,
    },
    Compared(Box<Expression>, Comparison, Box<Expression>),
    /// `of is defined`, and its contrary.
    Is {
        of: Box<Expression>,
        test: Test,
        not: bool,
    },
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    /// `a ~ b`
    Joined(Box<Expression>, Box<Expression>),
    /// `then if condition else otherwise`
    Choice {
        condition: Box<Expression>,
        then: Box<Expression>,
        otherwise: Option<Box<Expression>>,
    },
}

/// An argument of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Argument {
    pub(crate) name: Option<String>,
    pub(crate) value: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    Defined,
    Undefined,
    None,
    /// It can be printed. Nothing that is typed between braces becomes one.
    Printable,
}

/// What stands between `{%` and `%}`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Statement {
    If(Expression),
    ElseIf(Expression),
    Else,
    EndIf,
    For {
        variable: String,
        list: Expression,
        /// Only those for which it is so.
        only: Option<Expression>,
    },
    EndFor,
}

impl Expression {
    /// Reads an expression.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        parser::expression(text)
    }
}

impl Statement {
    /// Reads what stands between `{%` and `%}`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        parser::statement(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        match Expression::parse(text) {
            Ok(it) => panic!("{text}: {it:?}"),
            Err(refused) => refused.message().into(),
        }
    }

    #[test]
    fn a_mistake_is_named() {
        assert_eq!(refusal(""), "it is empty");
        assert_eq!(refusal("client.name | uper"), "there is no filter `uper`");
        assert_eq!(refusal("client name"), "`name` is not expected here");
        assert_eq!(refusal("'open"), "a text begins and does not end");
        assert_eq!(
            refusal("a ="),
            "`=` is not expected here; to compare, write `==`"
        );
        assert_eq!(refusal("a is odd"), "there is no test `odd`");
        assert_eq!(refusal("a.if"), "`if` is not expected here");
        assert_eq!(refusal("a |"), "it ends too early");
    }

    #[test]
    fn curly_quotes_and_wide_blanks_are_what_was_meant() {
        let typed = Expression::parse("a\u{a0}|\u{202f}default(“none”)").unwrap();
        assert_eq!(typed, Expression::parse("a | default('none')").unwrap());
        let typed = Expression::parse("a ~ ‘it’").unwrap();
        assert_eq!(typed, Expression::parse("a ~ 'it'").unwrap());
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = |depth: usize| "(".repeat(depth) + "a" + &")".repeat(depth);
        assert!(Expression::parse(&deep(20)).is_ok());
        assert_eq!(refusal(&deep(500)), "it is nested too deeply");
        let negations = "not ".repeat(400) + "a";
        assert_eq!(refusal(&negations), "it is nested too deeply");
        let members = "a".to_owned() + &".b".repeat(400);
        assert_eq!(refusal(&members), "it is nested too deeply");
    }
}
