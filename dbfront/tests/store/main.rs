//! The databases behind the one trait: what holds on each of them, and what only a server can do to us.

mod archive;
mod away;
mod backup;
mod backup_online;
mod backup_refused;
mod backup_space;
mod backup_story;
mod books;
mod both;
mod catalog;
mod faults;
mod file;
mod founding;
#[path = "../link/game.rs"]
mod game;
mod growth;
mod home;
mod identity;
mod loss;
#[path = "../../../lab/src/mariadb.rs"]
mod mariadb;
mod migrating;
#[path = "../../../lab/src/needs.rs"]
#[expect(dead_code, reason = "other tests need programs")]
mod needs;
mod poison;
mod proxy;
#[path = "../link/refusing.rs"]
mod refusing;
mod saved;
#[path = "../link/server.rs"]
#[expect(dead_code, reason = "tests of the link use the rest")]
mod server;
mod settings;
#[path = "../../../lab/src/tmpfs.rs"]
mod tmpfs;
mod whole;
mod world;
