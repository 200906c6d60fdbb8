//! What this process says of itself to dbfront, what it makes of dbfront's no, and how long it waits before it comes
//! again. Knows no socket and no clock.

#[cfg(test)]
mod tests;

use std::time::Duration;

use proto::{
    handshake::{self, Role},
    ids::Lsn,
    limits::RECORD_SCHEMA,
    link::{LinkHello, LinkWelcome},
};

/// What is known between one link to dbfront and the next. Lives as long as the process.
#[derive(Debug)]
pub struct Claim {
    /// Random, of this process life.
    instance: u64,
    /// 0 until one was granted.
    epoch: u64,
    /// The highest position that was told to be durable on any link.
    durable_seen: u64,
    /// Whoever writes now is to end.
    takeover: bool,
    /// Tries since a link was open.
    failures: u32,
}

/// Dbfront's no that ends this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One of a closed list.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

impl Claim {
    /// Nothing was granted yet. With `takeover` whoever writes now is to end.
    #[must_use]
    pub fn new(instance: u64, takeover: bool) -> Self {
        Self { instance, epoch: 0, durable_seen: 0, takeover, failures: 0 }
    }

    /// The first record of a link. `held_from` is the first record that could be sent again, if there is one.
    #[must_use]
    pub fn hello(&self, held_from: Option<Lsn>) -> LinkHello {
        LinkHello {
            epoch: self.epoch,
            durable_seen: self.durable_seen,
            held_from: held_from.map_or(0, |lsn| lsn.0),
            // Once: whoever comes after us may take over from us.
            takeover: self.takeover && self.epoch == 0,
            schema: RECORD_SCHEMA,
            ..handshake::hello(Role::Game, self.instance)
        }
    }

    /// Everything up to here was told to be durable.
    pub fn durable(&mut self, lsn: Lsn) {
        self.durable_seen = self.durable_seen.max(lsn.0);
    }

    /// A welcome without a no: the link is open.
    pub fn welcomed(&mut self, welcome: &LinkWelcome) {
        self.epoch = welcome.epoch;
        self.durable(Lsn(welcome.durable));
        self.failures = 0;
    }

    /// Another try came to nothing. Says whether it was the first one since a link was open.
    pub fn failed(&mut self) -> bool {
        self.failures = self.failures.saturating_add(1);
        self.failures == 1
    }

    /// Whether to come again after this no: the writer before us may be on its way out, and its end is seen at
    /// dbfront a moment later.
    #[must_use]
    pub fn waits(&self, refusal: &Refusal) -> bool {
        refusal.code == "WRITER_EXISTS" && self.failures < WRITER_LEAVES
    }

    /// Until the next try: doubling from 20 ms to 1 s, and somewhere in the upper half of that.
    #[must_use]
    pub fn pause(&self, random: u32) -> Duration {
        let whole = PAUSE_MS_FIRST.saturating_mul(1 << self.failures.min(16)).min(PAUSE_MS_MAX);
        Duration::from_millis((whole / 2 + u64::from(random) % (whole / 2 + 1)).max(1))
    }
}

/// The refusal with this name; nothing if dbfront has a trouble of its own and we may come back.
#[must_use]
pub fn refusal(name: &str, detail: &str) -> Option<Refusal> {
    let &code = STOPS.iter().find(|&&stop| stop == name)?;
    Some(Refusal { code, detail: detail.to_owned() })
}

const PAUSE_MS_FIRST: u64 = 20;
const PAUSE_MS_MAX: u64 = 1_000;
/// Tries that a writer before us has to leave: about three seconds.
const WRITER_LEAVES: u32 = 8;
/// Refusals that end this process; all others are dbfront's own trouble.
const STOPS: [&str; 10] = [
    "AMENDED",
    "FENCED",
    "WRITER_EXISTS",
    "JOURNAL_REGRESSION",
    "DIVERGENCE",
    "NACK_INVARIANT",
    "SCHEMA_TOO_OLD",
    "SCHEMA_TOO_NEW",
    "WRONG_ROLE",
    "LINK_VERSION",
];
