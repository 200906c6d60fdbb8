//! How much one player may say, and how often the same. Knows no text but the one at hand, and no clock.

use std::{
    collections::VecDeque,
    hash::Hasher,
    time::{Duration, Instant},
};

use rustc_hash::FxHasher;
use unicode_normalization::UnicodeNormalization;

use super::budget::{Bucket, Rate};

/// What a session may still say.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    budget: Bucket,
    /// What it said last, by what it comes to.
    said: VecDeque<(u64, Instant)>,
}

/// Why a line has to wait, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hush {
    /// Too many lines.
    TooFast(Duration),
    /// The same one too often.
    Repeated(Duration),
}

impl Voice {
    pub(crate) fn new(rate: Rate, now: Instant) -> Self {
        Self { budget: Bucket::full(rate, now), said: VecDeque::new() }
    }

    /// One more line. One without any text, as a letter may be, is like no other.
    ///
    /// # Errors
    /// See [`Hush`]. Whoever is refused forgets what became of this: the session's budget of commands holds it back.
    pub(crate) fn take(&mut self, text: &str, rate: Rate, now: Instant) -> Result<(), Hush> {
        self.budget.take(1, rate, now).map_err(Hush::TooFast)?;
        if text.is_empty() {
            return Ok(());
        }
        self.said.retain(|(_, at)| now.saturating_duration_since(*at) < REPEATED_WITHIN);
        let gist = gist(text);
        let mut same = self.said.iter().filter(|(said, _)| *said == gist);
        if let Some((_, first)) = same.next()
            && REPEATS_MAX <= same.count() + 1
        {
            return Err(Hush::Repeated(REPEATED_WITHIN - now.saturating_duration_since(*first)));
        }
        if SAID_MAX <= self.said.len() {
            self.said.pop_front();
        }
        self.said.push_back((gist, now));
        Ok(())
    }
}

/// Equal for lines that say the same: case, width, spaces and signs between letters do not make another.
fn gist(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    let mut letters = 0_u32;
    for c in text.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        hasher.write_u32(u32::from(c));
        letters += 1;
    }
    if letters == 0 {
        hasher.write(text.as_bytes());
    }
    hasher.finish()
}

/// The same line in that time, over all ways to speak.
const REPEATS_MAX: usize = 3;
const REPEATED_WITHIN: Duration = Duration::from_secs(30);
/// Lines that are remembered; whoever alternates between more is held back by the budget.
const SAID_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logic::testing::start;

    const RATE: Rate = Rate { per_s: 5, burst: 15 };

    #[test]
    fn the_same_line_is_heard_three_times_and_again_when_the_first_is_long_ago() {
        let begin = start();
        let mut voice = Voice::new(RATE, begin);
        for (n, text) in ["Buy GOLD!!", "buy gold", "ｂｕｙ  ｇｏｌｄ ✨"].into_iter().enumerate() {
            let now = begin + Duration::from_secs(n as u64);
            assert_eq!(voice.take(text, RATE, now), Ok(()), "{text}");
        }
        let refused = voice.take("b.u.y gold", RATE, begin + Duration::from_secs(10));
        assert_eq!(refused, Err(Hush::Repeated(Duration::from_secs(20))));
        assert_eq!(voice.take("sell gold", RATE, begin + Duration::from_secs(10)), Ok(()));
        assert_eq!(voice.take("buy gold", RATE, begin + Duration::from_secs(30)), Ok(()));
        assert!(voice.take("buy gold", RATE, begin + Duration::from_secs(30)).is_err());
    }

    #[test]
    fn lines_without_letters_are_told_apart_and_none_is_like_no_text() {
        let now = start();
        let mut voice = Voice::new(RATE, now);
        for text in [":)", ":(", ":)", ":)", "", "", "", ""] {
            assert_eq!(voice.take(text, RATE, now), Ok(()), "{text}");
        }
        assert!(matches!(voice.take(":)", RATE, now), Err(Hush::Repeated(_))));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let rate = Rate { per_s: 1_000, burst: 1_000 };
        let now = start();
        let mut voice = Voice::new(rate, now);
        for n in 0..200 {
            assert_eq!(voice.take(&format!("line {n}"), rate, now), Ok(()));
        }
        assert_eq!(voice.said.len(), SAID_MAX);
    }
}
