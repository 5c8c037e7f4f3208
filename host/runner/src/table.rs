//! Plain tables: columns as wide as their widest cell.
//!
//! No frames and no truncation, so that a table can be read by a person, pasted
//! into a mail and searched with grep.

use crate::terminal;

/// Lines of cells under a heading.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<const N: usize>(heading: [&str; N]) -> Self {
        Self {
            rows: vec![heading.map(str::to_owned).to_vec()],
        }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        let cells = cells.iter().map(|cell| terminal::line(cell).into_owned());
        self.rows.push(cells.collect());
    }

    /// The table as text, each line ended.
    pub fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells
                    .map(|cell| console::measure_text_width(cell))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let padding = width.saturating_sub(console::measure_text_width(cell));
                line.push_str(cell);
                line.push_str(&" ".repeat(padding + 2));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_what_a_terminal_shows_and_lines_have_no_trailing_space() {
        let mut table = Table::new(["document", "status"]);
        table.row(["契約.pdf".to_owned(), "created".to_owned()]);
        table.row(["a".to_owned(), String::new()]);
        assert_eq!(table.render(), "document  status\n契約.pdf  created\na\n");
    }

    /// CASES S9
    #[test]
    fn a_cell_is_a_cell_whatever_stands_in_it() {
        let mut table = Table::new(["name", "status"]);
        table.row([
            "Lee\u{1b}]0;owned\u{7}\nBo  connected".to_owned(),
            "gone".to_owned(),
        ]);
        let text = table.render();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("Lee\\u{1b}]0;owned\\u{7} Bo"), "{text}");
    }
}
