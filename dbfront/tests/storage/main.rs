//! A dbfront on a disk that fails, fills, forgets, stalls or goes away under it: real processes, real file systems.

mod calls;
#[expect(dead_code, reason = "tests of failpoints use the rest")]
mod child;
#[path = "../link/game.rs"]
#[expect(dead_code, reason = "tests of the link use the rest")]
mod game;
mod image;
mod ledger;
mod lost;
#[path = "../../../lab/src/mariadb.rs"]
#[expect(dead_code, reason = "other tests do more to it")]
mod mariadb;
#[path = "../../../lab/src/needs.rs"]
#[expect(dead_code, reason = "other tests need other things")]
mod needs;
mod power;
mod regress;
mod space;
mod syncs;
#[path = "../../../lab/src/tmpfs.rs"]
mod tmpfs;
