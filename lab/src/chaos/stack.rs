//! `ding up` as a kill test sees it: who runs under which process id, who was killed, who is back.

mod own;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use dbfront::failpoint::SYNC_CALL;
use rustix::process::Signal;

use crate::{
    error::Error,
    process::{Process, kill},
};
use own::Own;

/// One of the three processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Rules and state.
    Game,
    /// Journal and database.
    Dbfront,
    /// Sockets.
    Gateway,
}

impl Role {
    pub(super) const EVERY: [Self; 3] = [Self::Game, Self::Dbfront, Self::Gateway];

    /// As in its command.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Game => "game",
            Self::Dbfront => "dbfront",
            Self::Gateway => "gateway",
        }
    }
}

/// What processes are started with.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) settings: Vec<String>,
    /// Takes all that they say.
    pub(super) log: PathBuf,
    /// See [`dbfront::failpoint::SYNC_CALL`].
    pub(super) sync_call: Option<String>,
}

impl Surroundings {
    fn variables(&self) -> Vec<(&str, &str)> {
        self.sync_call.iter().map(|call| (SYNC_CALL, call.as_str())).collect()
    }
}

/// Three running processes, and who starts them again.
pub(super) struct Stack {
    keeper: Keeper,
    pids: BTreeMap<Role, u32>,
    listen: String,
}

enum Keeper {
    /// A real `ding up`, which lets whoever dies often wait.
    Up(Process),
    /// Nobody waits, for hundreds of kills.
    Own(Own),
}

impl Stack {
    /// Starts `ding up` on a free port and waits until all three serve.
    pub(super) fn up(ding: &Path, data: &Path) -> Result<Self, Error> {
        Self::ready(Process::start("ding up", ding, &arguments(data, &[]))?)
    }

    /// The same with settings, and with all that it says kept in this file.
    pub(super) fn up_with(ding: &Path, data: &Path, around: &Surroundings) -> Result<Self, Error> {
        let args = arguments(data, &around.settings);
        Self::ready(Process::start_asking("ding up", ding, &args, &around.variables(), &around.log)?)
    }

    /// Starts the three without `ding up`.
    pub(super) fn own(ding: &Path, data: &Path, around: &Surroundings) -> Result<Self, Error> {
        let (own, listen) = Own::start(ding, data, around)?;
        Ok(Self { pids: own.pids(), keeper: Keeper::Own(own), listen })
    }

    fn ready(mut up: Process) -> Result<Self, Error> {
        let mut pids = BTreeMap::new();
        let listen = up.wait_for(READY_MAX, |line| {
            if let Some((role, pid)) = serves(line) {
                pids.insert(role, pid);
            }
            players(line)
        })?;
        Ok(Self { keeper: Keeper::Up(up), pids, listen })
    }

    /// Where players connect; the same after every restart.
    pub(super) fn listen(&self) -> &str {
        &self.listen
    }

    /// Sends a signal to a process as long as it is there.
    pub(super) fn signal(&self, role: Role, signal: Signal) {
        if let Some(&pid) = self.pids.get(&role) {
            kill(pid, signal);
        }
    }

    /// Kills these with SIGKILL and waits until each of them serves again under another process id.
    pub(super) fn kill(&mut self, roles: &[Role]) -> Result<(), Error> {
        let mut missing: BTreeMap<Role, u32> = BTreeMap::new();
        for &role in roles {
            if let Some(pid) = self.pid(role) {
                if !kill(pid, Signal::KILL) {
                    return Err(self.failed(format!("had lost {} (process {pid}) by itself", role.name())));
                }
                missing.insert(role, pid);
            }
        }
        self.wait_back(missing)
    }

    /// Its present process id, as far as it was told.
    pub(super) fn pid(&mut self, role: Role) -> Option<u32> {
        if let Keeper::Up(up) = &mut self.keeper {
            while let Some(line) = up.next_line() {
                if let Some((role, pid)) = serves(&line) {
                    self.pids.insert(role, pid);
                }
            }
        }
        self.pids.get(&role).copied()
    }

    /// Of all roles.
    pub(super) fn pids(&self) -> &BTreeMap<Role, u32> {
        &self.pids
    }

    /// Waits until each of these roles serves as another process than this one.
    pub(super) fn wait_back(&mut self, mut missing: BTreeMap<Role, u32>) -> Result<(), Error> {
        missing.retain(|role, killed| self.pid(*role) == Some(*killed));
        match &mut self.keeper {
            Keeper::Own(own) => {
                own.bring_back(missing.keys().copied())?;
                self.pids = own.pids();
                Ok(())
            }
            Keeper::Up(_) if missing.is_empty() => Ok(()),
            Keeper::Up(up) => {
                let pids = &mut self.pids;
                up.wait_for(READY_MAX, |line| {
                    let (role, pid) = serves(line)?;
                    pids.insert(role, pid);
                    if missing.get(&role).is_some_and(|killed| *killed != pid) {
                        missing.remove(&role);
                    }
                    missing.is_empty().then_some(())
                })
            }
        }
    }

    /// Lets a role die by its own hand at a failpoint, one life after the other; the last one lives. Only of those
    /// without `ding up`.
    pub(super) fn let_die(&mut self, role: Role, failpoints: &str) -> Result<(), Error> {
        match &mut self.keeper {
            Keeper::Own(own) => own.let_die(role, failpoints),
            Keeper::Up(up) => Err(up.failed("starts a role without asking for its death".to_owned())),
        }
    }

    /// Starts a role again that has died.
    pub(super) fn revive(&mut self, role: Role) -> Result<(), Error> {
        if let Keeper::Own(own) = &mut self.keeper {
            own.bring_back([role].into_iter())?;
            self.pids = own.pids();
        }
        Ok(())
    }

    /// An error with the last lines of `ding up`.
    pub(super) fn failed(&self, what: String) -> Error {
        match &self.keeper {
            Keeper::Up(up) => up.failed(what),
            Keeper::Own(own) => own.failed(what),
        }
    }

    /// Stops everything with nothing lost.
    pub(super) fn stop(&mut self) -> Result<(), Error> {
        match &mut self.keeper {
            Keeper::Up(up) => up.stop(STOP_MAX),
            Keeper::Own(own) => own.stop(STOP_MAX),
        }
    }
}

fn arguments(data: &Path, settings: &[String]) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["up".into(), "--data".into(), data.into()];
    args.extend(["--listen".into(), "127.0.0.1:0".into()]);
    // Others of this machine may have one.
    args.extend(["--set".into(), "console.listen=".into()]);
    for setting in settings {
        args.extend(["--set".into(), setting.into()]);
    }
    args
}

/// Reads `  ok  ROLE  pid NUMBER …`.
pub(super) fn serves(line: &str) -> Option<(Role, u32)> {
    let mut words = line.split_whitespace();
    if words.next()? != "ok" {
        return None;
    }
    let name = words.next()?;
    let role = Role::EVERY.into_iter().find(|role| role.name() == name)?;
    if words.next()? != "pid" {
        return None;
    }
    Some((role, words.next()?.parse().ok()?))
}

/// Reads the address from `  Players   ADDR …` of the ready block.
pub(super) fn players(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    (words.next()? == "Players").then(|| words.next().map(str::to_owned))?
}

/// A start, or the longest pause of the supervisor and a start.
pub(super) const READY_MAX: Duration = Duration::from_secs(60);
const STOP_MAX: Duration = Duration::from_secs(120);
