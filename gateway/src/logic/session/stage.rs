//! How far a connection has come, and what may come next of it. Knows no bytes.

use proto::{
    close::CloseReason,
    kinds::{
        HELLO, LOGIN_REFUSED, PING, PONG, QUEUE_PLACE, RESET, RESET_TAKEN, RESUME, RESUME_REFUSED, WELCOME,
    },
    packet::Packets,
};

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Over a limit: it is told so at its first frame.
    TurnedAway(CloseReason),
    /// Its first packet must be `hello`.
    ExpectHello,
    /// Game knows of it.
    BeforeLogin(Greeted),
    /// Game admitted it.
    Admitted,
    /// Game is away, or is back and has not said yet what becomes of it. It is not read meanwhile.
    Parked {
        /// When the link was lost.
        since_ms: u64,
        /// What it was before.
        kept: Kept,
    },
    /// Game is back and has its seat for it. Until it has taken every reset, all that it says is of before.
    Reseated {
        /// Resets that it was sent and has not answered: one of a game that is gone again may be among them.
        untaken: u32,
        /// The reset of this game has not come yet: it may be in the next bytes of the link.
        is_due: bool,
    },
}

/// A connection that said hello and has not logged in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Greeted {
    /// Game has answered its hello.
    pub is_welcomed: bool,
    /// Whether it has tried.
    pub login: Login,
}

/// A login of any kind, or a resume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Login {
    /// None came: the handshake deadline is not met.
    #[default]
    NotSent,
    /// Game has not answered the last.
    Waiting,
    /// Game has not answered a resume.
    Resuming,
    /// The last was refused.
    Refused,
}

/// What a parked connection was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It had said hello.
    Greeted(Greeted),
    /// It had been admitted.
    Seated {
        /// As in [`Stage::Reseated`]. A reset that was due then was never sent.
        untaken: u32,
    },
}

impl Stage {
    /// Game was told of this connection.
    #[must_use]
    pub fn is_opened(self) -> bool {
        match self {
            Self::TurnedAway(_) | Self::ExpectHello => false,
            Self::BeforeLogin(_) | Self::Admitted | Self::Parked { .. } | Self::Reseated { .. } => true,
        }
    }

    /// Game admitted it, this one or one before.
    #[must_use]
    pub fn is_logged_in(self) -> bool {
        match self {
            Self::Admitted | Self::Reseated { .. } | Self::Parked { kept: Kept::Seated { .. }, .. } => true,
            Self::TurnedAway(_) | Self::ExpectHello | Self::BeforeLogin(_) => false,
            Self::Parked { kept: Kept::Greeted(_), .. } => false,
        }
    }

    /// Its next step must come before the handshake deadline.
    #[must_use]
    pub fn is_awaited(self) -> bool {
        match self {
            Self::TurnedAway(_) | Self::ExpectHello => true,
            Self::BeforeLogin(greeted) | Self::Parked { kept: Kept::Greeted(greeted), .. } => {
                greeted.login == Login::NotSent
            }
            Self::Admitted | Self::Reseated { .. } | Self::Parked { kept: Kept::Seated { .. }, .. } => false,
        }
    }

    /// It is not read.
    #[must_use]
    pub fn is_parked(self) -> bool {
        matches!(self, Self::Parked { .. })
    }

    /// What becomes of it by a packet of its own.
    pub(super) fn after(self, kind: u32, before_login: bool) -> Result<Self, CloseReason> {
        match self {
            Self::TurnedAway(reason) => Err(reason),
            Self::ExpectHello if kind == HELLO => Ok(Self::BeforeLogin(Greeted::default())),
            Self::BeforeLogin(greeted) if before_login && kind != HELLO => {
                let is_login = !is_keepalive(kind) && kind != QUEUE_PLACE;
                let login = match kind {
                    RESUME => Login::Resuming,
                    _ if is_login => Login::Waiting,
                    _ => greeted.login,
                };
                Ok(Self::BeforeLogin(Greeted { login, ..greeted }))
            }
            Self::Admitted if kind != HELLO && kind != RESET_TAKEN => Ok(Self::Admitted),
            // Of the reseated, everything before the reset was taken away already; the parked are not read.
            Self::ExpectHello
            | Self::BeforeLogin(_)
            | Self::Admitted
            | Self::Parked { .. }
            | Self::Reseated { .. } => Err(CloseReason::OutOfTurn),
        }
    }

    /// What becomes of it by packets that game sends it.
    pub fn hear(&mut self, packets: &[u8]) {
        match self {
            Self::BeforeLogin(greeted) => {
                for packet in Packets::new(packets).flatten() {
                    match packet.kind {
                        WELCOME => greeted.is_welcomed = true,
                        LOGIN_REFUSED | RESUME_REFUSED => greeted.login = Login::Refused,
                        _ => {}
                    }
                }
            }
            Self::Reseated { untaken, is_due } => {
                let resets = Packets::new(packets).flatten().filter(|packet| packet.kind == RESET).count();
                *untaken += u32::try_from(resets).unwrap_or(u32::MAX);
                *is_due &= resets == 0;
            }
            Self::TurnedAway(_) | Self::ExpectHello | Self::Admitted | Self::Parked { .. } => {}
        }
    }

    /// What becomes of a reseated connection by a `reset_taken` of its own.
    pub(super) fn after_reset_taken(self) -> Result<Self, CloseReason> {
        match self {
            Self::Reseated { untaken: 1, is_due: false } => Ok(Self::Admitted),
            Self::Reseated { untaken: untaken @ 1.., is_due } => {
                Ok(Self::Reseated { untaken: untaken - 1, is_due })
            }
            _ => Err(CloseReason::OutOfTurn),
        }
    }
}

/// The gateway answers these itself.
pub(super) fn is_keepalive(kind: u32) -> bool {
    kind == PING || kind == PONG
}
