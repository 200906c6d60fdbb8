//! A dbfront that dies at each of its failpoints, again and again: in a build that has them.

#[path = "../storage/child.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod child;
#[path = "../link/game.rs"]
#[expect(dead_code, reason = "tests of the link use the rest")]
mod game;
mod kills;
#[path = "../storage/ledger.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod ledger;
#[path = "../../../lab/src/mariadb.rs"]
#[expect(dead_code, reason = "other tests do more to it")]
mod mariadb;
mod migrations;
#[path = "../../../lab/src/needs.rs"]
#[expect(dead_code, reason = "other tests need other things")]
mod needs;
mod panics;
