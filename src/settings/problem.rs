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
        Self { place: String::new(), excerpt: None, text: text.to_owned(), hint: String::new() }
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

/// A database's URL may hold a password, and may be wrong in any way: all behind its scheme is hidden, character by
/// character, for a caret may stand below.
pub fn without_password(text: &str) -> String {
    const SCHEME: &str = "mysql://";
    let Some(at) = text.find(SCHEME) else { return text.to_owned() };
    let (shown, rest) = text.split_at(at + SCHEME.len());
    let end = rest.find(['"', '\'']).unwrap_or(rest.len());
    let (hidden, rest) = rest.split_at(end);
    format!("{shown}{}{rest}", "*".repeat(hidden.chars().count()))
}

/// The nearest character boundary at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}
