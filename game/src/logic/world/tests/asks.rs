//! What rooms ask is answered by whoever is asked, once, in time, and from then on it is a part of the match like any command.

use std::time::Duration;

use proto::{
    kinds::{KindDef, Lane},
    tables::{ReplayRow, RoomRow},
};
use serde::{Deserialize, Serialize};

use super::{matches::last, *};
use crate::{
    logic::event::WorldConfig,
    registry::Registry,
    room::{
        Answer, AskId, Journal, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Snapshot, Tick,
        command, told,
    },
};
use proto::ids::AccountId;

/// A room that asks, and keeps what it hears of that. With options it asks whoever comes, too.
#[derive(Default, Serialize, Deserialize)]
struct Quiz {
    greets: bool,
    said: Vec<String>,
}

const DO: u32 = 2_300;
const SAID: u32 = 2_301;
const ASKED: u32 = 2_302;

impl RoomKind for Quiz {
    const NAME: &'static str = "quiz";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 4;
    const KINDS: &'static [KindDef] = &[
        command(DO, "quiz_do", 64, 1),
        told(SAID, "quiz_said", 8 * 1_024, Lane::MustArrive),
        told(ASKED, "quiz_asked", 64, Lane::MustArrive),
    ];

    fn open(opening: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self { greets: !opening.options.is_empty(), ..Self::default() })
    }
}

impl Room for Quiz {
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        if self.greets {
            ctx.ask(member, ASKED, b"who?", Duration::from_secs(60));
        }
        Ok(())
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        let text = String::from_utf8_lossy(message.body).into_owned();
        match text.split(':').collect::<Vec<_>>()[..] {
            ["ask", ms] => {
                let wait = Duration::from_millis(ms.parse().map_err(|_| Refusal("number"))?);
                let others = ctx.members().map(|it| it.account).filter(|it| *it != message.from);
                for other in others.collect::<Vec<_>>() {
                    ctx.ask(other, ASKED, b"well?", wait);
                }
            }
            ["cancel", ask] => ctx.cancel_ask(AskId(ask.parse().map_err(|_| Refusal("number"))?)),
            ["never"] => {
                let ask = ctx.ask(message.from, ASKED, b"well?", Duration::from_secs(5));
                ctx.cancel_ask(ask);
            }
            ["many", count] => {
                for _ in 0..count.parse().map_err(|_| Refusal("number"))? {
                    ctx.ask(message.from, ASKED, b"well?", Duration::from_secs(60));
                }
            }
            ["large"] => drop(ctx.ask(message.from, ASKED, &[0; 17 * 1_024], Duration::from_secs(1))),
            _ => ctx.answer(self.said.join(", ").as_bytes()),
        }
        Ok(())
    }

    fn answered(&mut self, ctx: &mut RoomCtx<'_>, answer: Answer<'_>) {
        let body =
            answer.body.map_or_else(|end| end.to_string(), |it| String::from_utf8_lossy(it).into_owned());
        match body.as_str() {
            "panic" => panic!("as told"),
            "draw" => ctx.finish(Outcome { text: "agreed".to_owned(), places: Vec::new() }),
            "number" => ctx.answer(answer.ask.0.to_string().as_bytes()),
            _ => {}
        }
        self.said.push(format!("{} {body}", answer.ask.0));
        ctx.broadcast(SAID, format!("{} of {} {}", answer.ask.0, answer.from.0, body.len()).as_bytes());
    }

    fn view(&self, _: AccountId, snapshot: &mut Snapshot<'_>) {
        snapshot.packet(SAID, self.said.join(", ").as_bytes());
    }
}

/// Each room plays along with itself.
fn quiz() -> Play {
    let config = WorldConfig { preload: false, shadow_one_in: 1, ..WorldConfig::default() };
    Play::with_rooms(config, || {
        let mut registry = Registry::new();
        registry.register::<Quiz>().unwrap();
        registry
    })
}

/// Ana and Bo are in.
fn two() -> Play {
    let mut play = quiz();
    play.run("ana logs in\nbo logs in\ncy logs in\nana joins quiz\nbo joins quiz");
    play.people.transcript.clear();
    play
}

#[track_caller]
fn ends(play: &Play, end: &str) {
    assert!(last(play).ends_with(end), "{:#?}", play.people.transcript);
}

#[track_caller]
fn said(play: &mut Play, name: &str, all: &str) {
    play.run(&format!("{name} commands 2300 show"));
    ends(play, &format!(": ok{}{all}", if all.is_empty() { "" } else { ", " }));
    assert!(play.diverged.is_empty(), "{:?}", play.diverged);
}

#[test]
fn one_who_is_asked_answers_and_the_room_hears_who_said_what() {
    let mut play = two();
    play.run("ana commands 2300 ask:5000");
    assert!(play.people.transcript.contains(&"bo is asked 1: well?, for 5000 ms".to_owned()));
    assert!(!play.people.transcript.iter().any(|line| line.starts_with("ana is asked")));
    play.run("bo answers 1 yes");
    let bo = play.people.all["bo"].account;
    assert!(play.people.transcript.contains(&format!("ana sees 2301 1 of {bo} 3")));
    ends(&play, &format!("bo sees 2301 1 of {bo} 3"));
    assert!(play.people.transcript.iter().any(|line| line.starts_with("bo") && line.ends_with(": ok")));
    said(&mut play, "ana", "1 yes");
    play.run("pass 6000");
    said(&mut play, "ana", "1 yes");
}

#[test]
fn a_room_may_answer_an_answer() {
    let mut play = two();
    play.run("ana commands 2300 ask:5000\nbo answers 1 number");
    assert!(play.people.transcript.iter().any(|line| line.starts_with("bo") && line.ends_with(": ok, 1")));
}

#[test]
fn only_the_one_who_is_asked_answers_once_and_in_time() {
    let mut play = two();
    for out_of_place in ["ana answers 1 yes", "cy answers 1 yes", "ana refuses 0"] {
        play.run(out_of_place);
        ends(&play, "rejected no_such_ask");
    }
    play.run("ana commands 2300 ask:5000\nana answers 1 yes");
    ends(&play, "rejected no_such_ask");
    play.run("cy joins quiz\ncy answers 1 yes");
    ends(&play, "rejected no_such_ask");
    play.run("bo answers 2 yes");
    ends(&play, "rejected no_such_ask");
    play.run("bo answers 1 yes\nbo answers 1 no");
    ends(&play, "rejected no_such_ask");
    play.run("ana commands 2300 ask:5000\npass 4000\nbo answers 2 yes\npass 1100\ncy answers 3 late");
    ends(&play, "rejected no_such_ask");
    said(&mut play, "ana", "1 yes, 2 yes, 3 late");
}

#[test]
fn an_answer_that_comes_before_the_room_heard_that_it_is_late_is_late() {
    let mut play = two();
    play.run("ana commands 2300 ask:5000");
    play.now.instant += Duration::from_secs(5);
    play.run("bo answers 1 yes");
    assert!(play.people.transcript.iter().any(|line| line.ends_with("rejected no_such_ask")));
    play.run("pass 10");
    said(&mut play, "ana", "1 late");
}

#[test]
fn who_refuses_is_heard_at_once_as_one_who_did() {
    let mut play = two();
    play.run("ana commands 2300 ask:5000\nbo refuses 1");
    said(&mut play, "ana", "1 refused");
    play.run("bo answers 1 yes");
    ends(&play, "rejected no_such_ask");
}

#[test]
fn what_a_room_takes_back_is_asked_no_more_and_whoever_was_asked_is_told() {
    let mut play = two();
    play.run("ana commands 2300 ask:5000\nana commands 2300 cancel:1");
    let over = "bo is asked 1 no more".to_owned();
    assert_eq!(play.people.transcript.iter().filter(|line| **line == over).count(), 1);
    assert!(!play.people.transcript.iter().any(|line| line.starts_with("ana is asked")));
    play.run("bo answers 1 yes");
    ends(&play, "rejected no_such_ask");
    play.run("pass 6000\nana commands 2300 cancel:1\nana commands 2300 cancel:9");
    said(&mut play, "ana", "");
    assert_eq!(play.people.transcript.iter().filter(|line| **line == over).count(), 1, "and only once");
    play.run("ana commands 2300 never");
    assert!(!play.people.transcript.iter().any(|line| line.contains("is asked 2")), "nobody was shown it");
    play.run("ana commands 2300 ask:90000\nbo drops\nana commands 2300 cancel:3\nbo logs in");
    let shown = play.people.transcript.iter().filter(|line| line.starts_with("bo is asked 3"));
    assert_eq!(shown.count(), 1, "who comes back is asked it no more: {:#?}", play.people.transcript);
    said(&mut play, "ana", "");
}

#[test]
fn wherever_game_dies_what_was_taken_back_is_asked_again_or_is_over() {
    let script = "ana logs in\nbo logs in\nana joins quiz\nbo joins quiz\nhold syncs\nana commands 2300 ask:90000\n\
                  ana commands 2300 cancel:1\nana commands 2300 ask:90000\nbo answers 2 yes";
    let mut whole = quiz();
    whole.run(script);
    let mut seen = Vec::new();
    for cut in 0..=whole.store.journal.len() {
        let mut play = quiz();
        play.run(script);
        play.sync(cut as u64);
        play.held.syncs = false;
        play.people.transcript.clear();
        play.run("game dies\nana comes back\nbo comes back");
        if play.store.rows::<RoomRow>().is_empty() {
            continue;
        }
        let asked = play.people.transcript.iter().filter(|line| line.starts_with("bo is asked"));
        seen.push(asked.map(|line| line[..13].to_owned()).collect::<Vec<_>>());
        assert!(play.diverged.is_empty(), "after {cut}: {:?}", play.diverged);
        assert!(play.broken.is_empty(), "after {cut}");
    }
    seen.dedup();
    let asked = |ask: u32| vec![format!("bo is asked {ask}")];
    assert_eq!(seen, [vec![], asked(1), vec![], asked(2), vec![]]);
}

#[test]
fn a_room_that_asks_more_than_it_may_at_a_time_is_closed_at_that_call() {
    let mut play = two();
    play.run("ana commands 2300 many:63\nana commands 2300 many:1\nana commands 2300 cancel:64");
    play.run("ana commands 2300 many:1");
    assert!(play.broken.is_empty(), "64 wait");
    play.run("ana commands 2300 many:1");
    ends(&play, "rejected ROOM_ASKS");
    assert!(play.people.transcript.contains(&"bo is out of the room: ROOM_ASKS".to_owned()));
    assert_eq!((play.broken[0].name, play.broken[0].detail.as_str()), ("ROOM_ASKS", "65 asks"));
    assert_eq!(play.store.rows::<ReplayRow>()[0].outcome, "ROOM_ASKS");
    let mut play = two();
    play.run("ana commands 2300 many:65");
    ends(&play, "rejected ROOM_ASKS");
}

#[test]
fn an_answer_has_a_size_and_an_ask_too() {
    let mut play = two();
    play.run("ana commands 2300 ask:5000");
    play.run(&format!("bo answers 1 {}", "x".repeat(4_097)));
    ends(&play, "rejected answer_too_large");
    play.run(&format!("bo answers 1 {}", "x".repeat(4_096)));
    assert!(play.people.transcript.iter().any(|line| line.starts_with("bo") && line.ends_with(": ok")));
    play.run("ana commands 2300 large");
    assert!(play.people.transcript.contains(&"ana is out of the room: room_failed".to_owned()));
    assert!(play.broken[0].detail.contains("an ask of 17408 bytes"), "{}", play.broken[0].detail);
}

#[test]
fn who_leaves_is_asked_no_more_and_does_not_answer_in_the_next_room() {
    let mut play = two();
    play.run("ana commands 2300 ask:5000\nbo leaves\npass 10\nbo answers 1 yes");
    ends(&play, "rejected no_such_ask");
    said(&mut play, "ana", "1 left");
    let room = play.store.rows::<RoomRow>()[0].id;
    play.run("bo joins quiz#2\ncy joins quiz#2\ncy commands 2300 ask:5000");
    play.run(&format!("bo answers 1 yes in {room}"));
    ends(&play, "rejected no_such_ask");
    said(&mut play, "cy", "");
    let room = play.store.rows::<RoomRow>()[1].id;
    play.run(&format!("bo answers 1 yes in {room}"));
    said(&mut play, "cy", "1 yes");
}

#[test]
fn of_a_room_that_closed_nothing_is_asked_any_more() {
    let mut play = two();
    play.run("ana commands 2300 ask:5000\ncy joins quiz\nbo answers 1 draw");
    assert!(play.people.transcript.contains(&"ana is out of the room: finished".to_owned()));
    play.run("ana answers 1 yes");
    ends(&play, "rejected no_such_ask");
    let replays = play.store.rows::<ReplayRow>();
    assert_eq!((replays.len(), replays[0].outcome.as_str(), replays[0].inputs), (1, "agreed", 5));
    play.run("ana joins quiz\nbo joins quiz\nana commands 2300 ask:5000\nbo answers 1 panic");
    ends(&play, "rejected room_failed");
    assert!(play.people.transcript.contains(&"bo is out of the room: room_failed".to_owned()));
    play.run("bo answers 1 yes");
    ends(&play, "rejected no_such_ask");
}

#[test]
fn one_who_comes_is_asked_once_and_one_who_comes_back_is_told_how_long_is_left() {
    let mut play = quiz();
    play.run("ana logs in\nana opens quiz greets");
    let asked = |play: &Play| -> Vec<String> {
        let all = play.people.transcript.iter().filter_map(|line| line.strip_prefix("ana is asked "));
        all.map(str::to_owned).collect()
    };
    assert_eq!(asked(&play), ["1: who?, for 60000 ms"]);
    play.run("ana drops\npass 20000\nana logs in");
    assert_eq!(asked(&play)[1..], ["1: who?, for 40000 ms"]);
    play.run("ana answers 1 ana");
    said(&mut play, "ana", "1 ana");
    play.run("ana drops\nana logs in");
    assert_eq!(asked(&play).len(), 2);
}

#[test]
fn while_matches_stand_still_an_answer_has_to_come_again() {
    let mut play = two();
    play.run("ana commands 2300 ask:5000\nlevel red\npass 10000\nbo answers 1 yes");
    assert!(last(&play).contains("later"), "{}", last(&play));
    play.run("level green\npass 100\nbo answers 1 yes");
    said(&mut play, "ana", "1 yes");
}

#[test]
fn wherever_game_dies_an_answer_was_heard_once_or_is_asked_for_again() {
    let begins = "ana logs in\nbo logs in\nana joins quiz\nbo joins quiz";
    let asks =
        "ana commands 2300 ask:90000\nbo answers 1 yes\nbo answers 1 twice\nana commands 2300 ask:90000";
    // A minute in which nothing becomes durable would be none of the room's.
    let parts = [(begins.to_owned(), asks), (format!("{begins}\n{asks}\npass 61000"), "bo refuses 2")];
    let held = |(before, script): &(String, &str)| {
        let mut play = quiz();
        play.run(before);
        let records = play.store.journal.len();
        play.run("hold syncs");
        play.run(script);
        let more = play.store.journal.len() - records;
        (play, more)
    };
    let cuts = parts.iter().flat_map(|part| (0..=held(part).1).map(move |cut| (part, cut)));
    let mut seen = Vec::new();
    for (part, cut) in cuts {
        let mut play = held(part).0;
        play.sync(cut as u64);
        play.held.syncs = false;
        play.people.transcript.clear();
        play.run("game dies\nana comes back\nbo comes back");
        if play.store.rows::<RoomRow>().is_empty() {
            continue;
        }
        let is_asked = |ask: u64| {
            let begin = format!("bo is asked {ask}: well?, for ");
            play.people.transcript.iter().filter(|line| line.starts_with(&begin)).count()
        };
        let asked = [is_asked(1), is_asked(2)];
        play.run("ana commands 2300 show");
        let heard = last(&play).rsplit_once(": ok").map(|(_, all)| all.to_owned()).unwrap_or_default();
        match heard.as_str() {
            "" => assert!(asked == [0, 0] || asked == [1, 0], "after {cut}: {asked:?}"),
            ", 1 yes" => assert!(asked == [0, 0] || asked == [0, 1], "after {cut}: {asked:?}"),
            ", 1 yes, 2 refused" => assert_eq!(asked, [0, 0], "after {cut}"),
            other => panic!("after {cut}: {other}"),
        }
        seen.push((heard.clone(), asked));
        for (ask, is_asked) in [(1, asked[0]), (2, asked[1])] {
            play.run(&format!("bo answers {ask} again"));
            let is_refused = last(&play).ends_with("rejected no_such_ask");
            assert_eq!(is_refused, is_asked == 0, "after {cut}: {}", last(&play));
        }
        assert!(play.diverged.is_empty(), "after {cut}: {:?}", play.diverged);
        assert!(play.broken.is_empty(), "after {cut}");
    }
    seen.dedup();
    let all: Vec<_> = seen.iter().map(|(heard, asked)| (heard.as_str(), *asked)).collect();
    let expected = [
        ("", [0, 0]),
        ("", [1, 0]),
        (", 1 yes", [0, 0]),
        (", 1 yes", [0, 1]),
        (", 1 yes, 2 refused", [0, 0]),
    ];
    assert_eq!(all, expected);
}
