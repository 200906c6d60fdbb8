//! Tests over the whole: real processes from outside, and the habits of this repository.

mod attacks;
mod backlog;
mod backups;
mod cache;
mod characters;
mod chat;
mod cli;
mod crowds;
mod descriptors;
mod designs;
mod disk;
#[cfg(not(feature = "failpoints"))]
mod failpoints;
mod fencing;
mod fights;
mod journal;
mod kills;
mod levels;
mod links;
mod lock;
mod metrics;
mod mysql;
mod names;
mod operating;
mod operations;
mod packaging;
mod players;
mod restores;
mod secrets;
mod staff;
mod storms;
mod support;
mod terminal;
mod tidy;
mod trades;
mod weather;
