//! The imports between the top-level modules of a crate, from its sources.
//!
//! A reader of tokens and not of syntax: it knows comments, texts, brackets and
//! paths, which is all that an import needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// One top-level module that names another.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) to: String,
    /// The file and the line.
    pub(super) place: String,
}

/// What a crate is made of.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) modules: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
}

/// Reads all sources below a folder, but for what is tests alone.
pub(super) fn scan(sources: &Path) -> Scan {
    let mut files = Vec::new();
    collect(sources, &mut files);
    files.sort();
    let mut found = Scan::default();
    let mut handed_on = BTreeMap::new();
    let mut named = BTreeSet::new();
    for file in &files {
        let path = file.strip_prefix(sources).unwrap();
        let tokens = without_tests(&tokens(&fs::read_to_string(file).unwrap()));
        let module = module(path);
        let Some(top) = module.first() else {
            handed_on.extend(handed_on_by(&tokens));
            continue;
        };
        found.modules.insert(top.clone());
        for (line, to) in paths(&tokens, &module) {
            if let Some(name) = to.first() {
                named.insert((path.to_owned(), line, top.clone(), name.clone()));
            }
        }
    }
    for (path, line, from, name) in named {
        let place = format!("{}:{line}", path.display());
        let to = match found.modules.contains(&name) {
            true => name,
            false => handed_on.get(&name).cloned().unwrap_or(name),
        };
        if from != to {
            found.imports.push(Import { from, to, place });
        }
    }
    found
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "tests" {
            collect(&path, files);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

/// The module that a file is: nothing for the root of the crate.
fn module(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> = path
        .with_extension("")
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if matches!(
        parts.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        parts.pop();
    }
    parts
}

/// A word, or one character that is none, and its line.
type Token = (usize, String);

fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let at = |n: usize| letters.get(n).copied().unwrap_or('\0');
    let (mut n, mut line, mut found) = (0, 1, Vec::new());
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    while n < letters.len() {
        let start = n;
        match (at(n), at(n + 1)) {
            ('/', '/') => {
                while n < letters.len() && at(n) != '\n' {
                    n += 1;
                }
            }
            ('/', '*') => {
                while n < letters.len() && (at(n), at(n + 1)) != ('*', '/') {
                    n += 1;
                }
                n += 2;
            }
            ('"', _) => n = end_of_text(&letters, n + 1),
            // A character, and no lifetime.
            ('\'', '\\') => {
                n += 3;
                while n < letters.len() && at(n) != '\'' {
                    n += 1;
                }
                n += 1;
            }
            ('\'', _) if at(n + 2) == '\'' => n += 3,
            (letter, _) if is_word(letter) => {
                while is_word(at(n)) {
                    n += 1;
                }
                let word: String = letters[start..n].iter().collect();
                let raw = matches!(word.as_str(), "r" | "br") && matches!(at(n), '"' | '#');
                if raw && let Some(end) = end_of_raw_text(&letters, n) {
                    n = end;
                } else {
                    found.push((line, word));
                }
            }
            (letter, _) => {
                n += 1;
                if !letter.is_whitespace() {
                    found.push((line, letter.to_string()));
                }
            }
        }
        let end = n.min(letters.len());
        line += letters[start..end]
            .iter()
            .filter(|letter| **letter == '\n')
            .count();
    }
    found
}

fn end_of_text(letters: &[char], mut n: usize) -> usize {
    while n < letters.len() && letters[n] != '"' {
        n += if letters[n] == '\\' { 2 } else { 1 };
    }
    n + 1
}

/// Where a raw text ends that begins at its first `#` or quotation mark.
fn end_of_raw_text(letters: &[char], start: usize) -> Option<usize> {
    let hashes = letters[start..]
        .iter()
        .take_while(|letter| **letter == '#')
        .count();
    (letters.get(start + hashes) == Some(&'"')).then_some(())?;
    let mut n = start + hashes + 1;
    while n < letters.len() {
        let closes = letters[n] == '"'
            && letters[n + 1..]
                .iter()
                .take(hashes)
                .filter(|letter| **letter == '#')
                .count()
                == hashes;
        n += 1;
        if closes {
            return Some(n + hashes);
        }
    }
    Some(n)
}

/// Leaves out each item that is there for tests alone.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let is = |n: usize, text: &str| tokens.get(n).is_some_and(|(_, token)| token == text);
    let (mut n, mut kept) = (0, Vec::new());
    while n < tokens.len() {
        if is(n, "#") && is(n + 1, "[") && is(n + 2, "cfg") {
            let end = closing(tokens, n + 1);
            let said = || tokens[n..end].iter().map(|(_, token)| token.as_str());
            if said().any(|word| word == "test") && !said().any(|word| word == "not") {
                n = end_of_item(tokens, end);
                continue;
            }
        }
        kept.push(tokens[n].clone());
        n += 1;
    }
    kept
}

/// Behind the bracket that closes the one at `open`.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (n, (_, token)) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return n + 1;
        }
    }
    tokens.len()
}

fn end_of_item(tokens: &[Token], mut n: usize) -> usize {
    while n < tokens.len() {
        match tokens[n].1.as_str() {
            ";" => return n + 1,
            "{" => return closing(tokens, n),
            "(" | "[" => n = closing(tokens, n),
            _ => n += 1,
        }
    }
    n
}

/// Each path that begins at the crate's root or climbs, as the names from the
/// root on, with its line.
fn paths(tokens: &[Token], module: &[String]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for n in 0..tokens.len() {
        let inside = n > 1 && tokens[n - 1].1 == ":" && tokens[n - 2].1 == ":";
        let base = match tokens[n].1.as_str() {
            "crate" if !inside => Vec::new(),
            "super" if !inside => module[..module.len() - 1].to_vec(),
            _ => continue,
        };
        follow(tokens, n + 1, base, &mut found);
    }
    found
}

/// Follows a path, and every branch of a group of imports.
fn follow(
    tokens: &[Token],
    mut n: usize,
    mut base: Vec<String>,
    found: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    let is = |n: usize, text: &str| tokens.get(n).is_some_and(|(_, token)| token == text);
    while is(n, ":") && is(n + 1, ":") {
        n += 2;
        if is(n, "{") {
            let end = closing(tokens, n);
            n += 1;
            while n < end - 1 {
                let mut branch = base.clone();
                let line = tokens[n].0;
                step(&tokens[n].1, &mut branch);
                if !is(n + 1, ":") {
                    found.push((line, branch.clone()));
                }
                n = follow(tokens, n + 1, branch, found);
                while n < end && !is(n, ",") {
                    n += 1;
                }
                n += 1;
            }
            return end;
        }
        let Some((line, name)) = tokens.get(n).filter(|(_, name)| name != "<") else {
            break;
        };
        step(name, &mut base);
        n += 1;
        if !(is(n, ":") && is(n + 1, ":") && is(n + 2, "{")) {
            found.push((*line, base.clone()));
        }
    }
    n
}

fn step(name: &str, path: &mut Vec<String>) {
    match name {
        "super" => drop(path.pop()),
        "self" | "*" => {}
        name => path.push(name.to_owned()),
    }
}

/// The names that the crate's root hands on, each with the module it is from.
fn handed_on_by(root: &[Token]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for n in 0..root.len() {
        if root[n].1 != "use" {
            continue;
        }
        // As if it began at the root in words, which it does not have to.
        let mut tree: Vec<Token> = vec![(0, ":".into()), (0, ":".into())];
        let rest = root[n + 1..].iter().take_while(|(_, token)| token != ";");
        tree.extend(rest.cloned());
        let mut found = Vec::new();
        follow(&tree, 0, Vec::new(), &mut found);
        for (_, path) in found {
            let path: Vec<_> = path.into_iter().filter(|part| part != "crate").collect();
            if let (Some(module), Some(name)) = (path.first(), path.get(1..).and_then(<[_]>::last))
            {
                names.insert(name.clone(), module.clone());
            }
        }
    }
    names
}
