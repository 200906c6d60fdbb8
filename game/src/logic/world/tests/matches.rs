//! Durable rooms through the world: what they heard survives game, gold in their pots is nobody's loss, and one that
//! cannot go on is closed by name.

use std::time::Duration;

use proto::{
    kinds::{KindDef, Lane},
    tables::{
        LedgerRow, RatingRow, ReplayChunkRow, ReplayPlayerRow, ReplayRow, RoomEntryRow, RoomRow,
        RoomStakeRow, WalletRow,
    },
};
use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    logic::event::WorldConfig,
    registry::Registry,
    room::{
        Answer, Journal, Limits, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Snapshot, Tick,
        TimerId, command, told,
    },
};
use proto::ids::AccountId;
use rand_chacha::rand_core::Rng as _;

/// A room that does what it is told and remembers it.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Book {
    lines: Vec<String>,
    rolled: u32,
}

const DO: u32 = 2_100;
const SEEN: u32 = 2_101;
const ASKED: u32 = 2_102;

impl RoomKind for Book {
    const NAME: &'static str = "book";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 4;
    const PLAYERS_MAX: usize = 2;
    const KINDS: &'static [KindDef] = &[
        command(DO, "book_do", 1_024, 1),
        told(SEEN, "book_seen", 60 * 1_024, Lane::MustArrive),
        told(ASKED, "book_asked", 64, Lane::MustArrive),
    ];
    const LIMITS: Limits = Limits { inputs: 40, state_bytes: 4_096, ..Limits::DEFAULT };

    fn open(opening: &Opening<'_>) -> Result<Self, Refusal> {
        if opening.number == 13 { Err(Refusal("unlucky")) } else { Ok(Self::default()) }
    }
}

impl Book {
    fn note(&mut self, ctx: &mut RoomCtx<'_>, line: String) {
        ctx.broadcast(SEEN, line.as_bytes());
        self.lines.push(line);
    }
}

impl Room for Book {
    fn leave(&mut self, ctx: &mut RoomCtx<'_>, _: AccountId) {
        self.note(ctx, "left".to_owned());
    }

    fn away(&mut self, ctx: &mut RoomCtx<'_>, _: AccountId) {
        self.note(ctx, "away".to_owned());
    }

    fn back(&mut self, ctx: &mut RoomCtx<'_>, _: AccountId) {
        self.note(ctx, "back".to_owned());
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        let text = String::from_utf8_lossy(message.body).into_owned();
        let from = message.from;
        match text.split(':').collect::<Vec<_>>()[..] {
            ["refuse"] => return Err(Refusal("as_told")),
            ["stake", gold] => ctx.stake(from, gold.parse().map_err(|_| Refusal("number"))?)?,
            ["win"] => ctx.settle(&[(from, ctx.pot())])?,
            ["half"] => ctx.settle(&[(from, ctx.pot() / 2)])?,
            ["refund"] => ctx.refund(from)?,
            ["finish"] => {
                let places = ctx.players().map(|it| (it.account, 1 + u32::from(it.account != from)));
                let places = places.collect();
                ctx.finish(Outcome { text: "as told".to_owned(), places });
            }
            ["panic"] => panic!("as told"),
            ["remind", ms] => {
                ctx.set_timer(TimerId(1), Duration::from_millis(ms.parse().map_err(|_| Refusal("number"))?));
            }
            ["ask", ms] => {
                let wait = Duration::from_millis(ms.parse().map_err(|_| Refusal("number"))?);
                ctx.ask(from, ASKED, b"well?", wait);
            }
            ["roll"] => self.rolled = ctx.rng().next_u32(),
            ["kick-me"] => ctx.kick(from),
            ["time"] => {
                ctx.answer(ctx.time().as_millis().to_string().as_bytes());
                return Ok(());
            }
            ["show"] => {
                ctx.answer(self.lines.join(" ").as_bytes());
                return Ok(());
            }
            ["rolled"] => {
                ctx.answer(if self.rolled == 0 { b"no" } else { b"yes" });
                return Ok(());
            }
            ["flood"] => (0..5).for_each(|_| ctx.broadcast(SEEN, &[b'x'; 60 * 1_024])),
            ["calls"] => (0..5_000).for_each(|_| ctx.cancel_timer(TimerId(1))),
            ["mixed"] => {
                for round in ["one", "two"] {
                    ctx.broadcast(SEEN, format!("{round} for all").as_bytes());
                    ctx.send(from, SEEN, format!("{round} for you").as_bytes());
                }
            }
            ["fat"] => self.lines.push("x".repeat(5_000)),
            _ => {}
        }
        self.note(ctx, text);
        Ok(())
    }

    fn timer(&mut self, ctx: &mut RoomCtx<'_>, _: TimerId) {
        let at = ctx.time().as_millis();
        self.note(ctx, format!("rang at {at}"));
    }

    fn answered(&mut self, ctx: &mut RoomCtx<'_>, answer: Answer<'_>) {
        let said =
            answer.body.map_or_else(|end| end.to_string(), |it| String::from_utf8_lossy(it).into_owned());
        self.note(ctx, format!("answered {said}"));
    }

    fn view(&self, _: AccountId, snapshot: &mut Snapshot<'_>) {
        snapshot.packet(SEEN, format!("{} lines", self.lines.len()).as_bytes());
    }
}

pub(super) fn books() -> Play {
    Play::with_rooms(WorldConfig { preload: false, ..WorldConfig::default() }, || {
        let mut registry = Registry::new();
        registry.register::<Book>().unwrap();
        registry
    })
}

pub(super) fn last(play: &Play) -> &str {
    play.people.transcript.last().map_or("", String::as_str)
}

/// All gold there is, in wallets and pots.
fn gold(play: &Play) -> i64 {
    let wallets: i64 = play.store.rows::<WalletRow>().iter().map(|row| row.gold).sum();
    wallets + play.store.rows::<RoomStakeRow>().iter().map(|row| row.gold).sum::<i64>()
}

#[test]
fn a_durable_room_goes_on_after_game_died_and_its_members_find_their_seats() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\nana joins book#7\nbo joins book#7");
    play.run("ana commands 2100 note-one\nbo commands 2100 roll");
    assert_eq!(play.store.rows::<RoomRow>().len(), 1);
    play.run("game dies");
    assert_eq!(play.world.figures().rooms, 1);
    assert_eq!(play.world.figures().rooms_recovered, 1);
    play.people.transcript.clear();
    play.run("ana comes back\nana commands 2100 show");
    assert!(last(&play).contains("ok, note-one roll"), "{:#?}", play.people.transcript);
    assert!(
        play.people.transcript.iter().any(|line| line.contains("2 lines")),
        "{:#?}",
        play.people.transcript
    );
    play.run("ana commands 2100 rolled");
    assert!(last(&play).ends_with("ok, yes"), "randomness was drawn once, and is remembered");
    play.run("ana joins book#8");
    assert!(last(&play).ends_with("rejected already_in_room"), "a seat is kept: {}", last(&play));
}

#[test]
fn a_member_hears_what_is_said_to_all_and_to_it_alone_as_the_room_said_it() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\nana joins book\nbo joins book");
    play.people.transcript.clear();
    play.run("ana commands 2100 mixed");
    let hears = |who: &str| -> Vec<&str> {
        let lines = play.people.transcript.iter().filter(|line| line.starts_with(who));
        lines.filter_map(|line| line.find(" for ").map(|at| &line[at - 3..])).collect()
    };
    assert_eq!(hears("ana"), ["one for all", "one for you", "two for all", "two for you"]);
    assert_eq!(hears("bo"), ["one for all", "two for all"]);
}

#[test]
fn timers_and_clocks_of_a_room_are_right_after_a_crash() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 remind-not\nana commands 2100 remind:10000");
    play.run("pass 4000\ngame dies\npass 3000\nana comes back\nana commands 2100 time");
    let time: u64 = last(&play).rsplit(' ').next().unwrap().parse().unwrap();
    assert!((6_000..=7_000).contains(&time), "a second at most is given back: {time}");
    play.run("pass 2900\nana commands 2100 show");
    assert!(!last(&play).contains("rang"), "{}", last(&play));
    play.run("pass 1200\nana commands 2100 show");
    let rang: u64 = last(&play).rsplit(' ').next().unwrap().parse().unwrap();
    assert!((10_000..=11_200).contains(&rang), "in the turn that was after its time: {rang}");
}

#[test]
fn stakes_are_settled_once_and_the_ledger_says_why() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\nana joins book\nbo joins book");
    play.run("ana commands 2100 stake:400\nbo commands 2100 stake:300");
    assert_eq!(play.store.rows::<RoomStakeRow>().iter().map(|row| row.gold).sum::<i64>(), 700);
    play.run("game dies\nana comes back\nbo comes back\nana commands 2100 stake:5000");
    assert!(last(&play).ends_with("rejected not_enough_gold"), "{}", last(&play));
    play.run("ana commands 2100 half\ngame dies\nana comes back\nana reads wallet");
    assert!(last(&play).ends_with("ok, 950 gold"), "{}", last(&play));
    assert!(play.store.rows::<RoomStakeRow>().is_empty());
    assert_eq!(gold(&play), 2_000 - 350, "the house keeps the other half");
    let ledger: Vec<(u32, i64)> = play
        .store
        .rows::<LedgerRow>()
        .iter()
        .filter(|row| 15 <= row.reason)
        .map(|row| (row.reason, row.amount))
        .collect();
    assert_eq!(ledger, [(15, 400), (15, 300), (17, 350), (18, 350)]);
}

#[test]
fn a_panic_closes_the_room_refunds_what_was_staked_and_leaves_what_led_to_it() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\ncy logs in\nana joins book\nbo joins book\ncy joins book#2");
    play.run("ana commands 2100 stake:400\nbo commands 2100 stake:300\nbo commands 2100 panic");
    let seen = play.people.transcript.join("\n");
    assert!(
        seen.contains("ana is out of the room: room_failed\nbo is out of the room: room_failed"),
        "{seen}"
    );
    assert_eq!(gold(&play), 3_000);
    assert!(play.store.rows::<RoomStakeRow>().is_empty() && play.store.rows::<RoomEntryRow>().len() == 1);
    let broken = play.broken.remove(0);
    assert_eq!((broken.name, broken.kind), ("room_failed", "book"));
    assert!(broken.detail.contains("as told"), "{}", broken.detail);
    let bundle = broken.bundle.unwrap();
    assert_eq!((bundle.inputs.len(), bundle.outcome.as_str()), (5, "room_failed"));
    assert!(!bundle.state.is_empty() && bundle.backtrace.contains("as told"));
    play.run("cy commands 2100 show");
    assert!(last(&play).ends_with("ok"), "others play on: {}", last(&play));
    play.run("ana joins book");
    assert!(
        play.people.transcript.join("\n").contains("ana 3: ok, 1 members"),
        "{}",
        play.people.transcript.join("\n")
    );
}

#[test]
fn a_room_that_takes_too_much_is_closed_by_the_name_of_what_it_took() {
    for (takes, name) in [("flood", "ROOM_OUTPUT"), ("calls", "ROOM_CALLS")] {
        let mut play = books();
        play.run("ana logs in\nana joins book\nana commands 2100 stake:100");
        play.run(&format!("ana commands 2100 {takes}\nana reads wallet"));
        let seen = play.people.transcript.join("\n");
        assert!(seen.contains(&format!("ana is out of the room: {name}")), "{seen}");
        assert!(last(&play).ends_with("ok, 1000 gold"), "{seen}");
    }
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 fat");
    play.run("pass 61000\nana commands 2100 show");
    assert!(play.people.transcript.join("\n").contains("ana is out of the room: ROOM_STATE"));
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 stake:100\nana commands 2100 fat");
    play.run("ana commands 2100 finish\nana reads wallet");
    let seen = play.people.transcript.join("\n");
    let is_told = |line: &str| seen.contains(line);
    assert!(is_told("ana is out of the room: ROOM_STATE") && is_told("rejected ROOM_STATE"), "{seen}");
    assert!(last(&play).ends_with("ok, 1000 gold"), "{seen}");
    let mut play = books();
    play.run("ana logs in\nana joins book");
    (0..40).for_each(|_| play.run("ana commands 2100 x"));
    assert!(play.people.transcript.join("\n").contains("ana is out of the room: ROOM_INPUTS"));
}

#[test]
fn a_finished_match_is_kept_and_counts_for_its_players() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\nana joins book\nbo joins book\nana commands 2100 stake:100");
    play.run("pass 61000\nana commands 2100 x\nbo commands 2100 finish");
    let seen = play.people.transcript.join("\n");
    assert!(
        seen.contains("ana is out of the room: finished") && seen.contains("bo is out of the room: finished")
    );
    let replays = play.store.rows::<ReplayRow>();
    assert_eq!((replays.len(), replays[0].outcome.as_str(), replays[0].inputs), (1, "as told", 5));
    assert_eq!(replays[0].chunks, u32::try_from(play.store.rows::<ReplayChunkRow>().len()).unwrap());
    let mut ratings: Vec<u32> = play.store.rows::<RatingRow>().iter().map(|row| row.rating).collect();
    ratings.sort_unstable();
    assert_eq!(ratings, [1_484, 1_516]);
    assert_eq!(play.store.rows::<ReplayPlayerRow>().len(), 2);
    assert!(play.store.rows::<RoomRow>().is_empty() && play.store.rows::<RoomEntryRow>().is_empty());
    assert_eq!(gold(&play), 2_000, "what was still staked is given back");
    play.run("game dies");
    assert_eq!(play.world.figures().rooms, 0);
}

#[test]
fn wherever_game_dies_gold_is_conserved_and_a_match_is_there_or_over() {
    let (begins, ends) = (
        "ana joins book\nbo joins book\nana commands 2100 stake:400\nbo commands 2100 stake:300",
        "ana commands 2100 x\nana commands 2100 win\nbo commands 2100 stake:50\nana commands 2100 finish",
    );
    // By the end of a minute it is saved; that takes no turn in which nothing becomes durable.
    let parts = [
        ("ana logs in\nbo logs in".to_owned(), begins),
        (format!("ana logs in\nbo logs in\n{begins}\npass 61000"), ends),
    ];
    for (before, script) in parts {
        let held = || {
            let mut play = books();
            play.run(&before);
            let records = play.store.journal.len();
            play.run("hold syncs");
            play.run(script);
            let more = play.store.journal.len() - records;
            (play, more)
        };
        for cut in 0..=held().1 {
            let mut play = held().0;
            play.sync(cut as u64);
            play.held.syncs = false;
            play.run("game dies");
            assert_eq!(gold(&play), 2_000, "after {cut} records");
            let rooms = play.store.rows::<RoomRow>().len();
            assert_eq!(rooms as u64, play.world.figures().rooms, "after {cut} records");
            assert!(rooms == 0 || play.world.figures().rooms_broken == 0);
            play.run("ana comes back\nbo comes back\nana commands 2100 finish");
            assert!(play.store.rows::<RoomRow>().is_empty(), "after {cut} records");
            assert!(play.store.rows::<RoomStakeRow>().is_empty(), "after {cut} records");
            assert_eq!(gold(&play), 2_000, "after {cut} records");
        }
    }
}

#[test]
fn an_ask_is_shown_again_after_a_crash_and_ends_in_time() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 ask:5000\ngame dies");
    play.people.transcript.clear();
    play.run("ana comes back");
    assert!(play.people.transcript.join("\n").contains("well?"), "{:#?}", play.people.transcript);
    play.run("pass 6000\nana commands 2100 show");
    assert!(last(&play).contains("answered late"), "{}", last(&play));
}

#[test]
fn a_kick_that_a_crash_cut_off_is_made_good() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\nana joins book\nbo joins book\nhold syncs\nbo commands 2100 kick-me");
    let made = play.store.journal.len();
    play.sync(made as u64 - 1);
    play.held.syncs = false;
    play.run("game dies\nana comes back\nana commands 2100 show");
    assert!(last(&play).contains("kick-me left"), "{}", last(&play));
}

#[test]
fn a_room_that_everybody_left_is_gone_and_one_that_nobody_comes_back_to_ends() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 stake:100\nana leaves");
    assert_eq!((play.world.figures().rooms, play.store.rows::<RoomRow>().len()), (0, 0));
    assert_eq!(gold(&play), 1_000);
    play.run("ana joins book\nana commands 2100 stake:100\nana drops\npass 599000");
    assert_eq!(play.world.figures().rooms, 1, "a seat is kept");
    play.run("pass 2000");
    assert_eq!((play.world.figures().rooms, play.store.rows::<RoomRow>().len()), (0, 0));
    assert_eq!(gold(&play), 1_000);
}

#[test]
fn while_the_journal_has_no_room_matches_stand_still_and_say_so() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 remind:3000\nlevel red\npass 1500\npass 10000");
    assert!(play.people.transcript.join("\n").contains("ana is told: rooms_stand_still"));
    play.run("ana commands 2100 x");
    assert!(last(&play).contains("later"), "{}", last(&play));
    play.run("level green\npass 100\nana commands 2100 time");
    let time: u64 = last(&play).rsplit(' ').next().unwrap().parse().unwrap();
    assert!(time < 500, "{time}");
    assert!(play.people.transcript.join("\n").contains("ana is told: rooms_go_on"));
}

#[test]
fn what_is_said_to_a_match_is_heard_while_the_database_is_behind_for_its_clock_runs_on() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\nana joins book\nbo joins book\nlevel green pace 1");
    for nth in 2..7 {
        play.run("bo commands 2100 x");
        let ok = format!("bo {nth}: ok");
        assert!(play.people.transcript.contains(&ok), "{:#?}", play.people.transcript);
    }
    play.run("ana leaves\nana joins book#2\nana leaves\nana joins book#2");
    let ana: Vec<&str> = play.people.transcript.iter().filter_map(|line| line.strip_prefix("ana ")).collect();
    for line in ["2: ok", "3: ok, 1 members", "4: ok", "5: later store_slow"] {
        assert!(ana.contains(&line), "a new match can wait, others not: {ana:#?}");
    }
}

#[test]
fn a_room_in_quarantine_is_closed_without_being_called() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 stake:100");
    let id = play.store.rows::<RoomRow>()[0].id;
    play.config.quarantined = [proto::ids::RoomId(id)].into();
    play.run("game dies");
    assert_eq!((play.world.figures().rooms, play.store.rows::<RoomRow>().len()), (0, 0));
    assert_eq!(gold(&play), 1_000);
    assert_eq!(play.broken[0].name, "ROOM_STUCK");
    assert_eq!(play.store.rows::<ReplayRow>()[0].outcome, "ROOM_STUCK");
}
