//! What dbfront decides, without touching the world.

pub mod applier;
pub mod backlog;
pub mod backoff;
pub mod coalesce;
pub mod decode;
pub mod intake;
pub mod overlay;
pub mod row;
