//! Names of rooms, and how one opens: with options and a seed of its own, in its place by its clock.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use bytes::Bytes;
use proto::{ids::RoomId, kinds::Lane, wire};
use rand_chacha::rand_core::Rng as _;

use super::{DURABLE, Due, Hosted, Hosting, PASSING, RoomGroups, calling::subject, due::first_tick};
use crate::{
    logic::{
        event::Now,
        rooms::{
            kept::{Facts, Kept},
            run::{Broken, RoomRun, Stopped},
            watch::{Calling, Lasts, Subject},
        },
        tx::Halt,
        world::World,
    },
    room::{Opening, Refusal, Tick},
};

impl Hosting {
    /// About what the rows of running durable rooms take. Looked at once a second, for there may be many; what opened
    /// since is added where it opens.
    fn stored_bytes(&mut self, now: Instant) -> usize {
        let is_new = |at: Instant| now.saturating_duration_since(at) < STORED_LOOK;
        if let Some((_, bytes)) = self.stored.filter(|(at, _)| is_new(*at)) {
            return bytes;
        }
        let kept = self.rooms.values().filter_map(|hosted| hosted.kept.as_ref());
        let bytes = kept.map(|kept| kept.since().0.len() + kept.since().1.len() + ROW_BYTES).sum();
        self.stored = Some((now, bytes));
        bytes
    }
}

impl World {
    /// A room has one name: the bare one is number 0, and a number has no leading zero or sign.
    pub(super) fn room_name(&self, name: &str) -> Result<(usize, u32), Halt> {
        let (kind, number) = match name.split_once('#') {
            None => (name, 0),
            Some((kind, digits)) => {
                let number: u32 = digits.parse().map_err(|_| UNKNOWN)?;
                if number == 0 || number.to_string() != digits {
                    return Err(Halt::Reject("room_number"));
                }
                (kind, number)
            }
        };
        Ok((self.room_kind(kind)?, number))
    }

    /// The kind of room of this name.
    pub(in crate::logic) fn room_kind(&self, name: &str) -> Result<usize, Halt> {
        self.registry.rooms().iter().position(|room| room.name == name).ok_or(UNKNOWN)
    }

    /// The room of this number, opened if it is not.
    pub(super) fn room_open(
        &mut self,
        kind: usize,
        number: u32,
        options: &[u8],
        now: Now,
    ) -> Result<RoomId, Halt> {
        if let Some(id) = self.hosting.by_name.get(&(kind, number)) {
            return Ok(*id);
        }
        if Hosting::ROOMS_MAX <= self.hosting.rooms.len() {
            return Err(Halt::Later { error: "too_many_rooms", retry_after_ms: 5_000 });
        }
        let registered = &self.registry.rooms()[kind];
        if registered.is_durable() && STORED_BYTES_MAX <= self.hosting.stored_bytes(now.instant) {
            return Err(Halt::Later { error: "rooms_full", retry_after_ms: 30_000 });
        }
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        // Nothing of it is stored yet, so there would be nothing to close.
        let subject = Subject { lasts: Lasts::No, ..subject(RoomId(0), registered, number) };
        let opening = Opening { number, options };
        let opened =
            self.watch.hear(&subject, &Calling::Open(options), || RoomRun::open(registered, &opening, seed));
        let run = match opened {
            Ok(run) => run,
            Err(Stopped::Refused(Refusal(code))) => return Err(Halt::Reject(code)),
            Err(Stopped::Closed(Broken { name, .. })) => {
                self.figures.panics += 1;
                return Err(Halt::Reject(name));
            }
        };
        let id = RoomId(self.ids.take().ok_or(Halt::Later { error: "ids_used_up", retry_after_ms: 0 })?);
        let is_durable = registered.is_durable();
        let clock = if is_durable { DURABLE } else { PASSING };
        let opened_at = self.hosting.clocks[clock].at_ms(now.instant);
        let mut kept = None;
        if is_durable {
            let state = self.watch.look(&subject, &Calling::Save, || run.state());
            let state = state.map_err(|Broken { name, .. }| Halt::Reject(name))?;
            let facts = Facts {
                id,
                kind: registered.name,
                number,
                options: Bytes::copy_from_slice(options),
                seed,
                opened_ms: now.wall_ms,
                opened_at,
            };
            let packed = self.hosting.packer.pack(&wire::encode(&state));
            if let Some((_, bytes)) = &mut self.hosting.stored {
                *bytes += packed.len() + ROW_BYTES;
            }
            kept = Some(Box::new(Kept::new(facts, packed.into())));
        }
        self.host(id, (run, kept), (kind, number), opened_at, now);
        Ok(id)
    }

    /// A room is open from now on.
    pub(super) fn host(
        &mut self,
        id: RoomId,
        (run, kept): (RoomRun, Option<Box<Kept>>),
        (kind, number): (usize, u32),
        opened_at: u64,
        now: Now,
    ) {
        let tick = match self.registry.rooms()[kind].tick {
            Tick::Never => None,
            Tick::World => Some(self.config.tick),
            Tick::Every(time) => Some(time),
        };
        let tick = tick.map(|tick| u64::try_from(tick.as_millis()).unwrap_or(u64::MAX).max(1));
        let groups = RoomGroups {
            must_arrive: self.delivery.group(Lane::MustArrive),
            latest_wins: self.delivery.group(Lane::LatestWins),
        };
        let clock = if kept.is_some() { DURABLE } else { PASSING };
        let now_ms = self.hosting.clocks[clock].at_ms(now.instant).max(opened_at);
        let tick_at = tick.filter(|_| run.ticks()).map(|tick| now_ms + first_tick(id, tick));
        let hosted = Hosted {
            run,
            kind,
            number,
            groups,
            opened_at,
            tick,
            tick_at,
            wake_at: None,
            kept,
            shadow: None,
            pinned: BTreeSet::new(),
            deserted_at: None,
        };
        if let Some(tick_at) = tick_at {
            self.hosting.due[clock].insert((tick_at, id, Due::Tick));
        }
        self.hosting.rooms.insert(id, hosted);
        self.hosting.by_name.insert((kind, number), id);
        self.hosting.index.opened(kind, number, id);
        self.hosting.by_group.insert(groups.latest_wins, id);
        self.begin_shadow(id);
    }
}

const UNKNOWN: Halt = Halt::Reject("no_such_room");
/// Dbfront keeps rows of running matches in memory, up to 1 GiB: beyond this no more durable rooms open.
const STORED_BYTES_MAX: usize = 768 * 1024 * 1024;
/// Of one room, besides its state and what it heard since.
const ROW_BYTES: usize = 1_024;
/// What is stored is added up no more often.
const STORED_LOOK: Duration = Duration::from_secs(1);
