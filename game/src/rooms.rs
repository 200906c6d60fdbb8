//! Rooms that come with Ding. They import the room contract and `proto`, nothing else.

pub mod arena;
pub mod chess;
pub mod doudizhu;
pub mod echo;
