//! The world and its store: loading, lost links, refusals.

use proto::{
    ids::{Epoch, Lsn},
    turn::TxnId,
};

use super::*;
use crate::logic::{delivery::ConnKey, event::Event};

#[test]
fn a_full_pipeline_tells_commands_of_value_to_come_back_and_lets_others_through() {
    let play = Play::new(WorldConfig { preload: false, inflight_records_max: 1, ..WorldConfig::default() });
    check_with(
        play,
        "ana logs in
         bo logs in
         hold syncs
         ana pays bo 1
         ana pays bo 2
         bo says still here
         cy logs in
         sync
         ana pays bo 4
         sync",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 2: later store_busy
         cy is refused: store_busy
         ana 1: ok, 999 gold
         bo is paid 1 by ana, has 1001
         bo 1: ok
         ana hears bo: still here
         bo hears bo: still here
         ana 3: ok, 995 gold
         bo is paid 4 by ana, has 1005",
    );
}

#[test]
fn what_was_executed_while_the_store_was_away_happens_when_it_is_back() {
    check(
        "ana logs in
         bo logs in
         store goes
         ana pays bo 1
         ana pays bo 2
         note away
         store comes back",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         note away
         ana 1: ok, 999 gold
         bo is paid 1 by ana, has 1001
         ana 2: ok, 997 gold
         bo is paid 2 by ana, has 1003",
    );
}

#[test]
fn a_link_lost_after_any_number_of_synced_records_loses_nothing() {
    for synced in 0..=4 {
        check(
            &format!(
                "ana logs in
                 bo logs in
                 hold syncs
                 ana pays bo 1
                 ana pays bo 2
                 ana pays bo 4
                 ana pays bo 8
                 sync {synced}
                 store goes
                 ana pays bo 16
                 let syncs
                 store comes back
                 bo reads wallet"
            ),
            "ana is in: gen 1, last 0, ok 0
             bo is in: gen 1, last 0, ok 0
             ana 1: ok, 999 gold
             bo is paid 1 by ana, has 1001
             ana 2: ok, 997 gold
             bo is paid 2 by ana, has 1003
             ana 3: ok, 993 gold
             bo is paid 4 by ana, has 1007
             ana 4: ok, 985 gold
             bo is paid 8 by ana, has 1015
             ana 5: ok, 969 gold
             bo is paid 16 by ana, has 1031
             bo 1: ok, 1031 gold",
        );
    }
}

#[test]
fn another_epoch_stops_the_world_by_name() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in");
    play.event(Event::StoreDown);
    play.event(Event::StoreUp { epoch: Epoch(2), durable: Lsn(1), applied: Lsn(1), line: 0 });
    play.turn();
    assert_eq!(play.stop.map(|stop| stop.code()), Some("FENCED"));
    play.run("ana reads wallet");
    assert_eq!(play.people.transcript.len(), 1, "a stopped world says nothing more");
}

#[test]
fn a_store_that_lost_what_it_acknowledged_stops_the_world_by_name() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in\nbo logs in\nana pays bo 1");
    play.event(Event::StoreDown);
    play.event(Event::StoreUp { epoch: Epoch(1), durable: Lsn(1), applied: Lsn(1), line: 0 });
    play.turn();
    assert_eq!(play.stop.map(|stop| stop.code()), Some("JOURNAL_REGRESSION"));
}

#[test]
fn records_that_this_process_never_made_stop_the_world_by_name() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in");
    play.event(Event::Durable(Lsn(9)));
    play.turn();
    assert_eq!(play.stop.map(|stop| stop.code()), Some("DIVERGENCE"));
}

#[test]
fn a_record_that_makes_gold_from_nothing_is_refused_before_it_changes_anything() {
    let mut play = Play::new(WorldConfig { preload: false, start_gold: 7, ..WorldConfig::default() });
    play.run("ana logs in\nbo logs in");
    let ana = play.people.all["ana"].account;
    let made = play.world.figures().lsn_made;
    let ran = play.world.in_tx(ConnKey::default(), None, play.now, |tx| {
        let wallet = tx.row::<proto::tables::WalletRow>(&ana)?.expect("ana has a wallet");
        tx.put(proto::tables::WalletRow { gold: wallet.gold + 1, ..wallet });
        Ok(())
    });
    assert!(ran.is_ok());
    assert!(play.world.commit(TxnId::default(), play.now).is_err());
    assert_eq!(play.world.figures().records_refused, 1);
    assert_eq!(play.world.figures().lsn_made, made);
    play.people.transcript.clear();
    check_with(play, "ana reads wallet", "ana 1: ok, 7 gold");
}
