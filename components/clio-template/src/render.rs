//! Runs a template.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

use crate::evaluate::Machine;
use crate::nodes::{Context, Filler, Item, Loop, Node};
use crate::refused::{Refused, Result};
use crate::unfilled::{List, Why};
use crate::value::Value;

/// Where it is put out to.
pub(crate) trait Sink {
    /// A piece of the template, as it is.
    fn copy(&mut self, range: &Range<usize>) -> Result<()>;
    /// Something of ours, as it is.
    fn put(&mut self, text: &str) -> Result<()>;
    /// A value. `Err` of the inner result: it may not stand there.
    fn print(&mut self, text: &str, context: Context) -> Result<core::result::Result<(), Why>>;
    /// A placeholder that has no value.
    fn keep(&mut self, source: &str) -> Result<()>;
    /// What a container has to have.
    fn ensure(&mut self, filler: Filler) -> Result<()>;
}

/// One run.
pub(crate) struct Run<'r, 'v> {
    pub(crate) machine: &'r mut Machine<'v>,
    pub(crate) unfilled: &'r mut List,
    /// What a placeholder is listed with.
    pub(crate) part: &'r str,
}

impl<'v> Run<'_, 'v> {
    pub(crate) fn nodes(&mut self, nodes: &[Node], sink: &mut impl Sink) -> Result<()> {
        for node in nodes {
            self.machine.step()?;
            match node {
                Node::Plain(item) => self.item(item, sink)?,
                Node::If {
                    arms,
                    otherwise,
                    source,
                } => {
                    self.machine.missed();
                    let mut chosen = otherwise;
                    for (condition, body) in arms {
                        let holds = self.machine.is_true(condition);
                        if holds.map_err(|it| it.at(source))? {
                            chosen = body;
                            break;
                        }
                    }
                    self.tell_missed(source);
                    self.nodes(chosen, sink)?;
                }
                Node::For(each) => self.each(each, sink)?,
            }
        }
        Ok(())
    }

    /// Lists a condition or a loop that asked for what may not be seen or is not
    /// there: what is there, or not there, because of it may be wrong.
    fn tell_missed(&mut self, source: &str) {
        if let Some(why) = self.machine.missed() {
            self.unfilled.add(source, self.part, why);
        }
    }

    fn each(&mut self, each: &Loop, sink: &mut impl Sink) -> Result<()> {
        self.machine.missed();
        self.machine.took_lack();
        let turns = self.turns(each).map_err(|it| it.at(&each.source))?;
        self.tell_missed(&each.source);
        let Some(items) = turns else {
            let why = self.machine.took_lack();
            self.unfilled.add(&each.source, self.part, why);
            return Ok(());
        };
        if items.is_empty() {
            self.nodes(&each.otherwise, sink)?;
        }
        let length = items.len();
        for (index, item) in items.into_iter().enumerate() {
            self.machine.enter(&each.variable, item);
            self.machine.enter_turn(index, length)?;
            self.nodes(&each.body, sink)?;
            self.machine.leave();
            self.machine.leave();
        }
        Ok(())
    }

    /// What a loop goes through.
    fn turns(&mut self, each: &Loop) -> Result<Option<Vec<Cow<'v, Value>>>> {
        let Some(items) = self.machine.items(&each.list)? else {
            return Ok(None);
        };
        let Some(only) = &each.only else {
            return Ok(Some(items));
        };
        let mut kept = Vec::new();
        for item in items {
            self.machine.enter(&each.variable, item.clone());
            if self.machine.is_true(only)? {
                kept.push(item);
            }
            self.machine.leave();
        }
        Ok(Some(kept))
    }

    fn item(&mut self, item: &Item, sink: &mut impl Sink) -> Result<()> {
        match item {
            Item::Copy(range) => sink.copy(range),
            Item::Put(text) => sink.put(text),
            Item::Ensure(filler) => sink.ensure(*filler),
            Item::Report(print, why) => {
                let why = match why {
                    Some(why) => *why,
                    None => {
                        let text = self.machine.print(&print.expression)?;
                        text.err().unwrap_or(Why::Empty)
                    }
                };
                self.unfilled.add(&print.source, self.part, why);
                Ok(())
            }
            Item::Print(print) => {
                let at = |refused: Refused| refused.at(&print.source);
                let text = self.machine.print(&print.expression).map_err(at)?;
                let printed = match text {
                    Ok(text) => sink.print(&text, print.context)?,
                    Err(why) => Err(why),
                };
                if let Err(why) = printed {
                    self.unfilled.add(&print.source, self.part, why);
                    sink.keep(&print.source)?;
                }
                Ok(())
            }
            // Blocks are made of all of them.
            Item::Statement(_) => Ok(()),
        }
    }
}
