//! Reaches the world: the address, the folder, control sockets, the clock. One thread of its own runs all of it.

mod acting;
mod audit_file;
mod auditing;
mod bans;
mod certificate;
mod chat;
mod clock;
mod database;
mod dealing;
mod desk;
mod entering;
mod export;
mod figures;
mod finding;
mod game;
mod giving;
mod guard;
mod hasher;
mod link;
mod live;
mod logs;
mod looking;
mod mailing;
mod map;
mod pages;
mod patient;
mod played;
mod players;
mod processes;
mod refusal;
mod replays;
mod request;
mod rooms;
mod route;
mod rows;
mod served;
mod server;
mod staffing;
mod store;
mod switches;
mod table;
#[cfg(test)]
mod tests;
mod watching;

pub(crate) use certificate::Certificate;
pub(crate) use served::Served;
