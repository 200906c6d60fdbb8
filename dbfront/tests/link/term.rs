//! A database that loses commits between the moment at which a start reads its cursor and the one at which that start
//! becomes the one who applies.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use dbfront::store::{
    ApplyBatch, Cursor, Database, Founding, Presence, Reader, Store, StoreError, sqlite::Sqlite,
};
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    game::{Game, opening, pay},
    server::{Server, config, file},
};

/// Goes back when somebody wants to apply to it for the first time, and does not answer.
struct Forgetful {
    inner: Sqlite,
    path: PathBuf,
    /// Where the cursor was seen by whoever wanted that, each time.
    terms: Terms,
}

type Terms = Arc<Mutex<Vec<u64>>>;

struct Connected {
    inner: Box<dyn Store>,
    path: PathBuf,
    terms: Terms,
}

fn sql(path: &Path, sql: &str) {
    let connection = Connection::open(path).expect("a database");
    connection.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
    connection.execute_batch(sql).expect("runs");
}

impl Database for Forgetful {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn founding(&self) -> Founding {
        self.inner.founding()
    }

    fn presence(&self) -> Result<Presence, StoreError> {
        self.inner.presence()
    }

    fn prepare(&self, first: Cursor) -> Result<(), StoreError> {
        self.inner.prepare(first)
    }

    fn publish(&self) -> Result<(), StoreError> {
        self.inner.publish()
    }

    fn migrate(&self) -> Result<u32, StoreError> {
        self.inner.migrate()
    }

    fn connect(&self) -> Result<Box<dyn Store>, StoreError> {
        let (inner, path, terms) = (self.inner.connect()?, self.path.clone(), self.terms.clone());
        Ok(Box::new(Connected { inner, path, terms }))
    }

    fn connect_reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.inner.connect_reader()
    }
}

impl Store for Connected {
    fn cursor(&mut self) -> Result<Cursor, StoreError> {
        self.inner.cursor()
    }

    fn begin_term(&mut self, seen: &Cursor) -> Result<Cursor, StoreError> {
        let mut terms = self.terms.lock().expect("no panic");
        terms.push(seen.lsn.0);
        if terms.len() == 1 {
            sql(&self.path, GOES_BACK);
            return Err(StoreError::Transient { detail: "its power went".to_owned() });
        }
        self.inner.begin_term(seen)
    }

    fn apply(&mut self, batch: &ApplyBatch) -> Result<(), StoreError> {
        self.inner.apply(batch)
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.inner.checkpoint()
    }
}

/// To before record 3, as it stands in `aside`.
const GOES_BACK: &str = "DELETE FROM ledger WHERE lsn = 3;
     UPDATE wallet SET gold = 100, ver = 1 WHERE account = 1;
     UPDATE wallet SET gold = 50, ver = 1 WHERE account = 2;
     DELETE FROM journal_cursor; INSERT INTO journal_cursor SELECT * FROM aside";

#[test]
fn a_database_that_went_back_under_a_start_is_filled_from_the_journal() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);
    sql(file(&server.config), "CREATE TABLE aside AS SELECT * FROM journal_cursor");
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 30)]);
    game.until_applied(3);
    server.stop();

    let config = config(data.path());
    let (path, terms) = (file(&config).to_owned(), Terms::default());
    let database = Forgetful { inner: Sqlite::new(path.clone()), path, terms: terms.clone() };
    let server = Server::start_over(database, config).expect("starts");
    assert_eq!(*terms.lock().expect("no panic"), [3, 2, 2], "all was read again from where it stands");
    let mut game = Game::begin(&server.config.link_path, 8);
    assert_eq!(game.gold(&[1, 2]), [Some(70), Some(80)]);
    game.turn(4, &[pay(4, (1, 70, 3), (2, 80, 3), 10)]);
    game.until_applied(4);
    assert_eq!(game.all_gold(10), [(1, 60), (2, 90)]);
    server.stop();
}
