//! Where a storm plays: a data folder with a real `ding up`, proxies on every link, a private database server if the
//! world is on one, a small disk of its own for the journal if this machine allows it.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    io::{self, Write as _},
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    Store, StormOptions,
    schedule::{Fault, Link, Strike},
};
use crate::{
    chaos::stack::{Role, Stack, Surroundings},
    checker::scratch,
    clock,
    error::Error,
    mariadb::{Mariadb, PASSWORD},
    proxy::Proxy,
};

/// See the module. Everything of it is gone when it is dropped.
pub(super) struct House {
    pub(super) stack: Stack,
    pub(super) links: BTreeMap<Link, Proxy>,
    pub(super) server: Option<Mariadb>,
    pub(super) disk: Option<Disk>,
    pub(super) data: PathBuf,
    pub(super) log: PathBuf,
    /// Put there to let a sync fail.
    pub(super) sync_call: PathBuf,
    /// Dbfront's process, and since when it is known to serve.
    dbfront: Option<(u32, Instant)>,
    supervised: bool,
    ding: PathBuf,
    settings: Vec<String>,
    folder: tempfile::TempDir,
}

impl House {
    pub(super) fn build(options: &StormOptions) -> Result<Self, Error> {
        let folder =
            tempfile::Builder::new().prefix("ding-chaos-").tempdir().map_err(Error::io("making a folder"))?;
        let at = |name: &str| folder.path().join(name);
        let (data, log) = (at("data"), at("up.log"));
        let mut links = BTreeMap::new();
        let mut settings: Vec<String> = SETTINGS.iter().map(|setting| (*setting).to_owned()).collect();
        private_folder(&data)?;
        let disk = options.disk.then(|| Disk::mount(&at("disk"))).transpose()?;
        if let Some(disk) = &disk {
            let journal = disk.folder.join("journal");
            private_folder(&journal)?;
            std::os::unix::fs::symlink(&journal, data.join("journal"))
                .map_err(Error::io("linking the journal"))?;
        }
        for (link, door, server, key) in [
            (Link::Game, "game.door", "run/game.link", "gateway.game_link"),
            (Link::Dbfront, "dbfront.door", "run/dbfront.link", "game.dbfront_link"),
        ] {
            let proxy = Proxy::unix(&at(door), &data.join(server)).map_err(Error::io("opening a proxy"))?;
            settings.push(format!("{key}={}", at(door).display()));
            links.insert(link, proxy);
        }
        let server = match options.store {
            Store::Sqlite => None,
            Store::Mysql => {
                private_folder(&at("server"))?;
                let template = options.template.clone().unwrap_or_else(|| at("template"));
                let server = Mariadb::start(&at("server"), &template, &[])
                    .map_err(Error::io("starting a database server"))?;
                let address = SocketAddr::from(([127, 0, 0, 1], server.port()));
                let proxy = Proxy::tcp(address).map_err(Error::io("opening a proxy"))?;
                let secret = at("password");
                fs::write(&secret, format!("{PASSWORD}\n"))
                    .and_then(|()| fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)))
                    .map_err(Error::io("keeping a password"))?;
                settings.push(format!("store.url=mysql://ding@127.0.0.1:{}/{DATABASE_NAME}", proxy.port()));
                settings.push(format!("store.password_file={}", secret.display()));
                links.insert(Link::Database, proxy);
                found(&options.ding, &data, &settings)?;
                Some(server)
            }
        };
        let start = if options.supervised { Stack::up_with } else { Stack::own };
        let sync_call = at("sync.call");
        let around = Surroundings {
            settings: settings.clone(),
            log: log.clone(),
            sync_call: options.failpoints.then(|| sync_call.display().to_string()),
        };
        let stack = start(&options.ding, &data, &around)?;
        let address = stack.listen().parse().map_err(|_| stack.failed("names no address".to_owned()))?;
        links.insert(Link::Client, Proxy::tcp(address).map_err(Error::io("opening a proxy"))?);
        let (ding, supervised) = (options.ding.clone(), options.supervised);
        let dbfront = None;
        Ok(Self {
            stack,
            links,
            server,
            disk,
            data,
            log,
            sync_call,
            dbfront,
            supervised,
            ding,
            settings,
            folder,
        })
    }

    /// When this strike may come: who starts dbfront again after a failed sync does so once in a long life of it.
    pub(super) fn earliest(&mut self, strike: &Strike) -> Instant {
        let now = clock::now();
        let pid = self.stack.pid(Role::Dbfront);
        let since = match (self.dbfront, pid) {
            (Some((known, since)), Some(pid)) if known == pid => since,
            _ => now,
        };
        self.dbfront = pid.map(|pid| (pid, since));
        if self.supervised && strike.faults.contains(&Fault::SyncFails) { since + LIFE_LONG } else { now }
    }

    /// Where players connect, through the weather.
    pub(super) fn listen(&self) -> String {
        format!("127.0.0.1:{}", self.links.get(&Link::Client).map_or(0, Proxy::port))
    }

    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What `ding status` says, if it says anything.
    pub(super) fn status(&self) -> Option<Value> {
        let output = self.run(&["status", "--json"], &[]).ok()?;
        serde_json::from_slice(&output.stdout).ok()
    }

    /// The journal as JSON lines, into this file; false where there is no such command.
    pub(super) fn dump(&self, into: &Path) -> Result<bool, Error> {
        let file = fs::File::create(into).map_err(Error::io("keeping the journal's dump"))?;
        let mut command = self.command(&["journal", "dump"], &self.settings);
        let output =
            command.stdout(file).stderr(Stdio::piped()).output().map_err(Error::io("dumping the journal"))?;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => Ok(true),
            Some(64 | 2) => Ok(false),
            _ => Err(Error::Content { path: into.to_owned(), what: format!("ding journal dump: {words}") }),
        }
    }

    /// A file of SQLite with all tables, of a world that nobody writes to any more.
    pub(super) fn tables(&self) -> Result<PathBuf, Error> {
        let Some(server) = &self.server else { return Ok(self.data.join("game.db")) };
        let file = self.place("tables.db");
        scratch::copy(&server.url(DATABASE_NAME), &file)?;
        Ok(file)
    }

    fn run(&self, words: &[&str], settings: &[String]) -> Result<std::process::Output, Error> {
        self.command(words, settings).stdin(Stdio::null()).output().map_err(Error::io("running ding"))
    }

    fn command(&self, words: &[&str], settings: &[String]) -> Command {
        let mut command = Command::new(&self.ding);
        command.args(words).arg("--data").arg(&self.data);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DING_") {
                command.env_remove(name);
            }
        }
        for setting in settings {
            command.args(["--set", setting]);
        }
        command
    }
}

fn private_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o700)))
        .map_err(Error::io("making a folder"))
}

/// A world on a server is founded by command.
fn found(ding: &Path, data: &Path, settings: &[String]) -> Result<(), Error> {
    let mut args: Vec<OsString> = vec!["init".into(), "--data".into(), data.into()];
    for setting in settings {
        args.extend(["--set".into(), setting.into()]);
    }
    crate::process::Process::start("ding init", ding, &args)?.finish_by_itself(FOUNDING)
}

/// A disk of memory that only the journal is on.
pub(super) struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Why there can be none, if there can be none.
    pub(super) fn missing() -> Option<String> {
        let folder = tempfile::tempdir().ok()?;
        match Self::mount(&folder.path().join("disk")) {
            Ok(_) => None,
            Err(error) => Some(format!("no disk of its own for the journal: {error}")),
        }
    }

    fn mount(folder: &Path) -> Result<Self, Error> {
        private_folder(folder)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", DISK_OPTIONS, "ding-chaos"]).arg(folder);
        let output = mount.stdin(Stdio::null()).output().map_err(Error::io("mounting a disk"))?;
        if output.status.success() {
            return Ok(Self { folder: folder.to_owned() });
        }
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::Io { what: "mounting a disk", source: io::Error::other(words) })
    }

    /// Until nothing more goes onto it.
    pub(super) fn fill(&self) -> Result<(), Error> {
        let file = fs::File::create(self.folder.join(BALLAST)).map_err(Error::io("filling a disk"))?;
        let mut file = io::BufWriter::with_capacity(1 << 16, file);
        while file.write_all(&[1; 4_096]).is_ok() {}
        // What did not fit is not wanted.
        drop(file.into_parts());
        Ok(())
    }

    pub(super) fn free(&self) -> Result<(), Error> {
        fs::remove_file(self.folder.join(BALLAST)).map_err(Error::io("freeing a disk"))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file of it open is about to end.
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).stdin(Stdio::null()).output();
    }
}

const DATABASE_NAME: &str = "ding_world";
const BALLAST: &str = "ballast";
/// Room for all that a long run journals, and not for much more.
const DISK_OPTIONS: &str = "size=512m,mode=700";
const FOUNDING: Duration = Duration::from_secs(60);
/// What `ding up` takes for a long life, and a little more.
const LIFE_LONG: Duration = Duration::from_secs(11);
/// Caches so small that a leak shows; segments so small that many begin; ports of this run alone.
const SETTINGS: &[&str] = &[
    "dbfront.segment_bytes=4194304",
    "dbfront.cache_bytes=67108864",
    "dbfront.overlay_bytes=67108864",
    "metrics.gateway=127.0.0.1:0",
    "metrics.game=127.0.0.1:0",
    "metrics.dbfront=127.0.0.1:0",
];
