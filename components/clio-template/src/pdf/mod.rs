//! The text layer of a PDF (ISO 32000-1).
//!
//! Only what it takes to tell what a document says. A scan has no such layer, and
//! nothing here recognises letters in pictures.

mod cmap;
mod content;
mod encoding;
mod file;
mod font;
mod object;
#[cfg(test)]
mod tests;

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::refused::{Refused, Result};
use content::Text;
use file::File;
use object::{Map, Object};

/// How many pages are read.
const PAGES: usize = 5_000;

/// How much content one page has, in bytes.
const CONTENT: usize = 16 << 20;

/// The text of a PDF, a line each.
pub(crate) fn text(bytes: &[u8]) -> Result<String> {
    let file = File::open(bytes)?;
    let mut pages = Pages {
        file: &file,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    pages.find();
    if pages.found.is_empty() {
        return Err(Refused::new("it is no PDF: it has no pages"));
    }
    let mut text = Text::new(&file);
    for page in &pages.found {
        let resources = file.get_map(page, "Resources").unwrap_or_default();
        let mut content = Vec::new();
        let parts = match page.get("Contents") {
            Some(part @ Object::Reference(_)) => match file.resolve(part) {
                Object::List(parts) => parts,
                _ => Vec::from([part.clone()]),
            },
            Some(Object::List(parts)) => parts.clone(),
            _ => Vec::new(),
        };
        for part in &parts {
            if content.len() > CONTENT {
                return Err(Refused::new("a page of it has more than 16 MiB of content"));
            }
            if let Some((_, bytes)) = file.stream(part) {
                content.extend(bytes);
                content.push(b'\n');
            }
        }
        text.page(&resources, &content)?;
    }
    let letters = text.out.chars().filter(|it| it.is_alphanumeric()).count();
    if letters == 0 && (text.unknown > 0 || file.unread.get()) {
        return Err(Refused::new(
            "its text cannot be read: nothing in it says what its letters are, or it is packed in an \
             unusual way; save it as PDF again, or as .docx",
        ));
    }
    Ok(text.out)
}

struct Pages<'f, 'a> {
    file: &'f File<'a>,
    seen: BTreeSet<u32>,
    found: Vec<Map>,
}

impl Pages<'_, '_> {
    fn find(&mut self) {
        let catalogs = self.of_type("Catalog");
        // The last one, if it was changed.
        if let Some(catalog) = catalogs.last()
            && let Some(pages) = catalog.get("Pages")
        {
            let pages = pages.clone();
            self.descend(&pages, &Map::new(), 0);
        }
        if self.found.is_empty() {
            self.found = self.of_type("Page");
            self.found.truncate(PAGES);
        }
    }

    fn of_type(&self, kind: &str) -> Vec<Map> {
        let numbers = self.file.numbers();
        let objects = numbers.filter_map(|it| match self.file.resolve(&Object::Reference(it)) {
            Object::Map(map) => Some(map),
            _ => None,
        });
        objects
            .filter(|map| map.get("Type").and_then(Object::name) == Some(kind))
            .take(PAGES)
            .collect()
    }

    /// Goes down the tree of pages, with what they inherit.
    fn descend(&mut self, node: &Object, inherited: &Map, depth: usize) {
        if let Object::Reference(number) = node
            && !self.seen.insert(*number)
        {
            return;
        }
        let Object::Map(mut map) = self.file.resolve(node) else {
            return;
        };
        if depth > 40 || self.found.len() >= PAGES {
            return;
        }
        if let (None, Some(resources)) = (map.get("Resources"), inherited.get("Resources")) {
            map.insert("Resources".into(), resources.clone());
        }
        match self.file.get(&map, "Kids") {
            Object::List(kids) => {
                for kid in &kids {
                    self.descend(kid, &map, depth + 1);
                }
            }
            _ => self.found.push(map),
        }
    }
}
