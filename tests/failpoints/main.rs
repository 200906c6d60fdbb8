//! Real processes that die at failpoints while people play: in a build that has them.

mod deaths;
mod names;
