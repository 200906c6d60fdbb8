//! The course of a run: all come in, all play, all are drained, all are checked.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, watch},
    task::{JoinSet, LocalSet},
    time::{MissedTickBehavior, interval, timeout_at},
};

use crate::{
    driver::{
        clock, life,
        line_log::LineLog,
        progress::{Progress, playing},
    },
    error::Error,
    logic::{census::Standing, player::Phase, world::World},
    options::Options,
    report::Report,
};

/// Runs to the end on this thread.
///
/// # Errors
/// See [`run_until`].
pub fn run(options: Options) -> Result<Report, Error> {
    run_until(options, Arc::default())
}

/// Runs on this thread, to the end or until this is set; then the report holds what was measured so far.
///
/// # Errors
/// See [`Error`]: a run that could not be made. What went wrong in a run is in the report.
pub fn run_until(options: Options, interrupted: Arc<AtomicBool>) -> Result<Report, Error> {
    follow(options, interrupted, Arc::default())
}

/// Runs on this thread until its time is over or this is set, whichever comes first; then everybody is drained and
/// checked.
///
/// # Errors
/// See [`run_until`].
pub fn run_until_enough(options: Options, enough: Arc<AtomicBool>) -> Result<Report, Error> {
    follow(options, Arc::default(), enough)
}

fn follow(options: Options, interrupted: Arc<AtomicBool>, enough: Arc<AtomicBool>) -> Result<Report, Error> {
    options.check()?;
    let logs = Logs::create(&options)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    LocalSet::new().block_on(&runtime, Course::new(options, logs, interrupted, enough).run())
}

/// What the tasks of all players share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) world: RefCell<World>,
    /// A player got on.
    pub(super) changed: Notify,
}

struct Course {
    shared: Rc<Shared>,
    phase: watch::Sender<Phase>,
    logs: Logs,
    progress: Progress,
    interrupted: Arc<AtomicBool>,
    enough: Arc<AtomicBool>,
    /// How long play lasts: as the options say, or until it was enough.
    lasts: Duration,
}

impl Course {
    fn new(options: Options, logs: Logs, interrupted: Arc<AtomicBool>, enough: Arc<AtomicBool>) -> Self {
        // Only to tell this run's names and lines from another's; a run is repeated by its seed.
        let mut run = [0; 8];
        let run = if getrandom::fill(&mut run).is_ok() { u64::from_le_bytes(run) } else { options.seed };
        let lasts = options.duration;
        let progress = Progress::new(options.progress, lasts);
        let world = RefCell::new(World::new(&options, run));
        let shared = Rc::new(Shared { options, world, changed: Notify::new() });
        Self { shared, phase: watch::Sender::new(Phase::Enter), logs, progress, interrupted, enough, lasts }
    }

    async fn run(mut self) -> Result<Report, Error> {
        let shared = self.shared.clone();
        let options = &shared.options;
        let begin = clock::now();
        let mut players = JoinSet::new();
        for id in 0..options.players {
            let at = begin + options.ramp * id / options.players;
            players.spawn_local(life::live(shared.clone(), id, at, self.phase.subscribe()));
        }
        // Every wait has an end of its own in each player; these are for what no player foresees.
        let patience = options.reconnect_limit + options.answer_limit + PATIENCE;
        self.wait(Standing::Settled, begin + options.ramp + patience, None).await?;
        if self.is_interrupted() {
            return self.unfinished(Duration::ZERO);
        }
        if shared.world.borrow().census.count(Standing::Failed) == options.players as usize {
            self.progress.clear();
            let cause = shared.world.borrow().error_first.clone();
            return Err(Error::Nobody { cause: cause.unwrap_or_else(|| "no reason told".to_owned()) });
        }
        let since = clock::now();
        self.phase.send_replace(Phase::Play { since, lasts: self.lasts });
        self.wait(Standing::Drained, since + options.duration + patience, Some(since)).await?;
        let elapsed = clock::now() - since;
        self.phase.send_replace(Phase::Check);
        if self.is_interrupted() {
            return self.unfinished(elapsed);
        }
        self.wait(Standing::Done, clock::now() + patience, Some(since)).await?;
        if self.is_interrupted() {
            return self.unfinished(elapsed);
        }
        self.leave(players).await;
        self.logs.write(&mut shared.world.borrow_mut())?;
        self.logs.finish()?;
        self.progress.clear();
        let world = shared.world.replace(World::new(options, 0));
        Ok(world.report(options, self.lasts, elapsed))
    }

    /// Lets play end now, if somebody has said so.
    fn end_if_enough(&mut self, since: Instant) {
        let played = clock::now() - since;
        if self.enough.load(Relaxed) && played < self.lasts {
            self.lasts = played;
            self.phase.send_replace(Phase::Play { since, lasts: played });
        }
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Relaxed)
    }

    /// Ends here; the players' tasks end with this.
    fn unfinished(mut self, played: Duration) -> Result<Report, Error> {
        let shared = self.shared.clone();
        self.logs.write(&mut shared.world.borrow_mut())?;
        self.logs.finish()?;
        self.progress.clear();
        let options = &shared.options;
        let world = shared.world.replace(World::new(options, 0));
        Ok(world.unfinished(options, played.min(options.duration)))
    }

    /// Until everyone is that far or gave up, the run is interrupted, or the deadline; keeps the log and the bar going.
    async fn wait(
        &mut self,
        standing: Standing,
        deadline: Instant,
        since: Option<Instant>,
    ) -> Result<(), Error> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.shared.changed.notified() => {}
                _ = tick.tick() => {
                    if let (Standing::Drained, Some(since)) = (standing, since) {
                        self.end_if_enough(since);
                    }
                    self.tick(since)?;
                }
            }
            let is_there = self.shared.world.borrow().census.all(standing);
            if is_there || self.is_interrupted() || clock::now() >= deadline {
                return Ok(());
            }
        }
    }

    fn tick(&mut self, since: Option<Instant>) -> Result<(), Error> {
        let mut world = self.shared.world.borrow_mut();
        self.logs.write(&mut world)?;
        let census = &world.census;
        let message = match since {
            None => {
                let players = self.shared.options.players as usize;
                format!("{} of {players} players in", players - census.count(Standing::Coming))
            }
            Some(since) => {
                let ok = world.stats.ok_total();
                playing(ok, census.count(Standing::Failed), clock::now() - since)
            }
        };
        let played = since.map_or(Duration::ZERO, |since| clock::now() - since);
        self.progress.show(played, message);
        Ok(())
    }

    /// Lets everybody say goodbye.
    async fn leave(&self, mut players: JoinSet<()>) {
        let deadline = (clock::now() + PATIENCE).into();
        while let Ok(Some(result)) = timeout_at(deadline, players.join_next()).await {
            if let Err(error) = result
                && let Ok(panic) = error.try_into_panic()
            {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// What is written down of single commands.
struct Logs {
    payments: LineLog,
    deals: LineLog,
}

impl Logs {
    fn create(options: &Options) -> Result<Self, Error> {
        let payments = LineLog::create(options.payment_log.as_deref()).map_err(Error::PaymentLog)?;
        let deals = LineLog::create(options.deal_log.as_deref()).map_err(Error::DealLog)?;
        Ok(Self { payments, deals })
    }

    fn write(&mut self, world: &mut World) -> Result<(), Error> {
        self.payments.write(&mut world.payments).map_err(Error::PaymentLog)?;
        self.deals.write(&mut world.deals).map_err(Error::DealLog)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.payments.finish().map_err(Error::PaymentLog)?;
        self.deals.finish().map_err(Error::DealLog)
    }
}

/// How often log and bar are brought up to date.
const TICK: Duration = Duration::from_millis(200);
/// Beyond all limits of the players.
const PATIENCE: Duration = Duration::from_secs(20);
