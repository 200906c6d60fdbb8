//! A database on a server of MySQL or MariaDB: one connection applies and is never cut short, another reads.
//! Every commit is flushed by the server before it is acknowledged (D4). Knows no journal.

mod apply;
mod archive;
mod books;
mod catalog;
mod failure;
mod migrate;
mod pieces;
mod read;
mod session;
mod settings;
mod sql;

use std::time::Duration;

use proto::ids::{Epoch, Lsn};

use self::{
    failure::away,
    session::{Number, Session},
};
use super::{
    ApplyBatch, Cursor, Database, Founding, Presence, Reader, Store, StoreError,
    books::Books,
    inspect::{Inspect, Wholeness},
    place::Address,
    schema::{self, LAST, Plan},
};

/// A database on a server.
#[derive(Clone, Debug)]
pub struct Mysql {
    address: Address,
}

impl Mysql {
    /// The database there, which need not exist yet.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self { address }
    }

    /// Connected to the database, or nothing if the server has none of this name.
    fn session(&self) -> Result<Option<Session>, StoreError> {
        match Session::open(&self.address, Some(&self.address.database)) {
            Ok(session) => Ok(Some(session)),
            Err(error) => match failure::number(&error) {
                Some(failure::UNKNOWN_DATABASE) => Ok(None),
                Some(failure::DATABASE_DENIED) => Err(self.denied()),
                _ => Err(away(&error)),
            },
        }
    }

    /// Who has no right to a database is not told whether there is one.
    fn denied(&self) -> StoreError {
        let Address { user, database, .. } = &self.address;
        StoreError::Unsafe {
            what: format!(
                "{user} may neither use nor make the database {database}: as somebody who may, \
                 CREATE DATABASE IF NOT EXISTS `{database}`; GRANT ALL ON `{database}`.* TO '{user}'@'…'"
            ),
        }
    }

    fn session_there(&self) -> Result<Session, StoreError> {
        self.session()?.ok_or_else(|| StoreError::Unsafe {
            what: format!("the server has no database {}", self.address.database),
        })
    }

    /// With everything checked that applying relies on.
    fn session_checked(&self) -> Result<Session, StoreError> {
        let mut session = self.session_there()?;
        settings::check(&mut session)?;
        schema::check(&migrate::marks(&mut session)?)?;
        catalog::check(&mut session)?;
        Ok(session)
    }

    fn make_database(&self) -> Result<(), StoreError> {
        let name = &self.address.database;
        let mut server = Session::open(&self.address, None).map_err(|error| away(&error))?;
        let sql = format!("CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
        server.run(&sql).map(drop).map_err(|error| match failure::number(&error) {
            Some(failure::DATABASE_DENIED) => self.denied(),
            _ => away(&error),
        })
    }
}

impl Database for Mysql {
    fn describe(&self) -> String {
        format!("mysql {}", self.address)
    }

    fn founding(&self) -> Founding {
        Founding::ByCommand
    }

    fn presence(&self) -> Result<Presence, StoreError> {
        let Some(mut session) = self.session()? else { return Ok(Presence::Absent) };
        if !session.has_table("journal_cursor").map_err(|error| away(&error))? {
            return Ok(Presence::Absent);
        }
        let ids = session.rows("SELECT `id` FROM `journal_cursor`", Vec::new());
        let ids = ids.map_err(|error| away(&error))?;
        let has = |id| ids.iter().any(|row| session::int(row, 0) == Some(id));
        Ok(match (has(PUBLISHED), has(PREPARED)) {
            (true, _) => Presence::Present,
            (false, true) => Presence::Prepared,
            (false, false) => Presence::Absent,
        })
    }

    fn prepare(&self, first: Cursor) -> Result<(), StoreError> {
        let mut session = match self.session()? {
            Some(session) => session,
            None => {
                self.make_database()?;
                self.session_there()?
            }
        };
        settings::check(&mut session)?;
        migrate::check_is_ours(&mut session)?;
        migrate::run(&mut session, &mut |_| true)?;
        let first = Cursor { schema: LAST, ..first };
        let put = |session: &mut Session| {
            session.run("START TRANSACTION")?;
            session.exec("DELETE FROM `journal_cursor` WHERE `id` = ?", vec![PREPARED.into()])?;
            session.exec(
                "INSERT INTO `journal_cursor` (`id`, `journal_uuid`, `lsn`, `chain_hash`, `game_epoch`, \
                 `dbf_epoch`, `schema_version`) VALUES (?, ?, ?, ?, ?, ?, ?)",
                vec![
                    PREPARED.into(),
                    first.journal.into(),
                    first.lsn.0.into(),
                    first.chain.into(),
                    first.game_epoch.0.into(),
                    first.dbf_epoch.into(),
                    first.schema.into(),
                ],
            )?;
            session.run("COMMIT")
        };
        put(&mut session).map(drop).map_err(|error| away(&error))
    }

    fn publish(&self) -> Result<(), StoreError> {
        let mut session = self.session_there()?;
        let ids = vec![PUBLISHED.into(), PREPARED.into()];
        session
            .exec("UPDATE `journal_cursor` SET `id` = ? WHERE `id` = ?", ids)
            .map_err(|error| away(&error))?;
        // Said again after a connection was lost, it finds nothing left to do.
        read_cursor(&mut session, PUBLISHED, Lock::None).map(drop)
    }

    fn migrate(&self) -> Result<u32, StoreError> {
        let mut session = self.session_there()?;
        settings::check(&mut session)?;
        migrate::run(&mut session, &mut |_| true)
    }

    fn connect(&self) -> Result<Box<dyn Store>, StoreError> {
        let mut session = self.session_checked()?;
        // From here on it is waited for, however long: a commit that was cut short could still happen (X5).
        session.wait_for_ever();
        Ok(Box::new(MysqlStore { session, id: PUBLISHED, cramped: None }))
    }

    fn connect_again(&self) -> Result<Box<dyn Store>, StoreError> {
        let mut session = self.session_there()?;
        let cramped = settings::check_in_use(&mut session)?;
        schema::check(&migrate::marks(&mut session)?)?;
        catalog::check(&mut session)?;
        session.wait_for_ever();
        Ok(Box::new(MysqlStore { session, id: PUBLISHED, cramped }))
    }

    fn connect_reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        let session = self.session_there()?;
        Ok(Box::new(read::MysqlReader { address: self.address.clone(), session }))
    }

    fn connect_books(&self) -> Result<Box<dyn Books>, StoreError> {
        Ok(Box::new(books::MysqlBooks::open(self.session_there()?)?))
    }
}

impl Inspect for Mysql {
    fn plan(&self) -> Result<Plan, StoreError> {
        schema::plan(&migrate::marks(&mut self.session_there()?)?, |script| script.mysql)
    }

    fn look_at_cursor(&self) -> Result<Cursor, StoreError> {
        read_cursor(&mut self.session_there()?, PUBLISHED, Lock::None)
    }

    /// The server looks after its own files: what can be wrong are settings and tables.
    fn wholeness(&self, _patience: Duration) -> Result<Wholeness, StoreError> {
        let mut session = self.session_there()?;
        settings::check(&mut session)?;
        // What is still to be migrated is not expected to be right.
        if schema::check(&migrate::marks(&mut session)?).is_ok() {
            catalog::check(&mut session)?;
        }
        Ok(Wholeness::Whole)
    }
}

/// The connection that applies.
struct MysqlStore {
    session: Session,
    /// Of the cursor's row.
    id: Number,
    /// Bytes of a packet, where they are fewer than a start demands.
    cramped: Option<usize>,
}

impl Store for MysqlStore {
    fn cursor(&mut self) -> Result<Cursor, StoreError> {
        read_cursor(&mut self.session, self.id, Lock::Row)
    }

    fn begin_term(&mut self, seen: &Cursor) -> Result<Cursor, StoreError> {
        let changed = self
            .session
            .exec(
                "UPDATE `journal_cursor` SET `dbf_epoch` = `dbf_epoch` + 1 \
                 WHERE `id` = ? AND `journal_uuid` = ? AND `dbf_epoch` = ?",
                vec![self.id.into(), seen.journal.into(), seen.dbf_epoch.into()],
            )
            .map_err(|error| away(&error))?;
        if changed != 1 {
            return Err(StoreError::CursorMoved);
        }
        self.cursor()
    }

    fn apply(&mut self, batch: &ApplyBatch) -> Result<(), StoreError> {
        apply::apply(&mut self.session, self.id, batch, self.cramped)
    }

    fn cramped(&self) -> Option<usize> {
        self.cramped
    }

    /// A server keeps nothing beside.
    fn checkpoint(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// How the cursor is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    /// As it stands in the snapshot.
    None,
    /// After whatever is about to change it: a commit that a lost connection left behind has its lock, and is
    /// waited for here (X5).
    Row,
}

fn read_cursor(session: &mut Session, id: Number, lock: Lock) -> Result<Cursor, StoreError> {
    let lock = if lock == Lock::Row { " FOR UPDATE" } else { "" };
    let sql = format!(
        "SELECT `journal_uuid`, `lsn`, `chain_hash`, `game_epoch`, `dbf_epoch`, `schema_version` \
         FROM `journal_cursor` WHERE `id` = ?{lock}"
    );
    let rows = session.rows(&sql, vec![id.into()]).map_err(|error| away(&error))?;
    let Some(row) = rows.first() else {
        return Err(StoreError::Unsafe { what: "it has no cursor row".to_owned() });
    };
    let number = |column| session::int(row, column).map(i64::cast_unsigned);
    let bytes = |column| session::bytes(row, column).and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    let cursor = || {
        Some(Cursor {
            journal: bytes(0)?,
            lsn: Lsn(number(1)?),
            chain: bytes(2)?,
            game_epoch: Epoch(number(3)?),
            dbf_epoch: number(4)?,
            schema: u32::try_from(number(5)?).ok()?,
        })
    };
    cursor()
        .ok_or_else(|| StoreError::Unsafe { what: "its cursor row is not of the expected form".to_owned() })
}

/// Ids of the cursor row, before and after the world is published.
const PREPARED: Number = 0;
const PUBLISHED: Number = 1;
