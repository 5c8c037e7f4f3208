//! The sections of the form, a row a term.

use clio_host::actions::lookup::Entry;
use clio_runner::case::Mistake;
use maud::{Markup, html};

use super::choices::{Choices, find, named};
use super::draft::{CLIENT, Draft, FieldRow, KINDS, KindRow, MATTER, TYPES, TypeRow, place};

/// What a section is called, and what it means that it is empty.
const SECTIONS: [(&str, &str, &str); 4] = [
    (
        TYPES,
        "Case types",
        "Without any, each case type is taken as the name of a practice area.",
    ),
    (
        CLIENT,
        "Fields of the client",
        "Without any, each field is taken as the name of a custom field for contacts.",
    ),
    (
        MATTER,
        "Fields of the matter",
        "Without any, each field is taken as the name of a custom field for matters.",
    ),
    (
        KINDS,
        "Kinds of documents",
        "Without any, documents go into the matter itself, without a category.",
    ),
];

pub(super) fn sections(draft: &Draft, choices: Option<&Choices>, wrong: &[Mistake]) -> Markup {
    html! {
        @for (section, title, empty) in SECTIONS {
            section aria-labelledby=(section) {
                h2 id=(section) { (title) }
                p.hint { (empty) }
                ul.terms {
                    @match section {
                        TYPES => {
                            @for (n, row) in draft.types.iter().enumerate() {
                                (framed(section, n, &row.term, wrong, &case_type(n, row, choices)))
                            }
                        }
                        KINDS => {
                            @for (n, row) in draft.kinds.iter().enumerate() {
                                (framed(section, n, &row.term, wrong, &kind(n, row, choices)))
                            }
                        }
                        CLIENT => {
                            @let offered = choices.map_or(&[][..], |choices| &choices.client);
                            @for (n, row) in draft.client.iter().enumerate() {
                                (framed(section, n, &row.term, wrong, &field(section, n, row, offered)))
                            }
                        }
                        _ => {
                            @let offered = choices.map_or(&[][..], |choices| &choices.matter);
                            @for (n, row) in draft.matter.iter().enumerate() {
                                (framed(section, n, &row.term, wrong, &field(section, n, row, offered)))
                            }
                        }
                    }
                }
                button.other name="do" value={ "more:" (section) } {
                    "One more" span.visually-hidden { " in " (title) }
                }
            }
        }
    }
}

/// A row, with what is wrong in it.
fn framed(section: &str, n: usize, term: &str, wrong: &[Mistake], content: &Markup) -> Markup {
    let at = place(section, term, n);
    let mut here = wrong
        .iter()
        .filter(|mistake| is_in(mistake, at.as_str()))
        .peekable();
    let id = format!("{section}-{n}");
    let marked = here.peek().map(|_| "true");
    html! {
        li id=(id) {
            div {
                label for={ (id) "-term" } { "The platform’s word" (number(n)) }
                input id={ (id) "-term" } name={ (section) "." (n) ".term" } value=(term)
                    maxlength="255" aria-invalid=[marked]
                    aria-describedby=[marked.map(|_| format!("{id}-wrong"))];
            }
            (content)
            @if marked.is_some() {
                ul.wrong id={ (id) "-wrong" } { @for mistake in here { li { (mistake.what) } } }
            }
        }
    }
}

/// Tells the fields of one row from those of others, for who hears them.
fn number(n: usize) -> Markup {
    html! { span.visually-hidden { ", row " (n + 1) } }
}

fn is_in(mistake: &Mistake, at: &str) -> bool {
    let rest = mistake.at.as_str().strip_prefix(at);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The row that a mistake is in.
pub(super) fn anchor(draft: &Draft, mistake: &Mistake) -> Option<String> {
    let terms = |section: &'static str, terms: Vec<&str>| {
        let found = terms
            .iter()
            .enumerate()
            .position(|(n, term)| is_in(mistake, place(section, term, n).as_str()));
        found.map(|n| format!("{section}-{n}"))
    };
    terms(
        TYPES,
        draft.types.iter().map(|row| row.term.as_str()).collect(),
    )
    .or_else(|| {
        terms(
            CLIENT,
            draft.client.iter().map(|row| row.term.as_str()).collect(),
        )
    })
    .or_else(|| {
        terms(
            MATTER,
            draft.matter.iter().map(|row| row.term.as_str()).collect(),
        )
    })
    .or_else(|| {
        terms(
            KINDS,
            draft.kinds.iter().map(|row| row.term.as_str()).collect(),
        )
    })
}

fn case_type(n: usize, row: &TypeRow, choices: Option<&Choices>) -> Markup {
    let areas = choices.map_or(&[][..], |choices| &choices.areas);
    let stages = choices.map_or(&[][..], |choices| choices.stages_of(&row.area));
    html! {
        (choice(TYPES, n, "area", "Practice area", "none", areas, &row.area))
        (choice(TYPES, n, "stage", "Stage of a new matter", "none", stages, &row.stage))
    }
}

fn kind(n: usize, row: &KindRow, choices: Option<&Choices>) -> Markup {
    let categories = choices.map_or(&[][..], |choices| &choices.categories);
    let id = format!("{KINDS}-{n}-folder");
    html! {
        (choice(KINDS, n, "category", "Category", "none", categories, &row.category))
        div {
            label for=(id) { "Folder" (number(n)) }
            input id=(id) name={ (KINDS) "." (n) ".folder" } value=(row.folder)
                placeholder="Letters / Out";
        }
    }
}

fn field(section: &str, n: usize, row: &FieldRow, offered: &[Entry]) -> Markup {
    let options = find(offered, &row.field).map_or(&[][..], |field| &field.choices);
    let id = |what: &str, of: usize| format!("{section}-{n}-{what}-{of}");
    let name = |what: &str, of: usize| format!("{section}.{n}.{what}.{of}");
    html! {
        (choice(section, n, "field", "Custom field", "none", offered, &row.field))
        @if !row.field.is_empty() {
            details open[!row.values.is_empty()] {
                summary { "Values" (number(n)) }
                p.hint { "What the platform’s values are in Clio. What is not here stays as it is." }
                @for (of, (from, to)) in values(row).enumerate() {
                    div.filter {
                        div {
                            label for=(id("from", of)) { "The platform’s value" (number(of)) }
                            input id=(id("from", of)) name=(name("from", of)) value=(from);
                        }
                        div {
                            label for=(id("to", of)) { "In Clio" (number(of)) }
                            @if options.is_empty() {
                                input id=(id("to", of)) name=(name("to", of)) value=(to);
                            } @else {
                                select id=(id("to", of)) name=(name("to", of)) {
                                    option value="" { "none" }
                                    @let known = options.iter().any(|option| option.label == to);
                                    @if !known && !to.is_empty() {
                                        option value=(to) selected { (to) " (not an option)" }
                                    }
                                    @for option in options {
                                        option value=(option.label) selected[option.label == to] {
                                            (option.label)
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The values of a field, and room for one more.
fn values(row: &FieldRow) -> impl Iterator<Item = (&str, &str)> {
    let known = row
        .values
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()));
    known.chain([("", "")])
}

/// A list to choose a record from.
fn choice(
    section: &str,
    n: usize,
    what: &str,
    says: &str,
    none: &str,
    offered: &[Entry],
    chosen: &str,
) -> Markup {
    let id = format!("{section}-{n}-{what}");
    let meant = find(offered, chosen).map(|entry| entry.id);
    html! {
        div {
            label for=(id) { (says) (number(n)) }
            select id=(id) name={ (section) "." (n) "." (what) } {
                option value="" { (none) }
                @if meant.is_none() && !chosen.is_empty() {
                    option value=(chosen) selected { (lost(chosen)) " (not in the account)" }
                }
                @for entry in offered {
                    @if Some(entry.id) == meant {
                        // As it is written: by its id, or by its name.
                        option value=(chosen) selected { (label(entry)) }
                    } @else {
                        option value=(named(offered, entry)) { (label(entry)) }
                    }
                }
            }
        }
    }
}

fn lost(chosen: &str) -> &str {
    chosen.split_once(':').map_or(chosen, |(_, what)| what)
}

fn label(entry: &Entry) -> Markup {
    html! {
        (entry.label)
        @if let Some(detail) = &entry.detail { " (" (detail) ")" }
    }
}
