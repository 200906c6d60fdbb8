//! Matches that are played again, as they were, and after somebody has changed a rule, a byte or the room itself.

use std::collections::BTreeMap;

use proto::{
    room::{Entry, Replay, input::What},
    wire,
};
use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    logic::rooms::packed::Packer,
    room::{
        Journal, KindDef, Message, Outcome, Refusal, Rng as _, Room, RoomCtx, RoomKind, Tick, TimerId,
        command,
    },
    table::Table,
};

/// A room in which everybody stakes and says numbers; `HOW` is what somebody has changed about it since.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Sums<const HOW: u8> {
    sums: BTreeMap<u64, u64>,
    drawn: u64,
}

const ADD: u32 = 5_000;
/// As it was.
const SAME: u8 = 0;
/// It counts otherwise.
const OTHER_SUM: u8 = 1;
/// It refuses what it took.
const REFUSES: u8 = 2;
/// It stakes what it did not.
const STAKES_TWICE: u8 = 3;
/// It does not panic any more.
const MENDED: u8 = 4;
/// It panics otherwise.
const OTHER_PANIC: u8 = 5;

impl<const HOW: u8> RoomKind for Sums<HOW> {
    const NAME: &'static str = "sums";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 4;
    const KINDS: &'static [KindDef] = &[command(ADD, "add", 16, 1)];

    fn open(opening: &Opening<'_>) -> Result<Self, Refusal> {
        if opening.options == b"no" { Err(Refusal("bad_options")) } else { Ok(Self::default()) }
    }
}

impl<const HOW: u8> Room for Sums<HOW> {
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        ctx.stake(member, 10)?;
        if HOW == STAKES_TWICE {
            ctx.stake(member, 10)?;
        }
        ctx.set_timer(TimerId(1), std::time::Duration::from_secs(5));
        Ok(())
    }

    fn timer(&mut self, ctx: &mut RoomCtx<'_>, _timer: TimerId) {
        self.drawn = u64::from(ctx.rng().next_u32());
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        let number = u64::from(*message.body.first().ok_or(Refusal("bad_body"))?);
        match number {
            66 if HOW == OTHER_PANIC => panic!("another number"),
            66 if HOW != MENDED => panic!("the number 66\nof two lines"),
            7 if HOW == REFUSES => return Err(Refusal("not_seven")),
            0 => ctx.finish(Outcome { text: "zero".to_owned(), places: Vec::new() }),
            _ => {}
        }
        *self.sums.entry(message.from.0).or_default() += number + u64::from(HOW == OTHER_SUM);
        Ok(())
    }
}

fn registry<const HOW: u8>() -> Registry {
    let mut registry = Registry::new();
    registry.register::<Sums<HOW>>().expect("one");
    registry
}

/// Two play, and the last says this.
fn played(last: u8) -> Replay {
    let mut table = Table::<Sums<SAME>>::open(b"yes", 3).expect("opens");
    table.join(1).expect("there is a seat");
    table.join(2).expect("there is a seat");
    table.say(1, ADD, &[7]).expect("heard");
    table.pass(std::time::Duration::from_secs(6));
    let _ = table.say(2, ADD, &[last]);
    table.replay()
}

#[test]
fn a_match_played_again_ends_in_the_same_state_whether_it_is_over_or_not() {
    for last in [0, 9] {
        let replay = played(last);
        let hash = replay.hash;
        assert_eq!(verify(&registry::<SAME>(), &replay), Ok(Verified::Same { hash }));
        assert_eq!(replay.inputs.len(), 5, "two joins, two numbers and a timer");
        let again = from_bytes(&to_bytes(&replay)).expect("a file");
        assert_eq!(again, replay);
    }
}

#[test]
fn each_step_has_its_number_its_input_and_its_hash_and_one_may_stop_at_any() {
    let (registry, replay) = (registry::<SAME>(), played(0));
    let mut again = Again::open(&registry, &replay).expect("opens");
    let mut hashes = vec![again.hash().expect("a state")];
    while let Some(step) = again.hear().expect("as it was") {
        assert_eq!(step.input, &replay.inputs[hashes.len() - 1]);
        assert_eq!(step.number, hashes.len() as u64);
        assert_eq!(step.hash, Some(again.hash().expect("a state")));
        hashes.push(again.hash().expect("a state"));
    }
    assert_eq!(hashes.last(), Some(&replay.hash));
    assert_eq!(again.outcome(), Some("zero"));
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 6, "each input changed something");
}

#[test]
fn a_panic_is_met_again_and_one_that_is_mended_or_another_is_named() {
    let replay = played(66);
    assert_eq!((replay.hash, &*replay.outcome), (0, "room_failed"));
    let Ok(Verified::Broke { name, detail }) = verify(&registry::<SAME>(), &replay) else {
        panic!("it panics again")
    };
    assert_eq!(name, "room_failed");
    assert!(detail.contains("the number 66\nof two lines") && detail.contains("0: "), "{detail}");
    assert_eq!(verify(&registry::<MENDED>(), &replay), Err(Differs::Whole("room_failed".to_owned())));
    let then = "the number 66\nof two lines".to_owned();
    let now = "another number".to_owned();
    assert_eq!(verify(&registry::<OTHER_PANIC>(), &replay), Err(Differs::BrokeOtherwise { then, now }));
}

#[test]
fn a_room_that_plays_by_other_rules_is_told_apart_at_the_input_where_it_shows() {
    let replay = played(0);
    let code = |differs: Result<Verified, Differs>| differs.map_err(|differs| differs.code());
    assert_eq!(code(verify(&registry::<OTHER_SUM>(), &replay)), Err("hash"));
    assert_eq!(
        verify(&registry::<REFUSES>(), &replay),
        Err(Differs::Refused { number: 3, code: "not_seven".to_owned() })
    );
    assert_eq!(code(verify(&registry::<STAKES_TWICE>(), &replay)), Err("deals"));
    let mut breaks = replay.clone();
    let Some(What::Message(message)) = breaks.inputs[2].what.as_mut() else { panic!("a number") };
    message.body = vec![66].into();
    assert_eq!(code(verify(&registry::<SAME>(), &breaks)), Err("broke"));
    let mut more = replay.clone();
    more.inputs[0].outcomes.push(String::new());
    assert!(matches!(verify(&registry::<SAME>(), &more), Err(Differs::Deals { number: 1, .. })));
}

#[test]
fn a_match_goes_on_from_a_saved_state_plain_or_packed_and_a_field_that_differs_is_named() {
    let registry = registry::<SAME>();
    let whole = played(66);
    let mut again = Again::open(&registry, &whole).expect("opens");
    for _ in 0..3 {
        again.hear().expect("as it was");
    }
    let mut state = again.state().expect("a state");
    let plain = wire::encode(&state);
    for saved in [plain.clone(), Packer::default().pack(&plain)] {
        let inputs = whole.inputs[3..].to_vec();
        let replay = Replay { state: saved.into(), inputs, ..whole.clone() };
        let mut from_there = Again::open(&registry, &replay).expect("loads");
        assert_eq!(from_there.hear().expect("as it was").map(|step| step.number), Some(4));
        assert!(matches!(verify(&registry, &replay), Ok(Verified::Broke { .. })));
    }
    assert_eq!(again.difference(&state), Ok(None));
    state.room = br#"{"sums":{"1":8},"drawn":0}"#.to_vec().into();
    assert_eq!(again.difference(&state), Ok(Some("room.sums.1: 7 and 8".to_owned())));
    let odd = Replay { state: vec![1, 2].into(), ..whole.clone() };
    assert_eq!(verify(&registry, &odd).map_err(|no| no.code()), Err("open"));
}

#[test]
fn what_is_stored_in_parts_is_one_match() {
    let replay = played(0);
    let mut packer = Packer::default();
    let mut part =
        |inputs: &[Input]| packer.pack(&wire::encode(&Entry { first: 0, inputs: inputs.to_vec() }));
    let parts = [part(&replay.inputs[..2]), part(&[]), part(&replay.inputs[2..])];
    assert_eq!(inputs(parts.iter().map(Vec::as_slice)), Ok(replay.inputs));
    assert_eq!(inputs([&[9_u8, 9][..]].into_iter()), Err(Unreadable::Packed));
}

#[test]
fn what_cannot_be_played_here_is_refused_before_anything_is_played() {
    let replay = played(0);
    let code = |registry: &Registry, replay: &Replay| verify(registry, replay).map_err(|no| no.code());
    let format = Replay { format: 2, ..replay.clone() };
    assert_eq!(code(&registry::<SAME>(), &format), Err("format"));
    assert_eq!(code(&Registry::new(), &replay), Err("kind"));
    let seed = Replay { seed: vec![1].into(), ..replay.clone() };
    assert_eq!(code(&registry::<SAME>(), &seed), Err("open"));
    let options = Replay { options: b"no".to_vec().into(), ..replay.clone() };
    assert_eq!(verify(&registry::<SAME>(), &options), Err(Differs::Open("bad_options".to_owned())));
    for name in ["ROOM_STUCK", "abandoned"] {
        let ended = Replay { hash: 0, outcome: name.to_owned(), ..replay.clone() };
        assert_eq!(verify(&registry::<SAME>(), &ended), Ok(Verified::Ended { name: name.to_owned() }));
    }
}

#[test]
fn a_file_that_is_none_is_refused_by_name_and_a_long_one_is_deflated() {
    let mut replay = played(0);
    let one = replay.inputs[2].clone();
    replay.inputs.extend(std::iter::repeat_n(one, 1_000));
    let file = to_bytes(&replay);
    assert!(file.starts_with(b"DINGRPL1") && file.len() < wire::encode(&replay).len() / 4);
    assert_eq!(from_bytes(&file), Ok(replay.clone()));
    assert_eq!(from_bytes(&wire::encode(&replay)), Ok(replay));
    assert!(matches!(from_bytes(&file[..file.len() - 1]), Err(Unreadable::Inflate(_))));
    assert!(matches!(from_bytes(b"{\"no\": 1}"), Err(Unreadable::Message(_))));
}
