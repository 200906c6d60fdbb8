//! What staff does from the command line: each command is one or more requests to the running game over
//! its control link, and the printing of what it says. Decides nothing about players.

pub mod account;
pub mod export;
pub mod link;
pub mod log;
pub mod maintenance;
pub mod password;
pub mod render;
pub mod reports;
pub mod room;
