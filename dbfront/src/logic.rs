//! What dbfront decides, without touching the world.

pub mod row;
