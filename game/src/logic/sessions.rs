//! What a connection is to the rules: how far it has come, and the numbers of its commands. Knows no
//! link, no row and no handler.

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, time::Instant};

use proto::{
    ids::{AccountId, RoomId},
    link_io::Seat,
    tables::{AccountRow, Bits},
};

use super::{
    admission::{place::Place, queue::Spot},
    budget::{Bucket, Rate},
    event::{Now, WorldConfig},
    parking::ParkId,
    resuming::Pass,
    voice::Voice,
};

/// A connection.
#[derive(Debug)]
pub(crate) struct Conn {
    /// Of the client: IPv6, IPv4 mapped.
    pub(crate) address: [u8; 16],
    /// As it says of itself; empty: it came to an earlier game.
    pub(crate) client: String,
    pub(crate) stage: Stage,
    /// Logins refused so far.
    pub(crate) refusals: u32,
    /// A resume of it waits until its link has room.
    pub(crate) is_resuming: bool,
    /// Where its next login is to stand, as it has shown.
    pub(crate) place: Option<Place>,
}

impl Conn {
    pub(crate) fn new(address: [u8; 16], stage: Stage) -> Self {
        Self { address, client: String::new(), stage, refusals: 0, is_resuming: false, place: None }
    }
}

/// How far it has come.
#[derive(Debug)]
pub(crate) enum Stage {
    ExpectHello,
    ExpectLogin,
    /// Its login waits for its turn.
    Queued(Spot),
    /// Its login waits for rows or a hash.
    LoggingIn(ParkId),
    /// An earlier game admitted it; its seat waits for its turn, or for rows.
    Returning {
        account: AccountId,
        seat: Seat,
        park: Option<ParkId>,
    },
    Playing(Box<Session>),
}

/// A player's presence, from login to its end. It outlives its connection for a while.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) account: AccountId,
    pub(crate) seat: Seat,
    pub(crate) pass: Pass,
    pub(crate) away: Option<Away>,
    /// It began then, milliseconds since 1970.
    pub(crate) since_ms: u64,
    pub(crate) numbers: Numbers,
    pub(crate) commands: Bucket,
    pub(crate) chat: Voice,
    pub(crate) room: Option<RoomId>,
    /// The command that waits for rows or a hash; later ones wait behind it.
    pub(crate) parked: Option<ParkId>,
    /// At most as many as may be unanswered.
    pub(crate) queue: VecDeque<Queued>,
}

/// A session whose connection is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Away {
    /// Then it ends.
    pub(crate) until: Instant,
    /// Its avatar stands on the map and waits for it.
    pub(crate) has_avatar: bool,
}

/// A command that waits behind a suspended one.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) kind: u32,
    pub(crate) cseq: u64,
    pub(crate) body: Vec<u8>,
}

impl Session {
    pub(crate) fn new(row: &AccountRow, attach: u32, pass: Pass, config: &WorldConfig, now: Now) -> Self {
        Self {
            account: AccountId(row.id),
            seat: Seat { session_gen: row.session_gen, attach },
            pass,
            away: None,
            since_ms: now.wall_ms,
            numbers: Numbers::of(row),
            commands: Bucket::full(command_rate(config), now.instant),
            chat: Voice::new(chat_rate(config), now.instant),
            room: None,
            parked: None,
            queue: VecDeque::new(),
        }
    }
}

pub(crate) fn command_rate(config: &WorldConfig) -> Rate {
    Rate { per_s: config.commands_per_s, burst: config.commands_burst }
}

pub(crate) fn chat_rate(config: &WorldConfig) -> Rate {
    Rate { per_s: config.chat_per_s, burst: config.chat_per_s.saturating_mul(3) }
}

/// Which commands of an account were used up, and which of the last 64 were answered OK.
///
/// A number is used up when its command arrives. One that is dropped before it was decided (its
/// connection ended, or a newer login took over while it waited) stays used up with its bit at 0: it did
/// not happen, and will not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) last: u64,
    /// Bit i: command `last - i` was answered OK.
    pub(crate) ok: u64,
}

impl Numbers {
    pub(crate) fn of(row: &AccountRow) -> Self {
        Self { last: row.cseq_last, ok: row.cseq_ok.0 }
    }

    /// A command arrives. False: not the number that was due.
    pub(crate) fn arrive(&mut self, cseq: u64) -> bool {
        if self.last.checked_add(1) != Some(cseq) || i64::MAX.cast_unsigned() < cseq {
            return false;
        }
        self.last = cseq;
        self.ok <<= 1;
        true
    }

    /// The same with one more command answered OK.
    pub(crate) fn with_ok(self, cseq: u64) -> Self {
        match self.last.checked_sub(cseq) {
            Some(age @ 0..64) => Self { ok: self.ok | 1 << age, ..self },
            _ => self,
        }
    }

    /// Writes them into the account's row.
    pub(crate) fn store(self, row: &mut AccountRow) {
        row.cseq_last = self.last;
        row.cseq_ok = Bits(self.ok);
    }
}

/// Refused logins of one connection; with the last it is closed.
pub(crate) const REFUSALS_MAX: u32 = 5;
/// Of what a client says of itself.
pub(crate) const CLIENT_BYTES_MAX: usize = 64;
