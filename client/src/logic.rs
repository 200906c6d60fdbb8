//! What the protocol asks of a client, as values: bytes, commands and a time come in; bytes and events go
//! out. Knows no sockets, threads or clock.

pub mod blocks;
pub mod connection;
pub mod doudizhu;
pub mod echo;
pub mod fate;
pub mod lasting;
pub mod packets;
pub mod session;
pub mod trade;
pub mod transport;
pub mod types;
pub mod violation;
pub mod websocket;
pub mod window;
