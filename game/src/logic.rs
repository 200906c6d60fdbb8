//! What decides: pure and synchronous. Events and a time come in, buffers are filled. Knows no sockets,
//! files, threads or clock.

pub mod credentials;
pub mod event;
pub mod names;
pub(crate) mod outputs;
pub mod secret;
pub mod world;
