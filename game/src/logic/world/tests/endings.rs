//! How durable rooms end when something is wrong with them: what their game says of the end, what they heard, the build
//! that finds them, the people who played. Each of them ends, once, and its gold is nobody's loss.

use std::time::Duration;

use proto::{
    kinds::{KindDef, Lane},
    limits::{ROOM_ASK_BYTES_MAX, ROOM_INPUTS_BYTES_MAX},
    link::{Mutation, Op},
    room::Replay,
    tables::{
        RatingRow, ReplayChunkRow, ReplayPlayerRow, ReplayRow, RoomEntryRow, RoomRow, RoomStakeRow, Row as _,
        WalletRow,
    },
};
use rand_chacha::rand_core::Rng as _;
use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    logic::event::WorldConfig,
    registry::Registry,
    replay::{self, Verified},
    room::{
        Journal, Limits, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Snapshot, Tick,
        command, signal, told,
    },
};
use proto::ids::AccountId;

/// A room that ends as it is told. In a later build one of its lines is a mistake.
#[derive(Default, Serialize, Deserialize)]
struct Tome<const BUILD: u8> {
    lines: u32,
    is_loud: bool,
}

const DO: u32 = 2_300;
const BULK: u32 = 2_301;
const BULK_SIGNAL: u32 = 2_302;
const SEEN: u32 = 2_303;
const KINDS: &[KindDef] = &[
    command(DO, "tome_do", 1_024, 1),
    command(BULK, "tome_bulk", 60 * 1_024, 1),
    signal(BULK_SIGNAL, "tome_bulk_signal", 60 * 1_024, 1),
    told(SEEN, "tome_seen", 60 * 1_024, Lane::MustArrive),
];

impl<const BUILD: u8> RoomKind for Tome<BUILD> {
    const NAME: &'static str = "tome";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 4;
    const KINDS: &'static [KindDef] = KINDS;
    const LIMITS: Limits = Limits { output_bytes: 100_000, calls: 100, ..Limits::DEFAULT };

    fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self::default())
    }
}

impl<const BUILD: u8> Room for Tome<BUILD> {
    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        self.lines += 1;
        if message.kind != DO {
            return Ok(());
        }
        let text = String::from_utf8_lossy(message.body).into_owned();
        let number = |text: &str| text.parse::<u64>().map_err(|_| Refusal("number"));
        match text.split(':').collect::<Vec<_>>()[..] {
            ["fragile"] => assert!(BUILD == 0, "this build cannot bear it"),
            ["stake", gold] => ctx.stake(message.from, number(gold)?.cast_signed())?,
            ["settle", shares] => {
                let shares = shares.split(',').map(|one| one.split_once('=').ok_or(Refusal("share")));
                let shares: Vec<(AccountId, i64)> = shares
                    .map(|one| {
                        let (account, gold) = one?;
                        Ok((AccountId(number(account)?), number(gold)?.cast_signed()))
                    })
                    .collect::<Result<_, Refusal>>()?;
                ctx.settle(&shares)?;
            }
            ["places", accounts] => {
                let places = accounts.split(',').map(|one| Ok((AccountId(number(one)?), 1)));
                let places = places.collect::<Result<_, Refusal>>()?;
                ctx.finish(Outcome { text: "as told".to_owned(), places });
            }
            ["long"] => ctx.finish(Outcome { text: "é".repeat(100_000), places: Vec::new() }),
            ["asks", asks, bytes] => {
                let mut body = vec![0; usize::try_from(number(bytes)?).unwrap()];
                for _ in 0..number(asks)? {
                    ctx.rng().fill_bytes(&mut body);
                    ctx.ask(message.from, SEEN, &body, Duration::from_secs(600));
                }
            }
            ["loud"] => self.is_loud = true,
            _ => {}
        }
        Ok(())
    }

    fn view(&self, _: AccountId, snapshot: &mut Snapshot<'_>) {
        let packets = if self.is_loud { 2 } else { 0 };
        (0..packets).for_each(|_| snapshot.packet(SEEN, &[b'x'; 60 * 1_024]));
    }
}

/// What another game has under the name.
#[derive(Serialize, Deserialize)]
struct Alien {
    needs: String,
}

impl RoomKind for Alien {
    const NAME: &'static str = "tome";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 4;
    const KINDS: &'static [KindDef] = KINDS;

    fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
        Err(Refusal("never"))
    }
}

impl Room for Alien {
    fn message(&mut self, _: &mut RoomCtx<'_>, _: Message<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

fn with<K: RoomKind>() -> Registry {
    let mut registry = Registry::new();
    registry.register::<K>().unwrap();
    registry
}

fn tomes() -> Play {
    Play::with_rooms(WorldConfig { preload: false, ..WorldConfig::default() }, with::<Tome<0>>)
}

/// Ana and Bo play, with something in the pot.
fn played() -> Play {
    let mut play = tomes();
    play.run("ana logs in\nbo logs in\nana joins tome\nbo joins tome");
    play.run("ana commands 2300 stake:400\nbo commands 2300 stake:300");
    play
}

fn account(play: &Play, name: &str) -> u64 {
    play.people.all[name].account
}

fn seen(play: &Play) -> String {
    let lines = play.people.transcript.iter().filter(|line| line.len() < 100);
    lines.cloned().collect::<Vec<_>>().join("\n")
}

/// All gold there is, in wallets and pots.
fn gold(play: &Play) -> i64 {
    let wallets: i64 = play.store.rows::<WalletRow>().iter().map(|row| row.gold).sum();
    wallets + play.store.rows::<RoomStakeRow>().iter().map(|row| row.gold).sum::<i64>()
}

/// Nothing of any room is left but its replay.
#[track_caller]
fn is_over(play: &Play) {
    assert!(play.store.rows::<RoomRow>().is_empty(), "{}", seen(play));
    assert!(play.store.rows::<RoomStakeRow>().is_empty() && play.store.rows::<RoomEntryRow>().is_empty());
    assert_eq!(gold(play), 2_000);
    assert_eq!(play.world.figures().rooms, 0);
}

/// The one match that is stored, with all that it heard.
#[track_caller]
fn stored(play: &Play) -> (ReplayRow, Replay) {
    let mut rows = play.store.rows::<ReplayRow>();
    assert_eq!(rows.len(), 1);
    let row = rows.remove(0);
    let mut chunks = play.store.rows::<ReplayChunkRow>();
    chunks.sort_by_key(|chunk| chunk.n);
    assert_eq!(u32::try_from(chunks.len()), Ok(row.chunks));
    let inputs = replay::inputs(chunks.iter().map(|chunk| &*chunk.inputs)).unwrap();
    assert_eq!(inputs.len() as u64, row.inputs, "its row and its parts agree");
    let replay = Replay {
        format: 1,
        room: row.id,
        kind: row.kind.clone(),
        number: row.number,
        options: row.options.clone(),
        seed: row.seed.clone(),
        inputs,
        hash: row.hash.0,
        outcome: row.outcome.clone(),
        ..Replay::default()
    };
    (row, replay)
}

fn players(row: &ReplayRow) -> Vec<u64> {
    serde_json::from_str(&row.players).unwrap()
}

/// 60 KiB that do not become shorter.
fn bulk(seed: u8) -> Vec<u8> {
    use rand_chacha::rand_core::SeedableRng as _;
    let mut bytes = vec![0; 60 * 1_024];
    rand_chacha::ChaCha8Rng::from_seed([seed; 32]).fill_bytes(&mut bytes);
    bytes
}

#[test]
fn places_of_accounts_that_never_played_count_for_nobody() {
    for places in ["0,99999999999999999", "18446744073709551615", "cy"] {
        let mut play = played();
        play.run("cy logs in");
        let cy = account(&play, "cy").to_string();
        let (ana, bo) = (account(&play, "ana"), account(&play, "bo"));
        let places = places.replace("cy", &cy);
        play.run(&format!("ana commands 2300 places:{ana},{places},{bo},{ana}"));
        assert!(seen(&play).contains("bo is out of the room: finished"), "{}", seen(&play));
        assert!(play.store.rows::<RoomRow>().is_empty(), "{places}");
        assert_eq!(gold(&play), 3_000);
        assert_eq!(play.world.figures().records_refused, 0, "{places}");
        let mut rated: Vec<u64> = play.store.rows::<RatingRow>().iter().map(|row| row.account).collect();
        rated.sort_unstable();
        assert_eq!(rated, [ana, bo], "{places}");
        assert!(play.store.rows::<RatingRow>().iter().all(|row| row.games == 1));
        assert_eq!(play.store.rows::<ReplayPlayerRow>().len(), 2, "{places}");
        let (row, replay) = stored(&play);
        assert_eq!(players(&row), [ana, bo]);
        assert!(matches!(replay::verify(&with::<Tome<0>>(), &replay), Ok(Verified::Same { .. })));
    }
}

#[test]
fn a_player_who_left_before_the_end_is_in_the_row_of_the_match_and_in_the_list() {
    let mut play = played();
    let (ana, bo) = (account(&play, "ana"), account(&play, "bo"));
    play.run("bo leaves\npass 61000\nana commands 2300 x\ngame dies\nana comes back");
    play.run(&format!("ana commands 2300 places:{ana},{bo}"));
    is_over(&play);
    assert_eq!(play.store.rows::<RatingRow>().len(), 2);
    let listed: Vec<u64> = play.store.rows::<ReplayPlayerRow>().iter().map(|row| row.account).collect();
    assert_eq!(listed, players(&stored(&play).0), "by the row they are found when it is old");
    assert_eq!(listed, [ana, bo]);
}

#[test]
fn an_outcome_of_many_words_is_cut_where_it_is_said() {
    let mut play = played();
    play.run("hold reads\nana commands 2300 long");
    let state = play.store.rows::<RoomRow>()[0].state.len();
    assert!(state < 500, "{state} bytes");
    play.run("let reads");
    is_over(&play);
    let (row, replay) = stored(&play);
    assert_eq!(row.outcome, "é".repeat(80));
    assert!(matches!(replay::verify(&with::<Tome<0>>(), &replay), Ok(Verified::Same { .. })));
}

#[test]
fn what_a_room_hears_in_one_turn_is_saved_before_it_is_more_than_a_row_takes() {
    for kind in [BULK, BULK_SIGNAL] {
        let mut play = played();
        for n in 0..12 {
            let name = if n % 2 == 0 { "ana" } else { "bo" };
            match kind {
                BULK => play.command(name, kind, &bulk(n)),
                _ => play.packet(name, kind, 0, &bulk(n)),
            }
        }
        play.turn();
        assert!(!seen(&play).contains("out of the room"), "{kind}: {}", seen(&play));
        assert_eq!(play.world.figures().records_refused, 0);
        let largest = play.store.rows::<ReplayChunkRow>().iter().map(|row| row.inputs.len()).max();
        assert!(largest.is_some_and(|bytes| bytes <= ROOM_INPUTS_BYTES_MAX), "{largest:?}");
        play.run("game dies\nana comes back\nana commands 2300 places:1");
        is_over(&play);
        let (row, replay) = stored(&play);
        assert_eq!(row.inputs, 2 + 2 + 12 + 1, "{kind}");
        assert!(matches!(replay::verify(&with::<Tome<0>>(), &replay), Ok(Verified::Same { .. })));
    }
}

#[test]
fn a_match_whose_end_is_stored_is_finished_by_a_build_that_cannot_read_it() {
    for is_quarantined in [false, true] {
        let mut play = played();
        let (ana, bo) = (account(&play, "ana"), account(&play, "bo"));
        let id = play.store.rows::<RoomRow>()[0].id;
        play.run("hold syncs");
        play.run(&format!("ana commands 2300 places:{ana},{bo}"));
        let made = play.store.journal.len() as u64;
        play.sync(made - play.store.durable().0 - 1);
        play.held.syncs = false;
        if is_quarantined {
            play.config.quarantined = [proto::ids::RoomId(id)].into();
        } else {
            play.registry = with::<Alien>;
        }
        play.run("game dies");
        is_over(&play);
        assert!(play.broken.is_empty(), "{:?}", play.broken);
        assert_eq!(stored(&play).0.outcome, "as told");
        assert_eq!(
            (play.store.rows::<RatingRow>().len(), play.store.rows::<ReplayPlayerRow>().len()),
            (2, 2)
        );
        play.run("game dies");
        is_over(&play);
    }
}

#[test]
fn the_replay_of_a_room_in_quarantine_has_all_that_was_journalled() {
    let mut play = played();
    play.run("pass 61000\nana commands 2300 saved\nana commands 2300 x\nbo sends 2302 y");
    let id = play.store.rows::<RoomRow>()[0].id;
    assert!(!play.store.rows::<RoomEntryRow>().is_empty());
    play.config.quarantined = [proto::ids::RoomId(id)].into();
    play.run("game dies");
    is_over(&play);
    let (row, replay) = stored(&play);
    assert_eq!((row.outcome.as_str(), row.inputs), ("ROOM_STUCK", 7));
    let ended = Verified::Ended { name: "ROOM_STUCK".to_owned() };
    assert_eq!(replay::verify(&with::<Tome<0>>(), &replay), Ok(ended.clone()));
    let bundle = play.broken.remove(0).bundle.unwrap();
    assert_eq!(replay::verify(&with::<Tome<0>>(), &bundle), Ok(ended));
}

#[test]
fn a_room_that_breaks_when_it_comes_back_leaves_a_bundle_that_breaks_again() {
    let mut play = played();
    play.run("pass 61000\nana commands 2300 saved\nbo commands 2300 x\nana commands 2300 fragile\nbo commands 2300 y");
    play.registry = with::<Tome<1>>;
    play.run("game dies");
    is_over(&play);
    let broken = play.broken.remove(0);
    assert_eq!(broken.name, "room_failed");
    let bundle = broken.bundle.unwrap();
    let again = replay::verify(&with::<Tome<1>>(), &bundle);
    assert!(
        matches!(&again, Ok(Verified::Broke { detail, .. }) if detail.contains("cannot bear it")),
        "{again:?}"
    );
    let (row, replay) = stored(&play);
    assert_eq!((row.outcome.as_str(), row.inputs), ("room_failed", 8), "with what came after");
    // The build that heard it says that it was whole.
    assert_eq!(replay::verify(&with::<Tome<0>>(), &replay).unwrap_err().code(), "whole");
}

#[test]
fn what_a_room_shows_is_counted_like_what_it_says() {
    let mut play = played();
    play.run("ana commands 2300 loud\ncy logs in\ncy joins tome");
    assert!(seen(&play).contains("ana is out of the room: ROOM_OUTPUT"), "{}", seen(&play));
    assert!(play.store.rows::<RoomRow>().is_empty());
    assert_eq!(gold(&play), 3_000);
    let bundle = play.broken.remove(0).bundle.unwrap();
    let again = replay::verify(&with::<Tome<0>>(), &bundle);
    assert!(matches!(&again, Ok(Verified::Broke { name, .. }) if name == "ROOM_OUTPUT"), "{again:?}");
}

#[test]
fn an_ask_has_a_bound_and_all_of_them_are_part_of_the_state() {
    let mut play = played();
    play.run(&format!("ana commands 2300 asks:1:{}", ROOM_ASK_BYTES_MAX + 1));
    assert!(seen(&play).contains("ana is out of the room: room_failed"), "{}", seen(&play));
    is_over(&play);
    let mut play = played();
    (0..6).for_each(|_| play.run(&format!("ana commands 2300 asks:5:{ROOM_ASK_BYTES_MAX}")));
    play.run("pass 61000\nana commands 2300 x");
    assert!(seen(&play).contains("ana is out of the room: ROOM_STATE"), "{}", seen(&play));
    is_over(&play);
    assert_eq!(stored(&play).0.outcome, "ROOM_STATE");
}

#[test]
fn a_player_who_was_forgotten_meanwhile_gets_no_rating_and_no_line() {
    let mut play = played();
    let (ana, bo) = (account(&play, "ana"), account(&play, "bo"));
    play.run("staff deletes bo");
    assert!(play.store.rows::<WalletRow>().iter().all(|row| row.account != bo));
    play.run(&format!("ana commands 2300 settle:{ana}=400,{bo}=300"));
    assert!(super::matches::last(&play).ends_with("rejected wallet_full"), "{}", seen(&play));
    assert_eq!(play.world.figures().rooms, 1, "and nothing was moved");
    assert_eq!(play.store.rows::<RoomStakeRow>().iter().map(|row| row.gold).sum::<i64>(), 700);
    play.run(&format!("ana commands 2300 places:{ana},{bo}"));
    assert!(play.store.rows::<RoomRow>().is_empty() && play.store.rows::<RoomStakeRow>().is_empty());
    let wallet = play.store.rows::<WalletRow>();
    assert_eq!(wallet.iter().map(|row| (row.account, row.gold)).collect::<Vec<_>>(), [(ana, 1_000)]);
    assert!(play.store.rows::<RatingRow>().iter().all(|row| row.account != bo));
    assert!(play.store.rows::<ReplayPlayerRow>().iter().all(|row| row.account != bo));
    assert_eq!(play.store.rows::<ReplayPlayerRow>().len(), 1);
}

#[test]
fn a_room_that_nobody_comes_back_to_did_not_break() {
    let mut play = played();
    play.run("ana drops\nbo drops\npass 601000");
    is_over(&play);
    assert_eq!(stored(&play).0.outcome, "abandoned");
    assert_eq!((play.world.figures().rooms_broken, play.world.figures().panics), (0, 0));
    assert!(play.broken.iter().all(|broken| broken.bundle.is_none()), "{:?}", play.broken);
}

#[test]
fn an_end_whose_record_is_refused_gives_back_the_stakes_without_what_cannot_be_stored() {
    let mut play = played();
    play.run("pass 61000\nana commands 2300 x\npass 1000\nana commands 2300 y");
    play.world.hosting.swell();
    play.run("ana commands 2300 asks:1:20000");
    is_over(&play);
    assert_eq!(play.world.figures().records_refused, 1, "and it is not tried again");
    let (row, replay) = stored(&play);
    assert_eq!((row.outcome.as_str(), row.inputs), ("room_failed", 5), "as far as it was saved");
    assert_eq!(replay::verify(&with::<Tome<0>>(), &replay).unwrap_err().code(), "whole");
    play.run("pass 1000\ngame dies");
    is_over(&play);
}

#[test]
fn a_match_whose_ratings_cannot_be_written_is_over_without_them() {
    let mut play = played();
    let (ana, bo) = (account(&play, "ana"), account(&play, "bo"));
    let row = RatingRow { account: ana, game: u64::from(DO), rating: 1_500, games: 5 };
    let (table, op) = (RatingRow::DEF.table as u32, Op::Upsert.into());
    play.store.plant(vec![Mutation { table, op, ver: 1, row: row.values(), ..Mutation::default() }]);
    play.run("game dies\nana comes back\nbo comes back");
    play.run("hold reads");
    play.run(&format!("ana commands 2300 places:{ana},{bo}"));
    // No row is ever changed again after this version.
    play.answer_reads_with(|found| {
        found
            .rows
            .iter_mut()
            .filter_map(|row| row.row.as_mut())
            .for_each(|row| row.ver = i64::MAX.cast_unsigned());
    });
    play.turn();
    is_over(&play);
    assert_eq!(play.world.figures().records_refused, 1);
    assert_eq!(stored(&play).0.outcome, "as told");
    assert!(play.store.rows::<ReplayPlayerRow>().is_empty());
    assert_eq!(play.store.rows::<RatingRow>().len(), 1);
    play.run("pass 1000\ngame dies");
    is_over(&play);
}
