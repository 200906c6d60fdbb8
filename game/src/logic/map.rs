//! The map on which characters walk: its ground, its cells, how fast one may go, and what the hearers of a
//! cell are told. Knows no connection, no group, no row and no clock.

pub mod blow;
pub mod cell_tick;
pub mod cells;
pub mod field;
pub mod ground;
pub mod monsters;
pub mod pace;
pub mod walls;
