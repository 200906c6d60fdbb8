//! The three processes without `ding up`: whoever was killed is started again at once, however often.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::Signal;

use super::{READY_MAX, Role, Surroundings};
use crate::{error::Error, process::Process};

/// See the module.
pub(super) struct Own {
    ding: PathBuf,
    data: PathBuf,
    around: Surroundings,
    running: BTreeMap<Role, Process>,
}

impl Own {
    /// Also says where players connect.
    pub(super) fn start(ding: &Path, data: &Path, around: &Surroundings) -> Result<(Self, String), Error> {
        let mut own = Self {
            ding: ding.to_owned(),
            data: data.to_owned(),
            around: around.clone(),
            running: BTreeMap::new(),
        };
        own.around.settings.push("gateway.listen=127.0.0.1:0".to_owned());
        let mut listen = String::new();
        for role in START_ORDER {
            let mut process = own.spawn(role, &[])?;
            let about = process.wait_ready(READY_MAX)?;
            if let Some(address) = about["listen"].as_str() {
                address.clone_into(&mut listen);
            }
            own.running.insert(role, process);
        }
        // Players must find the next gateway where this one is.
        own.around.settings.push(format!("gateway.listen={listen}"));
        Ok((own, listen))
    }

    fn spawn(&self, role: Role, variables: &[(&str, &str)]) -> Result<Process, Error> {
        let mut args: Vec<OsString> = vec![role.name().into(), "--supervised".into(), "--data".into()];
        args.push((&self.data).into());
        for setting in &self.around.settings {
            args.extend(["--set".into(), setting.into()]);
        }
        let variables = [self.around.variables().as_slice(), variables].concat();
        Process::start_asking(role.name(), &self.ding, &args, &variables, &self.around.log)
    }

    pub(super) fn pids(&self) -> BTreeMap<Role, u32> {
        self.running.iter().map(|(role, process)| (*role, process.pid())).collect()
    }

    /// Starts these again, all at once, and waits until they serve.
    pub(super) fn bring_back(&mut self, roles: impl Iterator<Item = Role>) -> Result<(), Error> {
        let mut back = Vec::new();
        for role in roles {
            // Waits for its end.
            drop(self.running.remove(&role));
            back.push((role, self.spawn(role, &[])?));
        }
        for (role, mut process) in back {
            for attempt in 0.. {
                match process.wait_ready(READY_MAX) {
                    Ok(_) => break,
                    // A killed process may hold a lock or a port for a moment longer than it lives.
                    Err(_) if attempt < ATTEMPTS => process = self.spawn(role, &[])?,
                    Err(error) => return Err(error),
                }
            }
            self.running.insert(role, process);
        }
        Ok(())
    }

    /// Kills this role, and lets it live and die once more: by its own hand, where `failpoints` says.
    pub(super) fn let_die(&mut self, role: Role, failpoints: &str) -> Result<(), Error> {
        // Waits for its end.
        drop(self.running.remove(&role));
        for attempt in 0.. {
            let mut process = self.spawn(role, &[("FAILPOINTS", failpoints)])?;
            let status = process.end(DEATH_MAX)?;
            // A killed process may hold a lock for a moment longer than it lives.
            match status.signal() == Some(Signal::KILL.as_raw()) {
                true => break,
                false if attempt < ATTEMPTS => {}
                false => return Err(process.failed(format!("did not die at {failpoints}: {status}"))),
            }
        }
        Ok(())
    }

    pub(super) fn failed(&self, what: String) -> Error {
        match self.running.values().next() {
            Some(process) => process.failed(what),
            None => Error::Process { role: "the stack".to_owned(), what, tail: String::new() },
        }
    }

    pub(super) fn stop(&mut self, bound: Duration) -> Result<(), Error> {
        for role in START_ORDER.into_iter().rev() {
            if let Some(process) = self.running.remove(&role) {
                process.stop_by_lifeline(bound)?;
            }
        }
        Ok(())
    }
}

const START_ORDER: [Role; 3] = [Role::Dbfront, Role::Game, Role::Gateway];
const ATTEMPTS: u32 = 5;
/// A start, and so much play that it comes to the place.
const DEATH_MAX: Duration = Duration::from_secs(60);
