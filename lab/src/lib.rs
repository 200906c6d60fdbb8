//! Measures and breaks the real processes: load engine, bare references, bench, kill test and its
//! independent checker. May use everything; nothing but the command line and the tests uses it.

pub mod backlog;
pub mod bare;
pub mod bench;
pub mod chaos;
pub mod checker;
mod clock;
pub mod error;
pub mod load;
pub mod mariadb;
pub mod needs;
pub mod process;
pub mod proxy;
pub mod sim;
pub mod tmpfs;

pub use bare::bare_main;
pub use error::Error;
