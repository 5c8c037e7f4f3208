//! What an expression comes to.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::decimal::Decimal;
use crate::expression::{Comparison, Expression, Test};
use crate::filters::Filter;
use crate::format::printed;
use crate::limits;
use crate::locale::Locale;
use crate::refused::{Refused, Result};
use crate::unfilled::Why;
use crate::value::Value;

/// The values, and the variables of the loops around.
pub(crate) struct Machine<'v> {
    values: &'v Value,
    scope: Vec<(String, Cow<'v, Value>)>,
    locale: Locale,
    fuel: u32,
    /// Whether what is evaluated asked for something that may not be seen.
    hidden: bool,
    /// Why there is nothing, where it is not that nothing has the name.
    lack: Option<Why>,
    /// Whether it asked for something that is not there, and nothing says what to
    /// take in its place.
    unknown: bool,
}

/// A value, or `None` where there is none of the name.
type Got<'v> = Option<Cow<'v, Value>>;

impl<'v> Machine<'v> {
    pub(crate) fn new(values: &'v Value, locale: Locale) -> Self {
        Self {
            values,
            scope: Vec::new(),
            locale,
            fuel: limits::FUEL,
            hidden: false,
            lack: None,
            unknown: false,
        }
    }

    /// Takes a step, if one is left.
    pub(crate) fn step(&mut self) -> Result<()> {
        self.spend(1)
    }

    fn spend(&mut self, steps: usize) -> Result<()> {
        let left = u32::try_from(steps)
            .ok()
            .and_then(|it| self.fuel.checked_sub(it));
        self.fuel = left.ok_or_else(|| {
            Refused::new("filling it takes too many steps; it has too many loops in one another")
        })?;
        Ok(())
    }

    /// Why what was evaluated since this was last asked may be wrong: it asked for
    /// something that may not be seen, or that is not there.
    pub(crate) fn missed(&mut self) -> Option<Why> {
        let unknown = core::mem::take(&mut self.unknown);
        match core::mem::take(&mut self.hidden) {
            true => Some(Why::Hidden),
            false => unknown.then_some(Why::Unknown),
        }
    }

    /// Why what was evaluated last came to nothing.
    pub(crate) fn took_lack(&mut self) -> Why {
        self.lack.take().unwrap_or(Why::Unknown)
    }

    /// What an expression prints, or why it prints nothing.
    pub(crate) fn print(
        &mut self,
        expression: &Expression,
    ) -> Result<core::result::Result<String, Why>> {
        self.missed();
        self.lack = None;
        let printed = self.printed(expression)?;
        // A text that is made without it is not the one that was meant.
        Ok(match self.missed() {
            Some(why) => Err(why),
            None => printed,
        })
    }

    fn printed(&mut self, expression: &Expression) -> Result<core::result::Result<String, Why>> {
        let Some(value) = self.value(expression)? else {
            return Ok(match self.may_be_blank(expression)? {
                true => Ok(String::new()),
                false => Err(self.took_lack()),
            });
        };
        if value.is_empty() && !self.may_be_blank(expression)? {
            return Ok(Err(Why::Empty));
        }
        let text = printed(&value, self.locale);
        if let Some(text) = &text {
            self.spend(text.len() / 64)?;
        }
        Ok(text.ok_or(Why::Several))
    }

    /// Whether what comes out empty does so because the author said it may.
    fn may_be_blank(&mut self, expression: &Expression) -> Result<bool> {
        Ok(match expression {
            Expression::Literal(Value::Text(text)) => text.trim().is_empty(),
            Expression::Filtered {
                filter: Filter::Default,
                arguments,
                ..
            } => match arguments.first() {
                Some(argument) => self.may_be_blank(&argument.value)?,
                None => true,
            },
            Expression::Filtered { of, .. } => self.may_be_blank(of)?,
            Expression::Choice {
                condition,
                then,
                otherwise,
            } => match (self.is_true(condition)?, otherwise) {
                (true, _) => self.may_be_blank(then)?,
                (false, Some(otherwise)) => self.may_be_blank(otherwise)?,
                // `"x" if a`, without an else, is empty on purpose.
                (false, None) => true,
            },
            Expression::Joined(a, b) => self.may_be_blank(a)? && self.may_be_blank(b)?,
            Expression::Or(_, last) => self.may_be_blank(last)?,
            _ => false,
        })
    }

    /// The value of a part that the whole needs: [`Value::None`], where it is empty
    /// and the author did not say that it may be.
    fn needed(&mut self, expression: &Expression) -> Result<Got<'v>> {
        let value = self.value(expression)?;
        if value.as_ref().is_some_and(|it| !it.is_empty()) {
            return Ok(value);
        }
        Ok(match self.may_be_blank(expression)? {
            true => value
                .filter(|it| **it != Value::None)
                .or_else(|| Some(Cow::Owned(Value::text("")))),
            false => value.map(|_| Cow::Owned(Value::None)),
        })
    }

    pub(crate) fn is_true(&mut self, expression: &Expression) -> Result<bool> {
        Ok(self.value(expression)?.is_some_and(|it| it.is_true()))
    }

    /// The items of a list. `None`: there is nothing of the name. A contact
    /// alone is a list of one.
    pub(crate) fn items(&mut self, expression: &Expression) -> Result<Option<Vec<Cow<'v, Value>>>> {
        let items = match self.value(expression)? {
            None => return Ok(None),
            Some(Cow::Borrowed(Value::List(items))) => items.iter().map(Cow::Borrowed).collect(),
            Some(Cow::Owned(Value::List(items))) => items.into_iter().map(Cow::Owned).collect(),
            Some(value) if value.is_empty() => Vec::new(),
            Some(value) => Vec::from([value]),
        };
        self.spend(items.len())?;
        Ok(Some(items))
    }

    /// Sets a variable until [`Machine::leave`].
    pub(crate) fn enter(&mut self, name: &str, value: Cow<'v, Value>) {
        self.scope.push((name.into(), value));
    }

    /// Sets `loop`, for one turn.
    pub(crate) fn enter_turn(&mut self, index: usize, length: usize) -> Result<()> {
        // It makes a record.
        self.spend(4)?;
        let number = |n: usize| Value::Number(Decimal::from(u32::try_from(n).unwrap_or(u32::MAX)));
        let members = [
            ("index", number(index + 1)),
            ("index0", number(index)),
            ("revindex", number(length - index)),
            ("length", number(length)),
            ("first", Value::Bool(index == 0)),
            ("last", Value::Bool(index + 1 == length)),
        ];
        let members: BTreeMap<String, Value> = members
            .into_iter()
            .map(|(name, it)| (name.into(), it))
            .collect();
        self.enter("loop", Cow::Owned(Value::Record(members)));
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.scope.pop();
    }

    fn variable(&self, name: &str) -> Got<'v> {
        let mut scope = self.scope.iter().rev();
        let found = scope.find_map(|(own, value)| (own == name).then(|| value.clone()));
        found.or_else(|| self.values.member(name).map(Cow::Borrowed))
    }

    fn named(&self, name: &str) -> Got<'v> {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        let mut scope = self.scope.iter().rev();
        let own = scope.find(|(own, _)| own == first);
        match own {
            Some((_, value)) if rest.is_empty() => Some(value.clone()),
            Some((_, value)) => value.named(rest).cloned().map(Cow::Owned),
            None => self.values.named(name).map(Cow::Borrowed),
        }
    }

    fn value(&mut self, expression: &Expression) -> Result<Got<'v>> {
        self.step()?;
        let value = self.value_of(expression)?;
        self.hidden |= matches!(value.as_deref(), Some(Value::Hidden));
        let named = matches!(expression, Expression::Name(_) | Expression::Named(_));
        self.unknown |= named && value.is_none();
        Ok(value)
    }

    fn value_of(&mut self, expression: &Expression) -> Result<Got<'v>> {
        Ok(match expression {
            Expression::Literal(value) => Some(Cow::Owned(value.clone())),
            Expression::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    let item = self.value(item)?;
                    self.spend(item.as_deref().map_or(0, size) / 16)?;
                    list.push(item.map_or(Value::None, Cow::into_owned));
                }
                Some(Cow::Owned(Value::List(list)))
            }
            Expression::Name(name) => self.variable(name),
            Expression::Named(name) => self.named(name),
            Expression::Member(of, name) => {
                let (of, name) = (self.value(of)?, self.value(name)?);
                // What is empty has no members, and a list may be shorter: that is known.
                let known = matches!(of.as_deref(), None | Some(Value::None | Value::List(_)));
                let member = self.member(of, name)?;
                self.unknown |= member.is_none() && !known;
                member
            }
            Expression::Filtered {
                of,
                filter,
                arguments,
            } => {
                let unknown = self.unknown;
                let of = self.value(of)?;
                if *filter == Filter::Default {
                    self.unknown = unknown;
                    if of.as_ref().is_some_and(|it| !it.is_empty()) {
                        return Ok(of);
                    }
                }
                let mut given = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    let value = match filter {
                        // With what is empty nothing is replaced as was meant.
                        Filter::Replace => match self.needed(&argument.value)? {
                            Some(value) if *value != Value::None => Some(value),
                            nothing => return Ok(nothing),
                        },
                        _ => self.value(&argument.value)?,
                    };
                    given.push(value.map_or(Value::None, Cow::into_owned));
                }
                let of = match (of, *filter) {
                    (Some(of), _) => of,
                    (None, Filter::Default) => Cow::Owned(Value::None),
                    (None, _) => return Ok(None),
                };
                self.spend(size(&of) / 64)?;
                // Chosen by what none of them has: a name that is mistyped.
                if filter.lacks_member(&of, &given) {
                    self.unknown = true;
                    return Ok(None);
                }
                let made = filter.apply(&of, &given, self.locale)?;
                let made = made.or_else(|| self.nothing(&of, *filter));
                made.map(Cow::Owned)
            }
            Expression::Compared(left, comparison, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let none = || Cow::Owned(Value::None);
                let (left, right) = (left.unwrap_or_else(none), right.unwrap_or_else(none));
                self.spend((size(&left) + size(&right)) / 64)?;
                let holds = compared(&left, *comparison, &right);
                Some(Cow::Owned(Value::Bool(holds)))
            }
            Expression::Is { of, test, not } => {
                let unknown = self.unknown;
                let value = self.value(of)?;
                // To ask whether it is there is no use of it.
                self.unknown = unknown;
                let holds = match (value, test) {
                    (value, Test::Defined) => value.is_some(),
                    (value, Test::Undefined) => value.is_none(),
                    (value, Test::None) => value.as_deref() == Some(&Value::None),
                    (value, Test::Printable) => value.is_some_and(|value| {
                        !value.is_empty() && printed(&value, self.locale).is_some()
                    }),
                };
                Some(Cow::Owned(Value::Bool(holds != *not)))
            }
            Expression::Not(of) => Some(Cow::Owned(Value::Bool(!self.is_true(of)?))),
            Expression::And(left, right) => match self.value(left)? {
                Some(left) if left.is_true() => self.value(right)?,
                left => left,
            },
            Expression::Or(left, right) => match self.value(left)? {
                Some(left) if left.is_true() => Some(left),
                _ => self.value(right)?,
            },
            Expression::Joined(left, right) => {
                let mut out = String::new();
                for side in [left, right] {
                    let value = match self.needed(side)? {
                        Some(value) if *value != Value::None => value,
                        nothing => return Ok(nothing),
                    };
                    let Some(text) = printed(&value, self.locale) else {
                        self.lack = Some(Why::Several);
                        return Ok(None);
                    };
                    out.push_str(&text);
                }
                if out.len() > limits::TEXT {
                    return Err(Refused::new("a text gets longer than 1 MiB"));
                }
                self.spend(out.len() / 64)?;
                Some(Cow::Owned(Value::Text(out)))
            }
            Expression::Choice {
                condition,
                then,
                otherwise,
            } => match (self.is_true(condition)?, otherwise) {
                (true, _) => self.value(then)?,
                (false, Some(otherwise)) => self.value(otherwise)?,
                (false, None) => None,
            },
        })
    }

    /// What a filter makes of a value that it makes nothing of, and why that is.
    fn nothing(&mut self, of: &Value, filter: Filter) -> Option<Value> {
        let is_empty = of.is_empty();
        if is_empty && !matches!(filter, Filter::First | Filter::Last) {
            return Some(Value::None);
        }
        self.lack = Some(match printed(of, self.locale) {
            _ if is_empty => Why::Empty,
            None => Why::Several,
            Some(_) => Why::Kind,
        });
        None
    }

    fn member(&mut self, of: Got<'v>, name: Got<'v>) -> Result<Got<'v>> {
        let (Some(of), Some(name)) = (of, name) else {
            return Ok(None);
        };
        if let Value::Record(members) = &*of {
            self.spend(members.len() / 4)?;
        }
        let index = match &*name {
            Value::Number(number) => number.to_index(),
            _ => None,
        };
        let find = |of: &Value| -> Option<Value> {
            match (of, &*name) {
                (Value::Record(_) | Value::Hidden, Value::Text(name)) => of.member(name).cloned(),
                (Value::List(items), _) => items.get(index?).cloned(),
                _ => None,
            }
        };
        Ok(match of {
            Cow::Borrowed(of) => match (of, &*name) {
                (Value::Record(_) | Value::Hidden, Value::Text(name)) => {
                    of.member(name).map(Cow::Borrowed)
                }
                (Value::List(items), _) => index.and_then(|it| items.get(it)).map(Cow::Borrowed),
                _ => parts(of, &name).map(Cow::Owned),
            },
            Cow::Owned(of) => find(&of).or_else(|| parts(&of, &name)).map(Cow::Owned),
        })
    }
}

/// The members of what is no record: those of money and of days.
fn parts(of: &Value, name: &Value) -> Option<Value> {
    let Value::Text(name) = name else {
        return None;
    };
    let number = |n: u32| Some(Value::Number(Decimal::from(n)));
    match (of, &**name) {
        (Value::Money { amount, .. }, "amount") => Some(Value::Number(amount.clone())),
        (Value::Money { currency, .. }, "currency") => Some(Value::Text(currency.clone())),
        (Value::Time(at), "date") => Some(Value::Date(at.date())),
        (Value::Date(day), "year") => number(day.year().into()),
        (Value::Date(day), "month") => number(day.month().into()),
        (Value::Date(day), "day") => number(day.day().into()),
        (Value::Time(at), _) => parts(&Value::Date(at.date()), &Value::Text(name.clone())),
        _ => None,
    }
}

/// About how long it takes to go through it.
fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::List(items) => items.iter().map(|it| 64 + size(it)).sum(),
        Value::Record(members) => members.values().map(|it| 64 + size(it)).sum(),
        _ => 1,
    }
}

fn compared(left: &Value, comparison: Comparison, right: &Value) -> bool {
    let order = || left.compare(right);
    let within = || match right {
        Value::List(items) => items
            .iter()
            .any(|item| left.compare(item) == Some(Ordering::Equal)),
        Value::Text(text) => matches!(left, Value::Text(left) if text.contains(&**left)),
        Value::Record(_) => matches!(left, Value::Text(left) if right.member(left).is_some()),
        _ => false,
    };
    match comparison {
        Comparison::Equal => order() == Some(Ordering::Equal),
        Comparison::Unequal => order() != Some(Ordering::Equal),
        Comparison::Less => order() == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order() == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => {
            matches!(order(), Some(Ordering::Greater | Ordering::Equal))
        }
        Comparison::In => within(),
        Comparison::NotIn => !within(),
    }
}
