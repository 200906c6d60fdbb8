//! How long things took lately, of what was counted since the process began: the medians and the 99th percentiles of about
//! the last ten seconds, or of as long as nobody asked. Counts nothing itself.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use proto::{figures::Distribution, link::Figure};

/// See the module. Costs nothing where nobody asks; all who ask share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent(Arc<Mutex<VecDeque<Mark>>>);

type Named = Vec<(&'static str, Distribution)>;

/// As it was.
#[derive(Debug)]
struct Mark {
    at: Instant,
    was: Named,
}

impl Recent {
    /// `NAME_p50_us` and `NAME_p99_us` of each distribution in which something was counted lately.
    pub(super) fn figures(&self, now: Instant, distributions: Named) -> Vec<Figure> {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The youngest that is old enough is what is compared with.
        while marks.get(1).is_some_and(|mark| OVER <= now.saturating_duration_since(mark.at)) {
            marks.pop_front();
        }
        let base = marks.front().filter(|mark| OVER <= now.saturating_duration_since(mark.at));
        let nothing = Distribution::default();
        let mut figures = Vec::new();
        for (name, distribution) in &distributions {
            let was = base.and_then(|mark| mark.was.iter().find(|(known, _)| known == name));
            let lately = distribution.since(was.map_or(&nothing, |(_, was)| was));
            for (ending, permille) in PERCENTILES {
                if let Some(us) = lately.quantile_us(permille) {
                    let value = i64::try_from(us).unwrap_or(i64::MAX);
                    figures.push(Figure { name: format!("{name}{ending}"), value });
                }
            }
        }
        if marks.back().is_none_or(|mark| APART <= now.saturating_duration_since(mark.at)) {
            marks.push_back(Mark { at: now, was: distributions });
        }
        figures
    }
}

/// Whether a figure of this name is one of these percentiles, which metrics have as the histogram that it is of.
#[must_use]
pub fn is_percentile(name: &str) -> bool {
    PERCENTILES.iter().any(|(ending, _)| name.ends_with(ending))
}

const PERCENTILES: [(&str, u64); 2] = [("_p50_us", 500), ("_p99_us", 990)];
const OVER: Duration = Duration::from_secs(10);
/// A little less than the console's second, so that about ten marks are kept and no more than a dozen.
const APART: Duration = Duration::from_millis(900);

#[cfg(test)]
mod tests {
    use super::*;

    fn told(recent: &Recent, now: Instant, counted: &Distribution) -> Vec<(String, i64)> {
        let figures = recent.figures(now, vec![("turn", *counted)]);
        figures.into_iter().map(|figure| (figure.name, figure.value)).collect()
    }

    #[test]
    fn what_was_slow_is_forgotten_ten_seconds_later_and_the_marks_are_few() {
        let (recent, start) = (Recent::default(), crate::clock::now());
        let mut counted = Distribution::default();
        assert_eq!(told(&recent, start, &counted), []);
        let names = |told: Vec<(String, i64)>| told.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        for second in 1..=40 {
            let slow = second <= 10;
            counted.observe(Duration::from_micros(if slow { 900_000 } else { 200 }));
            let now = start + Duration::from_secs(second);
            let told = told(&recent, now, &counted);
            let [(_, p50), (_, p99)] = told.as_slice() else { panic!("{told:?}") };
            assert_eq!(
                (500_000 < *p50, 500_000 < *p99),
                (second <= 14, second <= 19),
                "{second} s: {told:?}"
            );
            assert!(recent.0.lock().expect("held by nobody").len() <= 12);
        }
        let later = start + Duration::from_secs(60);
        assert_eq!(names(told(&recent, later, &counted)), [""; 0], "nothing was counted since");
        assert!(is_percentile("turn_p99_us") && !is_percentile("turn_us_max"));
    }
}
