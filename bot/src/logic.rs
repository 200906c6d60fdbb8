//! What the players do and what they check, as values: events and a time in, orders and findings out.
//! Knows no sockets, files or clock.

pub mod arena;
pub mod atlas;
pub mod board;
pub mod census;
pub mod chat;
pub mod chess;
pub mod comebacks;
pub mod deal;
pub mod doudizhu;
pub mod games;
pub mod market;
pub mod payment;
pub mod player;
pub mod schedule;
pub mod stats;
pub mod talk;
pub mod tally;
pub mod times;
pub mod walk;
pub mod wallet;
pub mod world;
