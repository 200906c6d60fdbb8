//! Who logs in when: one queue before any credentials are looked at, as fast as turns are short, up to as many sessions as
//! may be. With room and time nobody waits and nothing is said. Who resumes a session does not come through here.

pub(crate) mod pace;
pub(crate) mod place;
pub(crate) mod queue;

use std::time::{Duration, Instant};

use proto::{
    client::{LoginPassword, LoginQueued, LoginTicket, QueuePlace},
    close::CloseReason,
    figures::Distribution,
    kinds::{self, Lane},
    packet::Packet,
    tables::{AccountRow, NameRow},
    wire,
};
use rand_chacha::rand_core::Rng;

use super::{
    cache::Cached,
    delivery::ConnKey,
    event::{Now, WorldConfig},
    figures::WorldFigures,
    generation::Generation,
    guests::address_block,
    hash_queue::HashQueue,
    logins::refusal,
    names::canonical,
    restrictions,
    secret::Secret,
    sessions::Stage,
    staff::Who,
    tickets::Ticket,
    tx::{Barred, decode},
    world::World,
};
use pace::{Bounds, Pace};
use place::Place;
use queue::{Class, Entered, Needs, Queue, Room, Spot, Waiting};

/// See the module.
#[derive(Debug)]
pub(crate) struct Admission {
    queue: Queue,
    pace: Pace,
    /// Logins that began without room for a session, for they say that they are staff. At most [`CLAIMS_MAX`].
    claims: Vec<ConnKey>,
    /// When the next login may begin; none: nobody waits, or all of them for room.
    begin_at: Option<Instant>,
    /// When positions are looked through again.
    tell_at: Option<Instant>,
    looked_at: Option<Instant>,
    /// How long those waited who did.
    waited: Distribution,
    begun: u64,
    taken_back: u64,
    refused_full: u64,
    refused_late: u64,
}

impl Admission {
    pub(crate) fn new(config: &WorldConfig) -> Self {
        Self {
            queue: Queue::new(config.login_queue_max),
            pace: Pace::new(bounds_of(config)),
            claims: Vec::new(),
            begin_at: None,
            tell_at: None,
            looked_at: None,
            waited: Distribution::default(),
            begun: 0,
            taken_back: 0,
            refused_full: 0,
            refused_late: 0,
        }
    }

    /// The pace has other bounds from now on.
    pub(super) fn take_limits(&mut self, config: &WorldConfig) {
        self.pace.take_bounds(bounds_of(config));
    }

    /// Nobody was served for so long: whoever waits, or may come back to a place, has so much more time.
    pub(super) fn wait_longer(&mut self, time: Duration) {
        self.queue.wait_longer(time);
    }

    /// When it has something to do.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        [self.begin_at, self.tell_at].into_iter().flatten().min()
    }

    /// Adds its own.
    pub(crate) fn show(&self, figures: WorldFigures) -> WorldFigures {
        let waiting = |class| self.queue.len_of(class) as u64;
        WorldFigures {
            logins_waiting_inside: waiting(Class::Inside),
            logins_waiting_returned: waiting(Class::Returned),
            logins_waiting_staff: waiting(Class::Staff),
            logins_waiting_ticket: waiting(Class::Ticket),
            logins_waiting_other: waiting(Class::Other),
            logins_away: self.queue.away() as u64,
            logins_begun: self.begun,
            logins_taken_back: self.taken_back,
            logins_queue_full: self.refused_full,
            logins_queue_late: self.refused_late,
            logins_per_s: self.pace.per_s().into(),
            ..figures
        }
    }
}

fn bounds_of(config: &WorldConfig) -> Bounds {
    Bounds { per_s_min: config.logins_per_s_min, per_s_max: config.logins_per_s_max, turn: config.tick }
}

impl World {
    /// A login arrives: it begins at once, or waits for its turn.
    pub(super) fn ask_in(&mut self, key: ConnKey, kind: u32, body: &[u8], now: Now) {
        let place = self.conns.get_mut(key).and_then(|conn| conn.place.take());
        // Who is refused for that is refused at once.
        if !self.is_ready() {
            return self.login(key, kind, body, None, now);
        }
        let class = self.class_of(kind, body, now);
        let may_begin = self.admission.queue.is_empty() && (self.has_session_room() || !class.takes_room());
        if may_begin && self.admission.pace.take(now.instant).is_ok() {
            self.admission.begun += 1;
            return self.login(key, kind, body, None, now);
        }
        let order = match place {
            Some(place) if self.takes_back(&place, now) => place.order,
            _ => self.admission.queue.order(now.wall_ms),
        };
        let spot = self.admission.queue.spot(class, order, self.needs_of(kind, body));
        let body = Secret::new(body.to_vec());
        let waiting = Waiting { conn: key, kind, body, since: now.instant, told: None };
        let refused = match self.admission.queue.enter(spot, waiting) {
            Entered::Waits => None,
            Entered::Displaced(other) => Some(other.conn),
            Entered::Full => Some(key),
        };
        if refused != Some(key) {
            self.set_stage(key, Stage::Queued(spot));
            let soon = self.admission.looked_at.map_or(now.instant, |at| at + LOOK_AGAIN_MIN);
            self.admission.tell_at = Some(self.admission.tell_at.map_or(soon, |at| at.min(soon)));
            // Whether there is something to wait for is seen at the end of the turn.
            self.admission.begin_at.get_or_insert(now.instant);
        }
        if let Some(refused) = refused {
            self.admission.refused_full += 1;
            let wait = self.come_again_in();
            self.turn_away(refused, "queue_full", wait, now);
        }
    }

    /// A client shows where an earlier connection of it stood. One that it cannot show is no error: its login stands at
    /// the end.
    pub(super) fn on_queue_place(&mut self, key: ConnKey, body: &[u8], now: Now) {
        let Ok(QueuePlace { place }) = decode(body) else {
            return self.close(key, CloseReason::BadBody, &[], now);
        };
        if let (Some(conn), Some(seal_key)) = (self.conns.get_mut(key), &self.config.seal_key) {
            conn.place = Place::open(&place, seal_key, address_block(conn.address));
        }
    }

    /// Whether a place is still kept. Whoever seems to stand in it makes room: that is the same client, whose connection
    /// is dead without anybody having noticed.
    fn takes_back(&mut self, place: &Place, now: Now) -> bool {
        if let Some(older) = self.admission.queue.holder(place.order) {
            self.close(older, CloseReason::Superseded, &[], now);
        }
        let is_recent = now.wall_ms.abs_diff(place.told_ms) <= RECENT_MS;
        let is_taken = self.admission.queue.take_back(place.order, is_recent, now.instant);
        self.admission.taken_back += u64::from(is_taken);
        is_taken
    }

    /// The connection of one who waits went.
    pub(super) fn left_queue(&mut self, spot: Spot, now: Now) {
        self.admission.queue.leave(spot, now.instant);
    }

    /// Begins the logins whose turn has come, and tells the others where they stand.
    pub(super) fn admission_due(&mut self, now: Now) {
        self.admission.begin_at = None;
        self.admission.pace.measure(!self.admission.queue.is_empty(), now.instant);
        while !self.admission.queue.is_empty() {
            let hash = self.hashes.len() < HashQueue::LEN_MAX;
            let claim = self.claims_under_way() < CLAIMS_MAX;
            let room = Room { session: self.has_session_room(), hash, claim };
            if !self.admission.queue.has_next(room) {
                // Whatever makes room is an event.
                break;
            }
            if let Err(at) = self.admission.pace.take(now.instant) {
                self.admission.begin_at = Some(at);
                break;
            }
            let Some((spot, waiting)) = self.admission.queue.next(room) else { break };
            if !room.session && spot.needs == Needs::ClaimedHash {
                self.begin_claim(waiting.conn);
            }
            self.admission.begun += 1;
            self.admission.waited.observe(now.instant.saturating_duration_since(waiting.since));
            self.set_stage(waiting.conn, Stage::ExpectLogin);
            self.login(waiting.conn, waiting.kind, waiting.body.expose(), None, now);
        }
        if self.admission.tell_at.is_some_and(|at| at <= now.instant) {
            self.tell_queue(now);
        }
    }

    /// Positions that changed are told, and whoever waited too long waits no longer.
    fn tell_queue(&mut self, now: Now) {
        let mut late = Vec::new();
        let mut told = Vec::new();
        for (position, (spot, waiting)) in (1..).zip(self.admission.queue.each()) {
            if PATIENCE <= now.instant.saturating_duration_since(waiting.since) {
                late.push(spot);
            } else if told.len() < TOLD_MAX && is_due(waiting.told, position, now.instant) {
                waiting.told = Some((position, now.instant));
                told.push((waiting.conn, position, spot));
            }
        }
        let again = if told.len() < TOLD_MAX { LOOK_AGAIN } else { LOOK_AGAIN_MIN };
        self.admission.looked_at = Some(now.instant);
        for (key, position, spot) in told {
            self.tell_place(key, position, spot, now);
        }
        for spot in late {
            let Some(waiting) = self.admission.queue.take(spot) else { continue };
            self.admission.refused_late += 1;
            let wait = self.come_again_in();
            self.turn_away(waiting.conn, "queued_too_long", wait, now);
        }
        self.admission.tell_at = (!self.admission.queue.is_empty()).then_some(now.instant + again);
    }

    fn tell_place(&mut self, key: ConnKey, position: u32, spot: Spot, now: Now) {
        let (Some(conn), Some(seal_key)) = (self.conns.get(key), &self.config.seal_key) else { return };
        let place = Place { order: spot.order, told_ms: now.wall_ms };
        let place = place.seal(seal_key, address_block(conn.address)).to_vec().into();
        let wait_ms = self.admission.pace.wait_ms(position);
        let mut bytes = Vec::new();
        let head = Packet { kind: kinds::LOGIN_QUEUED, ..Packet::default() };
        wire::put(&mut bytes, head, &LoginQueued { position, wait_ms, place });
        self.delivery.send_now(key, Lane::Control, false, &bytes);
    }

    /// Its login did not begin. That is only our own lack of room, and not held against the client.
    fn turn_away(&mut self, key: ConnKey, name: &'static str, wait: Duration, now: Now) {
        self.figures.logins_refused += 1;
        self.set_stage(key, Stage::ExpectLogin);
        let bytes = refusal(&Barred::for_now(name, wait, now));
        self.delivery.send_now(key, Lane::Control, false, &bytes);
    }

    /// When whoever finds the queue full does well to come again: all over the time in which half of it goes.
    fn come_again_in(&mut self) -> Duration {
        let len = u32::try_from(self.admission.queue.len()).unwrap_or(u32::MAX);
        let half_ms = (self.admission.pace.wait_ms(len) / 2).max(1_000);
        let spread = Duration::from_millis(u64::from(self.rng.next_u32() % half_ms));
        (Duration::from_millis(half_ms.into()) + spread).min(PATIENCE)
    }

    /// Whether there are as many sessions as may be.
    pub(super) fn is_full(&self) -> bool {
        self.config.players_max <= self.online.len()
    }

    /// Whether one more session may begin; each login under way may become one, but for those of staff.
    fn has_session_room(&self) -> bool {
        let under_way = self.parking.len().saturating_sub(self.claims_under_way());
        self.online.len() + under_way < self.config.players_max
    }

    /// Logins of those who say that they are staff, which wait for their hash where the world is full.
    fn claims_under_way(&self) -> usize {
        self.admission.claims.iter().filter(|key| self.is_logging_in(**key)).count()
    }

    fn begin_claim(&mut self, key: ConnKey) {
        let mut claims = std::mem::take(&mut self.admission.claims);
        claims.retain(|claim| self.is_logging_in(*claim));
        claims.push(key);
        self.admission.claims = claims;
    }

    /// A login was refused: whatever its connection tries next is no claim any more.
    pub(super) fn end_claim(&mut self, key: ConnKey) {
        self.admission.claims.retain(|claim| *claim != key);
    }

    fn is_logging_in(&self, key: ConnKey) -> bool {
        matches!(self.conns.get(key).map(|conn| &conn.stage), Some(Stage::LoggingIn(_)))
    }

    /// What a login takes besides a session, as it says itself.
    fn needs_of(&self, kind: u32, body: &[u8]) -> Needs {
        match kind {
            kinds::LOGIN_PASSWORD if self.claims_staff(body) => Needs::ClaimedHash,
            kinds::LOGIN_PASSWORD | kinds::REGISTER => Needs::Hash,
            _ => Needs::Nothing,
        }
    }

    /// Whether the name, of which nothing is proven, is one that plays in maintenance.
    fn claims_staff(&self, body: &[u8]) -> bool {
        let staff = &self.config.maintenance_accounts;
        if staff.is_empty() {
            return false;
        }
        let Ok(LoginPassword { name, password }) = decode(body) else { return false };
        drop(Secret::new(password));
        let Ok(name) = canonical(&name) else { return false };
        let owner = NameRow::table(&self.cache).find(&name.key().to_owned()).map(|held| held.row.account);
        staff.iter().any(|who| match who {
            Who::Name(key) => key == name.key(),
            Who::Id(id) => Some(id.0) == owner,
        })
    }

    /// What can be said of a login before its credentials are looked at. A name proves nothing: nobody is staff by it, and
    /// who says so is let in only when its password was right.
    fn class_of(&self, kind: u32, body: &[u8], now: Now) -> Class {
        let of_ticket = (kind == kinds::LOGIN_TICKET).then(|| self.class_of_ticket(body, now)).flatten();
        of_ticket.unwrap_or(Class::Other)
    }

    fn class_of_ticket(&self, body: &[u8], now: Now) -> Option<Class> {
        let login: LoginTicket = decode(body).ok()?;
        let ticket = Ticket::open(&login.ticket, self.config.seal_key.as_ref()?, now.wall_ms)?;
        let row = AccountRow::table(&self.cache).find(&ticket.account.0).map(|held| &held.row);
        if row.is_some_and(|row| !Generation(row.session_gen).takes_ticket_of(ticket.session_gen)) {
            return None;
        }
        if self.online.contains_key(&ticket.account) {
            return Some(Class::Inside);
        }
        let is_staff = row.is_some_and(|row| restrictions::is_staff(&self.config, row))
            || self.config.maintenance_accounts.contains(&Who::Id(ticket.account));
        Some(if is_staff { Class::Staff } else { Class::Ticket })
    }

    /// How long turns took, all but the longest of a hundred, since this was said last.
    pub(super) fn on_turn_times(&mut self, p99: Duration) {
        self.admission.pace.on_turns(p99);
    }

    /// Logins a second that begin, if that is fewer than may be because turns were long.
    #[must_use]
    pub fn logins_slowed_to(&self) -> Option<u32> {
        self.admission.pace.is_slowed().then(|| self.admission.pace.per_s())
    }

    /// How long logins waited in the queue, of those that did.
    #[must_use]
    pub fn logins_waited(&self) -> &Distribution {
        &self.admission.waited
    }
}

/// Whether one who heard this hears its position now.
fn is_due(told: Option<(u32, Instant)>, position: u32, now: Instant) -> bool {
    told.is_none_or(|(was, at)| {
        let ago = now.saturating_duration_since(at);
        TELL_AGAIN <= ago && was != position || TELL_ANYWAY <= ago
    })
}

/// Logins that say they are staff and are looked at although the world is full, at a time.
const CLAIMS_MAX: usize = 4;
/// Between two times that one who waits hears of its position.
const TELL_AGAIN: Duration = Duration::from_secs(5);
/// It hears of it also where nothing has changed: so its gateway sees that it waits, and its place is fresh.
const TELL_ANYWAY: Duration = Duration::from_secs(60);
/// Positions are looked through this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// And where somebody waits to hear of one, not sooner than this after the last time.
const LOOK_AGAIN_MIN: Duration = Duration::from_millis(50);
/// Of so many at a time.
const TOLD_MAX: usize = 1_000;
/// A login that waited longer is refused.
const PATIENCE: Duration = Duration::from_secs(600);
/// A place that an earlier game gave counts if it was told of so recently, milliseconds: as long as places are kept, and
/// as old as it may have been when the connection went.
const RECENT_MS: u64 = 240_000;
const _: () = assert!(RECENT_MS / 1_000 == Queue::KEPT.as_secs() + TELL_ANYWAY.as_secs());
