//! Monsters.
