//! Durable rooms after this process began: their rows are read, the wallets of whoever is in them or has gold in them are
//! brought into memory, and each is made again from the state that was saved and what it heard since. One in a call of
//! which an earlier process ended is closed without being called.

use std::collections::{BTreeMap, BTreeSet};

use proto::{
    ids::{AccountId, RoomId},
    limits::ROOM_STATE_BYTES_MAX,
    link::{ReadResponse, Value},
    prescan::Budget,
    room::{Entry, Input, State, input::What},
    tables::{RoomClockRow, RoomEntryRow, RoomRow, RoomStakeRow, Row as _, Table, WalletRow},
    wire,
};

use super::{
    DURABLE, Ending,
    calling::subject,
    closing::{How, bundle},
    seats::Change,
};
use crate::logic::{
    delivery::ConnKey,
    event::{BrokenRoom, Now},
    held::UnitKey,
    outputs::Outputs,
    parking::{Before, Waiter},
    rooms::{
        bank::Remembered,
        counted::players,
        kept::{Facts, Kept},
        rows::outcome,
        run::{Broken, Hands, RoomRun, Stopped},
        watch::{Calling, ROOM_STUCK},
    },
    running::session,
    tx::Halt,
    world::World,
};

/// Rows of rooms, as they were read.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    rooms: Vec<(RoomRow, u64)>,
    entries: BTreeMap<u64, Vec<RoomEntryRow>>,
    stakes: BTreeMap<u64, BTreeMap<AccountId, (i64, u64)>>,
    clock_ms: u64,
    clock_ver: u64,
}

/// The tables of which rooms are made again, in the order in which they are read.
pub(crate) const ROOM_TABLES: &[Table] = &[Table::RoomClock, Table::Room, Table::RoomEntry, Table::RoomStake];

impl Recovery {
    /// Takes in a page of one of [`ROOM_TABLES`]; the key after which the next begins.
    fn fill_page(&mut self, table: Table, page: &ReadResponse) -> Option<Vec<Value>> {
        let found = page.rows.iter().filter_map(|found| found.row.as_ref());
        let mut last = None;
        for stored in found {
            let key = stored.row.iter().take(table.def().key_columns).cloned().collect();
            let row = &stored.row;
            match table {
                Table::RoomClock => {
                    let clock = RoomClockRow::from_values(row)?;
                    (self.clock_ms, self.clock_ver) = (clock.at_ms, stored.ver);
                }
                Table::Room => self.rooms.push((RoomRow::from_values(row)?, stored.ver)),
                Table::RoomEntry => {
                    let entry = RoomEntryRow::from_values(row)?;
                    self.entries.entry(entry.room).or_default().push(entry);
                }
                Table::RoomStake => {
                    let stake = RoomStakeRow::from_values(row)?;
                    let of_room = self.stakes.entry(stake.room).or_default();
                    of_room.insert(AccountId(stake.account), (stake.gold, stored.ver));
                }
                _ => return None,
            }
            last = Some(key);
        }
        last
    }
}

impl super::Hosting {
    /// A page of one of [`ROOM_TABLES`].
    pub(crate) fn read_page(&mut self, table: Table, page: &ReadResponse) -> Option<Vec<Value>> {
        self.recovery.fill_page(table, page)
    }
}

impl World {
    /// All rows of rooms were read: makes the rooms again, once the wallets of those in them are in memory. True: they
    /// are. False: it waits, and runs again.
    pub(in crate::logic) fn recover_rooms(&mut self, before: Option<Before>, now: Now) -> bool {
        let states = self.read_states();
        let members =
            states.values().flatten().flat_map(|state| &state.members).map(|it| AccountId(it.account));
        let stakers = self.hosting.recovery.stakes.values().flat_map(|of_room| of_room.keys().copied());
        let accounts: BTreeSet<AccountId> = members.chain(stakers).collect();
        let joined = self
            .hosting
            .recovery
            .entries
            .values()
            .flatten()
            .filter_map(|row| wire::decode::<Entry>(&row.inputs, Budget::LINK).ok());
        let joined = joined.flat_map(|entry| entry.inputs).filter_map(|input| match input.what {
            Some(What::Join(member)) => Some(AccountId(member.account)),
            _ => None,
        });
        let accounts: Vec<u64> =
            accounts.into_iter().chain(joined).collect::<BTreeSet<_>>().into_iter().map(|it| it.0).collect();
        let here = self.in_tx(ConnKey::default(), None, now, |tx| {
            tx.want::<WalletRow>(&accounts);
            accounts.iter().try_for_each(|account| tx.row::<WalletRow>(account).map(drop))
        });
        if let Err(halt) = here {
            let runs = before.as_ref().map_or(0, |before| before.runs);
            let waits = matches!(halt, Halt::Miss) && self.suspend(Waiter::Rooms, runs, halt, now).is_ok();
            before.into_iter().for_each(|before| self.unpin(&before.pins));
            if !waits {
                self.rest_rooms(now);
            }
            return false;
        }
        let Recovery { rooms, mut entries, mut stakes, clock_ms, clock_ver } =
            std::mem::take(&mut self.hosting.recovery);
        self.hosting.beat = (clock_ver, 0);
        let mut at_ms = clock_ms;
        let stored: BTreeSet<RoomId> = rooms.iter().map(|(row, _)| RoomId(row.id)).collect();
        for (row, ver) in rooms {
            let id = RoomId(row.id);
            let heard = entries.remove(&row.id).unwrap_or_default();
            let of_room = stakes.remove(&row.id).unwrap_or_default();
            let state = states.get(&row.id).cloned().flatten();
            at_ms = at_ms.max(self.recover_room(id, (&row, ver), state.as_ref(), &heard, of_room, now));
        }
        self.hosting.clocks[DURABLE].go(at_ms, now.instant);
        self.hosting.clocks[DURABLE].stop(now.instant);
        for id in self.hosting.returned.clone() {
            self.arrange_again(id, now);
            // Its last member's going was durable, and its end was not.
            self.close_if_empty(id, now);
        }
        self.quarantine.looked_at_all(&stored);
        before.into_iter().for_each(|before| self.unpin(&before.pins));
        true
    }

    fn read_states(&mut self) -> BTreeMap<u64, Option<State>> {
        let packer = &mut self.hosting.packer;
        let rooms = self.hosting.recovery.rooms.iter();
        rooms
            .map(|(row, _)| {
                let bytes = packer.unpack(&row.state, 4 * ROOM_STATE_BYTES_MAX);
                (row.id, bytes.and_then(|bytes| wire::decode::<State>(&bytes, Budget::LINK).ok()))
            })
            .collect()
    }

    /// One room. Returns what the clock of rooms shows at least.
    fn recover_room(
        &mut self,
        id: RoomId,
        (row, ver): (&RoomRow, u64),
        state: Option<&State>,
        heard: &[RoomEntryRow],
        stakes: BTreeMap<AccountId, (i64, u64)>,
        now: Now,
    ) -> u64 {
        let Some(kind) = self.registry.rooms().iter().position(|kind| kind.name == row.kind) else {
            // Its game is not in this program: it waits for one that has it, and so does its gold.
            self.figures.rooms_unknown += 1;
            return 0;
        };
        let registered = &self.registry.rooms()[kind];
        let facts = Facts {
            id,
            kind: registered.name,
            number: row.number,
            options: row.options.clone(),
            seed: <[u8; 32]>::try_from(&*row.seed).unwrap_or_default(),
            opened_ms: row.opened_ms,
            opened_at: row.opened_at,
        };
        let saved_at = state.map_or(0, |state| state.at_ms);
        let stakers: BTreeSet<AccountId> = stakes.keys().copied().collect();
        let mut kept = Box::new(Kept::again(facts, (row, ver), saved_at, heard, stakes));
        if let Some((state, over)) = state.and_then(|state| Some((state, state.outcome.as_ref()?))) {
            // Its replay is stored and its pot is empty: what is left to do needs neither its code nor its state.
            let outcome = outcome(over);
            let playing = state.members.iter().filter(|it| it.player).map(|it| AccountId(it.account));
            let players = players(&outcome, playing);
            self.end_recovered(id, kept, kind, How::Finished { outcome, players }, stakers);
            return row.opened_at + state.at_ms;
        }
        let (inputs, damage) = inputs_of(row.inputs, heard);
        let heard = row.inputs + inputs.len() as u64;
        inputs.iter().for_each(|input| kept.heard(input));
        kept.is_read(heard);
        let again = if self.quarantine.has(id) {
            let detail = "an earlier process ended in a call of it".to_owned();
            Err((Broken { name: ROOM_STUCK, detail }, inputs.len()))
        } else {
            self.again(id, kind, row.number, state, (&inputs, damage))
        };
        match again {
            Ok(run) => {
                let at_ms = row.opened_at + run.at_ms();
                let number = row.number;
                let pinned: BTreeSet<AccountId> = run.members().keys().copied().chain(stakers).collect();
                pinned.iter().for_each(|account| self.cache.pin(&UnitKey::Wallet(account.0)));
                for account in run.members().keys() {
                    self.hosting.seated.insert(*account, id);
                }
                let kicked: Vec<AccountId> = run.kicked().collect();
                self.host(id, (run, Some(kept)), (kind, number), row.opened_at, now);
                if let Some(hosted) = self.hosting.rooms.get_mut(&id) {
                    hosted.pinned = pinned;
                }
                self.hosting.kicks.extend(kicked.into_iter().map(|account| (id, account)));
                self.hosting.returned.insert(id);
                self.figures.rooms_recovered += 1;
                at_ms
            }
            Err((broken, led_to_it)) => {
                let mut led = inputs;
                led.truncate(led_to_it);
                let bundle = Some(bundle(&kept, led, &broken));
                let (Broken { name, detail }, kind_name) = (broken, registered.name);
                self.figures.rooms_broken += 1;
                self.hosting.broken.push(BrokenRoom { room: id, kind: kind_name, name, detail, bundle });
                let how = How::Broken { name, failed: None, inputs: heard };
                self.end_recovered(id, kept, kind, how, stakers);
                0
            }
        }
    }

    fn end_recovered(
        &mut self,
        id: RoomId,
        kept: Box<Kept>,
        kind: usize,
        how: How,
        stakers: BTreeSet<AccountId>,
    ) {
        stakers.iter().for_each(|account| self.cache.pin(&UnitKey::Wallet(account.0)));
        self.hosting.ending.insert(id, Ending::new(kept, kind, how, stakers));
    }

    /// The room as it was: its saved state, and all that it heard since.
    ///
    /// # Errors
    /// Why it cannot go on, and how many of these inputs led to that.
    fn again(
        &self,
        id: RoomId,
        kind: usize,
        number: u32,
        state: Option<&State>,
        (inputs, damage): (&[Input], Option<String>),
    ) -> Result<RoomRun, (Broken, usize)> {
        let registered = &self.registry.rooms()[kind];
        let subject = subject(id, registered, number);
        let broken = |detail: String| Broken { name: "room_failed", detail };
        let all = inputs.len();
        let state = state.ok_or_else(|| (broken("its saved state cannot be read".to_owned()), all))?;
        let loaded =
            self.watch.again(&subject, &Calling::Load(&state.room), || RoomRun::load(registered, state));
        let mut run = loaded.map_err(|broken| (broken, all))?;
        let (mut out, mut effects) = (Outputs::default(), Default::default());
        for (heard, input) in (1..).zip(inputs) {
            let what = input.what.as_ref().ok_or_else(|| (broken("it heard nothing".to_owned()), heard))?;
            let mut bank = Remembered::new(&input.outcomes);
            out.clear();
            let mut hands = Hands { out: &mut out, effects: &mut effects, bank: &mut bank, re: 0 };
            let told =
                self.watch.again(&subject, &Calling::Hear(what), || run.apply(what, input.at_ms, &mut hands));
            let number = state.inputs + heard as u64;
            match told {
                Ok(()) if bank.is_short || bank.left() != 0 => {
                    return Err((broken(format!("input {number} deals otherwise now")), heard));
                }
                // It was not when this was heard, so no record of it is made.
                Ok(()) if run.outcome().is_some() => {
                    return Err((broken(format!("input {number} ends it now")), heard));
                }
                Ok(()) => {}
                Err(Stopped::Closed(broken)) => return Err((broken, heard)),
                Err(Stopped::Refused(refusal)) => {
                    return Err((broken(format!("input {number} is refused now: {refusal}")), heard));
                }
            }
        }
        match damage {
            Some(damage) => Err((broken(damage), all)),
            None => Ok(run),
        }
    }

    /// Members of rooms that came back, and did not come back themselves, are away. After a while, for whoever is kept
    /// by its gateway is there in a moment.
    pub(in crate::logic) fn returned_due(&mut self, now: Now) {
        if self.hosting.returned.is_empty() || !self.hosting.clocks[DURABLE].is_going() {
            return;
        }
        let until = *self.hosting.returned_until.get_or_insert(now.instant + RETURN_WAIT);
        if now.instant < until {
            return;
        }
        self.hosting.returned_until = None;
        for id in std::mem::take(&mut self.hosting.returned) {
            let Some(hosted) = self.hosting.rooms.get(&id) else { continue };
            let members = hosted.run.members().values();
            let members: Vec<(AccountId, bool)> =
                members.map(|member| (member.account, member.is_player)).collect();
            for (account, plays) in members {
                // Whoever is there may sit in another room by now.
                let key = self.online.get(&account).copied();
                let session = key.and_then(|key| session(&mut self.conns, key));
                if session.is_some_and(|session| session.room == Some(id)) {
                    continue;
                }
                if plays {
                    self.room_away(account, Some(id), now);
                    continue;
                }
                self.hosting.unseat(account, id);
                if self.tell_room(id, What::Leave(account.0), None, now) {
                    self.tell_member(id, account, Change::Gone);
                    self.close_if_empty(id, now);
                }
            }
            self.arrange(id, now);
        }
        self.settle_kicks(now);
    }
}

/// What a room heard since it was saved, as far as it can be read, and what is wrong with the rest.
fn inputs_of(saved: u64, rows: &[RoomEntryRow]) -> (Vec<Input>, Option<String>) {
    let mut inputs = Vec::new();
    for row in rows {
        let last = saved + inputs.len() as u64;
        match wire::decode::<Entry>(&row.inputs, Budget::LINK) {
            Ok(entry) if entry.first == last + 1 => inputs.extend(entry.inputs),
            Ok(entry) => return (inputs, Some(format!("input {} follows {last}", entry.first))),
            Err(why) => return (inputs, Some(format!("what it heard cannot be read: {why}"))),
        }
    }
    (inputs, None)
}

/// Whoever is not there so long after its room came back is away.
const RETURN_WAIT: std::time::Duration = std::time::Duration::from_secs(5);
