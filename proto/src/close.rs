//! Why a client connection ends: the closed list behind the `Close` packet, logs and counters.

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal, $fault:ident;)*) => {
        /// Why a connection was closed. Codes and names are stable: clients and dashboards key on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum CloseReason {
            $($(#[$doc])* $variant = $code,)*
        }

        impl CloseReason {
            /// Every reason, in the order of codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, e.g. `frame_too_large`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whose doing it was.
            #[must_use]
            pub fn fault(self) -> Fault {
                match self { $(Self::$variant => Fault::$fault,)* }
            }

            /// The reason with this code.
            #[must_use]
            pub fn from_code(code: u16) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

/// Who caused an error: picks log level and counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The client broke the protocol or a limit.
    Client,
    /// The network or the other end went away.
    Peer,
    /// We, or the operator, ended it.
    Ours,
}

reasons! {
    /// The client closed its socket.
    Gone = 1, "gone", Peer;
    /// Reading or writing the socket failed.
    Io = 2, "io", Peer;
    /// No byte for the silence limit.
    Silent = 3, "silent", Peer;
    /// A header with unknown bits or an empty body.
    BadFrame = 10, "bad_frame", Client;
    /// A length above the limit, deflated or inflated.
    FrameTooLarge = 11, "frame_too_large", Client;
    /// A deflated body that does not inflate to exactly what it declared.
    BadDeflate = 12, "bad_deflate", Client;
    /// An envelope that is not a packet.
    BadPacket = 13, "bad_packet", Client;
    /// A kind that no one registered, or that only the server sends.
    UnknownKind = 14, "unknown_kind", Client;
    /// A body above its kind's bound.
    BodyTooLarge = 15, "body_too_large", Client;
    /// A body that does not decode within the budget.
    BadBody = 16, "bad_body", Client;
    /// A packet that this stage of the connection does not allow.
    OutOfTurn = 17, "out_of_turn", Client;
    /// A protocol version that is not spoken here.
    Version = 18, "version", Client;
    /// No credentials within the handshake deadline.
    HandshakeTimeout = 19, "handshake_timeout", Client;
    /// A WebSocket or TLS handshake that failed, or a foreign Origin.
    BadTransport = 20, "bad_transport", Client;
    /// A command number repeated, skipped, or missing where one is needed.
    BadSequence = 21, "bad_sequence", Client;
    /// More than 64 commands without an answer.
    TooManyUnanswered = 22, "too_many_unanswered", Client;
    /// Too many refused logins on one connection.
    TooManyLogins = 23, "too_many_logins", Client;
    /// The client does not read what it is sent.
    TooSlow = 30, "too_slow", Client;
    /// The server holds as many connections as it may.
    ServerFull = 31, "server_full", Ours;
    /// The client's address holds as many connections as it may.
    AddressFull = 32, "address_full", Client;
    /// The game process is away.
    GameAway = 33, "game_away", Ours;
    /// The server stops.
    Stopping = 34, "stopping", Ours;
    /// A newer login of the account took over.
    Superseded = 35, "superseded", Peer;
    /// The client said goodbye.
    LoggedOut = 36, "logged_out", Peer;
    /// The gateway lost its link to a game that goes on: the session is resumed on another connection.
    LinkLost = 37, "link_lost", Ours;
    /// The account may not play.
    Kicked = 38, "kicked", Ours;
    /// A bug of ours, logged where it happened.
    Internal = 39, "internal", Ours;
    /// It had not logged in, and had to make room for a newcomer.
    CrowdedOut = 40, "crowded_out", Ours;
    /// Too many new connections a second from the client's address.
    AddressTooFast = 41, "address_too_fast", Client;
    /// Staff banned the account; a `login_refused` before it says why and until when.
    Banned = 42, "banned", Ours;
    /// Only staff plays for now; a `login_refused` before it may say why.
    Maintenance = 43, "maintenance", Ours;
    /// A client older than the server takes.
    ClientTooOld = 44, "client_too_old", Client;
}

impl From<crate::frame::FrameError> for CloseReason {
    fn from(error: crate::frame::FrameError) -> Self {
        error.reason()
    }
}
