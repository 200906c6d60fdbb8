//! For how long the oldest record waits that some place does not have: from marks of when which record was there, some times
//! a second. Exact to a mark, and to what an hour's marks leave.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::ids::Lsn;

/// When records came; see the module.
#[derive(Debug, Default)]
pub struct Age {
    /// Up to which record was there when, oldest first. Nothing before the first that still waits.
    marks: VecDeque<(Instant, Lsn)>,
    /// Looks between two marks.
    stride: u32,
    looks: u32,
}

impl Age {
    /// Everything up to `came` is there now, and the place has everything up to `has`; says for how long the oldest
    /// of what it lacks waits. What was there before the first look counts from that.
    pub fn look(&mut self, now: Instant, came: Lsn, has: Lsn) -> Duration {
        while self.marks.front().is_some_and(|(_, last)| *last <= has) {
            self.marks.pop_front();
        }
        if came <= has {
            self.marks.clear();
            (self.stride, self.looks) = (0, 0);
            return Duration::ZERO;
        }
        self.looks += 1;
        if self.marks.back().is_none_or(|(_, last)| *last < came) && self.stride < self.looks {
            self.looks = 0;
            self.marks.push_back((now, came));
            if MARKS_MAX < self.marks.len() {
                // Every other one goes; a mark that goes makes what it held as young as the next.
                let mut nth = 0_usize;
                self.marks.retain(|_| {
                    nth += 1;
                    !nth.is_multiple_of(2)
                });
                self.stride = self.stride * 2 + 1;
            }
        }
        self.marks.front().map_or(Duration::ZERO, |(at, _)| now.saturating_duration_since(*at))
    }
}

const MARKS_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "any moment will do")]
    fn any() -> Instant {
        Instant::now()
    }

    #[test]
    fn what_waits_grows_old_and_what_is_there_does_not() {
        let (mut age, start) = (Age::default(), any());
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(age.look(at(0), Lsn(5), Lsn(5)), Duration::ZERO);
        assert_eq!(age.look(at(100), Lsn(7), Lsn(5)), Duration::ZERO);
        assert_eq!(age.look(at(350), Lsn(9), Lsn(5)), Duration::from_millis(250));
        assert_eq!(age.look(at(400), Lsn(9), Lsn(7)), Duration::from_millis(50), "8 came at 350");
        assert_eq!(age.look(at(500), Lsn(9), Lsn(9)), Duration::ZERO);
    }

    #[test]
    fn hours_of_waiting_take_few_marks_and_stay_about_right() {
        let (mut age, start) = (Age::default(), any());
        for n in 1..=100_000_u64 {
            let now = start + Duration::from_millis(n * 100);
            let waits = age.look(now, Lsn(n), Lsn(0));
            assert_eq!(waits, Duration::from_millis((n - 1) * 100));
        }
        assert!(age.marks.len() <= MARKS_MAX);
        let now = start + Duration::from_millis(100_000 * 100);
        let waits = age.look(now, Lsn(100_000), Lsn(50_000)).as_secs_f64();
        assert!((4_900.0..=5_000.0).contains(&waits), "{waits}");
    }
}
