//! One thing wrong with a designer's file: where, which field, what.

use std::{fmt, ops::Range, sync::Arc};

/// See the module. Whoever shows it to people may point into the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As people find it.
    pub file: String,
    /// Its whole text; empty if it could not be read.
    pub content: Arc<str>,
    /// Bytes of it that are meant.
    pub span: Range<usize>,
    /// Its field, as `item.stack`; empty for the file itself.
    pub field: String,
    /// What is wrong, and what would be right.
    pub text: String,
}

impl Problem {
    /// The line in its file, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.content.bytes().take(self.span.start).filter(|byte| *byte == b'\n').count() + 1
    }

    /// Field and text.
    #[must_use]
    pub fn what(&self) -> String {
        if self.field.is_empty() { self.text.clone() } else { format!("{}: {}", self.field, self.text) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line(), self.what())
    }
}
