//! The world: all state of the game, and the one door into it. Knows no socket, file, thread or clock.

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use proto::{
    epoch::SealKey,
    figures::Distribution,
    ids::{AccountId, Epoch, GroupId, LinkId, Lsn},
    kinds::{KindDef, Lane},
    level::Level,
    rpc,
    tables::{AccountRow, CharacterRow, Table},
    turn::TxnId,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rustc_hash::FxHashMap;
use slotmap::SecondaryMap;

use super::{
    admission::Admission,
    cache::{Cached, TrimRules},
    delays::Delays,
    delivery::{ConnKey, Delivery},
    design::Design,
    event::{Event, NamedStop, Now, Read, TURN_COUNTS_MAX, TurnOut, WorldConfig},
    figures::WorldFigures,
    greeting::{kind_table, welcome},
    guessing::Guessing,
    guests::GuestLimit,
    hash_queue::HashQueue,
    held::{Cache, UnitKey},
    hosting::Hosting,
    ids::Ids,
    loading::Loading,
    lobby::Lobby,
    mailing::Mailing,
    ops::Ops,
    outputs::Outputs,
    parking::{ParkId, Parking},
    pipeline::{Bounds, Pipeline, StoreWelcome},
    pruning::{Pruning, replays::OldReplays},
    replays::Replays,
    resuming::Seats,
    roaming::Roaming,
    rooms::{
        quarantine::Quarantine,
        watch::{RoomWatch, Watch},
    },
    scarcity::Scarcity,
    sessions::Conn,
    staff::{Call, Desk},
    talking::Talking,
    trading::Trading,
    work::Work,
};
use crate::registry::Registry;

/// All state of the game.
pub struct World {
    pub(super) config: WorldConfig,
    pub(super) registry: Registry,
    pub(super) design: Arc<Design>,
    /// Takes its place when this turn is over.
    design_next: Option<Arc<Design>>,
    pub(super) rng: ChaCha20Rng,
    /// For what sessions are resumed with: nothing else that is drawn tells anything of it.
    pub(super) pass_rng: ChaCha20Rng,
    /// Every kind, with the index of its kind of room if it is one's.
    pub(super) kinds: FxHashMap<u32, (KindDef, Option<usize>)>,
    pub(super) welcome: Vec<u8>,
    pub(super) delivery: Delivery,
    pub(super) conns: SecondaryMap<ConnKey, Conn>,
    pub(super) online: FxHashMap<AccountId, ConnKey>,
    pub(super) seats: Seats,
    /// Clients of an earlier game whose seat is tried again, and when.
    pub(super) returning: VecDeque<(Instant, ConnKey)>,
    pub(super) everyone: GroupId,
    pub(super) cache: Cache,
    pub(super) pipeline: Pipeline,
    pub(super) parking: Parking,
    pub(super) admission: Admission,
    pub(super) hashes: HashQueue,
    /// Who made room in that queue for somebody else.
    pub(super) displaced: Vec<ParkId>,
    pub(super) ids: Ids,
    pub(super) guests: GuestLimit,
    pub(super) guessing: Guessing,
    pub(super) hosting: Hosting,
    pub(super) lobby: Lobby,
    /// Who is told of each call of a room.
    pub(super) watch: Watch,
    pub(super) quarantine: Quarantine,
    pub(super) roaming: Roaming,
    pub(super) trading: Trading,
    pub(super) talking: Talking,
    pub(super) loading: Loading,
    pub(super) desk: Desk,
    pub(super) mailing: Mailing,
    pub(super) pruning: Pruning,
    pub(super) old_replays: OldReplays,
    pub(super) replays: Replays,
    pub(super) scarcity: Scarcity,
    pub(super) delays: Delays,
    pub(super) ops: Ops,
    /// Only staff plays for now, and why.
    pub(super) maintenance: Option<String>,
    pub(super) work: Work,
    pub(super) outputs: Outputs,
    /// For the next [`TurnOut`].
    pub(super) reads: Vec<Read>,
    cut: Vec<LinkId>,
    stop: Option<NamedStop>,
    pub(super) figures: WorldFigures,
}

impl World {
    /// An empty world of this design; `seed` comes from the operating system: secrets are made from it.
    #[must_use]
    pub fn new(mut config: WorldConfig, registry: Registry, design: Arc<Design>, seed: [u8; 32]) -> Self {
        config.seal_key.get_or_insert_with(|| SealKey::new(seed));
        config.guest_key.get_or_insert_with(|| SealKey::new(seed));
        let mut delivery = Delivery::default();
        let everyone = delivery.group(Lane::MustArrive);
        let bounds = Bounds {
            inflight_records_max: config.inflight_records_max,
            inflight_bytes_max: config.inflight_bytes_max,
            kept_bytes_max: KEPT_BYTES_MAX,
        };
        Self {
            kinds: kind_table(&registry),
            welcome: welcome(&config, &registry),
            rng: ChaCha20Rng::from_seed(seed),
            pass_rng: pass_rng(seed),
            conns: SecondaryMap::new(),
            online: FxHashMap::default(),
            seats: Seats::default(),
            returning: VecDeque::new(),
            everyone,
            cache: Cache::default(),
            pipeline: Pipeline::new(bounds),
            parking: Parking::default(),
            admission: Admission::new(&config),
            hashes: HashQueue::default(),
            displaced: Vec::new(),
            ids: Ids::default(),
            guests: GuestLimit::default(),
            guessing: Guessing::default(),
            hosting: Hosting::default(),
            lobby: Lobby::default(),
            watch: Watch::default(),
            quarantine: Quarantine::of(std::mem::take(&mut config.quarantined)),
            roaming: Roaming::new(&design, &mut delivery),
            trading: Trading::default(),
            talking: Talking::default(),
            loading: Loading::WaitsForStore,
            desk: Desk::default(),
            mailing: Mailing::default(),
            pruning: Pruning::default(),
            old_replays: OldReplays::default(),
            replays: Replays::without(std::mem::take(&mut config.stuck_replays)),
            scarcity: Scarcity::default(),
            delays: Delays::default(),
            ops: Ops::default(),
            maintenance: config.maintenance.clone(),
            work: Work::default(),
            outputs: Outputs::default(),
            reads: Vec::new(),
            cut: Vec::new(),
            stop: None,
            figures: WorldFigures::default(),
            config,
            registry,
            design,
            delivery,
            design_next: None,
        }
    }

    /// From now on every call of a room is watched by this one.
    pub(crate) fn watch_rooms(&mut self, watch: Box<dyn RoomWatch>) {
        self.watch = Watch::by(watch);
    }

    /// Whether commands are noted on their way, in [`TurnOut::ops`].
    pub fn note_ops(&mut self, is_on: bool) {
        self.ops.switch(is_on);
    }

    /// Takes one event in. What it causes is in the next [`Self::end_turn`].
    pub fn on_event(&mut self, event: Event<'_>, now: Now) {
        if self.stop.is_some() {
            return;
        }
        self.delivery.at(now.instant);
        match event {
            Event::LinkUp { link, thread: _ } => self.delivery.link_up(link),
            Event::LinkDown { link } => {
                for conn in self.delivery.link_conns(link) {
                    self.conn_gone(conn, now);
                }
                self.delivery.link_gone(link);
            }
            Event::LinkBacklog { link, bytes } => {
                for (conn, group) in self.delivery.backlog(link, bytes) {
                    self.refresh(conn, group, now);
                }
            }
            Event::GatewayRecord { link, record } => {
                if self.on_gateway(link, record, now).is_err() && !self.cut.contains(&link) {
                    self.cut.push(link);
                }
            }
            Event::StoreUp { epoch, durable, applied, line } => {
                self.on_store_up(StoreWelcome { epoch, durable, applied }, line, now);
            }
            Event::StoreDown => self.pipeline.store_down(),
            Event::Durable(lsn) => self.on_durable(lsn),
            Event::Applied(lsn) => self.pipeline.applied_up_to(lsn),
            Event::Level { level, pace } => self.on_level(level, pace, now),
            Event::Rows { tag, result } => self.on_rows(tag, result, now),
            Event::HashDone { job, result } => self.on_hash(job, result, now),
            Event::TurnTimes { p99 } => self.on_turn_times(p99),
            Event::Stalled { away } => self.hosting.wait_longer(away.saturating_sub(TURN_COUNTS_MAX)),
            Event::Slept { away } => {
                self.hosting.wait_longer(away);
                self.wait_longer(away);
                self.admission.wait_longer(away);
                self.roaming.wait_longer(away);
            }
            Event::Design(next) => self.design_next = Some(next),
            Event::Limits(limits) => self.take_limits(limits),
            Event::Staff { id, ask, deadline } => self.on_staff(Call { id, ask, deadline }, now),
        }
        self.settle_kicks(now);
    }

    /// Runs what is due, releases what may leave, and fills `out`, which must be clear.
    pub fn end_turn(&mut self, now: Now, out: &mut TurnOut) {
        self.delivery.at(now.instant);
        self.govern_rooms(now);
        if !self.scarcity.is_frozen() {
            self.run_due(now);
            self.matches_due(now);
            self.roam(now);
            self.trades_due(now);
        }
        self.delays_due(now);
        self.away_due(now);
        self.resumes_due(now);
        self.seats_due(now);
        self.settle_kicks(now);
        self.load_due(now);
        self.give_up_reads(now);
        self.give_up_rows(now);
        self.hashes_due(now);
        self.admission_due(now);
        self.staff_due(now);
        self.mailing_due(now);
        self.prune_due(now);
        self.prune_replays_due(now);
        self.replays_due(now);
        self.trim(now);
        self.returned_due(now);
        self.endings_due(now);
        self.flush_rooms(now);
        self.beat_rooms(now);
        self.note_undurable(now);
        out.stop = self.stop;
        if self.stop.is_some() {
            return;
        }
        // Nothing that happens in one turn sees two designs; what it tells leaves with this one.
        if let Some(next) = self.design_next.take() {
            self.take_design(next, now);
        }
        self.delivery.flush(out);
        self.desk.end_turn(self.pipeline.durable(), &mut out.staff);
        self.ops.end_turn(self.pipeline.durable(), &mut out.ops);
        self.pipeline.end_turn(&mut out.turns);
        // Asked now they would be answered without the records that wait: what comes is to be as of all of them.
        if !self.pipeline.is_behind() {
            out.reads.append(&mut self.reads);
        }
        out.hashes.extend(std::iter::from_fn(|| self.hashes.hand_out()));
        out.cut.append(&mut self.cut);
        out.guessed.append(&mut self.seats.guessed);
        out.broken.append(self.hosting.broken());
        out.diverged.append(self.hosting.diverged());
        self.quarantine.end_turn(self.pipeline.durable(), &mut out.released);
    }

    /// When the next turn is due without any event.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let moves = !self.scarcity.is_frozen();
        let deadlines = [
            self.hosting.next_deadline().filter(|_| moves),
            self.lobby.next_deadline().filter(|_| moves),
            self.roaming.next_deadline(self.config.tick).filter(|_| moves),
            self.trading.next_deadline().filter(|_| moves),
            self.loading.next_deadline(),
            self.parking.next_deadline(),
            self.hashes.tell_at,
            self.admission.next_deadline(),
            self.desk.next_deadline(),
            self.mailing.next_deadline(),
            self.pruning.next_deadline(),
            self.old_replays.next_deadline(),
            self.replays.watching.next_deadline(),
            self.seats.next_deadline(),
            self.delays.next_deadline(),
            self.returning.front().map(|(at, _)| *at),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Accounts are loaded and dbfront was reached: players may log in.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self.loading, Loading::Done)
    }

    /// The epoch in which this world writes, once dbfront granted one.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.pipeline.epoch()
    }

    /// The first record that could be sent again to dbfront, if there is one.
    #[must_use]
    pub fn held_from(&self) -> Option<Lsn> {
        self.pipeline.held_from()
    }

    /// From a command's arrival until its answer left.
    #[must_use]
    pub fn answered(&self) -> &Distribution {
        &self.delivery.answered
    }

    /// Counters and gauges.
    #[must_use]
    pub fn figures(&self) -> WorldFigures {
        WorldFigures {
            connections: self.delivery.conn_count().saturating_sub(self.seats.away_count()) as u64,
            sessions_away: self.seats.away_count() as u64,
            sessions: self.online.len() as u64,
            rooms: self.hosting.len() as u64,
            matches_waiting: self.lobby.len() as u64,
            avatars: self.roaming.len() as u64,
            monsters: self.roaming.monsters.alive() as u64,
            monsters_awake: self.roaming.monsters.awake() as u64,
            accounts_cached: self.cache.units(Table::Account) as u64,
            parked: self.parking.len() as u64,
            hashes_waiting: self.hashes.len() as u64,
            lsn_made: self.pipeline.made().0,
            lsn_durable: self.pipeline.durable().0,
            lsn_applied: self.pipeline.applied().0,
            inflight_records: self.pipeline.inflight_records() as u64,
            inflight_bytes: self.pipeline.inflight_bytes() as u64,
            retained_bytes: self.pipeline.kept_bytes() as u64,
            release_bytes: self.delivery.waiting_bytes() as u64,
            withheld: self.delivery.withheld_count,
            maintenance: u64::from(self.maintenance.is_some()),
            level: self.scarcity.level() as u64,
            ..self.admission.show(self.figures)
        }
    }

    fn on_store_up(&mut self, welcome: StoreWelcome, line: u8, now: Now) {
        let is_first = self.pipeline.epoch().is_none();
        let opened = self
            .pipeline
            .store_up(welcome)
            .and_then(|()| if is_first { self.ids.begin(line, welcome.epoch) } else { Ok(()) });
        match opened {
            Ok(()) => {
                self.delivery.durable_up_to(self.pipeline.durable());
                // Dbfront says at once if there is little room.
                self.on_level(Level::Green, 0, now);
                self.load(now);
                self.parking.ask_again(&mut self.reads);
            }
            Err(stop) => self.stop = Some(stop),
        }
    }

    fn on_durable(&mut self, durable: Lsn) {
        let made = self.pipeline.made();
        if made < durable {
            self.stop = Some(NamedStop::Divergence { durable, made });
            return;
        }
        self.delays.progress();
        self.pipeline.durable_up_to(durable);
        self.delivery.durable_up_to(self.pipeline.durable());
    }

    /// The records before them did not leave in time for these.
    fn give_up_reads(&mut self, now: Now) {
        let is_late = |read: &mut Read| read.tag.is_some() && read.deadline <= now.instant;
        let late: Vec<Read> = self.reads.extract_if(.., is_late).collect();
        for tag in late.into_iter().filter_map(|read| read.tag) {
            self.on_rows(tag, Err(rpc::Failure::Deadline), now);
        }
    }

    /// Puts what no record carries, an account's numbers or its characters' hit points, into one of their own, so that
    /// the rows may go. Without room in the pipeline they stay a while longer.
    fn save(&mut self, unit: &UnitKey, now: Now) {
        self.work.clear();
        let account = match unit {
            UnitKey::Account(account) => {
                let held = AccountRow::table(&self.cache).find(account);
                held.into_iter().for_each(|held| self.work.put(held.row.clone()));
                *account
            }
            UnitKey::Character(account) => {
                let unit = CharacterRow::table(&self.cache).unit(account);
                let rows = unit.map(|unit| unit.unsaved().cloned().collect::<Vec<_>>()).unwrap_or_default();
                rows.into_iter().for_each(|row| self.work.put(row));
                self.work.is_progress = true;
                *account
            }
            // Nothing of these is changed without a record.
            UnitKey::Name(_)
            | UnitKey::Wallet(_)
            | UnitKey::Restriction(_)
            | UnitKey::CharacterName(_)
            | UnitKey::Item(_)
            | UnitKey::Mail(_)
            | UnitKey::ChatBlock(_)
            | UnitKey::Report(_)
            | UnitKey::GrantKey(_)
            | UnitKey::ReplayPlayer(_)
            | UnitKey::Rating(_)
            | UnitKey::Switch(_)
            | UnitKey::Freeze(_)
            | UnitKey::Campaign(_)
            | UnitKey::StaffNote(_)
            | UnitKey::DeedKey(_) => return,
        };
        if !self.work.is_written() {
            return;
        }
        let _full = self.commit(TxnId { account: AccountId(account), cseq: 0 }, now);
        self.work.clear();
    }

    fn trim(&mut self, now: Now) {
        if !self.is_ready() {
            return;
        }
        let rules = TrimRules { units_max: self.config.cache_accounts_max, applied: self.pipeline.applied() };
        let mut releases = Vec::new();
        let (online, roaming) = (&self.online, &self.roaming);
        let is_needed = |account| online.contains_key(&account) || roaming.who(account).is_some();
        let unsaved = self.cache.trim(&rules, is_needed, &mut releases);
        unsaved.iter().for_each(|unit| self.save(unit, now));
        for release in releases {
            let what = Some(proto::link::read_request::What::Release(release));
            let request = proto::link::ReadRequest { what };
            self.reads.push(Read { tag: None, request, deadline: now.instant + READ_DEADLINE });
        }
    }
}

fn pass_rng(seed: [u8; 32]) -> ChaCha20Rng {
    let mut rng = ChaCha20Rng::from_seed(seed);
    rng.set_stream(1);
    rng
}

/// How long a read may take: beyond it whoever waits is told to come back.
pub(super) const READ_DEADLINE: Duration = Duration::from_secs(5);
/// Turns kept for a store that comes back with less than it applied.
const KEPT_BYTES_MAX: usize = 512 * 1024 * 1024;
