//! Game's process: the whole production world, and around it what its driver does with the link to dbfront, and with
//! those of gateways.

mod link;

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use game::{
    Registry,
    logic::{
        claim::Refusal,
        design::Design,
        event::{Event, HashJob, HashResult, NamedStop, Now, TurnOut, WorldConfig},
        world::World,
    },
};
use proto::{
    epoch::LinkKey,
    ids::{Epoch, LinkId},
    kinds::Lane,
    link_io::{Op, Record, take_record},
};

use self::link::{Heard, Link};
use super::{
    around::Around,
    truth::{Wrong, wrong},
};

/// See the module.
pub(super) struct Game {
    state: State,
}

#[expect(clippy::large_enum_variant, reason = "there is one, and it is up nearly always")]
enum State {
    Down { until: Instant },
    Up(Process),
}

struct Process {
    world: World,
    link: Link,
    out: TurnOut,
    /// What gateways brought.
    input: VecDeque<Brought>,
    /// Of gateways, that are up as far as they know.
    links: Vec<LinkId>,
}

/// What a gateway brings.
enum Brought {
    Up(LinkId),
    Down(LinkId),
    Record { link: LinkId, op: Op, a: u64, b: u64, payload: Vec<u8> },
}

/// A record that leaves for a gateway.
#[derive(Debug)]
pub(super) struct Leaving {
    pub(super) link: LinkId,
    /// When.
    pub(super) ms: u64,
    pub(super) op: Op,
    pub(super) lane: Lane,
    pub(super) a: u64,
    pub(super) b: u64,
    pub(super) payload: Bytes,
}

impl fmt::Debug for Game {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_up() { "a game that is up" } else { "a game that is down" })
    }
}

impl Game {
    pub(super) fn new(now: Instant) -> Self {
        Self { state: State::Down { until: now } }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(&self.state, State::Up(process) if process.world.is_ready())
    }

    /// In which epoch it writes.
    pub(super) fn epoch(&self) -> Option<Epoch> {
        match &self.state {
            State::Up(process) => process.world.epoch(),
            State::Down { .. } => None,
        }
    }

    /// The link to dbfront, if it has one.
    pub(super) fn link(&self) -> Option<super::wire::LinkNo> {
        match &self.state {
            State::Up(process) => process.link.number(),
            State::Down { .. } => None,
        }
    }

    /// When it has something to do without any input.
    pub(super) fn is_settled(&self) -> bool {
        match &self.state {
            State::Up(process) => {
                let figures = process.world.figures();
                process.input.is_empty()
                    && process.world.is_ready()
                    && figures.lsn_made == figures.lsn_applied
                    && figures.parked == 0
            }
            State::Down { .. } => false,
        }
    }

    /// A gateway connects.
    pub(super) fn link_up(&mut self, link: LinkId) {
        if let State::Up(process) = &mut self.state {
            process.links.push(link);
            process.input.push_back(Brought::Up(link));
        }
    }

    /// A gateway is gone, or its link.
    pub(super) fn link_down(&mut self, link: LinkId) {
        if let State::Up(process) = &mut self.state {
            process.links.retain(|known| *known != link);
            process.input.push_back(Brought::Down(link));
        }
    }

    /// All of them are.
    pub(super) fn links_down(&mut self) {
        if let State::Up(process) = &mut self.state {
            process.input.extend(process.links.drain(..).map(Brought::Down));
        }
    }

    /// A gateway has something for it.
    pub(super) fn send(&mut self, link: LinkId, op: Op, a: u64, b: u64, payload: &[u8]) {
        if let State::Up(process) = &mut self.state {
            process.input.push_back(Brought::Record { link, op, a, b, payload: payload.to_vec() });
        }
    }

    /// Whether it has taken in all that gateways brought, and let go what came of it.
    pub(super) fn has_heard_all(&self) -> bool {
        match &self.state {
            State::Up(process) => {
                let figures = process.world.figures();
                process.input.is_empty() && figures.parked == 0 && figures.release_bytes == 0
            }
            State::Down { .. } => false,
        }
    }

    /// Sessions, and those of them that are away.
    pub(super) fn sessions(&self) -> (u64, u64) {
        match &self.state {
            State::Up(process) => {
                let figures = process.world.figures();
                (figures.sessions, figures.sessions_away)
            }
            State::Down { .. } => (0, 0),
        }
    }

    /// A turn of the process. Says whether it had anything to do.
    pub(super) fn step(&mut self, around: &mut Around, left: &mut Vec<Leaving>) -> Result<bool, Wrong> {
        let process = match &mut self.state {
            State::Up(process) => process,
            State::Down { until } if *until <= around.clock.now() => {
                around.tell("game", format_args!("starts"));
                self.state = State::Up(Process::new(around));
                return Ok(true);
            }
            State::Down { .. } => return Ok(false),
        };
        match process.turn(around, left) {
            Ok(did) => Ok(did),
            Err(End::Wrong(wrong)) => Err(wrong),
            Err(End::Stop(code, detail)) => {
                around.tell("game", format_args!("stops: {code} ({detail})"));
                let epoch = process.world.epoch();
                if allowed(&code, &detail, epoch, around)? {
                    around.loud = Some("GAME_STOPPED");
                }
                self.kill(around, false);
                Ok(true)
            }
        }
    }

    /// Its process ends; its sockets with it.
    pub(super) fn kill(&mut self, around: &mut Around, is_power_lost: bool) {
        let State::Up(process) = &mut self.state else { return };
        if let Some(number) = process.link.number() {
            if is_power_lost {
                around.wires.cut(number, 0, 0);
            } else {
                around.wires.close(number, super::wire::End::Game);
            }
        }
        let pause =
            Duration::from_millis(if around.dice.below(8) == 0 { 2_000 } else { around.dice.within(2, 60) });
        self.state = State::Down { until: around.clock.now() + pause };
    }
}

/// A stop must have its fault. Says whether only a person finds a way from there.
fn allowed(code: &str, detail: &str, epoch: Option<Epoch>, around: &Around) -> Result<bool, Wrong> {
    match code {
        // The one before may not be known to be gone.
        "WRITER_EXISTS" => Ok(false),
        "FENCED" if epoch.is_some_and(|epoch| epoch < around.truth.granted) => Ok(false),
        _ if 0 < around.faults.lied() => Ok(true),
        _ => wrong("stop", format!("game stopped by {code} without a reason: {detail}")),
    }
}

/// Why a turn was the last one.
enum End {
    Stop(String, String),
    Wrong(Wrong),
}

impl From<Wrong> for End {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        Self::Stop(refusal.code.to_owned(), refusal.detail)
    }
}

impl From<NamedStop> for End {
    fn from(stop: NamedStop) -> Self {
        Self::Stop(stop.code().to_owned(), stop.to_string())
    }
}

impl Process {
    fn new(around: &mut Around) -> Self {
        let mut seed = [0; 32];
        for part in seed.chunks_mut(8) {
            part.copy_from_slice(&around.dice.long().to_le_bytes());
        }
        let config = WorldConfig {
            preload: around.layout.preload,
            cache_accounts_max: around.layout.game_cache_units,
            guests_per_address_per_hour: u32::MAX,
            commands_per_s: 100_000,
            commands_burst: 100_000,
            chat_per_s: 100_000,
            seal_key: Some(LinkKey::new([5; 32]).seal_key()),
            ..WorldConfig::default()
        };
        let world = World::new(config, Registry::bundled(), design(), seed);
        let link = Link::new(around.dice.long() | 1);
        Self { world, link, out: TurnOut::default(), input: VecDeque::new(), links: Vec::new() }
    }

    fn turn(&mut self, around: &mut Around, left: &mut Vec<Leaving>) -> Result<bool, End> {
        let now = Now { instant: around.clock.now(), wall_ms: around.clock.game_wall_ms() };
        let mut did = false;
        for (tag, result) in self.link.known(now.instant) {
            did = true;
            self.world.on_event(Event::Rows { tag, result }, now);
        }
        for heard in self.link.hear(self.world.held_from(), around)? {
            did = true;
            self.take(heard, now, around)?;
        }
        let some = around.dice.share(self.input.len());
        for brought in self.input.drain(..some) {
            did = true;
            match brought {
                Brought::Up(link) => self.world.on_event(Event::LinkUp { link, thread: 0 }, now),
                Brought::Down(link) => self.world.on_event(Event::LinkDown { link }, now),
                Brought::Record { link, op, a, b, payload } => {
                    let record = Record::new(op, a, b, &payload);
                    self.world.on_event(Event::GatewayRecord { link, record }, now);
                }
            }
        }
        self.world.end_turn(now, &mut self.out);
        if let Some(stop) = self.out.stop.take() {
            return Err(stop.into());
        }
        if !self.out.cut.is_empty() {
            return Ok(wrong("I7", "the world cut its gateway".to_owned())?);
        }
        did |= self.send_out(now, around, left)?;
        Ok(did)
    }

    fn take(&mut self, heard: Heard, now: Now, around: &mut Around) -> Result<(), End> {
        match heard {
            Heard::Up { epoch, durable, applied } => {
                if self.world.epoch().is_none() {
                    if let Err(wrong) = around.truth.begin(epoch, durable) {
                        if around.faults.lied() == 0 {
                            return Err(wrong.into());
                        }
                        // The last epoch was in the tail that a lying disk took, and nothing had proven it.
                        around.loud = Some("UNPROVEN_TAIL");
                        return Ok(());
                    }
                    around.tell("game", format_args!("writes in epoch {epoch} after {durable}"));
                }
                self.world.on_event(Event::StoreUp { epoch, durable, applied, line: 0 }, now);
            }
            Heard::Down => self.world.on_event(Event::StoreDown, now),
            Heard::Durable(lsn) => self.world.on_event(Event::Durable(lsn), now),
            Heard::Applied(lsn) => self.world.on_event(Event::Applied(lsn), now),
            Heard::Rows(tag, result) => self.world.on_event(Event::Rows { tag, result }, now),
            Heard::Refused(refusal) => return Err(refusal.into()),
        }
        Ok(())
    }

    fn send_out(&mut self, now: Now, around: &mut Around, left: &mut Vec<Leaving>) -> Result<bool, End> {
        let mut did = !self.out.turns.is_empty() || !self.out.reads.is_empty();
        for turn in &self.out.turns {
            around.truth.turn(turn.epoch, turn.lsn_first, &turn.bytes)?;
        }
        self.link.send(&self.out.turns, &mut self.out.reads, now.instant, around);
        for (link, bytes) in &self.out.links {
            did |= !bytes.is_empty();
            leaving(*link, bytes, around.clock.ms(), left)?;
        }
        for job in self.out.hashes.drain(..) {
            let (HashJob::Make { id: job, .. } | HashJob::Verify { id: job, .. }) = job;
            self.world.on_event(Event::HashDone { job, result: HashResult::Failed }, now);
        }
        self.out.clear();
        Ok(did)
    }
}

/// Records for a gateway.
fn leaving(link: LinkId, mut bytes: &[u8], ms: u64, left: &mut Vec<Leaving>) -> Result<(), Wrong> {
    while let Ok(Some((record, used))) = take_record(bytes) {
        bytes = &bytes[used..];
        let Record { op, lane, a, b, payload, .. } = record;
        left.push(Leaving { link, ms, op, lane, a, b, payload: Bytes::copy_from_slice(payload) });
    }
    if bytes.is_empty() { Ok(()) } else { wrong("I7", "half a record for the gateway".to_owned()) }
}

fn design() -> Arc<Design> {
    static BUNDLED: LazyLock<Arc<Design>> = LazyLock::new(|| {
        Arc::new(game::design::load(None).expect("the bundled tables are checked by their own test"))
    });
    BUNDLED.clone()
}
