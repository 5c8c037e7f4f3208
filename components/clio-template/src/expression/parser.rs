//! What binds to what.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::{self, Vec};
use core::iter::Peekable;

use super::lexer::{Token, tokens};
use super::{Argument, Comparison, Expression, Statement, Test};
use crate::decimal::Decimal;
use crate::filters::Filter;
use crate::limits::EXPRESSION_DEPTH;
use crate::refused::{Refused, Result, quoted};
use crate::value::Value;

/// No variable has one of these names.
const WORDS: [&str; 15] = [
    "and", "elif", "else", "endfor", "endif", "false", "for", "if", "in", "is", "none", "not",
    "or", "true", "loop",
];

struct Parser {
    tokens: Peekable<vec::IntoIter<Token>>,
    depth: usize,
}

pub(super) fn expression(text: &str) -> Result<Expression> {
    let mut parser = Parser::new(text)?;
    if parser.tokens.peek().is_none() {
        return Err(Refused::new("it is empty"));
    }
    let expression = parser.choice()?;
    parser.end()?;
    Ok(expression)
}

pub(super) fn statement(text: &str) -> Result<Statement> {
    let mut parser = Parser::new(text)?;
    let Some(Token::Name(word)) = parser.tokens.next() else {
        return Err(Refused::new(
            "between `{%` and `%}` stands if, elif, else, endif, for or endfor",
        ));
    };
    let statement = match &*word {
        "if" => Statement::If(parser.choice()?),
        "elif" => Statement::ElseIf(parser.choice()?),
        "else" => Statement::Else,
        "endif" => Statement::EndIf,
        "endfor" => Statement::EndFor,
        "for" => parser.each()?,
        other => {
            return Err(Refused::new(format!(
                "`{}` is none of if, elif, else, endif, for and endfor",
                quoted(other)
            )));
        }
    };
    parser.end()?;
    Ok(statement)
}

impl Parser {
    fn new(text: &str) -> Result<Self> {
        Ok(Self {
            tokens: tokens(text)?.into_iter().peekable(),
            depth: 0,
        })
    }

    fn deeper(&mut self, by: usize) -> Result<()> {
        self.depth += by;
        if self.depth > EXPRESSION_DEPTH {
            return Err(Refused::new("it is nested too deeply"));
        }
        Ok(())
    }

    fn take(&mut self, sign: &str) -> bool {
        self.tokens
            .next_if(|it| matches!(it, Token::Sign(own) if *own == sign))
            .is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.tokens
            .next_if(|it| matches!(it, Token::Name(own) if own == word))
            .is_some()
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        match self.take(sign) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn unexpected(&mut self) -> Refused {
        Refused::new(match self.tokens.next() {
            None => "it ends too early".into(),
            Some(Token::Sign("=")) => "`=` is not expected here; to compare, write `==`".into(),
            Some(Token::Sign(sign)) => format!("`{sign}` is not expected here"),
            Some(Token::Name(it) | Token::Text(it) | Token::Number(it)) => {
                format!("`{}` is not expected here", quoted(&it))
            }
        })
    }

    fn end(&mut self) -> Result<()> {
        match self.tokens.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected()),
        }
    }

    /// A name that may stand for a variable or member.
    fn name(&mut self) -> Result<String> {
        match self.tokens.peek() {
            Some(Token::Name(name)) if !WORDS.contains(&&**name) => {}
            _ => return Err(self.unexpected()),
        }
        match self.tokens.next() {
            Some(Token::Name(name)) => Ok(name),
            _ => Err(Refused::new("it ends too early")),
        }
    }

    fn each(&mut self) -> Result<Statement> {
        let variable = self.name()?;
        if !self.take_word("in") {
            return Err(self.unexpected());
        }
        let list = self.or()?;
        let only = match self.take_word("if") {
            true => Some(self.or()?),
            false => None,
        };
        Ok(Statement::For {
            variable,
            list,
            only,
        })
    }

    fn choice(&mut self) -> Result<Expression> {
        self.deeper(1)?;
        let mut expression = self.or()?;
        if self.take_word("if") {
            let condition = Box::new(self.or()?);
            let otherwise = match self.take_word("else") {
                true => Some(Box::new(self.choice()?)),
                false => None,
            };
            expression = Expression::Choice {
                condition,
                then: Box::new(expression),
                otherwise,
            };
        }
        self.depth -= 1;
        Ok(expression)
    }

    /// Both sides of one operator again and again, from the left.
    fn chain(
        &mut self,
        part: fn(&mut Self) -> Result<Expression>,
        more: impl Fn(&mut Self) -> bool,
        joined: fn(Box<Expression>, Box<Expression>) -> Expression,
    ) -> Result<Expression> {
        let before = self.depth;
        let mut expression = part(self)?;
        while more(self) {
            self.deeper(1)?;
            let right = part(self)?;
            expression = joined(Box::new(expression), Box::new(right));
        }
        self.depth = before;
        Ok(expression)
    }

    fn or(&mut self) -> Result<Expression> {
        self.chain(Self::and, |it| it.take_word("or"), Expression::Or)
    }

    fn and(&mut self) -> Result<Expression> {
        self.chain(Self::not, |it| it.take_word("and"), Expression::And)
    }

    fn not(&mut self) -> Result<Expression> {
        if !self.take_word("not") {
            return self.comparison();
        }
        self.deeper(1)?;
        let of = self.not()?;
        self.depth -= 1;
        Ok(Expression::Not(Box::new(of)))
    }

    fn comparison(&mut self) -> Result<Expression> {
        use Comparison::{Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, NotIn, Unequal};
        let left = self.joined()?;
        let signs = [
            ("==", Equal),
            ("!=", Unequal),
            ("<=", LessOrEqual),
            (">=", GreaterOrEqual),
            ("<", Less),
            (">", Greater),
        ];
        let comparison = match signs.into_iter().find(|(sign, _)| self.take(sign)) {
            Some((_, comparison)) => comparison,
            None if self.take_word("in") => In,
            None if self.take_word("not") => match self.take_word("in") {
                true => NotIn,
                false => return Err(self.unexpected()),
            },
            None => return Ok(left),
        };
        let right = self.joined()?;
        Ok(Expression::Compared(
            Box::new(left),
            comparison,
            Box::new(right),
        ))
    }

    fn joined(&mut self) -> Result<Expression> {
        self.chain(Self::filtered, |it| it.take("~"), Expression::Joined)
    }

    /// A value with what follows it: members, filters, and tests.
    fn filtered(&mut self) -> Result<Expression> {
        let before = self.depth;
        let mut expression = self.primary()?;
        loop {
            if self.take(".") {
                let name = Value::Text(self.name()?);
                expression = member(expression, Expression::Literal(name));
            } else if self.take("[") {
                let index = self.choice()?;
                self.expect("]")?;
                expression = member(expression, index);
            } else if self.take("|") {
                expression = self.filter(expression)?;
            } else if self.take_word("is") {
                expression = self.test(expression)?;
            } else {
                self.depth = before;
                return Ok(expression);
            }
            self.deeper(1)?;
        }
    }

    fn filter(&mut self, of: Expression) -> Result<Expression> {
        let name = match self.tokens.next() {
            Some(Token::Name(name)) => name,
            _ => return Err(Refused::new("it ends too early")),
        };
        let filter = Filter::named(&name)
            .ok_or_else(|| Refused::new(format!("there is no filter `{}`", quoted(&name))))?;
        let mut arguments = Vec::new();
        if self.take("(") {
            while !self.take(")") {
                arguments.push(self.argument()?);
                if !self.take(",") {
                    self.expect(")")?;
                    break;
                }
            }
        }
        filter.check(arguments.iter().map(|it| it.name.as_deref()))?;
        if let Some(Argument {
            value: Expression::Literal(value),
            ..
        }) = arguments.first()
        {
            filter.check_argument(value)?;
        }
        Ok(Expression::Filtered {
            of: Box::new(of),
            filter,
            arguments,
        })
    }

    fn argument(&mut self) -> Result<Argument> {
        let value = self.choice()?;
        match value {
            Expression::Name(name) if self.take("=") => Ok(Argument {
                name: Some(name),
                value: self.choice()?,
            }),
            value => Ok(Argument { name: None, value }),
        }
    }

    fn test(&mut self, of: Expression) -> Result<Expression> {
        let not = self.take_word("not");
        let test = match self.tokens.next() {
            Some(Token::Name(name)) => match &*name {
                "defined" => Test::Defined,
                "undefined" => Test::Undefined,
                "none" | "None" => Test::None,
                other => {
                    let shown = quoted(other);
                    return Err(Refused::new(format!("there is no test `{shown}`")));
                }
            },
            _ => return Err(Refused::new("it ends too early")),
        };
        Ok(Expression::Is {
            of: Box::new(of),
            test,
            not,
        })
    }

    fn primary(&mut self) -> Result<Expression> {
        if self.take("(") {
            let expression = self.choice()?;
            self.expect(")")?;
            return Ok(expression);
        }
        if self.take("[") {
            let mut items = Vec::new();
            while !self.take("]") {
                items.push(self.choice()?);
                if !self.take(",") {
                    self.expect("]")?;
                    break;
                }
            }
            return Ok(Expression::List(items));
        }
        let minus = self.take("-");
        match self.tokens.peek() {
            Some(Token::Number(_)) => {}
            Some(Token::Text(_)) if !minus => {}
            Some(Token::Name(name)) if !minus => {
                let constant = match &**name {
                    "true" | "True" => Some(Value::Bool(true)),
                    "false" | "False" => Some(Value::Bool(false)),
                    "none" | "None" => Some(Value::None),
                    "loop" => {
                        self.tokens.next();
                        return Ok(Expression::Name("loop".into()));
                    }
                    _ => None,
                };
                return match constant {
                    Some(constant) => {
                        self.tokens.next();
                        Ok(Expression::Literal(constant))
                    }
                    None => self.name().map(Expression::Name),
                };
            }
            _ => return Err(self.unexpected()),
        }
        match self.tokens.next() {
            Some(Token::Text(text)) => Ok(Expression::Literal(Value::Text(text))),
            Some(Token::Number(digits)) => {
                let sign = if minus { "-" } else { "" };
                let number = Decimal::parse(&format!("{sign}{digits}"));
                let number = number.ok_or_else(|| Refused::new("a number is too long"))?;
                Ok(Expression::Literal(Value::Number(number)))
            }
            _ => Err(Refused::new("it ends too early")),
        }
    }
}

fn member(of: Expression, name: Expression) -> Expression {
    Expression::Member(Box::new(of), Box::new(name))
}
