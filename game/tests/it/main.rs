//! The game process from outside: `game::run` between a gateway and a dbfront that the test plays, over
//! real sockets in a folder of its own.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod fake_dbfront;
mod fake_gateway;
mod links;
mod play;
mod setup;
mod staff;
mod stop;
mod store;
mod wire_out;
