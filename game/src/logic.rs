//! What decides: pure and synchronous. Events and a time come in, buffers are filled. Knows no sockets,
//! files, threads or clock.

mod arriving;
mod budget;
mod cache;
mod checkpoints;
pub mod client_version;
mod commands;
pub mod credentials;
mod delivery;
pub mod design;
pub mod event;
pub mod goods;
mod groups;
mod guessing;
mod guests;
mod hash_queue;
mod hashing;
mod hearing;
mod held;
mod hosting;
mod ids;
mod leaving;
mod link_buf;
mod loading;
mod logins;
pub mod map;
pub mod names;
pub mod ops;
pub(crate) mod outputs;
mod parking;
mod pipeline;
mod playing;
mod release;
mod restrictions;
mod roaming;
mod running;
pub mod secret;
mod sessions;
pub mod staff;
mod talking;
#[cfg(test)]
mod testing;
mod trading;
mod tx;
mod work;
pub mod world;
