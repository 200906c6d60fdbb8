//! What a person sees while a run goes on: one line on standard error, nothing without a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::logic::stats::rate;

/// The line while all play. The rate of a moment says nothing yet.
pub(super) fn playing(ok: u64, failed: usize, played: Duration) -> String {
    let rate = if played < RATE_AFTER { "…".to_owned() } else { rate(ok, played).to_string() };
    format!("{ok} OK, {rate}/s, {failed} players failed")
}

/// One bar for the whole run.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(shown: bool, duration: Duration) -> Self {
        let bar = if shown {
            // Hidden by itself where standard error is no terminal.
            let length = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
            ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Self { bar: bar.with_style(style) }
    }

    pub(super) fn show(&self, played: Duration, message: String) {
        self.bar.set_position(u64::try_from(played.as_millis()).unwrap_or(u64::MAX));
        self.bar.set_message(message);
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

const RATE_AFTER: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_when_there_was_time_to_measure_one() {
        assert_eq!(playing(40, 0, Duration::from_millis(3)), "40 OK, …/s, 0 players failed");
        assert_eq!(playing(400, 2, Duration::from_secs(2)), "400 OK, 200/s, 2 players failed");
    }
}
