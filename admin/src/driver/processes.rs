//! Asks every process once a second how it is, and hands what they say to the history and to live pages. Decides
//! nothing: what `ding status` prints is what pages show.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::body::Bytes;
use proto::{
    level::Level,
    link::{ControlResponse, StatusRequest, control_request::What},
};
use rustix::param::{clock_ticks_per_second, page_size};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{
    clock,
    desk::Desk,
    link::{Away, Talk},
    logs, settings,
};
use crate::{
    Seat,
    logic::sample::{Figures, Process, Sample},
};

/// The last sample, and as a live page gets it.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest {
    pub(super) sample: Sample,
    pub(super) event: Bytes,
}

/// For ever, once a second.
pub(super) async fn watch(seats: Vec<Seat>, desk: Arc<Desk>, latest: watch::Sender<Arc<Latest>>) {
    let mut lines: Vec<Line> = seats.into_iter().map(Line::new).collect();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let mut asked = JoinSet::new();
        for line in lines.drain(..) {
            asked.spawn(line.look(Arc::clone(&desk)));
        }
        let mut looks = asked.join_all().await;
        looks.sort_by_key(|(line, _)| line.order);
        let mut processes = Vec::new();
        for (line, process) in looks {
            processes.extend(process);
            lines.push(line);
        }
        logs::gather_own(&desk);
        let mut sample = Sample { at_ms: clock::wall_ms(), processes, markers: Vec::new() };
        desk.state().history.push(&mut sample);
        let json = serde_json::to_string(&sample).unwrap_or_default();
        let event = Bytes::from(format!("event: sample\ndata: {json}\n\n"));
        // Nobody may look just now.
        let _ = latest.send(Arc::new(Latest { sample, event }));
    }
}

/// The way to one process, kept from second to second.
#[derive(Debug)]
struct Line {
    order: &'static str,
    seat: Seat,
    talk: Option<Talk>,
    /// Questions over this link so far.
    asked: u32,
    pid: Option<u32>,
    restarts: u64,
    /// It has read its settings since it was last away, and whether it is being told to just now.
    has_read: Arc<AtomicBool>,
    is_told: Arc<AtomicBool>,
}

impl Line {
    fn new(seat: Seat) -> Self {
        let (has_read, is_told) = (Arc::default(), Arc::default());
        Self { order: seat.name, seat, talk: None, asked: 0, pid: None, restarts: 0, has_read, is_told }
    }

    /// How it is; nothing of a place in which nobody is needed or was ever seen.
    async fn look(mut self, desk: Arc<Desk>) -> (Self, Option<Process>) {
        if !self.seat.is_needed && !self.seat.socket.exists() {
            return (self, None);
        }
        let said = self.ask().await;
        let process = match said {
            Ok(said) => {
                if let Some(talk) = &self.talk {
                    logs::gather(&desk, self.seat.name, said.pid, talk).await;
                }
                if self.pid.is_some_and(|pid| pid != said.pid) {
                    self.has_read.store(false, Relaxed);
                }
                self.catch_up(&desk);
                self.told(said)
            }
            Err(away) => {
                self.talk = None;
                self.has_read.store(false, Relaxed);
                let (name, role) = (self.seat.name, self.seat.role);
                Process { name, role, state: away.to_string(), restarts: self.restarts, ..Process::default() }
            }
        };
        (self, Some(process))
    }

    /// Has it read what was set while it was away, one telling at a time, until it has said that it did.
    fn catch_up(&self, desk: &Arc<Desk>) {
        if self.has_read.load(Relaxed) || self.is_told.swap(true, Relaxed) {
            return;
        }
        let (desk, name) = (Arc::clone(desk), self.seat.name);
        let (has_read, is_told) = (Arc::clone(&self.has_read), Arc::clone(&self.is_told));
        tokio::spawn(async move {
            has_read.store(settings::catch_up(&desk, name).await, Relaxed);
            is_told.store(false, Relaxed);
        });
    }

    async fn ask(&mut self) -> Result<ControlResponse, Away> {
        // A process that let a successor have its place answers on, over links that it had before.
        if ASKED_MAX <= self.asked {
            (self.talk, self.asked) = (None, 0);
        }
        self.asked += 1;
        let talk = match self.talk.take() {
            Some(talk) => talk,
            None => Talk::open(&self.seat.socket, PATIENCE).await?,
        };
        let said = talk.ask(What::Status(StatusRequest {}), PATIENCE).await?;
        self.talk = Some(talk);
        Ok(said)
    }

    fn told(&mut self, said: ControlResponse) -> Process {
        if self.pid.is_some_and(|pid| pid != said.pid) {
            self.restarts += 1;
        }
        self.pid = Some(said.pid);
        let figures: Vec<(String, i64)> =
            said.figures.into_iter().map(|figure| (figure.name, figure.value)).collect();
        let level = figures.iter().find(|(name, _)| name == "level");
        let level = level.and_then(|(_, code)| Level::from_code(u64::try_from(*code).ok()?));
        Process {
            name: self.seat.name,
            role: self.seat.role,
            reachable: true,
            ready: said.ready,
            state: said.state,
            pid: Some(said.pid),
            up_ms: Some(said.up_ms),
            version: Some(said.version),
            restarts: self.restarts,
            rss_bytes: rss_bytes(said.pid),
            cpu_ms: cpu_ms(said.pid),
            level: level.map(Level::name),
            figures: Figures(figures),
        }
    }
}

fn of_system(pid: u32, file: &str) -> Option<String> {
    std::fs::read_to_string(PathBuf::from(format!("/proc/{pid}/{file}"))).ok()
}

fn rss_bytes(pid: u32) -> Option<u64> {
    let pages: u64 = of_system(pid, "statm")?.split(' ').nth(1)?.parse().ok()?;
    pages.checked_mul(u64::try_from(page_size()).ok()?)
}

/// Fields 14 and 15; the second is a name in brackets, which may hold anything.
fn cpu_ms(pid: u32) -> Option<u64> {
    let text = of_system(pid, "stat")?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    (user + system).checked_mul(1_000)?.checked_div(clock_ticks_per_second())
}

const EVERY: Duration = Duration::from_secs(1);
/// Less than until the next question.
const PATIENCE: Duration = Duration::from_millis(900);
const ASKED_MAX: u32 = 10;
