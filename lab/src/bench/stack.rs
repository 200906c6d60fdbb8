//! The real processes under a bench: dbfront, game and gateway as `ding` starts them, on free ports and
//! in a folder that goes with them. Limits that would refuse a bench are raised by settings, printed.

use std::{ffi::OsString, net::SocketAddr, path::Path, time::Duration};

use serde_json::Value;
use tempfile::TempDir;

use crate::{clock, error::Error, process::Process};

/// Three processes and their folder. Dropping it ends them and removes it.
pub(crate) struct Stack {
    // In the order in which they end.
    gateway: Process,
    game: Process,
    dbfront: Process,
    folder: TempDir,
    addr: SocketAddr,
}

impl Stack {
    pub(crate) fn start(ding: &Path) -> Result<Self, Error> {
        Self::start_with(ding, None)
    }

    /// With these designers' tables.
    pub(crate) fn start_with(ding: &Path, design: Option<&Path>) -> Result<Self, Error> {
        let folder = tempfile::Builder::new()
            .prefix("ding-bench-")
            .tempdir()
            .map_err(Error::io("making a data folder"))?;
        let dbfront = Self::role(ding, "dbfront", folder.path(), design)?;
        let game = Self::role(ding, "game", folder.path(), design)?;
        let mut gateway = Self::spawn(ding, "gateway", folder.path(), design)?;
        let ready = gateway.wait_ready(READY_MAX)?;
        let listen = ready["listen"].as_str().and_then(|listen| listen.parse().ok());
        let Some(addr) = listen else {
            return Err(gateway.failed(format!("is ready without an address: {ready}")));
        };
        Ok(Self { gateway, game, dbfront, folder, addr })
    }

    /// Where its data is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What was changed from the defaults, for whoever reads the figures.
    pub(crate) fn settings() -> String {
        SETTINGS.join(" ")
    }

    fn role(ding: &Path, role: &str, data: &Path, design: Option<&Path>) -> Result<Process, Error> {
        let mut process = Self::spawn(ding, role, data, design)?;
        process.wait_ready(READY_MAX)?;
        Ok(process)
    }

    fn spawn(ding: &Path, role: &str, data: &Path, design: Option<&Path>) -> Result<Process, Error> {
        let mut args: Vec<OsString> = vec![role.into(), "--supervised".into(), "--data".into(), data.into()];
        // An empty file, so that no ding.toml of the current folder changes what is measured.
        let file = data.join("ding.toml");
        std::fs::write(&file, "").map_err(Error::io("writing settings"))?;
        args.extend(["--config".into(), file.into()]);
        for setting in SETTINGS {
            args.extend(["--set".into(), (*setting).into()]);
        }
        if let Some(design) = design {
            let mut setting = OsString::from("game.design=");
            setting.push(design);
            args.extend(["--set".into(), setting]);
        }
        Process::start(role, ding, &args)
    }

    /// Where the gateway listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Name and process id of each.
    pub(crate) fn processes(&self) -> [(&'static str, u32); 3] {
        [("gateway", self.gateway.pid()), ("game", self.game.pid()), ("dbfront", self.dbfront.pid())]
    }

    /// Waits until the database has all that the journal has; how long that took.
    pub(crate) fn settle(&self, ding: &Path) -> Result<Duration, Error> {
        let start = clock::now();
        loop {
            let figures = self.figures(ding, "dbfront")?;
            let figure = |name: &str| figures[name].as_i64();
            match (figure(DURABLE), figure(APPLIED)) {
                (Some(durable), Some(applied)) if durable <= applied => return Ok(start.elapsed()),
                (Some(_), Some(_)) => {}
                (_, _) => {
                    return Err(self.dbfront.failed(format!("tells no {DURABLE} and {APPLIED}: {figures}")));
                }
            }
            if SETTLE_MAX < start.elapsed() {
                return Err(Error::Late { what: "the applier".to_owned(), seconds: SETTLE_MAX.as_secs() });
            }
        }
    }

    /// What a role counts.
    pub(crate) fn figures(&self, ding: &Path, role: &str) -> Result<Value, Error> {
        let data = self.folder.path();
        let args: [OsString; 4] = ["status".into(), "--json".into(), "--data".into(), data.into()];
        let output = std::process::Command::new(ding)
            .args(args)
            .output()
            .map_err(Error::io("asking for the status"))?;
        let status: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let roles = status["roles"].as_array().cloned().unwrap_or_default();
        let found = roles.into_iter().find(|known| known["role"] == role);
        Ok(found.map(|role| role["figures"].clone()).unwrap_or_default())
    }

    /// Stops all three gracefully.
    pub(crate) fn stop(self) -> Result<(), Error> {
        for process in [self.gateway, self.game, self.dbfront] {
            process.stop_by_lifeline(STOP_MAX)?;
        }
        Ok(())
    }
}

const SETTINGS: &[&str] = &[
    "gateway.listen=127.0.0.1:0",
    "gateway.packets_per_s=100000000",
    "gateway.packets_burst=100000000",
    "game.commands_per_s=1000000",
    "game.commands_burst=1000000",
];
const DURABLE: &str = "lsn_durable";
const APPLIED: &str = "lsn_applied";
const READY_MAX: Duration = Duration::from_secs(30);
const STOP_MAX: Duration = Duration::from_secs(60);
const SETTLE_MAX: Duration = Duration::from_secs(120);
