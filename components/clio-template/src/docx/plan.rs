//! What filling a part comes to: a row of steps over its text.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::blocks::Blocks;
use super::controls::Control;
use super::edits::{Edit, Region, items, sort, statement};
use super::fields::{Field, switch};
use super::scan::{Found, scan};
use crate::expression::{Argument, Expression, Statement, Test};
use crate::filters::Filter;
use crate::nodes::{Context, Item, Node, Print, build};
use crate::pieces::{Meaning, listed};
use crate::refused::Result;
use crate::unfilled::Why;
use crate::value::Value;
use crate::xml::decoded;

/// How a part is filled.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) nodes: Vec<Node>,
    pub(crate) prefix: String,
}

/// Reads a part. `None`: there is nothing in it to be filled. And what stands in
/// places where nothing is filled.
pub(crate) fn plan(part: &str) -> Result<(Option<Plan>, Vec<String>)> {
    let mut found = scan(part, false)?;
    let left = core::mem::take(&mut found.left);
    let named = found.tags.is_empty() && found.controls.is_empty() && found.fields.is_empty();
    if named && found.blanks.is_empty() {
        return Ok((None, left));
    }
    let meanings = found.tags.iter().map(|it| it.tag.meaning(&it.text));
    let meanings: Vec<Meaning> = meanings.collect::<Result<_>>()?;
    let mut edits = Blocks::edits(&found, &meanings)?;
    let mut unpreserved = BTreeSet::new();
    for (tag, meaning) in found.tags.iter().zip(meanings) {
        edits.extend(tag.pieces.iter().cloned().map(Edit::cut));
        unpreserved.extend(tag.unpreserved.iter().copied());
        if let Meaning::Print(expression) = meaning {
            let at = tag.start();
            let print = Item::Print(print(expression, &tag.source()));
            edits.push(Edit::with(at..at, Vec::from([print])));
        }
    }
    let preserve = |at| Edit::put(at, " xml:space=\"preserve\"");
    edits.extend(unpreserved.into_iter().map(preserve));
    let mut regions = Vec::new();
    for control in &found.controls {
        regions.extend(of_control(&found, control, part));
    }
    for field in &found.fields {
        if let Some(picture) = switch(&field.switches, "\\@") {
            let checked = Filter::Date.check_argument(&Value::Text(picture));
            checked.map_err(|it| it.at(&field.name))?;
        }
        match of_field(&found, field) {
            Ok(region) => regions.push(region),
            Err(edit) => edits.push(edit),
        }
    }
    let mut fields = found.fields.iter().peekable();
    let mut shown = 0;
    for (at, name) in &found.blanks {
        while let Some(field) = fields.next_if(|it| it.range.start <= *at) {
            shown = shown.max(field.range.end);
        }
        if *at >= shown {
            edits.push(Edit::with(*at..*at, Vec::from([Item::left(name.clone())])));
        }
    }
    sort(&mut edits);
    regions.sort_by_key(|it| (it.range.start, Reverse(it.range.end)));
    let nodes = build(items(0..part.len(), &edits, &regions))?;
    let plan = Plan {
        nodes,
        prefix: found.prefix,
    };
    Ok((Some(plan), left))
}

fn print(expression: Expression, source: &str) -> Box<Print> {
    Box::new(Print {
        expression,
        source: source.into(),
        context: Context::Text,
    })
}

/// Whether it can be printed.
fn printable(of: Expression) -> Expression {
    Expression::Is {
        of: Box::new(of),
        test: Test::Printable,
        not: false,
    }
}

/// A control with its value. `None`: it has others in it, and is no place for
/// a value itself.
fn of_control(found: &Found, control: &Control, part: &str) -> Option<Region> {
    let inside = |at: usize| control.range.start < at && at < control.range.end;
    let next = found
        .controls
        .partition_point(|it| it.range.start <= control.range.start);
    let holds_control = found
        .controls
        .get(next)
        .is_some_and(|it| inside(it.range.start));
    let next = found
        .tags
        .partition_point(|it| it.start() <= control.range.start);
    let holds_tag = found.tags.get(next).is_some_and(|it| inside(it.start()));
    if holds_control || holds_tag {
        return None;
    }
    let name = control.names.first()?;
    let mut filled = Vec::new();
    for name in &control.names {
        let value = Expression::Named(name.clone());
        // A day is written as the control says, and what is none as it is.
        let picture = control.date_format.clone().map(Value::Text);
        let day = picture.map(|it| filtered(value.clone(), Filter::Date, Some(it)));
        for value in day.into_iter().chain([value]) {
            let condition = printable(value.clone());
            filled.push(match filled.is_empty() {
                true => statement(Statement::If(condition), name),
                false => statement(Statement::ElseIf(condition), name),
            });
            let mut edits = match with_value(found, control, value.clone(), name) {
                Some(edits) => edits,
                None => {
                    // There is no room for it.
                    let named = print(value, &listed(name));
                    filled.push(Item::Report(named, Some(Why::Place)));
                    Vec::new()
                }
            };
            sort(&mut edits);
            filled.extend(items(control.range.clone(), &edits, &[]));
        }
    }
    // What has a text of its own is the author's; a line to write on is none.
    let blank = |raw: &str| !decoded(raw).contains(char::is_alphanumeric);
    let empty = control.spans.iter().all(|it| blank(&part[it.raw.clone()]));
    let mut unfilled = Vec::new();
    if empty || control.showing.is_some() || control.checked.is_some() {
        let named = Expression::Named(name.clone());
        unfilled.push(Item::Report(print(named, &listed(name)), None));
    }
    Some(Region {
        range: control.range.clone(),
        filled,
        unfilled,
    })
}

fn with_value(
    found: &Found,
    control: &Control,
    value: Expression,
    name: &str,
) -> Option<Vec<Edit>> {
    let w = &found.prefix;
    let mut edits = Vec::new();
    let gone = control
        .showing
        .iter()
        .chain(&control.binding)
        .chain(&control.styles);
    edits.extend(gone.cloned().map(Edit::cut));
    let shown = match &control.checked {
        None => value,
        Some(range) => {
            let items = Vec::from([
                statement(Statement::If(value.clone()), name),
                Item::Put("1".into()),
                statement(Statement::Else, name),
                Item::Put("0".into()),
                statement(Statement::EndIf, name),
            ]);
            edits.push(Edit::with(range.start..range.start, items));
            edits.push(Edit::cut(range.clone()));
            let sign = |sign: &str| Box::new(Expression::Literal(Value::text(sign)));
            Expression::Choice {
                condition: Box::new(value),
                then: sign("☒"),
                otherwise: Some(sign("☐")),
            }
        }
    };
    let value = Item::Print(print(shown, name));
    if let Some(first) = control.spans.first() {
        let at = first.raw.start;
        edits.push(Edit::with(at..at, Vec::from([value])));
        edits.extend(control.spans.iter().map(|it| Edit::cut(it.raw.clone())));
        if !first.preserved {
            edits.push(Edit::put(first.tag_end, " xml:space=\"preserve\""));
        }
        return Some(edits);
    }
    if !control.room {
        return None;
    }
    let (at, before, after) = match (control.paragraph_end, control.inline) {
        (Some(end), _) => (end, "", ""),
        (None, true) => (control.content.end, "", ""),
        (None, false) => (control.content.end, "p", "p"),
    };
    let mut items = Vec::new();
    if !before.is_empty() {
        items.push(Item::Put(format!("<{w}{before}>")));
    }
    items.push(Item::Put(format!("<{w}r><{w}t xml:space=\"preserve\">")));
    items.push(value);
    items.push(Item::Put(format!("</{w}t></{w}r>")));
    if !after.is_empty() {
        items.push(Item::Put(format!("</{w}{after}>")));
    }
    edits.push(Edit::with(at..at, items));
    Some(edits)
}

/// A merge field with its value as plain text, as Word's own merge leaves it.
/// `Err`: one that stays, and is listed.
fn of_field(found: &Found, field: &Field) -> core::result::Result<Region, Edit> {
    let w = &found.prefix;
    let shown = print(merged(field), &listed(&field.name));
    if !field.fillable {
        let at = field.range.start;
        let report = Item::Report(shown, Some(Why::Place));
        return Err(Edit::with(at..at, Vec::from([report])));
    }
    // Words that its switches put beside a value are none.
    let condition = Expression::And(
        Box::new(printable(Expression::Named(field.name.clone()))),
        Box::new(printable(shown.expression.clone())),
    );
    let mut filled = Vec::from([
        statement(Statement::If(condition), &field.name),
        Item::Put(format!("<{w}r>")),
    ]);
    if !field.properties.is_empty() {
        filled.push(Item::Copy(field.properties.clone()));
    }
    filled.push(Item::Put(format!("<{w}t xml:space=\"preserve\">")));
    filled.push(Item::Print(shown.clone()));
    filled.push(Item::Put(format!("</{w}t></{w}r>")));
    Ok(Region {
        range: field.range.clone(),
        filled,
        unfilled: Vec::from([Item::Report(shown, None)]),
    })
}

/// The value of a merge field, with what its switches ask for.
fn merged(field: &Field) -> Expression {
    let mut value = Expression::Named(field.name.clone());
    let switches = &*field.switches;
    if let Some(picture) = switch(switches, "\\@") {
        value = filtered(value, Filter::Date, Some(Value::Text(picture)));
    }
    if let Some(picture) = switch(switches, "\\#")
        && picture.contains(',')
    {
        let places = picture.split_once('.').map_or("", |it| it.1);
        let places = places.matches(['0', '#']).count();
        let places = u32::try_from(places).unwrap_or_default();
        let money = picture.contains(['$', '£', '€']);
        value = match money {
            true => filtered(value, Filter::Money, None),
            false => filtered(value, Filter::Number, Some(Value::Number(places.into()))),
        };
    }
    let letters = match switch(switches, "\\*")
        .map(|it| it.to_lowercase())
        .as_deref()
    {
        Some("upper") => Some(Filter::Upper),
        Some("lower") => Some(Filter::Lower),
        Some("firstcap") => Some(Filter::Capitalize),
        Some("caps") => Some(Filter::Title),
        _ => None,
    };
    if let Some(letters) = letters {
        value = filtered(value, letters, None);
    }
    let literal = |text| Box::new(Expression::Literal(Value::Text(text)));
    if let Some(before) = switch(switches, "\\b") {
        value = Expression::Joined(literal(before), Box::new(value));
    }
    if let Some(after) = switch(switches, "\\f") {
        value = Expression::Joined(Box::new(value), literal(after));
    }
    value
}

fn filtered(of: Expression, filter: Filter, argument: Option<Value>) -> Expression {
    let argument = argument.map(|value| Argument {
        name: None,
        value: Expression::Literal(value),
    });
    Expression::Filtered {
        of: Box::new(of),
        filter,
        arguments: argument.into_iter().collect(),
    }
}
