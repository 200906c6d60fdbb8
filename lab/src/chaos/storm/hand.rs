//! The hand that strikes: brings a fault about, ends it, and waits until what was killed is back.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    sync::mpsc::sync_channel,
    time::Duration,
};

use rustix::process::Signal;

use super::{
    house::House,
    schedule::{Fault, Link, Strike, Trouble, Victim},
};
use crate::{
    chaos::{played::Played, stack::Role},
    clock,
    error::Error,
    process::{is_over, kill},
    proxy::{Direction, Way, Weather},
};

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Faults that hit something, by name.
    pub(super) faults: BTreeMap<String, u32>,
    /// SIGKILL and SIGTERM that hit a role of `ding up`.
    pub(super) ended: BTreeMap<Role, u32>,
    /// From the end of a strike until all that was killed served again, at most.
    pub(super) recovery_max: Duration,
    /// Strikes.
    pub(super) strikes: u32,
}

/// A fault in force.
enum Held {
    Frozen(u32),
    Dying(u32),
    Server,
    Weather(Link, Option<Direction>),
    Disk,
}

impl House {
    /// One strike, from its beginning until everything is back.
    pub(super) fn strike(&mut self, strike: &Strike, played: &Played, done: &mut Done) -> Result<(), Error> {
        let mut missing = BTreeMap::new();
        let mut held = Vec::new();
        for fault in &strike.faults {
            if self.begin(fault, &mut held, &mut missing, done)? {
                *done.faults.entry(fault.to_string()).or_default() += 1;
            }
        }
        if !held.is_empty() {
            played.pause_until(clock::now() + lasts(strike), &self.stack)?;
        }
        for held in held {
            self.end(&held)?;
        }
        let over = clock::now();
        self.stack.wait_back(missing)?;
        done.recovery_max = done.recovery_max.max(clock::now() - over);
        done.strikes += 1;
        Ok(())
    }

    /// Whether it hit anything.
    fn begin(
        &mut self,
        fault: &Fault,
        held: &mut Vec<Held>,
        missing: &mut BTreeMap<Role, u32>,
        done: &mut Done,
    ) -> Result<bool, Error> {
        let mut hits = false;
        match fault {
            Fault::Kill(victims) => {
                for victim in victims {
                    match victim {
                        Victim::Role(role) => {
                            hits |= self.end_role(*role, Signal::KILL, missing, done).is_some();
                        }
                        Victim::Database => {
                            // Another fault of this strike may have killed it already.
                            if let Some(server) = self.server.as_mut().filter(|server| server.pid().is_some())
                            {
                                server.kill();
                                held.push(Held::Server);
                                hits = true;
                            }
                        }
                    }
                }
            }
            Fault::AskAndKill(role) => {
                if let Some(pid) = self.end_role(*role, Signal::TERM, missing, done) {
                    held.push(Held::Dying(pid));
                    hits = true;
                }
            }
            Fault::Freeze(victims) => {
                for victim in victims {
                    let pid = match victim {
                        Victim::Role(role) => self.stack.pid(*role),
                        Victim::Database => self.server.as_ref().and_then(crate::mariadb::Mariadb::pid),
                    };
                    if let Some(pid) = pid.filter(|pid| kill(*pid, Signal::STOP)) {
                        held.push(Held::Frozen(pid));
                        hits = true;
                    }
                }
            }
            Fault::Link(link, trouble) => {
                hits = self.trouble(*link, *trouble, held);
            }
            Fault::SyncFails => hits = self.fail_sync(missing)?,
            Fault::DiskFull => {
                if let Some(disk) = &self.disk {
                    disk.fill()?;
                    held.push(Held::Disk);
                    hits = true;
                }
            }
        }
        Ok(hits)
    }

    /// The journal's next sync fails, and dbfront ends by itself. Nothing is hit where none comes.
    fn fail_sync(&mut self, missing: &mut BTreeMap<Role, u32>) -> Result<bool, Error> {
        let pid = self.stack.pid(Role::Dbfront).filter(|_| !missing.contains_key(&Role::Dbfront));
        let Some(pid) = pid else { return Ok(false) };
        File::create(&self.sync_call).map_err(Error::io("calling for a failing sync"))?;
        let is_taken = comes(SYNC_COMES, || !self.sync_call.exists());
        // Whoever takes it away is the one who fails, also at the last moment.
        if !is_taken && fs::remove_file(&self.sync_call).is_ok() {
            return Ok(false);
        }
        missing.insert(Role::Dbfront, pid);
        if comes(STOP_COMES, || is_over(pid)) {
            return Ok(true);
        }
        Err(self.stack.failed("has a dbfront that goes on after a failed sync".to_owned()))
    }

    fn end_role(
        &mut self,
        role: Role,
        signal: Signal,
        missing: &mut BTreeMap<Role, u32>,
        done: &mut Done,
    ) -> Option<u32> {
        let pid = self.stack.pid(role).filter(|pid| kill(*pid, signal))?;
        missing.insert(role, pid);
        *done.ended.entry(role).or_default() += 1;
        Some(pid)
    }

    fn trouble(&self, link: Link, trouble: Trouble, held: &mut Vec<Held>) -> bool {
        let Some(proxy) = self.links.get(&link).filter(|proxy| 0 < proxy.links()) else { return false };
        let both = |way: Way| Weather { out: way, back: way };
        let one = |direction, way: Way| match direction {
            Direction::Out => Weather { out: way, ..Weather::default() },
            Direction::Back => Weather { back: way, ..Weather::default() },
        };
        let silent = Way { stalls: true, ..Way::default() };
        let (weather, cuts) = match trouble {
            Trouble::Cut => {
                return 0 < proxy.cut();
            }
            Trouble::HalfClosed(direction) => {
                proxy.half_close(direction);
                return true;
            }
            Trouble::CutInside(bytes) => (both(Way { cut_after_bytes: bytes, ..Way::default() }), None),
            Trouble::Late => (both(Way { delay: DELAY, jitter: JITTER, ..Way::default() }), None),
            Trouble::Bytes => (both(Way { piece_bytes: 1, ..Way::default() }), None),
            Trouble::Slow(bytes_per_s) => (both(Way { bytes_per_s, ..Way::default() }), None),
            Trouble::HalfOpen(direction) => (one(direction, silent), Some(direction)),
            Trouble::Stalls(direction) => (one(direction, silent), None),
        };
        proxy.set(weather);
        held.push(Held::Weather(link, cuts));
        true
    }

    fn end(&mut self, held: &Held) -> Result<(), Error> {
        match held {
            Held::Frozen(pid) => {
                kill(*pid, Signal::CONT);
            }
            Held::Dying(pid) => {
                // It may have ended by itself, and nobody else gets its number so soon.
                if self.stack.pids().values().any(|present| present == pid) {
                    kill(*pid, Signal::KILL);
                }
            }
            Held::Server => {
                if let Some(server) = &mut self.server {
                    server.run().map_err(Error::io("starting the database server again"))?;
                }
            }
            Held::Weather(link, cuts) => {
                if let Some(proxy) = self.links.get(link) {
                    if cuts.is_some() {
                        proxy.cut();
                    }
                    proxy.set(Weather::default());
                }
            }
            Held::Disk => {
                if let Some(disk) = &self.disk {
                    disk.free()?;
                }
            }
        }
        Ok(())
    }
}

fn comes(bound: Duration, is_so: impl Fn() -> bool) -> bool {
    let deadline = clock::now() + bound;
    // Nobody sends: this passes the time between two looks.
    let (_kept, never) = sync_channel::<()>(0);
    while !is_so() {
        if deadline < clock::now() {
            return false;
        }
        let _ = never.recv_timeout(LOOK);
    }
    true
}

const LOOK: Duration = Duration::from_millis(5);
/// While players play there is one in no time; while everything stands still there is none.
const SYNC_COMES: Duration = Duration::from_secs(2);
/// What is durable is applied before.
const STOP_COMES: Duration = Duration::from_secs(30);
/// How long a strike is held.
pub(super) fn lasts(strike: &Strike) -> Duration {
    if strike.faults.contains(&Fault::DiskFull) { DISK_FULL } else { strike.lasts }
}

/// A bad line between continents.
const DELAY: Duration = Duration::from_millis(40);
const JITTER: Duration = Duration::from_millis(80);
/// Long enough that the segment in use is full, too.
const DISK_FULL: Duration = Duration::from_secs(20);
