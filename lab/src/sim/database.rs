//! The database as a model: rows in maps, a cursor, transactions, and all that a server does to its clients. Checks
//! what a real one checks: keys, base versions, the cursor's compare-and-set.

mod connection;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dbfront::{
    logic::row::{RowKey, StoredRow},
    store::{ApplyBatch, Cursor, RowChange, StoreError},
};
use proto::{
    ids::{Epoch, Lsn},
    tables::Table,
};

pub(super) use self::connection::{Connection, Reading};
use super::{
    fault::{FaultKind, Faults},
    lie::Lie,
};

/// Rows of all tables.
pub(super) type Rows = BTreeMap<(Table, RowKey), StoredRow>;

/// See the module. Cheap to hold.
#[derive(Clone, Debug)]
pub(super) struct Database(Arc<Mutex<Server>>);

#[derive(Debug)]
struct Server {
    rows: Rows,
    cursor: Cursor,
    /// Connections made before the last time that it ended them are dead.
    life: u64,
    is_away: bool,
    refuses: Option<Table>,
    /// What it may come back with.
    old: Option<(Rows, Cursor)>,
    faults: Faults,
    lie: Option<Lie>,
    /// Cursors that were committed since somebody asked.
    committed: Vec<Lsn>,
}

/// One row's change as a transaction holds it.
#[derive(Clone, Debug)]
enum Staged {
    Put(Table, RowKey, StoredRow),
    Delete(Table, RowKey),
}

impl Database {
    /// A world that was just founded.
    pub(super) fn founded(journal: [u8; 16], faults: Faults, lie: Option<Lie>) -> Self {
        let cursor = Cursor {
            journal,
            lsn: Lsn(0),
            chain: [0; 16],
            game_epoch: Epoch(0),
            dbf_epoch: 0,
            schema: dbfront::store::schema::LAST,
        };
        Self(Arc::new(Mutex::new(Server {
            rows: Rows::new(),
            cursor,
            life: 0,
            is_away: false,
            refuses: None,
            old: None,
            faults,
            lie,
            committed: Vec::new(),
        })))
    }

    /// A connection that applies.
    pub(super) fn connect(&self) -> Result<Connection, StoreError> {
        let life = self.lock().knock()?;
        Ok(Connection::new(self.clone(), life))
    }

    /// A connection that reads.
    pub(super) fn connect_reader(&self) -> Result<Reading, StoreError> {
        let life = self.lock().knock()?;
        Ok(Reading::new(self.clone(), life))
    }

    pub(super) fn set_away(&self, is_away: bool) {
        let mut server = self.lock();
        server.is_away = is_away;
        server.life += 1;
    }

    pub(super) fn is_away(&self) -> bool {
        self.lock().is_away
    }

    pub(super) fn set_refuses(&self, table: Option<Table>) {
        self.lock().refuses = table;
    }

    pub(super) fn refuses(&self) -> Option<Table> {
        self.lock().refuses
    }

    /// Remembers how it is now, to come back with later.
    pub(super) fn back_up(&self) {
        let mut server = self.lock();
        server.old = Some((server.rows.clone(), server.cursor));
    }

    /// Comes back with what it was, if that is less. Ends all connections.
    pub(super) fn go_back(&self, oldest: Lsn) -> Option<Lsn> {
        let mut server = self.lock();
        let old = server.old.as_ref().filter(|(_, cursor)| oldest <= cursor.lsn.next())?;
        if server.cursor.lsn <= old.1.lsn {
            return None;
        }
        let (rows, cursor) = old.clone();
        (server.rows, server.cursor) = (rows, cursor);
        server.life += 1;
        Some(server.cursor.lsn)
    }

    /// Another dbfront becomes the one who applies.
    pub(super) fn usurp(&self) {
        self.lock().cursor.dbf_epoch += 1;
    }

    pub(super) fn cursor(&self) -> Cursor {
        self.lock().cursor
    }

    /// Where it was after each commit since the last call.
    pub(super) fn take_committed(&self) -> Vec<Lsn> {
        std::mem::take(&mut self.lock().committed)
    }

    /// Looks at the rows.
    pub(super) fn rows<T>(&self, look: impl FnOnce(&Rows) -> T) -> T {
        look(&self.lock().rows)
    }

    fn lock(&self) -> MutexGuard<'_, Server> {
        // One thread, and every change leaves a whole state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    fn knock(&self) -> Result<u64, StoreError> {
        if self.is_away { Err(gone("connection refused")) } else { Ok(self.life) }
    }

    fn commit(&mut self, staged: Vec<Staged>) {
        for change in staged {
            match change {
                Staged::Put(table, key, row) => drop(self.rows.insert((table, key), row)),
                Staged::Delete(table, key) => drop(self.rows.remove(&(table, key))),
            }
        }
    }

    fn move_cursor(&mut self, to: Cursor) {
        self.cursor = to;
        self.committed.push(to.lsn);
    }

    fn same_cursor(&self, from: &Cursor) -> bool {
        let is = &self.cursor;
        is.lsn == from.lsn
            && is.chain == from.chain
            && is.journal == from.journal
            && is.dbf_epoch == from.dbf_epoch
    }

    /// What the statements of a batch do, each checked by its version as SQL would.
    fn stage(&self, batch: &ApplyBatch) -> Result<Vec<Staged>, StoreError> {
        let is_careless = self.lie == Some(Lie::ErrorMeansUndone);
        let mut staged = Vec::new();
        for changes in &batch.tables {
            let table = changes.table;
            let all = [&changes.deletes, &changes.inserts, &changes.updates, &changes.appends];
            let first = all.iter().find_map(|changes| changes.first());
            if let (true, Some(first)) = (self.refuses == Some(table), first) {
                let name = table.def().name;
                return Err(StoreError::Poison { lsn: first.lsn, table: name, detail: "refused".to_owned() });
            }
            let diverged =
                |change: &RowChange| StoreError::Divergence { lsn: change.lsn, table: table.def().name };
            for change in &changes.deletes {
                let key = RowKey::of(table.def(), &change.row);
                if self.ver(table, &key) != Some(change.base) && !is_careless {
                    return Err(diverged(change));
                }
                staged.push(Staged::Delete(table, key));
            }
            for change in changes.inserts.iter().chain(&changes.updates) {
                let key = RowKey::of(table.def(), &change.row);
                let base = if change.base == 0 { None } else { Some(change.base) };
                if self.ver(table, &key) != base && !is_careless {
                    return Err(diverged(change));
                }
                staged.push(Staged::Put(table, key, StoredRow { ver: change.ver, row: change.row.clone() }));
            }
            for (n, change) in (0_u64..).zip(&changes.appends) {
                let mut key = RowKey::of(table.def(), &change.row);
                if self.rows.contains_key(&(table, key.clone())) {
                    if !is_careless {
                        return Err(StoreError::Poison {
                            lsn: change.lsn,
                            table: table.def().name,
                            detail: "there is such a key".to_owned(),
                        });
                    }
                    // What a table without a key would do: it is there twice.
                    key = RowKey::Bytes(
                        [&[0xff][..], &self.cursor.lsn.0.to_le_bytes(), &n.to_le_bytes()].concat().into(),
                    );
                }
                staged.push(Staged::Put(table, key, StoredRow { ver: 0, row: change.row.clone() }));
            }
        }
        Ok(staged)
    }

    fn ver(&self, table: Table, key: &RowKey) -> Option<u64> {
        self.rows.get(&(table, key.clone())).map(|row| row.ver)
    }

    /// A fault of the server within a transaction, at most one.
    fn fault(&self) -> Option<FaultKind> {
        let kinds = [
            FaultKind::StoreConnectionLost,
            FaultKind::StoreDeadlock,
            FaultKind::StoreLockWait,
            FaultKind::StoreUnknownDone,
            FaultKind::StoreUnknownUndone,
        ];
        kinds.into_iter().find(|kind| self.faults.strikes(*kind))
    }
}

fn gone(detail: &str) -> StoreError {
    StoreError::Transient { detail: detail.to_owned() }
}
