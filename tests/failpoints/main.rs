//! Real processes that die or fail at failpoints while people play: in a build that has them.

mod deaths;
mod names;
mod syncs;
