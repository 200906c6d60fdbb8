//! What a person sees while a run goes on: one line on standard error, nothing without a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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
