//! How long to wait before the next attempt to come back: full jitter, so that a crowd that lost its server
//! together does not come back together. Its randomness is seeded; knows no clock.

use std::time::Duration;

/// Waiting times between attempts.
#[derive(Clone, Debug)]
pub struct Pauses {
    state: u64,
    attempts: u32,
    /// Ends in a row that were the server's mistakes: being let in again does not make up for them.
    mistakes: u32,
}

impl Pauses {
    /// From a seed that no other client has.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed, attempts: 0, mistakes: 0 }
    }

    /// The next wait: up to 500 ms at first, up to twice as much with each further attempt, up to 30 s at
    /// most; on top of `at_least`, of which more than 10 minutes are not believed.
    pub fn next(&mut self, at_least: Duration) -> Duration {
        let doublings = self.attempts.saturating_add(self.mistakes).min(DOUBLINGS_MAX);
        self.attempts = self.attempts.saturating_add(1);
        let bound = (FIRST_MAX * 2_u32.pow(doublings)).min(LATER_MAX);
        at_least.min(ASKED_MAX) + self.within(bound)
    }

    /// A random moment up to `bound`, of which more than 10 minutes are not believed.
    pub fn within(&mut self, bound: Duration) -> Duration {
        let bound_us = u64::try_from(bound.min(ASKED_MAX).as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.random() % (bound_us + 1))
    }

    /// It is in again.
    pub fn came_in(&mut self) {
        self.attempts = 0;
    }

    /// The server broke the protocol.
    pub fn mistake(&mut self) {
        self.mistakes = self.mistakes.saturating_add(1);
    }

    /// `SplitMix64`: waits need no better.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

const FIRST_MAX: Duration = Duration::from_millis(500);
const LATER_MAX: Duration = Duration::from_secs(30);
/// 500 ms doubled six times are more than 30 s.
const DOUBLINGS_MAX: u32 = 6;
/// A server that asks for more is wrong, or not ours.
const ASKED_MAX: Duration = Duration::from_mins(10);

const _: () = assert!(FIRST_MAX.as_millis() << DOUBLINGS_MAX >= LATER_MAX.as_millis());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_thirty_seconds_and_begin_anew_when_it_came_in() {
        for seed in 0..200 {
            let mut pauses = Pauses::new(seed);
            for bound_ms in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000] {
                assert!(pauses.next(Duration::ZERO) <= Duration::from_millis(bound_ms), "{bound_ms}");
            }
            pauses.came_in();
            let asked = pauses.next(Duration::from_secs(7));
            assert!(Duration::from_secs(7) <= asked && asked <= Duration::from_millis(7_500));
            assert!(pauses.next(Duration::MAX) <= Duration::from_secs(601), "nobody waits for ever");
        }
    }

    #[test]
    fn a_crowd_is_spread_over_the_whole_time() {
        let mut tenths = [0; 10];
        for seed in 0..10_000 {
            let wait = Pauses::new(seed).next(Duration::ZERO).as_millis();
            tenths[usize::try_from(wait / 50).expect("below 500 ms").min(9)] += 1;
        }
        assert!(tenths.iter().all(|count| (800..1_200).contains(count)), "{tenths:?}");
    }

    #[test]
    fn a_server_that_breaks_the_protocol_again_and_again_is_asked_less_and_less_often() {
        let mut pauses = Pauses::new(1);
        let mut longest = Duration::ZERO;
        for _ in 0..100 {
            pauses.mistake();
            longest = longest.max(pauses.next(Duration::ZERO));
            pauses.came_in();
        }
        assert!(longest > Duration::from_secs(15));
    }
}
