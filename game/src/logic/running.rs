//! How a command or a login runs: in a transaction, from its start, again when it had to wait; and what
//! becomes of it: one record and its output, or nothing at all.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use proto::{
    client::Status,
    close::CloseReason,
    entry::check_record,
    kinds::{self, Lane, ROOM_KINDS_FIRST},
    link::ReadResponse,
    packet::Packet,
    rpc,
    turn::TxnId,
    wire,
};

use super::{
    commands::{self, Run},
    delivery::ConnKey,
    event::{HashResult, Now, ReadTag},
    held::UnitKey,
    outputs::Audience,
    parking::{Before, ParkId, Parked, Parking, Waiter},
    release::Step,
    rows_in::take_in,
    sessions::{Queued, Session, Stage, command_rate},
    switches,
    tx::{Barred, Call, Halt, Tx},
    work::is_taken,
    world::{READ_DEADLINE, World},
};
use crate::failpoint::point;

impl World {
    /// A command arrives: its number is used up, and it runs now, later or not.
    pub(super) fn on_command(&mut self, key: ConnKey, cost: u32, packet: Packet<'_>, now: Now) {
        self.figures.commands += 1;
        let Some(session) = session(&mut self.conns, key) else { return };
        // Before its number is used up: that would push the bit of the oldest one out of the 64.
        if self.config.unanswered_max <= self.delivery.unanswered(key) {
            return self.close(key, CloseReason::TooManyUnanswered, &[], now);
        }
        if !session.numbers.arrive(packet.cseq) {
            return self.close(key, CloseReason::BadSequence, &[], now);
        }
        self.delivery.asked(key, now.instant);
        if let Err(wait) = session.commands.take(cost, command_rate(&self.config), now.instant) {
            let error = "too_fast";
            return self.answer_no(key, packet.cseq, &Halt::Later { error, retry_after_ms: ms(wait) });
        }
        if !self.delivery.has_room() {
            return self.answer_no(key, packet.cseq, &BUSY);
        }
        if session.parked.is_some() {
            let Packet { kind, cseq, body, .. } = packet;
            session.queue.push_back(Queued { kind, cseq, body: body.to_vec() });
            return;
        }
        self.command(key, packet.kind, packet.cseq, packet.body, None, now);
    }

    /// Runs a command, for the first time or again.
    fn command(
        &mut self,
        key: ConnKey,
        kind: u32,
        cseq: u64,
        body: &[u8],
        mut before: Option<Before>,
        now: Now,
    ) {
        let Some(account) = session(&mut self.conns, key).map(|session| session.account) else { return };
        let call = Call { account, cseq, body };
        let ran = if self.stands_still_for(kind) {
            self.scarcity.admits_anything()
        } else if ROOM_KINDS_FIRST <= kind {
            self.room_message(key, kind, &call, now)
        } else {
            match commands::find(kind) {
                None => Err(Halt::Reject("unknown_kind")),
                Some(Run::World(run)) => run(self, key, &call, now),
                Some(Run::Rows(run)) => {
                    let hash = before.as_mut().and_then(|before| before.hash.take());
                    let ran = self.in_tx(key, hash.as_ref(), now, |tx| run(tx, &call));
                    ran.and_then(|()| self.commit_command(key, &call, now))
                }
            }
        };
        match ran {
            Ok(()) => {
                self.figures.answered_ok += 1;
                if let Some(session) = session(&mut self.conns, key) {
                    session.numbers = session.numbers.with_ok(cseq);
                }
            }
            Err(halt) => match self.park(key, Order { kind, cseq, body }, before.as_ref(), halt, now) {
                Ok(park) => {
                    if let Some(session) = session(&mut self.conns, key) {
                        session.parked = Some(park);
                    }
                }
                Err(halt) => self.answer_no(key, cseq, &halt),
            },
        }
        if let Some(before) = before {
            self.unpin(&before.pins);
        }
    }

    /// Runs a handler on an empty transaction. A panic in it is a refusal: nothing has changed yet.
    pub(super) fn in_tx<T>(
        &mut self,
        key: ConnKey,
        hash: Option<&HashResult>,
        now: Now,
        run: impl FnOnce(&mut Tx<'_>) -> Result<T, Halt>,
    ) -> Result<T, Halt> {
        self.work.clear();
        self.outputs.clear();
        self.talking.spoken = None;
        self.ids.begin_work();
        let account = session(&mut self.conns, key).map(|session| session.account);
        let in_world = account.and_then(|account| self.roaming.who(account));
        // What a player said before its connection went may have waited for rows: it was in the world then.
        let waits =
            session(&mut self.conns, key).and_then(|session| session.away).is_some_and(|it| it.has_avatar);
        let plays =
            in_world.filter(|_| waits || account.is_some_and(|account| self.roaming.is_played(account)));
        let worn = account.map(|account| self.roaming.worn(account)).unwrap_or_default();
        let stands = account.and_then(|account| self.place_of(account));
        let locked = in_world.map(|character| self.trading.locked(character)).unwrap_or_default();
        let mut tx = Tx {
            cache: &self.cache,
            ids: &mut self.ids,
            rng: &mut self.rng,
            chat: session(&mut self.conns, key).map(|session| &session.chat),
            spoken: &mut self.talking.spoken,
            config: &self.config,
            design: &self.design,
            in_world,
            plays,
            worn,
            stands,
            locked: &locked,
            work: &mut self.work,
            out: &mut self.outputs,
            now,
            lsn: self.pipeline.next(),
            hash,
        };
        match catch_unwind(AssertUnwindSafe(|| run(&mut tx))) {
            Ok(ran) => ran,
            Err(_) => {
                self.figures.panics += 1;
                Err(Halt::Reject("internal"))
            }
        }
    }

    /// Makes what a command did true. With a record, the command's number is in it.
    pub(super) fn commit_command(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        if self.work.is_written() {
            if !self.work.is_progress {
                self.scarcity.admits_value(now.instant)?;
            }
            let Some(session) = session(&mut self.conns, key) else { return Err(Halt::Reject("internal")) };
            let numbers = session.numbers.with_ok(call.cseq);
            self.work.change_account(&self.cache, call.account, |row| numbers.store(row))?;
            self.commit(TxnId { account: call.account, cseq: call.cseq }, now)?;
        }
        if let Some(spoken) = self.talking.spoken.take()
            && let Some(session) = session(&mut self.conns, key)
        {
            session.chat = spoken;
        }
        if !self.outputs.has_answer() {
            self.outputs.answer_ok(call.cseq, &[]);
        }
        self.deliver(Some(key), None);
        Ok(())
    }

    /// Checks the work's record, gives it its position, and makes its rows the truth. An error has changed
    /// nothing; after the position was given nothing can fail.
    pub(super) fn commit(&mut self, txn: TxnId, now: Now) -> Result<(), Halt> {
        self.scarcity.admits_anything()?;
        if !self.pipeline.has_room() {
            return Err(Halt::Later { error: "store_busy", retry_after_ms: RETRY_MS });
        }
        switches::may_be_written(&self.cache, &self.work)?;
        let Ok(record) = self.work.record(&self.cache, &self.ids, now.wall_ms) else {
            self.figures.records_refused += 1;
            return Err(Halt::Reject("internal"));
        };
        let payload = wire::encode(&record);
        let refusal = if check_record(&record).is_err() {
            Some("internal")
        } else {
            (!is_taken(&payload)).then_some("record_too_large")
        };
        if let Some(refusal) = refusal {
            self.figures.records_refused += 1;
            return Err(Halt::Reject(refusal));
        }
        point!("commit.checked");
        let lsn = self.pipeline.push(txn, &payload);
        point!("commit.queued");
        self.work.apply(&mut self.cache, lsn);
        point!("commit.applied");
        if record.value {
            self.delivery.wait_for(lsn);
            self.ops.executed(txn, lsn);
        }
        self.figures.records += 1;
        Ok(())
    }

    /// Sends the committed work's output on its way. `groups` are the room's, must-arrive and latest-wins.
    pub(super) fn deliver(&mut self, caller: Option<ConnKey>, groups: Option<super::hosting::RoomGroups>) {
        for (item, bytes) in self.outputs.iter() {
            let (lane, is_answer) = (item.lane, item.is_answer);
            let to = match item.to {
                Audience::Nobody => continue,
                Audience::Caller => caller,
                Audience::Account(account) => {
                    // A member hears what its room says in the order in which it says it.
                    if let Some(groups) = groups {
                        self.delivery.step(Step::Flush { group: groups.must_arrive }, &[]);
                    }
                    self.online.get(&account).copied()
                }
                Audience::Everyone => {
                    self.delivery.step(Step::Publish { group: self.everyone }, bytes);
                    continue;
                }
                Audience::Room => {
                    if let Some(groups) = groups {
                        self.delivery.step(Step::Publish { group: groups.must_arrive }, bytes);
                    }
                    continue;
                }
                Audience::RoomLatest => {
                    if let Some(groups) = groups {
                        self.delivery.collect(groups.latest_wins, bytes);
                    }
                    continue;
                }
            };
            if let Some(to) = to {
                self.delivery.step(Step::Send { to, lane, is_answer }, bytes);
            }
        }
    }

    /// Lets a command or login wait for what it halted on.
    ///
    /// # Errors
    /// Why it does not wait but ends.
    pub(super) fn park(
        &mut self,
        key: ConnKey,
        order: Order<'_>,
        before: Option<&Before>,
        halt: Halt,
        now: Now,
    ) -> Result<ParkId, Halt> {
        let Order { kind, cseq, body } = order;
        let body = crate::logic::secret::Secret::new(body.to_vec());
        let waiter = Waiter::Client { conn: key, kind, cseq, body };
        self.suspend(waiter, before.map_or(0, |before| before.runs), halt, now)
    }

    /// Lets something wait for what it halted on, after so many runs before this one.
    ///
    /// # Errors
    /// Why it does not wait but ends.
    pub(super) fn suspend(
        &mut self,
        waiter: Waiter,
        runs_before: u32,
        halt: Halt,
        now: Now,
    ) -> Result<ParkId, Halt> {
        let wish = match halt {
            Halt::Miss => None,
            Halt::Hash(wish) => Some(wish),
            Halt::Reject(_) | Halt::Later { .. } | Halt::Barred(_) => return Err(halt),
        };
        let runs = runs_before + 1;
        if Parking::RUNS_MAX <= runs {
            return Err(Halt::Later { error: "too_many_misses", retry_after_ms: RETRY_MS });
        }
        if !self.parking.has_room() {
            return Err(BUSY);
        }
        if wish.is_some() && !self.hash_has_room(waiter.conn()) {
            self.figures.hashes_refused += 1;
            return Err(BUSY);
        }
        let pins: Vec<UnitKey> =
            self.work.touched.iter().filter(|key| self.cache.holds(key)).cloned().collect();
        for pin in &pins {
            self.cache.pin(pin);
        }
        let parked =
            Parked { waiter, runs, pins, hash: None, wants: None, told: None, compared: None, waits_for: 0 };
        match wish {
            None => {
                self.figures.misses += 1;
                let deadline = now.instant + READ_DEADLINE;
                Ok(self.parking.park_for_rows(parked, &self.work.missing, deadline, &mut self.reads))
            }
            Some(wish) => Ok(self.park_for_hash(parked, wish, now)),
        }
    }

    /// Rows came, or will not.
    pub(super) fn on_rows(&mut self, tag: ReadTag, result: Result<ReadResponse, rpc::Failure>, now: Now) {
        if self.loading.waits_for(tag) {
            return self.on_page(result, now);
        }
        if let Some(page) = self.staff_page_for(tag) {
            return self.on_staff_page(page, result, now);
        }
        if self.mailing.waits_for(tag) {
            return self.on_mailing_page(result, now);
        }
        if self.pruning.waits_for(tag) {
            return self.on_reports(result, now);
        }
        if self.old_replays.waits_for(tag) {
            return self.on_old_replays(result, now);
        }
        if let Some(read) = self.replay_read(tag) {
            return self.on_replay_rows(read, result, now);
        }
        let Some(mut asked) = self.parking.read_done(tag) else { return };
        if matches!(result, Err(rpc::Failure::LinkLost)) {
            match self.parking.set_aside(asked) {
                Ok(()) => return,
                Err(refused) => asked = refused,
            }
        }
        let refusal = match &result {
            Ok(response) => take_in(&mut self.cache, &asked.keys, response).err(),
            Err(_) => Some(store_away as Refusal),
        };
        self.rows_came(&asked.keys, refusal, now);
    }

    /// The link did not come back in time for these.
    pub(super) fn give_up_rows(&mut self, now: Now) {
        let keys = self.parking.give_up(now.instant);
        self.rows_came(&keys, Some(store_away), now);
    }

    fn rows_came(&mut self, keys: &[UnitKey], refusal: Option<Refusal>, now: Now) {
        let mut ready = Vec::new();
        for key in keys {
            ready.append(&mut self.parking.row_came(key, &mut self.cache));
        }
        for park in ready {
            self.resume(park, refusal, now);
        }
    }

    /// Runs something suspended again.
    /// Without what it waited for it is refused.
    pub(super) fn resume(&mut self, park: ParkId, refusal: Option<Refusal>, now: Now) {
        let Some((waiter, before)) = self.parking.take(park).map(Parked::again) else { return };
        let refusal = refusal.map(|refusal| refusal());
        if refusal.is_some() {
            self.unpin(&before.pins);
        }
        match (waiter, refusal) {
            (Waiter::Staff(call), None) => self.staff(*call, Some(before), now),
            (Waiter::Staff(call), Some(refusal)) => self.staff_ended(&call, &refusal),
            (Waiter::Renewal(renewal), None) => self.renew(&renewal, before, now),
            (Waiter::Mailing(slice), None) => self.mail_slice(*slice, Some(before), now),
            (Waiter::Mailing(_), Some(_)) => self.mail_again(now),
            (Waiter::Pruning(owner), None) => self.prune(owner, Some(before), now),
            (Waiter::Room(room), refusal) => {
                self.end_room(room, refusal.is_none().then_some(before), now);
            }
            (Waiter::Rooms, None) => self.rooms_read(Some(before), now),
            (Waiter::Rooms, Some(_)) => self.rest_rooms(now),
            (Waiter::OldReplay(old), None) => self.prune_replay(*old, Some(before), now),
            (Waiter::Renewal(_) | Waiter::Pruning(_) | Waiter::OldReplay(_), Some(_)) => {}
            (Waiter::Client { conn, kind: kinds::RESET, .. }, Some(refusal)) => {
                self.refuse_seat(conn, &refusal, now);
            }
            (Waiter::Client { conn, kind: kinds::RESET, .. }, None) => self.reseat(conn, Some(before), now),
            (Waiter::Client { conn, cseq: 0, .. }, Some(refusal)) => self.refuse_login(conn, &refusal, now),
            (Waiter::Client { conn, kind, cseq: 0, body }, None) => {
                self.login(conn, kind, body.expose(), Some(before), now);
            }
            (Waiter::Client { conn, kind, cseq, body }, refusal) => {
                if let Some(session) = session(&mut self.conns, conn) {
                    session.parked = None;
                }
                match refusal {
                    Some(refusal) => self.answer_no(conn, cseq, &refusal),
                    None => self.command(conn, kind, cseq, body.expose(), Some(before), now),
                }
                self.run_queue(conn, now);
            }
        }
    }

    /// What waited behind a suspended command.
    fn run_queue(&mut self, key: ConnKey, now: Now) {
        while let Some(session) = session(&mut self.conns, key) {
            if session.parked.is_some() {
                break;
            }
            let Some(Queued { kind, cseq, body }) = session.queue.pop_front() else { break };
            self.command(key, kind, cseq, &body, None, now);
        }
    }

    /// Nobody waits for it any more.
    pub(super) fn drop_parked(&mut self, park: ParkId) -> Option<Waiter> {
        let parked = self.parking.take(park)?;
        self.unqueue(&parked);
        self.unpin(&parked.pins);
        Some(parked.waiter)
    }

    pub(super) fn unpin(&mut self, pins: &[UnitKey]) {
        for pin in pins {
            self.cache.unpin(pin);
        }
    }

    /// REJECTED or RETRY_LATER: leaves at once.
    fn answer_no(&mut self, key: ConnKey, cseq: u64, halt: &Halt) {
        let (status, error, retry_after_ms) = match halt {
            Halt::Later { error, retry_after_ms } => (Status::RetryLater, *error, *retry_after_ms),
            Halt::Reject(error) | Halt::Barred(Barred { error, .. }) => (Status::Rejected, *error, 0),
            Halt::Miss | Halt::Hash(_) => (Status::Rejected, "internal", 0),
        };
        if status == Status::Rejected {
            self.figures.answered_rejected += 1;
        } else {
            self.figures.answered_later += 1;
        }
        let mut bytes = Vec::new();
        wire::put_answer_no(&mut bytes, cseq, status, error, retry_after_ms);
        self.delivery.send_now(key, Lane::MustArrive, true, &bytes);
    }
}

/// What a command or login is told when what it waited for did not come.
pub(super) type Refusal = fn() -> Halt;

pub(super) fn store_away() -> Halt {
    Halt::Later { error: "store_away", retry_after_ms: RETRY_MS }
}

pub(super) fn busy() -> Halt {
    BUSY
}

/// A command or login as it has to be kept to run again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order<'a> {
    pub(super) kind: u32,
    /// 0 for a login.
    pub(super) cseq: u64,
    pub(super) body: &'a [u8],
}

/// The session on a connection.
pub(super) fn session(
    conns: &mut slotmap::SecondaryMap<ConnKey, super::sessions::Conn>,
    key: ConnKey,
) -> Option<&mut Session> {
    match &mut conns.get_mut(key)?.stage {
        Stage::Playing(session) => Some(session),
        Stage::ExpectHello
        | Stage::ExpectLogin
        | Stage::Queued(_)
        | Stage::LoggingIn(_)
        | Stage::Returning { .. } => None,
    }
}

fn ms(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

const BUSY: Halt = Halt::Later { error: "busy", retry_after_ms: RETRY_MS };
/// After how long a refused client should come back, milliseconds.
const RETRY_MS: u32 = 1_000;
