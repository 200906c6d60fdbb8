//! What would be said again and again is said once, and then now and then.

/// The last thing that was said.
#[derive(Debug, Default)]
pub struct Telling {
    last: Option<(String, u64)>,
}

impl Telling {
    /// Whether to say it now: it is something else than the last time, or that is long ago.
    #[must_use]
    pub fn is_due(&mut self, now_ms: u64, what: &str) -> bool {
        let is_due =
            self.last.as_ref().is_none_or(|(last, told_ms)| last != what || told_ms + AGAIN_MS <= now_ms);
        if is_due {
            self.last = Some((what.to_owned(), now_ms));
        }
        is_due
    }

    /// It is over: the next time counts as the first.
    pub fn forget(&mut self) {
        self.last = None;
    }
}

const AGAIN_MS: u64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_word_is_heard_once_a_minute_and_another_at_once() {
        let mut telling = Telling::default();
        let heard: Vec<u64> = (0..=125).filter(|second| telling.is_due(second * 1_000, "refused")).collect();
        assert_eq!(heard, [0, 60, 120]);
        assert!(telling.is_due(125_001, "fenced") && telling.is_due(125_002, "refused"));
        assert!(!telling.is_due(125_003, "refused"));
        telling.forget();
        assert!(telling.is_due(125_004, "refused"));
    }
}
