//! The client library of Ding: speaks the protocol of `docs/PROTOCOL.md` over TCP, TLS and WebSocket, and
//! names every way in which a server may break it. Knows no rules of any game.
//!
//! ```no_run
#![doc = include_str!("../examples/pay.rs")]
//! ```
//!
//! Three doors: [`Client`] with a task of its own for most programs; [`Stream`] for who drives many
//! connections from their own tasks, as the load tester does; [`logic::connection::Connection`] without
//! any sockets for other runtimes and for tests. When a connection dies, coming back is the caller's
//! choice: log in again with the secret or the password, and ask [`Sequence::fate`] what became of each
//! command without an answer.

pub mod driver;
pub mod logic;

pub use driver::{
    chat::Whom,
    error::Error,
    handle::{Client, Pushes},
    options::{Options, Tls},
    stream::{Resumption, Stream, Wire},
};
pub use logic::{
    blocks::BlockList,
    echo,
    fate::{Fate, Sequence},
    session::{Carry, CommandError, Traffic},
    trade::hash as trade_hash,
    transport::TransportKind,
    types::{Closed, Event, Login, Outcome, Push, Secret},
    violation::Violation,
};
/// Messages, kinds and limits of the protocol.
pub use proto;
