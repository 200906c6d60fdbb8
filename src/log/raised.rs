//! A level that is raised for a while and goes back by itself, with a bound on what that adds. Knows no clock and no
//! subscriber: time comes in.

use std::time::{Duration, Instant};

use tracing::Level;

/// See the module.
#[derive(Debug)]
pub struct Raised {
    base: Level,
    now: Option<(Level, Instant)>,
    tokens: u32,
    filled: Option<Instant>,
    held_back: u64,
}

/// It is not raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRaised;

impl Raised {
    /// What is logged anyway.
    #[must_use]
    pub fn new(base: Level) -> Self {
        Self { base, now: None, tokens: BURST, filled: None, held_back: 0 }
    }

    /// What is logged anyway.
    #[must_use]
    pub fn base(&self) -> Level {
        self.base
    }

    /// Something else is logged anyway; what is not more than that is raised no longer.
    pub fn set_base(&mut self, base: Level) {
        self.base = base;
        self.now = self.now.filter(|(level, _)| base < *level);
    }

    /// What is logged at this moment, and for how long if that is more than usual.
    #[must_use]
    pub fn level(&self, now: Instant) -> (Level, Option<Duration>) {
        match self.now {
            Some((level, until)) if now < until => (level, Some(until - now)),
            Some(_) | None => (self.base, None),
        }
    }

    /// Raises it for a while, [`LONGEST`] at most; its usual level ends that. What was held back is counted anew.
    ///
    /// # Errors
    /// It is less than is logged anyway.
    pub fn raise(&mut self, level: Level, time: Duration, now: Instant) -> Result<(), NotRaised> {
        if level < self.base {
            return Err(NotRaised);
        }
        let is_more = self.base < level && !time.is_zero();
        self.now = is_more.then(|| (level, now + time.min(LONGEST)));
        self.held_back = 0;
        Ok(())
    }

    /// Whether a line of this level is logged: always the usual ones, of the others so many a second.
    pub fn admit(&mut self, level: Level, now: Instant) -> bool {
        if level <= self.base {
            return true;
        }
        if self.level(now).0 < level {
            return false;
        }
        let filled = self.filled.get_or_insert(now);
        let seconds = u32::try_from(now.saturating_duration_since(*filled).as_secs()).unwrap_or(u32::MAX);
        if 0 < seconds {
            *filled += Duration::from_secs(seconds.into());
            self.tokens = seconds.saturating_mul(LINES_PER_S).saturating_add(self.tokens).min(BURST);
        }
        let is_admitted = 0 < self.tokens;
        self.tokens -= u32::from(is_admitted);
        self.held_back += u64::from(!is_admitted);
        is_admitted
    }

    /// Lines that were too many since it was raised.
    #[must_use]
    pub fn held_back(&self) -> u64 {
        self.held_back
    }
}

/// It goes back by itself after this, however long was asked for.
pub const LONGEST: Duration = Duration::from_secs(600);
/// Beside the usual ones.
const LINES_PER_S: u32 = 200;
const BURST: u32 = 400;

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        crate::clock::now()
    }

    #[test]
    fn it_is_raised_for_a_while_and_goes_back_by_itself() {
        let (now, mut raised) = (start(), Raised::new(Level::INFO));
        assert!(raised.admit(Level::WARN, now) && !raised.admit(Level::DEBUG, now));
        assert_eq!(raised.raise(Level::DEBUG, Duration::from_secs(1 << 40), now), Ok(()));
        assert_eq!(raised.level(now), (Level::DEBUG, Some(LONGEST)), "never longer than ten minutes");
        assert!(raised.admit(Level::DEBUG, now) && !raised.admit(Level::TRACE, now));
        let after = now + LONGEST;
        assert_eq!(raised.level(after), (Level::INFO, None));
        assert!(!raised.admit(Level::DEBUG, after) && raised.admit(Level::ERROR, after));
    }

    #[test]
    fn it_is_never_less_than_usual_and_the_usual_level_ends_it() {
        let (now, mut raised) = (start(), Raised::new(Level::INFO));
        assert_eq!(raised.raise(Level::WARN, LONGEST, now), Err(NotRaised));
        assert_eq!(raised.raise(Level::TRACE, LONGEST, now), Ok(()));
        assert_eq!(raised.raise(Level::INFO, LONGEST, now), Ok(()));
        assert_eq!(raised.level(now), (Level::INFO, None));
    }

    #[test]
    fn another_usual_level_holds_at_once_and_leaves_what_is_more_raised() {
        let (now, mut raised) = (start(), Raised::new(Level::INFO));
        assert_eq!(raised.raise(Level::DEBUG, LONGEST, now), Ok(()));
        raised.set_base(Level::WARN);
        assert_eq!(raised.level(now), (Level::DEBUG, Some(LONGEST)));
        assert_eq!(raised.level(now + LONGEST), (Level::WARN, None));
        assert!(!raised.admit(Level::INFO, now + LONGEST));
        raised.set_base(Level::DEBUG);
        assert_eq!(raised.level(now), (Level::DEBUG, None), "it is no more than usual");
    }

    #[test]
    fn raised_lines_are_so_many_a_second_and_usual_ones_are_never_held_back() {
        let (now, mut raised) = (start(), Raised::new(Level::INFO));
        assert_eq!(raised.raise(Level::DEBUG, LONGEST, now), Ok(()));
        let mut count = |at: Instant| (0..10_000).filter(|_| raised.admit(Level::DEBUG, at)).count();
        assert_eq!(count(now), BURST as usize);
        assert_eq!(count(now + Duration::from_millis(999)), 0);
        assert_eq!(count(now + Duration::from_secs(1)), LINES_PER_S as usize);
        assert_eq!(count(now + Duration::from_secs(300)), BURST as usize, "nothing is saved up beyond");
        assert_eq!(raised.held_back(), 4 * 10_000 - 1_000);
        assert!((0..10_000).all(|_| raised.admit(Level::INFO, now)));
    }
}
