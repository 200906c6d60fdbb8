//! How much each of the staff may change in a row: what it changes is written to a disk that the journal is on too. Knows
//! no deed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Of everybody who changed something lately.
#[derive(Debug, Default)]
pub struct Paces(BTreeMap<String, Pace>);

#[derive(Debug)]
struct Pace {
    left: u32,
    since: Instant,
}

impl Paces {
    /// Whether this one may change something now; it counts then.
    pub fn take(&mut self, name: &str, now: Instant) -> bool {
        // Whoever has all of it again need not be remembered.
        self.0.retain(|_, pace| now < pace.since + EACH * (IN_A_ROW - pace.left));
        let pace = self.0.entry(name.to_owned()).or_insert(Pace { left: IN_A_ROW, since: now });
        let passed = now.saturating_duration_since(pace.since).as_nanos() / EACH.as_nanos();
        let back = u32::try_from(passed).unwrap_or(u32::MAX).min(IN_A_ROW - pace.left);
        pace.left += back;
        pace.since = if pace.left == IN_A_ROW { now } else { pace.since + EACH * back };
        let may = pace.left.checked_sub(1);
        pace.left = may.unwrap_or(0);
        may.is_some()
    }
}

/// At once, by somebody who is quick.
const IN_A_ROW: u32 = 200;
/// After that, one each.
const EACH: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a moment to count from")]
    fn whoever_changes_without_end_does_so_twice_a_second_and_others_are_not_held_up() {
        let (mut paces, start) = (Paces::default(), Instant::now());
        assert_eq!((0..1_000).filter(|_| paces.take("vi", start)).count(), 200);
        assert!(paces.take("anna", start));
        let later = |ms| start + Duration::from_millis(ms);
        let done = (0..10_000).filter(|ms| paces.take("vi", later(*ms))).count();
        assert_eq!(done, 19);
        assert!(paces.take("anna", later(200_000)));
        assert_eq!(paces.0.len(), 1, "nobody else is remembered");
    }
}
