//! The client library against a fake server made of `proto`.

mod driver;
#[expect(dead_code, reason = "the load tester's tests use the rest")]
mod fake;
mod given_up;
mod rooms;
mod splits;
