//! A hand of cards that is over, watched by anybody: what all heard is shown, and no card that its owner kept.

use std::collections::BTreeSet;

use proto::{
    client::{
        DoudizhuBade, DoudizhuBid, DoudizhuLandlord, DoudizhuOver, DoudizhuPlayed, DoudizhuSeated,
        DoudizhuTable, DoudizhuTurn, ReplayFetch, ReplayWatch,
    },
    kinds,
    prescan::Budget,
    tables::ReplayRow,
    wire,
};

use super::{matches::last, *};
use crate::{
    registry::Registry,
    rooms::doudizhu::{BADE, BID, DEALT, LANDLORD, OVER, PLAYED, SEATED, TABLE, TURN},
};

/// Three have played one, the server for them, and Dan has looked on; how long it took.
fn played() -> (Play, u64) {
    let mut play = Play::with_rooms(idle(), Registry::bundled);
    play.run("ana logs in\nbo logs in\ncid logs in\ndan logs in\neva logs in\ndan looks on at doudizhu");
    play.run("ana joins doudizhu\nbo joins doudizhu\ncid joins doudizhu");
    for name in ["ana", "bo", "cid"] {
        // Out of turn it is refused.
        play.command(name, BID, &wire::encode(&DoudizhuBid { points: 3 }));
        play.turn();
    }
    for _ in 0..400 {
        if !play.store.rows::<ReplayRow>().is_empty() {
            break;
        }
        play.run("pass 2000");
    }
    let row = play.store.rows::<ReplayRow>().pop().expect("it is over");
    assert!(row.outcome.contains("times the base"), "{}", row.outcome);
    (play, row.ended_ms - row.opened_ms)
}

/// Eva sees it from this moment on: kinds and bodies, as they came.
fn watch(play: &mut Play, from_ms: u64) -> Vec<(u32, Vec<u8>)> {
    let replay = play.store.rows::<ReplayRow>()[0].id;
    play.command("eva", kinds::REPLAY_WATCH, &wire::encode(&ReplayWatch { replay, speed: 16, from_ms }));
    play.turn();
    for _ in 0..6_000 {
        if last(play).starts_with("eva has seen it all") {
            break;
        }
        play.pass(std::time::Duration::from_millis(10));
    }
    assert!(last(play).ends_with(", as then"), "{}", last(play));
    std::mem::take(&mut play.people.shown)
}

/// The message, and nothing but it.
macro_rules! exactly {
    ($message:ty, $body:expr) => {{
        let message: $message = wire::decode($body, Budget::LINK).expect("it is one");
        assert_eq!(wire::encode(&message), *$body, "something more is in it");
        message
    }};
}

/// Looks through all that a watcher was shown: only what is on the list, and no card but those that lie on the table.
fn look(shown: &[(u32, Vec<u8>)]) {
    let mut public = BTreeSet::new();
    for (kind, body) in shown {
        match *kind {
            TABLE => {
                let table = exactly!(DoudizhuTable, body);
                assert!(table.you == 0 && table.hand.is_empty(), "{table:?}");
                public.extend(table.bottom.iter().chain(&*table.played).copied());
                assert!(table.lead_cards.iter().all(|card| public.contains(card)), "{table:?}");
            }
            LANDLORD => public.extend(exactly!(DoudizhuLandlord, body).bottom.iter().copied()),
            PLAYED => public.extend(exactly!(DoudizhuPlayed, body).cards.iter().copied()),
            SEATED => drop(exactly!(DoudizhuSeated, body)),
            TURN => drop(exactly!(DoudizhuTurn, body)),
            BADE => drop(exactly!(DoudizhuBade, body)),
            OVER => drop(exactly!(DoudizhuOver, body)),
            _ => panic!("{kind} is not on the list"),
        }
    }
    assert!(public.len() < 54, "whoever lost has kept a card, which nobody was shown");
}

#[test]
fn a_hand_that_is_over_is_watched_as_all_heard_it_and_shows_no_card_that_was_kept() {
    let (mut play, took) = played();
    let heard = play.people.transcript.iter().filter_map(|line| line.strip_prefix("dan sees 10"));
    // What Dan alone was told when cards were dealt, and shown when he came.
    let to_all =
        |line: &&str| ![DEALT, TABLE].iter().any(|kind| format!("10{line}").starts_with(&kind.to_string()));
    let then: Vec<String> = heard.filter(to_all).map(str::to_owned).collect();
    play.people.transcript.clear();
    let shown = watch(&mut play, 0);
    look(&shown);
    let now = play.people.transcript.iter().filter_map(|line| line.strip_prefix("eva is shown 10"));
    let now: Vec<String> = now.map(str::to_owned).collect();
    assert!(now[0].starts_with("65"), "the table as it was at first");
    assert_eq!(now[1..], then);
    let from_the_middle = watch(&mut play, took / 2);
    assert_eq!(from_the_middle[0].0, TABLE);
    let table: DoudizhuTable = wire::decode(&from_the_middle[0].1, Budget::LINK).expect("it is one");
    assert!(table.seats.iter().all(|seat| 0 < seat.cards) && table.seats.len() == 3, "cards are held then");
    look(&from_the_middle);
}

#[test]
fn the_file_of_a_hand_is_for_nobody_who_plays() {
    let (mut play, _) = played();
    let replay = play.store.rows::<ReplayRow>()[0].id;
    for name in ["ana", "eva"] {
        play.command(name, kinds::REPLAY_FETCH, &wire::encode(&ReplayFetch { replay, part: 0 }));
        play.turn();
        assert!(last(&play).ends_with("rejected replay_is_secret"), "{}", last(&play));
    }
    watch(&mut play, 0);
    play.command("ana", kinds::REPLAY_FETCH, &wire::encode(&ReplayFetch { replay, part: 0 }));
    play.turn();
    assert!(last(&play).ends_with("rejected replay_is_secret"), "though it is on the shelf: {}", last(&play));
    assert!(play.people.fetched.is_empty());
}
