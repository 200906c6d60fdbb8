//! Tables for spreadsheets, as text: RFC 4180, and no cell is ever a formula, whoever wrote what is in it. Knows no table.

use std::fmt::Write as _;

/// A table that grows by rows.
#[derive(Clone, Debug)]
pub struct Csv {
    text: String,
    columns: usize,
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Anybody's words.
    Text(&'a str),
    /// A number of our own.
    Number(i128),
    /// Nothing.
    Empty,
}

impl Csv {
    /// With the names of its columns.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        // By the mark, spreadsheets know that it is UTF-8.
        let mut csv = Self { text: "\u{feff}".to_owned(), columns: columns.len() };
        let names: Vec<Cell<'_>> = columns.iter().map(|name| Cell::Text(name)).collect();
        csv.row(&names);
        csv
    }

    /// Adds a row; cells that it lacks are empty, cells too many are left out.
    pub fn row(&mut self, cells: &[Cell<'_>]) {
        for at in 0..self.columns {
            if at != 0 {
                self.text.push(',');
            }
            match cells.get(at) {
                Some(Cell::Text(text)) => self.quoted(text),
                Some(Cell::Number(number)) => {
                    let _ = write!(self.text, "{number}");
                }
                Some(Cell::Empty) | None => (),
            }
        }
        self.text.push_str("\r\n");
    }

    /// Bytes so far: whoever adds rows keeps them below a bound.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The whole.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        if text.trim_start().starts_with(FORMULA) || text.starts_with(FORMULA) {
            self.text.push('\'');
        }
        // Readers that separate by another character than the comma begin a cell behind it, quoted or not.
        let mut begins = false;
        for c in text.chars() {
            if begins && !c.is_control() && FORMULA.contains(&c) {
                self.text.push('\'');
            }
            begins = SEPARATORS.contains(&c) || begins && c.is_whitespace();
            match c {
                '"' => self.text.push_str("\"\""),
                '\n' | '\t' => self.text.push(' '),
                // Some readers end a row there, or the file.
                c if c.is_control() => self.text.push(char::REPLACEMENT_CHARACTER),
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}

/// By which a spreadsheet, after blanks or not, takes text for a formula; also as wide letters.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

const SEPARATORS: [char; 5] = [';', '|', '\t', '\n', '\r'];

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[Cell<'_>]) -> String {
        let mut csv = Csv::new(&["a", "b"]);
        csv.row(cells);
        csv.finish().strip_prefix("\u{feff}\"a\",\"b\"\r\n").expect("a head").to_owned()
    }

    #[test]
    fn a_row_has_as_many_cells_as_there_are_columns() {
        assert_eq!(line(&[Cell::Number(-3)]), "-3,\r\n");
        assert_eq!(line(&[Cell::Empty, Cell::Text("x"), Cell::Number(9)]), ",\"x\"\r\n");
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_in_their_cell() {
        let text = line(&[Cell::Text("a\"b,\r\nc\0"), Cell::Text("")]);
        assert_eq!(text, "\"a\"\"b,\u{fffd} c\u{fffd}\",\"\"\r\n");
    }

    #[test]
    fn no_text_of_anybody_is_a_formula() {
        for evil in ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =HYPERLINK(\"x\")", "＝1+1"]
        {
            let text = line(&[Cell::Text(evil), Cell::Empty]);
            assert!(text.starts_with("\"'"), "{evil:?} became {text:?}");
        }
        let hidden = line(&[Cell::Text("x; =1+1\n@b|\t-2"), Cell::Empty]);
        assert_eq!(hidden, "\"x; '=1+1 '@b| '-2\",\r\n", "where another character separates");
        assert_eq!(line(&[Cell::Text("a=b"), Cell::Text("1-2")]), "\"a=b\",\"1-2\"\r\n");
    }
}
