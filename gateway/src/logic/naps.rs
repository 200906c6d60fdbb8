//! Whether this thread itself was away: stopped, or its machine was, or one turn took very long. What others said
//! meanwhile waits in its sockets, and may take more than a turn to be read: of that time nobody is guilty.

/// See the module.
#[derive(Debug, Default)]
pub struct Naps {
    turned_ms: Option<u64>,
}

impl Naps {
    /// A turn begins. Returns for how long there was none, in milliseconds, if that is longer than a thread at work
    /// lets pass.
    pub fn turn(&mut self, now_ms: u64) -> Option<u64> {
        let before_ms = self.turned_ms.replace(now_ms)?;
        Some(now_ms.saturating_sub(before_ms)).filter(|away_ms| NAP_MS_MIN <= *away_ms)
    }
}

/// A thread with nothing to do turns each second.
const NAP_MS_MIN: u64 = 5_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_long_time_without_a_turn_is_a_nap() {
        let mut naps = Naps::default();
        let turns = [90_000, 90_001, 95_000, 100_000, 100_500, 160_500];
        let seen = turns.map(|now_ms| naps.turn(now_ms));
        assert_eq!(seen, [None, None, None, Some(5_000), None, Some(60_000)]);
    }
}
