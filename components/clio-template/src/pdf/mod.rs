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
mod unpack;
mod work;
mod xref;

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::refused::{Refused, Result};
use content::{CONTENT, Text};
use file::File;
use object::{Map, Object};

/// How many pages are read.
const PAGES: usize = 5_000;

/// The text of a PDF, a line each.
pub(crate) fn text(bytes: &[u8]) -> Result<String> {
    let file = File::open(bytes)?;
    let pages = Pages::find(&file);
    file.work.check()?;
    if pages.is_empty() {
        return Err(Refused::new("it is no PDF: it has no pages"));
    }
    let mut text = Text::new(&file);
    for page in pages {
        let resources = file.object(page.resources);
        let resources = file.get_map(&resources, "Resources").unwrap_or_default();
        let page = file.object(page.own);
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
            if let Some((_, bytes)) = file.stream(part) {
                if content.len() + bytes.len() > CONTENT {
                    return Err(Refused::new("a page of it has more than 12 MiB of content"));
                }
                content.extend(bytes);
                content.push(b'\n');
            }
        }
        text.page(&resources, &content)?;
        file.work.check()?;
    }
    let letters = text.out.chars().filter(|it| it.is_alphanumeric()).count();
    // What stands in a stream that is not read would be missing without a word.
    if file.unread.get() || (letters == 0 && text.unknown > 0) {
        return Err(Refused::new(
            "its text cannot be read: nothing in it says what its letters are, or it is packed in an \
             unusual way; save it as PDF again, or as .docx",
        ));
    }
    Ok(text.out)
}

/// A page, and which object says what it is drawn with: itself, or what it is in.
/// The objects are read one by one, so that many large ones are never held.
struct Page {
    own: u32,
    resources: u32,
}

struct Pages<'f, 'a> {
    file: &'f File<'a>,
    seen: BTreeSet<u32>,
    found: Vec<Page>,
}

impl<'f, 'a> Pages<'f, 'a> {
    fn find(file: &'f File<'a>) -> Vec<Page> {
        let mut pages = Self {
            file,
            seen: BTreeSet::new(),
            found: Vec::new(),
        };
        // Without tables, the last one, if it was changed.
        let catalog = file.root.or_else(|| pages.of_type("Catalog").last());
        let root = catalog.and_then(|it| file.object(it).remove("Pages"));
        if let Some(Object::Reference(root)) = root {
            pages.seen.insert(root);
            pages.descend(root, root, 0);
        }
        if pages.found.is_empty() {
            let all = pages.of_type("Page").take(PAGES + 1);
            pages.found = all
                .map(|own| Page {
                    own,
                    resources: own,
                })
                .collect();
        }
        if pages.found.len() > PAGES {
            file.work.refuse("it has more than 5,000 pages");
        }
        pages.found
    }

    fn of_type(&self, kind: &str) -> impl Iterator<Item = u32> {
        let is = move |map: &Map| map.get("Type").and_then(Object::name) == Some(kind);
        let numbers = self.file.numbers();
        numbers.filter(move |it| is(&self.file.object(*it)))
    }

    /// Goes down the tree of pages, with what they inherit.
    fn descend(&mut self, node: u32, inherited: u32, depth: usize) {
        let map = self.file.object(node);
        if map.is_empty() || self.found.len() > PAGES {
            return;
        }
        if depth > 40 {
            return self.file.work.refuse("its pages are nested too deeply");
        }
        let resources = if map.contains_key("Resources") {
            node
        } else {
            inherited
        };
        let Object::List(kids) = self.file.get(&map, "Kids") else {
            self.found.push(Page {
                own: node,
                resources,
            });
            return;
        };
        // Each once, so that they are no more than there are objects.
        let kids = kids.iter().filter_map(|it| match it {
            Object::Reference(kid) => self.seen.insert(*kid).then_some(*kid),
            _ => None,
        });
        let kids: Vec<u32> = kids.collect();
        drop(map);
        for kid in kids {
            self.descend(kid, resources, depth + 1);
        }
    }
}
