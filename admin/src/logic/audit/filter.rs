//! Which lines of the audit log somebody wants to see. Knows no file.

use serde::Deserialize;

use super::Line;

/// What is named has to fit; words fit anywhere in theirs, in any case.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    by: String,
    action: String,
    target: String,
    /// `ok`: only what was done; `refused`: only what was not.
    outcome: String,
    /// Milliseconds since 1970, the first that fits.
    from_ms: Option<u64>,
    /// The first that fits no more.
    until_ms: Option<u64>,
}

impl Filter {
    /// Whether a line is wanted.
    #[must_use]
    pub fn fits(&self, line: &Line) -> bool {
        let in_time = self.from_ms.is_none_or(|from| from <= line.at)
            && self.until_ms.is_none_or(|until| line.at < until);
        let as_ended = match self.outcome.as_str() {
            "ok" => line.outcome == "ok",
            "refused" => line.outcome != "ok",
            _ => true,
        };
        in_time
            && as_ended
            && holds(&line.by, &self.by)
            && holds(&line.action, &self.action)
            && holds(&line.target, &self.target)
    }

    /// Whether no older line can fit: lines are in the order of time, but for clocks that were set back.
    #[must_use]
    pub fn is_past(&self, line: &Line) -> bool {
        self.from_ms.is_some_and(|from| line.at.saturating_add(CLOCK_SLACK_MS) < from)
    }
}

fn holds(text: &str, word: &str) -> bool {
    word.is_empty() || text.to_lowercase().contains(&word.trim().to_lowercase())
}

const CLOCK_SLACK_MS: u64 = 24 * 3_600_000;
