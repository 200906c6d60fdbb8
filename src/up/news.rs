//! What became of the last restart: told by the supervisor, waited for by whoever asked.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::clock;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct News(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    number: u64,
    lines: Vec<String>,
    over: Option<Result<(), String>>,
}

/// What there was to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// New lines.
    pub lines: Vec<String>,
    /// How it ended, if it did.
    pub over: Option<Result<(), String>>,
}

impl News {
    /// Of a restart that begins now; returns its number.
    #[must_use]
    pub fn begin(&self) -> u64 {
        let mut told = self.told();
        *told = Told { number: told.number + 1, ..Told::default() };
        told.number
    }

    /// A line about it; of more than [`LINES_MAX`] the last are not kept.
    pub fn tell(&self, line: &str) {
        let mut told = self.told();
        if told.lines.len() < LINES_MAX {
            told.lines.push(line.to_owned());
        }
        self.0.changed.notify_all();
    }

    /// It is over.
    pub fn over(&self, outcome: Result<(), String>) {
        self.told().over = Some(outcome);
        self.0.changed.notify_all();
    }

    /// What is new since so many lines, as soon as there is something or at the deadline; nothing: of this restart
    /// nothing is known.
    #[must_use]
    pub fn hear(&self, number: u64, seen: usize, deadline: Instant) -> Option<Heard> {
        let mut told = self.told();
        loop {
            if told.number != number {
                return None;
            }
            let left = deadline.saturating_duration_since(clock::now());
            if seen < told.lines.len() || told.over.is_some() || left.is_zero() {
                let lines = told.lines.get(seen..).unwrap_or_default().to_vec();
                return Some(Heard { lines, over: told.over.clone() });
            }
            let waited = self.0.changed.wait_timeout(told, left);
            told = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // Every change leaves it whole.
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A few for each of ten processes.
const LINES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_hears_each_line_once_and_then_the_end() {
        let news = News::default();
        let number = news.begin();
        let now = clock::now();
        assert_eq!(news.hear(number, 0, now), Some(Heard { lines: Vec::new(), over: None }));
        news.tell("one");
        news.tell("two");
        let heard = news.hear(number, 0, now).expect("known");
        assert_eq!(heard, Heard { lines: vec!["one".to_owned(), "two".to_owned()], over: None });
        news.over(Err("why".to_owned()));
        let end = Heard { lines: Vec::new(), over: Some(Err("why".to_owned())) };
        assert_eq!(news.hear(number, 2, now), Some(end));
        assert_eq!(news.hear(number, 2, now), news.hear(number, 99, now));
        assert_ne!(news.begin(), number);
        assert_eq!(news.hear(number, 0, now), None);
    }
}
