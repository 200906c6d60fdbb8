//! The load tester against the client library's fake server: good runs are good, and every planted fault
//! is found.

#[path = "../../../client/tests/it/fake/mod.rs"]
mod fake;
mod runs;
