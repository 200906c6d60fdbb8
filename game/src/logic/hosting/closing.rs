//! How rooms end: a match that is over, a room that cannot go on, one that everybody has left. The last record of a
//! durable one gives back what is in its pot; ratings and lists of replays follow in another, also after a crash between
//! the two, for the room's row goes with the latter.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound::{Excluded, Unbounded},
};

use proto::{
    client::RoomLeft,
    ids::{AccountId, RoomId},
    kinds::{self, Lane},
    limits::{RATING_START, REPLAYS_PER_ACCOUNT_MAX},
    packet::Packet,
    prescan::Budget,
    room::{Entry, Input, Replay as Bundle, input::What},
    tables::{RatingRow, ReplayPlayerRow, WalletRow},
    turn::TxnId,
    wire,
};

use super::{
    Hosted,
    calling::subject,
    rating_of,
    writing::{Replay, cut},
};
use crate::{
    logic::{
        delivery::ConnKey,
        event::{ABANDONED, BrokenRoom, Now},
        held::UnitKey,
        lobby::rating::{self, Standing},
        parking::{Before, Waiter},
        release::Step,
        rooms::{
            bank::Bank as _,
            counted::players,
            kept::{Kept, replay_row},
            purse::{Purpose, Purse},
            run::{Broken, RoomRun, hash},
            watch::Calling,
        },
        running::session,
        tx::{Halt, Tx},
        work::of_room::Stands,
        world::World,
    },
    room::{Deal, Outcome},
};

/// A room that is over and whose last record is not made.
pub(super) struct Ending {
    pub(super) kept: Box<Kept>,
    pub(super) kind: usize,
    pub(super) how: How,
    /// Whose wallets are kept in memory for it.
    pub(super) pinned: BTreeSet<AccountId>,
    /// Rows are on their way, or no record of it is taken: it is not looked at by itself.
    pub(super) is_parked: bool,
    /// A record of all of it was refused: the next has what may not be left out.
    pub(super) is_least: bool,
}

/// How it ended.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// The match is over, and durable; its players are yet to hear of it.
    Finished { outcome: Outcome, players: Vec<AccountId> },
    /// It could not go on: the failing input, if one made it so.
    Broken { name: &'static str, failed: Option<Input>, inputs: u64 },
    /// Nobody is left, and nobody looks at it again.
    Empty,
    /// Staff closed it, by a record that is made.
    Written,
}

impl Ending {
    pub(super) fn new(kept: Box<Kept>, kind: usize, how: How, pinned: BTreeSet<AccountId>) -> Self {
        Self { kept, kind, how, pinned, is_parked: false, is_least: false }
    }
}

impl World {
    /// Closes a room that cannot go on: its members are in no room any more, and stakes are given back.
    pub(super) fn break_room(&mut self, id: RoomId, broken: Broken, failed: Option<(What, u64)>, now: Now) {
        self.figures.panics += u64::from(broken.name == "room_failed");
        self.figures.rooms_broken += 1;
        self.outputs.clear();
        self.work.clear();
        // Its deals were not made; to be met again it has to be told the same of them.
        let dealt = || self.hosting.effects.outcomes.iter().map(|code| (*code).to_owned()).collect();
        let failed = failed.map(|(what, at_ms)| Input { at_ms, outcomes: dealt(), what: Some(what) });
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let bundle = hosted.kept.as_ref().map(|kept| {
            let heard = wire::decode::<Entry>(kept.since().0, Budget::LINK).unwrap_or_default();
            bundle(kept, heard.inputs.into_iter().chain(failed.clone()).collect(), &broken)
        });
        let kind = self.registry.rooms()[hosted.kind].name;
        // The room itself may have counted the input by which it broke.
        let inputs = hosted.kept.as_ref().map_or(0, |kept| kept.inputs()) + u64::from(failed.is_some());
        let Broken { name, detail } = broken;
        self.hosting.broken.push(BrokenRoom { room: id, kind, name, detail, bundle });
        self.close_room(id, name, How::Broken { name, failed, inputs }, now);
    }

    /// A match that is over.
    pub(super) fn close_finished(&mut self, id: RoomId, now: Now) {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let outcome = hosted.run.outcome().cloned().unwrap_or_default();
        let players = players(&outcome, playing(&hosted.run));
        let how = How::Finished { outcome, players };
        self.close_room(id, "finished", how, now);
    }

    /// Nobody who plays it has been there for too long.
    pub(super) fn abandon(&mut self, id: RoomId, now: Now) {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let (inputs, kind) = (hosted.run.inputs(), self.registry.rooms()[hosted.kind].name);
        let (name, detail) = (ABANDONED, "no player was there".to_owned());
        self.hosting.broken.push(BrokenRoom { room: id, kind, name, detail, bundle: None });
        self.close_room(id, name, How::Broken { name, failed: None, inputs }, now);
    }

    /// Staff ends a room: stakes go back and its replay is stored in one record with what lies in the unit of work. Refused,
    /// nothing has happened, and it goes on.
    pub(in crate::logic) fn close_by_staff(&mut self, id: RoomId, now: Now) -> Result<(), Halt> {
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return Ok(()) };
        let inputs = hosted.run.inputs();
        let mut kept = hosted.kept.take();
        if let Some(kept) = &mut kept {
            // A state that cannot be written has none.
            let hash = self.state_of(id).map_or(0, |state| hash(&state));
            let end = CutOff { name: CLOSED_BY_STAFF, failed: None, inputs, hash };
            self.put_cut_off(id, kept, &end, now);
        }
        let made = self.commit(TxnId::default(), now);
        if let (Err(_), Some(kept)) = (&made, &mut kept) {
            kept.dropped();
        }
        if let Some(hosted) = self.hosting.rooms.get_mut(&id) {
            hosted.kept = kept;
        }
        made?;
        self.close_room(id, CLOSED_BY_STAFF, How::Written, now);
        Ok(())
    }

    /// Closes a room that everybody has left.
    pub(super) fn close_if_empty(&mut self, id: RoomId, now: Now) {
        if self.hosting.rooms.get(&id).is_some_and(|hosted| hosted.run.members().is_empty()) {
            self.close_room(id, ABANDONED, How::Empty, now);
        }
    }

    /// Nobody is in it any more, and it hears nothing; what the journal is to have of its end follows.
    fn close_room(&mut self, id: RoomId, reason: &'static str, how: How, now: Now) {
        let Some(hosted) = self.hosting.rooms.remove(&id) else { return };
        let Hosted { run, kind, number, groups, tick_at, wake_at, kept, pinned, deserted_at, .. } = hosted;
        for account in run.members().keys() {
            self.hosting.unseat(*account, id);
            let Some(key) = self.online.get(account).copied() else { continue };
            let Some(session) = session(&mut self.conns, key) else { continue };
            if session.room == Some(id) {
                session.room = None;
                self.delivery.step(Step::Unsubscribe { conn: key, group: groups.must_arrive }, &[]);
                self.delivery.unsubscribe(key, groups.latest_wins);
                self.tell_left(key, id, reason);
            }
        }
        let clock = usize::from(kept.is_some());
        tick_at.map(|at| self.hosting.due[clock].remove(&(at, id, super::Due::Tick)));
        wake_at.map(|at| self.hosting.due[clock].remove(&(at, id, super::Due::Wake)));
        deserted_at.map(|at| self.hosting.due[clock].remove(&(at, id, super::Due::Deserted)));
        self.hosting.late.retain(|(room, _), _| *room != id);
        self.hosting.touched.remove(&id);
        self.hosting.touched_later.remove(&id);
        // A room that came back empty may have the name of one that was opened since.
        let is_named = self.hosting.by_name.get(&(kind, number)) == Some(&id);
        if is_named {
            self.hosting.by_name.remove(&(kind, number));
        }
        self.hosting.index.closed(kind, is_named.then_some(number), id);
        self.hosting.by_group.remove(&groups.latest_wins);
        self.delivery.step(Step::End { group: groups.must_arrive }, &[]);
        self.delivery.end_group(groups.latest_wins);
        if let Some(kept) = kept {
            self.hosting.ending.insert(id, Ending::new(kept, kind, how, pinned));
            self.end_room(id, None, now);
        }
        let subject = subject(id, &self.registry.rooms()[kind], number);
        self.watch.again(&subject, &Calling::Drop, || drop(run));
    }

    /// Rooms that are over and whose last record is not made: for want of room, or of rows that are on their way.
    pub(in crate::logic) fn endings_due(&mut self, now: Now) {
        let in_turn = from_next(&self.hosting.ending, self.hosting.ending_last);
        let waiting = in_turn.filter(|(_, ending)| !ending.is_parked);
        let ids: Vec<RoomId> = waiting.map(|(id, _)| *id).take(ENDS_PER_TURN).collect();
        for id in ids {
            // Those that have to wait again are behind all others then.
            self.hosting.ending_last = id;
            self.end_room(id, None, now);
        }
    }

    /// Makes the last record of a room that is over, for the first time or again after a wait for rows.
    pub(in crate::logic) fn end_room(&mut self, id: RoomId, before: Option<Before>, now: Now) {
        if let Some(mut ending) = self.hosting.ending.remove(&id) {
            ending.is_parked = false;
            let mut made = self.write_end(id, &mut ending, now);
            if matches!(made, Err(Halt::Reject(_))) && !ending.is_least {
                // What cannot be stored of it is lost, and no more than that: stakes go back, and it is over.
                ending.kept.dropped();
                ending.is_least = true;
                made = self.write_end(id, &mut ending, now);
            }
            match made {
                Ok(()) => {
                    for account in ending.pinned {
                        self.cache.unpin(&UnitKey::Wallet(account.0));
                    }
                    self.quarantine.closed(id, self.pipeline.made());
                }
                Err(halt) => {
                    ending.kept.dropped();
                    let waiter = Waiter::Room(id);
                    let runs = before.as_ref().map_or(0, |before| before.runs);
                    // Refused, it would be so each time: it waits for the next process.
                    let is_refused = matches!(halt, Halt::Reject(_));
                    ending.is_parked = is_refused || self.suspend(waiter, runs, halt, now).is_ok();
                    self.hosting.ending.insert(id, ending);
                }
            }
        }
        if let Some(before) = before {
            self.unpin(&before.pins);
        }
    }

    fn write_end(&mut self, id: RoomId, ending: &mut Ending, now: Now) -> Result<(), Halt> {
        let Ending { kept, kind, how, is_least, .. } = ending;
        if !matches!(how, How::Written) && !self.pipeline.has_room() {
            return Err(Halt::Later { error: "store_busy", retry_after_ms: 0 });
        }
        match how {
            How::Finished { .. } if *is_least => {
                self.work.clear();
                self.outputs.clear();
                kept.put_end(true, &mut self.work);
            }
            How::Finished { outcome, players } => {
                let registered = &self.registry.rooms()[*kind];
                let (game, name) = (registered.game(), registered.name);
                let list = ReplayList { replay: id.0, kind: name, outcome, ended_ms: now.wall_ms };
                self.in_tx(ConnKey::default(), None, now, |tx| {
                    players.iter().for_each(|account| {
                        tx.want::<WalletRow>(&[account.0]);
                        tx.want::<RatingRow>(&[account.0]);
                        tx.want::<ReplayPlayerRow>(&[account.0]);
                    });
                    // Of whoever is forgotten nothing is written again.
                    let mut known = BTreeSet::new();
                    for account in players.iter() {
                        if tx.row::<WalletRow>(&account.0)?.is_some() {
                            known.insert(*account);
                        }
                    }
                    known.iter().try_for_each(|account| list.add(tx, *account))?;
                    rate(tx, game, outcome, &known)
                })?;
                kept.put_end(true, &mut self.work);
            }
            How::Broken { name, failed, inputs } => {
                self.work.clear();
                self.outputs.clear();
                if !kept.is_stored() {
                    return Ok(());
                }
                let end = CutOff { name, failed: failed.as_ref(), inputs: *inputs, hash: 0 };
                if *is_least {
                    self.put_cut_off_at_save(id, kept, &end, now);
                } else {
                    self.put_cut_off(id, kept, &end, now);
                }
            }
            How::Empty => {
                self.work.clear();
                self.outputs.clear();
                if !kept.is_stored() {
                    return Ok(());
                }
                self.refund(id, kept, now);
                kept.put_stakes(&BTreeMap::new(), &mut self.work);
                kept.put_end(false, &mut self.work);
            }
            How::Written => return Ok(()),
        }
        self.commit(TxnId::default(), now)
    }

    /// All rows of the end of a match that is not finished: stakes go back, what led to it is kept as its replay.
    fn put_cut_off(&mut self, id: RoomId, kept: &mut Kept, end: &CutOff<'_>, now: Now) {
        let CutOff { name, failed, inputs, hash } = *end;
        self.refund(id, kept, now);
        kept.put_stakes(&BTreeMap::new(), &mut self.work);
        let mut since = kept.since().0.to_vec();
        if let Some(failed) = failed {
            since.extend(wire::encode(&Entry { first: 0, inputs: vec![failed.clone()] }));
        }
        let chunk = self.hosting.packer.pack(&since).into();
        let replay = Replay {
            hash,
            outcome: name.to_owned(),
            players: Vec::new(),
            inputs,
            chunks: kept.put_last_chunk(chunk, &mut self.work),
        };
        self.work.put_of_room(&replay_row(&kept.facts, replay.row(now)), Stands::default());
        kept.put_end(true, &mut self.work);
    }

    /// The same without what it heard since it was saved last.
    fn put_cut_off_at_save(&mut self, id: RoomId, kept: &mut Kept, end: &CutOff<'_>, now: Now) {
        self.refund(id, kept, now);
        kept.put_stakes(&BTreeMap::new(), &mut self.work);
        let (inputs, chunks) = kept.stored();
        let outcome = end.name.to_owned();
        let replay = Replay { hash: 0, outcome, players: Vec::new(), inputs, chunks };
        self.work.put_of_room(&replay_row(&kept.facts, replay.row(now)), Stands::default());
        kept.put_end(true, &mut self.work);
    }

    /// What the journal knows to be in a room's pot goes back to whose it is; what a wallet has no room for leaves the
    /// world.
    fn refund(&mut self, id: RoomId, kept: &Kept, now: Now) {
        let purpose = Purpose {
            lsn: self.pipeline.next(),
            room: id.0,
            caller: AccountId(0),
            cseq: 0,
            wall_ms: now.wall_ms,
        };
        let mut purse = Purse { cache: &self.cache, work: &mut self.work, purpose, has_dealt: false };
        let stakes = kept.stakes().collect();
        for (member, gold) in kept.stakes() {
            if purse.deal(&Deal::Refund { member, gold }, &stakes).is_err() {
                purse.keep(gold);
            }
        }
    }

    /// The same for stakes that a finished room could not give back.
    pub(super) fn keep_stakes(&mut self, id: RoomId, now: Now) {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let purpose = Purpose {
            lsn: self.pipeline.next(),
            room: id.0,
            caller: AccountId(0),
            cseq: 0,
            wall_ms: now.wall_ms,
        };
        let mut purse = Purse { cache: &self.cache, work: &mut self.work, purpose, has_dealt: false };
        hosted.run.stakes().values().for_each(|gold| purse.keep(*gold));
    }

    /// Tells a player that it is out of a room without having left it.
    pub(super) fn tell_left(&mut self, key: ConnKey, room: RoomId, reason: &str) {
        let left = RoomLeft { room: room.0, reason: reason.to_owned() };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::ROOM_LEFT, ..Packet::default() }, &left);
        self.delivery.step(Step::Send { to: key, lane: Lane::MustArrive, is_answer: false }, &bytes);
    }
}

/// How a match ended that is not finished.
struct CutOff<'a> {
    name: &'static str,
    /// The input at which it could not go on.
    failed: Option<&'a Input>,
    inputs: u64,
    /// Of its last state; 0: it could not go on.
    hash: u64,
}

/// A line in the list of each player's replays.
struct ReplayList<'a> {
    replay: u64,
    kind: &'static str,
    outcome: &'a Outcome,
    ended_ms: u64,
}

impl ReplayList<'_> {
    /// One more for this account; of too many the oldest goes.
    fn add(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<(), Halt> {
        let held = tx.set::<ReplayPlayerRow>(account.0)?;
        let excess = (held.len() + 1).saturating_sub(REPLAYS_PER_ACCOUNT_MAX);
        for row in held.iter().take(excess) {
            tx.delete::<ReplayPlayerRow>(&(row.account, row.replay));
        }
        let place = self.outcome.places.iter().find(|(of, _)| *of == account).map_or(0, |(_, place)| *place);
        tx.put(ReplayPlayerRow {
            account: account.0,
            replay: self.replay,
            kind: self.kind.to_owned(),
            ended_ms: self.ended_ms,
            outcome: cut(&self.outcome.text),
            place,
        });
        Ok(())
    }
}

/// Ratings after a match: of those who are known.
fn rate(tx: &mut Tx<'_>, game: u64, outcome: &Outcome, known: &BTreeSet<AccountId>) -> Result<(), Halt> {
    let mut before = Vec::new();
    for (account, place) in &outcome.places {
        let row = tx.row::<RatingRow>(&(account.0, game))?;
        let row = row.unwrap_or(RatingRow { account: account.0, game, rating: RATING_START, games: 0 });
        before.push((row, *place));
    }
    if before.len() < 2 {
        return Ok(());
    }
    let standing = |(row, place): &(RatingRow, u32)| Standing {
        rating: rating_of(Some(row)),
        games: row.games,
        place: *place,
    };
    let after = rating::after(&before.iter().map(standing).collect::<Vec<_>>());
    for ((row, _), rating) in before.into_iter().zip(after) {
        if !known.contains(&AccountId(row.account)) {
            continue;
        }
        // Within 0 and 10,000.
        tx.put(RatingRow { rating: rating.unsigned_abs(), games: row.games + 1, ..row });
    }
    Ok(())
}

/// All of them, beginning behind the one that was looked at last.
fn from_next<V>(all: &BTreeMap<RoomId, V>, last: RoomId) -> impl Iterator<Item = (&RoomId, &V)> {
    all.range((Excluded(last), Unbounded)).chain(all.range(..=last))
}

/// Who plays now.
pub(super) fn playing(run: &RoomRun) -> impl Iterator<Item = AccountId> {
    run.members().values().filter(|member| member.is_player).map(|member| member.account)
}

/// What leads to the same again: its last saved state, and what it heard since.
pub(super) fn bundle(kept: &Kept, inputs: Vec<Input>, broken: &Broken) -> Bundle {
    let facts = &kept.facts;
    Bundle {
        format: 1,
        room: facts.id.0,
        kind: facts.kind.to_owned(),
        number: facts.number,
        options: facts.options.clone(),
        seed: facts.seed.to_vec().into(),
        opened_wall_ms: facts.opened_ms,
        inputs,
        hash: 0,
        outcome: broken.name.to_owned(),
        build: proto::handshake::BUILD.to_owned(),
        backtrace: broken.detail.clone(),
        state: kept.since().1.clone(),
    }
}

const CLOSED_BY_STAFF: &str = "closed_by_staff";
/// Records of rooms that are over, in one turn.
const ENDS_PER_TURN: usize = 64;
