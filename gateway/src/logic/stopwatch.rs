//! How long something takes, as whoever drives tells. Reads no clock itself.

/// A way to read nanoseconds from some beginning; without one no time passes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(fn() -> u64);

impl Stopwatch {
    /// Reads them so.
    #[must_use]
    pub fn new(nanoseconds: fn() -> u64) -> Self {
        Self(nanoseconds)
    }

    /// Now.
    #[must_use]
    pub fn ns(self) -> u64 {
        (self.0)()
    }

    /// Since then.
    #[must_use]
    pub fn since_ns(self, before_ns: u64) -> u64 {
        self.ns().saturating_sub(before_ns)
    }
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self(|| 0)
    }
}
