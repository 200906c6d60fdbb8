//! Lines of a child process as they come, to wait for.

use std::{
    io::{BufRead, BufReader, Read},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::Instant,
};

use super::BOUND;

/// Collects lines in a thread of its own until the stream ends.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    shared: Arc<(Mutex<Collected>, Condvar)>,
}

#[derive(Debug, Default)]
struct Collected {
    lines: Vec<String>,
    ended: bool,
}

impl Lines {
    /// Begins to read.
    pub fn of(stream: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let shared = lines.shared.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                let Ok(line) = line else { break };
                lock(&shared.0).lines.push(line);
                shared.1.notify_all();
            }
            lock(&shared.0).ended = true;
            shared.1.notify_all();
        });
        lines
    }

    /// None, and none to come.
    pub fn ended() -> Self {
        Self::of(std::io::empty())
    }

    /// The first line from index `from` on that has all these words, with the index after it.
    pub fn wait_for(&self, from: usize, words: &[&str]) -> (usize, String) {
        self.wait_for_or(from, words, &Self::default())
    }

    /// The same; if there is no such line, `reason` is shown too: what the process logged.
    pub fn wait_for_or(&self, from: usize, words: &[&str], reason: &Self) -> (usize, String) {
        let deadline = now() + BOUND;
        let mut collected = lock(&self.shared.0);
        loop {
            let new = collected.lines.iter().enumerate().skip(from);
            let mut matching = new.filter(|(_, line)| words.iter().all(|word| line.contains(word)));
            if let Some((index, line)) = matching.next() {
                return (index + 1, line.clone());
            }
            let left = deadline.saturating_duration_since(now());
            if collected.ended || left.is_zero() {
                let text = collected.lines.join("\n");
                let how = if collected.ended { "the stream ended" } else { "the time passed" };
                panic!("{how} without {words:?}:\n{text}\n{}", reason.text());
            }
            let waited = self.shared.1.wait_timeout(collected, left);
            collected = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The line with this index as soon as it is there; none if the stream ends before, however long it takes: the
    /// runner of the tests has a bound.
    pub fn next(&self, index: usize) -> Option<String> {
        let mut collected = lock(&self.shared.0);
        while collected.lines.len() <= index && !collected.ended {
            collected = self.shared.1.wait(collected).unwrap_or_else(PoisonError::into_inner);
        }
        collected.lines.get(index).cloned()
    }

    /// How many lines there are so far.
    pub fn count(&self) -> usize {
        lock(&self.shared.0).lines.len()
    }

    /// Everything so far.
    pub fn text(&self) -> String {
        lock(&self.shared.0).lines.join("\n")
    }

    /// Everything, after the stream has ended.
    pub fn whole(&self) -> String {
        let deadline = now() + BOUND;
        let mut collected = lock(&self.shared.0);
        while !collected.ended {
            let left = deadline.saturating_duration_since(now());
            assert!(!left.is_zero(), "the stream has not ended:\n{}", collected.lines.join("\n"));
            let waited = self.shared.1.wait_timeout(collected, left);
            collected = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        collected.lines.join("\n")
    }
}

fn lock(collected: &Mutex<Collected>) -> std::sync::MutexGuard<'_, Collected> {
    collected.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "bounds of waiting for other processes are real time")]
fn now() -> Instant {
    Instant::now()
}
