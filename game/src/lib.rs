//! The process that holds all state in memory, runs the rules and the rooms, and writes only through
//! dbfront. [`logic`] decides, a driver moves bytes; rooms are plugins against [`room`].

pub mod logic;
pub mod registry;
pub mod room;
pub mod rooms;
