//! Who watches a match, and how fast: what is due by the time of its room is played, a bounded share of each turn, and
//! what the room says is sent on. Whoever is away sees it go on when it is back. Knows no shelf.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::Arc,
    time::{Duration, Instant},
};

use proto::{
    client::{ReplayEnded, ReplaySaid},
    ids::AccountId,
    kinds::{self, Lane},
    limits::CLIENT_FRAME_BYTES_MAX,
    packet::{Packet, Packets},
    wire,
};

use super::{
    again::{Again, End},
    shelf::Stored,
};
use crate::logic::{delivery::ConnKey, event::Now, release::Step, running::session, tx::Halt, world::World};

/// All who watch one.
#[derive(Default)]
pub(crate) struct Watching {
    watchers: BTreeMap<AccountId, Box<Watcher>>,
    /// Who had a share last: the next begin.
    last: AccountId,
    /// All of this turn's share was used: nothing is played before this.
    rests_until: Option<Instant>,
}

/// How it is to be shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// From 1 to 16.
    pub(super) speed: u32,
    /// What was before is not shown.
    pub(super) from_ms: u64,
}

struct Watcher {
    again: Again,
    pace: Pace,
    /// Of its session, which ends with it.
    session_gen: u32,
    /// The room's time up to which it has been shown, and when that was; not before its beginning is reached.
    at: Duration,
    looked_at: Instant,
    is_begun: bool,
    due: Instant,
}

impl Watching {
    /// Whether somebody may watch one more.
    ///
    /// # Errors
    /// It watches one, or too many do.
    pub(super) fn may_begin(&self, account: AccountId) -> Result<(), Halt> {
        if self.watchers.contains_key(&account) {
            return Err(Halt::Reject("already_watching"));
        }
        if WATCHERS_MAX <= self.watchers.len() {
            return Err(Halt::Later { error: "too_many_watchers", retry_after_ms: FULL_MS });
        }
        Ok(())
    }

    /// When [`World::replays_due`] has something to do.
    pub(in crate::logic) fn next_deadline(&self) -> Option<Instant> {
        let due = self.watchers.values().map(|watcher| watcher.due).min()?;
        Some(self.rests_until.map_or(due, |until| until.max(due)))
    }

    /// Those who have something to see now, whoever had a share longest ago first.
    fn due(&self, now: Instant) -> Vec<AccountId> {
        let later = self.watchers.range((Bound::Excluded(self.last), Bound::Unbounded));
        let all = later.chain(self.watchers.range(..=self.last));
        all.filter(|(_, watcher)| watcher.due <= now).map(|(account, _)| *account).collect()
    }
}

impl World {
    /// Makes the room of a match once more.
    ///
    /// # Errors
    /// It does not open.
    pub(super) fn open_again(&self, stored: Arc<Stored>) -> Result<Again, Halt> {
        let kind = self.registry.rooms().iter().find(|kind| kind.name == stored.row().kind);
        let kind = kind.ok_or(Halt::Reject("no_such_room"))?;
        Again::open(stored, kind, &self.watch).ok_or(Halt::Reject("replay_is_damaged"))
    }

    /// It is shown to this session from now on.
    pub(super) fn begin_watching(&mut self, key: ConnKey, again: Again, pace: Pace, now: Now) {
        let Some(session) = session(&mut self.conns, key) else { return again.close(&self.watch) };
        let watcher = Watcher {
            again,
            pace,
            session_gen: session.seat.session_gen,
            at: Duration::from_millis(pace.from_ms),
            looked_at: now.instant,
            is_begun: false,
            due: now.instant,
        };
        self.replays.watching.watchers.insert(session.account, Box::new(watcher));
    }

    /// Whether it watched one.
    pub(super) fn stop_watching(&mut self, account: AccountId) -> bool {
        let Some(watcher) = self.replays.watching.watchers.remove(&account) else { return false };
        watcher.again.close(&self.watch);
        true
    }

    /// Plays what is due of all that are watched, up to this turn's share.
    pub(in crate::logic) fn replays_due(&mut self, now: Now) {
        self.replays.shelf.tidy(now.instant);
        if self.replays.watching.next_deadline().is_none_or(|at| now.instant < at) {
            return;
        }
        self.replays.watching.rests_until = Some(now.instant + PAUSE);
        if !self.delivery.has_room() {
            return;
        }
        let mut used = Played::default();
        for account in self.replays.watching.due(now.instant) {
            if INPUTS_PER_TURN <= used.inputs || TOOK_PER_TURN <= used.took {
                break;
            }
            self.replays.watching.last = account;
            let inputs = (INPUTS_PER_TURN - used.inputs).min(INPUTS_AT_ONCE);
            let played = self.show_replay(account, (inputs, TOOK_PER_TURN - used.took), now);
            used.inputs += played.inputs;
            used.took += played.took;
        }
        self.replays.watching.rests_until = Some(now.instant + PAUSE.max(used.took * TURNS_APART));
    }

    /// Plays for one of them until so many inputs or so much time of the processor are used; what that was.
    fn show_replay(&mut self, account: AccountId, most: (usize, Duration), now: Now) -> Played {
        let mut played = Played::default();
        let Some(mut watcher) = self.replays.watching.watchers.remove(&account) else { return played };
        let key = self.online.get(&account).copied();
        let session = key.and_then(|key| session(&mut self.conns, key));
        let Some((key, session)) = key.zip(session) else {
            watcher.again.close(&self.watch);
            return played;
        };
        if session.seat.session_gen != watcher.session_gen {
            watcher.again.close(&self.watch);
            return played;
        }
        if session.away.is_some() {
            watcher.looked_at = now.instant;
            watcher.due = now.instant + AWAY;
            self.replays.watching.watchers.insert(account, watcher);
            return played;
        }
        let shown = self.play_on(key, &mut watcher, most, &mut played, now);
        played.took = watcher.again.take_took();
        match shown {
            Ok(()) => {
                self.replays.watching.watchers.insert(account, watcher);
            }
            Err(end) => {
                self.tell_end(key, &watcher.again, end);
                watcher.again.close(&self.watch);
            }
        }
        played
    }

    fn play_on(
        &mut self,
        key: ConnKey,
        watcher: &mut Watcher,
        (inputs_max, took_max): (usize, Duration),
        played: &mut Played,
        now: Now,
    ) -> Result<(), End> {
        if watcher.is_begun {
            watcher.at += now.instant.saturating_duration_since(watcher.looked_at) * watcher.pace.speed;
        }
        watcher.looked_at = now.instant;
        while played.inputs < inputs_max && played.bytes < BYTES_AT_ONCE && watcher.again.took() < took_max {
            let next_ms = watcher.again.next_ms();
            if !watcher.is_begun && next_ms.is_none_or(|next_ms| watcher.pace.from_ms <= next_ms) {
                watcher.is_begun = true;
                let seen = watcher.again.view(&self.watch)?;
                played.bytes += self.say_again(key, &watcher.again, watcher.pace.from_ms, &seen)?;
            }
            let Some(next_ms) = next_ms else { return Err(watcher.again.end(&self.watch)) };
            let wait = Duration::from_millis(next_ms).saturating_sub(watcher.at);
            if watcher.is_begun && !wait.is_zero() {
                watcher.due = now.instant + (wait / watcher.pace.speed).max(PAUSE);
                return Ok(());
            }
            played.inputs += 1;
            watcher.again.hear(&self.watch)?;
            if watcher.is_begun {
                let said: Vec<u8> = watcher.again.said().flatten().copied().collect();
                played.bytes += self.say_again(key, &watcher.again, next_ms, &said)?;
            }
        }
        watcher.due = now.instant + PAUSE;
        Ok(())
    }

    /// Sends on what the room said; how many bytes.
    fn say_again(&mut self, key: ConnKey, again: &Again, at_ms: u64, said: &[u8]) -> Result<usize, End> {
        let mut bytes = Vec::new();
        for packet in Packets::new(said) {
            // It was encoded here.
            let Ok(Packet { kind, body, .. }) = packet else { break };
            if CLIENT_FRAME_BYTES_MAX < body.len() + HEAD_BYTES {
                return Err(End::otherwise(TOO_LARGE));
            }
            let told = ReplaySaid { replay: again.id(), at_ms, kind, body: body.to_vec().into() };
            bytes.clear();
            wire::put(&mut bytes, Packet { kind: kinds::REPLAY_SAID, ..Packet::default() }, &told);
            self.delivery.step(Step::Send { to: key, lane: Lane::MustArrive, is_answer: false }, &bytes);
        }
        Ok(said.len())
    }

    fn tell_end(&mut self, key: ConnKey, again: &Again, end: End) {
        let told = ReplayEnded {
            replay: again.id(),
            outcome: again.outcome().to_owned(),
            hash_ok: end.is_same,
            error: end.error.unwrap_or_default().to_owned(),
        };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::REPLAY_ENDED, ..Packet::default() }, &told);
        self.delivery.step(Step::Send { to: key, lane: Lane::MustArrive, is_answer: false }, &bytes);
    }
}

/// What one share was used for.
#[derive(Default)]
struct Played {
    inputs: usize,
    bytes: usize,
    /// Of the processor, by the room's code.
    took: Duration,
}

/// Who watch one at a time.
const WATCHERS_MAX: usize = 32;
/// Whoever finds as many comes again after this.
const FULL_MS: u32 = 10_000;
/// Inputs for one who watches, at once.
const INPUTS_AT_ONCE: usize = 64;
/// And for all together.
const INPUTS_PER_TURN: usize = 256;
/// Time of the processor for all together, until no other call is made: the one that is made then may be longer.
const TOOK_PER_TURN: Duration = Duration::from_millis(3);
/// A turn of replays comes no sooner than after this many times what the last one took: whatever rooms do in a call, they
/// have a quarter of the thread.
const TURNS_APART: u32 = 4;
/// What a room says to one who watches, at once, before it is stopped: with [`PAUSE`] some 1.6 MB a second.
const BYTES_AT_ONCE: usize = 16 * 1024;
/// Between two shares.
const PAUSE: Duration = Duration::from_millis(10);
/// Until it is looked again for one who is away.
const AWAY: Duration = Duration::from_secs(1);
/// A packet of the room does not fit into one of ours.
const TOO_LARGE: &str = "replay_too_large";
/// What stands around a packet of the room.
const HEAD_BYTES: usize = 64;
