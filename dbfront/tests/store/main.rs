//! The databases behind the one trait: what holds on each of them, and what only a server can do to us.

mod both;
mod catalog;
mod faults;
mod file;
mod founding;
mod home;
#[path = "../../../lab/src/mariadb.rs"]
mod mariadb;
mod proxy;
mod settings;
mod world;
