//! One thing wrong with the settings, as people read it: place, line with a caret, what is valid.

use std::fmt;

/// A problem and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `ding.toml:3:1`, `DING_GATEWAY__LISTEN`, `--set gateway.listen`; empty if there is no one place.
    pub place: String,
    /// The line of the file and the caret under it.
    pub excerpt: Option<Excerpt>,
    /// What is wrong.
    pub text: String,
    /// What would be right.
    pub hint: String,
}

/// A line of a file and the part of it that is meant, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// From 1.
    pub line_number: usize,
    /// The whole line.
    pub line: String,
    /// Characters before the caret.
    pub column: usize,
    /// Carets.
    pub width: usize,
}

impl Problem {
    /// Without a place.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self { place: String::new(), excerpt: None, text: without_password(text), hint: String::new() }
    }

    /// At a place outside files.
    #[must_use]
    pub fn at(place: impl Into<String>, text: &str) -> Self {
        Self { place: without_password(&place.into()), ..Self::plain(text) }
    }

    /// At bytes of a file.
    #[must_use]
    pub fn in_file(file: &str, content: &str, span: std::ops::Range<usize>, text: &str) -> Self {
        let start = floor(content, span.start);
        let line_start = content[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = content[start..].find('\n').map_or(content.len(), |at| start + at);
        let end = floor(content, span.end).clamp(start, line_end);
        let excerpt = Excerpt {
            line_number: content[..start].matches('\n').count() + 1,
            line: without_password(content[line_start..line_end].trim_end_matches('\r')),
            column: content[line_start..start].chars().count(),
            width: content[start..end].chars().count().max(1),
        };
        let place = format!("{file}:{}:{}", excerpt.line_number, excerpt.column + 1);
        Self { place, excerpt: Some(excerpt), ..Self::plain(text) }
    }

    /// With what would be right.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(out, "{}: ", self.place)?;
        }
        out.write_str(&self.text)?;
        if let Some(Excerpt { line_number, line, column, width }) = &self.excerpt {
            let number = line_number.to_string();
            let margin = " ".repeat(number.len());
            write!(out, "\n {margin} |\n {number} | {line}\n {margin} | ")?;
            write!(out, "{}{}", " ".repeat(*column), "^".repeat(*width))?;
        }
        if !self.hint.is_empty() {
            write!(out, "\n   {}", self.hint)?;
        }
        Ok(())
    }
}

/// A URL may hold a password, and may be wrong in any way: of each with an `@`, and of each of a database's, all behind its
/// scheme is hidden up to the quotation mark or the end of the line, character by character, for a caret may stand below.
#[must_use]
pub fn without_password(text: &str) -> String {
    text.split_inclusive('\n').map(line_without_password).collect()
}

fn line_without_password(line: &str) -> String {
    let (mut shown, mut rest) = (String::new(), line);
    while let Some((scheme, behind)) = rest.split_once(SCHEME_ENDS) {
        let name = scheme.rsplit(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).next();
        // A password may hold any mark but a line's end: what is before the last `@` is hidden whatever it is.
        let last = behind.rfind('@');
        let is_secret = last.is_some() || name.is_some_and(is_database);
        let from = last.unwrap_or(0);
        let end = if is_secret { from + end_of_value(&behind[from..]) } else { 0 };
        shown.push_str(scheme);
        shown.push_str(SCHEME_ENDS);
        shown.push_str(&"*".repeat(behind[..end].chars().count()));
        rest = &behind[end..];
    }
    shown.push_str(rest);
    shown
}

fn is_database(scheme: &str) -> bool {
    ["mysql", "mariadb"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// A quotation mark behind a backslash belongs to the value.
fn end_of_value(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.find(|c| {
        let is_end = c == '\n' || (c == '"' && !is_escaped);
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    end.unwrap_or(text.len())
}

/// Stands between a URL's scheme and the rest of it.
pub(crate) const SCHEME_ENDS: &str = "://";

/// The nearest character boundary at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}
