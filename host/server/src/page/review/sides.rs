//! A template's text and a draft's, side by side: a row a line, with what differs
//! marked in it.
//!
//! All of both is shown, for a person approves what they have read; where that is
//! more than a page takes, it is said. What is marked
//! is told without colours as well: `del` and `ins` are struck through and underlined,
//! and a reader who hears the page hears what a changed row is.

use std::time::{Duration, Instant};

use maud::{Markup, html};
use similar::{ChangeTag, DiffOp, TextDiff};

/// How long may be looked for the smallest difference of all. After it, a larger one
/// is told.
const PATIENCE: Duration = Duration::from_millis(500);

/// The most bytes, and the most lines, of a text on a page.
const MOST: (usize, usize) = (1 << 20, 10_000);

/// A line, in pieces of which some are marked.
type Line = Vec<(bool, String)>;

/// Two lines that stand beside each other.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    template: Option<Line>,
    draft: Option<Line>,
    changed: bool,
}

/// Both texts, and how many rows of them differ. `unfilled` are the draft's places
/// without a value.
pub(super) fn sides(template: &str, draft: &str, unfilled: &[String]) -> (Markup, usize) {
    let rows = rows(template, draft);
    let changed = rows.iter().filter(|row| row.changed).count();
    let table = html! {
        table.sides {
            thead {
                tr { th scope="col" { "The template" } th scope="col" { "The draft" } }
            }
            tbody {
                @for row in &rows {
                    tr class=[row.changed.then_some("changed")] {
                        td { (cell(row.template.as_ref(), Mark::Gone, row.changed, &[])) }
                        td { (cell(row.draft.as_ref(), Mark::New, row.changed, unfilled)) }
                    }
                }
            }
        }
    };
    (table, changed)
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Gone,
    New,
}

fn cell(line: Option<&Line>, mark: Mark, changed: bool, unfilled: &[String]) -> Markup {
    let says = match mark {
        Mark::Gone => "was: ",
        Mark::New => "is: ",
    };
    html! {
        @if let Some(line) = line {
            @if changed { span.visually-hidden { (says) } }
            @for (marked, piece) in line {
                @match (marked, mark) {
                    (false, _) => { (with_marks(piece, unfilled)) }
                    (true, Mark::Gone) => { del { (piece) } }
                    (true, Mark::New) => { ins { (with_marks(piece, unfilled)) } }
                }
            }
        }
    }
}

/// The beginning of a text that a page takes, and whether that is all of it.
pub(super) fn beginning(text: &str) -> (&str, bool) {
    let (bytes, lines) = MOST;
    let end = text.floor_char_boundary(bytes);
    let beginning = &text[..end];
    let ends = beginning.match_indices('\n').nth(lines - 1);
    let beginning = ends.map_or(beginning, |(at, _)| &beginning[..=at]);
    (beginning, beginning.len() == text.len())
}

/// A text in which places without a value are marked.
pub(super) fn with_marks(text: &str, unfilled: &[String]) -> Markup {
    let places = unfilled.iter().filter(|place| !place.is_empty());
    let places = places.flat_map(|place| text.match_indices(place.as_str()));
    let mut found: Vec<(usize, &str)> = places.collect();
    // Of several that begin at one place the longest.
    found.sort_by_key(|(at, place)| (*at, std::cmp::Reverse(place.len())));
    let (mut pieces, mut from) = (Vec::new(), 0);
    for (at, place) in found {
        if at >= from {
            pieces.push((&text[from..at], place));
            from = at + place.len();
        }
    }
    html! {
        @for (before, place) in pieces {
            (before) mark { span.visually-hidden { "no value: " } (place) }
        }
        (&text[from..])
    }
}

fn rows(template: &str, draft: &str) -> Vec<Row> {
    let (old, new): (Vec<&str>, Vec<&str>) = (template.lines().collect(), draft.lines().collect());
    let end = Instant::now() + PATIENCE;
    let mut config = TextDiff::configure();
    let diff = config.deadline(end).diff_slices(&old, &new);
    let mut rows = Vec::new();
    for op in diff.ops() {
        if let DiffOp::Equal { old_index, len, .. } = *op {
            let same = old.iter().skip(old_index).take(len);
            rows.extend(same.map(|line| Row {
                template: Some(vec![(false, (*line).to_owned())]),
                draft: Some(vec![(false, (*line).to_owned())]),
                changed: false,
            }));
            continue;
        }
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        for change in diff.iter_inline_changes_deadline(op, Some(end)) {
            let pieces = change.iter_strings_lossy();
            let line = joined(pieces.map(|(marked, piece)| (marked, piece.into_owned())));
            match change.tag() {
                ChangeTag::Delete => gone.push(line),
                ChangeTag::Insert => come.push(line),
                ChangeTag::Equal => {}
            }
        }
        rows.extend(beside(gone, come));
    }
    rows
}

/// A line of as few pieces as it has: what differs but for a space in it is one.
fn joined(pieces: impl Iterator<Item = (bool, String)>) -> Line {
    let mut line = Line::new();
    for (marked, piece) in pieces {
        if marked
            && let [.., (true, before), (false, space)] = line.as_mut_slice()
            && space.trim().is_empty()
        {
            before.push_str(space);
            line.pop();
        }
        match line.last_mut() {
            Some((is, before)) if *is == marked => before.push_str(&piece),
            _ => line.push((marked, piece)),
        }
    }
    line
}

/// Puts lines that came in the place of others beside them. Lines that have nothing in
/// common are marked whole.
fn beside(gone: Vec<Line>, come: Vec<Line>) -> Vec<Row> {
    let count = gone.len().max(come.len());
    let (mut gone, mut come) = (gone.into_iter(), come.into_iter());
    let rows = (0..count).map(|_| {
        let (mut template, mut draft) = (gone.next(), come.next());
        let marked = |line: &Option<Line>| line.iter().flatten().any(|(marked, _)| *marked);
        if template.is_none() || draft.is_none() || !(marked(&template) || marked(&draft)) {
            template = template.map(whole);
            draft = draft.map(whole);
        }
        Row {
            template,
            draft,
            changed: true,
        }
    });
    rows.collect()
}

/// A line that is marked whole.
fn whole(line: Line) -> Line {
    vec![(true, line.into_iter().map(|(_, piece)| piece).collect())]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as `template | draft`, what is marked in brackets.
    fn told(template: &str, draft: &str) -> Vec<String> {
        let side = |line: &Option<Line>| {
            let pieces = line.iter().flatten();
            let marked = pieces.map(|(marked, piece)| match marked {
                true => format!("[{piece}]"),
                false => piece.clone(),
            });
            marked.collect::<String>()
        };
        let rows = rows(template, draft);
        let row = |row: &Row| format!("{} | {}", side(&row.template), side(&row.draft));
        rows.iter().map(row).collect()
    }

    #[test]
    fn what_was_filled_in_is_marked_within_its_line() {
        assert_eq!(
            told(
                "Court: {{ court }}\nFacts\nThe end\n",
                "Court: Travis County\nFacts\nThe end\n"
            ),
            [
                "Court: [{{ court }}] | Court: [Travis County]",
                "Facts | Facts",
                "The end | The end"
            ]
        );
    }

    #[test]
    fn what_stands_on_one_side_alone_is_marked_whole() {
        assert_eq!(
            told("a\nb\nc", "a\nc\nd"),
            ["a | a", "[b] | ", "c | c", " | [d]"]
        );
        assert_eq!(
            told(
                "Prayer\n{{ more.prayer }}",
                "Prayer\nCosts, and all else at law."
            ),
            [
                "Prayer | Prayer",
                "[{{ more.prayer }}] | [Costs, and all else at law.]"
            ]
        );
    }

    #[test]
    fn a_last_line_without_its_end_is_the_same_line() {
        assert_eq!(told("a\r\nb", "a\nb\n"), ["a | a", "b | b"]);
    }

    #[test]
    fn a_place_without_a_value_is_marked_in_a_line_like_the_templates() {
        let places = ["{{ title }}".to_owned(), "{{ name }}".to_owned()];
        let text = "Dear {{ title }} {{ name }},";
        let (shown, changed) = sides(text, text, &places);
        let shown = shown.into_string();
        assert_eq!(changed, 0);
        assert_eq!(shown.matches("<mark>").count(), 2, "{shown}");
        assert!(
            shown.contains("no value: </span>{{ title }}</mark> <mark>"),
            "{shown}"
        );
        // Each line has its own.
        let (shown, _) = sides("a", "<i>\nb {{ title }}", &places);
        let shown = shown.into_string();
        assert!(
            shown.contains("&lt;i&gt;") && shown.contains("</span>{{ title }}</mark>"),
            "{shown}"
        );
    }

    #[test]
    fn many_places_of_many_names_are_marked_in_time_that_grows_with_the_text() {
        let names: Vec<String> = (0..50).map(|n| format!("<<Z.n{n:02}>>")).collect();
        let many = [&["<<A>>".to_owned()][..], &names].concat();
        let text = format!("{}{}", "<<A>>".repeat(20_000), "x".repeat(900_000));
        let began = std::time::Instant::now();
        let shown = with_marks(&text, &many).into_string();
        assert_eq!(shown.matches("<mark>").count(), 20_000);
        assert!(began.elapsed() < 8 * PATIENCE, "{:?}", began.elapsed());
    }

    #[test]
    fn nothing_of_a_text_is_markup() {
        let (shown, changed) = sides("<b>a</b>", "<script>a</script>", &[]);
        let shown = shown.into_string();
        assert_eq!(changed, 1);
        assert!(
            !shown.contains("<b>") && !shown.contains("<script>"),
            "{shown}"
        );
    }

    #[test]
    fn texts_that_share_nothing_take_no_longer_than_they_may() {
        let text = |of: &str| {
            (0..20_000)
                .map(|at| format!("{of}{at}\n"))
                .collect::<String>()
        };
        let began = std::time::Instant::now();
        let (_, changed) = sides(&text("a"), &text("b"), &[]);
        assert_eq!(changed, 20_000);
        assert!(began.elapsed() < 10 * PATIENCE, "{:?}", began.elapsed());
    }

    #[test]
    fn lines_of_many_words_take_no_longer_together() {
        let words = |at: usize| {
            let word = |n: usize| {
                if (n * 7919 + at * 104_729) % 13 < 6 {
                    "a "
                } else {
                    "b "
                }
            };
            (0..20_000).map(word).collect::<String>()
        };
        let text = |from: usize| {
            let line = |at: usize| format!("separate {at}\n{}\n", words(at * from));
            (0..20).map(line).collect::<String>()
        };
        let began = std::time::Instant::now();
        sides(&text(3), &text(5), &[]);
        assert!(began.elapsed() < 8 * PATIENCE, "{:?}", began.elapsed());
    }

    #[test]
    fn of_a_text_that_no_page_takes_the_beginning_is_shown() {
        assert_eq!(beginning("a\nb"), ("a\nb", true));
        let long = "é\n".repeat(20_000);
        assert_eq!(beginning(&long), (&long[..30_000], false));
        let wide = "é".repeat(1 << 20);
        assert_eq!(beginning(&wide), (&wide[..1 << 20], false));
    }
}
