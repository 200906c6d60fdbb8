//! What all players of a run lived through: sockets that died, sessions that went on or did not, and for how long nobody
//! could play. Knows no players.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    logic::{
        stats::{bounded, count},
        times::Times,
    },
    report::ComebackFigures,
};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Comebacks {
    /// Sockets that died under players who were in.
    pub sockets_lost: u64,
    /// Times at which a server said that it waits for its game.
    pub pauses: u64,
    /// Sessions that game began anew.
    pub resets: u64,
    /// Wishes of a gateway that its players come by another.
    pub moves: u64,
    resumes: u64,
    refused: BTreeMap<String, u64>,
    packets_resent: u64,
    packets_missing: u64,
    packets_doubled: u64,
    paused: Times,
}

impl Comebacks {
    /// A session went on; its server sends so many packets again.
    pub fn resumed(&mut self, missed: u32) {
        self.resumes += 1;
        self.packets_resent += u64::from(missed);
    }

    /// A session did not.
    pub fn refused(&mut self, name: &str) {
        count(&mut self.refused, bounded(name));
    }

    /// Somebody plays again after so long.
    pub fn played_on(&mut self, pause: Duration) {
        self.paused.record(pause);
    }

    /// Something was wrong: maybe with what a session must not lose or double.
    pub fn found(&mut self, code: &str) {
        self.packets_missing += u64::from(MISSING.contains(&code));
        self.packets_doubled += u64::from(DOUBLED.contains(&code));
    }

    /// As a report has them.
    #[must_use]
    pub fn figures(&self) -> ComebackFigures {
        ComebackFigures {
            sockets_lost: self.sockets_lost,
            pauses: self.pauses,
            resumes: self.resumes,
            resumes_refused: self.refused.clone(),
            resets: self.resets,
            moves: self.moves,
            packets_resent: self.packets_resent,
            packets_missing: self.packets_missing,
            packets_doubled: self.packets_doubled,
            pause_p50_us: self.paused.at_us(0.5),
            pause_p99_us: self.paused.at_us(0.99),
            pause_max_us: self.paused.max_us(),
        }
    }
}

/// Findings of packets that never came.
const MISSING: [&str; 5] =
    ["answer_missing", "chat_missing", "paid_missing", "private_missing", "resent_missing"];
/// Findings of packets that came twice.
const DOUBLED: [&str; 3] = ["chat_doubled", "answer_stray", "violation.answer_doubled"];
