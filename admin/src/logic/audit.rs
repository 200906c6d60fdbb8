//! What staff did, as lines of which each holds the hash of the one before: whoever changes or takes away a line in the
//! middle breaks the chain. Knows no file.

mod filter;
pub mod note;
pub mod own;
pub mod personal;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{hex, role::Role};
pub use filter::Filter;

/// What was done, by whom and why.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// The name in the list of staff.
    pub by: String,
    /// From where.
    pub address: IpAddr,
    /// What that one was.
    pub role: Role,
    /// Stable: `login`, `player.ban` …
    pub action: &'static str,
    /// On whom or what; empty: on nobody in particular.
    pub target: String,
    /// In the words of who did it.
    pub reason: String,
    /// What was there.
    pub before: Value,
    /// What is there.
    pub after: Value,
    /// `ok`, or the code of the refusal.
    pub outcome: String,
}

/// A line as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// From 1.
    pub n: u64,
    /// Milliseconds since 1970.
    pub at: u64,
    /// Who.
    pub by: String,
    /// From where.
    pub address: String,
    /// What that one was.
    pub role: Role,
    /// What.
    pub action: String,
    /// On whom or what.
    pub target: String,
    /// Why.
    pub reason: String,
    /// What was there.
    pub before: Value,
    /// What is there.
    pub after: Value,
    /// `ok`, or the code of the refusal.
    pub outcome: String,
    /// SHA-256 of the line before, of its bytes without the line feed; zeros for the first.
    pub prev: String,
}

/// Where a chain stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    next: u64,
    prev: String,
}

impl Default for Chain {
    fn default() -> Self {
        Self { next: 1, prev: hex::encode(&[0; 32]) }
    }
}

impl Chain {
    /// The number of the next line.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The hash of the last line; zeros before there is one.
    #[must_use]
    pub fn last(&self) -> &str {
        &self.prev
    }

    /// The next line, without a line feed, and the chain after it.
    #[must_use]
    pub fn line(&self, deed: Deed) -> (String, Self) {
        let line = Line {
            n: self.next,
            at: deed.at_ms,
            by: deed.by,
            address: deed.address.to_string(),
            role: deed.role,
            action: deed.action.to_owned(),
            target: cut(deed.target),
            reason: cut(deed.reason),
            before: bounded(deed.before),
            after: bounded(deed.after),
            outcome: deed.outcome,
            prev: self.prev.clone(),
        };
        let text = serde_json::to_string(&line).expect("its keys are strings");
        let next = Self { next: self.next + 1, prev: hash(&text) };
        (text, next)
    }

    /// A stored line; false: it is not the one that comes next. The chain goes on behind it all the same.
    pub fn follow(&mut self, text: &str) -> bool {
        let is_next = parse(text).is_some_and(|line| line.n == self.next && line.prev == self.prev);
        *self = Self { next: self.next + 1, prev: hash(text) };
        is_next
    }
}

/// A stored line, if it is one.
#[must_use]
pub fn parse(text: &str) -> Option<Line> {
    serde_json::from_str(text).ok()
}

fn hash(text: &str) -> String {
    hex::encode(digest(&SHA256, text.as_bytes()).as_ref())
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    text
}

/// What is too much to keep is named, not kept.
fn bounded(value: Value) -> Value {
    if value.to_string().len() <= VALUE_BYTES_MAX { value } else { Value::String("too long".to_owned()) }
}

const TEXT_BYTES_MAX: usize = 256;
const VALUE_BYTES_MAX: usize = 16 * 1024;
/// Longer than any line that is written.
pub const LINE_BYTES_MAX: usize = 64 * 1024;
const _: () = assert!(2 * VALUE_BYTES_MAX + 16 * TEXT_BYTES_MAX < LINE_BYTES_MAX);
