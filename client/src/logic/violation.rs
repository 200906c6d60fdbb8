//! What a server must not do: one name for each way to break the protocol. Knows no states.

use proto::{
    deflate::InflateError, frame::FrameError, kinds::Lane, limits::CLIENT_PROTOCOL, packet::PacketError,
    wire::DecodeError,
};

/// The server broke the protocol; the connection has no meaning any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A header that no server sends.
    #[error("frame: {0}")]
    Frame(#[from] FrameError),
    /// A deflated body that is not what it declares.
    #[error("deflated frame: {0}")]
    Deflate(#[from] InflateError),
    /// A body that is not packets.
    #[error("packet: {0}")]
    Packet(#[from] PacketError),
    /// A message that does not decode.
    #[error("body of kind {kind}: {cause}")]
    Body {
        /// The packet's kind.
        kind: u32,
        /// What did not decode.
        cause: DecodeError,
    },
    /// A kind that is neither Ding's nor in the welcome.
    #[error("kind {kind} is in no table")]
    UnknownKind {
        /// The packet's.
        kind: u32,
    },
    /// A kind that only clients send.
    #[error("kind {kind} is for clients to send")]
    NotFromServer {
        /// The packet's.
        kind: u32,
    },
    /// A packet in another lane than its kind's.
    #[error("kind {kind} came in lane {lane:?}, its lane is {expected:?}")]
    WrongLane {
        /// The packet's.
        kind: u32,
        /// The frame's.
        lane: Lane,
        /// The table's.
        expected: Lane,
    },
    /// Envelope fields that a server leaves empty: `cseq`, `ack`, or `re` on anything but an answer.
    #[error("kind {kind} with envelope fields that a server leaves empty")]
    StrayEnvelope {
        /// The packet's.
        kind: u32,
    },
    /// A packet that this stage does not allow.
    #[error("kind {kind} while {stage}")]
    OutOfTurn {
        /// The packet's.
        kind: u32,
        /// What the client was doing.
        stage: &'static str,
    },
    /// Another protocol than asked for.
    #[error("the server speaks protocol {theirs}, this client {CLIENT_PROTOCOL}")]
    Protocol {
        /// The welcome's.
        theirs: u32,
    },
    /// A login answer that lacks what it must carry.
    #[error("logged in without {missing}")]
    LoginIncomplete {
        /// What is missing.
        missing: &'static str,
    },
    /// An answer to a command that this session never sent.
    #[error("answer to {re}; this session sent {first} until before {next}")]
    AnswerOutOfRange {
        /// The answer's.
        re: u64,
        /// First number of the session.
        first: u64,
        /// The next number.
        next: u64,
    },
    /// A second answer to one command.
    #[error("second answer to {re}")]
    AnswerDoubled {
        /// The answer's.
        re: u64,
    },
    /// A reset to another account than that of the session.
    #[error("reset to account {is}; this session is of {was}")]
    AccountChanged {
        /// The session's.
        was: u64,
        /// The reset's.
        is: u64,
    },
    /// A resumed session that forgot a command which it had answered, or knows one that was never sent.
    #[error("resumed after command {cseq_last}; {answered} was answered, and {next} is the next")]
    ResumedElsewhere {
        /// The server's.
        cseq_last: u64,
        /// The highest number that was answered, or the one before the session's first.
        answered: u64,
        /// The number that the next command would have had.
        next: u64,
    },
    /// More packets to be sent again than a server keeps.
    #[error("resumed with {missed} packets missed")]
    ResumedTooMuch {
        /// The server's number.
        missed: u32,
    },
    /// A status that is none of the three.
    #[error("answer to {re} with status {status}")]
    AnswerStatus {
        /// The answer's.
        re: u64,
        /// Its status.
        status: u64,
    },
    /// A pong that does not answer the last ping.
    #[error("pong without its ping")]
    PongUnasked,
    /// Anything after a close packet.
    #[error("kind {kind} after the close")]
    AfterClose {
        /// The packet's.
        kind: u32,
    },
}

impl Violation {
    /// Stable: reports and tests key on it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Frame(_) => "violation.frame",
            Self::Deflate(_) => "violation.deflate",
            Self::Packet(_) => "violation.packet",
            Self::Body { .. } => "violation.body",
            Self::UnknownKind { .. } => "violation.unknown_kind",
            Self::NotFromServer { .. } => "violation.not_from_server",
            Self::WrongLane { .. } => "violation.wrong_lane",
            Self::StrayEnvelope { .. } => "violation.stray_envelope",
            Self::OutOfTurn { .. } => "violation.out_of_turn",
            Self::Protocol { .. } => "violation.protocol",
            Self::LoginIncomplete { .. } => "violation.login_incomplete",
            Self::AnswerOutOfRange { .. } => "violation.answer_out_of_range",
            Self::AnswerDoubled { .. } => "violation.answer_doubled",
            Self::AccountChanged { .. } => "violation.account_changed",
            Self::ResumedElsewhere { .. } => "violation.resumed_elsewhere",
            Self::ResumedTooMuch { .. } => "violation.resumed_too_much",
            Self::AnswerStatus { .. } => "violation.answer_status",
            Self::PongUnasked => "violation.pong_unasked",
            Self::AfterClose { .. } => "violation.after_close",
        }
    }
}
