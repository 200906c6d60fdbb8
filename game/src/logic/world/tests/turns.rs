//! How rooms are called in a turn: when what is due is due, however long the server has been up, however much falls due
//! at once, and whatever the journal has room for.

use std::time::Duration;

use proto::{
    ids::AccountId,
    kinds::{KindDef, Lane},
    tables::{ReplayRow, RoomEntryRow, RoomStakeRow, WalletRow},
};
use serde::{Deserialize, Serialize};

use super::{
    matches::{books, last},
    *,
};
use crate::{
    logic::cache::Cached as _,
    registry::Registry,
    room::{
        Answer, Journal, Limits, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Snapshot, Tick,
        TimerId, command, signal, told,
    },
};

/// A room that does something when its timer rings: one that lasts, one that does not, and one that lasts and ticks.
#[derive(Default, Serialize, Deserialize)]
struct Clockwork<const KIND: usize> {
    then: String,
    /// Whoever comes in pays it.
    stake: i64,
    backs: u32,
}

/// Of a room that breaks when it shows itself.
const UNSEEN: i64 = -1;
const LASTING: usize = 0;
const PASSING: usize = 1;
const TICKING: usize = 2;

const fn kinds(first: u32) -> [KindDef; 4] {
    [
        command(first, "clockwork_do", 64, 1),
        told(first + 1, "clockwork_seen", 64, Lane::MustArrive),
        told(first + 2, "clockwork_asked", 64, Lane::MustArrive),
        signal(first + 3, "clockwork_hint", 64, 1),
    ]
}

const KINDS: [[KindDef; 4]; 3] = [kinds(2_300), kinds(2_310), kinds(2_320)];

impl<const KIND: usize> RoomKind for Clockwork<KIND> {
    const NAME: &'static str = ["lasting", "passing", "ticking"][KIND];
    const JOURNAL: Journal = if KIND == PASSING { Journal::Nothing } else { Journal::Inputs };
    const TICK: Tick = if KIND == TICKING { Tick::Every(Duration::from_millis(80)) } else { Tick::Never };
    const MEMBERS_MAX: usize = 4;
    const PLAYERS_MAX: usize = 2;
    const KINDS: &'static [KindDef] = &KINDS[KIND];
    const LIMITS: Limits = Limits { inputs: 5_000, ..Limits::DEFAULT };

    const MATCH_PLAYERS: Option<usize> = Some(2);

    fn open(opening: &Opening<'_>) -> Result<Self, Refusal> {
        let stake = std::str::from_utf8(opening.options).unwrap().parse().unwrap_or(0);
        Ok(Self { stake, ..Self::default() })
    }
}

impl<const KIND: usize> Clockwork<KIND> {
    fn say(ctx: &mut RoomCtx<'_>, text: &str) {
        ctx.broadcast(KINDS[KIND][1].kind, text.as_bytes());
    }

    fn ask(ctx: &mut RoomCtx<'_>, member: AccountId) {
        ctx.ask(member, KINDS[KIND][2].kind, b"well?", Duration::ZERO);
    }

    fn act(&mut self, ctx: &mut RoomCtx<'_>) {
        let then = self.then.clone();
        match then.split(':').collect::<Vec<_>>()[..] {
            ["again"] => ctx.set_timer(TimerId(1), Duration::ZERO),
            ["kick", account] => ctx.kick(AccountId(account.parse().unwrap())),
            ["kick-all"] => {
                let members: Vec<AccountId> = ctx.players().map(|member| member.account).collect();
                members.into_iter().for_each(|member| ctx.kick(member));
            }
            ["win"] => {
                let places: Vec<_> = ctx.players().map(|member| member.account).zip(1..).collect();
                let _refused = ctx.settle(&[(places[0].0, ctx.pot())]);
                ctx.finish(Outcome { text: "by time".to_owned(), places });
            }
            _ => {}
        }
    }
}

impl<const KIND: usize> Room for Clockwork<KIND> {
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        if 0 < self.stake && ctx.is_player(member) {
            ctx.stake(member, self.stake)?;
        }
        Ok(())
    }

    fn leave(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        if ctx.staked(member) != 0 {
            let _refused = ctx.refund(member);
        }
    }

    fn back(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        self.backs += 1;
        ctx.ask(member, KINDS[KIND][2].kind, b"where were you?", Duration::from_secs(5));
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        let text = String::from_utf8_lossy(message.body).into_owned();
        match text.splitn(3, ':').collect::<Vec<_>>()[..] {
            ["ring", ms, then] => {
                self.then = then.to_owned();
                ctx.set_timer(TimerId(1), Duration::from_millis(ms.parse().unwrap()));
            }
            ["stake", gold] => ctx.stake(message.from, gold.parse().unwrap())?,
            ["ask"] => {
                self.then = "ask".to_owned();
                Self::ask(ctx, message.from);
            }
            ["now", ..] => {
                self.then = text[4..].to_owned();
                self.act(ctx);
            }
            _ => {}
        }
        Ok(())
    }

    fn timer(&mut self, ctx: &mut RoomCtx<'_>, _: TimerId) {
        Self::say(ctx, "rang");
        self.act(ctx);
    }

    fn tick(&mut self, ctx: &mut RoomCtx<'_>) {
        Self::say(ctx, "tick");
    }

    fn answered(&mut self, ctx: &mut RoomCtx<'_>, answer: Answer<'_>) {
        Self::say(ctx, "answered");
        if self.then == "ask" {
            Self::ask(ctx, answer.from);
        }
    }

    fn view(&self, _: AccountId, snapshot: &mut Snapshot<'_>) {
        assert_ne!(self.stake, UNSEEN, "nobody can look at it");
        snapshot.packet(KINDS[KIND][1].kind, format!("view after {} backs", self.backs).as_bytes());
    }
}

pub(super) fn clockworks(inflight_records_max: usize) -> Play {
    Play::with_rooms(WorldConfig { inflight_records_max, ..idle() }, || {
        let mut registry = Registry::new();
        registry.register::<Clockwork<LASTING>>().unwrap();
        registry.register::<Clockwork<PASSING>>().unwrap();
        registry.register::<Clockwork<TICKING>>().unwrap();
        registry
    })
}

fn rooms(play: &Play) -> u64 {
    play.world.figures().rooms
}

/// What was seen since this was asked last.
pub(super) fn seen(play: &mut Play) -> Vec<String> {
    std::mem::take(&mut play.people.transcript)
}

pub(super) fn count(seen: &[String], what: &str) -> usize {
    seen.iter().filter(|line| line.contains(what)).count()
}

#[track_caller]
pub(super) fn rests(play: &Play) {
    assert!(
        play.world.next_deadline().is_none_or(|at| play.now.instant < at),
        "the next turn is due at once"
    );
}

#[test]
fn a_room_waits_for_its_players_however_long_the_server_has_been_up() {
    let mut play = books();
    play.run("pass 700000\nana logs in\nbo logs in\nana joins book\nbo joins book\npass 700000");
    play.run("ana drops\nbo drops\npass 5000");
    assert_eq!(rooms(&play), 1, "its seats are kept");
    play.run("ana logs in\nana commands 2100 show");
    assert!(last(&play).ends_with("ok, away away back"), "{}", last(&play));
    play.run("pass 700000\nana drops\npass 599000");
    assert_eq!(rooms(&play), 1, "nobody has been away for long enough");
    play.run("pass 2000");
    assert_eq!(rooms(&play), 0, "nobody came back");
}

#[test]
fn a_timer_of_no_time_rings_so_often_in_a_turn_that_its_neighbors_go_on() {
    let mut play = clockworks(1_024);
    play.run(
        "ana logs in\nbo logs in\ncid logs in\nana joins passing\nbo joins lasting\ncid joins passing#2",
    );
    play.run(
        "cid commands 2310 ring:1000:\nana commands 2310 ring:1000:again\nbo commands 2300 ring:1000:again",
    );
    seen(&mut play);
    play.pass(Duration::from_secs(1));
    let told = seen(&mut play);
    assert_eq!((count(&told, "ana sees 2311 rang"), count(&told, "cid sees 2311 rang")), (64, 1));
    assert!((64..=128).contains(&count(&told, "bo sees 2301 rang")), "{}", count(&told, "bo sees"));
    rests(&play);
    play.pass(Duration::from_millis(1));
    assert_eq!(count(&seen(&mut play), "ana sees 2311 rang"), 64, "the rest in the next turn");
}

#[test]
fn an_ask_of_no_time_is_over_so_often_in_a_turn_that_its_neighbors_go_on() {
    let mut play = clockworks(1_024);
    play.run("ana logs in\nbo logs in\nana joins passing\nbo joins passing");
    play.command("ana", 2_310, b"ask");
    seen(&mut play);
    play.turn();
    assert_eq!(count(&seen(&mut play), "bo sees 2311 answered"), 64);
    rests(&play);
    play.run("ana leaves");
    seen(&mut play);
    play.pass(Duration::from_millis(1));
    assert_eq!(
        count(&seen(&mut play), "bo sees 2311 answered"),
        64,
        "of one who has left it is over at once"
    );
    rests(&play);
}

#[test]
fn flags_that_fall_in_one_turn_end_their_matches_however_little_room_the_journal_has() {
    let mut play = clockworks(1);
    for (name, room) in [("a", 1), ("b", 2), ("c", 3)] {
        play.run(&format!("{name}1 logs in\n{name}2 logs in"));
        play.run(&format!("{name}1 joins lasting#{room}\n{name}2 joins lasting#{room}"));
        play.run(&format!("{name}1 commands 2300 stake:100\n{name}2 commands 2300 stake:100"));
    }
    for name in ["a", "b", "c"] {
        play.run(&format!("{name}1 commands 2300 ring:5000:win"));
    }
    play.run("hold syncs");
    play.pass(Duration::from_secs(6));
    assert_eq!(rooms(&play), 2, "there is room for the end of one");
    play.turn();
    rests(&play);
    play.run("pass 10\nlet syncs\npass 10\npass 10");
    assert_eq!((rooms(&play), play.broken.len()), (0, 0), "{:#?}", play.broken);
    let replays = play.store.rows::<ReplayRow>();
    assert_eq!(replays.iter().map(|row| row.outcome.as_str()).collect::<Vec<_>>(), ["by time"; 3]);
    for name in ["a1", "b1", "c1"] {
        play.run(&format!("{name} reads wallet"));
        assert!(last(&play).ends_with("ok, 1100 gold"), "{}", last(&play));
    }
}

#[test]
fn whoever_is_put_out_while_the_journal_is_full_has_its_stake_back_and_breaks_no_room() {
    let mut play = clockworks(1);
    play.run(
        "ana logs in\nbo logs in\ncid logs in\nana joins lasting\nbo joins lasting\ncid watches lasting",
    );
    play.run("ana commands 2300 stake:100\nbo commands 2300 stake:100\nhold syncs");
    seen(&mut play);
    play.run("ana commands 2300 now:kick-all\ncid sends 2303 now:win");
    assert_eq!((rooms(&play), play.broken.len()), (1, 0));
    play.run("let syncs\npass 10");
    let told = seen(&mut play);
    assert_eq!((count(&told, "cid sees ana gone"), count(&told, "cid sees bo gone")), (1, 1), "{told:#?}");
    assert_eq!((rooms(&play), play.broken.len()), (1, 0));
    assert!(play.store.rows::<RoomStakeRow>().is_empty());
    play.run("ana reads wallet");
    assert!(last(&play).ends_with("ok, 1000 gold"), "{}", last(&play));
}

#[test]
fn a_timer_that_came_due_while_the_server_was_away_rings_without_anybody_saying_anything() {
    let mut play = clockworks(1_024);
    // Nobody comes back, so nothing but its own timer can be heard by it.
    play.run("ana logs in\nana joins lasting\nana commands 2300 ring:2500:\npass 1000\ngame dies");
    play.run("pass 100");
    let heard = |play: &Play| play.store.rows::<RoomEntryRow>().len();
    let before = heard(&play);
    play.run("pass 1200");
    assert_eq!(heard(&play), before, "at most 2.3 s of its time have passed");
    (0..13).for_each(|_| play.pass(Duration::from_millis(100)));
    assert_eq!(heard(&play), before + 1, "at least 2.6 s have");
}

#[test]
fn whoever_looks_on_leaves_half_of_what_a_room_may_hear_to_those_who_play() {
    let mut play = clockworks(1_024);
    play.run("ana logs in\nbo logs in\ncid logs in\nana joins lasting#1\ncid watches lasting#1\ncid leaves");
    assert_eq!(count(&seen(&mut play), "rejected"), 0);
    play.run("ana commands 2300 ring:1000:again\npass 1000");
    // Of 5,000 it has heard 2,500 after so many turns.
    (0..60).for_each(|_| play.pass(Duration::from_millis(2)));
    assert_eq!(rooms(&play), 1);
    let rang = count(&seen(&mut play), "ana sees 2301 rang");
    assert!((2_500..4_900).contains(&rang), "{rang}");
    play.run("cid watches lasting#1");
    assert!(last(&play).ends_with("rejected room_full"), "{}", last(&play));
    play.run("bo joins lasting#1");
    assert!(!last(&play).contains("rejected"), "{}", last(&play));
}

#[test]
fn rooms_that_came_back_do_not_tick_in_step() {
    let mut play = clockworks(1_024);
    (0..8).for_each(|nth| play.run(&format!("p{nth} logs in")));
    (0..8).for_each(|nth| play.run(&format!("p{nth} joins ticking#{}", nth + 1)));
    play.run("pass 1000\ngame dies");
    (0..8).for_each(|nth| play.run(&format!("p{nth} comes back")));
    // Each has ticked once after this.
    (0..16).for_each(|_| play.pass(Duration::from_millis(10)));
    seen(&mut play);
    let each: Vec<usize> = (0..8)
        .map(|_| {
            play.pass(Duration::from_millis(10));
            count(&seen(&mut play), "tick")
        })
        .collect();
    assert_eq!(each, [1; 8]);
}

#[test]
fn a_match_that_is_over_takes_no_kick_of_another_room_with_it() {
    let mut play = clockworks(1_024);
    play.run(
        "ana logs in\nbo logs in\ncid logs in\nana joins passing\nbo joins passing\ncid joins passing#2",
    );
    let bo = play.people.all["bo"].account;
    play.run(&format!("ana commands 2310 ring:1000:kick:{bo}\ncid commands 2310 ring:1000:win"));
    seen(&mut play);
    play.run("pass 1000");
    let told = seen(&mut play);
    assert_eq!(
        (count(&told, "bo is out of the room: kicked"), count(&told, "cid is out of the room: finished")),
        (1, 1),
        "{told:#?}"
    );
}

#[test]
fn a_match_begins_once_the_journal_has_room_for_all_its_players() {
    let mut play = clockworks(5);
    play.run("ana logs in\nbo logs in\ncid logs in\nana wants to play lasting 100\nhold syncs");
    play.run("cid pays ana 1\ncid pays ana 1\ncid pays ana 1\ncid pays ana 1\nbo wants to play lasting 100");
    assert_eq!(play.world.figures().inflight_records, 4, "there is room for one of the two");
    let told = seen(&mut play);
    assert_eq!((count(&told, "is matched"), rooms(&play)), (0, 0), "{told:#?}");
    play.run("let syncs\npass 1000");
    let told = seen(&mut play);
    assert_eq!((count(&told, "is matched"), rooms(&play), play.broken.len()), (2, 1, 0), "{told:#?}");
}

#[test]
fn a_match_that_breaks_when_it_is_shown_to_one_is_none_for_the_other_either() {
    let mut play = clockworks(1_024);
    play.run("ana logs in\nbo logs in\nana wants to play lasting -1\nbo wants to play lasting -1\npass 100");
    let told = seen(&mut play);
    assert_eq!((rooms(&play), play.broken.len()), (0, 1), "{told:#?}");
    for who in ["ana", "bo"] {
        let lines = ["is matched", "is out of the room: room_failed"];
        // Whoever was told that it is in is told that it is out.
        assert_eq!(lines.map(|line| count(&told, &format!("{who} {line}"))), [1, 1], "{told:#?}");
    }
    play.run("ana joins passing\nbo joins passing");
    assert_eq!(count(&seen(&mut play), "rejected"), 0);
}

#[test]
fn the_wallet_of_one_whom_a_room_does_not_let_in_is_not_kept_for_it() {
    let mut play = clockworks(1_024);
    play.run("ana logs in\nbo logs in\nbo pays ana 950\nana opens lasting 100\nbo joins lasting#1");
    assert!(last(&play).ends_with("rejected not_enough_gold"), "{}", last(&play));
    let bo = play.people.all["bo"].account;
    let pins: Vec<u32> = WalletRow::table(&play.world.cache)
        .each()
        .filter(|(account, _)| **account == bo)
        .map(|(_, unit)| unit.pins())
        .collect();
    assert_eq!(pins, [0]);
}
