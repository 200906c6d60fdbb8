//! The link by which a console without staff gets its owner: good once, for an hour, made anew at each start. Knows no
//! address.

use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq as _;

/// The one that is good just now.
#[derive(Debug, Default)]
pub struct Setup(Option<Link>);

#[derive(Debug)]
struct Link {
    hash: Vec<u8>,
    made: Instant,
}

impl Setup {
    /// For a console without staff: this token is good from now on.
    #[must_use]
    pub fn new(token: &str, now: Instant) -> Self {
        Self(Some(Link { hash: hash(token), made: now }))
    }

    /// Whether a token is the one, and is still good.
    #[must_use]
    pub fn is_good(&self, token: &str, now: Instant) -> bool {
        self.0.as_ref().is_some_and(|link| now < link.made + GOOD_FOR && hash(token).ct_eq(&link.hash).into())
    }

    /// It was used: from now on none is good.
    pub fn close(&mut self) {
        self.0 = None;
    }
}

fn hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

/// From the start of the console.
pub const GOOD_FOR: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a moment to count from")]
    fn a_link_is_good_once_and_for_an_hour() {
        let start = Instant::now();
        let mut setup = Setup::new("right", start);
        assert!(setup.is_good("right", start + GOOD_FOR - Duration::from_secs(1)));
        assert!(!setup.is_good("wrong", start) && !setup.is_good("", start));
        assert!(!setup.is_good("right", start + GOOD_FOR));
        setup.close();
        assert!(!setup.is_good("right", start) && !Setup::default().is_good("", start));
    }
}
