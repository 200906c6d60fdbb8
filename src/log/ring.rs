//! The last lines that this process logged, in memory, for whoever asks over its control socket. Knows no file.

use std::collections::VecDeque;

use proto::link::LogLine;
use serde_json::{Map, Value};
use tracing::Level;

/// See the module.
#[derive(Debug, Default)]
pub struct Ring {
    lines: VecDeque<LogLine>,
    bytes: usize,
    last: u64,
}

impl Ring {
    /// Keeps a line; the oldest make room for it.
    pub fn push(&mut self, at_ms: u64, level: Level, event: &str, fields: &[(String, Value)]) {
        self.last += 1;
        let line = LogLine {
            number: self.last,
            at_ms,
            level: level.as_str().to_ascii_lowercase(),
            event: cut(event).to_owned(),
            fields: short(fields),
        };
        self.bytes += bytes(&line);
        self.lines.push_back(line);
        while LINES_MAX < self.lines.len() || BYTES_MAX < self.bytes {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= bytes(&oldest);
        }
    }

    /// At most so many lines with higher numbers than this, in order, and how many of them are no longer there.
    #[must_use]
    pub fn after(&self, number: u64, count: usize) -> (Vec<LogLine>, u64) {
        let first = self.lines.front().map_or(self.last + 1, |line| line.number);
        let lost = first.saturating_sub(number.saturating_add(1));
        let skipped = usize::try_from(number.saturating_add(1).saturating_sub(first)).unwrap_or(usize::MAX);
        (self.lines.iter().skip(skipped).take(count).cloned().collect(), lost)
    }
}

fn bytes(line: &LogLine) -> usize {
    size_of::<LogLine>() + line.event.len() + line.fields.len()
}

/// As JSON: what is too long is cut, what is still too long then is named and left out.
fn short(fields: &[(String, Value)]) -> String {
    let shorter = fields.iter().map(|(key, value)| {
        let value = match value {
            Value::String(text) => Value::from(cut(text)),
            other => other.clone(),
        };
        (key.clone(), value)
    });
    let text = Value::Object(shorter.collect::<Map<_, _>>()).to_string();
    if text.len() <= FIELDS_BYTES_MAX { text } else { r#"{"text":"too long to be kept"}"#.to_owned() }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

const LINES_MAX: usize = 2_000;
const BYTES_MAX: usize = 1 << 20;
const FIELDS_BYTES_MAX: usize = 4 * 1024;
const TEXT_BYTES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn push(ring: &mut Ring, event: &str, text: &str) {
        ring.push(5, Level::INFO, event, &[("text".to_owned(), Value::from(text))]);
    }

    fn numbers(ring: &Ring, after: u64, count: usize) -> (Vec<u64>, u64) {
        let (lines, lost) = ring.after(after, count);
        (lines.iter().map(|line| line.number).collect(), lost)
    }

    #[test]
    fn lines_come_in_order_from_where_the_reader_stands() {
        let mut ring = Ring::default();
        assert_eq!(numbers(&ring, 0, 9), (vec![], 0));
        for event in ["a", "b", "c"] {
            push(&mut ring, event, "x");
        }
        assert_eq!(numbers(&ring, 0, 2), (vec![1, 2], 0));
        assert_eq!(numbers(&ring, 2, 9), (vec![3], 0));
        assert_eq!(numbers(&ring, 3, 9), (vec![], 0));
        assert_eq!(numbers(&ring, u64::MAX, 9), (vec![], 0));
        assert_eq!(ring.after(0, 1).0[0].fields, r#"{"text":"x"}"#);
    }

    #[test]
    fn the_oldest_make_room_and_a_reader_is_told_how_many_it_missed() {
        let mut ring = Ring::default();
        for _ in 0..LINES_MAX + 7 {
            push(&mut ring, "a", "x");
        }
        assert_eq!(numbers(&ring, 2, 1), (vec![8], 5));
        let mut ring = Ring::default();
        for _ in 0..LINES_MAX {
            push(&mut ring, "a", &"x".repeat(100_000));
        }
        assert!(ring.bytes <= BYTES_MAX && !ring.lines.is_empty(), "long lines are cut, and fewer");
    }

    #[test]
    fn what_is_too_long_is_cut_and_stays_json() {
        let mut ring = Ring::default();
        let long = "\n\"\u{fc}".repeat(2_000);
        let fields: Vec<(String, Value)> =
            (0..9).map(|n| (n.to_string(), Value::from(long.as_str()))).collect();
        ring.push(5, Level::INFO, &long, &fields[..1]);
        ring.push(5, Level::INFO, "a", &fields);
        for line in ring.after(0, 9).0 {
            assert!(line.event.len() <= TEXT_BYTES_MAX && line.fields.len() <= FIELDS_BYTES_MAX);
            assert!(serde_json::from_str::<Value>(&line.fields).is_ok(), "{}", line.fields);
        }
    }
}
