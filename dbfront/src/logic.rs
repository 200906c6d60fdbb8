//! What dbfront decides, without touching the world.

pub mod amend;
pub mod applier;
pub mod backlog;
pub mod backoff;
pub mod coalesce;
pub mod decode;
pub mod disk;
pub mod frame;
pub mod intake;
pub mod journal;
#[cfg(test)]
pub(crate) mod journal_script;
pub mod levels;
pub mod loss;
pub mod manifest;
pub mod mark;
pub mod model_disk;
pub mod overlay;
pub mod packing;
pub mod parts;
pub mod reader;
pub mod reads;
pub mod recovery;
pub mod row;
pub mod saved;
pub mod scan;
pub mod segment;
pub mod trail;
pub mod walk;
