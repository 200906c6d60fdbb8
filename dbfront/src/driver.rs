//! Where dbfront touches the world: sockets, files, threads, the clock.

pub mod backlog_cell;
pub mod backup;
pub mod books;
pub mod clock;
pub mod desk;
pub mod door;
pub mod files;
pub mod inspect;
pub mod journal_thread;
pub mod links;
pub mod look;
pub mod loss;
pub mod messages;
pub mod ops;
pub mod orders;
pub mod peer;
pub mod poison;
pub mod reader_thread;
pub mod replay;
pub mod saved;
pub mod space;
pub mod start;
pub mod store_thread;
pub mod threads;
pub mod watch;
