//! Matches outlive whoever is killed under them: none is lost, each is played again to its hash, no clock jumps by more
//! than the pause, and all gold is where the ledger says. What tables and bots are asked is elsewhere.
//!
//! `DING_TIER=full` plays ten minutes, with a release build.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use bot::{Options, Report, Scenario};
use client::{News, Outcome, Push};
use rustix::process::Signal;

use crate::support::{
    BOUND, Tier,
    bots::{Bots, judge_tables},
    duel::{BASE_MS, Duel, Side},
    matches::{Beat, Open, Over, Tables},
    seed,
    stack::{Role, Stack, run, signal},
};

/// A kill and what it did.
#[derive(Debug)]
struct Kill {
    role: Role,
    at_ms: u64,
    /// Until `ding up` said that it is back.
    pause_ms: u64,
    /// By which the clock of rooms fell behind the wall meanwhile.
    lost_ms: u64,
    recovered: i64,
    sockets_lost: i64,
    /// Matches, also those that wait for players.
    open: [usize; 2],
}

/// All there is to know of a run while it lasts.
struct Watch<'a> {
    stack: &'a Stack,
    tables: Tables,
    players: u32,
    /// Numbers of rooms that were ever in the tables.
    ids: BTreeSet<u64>,
    /// Those that were looked into, as they were then.
    seen: BTreeMap<u64, Open>,
    beats: Vec<Beat>,
    kills: Vec<Kill>,
}

impl Watch<'_> {
    /// A look at what costs little.
    fn glance(&mut self) {
        self.ids.extend(self.tables.ids());
        let beat = self.tables.beat();
        self.beats.extend(beat.filter(|beat| self.beats.last() != Some(beat)));
    }

    /// A look into every match.
    fn look(&mut self) -> usize {
        self.glance();
        let open = self.tables.open();
        let matches = open.len();
        for (id, open) in open {
            let seen = self.seen.entry(id).or_insert_with(|| open.clone());
            seen.players = seen.players.max(open.players);
        }
        matches
    }

    /// Connections that the gateway which now runs has ended, for whatever reason.
    fn closed(&self) -> i64 {
        let gateway = self.stack.role(Role::Gateway);
        let figures = gateway["figures"].as_object().expect("figures");
        let closed = figures.iter().filter(|(name, _)| name.starts_with("closed."));
        closed.filter_map(|(_, count)| count.as_i64()).sum()
    }

    fn kill(&mut self, role: Role) {
        let game = self.stack.role(Role::Game);
        for wrong in ["rooms_broken", "rooms_diverged", "rooms_unknown", "panics", "records_refused"] {
            assert_eq!(game["figures"][wrong], 0, "{wrong}: {}", self.stack.log.text());
        }
        let (before, closed) = (self.look(), self.closed());
        let (last, beats) = (self.beats.last().copied().unwrap_or_default(), self.beats.len());
        let (at, at_ms) = (now(), wall_ms());
        self.stack.kill_and_wait(role);
        let pause_ms = ms(now().duration_since(at));
        self.stack.until_all_are_in(self.players);
        self.stack.until("the clock of rooms goes on", || {
            let rooms = self.stack.figure(Role::Game, "rooms");
            0 < rooms && self.tables.beat().is_some_and(|beat| at_ms + pause_ms < beat.wall_ms)
        });
        let open = [before, self.look()];
        let beat = self.beats[beats..].last().copied().unwrap_or_default();
        let (by_wall, by_clock) = (beat.wall_ms - last.wall_ms, beat.at_ms - last.at_ms);
        assert!(by_clock <= by_wall + ROUND_MS, "rooms are not ahead of the wall: {last:?} {beat:?}");
        // With a gateway all its connections go, and nobody counts them.
        let sockets_lost = match role {
            Role::Gateway => i64::from(self.players),
            Role::Game | Role::Dbfront => self.closed() - closed,
        };
        let recovered = self.stack.figure(Role::Game, "rooms_recovered");
        let kill = Kill {
            role,
            at_ms,
            pause_ms,
            lost_ms: by_wall.saturating_sub(by_clock),
            recovered: if role == Role::Game { recovered } else { 0 },
            sockets_lost,
            open,
        };
        self.kills.push(kill);
    }
}

/// Chess, Dou Dizhu and arenas, and a world around them.
fn play(stack: &Stack, players: u32) -> Bots {
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Mixed;
    options.players = players;
    options.reconnect = true;
    // World chat is heard by all.
    options.rates.chat_per_s = options.rates.chat_per_s.min(20.0 / f64::from(players));
    options.answer_limit = Duration::from_secs(300);
    options.seed = seed();
    Bots::play_until_enough(options)
}

/// Of all kinds: so many play, or it has not begun.
fn seats(kind: &str) -> usize {
    match kind {
        "doudizhu" => 3,
        _ => 2,
    }
}

#[test]
fn no_match_is_lost_whoever_is_killed_and_each_is_played_again_to_its_hash() {
    let tier = Tier::current();
    let kills = tier.pick(6, 30);
    let stack = Stack::start(&["--set", "game.guests_per_address_per_hour=1000000"]);
    let players = tier.pick(48, 320);
    let bots = play(&stack, players);
    let tables = Tables::of(&stack.data().join("game.db"));
    let (ids, seen, beats) = Default::default();
    let mut watch = Watch { stack: &stack, tables, players, ids, seen, beats, kills: Vec::new() };
    let began = now();
    for nth in 1..=kills {
        while now().duration_since(began) < EVERY * nth - EVERY / 8 {
            bots.on(Duration::from_millis(500));
            watch.glance();
        }
        stack.until_all_are_in(players);
        // Once in the middle of a long run somebody else.
        watch.kill(match (tier, nth) {
            (Tier::Full, 10) => Role::Gateway,
            (Tier::Full, 20) => Role::Dbfront,
            _ => Role::Game,
        });
    }
    told(&watch.kills);
    let report = bots.well();
    watch.glance();
    let Watch { tables, ids, seen, beats, kills, .. } = watch;
    drop(tables);

    let data = stack.data().to_str().expect("UTF-8").to_owned();
    let again = run(&["replay", "--check", "--data", &data]);
    println!("{}", String::from_utf8_lossy(&again.stdout));
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let database = stack.data().join("game.db");
    let ended = stack.stop_and(|| {
        let audit = run(&["audit", "--data", &data]);
        println!("{}", String::from_utf8_lossy(&audit.stdout));
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stderr));
        judge_tables(&database);
        let tables = Tables::of(&database);
        let (over, open) = (tables.over(), tables.open());
        none_is_lost(&ids, &seen, &over, &open);
        clocks_are_right(&beats, &kills, &over);
        pots_are_empty(&tables, &over);
        players_agree(&report, &over);
    });
    assert!(ended.status.success(), "{}", ended.log);
}

fn told(kills: &[Kill]) {
    println!(
        "| kill | of | pause ms | rooms behind by ms | recovered | sockets lost | open before | after |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (nth, kill) in kills.iter().enumerate() {
        let Kill { role, pause_ms, lost_ms, recovered, sockets_lost, open: [before, after], .. } = kill;
        println!(
            "| {} | {} | {pause_ms} | {lost_ms} | {recovered} | {sockets_lost} | {before} | {after} |",
            nth + 1,
            role.name()
        );
        // A socket is its gateway's.
        assert!(*role == Role::Gateway || *sockets_lost == 0, "{kill:?}");
        assert!(*lost_ms <= pause_ms + BEAT_MS + SLACK_MS, "{kill:?}");
    }
}

/// Whatever has begun is over, or open.
fn none_is_lost(ids: &BTreeSet<u64>, seen: &BTreeMap<u64, Open>, over: &[Over], open: &BTreeMap<u64, Open>) {
    let finished: BTreeSet<u64> = over.iter().map(|over| over.id).collect();
    let begun = |of: &BTreeMap<u64, Open>| -> BTreeSet<u64> {
        of.iter().filter(|(_, open)| seats(&open.kind) <= open.players).map(|(id, _)| *id).collect()
    };
    let (still, once) = (begun(open), begun(seen));
    let all = &(&finished | &still) | &once;
    let lost: Vec<&u64> = all.iter().filter(|id| !finished.contains(id) && !open.contains_key(id)).collect();
    println!(
        "{} matches begun = {} finished + {} still open; {} were open under a kill, {} rooms were seen",
        all.len(),
        finished.len(),
        still.len(),
        once.len(),
        ids.len()
    );
    assert!(lost.is_empty(), "{lost:?}");
    assert!(!once.is_empty(), "no match was open under a kill");
    let is_wrong = |over: &&Over| WRONG_ENDS.iter().any(|name| over.outcome.starts_with(name));
    let ended_wrongly: Vec<&Over> = over.iter().filter(is_wrong).collect();
    assert!(ended_wrongly.is_empty(), "{ended_wrongly:?}");
}

/// By the clock of rooms nothing takes longer than by the wall, and shorter only by pauses.
fn clocks_are_right(beats: &[Beat], kills: &[Kill], over: &[Over]) {
    let paused = |from_ms: u64, to_ms: u64| -> u64 {
        let within = kills.iter().filter(|kill| from_ms <= kill.at_ms + kill.pause_ms && kill.at_ms <= to_ms);
        within.map(|kill| kill.pause_ms + BEAT_MS + SLACK_MS).sum()
    };
    let mut behind_max = 0;
    for pair in beats.windows(2) {
        let [before, after] = [pair[0], pair[1]];
        let by_wall = after.wall_ms.checked_sub(before.wall_ms).expect("the wall's clock goes forward");
        let by_clock = after.at_ms.checked_sub(before.at_ms).expect("rooms' clock goes forward");
        assert!(by_clock <= by_wall + ROUND_MS, "{before:?} {after:?}");
        let may = paused(before.wall_ms, after.wall_ms) + SLACK_MS + STOOD_MS;
        assert!(by_wall <= by_clock + may, "{before:?} {after:?}, {may}");
    }
    for over in over {
        let by_wall = over.ended_ms - over.opened_ms;
        let may = paused(over.opened_ms, over.ended_ms) + SLACK_MS + STOOD_MS;
        assert!(over.goes_forward, "{over:?}");
        assert!(over.at_ms <= by_wall + ROUND_MS, "{over:?} took {by_wall} ms by the wall");
        assert!(by_wall <= over.at_ms + may, "{over:?} took {by_wall} ms by the wall, {may} may be lost");
        behind_max = behind_max.max(by_wall.saturating_sub(over.at_ms));
    }
    println!("{} beats of rooms' clock; a match was at most {behind_max} ms behind the wall", beats.len());
}

/// All gold that was staked in a match that is over has left its pot, and what was shared out was shared out once.
fn pots_are_empty(tables: &Tables, over: &[Over]) {
    let ended: BTreeSet<u64> = over.iter().map(|over| over.id).collect();
    let pots = tables.pots();
    let shared = pots.iter().filter(|pot| 0 < pot.settlements).count();
    let gold: i64 = pots.iter().map(|pot| pot.staked).sum();
    println!(
        "{gold} gold was staked in {} matches; {shared} shared it out, the others gave it back",
        pots.len()
    );
    assert!(0 < shared, "nobody won anything");
    let wrong: Vec<_> = pots
        .iter()
        .filter(|pot| ended.contains(&pot.room))
        .filter(|pot| pot.staked != pot.left || 1 < pot.settlements)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// What bots say of their matches fits what the tables say.
fn players_agree(report: &Report, over: &[Over]) {
    let games = report.games.as_ref().expect("they played");
    let of = |kind: &str| over.iter().filter(|over| over.kind == kind).count();
    let matches = ["chess", "doudizhu", "arena"].map(of);
    println!("{matches:?} matches of chess, Dou Dizhu, arena are over; {games:?}");
    assert!(games.closed.is_empty(), "{:?}", games.closed);
    assert!(matches.iter().all(|matches| 0 < *matches), "{matches:?}");
    let sat: usize = over.iter().map(|over| over.players).sum();
    let heard = usize::try_from(games.ends).expect("a count");
    assert!(heard <= sat, "{heard} ends heard of {sat}");
}

/// Plays a script with two players beside a stack that it may hurt.
fn script(test: impl AsyncFnOnce(&Stack) -> u64) -> (u64, Stack) {
    let stack = Stack::start(&[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let room = runtime.block_on(async { tokio::time::timeout(BOUND, test(&stack)).await.expect("in time") });
    (room, stack)
}

#[test]
fn a_match_goes_on_after_its_game_was_killed_with_clocks_right_and_stakes_settled_once() {
    let away = Duration::from_secs(6);
    let (room, stack) = script(async |stack| {
        let mut duel = Duel::begin(stack.listen, STAKE).await;
        assert_eq!((duel.white.gold().await, duel.black.gold().await), (1_000 - STAKE, 1_000 - STAKE));
        duel.moves("e2e4").await;
        let before = duel.moves("e7e5").await;
        let heard = now();
        // White thinks, and has thought for a while when all stands still.
        passes(&mut duel.white, THINKS).await;
        let (dbfront, log) = (stack.pid(Role::Dbfront), stack.log.count());
        signal(dbfront, Signal::STOP);
        let killed = now();
        stack.kill(Role::Game);
        passes(&mut duel.white, away).await;
        signal(dbfront, Signal::CONT);
        stack.log.wait_for(log, &["\"child.back\"", "\"game\""]);
        let pause = now().duration_since(killed);
        let state = duel.are_back().await;
        assert_eq!(state.moves, "e2e4 e7e5");
        assert_eq!(state.black_ms, before.black_ms, "its clock stood");
        assert!(state.white_ms <= before.white_ms, "{state:?} after {before:?}");
        let after = duel.moves("g1f3").await;
        assert_eq!(after.black_ms, before.black_ms);
        let used =
            Duration::from_millis(before.white_ms.checked_sub(after.white_ms).expect("no time is won"));
        let due = now().duration_since(heard).checked_sub(pause).expect("a pause within");
        println!("white used {used:?}; {due:?} passed without the pause of {pause:?}");
        assert!(used <= due + SLACK && due <= used + BEAT + SLACK, "{used:?} instead of {due:?}");
        assert!(used < away, "the pause is nobody's time");

        let over = duel.black_resigns().await;
        assert_eq!((over.result.as_str(), over.winner), ("1-0", duel.white.account));
        assert!(over.white_ms <= after.white_ms && over.black_ms <= BASE_MS, "{over:?}");
        for _ in 0..2 {
            assert_eq!((duel.white.gold().await, duel.black.gold().await), (1_000 + STAKE, 1_000 - STAKE));
            stack.kill_and_wait(Role::Game);
        }
        assert_eq!((duel.white.gold().await, duel.black.gold().await), (1_000 + STAKE, 1_000 - STAKE));
        duel.room
    });
    let data = stack.data().to_str().expect("UTF-8").to_owned();
    let again = run(&["replay", "--check", "--data", &data]);
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.success() && said.contains("1 to the same hash"), "{said}");
    let database = stack.data().join("game.db");
    let ended = stack.stop_and(|| {
        judge_tables(&database);
        let tables = Tables::of(&database);
        let lines = |of: &str| tables.number(&format!("SELECT count(*) FROM ledger WHERE {of} = {room}"));
        assert_eq!((lines("to_account"), lines("from_account")), (2, 1), "two stakes, one settlement");
        let paid = format!("SELECT amount FROM ledger WHERE from_account = {room}");
        assert_eq!(tables.number(&paid), 2 * STAKE);
        assert_eq!((tables.over().len(), tables.open().len()), (1, 0));
    });
    assert!(ended.status.success(), "{}", ended.log);
}

#[test]
fn whoever_was_in_a_room_of_which_nothing_is_kept_is_told_that_it_is_gone_by_name() {
    let (_, stack) = script(async |stack| {
        let mut ana = Side::guest(stack.listen).await;
        let Ok(Outcome::Ok(joined)) = ana.client.join("echo").await else { panic!("no room") };
        assert!(!joined.keeps);
        stack.kill_and_wait(Role::Game);
        loop {
            match ana.pushes.news().await.expect("it plays") {
                News::Push(Push::RoomLeft(left)) => {
                    break assert_eq!((left.room, left.reason.as_str()), (joined.room, "restarted"));
                }
                News::WentBack { kind, .. } => panic!("{kind} before it was told"),
                _ => {}
            }
        }
        // It is in the next room of that name.
        let said = ana.client.echo(b"still here").await.expect("answered");
        assert_eq!(said, Outcome::Ok(b"still here".to_vec().into()));
        joined.room
    });
    assert!(stack.stop().status.success());
}

/// So long its room says nothing; what happens to its connection is not looked at.
async fn passes(side: &mut Side, long: Duration) {
    let said = tokio::time::timeout(long, side.pushes.next()).await;
    assert!(said.is_err(), "{said:?}");
}

fn now() -> Instant {
    ding::clock::now()
}

fn wall_ms() -> u64 {
    ms(ding::clock::wall())
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).expect("not that long")
}

/// Between two kills.
const EVERY: Duration = Duration::from_secs(20);
/// The clock of rooms is written down so often.
const BEAT: Duration = Duration::from_secs(1);
const BEAT_MS: u64 = 1_000;
/// For a busy machine: what it takes to be seated again, and to be heard.
const SLACK: Duration = Duration::from_secs(2);
const SLACK_MS: u64 = 2_000;
/// Rooms stand still without a kill too, while the journal of a busy machine is late, or game has no turn.
const STOOD_MS: u64 = 3_000;
/// Two clocks are read one after the other, by a process that may have to wait in between.
const ROUND_MS: u64 = 500;
const STAKE: i64 = 100;
/// Longer than a crash may take away together with all slack.
const THINKS: Duration = Duration::from_millis(3_500);
/// Of rooms that were closed before their end.
const WRONG_ENDS: [&str; 4] = ["room_failed", "ROOM_", "abandoned", "closed_by_staff"];
