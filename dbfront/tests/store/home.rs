//! Where a test's database lives: a file, or a server of its own. Without the programs for a server such a test
//! says so and passes, except where they are promised.

use std::{path::PathBuf, sync::Arc};

use dbfront::{
    RawStore,
    store::{archive::Archive, inspect::Inspect, mysql::Mysql, open, place::Place, sqlite::Sqlite},
};
use tempfile::{TempDir, tempdir};

use crate::{
    mariadb::Mariadb,
    needs::{Need, are_met, is_met, tier},
    tmpfs::Tmpfs,
};

/// See the module.
pub enum Home {
    File(TempDir),
    Server(Box<Server>),
}

/// A server, its disk and its folder, which must outlive it.
pub struct Server {
    pub mariadb: Mariadb,
    /// Nothing: the machine's.
    pub disk: Option<Tmpfs>,
    folder: TempDir,
}

/// Name of the tests' database.
pub const DATABASE: &str = "ding_test";

impl Home {
    pub fn file() -> Self {
        Self::File(tempdir().expect("a folder"))
    }

    pub fn server() -> Option<Self> {
        Server::start(&[]).map(|server| Self::Server(Box::new(server)))
    }

    pub fn archive(&self) -> Arc<dyn Archive> {
        match self {
            Self::File(folder) => Arc::new(Sqlite::new(folder.path().join("game.db"))),
            Self::Server(server) => Arc::new(server.mysql()),
        }
    }

    pub fn database(&self) -> Arc<dyn Inspect> {
        match self {
            Self::File(folder) => Arc::new(Sqlite::new(folder.path().join("game.db"))),
            Self::Server(server) => Arc::new(server.mysql()),
        }
    }

    /// Forgets the database.
    pub fn clear(&self) {
        match self {
            Self::File(folder) => {
                for file in std::fs::read_dir(folder.path()).expect("a folder") {
                    std::fs::remove_file(file.expect("a file").path()).expect("gone");
                }
            }
            Self::Server(server) => {
                server.mariadb.sql(&format!("DROP DATABASE IF EXISTS {DATABASE}")).expect("gone");
            }
        }
    }

    /// Forgets the database, and nothing else of the data folder.
    pub fn clear_database(&self) {
        match self {
            Self::File(folder) => {
                for name in ["game.db", "game.db-wal", "game.db-shm"] {
                    let _ = std::fs::remove_file(folder.path().join(name));
                }
            }
            Self::Server(_) => self.clear(),
        }
    }

    /// What refuses a wallet without gold.
    pub fn trigger(&self) -> &'static str {
        match self {
            Self::File(_) => {
                "CREATE TRIGGER no_zero BEFORE UPDATE ON wallet WHEN NEW.gold = 0 BEGIN \
                 SELECT RAISE(ABORT, 'no'); END"
            }
            Self::Server(_) => {
                "CREATE TRIGGER no_zero BEFORE UPDATE ON wallet FOR EACH ROW \
                 SET NEW.gold = IF(NEW.gold = 0, NULL, NEW.gold)"
            }
        }
    }

    /// Runs statements past us.
    pub fn sql(&self, sql: &str) {
        match self {
            Self::File(folder) => {
                let path = folder.path().join("game.db");
                let connection = rusqlite::Connection::open(path).expect("opens");
                connection.execute_batch(sql).expect("runs");
            }
            Self::Server(server) => drop(server.sql(sql)),
        }
    }
}

impl Server {
    /// Nothing, and a word about it, where it cannot be.
    pub fn start(options: &[&str]) -> Option<Self> {
        if !is_met(Mariadb::missing(), true) {
            return None;
        }
        let folder = tempdir().expect("a folder");
        Some(Self::start_in(folder, None, options))
    }

    /// On a disk of its own of so much.
    pub fn start_on(mib: u32, options: &[&str]) -> Option<Self> {
        if !is_met(Mariadb::missing(), true) || !are_met(&[Need::Namespaces]) {
            return None;
        }
        let folder = tempdir().expect("a folder");
        let disk = Tmpfs::mount(&folder.path().join("disk"), mib).expect("mounted");
        Some(Self::start_in(folder, Some(disk), options))
    }

    fn start_in(folder: TempDir, disk: Option<Tmpfs>, options: &[&str]) -> Self {
        let place = if disk.is_some() { folder.path().join("disk") } else { folder.path().to_owned() };
        let template = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mariadb");
        let mariadb = Mariadb::start(&place, &template, options).expect("it starts");
        Self { mariadb, disk, folder }
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn mysql(&self) -> Mysql {
        self.mysql_at(&self.mariadb.url(DATABASE))
    }

    pub fn mysql_at(&self, url: &str) -> Mysql {
        self.mysql_of(RawStore { url: url.to_owned(), ..RawStore::default() })
    }

    pub fn mysql_of(&self, raw: RawStore) -> Mysql {
        match raw.check(self.folder.path()).expect("a place") {
            Place::Mysql(address) => Mysql::new(address),
            Place::Sqlite(path) => panic!("{}", path.display()),
        }
    }

    pub fn database(&self) -> Arc<dyn Inspect> {
        let raw = RawStore { url: self.mariadb.url(DATABASE), ..RawStore::default() };
        open(&raw.check(self.folder.path()).expect("a place"))
    }

    pub fn sql(&self, sql: &str) -> String {
        self.mariadb
            .sql(&format!("CREATE DATABASE IF NOT EXISTS {DATABASE}; USE {DATABASE}; {sql}"))
            .expect("runs")
    }
}

/// Whether there is time for long runs.
pub fn is_full() -> bool {
    tier().as_deref() == Some("full")
}
