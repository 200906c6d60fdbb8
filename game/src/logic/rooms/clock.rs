//! The time that rooms go by: milliseconds that pass while rooms may go on, and stand still while they may not. Reads no
//! clock.

use std::time::{Duration, Instant};

/// See the module. Stands at zero until it is let go.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RoomClock {
    /// At `since`, or for as long as it stands.
    at_ms: u64,
    since: Option<Instant>,
}

impl RoomClock {
    /// What it shows.
    pub(crate) fn at_ms(&self, now: Instant) -> u64 {
        let passed = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.at_ms.saturating_add(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX))
    }

    /// When it will show this, if it goes on as now; none: it stands.
    pub(crate) fn instant_of(&self, at_ms: u64) -> Option<Instant> {
        Some(self.since? + Duration::from_millis(at_ms.saturating_sub(self.at_ms)))
    }

    /// It goes on, no earlier than at this.
    pub(crate) fn go(&mut self, at_least_ms: u64, now: Instant) {
        self.at_ms = self.at_ms(now).max(at_least_ms);
        self.since = Some(now);
    }

    /// It stands still.
    pub(crate) fn stop(&mut self, now: Instant) {
        self.at_ms = self.at_ms(now);
        self.since = None;
    }

    /// So long, up to now, was none of its time. Whatever it showed before, it does not go back.
    pub(crate) fn wait_longer(&mut self, away: Duration) {
        self.since = self.since.map(|since| since + away);
    }

    pub(crate) fn is_going(&self) -> bool {
        self.since.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_only_while_it_goes() {
        let began = crate::logic::testing::start();
        let later = |ms| began + Duration::from_millis(ms);
        let mut clock = RoomClock::default();
        assert_eq!(clock.at_ms(later(500)), 0, "nobody let it go");
        assert_eq!(clock.instant_of(10), None);
        clock.go(70, later(500));
        assert_eq!(clock.at_ms(later(530)), 100);
        assert_eq!(clock.instant_of(100), Some(later(530)));
        clock.stop(later(530));
        assert_eq!(clock.at_ms(later(9_000)), 100);
        clock.go(0, later(9_000));
        assert_eq!(clock.at_ms(later(9_001)), 101);
        assert_eq!(clock.instant_of(50), Some(later(9_000)), "what is over is due at once");
        clock.wait_longer(Duration::from_secs(5));
        assert_eq!((clock.at_ms(later(14_001)), clock.at_ms(later(14_002))), (101, 102));
        clock.stop(later(14_002));
        clock.wait_longer(Duration::from_secs(5));
        assert_eq!(clock.at_ms(later(20_000)), 102);
    }
}
