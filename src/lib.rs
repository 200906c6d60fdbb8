//! ding.
