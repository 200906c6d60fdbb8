//! One room as a machine: what it hears goes in, what it says comes out, and the same heard again says the same.

pub(crate) mod bank;
pub(crate) mod clock;
pub(crate) mod counted;
pub(crate) mod differ;
mod gone;
pub(crate) mod kept;
pub(crate) mod packed;
pub(crate) mod purse;
pub(crate) mod quarantine;
pub(crate) mod rows;
pub(crate) mod run;
pub(crate) mod watch;
