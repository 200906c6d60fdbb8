//! A console on a free port, asked over real HTTP as a browser would and as one would not; game is a script of its own.

mod auditing;
mod browser;
mod cross;
mod database;
mod dealing;
mod economy;
mod fake;
mod giving;
mod hygiene;
mod layer;
mod letters;
mod logs;
mod looking;
mod mailing;
mod mapped;
mod matrix;
mod noting;
mod outside;
mod people;
mod players;
mod replays;
mod rooms;
mod secure;
mod settings;
mod site;
mod switches;
