//! One client's state, and when to look at it next.

use proto::link_io::Seat;

use super::super::{
    admission::Address,
    bill::RowId,
    bucket::{Bucket, Rate},
    deadlines::NEVER_MS,
    encoder::DeflatePace,
    limits::{CLOSING_MS, ClientLimits, LOGIN_MS},
    outbox::Outbox,
    session::{Session, Stage},
    transport::{Transport, TransportKind},
};

/// Where a connection stands between its accept and its end. Times in milliseconds of the thread's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Bytes go both ways.
    Open,
    /// Game has been told; what waits is written, but not for ever.
    Closing {
        /// Then it ends anyway.
        until_ms: u64,
    },
    /// All is written; what the client still sends is read and discarded, so that the last bytes reach it.
    Parting {
        /// Then it ends anyway.
        until_ms: u64,
        /// So much more is read; who has more to say than that does not listen.
        left_bytes: usize,
    },
    /// Its socket goes at the end of the turn.
    Ended,
}

/// See the module.
#[derive(Debug)]
pub struct Client {
    /// Stage, budget, address.
    pub session: Session,
    /// Where it stands.
    pub life: Life,
    pub(super) transport: Transport,
    pub(super) outbox: Outbox,
    pub(super) pace: DeflatePace,
    pub(super) opened_ms: u64,
    /// When its last byte came.
    pub(super) heard_ms: u64,
    /// When it was last pinged.
    pub(super) pinged_ms: u64,
    /// Where its entry among the deadlines stands.
    pub(super) armed_ms: u64,
    /// It is on the list of clients to write to.
    pub(super) is_touched: bool,
    /// For what it was put there last.
    pub(super) touched_by: RowId,
    /// Its socket takes no more until it says so.
    pub(super) is_blocked: bool,
    /// It has sent more than its budget.
    pub(super) is_over_rate: bool,
    /// Something that came from it may wait in its transport.
    pub(super) is_held: bool,
    /// It was admitted once, or game told it to wait its turn: it does not count among the half done any more.
    pub(super) is_on_its_way: bool,
    /// When game last told it to wait its turn; 0: never.
    pub(super) queued_ms: u64,
}

impl Client {
    pub(super) fn new(now_ms: u64, address: Address, port: u16, stage: Stage, rate: Rate) -> Self {
        let bucket = Bucket::full(rate, now_ms);
        Self {
            session: Session {
                stage,
                bucket,
                address,
                port,
                account: 0,
                seat: Seat::default(),
                transport: TransportKind::Raw,
            },
            life: Life::Open,
            transport: Transport::default(),
            outbox: Outbox::default(),
            pace: DeflatePace::default(),
            opened_ms: now_ms,
            heard_ms: now_ms,
            pinged_ms: now_ms,
            armed_ms: NEVER_MS,
            is_touched: false,
            touched_by: RowId::TRANSPORT,
            is_blocked: false,
            is_over_rate: false,
            is_held: false,
            is_on_its_way: false,
            queued_ms: 0,
        }
    }

    /// It was counted among the half done on arrival, and is not since.
    #[must_use]
    pub fn is_on_its_way(&self) -> bool {
        self.is_on_its_way
    }

    /// The transport has bytes of its own for the socket.
    #[must_use]
    pub fn has_wire(&self) -> bool {
        self.transport.has_wire()
    }

    /// When to look at it next.
    pub(super) fn deadline_ms(&self, limits: &ClientLimits, rate: Rate) -> u64 {
        match self.life {
            Life::Closing { until_ms } | Life::Parting { until_ms, .. } => until_ms,
            Life::Ended => NEVER_MS,
            Life::Open => {
                // A client that is not read cannot be silent.
                let voice_ms = if self.session.stage.is_parked() {
                    self.ping_ms(limits)
                } else if self.is_over_rate {
                    self.session.bucket.paid_at_ms(rate).max(self.heard_ms + RESUME_MS_MIN)
                } else {
                    self.ping_ms(limits).min(self.heard_ms + limits.silence_ms)
                };
                voice_ms.min(self.handshake_ms(limits)).min(self.grace_ms(limits))
            }
        }
    }

    /// When it is to be pinged.
    pub(super) fn ping_ms(&self, limits: &ClientLimits) -> u64 {
        self.heard_ms.max(self.pinged_ms) + limits.ping_idle_ms
    }

    /// Until when its next step of the handshake must come, or game for it.
    pub(super) fn handshake_ms(&self, limits: &ClientLimits) -> u64 {
        match self.session.stage {
            Stage::TurnedAway(_) => self.opened_ms + limits.handshake_ms.min(CLOSING_MS),
            Stage::Admitted | Stage::Reseated { .. } => NEVER_MS,
            Stage::Parked { since_ms, .. } => since_ms + limits.park_ms,
            stage if stage.is_awaited() => self.opened_ms + limits.handshake_ms,
            // Whoever only tries credentials holds a place among the half done; whoever waits its turn does not, and
            // game says each minute that it still does.
            Stage::ExpectHello | Stage::BeforeLogin(_) => {
                self.queued_ms.max(self.opened_ms + limits.handshake_ms) + LOGIN_MS
            }
        }
    }

    /// Until when its outbox must be below the soft limit.
    pub(super) fn grace_ms(&self, limits: &ClientLimits) -> u64 {
        self.outbox.soft_since_ms().map_or(NEVER_MS, |since_ms| since_ms + limits.outbox_grace_ms)
    }
}

/// A client over its rate is looked at again after this, at the earliest.
const RESUME_MS_MIN: u64 = 10;
