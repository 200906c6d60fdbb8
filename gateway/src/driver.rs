//! What touches the world: sockets, files, threads, the clock. Decides nothing that `logic` could decide.

pub mod certificate;
pub mod clock;
pub mod link;
pub mod listener;
pub mod orders;
pub mod run;
mod socket;
mod worker;
