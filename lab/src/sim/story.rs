//! What happened in a run, line by line: hashed always, kept when somebody wants to read it.

use std::fmt::{self, Write};

/// See the module.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) ms: u64,
    hash: u64,
    lines: Option<Vec<String>>,
    line: String,
}

impl Story {
    pub(super) fn new(is_kept: bool) -> Self {
        Self { ms: 0, hash: 0xcbf2_9ce4_8422_2325, lines: is_kept.then(Vec::new), line: String::new() }
    }

    pub(super) fn tell(&mut self, who: &str, what: fmt::Arguments<'_>) {
        self.line.clear();
        // Writing to memory does not fail.
        let _ = write!(self.line, "{:>9} ms  {who:<8} {what}", self.ms);
        for byte in self.line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(self.line.clone());
        }
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}
