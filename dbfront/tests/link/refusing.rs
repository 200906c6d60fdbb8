//! A database that refuses some records for good, by a trigger that no build makes, and what an operator does about it:
//! the same on every database.

use std::time::Duration;

use dbfront::{OrderError, Poison, Replacement, Tried};
use proto::{ids::Lsn, link::Record, wire};

use crate::{
    game::{Game, greeting, opening, pay},
    server::Server,
};

/// Statements on the database, by another connection than dbfront's.
pub type Sql<'a> = &'a dyn Fn(&str);

pub const BOUND: Duration = Duration::from_secs(60);

pub fn poison(server: &Server) -> Poison {
    let is_paused = server.until(BOUND, |server| server.metrics.state() == "applying_paused_POISON");
    assert!(is_paused, "{} {:?}", server.metrics.state(), server.metrics.figures());
    // The word comes a moment before the thread waits.
    let is_told = |server: &Server| server.orders.poison().expect("it serves").is_some();
    assert!(server.until(BOUND, is_told));
    server.orders.poison().expect("it serves").expect("told")
}

pub fn replacement(lsn: u64, record: &Record) -> Replacement {
    let (author, reason) = ("ada (uid 7)".to_owned(), "thirteen is refused".to_owned());
    Replacement { lsn: Lsn(lsn), record: wire::encode(record), author, reason }
}

/// Tries again while a try of the database's is under way.
pub fn amend(server: &Server, wanted: &Replacement) -> Result<(), OrderError> {
    let mut result = Err(OrderError::Busy);
    server.until(BOUND, |server| {
        result = server.orders.amend(wanted.clone(), BOUND);
        !matches!(result, Err(OrderError::Busy))
    });
    result
}

/// A game that comes while dbfront begins again.
pub fn begin(server: &Server, instance: u64) -> Game {
    // Zero again when the threads that begin anew have applied it.
    assert!(server.until(BOUND, |server| server.figure("poison_lsn") == 0));
    Game::begin(&server.config.link_path, instance)
}

/// Accounts 1 and 2 and a database that refuses 13 in a wallet; then record 4, which wants 13 there, and one more.
pub fn refused(server: &Server, refuse_13: Sql<'_>, trigger: &str) -> Game {
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);
    refuse_13(trigger);
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 10), pay(4, (1, 90, 3), (2, 60, 3), 77)]);
    game.turn(5, &[opening(3, 5)]);
    game.until_durable(5);
    game
}

/// What another payment of that turn would be.
pub fn smaller() -> Record {
    pay(4, (1, 90, 3), (2, 60, 3), 76)
}

/// Retry does not help, what is not fit is refused, a fit replacement is applied, and whoever wrote is out.
pub fn a_refused_record_is_replaced(server: Server, refuse_13: Sql<'_>, trigger: &str) -> Server {
    let mut game = refused(&server, refuse_13, trigger);
    let told = poison(&server);
    assert_eq!((told.lsn, told.table), (Lsn(4), "wallet"));
    assert_eq!(server.figure("poison_lsn"), 4);
    assert!(!told.detail.contains("90") && !told.detail.contains("77"), "no contents: {}", told.detail);
    let Ok(Tried::Refused(again)) = server.orders.retry(BOUND) else { panic!("nothing was mended") };
    assert!(told.tries < again.tries && again.lsn == Lsn(4));

    let code = |wanted: &Replacement| amend(&server, wanted).expect_err("not fit").code();
    assert_eq!(code(&replacement(3, &smaller())), "other_record");
    assert_eq!(code(&replacement(4, &pay(4, (1, 90, 3), (2, 61, 3), 76))), "amend.other_row");
    assert_eq!(code(&replacement(4, &opening(3, 5))), "amend.other_row");
    let mut made_up = smaller();
    made_up.mutations.remove(0);
    assert_eq!(code(&replacement(4, &made_up)), "entry.unbalanced");
    let mut unsigned = replacement(4, &smaller());
    unsigned.reason.clear();
    assert_eq!(code(&unsigned), "bad_signature");
    game.turn(6, &[opening(4, 6)]);
    game.until_durable(6);

    amend(&server, &replacement(4, &smaller())).expect("fit");
    assert_eq!(game.until_refused(), "AMENDED");
    let epoch = game.welcome.epoch;
    let mut next = begin(&server, 9);
    next.until_applied(6);
    assert_eq!(next.all_gold(10), [(1, 14), (2, 136), (3, 5), (4, 6)]);
    assert_eq!(server.figure("poison_lsn"), 0);
    assert_eq!(server.metrics.state(), "ready");
    assert!(matches!(server.orders.retry(BOUND), Err(OrderError::NoPoison)));
    // What it had in memory followed from the record that was replaced.
    let old = proto::link::LinkHello { epoch, ..greeting(7) };
    assert_eq!(Game::knock(&server.config.link_path, &old).welcome.refused, "FENCED");
    server
}

/// A later record builds on what the refused one leaves: that must stay, and the table is mended instead.
pub fn what_is_built_on_stays(server: Server, sql: Sql<'_>, trigger: &str, drop: &str) -> Server {
    let mut game = refused(&server, sql, trigger);
    // Before the next one comes: applied together, only what is left of both would be seen.
    poison(&server);
    game.turn(6, &[pay(6, (2, 137, 4), (1, 13, 4), 7)]);
    game.until_durable(6);
    let refused = amend(&server, &replacement(4, &smaller())).expect_err("built on");
    assert_eq!(refused.code(), "amend.amount", "{refused}");
    let mut nothing = smaller();
    nothing.mutations.clear();
    assert_eq!(amend(&server, &replacement(4, &nothing)).expect_err("needed").code(), "amend.needed");
    sql(drop);
    assert_eq!(server.orders.retry(BOUND).expect("one is refused"), Tried::Applied);
    game.until_applied(6);
    assert_eq!(game.all_gold(10), [(1, 20), (2, 130), (3, 5)]);
    server
}
