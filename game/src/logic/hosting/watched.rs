//! What rooms hear while staff looks at one of them: the newest inputs of a few rooms, kept from one look to the next and
//! forgotten soon after the last. A room at which nobody looks costs a look into an empty list.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use proto::{
    ids::RoomId,
    kinds::KindDef,
    limits::ROOM_SAVE_INPUTS_MAX,
    link::StaffRoomHeard,
    prescan::Budget,
    room::{Entry, input::What},
    wire,
};

use super::overseen::packet_name;
use crate::logic::{event::Now, world::World};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Watched(BTreeMap<RoomId, Ring>);

#[derive(Debug)]
struct Ring {
    /// Nobody looks any more after that.
    until: Instant,
    heard: VecDeque<StaffRoomHeard>,
}

impl Watched {
    /// Whether somebody looks at this one.
    pub(super) fn has(&self, id: RoomId) -> bool {
        !self.0.is_empty() && self.0.contains_key(&id)
    }

    /// It heard this, as its input of this number and at this time of its own, and so its deals came out.
    pub(super) fn hears(
        &mut self,
        id: RoomId,
        (number, at_ms, what): (u64, u64, &What),
        kinds: &[KindDef],
        outcomes: &[&str],
    ) {
        if let Some(ring) = self.0.get_mut(&id) {
            let outcomes = outcomes.iter().map(|code| (*code).to_owned()).collect();
            ring.push(StaffRoomHeard { number, at_ms, outcomes, ..told(what, kinds) });
        }
    }
}

impl Ring {
    /// Ticks on end are one line: a room of twenty a second would have nothing else.
    fn push(&mut self, heard: StaffRoomHeard) {
        if let Some(last) = self.heard.back_mut().filter(|last| last.times != 0 && heard.times != 0) {
            (last.number, last.at_ms) = (heard.number, heard.at_ms);
            last.times += heard.times;
            return;
        }
        if self.heard.len() == HEARD_MAX {
            self.heard.pop_front();
        }
        self.heard.push_back(heard);
    }
}

impl World {
    /// Somebody looks at a room that is open, and will again: what it heard last, the newest first. As many rooms as may
    /// be are watched already: nothing of this one.
    pub(in crate::logic) fn watch_room(&mut self, id: RoomId, now: Now) -> Vec<StaffRoomHeard> {
        let hosting = &mut self.hosting;
        hosting.watched.0.retain(|_, ring| now.instant < ring.until);
        let Some(hosted) = hosting.rooms.get(&id) else { return Vec::new() };
        let until = now.instant + KEPT;
        let Watched(rings) = &mut hosting.watched;
        if !rings.contains_key(&id) {
            if WATCHED_MAX <= rings.len() {
                return Vec::new();
            }
            let mut ring = Ring { until, heard: VecDeque::new() };
            if let Some(kept) = &hosted.kept {
                // What it heard since it was saved is in memory anyway.
                let kinds = self.registry.rooms()[hosted.kind].kinds;
                let since: Entry = wire::decode(kept.since().0, BUDGET).unwrap_or_default();
                let first = (kept.inputs() + 1).saturating_sub(since.inputs.len() as u64);
                let heard = (first..).zip(since.inputs);
                for (number, input) in
                    heard.filter_map(|(n, input)| Some((n, (input.at_ms, input.outcomes, input.what?))))
                {
                    let (at_ms, outcomes, what) = input;
                    ring.push(StaffRoomHeard { number, at_ms, outcomes, ..told(&what, kinds) });
                }
            }
            rings.insert(id, ring);
        }
        let Some(ring) = rings.get_mut(&id) else { return Vec::new() };
        ring.until = until;
        ring.heard.iter().rev().cloned().collect()
    }
}

/// An input without its number and its time.
fn told(what: &What, kinds: &[KindDef]) -> StaffRoomHeard {
    let blank = StaffRoomHeard::default();
    let of = |what: &str, account: u64| StaffRoomHeard { what: what.to_owned(), account, ..blank.clone() };
    let with = |heard: StaffRoomHeard, body: &[u8]| StaffRoomHeard {
        body: body[..body.len().min(BODY_BYTES_MAX)].to_vec().into(),
        body_bytes: u32::try_from(body.len()).unwrap_or(u32::MAX),
        ..heard
    };
    match what {
        What::Join(member) => of("join", member.account),
        What::Leave(account) => of("leave", *account),
        What::Away(account) => of("away", *account),
        What::Back(account) => of("back", *account),
        What::Message(said) => {
            let name = packet_name(kinds, said.kind);
            with(StaffRoomHeard { name, ..of("message", said.account) }, &said.body)
        }
        What::Timer(id) => StaffRoomHeard { of: (*id).into(), ..of("timer", 0) },
        What::Tick(_) => StaffRoomHeard { times: 1, ..of("tick", 0) },
        What::Answered(said) => {
            let word = if said.given { "answered" } else { "unanswered" };
            with(StaffRoomHeard { of: said.ask, ..of(word, 0) }, &said.body)
        }
        What::Staff(signal) => {
            with(StaffRoomHeard { name: signal.name.clone(), ..of("staff", 0) }, &signal.body)
        }
    }
}

/// Rooms at a time.
const WATCHED_MAX: usize = 16;
/// Inputs of each, the newest.
const HEARD_MAX: usize = 64;
/// Of what a message says.
const BODY_BYTES_MAX: usize = 128;
/// Whoever looks comes again after a second or two.
const KEPT: Duration = Duration::from_secs(10);
/// For what we wrote ourselves: what a room hears between two saves.
const BUDGET: Budget = Budget { depth: 8, fields: 1 << 16, repeated: 1 << 12 };
const _: () = assert!(2 * ROOM_SAVE_INPUTS_MAX <= 1 << 12);
