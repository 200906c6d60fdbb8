//! The client library of Ding: speaks the protocol of `docs/PROTOCOL.md` over TCP, TLS and WebSocket, and
//! names every way in which a server may break it. Knows no rules of any game.
//!
//! ```no_run
#![doc = include_str!("../examples/pay.rs")]
//! ```
//!
//! Three doors: [`Client`] with a task of its own for most programs; [`Stream`] for who drives many
//! connections from their own tasks, as the load tester does; [`logic::connection::Connection`] without
//! any sockets for other runtimes and for tests.
//!
//! A [`Client`] outlives its connections. When one dies it comes back by itself, after up to 500 ms at first and 30 s
//! later, goes on with its session, and neither packets nor commands are lost or doubled: the program sees
//! [`News::Away`] and [`News::Resumed`] and nothing else. Where the server had to begin anew ([`News::Reset`], or
//! [`News::LoggedInAgain`]) the player is put back into the world and the room it was in, unless the server kept its seat
//! there, and what became of each command without an answer is told: [`Error::Unanswered`] with its [`Fate`]. [`Options`] has the limits, and
//! turns all of it off.
//!
//! The other doors end with their connection. [`logic::session::Session::carry`] is what goes on over the next one
//! ([`Stream::resume`]), [`Sequence::fate`] tells after a login what became of a command, and
//! [`logic::lasting::Lasting`] is all that [`Client`] knows of coming back, without its sockets.

pub mod driver;
pub mod logic;

pub use driver::{
    chat::Whom,
    error::Error,
    handle::{Client, Pushes},
    options::{Options, Tls},
    stream::{Stream, Wire},
};
pub use logic::{
    blocks::BlockList,
    doudizhu, echo,
    fate::{Fate, Sequence},
    lasting::News,
    session::{Carry, CommandError, Traffic},
    trade::hash as trade_hash,
    transport::TransportKind,
    types::{Closed, Event, Login, Outcome, Push, Secret},
    violation::Violation,
};
/// Messages, kinds and limits of the protocol.
pub use proto;
/// What messages of a game's own schema are to [`Client::room_call`].
pub use proto::wire::Typed;
