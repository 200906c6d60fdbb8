//! What touches the operating system.

pub mod files;
