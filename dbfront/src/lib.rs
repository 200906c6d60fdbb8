//! dbfront: makes what game decided durable in a journal, in order, and applies the journal to the
//! database exactly once.

pub mod driver;
pub mod logic;
pub mod store;
