//! Tests over the whole: real processes from outside, and the habits of this repository.

mod cli;
mod lock;
mod support;
mod tidy;
