//! How one input becomes another.
//!
//! A mutation names no place, only numbers that become one: so a list of them
//! fits every input, and a shorter list is a simpler input. Text that is JSON
//! is changed node by node, and stays JSON; now and then it is changed byte by
//! byte.

use proptest::prelude::*;
use serde_json::{Value, json};

/// One change. The numbers choose a place and a text by their remainder.
#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    /// A node of a JSON text.
    Node(usize, NodeChange),
    /// A byte becomes another.
    Byte(usize, u8),
    /// A text of the dictionary is put in.
    Insert(usize, usize),
    /// A run of bytes goes.
    Remove(usize, usize),
    /// The rest goes.
    Cut(usize),
    /// The rest is that of another seed.
    Splice(usize, usize),
}

/// A change of one node.
#[derive(Debug, Clone)]
pub(crate) enum NodeChange {
    /// Becomes a text of the dictionary.
    Word(usize),
    /// Becomes a value at some edge.
    Edge(usize),
    /// A child of an array or object goes.
    Remove(usize),
    /// A child stands there again: many times, or under a second name.
    Repeat(usize, usize),
    /// Becomes a copy of another node.
    CopyOf(usize),
    /// Becomes a node of another seed.
    Foreign(usize, usize),
    /// Becomes the one element of an array, or the one member of an object.
    Wrap(bool),
    /// A text grows by a word of the dictionary, at a place.
    Grow(usize, usize),
    /// A text loses its end.
    Shrink(usize),
    /// A number moves.
    Add(i64),
    /// A text stands many times over.
    Times(usize),
}

fn change() -> impl Strategy<Value = NodeChange> {
    let number = any::<u16>().prop_map(usize::from);
    prop_oneof![
        3 => number.clone().prop_map(NodeChange::Word),
        3 => number.clone().prop_map(NodeChange::Edge),
        2 => number.clone().prop_map(NodeChange::Remove),
        2 => (number.clone(), number.clone()).prop_map(|(c, n)| NodeChange::Repeat(c, n)),
        2 => number.clone().prop_map(NodeChange::CopyOf),
        1 => (number.clone(), number.clone()).prop_map(|(s, n)| NodeChange::Foreign(s, n)),
        1 => any::<bool>().prop_map(NodeChange::Wrap),
        2 => (number.clone(), number.clone()).prop_map(|(at, word)| NodeChange::Grow(at, word)),
        1 => number.clone().prop_map(NodeChange::Shrink),
        1 => prop_oneof![-3..4_i64, any::<i64>()].prop_map(NodeChange::Add),
        1 => number.prop_map(NodeChange::Times),
    ]
}

/// A seed and what becomes of it.
pub(crate) fn mutations(seeds: usize) -> impl Strategy<Value = (usize, Vec<Mutation>)> {
    let number = any::<u16>().prop_map(usize::from);
    let one = prop_oneof![
        30 => (number.clone(), change()).prop_map(|(at, change)| Mutation::Node(at, change)),
        1 => (number.clone(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        2 => (number.clone(), number.clone()).prop_map(|(at, word)| Mutation::Insert(at, word)),
        1 => (number.clone(), 1..8_usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        1 => number.clone().prop_map(Mutation::Cut),
        1 => (number.clone(), number).prop_map(|(seed, at)| Mutation::Splice(seed, at)),
    ];
    (0..seeds, prop::collection::vec(one, 0..6))
}

/// The seed, changed.
pub(crate) fn mutated(
    seeds: &[Vec<u8>],
    seed: usize,
    mutations: &[Mutation],
    dictionary: &[&str],
) -> Vec<u8> {
    let mut input = seeds[seed].clone();
    let mut parsed: Option<Value> = serde_json::from_slice(&input).ok();
    for mutation in mutations {
        if let (Mutation::Node(at, change), Some(root)) = (mutation, &mut parsed) {
            apply(root, *at, change, seeds, dictionary);
            continue;
        }
        if let Some(root) = parsed.take() {
            input = serde_json::to_vec_pretty(&root).unwrap();
        }
        edit(&mut input, mutation, seeds, dictionary);
        parsed = serde_json::from_slice(&input).ok();
    }
    match parsed {
        Some(root) => serde_json::to_vec_pretty(&root).unwrap(),
        None => input,
    }
}

fn edit(input: &mut Vec<u8>, mutation: &Mutation, seeds: &[Vec<u8>], dictionary: &[&str]) {
    let length = input.len();
    match mutation {
        // Text that is no JSON: a word in place of some bytes.
        Mutation::Node(at, _) | Mutation::Insert(at, _) => {
            let word = match mutation {
                Mutation::Insert(_, word) => *word,
                _ => at / 7,
            };
            let at = at % (length + 1);
            let word = dictionary[word % dictionary.len()];
            input.splice(at..at, word.bytes());
        }
        Mutation::Byte(at, byte) if length > 0 => input[at % length] = *byte,
        Mutation::Remove(at, count) if length > 0 => {
            let at = at % length;
            input.drain(at..(at + count).min(length));
        }
        Mutation::Byte(..) | Mutation::Remove(..) => {}
        Mutation::Cut(at) => input.truncate(at % (length + 1)),
        Mutation::Splice(seed, at) => {
            let other = &seeds[seed % seeds.len()];
            let at = at % (length.min(other.len()) + 1);
            input.truncate(at);
            input.extend_from_slice(&other[at..]);
        }
    }
}

fn apply(root: &mut Value, at: usize, change: &NodeChange, seeds: &[Vec<u8>], dictionary: &[&str]) {
    let count = nodes(root);
    let at = at % count;
    match change {
        NodeChange::Remove(child) | NodeChange::Repeat(child, _) => {
            if let Some(holder) = holders(root, at) {
                change_child(holder, *child, change, dictionary);
            }
        }
        NodeChange::CopyOf(other) => {
            let copy = node(root, other % count).clone();
            // A tree that doubles five times over is no better input.
            if nodes(&copy) + count < 4000 {
                *node(root, at) = copy;
            }
        }
        NodeChange::Foreign(seed, other) => {
            if let Ok(mut foreign) = serde_json::from_slice::<Value>(&seeds[seed % seeds.len()]) {
                let count = nodes(&foreign);
                *node(root, at) = node(&mut foreign, other % count).take();
            }
        }
        _ => change_node(node(root, at), change, dictionary),
    }
}

fn change_node(value: &mut Value, change: &NodeChange, dictionary: &[&str]) {
    match change {
        NodeChange::Word(word) => *value = json!(dictionary[word % dictionary.len()]),
        NodeChange::Edge(edge) => *value = edge_value(*edge),
        NodeChange::Wrap(true) => *value = json!([value.take()]),
        NodeChange::Wrap(false) => *value = json!({"value": value.take()}),
        NodeChange::Grow(at, word) => {
            if let Value::String(text) = value {
                let place = boundary(text, *at);
                text.insert_str(place, dictionary[word % dictionary.len()]);
            }
        }
        NodeChange::Shrink(at) => match value {
            Value::String(text) => text.truncate(boundary(text, *at)),
            Value::Array(items) => items.truncate(at % (items.len() + 1)),
            _ => {}
        },
        NodeChange::Add(by) => {
            if let Some(number) = value.as_i64() {
                *value = json!(number.wrapping_add(*by));
            } else if let Some(number) = value.as_u64() {
                *value = json!(number.wrapping_add_signed(*by));
            }
        }
        NodeChange::Times(times) => {
            if let Value::String(text) = value
                && text.len() < 1000
            {
                *text = text.repeat(times % 300);
            }
        }
        _ => {}
    }
}

fn edge_value(edge: usize) -> Value {
    let edges = [
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1),
        json!(1.0),
        json!(-0.0),
        json!(1e300),
        json!(5e-324),
        json!(255),
        json!(65_536),
        json!(i32::MAX),
        json!(u32::MAX),
        json!(9_007_199_254_740_992_u64),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("\u{1b}[2J"),
        json!("ß\u{301}🎉"),
        json!([]),
        json!({}),
        json!([null]),
        json!({"": null}),
        json!({"redacted": true}),
    ];
    edges[edge % edges.len()].clone()
}

fn boundary(text: &str, at: usize) -> usize {
    let at = at % (text.len() + 1);
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(members) => members.values().map(nodes).sum(),
        _ => 0,
    }
}

/// One of the arrays and objects.
fn holders(root: &mut Value, at: usize) -> Option<&mut Value> {
    fn collect(value: &Value, number: &mut usize, found: &mut Vec<usize>) {
        if value.is_array() || value.is_object() {
            found.push(*number);
        }
        *number += 1;
        match value {
            Value::Array(items) => items.iter().for_each(|v| collect(v, number, found)),
            Value::Object(members) => members.values().for_each(|v| collect(v, number, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(root, &mut 0, &mut found);
    let number = *found.get(at % found.len().max(1))?;
    Some(node(root, number))
}

/// The node with a number, counted as a reader meets them.
fn node(value: &mut Value, at: usize) -> &mut Value {
    fn find<'v>(value: &'v mut Value, left: &mut usize) -> Option<&'v mut Value> {
        if *left == 0 {
            return Some(value);
        }
        *left -= 1;
        match value {
            Value::Array(items) => items.iter_mut().find_map(|item| find(item, left)),
            Value::Object(members) => members.values_mut().find_map(|item| find(item, left)),
            _ => None,
        }
    }
    find(value, &mut at.clone()).expect("the number is below the count")
}

/// Removes or repeats one of the children of an array or object.
fn change_child(holder: &mut Value, child: usize, change: &NodeChange, dictionary: &[&str]) {
    match holder {
        Value::Array(items) if !items.is_empty() => {
            let at = child % items.len();
            if let NodeChange::Repeat(_, times) = change {
                let copy = items[at].clone();
                let most = 400 / nodes(&copy);
                items.extend(vec![copy; 1 + times % most.max(1)]);
            } else {
                items.remove(at);
            }
        }
        Value::Object(members) if !members.is_empty() => {
            let at = child % members.len();
            let name = members.keys().nth(at).cloned().unwrap_or_default();
            if let NodeChange::Repeat(_, word) = change {
                let copy = members[&name].clone();
                members.insert(dictionary[word % dictionary.len()].to_owned(), copy);
            } else {
                members.remove(&name);
            }
        }
        _ => {}
    }
}
