//! The map through the world: who sees whom, and what becomes of those who go. The bundled map has cells of
//! 50 m, ten in a row, and no walls in its south-western corner.

use std::time::Duration;

use proto::{limits::LINK_DOWN_LATEST_BYTES, tables::CharacterRow};

use super::*;
use crate::logic::{event::Event, testing::LINK};

/// Ana and Bo are in one cell at the corner of the map, where four are heard.
const TWO: &str = "ana logs in
     bo logs in
     ana enters the map at 20000 20000
     bo enters the map at 30000 20000
     pass 66";

const TWO_SEEN: &str = "ana is in: gen 1, last 0, ok 0
     bo is in: gen 1, last 0, ok 0
     ana is avatar 1 at 20000 20000
     ana sees cell 0 whole, ana is at 20000 20000
     ana sees cell 1 whole
     ana sees cell 10 whole
     ana sees cell 11 whole
     ana sees cell 0, ana is at 20000 20000
     bo is avatar 2 at 30000 20000
     bo sees cell 0 whole, ana is at 20000 20000, bo is at 30000 20000
     bo sees cell 1 whole
     bo sees cell 10 whole
     bo sees cell 11 whole
     ana sees cell 0, bo is at 30000 20000
     bo sees cell 0, bo is at 30000 20000";

#[track_caller]
fn two(script: &str, expected: &str) {
    check(&format!("{TWO}\n{script}"), &format!("{TWO_SEEN}\n{expected}"));
}

#[test]
fn neighbors_see_each_other_move_once_a_tick_and_the_mover_sees_itself() {
    two(
        "ana moves 1 to 20100 20000
         ana moves 2 to 20200 20000
         bo moves 1 to 30000 20100
         pass 65
         note the tick
         pass 1
         pass 66
         bo moves 2 to 30000 20200",
        "note the tick
         ana sees cell 0, 1 moved to 20200 20000, 2 moved to 30000 20100
         bo sees cell 0, 1 moved to 20200 20000, 2 moved to 30000 20100
         ana sees cell 0, 2 moved to 30000 20200
         bo sees cell 0, 2 moved to 30000 20200",
    );
}

#[test]
fn a_move_that_did_not_happen_is_told_to_the_mover_alone_once_a_tick() {
    two(
        "ana moves 1 to 20100 20000
         ana moves 2 to 90000 20000
         ana moves 3 to -1 20000
         pass 66",
        "ana sees cell 0, 1 moved to 20100 20000
         bo sees cell 0, 1 moved to 20100 20000
         ana is at 20100 20000 after move 3: move_off_map",
    );
}

#[test]
fn whoever_walks_away_is_seen_no_more_and_hears_what_is_ahead() {
    check(
        "ana logs in
         bo logs in
         ana enters the map at 104000 20000
         pass 66
         bo enters the map at 4000 20000
         pass 66
         note ana goes east
         ana moves 1 to 95500 20000
         pass 66
         note ana goes west
         ana moves 2 to 94900 20000
         pass 66
         note ana goes back
         pass 2000
         ana moves 3 to 105001 20000
         pass 66
         bo moves 1 to 4001 20000
         pass 66",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana is avatar 1 at 104000 20000
         ana sees cell 1 whole
         ana sees cell 2 whole, ana is at 4000 20000
         ana sees cell 3 whole
         ana sees cell 11 whole
         ana sees cell 12 whole
         ana sees cell 13 whole
         ana sees cell 2, ana is at 4000 20000
         bo is avatar 2 at 4000 20000
         bo sees cell 0 whole, bo is at 4000 20000
         bo sees cell 1 whole
         bo sees cell 10 whole
         bo sees cell 11 whole
         bo sees cell 0, bo is at 4000 20000
         note ana goes east
         ana sees cell 2, 1 moved to -4500 20000
         note ana goes west
         ana sees cell 0 whole, bo is at 4000 20000
         ana sees cell 10 whole
         ana sees cell 1, ana is at 44900 20000
         bo sees cell 1, ana is at 44900 20000
         ana sees cell 2, 1 vanished
         note ana goes back
         ana sees cell 3 whole
         ana sees cell 13 whole
         ana sees cell 2, ana is at 5001 20000
         ana sees cell 1, 1 vanished
         bo sees cell 1, 1 vanished
         bo sees cell 0, 2 moved to 4001 20000",
    );
}

#[test]
fn one_whose_connection_went_stays_ten_seconds_and_vanishes() {
    two(
        "bo drops
         pass 9999
         note still there
         pass 1
         pass 66",
        "note still there
         ana sees cell 0, 2 vanished",
    );
}

#[test]
fn one_who_comes_back_in_time_goes_on_where_it_stands() {
    two(
        "bo moves 1 to 30000 25000
         pass 66
         bo drops
         pass 9000
         bo logs in
         bo enters the map at 100 100
         pass 2000
         bo moves 1 to 30000 25100
         pass 66
         bo enters the map at 100 100",
        "ana sees cell 0, 2 moved to 30000 25000
         bo sees cell 0, 2 moved to 30000 25000
         bo is in: gen 3, last 0, ok 0
         bo is avatar 2 at 30000 25000
         bo sees cell 0 whole, ana is at 20000 20000, bo is at 30000 25000
         bo sees cell 1 whole
         bo sees cell 10 whole
         bo sees cell 11 whole
         ana sees cell 0, 2 moved to 30000 25100
         bo sees cell 0, 2 moved to 30000 25100
         bo does not enter: already_on_map",
    );
}

#[test]
fn whoever_says_goodbye_vanishes_at_once() {
    two(
        "bo logs out
         pass 66",
        "bo is closed: logged_out
         ana sees cell 0, 2 vanished",
    );
    two(
        "bo leaves the map
         bo leaves the map
         pass 66
         bo moves 1 to 0 0
         pass 66",
        "ana sees cell 0, 2 vanished",
    );
}

#[test]
fn whoever_missed_the_news_of_a_cell_gets_a_snapshot_of_it() {
    two(
        "ana moves 1 to 20100 20000
         bo misses cell 0
         bo misses cell 55
         pass 66",
        "bo sees cell 0 whole, ana is at 20100 20000, bo is at 30000 20000
         ana sees cell 0, 1 moved to 20100 20000
         bo sees cell 0, 1 moved to 20100 20000",
    );
}

#[test]
fn what_happens_in_a_cell_is_heard_in_the_nine_around_it() {
    two(
        "ana shouts hey
         ana leaves the map
         bo shouts ho",
        "ana sees 2001 hey
         bo sees 2001 hey
         bo sees 2001 ho",
    );
}

#[test]
fn a_full_link_gets_no_news_and_then_snapshots() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run(TWO);
    play.people.transcript.clear();
    play.event(Event::LinkBacklog { link: LINK, bytes: LINK_DOWN_LATEST_BYTES + 1 });
    play.run("ana moves 1 to 20100 20000\npass 66\nana shouts hey");
    assert_eq!(play.people.transcript, Vec::<String>::new());
    play.event(Event::LinkBacklog { link: LINK, bytes: 0 });
    play.run("pass 66");
    let mut seen = play.people.transcript.clone();
    seen.sort();
    let cell = "cell 0 whole, ana is at 20100 20000, bo is at 30000 20000";
    assert_eq!(seen, [format!("ana sees {cell}"), format!("bo sees {cell}")]);
}

#[test]
fn a_map_without_news_wakes_nobody() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run(TWO);
    let waits = play.world.next_deadline().unwrap() - play.now.instant;
    assert!(Duration::from_secs(29) < waits, "until a place is to be kept");
    play.run("ana moves 1 to 20100 20000");
    assert_eq!(play.world.next_deadline(), Some(play.now.instant + WorldConfig::default().tick));
}

/// Fifty avatars in one cell and fifty in the next: whatever they do in a tick is written once a cell.
#[test]
fn a_tick_costs_one_writing_a_cell_however_many_hear_it() {
    let guests_per_address_per_hour = 100;
    let config = WorldConfig { preload: false, guests_per_address_per_hour, ..WorldConfig::default() };
    let mut play = Play::new(config);
    for number in 0..100 {
        let x_mm = if number < 50 { 20_000 } else { 70_000 };
        play.run(&format!("p{number} logs in\np{number} enters the map at {x_mm} {}", 1_000 + number * 10));
    }
    play.run("pass 66");
    let before = play.world.figures();
    for round in 1..=10 {
        for number in 0..100 {
            let x_mm = if number < 50 { 20_000 } else { 70_000 } + round * 10;
            play.run(&format!("p{number} moves {round} to {x_mm} {}", 1_000 + number * 10));
        }
        play.run("pass 66");
    }
    let after = play.world.figures();
    assert_eq!(after.moves - before.moves, 1_000);
    // The first move of a round leaves at once, if a tick has passed; the others leave together.
    assert!(after.cells_told - before.cells_told <= 10 * 3, "{}", after.cells_told - before.cells_told);
    assert_eq!(after.cells_snapshot, before.cells_snapshot);
    assert_eq!(after.moves_refused, 0);
}

/// Ida has walked from where newcomers begin, and a while has passed since.
fn with_ida_on_the_way(held: &str) -> Play {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in\nana makes Ida\nana enters with Ida");
    let at = ida_stands(&mut play);
    play.run(&format!("{held}\nana moves 1 to {} {}\npass 66", at.0 + 500, at.1));
    play.people.transcript.clear();
    play
}

/// Where she is on the map.
fn ida_stands(play: &mut Play) -> (i64, i64) {
    let account = proto::ids::AccountId(play.people.person("ana").account);
    play.world.place_of(account).map(|at| (at.x_mm, at.y_mm)).unwrap()
}

/// What her row says, in the journal's order.
fn ida_is_kept_at(play: &Play) -> (u32, i64, i64) {
    let row: &CharacterRow = &play.store.rows()[0];
    (row.map, row.x_mm, row.y_mm)
}

#[test]
fn where_a_character_stands_is_kept_every_half_minute_if_it_moved() {
    let mut play = with_ida_on_the_way("");
    let (x_mm, y_mm) = ida_stands(&mut play);
    assert_eq!(ida_is_kept_at(&play).0, 0, "nowhere yet");
    play.run("pass 30000");
    assert_eq!(ida_is_kept_at(&play), (1, x_mm, y_mm));
    let kept = play.world.figures().places_kept;
    play.run("pass 30000\npass 30000");
    assert_eq!(play.world.figures().places_kept, kept, "she stood still");
}

#[test]
fn where_a_character_stands_is_kept_when_it_leaves_or_its_connection_goes() {
    for goes in ["ana drops", "ana logs out", "ana leaves the world"] {
        let mut play = with_ida_on_the_way("");
        let (x_mm, y_mm) = ida_stands(&mut play);
        play.run(goes);
        assert_eq!(ida_is_kept_at(&play), (1, x_mm, y_mm), "{goes}");
        play.run("game dies\nana logs in\nana enters with Ida");
        assert_eq!(ida_stands(&mut play), (x_mm, y_mm), "{goes}");
    }
}

#[test]
fn nobody_waits_for_a_place_to_be_on_disk() {
    let mut play = with_ida_on_the_way("hold syncs");
    play.run("pass 30000\nana reads wallet");
    assert_eq!(play.world.figures().places_kept, 1);
    assert_eq!(play.people.transcript.last().unwrap(), "ana 3: ok, 1000 gold");
}

#[test]
fn without_room_for_a_record_a_character_still_leaves() {
    let config = WorldConfig { preload: false, inflight_records_max: 1, ..WorldConfig::default() };
    let mut play = Play::new(config);
    play.run("bo logs in\nana logs in\nana makes Ida\nana enters with Ida\nhold syncs\nana pays bo 1");
    play.people.transcript.clear();
    play.run("ana leaves the world\nlet syncs");
    assert_eq!(play.world.figures().places_kept, 0);
    assert!(play.people.transcript.contains(&"ana 4: ok".to_owned()), "{:?}", play.people.transcript);
}

#[test]
fn whoever_leaves_and_comes_again_is_no_faster_for_it() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in");
    let (mut x_mm, begins_mm) = (20_000, 20_000);
    for _ in 0..100 {
        play.run(&format!("ana enters the map at {x_mm} 20000\nana moves 1 to {} 20000", x_mm + 1_000));
        x_mm = ida_stands(&mut play).0;
        play.run("ana leaves the map\npass 100");
    }
    let went_mm = x_mm - begins_mm;
    assert!((50_000..=60_000).contains(&went_mm), "{went_mm} mm in 10 s at 6 m/s");
}
