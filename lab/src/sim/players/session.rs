//! A session as its client has it: what it is resumed with, what of it has come, and how much the client tells of that.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use proto::{
    client::LoggedIn,
    ids::Lsn,
    limits::{ACK_PACKETS_MAX, RESUME_GRACE_MS},
};

use crate::sim::{around::Around, dice::Dice};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) id: Bytes,
    pub(super) token: Bytes,
    /// The one that was used last, which may still work.
    pub(super) used: Option<Bytes>,
    /// Tokens that must not work any more.
    pub(super) dead: Vec<Bytes>,
    pub(super) ticket: Bytes,
    /// The last command that had arrived at the last resume.
    pub(super) resumed_at: u64,
    /// Must-arrive packets that came.
    pub(super) received: u64,
    /// Wrong tokens that anybody has tried.
    pub(super) wrong: u32,
    /// When what was heard last of it had left game.
    pub(super) left_ms: u64,
    /// It has asked for another one since.
    pub(super) has_asked_anew: bool,
    /// When it began, in things asked by anybody.
    pub(super) began: u64,
    pub(super) paid: BTreeSet<Lsn>,
    /// By account, the last line that it heard.
    pub(super) lines: BTreeMap<u64, u64>,
    acks: Acks,
    told: u64,
    told_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acks {
    /// As the protocol says.
    Duly,
    /// At times.
    Late,
    Never,
}

impl Held {
    pub(super) fn new(told: &LoggedIn, began: u64, ms: u64, dice: &mut Dice) -> Self {
        let acks = [Acks::Duly, Acks::Duly, Acks::Duly, Acks::Late, Acks::Never];
        Self {
            id: told.session.clone(),
            token: told.token.clone(),
            used: None,
            dead: Vec::new(),
            ticket: told.ticket.clone(),
            resumed_at: u64::MAX,
            received: 0,
            wrong: 0,
            left_ms: ms,
            has_asked_anew: false,
            began,
            paid: BTreeSet::new(),
            lines: BTreeMap::new(),
            acks: dice.pick(&acks).unwrap_or(Acks::Duly),
            told: 0,
            told_ms: ms,
        }
    }

    /// Of the game in which it began.
    pub(super) fn epoch(&self) -> u32 {
        self.id.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    /// It goes on, with this token.
    pub(super) fn resumed(&mut self, token: Bytes, cseq_last: u64) {
        let used = std::mem::replace(&mut self.token, token);
        self.dead.extend(self.used.replace(used));
        self.resumed_at = cseq_last;
    }

    /// Whoever was answered this has been heard over its connection.
    pub(super) fn answered(&mut self, cseq: u64) {
        if self.resumed_at < cseq {
            self.dead.extend(self.used.take());
        }
    }

    /// Whether its grace may be over.
    pub(super) fn may_be_over(&self, now_ms: u64) -> bool {
        self.left_ms + RESUME_GRACE_MS <= now_ms
    }

    pub(super) fn has_to_ack(&self, around: &mut Around) -> bool {
        match self.acks {
            Acks::Duly => {
                let more = self.received - self.told;
                let is_old = self.told_ms + ACK_MS_MAX <= around.clock.ms();
                ACK_PACKETS_MAX <= more || 0 < more && is_old
            }
            Acks::Late => self.told < self.received && around.dice.below(50) == 0,
            Acks::Never => false,
        }
    }

    /// What a packet says that is sent now.
    pub(super) fn ack(&mut self, is_ping: bool, now_ms: u64) -> u64 {
        if self.acks == Acks::Duly || is_ping {
            (self.told, self.told_ms) = (self.received, now_ms);
            self.received
        } else {
            0
        }
    }
}

const ACK_MS_MAX: u64 = 2_000;
