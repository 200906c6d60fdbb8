//! The one door through which the world is tested: a script of what players and the store do, line by
//! line, and the transcript of what players see. The gateway and the store around the world are models.

pub(crate) mod bags;
mod characters;
mod chat;
pub(crate) mod fights;
mod gateway;
mod goods;
mod lobby;
mod mail;
pub(crate) mod people;
mod script;
mod staff;
mod staff_player;
mod store;
mod trades;

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use proto::{
    ids::{AccountId, Epoch, LinkId, Lsn},
    link::{ReadResponse, StaffResponse},
    link_io::Record,
    rpc::Failure,
};

use self::{people::People, store::Store};
use super::{
    design::Design,
    event::{BrokenRoom, Diverged, Event, HashJob, HashResult, NamedStop, Now, Read, TurnOut, WorldConfig},
    world::World,
};
use crate::registry::Registry;

/// The moment at which a test's time begins.
#[expect(clippy::disallowed_methods, reason = "an Instant can be made in no other way; tests only add to it")]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// Runs a script and compares what was seen, line by line.
#[track_caller]
pub(crate) fn check(script: &str, expected: &str) {
    check_with(Play::new(WorldConfig { preload: false, ..WorldConfig::default() }), script, expected);
}

/// The same with a prepared play.
#[track_caller]
pub(crate) fn check_with(mut play: Play, script: &str, expected: &str) {
    play.run(script);
    assert_eq!(play.world.figures().acks_ahead, 0, "packets came that were not counted");
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(play.people.transcript, expected, "\nseen:\n{}\n", play.people.transcript.join("\n"));
}

/// Games have tests of their own.
fn echo_alone() -> Registry {
    let mut registry = Registry::new();
    registry.register::<crate::rooms::echo::Echo>().unwrap();
    registry
}

/// A world with models around it.
pub(crate) struct Play {
    pub(crate) world: World,
    pub(crate) config: WorldConfig,
    /// Of the process that begins next.
    pub(crate) registry: fn() -> Registry,
    pub(crate) now: Now,
    pub(crate) store: Store,
    pub(crate) people: People,
    out: TurnOut,
    epoch: Epoch,
    pub(crate) stop: Option<NamedStop>,
    pub(crate) held: Held,
    reads: Vec<(Read, u64)>,
    hashes: Vec<HashJob>,
    /// Of one that is made now.
    pub(crate) hash_cost: u32,
    asked: u64,
    staff_asked: u64,
    /// All that staff was told.
    pub(crate) staff_heard: Vec<StaffResponse>,
    /// Whose tokens were guessed at.
    pub(crate) guessed: Vec<AccountId>,
    /// Rooms that could not go on.
    pub(crate) broken: Vec<BrokenRoom>,
    /// Rooms that went another way when they heard the same again.
    pub(crate) diverged: Vec<Diverged>,
}

/// What the models keep back until the script says so.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Held {
    pub(crate) syncs: bool,
    pub(crate) applies: bool,
    pub(crate) reads: bool,
    pub(crate) hashes: bool,
    /// The store is away.
    pub(crate) store: bool,
}

impl Play {
    pub(crate) fn new(config: WorldConfig) -> Self {
        Self::with_rooms(config, echo_alone)
    }

    /// Sessions end with their connections, as most tests want it.
    pub(crate) fn with_rooms(config: WorldConfig, registry: fn() -> Registry) -> Self {
        Self::made(WorldConfig { resume_grace: Duration::ZERO, ..config }, registry)
    }

    /// Sessions wait for whoever comes back.
    pub(crate) fn with_grace(config: WorldConfig) -> Self {
        Self::made(config, echo_alone)
    }

    /// The same with other rooms.
    pub(crate) fn with_rooms_and_grace(config: WorldConfig, registry: fn() -> Registry) -> Self {
        Self::made(config, registry)
    }

    fn made(config: WorldConfig, registry: fn() -> Registry) -> Self {
        let mut play = Self {
            world: World::new(config.clone(), registry(), bundled(), [7; 32]),
            config,
            registry,
            now: Now { instant: start(), wall_ms: 1_700_000_000_000 },
            store: Store::default(),
            people: People::default(),
            out: TurnOut::default(),
            epoch: Epoch(1),
            stop: None,
            held: Held::default(),
            reads: Vec::new(),
            hashes: Vec::new(),
            hash_cost: 1,
            asked: 0,
            staff_asked: 0,
            staff_heard: Vec::new(),
            guessed: Vec::new(),
            broken: Vec::new(),
            diverged: Vec::new(),
        };
        play.learn_bags();
        play.begin();
        play
    }

    /// The tests' own commands.
    fn learn_bags(&mut self) {
        self.world.kinds.extend(bags::KINDS.map(|kind| (kind, (bags::def(kind), None))));
    }

    fn begin(&mut self) {
        self.event(Event::LinkUp { link: LINK, thread: 0 });
        self.store_up();
    }

    fn store_up(&mut self) {
        let (durable, applied) = (self.store.durable(), self.store.applied());
        self.store.link_up();
        let epoch = self.epoch;
        self.event(Event::StoreUp { epoch, durable, applied, line: 0 });
        self.turn();
    }

    /// The process dies: what the store had not made durable is gone, and so is every connection.
    pub(crate) fn restart(&mut self) {
        self.store.crash_of_game();
        self.people.all_gone();
        self.reads.clear();
        self.hashes.clear();
        self.epoch = Epoch(self.epoch.0 + 1);
        self.world = World::new(self.config.clone(), (self.registry)(), bundled(), [8; 32]);
        self.learn_bags();
        self.held.store = false;
        self.out = TurnOut::default();
        self.begin();
    }

    /// The gateway's link ends, and another one opens.
    pub(crate) fn lose_link(&mut self) {
        self.people.all_gone();
        self.event(Event::LinkDown { link: LINK });
        self.turn();
        self.event(Event::LinkUp { link: LINK, thread: 0 });
    }

    pub(crate) fn store_down(&mut self) {
        self.held.store = true;
        self.lose_reads();
        self.event(Event::StoreDown);
        self.turn();
    }

    fn lose_reads(&mut self) {
        for (read, _) in std::mem::take(&mut self.reads) {
            if let Some(tag) = read.tag {
                self.event(Event::Rows { tag, result: Err(Failure::LinkLost) });
            }
        }
    }

    pub(crate) fn store_back(&mut self) {
        self.held.store = false;
        self.store_up();
    }

    pub(crate) fn event(&mut self, event: Event<'_>) {
        self.world.on_event(event, self.now);
    }

    pub(crate) fn record(&mut self, record: Record<'_>) {
        self.event(Event::GatewayRecord { link: LINK, record });
    }

    /// Time passes, and what is due runs.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now.instant += time;
        self.now.wall_ms += u64::try_from(time.as_millis()).unwrap();
        self.turn();
    }

    /// Ends turns until nobody has anything more to say.
    pub(crate) fn turn(&mut self) {
        loop {
            self.out.clear();
            self.world.end_turn(self.now, &mut self.out);
            self.stop = self.out.stop;
            self.guessed.append(&mut self.out.guessed);
            self.broken.append(&mut self.out.broken);
            self.diverged.append(&mut self.out.diverged);
            assert!(self.out.cut.is_empty(), "a link was cut");
            for (_, bytes) in &self.out.links {
                gateway::show(bytes, &mut self.people);
            }
            for turn in &self.out.turns {
                self.store.receive(turn);
            }
            for (_, response) in std::mem::take(&mut self.out.staff) {
                self.staff_hears(response);
            }
            for read in self.out.reads.drain(..) {
                self.asked += 1;
                // A read sees what was sent before it, whenever its answer comes.
                self.reads.push((read, self.asked));
            }
            if self.held.store {
                // Without a link the driver says so at once.
                self.lose_reads();
            }
            for (read, _) in &mut self.reads {
                self.store.prepare(&read.request);
            }
            self.hashes.append(&mut self.out.hashes);
            if !self.models_speak() {
                return;
            }
        }
    }

    /// What the models say by themselves. False: nothing.
    fn models_speak(&mut self) -> bool {
        let mut spoke = false;
        if !self.held.reads && !self.held.store {
            spoke |= self.answer_reads();
        }
        if !self.held.hashes {
            spoke |= self.answer_hashes();
        }
        if !self.held.store && !self.held.syncs {
            spoke |= self.sync(u64::MAX);
        }
        if !self.held.store && !self.held.applies {
            spoke |= self.apply();
        }
        spoke
    }

    pub(crate) fn answer_reads(&mut self) -> bool {
        self.answer_reads_with(|_| {})
    }

    /// The same, with something done to each answer.
    pub(crate) fn answer_reads_with(&mut self, change: impl Fn(&mut ReadResponse)) -> bool {
        let reads = std::mem::take(&mut self.reads);
        for (read, _) in &reads {
            let mut response = self.store.answer(&read.request);
            change(&mut response);
            if let Some(tag) = read.tag {
                self.event(Event::Rows { tag, result: Ok(response) });
            }
        }
        !reads.is_empty()
    }

    pub(crate) fn fail_reads(&mut self, failure: Failure) {
        for (read, _) in std::mem::take(&mut self.reads) {
            if let Some(tag) = read.tag {
                self.event(Event::Rows { tag, result: Err(failure) });
            }
        }
        self.turn();
    }

    /// Hashes for which somebody waits.
    pub(crate) fn hashes_wanted(&self) -> usize {
        let wanted = |job: &&HashJob| match job {
            HashJob::Make { wanted, .. } | HashJob::Verify { wanted, .. } => 0 < wanted.strong_count(),
        };
        self.hashes.iter().filter(wanted).count()
    }

    /// None of them can be computed.
    pub(crate) fn fail_hashes(&mut self) {
        for job in std::mem::take(&mut self.hashes) {
            let (HashJob::Make { id: job, .. } | HashJob::Verify { id: job, .. }) = job;
            self.event(Event::HashDone { job, result: HashResult::Failed });
        }
    }

    pub(crate) fn answer_hashes(&mut self) -> bool {
        let jobs = std::mem::take(&mut self.hashes);
        let any = !jobs.is_empty();
        for job in jobs {
            let (job, result) = match job {
                HashJob::Make { id, password, .. } => (id, HashResult::Made(self.hash(password.expose()))),
                HashJob::Verify { id, password, phc, .. } => {
                    let phc = phc.unwrap_or_default();
                    let matches = phc.split_once(' ').is_some_and(|(_, of)| of == password.expose());
                    let is_cheap = !phc.is_empty() && phc < self.hash("");
                    (id, HashResult::Verified { matches, is_cheap })
                }
            };
            self.event(Event::HashDone { job, result });
        }
        any
    }

    fn hash(&self, password: &str) -> String {
        format!("{:04} {password}", self.hash_cost)
    }

    /// The store syncs up to so many more records, whole turns.
    pub(crate) fn sync(&mut self, records: u64) -> bool {
        let before = self.store.durable();
        let durable = self.store.sync(records);
        if before < durable {
            self.event(Event::Durable(durable));
        }
        before < durable
    }

    pub(crate) fn apply(&mut self) -> bool {
        let before = self.store.applied();
        let applied: Lsn = self.store.apply();
        if before < applied {
            self.event(Event::Applied(applied));
        }
        before < applied
    }
}

/// The designers' tables that come with the server, on a map without monsters: nothing moves but players.
pub(crate) fn bundled() -> Arc<Design> {
    static BUNDLED: LazyLock<Arc<Design>> =
        LazyLock::new(|| Arc::new(crate::design::load(None).unwrap().with_monsters(Vec::new())));
    BUNDLED.clone()
}

pub(crate) const LINK: LinkId = LinkId(1);
