//! A seat on its way into rooms and out of them, with a game of no moves.

use std::time::Duration;

use client::Push;
use proto::{
    client::{ChessOver, RoomBack, RoomJoined, RoomLeft, RoomMatched, Wallet},
    kinds::{ROOM_CREATE, ROOM_JOIN, ROOM_LEAVE, ROOM_MATCH, ROOM_MATCH_CANCEL, WALLET_READ},
    wire::encode,
};
use rand_core::SeedableRng as _;

use super::*;

const CHOICES: Choices = Choices { think: Duration::ZERO, stake: 5 };
const OVER: u32 = 1_053;

struct Play {
    seat: Seat,
    parlor: Parlor,
    rng: ChaCha8Rng,
    now: Instant,
}

impl Play {
    fn new() -> Self {
        let seat = Seat::new(GameKind::Chess, CHOICES);
        let mut play = Self {
            seat,
            parlor: Parlor::default(),
            rng: ChaCha8Rng::seed_from_u64(1),
            now: tokio::time::Instant::now().into_std(),
        };
        play.seat.logged_in(7, 0, &mut play.parlor);
        play
    }

    /// In no room, with 100 gold.
    fn free() -> Self {
        let mut play = Self::new();
        assert_eq!(play.count(100), Ok(()));
        play
    }

    fn next(&mut self, mood: Mood) -> Option<Todo> {
        self.seat.next(mood, self.now, &mut self.rng, &mut self.parlor)
    }

    fn answer(&mut self, errand: Errand, outcome: &Outcome) -> Result<(), &'static str> {
        let told = self.seat.answered(errand, outcome, self.now, &mut self.parlor);
        told.map_err(|finding| finding.code)
    }

    fn hear(&mut self, push: &Push) -> Result<(), &'static str> {
        self.seat.hear(push, self.now, &mut self.parlor).map_err(|finding| finding.code)
    }

    fn count(&mut self, gold: i64) -> Result<(), &'static str> {
        let todo = self.next(Mood::Play).expect("it wants to know");
        assert_eq!((todo.kind, todo.errand), (WALLET_READ, Some(Errand::Count)));
        self.answer(Errand::Count, &Outcome::Ok(encode(&Wallet { gold, ver: 1 }).into()))
    }

    /// Into a room of a quick match, which may take some wishes.
    fn matched(&mut self, room: u64) {
        let matched = RoomMatched { room, kind: "chess".to_owned(), ..RoomMatched::default() };
        assert_eq!(self.hear(&Push::RoomMatched(matched)), Ok(()));
    }

    fn over(&mut self, winner: u64) -> Result<(), &'static str> {
        let (result, reason) = ("*".to_owned(), "aborted".to_owned());
        let over = ChessOver { result, reason, winner, ..ChessOver::default() };
        self.hear(&Push::Room {
            kind: OVER,
            lane: proto::kinds::Lane::MustArrive,
            body: encode(&over).into(),
        })
    }

    fn left(&mut self, room: u64, reason: &str) -> Result<(), &'static str> {
        self.hear(&Push::RoomLeft(RoomLeft { room, reason: reason.to_owned() }))
    }
}

#[test]
fn a_free_seat_looks_for_a_match_in_every_way() {
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..32 {
        let mut play = Play::free();
        play.rng = ChaCha8Rng::seed_from_u64(seed);
        kinds.insert(play.next(Mood::Play).expect("it wants to play").kind);
        assert_eq!(play.next(Mood::Play), None, "one command at a time");
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), [ROOM_CREATE, ROOM_MATCH]);
    let mut play = Play::free();
    play.parlor.offer(GameKind::Chess, "chess#3".to_owned());
    assert_eq!(play.next(Mood::Play).map(|todo| todo.kind), Some(ROOM_JOIN));
    assert_eq!(play.parlor.take(GameKind::Chess), None, "nobody else goes there");
}

#[test]
fn whoever_opens_a_room_says_so_to_the_others() {
    let mut play = Play::free();
    let joined = RoomJoined { room: 9, name: "chess#9".to_owned(), ..RoomJoined::default() };
    assert_eq!(play.answer(Errand::Create, &Outcome::Ok(encode(&joined).into())), Ok(()));
    assert_eq!(play.parlor.take(GameKind::Chess).as_deref(), Some("chess#9"));
    assert_eq!(play.next(Mood::Hurry).map(|todo| todo.kind), Some(ROOM_LEAVE), "nobody has come");
}

#[test]
fn gold_after_a_match_is_what_the_match_brought() {
    for (gold, expected) in [(100, Ok(())), (95, Err("match_gold"))] {
        let mut play = Play::free();
        play.matched(9);
        assert_eq!(play.over(0), Ok(()));
        assert_eq!(play.left(9, "finished"), Ok(()));
        assert_eq!(play.count(gold), expected);
        assert!(play.seat.is_free());
    }
}

#[test]
fn a_room_that_is_finished_without_an_end_is_found() {
    let mut play = Play::free();
    play.matched(9);
    assert_eq!(play.left(9, "finished"), Err("match_unexplained"));
}

#[test]
fn a_room_that_is_closed_gives_stakes_back() {
    let mut play = Play::free();
    play.matched(9);
    assert_eq!(play.left(9, "room_failed"), Ok(()));
    assert_eq!(play.parlor.figures.closed.get("room_failed"), Some(&1));
    assert_eq!(play.count(95), Err("match_gold"));
}

#[test]
fn who_waits_at_the_end_of_a_run_waits_no_longer() {
    let mut play = Play::free();
    assert_eq!(play.answer(Errand::Match, &Outcome::Ok(bytes::Bytes::new())), Ok(()));
    assert_eq!(play.next(Mood::Play), None);
    assert_eq!(play.next(Mood::Hurry).map(|todo| todo.kind), Some(ROOM_MATCH_CANCEL));
    assert_eq!(play.answer(Errand::Cancel, &Outcome::Ok(bytes::Bytes::new())), Ok(()));
    assert!(play.seat.is_free());
}

#[test]
fn a_seat_is_kept_over_a_gap_or_its_match_ended_unheard() {
    let mut play = Play::free();
    play.matched(9);
    play.seat.interrupted();
    play.seat.logged_in(7, 9, &mut play.parlor);
    let back = RoomBack { room: 9, kind: "chess".to_owned(), ..RoomBack::default() };
    assert_eq!(play.hear(&Push::RoomBack(back)), Ok(()));
    assert_eq!(play.parlor.figures.seats_kept, 1);
    play.seat.interrupted();
    play.seat.logged_in(7, 0, &mut play.parlor);
    assert_eq!(play.parlor.figures.ends_unheard, 1);
    assert_eq!(play.count(105), Ok(()), "it may have won");
    play.matched(10);
    play.seat.interrupted();
    play.seat.logged_in(7, 0, &mut play.parlor);
    assert_eq!(play.count(107), Err("match_gold"), "but not by two");
}

#[test]
fn a_seat_of_which_nobody_heard_is_taken_after_a_gap() {
    let mut play = Play::free();
    play.seat.interrupted();
    play.seat.logged_in(7, 12, &mut play.parlor);
    assert_eq!(play.next(Mood::Play), None, "it is shown first");
    let back = RoomBack { room: 12, kind: "chess".to_owned(), ..RoomBack::default() };
    assert_eq!(play.hear(&Push::RoomBack(back)), Ok(()));
    assert_eq!(play.left(12, "abandoned"), Ok(()));
    assert_eq!(play.count(100), Ok(()));
}

#[test]
fn players_of_one_match_are_told_one_end() {
    let mut parlor = Parlor::default();
    let end = |told: &str| End { told: told.to_owned(), gold: 0 };
    assert_eq!(parlor.ended(1, &end("1-0 checkmate 33")), Ok(()));
    assert_eq!(parlor.ended(1, &end("1-0 checkmate 33")), Ok(()));
    assert_eq!(parlor.ended(2, &end("0-1 time 40")), Ok(()));
    let told = parlor.ended(1, &end("1-0 checkmate 35")).map_err(|finding| finding.code);
    assert_eq!(told, Err("match_differs"));
    assert_eq!(parlor.figures.results.get("1-0"), Some(&3));
}

#[test]
fn where_many_play_some_wish_for_arenas_of_three_and_of_four_as_many_as_those_have() {
    let mut parlor = Parlor::default();
    for account in 1..=12 {
        assert_eq!(parlor.seats_wished(GameKind::Arena, account), 2, "few are known yet");
    }
    let round: Vec<usize> = (1..=16).map(|account| parlor.seats_wished(GameKind::Arena, account)).collect();
    assert_eq!(round, [2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 2]);
    let again: Vec<usize> = (1..=15).map(|account| parlor.seats_wished(GameKind::Arena, account)).collect();
    assert_eq!(again, [2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 2]);
    for account in 1..=40 {
        assert_eq!(parlor.seats_wished(GameKind::Doudizhu, account), 3);
    }
}

#[test]
fn whoever_is_told_that_it_waits_no_more_looks_for_a_match_again() {
    let mut play = Play::free();
    assert_eq!(play.answer(Errand::Match, &Outcome::Ok(Vec::new().into())), Ok(()));
    assert_eq!(play.next(Mood::Play), None, "it waits");
    assert_eq!(play.left(0, "wish_crowded_out"), Ok(()));
    assert!(play.next(Mood::Play).is_some());
}
