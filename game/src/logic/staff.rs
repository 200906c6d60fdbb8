//! What staff asks of the world from outside: one closed list of requests, run like commands, from their
//! start and again when they had to wait. An answer is a promise: it leaves when all that was executed
//! before it is durable. Knows no socket and no command line.

mod ask;
mod credentials;
mod erase;
mod error;
mod grants;
mod log;
mod mailing;
mod map;
mod notes;
mod pages;
mod player;
mod restrict;
mod rooms;
mod speaking;
mod switches;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, time::Instant};

use proto::{
    close::CloseReason,
    ids::{AccountId, Lsn},
    link::StaffResponse,
    tables::{AccountRow, NameRow},
};
use rustc_hash::FxHashMap;
use slotmap::Key;

use self::pages::Page;
pub use self::{
    ask::{Ask, Request, RoomPage, Signed, Who},
    error::StaffError,
};
use super::{
    cache::Cached,
    delivery::ConnKey,
    event::{HashResult, Now, ReadTag},
    parking::{Before, ParkId, Waiter},
    sessions::Stage,
    tx::{Barred, Halt, Tx},
    world::World,
};

/// Names one request between the world and the driver; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StaffId(pub u64);

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: StaffId,
    pub(crate) ask: Ask,
    /// After this nobody waits for the answer, and what has not begun does not begin.
    pub(crate) deadline: Instant,
}

/// Requests that are not answered yet. Their number is bounded by whoever lets them in.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// Suspended ones, to be dropped when nobody waits any more.
    parked: FxHashMap<StaffId, (ParkId, Instant)>,
    /// Pages on their way from the store.
    pages: FxHashMap<ReadTag, Page>,
    /// Pages that wait until the database has all that was executed before they were asked for.
    unapplied: Vec<(Lsn, Call)>,
    /// Answers that wait for durability, in order.
    answers: VecDeque<(Lsn, StaffId, StaffResponse)>,
    /// What may leave.
    done: Vec<(StaffId, StaffResponse)>,
    map_looks: map::Looks,
}

impl Desk {
    /// Moves out what may leave.
    pub(crate) fn end_turn(&mut self, durable: Lsn, out: &mut Vec<(StaffId, StaffResponse)>) {
        while let Some((_, id, response)) = self.answers.pop_front_if(|(gate, ..)| *gate <= durable) {
            self.done.push((id, response));
        }
        out.append(&mut self.done);
    }

    /// When a request's time is over next.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let parked = self.parked.values().map(|(_, deadline)| *deadline);
        parked.chain(self.unapplied.iter().map(|(_, call)| call.deadline)).min()
    }
}

impl World {
    /// A request comes in.
    pub(super) fn on_staff(&mut self, call: Call, now: Now) {
        if !self.is_ready() {
            return self.staff_refused(call.id, &StaffError::Starting.into());
        }
        self.staff(call, None, now);
    }

    /// Runs a request, for the first time or again.
    pub(super) fn staff(&mut self, mut call: Call, mut before: Option<Before>, now: Now) {
        self.desk.parked.remove(&call.id);
        let hash = before.as_mut().and_then(|before| before.hash.take());
        let ran = if call.deadline <= now.instant {
            Err(StaffError::TooLate.into())
        } else {
            self.staff_run(&mut call, hash.as_ref(), now)
        };
        let runs = before.as_ref().map_or(0, |before| before.runs);
        if let Some(before) = before {
            self.unpin(&before.pins);
        }
        match ran {
            Ok(Ran::Done(response)) => self.staff_answer(call.id, *response),
            Ok(Ran::Page) => self.staff_page(call, now),
            Ok(Ran::More) => self.staff(call, None, now),
            Err(halt) => {
                let (id, deadline) = (call.id, call.deadline);
                match self.suspend(Waiter::Staff(Box::new(call)), runs, halt, now) {
                    Ok(park) => {
                        self.desk.parked.insert(id, (park, deadline));
                    }
                    Err(halt) => self.staff_refused(id, &halt),
                }
            }
        }
    }

    fn staff_run(&mut self, call: &mut Call, hash: Option<&HashResult>, now: Now) -> Result<Ran, Halt> {
        let none = ConnKey::null();
        let ask = &call.ask;
        match &ask.request {
            Request::Rows(_) => Ok(Ran::Page),
            Request::Find { who } => {
                let row = self.in_tx(none, hash, now, |tx| account(tx, who))?;
                Ok(done(self.staff_about(&row)))
            }
            Request::Kick { who } => self.staff_kick(ask, who, now).map(done),
            Request::Restrict(restrict) => self.staff_restrict(ask, restrict, now).map(done),
            Request::Password(wish) => self.staff_password(ask, wish, hash, now).map(done),
            Request::Grant(grant) => self.staff_grant(ask, grant, now).map(done),
            Request::Erase(_) => self.staff_erase(call, now),
            Request::Maintenance(wish) => self.staff_maintenance(ask, wish, now).map(done),
            Request::Player(player) => self.staff_player(ask, player, now).map(done),
            Request::RoomList(page) => Ok(done(self.staff_room_list(page, now))),
            Request::RoomShow { room, is_watch } => self.staff_room_show(*room, *is_watch, now).map(done),
            Request::RoomClose { room } => self.staff_room_close(ask, *room, now).map(done),
            Request::RoomSay { room, signal } => self.staff_room_say(ask, *room, signal, now).map(done),
            Request::Map(wish) => self.staff_map(*wish, now).map(done),
            Request::Note(note) => self.staff_note(ask, note, now).map(done),
            Request::Switches => Ok(done(self.staff_switches())),
            Request::Switch(wish) => self.staff_switch(ask, *wish, now).map(done),
            Request::Chat(tail) => Ok(done(self.staff_chat(tail))),
            Request::Announce { text } => self.staff_announce(ask, text, now).map(done),
            Request::MailLook(look) => Ok(self.staff_mail_look(look).map_or(Ran::Page, done)),
            Request::Mailing(wish) => self.staff_mailing(ask, wish, now).map(done),
            Request::MailStop { key } => self.staff_mail_stop(ask, key, now).map(done),
            Request::Freeze { who, is_lift } => self.staff_freeze(ask, who, *is_lift, now).map(done),
        }
    }

    /// An account as every answer about it begins.
    fn staff_about(&self, row: &AccountRow) -> StaffResponse {
        StaffResponse {
            account: row.id,
            name: row.name.clone().unwrap_or_default(),
            online: self.online.contains_key(&AccountId(row.id)),
            ..StaffResponse::default()
        }
    }

    /// An account's row, if it is in memory.
    fn cached_account(&self, account: AccountId) -> Option<&AccountRow> {
        AccountRow::table(&self.cache).find(&account.0).map(|held| &held.row)
    }

    /// Whoever plays as this account, or is about to have its seat again, is told why and closed.
    fn end_sessions(&mut self, account: AccountId, reason: CloseReason, told: &[u8], now: Now) {
        if let Some(key) = self.online.get(&account).copied() {
            self.close(key, reason, told, now);
        }
        for key in self.returning_as(account) {
            self.close(key, reason, told, now);
        }
    }

    /// Connections of an earlier game that wait for this account's seat.
    fn returning_as(&self, account: AccountId) -> Vec<ConnKey> {
        let is_its =
            |stage: &Stage| matches!(stage, Stage::Returning { account: its, .. } if *its == account);
        self.conns.iter().filter(|(_, conn)| is_its(&conn.stage)).map(|(key, _)| key).collect()
    }

    /// Lets an answer wait for all that was executed before it.
    fn staff_answer(&mut self, id: StaffId, mut response: StaffResponse) {
        let gate = self.pipeline.made();
        response.lsn = gate.0;
        self.desk.answers.push_back((gate, id, response));
    }

    /// A suspended request ends without having run again.
    pub(super) fn staff_ended(&mut self, call: &Call, halt: &Halt) {
        self.desk.parked.remove(&call.id);
        self.staff_refused(call.id, halt);
    }

    fn staff_refused(&mut self, id: StaffId, halt: &Halt) {
        let error = match halt {
            Halt::Reject(error) | Halt::Later { error, .. } => *error,
            Halt::Barred(Barred { error, .. }) => *error,
            Halt::Miss | Halt::Hash(_) => "internal",
        };
        let response = StaffResponse { error: error.to_owned(), ..StaffResponse::default() };
        self.desk.done.push((id, response));
    }

    /// Ends what nobody waits for any more, and begins what can begin now.
    pub(super) fn staff_due(&mut self, now: Now) {
        if self.desk.parked.is_empty() && self.desk.unapplied.is_empty() {
            return;
        }
        let late: Vec<ParkId> =
            self.desk.parked.values().filter(|(_, end)| *end <= now.instant).map(|(park, _)| *park).collect();
        for park in late {
            if let Some(Waiter::Staff(call)) = self.drop_parked(park) {
                self.staff_ended(&call, &StaffError::TooLate.into());
            }
        }
        let applied = self.pipeline.applied();
        let due = |(lsn, call): &mut (Lsn, Call)| *lsn <= applied || call.deadline <= now.instant;
        let due: Vec<_> = self.desk.unapplied.extract_if(.., due).collect();
        for (lsn, call) in due {
            if lsn <= applied {
                self.staff(call, None, now);
            } else {
                self.staff_refused(call.id, &StaffError::Behind.into());
            }
        }
    }
}

/// What a run came to.
enum Ran {
    /// The answer.
    Done(Box<StaffResponse>),
    /// It needs a page of the store.
    Page,
    /// A step of several is done.
    More,
}

fn done(response: StaffResponse) -> Ran {
    Ran::Done(Box::new(response))
}

/// The account that is meant.
fn account(tx: &mut Tx<'_>, who: &Who) -> Result<AccountRow, Halt> {
    let id = match who {
        Who::Id(id) => id.0,
        Who::Name(key) => tx.row::<NameRow>(key)?.ok_or(StaffError::NoSuchAccount)?.account,
    };
    Ok(tx.row::<AccountRow>(&id)?.ok_or(StaffError::NoSuchAccount)?)
}
