//! Sockets and time around the logic, on tokio: a [`stream::Stream`] for whoever drives many connections
//! themselves, a [`handle::Client`] for everybody else.

mod characters;
pub mod chat;
pub mod clock;
pub mod error;
mod fights;
mod goods;
pub mod handle;
mod messages;
pub mod options;
mod pump;
mod replays;
mod rooms;
pub mod stream;
mod trust;
