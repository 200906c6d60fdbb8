//! A small server for tests, made of `proto` alone: hello, logins, wallets, payments, chat, echo, over all
//! four transports; and on demand it does one thing wrong. Not a second game: no durability, no limits.

pub mod pipe;
pub mod rules;
pub mod server;
